"""Every problem and fault has a sentence in both languages, and they hold the same places."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from chalicelib.api import messages_en, messages_fr
from chalicelib.api.bodies import _CODES
from chalicelib.api.problems import STATUSES
from chalicelib.api.words import Words
from chalicelib.publishing.images import ImageFault
from chalicelib.publishing.refusals import Fault
from chalicelib.publishing.schedule import Shift
from chalicelib.workspaces.workspaces import Language
from tests.fakes.api_world import ROOT

TABLES = ("PROBLEMS", "FAULTS", "REASONS", "NOTES", "ROLES", "WORDS")
COUNTED = {"too-long", "too-many-media", "alt-too-long"}
"""Faults of checks that always come with a count."""


def sources() -> Iterator[tuple[Path, ast.AST]]:
    for path in (ROOT / "chalicelib").rglob("*.py"):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def first_words(function: str, position: int) -> set[str]:
    """Return the literal at this position of every call of a function in the code."""
    found = set()
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and len(node.args) > position:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                word = node.args[position]
                if name == function and isinstance(word, ast.Constant):
                    found.add(str(word.value))
    return found


def texts(module: ModuleType) -> dict[str, str]:
    found = {}
    for table in TABLES:
        for key, said in getattr(module, table).items():
            parts = said if isinstance(said, tuple) else (said,)
            found.update({f"{table}.{key}.{n}": part for n, part in enumerate(parts)})
    return found


def test_both_languages_say_the_same_things_with_the_same_places() -> None:
    french, english = texts(messages_fr), texts(messages_en)
    assert french.keys() == english.keys()
    for key, said in french.items():
        assert places(said) == places(english[key]), key


def places(said: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(said) if name}


@pytest.mark.parametrize("messages", [messages_fr, messages_en])
def test_every_problem_has_its_sentence(messages: Any) -> None:
    assert set(messages.PROBLEMS) == set(STATUSES)
    assert first_words("Problem", 0) & set(STATUSES) <= set(messages.PROBLEMS)


@pytest.mark.parametrize("messages", [messages_fr, messages_en])
def test_every_fault_has_its_sentence(messages: Any) -> None:
    raised = first_words("Fault", 1) | first_words("Wrong", 0) | set(_CODES.values())
    raised |= {f"image-{fault}".replace("_", "-") for fault in ImageFault}
    checked = first_words("Problem", 0) - set(STATUSES)  # networks.checking.Problem
    raised |= {code.replace("_", "-") for code in checked}
    raised = {f"{code}-counted" if code in COUNTED - {"too-long"} else code for code in raised}
    assert len(raised) > 40
    assert raised - set(messages.FAULTS) == set()
    assert {shift.value for shift in Shift} == set(messages.NOTES)
    assert first_words("CantNow", 1) == set(messages.REASONS)


def test_french_typography_uses_spaces_that_do_not_break() -> None:
    for key, said in texts(messages_fr).items():
        assert not re.search(r" [:;?!»]|« |'", said), (key, said)
        assert "veuillez" not in said.lower()
        assert "Oups" not in said


def test_no_sentence_names_what_people_never_see() -> None:
    never = re.compile(
        r"platform|provider|tweet|SENDING|NEEDS_HUMAN|DynamoDB|Lambda|plateforme", re.IGNORECASE
    )
    for module in (messages_fr, messages_en):
        for key, said in texts(module).items():
            assert not never.search(said), (key, said)


def test_a_parameter_that_is_not_given_says_nothing() -> None:
    for language in Language:
        said = Words(language)
        for code in said._said.FAULTS:
            assert "{" not in said.fault(Fault("/x", code))


def test_a_limit_says_by_how_much_and_where() -> None:
    fault = Fault(
        "/text",
        "too-long",
        {"unit": "graphemes", "count": 312, "max": 300, "channel": "Bluesky"},
    )
    said = Words(Language.FR).fault(fault).replace("\u00a0", " ")
    assert said == (
        "312 caractères : Bluesky en accepte 300. Raccourcissez de 12, ou écrivez un texte pour "
        "Bluesky."
    )
