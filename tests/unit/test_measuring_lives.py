"""Random lives of meters: whatever happens to readings, totals are what a recount says.

A reading may die at any step, or stand still there while another worker takes over; counters
fall, vanish and come back; people type figures of any day, and again; clocks change.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.ids import DeliveryId, MemberId
from chalicelib.measuring.metrics import ONLY_GROWS, OURS, Metric
from chalicelib.measuring.rollups import Moved
from chalicelib.measuring.snapshots import Meter, Origin, Snapshot
from chalicelib.publishing.refusals import Invalid
from tests.fakes.memory_measuring import CHANNEL, FIRM, POST, Died, MeasuringWorld, die

OTHER = DeliveryId("other.chan.0")
SUBJECTS = (CHANNEL, POST, OTHER)
METRICS = (Metric.LIKES, Metric.VIEWS, Metric.FOLLOWERS)
LEA = MemberId("lea")


@dataclass(frozen=True)
class Reading:
    subject: str
    after: timedelta
    told: Mapping[Metric, int | None]
    clicks: int
    dies_after: int | None
    stands_after: int | None
    stands_for: timedelta


@dataclass(frozen=True)
class Typing:
    subject: str
    days_ago: int
    told: Mapping[str, int]
    dies_after: int | None


COUNTS = st.one_of(st.none(), st.integers(0, 500))
STEPS = st.one_of(st.none(), st.integers(0, 15), st.integers(3, 9))
READINGS = st.builds(
    Reading,
    subject=st.sampled_from(SUBJECTS),
    after=st.sampled_from([timedelta(minutes=50), timedelta(hours=7), timedelta(days=1, hours=3)]),
    told=st.dictionaries(st.sampled_from(METRICS), COUNTS),
    clicks=st.integers(0, 3),
    dies_after=STEPS,
    stands_after=STEPS,
    stands_for=st.sampled_from([timedelta(minutes=2), timedelta(hours=26)]),
)
TYPINGS = st.builds(
    Typing,
    subject=st.sampled_from(SUBJECTS),
    days_ago=st.integers(0, 3),
    told=st.dictionaries(
        st.sampled_from([m.value for m in METRICS]), st.integers(0, 500), min_size=1
    ),
    dies_after=STEPS,
)
STARTS = [
    datetime(2026, 3, 27, 21, 30, tzinfo=UTC),
    datetime(2026, 10, 23, 20, 30, tzinfo=UTC),
    datetime(2026, 11, 25, 12, 0, tzinfo=UTC),
]


class Life:
    """A firm whose figures are read, with all that goes wrong."""

    def __init__(self, start: datetime, zone: str) -> None:
        self.world = MeasuringWorld(start, zone)
        self.world.network.told = {}
        self.world.meter(None)
        for post in (POST, OTHER):
            self.world.meter(post)
        self.world.add_link()

    def do(self, act: Reading | Typing) -> None:
        if isinstance(act, Reading):
            self._read(act)
        else:
            self._type(act)

    def _read(self, act: Reading) -> None:
        world = self.world
        world.clock.advance(act.after)
        world.make_due(act.subject)
        world.network.told = act.told
        world.click(times=act.clicks)
        if act.stands_after is not None:
            world.steps.plan(act.stands_after, lambda: self._stand_still(act))
        elif act.dies_after is not None:
            world.steps.plan(act.dies_after, die)
        with suppress(Died):
            world.measurer.measure(FIRM, act.subject)
        world.steps.at = -1

    def _stand_still(self, act: Reading) -> None:
        """The worker is frozen: its lease ends, and another reads the meter, or dies at it."""
        world = self.world
        world.clock.advance(act.stands_for)
        world.network.told = {m: None if n is None else n + 1 for m, n in act.told.items()}
        if act.dies_after is not None:
            world.steps.plan(act.dies_after, die)
        with suppress(Died):
            world.measurer.measure(FIRM, act.subject)
        world.steps.at = -1

    def _type(self, act: Typing) -> None:
        world = self.world
        day = world.clock.now().astimezone(self.zone).date() - timedelta(days=act.days_ago)
        if act.dies_after is not None:
            world.steps.plan(act.dies_after, die)
        for _ in range(2):  # whoever was told that it failed does it again
            with suppress(Invalid):
                try:
                    world.entering.enter_by_hand(FIRM, act.subject, day, act.told, by=LEA)
                except Died:
                    continue
            break
        world.steps.at = -1

    def settle(self) -> None:
        """Every meter is read once more, in peace and two days later.

        So much later that it doesn't make good by itself what was left undone before.
        """
        self.world.clock.advance(timedelta(days=2))
        for subject in SUBJECTS:
            self.world.make_due(subject)
            self.world.network.told = {Metric.LIKES: 1}
            self.world.measurer.measure(FIRM, subject)

    @property
    def zone(self) -> ZoneInfo:
        assert self.world.there.firm is not None
        return ZoneInfo(self.world.there.firm.zone)

    def recount(self) -> dict[tuple[str, date], dict[Metric, Moved]]:
        """Count everything anew, step by step over each counter's whole life."""
        found: dict[tuple[str, date], dict[Metric, Moved]] = {}
        kept = sorted(self.world.snapshots.kept.values(), key=lambda s: s.at)
        for snapshot in kept:
            day = snapshot.at.astimezone(self.zone).date()
            found.setdefault((snapshot.delivery or CHANNEL, day), {})
        for origin in (Origin.HAND, Origin.NETWORK, Origin.LINKS):  # the later wins
            for subject in SUBJECTS:
                for metric in Metric:
                    own = [s for s in kept if (s.delivery or CHANNEL) == subject]
                    for day, moved in self._series(subject, metric, origin, own).items():
                        found[subject, day][metric] = moved
        return found

    def _series(
        self, subject: str, metric: Metric, origin: Origin, own: list[Snapshot]
    ) -> dict[date, Moved]:
        found: dict[date, Moved] = {}
        meter = self.world.meters.kept[FIRM, subject]
        last = first_at = None
        unknown = set()
        for s in own:
            value = s.counters.get(metric)
            if s.origin is not origin or value is None:
                continue
            day = s.at.astimezone(self.zone).date()
            so_far = found.get(day, Moved(None, None, by_hand=origin is Origin.HAND))
            if first_at is None:
                first_at = s.at
                last = 0 if self._is_from_nothing(meter, origin, s.at) else None
                if last is None:
                    unknown.add(day)
            gained, is_reset = so_far.gained, so_far.is_reset
            if last is not None and value < last and metric in ONLY_GROWS:
                is_reset = True
            elif last is not None and day not in unknown:
                gained = (gained or 0) + value - last
            last = value
            found[day] = Moved(value, gained, is_reset=is_reset, by_hand=so_far.by_hand)
        return found

    def _is_from_nothing(self, meter: Meter, origin: Origin, at: datetime) -> bool:
        if meter.delivery is None:
            return False
        return origin is not Origin.NETWORK or at <= meter.began_at + timedelta(hours=25)


def sums(days: Mapping[tuple[str, date], Mapping[Metric, Moved]], day: date) -> dict[Metric, int]:
    """Add the posts of a day up, and take the channel's own where it tells."""
    total: dict[Metric, int] = {}
    for (subject, of), moved in days.items():
        for metric, m in moved.items():
            if of == day and subject != CHANNEL and m.gained is not None:
                total[metric] = total.get(metric, 0) + m.gained
    own = days.get((CHANNEL, day), {})
    said = {metric: m.gained for metric, m in own.items() if m.gained is not None}
    return {**{k: v for k, v in total.items() if k not in own}, **said}


def check(life: Life) -> None:
    expected = life.recount()
    rollups = life.world.rollups
    kept = {(key[2], key[3]): dict(s.moved) for key, s in rollups.subject_days.items()}
    assert kept == expected
    days = {day for _, day in expected}
    channel = {key[2]: d.moved for key, d in rollups.channel_days.items()}
    assert set(channel) == days
    for day in days:
        gained = {m: v.gained for m, v in channel[day].items() if v.gained is not None}
        assert gained == sums(expected, day)
        assert not any(v.is_partial for m, v in channel[day].items() if m in OURS)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    start=st.sampled_from(STARTS),
    zone=st.sampled_from(["Europe/Paris", "America/Martinique", "Pacific/Noumea"]),
    acts=st.lists(st.one_of(READINGS, TYPINGS), max_size=12),
)
def test_totals_are_what_a_recount_says(
    start: datetime, zone: str, acts: list[Reading | Typing]
) -> None:
    life = Life(start, zone)
    for act in acts:
        life.do(act)
    life.settle()
    check(life)


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("stands", [False, True])
@pytest.mark.parametrize("at", range(24))
def test_a_reading_that_dies_or_stands_still_anywhere_changes_no_total(
    at: int, stands: bool, subject: str
) -> None:
    life = Life(STARTS[0], "Europe/Paris")
    still = timedelta(0)
    quiet = Reading(subject, timedelta(hours=1), {Metric.VIEWS: 5}, 1, None, None, still)
    late = Reading(
        subject,
        timedelta(minutes=20),
        {Metric.VIEWS: 9, Metric.LIKES: 2},
        2,
        None if stands else at,
        at if stands else None,
        timedelta(hours=26),
    )
    for act in (quiet, late):
        life.do(act)
    life.settle()
    check(life)


@pytest.mark.parametrize("at", range(24))
def test_figures_typed_anew_after_a_failure_leave_nothing_of_those_before(at: int) -> None:
    life = Life(STARTS[2], "Europe/Paris")
    life.do(Reading(CHANNEL, timedelta(days=5), {Metric.LIKES: None}, 0, None, None, timedelta(0)))
    for typed in (
        Typing(CHANNEL, 3, {"likes": 1, "views": 10}, None),
        Typing(CHANNEL, 1, {"views": 50}, None),
        Typing(CHANNEL, 3, {"likes": 2}, at),
    ):
        life.do(typed)
    life.settle()
    check(life)
    day = STARTS[2].date() + timedelta(days=4)
    assert life.world.rollups.subject_days[FIRM, CHANNEL, CHANNEL, day].moved == {
        Metric.VIEWS: Moved(50, None, by_hand=True),
    }


def test_a_reading_that_saw_less_never_overwrites_one_after_which_nothing_had_changed() -> None:
    """The second worker finds the day as it stands; the first, frozen, has seen it otherwise."""
    quiet = Reading(OTHER, timedelta(minutes=50), {Metric.LIKES: 1}, 0, None, None, timedelta(0))
    for at in range(24):
        life = Life(STARTS[0], "America/Martinique")
        fell = {Metric.LIKES: 0}
        stands = timedelta(minutes=2)
        frozen = Reading(OTHER, timedelta(minutes=50), fell, 0, None, at, stands)
        life.do(quiet)
        life.do(frozen)
        life.settle()
        check(life)
