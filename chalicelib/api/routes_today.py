"""What the owner needs to know now, at a price that doesn't grow with what is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from chalice.app import Blueprint

from chalicelib.api import figure_views, inbox_views, post_views
from chalicelib.api.calls import Call
from chalicelib.api.figure_answers import MonthAnswer
from chalicelib.api.routes import route
from chalicelib.api.today_answers import DayAnswer, StepsAnswer, ToAnswer, TodayAnswer, TodoAnswer
from chalicelib.api.words import zoned
from chalicelib.inbox.ports import Filter
from chalicelib.listening.sources import Source, SourceStatus
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.report import Period
from chalicelib.publishing.deliveries import Delivery, Status, Why
from chalicelib.publishing.lists import Row
from chalicelib.publishing.schedule import resolve, zone_of
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.channels import Channel, ChannelStatus

blueprint = Blueprint(__name__)
MOST_TODO = 5
MOST_ROWS = 200
MOST_TO_ANSWER = 3
FAILS_FOR = timedelta(days=1)
"""What fails for less often comes back by itself."""
MONTHLY = (Metric.CLICKS, Metric.REPLIES, Metric.LIKES, Metric.FOLLOWERS)
_KINDS = {
    Why.UNKNOWN: "to_check",
    Why.LATE: "late",
    Why.KIT: "kit",
    Why.POISON: "poison",
}
_ORDER = ("to_check", "late", "kit", "failed", "poison", "reconnect", "source")
"""What hurts most if it is left comes first."""


@route(
    blueprint,
    "GET",
    "/v1/workspaces/{workspace}/today",
    action=Action.SEE,
    answer=TodayAnswer,
)
def today(call: Call) -> TodayAnswer:
    """Return what waits, what goes out today, and how the week and the month stand.

    Beside those that any call makes it makes eleven reads, and up to four more while a firm is
    new: six queries (channels, sources, the week, what waits, what is to be answered, the days
    of this month and the last), one read (the inbox's counts), and batch reads of the week's
    posts, of what waits and of what is to be answered.
    """
    zone = call.workspace.zone
    day = zoned(call.now, zone).date()
    monday = day - timedelta(days=day.weekday())
    lists = call.services.post_lists
    start, end = _begins(monday, zone), _begins(monday + timedelta(days=7), zone)
    rows = lists.between(call.firm, start, end, None, MOST_ROWS).rows
    by_day = {monday + timedelta(days=n): list[Row]() for n in range(7)}
    for row in rows:
        if row.post.planned_at is not None:
            by_day[zoned(row.post.planned_at, zone).date()].append(row)
    connected = call.services.channels.of(call.firm)
    channels = post_views.Channels(call, connected)
    todo = [*_todo(channels, connected, lists.waiting(call.firm)), *_unread_sources(call)]
    todo.sort(key=_urgency)
    return TodayAnswer(
        now=call.now,
        zone=zone,
        local_date=day,
        todo=todo[:MOST_TODO],
        todo_total=len(todo),
        today=[post_views.row(call, channels, row) for row in by_day[day]],
        week=[
            DayAnswer(
                date=each,
                weekday=each.weekday(),
                counts=post_views.counts(found),
                is_today=each == day,
            )
            for each, found in by_day.items()
        ],
        free_day=next((d for d, found in by_day.items() if d >= day and not found), None),
        to_answer=_to_answer(call, connected),
        month=_month(call, day),
        steps=_steps(call, connected, rows),
    )


def _begins(day: date, zone: str) -> datetime:
    return resolve(datetime.combine(day, time()), zone_of(zone)).at


def _todo(
    channels: post_views.Channels, connected: Iterable[Channel], waiting: Iterable[Row]
) -> Iterator[TodoAnswer]:
    """Yield what waits for a person; what a broken channel holds up is one thing to do."""
    blocked: dict[str, tuple[Row, Delivery]] = {}
    for row in waiting:
        for d in row.deliveries:
            if d.status is Status.BLOCKED_AUTH:
                blocked.setdefault(d.channel, (row, d))
            elif d.status in {Status.NEEDS_HUMAN, Status.FAILED}:
                yield _line(channels, row, d)
    for channel in connected:
        if channel.status is ChannelStatus.BROKEN or channel.id in blocked:
            yield _reconnect(channels, channel, blocked.get(channel.id))


def _line(channels: post_views.Channels, row: Row, d: Delivery) -> TodoAnswer:
    kind = "failed" if d.status is Status.FAILED else _KINDS[d.why or Why.UNKNOWN]
    return TodoAnswer.model_validate(
        {
            "kind": kind,
            "delivery": d.id,
            "channel": d.channel,
            "post": d.post,
            "excerpt": row.post.excerpt,
            "network": d.network,
            "target": channels.target(channels.get(d)),
            "channel_name": channels.name(d),
            "at": d.planned_at,
            "why": d.why.value if d.why else None,
            "reason": d.reason,
        }
    )


def _reconnect(
    channels: post_views.Channels, channel: Channel, blocked: tuple[Row, Delivery] | None
) -> TodoAnswer:
    row, d = blocked or (None, None)
    return TodoAnswer(
        kind="reconnect",
        delivery=d.id if d else None,
        channel=channel.id,
        post=d.post if d else None,
        excerpt=row.post.excerpt if row else "",
        network=channel.network,
        target=channels.target(channel),
        channel_name=channel.name,
        at=channel.since,
        why=None,
        reason=channel.reason,
    )


def _unread_sources(call: Call) -> Iterator[TodoAnswer]:
    """Yield the sources that a person must look at; one that waits for its channel is there."""
    for source in call.services.watching.sources.of(call.firm):
        if _needs_a_person(source, call.now):
            yield TodoAnswer(
                kind="source",
                delivery=None,
                channel=source.channel or "",
                source=source.id,
                post=None,
                excerpt=source.label,
                network=source.network,
                target=None,
                channel_name=source.label,
                at=source.failing_since,
                why=source.reason,
                reason=call.words.source_reason(source.reason),
            )


def _needs_a_person(source: Source, now: datetime) -> bool:
    if source.status is SourceStatus.GONE:
        return True
    since = source.failing_since
    return source.status is SourceStatus.ACTIVE and since is not None and now - since > FAILS_FOR


def _to_answer(call: Call, connected: Sequence[Channel]) -> ToAnswer:
    inbox = call.services.triage.inbox
    counts = inbox.counts(call.firm)
    newest = inbox.page(call.firm, Filter(), MOST_TO_ANSWER).items
    items = inbox_views.Items(call, connected).many(newest)
    return ToAnswer(open=counts.open, unread=counts.unread, items=items)


def _month(call: Call, day: date) -> MonthAnswer:
    period = Period(first=day.replace(day=1), last=day)
    found = call.services.reports.totals(call.firm, period)
    shown = {metric: found[metric] for metric in MONTHLY if metric in found}
    return MonthAnswer(first=period.first, last=period.last, totals=figure_views.totals(shown))


def _urgency(line: TodoAnswer) -> tuple[int, bool, float]:
    at = line.at.timestamp() if line.at else 0.0
    return _ORDER.index(line.kind), line.at is None, at


def _steps(call: Call, connected: Sequence[Channel], rows: Sequence[Row]) -> StepsAnswer | None:
    """Return a new firm's first steps; None once both are done."""
    has_channel = any(c.status is not ChannelStatus.DISCONNECTED for c in connected)
    has_post = any(not row.post.is_draft for row in rows)
    if has_channel and not has_post:
        lists, later = call.services.post_lists, call.now + timedelta(days=366)
        has_post = bool(lists.last_published(call.firm, call.now)) or bool(
            lists.between(call.firm, call.now, later, None, 1).rows
        )
    if has_channel and has_post:
        return None
    return StepsAnswer(channel=has_channel, post=has_post)
