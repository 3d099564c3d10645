"""Totals per day: the rules, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.ids import DeliveryId
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.rollups import (
    ChannelDay,
    Moved,
    Series,
    SubjectDay,
    bounds,
    channel_day,
    day_of,
    days_touched,
    subject_day,
    with_jumps,
)
from chalicelib.measuring.snapshots import Meter, Origin, Snapshot
from tests.fakes.memory_measuring import CHANNEL, FIRM, POST

PARIS = ZoneInfo("Europe/Paris")
DAY = date(2026, 11, 25)
LIKES, VIEWS, CLICKS = Metric.LIKES, Metric.VIEWS, Metric.CLICKS
METER = Meter(
    workspace=FIRM,
    channel=CHANNEL,
    delivery=POST,
    remote_id="42",
    began_at=datetime(2026, 11, 1, 8, tzinfo=UTC),
    due_at=None,
)
OF_CHANNEL = replace(METER, delivery=None)
NONE: Mapping[Series, int] = {}


def at(
    hour: int, counters: Mapping[Metric, int | None], origin: Origin = Origin.NETWORK
) -> Snapshot:
    return Snapshot(
        workspace=FIRM,
        channel=CHANNEL,
        delivery=POST,
        at=datetime(2026, 11, 25, hour, tzinfo=UTC),
        counters=counters,
        origin=origin,
    )


def moved(
    *snapshots: Snapshot, before: Mapping[Series, int] = NONE, of: Meter = METER
) -> Mapping[Metric, Moved]:
    return subject_day(snapshots, before, of=of, zone=PARIS, day=DAY).moved


@pytest.mark.parametrize(
    ("day", "hours"),
    [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 11, 25), 24)],
)
def test_a_day_is_as_long_as_its_clocks_make_it(day: date, hours: int) -> None:
    start, end = bounds(day, PARIS)
    assert end - start == timedelta(hours=hours)
    assert day_of(start, PARIS) == day
    assert day_of(end - timedelta(microseconds=1), PARIS) == day
    assert day_of(end, PARIS) == day + timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("America/Havana", date(2026, 3, 8)),  # midnight doesn't exist
        ("America/Havana", date(2026, 11, 1)),  # midnight comes twice
        ("Pacific/Apia", date(2011, 12, 29)),  # the next day doesn't exist
        ("Asia/Kathmandu", date(2026, 1, 1)),
    ],
)
def test_days_follow_one_another_without_a_gap(zone: str, day: date) -> None:
    there = ZoneInfo(zone)
    ends = [bounds(day + timedelta(days=n), there) for n in range(-2, 4)]
    assert [end for _, end in ends[:-1]] == [start for start, _ in ends[1:]]
    for start, end in ends:
        if start < end:
            instants = [start, end - timedelta(microseconds=1)]
            assert len({day_of(instant, there) for instant in instants}) == 1


def test_what_was_gained_is_counted_from_the_last_value_before() -> None:
    before = {(Origin.NETWORK, LIKES): 7}
    assert moved(at(9, {LIKES: 8}), at(18, {LIKES: 12}), before=before) == {LIKES: Moved(12, 5)}


def test_the_order_in_which_snapshots_come_changes_nothing() -> None:
    before = {(Origin.NETWORK, VIEWS): 0}
    told = [at(1, {VIEWS: 5}), at(9, {VIEWS: 2}), at(18, {VIEWS: 12})]
    assert moved(*told, before=before) == moved(*reversed(told), before=before)


def test_without_a_value_before_it_cannot_be_said() -> None:
    assert moved(at(9, {LIKES: 8}), at(18, {LIKES: 12})) == {LIKES: Moved(12, None)}
    began = replace(OF_CHANNEL, began_at=datetime(2026, 11, 25, 8, tzinfo=UTC))
    assert moved(at(9, {Metric.FOLLOWERS: 80}), of=began) == {Metric.FOLLOWERS: Moved(80, None)}


def test_a_post_measured_from_its_publication_began_at_nothing() -> None:
    began = replace(METER, began_at=datetime(2026, 11, 25, 8, tzinfo=UTC))
    assert moved(at(9, {LIKES: 8}), of=began) == {LIKES: Moved(8, 8)}


def test_so_did_one_that_was_published_just_before_midnight() -> None:
    began = replace(METER, began_at=datetime(2026, 11, 24, 22, 50, tzinfo=UTC))
    assert day_of(began.began_at, PARIS) < DAY
    assert moved(at(9, {LIKES: 8}), of=began) == {LIKES: Moved(8, 8)}


@pytest.mark.parametrize("origin", [Origin.LINKS, Origin.HAND])
def test_our_links_and_what_people_type_of_a_post_began_at_nothing(origin: Origin) -> None:
    by_hand = origin is Origin.HAND
    assert moved(at(9, {CLICKS: 8}, origin)) == {CLICKS: Moved(8, 8, by_hand=by_hand)}


def test_what_was_not_told_is_absent_and_never_nothing() -> None:
    before = {(Origin.NETWORK, VIEWS): 7}
    assert moved(at(9, {VIEWS: None}), before=before) == {}
    assert moved() == {}


def test_a_counter_that_only_grows_was_reset_when_it_falls() -> None:
    before = {(Origin.NETWORK, VIEWS): 100}
    told = at(1, {VIEWS: 120}), at(9, {VIEWS: 5}), at(18, {VIEWS: 15})
    assert moved(*told, before=before) == {VIEWS: Moved(15, 30, is_reset=True)}
    assert moved(at(9, {VIEWS: 5}), before=before) == {VIEWS: Moved(5, None, is_reset=True)}


def test_likes_may_truly_fall() -> None:
    before = {(Origin.NETWORK, LIKES): 100}
    assert moved(at(9, {LIKES: 95}), before=before) == {LIKES: Moved(95, -5)}


def test_a_persons_figure_holds_only_where_the_network_tells_none() -> None:
    before = {
        (Origin.NETWORK, LIKES): 10,
        (Origin.HAND, LIKES): 50,
        (Origin.HAND, VIEWS): 400,
    }
    network = at(9, {LIKES: 12, VIEWS: None})
    hand = at(12, {LIKES: 60, VIEWS: 500}, Origin.HAND)
    assert moved(network, hand, before=before) == {
        LIKES: Moved(12, 2),
        VIEWS: Moved(500, 100, by_hand=True),
    }


def test_figures_of_other_days_are_left_out() -> None:
    evening = replace(at(9, {LIKES: 99}), at=datetime(2026, 11, 25, 23, 30, tzinfo=UTC))
    assert moved(evening) == {}


def test_midnight_is_the_next_days() -> None:
    start, end = bounds(DAY, PARIS)
    first, last = replace(at(9, {LIKES: 1}), at=start), replace(at(9, {LIKES: 9}), at=end)
    before = {(Origin.NETWORK, LIKES): 0}
    assert moved(first, last, before=before) == {LIKES: Moved(1, 1)}


def test_a_snapshot_touches_its_day_and_the_next_that_tells_the_same() -> None:
    days = timedelta(days=1)
    first = at(9, {LIKES: 1, VIEWS: 1})
    later = [
        replace(at(9, {LIKES: 2, VIEWS: 2}, Origin.HAND), at=first.at + 1 * days),
        replace(at(9, {LIKES: 2, VIEWS: None}), at=first.at + 2 * days),
        replace(at(9, {LIKES: 3}), at=first.at + 3 * days),
        replace(at(9, {VIEWS: 3}), at=first.at + 4 * days),
    ]

    def read() -> object:
        yield from later
        pytest.fail("read further than needed")

    touched = days_touched(first, read(), PARIS)  # type: ignore[arg-type]
    assert touched == (DAY, DAY + 2 * days, DAY + 4 * days)
    assert days_touched(first, [], PARIS) == (DAY,)


def a_subject(n: int, **told: Moved) -> SubjectDay:
    return SubjectDay(
        workspace=FIRM,
        channel=CHANNEL,
        subject=DeliveryId(f"post{n}.chan.0"),
        day=DAY,
        moved={Metric(name): m for name, m in told.items()},
    )


def test_a_channel_is_the_sum_of_its_posts_and_its_own() -> None:
    own = replace(a_subject(0, followers=Moved(100, 2)), subject=CHANNEL)
    posts = [a_subject(1, likes=Moved(8, 3)), a_subject(2, likes=Moved(5, 4))]
    assert channel_day(own, posts) == {
        Metric.FOLLOWERS: Moved(100, 2),
        LIKES: Moved(None, 7),
    }


def test_what_a_channel_tells_of_itself_is_never_added_to_its_posts() -> None:
    own = replace(a_subject(0, reach=Moved(100, 20)), subject=CHANNEL)
    assert channel_day(own, [a_subject(1, reach=Moved(80, 15))]) == {Metric.REACH: Moved(100, 20)}


def test_what_no_post_tells_stays_untold() -> None:
    assert channel_day(None, [a_subject(1), a_subject(2, views=Moved(5, None))]) == {}
    assert channel_day(None, []) == {}


def test_a_sum_says_when_it_lacks_a_post() -> None:
    lacks = channel_day(None, [a_subject(1, likes=Moved(8, 3)), a_subject(2)])
    assert lacks == {LIKES: Moved(None, 3, is_partial=True)}
    unsaid = [a_subject(1, likes=Moved(8, 3)), a_subject(2, likes=Moved(8, None))]
    assert channel_day(None, unsaid) == lacks


def test_a_post_without_links_leaves_no_gap_in_clicks() -> None:
    posts = [a_subject(1, clicks=Moved(8, 3)), a_subject(2)]
    assert channel_day(None, posts) == {CLICKS: Moved(None, 3)}


def test_resets_and_figures_by_hand_show_in_the_sum() -> None:
    posts = [
        a_subject(1, views=Moved(8, 3, is_reset=True)),
        a_subject(2, views=Moved(8, 4, by_hand=True)),
    ]
    expected = Moved(None, 7, is_reset=True, by_hand=True, is_partial=True)
    assert channel_day(None, posts) == {VIEWS: expected}
    only = [a_subject(1, views=Moved(8, None, is_reset=True))]
    assert channel_day(None, only) == {VIEWS: Moved(None, None, is_reset=True)}


def days_of(*gains: int | None, metric: Metric = VIEWS) -> list[ChannelDay]:
    return [
        ChannelDay(
            workspace=FIRM,
            channel=CHANNEL,
            day=DAY + timedelta(days=n),
            moved={} if gain is None else {metric: Moved(None, gain)},
        )
        for n, gain in enumerate(gains)
    ]


def jumps(*gains: int | None) -> list[int]:
    marked = with_jumps(days_of(*gains))
    return [n for n, d in enumerate(marked) if VIEWS in d.moved and d.moved[VIEWS].is_jump]


def test_a_jump_is_over_ten_times_what_is_usual_and_over_a_hundred() -> None:
    assert jumps(10, 20, 30, 201) == [3]
    assert jumps(10, 20, 30, 200) == []
    assert jumps(1, 1, 1, 100) == []
    assert jumps(1, 1, 1, 101) == [3]
    assert jumps(10, 20, 30, -201) == [3]
    assert jumps(0, 0, 0, 101) == [3]


def test_nothing_is_usual_yet_on_the_first_days() -> None:
    assert jumps(5000, 1, 5000) == []
    assert jumps(1, None, 1, None, 5000) == []


def test_only_the_last_fourteen_days_say_what_is_usual() -> None:
    busy, quiet = [1000] * 3, [None] * 14
    assert jumps(*busy, *quiet, 1, 1, 1, 500) == [20]
    assert jumps(*busy, *quiet[:8], 1, 1, 500) == []
