"""What publishing needs of the world, as small protocols; ``bootstrap`` provides them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.ids import ChannelId, DeliveryId, PostId, WorkspaceId
from chalicelib.publishing.deliveries import Delivery, FollowUp, Topic
from chalicelib.publishing.outcomes import CantTell, Found, NotThere, Part, Pending, Published
from chalicelib.publishing.posts import Content, Post, PostVersion
from chalicelib.publishing.refusals import Fault
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Workspace


class Stale(Exception):
    """What was read has changed since: nothing was written."""


class StoreUnclear(Exception):
    """The store didn't answer and it couldn't be found out whether the write was applied."""


class Deliveries(Protocol):
    """Where deliveries are kept."""

    def get(self, workspace: WorkspaceId, delivery: DeliveryId) -> Delivery | None:
        """Return the delivery as it stands now (a consistent read)."""
        ...

    def put(self, before: Delivery, after: Delivery) -> Delivery:
        """Write ``after`` whole if ``before.rev`` still stands; return it with its new rev.

        The write carries a fresh token, by which an unclear answer is resolved: read back,
        equal token = applied; ``rev`` unchanged = sent once more with the same token.

        Raises:
            Stale: it has changed since ``before`` was read.
            StoreUnclear: it couldn't be found out.
        """
        ...

    def is_held(self, delivery: Delivery, remote_id: str) -> bool:
        """Say whether another delivery of the same channel already holds this remote id."""
        ...


@dataclass(frozen=True, slots=True)
class Parked:
    """A scope that a network has refused for a while."""

    scope: str
    until: datetime
    rev: int


@dataclass(frozen=True, slots=True)
class Briefing:
    """All that a worker must know beside the delivery itself, read at one go."""

    version: PostVersion
    channel: Channel
    workspace: Workspace
    predecessor: Delivery | None
    parked: tuple[Parked, ...]


class Desk(Protocol):
    """Where a worker reads what he needs, and parks what a network refuses."""

    def brief(self, delivery: Delivery, scopes: Sequence[str]) -> Briefing | None:
        """Return it by one consistent batch read; None if post, channel or firm is gone."""
        ...

    def versions(self, delivery: Delivery, numbers: Sequence[int]) -> Sequence[PostVersion]:
        """Return these versions of the delivery's post, in the order given."""
        ...

    def may_send(self, delivery: Delivery) -> bool:
        """Read channel and firm again: say whether the channel may still be published on."""
        ...

    def park(self, scope: str, until: datetime) -> None:
        """Hold everything of a scope until then; a later end wins over an earlier one."""
        ...

    def lead(self, parked: Parked, until: datetime) -> bool:
        """Be the one that tries a scope again first: True for one caller, others wait on."""
        ...

    def release(self, scope: str) -> None:
        """The scope works again."""
        ...


@dataclass(frozen=True, slots=True)
class Charge:
    """What a network asks for publishing something, in millionths of a US dollar."""

    preparing: int = 0
    """Of it, what is spent before the one call, and isn't given back."""
    publishing: int = 0
    """What the one call itself costs."""

    @property
    def total(self) -> int:
        """Return what all of it costs."""
        return self.preparing + self.publishing


FREE = Charge()


class Purse(Protocol):
    """What a firm has promised to networks that charge, month by month in its own zone."""

    def reserve(self, workspace: Workspace, about: str, holder: int, charge: Charge) -> bool:
        """Set a charge aside if the month's cap allows it; say whether it did.

        The same again for the same ``about`` costs nothing more. It is then its newest holder's
        (the greatest number): one who was overtaken and goes on can give nothing of it back.

        Raises:
            StoreUnclear: it couldn't be found out whether it is set aside.
        """
        ...

    def give_back(self, workspace: Workspace, about: str, holder: int) -> None:
        """Free what the one call would have cost: it was provably not made.

        Repeatable; nothing happens if nothing is set aside, or another holder's by now.

        Raises:
            StoreUnclear: it couldn't be found out; it may stay set aside.
        """
        ...


class Sender(Protocol):
    """One channel of one network, ready to be used (an adapter with its secrets)."""

    def prepare(
        self, delivery: Delivery, version: PostVersion, parts: Mapping[str, str]
    ) -> Iterator[Part | Pending]:
        """See ``networks.contract.Publishes.prepare``."""
        ...

    def publish(
        self,
        delivery: Delivery,
        version: PostVersion,
        parts: Mapping[str, str],
        before_send: Callable[[], None],
    ) -> Published:
        """See ``networks.contract.Publishes.publish``."""
        ...

    def find(
        self,
        delivery: Delivery,
        versions: Sequence[PostVersion],
        is_taken: Callable[[str], bool],
    ) -> Found | NotThere | CantTell:
        """Look once whether an attempt of this delivery is live; CantTell on blind networks."""
        ...

    def charge(self, delivery: Delivery, version: PostVersion) -> Charge:
        """Return what the network asks for publishing it; FREE on most."""
        ...

    def check(self) -> None:
        """Read whether the channel's token works; raises AuthExpired if it doesn't."""
        ...


class Senders(Protocol):
    """Makes the sender of a channel."""

    def scopes(self, network: str, channel: ChannelId) -> Sequence[str]:
        """Return the names of what may be parked for a channel: itself, and its network."""
        ...

    def open(self, channel: Channel) -> Sender:
        """Return the sender of a channel, its secrets read from the vault.

        Raises:
            AuthExpired: it has no secrets (any more).
            Transient: the vault can't be read now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """Look at this, not before ``delay`` from now."""

    workspace: WorkspaceId
    about: str
    """The id of what is due: a delivery, a source, a meter…"""
    delay: timedelta = timedelta(0)
    kind: str = "delivery"
    """What is due, as the due index calls it."""


class Queue(Protocol):
    """An accelerator: it may lose, repeat and reorder, and nothing is lost or doubled."""

    def send(self, messages: Sequence[Message]) -> None:
        """Send all of them, best effort; what can't be sent is found by the next tick."""
        ...


class DueIndex(Protocol):
    """The sparse index of what falls due."""

    @property
    def shards(self) -> int:
        """Return the number of its shards."""
        ...

    def due(
        self, kind: str, shard: int, after: datetime | None, until: datetime, limit: int
    ) -> Sequence[tuple[WorkspaceId, DeliveryId, datetime]]:
        """Return what is due in ``(after, until]``, the oldest first.

        At most ``limit``, except that what falls due at one instant isn't cut: the last
        instant returned is where the next page begins.
        """
        ...


class FollowsUp(Protocol):
    """Does what is left to do after a change of a delivery."""

    def follow_up(self, delivery: Delivery, followup: FollowUp) -> None:
        """Do it; repeatable by its key.

        Raises:
            Exception: it didn't work and may be tried again.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PostChange:
    """One act of a person on a post: written whole or not at all."""

    before: Post | None
    after: Post
    version: PostVersion | None
    """A new version, put only if its number is free."""
    deliveries: tuple[tuple[Delivery | None, Delivery], ...]
    """(before, after) of each delivery that changes; before is None for a new one."""


class Posts(Protocol):
    """Where posts, their versions and their deliveries are kept."""

    def get(self, workspace: WorkspaceId, post: PostId) -> Post | None:
        """Return the head of a post as it stands now."""
        ...

    def version(self, workspace: WorkspaceId, post: PostId, n: int) -> PostVersion | None:
        """Return one version."""
        ...

    def deliveries(self, workspace: WorkspaceId, post: PostId) -> Sequence[Delivery]:
        """Return all deliveries of a post as they stand now."""
        ...

    def commit(self, change: PostChange) -> PostChange:
        """Write the whole change by one transaction, each item on the ``rev`` it was read at.

        Returns:
            The change with the new revs.

        Raises:
            Stale: an item has changed since it was read; nothing was written.
            StoreUnclear: it couldn't be found out whether it was applied.
        """
        ...


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The twins planned right before and right after a delivery, if any are within a day."""

    earlier: DeliveryId | None = None
    later: DeliveryId | None = None


class Twins(Protocol):
    """Remembers, per channel and text, the deliveries that would look alike on the network."""

    def register(
        self,
        workspace: WorkspaceId,
        channel: ChannelId,
        text_hash: str,
        delivery: DeliveryId,
        planned_at: datetime,
    ) -> Neighbours:
        """Note the delivery; return its nearest twins planned within a day of it.

        Earlier and later by planned time, then by id; one noted again has its new time only.
        """
        ...


class Agenda(Protocol):
    """Deliveries by time, and those that wait for a person."""

    def between(self, workspace: WorkspaceId, start: datetime, end: datetime) -> Sequence[Delivery]:
        """Return the deliveries planned in ``[start, end)``, each as it stands now."""
        ...

    def waiting(self, workspace: WorkspaceId) -> Sequence[Delivery]:
        """Return the deliveries that wait for a person, each as it stands now."""
        ...


class Channels(Protocol):
    """The firm's channels, as far as publishing needs them."""

    def get(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        """Return a channel as it stands now."""
        ...

    def mark_broken(self, channel: Channel, reason: str, since: datetime) -> Channel:
        """Note that its token is refused, if it is in use or paused; return what stands."""
        ...


class Checks(Protocol):
    """What a network takes, asked when writing and again at the due time."""

    def faults(self, channel: Channel, content: Content) -> Sequence[Fault]:
        """Return what this channel wouldn't take; pointers are relative to the content."""
        ...

    def takes_first_comment(self, channel: Channel, content: Content) -> bool:
        """Say whether a content has a first comment that is to follow it on this channel."""
        ...


class Mailer(Protocol):
    """Tells the firm's people."""

    def tell(self, notice: Notice) -> None:
        """Mail the notice to the people it is for, once per ``notice.key``.

        Raises:
            Exception: it couldn't be sent and may be tried again.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that waits for a person: what, where, and the key that makes it one mail."""

    key: str
    workspace: Workspace
    topic: Topic
    channel: Channel
    delivery: Delivery | None = None
    """None: it is of the channel itself."""
    excerpt: str = ""
