"""What holds over the whole machine: looks, lateness, follow-ups, acts, late answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.ids import DeliveryId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine, outcomes
from chalicelib.publishing.deliveries import (
    Delivery,
    FollowUp,
    Prepared,
    Refused,
    Result,
    Status,
    Topic,
    Why,
)
from tests.fakes import firm
from tests.fakes.clocks import START

S = Status
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
LATEST = START + firm.USEFUL
LEASE = 90 * SECOND
NOT_THERE = ev.NotThere(outcomes.NotThere())
OTHER = DeliveryId("post2.on-listed.0")


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def topics(d: Delivery) -> list[str]:
    return [f.about for f in d.followups if f.kind == "notice"]


def in_doubt(**changes: object) -> Delivery:
    """Return a delivery whose attempt of START nobody knows the end of."""
    return replace(firm.delivery(status=S.RECONCILE), **changes)  # type: ignore[arg-type]


def look(d: Delivery, event: ev.Event, seconds: float) -> Delivery:
    """Claim a delivery when it is due, and report what a look saw some time after START."""
    claimed = machine.apply(replace(d, due_at=at(seconds)), ev.Claim(), at(seconds))
    return machine.apply(claimed, event, at(seconds))


# Looks.


def test_a_doubt_is_first_looked_at_30_seconds_after_the_attempt() -> None:
    d = firm.delivery(status=S.SENDING)
    assert machine.apply(d, ev.OutcomeUnknown(1), at(20)).due_at == at(30)


def test_what_a_look_may_ask_by_is_kept_with_the_doubt() -> None:
    d = firm.delivery(status=S.SENDING, prepared=Prepared(1, {"pictures": "p"}))
    taken = ev.OutcomeUnknown(1, "taken", outcomes.Part("post", "7"), is_taken=True)
    after = machine.apply(d, taken, at(20))
    assert after.prepared == Prepared(1, {"pictures": "p", "post": "7"})
    assert after.attempts[-1].result is Result.TAKEN
    assert (after.status, after.due_at) == (S.RECONCILE, at(30))


def test_two_looks_of_30_and_120_seconds_prove_absence() -> None:
    once = look(in_doubt(), NOT_THERE, 30)
    assert (once.status, once.due_at) == (S.RECONCILE, at(120))
    twice = look(once, NOT_THERE, 120)
    assert (twice.status, twice.due_at) == (S.RETRY, at(120))
    assert twice.attempts[-1].result is Result.ABSENT


def test_one_look_never_proves_absence_however_late() -> None:
    assert look(in_doubt(), NOT_THERE, 400).status is S.RECONCILE


def test_a_look_before_30_seconds_does_not_count() -> None:
    early = look(in_doubt(), NOT_THERE, 29)
    assert early.absent_at is None
    assert look(early, NOT_THERE, 120).status is S.RECONCILE


def test_a_second_look_before_120_seconds_does_not_count() -> None:
    once = look(in_doubt(), NOT_THERE, 30)
    soon = look(once, NOT_THERE, 119)
    assert (soon.status, soon.absent_at) == (S.RECONCILE, at(30))
    assert look(soon, NOT_THERE, 149).status is S.RETRY


def test_two_looks_stand_30_seconds_apart() -> None:
    once = look(in_doubt(), NOT_THERE, 119)
    assert once.due_at == at(149)
    assert look(once, NOT_THERE, 148).status is S.RECONCILE
    assert look(once, NOT_THERE, 149).status is S.RETRY


def test_a_look_in_vain_counts_for_nothing_and_is_taken_again_30_seconds_later() -> None:
    vain = look(in_doubt(), ev.LookedInVain("429"), 30)
    assert (vain.status, vain.due_at, vain.absent_at) == (S.RECONCILE, at(60), None)
    assert look(vain, NOT_THERE, 130).status is S.RECONCILE


def test_looks_of_an_earlier_attempt_prove_nothing_of_the_next() -> None:
    absent = look(look(in_doubt(), NOT_THERE, 30), NOT_THERE, 120)
    claimed = machine.apply(absent, ev.Claim(), at(120))
    sending = machine.apply(claimed, ev.Intent(), at(121))
    doubtful = machine.apply(sending, ev.OutcomeUnknown(2), at(122))
    assert (doubtful.looks, doubtful.absent_at) == (0, None)
    assert look(doubtful, NOT_THERE, 300).status is S.RECONCILE


@pytest.mark.parametrize("stands", [True, False])
def test_what_was_prepared_is_kept_where_it_still_stands(stands: bool) -> None:
    prepared = Prepared(1, {"container": "c1"})
    once = look(in_doubt(prepared=prepared), NOT_THERE, 30)
    event = ev.NotThere(outcomes.NotThere(prepared_stands=stands))
    assert look(once, event, 120).prepared == (prepared if stands else Prepared())


def test_after_10_looks_a_person_is_asked() -> None:
    d = in_doubt()
    for number in range(9):
        d = look(d, ev.LookedInVain(), 30 + 30 * number)
        assert d.status is S.RECONCILE
    d = look(d, ev.LookedInVain(), 300)
    assert (d.status, d.why, d.looks) == (S.NEEDS_HUMAN, Why.UNKNOWN, 10)


def test_10_minutes_after_the_attempt_a_person_is_asked() -> None:
    assert look(in_doubt(), ev.LookedInVain(), 599).status is S.RECONCILE
    d = look(in_doubt(), ev.LookedInVain(), 600)
    assert (d.status, d.why) == (S.NEEDS_HUMAN, Why.UNKNOWN)


def test_looks_that_never_come_to_an_end_are_counted_too() -> None:
    """A look that kills its worker each time must not be taken for ever, unknown to all."""
    d = firm.delivery(status=S.SENDING)
    for number in range(10):
        d = machine.apply(d, ev.Claim(), at(100 * number))
        assert d.status is S.RECONCILE
    d = machine.apply(d, ev.Claim(), at(1000))
    assert (d.status, d.why) == (S.NEEDS_HUMAN, Why.UNKNOWN)


# Lateness.


@pytest.mark.parametrize("over", [timedelta(0), MINUTE])
@pytest.mark.parametrize(
    ("status", "event"),
    [
        (S.CLAIMED, ev.Wait(10 * SECOND)),
        (S.CLAIMED, ev.GiveBack(LATEST + 2 * MINUTE)),
        (S.CLAIMED, ev.Transient(None)),
        (S.CLAIMED, ev.RateLimited(None, LATEST)),
        (S.CLAIMED, ev.AuthExpired(None)),
        (S.SENDING, ev.NotCalled(1)),
        (S.SENDING, ev.Transient(1)),
        (S.RECONCILE, ev.AuthExpired(1)),
        (S.NEEDS_HUMAN, ev.Transient(1)),
        (S.BLOCKED_AUTH, ev.Reconnected()),
    ],
    ids=repr,
)
def test_nothing_waits_past_its_latest_useful_time(
    status: Status, event: ev.Event, over: timedelta
) -> None:
    d = machine.apply(firm.delivery(status=status), event, LATEST + over)
    assert (d.status, d.why, topics(d)) == (S.NEEDS_HUMAN, Why.LATE, [Topic.LATE])


@pytest.mark.parametrize(
    "event",
    [
        ev.Wait(timedelta(days=1)),
        ev.GiveBack(LATEST + MINUTE),
        ev.RateLimited(None, LATEST + MINUTE),
    ],
    ids=repr,
)
def test_no_wait_is_longer_than_the_latest_useful_time(event: ev.Event) -> None:
    d = machine.apply(firm.delivery(status=S.CLAIMED), event, START)
    assert d.due_at == LATEST


def test_what_is_proven_absent_past_its_latest_useful_time_is_left_to_a_person() -> None:
    d = in_doubt(latest_at=at(60))
    d = look(look(d, NOT_THERE, 30), NOT_THERE, 120)
    assert (d.status, d.why) == (S.NEEDS_HUMAN, Why.LATE)


def test_an_attempt_in_doubt_first_ends_its_looks() -> None:
    d = look(in_doubt(latest_at=at(10)), NOT_THERE, 30)
    assert d.status is S.RECONCILE


# Follow-ups.

TOLD = [
    (S.RECONCILE, ev.CantTell(), Topic.TO_CHECK),
    (S.CLAIMED, ev.Rejected(None, "too_long"), Topic.FAILED),
    (S.SENDING, ev.Rejected(1, "too_long"), Topic.FAILED),
    (S.CLAIMED, ev.AuthExpired(None), Topic.RECONNECT),
    (S.SENDING, ev.AuthExpired(1), Topic.RECONNECT),
]


@pytest.mark.parametrize(("status", "event", "topic"), TOLD, ids=repr)
def test_a_change_that_needs_a_person_leaves_its_notice(
    status: Status, event: ev.Event, topic: Topic
) -> None:
    d = machine.apply(firm.delivery(status=status), event, START)
    assert (topics(d), d.due_at) == ([topic], START + LEASE)


def test_every_later_change_has_a_notice_of_its_own() -> None:
    d = firm.delivery(status=S.CLAIMED)
    first = machine.apply(d, ev.Rejected(None, "too_long"), START)
    again = replace(first, status=S.CLAIMED, followups=(), rev=first.rev + 3)
    second = machine.apply(again, ev.Rejected(None, "too_long"), START)
    assert first.followups[0].key != second.followups[0].key


def test_a_notice_that_is_done_leaves_nothing_to_do() -> None:
    d = machine.apply(firm.delivery(status=S.CLAIMED), ev.Rejected(None, "x"), START)
    done = machine.apply(d, ev.FollowedUp((d.followups[0].key,)), START)
    assert (done.followups, done.due_at, done.status) == ((), None, S.FAILED)


def test_what_is_left_to_follow_up_is_looked_at_again_a_lease_later() -> None:
    left = (FollowUp("wake", OTHER, "a"), FollowUp("wake", "x", "b"))
    d = firm.delivery(status=S.PUBLISHED, followups=left, due_at=START)
    some = machine.apply(d, ev.FollowedUp(("a",)), START)
    assert (some.followups, some.due_at) == (left[1:], START + LEASE)
    failed = machine.apply(d, ev.FollowUpFailed("a"), START)
    assert (failed.followups[0].tries, failed.due_at) == (1, START + LEASE)


def test_a_follow_up_is_dropped_and_noted_after_10_tries() -> None:
    left = (FollowUp("notice", Topic.FAILED, "k"),)
    d = firm.delivery(status=S.FAILED, followups=left, due_at=START)
    for _ in range(9):
        d = machine.apply(d, ev.FollowUpFailed("k", "MailDown"), START)
        assert d.followups
    d = machine.apply(d, ev.FollowUpFailed("k", "MailDown"), START)
    assert (d.followups, d.due_at) == ((), None)
    assert "k" in d.attempts[-1].detail
    assert "MailDown" in d.attempts[-1].detail


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (S.SENDING, ev.PublishedBy(1, "r1", None)),
        (S.SCHEDULED, ev.Cancel("act")),
        (S.CLAIMED, ev.Rejected(None, "x")),
        (S.NEEDS_HUMAN, ev.Decide(act="a", rev=7, choice=ev.Choice.DROP)),
    ],
    ids=repr,
)
def test_what_is_settled_wakes_what_waits_after_it(status: Status, event: ev.Event) -> None:
    d = firm.delivery(status=status, awaited_by=(OTHER,))
    d = machine.apply(d, event, START)
    assert [f.about for f in d.followups if f.kind == "wake"] == [OTHER]
    assert d.due_at == START + LEASE


def test_what_needs_a_person_is_not_settled_and_wakes_nobody() -> None:
    d = machine.apply(in_doubt(awaited_by=(OTHER,)), ev.CantTell(), START)
    assert [f.kind for f in d.followups] == ["notice"]


def test_being_awaited_twice_by_one_is_being_awaited_once() -> None:
    d = machine.apply(firm.delivery(), ev.Awaited(OTHER), START)
    assert machine.apply(d, ev.Awaited(OTHER), START).awaited_by == (OTHER,)


def test_a_notice_is_dropped_when_the_machine_takes_the_delivery_back() -> None:
    """A certain refusal after "please check": nothing is left to check."""
    asked = machine.apply(in_doubt(), ev.CantTell(), START)
    assert machine.apply(asked, ev.Transient(1), START).followups == ()


# Acts.

ACTS: dict[str, ev.Event] = {
    "edit": ev.Edit(act="new", version=2, text_hash="h", after=OTHER),
    "reschedule": ev.Reschedule(
        act="new", planned_at=LATEST, latest_at=LATEST + MINUTE, after=OTHER
    ),
    "cancel": ev.Cancel("new"),
}


@pytest.mark.parametrize("name", ACTS)
def test_the_ids_of_the_last_three_acts_are_kept(name: str) -> None:
    d = firm.delivery(acts=("a", "b", "c"))
    assert machine.apply(d, ACTS[name], START).acts == ("b", "c", "new")


def test_an_edit_forgets_what_was_prepared_and_starts_afresh() -> None:
    prepared = Prepared(1, {"m": "1"})
    d = firm.delivery(status=S.PREPARED, prepared=prepared, crashes=3, looks=2)
    after = machine.apply(d, ACTS["edit"], START)
    assert (after.version, after.text_hash, after.after) == (2, "h", OTHER)
    assert (after.prepared, after.crashes, after.looks) == (Prepared(), 0, 0)
    assert after.key == d.key


def test_an_edit_before_the_time_keeps_the_time() -> None:
    d = firm.delivery(planned_at=LATEST)
    assert machine.apply(d, ACTS["edit"], START).due_at == LATEST


def test_a_new_time_moves_the_latest_useful_time_along() -> None:
    d = machine.apply(firm.delivery(status=S.NEEDS_HUMAN, why=Why.LATE), ACTS["reschedule"], START)
    assert (d.planned_at, d.latest_at, d.due_at) == (LATEST, LATEST + MINUTE, LATEST)
    assert (d.after, d.why, d.crashes) == (OTHER, None, 0)


def test_an_act_takes_back_what_was_to_be_told() -> None:
    d = machine.apply(firm.delivery(status=S.CLAIMED), ev.Rejected(None, "x"), START)
    assert machine.apply(d, ACTS["cancel"], START).followups == ()


def test_sending_again_gives_two_more_hours_and_forgets_old_looks_and_crashes() -> None:
    d = firm.delivery(status=S.NEEDS_HUMAN, looks=10, crashes=5, absent_at=START)
    d = machine.apply(d, ev.Decide(act="a", rev=7, choice=ev.Choice.RESEND), LATEST)
    assert (d.status, d.due_at, d.latest_at) == (S.RETRY, LATEST, LATEST + 2 * 60 * MINUTE)
    assert (d.looks, d.absent_at, d.crashes) == (0, None, 0)


def test_a_person_who_says_that_it_is_live_names_its_address() -> None:
    d = firm.delivery(status=S.NEEDS_HUMAN, why=Why.KIT, sent_version=0, version=4)
    event = ev.Decide(act="a", rev=7, choice=ev.Choice.PUBLISHED, url="https://x.example/9")
    d = machine.apply(d, event, START)
    assert (d.status, d.remote_url, d.sent_version) == (S.PUBLISHED, "https://x.example/9", 4)
    assert (d.published_at, d.due_at) == (START, None)


# Late answers, and what is live against the person's will.


def test_a_late_answer_publishes_the_version_of_its_own_attempt() -> None:
    d = firm.attempted(firm.delivery(version=1), START)
    d = firm.attempted(replace(d, version=2), at(300), n=2)
    d = replace(d, status=S.SENDING)
    after = machine.apply(d, ev.PublishedBy(1, "r1", "u1"), at(301))
    assert (after.status, after.sent_version, after.remote_id) == (S.PUBLISHED, 1, "r1")
    assert topics(after) == [Topic.OLD_VERSION_LIVE]


def test_the_current_version_live_is_told_to_nobody() -> None:
    d = machine.apply(firm.delivery(status=S.SENDING), ev.PublishedBy(1, "r1", None), START)
    assert (d.followups, d.due_at, d.published_at) == ((), None, START)


def test_a_live_text_that_is_none_of_ours_is_told() -> None:
    found = ev.Found(outcomes.Found("r1", None, None))
    d = machine.apply(in_doubt(), found, START)
    assert (d.status, topics(d)) == (S.PUBLISHED, [Topic.OLD_VERSION_LIVE])


def test_a_second_copy_is_noted_and_told_and_the_first_is_kept() -> None:
    d = firm.delivery(status=S.PUBLISHED, remote_id="r1", remote_url="u1")
    after = machine.apply(d, ev.PublishedBy(1, "r2", "u2"), START)
    assert (after.remote_id, after.remote_url) == ("r1", "u1")
    assert topics(after) == [Topic.LIVE_TWICE]
    assert "r2" in after.attempts[-1].detail


def test_the_same_answer_twice_changes_nothing() -> None:
    d = firm.delivery(status=S.PUBLISHED, remote_id="r1", remote_url="u1")
    assert machine.apply(d, ev.PublishedBy(1, "r1", "u1"), at(9)) == d


def test_what_is_live_though_cancelled_keeps_its_address_and_is_told() -> None:
    d = firm.delivery(status=S.CANCELLED)
    after = machine.apply(d, ev.PublishedBy(1, "r1", "u1"), START)
    assert (after.status, after.remote_id, after.remote_url) == (S.CANCELLED, "r1", "u1")
    assert topics(after) == [Topic.LIVE_BUT_CANCELLED]


def test_live_though_cancelled_is_told_once_for_each_copy() -> None:
    d = firm.delivery(status=S.CANCELLED)
    once = machine.apply(d, ev.PublishedBy(1, "r1", "u1"), START)
    assert machine.apply(once, ev.PublishedBy(1, "r1", "u1"), at(9)) == once
    other = machine.apply(once, ev.PublishedBy(2, "r2", "u2"), at(9))
    assert other.remote_id == "r1"
    assert topics(other) == [Topic.LIVE_BUT_CANCELLED, Topic.LIVE_TWICE]


def test_a_late_refusal_of_an_attempt_that_is_not_the_last_is_dropped() -> None:
    d = firm.attempted(firm.delivery(status=S.SENDING), START, n=2)
    with pytest.raises(Refused):
        machine.apply(d, ev.Rejected(1, "x"), START)


def test_the_last_ten_attempts_are_kept() -> None:
    d = firm.delivery(status=S.CLAIMED, latest_at=START + timedelta(days=9))
    for number in range(12):
        d = replace(machine.apply(d, ev.Transient(None, str(number)), START), status=S.CLAIMED)
    assert [a.detail for a in d.attempts] == [str(n) for n in range(2, 12)]


def test_an_answer_that_comes_late_leaves_due_what_is_still_to_be_done() -> None:
    left = (FollowUp("wake", OTHER, f"wake:{OTHER}"),)
    d = firm.attempted(firm.delivery(status=S.SENDING), START)
    refused = replace(machine.apply(d, ev.Rejected(1, "x"), START), followups=left)
    live = machine.apply(refused, ev.PublishedBy(1, "r1", None), START + SECOND)
    assert (live.status, live.followups) == (S.PUBLISHED, left)
    assert live.due_at == START + SECOND + machine.LEASE
