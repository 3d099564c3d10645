"""Reading where a network charges for what it tells: charged ≤ set aside ≤ cap, whatever dies."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ids import SourceId
from chalicelib.listening import sources
from chalicelib.listening.sources import Source, SourceStatus
from chalicelib.listening.watching import Watching
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.snapshots import DAY, HOUR, WEEK, MeterStatus
from chalicelib.publishing.outcomes import RateLimited, Transient
from chalicelib.publishing.paid_reading import SHARE, ReadingPrice, next_month
from chalicelib.publishing.ports import Charge, Stale, StoreUnclear
from tests.fakes.clocks import CountedIds
from tests.fakes.listening import FIRM, SOURCE, ListeningWorld, heard
from tests.fakes.memory_measuring import CHANNEL as COUNTED
from tests.fakes.memory_measuring import FIRM as COUNTED_FIRM
from tests.fakes.memory_measuring import POST, MeasuringWorld
from tests.fakes.memory_queue import MemoryQueue

EACH = 1_000
PRICE = ReadingPrice(
    part=2 * EACH,  # a page of the world's place has two
    look=100 * EACH,
    channel=10 * EACH,
    post=5 * EACH,
    act=5 * EACH,
    lively=timedelta(hours=1),
    quiet=timedelta(hours=4),
    looks=timedelta(days=1),
)


class Killed(BaseException):
    """The function was killed at this step."""


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.fixture
def world() -> ListeningWorld:
    made = ListeningWorld()
    made.asks, made.place.each = PRICE, EACH
    return made


def cap(world: ListeningWorld, amount: int) -> None:
    """Let the part of the firm's cap that reading may have be so much a month."""
    assert world.firm is not None
    world.firm = replace(world.firm, spending_cap=amount * SHARE)


def read(world: ListeningWorld) -> Source:
    source = world.poll()
    assert source is not None
    return source


def purse_steps(world: ListeningWorld) -> list[str]:
    return world.steps.named("purse.reserve_reading", "purse.settle_reading")


# Listening.


def test_a_network_that_is_free_has_no_part_in_it(world: ListeningWorld) -> None:
    world.asks = None
    world.add()
    world.place.said = [heard(n) for n in range(5)]
    world.poll()
    assert purse_steps(world) == []


def test_each_part_is_set_aside_before_it_is_asked_for_and_what_it_didnt_cost_comes_back(
    world: ListeningWorld,
) -> None:
    world.add(checked_at=world.clock.now())
    world.place.said = [heard(n) for n in range(3)]
    world.poll()
    names = ("purse.reserve_reading", "network.read", "purse.settle_reading", "shelf.keep")
    steps = world.steps.named(*names)
    assert steps == [*names, "shelf.keep", *names]
    assert world.purse.total == world.place.charged == 3 * EACH


def test_without_room_nothing_is_asked_and_the_source_says_so(world: ListeningWorld) -> None:
    cap(world, PRICE.part)
    assert world.purse.reserve_reading(world.firm, "earlier", 1)  # type: ignore[arg-type]
    world.add()
    world.place.said = [heard(0)]
    source = read(world)
    assert (source.status, source.reason) == (SourceStatus.ACTIVE, "over_cap")
    assert (source.failing_since, source.failures) == (None, 0)
    assert source.due_at == world.clock.now() + DAY
    assert (world.steps.named("network.read"), world.place.charged) == ([], 0)


@pytest.mark.parametrize("amount", [0, 1, PRICE.part - 1])
def test_a_cap_that_never_holds_one_reading_says_what_to_do(
    world: ListeningWorld, amount: int
) -> None:
    cap(world, amount)
    world.add()
    assert read(world).reason == "cap_too_low"
    assert world.steps.named("network.read") == []


def test_what_was_read_before_the_cap_was_met_is_kept_and_read_on_from_there(
    world: ListeningWorld,
) -> None:
    cap(world, 2 * PRICE.part)
    world.add()
    world.place.said = [heard(n) for n in range(9)]
    source = read(world)
    assert (source.cursor, source.reason, len(world.kept)) == ("4", "over_cap", 4)
    cap(world, 50 * PRICE.part)
    world.clock.at_least(source.due_at)  # type: ignore[arg-type]
    source = read(world)
    assert (source.cursor, source.reason, source.failing_since) == ("9", "", None)
    assert len(world.news) == 9


def test_it_is_read_again_when_the_next_month_begins(world: ListeningWorld) -> None:
    cap(world, 0)
    world.clock.at_least(datetime(2026, 11, 30, 20, tzinfo=UTC))
    world.add(due_at=world.clock.now())
    assert read(world).due_at == datetime(2026, 11, 30, 23, tzinfo=UTC)  # December in Paris


def test_it_is_read_at_once_when_the_cap_is_raised(world: ListeningWorld) -> None:
    cap(world, 0)
    world.add()
    paused = SourceId("paused")
    world.add(id=paused, status=SourceStatus.PAUSED, reason="", due_at=None)
    read(world)
    queue = MemoryQueue(world.clock, world.steps)
    watching = Watching(
        clock=world.clock,
        ids=CountedIds(),
        watches=world.watches,
        sources=world.sources,
        queue=queue,
    )
    world.clock.advance(HOUR)
    watching.cap_raised(FIRM)
    stands = world.stands()
    assert stands is not None
    assert stands.due_at == world.clock.now()
    assert [m.about for m in queue.take()] == [SOURCE]
    assert world.source_items[paused].due_at is None


@pytest.mark.parametrize("error", [Stale("x"), StoreUnclear("x")])
def test_a_source_that_cant_be_woken_now_falls_due_by_itself(
    world: ListeningWorld, error: Exception
) -> None:
    cap(world, 0)
    world.add()
    source = read(world)
    watching = Watching(
        clock=world.clock,
        ids=CountedIds(),
        watches=world.watches,
        sources=world.sources,
        queue=MemoryQueue(world.clock, world.steps),
    )
    world.steps.before("sources.put", raising(error))
    watching.cap_raised(FIRM)
    assert world.stands() == source


def test_reading_leaves_the_rest_of_the_cap_to_what_is_published(world: ListeningWorld) -> None:
    cap(world, 3 * PRICE.part)
    world.add()
    world.place.said = [heard(n) for n in range(60)]
    world.poll()
    assert world.purse.total == 3 * PRICE.part
    assert world.firm is not None
    rest = Charge(publishing=world.firm.spending_cap - world.purse.total)
    assert world.purse.reserve(world.firm, "post", 1, rest)


@pytest.mark.parametrize(
    ("error", "kept"), [(RateLimited("429", None), 0), (Transient("no route"), 0)]
)
def test_a_refusal_gives_all_of_it_back(world: ListeningWorld, error: Exception, kept: int) -> None:
    world.add()
    world.steps.before("network.read", raising(error))
    world.poll()
    assert world.purse.total == kept


@pytest.mark.parametrize("number", range(1, 26))
@pytest.mark.parametrize("before", [True, False])
def test_killed_anywhere_no_more_was_charged_than_is_set_aside(
    world: ListeningWorld, number: int, *, before: bool
) -> None:
    world.add()
    world.place.said = [heard(n) for n in range(5)]
    world.steps.at(number, raising(Killed()), before=before)
    with contextlib.suppress(Killed):
        world.poll()
    assert world.place.charged <= world.purse.total
    world.clock.advance(DAY)
    world.poll()
    assert world.place.charged <= world.purse.total
    assert len(world.news) == 5


@pytest.mark.parametrize("step", ["purse.reserve_reading", "purse.settle_reading"])
@pytest.mark.parametrize("after", [True, False])
def test_a_purse_that_is_unclear_charges_nothing_that_isnt_set_aside(
    world: ListeningWorld, step: str, *, after: bool
) -> None:
    world.add()
    world.place.said = [heard(0)]
    plan = world.steps.after if after else world.steps.before
    plan(step, raising(StoreUnclear("x")))
    world.poll()
    assert world.place.charged <= world.purse.total
    world.clock.advance(DAY)
    world.poll()
    assert len(world.news) == 1
    assert world.place.charged <= world.purse.total


def test_two_workers_at_once_pay_once(world: ListeningWorld) -> None:
    world.add()
    world.place.said = [heard(0)]
    world.steps.after("sources.get", lambda: world.poller.poll(FIRM, SOURCE))
    world.poll()
    assert len(world.steps.named("network.read")) == 1
    assert world.purse.total == world.place.charged


def test_a_frozen_worker_pays_for_its_own_call(world: ListeningWorld) -> None:
    world.add()
    world.place.said = [heard(0)]

    def freeze() -> None:
        world.clock.advance(2 * sources.LEASE)
        world.poller.poll(FIRM, SOURCE)

    world.steps.before("network.read", freeze)
    world.poll()
    assert len(world.news) == 1
    assert world.place.charged <= world.purse.total


@pytest.mark.parametrize(("ago", "pause"), [(HOUR, PRICE.lively), (3 * HOUR, PRICE.quiet)])
@pytest.mark.parametrize("hour", [2, 12])
def test_it_is_read_at_the_pace_of_its_price(
    world: ListeningWorld, ago: timedelta, pause: timedelta, hour: int
) -> None:
    world.clock.advance(timedelta(hours=(hour - 9) % 24))
    now = world.clock.now()
    world.add(due_at=now, heard_at=now - ago)
    assert read(world).due_at == now + pause


def test_what_was_told_is_looked_at_daily_and_not_over_the_cap(world: ListeningWorld) -> None:
    world.add()
    world.place.said = [heard(1)]
    for _ in range(4):
        world.poll()
        world.clock.advance(13 * HOUR)
    assert len(world.steps.named("network.look_again")) == 2
    assert world.purse.total == world.place.charged
    cap(world, PRICE.look)
    assert read(world).reason == ""
    assert len(world.steps.named("network.look_again")) == 2


@given(
    said=st.lists(st.integers(0, 5), max_size=8),
    amount=st.integers(0, 30),
    faults=st.dictionaries(
        st.integers(1, 90), st.sampled_from(["kill", "lost", "twice", "unclear"]), max_size=6
    ),
)
def test_random_lives_charge_no_more_than_is_set_aside_nor_that_more_than_the_cap(
    said: list[int], amount: int, faults: dict[int, str]
) -> None:
    world = ListeningWorld()
    world.asks, world.place.each = PRICE, EACH
    cap(world, amount * EACH)
    world.add()
    for number, fault in faults.items():
        if fault == "twice":
            world.steps.at(number, lambda: world.poller.poll(FIRM, SOURCE), before=True)
        else:
            error = StoreUnclear("x") if fault == "unclear" else Killed()
            world.steps.at(number, raising(error), before=fault == "kill")
    count = 0
    for more in [*said, 0, 0, 0]:
        world.place.said += [heard(count + n) for n in range(more)]
        count += more
        with contextlib.suppress(Killed, StoreUnclear):
            world.poll()
        world.clock.advance(DAY)
        assert world.place.charged <= world.purse.total <= amount * EACH


# Counting.

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def counted() -> MeasuringWorld:
    made = MeasuringWorld(NOON)
    made.network.asks = PRICE
    made.network.told = {Metric.LIKES: 3}
    return made


def limit(world: MeasuringWorld, amount: int) -> None:
    assert world.there.firm is not None
    world.there.firm = replace(world.there.firm, spending_cap=amount * SHARE)


def test_what_a_reading_cost_is_kept_and_the_rest_comes_back(counted: MeasuringWorld) -> None:
    counted.meter()
    counted.meter(None)
    counted.network.takes = EACH
    assert counted.measurer.measure(COUNTED_FIRM, POST)
    assert counted.measurer.measure(COUNTED_FIRM, COUNTED)
    assert counted.purse.total == 2 * EACH
    assert counted.network.asked == ["42", "channel"]


def test_over_the_cap_nothing_is_counted_until_there_is_room(counted: MeasuringWorld) -> None:
    limit(counted, PRICE.post - 1)
    counted.meter()
    after = counted.measurer.measure(COUNTED_FIRM, POST)
    assert after is not None
    assert (after.status, after.reason) == (MeterStatus.ACTIVE, "cap_too_low")
    assert (after.due_at, counted.network.asked) == (NOON + DAY, [])
    limit(counted, PRICE.post)
    counted.make_due()
    after = counted.measurer.measure(COUNTED_FIRM, POST)
    assert after is not None
    assert (after.reason, counted.network.asked) == ("", ["42"])


def test_a_post_is_counted_seldom_and_for_a_month_and_a_channel_weekly(
    counted: MeasuringWorld,
) -> None:
    counted.meter(due_at=NOON + HOUR)
    read_after: list[timedelta] = []
    while True:
        counted.make_due()
        read_after.append(counted.clock.now() - NOON)
        after = counted.measurer.measure(COUNTED_FIRM, POST)
        assert after is not None
        if after.status is MeterStatus.DONE:
            break
    assert read_after == [HOUR, DAY, 2 * DAY, *(n * WEEK for n in (1, 2, 3, 4))]
    counted.meter(None, due_at=counted.clock.now())
    channel = counted.measurer.measure(COUNTED_FIRM, COUNTED)
    assert channel is not None
    assert channel.due_at == counted.clock.now() + WEEK


def test_a_count_in_doubt_keeps_all_that_it_may_have_cost(counted: MeasuringWorld) -> None:
    counted.meter()
    counted.network.takes, counted.network.fails = PRICE.post, Transient("too long")
    counted.measurer.measure(COUNTED_FIRM, POST)
    assert counted.purse.total == PRICE.post


def test_a_purse_that_is_unclear_leaves_the_meter_to_its_lease(counted: MeasuringWorld) -> None:
    counted.meter()
    counted.purse.steps.before("purse.reserve_reading", raising(StoreUnclear("x")))
    with pytest.raises(StoreUnclear):
        counted.measurer.measure(COUNTED_FIRM, POST)
    assert counted.network.asked == []
    counted.make_due()
    assert counted.measurer.measure(COUNTED_FIRM, POST)
    assert counted.network.asked == ["42"]


# The month.


@pytest.mark.parametrize(
    ("now", "zone", "begins"),
    [
        (NOON, "Europe/Paris", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        (
            datetime(2026, 12, 31, 22, tzinfo=UTC),
            "Europe/Paris",
            datetime(2026, 12, 31, 23, tzinfo=UTC),
        ),
        (
            datetime(2026, 12, 31, 23, tzinfo=UTC),
            "Europe/Paris",
            datetime(2027, 1, 31, 23, tzinfo=UTC),
        ),
        (datetime(2027, 3, 20, tzinfo=UTC), "Europe/Paris", datetime(2027, 3, 31, 22, tzinfo=UTC)),
        (NOON, "America/Martinique", datetime(2026, 12, 1, 4, tzinfo=UTC)),
    ],
)
def test_the_next_month_is_that_of_the_firms_own_zone(
    now: datetime, zone: str, begins: datetime
) -> None:
    assert next_month(now, ZoneInfo(zone)) == begins
