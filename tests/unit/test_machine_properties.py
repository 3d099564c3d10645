"""Whatever happens in whatever order: what never breaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.ids import DeliveryId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine, outcomes
from chalicelib.publishing.deliveries import (
    FINAL,
    Delivery,
    Refused,
    ResendClass,
    Status,
    Why,
)
from tests.fakes import firm
from tests.fakes.clocks import START

S = Status
ALWAYS_DUE = machine.WORKED_ON | {S.BLOCKED_AUTH, S.AWAITING_APPROVAL}
NOTICED = {S.NEEDS_HUMAN, S.FAILED, S.BLOCKED_AUTH}
FIXED = ("workspace", "id", "post", "channel", "network", "resend_class", "key", "rev")

Maker = Callable[[Delivery, datetime], ev.Event]

seconds = st.sampled_from([0, 1, 29, 30, 31, 90, 120, 600, 3600, 7200])
attempts = st.integers(0, 2)
"""How many attempts ago the one was that an answer belongs to."""
others = st.sampled_from([DeliveryId("p2.on-listed.0"), DeliveryId("p3.on-listed.0")])


def _later(now: datetime, by: int) -> datetime:
    return now + timedelta(seconds=by)


def _answers() -> st.SearchStrategy[Maker]:
    def make(kind: int, ago: int, wait: int) -> Maker:
        def event(d: Delivery, now: datetime) -> ev.Event:
            n = max(d.attempt - ago, 0)
            made: list[ev.Event] = [
                ev.PublishedBy(n, f"r{n}", None),
                ev.NotCalled(n),
                ev.OutcomeUnknown(n),
                ev.Transient(n),
                ev.RateLimited(n, _later(now, wait)),
                ev.AuthExpired(n),
                ev.Rejected(n, "too_long"),
            ]
            return made[kind]

        return event

    return st.builds(make, st.integers(0, 6), attempts, seconds)


def _preparing() -> st.SearchStrategy[Maker]:
    def make(kind: int, wait: int) -> Maker:
        def event(d: Delivery, now: datetime) -> ev.Event:
            made: list[ev.Event] = [
                ev.StoredPart(outcomes.Part("m", str(wait))),
                ev.Wait(timedelta(seconds=wait)),
                ev.GiveBack(_later(now, wait)),
                ev.Transient(None),
                ev.RateLimited(None, _later(now, wait)),
                ev.AuthExpired(None),
                ev.Rejected(None, "too_long"),
                ev.Intent(),
            ]
            return made[kind]

        return event

    return st.builds(make, st.sampled_from([*range(8), 7, 7]), seconds)


def _looks() -> st.SearchStrategy[Maker]:
    def make(kind: int, flag: bool) -> Maker:
        def event(d: Delivery, _: datetime) -> ev.Event:
            version = d.sent_version if flag else None
            made: list[ev.Event] = [
                ev.Found(outcomes.Found(f"r{d.attempt}", None, version)),
                ev.NotThere(outcomes.NotThere(flag)),
                ev.NotThere(outcomes.NotThere(flag)),
                ev.LookedInVain(),
                ev.CantTell(),
            ]
            return made[kind]

        return event

    return st.builds(make, st.integers(0, 4), st.booleans())


def _people() -> st.SearchStrategy[Maker]:
    def make(kind: int, wait: int, after: DeliveryId | None, choice: ev.Choice) -> Maker:
        def event(d: Delivery, now: datetime) -> ev.Event:
            planned = _later(now, wait)
            latest = planned + firm.USEFUL
            made: list[ev.Event] = [
                ev.Edit(act="e", version=d.version + 1, text_hash="h", after=after),
                ev.Reschedule(act="r", planned_at=planned, latest_at=latest, after=after),
                ev.Schedule(act="s", planned_at=planned, latest_at=latest, after=after),
                ev.Cancel("c"),
                ev.Decide(act="d", rev=d.rev, choice=choice),
                ev.Decide(act="d", rev=d.rev, choice=choice),
                ev.Reconnected(),
                ev.PauseLifted(),
            ]
            return made[kind]

        return event

    choices = st.sampled_from(ev.Choice)
    return st.builds(make, st.integers(0, 7), seconds, st.none() | others, choices)


def _rest() -> st.SearchStrategy[Maker]:
    def make(kind: int, other: DeliveryId) -> Maker:
        def event(d: Delivery, _: datetime) -> ev.Event:
            keys = tuple(f.key for f in d.followups)
            made: list[ev.Event] = [
                ev.FollowedUp(keys[:1]),
                ev.FollowedUp(keys),
                ev.FollowUpFailed(keys[-1] if keys else "none"),
                ev.Awaited(other),
                ev.Woken(),
            ]
            return made[kind]

        return event

    return st.builds(make, st.integers(0, 4), others)


def _claims() -> st.SearchStrategy[Maker]:
    return st.just(lambda _d, _now: ev.Claim())


happenings = st.lists(
    st.tuples(
        st.one_of(_claims(), _preparing(), _answers(), _looks(), _people(), _rest()), seconds
    ),
    max_size=40,
)


@st.composite
def starts(draw: st.DrawFn) -> Delivery:
    """Draw a delivery in any status."""
    status = draw(st.sampled_from(S))
    d = firm.delivery(draw(st.sampled_from(ResendClass)), status)
    if status is S.NEEDS_HUMAN:
        d = replace(d, why=draw(st.sampled_from(Why)))
    if status is S.AWAITING_APPROVAL:
        d = replace(d, due_at=d.latest_at)
    return replace(d, crashes=draw(st.integers(0, 4)), awaited_by=tuple(draw(st.sets(others))))


@settings(max_examples=400, deadline=None)
@given(starts(), happenings)
def test_no_order_of_events_breaks_a_rule(d: Delivery, events: list[tuple[Maker, int]]) -> None:
    now = START
    for make, wait in events:
        now = _later(now, wait)
        event = make(d, now)
        try:
            after = machine.apply(d, event, now)
        except Refused:
            continue
        _check_identity(d, after)
        _check_finality(d, after)
        _check_attempts(d, after, event)
        _check_due(d, after, now)
        _check_telling(d, after)
        d = after


def _check_identity(d: Delivery, after: Delivery) -> None:
    for name in FIXED:
        assert getattr(after, name) == getattr(d, name)
    assert (after.why is not None) == (after.status is S.NEEDS_HUMAN)
    assert (after.latest_at is None) == (after.planned_at is None)
    assert len(after.acts) <= 3
    assert len(after.attempts) <= 10


def _check_finality(d: Delivery, after: Delivery) -> None:
    if d.status in FINAL:
        assert after.status is d.status
        assert after.remote_id == d.remote_id or d.remote_id is None


def _check_attempts(d: Delivery, after: Delivery, event: ev.Event) -> None:
    is_intent = isinstance(event, ev.Intent)
    assert after.attempt == d.attempt + is_intent
    if after.status is S.SENDING:
        assert is_intent or d.status is S.SENDING
    if after.status is S.SENDING and is_intent:
        assert d.status is S.CLAIMED
        assert after.sent_version == after.version
        assert after.due_at == d.due_at
    assert after.sent_version <= after.version
    if after.first_intent_at is not None:
        assert after.last_intent_at is not None
        assert after.first_intent_at <= after.last_intent_at
        assert d.first_intent_at in {after.first_intent_at, None}


def _check_due(d: Delivery, after: Delivery, now: datetime) -> None:
    is_something_to_do = after.status in ALWAYS_DUE or bool(after.followups)
    assert (after.due_at is not None) == is_something_to_do
    if after.due_at is not None:  # whoever finds it due may act
        machine.apply(after, ev.Claim(), max(now, after.due_at))
    if after.status in {S.RETRY, S.PREPARED, S.BLOCKED_AUTH}:
        assert after.latest_at is not None
        assert now < after.latest_at
    if after.status in {S.RETRY, S.PREPARED}:
        assert after.due_at is not None
        assert after.latest_at is not None
        assert after.due_at <= after.latest_at


def _check_telling(d: Delivery, after: Delivery) -> None:
    has_notice = any(f.kind == "notice" for f in after.followups)
    if after.status in NOTICED and (d.status, d.why) != (after.status, after.why):
        assert has_notice
    if after.status in machine.WORKED_ON:
        assert not has_notice
    if after.status is S.PUBLISHED and d.status not in FINAL and after.sent_version < after.version:
        assert has_notice


@settings(max_examples=200, deadline=None)
@given(starts(), happenings)
def test_left_alone_every_delivery_comes_to_rest_and_nobody_waits_for_nothing(
    d: Delivery, events: list[tuple[Maker, int]]
) -> None:
    """Workers that die at once each time: it ends settled, or a person is told; never a loop."""
    now = START
    for make, wait in events:
        now = _later(now, wait)
        try:
            d = machine.apply(d, make(d, now), now)
        except Refused:
            continue
    for _ in range(60):
        if d.due_at is None:
            break
        now = max(now, d.due_at)
        d = machine.apply(d, ev.Claim(), now)
        if d.followups and d.status not in machine.WORKED_ON:
            d = machine.apply(d, ev.FollowedUp(tuple(f.key for f in d.followups)), now)
    assert d.due_at is None
    assert d.status in {*FINAL, S.DRAFT, S.FAILED, S.NEEDS_HUMAN}
