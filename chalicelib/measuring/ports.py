"""What measuring needs of the world, as small protocols; ``bootstrap`` provides them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Protocol

from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.measuring.links import Click, Link, LinkDay
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.rollups import ChannelDay, Series, SubjectDay
from chalicelib.measuring.snapshots import Meter, Snapshot
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.paid_reading import ReadingPrice
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Workspace


class Meters(Protocol):
    """Where meters are kept: items of ``core`` that fall due."""

    def get(self, workspace: WorkspaceId, subject: str) -> Meter | None:
        """Return a meter by its delivery's id, else its channel's, as it stands now."""
        ...

    def put(self, before: Meter | None, after: Meter) -> Meter:
        """Write it whole if ``before.rev`` still stands (None: if there is none).

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out.
        """
        ...


class Snapshots(Protocol):
    """Where snapshots are kept, for thirteen months."""

    def keep(self, snapshot: Snapshot) -> None:
        """Keep one; the same subject, instant and origin again replaces it.

        Raises:
            StoreUnclear: it couldn't be found out whether it was kept.
        """
        ...

    def of(
        self, workspace: WorkspaceId, subject: str, start: datetime, end: datetime
    ) -> Sequence[Snapshot]:
        """Return a subject's snapshots of ``[start, end)`` in order, read consistently."""
        ...

    def since(self, workspace: WorkspaceId, subject: str, start: datetime) -> Iterator[Snapshot]:
        """Yield a subject's snapshots from an instant on, in order; read as they are asked for."""
        ...

    def before(
        self, workspace: WorkspaceId, subject: str, instant: datetime, wanted: AbstractSet[Series]
    ) -> Mapping[Series, int]:
        """Return the last value before an instant of each of these that has one."""
        ...


class Rollups(Protocol):
    """Where totals per day are kept, for good.

    ``put_…`` write ``after`` whole if ``before.rev`` still stands (None: if there is none),
    return it with its new rev, and raise Stale or StoreUnclear as ``Meters.put`` does.
    """

    def subject(
        self, workspace: WorkspaceId, channel: ChannelId, subject: str, day: date
    ) -> SubjectDay | None:
        """Return what a subject gained on a day, as it stands now."""
        ...

    def put_subject(self, before: SubjectDay | None, after: SubjectDay) -> SubjectDay:
        """Write what a subject gained on a day."""
        ...

    def subjects_of(
        self, workspace: WorkspaceId, channel: ChannelId, day: date
    ) -> Sequence[SubjectDay]:
        """Return what every subject of a channel gained on a day, read consistently."""
        ...

    def subjects_between(
        self, workspace: WorkspaceId, first: date, last: date
    ) -> Iterator[SubjectDay]:
        """Yield what every subject of a firm gained on these days, both included, by one query."""
        ...

    def channel(self, workspace: WorkspaceId, channel: ChannelId, day: date) -> ChannelDay | None:
        """Return a channel's total of a day as it stands now."""
        ...

    def put_channel(self, before: ChannelDay | None, after: ChannelDay) -> ChannelDay:
        """Write a channel's total of a day."""
        ...

    def between(self, workspace: WorkspaceId, first: date, last: date) -> Sequence[ChannelDay]:
        """Return every channel's totals of these days, both included, by one query, in order."""
        ...


class Links(Protocol):
    """Where tracked links and their clicks are kept."""

    def get(self, code: str, *, consistent: bool = False) -> Link | None:
        """Return a link by its code (one read; it never changes, but may be too new to be seen)."""
        ...

    def put(self, link: Link) -> bool:
        """Keep a new link; False if its code is taken, by the same one kept before too.

        Raises:
            StoreUnclear: it couldn't be found out whether it was kept.
        """
        ...

    def of(self, workspace: WorkspaceId, limit: int, after: Link | None = None) -> Sequence[Link]:
        """Return a firm's links, the newest first, those after one if it is given."""
        ...

    def codes_of(self, workspace: WorkspaceId, delivery: DeliveryId) -> Sequence[str]:
        """Return the codes of the links that a delivery carries."""
        ...

    def count(self, click: Click) -> None:
        """Count one click by one write.

        Raises:
            StoreUnclear: it may be counted, or not. Each time that the client sends again by
                itself an answer may have been lost, and the click is then counted once more.
        """
        ...

    def days(self, code: str, first: date, last: date) -> Sequence[LinkDay]:
        """Return a link's clicks of the days that had any, both ends included, in order."""
        ...


class Visitors(Protocol):
    """What tells visitors of one day apart, and is forgotten after it."""

    def salt(self, day: date, fresh: bytes) -> bytes:
        """Return the salt of a day: ``fresh`` for who asks first, the same for all the others.

        Raises:
            StoreUnclear: it couldn't be found out.
        """
        ...

    def forget(self, until: date, at_most: int) -> int:
        """Sum up the clicks of the days before ``until``, drop their hashes, then their salts.

        What was begun is ended by the next call. Nothing may count clicks of these days any
        more.

        Returns:
            How many links' days were summed up: ``at_most`` if there may be more.
        """
        ...


class Counters(Protocol):
    """One channel's counters at its network, ready to be read."""

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``networks.contract.FetchesMetrics``."""
        ...

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``networks.contract.FetchesMetrics``."""
        ...


class Networks(Protocol):
    """Opens channels to read their counters."""

    def price(self, network: str) -> ReadingPrice | None:
        """Return what a network asks for what it tells; None: nothing."""
        ...

    def counters(self, channel: Channel) -> Counters | None:
        """Return what reads a channel's counters; None where its network tells none.

        Raises:
            AuthExpired: it has no secrets (any more).
            Transient: the vault can't be read now.
        """
        ...


class Channels(Protocol):
    """The firm's channels, as far as measuring needs them."""

    def get(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        """Return a channel as it stands now."""
        ...


class Workspaces(Protocol):
    """Firms, as far as measuring needs them."""

    def get(self, workspace: WorkspaceId) -> Workspace | None:
        """Return the firm with this id."""
        ...


class Deliveries(Protocol):
    """Deliveries, as far as measuring needs them."""

    def get(self, workspace: WorkspaceId, delivery: DeliveryId) -> Delivery | None:
        """Return the delivery as it stands now."""
        ...

    def put(self, before: Delivery, after: Delivery) -> Delivery:
        """Write ``after`` whole if ``before.rev`` still stands; see ``publishing.ports``."""
        ...
