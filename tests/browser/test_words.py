"""The words of the pages: the same in both languages, with the blanks that don't break."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Visit

AREAS = [
    "",
    *("-channels", "-door", "-inbox", "-media", "-message", "-metrics"),
    *("-options", "-today", "-watches"),
]
"""The words of all pages, and those that only some say."""
LOADED = """async (names) => Object.assign({}, ...(await Promise.all(
    names.map((name) => import(`/i18n/${name}.js`)))).map((one) => one.default))"""


def names(language: str) -> list[str]:
    return [language + area for area in AREAS]


def forms(sentence: Any) -> dict[str, str]:
    return sentence if isinstance(sentence, dict) else {"": sentence}


def places(sentence: Any) -> dict[str, set[str]]:
    """Return, by the form of a sentence, the names that it has places for."""
    return {form: set(re.findall(r"\{(\w+)\}", text)) for form, text in forms(sentence).items()}


@pytest.fixture
def door(visit_unknown: Visit) -> Page:
    return visit_unknown("/sign-in")


def test_both_languages_have_the_same_sentences_with_the_same_places(door: Page) -> None:
    fr = door.evaluate(LOADED, names("fr"))
    en = door.evaluate(LOADED, names("en"))
    assert list(fr) == list(en)
    for key, sentence in fr.items():
        assert places(sentence) == places(en[key]), key
        assert all(form.strip() for form in [*forms(sentence).values(), *forms(en[key]).values()])


def test_every_file_of_words_is_looked_at_and_no_key_stands_in_two(frontend: Path) -> None:
    files = sorted(file.stem for file in (frontend / "i18n").glob("*.js"))
    assert files == sorted(names("en") + names("fr"))
    text = [(frontend / f"i18n/{name}.js").read_text(encoding="utf-8") for name in names("fr")]
    keys = re.findall(r"^  '?([\w.]+(?:-[\w-]+)?)'?: ", "\n".join(text), flags=re.MULTILINE)
    assert len(keys) == len(set(keys))


def test_every_sentence_is_said_somewhere(door: Page, frontend: Path) -> None:

    files = [f for f in frontend.rglob("*.js") if f.parts[-2] not in {"i18n", "vendor"}]
    text = "".join(f.read_text(encoding="utf-8") for f in files)
    composed = [
        re.compile(re.sub(r"\\\$\\\{[^}]*\\\}", "[a-z_0-9-]+", re.escape(one)))
        for one in re.findall(r"`([a-z]+\.[^`\s]*\$\{[^`\s]*)`", text)
    ]
    unsaid = [
        key
        for key in door.evaluate(LOADED, names("fr"))
        if f"'{key}'" not in text and not any(one.fullmatch(key) for one in composed)
    ]
    assert unsaid == []


@pytest.mark.parametrize(
    ("written", "typeset"),
    [
        ("Part à : maintenant ?", "Part à\u00a0: maintenant\u202f?"),
        ("« Galette »", "«\u00a0Galette\u00a0»"),
        ("12 %", "12\u00a0%"),
        ("{n} images", "{n}\u00a0images"),
        ("rien à faire", "rien à faire"),
    ],
)
def test_french_blanks_do_not_break(door: Page, written: str, typeset: str) -> None:
    said = door.evaluate("async (text) => (await import('/i18n.js')).typeset(text)", written)
    assert said == typeset


@pytest.mark.parametrize(
    ("language", "hour", "day"),
    [
        ("fr", "8\u00a0h\u00a030", "mer.\u00a025\u00a0nov."),
        ("en", "8:30\u00a0am", "Wed\u00a025\u00a0Nov"),
    ],
)
def test_hours_and_days_are_written_as_people_write_them(
    door: Page, language: str, hour: str, day: str
) -> None:
    said = door.evaluate(
        """async (language) => {
          await (await import('/i18n.js')).speak(language);
          const { day, hour } = await import('/format.js');
          return [hour('08:30'), day('2026-11-25', '2026-11-24')];
        }""",
        language,
    )
    assert said == [hour, day]


def test_an_instant_is_shown_on_the_firms_clock_across_a_change_of_hour(door: Page) -> None:
    said = door.evaluate(
        """async () => {
          const { wallClock } = await import('/format.js');
          const instants = ['2027-03-28T00:30:00Z', '2027-03-28T01:30:00Z'];
          return instants.map((at) => wallClock(at, 'Europe/Paris').time);
        }"""
    )
    assert said == ["01:30", "03:30"]
