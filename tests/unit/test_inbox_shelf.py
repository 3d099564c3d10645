"""What is heard is kept once, mended when it was edited, and marked when it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.ids import MemberId, MentionId, SourceId, WatchId
from chalicelib.inbox import items
from chalicelib.inbox.items import BEFORE_THE_END, KEPT, InboxItem, InboxState
from chalicelib.inbox.ports import Filter
from chalicelib.inbox.shelf import TRIES, InboxShelf
from chalicelib.listening.mentions import MAX_TEXT, Author, Mention
from chalicelib.listening.ports import Shelf
from chalicelib.publishing.ports import Stale, StoreUnclear
from tests.fakes.clocks import START, SettableClock
from tests.fakes.firm import FIRM
from tests.fakes.memory_inbox import MemoryInbox
from tests.fakes.said import heard, mention

SOURCE = SourceId("mastodon-channel")


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def inbox(clock: SettableClock) -> MemoryInbox:
    return MemoryInbox(clock)


@pytest.fixture
def shelf(clock: SettableClock, inbox: MemoryInbox) -> Shelf:
    return InboxShelf(clock=clock, inbox=inbox)


def stands(inbox: MemoryInbox, of: Mention) -> InboxItem:
    item = inbox.get(FIRM, of.id)
    assert item is not None
    return item


def edited(of: Mention, text: str) -> Mention:
    changed = replace(of.heard, text=text, edited_at=START, said_at=START)
    return replace(of, heard=changed, seen_at=START + timedelta(hours=1))


def test_what_is_new_is_kept_open_and_unread(shelf: Shelf, inbox: MemoryInbox) -> None:
    assert shelf.keep(mention())
    item = stands(inbox, mention())
    assert item.mention == mention()
    assert (item.state, item.is_unread) == (InboxState.OPEN, True)


def test_what_is_told_again_changes_nothing(shelf: Shelf, inbox: MemoryInbox) -> None:
    shelf.keep(mention())
    later = replace(mention(), seen_at=START + timedelta(days=1))
    assert not shelf.keep(later)
    assert inbox.writes == 1


def test_what_was_edited_is_mended_in_its_place(shelf: Shelf, inbox: MemoryInbox) -> None:
    shelf.keep(mention())
    read = inbox.put(stands(inbox, mention()), items.read(stands(inbox, mention())))
    assert not shelf.keep(edited(mention(), "La brioche était bonne."))
    item = stands(inbox, mention())
    assert item.mention.heard.text == "La brioche était bonne."
    assert item.mention.heard.edited_at == START
    assert item.mention.at == read.mention.at
    assert (item.state, item.is_unread) == (InboxState.OPEN, False)
    assert inbox.page(FIRM, Filter(words="brioche"), 5).items == [item]


def test_a_closed_item_whose_author_edits_stays_closed(shelf: Shelf, inbox: MemoryInbox) -> None:
    shelf.keep(mention())
    item = stands(inbox, mention())
    inbox.put(item, items.closed(item, InboxState.SPAM, MemberId("lea"), START))
    shelf.keep(edited(mention(), "Achetez mes montres !"))
    assert stands(inbox, mention()).state is InboxState.SPAM
    assert stands(inbox, mention()).mention.heard.text == "Achetez mes montres !"


def test_another_source_only_adds_its_watches(shelf: Shelf, inbox: MemoryInbox) -> None:
    shelf.keep(mention(watches=(WatchId("w1"),)))
    watches = (WatchId("w2"), WatchId("w1"))
    told = edited(mention(source=SourceId("search"), watches=watches), "Autre")
    assert not shelf.keep(told)
    item = stands(inbox, mention())
    assert item.mention == mention(watches=(WatchId("w1"), WatchId("w2")))
    assert not shelf.keep(told)
    assert inbox.writes == 2


@pytest.mark.parametrize("state", [InboxState.OPEN, InboxState.SNOOZED])
def test_what_waits_and_is_gone_is_done(
    shelf: Shelf, inbox: MemoryInbox, state: InboxState
) -> None:
    shelf.keep(mention(title="La galette"))
    item = stands(inbox, mention())
    inbox.put(item, replace(item, state=state))
    shelf.gone(FIRM, mention().id, START)
    item = stands(inbox, mention())
    assert (item.mention.heard.text, item.mention.heard.title) == ("", "")
    assert item.mention.heard.author == mention().heard.author
    assert item.mention.deleted_at == START
    assert (item.state, item.closed_at, item.closed_by) == (InboxState.DONE, START, None)
    assert (inbox.counts(FIRM).open, inbox.counts(FIRM).unread) == (0, 0)


def test_what_was_answered_stays_so_when_it_is_gone(shelf: Shelf, inbox: MemoryInbox) -> None:
    shelf.keep(mention())
    item = stands(inbox, mention())
    inbox.put(item, items.answered(item, MemberId("lea"), START))
    shelf.gone(FIRM, mention().id, START + timedelta(days=1))
    item = stands(inbox, mention())
    assert (item.state, item.closed_at) == (InboxState.ANSWERED, START)


def test_what_is_gone_stays_gone(shelf: Shelf, inbox: MemoryInbox) -> None:
    shelf.gone(FIRM, mention().id, START)
    shelf.keep(mention())
    shelf.gone(FIRM, mention().id, START)
    shelf.gone(FIRM, mention().id, START + timedelta(days=1))
    assert not shelf.keep(mention())
    assert stands(inbox, mention()).mention.heard.text == ""
    assert stands(inbox, mention()).mention.deleted_at == START
    assert inbox.writes == 2


def test_what_is_older_than_the_inbox_keeps_is_not_taken(shelf: Shelf, inbox: MemoryInbox) -> None:
    old = mention(said_at=START - KEPT)
    assert not shelf.keep(old)
    assert not shelf.keep(mention(said_at=START - KEPT + BEFORE_THE_END))
    assert inbox.items == {}


def test_a_text_is_kept_as_it_can_be_stored(shelf: Shelf, inbox: MemoryInbox) -> None:
    author = Author("1", "Cam\ud83dille")
    odd = mention(text="x" * (MAX_TEXT + 1) + "\udc00", title="\ud800 !", author=author)
    assert shelf.keep(odd)
    said = stands(inbox, odd).mention.heard
    assert (len(said.text), said.title, said.author.name) == (MAX_TEXT, "? !", "Cam?ille")
    assert not shelf.keep(odd)
    assert inbox.writes == 1


def test_an_address_that_is_not_of_the_web_is_not_kept(shelf: Shelf, inbox: MemoryInbox) -> None:
    odd = "javascript:alert(1)"
    said = mention(url=odd, author=Author("zoe", "Zoé", url=odd))
    shelf.keep(said)
    kept = stands(inbox, said).mention.heard
    assert (kept.url, kept.author.url) == ("", "")


def test_what_somebody_changes_meanwhile_is_decided_again(shelf: Shelf, inbox: MemoryInbox) -> None:
    shelf.keep(mention())
    item = stands(inbox, mention())
    inbox.before_writes += [lambda: inbox.put(item, items.read(item)), lambda: None]
    shelf.gone(FIRM, mention().id, START)
    assert stands(inbox, mention()).mention.deleted_at == START
    other = mention(2)
    inbox.before_writes += [lambda: inbox.put(None, InboxItem(mention=other)), lambda: None]
    assert not shelf.keep(other)


def test_others_who_are_quicker_each_time_are_told(shelf: Shelf, inbox: MemoryInbox) -> None:
    def fails() -> None:
        raise Stale

    shelf.keep(mention())
    inbox.before_writes += [fails] * TRIES
    with pytest.raises(StoreUnclear):
        shelf.gone(FIRM, mention().id, START)
    inbox.before_writes += [fails] * TRIES
    with pytest.raises(StoreUnclear):
        shelf.keep(mention(2))


def test_what_a_source_told_lately_is_returned_without_what_is_gone(shelf: Shelf) -> None:
    for n in range(70):
        shelf.keep(mention(n))
    shelf.keep(mention(3_000, source=SourceId("feed")))
    shelf.gone(FIRM, mention(2).id, START)
    since = START - timedelta(minutes=60)
    told = shelf.told_by(FIRM, SOURCE, since, 100)
    assert [m.id for m in told] == [mention(n).id for n in range(61) if n != 2]
    assert [m.id for m in shelf.told_by(FIRM, SOURCE, since, 3)] == ids(0, 1, 3)
    assert len(shelf.told_by(FIRM, SOURCE, START - timedelta(days=9), 100)) == 69
    assert shelf.told_by(FIRM, SourceId("nobody"), since, 3) == []


def ids(*numbers: int) -> list[MentionId]:
    return [mention(n).id for n in numbers]


def test_a_thing_has_one_id_whichever_network_call_told_it() -> None:
    assert (
        mention(identity="https://a.example/1").id
        == mention(identity="https://a.example/1", remote_id="other").id
    )
    assert heard(1).identity != heard(2).identity
