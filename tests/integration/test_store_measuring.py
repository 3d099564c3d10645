"""Meters, snapshots and totals on the real engine, and what reading one costs."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.ids import ChannelId, DeliveryId, MemberId, WorkspaceId
from chalicelib.measuring.counting import Measurer
from chalicelib.measuring.entering import Entering
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.report import Reports, month
from chalicelib.measuring.rollups import ChannelDay, Moved, SubjectDay
from chalicelib.measuring.snapshots import Meter, Origin, Snapshot, claim, ended
from chalicelib.measuring.totals import Totals
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.store.channels import Channels
from chalicelib.store.deliveries import Deliveries
from chalicelib.store.due import METER, Due
from chalicelib.store.links import Links
from chalicelib.store.meters import Meters
from chalicelib.store.purse import Purse
from chalicelib.store.rollups import Rollups
from chalicelib.store.snapshots import KEPT, Snapshots
from chalicelib.store.workspaces import Workspaces
from tests.fakes.clocks import SettableClock
from tests.fakes.memory_measuring import ScriptedCounters
from tests.store_fixtures import (
    FIRM,
    NOON,
    OTHER,
    Tables,
    a_channel,
    a_workspace,
    first,
    lost_answer,
    passes,
    race,
)

CHANNEL = ChannelId("a3s5d7f9g2h4j6k8l3z5")
POST = DeliveryId(f"k7m2q4w6e8r3t5y9u1i2.{CHANNEL}.0")
LIKES, VIEWS, CLICKS = Metric.LIKES, Metric.VIEWS, Metric.CLICKS
HOUR, ONE_DAY = timedelta(hours=1), timedelta(days=1)


def a_meter(delivery: DeliveryId | None = POST, **changes: object) -> Meter:
    typical = Meter(
        workspace=FIRM,
        channel=CHANNEL,
        delivery=delivery,
        remote_id="115609331127485311" if delivery else "",
        began_at=NOON - HOUR,
        due_at=NOON,
    )
    return replace(typical, **changes)  # type: ignore[arg-type]


def a_snapshot(at: datetime = NOON, **changes: object) -> Snapshot:
    typical = Snapshot(
        workspace=FIRM,
        channel=CHANNEL,
        delivery=POST,
        at=at,
        counters={LIKES: 3, VIEWS: None},
    )
    return replace(typical, **changes)  # type: ignore[arg-type]


@pytest.fixture
def snapshots(tables: Tables, clock: SettableClock) -> Snapshots:
    return Snapshots(store=tables.store, clock=clock)


@pytest.fixture
def rollups(tables: Tables) -> Rollups:
    return Rollups(store=tables.store)


class Bench:
    """The measurer over the real store."""

    def __init__(self, tables: Tables, clock: SettableClock) -> None:
        store = tables.store
        self.clock = clock
        self.network = ScriptedCounters(told={LIKES: 3, VIEWS: 40})
        self.meters = Meters(store=store)
        self.links = Links(store=store)
        self.snapshots = Snapshots(store=store, clock=clock)
        self.rollups = Rollups(store=store)
        totals = Totals(snapshots=self.snapshots, rollups=self.rollups)
        channels, workspaces = Channels(store=store), Workspaces(store=store)
        channels.put(None, a_channel(CHANNEL))
        workspaces.put(None, a_workspace())
        self.measurer = Measurer(
            clock=clock,
            meters=self.meters,
            snapshots=self.snapshots,
            totals=totals,
            links=self.links,
            channels=channels,
            workspaces=workspaces,
            deliveries=Deliveries(store=store, clock=clock),
            networks=self.network,
            purse=Purse(store=store, clock=clock),
        )
        self.entering = Entering(
            clock=clock,
            meters=self.meters,
            snapshots=self.snapshots,
            totals=totals,
            channels=channels,
            workspaces=workspaces,
        )


@pytest.fixture
def bench(tables: Tables, clock: SettableClock) -> Bench:
    return Bench(tables, clock)


def test_a_meter_comes_back_as_it_was_and_falls_due(tables: Tables) -> None:
    meters, due = Meters(store=tables.store), Due(tables.store)
    for meter in (a_meter(), a_meter(None), a_meter(workspace=OTHER, reason="transient")):
        kept = meters.put(None, meter)
        assert meters.get(meter.workspace, meter.subject) == kept
    found = {(w, subject) for w, subject, _ in due.due(METER, 0, None, NOON, 10)}
    assert found == {(FIRM, POST), (FIRM, CHANNEL), (OTHER, POST)}
    stands = meters.get(FIRM, POST)
    assert stands is not None
    meters.put(stands, ended(stands, "gone"))
    assert len(due.due(METER, 0, None, NOON, 10)) == 2
    assert meters.get(FIRM, "nobody") is None


def test_of_eight_who_claim_a_meter_one_has_it(tables: Tables) -> None:
    meters = Meters(store=tables.store)
    stands = meters.put(None, a_meter())
    results = race(lambda _: meters.put(stands, claim(stands, NOON)))
    assert sum(isinstance(r, Meter) for r in results) == 1
    assert sum(isinstance(r, Stale) for r in results) == 7


def test_snapshots_come_back_in_order_whoever_told_them(snapshots: Snapshots) -> None:
    told = [
        a_snapshot(NOON + HOUR),
        a_snapshot(NOON, origin=Origin.HAND, by=MemberId("lea")),
        a_snapshot(NOON, origin=Origin.LINKS, counters={CLICKS: 2}),
        a_snapshot(NOON - HOUR),
    ]
    for snapshot in (*told, a_snapshot(NOON, workspace=OTHER), a_snapshot(delivery=None)):
        snapshots.keep(snapshot)
    found = snapshots.of(FIRM, POST, NOON - HOUR, NOON + HOUR)
    assert [s.at for s in found] == [NOON - HOUR, NOON, NOON]
    assert sorted(found, key=str) == sorted(told[1:], key=str)
    assert next(snapshots.since(FIRM, POST, NOON + HOUR)) == told[0]
    assert snapshots.of(FIRM, POST, NOON, NOON) == []
    assert list(snapshots.of(FIRM, CHANNEL, NOON, NOON + HOUR)) == [a_snapshot(delivery=None)]


def test_the_same_instant_and_origin_again_replaces(snapshots: Snapshots) -> None:
    for origin in Origin:
        for likes in (3, 4, 4):
            snapshots.keep(a_snapshot(origin=origin, counters={LIKES: likes}))
    found = snapshots.of(FIRM, POST, NOON, NOON + HOUR)
    assert [(s.origin, s.counters) for s in found] == [
        (origin, {LIKES: 4}) for origin in sorted(Origin)
    ]


def test_the_last_value_before_is_found_however_far_back(snapshots: Snapshots) -> None:
    snapshots.keep(a_snapshot(NOON - 40 * ONE_DAY, counters={VIEWS: 7}))
    snapshots.keep(a_snapshot(NOON - 39 * ONE_DAY, counters={VIEWS: 8}, origin=Origin.HAND))
    for hours in range(1, 30):
        snapshots.keep(a_snapshot(NOON - hours * HOUR, counters={LIKES: -hours, VIEWS: None}))
    snapshots.keep(a_snapshot(NOON, counters={LIKES: 99}))
    network = Origin.NETWORK
    wanted = {(network, LIKES), (network, VIEWS), (Origin.HAND, VIEWS), (network, CLICKS)}
    assert snapshots.before(FIRM, POST, NOON, wanted) == {
        (network, LIKES): -1,
        (network, VIEWS): 7,
        (Origin.HAND, VIEWS): 8,
    }


def test_snapshots_expire(snapshots: Snapshots, clock: SettableClock) -> None:
    snapshots.keep(a_snapshot())
    clock.advance(KEPT + timedelta(seconds=1))
    assert snapshots.of(FIRM, POST, NOON, NOON + HOUR) == []
    wanted = {(Origin.NETWORK, LIKES)}
    assert snapshots.before(FIRM, POST, clock.now(), wanted) == {}


def test_days_come_back_as_they_were(rollups: Rollups) -> None:
    moved = {
        LIKES: Moved(3, 3),
        VIEWS: Moved(None, None, is_reset=True),
        CLICKS: Moved(None, -2, by_hand=True, is_partial=True),
    }
    today = date(2026, 11, 25)
    channel = rollups.put_channel(
        None, ChannelDay(workspace=FIRM, channel=CHANNEL, day=today, moved=moved)
    )
    subject = rollups.put_subject(
        None,
        SubjectDay(workspace=FIRM, channel=CHANNEL, subject=POST, day=today, moved=moved),
    )
    assert rollups.channel(FIRM, CHANNEL, today) == channel
    assert rollups.subject(FIRM, CHANNEL, POST, today) == subject
    assert rollups.subjects_of(FIRM, CHANNEL, today) == [subject]
    assert list(rollups.subjects_between(FIRM, today, today)) == [subject]
    assert rollups.channel(OTHER, CHANNEL, today) is None
    with pytest.raises(Stale):
        rollups.put_channel(None, channel)
    with pytest.raises(Stale):
        rollups.put_subject(None, subject)


def test_a_period_has_its_days_and_no_other(rollups: Rollups) -> None:
    for n in range(-2, 4):
        for channel in ("chan1", "chan2"):
            day = date(2026, 11, 25) + n * ONE_DAY
            rollups.put_channel(
                None, ChannelDay(workspace=FIRM, channel=ChannelId(channel), day=day, moved={})
            )
            rollups.put_subject(
                None,
                SubjectDay(
                    workspace=FIRM, channel=ChannelId(channel), subject="s", day=day, moved={}
                ),
            )
    first, last = date(2026, 11, 24), date(2026, 11, 26)
    found = rollups.between(FIRM, first, last)
    assert [(d.day.day, d.channel) for d in found] == [
        (day, channel) for day in (24, 25, 26) for channel in ("chan1", "chan2")
    ]
    assert len(list(rollups.subjects_between(FIRM, first, last))) == 6
    assert rollups.between(FIRM, last, first) == []
    assert list(rollups.subjects_between(FIRM, last, first)) == []
    assert rollups.between(WorkspaceId("boulangeri"), first, last) == []


def test_eight_subjects_of_a_channel_read_at_one_instant_are_all_in_its_total(
    bench: Bench,
) -> None:
    posts = [DeliveryId(f"post{n}.{CHANNEL}.0") for n in range(8)]
    for post in posts:
        bench.meters.put(None, a_meter(post))
    results = race(lambda n: bench.measurer.measure(FIRM, posts[n]))
    assert [r for r in results if not isinstance(r, Meter)] == []
    day = bench.rollups.channel(FIRM, CHANNEL, date(2026, 11, 25))
    assert day is not None
    assert day.moved == {LIKES: Moved(None, 24), VIEWS: Moved(None, 320)}


def test_figures_typed_while_the_network_is_read_are_both_there(bench: Bench) -> None:
    bench.meters.put(None, a_meter())
    bench.network.told = {LIKES: 3}

    def act(n: int) -> object:
        if n == 0:
            return bench.measurer.measure(FIRM, POST)
        typed = {"views": 100 + n}
        return bench.entering.enter_by_hand(
            FIRM, POST, date(2026, 11, 25), typed, by=MemberId("lea")
        )

    results = race(act)
    assert [r for r in results if isinstance(r, Exception)] == []
    day = bench.rollups.subject(FIRM, CHANNEL, POST, date(2026, 11, 25))
    assert day is not None
    assert day.moved[LIKES] == Moved(3, 3)
    typed = bench.snapshots.of(FIRM, POST, NOON - ONE_DAY, NOON + ONE_DAY)
    (hand,) = (s for s in typed if s.origin is Origin.HAND)
    views = hand.counters[VIEWS]
    assert day.moved[VIEWS] == Moved(views, views, by_hand=True)


def test_who_loses_to_seven_others_keeps_what_was_typed_after_them(
    tables: Tables, snapshots: Snapshots
) -> None:
    def typed(views: int) -> Snapshot:
        return a_snapshot(counters={VIEWS: views}, origin=Origin.HAND, by=MemberId("lea"))

    others = iter(range(7))
    overtaken = first(lambda: snapshots.keep(typed(next(others))))
    tables.faults.plan("PutItem", *[overtaken, passes] * 7)
    snapshots.keep(typed(100))
    (hand,) = snapshots.of(FIRM, POST, NOON - HOUR, NOON + HOUR)
    assert hand.counters == {VIEWS: 100}


@pytest.mark.parametrize("operation", ["PutItem", "GetItem", "Query"])
def test_an_answer_lost_anywhere_ends_in_the_same_totals(
    tables: Tables, bench: Bench, operation: str
) -> None:
    for lost in range(1, 7):
        post = DeliveryId(f"post{lost}.{CHANNEL}.0")
        bench.meters.put(None, a_meter(post))
        tables.faults.plan(operation, *[passes] * (lost - 1), lost_answer)
        for _ in range(2):
            with suppress(StoreUnclear):
                bench.measurer.measure(FIRM, post)
            bench.clock.advance(timedelta(seconds=90))  # where it was broken off it is due again
            tables.faults._planned.clear()
        day = bench.rollups.subject(FIRM, CHANNEL, post, date(2026, 11, 25))
        assert day is not None
        assert day.moved == {LIKES: Moved(3, 3), VIEWS: Moved(40, 40)}
        total = bench.rollups.channel(FIRM, CHANNEL, date(2026, 11, 25))
        assert total is not None
        assert total.moved[LIKES].gained == 3 * lost


def test_what_a_reading_costs(tables: Tables, bench: Bench) -> None:
    bench.meters.put(None, a_meter(read_at=NOON - HOUR))
    tables.calls.take()
    bench.measurer.measure(FIRM, POST)
    assert tables.calls.take() == [
        ("GetItem", 1),  # the meter
        ("PutItem", 3),  # claimed: the item 1, its place in the due index moves 2
        ("GetItem", 1),  # the channel
        ("GetItem", 1),  # the firm
        ("Query", 1),  # the links that the delivery carries: none
        ("PutItem", 1),  # the snapshot
        ("GetItem", 1),  # the post's day
        ("Query", 1),  # its snapshots
        ("Query", 1),  # the last value before
        ("PutItem", 1),  # the post's day
        ("GetItem", 1),  # the channel's day
        ("Query", 1),  # the posts' days
        ("PutItem", 1),  # the channel's day
        ("PutItem", 3),  # noted
    ]


def test_a_report_is_two_queries(tables: Tables, bench: Bench) -> None:
    bench.meters.put(None, a_meter())
    bench.measurer.measure(FIRM, POST)
    tables.calls.take()
    made = Reports(rollups=bench.rollups).of(FIRM, month(2026, 11))
    assert [operation for operation, _ in tables.calls.take()] == ["Query", "Query"]
    assert made.totals[LIKES].gained == 3
    assert [p.delivery for p in made.best] == [POST]


def test_days_are_the_firms_own(bench: Bench) -> None:
    bench.clock.at_least(datetime(2026, 11, 25, 23, 30, tzinfo=UTC))
    bench.meters.put(None, a_meter(began_at=bench.clock.now() - HOUR))
    bench.measurer.measure(FIRM, POST)
    assert bench.rollups.channel(FIRM, CHANNEL, date(2026, 11, 25)) is None
    assert bench.rollups.channel(FIRM, CHANNEL, date(2026, 11, 26)) is not None
