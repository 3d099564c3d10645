"""From reports and links to what an answer says; None stays null all the way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from chalicelib.api import figure_answers as answers
from chalicelib.api.calls import Call
from chalicelib.ids import parts_of
from chalicelib.measuring.link_book import Followed
from chalicelib.measuring.metrics import OURS, Metric
from chalicelib.measuring.report import BestPost, ChannelReport, Period, Report, Total
from chalicelib.measuring.rollups import Moved
from chalicelib.workspaces.channels import ChannelStatus


def days(period: Period) -> answers.Days:
    """Return a period."""
    return answers.Days(first=period.first, last=period.last)


def totals(found: Mapping[Metric, Total]) -> list[answers.TotalAnswer]:
    """Return totals, in the order of the metrics."""
    return [
        answers.TotalAnswer(
            metric=metric,
            value=found[metric].value,
            gained=found[metric].gained,
            before=found[metric].before,
            is_partial=found[metric].is_partial,
            by_hand=found[metric].by_hand,
        )
        for metric in Metric
        if metric in found
    ]


def report(call: Call, found: Report) -> answers.MetricsAnswer:
    """Return what a period brought; of each of the best posts two reads more."""
    return answers.MetricsAnswer(
        first=found.period.first,
        last=found.period.last,
        before=days(found.before),
        totals=totals(found.totals),
        channels=[
            answers.ChannelFigures(channel=c.channel, totals=totals(c.totals))
            for c in found.channels
        ],
        days=list(_days(found.channels)),
        not_measured=list(_not_measured(call, found)),
        marks=sorted(_marks(found.channels), key=lambda m: (m.day, m.channel, m.metric)),
        best=[_best(call, post) for post in found.best],
    )


def _days(channels: Iterable[ChannelReport]) -> Iterator[answers.DayFigures]:
    by_day: dict[date, dict[Metric, list[Moved]]] = {}
    for channel in channels:
        for metric, points in channel.series.items():
            for point in points:
                by_day.setdefault(point.day, {}).setdefault(metric, []).append(point.moved)
    for day in sorted(by_day):
        moved = {metric: _added(told) for metric, told in by_day[day].items()}
        yield answers.DayFigures(day=day, moved=moved)


def _added(told: Sequence[Moved]) -> answers.MovedAnswer:
    """Add up what the channels that tell a counter told on a day."""
    values = [m.value for m in told]
    known = [value for value in values if value is not None]
    gains = [m.gained for m in told if m.gained is not None]
    return answers.MovedAnswer(
        value=sum(known) if len(known) == len(values) else None,
        gained=sum(gains) if gains else None,
        is_reset=any(m.is_reset for m in told),
        is_jump=any(m.is_jump for m in told),
        by_hand=any(m.by_hand for m in told),
    )


def _not_measured(call: Call, found: Report) -> Iterator[answers.NotMeasured]:
    """Yield what a channel doesn't tell though others do, and followers, which all have."""
    wanted = [m for m in Metric if m not in OURS and (m in found.totals or m is Metric.FOLLOWERS)]
    told = {c.channel: set(c.series) for c in found.channels}
    for channel in sorted(call.services.channels.of(call.firm), key=lambda c: c.id):
        if channel.status is ChannelStatus.DISCONNECTED:
            continue
        for metric in wanted:
            if metric not in told.get(channel.id, ()):
                yield answers.NotMeasured(channel=channel.id, metric=metric)


def _marks(channels: Iterable[ChannelReport]) -> Iterator[answers.MarkAnswer]:
    for c in channels:
        for metric, total in c.totals.items():
            for day in total.resets:
                yield answers.MarkAnswer(day=day, channel=c.channel, metric=metric, kind="reset")
            for day in total.jumps:
                yield answers.MarkAnswer(day=day, channel=c.channel, metric=metric, kind="jump")


def _best(call: Call, found: BestPost) -> answers.BestAnswer:
    post, _, _ = parts_of(found.delivery)
    head = call.services.posts.get(call.firm, post)
    live = call.services.deliveries.get(call.firm, found.delivery)
    return answers.BestAnswer(
        post=post,
        excerpt=head.excerpt if head else "",
        delivery=found.delivery,
        channel=found.channel,
        published_at=live.published_at if live else None,
        gained=dict(found.gained),
    )


def link(call: Call, found: Followed) -> answers.LinkAnswer:
    """Return a link with the sums over its days."""
    return answers.LinkAnswer(
        code=found.link.code,
        url=call.services.shortening.url(found.link),
        target=found.link.target,
        label=found.link.label,
        delivery=found.link.delivery,
        expires_at=found.link.expires_at,
        created_at=found.link.created_at,
        people=sum(day.people for day in found.days),
        visitors=sum(day.visitors for day in found.days),
        bots=sum(day.bots for day in found.days),
        previews=sum(day.previews for day in found.days),
    )


def link_days(call: Call, found: Followed) -> answers.LinkDaysAnswer:
    """Return a link and its days."""
    return answers.LinkDaysAnswer(
        link=link(call, found),
        days=[
            answers.LinkDayAnswer(
                day=day.day,
                people=day.people,
                visitors=day.visitors,
                bots=day.bots,
                previews=day.previews,
            )
            for day in found.days
        ],
    )
