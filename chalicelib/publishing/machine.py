"""The delivery state machine: ``apply(delivery, event, now)`` is all that ever changes one.

    SCHEDULED ─Claim─▶ CLAIMED ─Intent─▶ SENDING ─Published─▶ PUBLISHED
        ▲               │   ▲               │ OutcomeUnknown, or its lease ended
        │            PREPARED               ▼
        └── RETRY ◀── NotThere twice ── RECONCILE ── Found ─▶ PUBLISHED · CantTell ─▶ NEEDS_HUMAN

It is pure: it reads no clock and does no I/O. The store writes what it returns if the
delivery's ``rev`` is still the one that was read. ``due_at`` is the only clock hand: when
somebody must look again; while a worker holds the delivery it is the end of his lease, so
that recovery from a crash is the same query as ordinary work.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.ids import DeliveryId
from chalicelib.publishing import acts, outcomes
from chalicelib.publishing import events as ev
from chalicelib.publishing.acts import without_notices
from chalicelib.publishing.deliveries import (
    CLAIMABLE,
    FINAL,
    IN_DOUBT,
    SETTLED,
    Attempt,
    Delivery,
    FollowUp,
    Prepared,
    Refused,
    ResendClass,
    Result,
    Status,
    Topic,
    Why,
    spread,
)

LEASE = timedelta(seconds=90)
"""How long a worker may hold a delivery: longer than the function lives (60 s)."""
FIRST_LOOK = timedelta(seconds=30)
"""After an attempt in doubt: a call that is still under way has ended by then."""
SECOND_LOOK = timedelta(seconds=120)
"""After the attempt: longer than any listing is known to lag behind a write."""
LOOK_SPACING = timedelta(seconds=30)
MAX_LOOKS = 10
LOOK_FOR = timedelta(minutes=10)
MAX_CRASHES = 5
MAX_FOLLOWUP_TRIES = 10
KEPT_ATTEMPTS = 10


def apply(delivery: Delivery, event: ev.Event, now: datetime) -> Delivery:
    """Return the delivery after ``event``, or raise Refused: nothing else changes one."""
    handler: Callable[[Delivery, Any, datetime], Delivery] = _HANDLERS[type(event)]
    return _tell(delivery, _bound(handler(delivery, event, now), now), now)


# Claiming: the first line that fits holds.


def _claim(d: Delivery, _: ev.Claim, now: datetime) -> Delivery:
    if d.due_at is None or d.due_at > now:
        raise Refused(d, "not_due")
    crashes = d.crashes + (d.status is Status.CLAIMED)
    if d.status in _ENDS_LATE and d.latest_at is not None and now >= d.latest_at:
        return _to_person(d, Why.LATE)
    if d.status in {Status.SCHEDULED, Status.RETRY} and d.resend_class is ResendClass.PERSON:
        return _to_person(d, Why.KIT)
    if d.status is Status.CLAIMED and crashes >= MAX_CRASHES:
        return _to_person(replace(d, crashes=crashes), Why.POISON)
    if d.status in CLAIMABLE:
        return replace(d, status=Status.CLAIMED, due_at=now + LEASE, crashes=crashes)
    if d.status in IN_DOUBT:
        return _claim_look(d, now)
    if d.followups:
        return replace(d, due_at=now + LEASE)
    raise Refused(d, "not_due")


def _claim_look(d: Delivery, now: datetime) -> Delivery:
    """A look counts from its beginning, so that looks which kill their worker end too."""
    if d.looks >= MAX_LOOKS:
        return _to_person(d, Why.UNKNOWN)
    return replace(d, status=Status.RECONCILE, due_at=now + LEASE, looks=d.looks + 1)


# What the worker who holds it reports while preparing.


def _stored_part(d: Delivery, e: ev.StoredPart, _: datetime) -> Delivery:
    _held(d, Status.CLAIMED)
    return _with_part(d, e.part)


def _with_part(d: Delivery, part: outcomes.Part) -> Delivery:
    return replace(d, prepared=Prepared(d.version, {**d.parts, part.name: part.value}))


def _wait(d: Delivery, e: ev.Wait, now: datetime) -> Delivery:
    _held(d, Status.CLAIMED)
    return replace(d, status=Status.PREPARED, due_at=now + e.look_again_in, crashes=0)


def _give_back(d: Delivery, e: ev.GiveBack, _: datetime) -> Delivery:
    _held(d, Status.CLAIMED)
    return replace(d, status=Status.RETRY, due_at=e.until, crashes=0)


def _intent(d: Delivery, _: ev.Intent, now: datetime) -> Delivery:
    _held(d, Status.CLAIMED)
    if d.latest_at is None or now >= d.latest_at:
        raise Refused(d, "late")
    d = replace(
        d,
        status=Status.SENDING,
        attempt=d.attempt + 1,
        sent_version=d.version,
        first_intent_at=d.first_intent_at or now,
        last_intent_at=now,
        looks=0,
        absent_at=None,
        crashes=0,
    )
    return _noted(d, Result.SENT, now)


def _not_called(d: Delivery, e: ev.NotCalled, now: datetime) -> Delivery:
    _last_attempt(d, e.n, {Status.SENDING})
    return _noted(replace(d, status=Status.RETRY, due_at=now), Result.NOT_CALLED, now)


# Certain answers: applied to whatever stands.


def _published(d: Delivery, e: ev.PublishedBy, now: datetime) -> Delivery:
    version = next((a.version for a in d.attempts if a.n == e.n), d.sent_version)
    found = outcomes.Found(e.remote_id, e.url, version)
    return _live(d, found, Result.PUBLISHED, now)


def _found(d: Delivery, e: ev.Found, now: datetime) -> Delivery:
    return _live(d, e.found, Result.FOUND, now)


def _live(d: Delivery, found: outcomes.Found, result: Result, now: datetime) -> Delivery:
    """It is live: final, and told where what is live isn't what the person wants now."""
    if d.status in FINAL and d.remote_id not in {found.remote_id, None}:
        d = _noted(d, result, now, f"a second copy: {found.remote_id}")
        return _notice(d, Topic.LIVE_TWICE, now)
    if d.status is Status.PUBLISHED or (d.status in FINAL and d.remote_id is not None):
        return replace(d, remote_id=found.remote_id, remote_url=d.remote_url or found.url)
    version = found.version or d.sent_version
    d = replace(d, remote_id=found.remote_id, remote_url=found.url, published_at=now)
    d = _noted(replace(d, sent_version=version), result, now)
    if d.status is Status.CANCELLED:
        return _notice(d, Topic.LIVE_BUT_CANCELLED, now)
    d = replace(d, status=Status.PUBLISHED, why=None, reason="", due_at=None, crashes=0)
    d = replace(d, followups=without_notices(d))
    is_current = found.version == d.version
    return d if is_current else _notice(d, Topic.OLD_VERSION_LIVE, now)


# Refusals of the last attempt, or of the preparation (n is None).


def _transient(d: Delivery, e: ev.Transient, now: datetime) -> Delivery:
    _answerable(d, e.n)
    d = replace(d, status=Status.RETRY, why=None, due_at=now + _back_off(d, now), crashes=0)
    return _noted(d, Result.TRANSIENT, now, e.detail)


def _rate_limited(d: Delivery, e: ev.RateLimited, now: datetime) -> Delivery:
    _answerable(d, e.n)
    due = max(e.reset_at, now) + spread(d.id, timedelta(seconds=30))
    d = replace(d, status=Status.RETRY, why=None, due_at=due, crashes=0)
    return _noted(d, Result.RATE_LIMITED, now, e.detail)


def _auth_expired(d: Delivery, e: ev.AuthExpired, now: datetime) -> Delivery:
    _answerable(d, e.n)
    d = replace(d, status=Status.BLOCKED_AUTH, why=None, due_at=d.latest_at, crashes=0)
    return _noted(d, Result.AUTH_EXPIRED, now, e.detail)


def _rejected(d: Delivery, e: ev.Rejected, now: datetime) -> Delivery:
    _answerable(d, e.n)
    d = replace(d, status=Status.FAILED, why=None, reason=e.reason, due_at=None, crashes=0)
    return _noted(d, Result.REJECTED, now, e.detail)


# Doubt, and looking.


def _outcome_unknown(d: Delivery, e: ev.OutcomeUnknown, now: datetime) -> Delivery:
    _last_attempt(d, e.n, {Status.SENDING})
    if e.part is not None:
        d = _with_part(d, e.part)
    d = replace(d, status=Status.RECONCILE, due_at=_last_intent(d) + FIRST_LOOK)
    return _noted(d, Result.TAKEN if e.is_taken else Result.UNKNOWN, now, e.detail)


def _not_there(d: Delivery, e: ev.NotThere, now: datetime) -> Delivery:
    _held(d, Status.RECONCILE)
    sent = _last_intent(d)
    counts = now >= sent + FIRST_LOOK
    spaced = d.absent_at is not None and now >= d.absent_at + LOOK_SPACING
    if spaced and now >= sent + SECOND_LOOK:
        prepared = d.prepared if e.answer.prepared_stands else Prepared()
        d = replace(d, status=Status.RETRY, due_at=now, prepared=prepared)
        return _noted(d, Result.ABSENT, now)
    d = replace(d, absent_at=d.absent_at or (now if counts else None))
    return _look_again(d, max(sent + SECOND_LOOK, now + LOOK_SPACING), now)


def _looked_in_vain(d: Delivery, e: ev.LookedInVain, now: datetime) -> Delivery:
    _held(d, Status.RECONCILE)
    if d.attempts and d.attempts[-1].result is Result.LOOK_FAILED:
        d = replace(d, attempts=d.attempts[:-1])  # the last one stands for all in a row
    return _look_again(_noted(d, Result.LOOK_FAILED, now, e.detail), now + LOOK_SPACING, now)


def _look_again(d: Delivery, due: datetime, now: datetime) -> Delivery:
    if d.looks >= MAX_LOOKS or now >= _last_intent(d) + LOOK_FOR:
        return _to_person(d, Why.UNKNOWN)
    return replace(d, status=Status.RECONCILE, due_at=due)


def _cant_tell(d: Delivery, e: ev.CantTell, now: datetime) -> Delivery:
    _held(d, Status.RECONCILE)
    return _to_person(_noted(d, Result.CANT_TELL, now, e.detail), Why.UNKNOWN)


# Follow-ups.


def _followed_up(d: Delivery, e: ev.FollowedUp, _: datetime) -> Delivery:
    left = tuple(f for f in d.followups if f.key not in e.keys)
    return _rest(replace(d, followups=left))


def _followup_failed(d: Delivery, e: ev.FollowUpFailed, now: datetime) -> Delivery:
    tried = (replace(f, tries=f.tries + (f.key == e.key)) for f in d.followups)
    left = tuple(f for f in tried if f.tries < MAX_FOLLOWUP_TRIES)
    if len(left) < len(d.followups):
        d = _noted(d, Result.CANT_TELL, now, f"gave up {e.key}: {e.detail}")
    return _rest(replace(d, followups=left))


# Rules that hold over all of it.


def _bound(d: Delivery, now: datetime) -> Delivery:
    """Lateness is bounded: past ``latest_at`` a person decides, and a retry waits no longer."""
    if d.status not in {Status.RETRY, Status.PREPARED, Status.BLOCKED_AUTH} or d.latest_at is None:
        return d
    if now >= d.latest_at:
        return _to_person(d, Why.LATE)
    return replace(d, due_at=min(d.due_at or d.latest_at, d.latest_at))


def _tell(before: Delivery, d: Delivery, now: datetime) -> Delivery:
    """Leave what must follow a change as follow-ups, so that a crash can't swallow them."""
    if d.status in WORKED_ON:  # the machine has it again: nobody need do anything now
        return replace(d, followups=without_notices(d))
    changed = (before.status, before.why) != (d.status, d.why)
    if changed and (topic := _topic(d)):
        d = _notice(d, topic, now)
    if d.status in SETTLED and before.status not in SETTLED:
        wakes = tuple(FollowUp("wake", other, f"wake:{other}") for other in d.awaited_by)
        d = replace(d, followups=d.followups + wakes + _answered(d) + _commented(d))
    if d.followups and (d.followups != before.followups or d.due_at is None):
        return replace(d, due_at=now + LEASE)
    return d


def _answered(d: Delivery) -> tuple[FollowUp, ...]:
    """The inbox is told what became of an answer."""
    return (FollowUp("answered", d.answers, f"answered:{d.answers}"),) if d.answers else ()


def _commented(d: Delivery) -> tuple[FollowUp, ...]:
    """What is live gets its first comment; what was dropped needs none."""
    is_due = d.has_comment and d.status is Status.PUBLISHED
    return (FollowUp("comment", d.id, "comment"),) if is_due else ()


def _topic(d: Delivery) -> Topic | None:
    if d.status is Status.NEEDS_HUMAN and d.why is not None:
        return _TOPICS[d.why]
    return {Status.FAILED: Topic.FAILED, Status.BLOCKED_AUTH: Topic.RECONNECT}.get(d.status)


def _notice(d: Delivery, topic: Topic, now: datetime) -> Delivery:
    key = f"{topic}:{d.rev + 1}"
    followups = (*d.followups, FollowUp("notice", topic, key))
    return replace(d, followups=followups, due_at=now + LEASE)


def _rest(d: Delivery) -> Delivery:
    """Return the delivery with the due time that it has when no follow-up is left."""
    if d.followups or d.status in WORKED_ON:
        return d
    waits = d.status in {Status.BLOCKED_AUTH, Status.AWAITING_APPROVAL}
    return replace(d, due_at=d.latest_at if waits else None)


def _to_person(d: Delivery, why: Why) -> Delivery:
    return replace(d, status=Status.NEEDS_HUMAN, why=why, due_at=None)


def _held(d: Delivery, status: Status) -> None:
    if d.status is not status:
        raise Refused(d, "not_held")


def _last_attempt(d: Delivery, n: int, statuses: set[Status]) -> None:
    if d.attempt != n or d.status not in statuses:
        raise Refused(d, "stale")


def _answerable(d: Delivery, n: int | None) -> None:
    """A refusal counts while its attempt is the last one and nothing has settled it since."""
    if n is None:
        _held(d, Status.CLAIMED)
        return
    if d.status is Status.NEEDS_HUMAN and d.why is not Why.UNKNOWN:
        raise Refused(d, "stale")
    _last_attempt(d, n, {Status.SENDING, Status.RECONCILE, Status.NEEDS_HUMAN})


def _noted(d: Delivery, result: Result, now: datetime, detail: str = "") -> Delivery:
    version = d.sent_version or d.version
    attempt = Attempt(d.attempt, now, version, result, detail[:200])
    return replace(d, attempts=(*d.attempts, attempt)[-KEPT_ATTEMPTS:])


def _last_intent(d: Delivery) -> datetime:
    if d.last_intent_at is None:
        raise Refused(d, "stale")
    return d.last_intent_at


def _back_off(d: Delivery, now: datetime) -> timedelta:
    """15 s, doubling with every failed try up to 10 min, ±25 % by hash."""
    tries = sum(a.result is Result.TRANSIENT for a in d.attempts)
    base = timedelta(seconds=15) * min(1 << tries, 40)
    jitter = spread(DeliveryId(f"{d.id}{now.isoformat()}"), base) - base / 2
    return base + jitter / 2


_TOPICS = {
    Why.UNKNOWN: Topic.TO_CHECK,
    Why.LATE: Topic.LATE,
    Why.KIT: Topic.KIT,
    Why.POISON: Topic.POISON,
}
_ENDS_LATE = CLAIMABLE | {Status.AWAITING_APPROVAL, Status.BLOCKED_AUTH}
WORKED_ON = CLAIMABLE | IN_DOUBT
"""Statuses whose ``due_at`` belongs to the work itself, not to its follow-ups."""
_HANDLERS: dict[type, Callable[[Delivery, Any, datetime], Delivery]] = {
    ev.Claim: _claim,
    ev.StoredPart: _stored_part,
    ev.Wait: _wait,
    ev.GiveBack: _give_back,
    ev.Intent: _intent,
    ev.NotCalled: _not_called,
    ev.PublishedBy: _published,
    ev.Found: _found,
    ev.Transient: _transient,
    ev.RateLimited: _rate_limited,
    ev.AuthExpired: _auth_expired,
    ev.Rejected: _rejected,
    ev.OutcomeUnknown: _outcome_unknown,
    ev.NotThere: _not_there,
    ev.LookedInVain: _looked_in_vain,
    ev.CantTell: _cant_tell,
    ev.Edit: acts.edit,
    ev.Reschedule: acts.reschedule,
    ev.Schedule: acts.schedule,
    ev.Cancel: acts.cancel,
    ev.Decide: acts.decide,
    ev.Reconnected: acts.reconnected,
    ev.PauseLifted: acts.pause_lifted,
    ev.FollowedUp: _followed_up,
    ev.FollowUpFailed: _followup_failed,
    ev.Awaited: acts.awaited,
    ev.Chained: acts.chained,
    ev.Woken: acts.woken,
    ev.Metered: acts.metered,
}
