"""What a period brought, beside the same length before it: made from totals per day alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.measuring.metrics import OURS, REACTIONS, Metric
from chalicelib.measuring.ports import Rollups
from chalicelib.measuring.rollups import (
    JUMP_DAYS,
    ONE_DAY,
    ChannelDay,
    Moved,
    SubjectDay,
    with_jumps,
)
from chalicelib.publishing.refusals import Fault, Invalid

LONGEST = 366
"""Days of a report."""
BEST = 5
"""Posts that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Some days of the firm's zone, both ends included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days."""
        return (self.last - self.first).days + 1

    def before(self) -> Period:
        """Return as many days right before."""
        return Period(first=self.first - self.length * ONE_DAY, last=self.first - ONE_DAY)

    def holds(self, day: date) -> bool:
        """Say whether a day is in it."""
        return self.first <= day <= self.last


def month(year: int, number: int) -> Period:
    """Return a month."""
    first = date(year, number, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    return Period(first=first, last=following - ONE_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """What one counter came to over a period."""

    gained: int | None
    """None: not measured."""
    before: int | None
    """Over the same length before; None: not measured then."""
    value: int | None = None
    """As a channel last told it; None: a sum over posts."""
    is_partial: bool = False
    """Something of it isn't known: on some day, or by some post or channel."""
    by_hand: bool = False
    """Some of it was typed."""
    resets: tuple[date, ...] = ()
    jumps: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One counter on one day."""

    day: date
    moved: Moved


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelReport:
    """What one channel brought."""

    channel: ChannelId
    totals: Mapping[Metric, Total]
    """Of what was told in the period or before it."""
    series: Mapping[Metric, Sequence[Point]]
    """The days on which it was told, in order."""
    unmeasured: frozenset[Metric]
    """What was told on no day of the period."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BestPost:
    """A post, and what it gained in the period."""

    delivery: DeliveryId
    channel: ChannelId
    score: int
    """What people did with it: the reactions known, added up."""
    gained: Mapping[Metric, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a period brought a firm."""

    period: Period
    before: Period
    totals: Mapping[Metric, Total]
    """Over all channels."""
    channels: Sequence[ChannelReport]
    """Those that told anything in the period or before it, by id."""
    best: Sequence[BestPost]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """Makes reports: two queries each, one for the channels' days and one for the posts'."""

    rollups: Rollups

    def of(self, workspace: WorkspaceId, period: Period) -> Report:
        """Return what a period brought.

        Raises:
            Invalid: it ends before it begins, or is longer than a year.
        """
        if not 1 <= period.length <= LONGEST:
            raise Invalid([Fault("/last", "period-length", {"max": LONGEST})])
        before = period.before()
        # A jump hangs on the days before it.
        first = before.first - JUMP_DAYS * ONE_DAY
        days = self.rollups.between(workspace, first, period.last)
        posts = self.rollups.subjects_between(workspace, period.first, period.last)
        return report(period, days, posts)

    def totals(self, workspace: WorkspaceId, period: Period) -> Mapping[Metric, Total]:
        """Return what a period brought over all channels, by one query; jumps aren't told."""
        days = self.rollups.between(workspace, period.before().first, period.last)
        return report(period, days, ()).totals


def report(period: Period, days: Iterable[ChannelDay], subjects: Iterable[SubjectDay]) -> Report:
    """Return what a period brought.

    Args:
        period: The period.
        days: Every channel's, of the period, the one before and ``JUMP_DAYS`` more.
        subjects: Every subject's, of the period.
    """
    before = period.before()
    ordered = sorted(days, key=lambda d: (d.channel, d.day))
    by_channel = {
        channel: with_jumps(own) for channel, own in groupby(ordered, key=lambda d: d.channel)
    }
    channels = [_channel(channel, period, own) for channel, own in by_channel.items()]
    return Report(
        period=period,
        before=before,
        totals=_over_all([c.totals for c in channels if c.totals]),
        channels=[c for c in channels if c.totals],
        best=best_posts(subjects),
    )


def best_posts(subjects: Iterable[SubjectDay], most: int = BEST) -> Sequence[BestPost]:
    """Return the posts that gained the most reactions, the best first; none that gained none."""
    gained: dict[tuple[ChannelId, DeliveryId], dict[Metric, int]] = {}
    for day in subjects:
        if day.subject == day.channel:
            continue
        own = gained.setdefault((day.channel, DeliveryId(day.subject)), {})
        for metric, moved in day.moved.items():
            if moved.gained is not None:
                own[metric] = own.get(metric, 0) + moved.gained
    posts = [
        BestPost(
            delivery=delivery,
            channel=channel,
            score=sum(n for metric, n in own.items() if metric in REACTIONS),
            gained=own,
        )
        for (channel, delivery), own in gained.items()
    ]
    liked = [post for post in posts if post.score > 0]
    return sorted(liked, key=lambda post: (-post.score, post.delivery))[:most]


def _channel(channel: ChannelId, period: Period, days: Sequence[ChannelDay]) -> ChannelReport:
    before = period.before()
    series = {metric: _points(metric, period, days) for metric in Metric}
    earlier = {metric: _points(metric, before, days) for metric in Metric}
    return ChannelReport(
        channel=channel,
        totals={
            metric: _total(series[metric], earlier[metric])
            for metric in Metric
            if series[metric] or earlier[metric]
        },
        series={metric: points for metric, points in series.items() if points},
        unmeasured=frozenset(metric for metric, points in series.items() if not points),
    )


def _points(metric: Metric, period: Period, days: Sequence[ChannelDay]) -> Sequence[Point]:
    return [
        Point(day=day.day, moved=day.moved[metric])
        for day in days
        if period.holds(day.day) and metric in day.moved
    ]


def _total(points: Sequence[Point], earlier: Sequence[Point]) -> Total:
    moves = [point.moved for point in points]
    values = [m.value for m in moves if m.value is not None]
    return Total(
        gained=_gained(points),
        before=_gained(earlier),
        value=values[-1] if values else None,
        is_partial=any(m.is_partial or m.is_reset or m.gained is None for m in moves),
        by_hand=any(m.by_hand for m in moves),
        resets=tuple(p.day for p in points if p.moved.is_reset),
        jumps=tuple(p.day for p in points if p.moved.is_jump),
    )


def _gained(points: Sequence[Point]) -> int | None:
    return _sum(point.moved.gained for point in points)


def _over_all(channels: Sequence[Mapping[Metric, Total]]) -> Mapping[Metric, Total]:
    """Add channels up; one that doesn't tell what another does leaves the sum partial."""
    found: dict[Metric, Total] = {}
    for metric in Metric:
        told = [totals[metric] for totals in channels if metric in totals]
        if told:
            lacks = metric not in OURS and len(told) < len(channels)
            found[metric] = _added(told, is_partial=lacks)
    return found


def _added(told: Sequence[Total], *, is_partial: bool) -> Total:
    values = [t.value for t in told]
    return Total(
        gained=_sum(t.gained for t in told),
        before=_sum(t.before for t in told),
        value=None if None in values else _sum(values),
        is_partial=is_partial or any(t.is_partial or t.gained is None for t in told),
        by_hand=any(t.by_hand for t in told),
        resets=tuple(sorted({day for t in told for day in t.resets})),
        jumps=tuple(sorted({day for t in told for day in t.jumps})),
    )


def _sum(numbers: Iterable[int | None]) -> int | None:
    known = [n for n in numbers if n is not None]
    return sum(known) if known else None
