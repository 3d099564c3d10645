"""What the firm has answered at its network itself waits for nobody here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.ids import MemberId
from chalicelib.inbox import items
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.shelf import InboxShelf
from chalicelib.listening.mentions import Mention
from tests.fakes.clocks import START, SettableClock
from tests.fakes.firm import FIRM
from tests.fakes.memory_inbox import MemoryInbox
from tests.fakes.said import mention

THERE = START + timedelta(hours=1)


@pytest.fixture
def inbox() -> MemoryInbox:
    return MemoryInbox(SettableClock())


@pytest.fixture
def shelf(inbox: MemoryInbox) -> InboxShelf:
    return InboxShelf(clock=SettableClock(), inbox=inbox)


def answered(at: datetime = THERE) -> Mention:
    told = mention()
    return replace(told, heard=replace(told.heard, replied_at=at))


def stands(inbox: MemoryInbox) -> InboxItem:
    item = inbox.get(FIRM, mention().id)
    assert item is not None
    return item


def test_what_comes_with_an_answer_is_answered(shelf: InboxShelf, inbox: MemoryInbox) -> None:
    assert shelf.keep(answered())
    item = stands(inbox)
    assert (item.state, item.answered_at) == (InboxState.ANSWERED, THERE)
    assert (item.closed_by, item.is_unread) == (None, False)


def test_what_is_answered_later_is_answered(shelf: InboxShelf, inbox: MemoryInbox) -> None:
    shelf.keep(mention())
    assert not shelf.keep(answered())
    assert (stands(inbox).state, stands(inbox).answered_at) == (InboxState.ANSWERED, THERE)


def test_what_a_person_reopened_stays_open(shelf: InboxShelf, inbox: MemoryInbox) -> None:
    shelf.keep(answered())
    inbox.put(stands(inbox), items.reopened(stands(inbox)))
    shelf.keep(answered())
    assert stands(inbox).state is InboxState.OPEN
    shelf.keep(answered(THERE + timedelta(hours=1)))
    assert stands(inbox).state is InboxState.ANSWERED


def test_what_somebody_closed_stays_as_it_is(shelf: InboxShelf, inbox: MemoryInbox) -> None:
    shelf.keep(mention())
    claire = MemberId("claire")
    inbox.put(stands(inbox), items.closed(stands(inbox), InboxState.IGNORED, claire, START))
    shelf.keep(answered())
    assert (stands(inbox).state, stands(inbox).closed_by) == (InboxState.IGNORED, claire)


def test_an_answer_from_here_keeps_its_own_time(shelf: InboxShelf, inbox: MemoryInbox) -> None:
    shelf.keep(mention())
    inbox.put(stands(inbox), items.answered(stands(inbox), None, START))
    shelf.keep(answered())
    assert stands(inbox).answered_at == START
