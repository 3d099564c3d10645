"""The composer's counters and the server count alike, so that neither surprises a person."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from chalicelib.networks import bluesky, mastodon, site
from chalicelib.networks.counting import Unit, count
from chalicelib.networks.spec import NetworkSpec
from chalicelib.networks.wording import wording
from chalicelib.publishing.posts import Content, Media
from tests.browser.conftest import Visit

TEXTS = [
    "",
    "   \n",
    "Bonjour",
    "é e\u0301 ÇÀ — « oui » … ’ “q”",
    "👨‍👩‍👧‍👦 famille 🇫🇷 1\ufe0f\u20e3 ©\ufe0f ™ 👩🏽‍🍳 🏳️‍🌈 ❤️ ❤",
    "한국어 日本語 العربية नमस्ते क्षि",
    "La galette https://boulangerie-martin.fr/galette?x=1, voilà.",
    "(https://fr.wikipedia.org/wiki/Pain_(aliment))",
    "http://a.fr. https://a.fr/a..b https://a.fr/a, https://a.fr/a;b; https://a.fr/?",
    "https://exemple.fr/é/ü#x! fin, «https://a.fr»",
    "https://hôte.fr/pâtisserie et https://xn--caf-dma.fr",
    "@claire@piaille.fr et @theo, a@b.fr",
    "x@a@b.c =@a@b.fr /@a@b.fr @claire.martin_@x.y",
    "xhttps://a.fr -https://a.fr https:// https://1.2.3.4/x",
    "HTTP://EXEMPLE.FR/A https://a.fr:8080/x",
    "https://a.fr｜https://b.fr",
    "boulangerie-martin.fr/galette, voir boulangerie-martin.fr.",
    "e-mail claire@boulangerie-martin.fr, v1.2.3 et fichier.txt",
    "www.exemple.com, exemple.com/x.html",
    "prix : 3,50 € la part\ndeux lignes\t!",
]
LENGTHS = [0, 23, 32]
COUNT = """async (rows) => {
  const { count } = await import('/counting.js');
  return rows.map(([text, unit, url_length]) => count(text, { unit, url_length, max: 1 }));
}"""
WORD = """async ([content, options]) => (await import('/counting.js')).wording(content, options)"""
FIT = """async ([text, limits]) => (await import('/counting.js')).fitting(text, limits)"""
PICTURE = Media(sha256="0" * 64, content_type="image/png", width=1, height=1, size=1)


@pytest.fixture
def door(visit_unknown: Visit) -> Page:
    return visit_unknown("/sign-in")


def test_every_unit_counts_as_on_the_server(door: Page) -> None:
    rows = [(text, unit.value, length) for text in TEXTS for unit in Unit for length in LENGTHS]
    counted = door.evaluate(COUNT, rows)
    expected = [count(text, Unit(unit), length) for text, unit, length in rows]
    assert list(zip(rows, counted, strict=True)) == list(zip(rows, expected, strict=True))


@pytest.mark.parametrize("spec", [mastodon.SPEC, bluesky.SPEC, site.SPEC], ids=lambda s: s.name)
@pytest.mark.parametrize("media", [(), (PICTURE,)], ids=["alone", "with a picture"])
@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Bonjour", None),
        ("Bonjour", "https://a.fr/x"),
        ("Voir https://a.fr/x", "https://a.fr/x"),
        ("", "https://a.fr/x"),
        ("  e\u0301\r\nfin \n", "https://a.fr/x"),
    ],
)
def test_the_text_that_goes_out_is_the_servers(
    door: Page, spec: NetworkSpec, media: tuple[Media, ...], text: str, link: str | None
) -> None:
    content: dict[str, Any] = {"text": text, "link": link, "media": [m.sha256 for m in media]}
    options = [option.value for option in spec.options]
    said = door.evaluate(WORD, [content, options])
    assert said == wording(Content(text=text, link=link, media=media), spec)


def test_the_part_that_fits_is_the_longest_in_whole_characters(door: Page) -> None:
    family = "👨‍👩‍👧‍👦"
    limits = [
        {"unit": "graphemes", "max": 4, "url_length": 0},
        {"unit": "utf8_bytes", "max": 60, "url_length": 0},
    ]
    assert door.evaluate(FIT, [f"a{family}b{family}c", limits]) == f"a{family}b{family}"
    limits[1]["max"] = 40
    assert door.evaluate(FIT, [f"a{family}b{family}c", limits]) == f"a{family}b"
