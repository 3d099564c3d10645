"""What measuring needs of the world, in memory, by the rules of ``measuring/ports.py``.

``Steps`` numbers every reading and writing, and does what a test says at one of them: to die
there, or to stand still while somebody else goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.measuring.counting import Measurer
from chalicelib.measuring.entering import Entering
from chalicelib.measuring.links import Click, ClickKind, Link
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.ports import Counters
from chalicelib.measuring.rollups import ChannelDay, Series, SubjectDay
from chalicelib.measuring.snapshots import Meter, Origin, Snapshot
from chalicelib.measuring.totals import Totals
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.paid_reading import ReadingPrice
from chalicelib.publishing.ports import Stale
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Workspace
from tests.fakes.clocks import SettableClock
from tests.fakes.memory_links import MemoryLinks
from tests.fakes.memory_purse import MemoryPurse
from tests.fakes.steps import Steps as PurseSteps

FIRM = WorkspaceId("boulangerie")
CHANNEL = ChannelId("chan")
POST = DeliveryId("post.chan.0")


class Died(BaseException):
    """The process is gone: nothing may catch this."""


@dataclass
class Steps:
    """Counts what is done, and lets something happen at one step."""

    done: int = 0
    at: int = -1
    then: Callable[[], None] = lambda: None

    def __call__(self) -> None:
        """Take a step."""
        self.done += 1
        if self.done == self.at:
            self.at = -1
            self.then()

    def plan(self, after: int, then: Callable[[], None]) -> None:
        """Let this happen at the step so many from now."""
        self.at, self.then = self.done + 1 + after, then


def die() -> None:
    """Die here."""
    raise Died


class MemoryMeters:
    """``measuring.ports.Meters``."""

    def __init__(self, steps: Steps) -> None:
        self.kept: dict[tuple[str, str], Meter] = {}
        self._steps = steps

    def get(self, workspace: WorkspaceId, subject: str) -> Meter | None:
        self._steps()
        return self.kept.get((workspace, subject))

    def put(self, before: Meter | None, after: Meter) -> Meter:
        self._steps()
        key = after.workspace, after.subject
        after = replace(after, rev=_next(self.kept.get(key), before))
        self.kept[key] = after
        self._steps()
        return after


class MemorySnapshots:
    """``measuring.ports.Snapshots``."""

    def __init__(self, steps: Steps) -> None:
        self.kept: dict[tuple[str, str, datetime, Origin], Snapshot] = {}
        self._steps = steps

    def keep(self, snapshot: Snapshot) -> None:
        self._steps()
        subject = snapshot.delivery or snapshot.channel
        self.kept[snapshot.workspace, subject, snapshot.at, snapshot.origin] = snapshot
        self._steps()

    def of(
        self, workspace: WorkspaceId, subject: str, start: datetime, end: datetime
    ) -> Sequence[Snapshot]:
        self._steps()
        return [s for s in self._all(workspace, subject) if start <= s.at < end]

    def since(self, workspace: WorkspaceId, subject: str, start: datetime) -> Iterator[Snapshot]:
        self._steps()
        yield from (s for s in self._all(workspace, subject) if s.at >= start)

    def before(
        self, workspace: WorkspaceId, subject: str, instant: datetime, wanted: AbstractSet[Series]
    ) -> Mapping[Series, int]:
        self._steps()
        found: dict[Series, int] = {}
        for s in self._all(workspace, subject):
            for metric, n in s.counters.items():
                if s.at < instant and n is not None and (s.origin, metric) in wanted:
                    found[s.origin, metric] = n
        return found

    def _all(self, workspace: str, subject: str) -> list[Snapshot]:
        own = [s for key, s in self.kept.items() if key[:2] == (workspace, subject)]
        return sorted(own, key=lambda s: s.at)


class MemoryRollups:
    """``measuring.ports.Rollups``."""

    def __init__(self, steps: Steps) -> None:
        self.subject_days: dict[tuple[str, str, str, date], SubjectDay] = {}
        self.channel_days: dict[tuple[str, str, date], ChannelDay] = {}
        self._steps = steps

    def subject(
        self, workspace: WorkspaceId, channel: ChannelId, subject: str, day: date
    ) -> SubjectDay | None:
        self._steps()
        return self.subject_days.get((workspace, channel, subject, day))

    def put_subject(self, before: SubjectDay | None, after: SubjectDay) -> SubjectDay:
        self._steps()
        key = after.workspace, after.channel, after.subject, after.day
        after = replace(after, rev=_next(self.subject_days.get(key), before))
        self.subject_days[key] = after
        self._steps()
        return after

    def subjects_of(
        self, workspace: WorkspaceId, channel: ChannelId, day: date
    ) -> Sequence[SubjectDay]:
        self._steps()
        own = self.subject_days.items()
        return [s for key, s in own if (key[0], key[1], key[3]) == (workspace, channel, day)]

    def subjects_between(
        self, workspace: WorkspaceId, first: date, last: date
    ) -> Iterator[SubjectDay]:
        yield from (
            s
            for s in self.subject_days.values()
            if s.workspace == workspace and first <= s.day <= last
        )

    def channel(self, workspace: WorkspaceId, channel: ChannelId, day: date) -> ChannelDay | None:
        self._steps()
        return self.channel_days.get((workspace, channel, day))

    def put_channel(self, before: ChannelDay | None, after: ChannelDay) -> ChannelDay:
        self._steps()
        key = after.workspace, after.channel, after.day
        after = replace(after, rev=_next(self.channel_days.get(key), before))
        self.channel_days[key] = after
        self._steps()
        return after

    def between(self, workspace: WorkspaceId, first: date, last: date) -> Sequence[ChannelDay]:
        own = [d for d in self.channel_days.values() if d.workspace == workspace]
        return sorted((d for d in own if first <= d.day <= last), key=lambda d: d.day)


@dataclass
class ScriptedCounters:
    """``measuring.ports.Counters`` and ``Networks``: tells what a test says."""

    told: Mapping[Metric, int | None] | None = None
    fails: Exception | None = None
    asked: list[str] = field(default_factory=list)
    are_there: bool = True
    asks: ReadingPrice | None = None
    spent: int = 0
    takes: int = 0
    """What it charges for each reading."""

    def price(self, network: str) -> ReadingPrice | None:
        return self.asks

    def counters(self, channel: Channel) -> Counters | None:
        return self if self.are_there else None

    def measure_channel(self) -> Mapping[Metric, int | None]:
        self.asked.append("channel")
        self.spent += self.takes
        if self.fails is not None:
            raise self.fails
        return self.told or {}

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        self.asked.append(remote_id)
        self.spent += self.takes
        if self.fails is not None:
            raise self.fails
        return self.told


@dataclass
class OneOf:
    """A store of things that a test puts there by hand."""

    channels: dict[str, Channel] = field(default_factory=dict)
    firm: Workspace | None = None
    deliveries: dict[str, Delivery] = field(default_factory=dict)


class _Channels:
    def __init__(self, of: OneOf) -> None:
        self._of = of

    def get(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        return self._of.channels.get(channel) if workspace == FIRM else None


class _Workspaces:
    def __init__(self, of: OneOf) -> None:
        self._of = of

    def get(self, workspace: WorkspaceId) -> Workspace | None:
        return self._of.firm if workspace == FIRM else None


class _Deliveries:
    def __init__(self, of: OneOf) -> None:
        self._of = of

    def get(self, workspace: WorkspaceId, delivery: DeliveryId) -> Delivery | None:
        return self._of.deliveries.get(delivery) if workspace == FIRM else None

    def put(self, before: Delivery, after: Delivery) -> Delivery:
        after = replace(after, rev=_next(self._of.deliveries.get(after.id), before))
        self._of.deliveries[after.id] = after
        return after


class MeasuringWorld:
    """A firm with a channel, and all that measures it."""

    def __init__(self, start: datetime, zone: str = "Europe/Paris") -> None:
        self.clock = SettableClock(start)
        self.steps = Steps()
        self.meters = MemoryMeters(self.steps)
        self.snapshots = MemorySnapshots(self.steps)
        self.rollups = MemoryRollups(self.steps)
        self.links = MemoryLinks()
        self.network = ScriptedCounters()
        self.purse = MemoryPurse(PurseSteps())
        self.there = OneOf(
            firm=Workspace(id=FIRM, name="Firm", zone=zone, feed_token="f", created_at=start)
        )
        self.set_channel()
        self.totals = Totals(snapshots=self.snapshots, rollups=self.rollups)
        self.measurer = Measurer(
            clock=self.clock,
            meters=self.meters,
            snapshots=self.snapshots,
            totals=self.totals,
            links=self.links,
            channels=_Channels(self.there),
            workspaces=_Workspaces(self.there),
            deliveries=_Deliveries(self.there),
            networks=self.network,
            purse=self.purse,
        )
        self.entering = Entering(
            clock=self.clock,
            meters=self.meters,
            snapshots=self.snapshots,
            totals=self.totals,
            channels=_Channels(self.there),
            workspaces=_Workspaces(self.there),
        )

    @property
    def channel(self) -> Channel:
        """The channel."""
        return self.there.channels[CHANNEL]

    def set_channel(self, **changes: object) -> None:
        """Let the channel be as it is said."""
        plain = Channel(
            workspace=FIRM,
            id=CHANNEL,
            network="mastodon",
            name="Firm",
            created_at=self.clock.now() - timedelta(days=30),
        )
        self.there.channels[CHANNEL] = replace(plain, **changes)  # type: ignore[arg-type]

    def meter(self, delivery: DeliveryId | None = POST, **changes: object) -> Meter:
        """Put a meter that is due now."""
        now = self.clock.now()
        plain = Meter(
            workspace=FIRM,
            channel=CHANNEL,
            delivery=delivery,
            remote_id="42" if delivery else "",
            began_at=now,
            due_at=now,
        )
        return self.meters.put(None, replace(plain, **changes))  # type: ignore[arg-type]

    def make_due(self, subject: str = POST) -> None:
        """Let time pass until a meter falls due, if it ever does."""
        meter = self.meters.kept[FIRM, subject]
        if meter.due_at is not None:
            self.clock.at_least(meter.due_at)

    def add_link(self, code: str = "abc", delivery: DeliveryId | None = POST) -> Link:
        """Make a link of the post's."""
        link = Link(
            workspace=FIRM,
            code=code,
            target="https://example.org/",
            delivery=delivery,
            created_at=self.clock.now(),
        )
        self.links.put(link)
        return link

    def click(self, code: str = "abc", visitor: bytes = b"visitor1", times: int = 1) -> None:
        """Let a person follow a link now."""
        day = self.clock.now().astimezone(UTC).date()
        for _ in range(times):
            self.links.count(Click(FIRM, code, day, ClickKind.PERSON, visitor))


def _next(stands: object, before: object) -> int:
    """Return the next rev, if what was read still stands."""
    now, read = getattr(stands, "rev", 0), getattr(before, "rev", 0)
    if now != read:
        raise Stale("changed meanwhile")
    return int(now) + 1
