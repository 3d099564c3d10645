"""Whether a text is what a watch looks for: words and phrases, as people really write them.

What is compared is folded: case, accents, ligatures, apostrophes and hyphens don't count, nor
does a plural. A term in double quotes is exact: case and accents are as written, no plural.
``#`` and ``@`` stand before words like any other; a tag is read whole and in its parts
(``#BoulangerieMartin`` is «boulangerie martin» too), and so is a term that begins with one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from chalicelib.listening.watches import MAX_TERM, MAX_TERMS, Query
from chalicelib.publishing.refusals import Fault

MAX_WORDS = 60
"""Of one text, by which the search finds it."""
MAX_WORD = 40
"""Characters of a word that the search knows: longer ones are keys and addresses."""
_ONE_TYPO, _TWO_TYPOS = 5, 9
"""Letters from which as many typos are forgiven in a word."""
_PLURAL_FROM = 4
"""Letters from which a word may be a plural: «gaz», «bus» and «les» are none."""

_LETTER = r"[^\W_]"
_MARK = r"[\u0300-\u036f]"
_IN_WORD = rf"(?:{_LETTER}|{_MARK})"
_WORD = re.compile(
    rf"(?P<tag>(?<!\w)[#@](?:{_IN_WORD}|_)+)"
    rf"|(?P<dotted>(?<!\w)(?:{_LETTER}\.){{2,}}{_LETTER}?(?!\w))"  # S.N.C.F. is one word
    rf"|(?P<word>{_LETTER}{_IN_WORD}*)"
)
_QUOTES = '"“”„«»'
_NO_DECOMPOSITION = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})

# Plurals in -aux and -yeux that aren't those of a word in -al.
_IRREGULAR = {
    "travaux": "travail",
    "baux": "bail",
    "vitraux": "vitrail",
    "emaux": "email",
    "coraux": "corail",
    "soupiraux": "soupirail",
    "yeux": "oeil",
    "tuyaux": "tuyau",
    "noyaux": "noyau",
    "joyaux": "joyau",
    "boyaux": "boyau",
    "landaux": "landau",
}

STOP_WORDS = frozenset(
    """
    a afin ai ainsi alors apres as assez au aucun aucune aujourd aussi autre autres aux avaient
    avais avait avant avec avez avoir avons bien bon c ca car ce cela celle celles celui ceci cent
    ces cet cette ceux chaque chez comme comment d dans de deja depuis des deux dont donc du elle
    elles en encore entre es est et etaient etais etait etant etes etre eu eux faire fait fois
    font hui ici il ils j je jusqu l la le les leur leurs lors lorsqu lui m ma mais me meme memes
    mes mieux moi moins mon n ne ni non nos notre nous on ont ou oui par parce pas peu peut plus
    pour pourquoi pres puis puisqu qu quand que quel quelle quelles quels qui quoi s sa sans se
    sera ses si soi son sont sous suis sur t ta tandis te tel telle tes toi ton tous tout toute
    toutes tres trop tu un une vers voici voila vos votre vous vu y
    about after all also am an and any are be been but by can did do does for from had has have he
    her him his how i if in into is it its just me my no not of or our she so some than that the
    their them then there they this to too up us was we were what when where which who will with
    would you your http https www com
    """.split()  # noqa: SIM905 - one word each reads better
)
"""Words that are in every text; folded."""


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of a text, in its forms."""

    exact: str
    """As written; only its encoding is normalised."""
    folded: str
    singular: str


@dataclass(frozen=True, slots=True)
class _Text:
    """What a text says: its words in order, and its tags whole."""

    words: tuple[_Word, ...]
    exact_tags: frozenset[str]
    """With their sign and without."""
    folded_tags: frozenset[str]
    """Without their sign."""


@dataclass(frozen=True, slots=True)
class _Term:
    """One term of a query, read."""

    text: _Text
    exact: str
    """Whole, as written; empty: case, accents and plurals don't count."""

    @property
    def words(self) -> tuple[_Word, ...]:
        return self.text.words


def matches(query: Query, *texts: str) -> bool:
    """Say whether these texts (a title and a text, say) together are what is looked for.

    A query that asks for nothing (neither ``all`` nor ``any``) finds nothing.
    """
    if not (query.all or query.any):
        return False
    read = [_read(text) for text in texts]
    forgives = query.forgives_typos
    return (
        all(_is_in(term, read, forgives_typos=forgives) for term in query.all)
        and (not query.any or any(_is_in(t, read, forgives_typos=forgives) for t in query.any))
        # A typo is never a reason to leave something out.
        and not any(_is_in(term, read, forgives_typos=False) for term in query.none)
    )


def matched_terms(query: Query, *texts: str) -> tuple[str, ...]:
    """Return the terms for which the texts match, as they were written; none: they don't."""
    if not matches(query, *texts):
        return ()
    read = [_read(text) for text in texts]
    wanted = dict.fromkeys((*query.all, *query.any))
    return tuple(t for t in wanted if _is_in(t, read, forgives_typos=query.forgives_typos))


def words_of(text: str) -> list[str]:
    """Return the folded words by which a search finds a text, each once, in their order.

    Words that are in every text are left out, and what is longer than any word; there are
    sixty at most. A tag is found by its parts and whole.
    """
    read = _read(text)
    folded = dict.fromkeys(word.folded for word in read.words)
    folded |= dict.fromkeys(sorted(read.folded_tags))
    kept = (w for w in folded if 1 < len(w) <= MAX_WORD and w not in STOP_WORDS)
    return [word for word, _ in zip(kept, range(MAX_WORDS), strict=False)]


def fold(text: str) -> str:
    """Return a text without case, accents and ligatures; folded again it stays the same."""
    text = _decomposed(_decomposed(text).casefold()).translate(_NO_DECOMPOSITION)
    return "".join(c for c in _decomposed(text.casefold()) if not unicodedata.combining(c))


def singular(folded: str) -> str:
    """Return a folded word as it is in the singular, or what stands for it: French, English.

    By the rules of French plurals, not by a stemmer: Savoy's minimal one, as Lucene has it
    (https://github.com/apache/lucene, ``FrenchMinimalStemmer``), keeps «fleur» and «fleurs»,
    «gâteau» and «gâteaux» apart, since it leaves words below six letters alone, and makes one
    of «Martin» and «Martine».
    """
    if len(folded) < _PLURAL_FROM:
        return folded
    if folded in _IRREGULAR:
        return _IRREGULAR[folded]
    if folded.endswith(("eaux", "eux", "oux")):
        return folded[:-1]
    if folded.endswith("aux") and len(folded) > _PLURAL_FROM:
        return folded[:-2] + "l"
    if folded[-1] == "s" and folded[-2] != "s":
        return folded[:-1]
    return folded


def check(query: Query) -> list[Fault]:
    """Return all that is wrong with a query; pointers are into it.

    ``watch-empty`` · ``watch-only-excludes`` · ``too-many-terms`` (count, max) ·
    ``term-too-long`` (count, max) · ``term-empty`` · ``term-too-common``: everything has it ·
    ``term-contradicts``: it is asked for and excluded.
    """
    wanted = len(query.all) + len(query.any)
    count = wanted + len(query.none)
    faults = []
    if count == 0:
        faults.append(Fault("", "watch-empty"))
    elif wanted == 0:
        faults.append(Fault("", "watch-only-excludes"))
    if count > MAX_TERMS:
        faults.append(Fault("", "too-many-terms", {"count": count, "max": MAX_TERMS}))
    return [*faults, *_faulty_terms(query), *_contradictions(query), *_common_terms(query)]


def _lists(query: Query) -> Iterator[tuple[str, str]]:
    """Yield each term with the pointer to it."""
    lists = (("all", query.all), ("any", query.any), ("none", query.none))
    for name, terms in lists:
        for number, term in enumerate(terms):
            yield f"/{name}/{number}", term


def _faulty_terms(query: Query) -> Iterator[Fault]:
    for pointer, term in _lists(query):
        if len(term) > MAX_TERM:
            yield Fault(pointer, "term-too-long", {"count": len(term), "max": MAX_TERM})
        elif not _term(term).words:
            yield Fault(pointer, "term-empty")


def _contradictions(query: Query) -> Iterator[Fault]:
    asked = {_meaning(term) for term in (*query.all, *query.any)} - {()}
    for number, term in enumerate(query.none):
        if _meaning(term) in asked:
            yield Fault(f"/none/{number}", "term-contradicts")


def _common_terms(query: Query) -> Iterator[Fault]:
    """Yield a fault for each term by which everything would match, or nothing could."""
    common = [p for p, term in _lists(query) if _is_common(term)]
    is_narrow = any(not _is_common(term) for term in query.all)
    if not is_narrow and query.any:
        is_narrow = not any(_is_common(term) for term in query.any)
    for pointer in common:
        if pointer.startswith("/none/") or not is_narrow:
            yield Fault(pointer, "term-too-common")


def _is_common(term: str) -> bool:
    words = _term(term).words
    return bool(words) and all(len(w.folded) == 1 or w.folded in STOP_WORDS for w in words)


def _meaning(term: str) -> tuple[str, ...]:
    read = _term(term)
    return (read.exact,) if read.exact else tuple(word.singular for word in read.words)


# Reading.


@lru_cache(maxsize=32)
def _read(text: str) -> _Text:
    """Read a text; remembered, since all watches of a firm look at the same ones."""
    words: list[_Word] = []
    exact_tags: set[str] = set()
    for match in _WORD.finditer(unicodedata.normalize("NFKC", text)):
        written = match.group()
        if match["tag"]:
            exact_tags |= {written, written[1:]}
            words += [_word(part) for part in _parts_of(written[1:])]
        else:
            words.append(_word(written.replace(".", "")))
    folded = (fold(tag.replace("_", "")) for tag in exact_tags if tag[0] not in "#@")
    return _Text(tuple(words), frozenset(exact_tags), frozenset(folded))


def _word(written: str) -> _Word:
    folded = fold(written)
    return _Word(written, folded, singular(folded))


def _parts_of(tag: str) -> list[str]:
    """Return the words that a tag is made of: ``BoulangerieMartin_31`` has three."""
    parts = []
    for piece in filter(None, tag.split("_")):
        kinds = [_kind(c) for c in piece]
        cuts = [n for n in range(1, len(piece)) if _begins_word(kinds, n)]
        parts += [piece[start:end] for start, end in pairwise([0, *cuts, len(piece)])]
    return parts


def _kind(character: str) -> str:
    if unicodedata.combining(character):
        return "mark"
    if character.isdecimal():
        return "digit"
    return "upper" if character.isupper() else "lower"


def _begins_word(kinds: Sequence[str], n: int) -> bool:
    before, here, after = kinds[n - 1], kinds[n], kinds[n + 1] if n + 1 < len(kinds) else ""
    if "mark" in (before, here):
        return here == "upper"
    if "digit" in (before, here):
        return before != here
    return here == "upper" and (before == "lower" or after == "lower")


@lru_cache(maxsize=2_000)
def _term(term: str) -> _Term:
    """Read a term; all those of a large firm are remembered."""
    term = term.strip()
    is_exact = len(term) > 2 and term[0] in _QUOTES and term[-1] in _QUOTES
    inside = term.strip(_QUOTES).strip()
    exact = unicodedata.normalize("NFKC", inside) if is_exact else ""
    return _Term(_read(inside), exact)


# Finding.


def _is_in(written: str, texts: Sequence[_Text], *, forgives_typos: bool) -> bool:
    term = _term(written)
    if not term.words:
        return False
    if term.exact:
        return any(_is_exactly_in(term, text) for text in texts)
    return any(_is_folded_in(term, text, forgives_typos=forgives_typos) for text in texts)


def _is_exactly_in(term: _Term, text: _Text) -> bool:
    if term.exact in text.exact_tags:
        return True
    if term.exact[0] in "#@":
        return False
    return _runs([w.exact for w in term.words], [w.exact for w in text.words])


def _is_folded_in(term: _Term, text: _Text, *, forgives_typos: bool) -> bool:
    wanted = [word.singular for word in term.words]
    said = [word.singular for word in text.words]
    joined = "".join(word.folded for word in term.words)
    if _runs(wanted, said) or joined in text.folded_tags:
        return True
    if term.text.folded_tags and singular(joined) in said:
        return True
    return forgives_typos and _runs_nearly(term.words, said)


def _runs(wanted: Sequence[str], said: Sequence[str]) -> bool:
    """Say whether these words come one after the other."""
    size = len(wanted)
    starts = (n for n, word in enumerate(said) if word == wanted[0])
    return any(list(said[n : n + size]) == list(wanted) for n in starts)


def _runs_nearly(wanted: Sequence[_Word], said: Sequence[str]) -> bool:
    return any(
        all(_is_near(word, said[start + n]) for n, word in enumerate(wanted))
        for start in range(len(said) - len(wanted) + 1)
    )


def _is_near(wanted: _Word, said: str) -> bool:
    """Say whether a word may be the other with typos; numbers have none."""
    if wanted.singular == said:
        return True
    most = (len(wanted.folded) >= _ONE_TYPO) + (len(wanted.folded) >= _TWO_TYPOS)
    if most == 0 or abs(len(wanted.singular) - len(said)) > most:
        return False
    return wanted.folded.isalpha() and said.isalpha() and _distance(wanted.singular, said) <= most


@lru_cache(maxsize=20_000)
def _distance(one: str, other: str) -> int:
    # Imported where used: only watches that forgive typos need it.
    from jellyfish import damerau_levenshtein_distance  # noqa: PLC0415

    return damerau_levenshtein_distance(one, other)


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text)
