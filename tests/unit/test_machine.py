"""Every event from every status: what the tables of the protocol allow, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from chalicelib.ids import DeliveryId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine, outcomes
from chalicelib.publishing.deliveries import (
    Delivery,
    FollowUp,
    Prepared,
    Refused,
    ResendClass,
    Result,
    Status,
    Why,
)
from tests.fakes import firm
from tests.fakes.clocks import START

S = Status
SECOND = timedelta(seconds=1)
LATEST = START + firm.USEFUL
OTHER = DeliveryId("post2.on-listed.0")

Stand = tuple[Status, Why | None]
UNKNOWN, LATE, KIT, POISON = ((S.NEEDS_HUMAN, why) for why in Why)
STANDS: tuple[Stand, ...] = (
    *((status, None) for status in S if status is not S.NEEDS_HUMAN),
    UNKNOWN,
    LATE,
    KIT,
    POISON,
)


def stand(at: Stand) -> Delivery:
    """Return a delivery that stands there, its first attempt behind it, due in a minute."""
    status, why = at
    d = firm.attempted(firm.delivery(status=status), START - timedelta(minutes=1))
    d = replace(d, attempts=d.attempts[-1:], attempt=1, why=why)
    due = d.due_at and START + timedelta(minutes=1)
    return replace(d, due_at=LATEST if status is S.BLOCKED_AUTH else due)


def every(*statuses: Status, to: Status) -> dict[Stand, Stand]:
    return {(status, None): (to, None) for status in statuses}


CHANGEABLE = (
    S.AWAITING_APPROVAL,
    S.SCHEDULED,
    S.RETRY,
    S.CLAIMED,
    S.PREPARED,
    S.FAILED,
    S.BLOCKED_AUTH,
)


def changed(to: Status) -> dict[Stand, Stand]:
    """What a person may still change, in doubt never."""
    return {**every(*CHANGEABLE, to=to), **dict.fromkeys((LATE, KIT, POISON), (to, None))}


def answered(to: Status) -> dict[Stand, Stand]:
    """Where a refusal of the last attempt counts."""
    return {**every(S.SENDING, S.RECONCILE, to=to), UNKNOWN: (to, None)}


def live() -> dict[Stand, Stand]:
    """A certain yes holds everywhere; CANCELLED stays CANCELLED."""
    return {**dict.fromkeys(STANDS, (S.PUBLISHED, None)), **every(S.CANCELLED, to=S.CANCELLED)}


@dataclass(frozen=True)
class Row:
    """One row of the table: an event, and where it leads from where."""

    event: Callable[[Delivery], ev.Event]
    leads: Mapping[Stand, Stand]


def decide(choice: ev.Choice) -> Callable[[Delivery], ev.Event]:
    return lambda d: ev.Decide(act="act", rev=d.rev, choice=choice, url="https://x.example/1")


EDIT = ev.Edit(act="act", version=2, text_hash="h2", after=None)
MOVED = LATEST + timedelta(hours=3)
RESCHEDULE = ev.Reschedule(act="act", planned_at=MOVED, latest_at=MOVED + SECOND, after=OTHER)
SCHEDULE = ev.Schedule(act="act", planned_at=MOVED, latest_at=MOVED + SECOND, after=None)
RESET = START + timedelta(minutes=5)
FOUND = ev.Found(outcomes.Found("r1", "https://x.example/r1", 1))
HUMAN = (UNKNOWN, LATE, KIT, POISON)

TABLE: dict[str, Row] = {
    "stored part": Row(
        lambda _: ev.StoredPart(outcomes.Part("m", "1")), every(S.CLAIMED, to=S.CLAIMED)
    ),
    "wait": Row(lambda _: ev.Wait(10 * SECOND), every(S.CLAIMED, to=S.PREPARED)),
    "give back": Row(lambda _: ev.GiveBack(START), every(S.CLAIMED, to=S.RETRY)),
    "intent": Row(lambda _: ev.Intent(), every(S.CLAIMED, to=S.SENDING)),
    "not called": Row(lambda _: ev.NotCalled(1), every(S.SENDING, to=S.RETRY)),
    "not called, of an older attempt": Row(lambda _: ev.NotCalled(0), {}),
    "published": Row(lambda _: ev.PublishedBy(1, "r1", None), live()),
    "found": Row(lambda _: FOUND, live()),
    "transient": Row(lambda _: ev.Transient(1), answered(S.RETRY)),
    "transient, of an older attempt": Row(lambda _: ev.Transient(0), {}),
    "transient in preparation": Row(lambda _: ev.Transient(None), every(S.CLAIMED, to=S.RETRY)),
    "rate limited": Row(lambda _: ev.RateLimited(1, RESET), answered(S.RETRY)),
    "rate limited, of an older attempt": Row(lambda _: ev.RateLimited(0, RESET), {}),
    "rate limited in preparation": Row(
        lambda _: ev.RateLimited(None, RESET), every(S.CLAIMED, to=S.RETRY)
    ),
    "auth expired": Row(lambda _: ev.AuthExpired(1), answered(S.BLOCKED_AUTH)),
    "auth expired, of an older attempt": Row(lambda _: ev.AuthExpired(0), {}),
    "auth expired in preparation": Row(
        lambda _: ev.AuthExpired(None), every(S.CLAIMED, to=S.BLOCKED_AUTH)
    ),
    "rejected": Row(lambda _: ev.Rejected(1, "too_long"), answered(S.FAILED)),
    "rejected, of an older attempt": Row(lambda _: ev.Rejected(0, "too_long"), {}),
    "rejected in preparation": Row(
        lambda _: ev.Rejected(None, "too_long"), every(S.CLAIMED, to=S.FAILED)
    ),
    "outcome unknown": Row(lambda _: ev.OutcomeUnknown(1), every(S.SENDING, to=S.RECONCILE)),
    "outcome unknown, of an older attempt": Row(lambda _: ev.OutcomeUnknown(0), {}),
    "nothing there yet": Row(
        lambda _: ev.NotThere(outcomes.NotThere()), every(S.RECONCILE, to=S.RECONCILE)
    ),
    "looked in vain": Row(lambda _: ev.LookedInVain(), every(S.RECONCILE, to=S.RECONCILE)),
    "can't tell": Row(lambda _: ev.CantTell(), {(S.RECONCILE, None): UNKNOWN}),
    "edit": Row(lambda _: EDIT, {**changed(S.SCHEDULED), **every(S.DRAFT, to=S.DRAFT)}),
    "reschedule": Row(lambda _: RESCHEDULE, {**changed(S.SCHEDULED), **every(S.DRAFT, to=S.DRAFT)}),
    "schedule": Row(lambda _: SCHEDULE, every(S.DRAFT, to=S.SCHEDULED)),
    "cancel": Row(
        lambda _: ev.Cancel("act"), {**changed(S.CANCELLED), **every(S.DRAFT, to=S.CANCELLED)}
    ),
    "decide published": Row(decide(ev.Choice.PUBLISHED), dict.fromkeys(HUMAN, (S.PUBLISHED, None))),
    "decide resend": Row(decide(ev.Choice.RESEND), dict.fromkeys(HUMAN, (S.RETRY, None))),
    "decide drop": Row(decide(ev.Choice.DROP), dict.fromkeys(HUMAN, (S.CANCELLED, None))),
    "decide on what has changed": Row(
        lambda d: ev.Decide(act="act", rev=d.rev - 1, choice=ev.Choice.DROP), {}
    ),
    "reconnected": Row(lambda _: ev.Reconnected(), every(S.BLOCKED_AUTH, to=S.RETRY)),
    "pause lifted": Row(lambda _: ev.PauseLifted(), every(S.SCHEDULED, S.RETRY, to=S.RETRY)),
    "woken": Row(lambda _: ev.Woken(), every(S.RETRY, to=S.RETRY)),
    "awaited": Row(
        lambda _: ev.Awaited(OTHER),
        {at: at for at in STANDS if at[0] not in {S.PUBLISHED, S.CANCELLED, S.FAILED}},
    ),
    "claim before it is due": Row(lambda _: ev.Claim(), {}),
}


@pytest.mark.parametrize("at", STANDS, ids=lambda at: ":".join(filter(None, at)))
@pytest.mark.parametrize("name", TABLE)
def test_an_event_leads_where_the_table_says_and_is_refused_elsewhere(name: str, at: Stand) -> None:
    row, d = TABLE[name], stand(at)
    if at in row.leads:
        after = machine.apply(d, row.event(d), START)
        assert (after.status, after.why) == row.leads[at]
    else:
        with pytest.raises(Refused) as refused:
            machine.apply(d, row.event(d), START)
        assert refused.value.delivery == d


@pytest.mark.parametrize(
    ("name", "at", "why"),
    [
        ("edit", (S.SENDING, None), "too_late"),
        ("edit", (S.PUBLISHED, None), "too_late"),
        ("reschedule", (S.RECONCILE, None), "too_late"),
        ("cancel", (S.SENDING, None), "too_late"),
        ("cancel", UNKNOWN, "too_late"),
        ("decide on what has changed", UNKNOWN, "stale"),
        ("stored part", (S.SCHEDULED, None), "not_held"),
        ("transient, of an older attempt", (S.SENDING, None), "stale"),
        ("claim before it is due", (S.SCHEDULED, None), "not_due"),
    ],
)
def test_a_refusal_says_why(name: str, at: Stand, why: str) -> None:
    d = stand(at)
    with pytest.raises(Refused) as refused:
        machine.apply(d, TABLE[name].event(d), START)
    assert refused.value.why == why


# The claim's lines, in their order: the first that fits holds.


def claim(d: Delivery) -> Delivery:
    return machine.apply(d, ev.Claim(), START)


ENDS_LATE = (
    S.SCHEDULED,
    S.RETRY,
    S.PREPARED,
    S.CLAIMED,
    S.AWAITING_APPROVAL,
    S.BLOCKED_AUTH,
)


@pytest.mark.parametrize("status", ENDS_LATE)
def test_line_1_what_is_past_its_latest_useful_time_is_left_to_a_person(status: Status) -> None:
    d = replace(firm.delivery(status=status), due_at=LATEST)
    after = machine.apply(d, ev.Claim(), LATEST)
    assert (after.status, after.why) == LATE
    before = replace(firm.delivery(status=status), due_at=LATEST - SECOND)
    if status in {S.AWAITING_APPROVAL, S.BLOCKED_AUTH}:
        with pytest.raises(Refused):
            machine.apply(before, ev.Claim(), LATEST - SECOND)
    else:
        assert machine.apply(before, ev.Claim(), LATEST - SECOND).status is S.CLAIMED


def test_line_1_comes_before_the_kit_and_the_poison() -> None:
    kit = replace(firm.delivery(ResendClass.PERSON), due_at=LATEST)
    poison = replace(firm.delivery(status=S.CLAIMED, crashes=4), due_at=LATEST)
    assert machine.apply(kit, ev.Claim(), LATEST).why is Why.LATE
    assert machine.apply(poison, ev.Claim(), LATEST).why is Why.LATE


@pytest.mark.parametrize("status", [S.SCHEDULED, S.RETRY])
def test_line_2_a_manual_channel_gets_its_kit(status: Status) -> None:
    after = claim(firm.delivery(ResendClass.PERSON, status))
    assert (after.status, after.why) == KIT


def test_line_3_the_fifth_crash_while_claimed_is_poison() -> None:
    fourth = claim(firm.delivery(status=S.CLAIMED, crashes=3))
    assert (fourth.status, fourth.crashes) == (S.CLAIMED, 4)
    fifth = claim(firm.delivery(status=S.CLAIMED, crashes=4))
    assert (fifth.status, fifth.why, fifth.crashes) == (*POISON, 5)


@pytest.mark.parametrize("status", [S.SCHEDULED, S.RETRY, S.PREPARED, S.CLAIMED])
def test_line_4_a_claim_is_a_lease_of_90_seconds(status: Status) -> None:
    after = claim(firm.delivery(status=status))
    assert after.status is S.CLAIMED
    assert after.due_at == START + 90 * SECOND
    assert after.crashes == (1 if status is S.CLAIMED else 0)


@pytest.mark.parametrize("status", [S.SENDING, S.RECONCILE])
def test_line_5_what_is_in_doubt_is_looked_for_and_never_sent_again(status: Status) -> None:
    d = firm.delivery(status=status)
    after = claim(d)
    assert (after.status, after.due_at) == (S.RECONCILE, START + 90 * SECOND)
    assert (after.attempt, after.sent_version) == (d.attempt, d.sent_version)


@pytest.mark.parametrize("status", [S.SENDING, S.RECONCILE])
def test_line_5_holds_past_the_latest_useful_time(status: Status) -> None:
    after = machine.apply(firm.delivery(status=status), ev.Claim(), LATEST + SECOND)
    assert after.status is S.RECONCILE


FOLLOWED = (S.PUBLISHED, S.CANCELLED, S.FAILED, S.NEEDS_HUMAN, S.BLOCKED_AUTH)


@pytest.mark.parametrize("status", FOLLOWED)
def test_line_6_follow_ups_are_claimed_without_any_other_change(status: Status) -> None:
    left = (FollowUp("notice", "failed", "k"),)
    d = firm.delivery(status=status, followups=left, due_at=START)
    assert claim(d) == replace(d, due_at=START + 90 * SECOND)


@pytest.mark.parametrize("status", FOLLOWED)
def test_line_6_without_follow_ups_there_is_nothing_to_do(status: Status) -> None:
    with pytest.raises(Refused):
        claim(firm.delivery(status=status, due_at=START))


# What each event writes.


def test_a_stored_part_joins_the_others_of_its_version_and_keeps_the_lease() -> None:
    d = firm.delivery(status=S.CLAIMED, prepared=Prepared(1, {"a": "1"}))
    after = machine.apply(d, ev.StoredPart(outcomes.Part("b", "2")), START)
    assert after == replace(d, prepared=Prepared(1, {"a": "1", "b": "2"}))


def test_parts_of_another_version_are_forgotten_when_one_is_stored() -> None:
    d = firm.delivery(status=S.CLAIMED, version=2, prepared=Prepared(1, {"a": "1"}))
    after = machine.apply(d, ev.StoredPart(outcomes.Part("b", "2")), START)
    assert after.prepared == Prepared(2, {"b": "2"})


def test_an_intent_counts_the_attempt_and_names_its_version_within_the_lease() -> None:
    lease = START + 80 * SECOND
    d = firm.delivery(status=S.CLAIMED, version=3, due_at=lease, crashes=2)
    after = machine.apply(d, ev.Intent(), START)
    assert (after.attempt, after.sent_version, after.due_at) == (1, 3, lease)
    assert (after.first_intent_at, after.last_intent_at) == (START, START)
    again = replace(after, status=S.CLAIMED)
    second = machine.apply(again, ev.Intent(), START + SECOND)
    assert (second.attempt, second.first_intent_at) == (2, START)
    assert second.last_intent_at == START + SECOND


@pytest.mark.parametrize("over", [timedelta(0), SECOND])
def test_no_intent_at_or_past_the_latest_useful_time(over: timedelta) -> None:
    with pytest.raises(Refused) as refused:
        machine.apply(firm.delivery(status=S.CLAIMED), ev.Intent(), LATEST + over)
    assert refused.value.why == "late"


def test_not_called_spends_no_attempt_and_is_due_at_once() -> None:
    d = firm.delivery(status=S.SENDING)
    after = machine.apply(d, ev.NotCalled(1), START)
    assert (after.status, after.due_at) == (S.RETRY, START)
    assert after.attempts[-1].result is Result.NOT_CALLED


def test_a_rate_limit_waits_for_the_reset_and_a_spread_that_is_always_the_same() -> None:
    d = firm.delivery(status=S.SENDING)
    due = machine.apply(d, ev.RateLimited(1, RESET), START).due_at
    assert due is not None
    assert RESET <= due <= RESET + 30 * SECOND
    assert machine.apply(d, ev.RateLimited(1, RESET), START).due_at == due


def test_a_refused_token_blocks_until_the_latest_useful_time() -> None:
    d = firm.delivery(status=S.SENDING)
    blocked = machine.apply(d, ev.AuthExpired(1), START)
    told = machine.apply(blocked, ev.FollowedUp(tuple(f.key for f in blocked.followups)), START)
    assert (told.status, told.due_at) == (S.BLOCKED_AUTH, LATEST)


def test_a_rejection_keeps_its_reason_until_a_person_changes_something() -> None:
    failed = machine.apply(firm.delivery(status=S.SENDING), ev.Rejected(1, "too_long"), START)
    assert failed.reason == "too_long"
    assert machine.apply(failed, EDIT, START).reason == ""


def test_backing_off_starts_at_15_seconds_and_doubles_to_10_minutes_with_jitter() -> None:
    d = firm.delivery(status=S.CLAIMED, latest_at=START + timedelta(days=1))
    waits = []
    for _ in range(9):
        after = machine.apply(d, ev.Transient(None), START)
        assert after.due_at is not None
        waits.append((after.due_at - START).total_seconds())
        d = replace(after, status=S.CLAIMED)
    for tries, wait in enumerate(waits):
        base = min(15 * 2**tries, 600)
        assert 0.75 * base <= wait <= 1.25 * base


def test_reconnected_is_spread_over_a_minute() -> None:
    due = machine.apply(firm.delivery(status=S.BLOCKED_AUTH), ev.Reconnected(), START).due_at
    assert due is not None
    assert START <= due <= START + 60 * SECOND
