"""What every network's file provides: a NetworkSpec and the abilities that its network has.

An adapter is an object that has some of the abilities below; one that its network lacks is
simply absent (nothing raises NotImplemented). Adapters know ``publishing/outcomes`` and
``publishing/posts``, this module and ``http``; they know neither the store nor each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.networks.spec import Limits, NetworkSpec
from chalicelib.publishing.deliveries import RemoteKey
from chalicelib.publishing.outcomes import CantTell, Found, NotThere, Part, Pending, Published
from chalicelib.publishing.posts import Content
from chalicelib.publishing.site import SiteEntry
from chalicelib.workspaces.accounts import Quota

if TYPE_CHECKING:  # who only publishes loads nothing of listening
    from chalicelib.networks.http import Http
    from chalicelib.networks.oauth import App, OAuth


@dataclass(frozen=True, slots=True)
class Profile:
    """What a network says of a connected account."""

    remote_id: str
    name: str
    handle: str
    url: str
    quota: Quota | None = None
    """How many posts it may still publish; None: the network doesn't say, or has no quota."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """How long what gives access to an account holds."""

    until: datetime | None = None
    """When it ends; None: not by itself, or it is renewed whenever it is used."""
    renew_at: datetime | None = None
    """When it is to be renewed ahead, by ``RenewsAccess``; None: only a person can."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What connecting gives: who it is, what to keep in the open and what in the vault."""

    profile: Profile
    settings: Mapping[str, str]
    """Open facts that calls need (instance address, DID…)."""
    secret: Mapping[str, str]
    """Tokens and passwords: encrypted at rest, never logged."""
    limits: Limits
    lasting: Lasting = Lasting()


class Credentials(Protocol):
    """One channel's secrets, refreshed single-flight."""

    @property
    def secret(self) -> Mapping[str, str]:
        """The secrets as stored."""
        ...

    def renew(self, refresh: Callable[[Mapping[str, str]], Mapping[str, str]]) -> Mapping[str, str]:
        """Replace the secrets by what ``refresh`` makes of them, under a conditional lease.

        If somebody else refreshed them meanwhile, theirs are returned and ``refresh`` isn't
        called. What ``refresh`` returns is stored before it is returned.

        Raises:
            Transient: somebody else is refreshing them now, or the store can't be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """An image to publish; ``load`` returns bytes that already fit the channel's rules."""

    sha256: str
    alt: str
    load: Callable[[], tuple[bytes, str]]
    """Returns (bytes, content type)."""
    width: int
    height: int
    url: Callable[[], str]
    """Returns where the network may fetch these bytes, for a week from now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """A video to publish, which fits the channel's rules as it is."""

    sha256: str
    alt: str
    content_type: str
    width: int
    height: int
    size: int
    """Bytes."""
    duration_ms: int
    read: Callable[[int, int], bytes]
    """Returns the bytes from a start, at most so many; raises Transient where they can't be
    read now."""
    url: Callable[[], str]
    """Returns where the network may fetch it; it stands there for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One version of a post on one channel, ready to be handed to a network."""

    workspace: WorkspaceId
    delivery: DeliveryId
    version: int
    content: Content
    items: tuple[Picture | Video, ...]
    """What it shows, in order: pictures, or one video, or both where a network mixes them."""
    key: RemoteKey
    answers: Mapping[str, str] = field(default_factory=dict)
    """The refs of what it answers; empty: it is a post of its own."""

    @property
    def pictures(self) -> tuple[Picture, ...]:
        """Return its pictures."""
        return tuple(item for item in self.items if isinstance(item, Picture))

    @property
    def video(self) -> Video | None:
        """Return the video that it is, with nothing beside it."""
        alone = self.items[0] if len(self.items) == 1 else None
        return alone if isinstance(alone, Video) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a look is given: what may be live, and when it would have been created."""

    key: RemoteKey
    candidates: tuple[Outgoing, ...]
    """The versions that were sent, the last one first."""
    parts: Mapping[str, str]
    since: datetime
    until: datetime
    is_taken: Callable[[str], bool]
    """Says that another delivery of this channel holds a remote id."""


class Shelf(Protocol):
    """Where the firm's own site keeps what is published on it."""

    def get(self, workspace: WorkspaceId, channel: ChannelId, uuid: str) -> SiteEntry | None:
        """Return the entry with this uuid, read consistently."""
        ...

    def put(self, entry: SiteEntry) -> bool:
        """Store the entry unless one with its uuid stands; return whether it was stored.

        Raises:
            OutcomeUnknown: the store's answer was unclear and couldn't be resolved.
            Transient: provably not stored.
            Rejected: its public address is another post's.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What an adapter is made with, for one channel."""

    workspace: WorkspaceId
    channel: ChannelId
    public_url: str
    """Where the world reaches this installation, without a final slash."""
    shelf: Shelf
    settings: Mapping[str, str]
    limits: Limits
    credentials: Credentials
    http: Http
    clock: Clock
    app: Callable[[], App]
    """Returns what this installation is at the network; raises Transient where it can't be
    read now, Rejected (``no_app``) where the installation isn't registered there."""


@runtime_checkable
class Publishes(Protocol):
    """Can publish a post."""

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """Do all that makes nothing public: yield each thing that then stands on the network.

        ``parts`` are those stored by an earlier try for the same version; what already
        stands is not made again, and what no longer stands is made anew under its name. A
        Pending ends the preparation for now. Each yielded Part is stored before the
        iterator is asked for the next, and the time a walk has is looked at: a large file is
        sent in chunks, each followed by a Part that says how far it came. A token is refreshed
        here, not in ``publish``.
        """
        ...

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """Make the one call that makes it public.

        ``before_send`` is called right before the request is written to the socket; what it
        raises passes through and nothing has been sent.

        Raises:
            NetworkError: by its kind, see ``publishing/outcomes``.
        """
        ...


@runtime_checkable
class FindsOwnPost(Protocol):
    """Can look whether an attempt in doubt went out."""

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """Look once, reading only.

        NotThere only if the whole place where it would be was seen.

        Raises:
            NetworkError: the look itself failed; it proves nothing.
        """
        ...


@runtime_checkable
class Connects(Protocol):
    """Can be connected by what a person types, and tested by reading only."""

    def check(self) -> Profile:
        """Read who we are with the stored secrets and that we may publish; change nothing.

        Raises:
            AuthExpired: the secrets are refused or lack a right.
            NetworkError: it couldn't be checked now.
        """
        ...


@runtime_checkable
class RenewsAccess(Protocol):
    """Can renew, ahead of its end and without a person, what gives access to the account."""

    def renew_access(self) -> Lasting:
        """Renew it now, under the secrets' lease; return how long it holds from now on.

        Raises:
            AuthExpired: the network renews it no more; a person must sign in.
            NetworkError: it couldn't be done now.
        """
        ...


Connector = Callable[[Mapping[str, str], "Http", Clock], Connection]
"""Checks what a person typed by really signing in, and returns the connection.

Raises Rejected (``reason`` names the field or the fact), AuthExpired or Transient.
"""


@dataclass(frozen=True, slots=True)
class Network:
    """One entry of the registry."""

    spec: NetworkSpec
    open: Callable[[Tools], object]
    """Makes the adapter of one channel: an object with the abilities that the network has."""
    connect: Connector | None = None
    """By what a person types; None: only on its own sign-in page."""
    oauth: Callable[[], OAuth] | None = None
    """Signing in on its own page; set exactly where the spec has ``page_fields``. It stands in
    a module of its own, imported when somebody signs in."""
    hear: Callable[[Tools], object] | None = None
    """Makes what reads and moderates on a channel, with the abilities of ``hearing``. It
    stands in a module of its own, imported when first asked for: who only publishes doesn't
    load it."""
    refs_of_own: Callable[[str, str, Content], Mapping[str, str]] | None = None
    """Returns what an answer to a post of ours is given, of its id, its address (perhaps
    empty) and its content; set exactly where the spec has ``Option.FIRST_COMMENT``."""
    hear_at: Callable[[str, Http, Clock], object] | None = None
    """Makes what searches one of its servers, by its host, without an account; imported when
    first asked for. Raises Rejected where that is no host's name."""


def later(module: str, name: str) -> Callable[..., object]:
    """Return a function or class of a module that is imported when it is first called."""

    def call(*given: object) -> object:
        made: Callable[..., object] = getattr(import_module(module), name)
        return made(*given)

    return call


def later_value(module: str, name: str) -> Callable[[], Any]:
    """Return what returns a value of a module that is imported when it is first asked for."""
    return lambda: getattr(import_module(module), name)
