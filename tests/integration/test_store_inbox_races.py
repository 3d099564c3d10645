"""Many people and polls at work on one inbox at once: nothing is lost, the counts are exact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.ids import ChannelId, MemberId, MentionId, SourceId, WatchId
from chalicelib.inbox import items
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.ports import Filter
from chalicelib.inbox.shelf import InboxShelf
from chalicelib.inbox.triage import Triage
from chalicelib.listening.matching import words_of
from chalicelib.store.inbox import Inbox
from chalicelib.store.members import Members
from tests.fakes.clocks import SettableClock
from tests.fakes.firm import FIRM
from tests.fakes.inbox_looks import snoozed_until
from tests.fakes.memory_inbox import is_wanted
from tests.fakes.said import an_item, mention
from tests.store_fixtures import NOON, Fault, Tables, a_member, canceled, passes, race

LEA, PAUL = MemberId("lea"), MemberId("paul")
CONFLICT = canceled("None", "TransactionConflict")


@pytest.fixture
def inbox(tables: Tables, clock: SettableClock) -> Inbox:
    return Inbox(store=tables.store, clock=clock, words_of=words_of)


@pytest.fixture
def triage(inbox: Inbox, tables: Tables, clock: SettableClock) -> Triage:
    members = Members(store=tables.store)
    for name in ("lea", "paul"):
        members.put(a_member(name, workspace=FIRM))
    return Triage(clock=clock, inbox=inbox, members=members)


def everything(inbox: Inbox) -> list[InboxItem]:
    found: list[InboxItem] = []
    after = None
    while True:
        page = inbox.page(FIRM, Filter(state=None), 50, after)
        found += page.items
        if page.next is None:
            return found
        after = page.next


def assert_all_agrees(inbox: Inbox) -> None:
    """Recount everything from the items themselves."""
    every = everything(inbox)
    opened = [i for i in every if i.state is InboxState.OPEN]
    counts = inbox.counts(FIRM)
    assert counts.open == len(opened)
    assert counts.unread == sum(i.is_unread for i in every)
    assert counts.by_assignee == Counter(i.assignee for i in opened if i.assignee)
    for wanted in [Filter(), Filter(state=None, is_unread=True), Filter(assignee=LEA)]:
        shown = inbox.page(FIRM, wanted, 100)
        assert list(shown.items) == [i for i in every if is_wanted(i, wanted)]


def test_twenty_who_triage_at_once_all_succeed_and_the_counts_are_exact(
    inbox: Inbox, triage: Triage, tables: Tables
) -> None:
    stored = [inbox.put(None, an_item(n, at=NOON)) for n in range(20)]
    # The engine has no conflicts; DynamoDB would refuse most of those who add to one item.
    tables.faults.plan("TransactWriteItems", *_conflicts(60))
    acts: list[Callable[[MentionId], object]] = [
        lambda m: triage.close(FIRM, m, InboxState.DONE, LEA),
        lambda m: triage.assign(FIRM, m, LEA),
        lambda m: triage.read(FIRM, m),
        lambda m: triage.snooze(FIRM, m, NOON + timedelta(days=1)),
        lambda m: triage.close(FIRM, m, InboxState.SPAM, PAUL),
    ]
    outcomes = race(lambda n: acts[n % 5](stored[n].id), racers=20)
    assert not [o for o in outcomes if isinstance(o, Exception)]
    assert not tables.faults.left
    assert inbox.counts(FIRM).open == 8
    assert inbox.counts(FIRM).unread == 4
    assert inbox.counts(FIRM).by_assignee == {LEA: 4}
    assert_all_agrees(inbox)


def test_of_those_who_race_for_one_item_each_is_decided_on_what_stands(
    inbox: Inbox, triage: Triage
) -> None:
    item = inbox.put(None, an_item(at=NOON))
    outcomes = race(
        lambda n: (
            triage.assign(FIRM, item.id, LEA if n else None)
            if n < 2
            else triage.read(FIRM, item.id)
        ),
        racers=3,
    )
    assert not [o for o in outcomes if isinstance(o, Exception)]
    stands = inbox.get(FIRM, item.id)
    assert stands is not None
    assert not stands.is_unread
    assert_all_agrees(inbox)


def test_two_polls_that_tell_the_same_keep_it_once(inbox: Inbox, clock: SettableClock) -> None:
    shelf = InboxShelf(clock=clock, inbox=inbox)

    def keep(n: int) -> bool:
        told = mention(1, at=NOON, source=SourceId(f"s{n}"), watches=(WatchId(f"w{n}"),))
        return shelf.keep(told)

    outcomes = race(keep, racers=4)
    assert Counter(outcomes) == {True: 1, False: 3}
    (kept,) = everything(inbox)
    assert set(kept.mention.watches) == {f"w{n}" for n in range(4)}
    for n in range(4):
        assert inbox.page(FIRM, Filter(watch=WatchId(f"w{n}")), 5).items == [kept]
    assert_all_agrees(inbox)


def test_keeping_erasing_and_triage_may_cross(
    inbox: Inbox, triage: Triage, clock: SettableClock
) -> None:
    shelf = InboxShelf(clock=clock, inbox=inbox)
    stored = [inbox.put(None, an_item(n, at=NOON)) for n in range(6)]

    def act(n: int) -> None:
        item = stored[n % 6]
        if n < 6:
            inbox.erase(item)
        elif n < 12:
            shelf.keep(replace(item.mention, channel=ChannelId("other")))
        else:
            triage.close(FIRM, item.id, InboxState.SPAM, PAUL)

    race(act, racers=18)
    assert_all_agrees(inbox)


def test_snoozes_are_woken_once_by_two_ticks(
    inbox: Inbox, triage: Triage, clock: SettableClock
) -> None:
    for n in range(4):
        item = inbox.put(None, an_item(n, at=NOON))
        inbox.put(item, items.snoozed(item, NOON + timedelta(hours=1)))
    clock.advance(timedelta(hours=1))

    def wake(_: int) -> None:
        for workspace, due in snoozed_until(inbox, clock.now(), 10):
            triage.wake(workspace, due)

    outcomes = race(wake, racers=2)
    assert not [o for o in outcomes if isinstance(o, Exception)]
    assert snoozed_until(inbox, clock.now(), 10) == []
    assert (inbox.counts(FIRM).open, inbox.counts(FIRM).unread) == (4, 4)
    assert_all_agrees(inbox)


def _conflicts(number: int) -> list[Fault]:
    """Of any three sends two meet somebody else."""
    return [fault for _ in range(number // 3) for fault in (CONFLICT, CONFLICT, passes)]
