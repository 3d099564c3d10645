"""How long a text is for each network, and what in it is a link, a hashtag or a mention."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.networks.counting import (
    Span,
    Unit,
    byte_span,
    count,
    find_hashtags,
    find_links,
    find_mentions,
)
from chalicelib.networks.web_links import links_on_mastodon, links_on_x

SUITE = Path(__file__).parents[3] / "shared" / "specs" / "twitter-text"

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇫🇷"
ENGLAND = "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
E_ACUTE = "e\u0301"


# Characters.


@pytest.mark.parametrize(
    ("text", "unit", "length"),
    [
        ("", Unit.GRAPHEMES, 0),
        ("déjà", Unit.GRAPHEMES, 4),
        (f"d{E_ACUTE}j\u00e0", Unit.GRAPHEMES, 4),
        (FAMILY, Unit.GRAPHEMES, 1),
        (FLAG * 2, Unit.GRAPHEMES, 2),
        ("a\r\nb", Unit.GRAPHEMES, 3),
        (FAMILY, Unit.CODE_POINTS, 7),
        (E_ACUTE, Unit.CODE_POINTS, 2),
        (FAMILY, Unit.UTF16_UNITS, 11),
        ("Ça va", Unit.UTF16_UNITS, 5),
        ("Ça va", Unit.UTF8_BYTES, 6),
        (FAMILY, Unit.UTF8_BYTES, 25),
    ],
)
def test_characters_are_counted_by_their_unit(text: str, unit: Unit, length: int) -> None:
    assert count(text, unit) == length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Ouvert demain à 7 h 30 !", 24),
        ("😀", 4),
        (f"a{FLAG}b", 10),
        (FAMILY, 25),
        ("5", 1),
        ("5\ufe0f\u20e3", 7),
        ("https://exemple.fr", 18),
    ],
)
def test_threads_counts_an_emoji_by_its_bytes(text: str, length: int) -> None:
    assert count(text, Unit.THREADS) == length


# Mastodon.


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("   \n", 0),
        ("Bonjour", 7),
        (FAMILY, 1),
        ("https://exemple.fr", 23),
        ("http://a.fr", 23),
        ("https://exemple.fr/" + "a" * 300, 23),
        ("voir (https://exemple.fr/pain).", 5 + 1 + 23 + 2),
        ("https://exemple.fr/a_(b), oui", 23 + 5),
        ("https://a.fr https://b.fr", 47),
        ("https://exemple.fr?q=été&x=1 !", 23 + 2),
        # Only what will be a link has a fixed length.
        ("exemple.fr", 10),
        ("http://localhost", 16),
        ("https://pas-de-suffixe", 22),
        ("@marie", 6),
        ("@marie@mastodon.social", 6),
        ("@marie@mastodon.social, @jean.dupont@piaille.fr", 6 + 2 + 12),
        ("cc:@marie@mastodon.social", 3 + 6),
        # Neither a mail address nor a part of one of the web.
        ("marie@mastodon.social", 21),
        ("https://mastodon.social/@marie@piaille.fr", 23),
        ("x/@marie@mastodon.social", 24),
    ],
)
def test_mastodon_shortens_addresses_and_remote_mentions(text: str, length: int) -> None:
    assert count(text, Unit.MASTODON) == length


def test_an_instance_may_count_addresses_at_another_length() -> None:
    assert count("ici : https://exemple.fr", Unit.MASTODON, 32) == 6 + 32


# X.


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hi http://test.co", 26),
        ("«Été» d’Île-de-France", 21),
        ("10 € … ™", 2 + 1 + 2 + 1 + 2 + 1 + 2),
        ("漢字", 4),
        (FAMILY, 2),
        (f"{FLAG}👍🏽🧕🏾", 6),
        (ENGLAND, 2),
        ("1\ufe0f\u20e3 ©", 4),
        (E_ACUTE, 1),
        ("Réservez sur exemple.fr/table", 13 + 23),
        ("marie@exemple.fr", 16),
        ("fichier.inconnu", 15),
        ("http://example.comだよね.comtest/hogehoge", 23 + 23),
    ],
)
def test_x_weighs_by_script_emoji_and_address(text: str, length: int) -> None:
    assert count(text, Unit.X_WEIGHTED) == length


# These two were written for configuration 2, where the code points of an emoji are weighed one
# by one; the next section has the same texts for configuration 3.
OF_CONFIGURATION_2 = {
    ("WeightedTweetsCounterTest", "Count a mix of single byte"),
    ("WeightedTweetsCounterTest", "Count unicode emoji chars "),
}


def suite(file: str, *sections: str) -> list[Any]:
    path = SUITE / file
    if not path.exists():
        why = "twitter-text's conformance suite isn't here"
        return [pytest.param({}, marks=pytest.mark.skip(reason=why))]
    tests = yaml.safe_load(path.read_text(encoding="utf-8"))["tests"]
    return [
        pytest.param(case, id=f"{section}: {case['description']}")
        for section in sections
        for case in tests[section]
        if (section, case["description"][:26]) not in OF_CONFIGURATION_2
    ]


@pytest.mark.parametrize(
    "case",
    suite(
        "validate.yml",
        "WeightedTweetsCounterTest",
        "WeightedTweetsWithDiscountedEmojiCounterTest",
        "UnicodeDirectionalMarkerCounterTest",
    ),
)
def test_the_weights_are_those_of_the_conformance_suite(case: dict[str, Any]) -> None:
    assert count(case["text"], Unit.X_WEIGHTED) == case["expected"]["weightedLength"]


@pytest.mark.parametrize("case", suite("extract.yml", "urls", "tco_urls_with_params"))
def test_the_addresses_are_those_of_the_conformance_suite(case: dict[str, Any]) -> None:
    text = case["text"]
    assert [text[s.start : s.end] for s in links_on_x(text)] == case["expected"]


@pytest.mark.parametrize(
    "case", suite("extract.yml", "urls_with_indices", "urls_with_directional_markers")
)
def test_the_places_are_those_of_the_conformance_suite(case: dict[str, Any]) -> None:
    expected = [tuple(e["indices"]) for e in case["expected"]]
    assert [(s.start, s.end) for s in links_on_x(case["text"])] == expected


@pytest.mark.parametrize(
    "text",
    [
        "a." * 2_500,
        "漢." * 2_500,
        "漢" * 5_000 + ".",
        "http://a.fr/" + "(" * 5_000,
        "http://a.fr/" + "(a" * 2_500,
        "x.fr/" + "!" * 5_000,
        "@a" * 2_500,
        "#" * 5_000,
        "#a." * 1_700,
        "@a." * 1_700,
    ],
    ids=lambda text: text[:14],
)
def test_no_text_makes_counting_slow(text: str) -> None:
    began = time.process_time()
    for unit in Unit:
        count(text, unit)
    for find in (find_links, find_hashtags, find_mentions):
        find(text)
    assert time.process_time() - began < 5


# Properties.

PIECES = (
    f"a é {E_ACUTE} 😀 {FAMILY} {FLAG} 漢 … ’ #pain # ( ) . , \u00a0 https://exemple.fr/p?x=é "
    "exemple.bzh @marie.bsky.social @a@b.fr x@y.fr"
).split(" ")
MIXED = st.lists(st.sampled_from([*PIECES, " ", "\n"]), max_size=30).map("".join) | st.text(
    max_size=80
)


@settings(deadline=None)
@given(MIXED)
def test_units_keep_their_order(text: str) -> None:
    graphemes, points = count(text, Unit.GRAPHEMES), count(text, Unit.CODE_POINTS)
    units, octets = count(text, Unit.UTF16_UNITS), count(text, Unit.UTF8_BYTES)
    assert graphemes <= points <= units <= octets
    assert points <= count(text, Unit.THREADS) <= octets


@settings(deadline=None)
@given(MIXED, MIXED)
def test_paragraphs_add_up(one: str, other: str) -> None:
    one, other = one.replace("\r", ""), other.replace("\r", "")  # texts are normalised
    for unit in (Unit.CODE_POINTS, Unit.UTF16_UNITS, Unit.UTF8_BYTES):
        assert count(one + other, unit) == count(one, unit) + count(other, unit)
    # A blank line is between words for all: clusters, addresses and names end there.
    for unit in (Unit.GRAPHEMES, Unit.THREADS, Unit.X_WEIGHTED):
        assert count(f"{one}\n\n{other}", unit) == count(one, unit) + 2 + count(other, unit)


@settings(deadline=None)
@given(st.integers(0, 400))
def test_an_address_counts_the_same_however_long(length: int) -> None:
    url = "https://exemple.fr/" + "a" * length
    assert count(f"Voir {url} !", Unit.MASTODON) == 5 + 23 + 2
    assert count(f"Voir {url} !", Unit.X_WEIGHTED) == 5 + 23 + 2


FINDERS: list[Callable[[str], list[Span]]] = [find_links, find_hashtags, find_mentions]


@settings(deadline=None)
@given(MIXED, st.sampled_from(FINDERS))
def test_what_is_found_stands_where_it_is_said_in_characters_and_in_bytes(
    text: str, find: Callable[[str], list[Span]]
) -> None:
    octets = text.encode()
    end = 0
    for span in find(text):
        assert end <= span.start < span.end <= len(text)
        end = span.end
        first, last = byte_span(text, span.start, span.end)
        assert octets[first:last].decode() == text[span.start : span.end]
        assert text[span.start : span.end].endswith(span.value.removeprefix("https://"))


@settings(deadline=None)
@given(MIXED)
def test_addresses_on_x_and_mastodon_stand_where_it_is_said(text: str) -> None:
    for links in (links_on_x, links_on_mastodon):
        for span in links(text):
            assert text[span.start : span.end] == span.value.removeprefix("https://") or (
                text[span.start : span.end] == span.value
            )


# Links, hashtags, mentions.


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("Voir https://exemple.fr/pain.", ["https://exemple.fr/pain"]),
        ("(https://exemple.fr/a_(b))", ["https://exemple.fr/a_(b)"]),
        ("Voir exemple.fr, boulangerie.bzh/menu", ["exemple.fr", "boulangerie.bzh/menu"]),
        ("«exemple.fr» et l’exemple.paris…", ["exemple.fr", "exemple.paris"]),
        ("http://localhost:8000/x", ["http://localhost:8000/x"]),
        ("marie@exemple.fr", []),
        ("@marie.bsky.social", []),
        ("C’est fini.Venez. 3.14 photo.jpg", []),
        ("etc.Au revoir, c’est tout.De rien", []),
        ("Exemple.fr/Menu, https://EXEMPLE.FR", ["Exemple.fr/Menu", "https://EXEMPLE.FR"]),
        ("javascript:alert(1) ftp://exemple.fr //exemple.fr", []),
    ],
)
def test_links_are_found_with_or_without_scheme(text: str, links: list[str]) -> None:
    spans = find_links(text)
    assert [text[s.start : s.end] for s in spans] == links
    assert all(s.value.startswith(("https://", "http://")) for s in spans)


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#pain et #boulangerie_bio", ["pain", "boulangerie_bio"]),
        ("#Noël2026, #été!", ["Noël2026", "été"]),
        ("＃pain", ["pain"]),
        ("#1 #2026 # #-", []),
        ("#1er", ["1er"]),
        ("a#b &#39; https://exemple.fr/#ancre", []),
        ("(#pain)", []),
        ("#🥐", ["🥐"]),
        ("#" + "a" * 64, ["a" * 64]),
        ("#" + "a" * 65, []),
        ("#" + FLAG * 64, [FLAG * 64]),
        ("#" + FLAG * 65, []),
        # One grapheme of 28 bytes each: 640 bytes are the other limit.
        ("#" + ENGLAND * 22, [ENGLAND * 22]),
        ("#" + ENGLAND * 23, []),
    ],
)
def test_hashtags_are_those_of_the_official_client(text: str, tags: list[str]) -> None:
    assert [s.value for s in find_hashtags(text)] == tags
    assert [text[s.start + 1 : s.end] for s in find_hashtags(text)] == tags


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@marie.bsky.social !", ["marie.bsky.social"]),
        ("(@exemple.fr)", ["exemple.fr"]),
        ("merci @exemple.fr.", ["exemple.fr"]),
        ("@alice.test", ["alice.test"]),
        ("@marie", []),
        ("marie@exemple.fr", []),
        ("@exemple.pasundomaine", []),
        ("@.fr @-", []),
    ],
)
def test_mentions_are_handles_with_a_known_top_level(text: str, handles: list[str]) -> None:
    assert [s.value for s in find_mentions(text)] == handles
    assert [text[s.start : s.end] for s in find_mentions(text)] == [f"@{h}" for h in handles]


def test_bytes_are_counted_before_and_within() -> None:
    text = "😀 é #été"
    (tag,) = find_hashtags(text)
    assert byte_span(text, tag.start, tag.end) == (8, 14)
