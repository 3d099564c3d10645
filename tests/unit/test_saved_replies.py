"""Saved replies: filled without surprise, kept without unknown fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.inbox.reply_book import TRIES, ReplyBook
from chalicelib.inbox.saved_replies import (
    MAX_REPLIES,
    MAX_TEXT,
    MAX_TITLE,
    Field,
    Piece,
    faults_of,
    fill,
    values_of,
)
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.refusals import Busy, Invalid, NotFound
from tests.fakes.clocks import CountedIds, SettableClock
from tests.fakes.firm import FIRM
from tests.fakes.memory_inbox import MemorySavedReplies

ALL = {
    Field.FIRST_NAME: "Camille",
    Field.LAST_NAME: "Dupont",
    Field.FIRM: "Boulangerie Martin",
    Field.LINK: "https://martin.example",
}


@pytest.fixture
def replies() -> MemorySavedReplies:
    return MemorySavedReplies()


@pytest.fixture
def book(replies: MemorySavedReplies) -> ReplyBook:
    return ReplyBook(clock=SettableClock(), ids=CountedIds(), replies=replies)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Bonjour {prénom} {nom} !", "Bonjour Camille Dupont !"),
        ("{ Prénom }, {PRENOM}, {pre\u0301nom}", "Camille, Camille, Camille"),
        ("{entreprise} : {lien}", "Boulangerie Martin : https://martin.example"),
        ("{lien}{lien}", "https://martin.example" * 2),
        ("Sans champ", "Sans champ"),
        ("", ""),
        ("a { b } c {} {{prénom}}", "a { b } c {} {Camille}"),
    ],
)
def test_fields_are_filled_and_all_else_stays(text: str, filled: str) -> None:
    done = fill(text, ALL)
    assert (done.text, done.gaps) == (filled, ())


def test_what_is_not_known_stays_a_visible_gap() -> None:
    done = fill(
        "Bonjour {prénom} {NOM}, voyez {lien} {lien}", {Field.FIRST_NAME: "Camille", Field.LINK: ""}
    )
    assert done.text == "Bonjour Camille {NOM}, voyez {lien} {lien}"
    assert done.gaps == (Field.LAST_NAME, Field.LINK)
    assert Piece("{NOM}", gap=Field.LAST_NAME) in done.pieces


def test_what_is_filled_in_is_not_read_for_fields() -> None:
    done = fill("{prénom} {nom}", {Field.FIRST_NAME: "{nom}", Field.LAST_NAME: "{lien}"})
    assert (done.text, done.gaps) == ("{nom} {lien}", ())


@given(st.text(), st.dictionaries(st.sampled_from(Field), st.text()))
def test_any_text_is_filled_and_without_values_stays_as_it_is(
    text: str, values: dict[Field, str]
) -> None:
    assert fill(text, {}).text == text
    assert set(fill(text, values).gaps) <= set(Field) - {f for f, v in values.items() if v}


@pytest.mark.parametrize(
    ("author", "known"),
    [
        ("Camille Dupont", {"prénom": "Camille", "nom": "Dupont"}),
        ("  Anne de la Tour ", {"prénom": "Anne", "nom": "de la Tour"}),
        ("camille", {"prénom": "camille"}),
        ("🌻 Camille 🌻", {"prénom": "Camille"}),
        ("", {}),
        ("31", {}),
    ],
)
def test_an_author_is_known_by_her_name(author: str, known: dict[str, str]) -> None:
    assert values_of(author, "", "") == known
    assert values_of(author, "Martin", "https://m.example") == {
        **known,
        "entreprise": "Martin",
        "lien": "https://m.example",
    }


def test_every_fault_is_told_at_once() -> None:
    text = "{prénom} {téléphone} {téléphone} {} " + "x" * MAX_TEXT
    found = faults_of("t" * (MAX_TITLE + 1), text)
    assert [(f.pointer, f.code, f.params.get("field")) for f in found] == [
        ("/title", "too-long", None),
        ("/text", "too-long", None),
        ("/text", "unknown-placeholder", "téléphone"),
        ("/text", "unknown-placeholder", ""),
    ]
    assert [(f.pointer, f.code) for f in faults_of("", "")] == [
        ("/title", "missing"),
        ("/text", "missing"),
    ]
    assert faults_of("Merci", "Merci {prénom} ! {") == []


# Keeping them.


def test_a_reply_is_written_changed_and_deleted(book: ReplyBook) -> None:
    made = book.create(FIRM, "  Merci   bien ", " Merci {prénom} !\n")
    assert (made.title, made.text) == ("Merci bien", "Merci {prénom} !")
    book.create(FIRM, "absent", "De retour lundi.")
    assert [r.title for r in book.of(FIRM)] == ["absent", "Merci bien"]
    changed = book.change(FIRM, made.id, "Merci", "Merci {nom} !")
    assert book.change(FIRM, made.id, "Merci", "Merci {nom} !") == changed
    assert book.get(FIRM, made.id) == changed
    book.delete(FIRM, made.id)
    book.delete(FIRM, made.id)
    with pytest.raises(NotFound):
        book.get(FIRM, made.id)
    with pytest.raises(NotFound):
        book.change(FIRM, made.id, "Merci", "Merci")


def test_what_is_faulty_is_not_kept(book: ReplyBook) -> None:
    with pytest.raises(Invalid):
        book.create(FIRM, "Merci", "{téléphone}")
    made = book.create(FIRM, "Merci", "Merci")
    with pytest.raises(Invalid):
        book.change(FIRM, made.id, "", "Merci")
    assert book.of(FIRM) == [made]


def test_a_repeated_creation_keeps_one(book: ReplyBook) -> None:
    made = book.create(FIRM, "Merci", "Merci", reply="r1")
    assert book.create(FIRM, "Merci", "Merci", reply="r1") == made
    assert book.of(FIRM) == [made]


def test_a_firm_has_so_many_at_most(book: ReplyBook) -> None:
    for n in range(MAX_REPLIES):
        book.create(FIRM, f"Merci {n}", "Merci")
    with pytest.raises(Invalid) as refused:
        book.create(FIRM, "Merci", "Merci")
    assert refused.value.faults[0].code == "too-many"


def test_a_change_is_decided_again_and_a_silent_store_is_busy(
    book: ReplyBook, replies: MemorySavedReplies
) -> None:
    def fails(error: type[Exception]) -> None:
        raise error

    made = book.create(FIRM, "Merci", "Merci")
    replies.before_writes.append(lambda: fails(Stale))
    assert book.change(FIRM, made.id, "Merci", "Merci bien").text == "Merci bien"
    replies.before_writes += [lambda: fails(Stale)] * TRIES
    with pytest.raises(Busy):
        book.change(FIRM, made.id, "Merci", "Encore merci")
    replies.before_writes += [lambda: fails(StoreUnclear)] * 2
    with pytest.raises(Busy):
        book.create(FIRM, "Autre", "Autre")
    with pytest.raises(Busy):
        book.change(FIRM, made.id, "Merci", "Encore merci")


def test_a_store_that_cannot_be_read_is_busy(book: ReplyBook, replies: MemorySavedReplies) -> None:
    replies.is_silent = True
    with pytest.raises(Busy):
        book.get(FIRM, "r1")
    with pytest.raises(Busy):
        book.of(FIRM)
    with pytest.raises(Busy):
        book.delete(FIRM, "r1")
