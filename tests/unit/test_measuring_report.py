"""Reports of a period: totals, series, what isn't measured, the best posts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from chalicelib.ids import ChannelId, DeliveryId
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.report import Period, Reports, Total, best_posts, month, report
from chalicelib.measuring.rollups import ChannelDay, Moved, SubjectDay
from chalicelib.publishing.refusals import Invalid
from tests.fakes.memory_measuring import FIRM, MemoryRollups, Steps

NOVEMBER = month(2026, 11)
LIKES, VIEWS, FOLLOWERS = Metric.LIKES, Metric.VIEWS, Metric.FOLLOWERS


def a_day(day: date, moved: Mapping[Metric, Moved], channel: str = "chan") -> ChannelDay:
    return ChannelDay(workspace=FIRM, channel=ChannelId(channel), day=day, moved=moved)


def gains(*gained: int | None, metric: Metric = LIKES, first: int = 1) -> list[ChannelDay]:
    days = (date(2026, 11, first + n) for n in range(len(gained)))
    return [a_day(d, {metric: Moved(None, n)}) for d, n in zip(days, gained, strict=True)]


def test_months_and_what_was_before_them() -> None:
    assert (NOVEMBER.first, NOVEMBER.last) == (date(2026, 11, 1), date(2026, 11, 30))
    assert (month(2028, 2).last, month(2026, 12).last) == (date(2028, 2, 29), date(2026, 12, 31))
    before = NOVEMBER.before()
    assert (before.first, before.last) == (date(2026, 10, 2), date(2026, 10, 31))
    assert before.length == NOVEMBER.length == 30


def test_a_total_stands_beside_the_same_length_before() -> None:
    days = [*gains(3, 4), a_day(date(2026, 10, 2), {LIKES: Moved(None, 5)})]
    out = [a_day(date(2026, 10, 1), {LIKES: Moved(None, 99)})]
    made = report(NOVEMBER, [*days, *out], [])
    assert made.totals == {LIKES: Total(gained=7, before=5)}


def test_what_is_not_measured_is_none_and_not_nothing() -> None:
    made = report(NOVEMBER, gains(3), [])
    (channel,) = made.channels
    assert channel.totals == {LIKES: Total(gained=3, before=None)}
    assert channel.unmeasured == set(Metric) - {LIKES}
    assert VIEWS not in made.totals
    unsaid = report(NOVEMBER, gains(None), [])
    assert unsaid.totals == {LIKES: Total(gained=None, before=None, is_partial=True)}
    assert report(NOVEMBER, [], []).channels == []


def test_a_total_says_what_it_lacks() -> None:
    reset = a_day(date(2026, 11, 3), {LIKES: Moved(None, None, is_reset=True)})
    made = report(NOVEMBER, [*gains(3, 4), reset], [])
    assert made.totals == {
        LIKES: Total(gained=7, before=None, is_partial=True, resets=(date(2026, 11, 3),))
    }
    lacks = report(
        NOVEMBER, [a_day(date(2026, 11, 3), {LIKES: Moved(None, 1, is_partial=True)})], []
    )
    assert lacks.totals[LIKES].is_partial


def test_channels_add_up_and_one_that_does_not_tell_is_missed() -> None:
    own = a_day(date(2026, 11, 3), {LIKES: Moved(None, 3), FOLLOWERS: Moved(10, 1)})
    other = a_day(date(2026, 11, 4), {FOLLOWERS: Moved(20, 2, by_hand=True)}, "other")
    made = report(NOVEMBER, [own, other], [])
    assert made.totals == {
        LIKES: Total(gained=3, before=None, is_partial=True),
        FOLLOWERS: Total(gained=3, before=None, value=30, by_hand=True),
    }
    assert [c.channel for c in made.channels] == ["chan", "other"]


def test_a_channels_own_counters_keep_their_last_value() -> None:
    days = [a_day(date(2026, 11, d), {FOLLOWERS: Moved(80 + d, 1)}) for d in (9, 3)]
    assert report(NOVEMBER, days, []).totals[FOLLOWERS].value == 89


def test_the_series_has_the_days_that_were_told_in_order() -> None:
    (channel,) = report(NOVEMBER, reversed(gains(3, 4)), []).channels
    points = channel.series[LIKES]
    assert [(p.day.day, p.moved.gained) for p in points] == [(1, 3), (2, 4)]
    assert set(channel.series) == {LIKES}


def test_jumps_are_seen_by_the_days_before_the_period() -> None:
    earlier = [a_day(date(2026, 10, 20 + n), {LIKES: Moved(None, 5)}) for n in range(5)]
    made = report(NOVEMBER, [*earlier, *gains(500)], [])
    assert made.totals[LIKES].jumps == (date(2026, 11, 1),)
    (channel,) = made.channels
    assert channel.series[LIKES][0].moved.is_jump


def a_subject(n: int, day: int, channel: str = "chan", **gained: int | None) -> SubjectDay:
    return SubjectDay(
        workspace=FIRM,
        channel=ChannelId(channel),
        subject=f"post{n}.{channel}.0" if n else channel,
        day=date(2026, 11, day),
        moved={Metric(name): Moved(9, g) for name, g in gained.items()},
    )


def test_the_best_posts_are_those_that_people_did_most_with() -> None:
    days = [
        a_subject(0, 1, followers=99),
        a_subject(1, 1, likes=3, views=900),
        a_subject(1, 2, likes=2, replies=1, clicks=4),
        a_subject(2, 1, likes=11),
        a_subject(3, 1, likes=None),
        a_subject(4, 1, likes=-2),
    ]
    best = best_posts(days)
    assert [(p.delivery, p.score) for p in best] == [("post2.chan.0", 11), ("post1.chan.0", 10)]
    assert best[1].gained == {LIKES: 5, VIEWS: 900, Metric.REPLIES: 1, Metric.CLICKS: 4}
    assert best[1].delivery == DeliveryId("post1.chan.0")


def test_only_so_many_posts_are_named_always_the_same() -> None:
    days = [a_subject(n, 1, likes=1) for n in range(9, 0, -1)]
    assert [p.delivery[:5] for p in best_posts(days)] == [f"post{n}" for n in range(1, 6)]


@pytest.mark.parametrize("days", [0, 367])
def test_a_period_is_a_year_at_most(days: int) -> None:
    first = date(2026, 1, 1)
    period = Period(first=first, last=first + timedelta(days=days - 1))
    with pytest.raises(Invalid):
        Reports(rollups=MemoryRollups(Steps())).of(FIRM, period)


def test_a_report_reads_what_it_needs() -> None:
    rollups = MemoryRollups(Steps())
    for day in [*gains(3), a_day(date(2026, 10, 2), {LIKES: Moved(None, 5)})]:
        rollups.put_channel(None, day)
    rollups.put_subject(None, a_subject(1, 1, likes=3))
    made = Reports(rollups=rollups).of(FIRM, NOVEMBER)
    assert made.totals == {LIKES: Total(gained=3, before=5)}
    assert [p.score for p in made.best] == [3]
