"""Reading meters: what each answer of a network makes of one, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.ids import ChannelId, MemberId, MentionId, WorkspaceId
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.rollups import Moved
from chalicelib.measuring.snapshots import DAY, HOUR, LEASE, Meter, MeterStatus, Origin
from chalicelib.publishing.deliveries import Status
from chalicelib.publishing.outcomes import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.refusals import Invalid, NotFound
from chalicelib.workspaces.channels import ChannelStatus
from tests.fakes.memory_measuring import CHANNEL, FIRM, POST, Died, MeasuringWorld, die
from tests.store_fixtures import a_delivery, published

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TODAY = date(2026, 11, 25)
LEA = MemberId("lea")


@pytest.fixture
def world() -> MeasuringWorld:
    return MeasuringWorld(NOON)


def measured(world: MeasuringWorld, subject: str = POST) -> Meter:
    after = world.measurer.measure(FIRM, subject)
    assert after is not None
    assert after == world.meters.kept[FIRM, subject]
    return after


def gained(world: MeasuringWorld, day: date = TODAY) -> Mapping[Metric, int | None]:
    return {m: v.gained for m, v in world.rollups.channel_days[FIRM, CHANNEL, day].moved.items()}


def test_a_reading_is_kept_and_summed_up(world: MeasuringWorld) -> None:
    world.meter()
    world.network.told = {Metric.LIKES: 3, Metric.VIEWS: None}
    after = measured(world)
    (kept,) = world.snapshots.kept.values()
    assert (kept.at, kept.delivery, kept.origin) == (NOON, POST, Origin.NETWORK)
    assert dict(kept.counters) == {Metric.LIKES: 3, Metric.VIEWS: None}
    assert gained(world) == {Metric.LIKES: 3}
    assert (after.read_at, after.due_at, after.failures) == (NOON, NOON + HOUR, 0)


def test_a_channel_is_read_daily(world: MeasuringWorld) -> None:
    world.meter(None)
    world.network.told = {Metric.FOLLOWERS: 80}
    assert measured(world, CHANNEL).due_at == NOON + DAY
    world.make_due(CHANNEL)
    world.network.told = {Metric.FOLLOWERS: 82}
    measured(world, CHANNEL)
    tomorrow = world.rollups.channel_days[FIRM, CHANNEL, TODAY + DAY]
    assert tomorrow.moved == {Metric.FOLLOWERS: Moved(82, 2)}


def test_what_is_not_due_or_held_by_another_is_left_alone(world: MeasuringWorld) -> None:
    assert world.measurer.measure(FIRM, "nobody") is None
    world.meter(due_at=NOON + HOUR)
    assert world.measurer.measure(FIRM, POST) is None
    world.make_due()
    world.steps.plan(3, die)
    with pytest.raises(Died):
        world.measurer.measure(FIRM, POST)
    assert world.measurer.measure(FIRM, POST) is None
    world.clock.advance(LEASE)
    assert world.measurer.measure(FIRM, POST) is not None
    assert world.network.asked == ["42", "42"]


def test_two_who_race_for_a_meter_read_it_once(world: MeasuringWorld) -> None:
    world.meter()
    world.network.told = {Metric.LIKES: 3}
    other: list[Meter | None] = []
    world.steps.plan(1, lambda: other.append(world.measurer.measure(FIRM, POST)))
    assert world.measurer.measure(FIRM, POST) is None
    assert other == [world.meters.kept[FIRM, POST]]
    assert world.network.asked == ["42"]


def test_a_pause_is_of_publishing_and_not_of_reading(world: MeasuringWorld) -> None:
    world.meter()
    world.set_channel(status=ChannelStatus.PAUSED)
    measured(world)
    assert world.network.asked == ["42"]


def test_a_broken_channel_is_not_asked_until_it_is_reconnected(world: MeasuringWorld) -> None:
    world.meter(None)
    world.set_channel(status=ChannelStatus.BROKEN)
    after = measured(world, CHANNEL)
    assert (after.reason, after.due_at, world.network.asked) == ("reconnect", NOON + DAY, [])
    world.set_channel()
    world.measurer.begin_channel(world.channel)
    world.make_due(CHANNEL)
    assert world.clock.now() < NOON + HOUR
    assert measured(world, CHANNEL).failures == 0


def test_a_disconnected_channel_is_read_no_more(world: MeasuringWorld) -> None:
    world.set_channel(status=ChannelStatus.DISCONNECTED)
    for delivery, subject in ((None, CHANNEL), (POST, POST)):
        world.meter(delivery)
        after = measured(world, subject)
        assert (after.status, after.due_at) == (MeterStatus.DONE, None)
        assert after.reason == "disconnected"
    assert world.network.asked == []


def test_links_go_on_counting_when_the_channel_is_gone(world: MeasuringWorld) -> None:
    world.set_channel(status=ChannelStatus.DISCONNECTED)
    world.meter()
    world.add_link()
    world.click(times=2)
    assert measured(world).status is MeterStatus.ACTIVE
    assert gained(world) == {Metric.CLICKS: 2, Metric.VISITORS: 1}


def test_what_was_erased_is_read_no_more(world: MeasuringWorld) -> None:
    world.meter()
    world.there.channels.clear()
    assert measured(world).reason == "gone"


@pytest.mark.parametrize(
    ("error", "reason", "after"),
    [
        (Transient("down"), "transient", timedelta(minutes=10)),
        (OutcomeUnknown("cut"), "transient", timedelta(minutes=10)),
        (RateLimited("slow", NOON + timedelta(hours=3)), "rate_limited", timedelta(hours=3)),
        (RateLimited("slow"), "rate_limited", timedelta(minutes=10)),
        (AuthExpired("no"), "auth_expired", DAY),
        (Rejected("no", "forbidden"), "forbidden", DAY),
        (KeyError("shape"), "unreadable", timedelta(minutes=10)),
    ],
)
def test_each_failure_says_when_it_is_read_again(
    world: MeasuringWorld, error: Exception, reason: str, after: timedelta
) -> None:
    world.meter()
    world.network.fails = error
    meter = measured(world)
    assert (meter.reason, meter.due_at) == (reason, NOON + after)
    assert (meter.failing_since, meter.failures) == (NOON, 1)
    assert meter.status is MeterStatus.ACTIVE
    assert not world.snapshots.kept


def test_the_pause_doubles_and_a_success_ends_it(world: MeasuringWorld) -> None:
    world.meter()
    world.network.fails = Transient("down")
    pauses = []
    for _ in range(9):
        world.make_due()
        due = measured(world).due_at
        assert due is not None
        pauses.append(due - world.clock.now())
    assert pauses[:3] == [timedelta(minutes=n) for n in (10, 20, 40)]
    assert pauses[-1] == DAY
    world.network.fails = None
    world.network.told = {Metric.LIKES: 1}
    world.make_due()
    assert measured(world).failures == 0


@pytest.mark.parametrize("error", [None, Rejected("404", "gone")])
def test_a_post_that_is_gone_is_read_no_more(
    world: MeasuringWorld, error: Exception | None
) -> None:
    world.meter()
    world.network.fails = error
    after = measured(world)
    assert (after.status, after.reason) == (MeterStatus.DONE, "gone")


def test_what_a_dead_reading_kept_counts_though_the_post_is_gone_then(
    world: MeasuringWorld,
) -> None:
    world.meter()
    world.network.told = {Metric.LIKES: 3}
    world.steps.plan(5, die)
    with pytest.raises(Died):
        world.measurer.measure(FIRM, POST)
    assert len(world.snapshots.kept) == 1
    assert not world.rollups.subject_days
    world.clock.advance(LEASE)
    world.network.told = None
    assert measured(world).reason == "gone"
    assert gained(world) == {Metric.LIKES: 3}


def test_a_post_of_which_nothing_is_told_is_read_no_more(world: MeasuringWorld) -> None:
    world.network.are_there = False
    world.meter()
    world.meter(None)
    after = measured(world)
    assert (after.status, after.reason) == (MeterStatus.DONE, "untold")
    assert measured(world, CHANNEL).due_at == NOON + DAY


def test_a_network_that_tells_nothing_of_posts_is_asked_once(world: MeasuringWorld) -> None:
    world.meter()
    world.network.told = {}
    assert measured(world).reason == "untold"
    assert world.snapshots.kept == {}


def test_a_post_without_a_remote_id_cannot_be_asked_for(world: MeasuringWorld) -> None:
    world.meter(remote_id="")
    assert measured(world).reason == "untold"
    assert world.network.asked == []


def test_an_old_post_is_read_no_more(world: MeasuringWorld) -> None:
    world.meter(began_at=NOON - timedelta(days=91))
    world.network.told = {Metric.LIKES: 3}
    after = measured(world)
    assert (after.status, after.due_at, after.reason) == (MeterStatus.DONE, None, "")


def test_clicks_count_on_the_day_they_were_whenever_they_are_read(world: MeasuringWorld) -> None:
    world.network.are_there = False
    world.meter(began_at=NOON - timedelta(days=40), read_at=NOON - timedelta(days=5))
    world.add_link()
    world.add_link("def")
    world.clock.set_wall(-timedelta(days=3))
    world.click(times=3)
    world.click("def", visitor=b"visitor2")
    world.clock.set_wall(timedelta(days=3))
    world.click()
    measured(world)
    per_day = {
        day.isoformat(): gained(world, day)[Metric.CLICKS]
        for day in (TODAY - timedelta(days=n) for n in (5, 4, 3, 2, 1, 0))
    }
    assert list(per_day.values()) == [0, 0, 4, 0, 0, 1]
    assert gained(world, TODAY - timedelta(days=3))[Metric.VISITORS] == 2


def test_a_live_delivery_gets_a_meter_once(world: MeasuringWorld) -> None:
    live = replace(published(a_delivery()), rev=0)
    world.there.deliveries[live.id] = live
    for _ in range(2):
        world.measurer.begin(FIRM, live.id)
    meter = world.meters.kept[FIRM, live.id]
    assert (meter.channel, meter.remote_id) == (live.channel, live.remote_id)
    assert live.published_at is not None
    assert (meter.began_at, meter.due_at) == (live.published_at, live.published_at + HOUR)
    assert world.there.deliveries[live.id].metered_at == NOON
    assert meter.rev == 1


def test_a_crash_between_meter_and_note_is_made_good(world: MeasuringWorld) -> None:
    live = replace(published(a_delivery()), rev=0)
    world.there.deliveries[live.id] = live
    world.steps.plan(1, die)
    with pytest.raises(Died):
        world.measurer.begin(FIRM, live.id)
    assert world.there.deliveries[live.id].metered_at is None
    world.measurer.begin(FIRM, live.id)
    assert world.meters.kept[FIRM, live.id].rev == 1
    assert world.there.deliveries[live.id].metered_at == NOON


def test_what_is_not_live_gets_none_and_answers_are_not_counted(world: MeasuringWorld) -> None:
    waiting = a_delivery()
    answer = replace(published(a_delivery("post2")), rev=0, answers=MentionId("m"))
    for delivery in (waiting, answer):
        world.there.deliveries[delivery.id] = delivery
        world.measurer.begin(FIRM, delivery.id)
    assert not world.meters.kept
    assert world.there.deliveries[waiting.id].status is Status.SCHEDULED
    assert world.there.deliveries[waiting.id].metered_at is None
    assert world.there.deliveries[answer.id].metered_at == NOON


def test_a_channel_begins_once_and_soon(world: MeasuringWorld) -> None:
    for _ in range(2):
        world.measurer.begin_channel(world.channel)
    meter = world.meters.kept[FIRM, CHANNEL]
    assert (meter.rev, meter.due_at) == (1, NOON + timedelta(minutes=5))


# Figures by hand.


def typed(world: MeasuringWorld, counters: Mapping[str, int], day: date = TODAY) -> None:
    world.entering.enter_by_hand(FIRM, POST, day, counters, by=LEA)


def test_what_is_typed_of_a_post_counts_and_says_who_typed_it(world: MeasuringWorld) -> None:
    world.meter()
    typed(world, {"views": 40, "likes": 4})
    day = world.rollups.channel_days[FIRM, CHANNEL, TODAY]
    assert day.moved == {
        Metric.VIEWS: Moved(None, 40, by_hand=True),
        Metric.LIKES: Moved(None, 4, by_hand=True),
    }
    (kept,) = world.snapshots.kept.values()
    assert (kept.by, kept.origin) == (LEA, Origin.HAND)


def test_what_is_typed_again_replaces_what_was_typed(world: MeasuringWorld) -> None:
    world.meter()
    typed(world, {"views": 40, "likes": 4})
    typed(world, {"views": 30})
    assert gained(world) == {Metric.VIEWS: 30}
    assert len(world.snapshots.kept) == 1


def test_a_channel_without_an_api_has_figures_by_hand(world: MeasuringWorld) -> None:
    for day, followers in ((TODAY - DAY, 80), (TODAY, 85)):
        world.entering.enter_by_hand(FIRM, CHANNEL, day, {"followers": followers}, by=LEA)
    moved = world.rollups.channel_days[FIRM, CHANNEL, TODAY].moved
    assert moved == {Metric.FOLLOWERS: Moved(85, 5, by_hand=True)}
    assert world.meters.kept[FIRM, CHANNEL].due_at is None


@pytest.mark.parametrize(
    ("counters", "day", "pointer", "code"),
    [
        ({"views": -1}, TODAY, "/counters/views", "figure-out-of-range"),
        ({"views": 10**12 + 1}, TODAY, "/counters/views", "figure-out-of-range"),
        ({"clicks": 1}, TODAY, "/counters/clicks", "unknown-metric"),
        ({"glory": 1}, TODAY, "/counters/glory", "unknown-metric"),
        ({}, TODAY, "/counters", "no-figures"),
        ({"views": 1}, TODAY + DAY, "/day", "day-in-future"),
        ({"views": 1}, TODAY - DAY, "/day", "day-before-publication"),
    ],
)
def test_figures_that_cannot_be_are_refused(
    world: MeasuringWorld, counters: Mapping[str, int], day: date, pointer: str, code: str
) -> None:
    world.meter()
    with pytest.raises(Invalid) as refused:
        typed(world, counters, day)
    assert [(f.pointer, f.code) for f in refused.value.faults] == [(pointer, code)]
    assert not world.snapshots.kept


def test_today_is_the_firms_own(world: MeasuringWorld) -> None:
    world.meter()
    world.clock.at_least(datetime(2026, 11, 25, 23, 30, tzinfo=UTC))  # half past midnight in Paris
    typed(world, {"views": 1}, TODAY + DAY)


def test_nobody_types_what_is_not_theirs(world: MeasuringWorld) -> None:
    world.meter()
    for firm, subject in ((FIRM, "nobody"), (WorkspaceId("garage"), POST)):
        with pytest.raises(NotFound):
            world.entering.enter_by_hand(firm, subject, TODAY, {"views": 1}, by=LEA)
    assert world.there.channels[ChannelId(CHANNEL)]
