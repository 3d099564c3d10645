"""What is counted in the inbox, what is snoozed and what ends, on the real engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.ids import MemberId, WatchId
from chalicelib.inbox import items
from chalicelib.inbox.items import KEPT, InboxItem, InboxState
from chalicelib.inbox.ports import Filter
from chalicelib.listening.matching import words_of
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.store.inbox import Inbox
from chalicelib.store.read import query
from chalicelib.store.tables import INBOX
from tests.fakes.clocks import SettableClock
from tests.fakes.firm import FIRM
from tests.fakes.inbox_looks import rows, shown, snoozed_until
from tests.fakes.said import an_item
from tests.store_fixtures import (
    NOON,
    OTHER,
    Tables,
    answers,
    canceled,
    first,
    lost_answer,
    not_applied,
    passes,
)

EVERYTHING = Filter(state=None)


@pytest.fixture
def inbox(tables: Tables, clock: SettableClock) -> Inbox:
    return Inbox(store=tables.store, clock=clock, words_of=words_of)


def said(n: int = 1, **changes: Any) -> InboxItem:
    return an_item(n, at=NOON, **changes)


# Counts.


def test_counts_follow_every_act(inbox: Inbox) -> None:
    lea, paul = MemberId("lea"), MemberId("paul")
    assert inbox.counts(FIRM).open == 0
    item = inbox.put(None, said(1))
    other = inbox.put(None, said(2, assignee=paul))
    assert (inbox.counts(FIRM).open, inbox.counts(FIRM).unread) == (2, 2)
    item = inbox.put(item, items.assigned(items.read(item), lea))
    assert inbox.counts(FIRM).by_assignee == {lea: 1, paul: 1}
    item = inbox.put(item, items.closed(item, InboxState.DONE, lea, NOON))
    counts = inbox.counts(FIRM)
    assert (counts.open, counts.unread, counts.by_assignee) == (1, 1, {paul: 1})
    inbox.put(item, items.reopened(item))
    inbox.erase(other)
    counts = inbox.counts(FIRM)
    assert (counts.open, counts.unread, counts.by_assignee) == (1, 0, {lea: 1})
    assert inbox.counts(OTHER).open == 0


def test_a_write_whose_answer_was_lost_counts_once(inbox: Inbox, tables: Tables) -> None:
    tables.faults.plan("TransactWriteItems", lost_answer)
    item = inbox.put(None, said())
    assert inbox.counts(FIRM).open == 1
    tables.faults.plan("TransactWriteItems", not_applied)
    item = inbox.put(item, items.closed(item, InboxState.DONE, None, NOON))
    assert inbox.counts(FIRM).open == 0
    tables.faults.plan("TransactWriteItems", lost_answer)
    inbox.erase(item)
    tables.faults.plan("TransactWriteItems", not_applied)
    inbox.erase(inbox.put(None, said()))
    assert (inbox.counts(FIRM).open, inbox.counts(FIRM).unread) == (0, 0)
    assert not tables.faults.left


def test_a_write_in_the_way_of_others_is_sent_until_it_passes(inbox: Inbox, tables: Tables) -> None:
    conflict = canceled("None", "TransactionConflict")
    tables.faults.plan("TransactWriteItems", *[conflict] * 12)
    inbox.put(None, said())
    assert inbox.counts(FIRM).open == 1
    assert not tables.faults.left


def test_a_write_that_others_never_let_through_is_given_up(inbox: Inbox, tables: Tables) -> None:
    seconds = iter(range(0, 1000, 3))
    impatient = replace(inbox, store=replace(tables.store, seconds=lambda: float(next(seconds))))
    conflict = canceled("None", "TransactionConflict")
    tables.faults.plan("TransactWriteItems", *[conflict] * 9)
    with pytest.raises(StoreUnclear):
        impatient.put(None, said())
    assert inbox.counts(FIRM).open == 0
    assert tables.faults.left == 7


# Snoozing.


def test_what_is_snoozed_is_due_until_it_is_woken(inbox: Inbox) -> None:
    until = NOON + timedelta(hours=1)
    item = inbox.put(None, said())
    item = inbox.put(item, items.snoozed(item, until))
    assert snoozed_until(inbox, until - timedelta(seconds=1), 10) == []
    assert snoozed_until(inbox, until, 10) == [(FIRM, item.id)]
    later = until + timedelta(days=1)
    item = inbox.put(item, items.snoozed(item, later))
    assert snoozed_until(inbox, until, 10) == []
    assert snoozed_until(inbox, later, 10) == [(FIRM, item.id)]
    inbox.put(item, items.woken(item))
    assert snoozed_until(inbox, later, 10) == []


# The end.


def test_what_is_erased_leaves_nothing(inbox: Inbox) -> None:
    long = " ".join(f"{chr(97 + n % 26)}{chr(97 + n // 26)}zot" for n in range(80))
    labels = tuple(f"label {n}" for n in range(10))
    watches = tuple(WatchId(f"w{n}") for n in range(20))
    item = inbox.put(None, said(text=long, labels=labels, watches=watches))
    item = inbox.put(item, items.snoozed(item, NOON + timedelta(days=1)))
    other = inbox.put(None, said(2))
    assert len(rows(inbox.store, item)) == 1 + 7 + 20 + 60 + 11 + 1
    inbox.erase(item)
    assert rows(inbox.store, item) == []
    assert inbox.get(FIRM, item.id) is None
    inbox.erase(item)
    inbox.erase(said(3))
    assert shown(inbox, EVERYTHING) == [other.id]
    assert inbox.counts(FIRM).open == 1


def test_what_changed_meanwhile_is_erased_as_it_stands(inbox: Inbox, tables: Tables) -> None:
    item = inbox.put(None, said())
    assign = first(lambda: inbox.put(item, items.assigned(item, MemberId("lea"))), then=passes)
    tables.faults.plan("TransactWriteItems", assign)
    inbox.erase(item)
    assert rows(inbox.store, item) == []
    assert inbox.counts(FIRM) == inbox.counts(OTHER)


def test_an_erasure_that_was_cut_short_is_completed(inbox: Inbox, tables: Tables) -> None:
    item = inbox.put(None, said())
    tables.faults.plan("TransactWriteItems", not_applied, not_applied)
    with pytest.raises(StoreUnclear):
        inbox.erase(item)
    assert inbox.get(FIRM, item.id) == item
    inbox.erase(item)
    assert rows(inbox.store, item) == []
    assert inbox.counts(FIRM).unread == 0


def test_after_thirteen_months_an_item_is_nobodys(inbox: Inbox, clock: SettableClock) -> None:
    item = inbox.put(None, said())
    clock.advance(KEPT - timedelta(minutes=2))
    assert inbox.get(FIRM, item.id) == item
    assert shown(inbox, EVERYTHING) == [item.id]
    clock.advance(timedelta(minutes=1))
    assert inbox.get(FIRM, item.id) is None
    assert shown(inbox, EVERYTHING) == []
    assert shown(inbox, Filter(words="galette")) == []
    expires = {row["expires"]["N"] for row in rows(inbox.store, item)}
    assert expires == {str(int((item.mention.at + KEPT).timestamp()) + 1)}


def test_what_is_told_again_in_place_of_an_old_item_is_new(
    inbox: Inbox, clock: SettableClock
) -> None:
    """Its time was over and DynamoDB, which deletes days late, still has it."""
    old = inbox.put(None, said(assignee=MemberId("lea")))
    clock.advance(KEPT)
    again = inbox.put(None, said(said_at=clock.now(), seen_at=clock.now()))
    assert inbox.get(FIRM, old.id) == again
    assert (inbox.counts(FIRM).open, inbox.counts(FIRM).by_assignee) == (1, {})
    assert shown(inbox, EVERYTHING) == [old.id]


def test_what_still_counts_is_told_when_its_time_ends(inbox: Inbox, clock: SettableClock) -> None:
    old = timedelta(days=390)
    opened = inbox.put(None, said(1, said_at=NOON - old))
    snoozed = said(2, said_at=NOON - old, state=InboxState.SNOOZED, is_unread=False)
    snoozed = inbox.put(None, replace(snoozed, snoozed_until=NOON + timedelta(days=30)))
    inbox.put(None, said(3, said_at=NOON - old, state=InboxState.DONE, is_unread=False))
    inbox.put(None, said(4))
    until = NOON + timedelta(days=6)
    assert inbox.ending(FIRM, until - timedelta(seconds=1), 10) == []
    ending: Sequence[InboxItem] = inbox.ending(FIRM, until, 10)
    assert {i.id for i in ending} == {opened.id, snoozed.id}
    assert len(inbox.ending(FIRM, until, 1)) == 1
    clock.advance(timedelta(days=8))
    for item in inbox.ending(FIRM, until, 10):  # those that are over already, too
        inbox.erase(item)
    assert inbox.counts(FIRM).open == 1


# Batches of rows.


def test_rows_the_store_takes_in_part_are_sent_again(inbox: Inbox, tables: Tables) -> None:
    name = tables.store.name(INBOX)
    row = {"pk": {"S": f"W#{FIRM}#F#x"}, "sk": {"S": "left"}}
    left = {name: [{"PutRequest": {"Item": row}}]}
    in_part = answers(200, "", UnprocessedItems=left)
    tables.faults.plan("BatchWriteItem", in_part)
    inbox.put(None, said())
    assert [r["sk"] for r in query(tables.store, INBOX, f"W#{FIRM}#F#x")] == ["left"]
    tables.faults.plan("BatchWriteItem", *[in_part] * 6)
    with pytest.raises(StoreUnclear, match="1 rows"):
        inbox.put(None, said(2))
    tables.faults.plan("BatchWriteItem", answers(500, "InternalServerError"))
    with pytest.raises(StoreUnclear):
        inbox.put(None, said(3))
    late = iter([0, 13])
    slow = replace(inbox, store=replace(tables.store, seconds=lambda: float(next(late))))
    tables.faults.plan("BatchWriteItem", in_part)
    with pytest.raises(StoreUnclear):
        slow.put(None, said(4))
    assert not tables.faults.left
