"""Saved replies, and the firm's own hours, on the real engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

import pytest

from chalicelib.inbox.reply_book import ReplyBook
from chalicelib.publishing.ports import Stale
from chalicelib.store.saved_replies import SavedReplies
from chalicelib.store.sources import Sources
from chalicelib.store.workspaces import Workspaces
from chalicelib.workspaces.workspaces import USUAL_HOURS, USUAL_TARGET, Opening
from tests.fakes.clocks import CountedIds, SettableClock
from tests.store_fixtures import FIRM, OTHER, Tables, a_workspace


def test_replies_are_kept_for_their_firm_alone(tables: Tables, clock: SettableClock) -> None:
    store = SavedReplies(store=tables.store)
    book = ReplyBook(clock=clock, ids=CountedIds(), replies=store)
    made = book.create(FIRM, "Merci", "Merci {prénom} !")
    assert book.get(FIRM, made.id) == made
    assert store.get(OTHER, made.id) is None
    assert book.create(FIRM, "Autre", "Autre", reply=made.id) == made
    changed = book.change(FIRM, made.id, "Merci bien", "Merci {prénom} {nom} !")
    assert changed.rev == 2
    with pytest.raises(Stale):
        store.put(made, replace(made, text="Trop tard"))
    assert store.of(FIRM) == [changed]
    assert store.of(OTHER) == []
    assert Sources(store=tables.store).of(FIRM) == []
    book.delete(FIRM, made.id)
    assert store.of(FIRM) == []


def test_a_firm_has_its_own_hours_and_target(tables: Tables) -> None:
    firms = Workspaces(store=tables.store)
    usual = firms.put(None, a_workspace())
    read = firms.get(FIRM)
    assert read is not None
    assert (read.opening_hours, read.answer_within) == (USUAL_HOURS, USUAL_TARGET)
    lunch = (Opening(time(8, 30), time(12)), Opening(time(14), time(0)))
    hours = (lunch, *[()] * 5, (Opening(time(18), time(2, 15)),))
    own = firms.put(usual, replace(usual, opening_hours=hours, answer_within=timedelta(minutes=45)))
    assert firms.get(FIRM) == own
    assert own.opening_hours == hours
