"""Saved replies: what a firm often answers, with fields that are filled for each person.

    Bonjour {prénom}, merci ! Tout est expliqué ici : {lien}

Filling is pure. A field that nothing is known for stays in the text as it is written, marked
as a gap, so that nobody sends it by mistake.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.ids import WorkspaceId
from chalicelib.publishing.refusals import Fault

MAX_REPLIES = 200
MAX_TITLE = 80
MAX_TEXT = 3_000


class Field(StrEnum):
    """What a text may leave open, by its name between braces."""

    FIRST_NAME = "prénom"
    LAST_NAME = "nom"
    FIRM = "entreprise"
    LINK = "lien"


_FIELD = re.compile(r"\{([^{}\n]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedReply:
    """A text that a firm often answers with."""

    workspace: WorkspaceId
    id: str
    title: str
    text: str
    created_at: datetime
    updated_at: datetime
    rev: int = 0
    write_token: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a filled text; with a ``gap``, the field that nothing is known for."""

    text: str
    gap: Field | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A saved reply with its fields filled."""

    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The whole text; a gap is in it as the field was written."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def gaps(self) -> tuple[Field, ...]:
        """The fields that are still to be filled, each once."""
        return tuple(dict.fromkeys(p.gap for p in self.pieces if p.gap is not None))


def fill(text: str, values: Mapping[Field, str]) -> Filled:
    """Return a text with its fields filled; what has no value, or an empty one, is a gap.

    What is filled in is never read for fields itself. Braces around anything else stay.
    """
    return Filled(tuple(_pieces(text, values)))


def values_of(author: str, firm: str, link: str = "") -> Mapping[Field, str]:
    """Return what is known for an answer: of a name in one word only a first name."""
    names = [word for word in author.split() if any(c.isalpha() for c in word)]
    known = {
        Field.FIRST_NAME: names[0] if names else "",
        Field.LAST_NAME: " ".join(names[1:]),
        Field.FIRM: firm,
        Field.LINK: link,
    }
    return {field: value for field, value in known.items() if value}


def faults_of(title: str, text: str) -> list[Fault]:
    """Return all that is wrong with a title and a text, which are stripped."""
    faults = [
        *_faulty("/title", title, MAX_TITLE),
        *_faulty("/text", text, MAX_TEXT),
    ]
    unknown = [name for name in _FIELD.findall(text) if _field(name) is None]
    expected = ", ".join(f"{{{field}}}" for field in Field)
    return faults + [
        Fault("/text", "unknown-placeholder", {"field": name, "expected": expected})
        for name in dict.fromkeys(unknown)
    ]


def _faulty(pointer: str, text: str, most: int) -> Iterator[Fault]:
    if not text:
        yield Fault(pointer, "missing")
    if len(text) > most:
        yield Fault(pointer, "too-long", {"max": most})


def _pieces(text: str, values: Mapping[Field, str]) -> Iterator[Piece]:
    end = 0
    for match in _FIELD.finditer(text):
        field = _field(match.group(1))
        if field is None:
            continue
        yield Piece(text[end : match.start()])
        value = values.get(field, "")
        yield Piece(value) if value else Piece(match.group(), gap=field)
        end = match.end()
    yield Piece(text[end:])


def _field(name: str) -> Field | None:
    """Return the field of this name; case, accents and blanks around it don't count."""
    wanted = _plain(name)
    return next((field for field in Field if _plain(field) == wanted), None)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(c for c in letters if not unicodedata.combining(c))
