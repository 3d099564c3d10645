"""What a watch finds in the texts of real people, and what it doesn't."""

from __future__ import annotations

import csv
import gzip
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.listening.matching import (
    MAX_WORDS,
    STOP_WORDS,
    check,
    fold,
    matched_terms,
    matches,
    singular,
    words_of,
)
from chalicelib.listening.watches import MAX_TERM, MAX_TERMS, Query

TEXTS = Path(__file__).parents[3] / "shared" / "nlp" / "sentiment.tsv.gz"
FRENCH = st.text("abcdefghijklmnopqrstuvwxyzàâäçéèêëîïôöùûüœæ' -,.!0123456789", max_size=60)
WORD = st.text("abcdefghijklmnopqrstuvwxyzàâçéèêëîïôùûü", min_size=2, max_size=12)
ACCENTS = str.maketrans("aeiouc", "âéîôùç")


def is_found(term: str, text: str, *, typos: bool = False) -> bool:
    return matches(Query(any=(term,), forgives_typos=typos), text)


# Folding.


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Café des Arts", "Vu au CAFE DES ARTS hier"),
        ("cafe des arts", "le café des arts"),
        ("café des arts", "le cafe\u0301 des arts"),
        ("Œuf", "des oeufs"),
        ("coeur", "Ça vient du cœur"),
        ("Strasse", "Bäckerei in der Hauptstraße, Strasse, STRAẞE"),
        ("l’Atelier", "à l'atelier !"),
        ("l'atelier", "À L’ATELIER"),
        ("porte-monnaie", "mon porte monnaie"),
        ("porte monnaie", "mon porte‑monnaie"),
        ("SNCF", "la S.N.C.F. encore"),
        ("S.N.C.F.", "la sncf"),
        ("ﬁnance", "finances"),
        ("Martin & Fils", "chez Martin et Martin & fils"),
        ("exemple.fr", "voir https://www.exemple.fr/menu"),
        ("24h", "ouvert 24H sur 24"),
    ],
)
def test_case_accents_ligatures_and_marks_don_t_count(term: str, text: str) -> None:
    assert is_found(term, text)


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("pain", "pains"),
        ("fleur", "fleurs"),
        ("gâteau", "gâteaux"),
        ("château", "châteaux"),
        ("cheval", "chevaux"),
        ("journal", "journaux"),
        ("travail", "travaux"),
        ("bijou", "bijoux"),
        ("cheveu", "cheveux"),
        ("tuyau", "tuyaux"),
        ("année", "années"),
        ("boulangerie", "boulangeries"),
        ("pain d’épices", "pains d’épice"),
        ("œil", "yeux"),
    ],
)
def test_a_plural_is_its_singular(one: str, many: str) -> None:
    assert is_found(one, f"Des {many}.")
    assert is_found(
        many.split(" ?", maxsplit=1)[0].split(" :", maxsplit=1)[0], f"Un {one}, des {many}"
    )


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("Martin", "Martine est venue"),
        ("marché", "il marchait"),
        ("pain", "un copain"),
        ("art", "une carte"),
        ("gaz", "ga"),
        ("bus", "bu"),
        ("café des arts", "des arts au café"),
        ("café arts", "café des arts"),
        ("C'est", ""),
    ],
)
def test_other_words_are_other_words(term: str, text: str) -> None:
    assert not is_found(term, text)


@given(st.text(max_size=40))
def test_folded_again_a_text_stays_the_same(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(FRENCH, FRENCH)
def test_case_and_accents_never_change_what_is_found(term: str, text: str) -> None:
    found = is_found(term, text)
    assert is_found(term.upper(), text) == found
    assert is_found(term, text.upper()) == found
    assert is_found(term, text.translate(ACCENTS)) == found
    assert is_found(term.translate(ACCENTS), text) == found


@given(st.lists(WORD, min_size=1, max_size=6), st.data())
def test_a_phrase_of_a_text_is_found_in_it(words: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    assert is_found(" ".join(words[start:end]), ", ".join(words))


# Exact terms.


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ('"Orange"', "chez Orange", True),
        ('"Orange"', "une orange", False),
        ('"Orange"', "des Oranges", False),
        ("«Épicerie»", "l’Épicerie d’à côté", True),
        ('"Épicerie"', "l’Epicerie d’à côté", False),
        ("“Le Fournil”", "au bar Le Fournil", True),
        ('"Le Fournil"', "Le petit Fournil", False),
        ('"l’Atelier"', "à l'Atelier", True),
        ('"Orange"', "j’aime #Orange", True),
        ('"#Orange"', "j’aime #Orange", True),
        ('"#Orange"', "j’aime Orange", False),
        ('"@orange"', "dis @orange, alors ?", True),
        ('"BoulangerieMartin"', "#BoulangerieMartin", True),
        ('"', 'un " seul', False),
        ('""', "rien", False),
    ],
)
def test_a_quoted_term_is_found_as_it_is_written(term: str, text: str, *, expected: bool) -> None:
    assert is_found(term, text) is expected


@given(st.text("aàbBcé #@'’-_.1", min_size=1, max_size=8), st.text("aàbBcé #@'’-_.1", max_size=30))
def test_what_is_found_exactly_is_found_folded(term: str, text: str) -> None:
    if is_found(f'"{term}"', text):
        assert is_found(term, text)


# Typos.


@pytest.mark.parametrize(
    ("term", "text", "expected"),
    [
        ("fournil", "le fourni", True),
        ("fournil", "le fournille", False),
        ("fournil", "le fuornil", True),
        ("boulangerie", "la boulengerie", True),
        ("boulangerie", "la boulengeri", True),
        ("boulangerie", "la bolengeri", False),
        ("pain", "du bain", False),
        ("75001 Paris", "75002 Paris", False),
        ("Boulangerie Martin", "boulangrie Martyn", True),
        ("Boulangerie Martin", "boulangrie chez Martyn", False),
        ('"Fournil"', "le Fourni", False),
    ],
)
def test_typos_are_forgiven_in_longer_words(term: str, text: str, *, expected: bool) -> None:
    assert is_found(term, text, typos=True) is expected
    assert not is_found(term, text)


def test_a_typo_is_no_reason_to_leave_something_out() -> None:
    query = Query(any=("boulangerie",), none=("emploi",), forgives_typos=True)
    assert matches(query, "la boulangerie emploie des fleurs")
    assert not matches(query, "la boulangerie : un emploi")


@given(st.text("abcdef", min_size=5, max_size=12), st.data())
def test_two_letters_changed_over_are_one_typo(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    assert is_found(word, word[:at] + word[at + 1] + word[at] + word[at + 2 :], typos=True)


# Tags.


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("promo", "Vive la #promo"),
        ("#promo", "Vive la promo"),
        ("@fournil", "merci @Fournil !"),
        ("fournil", "merci @fournil@mastodon.example"),
        ("boulangerie martin", "chez #BoulangerieMartin"),
        ("boulangerie martin", "chez #boulangeriemartin"),
        ("boulangerie martin", "chez @boulangerie_martin"),
        ("#BoulangerieMartin", "chez boulangerie Martin"),
        ("#boulangeriemartin", "chez #BoulangerieMartin"),
        ("martin", "#BoulangerieMartinToulouse"),
        ("toulouse", "#Toulouse2026"),
        ("été", "#ÉtéÀParis"),
        ("SNCF", "#SNCFConnect"),
        ("gâteau", "#LesGâteaux"),
    ],
)
def test_a_tag_is_found_by_its_words_and_whole(term: str, text: str) -> None:
    assert is_found(term, text)


def test_a_tag_isn_t_found_by_parts_that_aren_t_words() -> None:
    assert not is_found("martin", "#boulangeriemartin")
    assert not is_found("promo", "une adresse moi@promotion.example")


# Queries.


def test_all_any_and_none_work_together() -> None:
    query = Query(all=("Toulouse",), any=("pain", "brioche"), none=("emploi",))
    assert matches(query, "Du bon pain à Toulouse")
    assert matches(query, "Une brioche", "de Toulouse")
    assert not matches(query, "Du bon pain")
    assert not matches(query, "Toulouse la rose")
    assert not matches(query, "Offre d’emploi : vendre du pain à Toulouse")


def test_a_phrase_doesn_t_go_on_from_the_title_to_the_text() -> None:
    assert not matches(Query(all=("pain bio",)), "Le pain", "bio ou non")


@pytest.mark.parametrize("query", [Query(), Query(none=("pain",)), Query(all=("!!!",))])
def test_a_query_that_asks_for_nothing_finds_nothing(query: Query) -> None:
    assert not matches(query, "n’importe quoi")


def test_the_terms_that_are_found_are_told_as_they_were_written() -> None:
    query = Query(all=("Toulouse",), any=("pains", "brioche", '"Pain"'), none=("emploi",))
    assert matched_terms(query, "du pain à toulouse") == ("Toulouse", "pains")
    assert matched_terms(query, "du pain") == ()


# The words of the search.


def test_the_search_knows_the_words_of_a_text() -> None:
    text = "L’été à la Boulangerie-Pâtisserie Œuf & Co : #BonPain, et encore du bon pain de 1998 !"
    assert words_of(text) == [
        *("ete", "boulangerie", "patisserie", "oeuf", "co", "pain", "1998", "bonpain"),
    ]


def test_the_search_knows_sixty_words_of_a_text_at_most_and_no_endless_one() -> None:
    words = words_of(" ".join(f"mot{n}" for n in range(500)) + " " + "x" * 41)
    assert words == [f"mot{n}" for n in range(MAX_WORDS)]
    assert words_of("x" * 41 + " court") == ["court"]


@given(FRENCH)
def test_the_search_finds_a_text_by_any_of_its_words_however_written(text: str) -> None:
    words = words_of(text)
    assert len(set(words)) == len(words)
    assert words_of(" ".join(words)) == words
    assert words_of(text.upper()) == words
    assert not STOP_WORDS & set(words)


def test_the_words_left_out_are_folded_themselves() -> None:
    assert {w for w in STOP_WORDS if fold(w) != w or not w.isalpha()} == set()


# Faults.


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        (Query(any=("Le Fournil",)), []),
        (Query(any=('"#Pain"', "la poste")), []),
        (Query(all=("le", "fournil"), none=("emploi",)), []),
        (Query(), [("", "watch-empty")]),
        (Query(none=("emploi",)), [("", "watch-only-excludes")]),
        (Query(any=("",)), [("/any/0", "term-empty")]),
        (Query(any=("pain", " ?! ")), [("/any/1", "term-empty")]),
        (Query(any=("pain", "de la")), [("/any/1", "term-too-common")]),
        (Query(any=("À",)), [("/any/0", "term-too-common")]),
        (Query(any=("x",)), [("/any/0", "term-too-common")]),
        (Query(all=("les", "du")), [("/all/0", "term-too-common"), ("/all/1", "term-too-common")]),
        (Query(all=("pain",), any=("le", "la")), []),
        (Query(any=("pain",), none=("le",)), [("/none/0", "term-too-common")]),
        (Query(any=("pain",), none=("Pains",)), [("/none/0", "term-contradicts")]),
        (Query(any=("x" * (MAX_TERM + 1),)), [("/any/0", "term-too-long")]),
        (Query(any=tuple(f"mot{n}" for n in range(MAX_TERMS + 1))), [("", "too-many-terms")]),
    ],
)
def test_a_query_that_can_t_be_meant_is_told(query: Query, faults: list[tuple[str, str]]) -> None:
    assert [(f.pointer, f.code) for f in check(query)] == faults


def test_a_limit_is_told_with_what_was_given() -> None:
    (fault,) = check(Query(any=("x" * 100,)))
    assert fault.params == {"count": 100, "max": MAX_TERM}


# Real texts.


@pytest.fixture(scope="module")
def real_texts() -> list[str]:
    if not TEXTS.exists():
        pytest.skip("the labelled French texts aren't here")
    with gzip.open(TEXTS, "rt", encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        texts = [row["text"] for row in rows]
    return random.Random(7).sample(texts, 1_500)


def test_each_word_of_real_texts_finds_them_in_any_case_and_without_accents(
    real_texts: list[str],
) -> None:
    for text in real_texts:
        plain = fold(text)
        for word in words_of(text)[:5]:
            assert is_found(word, text), (word, text)
            assert is_found(singular(word), text.upper()) or "#" in text or "@" in text
            assert matches(Query(all=(word.upper(),)), plain) or "#" in text or "@" in text


def test_many_watches_sift_real_texts_in_time(real_texts: list[str]) -> None:
    names = [f"{word} dorée" for text in real_texts[:300] for word in words_of(text)[:1]]
    query = Query(any=tuple(names[:30]), forgives_typos=True)
    begun = time.process_time()
    for text in real_texts[:500]:
        matches(query, text)
    assert time.process_time() - begun < 5
