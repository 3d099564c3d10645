"""What people, twins and figures do to a delivery: the half that its worker has no part in.

Each is pure, like the rest of the machine, and is only called by ``machine.apply``.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.publishing import events as ev
from chalicelib.publishing.deliveries import (
    CLAIMABLE,
    SETTLED,
    Delivery,
    FollowUp,
    Prepared,
    Refused,
    Status,
    Why,
    spread,
)

RESEND_USEFUL = timedelta(hours=2)
"""How long a delivery that a person sends again may take."""
KEPT_ACTS = 3
CHANGEABLE = CLAIMABLE | {
    Status.DRAFT,
    Status.AWAITING_APPROVAL,
    Status.FAILED,
    Status.BLOCKED_AUTH,
    Status.NEEDS_HUMAN,
}


def edit(d: Delivery, e: ev.Edit, now: datetime) -> Delivery:
    """Give it another version; what was prepared for the old one is forgotten."""
    d = _act(d, e.act, CHANGEABLE)
    d = replace(d, version=e.version, text_hash=e.text_hash, after=e.after, prepared=Prepared())
    d = replace(d, has_comment=e.has_comment)
    return d if d.status is Status.DRAFT else _ready(d, now)


def reschedule(d: Delivery, e: ev.Reschedule, now: datetime) -> Delivery:
    """Give it another time; its latest useful time moves along."""
    d = _act(d, e.act, {Status.DRAFT} if e.planned_at is None else CHANGEABLE)
    d = replace(d, planned_at=e.planned_at, latest_at=e.latest_at, after=e.after)
    return d if d.status is Status.DRAFT else _ready(d, now)


def schedule(d: Delivery, e: ev.Schedule, now: datetime) -> Delivery:
    """Let a draft go out."""
    d = _act(d, e.act, {Status.DRAFT})
    d = replace(d, planned_at=e.planned_at, latest_at=e.latest_at, after=e.after)
    return _ready(d, now)


def cancel(d: Delivery, e: ev.Cancel, _: datetime) -> Delivery:
    """Stop it for good."""
    d = _act(d, e.act, CHANGEABLE)
    return replace(d, status=Status.CANCELLED, why=None, due_at=None)


def decide(d: Delivery, e: ev.Decide, now: datetime) -> Delivery:
    """Settle what needs a person, as the person saw it."""
    if d.status is not Status.NEEDS_HUMAN or d.rev != e.rev:
        raise Refused(d, "stale")
    d = _act(d, e.act, {Status.NEEDS_HUMAN})
    if e.choice is ev.Choice.DROP:
        return replace(d, status=Status.CANCELLED, why=None, due_at=None)
    if e.choice is ev.Choice.RESEND:
        d = replace(d, status=Status.RETRY, why=None, due_at=now, looks=0, absent_at=None)
        return replace(d, latest_at=now + RESEND_USEFUL, crashes=0)
    version = d.sent_version or d.version
    d = replace(d, status=Status.PUBLISHED, why=None, due_at=None, sent_version=version)
    return replace(d, remote_url=e.url or d.remote_url, published_at=now)


def reconnected(d: Delivery, _: ev.Reconnected, now: datetime) -> Delivery:
    """Let it go on, since its channel works again."""
    if d.status is not Status.BLOCKED_AUTH:
        raise Refused(d, "stale")
    due = now + spread(d.id, timedelta(minutes=1))
    return replace(d, status=Status.RETRY, due_at=due, followups=without_notices(d))


def pause_lifted(d: Delivery, _: ev.PauseLifted, now: datetime) -> Delivery:
    """Let what waited for the end of a pause go on."""
    if d.status not in {Status.RETRY, Status.SCHEDULED} or (d.due_at and d.due_at <= now):
        raise Refused(d, "stale")
    due = max(d.planned_at or now, now + spread(d.id, timedelta(minutes=1)))
    return replace(d, status=Status.RETRY, due_at=due)


def awaited(d: Delivery, e: ev.Awaited, _: datetime) -> Delivery:
    """Note that another delivery waits until this one is settled."""
    if d.status in SETTLED:
        raise Refused(d, "too_late")
    return replace(d, awaited_by=tuple(dict.fromkeys((*d.awaited_by, e.by))))


def chained(d: Delivery, e: ev.Chained, _: datetime) -> Delivery:
    """Wait for a twin that was planned before this one."""
    if d.status not in CLAIMABLE:
        raise Refused(d, "too_late")
    return replace(d, after=e.after)


def woken(d: Delivery, _: ev.Woken, now: datetime) -> Delivery:
    """Go on, since what it waited for is settled."""
    if d.status is not Status.RETRY or d.due_at is None or d.due_at <= now:
        raise Refused(d, "stale")
    return replace(d, due_at=max(now, d.planned_at or now))


def metered(d: Delivery, _: ev.Metered, now: datetime) -> Delivery:
    """Note that its figures are read from now on."""
    if d.status is not Status.PUBLISHED:
        raise Refused(d, "stale")
    return replace(d, metered_at=now)


def _act(d: Delivery, act: str, allowed: set[Status] | frozenset[Status]) -> Delivery:
    changeable = d.status in allowed
    in_doubt = d.status is Status.NEEDS_HUMAN and d.why is Why.UNKNOWN
    if not changeable or (in_doubt and allowed is CHANGEABLE):
        raise Refused(d, "too_late")
    return replace(d, acts=(*d.acts, act)[-KEPT_ACTS:], followups=without_notices(d))


def _ready(d: Delivery, now: datetime) -> Delivery:
    due = max(d.planned_at, now) if d.planned_at else now
    d = replace(d, status=Status.SCHEDULED, why=None, reason="", due_at=due, crashes=0)
    return replace(d, looks=0, absent_at=None, followups=without_notices(d))


def without_notices(d: Delivery) -> tuple[FollowUp, ...]:
    """What was to be told no longer holds once a person has changed the delivery."""
    return tuple(f for f in d.followups if f.kind != "notice")
