"""What people do with inbox items, decided again where somebody else was quicker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from chalicelib.ids import MemberId, MentionId
from chalicelib.inbox import items
from chalicelib.inbox.items import (
    ANSWERING_FOR,
    BEFORE_THE_END,
    KEPT,
    MAX_LABEL,
    MAX_LABELS,
    MAX_NOTE,
    MAX_NOTES,
    MAX_NOTES_BYTES,
    InboxItem,
    InboxState,
    Note,
    ending_at,
)
from chalicelib.inbox.ports import Filter
from chalicelib.inbox.triage import ENDED_AT_ONCE, ENDS_WITHIN, LONGEST_SNOOZE, TRIES, Triage
from chalicelib.listening.mentions import Author
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.refusals import Busy, Invalid, NotFound
from chalicelib.workspaces.workspaces import Member, Role
from tests.fakes.clocks import START, SettableClock
from tests.fakes.firm import FIRM
from tests.fakes.memory_inbox import MemoryInbox
from tests.fakes.memory_workspaces import MemoryMembers
from tests.fakes.said import CAMILLE, an_item
from tests.fakes.steps import raising

LEA, PAUL = MemberId("lea"), MemberId("paul")
NOWHERE = MentionId("nowhere")
TODAY = START.astimezone(UTC).date()
DAY_ENDS = ending_at(TODAY)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def inbox(clock: SettableClock) -> MemoryInbox:
    return MemoryInbox(clock)


@pytest.fixture
def triage(clock: SettableClock, inbox: MemoryInbox) -> Triage:
    members = MemoryMembers()
    for who in (LEA, PAUL):
        members.put(
            Member(
                workspace=FIRM,
                id=who,
                email=f"{who}@bakery.example",
                name=who,
                role=Role.EDITOR,
                created_at=START,
            )
        )
    return Triage(clock=clock, inbox=inbox, members=members)


@pytest.fixture
def item(inbox: MemoryInbox) -> InboxItem:
    return inbox.put(None, an_item())


Act = Callable[[Triage, MentionId], InboxItem]
ACTS: dict[str, Act] = {
    "read": lambda t, m: t.read(FIRM, m),
    "assign": lambda t, m: t.assign(FIRM, m, LEA),
    "label": lambda t, m: t.label(FIRM, m, ["Avis"]),
    "snooze": lambda t, m: t.snooze(FIRM, m, START + timedelta(days=1)),
    "note": lambda t, m: t.note(FIRM, m, LEA, "À rappeler"),
    "close": lambda t, m: t.close(FIRM, m, InboxState.DONE, LEA),
    "writing": lambda t, m: t.writing(FIRM, m, LEA),
}


def codes(refused: pytest.ExceptionInfo[Invalid]) -> list[tuple[str, str]]:
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


@pytest.mark.parametrize("name", ACTS)
def test_an_act_done_twice_is_written_once(
    triage: Triage, inbox: MemoryInbox, item: InboxItem, name: str
) -> None:
    done = ACTS[name](triage, item.id)
    assert done.rev == 2
    assert ACTS[name](triage, item.id) == done
    assert triage.get(FIRM, item.id) == done
    assert inbox.writes == 2


@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_decided_again_on_what_stands(
    triage: Triage, inbox: MemoryInbox, item: InboxItem, name: str
) -> None:
    mark = replace(item, labels=("meanwhile",), answers=item.answers)
    inbox.before_writes += [lambda: inbox.put(item, mark), lambda: None]
    done = ACTS[name](triage, item.id)
    assert done.rev == 3
    if name != "label":
        assert done.labels == ("meanwhile",)


@pytest.mark.parametrize("name", ACTS)
def test_an_act_on_what_is_not_there_is_told(triage: Triage, name: str) -> None:
    with pytest.raises(NotFound):
        ACTS[name](triage, NOWHERE)


@pytest.mark.parametrize(("fault", "times"), [(Stale, TRIES), (StoreUnclear, 1)])
def test_a_store_that_does_not_answer_is_busy(
    triage: Triage, inbox: MemoryInbox, item: InboxItem, fault: type[Exception], times: int
) -> None:
    def fails() -> None:
        raise fault

    inbox.before_writes += [fails] * times
    with pytest.raises(Busy):
        triage.read(FIRM, item.id)
    assert not inbox.before_writes
    assert inbox.get(FIRM, item.id) == item


def test_a_store_that_cannot_be_read_is_busy(triage: Triage, inbox: MemoryInbox) -> None:
    inbox.is_silent = True
    with pytest.raises(Busy):
        triage.get(FIRM, NOWHERE)


# Each act.


def test_only_colleagues_are_given_work(triage: Triage, item: InboxItem) -> None:
    with pytest.raises(Invalid) as refused:
        triage.assign(FIRM, item.id, MemberId("stranger"))
    assert codes(refused) == [("/member", "unknown-member")]
    assert triage.assign(FIRM, item.id, PAUL).assignee == PAUL
    assert triage.assign(FIRM, item.id, None).assignee is None


def test_labels_are_trimmed_and_each_once(triage: Triage, item: InboxItem) -> None:
    labelled = triage.label(FIRM, item.id, ["  Avis  client ", "Avis client", " ", "x" * MAX_LABEL])
    assert labelled.labels == ("Avis client", "x" * MAX_LABEL)
    many = [f"label {n}" for n in range(MAX_LABELS)]
    with pytest.raises(Invalid) as refused:
        triage.label(FIRM, item.id, [*many, "x" * (MAX_LABEL + 1)])
    assert codes(refused) == [(f"/labels/{MAX_LABELS}", "too-long"), ("/labels", "too-many")]


def test_a_snooze_ends_in_the_future_and_within_a_year(triage: Triage, item: InboxItem) -> None:
    for until, code in ((START, "past"), (START + LONGEST_SNOOZE * 1.01, "too-far")):
        with pytest.raises(Invalid) as refused:
            triage.snooze(FIRM, item.id, until)
        assert codes(refused) == [("/until", code)]
    until = START + LONGEST_SNOOZE
    snoozed = triage.snooze(FIRM, item.id, until)
    assert (snoozed.state, snoozed.snoozed_until) == (InboxState.SNOOZED, until)


def test_what_is_reopened_waits_again(triage: Triage, item: InboxItem) -> None:
    assert triage.reopen(FIRM, item.id) == item
    triage.close(FIRM, item.id, InboxState.SPAM, LEA)
    opened = triage.reopen(FIRM, item.id)
    assert (opened.state, opened.closed_at, opened.closed_by) == (InboxState.OPEN, None, None)
    triage.snooze(FIRM, item.id, START + timedelta(days=1))
    assert triage.reopen(FIRM, item.id).snoozed_until is None


def test_notes_are_bounded_in_length_number_and_weight(triage: Triage, item: InboxItem) -> None:
    for text, code in ((" \n", "missing"), ("x" * (MAX_NOTE + 1), "too-long")):
        with pytest.raises(Invalid) as refused:
            triage.note(FIRM, item.id, LEA, text)
        assert codes(refused) == [("/text", code)]
    noted = triage.note(FIRM, item.id, LEA, " À rappeler ")
    assert noted.notes == (Note(LEA, START, "À rappeler"),)
    for n in range(MAX_NOTES):
        noted = triage.note(FIRM, item.id, LEA, f"note {n}")
    assert [n.text for n in noted.notes] == [f"note {n}" for n in range(MAX_NOTES)]
    for n in range(20):
        noted = triage.note(FIRM, item.id, LEA, f"{n:02}" + "€" * (MAX_NOTE - 2))
    assert sum(len(n.text.encode()) for n in noted.notes) <= MAX_NOTES_BYTES
    assert noted.notes[-1].text.startswith("19")


def test_a_person_closes_as_done_ignored_or_spam(triage: Triage, item: InboxItem) -> None:
    for state in (InboxState.DONE, InboxState.IGNORED, InboxState.SPAM):
        closed = triage.close(FIRM, item.id, state, LEA)
        assert (closed.state, closed.is_unread, closed.closed_by) == (state, False, LEA)
    for state in (InboxState.OPEN, InboxState.SNOOZED, InboxState.ANSWERED):
        with pytest.raises(Invalid) as refused:
            triage.close(FIRM, item.id, state, LEA)
        assert codes(refused) == [("/state", "not-one-of")]


def test_many_are_closed_each_by_itself(
    triage: Triage, inbox: MemoryInbox, item: InboxItem
) -> None:
    other = inbox.put(None, an_item(2))
    third = inbox.put(None, an_item(3))

    def fails() -> None:
        raise StoreUnclear

    inbox.before_writes += [lambda: None, fails, lambda: None]
    wanted = [item.id, NOWHERE, other.id, third.id, item.id]
    outcome = triage.close_many(FIRM, wanted, InboxState.IGNORED, LEA)
    assert [i.id for i in outcome.closed] == [item.id, third.id]
    assert (outcome.missing, outcome.busy) == ((NOWHERE,), (other.id,))
    assert inbox.counts(FIRM).open == 1


def test_not_too_many_are_closed_at_once(triage: Triage, item: InboxItem) -> None:
    many = [MentionId(f"m{n}") for n in range(51)]
    with pytest.raises(Invalid) as refused:
        triage.close_many(FIRM, many, InboxState.DONE, LEA)
    assert codes(refused) == [("/mentions", "too-many")]
    with pytest.raises(Invalid):
        triage.close_many(FIRM, [item.id], InboxState.ANSWERED, LEA)
    assert triage.get(FIRM, item.id).state is InboxState.OPEN


def test_the_first_who_writes_is_shown_until_she_stops(
    triage: Triage, inbox: MemoryInbox, item: InboxItem, clock: SettableClock
) -> None:
    triage.writing(FIRM, item.id, LEA)
    shown = triage.writing(FIRM, item.id, PAUL)
    assert items.somebody_else(shown, PAUL, clock.now()) == LEA
    assert items.somebody_else(shown, LEA, clock.now()) is None
    clock.advance(ANSWERING_FOR / 2)
    triage.writing(FIRM, item.id, LEA)
    assert inbox.writes == 3
    clock.advance(ANSWERING_FOR)
    shown = triage.writing(FIRM, item.id, PAUL)
    assert items.somebody_else(shown, LEA, clock.now()) == PAUL


# What time does.


def test_what_was_snoozed_comes_back_unread(
    triage: Triage, inbox: MemoryInbox, item: InboxItem, clock: SettableClock
) -> None:
    triage.snooze(FIRM, item.id, START + timedelta(hours=1))
    other = inbox.put(None, an_item(2))
    triage.snooze(FIRM, other.id, START + timedelta(hours=2))
    triage.wake(FIRM, item.id)
    assert triage.get(FIRM, item.id).state is InboxState.SNOOZED
    clock.advance(timedelta(hours=1))
    for due in (item, other):
        triage.wake(FIRM, due.id)
    woken = triage.get(FIRM, item.id)
    assert (woken.state, woken.is_unread, woken.snoozed_until) == (InboxState.OPEN, True, None)
    assert triage.get(FIRM, other.id).state is InboxState.SNOOZED
    writes = inbox.writes
    triage.wake(FIRM, item.id)
    assert inbox.writes == writes


def test_what_is_not_due_is_not_woken(triage: Triage, inbox: MemoryInbox, item: InboxItem) -> None:
    triage.wake(FIRM, NOWHERE)
    triage.snooze(FIRM, item.id, START + timedelta(hours=1))
    triage.wake(FIRM, item.id)
    assert triage.get(FIRM, item.id).state is InboxState.SNOOZED
    triage.close(FIRM, item.id, InboxState.DONE, LEA)
    triage.wake(FIRM, item.id)
    assert triage.get(FIRM, item.id).state is InboxState.DONE


def test_what_still_counts_is_taken_away_before_its_time_is_over(
    triage: Triage, inbox: MemoryInbox, item: InboxItem, clock: SettableClock
) -> None:
    snoozed = inbox.put(None, an_item(3))
    inbox.put(snoozed, items.snoozed(snoozed, START + LONGEST_SNOOZE))
    closed = inbox.put(None, an_item(2, state=InboxState.DONE, is_unread=False))
    assert inbox.days_due() == []
    clock.advance(DAY_ENDS - START)
    assert inbox.days_due() == [(FIRM, TODAY)]
    young = inbox.put(None, an_item(4, at=clock.now()))
    triage.retire(FIRM, TODAY)
    assert [i.id for i in inbox.all(FIRM)] == [young.id, closed.id]
    assert (inbox.counts(FIRM).open, inbox.days_due()) == (1, [])
    clock.advance(KEPT)
    assert inbox.days_due() == [(FIRM, young.mention.at.date())]


def test_all_of_a_day_ends_a_day_before_the_first_of_it_is_over() -> None:
    first = an_item(0, at=START.replace(hour=0, minute=0))
    assert first.mention.at + KEPT - ending_at(TODAY) == BEFORE_THE_END


def test_a_day_that_is_not_due_is_left_as_it_is(
    triage: Triage, inbox: MemoryInbox, item: InboxItem, clock: SettableClock
) -> None:
    clock.advance(DAY_ENDS - START - timedelta(seconds=1))
    triage.retire(FIRM, TODAY)
    triage.retire(FIRM, date(2020, 1, 1))
    assert inbox.all(FIRM) == [item]
    assert list(inbox.days) == [(FIRM, TODAY)]


def test_a_day_that_takes_long_goes_on_with_the_next_tick(
    triage: Triage, inbox: MemoryInbox, clock: SettableClock
) -> None:
    for n in range(2 * ENDED_AT_ONCE + 1):
        inbox.put(None, an_item(n, at=START.replace(hour=12)))
    clock.advance(DAY_ENDS - START)
    inbox.before_writes.append(lambda: clock.advance(ENDS_WITHIN + timedelta(seconds=1)))
    triage.retire(FIRM, TODAY)
    assert inbox.counts(FIRM).open == ENDED_AT_ONCE + 1
    assert inbox.days_due() == [(FIRM, TODAY)]
    triage.retire(FIRM, TODAY)
    assert (inbox.counts(FIRM).open, inbox.days_due()) == (0, [])


def test_what_begins_to_count_while_its_day_ends_has_it_fall_due_again(
    triage: Triage, inbox: MemoryInbox, item: InboxItem, clock: SettableClock
) -> None:
    done = inbox.put(None, an_item(2, state=InboxState.DONE, is_unread=False))
    clock.advance(DAY_ENDS - START)
    inbox.before_writes += [lambda: None, lambda: triage.reopen(FIRM, done.id)]
    triage.retire(FIRM, TODAY)
    assert inbox.all(FIRM) == [triage.get(FIRM, done.id)]
    assert inbox.days_due() == [(FIRM, TODAY)]
    triage.retire(FIRM, TODAY)
    assert (inbox.all(FIRM), inbox.counts(FIRM).open, inbox.days_due()) == ([], 0, [])


def test_what_is_reopened_after_its_day_has_ended_has_it_fall_due_again(
    triage: Triage, inbox: MemoryInbox, clock: SettableClock
) -> None:
    done = inbox.put(None, an_item(2, state=InboxState.DONE, is_unread=False))
    assert inbox.days == {}
    clock.advance(DAY_ENDS - START)
    triage.reopen(FIRM, done.id)
    assert inbox.days_due() == [(FIRM, TODAY)]


@pytest.mark.parametrize("error", [StoreUnclear("x"), SystemExit()])
@pytest.mark.parametrize("nth", range(4))
def test_an_end_that_was_cut_short_is_completed_by_the_next_tick(
    triage: Triage, inbox: MemoryInbox, clock: SettableClock, error: BaseException, nth: int
) -> None:
    for n in range(3):
        inbox.put(None, an_item(n))
    clock.advance(DAY_ENDS - START)
    inbox.before_writes += [*[lambda: None] * nth, raising(error)]
    with pytest.raises(type(error)):
        triage.retire(FIRM, TODAY)
    assert inbox.days_due() == [(FIRM, TODAY)]
    triage.retire(FIRM, TODAY)
    assert (inbox.all(FIRM), inbox.counts(FIRM).unread, inbox.days_due()) == ([], 0, [])


def test_all_that_a_person_said_is_erased_in_parts(triage: Triage, inbox: MemoryInbox) -> None:
    hers = f"mastodon:{CAMILLE.remote_id}"
    for n in range(60):
        inbox.put(None, an_item(n, state=InboxState.DONE if n % 2 else InboxState.OPEN))
    his = inbox.put(None, an_item(100, author=Author("https://social.example/@paul", "Paul")))
    erased = []
    while number := triage.erase_person(FIRM, hers):
        erased.append(number)
    assert erased == [25, 25, 10]
    assert inbox.all(FIRM) == [his]
    assert inbox.page(FIRM, Filter(state=None, person=hers), 5).items == []
