"""What workspaces need of the world, as small protocols; ``bootstrap`` provides them.

Where a port takes ``(before, after)``, it writes ``after`` whole if ``before.rev`` still
stands (None: if there is nothing yet), returns it with its new rev, and raises
``publishing.ports.Stale`` or ``StoreUnclear`` as the deliveries' store does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.ids import ChannelId, MediaId, MemberId, WorkspaceId
from chalicelib.publishing.deliveries import Delivery
from chalicelib.workspaces.accounts import Account, SignedIn
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Language, Member, Workspace

# Firms and people.


class Workspaces(Protocol):
    """Where firms are kept."""

    def get(self, workspace: WorkspaceId) -> Workspace | None:
        """Return the firm with this id."""
        ...

    def put(self, before: Workspace | None, after: Workspace) -> Workspace:
        """Write a firm on the rev it was read at."""
        ...

    def by_feed_token(self, token: str) -> Workspace | None:
        """Return the firm whose public feeds carry this token."""
        ...


class Members(Protocol):
    """Where members are kept; one person has the same member id in each of her firms."""

    def get(self, workspace: WorkspaceId, member: MemberId) -> Member | None:
        """Return a person's membership of this firm."""
        ...

    def of(self, workspace: WorkspaceId) -> Sequence[Member]:
        """Return everybody in a firm."""
        ...

    def memberships(self, member: MemberId) -> Sequence[Member]:
        """Return what a person is in each of her firms."""
        ...

    def by_email(self, email: str) -> Sequence[Member]:
        """Return the memberships of the person with this address (lower case)."""
        ...

    def put(self, member: Member) -> None:
        """Write a membership whole."""
        ...


# Ways in. Only MACs of tokens are kept, never the tokens.


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLink:
    """A link that lets its holder in once."""

    mac: str
    member: MemberId
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSession:
    """A person signed in on one browser."""

    mac: str
    member: MemberId
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A machine's way in: it acts for the member who made it, within its scopes."""

    workspace: WorkspaceId
    id: str
    """Shown in the list and in the key itself (``relais_<id>_…``)."""
    mac: str
    name: str
    member: MemberId
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None


class WaysIn(Protocol):
    """Where sign-in links, web sessions and API keys are kept, found by their MAC.

    What has expired isn't returned, even where the store hasn't deleted it yet.
    """

    def put_link(self, link: SignInLink) -> None:
        """Keep a link until it expires."""
        ...

    def take_link(self, mac: str, now: datetime) -> SignInLink | None:
        """Consume a link: of all callers at any time exactly one gets it."""
        ...

    def put_session(self, session: WebSession) -> None:
        """Keep a session, in place of one with the same MAC."""
        ...

    def session(self, mac: str, now: datetime) -> WebSession | None:
        """Return a session that hasn't ended."""
        ...

    def end_session(self, mac: str) -> None:
        """Forget a session; it counts from the next request on."""
        ...

    def add_key(self, key: ApiKey) -> None:
        """Keep a new key, in place of one with the same workspace and id."""
        ...

    def key(self, mac: str, now: datetime) -> ApiKey | None:
        """Return a key that is neither revoked nor expired."""
        ...

    def keys(self, workspace: WorkspaceId) -> Sequence[ApiKey]:
        """Return all keys of a firm, expired ones too."""
        ...

    def remove_key(self, workspace: WorkspaceId, key: str) -> bool:
        """Revoke a key by its id; False if there is none."""
        ...


class Counters(Protocol):
    """Counts what happens in a window of time, to slow down who asks too often."""

    def count(self, name: str, window: timedelta, now: datetime) -> int:
        """Add one to a name's count in the present window and return it (1 at first).

        Windows are aligned: they begin at whole multiples of ``window`` since 1970.
        """
        ...


class LinkMail(Protocol):
    """Sends a sign-in link to a person."""

    def send_link(self, email: str, url: str, language: Language, minutes: int) -> None:
        """Send the mail that holds this link, good for so many minutes.

        Raises:
            OSError: it couldn't be handed over.
        """
        ...


# Repeated requests.


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What a request with an idempotency key was answered."""

    status: int
    body: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """What is known of a request with an idempotency key that was seen before."""

    fingerprint: str
    """Of the first request's body."""
    answer: KeptAnswer | None
    """None: the first one hasn't ended (it may have died)."""
    lease_until: datetime
    """Until then the first one may still be at work."""


class Repeats(Protocol):
    """Remembers requests by workspace, route and idempotency key (``name`` holds all three)."""

    def begin(
        self, name: str, fingerprint: str, *, now: datetime, lease_until: datetime, until: datetime
    ) -> Repeat | None:
        """Note that a request begins; None if it is the first, or takes over a dead one.

        One conditional write: a record that has neither an answer nor a running lease is
        taken over; with another fingerprint never.
        """
        ...

    def finish(self, name: str, answer: KeptAnswer) -> None:
        """Keep what the request was answered."""
        ...

    def forget(self, name: str) -> None:
        """Nothing came of the request: the same key may be used anew."""
        ...


# Channels.


class Channels(Protocol):
    """Where channels are kept."""

    def get(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        """Return the channel as it stands now (a consistent read)."""
        ...

    def of(self, workspace: WorkspaceId) -> Sequence[Channel]:
        """Return all channels of a firm, disconnected ones too."""
        ...

    def put(self, before: Channel | None, after: Channel) -> Channel:
        """Write a channel on the rev it was read at."""
        ...

    def to_forget(self, until: datetime) -> Sequence[tuple[WorkspaceId, ChannelId]]:
        """Return the channels whose ``forget_token_after`` is at or before ``until``."""
        ...


class Vault(Protocol):
    """Where channels' secrets are kept, encrypted."""

    def put(self, workspace: WorkspaceId, channel: ChannelId, secret: Mapping[str, str]) -> None:
        """Keep a channel's secrets, in place of what was kept."""
        ...

    def forget(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        """Delete a channel's secrets for good."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What connecting to a network takes."""

    network: str
    is_open: bool
    """False for a network that has closed."""
    required: frozenset[str]
    """Names of the fields that must be typed."""
    optional: frozenset[str]


class Networks(Protocol):
    """The networks that can be connected."""

    def door(self, network: str) -> Door | None:
        """Return what connecting to it takes; None if it isn't known."""
        ...

    def sign_in(self, network: str, typed: Mapping[str, str]) -> SignedIn:
        """Sign in with what a person typed; nothing is changed on the network.

        Raises:
            Rejected: ``reason`` names the field or the fact that is wrong.
            AuthExpired: the network refuses what was typed.
            NetworkError: it couldn't be done now.
        """
        ...

    def check(self, channel: Channel) -> Account:
        """Read, with the kept secrets, who we are and that we may publish.

        Raises:
            AuthExpired: the secrets are refused, gone, or lack a right.
            NetworkError: it couldn't be checked now.
        """
        ...


class Holding(Protocol):
    """What happens to a channel's deliveries when the channel is held, freed or renewed."""

    def hold(self, workspace: WorkspaceId, channel: ChannelId) -> Sequence[Delivery]:
        """Give back every CLAIMED delivery; return those too late to stop (in doubt)."""
        ...

    def resume(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        """Let what waited for the end of a pause go on, spread over a minute."""
        ...

    def reconnected(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        """Let what waited for the channel to be reconnected go on, spread over a minute."""
        ...

    def is_busy(self, workspace: WorkspaceId, channel: ChannelId) -> bool:
        """Say whether anything of the channel is SENDING or RECONCILE: it needs the token."""
        ...


# Media.


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """An upload that was begun: bytes nobody has looked at yet."""

    workspace: WorkspaceId
    id: MediaId
    name: str
    content_type: str
    size: int
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A checked image or video of a firm, under the SHA-256 of its bytes."""

    workspace: WorkspaceId
    sha256: str
    content_type: str
    width: int
    height: int
    size: int
    """Bytes."""
    duration_ms: int = 0
    """How long a video lasts; 0: an image."""
    created_at: datetime


class MediaShelf(Protocol):
    """What is known of a firm's media."""

    def put_upload(self, upload: Upload) -> None:
        """Keep what is expected, until it expires."""
        ...

    def upload(self, workspace: WorkspaceId, media: MediaId, now: datetime) -> Upload | None:
        """Return an upload that was begun and hasn't expired."""
        ...

    def put_kept(self, kept: Kept) -> None:
        """Keep what is known of a checked image; the same one again changes nothing."""
        ...

    def kept(self, workspace: WorkspaceId, hashes: Sequence[str]) -> Mapping[str, Kept]:
        """Return those of these images that this firm has."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Where and with which form fields a browser posts a file."""

    url: str
    fields: Mapping[str, str]


class Bucket(Protocol):
    """Where bytes are kept."""

    def form(self, key: str, content_type: str, max_bytes: int, lasts: timedelta) -> Form:
        """Return a presigned form that takes one file of this type, at most so large."""
        ...

    def read(self, key: str, max_bytes: int) -> bytes | None:
        """Return what was uploaded there, None if nothing was.

        At most ``max_bytes + 1`` bytes are read and returned, so that too much shows.
        """
        ...

    def keep(self, key: str, data: bytes, content_type: str) -> None:
        """Keep bytes under a key that names them; what stands there is the same."""
        ...

    def read_range(self, key: str, start: int, length: int) -> bytes | None:
        """Return the bytes from a start, at most so many (none past the end); None: no file."""
        ...

    def keep_chunks(self, key: str, chunks: Iterable[bytes], content_type: str) -> None:
        """Keep a large file that comes in chunks; it stands whole under its key or not at all.

        Each chunk but the last is of at least 5 MiB.
        """
        ...
