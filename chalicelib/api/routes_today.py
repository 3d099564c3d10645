"""What the owner needs to know now: one call, two index queries, two batch reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta

from chalice.app import Blueprint

from chalicelib.api import post_views
from chalicelib.api.calls import Call
from chalicelib.api.post_answers import DayAnswer, StepsAnswer, TodayAnswer, TodoAnswer
from chalicelib.api.routes import route
from chalicelib.api.words import zoned
from chalicelib.publishing.deliveries import Delivery, Status, Why
from chalicelib.publishing.lists import Row
from chalicelib.publishing.schedule import resolve, zone_of
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.channels import Channel, ChannelStatus

blueprint = Blueprint(__name__)
MOST_TODO = 5
MOST_ROWS = 200
_KINDS = {
    Why.UNKNOWN: "to_check",
    Why.LATE: "late",
    Why.KIT: "kit",
    Why.POISON: "poison",
}
_ORDER = ("to_check", "late", "kit", "failed", "poison", "reconnect")
"""What hurts most if it is left comes first."""


@route(
    blueprint,
    "GET",
    "/v1/workspaces/{workspace}/today",
    action=Action.SEE,
    answer=TodayAnswer,
)
def today(call: Call) -> TodayAnswer:
    """Return what waits, what goes out today, and how the week stands."""
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
    todo = sorted(_todo(channels, connected, lists.waiting(call.firm)), key=_urgency)
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
            yield _reconnect(channel, blocked.get(channel.id))


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
            "channel_name": channels.name(d),
            "at": d.planned_at,
            "why": d.why.value if d.why else None,
            "reason": d.reason,
        }
    )


def _reconnect(channel: Channel, blocked: tuple[Row, Delivery] | None) -> TodoAnswer:
    row, d = blocked or (None, None)
    return TodoAnswer(
        kind="reconnect",
        delivery=d.id if d else None,
        channel=channel.id,
        post=d.post if d else None,
        excerpt=row.post.excerpt if row else "",
        network=channel.network,
        channel_name=channel.name,
        at=channel.since,
        why=None,
        reason=channel.reason,
    )


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
