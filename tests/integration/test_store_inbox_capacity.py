"""What the inbox costs, as the engine meters it: the same whatever is stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.ids import MemberId
from chalicelib.inbox import items
from chalicelib.inbox.items import InboxState
from chalicelib.inbox.ports import Filter
from chalicelib.inbox.shelf import InboxShelf
from chalicelib.listening.matching import words_of
from chalicelib.store.inbox import Inbox
from tests.fakes.clocks import SettableClock
from tests.fakes.firm import FIRM
from tests.fakes.inbox_looks import snoozed_until
from tests.fakes.said import an_item
from tests.store_fixtures import NOON, OpenTables, Tables

PAGE = 5
SMALL, LARGE = 100, 400
LEA = MemberId("lea")


@pytest.fixture
def inbox(tables: Tables, clock: SettableClock) -> Inbox:
    return Inbox(store=tables.store, clock=clock, words_of=words_of)


def fill(inbox: Inbox, start: int, end: int) -> None:
    """Store items of which half are open, a third on Bluesky, a third say «brioche»."""
    for n in range(start, end):
        item = an_item(
            n,
            at=NOON,
            network="bluesky" if n % 3 == 0 else "mastodon",
            text="La brioche était bonne" if n % 3 == 1 else "La galette était bonne",
            state=InboxState.OPEN if n % 2 else InboxState.DONE,
            is_unread=bool(n % 2),
            assignee=LEA if n % 4 == 1 else None,
        )
        inbox.put(None, item)


WAYS: dict[str, Callable[[Inbox], object]] = {
    "a page": lambda inbox: inbox.page(FIRM, Filter(), PAGE),
    "everything": lambda inbox: inbox.page(FIRM, Filter(state=None), PAGE),
    "a filter": lambda inbox: inbox.page(FIRM, Filter(network="bluesky"), PAGE),
    "two filters": lambda inbox: inbox.page(FIRM, Filter(network="bluesky", assignee=LEA), PAGE),
    "a search": lambda inbox: inbox.page(FIRM, Filter(words="brioch", state=None), PAGE),
    "a search in a filter": lambda inbox: inbox.page(FIRM, Filter(words="bri", is_unread=True), 5),
    "the counts": lambda inbox: inbox.counts(FIRM),
    "the snoozes": lambda inbox: snoozed_until(inbox, NOON, 10),
    "what ends": lambda inbox: inbox.ending(FIRM, NOON, 10),
}


def costs(inbox: Inbox, tables: Tables) -> dict[str, float]:
    found = {}
    for way, act in WAYS.items():
        tables.calls.take()
        act(inbox)
        found[way] = sum(units for _, units in tables.calls.take())
    return found


def test_lists_searches_and_counts_cost_the_same_whatever_is_stored(
    open_tables: OpenTables, clock: SettableClock
) -> None:
    tables = open_tables()
    inbox = Inbox(store=tables.store, clock=clock, words_of=words_of)
    fill(inbox, 0, SMALL)
    small = costs(inbox, tables)
    fill(inbox, SMALL, LARGE)
    large = costs(inbox, tables)
    assert large == {way: pytest.approx(units, rel=0.1) for way, units in small.items()}
    assert large["a page"] <= PAGE + 2
    assert large["the counts"] == 1


def test_a_page_is_one_query_and_one_batch(inbox: Inbox, tables: Tables) -> None:
    fill(inbox, 0, 25)
    tables.calls.take()
    inbox.page(FIRM, Filter(), PAGE)
    assert tables.calls.take() == [("Query", 1), ("BatchGetItem", PAGE)]


def test_a_search_reads_only_what_it_finds(inbox: Inbox, tables: Tables) -> None:
    """Words that begin with the same three letters share their rows, and say which they are."""
    for n in range(20):
        inbox.put(None, an_item(n, at=NOON, text="Au galop" if n != 7 else "La galette"))
    tables.calls.take()
    assert len(inbox.page(FIRM, Filter(words="galet"), PAGE).items) == 1
    assert tables.calls.take() == [("Query", 1), ("Query", 1), ("BatchGetItem", 1)]


def test_what_keeping_and_triage_cost(inbox: Inbox, tables: Tables, clock: SettableClock) -> None:
    shelf = InboxShelf(clock=clock, inbox=inbox)
    told = an_item(at=NOON).mention
    assert shelf.keep(told)
    assert tables.calls.take() == [
        ("GetItem", 1),
        ("BatchWriteItem", 15),  # seven lists, eight words
        ("TransactWriteItems", 11),  # item, open, unread, counts, its day: twice; the due index
    ]
    inbox.put(None, an_item(2, at=NOON))
    assert tables.calls.take() == [
        ("BatchWriteItem", 15),
        ("TransactWriteItems", 10),  # its day is due already
    ]
    assert not shelf.keep(told)
    assert tables.calls.take() == [("GetItem", 1)]
    item = inbox.get(FIRM, told.id)
    assert item is not None
    tables.calls.take()
    item = inbox.put(item, items.read(item))
    assert tables.calls.take() == [("TransactWriteItems", 6)]  # the item, its row, the counts
    item = inbox.put(item, items.closed(item, InboxState.DONE, LEA, NOON))
    assert tables.calls.take() == [("TransactWriteItems", 8)]  # one row more
    inbox.put(item, items.noted(item, items.Note(LEA, NOON, "Merci")))
    assert tables.calls.take() == [("PutItem", 1)]
