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
from chalicelib.mail.wording import FR, GREETING, SIGN_IN
from chalicelib.networks import atproto, telegram_bots, wordpress_comments
from chalicelib.networks.composers import CLOSED
from chalicelib.networks.feed_documents import LOGIN_PAGE, NOT_A_FEED, TOO_BIG
from chalicelib.networks.feeds import ADDRESS, FORBIDDEN, NOT_FOUND
from chalicelib.publishing.deliveries import Result, Why
from chalicelib.publishing.images import ImageFault
from chalicelib.publishing.paid_reading import CAP_TOO_LOW, OVER_CAP
from chalicelib.publishing.refusals import Fault
from chalicelib.publishing.schedule import Shift
from chalicelib.publishing.videos import VideoFault
from chalicelib.workspaces.acts import Did
from chalicelib.workspaces.uploads import _VIDEO_CODES
from chalicelib.workspaces.workspaces import Language
from tests.fakes.api_world import ROOT, SPECS

TABLES = (
    "PROBLEMS",
    "FAULTS",
    "REFUSALS",
    "WHYS",
    "RESULTS",
    "ACTS",
    "REASONS",
    "MODERATIONS",
    "SOURCES",
    "NOTES",
    "ROLES",
    "WORDS",
)
COUNTED = {"too-long", "caption-too-long", "too-many-media", "too-few-media", "alt-too-long"} | {
    "too-many-terms",
    "title-too-long",
    "term-too-long",
    "comment-too-long",
}
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


def menu(language: str) -> dict[str, str]:
    pages = (ROOT / "frontend" / "i18n" / f"{language}.js").read_text(encoding="utf-8")
    return dict(re.findall(r"'nav\.(\w+)': '(.*)',", pages))


def test_the_page_that_a_message_sends_to_is_called_as_in_the_menu() -> None:
    french, english = texts(messages_fr), texts(messages_en)
    in_english = menu("en")
    told = {
        key: f"in {in_english[page]}"
        for page, name in menu("fr").items()
        for key, said in french.items()
        if f"dans {name}" in said
    }
    assert "SOURCES.over_cap.0" in told
    assert [key for key, place in told.items() if place not in english[key]] == []


def places(said: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(said) if name}


def words_in(node: ast.AST) -> set[str]:
    """Return the words that an expression may have as its value."""
    match node:
        case ast.Constant(value=str() as word):
            return {word}
        case ast.IfExp(body=body, orelse=other):
            return words_in(body) | words_in(other)
        case ast.Subscript(value=ast.Name(id="_REASONS")):
            return set(atproto._REASONS.values())
        case ast.Subscript(value=ast.Name(id="_REFUSALS")):
            return set(wordpress_comments._REFUSALS.values())
        case ast.Subscript(value=ast.Name(id="_DESCRIPTIONS")):
            return set(telegram_bots._DESCRIPTIONS.values())
        case ast.Attribute(attr="code"):  # of networks.checking
            return {c for c in first_words("Problem", 0) if "-" not in c and c not in STATUSES}
        case ast.Name(id="field"):  # of networks.addresses
            return first_words("server_address", 1)
        case ast.Attribute(attr="reason"):  # handed on from one of the others
            return set()
    raise AssertionError(ast.dump(node))


def reasons() -> set[str]:
    """Return every word that a network's refusal is told by, wherever in the code it is."""
    found = {"invalid"}  # the default
    for _, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and len(node.args) > 1:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if name == "Rejected":
                    found |= words_in(node.args[1])
    return found


FIELDS = {field.name for spec in SPECS.values() for field in spec.fields}
WHEN_CONNECTING = {"state", "denied", "no_account", "sign_in_on_page"} | {
    "not_a_channel",
    "bot_not_admin",
    "bot_cant_post",
}
"""Reasons that only connecting is refused by."""
WHEN_MODERATING = {"not_offered", "not_ours", "too_many", "too_old"}
"""Reasons that only acting on what others said is refused by."""


def connecting() -> set[str]:
    """Return the codes of faults that connecting is refused by, besides those in the code."""
    return {r.replace("_", "-") for r in reasons() - FIELDS} | {"pds"}


def test_the_reasons_are_found() -> None:
    found = reasons()
    assert found >= {"too_long", "media_refused", "media_gone", "forbidden", "gone", "by_hand"}
    assert found >= {"closed", "address", "disconnected", "state", "denied", "bad_link", "empty"}
    assert found & FIELDS == {"handle", "app_password", "instance", "page", "pds", "site"} | {
        "target",
        "token",
        "chat",
        "url",
        "secret",
        "visibility",
        "interactions",
    }


@pytest.mark.parametrize("messages", [messages_fr, messages_en])
def test_every_reason_of_a_network_has_its_sentence(messages: Any) -> None:
    posts = reasons() - FIELDS - WHEN_CONNECTING - WHEN_MODERATING
    assert posts <= set(messages.REFUSALS)
    assert set(messages.REFUSALS) <= reasons()
    assert set(messages.MODERATIONS) >= WHEN_MODERATING
    assert set(messages.FAULTS) >= {reason.replace("_", "-") for reason in WHEN_CONNECTING}
    refused = {code for code in messages.FAULTS if code.startswith("field-refused-")}
    assert refused == {f"field-refused-{name}" for name in reasons() & FIELDS}


@pytest.mark.parametrize("messages", [messages_fr, messages_en])
def test_every_state_result_and_act_has_its_sentence(messages: Any) -> None:
    assert set(messages.WHYS) == set(Why)
    assert set(messages.RESULTS) == set(Result)
    assert set(messages.ACTS) == set(Did)


@pytest.mark.parametrize("messages", [messages_fr, messages_en])
def test_every_reason_of_a_source_has_its_sentence(messages: Any) -> None:
    told = first_words("Unreadable", 0) | first_words("failed", 2) | first_words("stopped", 3)
    told |= {"gone", "refused", "rate-limited", "away"}  # of listening.looking
    told |= {NOT_A_FEED, LOGIN_PAGE, TOO_BIG, NOT_FOUND, FORBIDDEN, ADDRESS}
    told |= first_words("NothingToRead", 0)
    told |= {"no_access"}  # what a network itself refuses, by ``reason_of``
    told |= {OVER_CAP, CAP_TOO_LOW}
    assert set(messages.SOURCES) == told - {"", "transient", "unreadable", "rate_limited"}
    assert Words(Language.FR).source_reason("of-a-later-version") == messages_fr.SOURCES["broken"]


@pytest.mark.parametrize("language", Language)
def test_a_refusal_says_what_was_wrong_and_what_to_change(language: Language) -> None:
    said = Words(language)
    for reason in said._said.REFUSALS:
        text = said.refusal(reason, "Mastodon")
        assert text.endswith(".")
        assert "{" not in text
        if reason != "duplicate":  # it may stay as it is
            assert len(text.split(". ")) + len(text.split(", ")) > 2, text
    assert said.refusal("of-a-later-version", "X") == said.refusal("invalid", "X")


@pytest.mark.parametrize("messages", [messages_fr, messages_en])
def test_every_problem_has_its_sentence(messages: Any) -> None:
    assert set(messages.PROBLEMS) == set(STATUSES)
    assert first_words("Problem", 0) & set(STATUSES) <= set(messages.PROBLEMS)


@pytest.mark.parametrize("messages", [messages_fr, messages_en])
def test_every_fault_has_its_sentence(messages: Any) -> None:
    raised = first_words("Fault", 1) | first_words("Wrong", 0) | set(_CODES.values())
    raised |= {f"image-{fault}".replace("_", "-") for fault in ImageFault}
    raised |= {f"video-{fault}".replace("_", "-") for fault in VideoFault}
    raised |= {"image-too-big", "video-weight", *_VIDEO_CODES.values()}
    checked = first_words("Problem", 0) - set(STATUSES)  # networks.checking.Problem
    raised |= {code.replace("_", "-") for code in checked}
    raised |= first_words("TargetRefused", 0)
    raised = {f"{code}-counted" if code in COUNTED - {"too-long"} else code for code in raised}
    assert len(raised) > 40
    assert raised - set(messages.FAULTS) == set()
    unused = {code.partition("-counted")[0] for code in messages.FAULTS} - raised - connecting()
    assert {code for code in unused if not code.startswith("field-refused-")} <= COUNTED
    assert {shift.value for shift in Shift} == set(messages.NOTES)
    cant = first_words("CantNow", 1) | first_words("CantAnswer", 0)
    assert cant == set(messages.REASONS)


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


def french() -> Iterator[tuple[str, str]]:
    """Yield every French sentence that somebody is told, and where it stands."""
    yield from texts(messages_fr).items()
    for topic, mail in [*FR.items(), ("sign-in", SIGN_IN[Language.FR])]:
        yield from ((f"mail.{topic}", said) for said in (mail.subject, mail.body))
    yield from ((f"mail.greeting.{n}", said) for n, said in enumerate(GREETING[Language.FR]))
    for name, spec in SPECS.items():
        told = [
            spec.label,
            spec.connect_help,
            spec.price,
            *([spec.barrier] if spec.barrier else []),
        ]
        told += [words for f in spec.fields for words in (f.label, f.help, *f.choices.values())]
        yield from ((f"networks.{name}", words["fr"]) for words in told)
    for name, composer in CLOSED.items():
        yield f"networks.{name}", composer.closed["fr"]


def test_french_never_breaks_a_line_before_its_signs() -> None:
    assert [where for where, said in french() if re.search(r" [:;?!%»]|« ", said)] == []
    narrow = [where for where, said in french() if re.search("\u00a0[;?!]|\u202f[:%»]", said)]
    assert narrow == []


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
