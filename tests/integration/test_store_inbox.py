"""Inbox items and the lists they stand in, on the real engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.ids import ChannelId, DeliveryId, MemberId, SourceId, WatchId
from chalicelib.inbox import items
from chalicelib.inbox.items import Answering, InboxItem, InboxState, Note
from chalicelib.inbox.ports import Filter
from chalicelib.listening.matching import words_of
from chalicelib.listening.mentions import Author, MentionKind
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.store import inbox as store_inbox
from chalicelib.store import inbox_search
from chalicelib.store.inbox import Inbox
from tests.fakes.clocks import SettableClock
from tests.fakes.firm import FIRM
from tests.fakes.inbox_looks import rows, shown
from tests.fakes.said import an_item
from tests.store_fixtures import (
    NOON,
    OTHER,
    Tables,
    not_applied,
)

EVERYTHING = Filter(state=None)


@pytest.fixture
def inbox(tables: Tables, clock: SettableClock) -> Inbox:
    return Inbox(store=tables.store, clock=clock, words_of=words_of)


def said(n: int = 1, **changes: Any) -> InboxItem:
    return an_item(n, at=NOON, **changes)


# One item.


def test_an_item_comes_back_as_it_was_written(inbox: Inbox) -> None:
    whole = said(
        state=InboxState.SNOOZED,
        is_unread=False,
        assignee=MemberId("lea"),
        labels=("Avis", "à rappeler"),
        snoozed_until=NOON + timedelta(days=1),
        notes=(Note(MemberId("lea"), NOON, "Une cliente fidèle."),),
        answers=(DeliveryId("m1r0.on-mastodon.0"),),
        answered_at=NOON,
        watches=(WatchId("firm"),),
        title="La galette",
        edited_at=NOON,
        thread="https://social.example/thread",
        answers_to="42",
        rating=5,
        replied_at=NOON,
        waits=True,
    )
    whole = replace(whole, answering=Answering(MemberId("paul"), NOON))
    whole = replace(whole, closed_at=NOON, closed_by=MemberId("lea"))
    whole = replace(whole, mention=replace(whole.mention, deleted_at=NOON, channel=None))
    written = inbox.put(None, whole)
    assert inbox.get(FIRM, whole.id) == written
    assert written == replace(whole, rev=1, write_token=written.write_token)
    assert inbox.get(OTHER, whole.id) is None


def test_an_item_is_written_on_the_rev_it_was_read_at(inbox: Inbox) -> None:
    new = inbox.put(None, said())
    with pytest.raises(Stale):
        inbox.put(None, said())
    read = inbox.put(new, items.read(new))
    with pytest.raises(Stale):
        inbox.put(new, items.assigned(new, MemberId("lea")))
    assert inbox.get(FIRM, new.id) == read
    assert shown(inbox, Filter(assignee=MemberId("lea"))) == []


def test_what_stands_where_it_stood_is_written_alone(inbox: Inbox, tables: Tables) -> None:
    new = inbox.put(None, said())
    tables.calls.take()
    inbox.put(new, items.being_answered(new, MemberId("lea"), NOON))
    assert [call for call, _ in tables.calls.take()] == ["PutItem"]


# Lists.


@pytest.mark.parametrize(
    ("wanted", "other"),
    [
        (Filter(state=None), {}),
        (Filter(), {"state": InboxState.DONE}),
        (Filter(state=InboxState.SPAM), {}),
        (Filter(state=None, is_unread=True), {"is_unread": False}),
        (Filter(state=None, assignee=MemberId("lea")), {"assignee": MemberId("paul")}),
        (Filter(state=None, label="Avis"), {"labels": ("avis",)}),
        (Filter(state=None, network="mastodon"), {"network": "bluesky"}),
        (Filter(state=None, channel=ChannelId("on-mastodon")), {"channel": None}),
        (Filter(state=None, source=SourceId("mastodon-channel")), {"source": SourceId("feed")}),
        (Filter(state=None, watch=WatchId("w1")), {"watches": (WatchId("w2"),)}),
        (Filter(state=None, kind=MentionKind.REPLY), {"kind": MentionKind.REVIEW}),
        (
            Filter(state=None, person="mastodon:https://social.example/@camille"),
            {"author": Author("https://social.example/@paul", "Camille Dupont")},
        ),
        (Filter(state=None, thread="https://social.example/t"), {"thread": "elsewhere"}),
        (Filter(state=None, words="galette"), {"text": "La brioche est bonne."}),
    ],
)
def test_a_list_holds_what_fits_and_nothing_else(
    inbox: Inbox, wanted: Filter, other: dict[str, Any]
) -> None:
    fits = {"assignee": MemberId("lea"), "labels": ("Avis",), "watches": (WatchId("w1"),)}
    state = wanted.state or InboxState.OPEN
    fitting = inbox.put(None, said(1, thread="https://social.example/t", state=state, **fits))
    inbox.put(None, said(2, **{"watches": (), **other}))
    foreign = said(3, thread="https://social.example/t", workspace=OTHER, state=state, **fits)
    inbox.put(None, foreign)
    found = shown(inbox, wanted)
    assert found == [fitting.id] if other else fitting.id in found
    assert foreign.id not in found


def test_pages_follow_one_another_the_newest_first(inbox: Inbox) -> None:
    stored = [inbox.put(None, said(n)).id for n in range(7)]
    assert shown(inbox, EVERYTHING, limit=3) == stored
    first_page = inbox.page(FIRM, EVERYTHING, 3)
    inbox.put(None, said(100, said_at=NOON))  # comes while somebody pages
    second = inbox.page(FIRM, EVERYTHING, 3, first_page.next)
    assert [i.id for i in second.items] == stored[3:6]
    last = inbox.page(FIRM, EVERYTHING, 3, second.next)
    assert ([i.id for i in last.items], last.next) == (stored[6:], None)


def test_a_page_that_ends_with_the_list_says_that_it_was_the_last(inbox: Inbox) -> None:
    for n in range(3):
        inbox.put(None, said(n))
    assert inbox.page(FIRM, EVERYTHING, 3).next is None
    assert inbox.page(FIRM, Filter(words="brioche"), 3) == inbox.page(OTHER, EVERYTHING, 3)


def test_several_lists_are_merged_where_they_have_little_in_common(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_search, "ROWS", 4)
    lea, both = MemberId("lea"), []
    for n in range(60):
        item = inbox.put(None, said(n, network="bluesky" if n % 7 == 3 else "mastodon"))
        if n % 5 == 1:
            item = inbox.put(item, items.assigned(item, lea))
        if item.mention.network == "bluesky" and item.assignee == lea:
            both.append(item.id)
    assert both
    assert shown(inbox, Filter(network="bluesky", assignee=lea)) == both
    assert shown(inbox, Filter(network="bluesky", assignee=lea), limit=1) == both


def test_a_page_that_needs_too_many_queries_says_where_to_go_on(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, tables: Tables
) -> None:
    monkeypatch.setattr(inbox_search, "ROWS", 2)
    monkeypatch.setattr(inbox_search, "QUERIES", 5)
    networks = ["bluesky", "mastodon"] * 20 + ["mastodon"]
    stored = [inbox.put(None, said(n, network=net)) for n, net in enumerate(networks)]
    last = inbox.put(stored[-1], items.assigned(stored[-1], MemberId("lea")))
    for item in stored[:40:2]:
        inbox.put(item, items.assigned(item, MemberId("lea")))
    tables.calls.take()
    wanted = Filter(network="mastodon", assignee=MemberId("lea"))
    empty = inbox.page(FIRM, wanted, 10)
    assert empty.items == []
    assert empty.next is not None
    assert len(tables.calls.take()) == 5
    assert shown(inbox, wanted, limit=10) == [last.id]


def test_a_page_looks_at_so_many_items_at_most(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words of one or two letters have no rows: the items themselves are looked at."""
    monkeypatch.setattr(store_inbox, "READS", 20)
    stored = [
        inbox.put(None, said(n, text="Vu à la TV" if n % 10 == 9 else "Vu")).id for n in range(23)
    ]
    page = inbox.page(FIRM, Filter(words="tv"), 5)
    assert [i.id for i in page.items] == [stored[9], stored[19]]
    assert page.next is not None
    assert inbox.page(FIRM, Filter(words="tv"), 5, page.next).next is None


def test_rows_that_lead_nowhere_are_skipped(inbox: Inbox, tables: Tables) -> None:
    """A keeper that dies after the rows and before the item leaves such."""
    tables.faults.plan("TransactWriteItems", not_applied, not_applied)
    with pytest.raises(StoreUnclear):
        inbox.put(None, said(1))
    kept = inbox.put(None, said(2))
    assert rows(inbox.store, said(1))
    assert shown(inbox, EVERYTHING) == [kept.id]
    assert shown(inbox, Filter(state=None, words="galette")) == [kept.id]
    assert inbox.counts(FIRM).open == 1


# Search.


@pytest.mark.parametrize(
    ("words", "is_found"),
    [
        ("galette", True),
        ("GALET", True),
        ("gal", True),
        ("ga", True),
        ("délicieuse", True),
        ("delicieuse merci", True),
        ("dupont galette", True),
        ("camille", True),
        ("frangipane", True),
        ("alette", False),
        ("galettes", False),
        ("galette brioche", False),
        ("7z", False),
        ("", True),
    ],
)
def test_each_word_must_begin_a_word_of_text_title_or_name(
    inbox: Inbox, words: str, is_found: bool
) -> None:
    item = inbox.put(None, said(title="Frangipane : le retour"))
    assert shown(inbox, Filter(words=words)) == ([item.id] if is_found else [])


def test_an_edited_text_is_found_by_its_new_words_only(inbox: Inbox) -> None:
    item = inbox.put(None, said(text="La galette était bonne, la galetière aussi"))
    heard = replace(item.mention.heard, text="La galetière était bonne, les briochettes aussi")
    inbox.put(item, replace(item, mention=replace(item.mention, heard=heard)))
    assert shown(inbox, Filter(words="galetiere")) == [item.id]
    assert shown(inbox, Filter(words="brioch")) == [item.id]
    assert shown(inbox, Filter(words="galette")) == []
    assert not [r for r in rows(inbox.store, item) if "galette" in str(r.get("w", ""))]
