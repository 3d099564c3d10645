"""The length of a text as each network counts it, and what in it is more than text.

Offsets are in code points, as Python slices; ``byte_span`` turns them into those of UTF-8.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from typing import Any

import regex

from chalicelib.networks.web_links import (
    Span,
    links_on_mastodon,
    links_on_x,
    top_level_domains,
)

__all__ = ["Span", "Unit", "byte_span", "count", "find_hashtags", "find_links", "find_mentions"]

USUAL_URL = 23
"""What Mastodon and X count an address at, however long it is."""


class Unit(StrEnum):
    """What a network counts."""

    GRAPHEMES = "graphemes"
    """What a reader sees as one character: UAX #29, https://unicode.org/reports/tr29/"""
    CODE_POINTS = "code_points"
    UTF16_UNITS = "utf16_units"
    UTF8_BYTES = "utf8_bytes"
    MASTODON = "mastodon"
    """Graphemes, a web address at a fixed length, a remote mention without its server."""
    X_WEIGHTED = "x_weighted"
    """1 or 2 by script, an emoji 2, an address 23:
    https://docs.x.com/fundamentals/counting-characters"""
    THREADS = "threads"
    """Code points, an emoji at its number of UTF-8 bytes:
    https://developers.facebook.com/docs/threads/overview#limitations"""


def count(text: str, unit: Unit, url_length: int = 0) -> int:
    """Return how long a text is in a network's own counting.

    Args:
        text: What is to be published.
        unit: What is counted.
        url_length: What an address counts where the unit fixes that; 0: the usual 23.
    """
    return _COUNTERS[unit](text, url_length or USUAL_URL)


# Counting.

_GRAPHEME = regex.compile(r"\X")
_PICTURE = regex.compile(r"\p{Extended_Pictographic}|\p{Regional_Indicator}|\u20E3")
# Somebody's name, with or without a server. MENTION_RE and USERNAME_RE of
# https://github.com/mastodon/mastodon/blob/main/app/models/account.rb, and what may not follow.
_MASTODON_MENTION = regex.compile(
    r"(?<![=/\w])@(?P<name>[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)(?:@\w+(?:[.-]+\w+)*)?"
    r"(?![@＠\xC0-\xD6\xD8-\xF6\xF8-\u024F]|://)",
    regex.IGNORECASE,
)
_X_EMOJI = regex.compile(
    r"\p{Regional_Indicator}{2}"
    r"|[0-9#*]\uFE0F?\u20E3"
    r"|(?:[\xA9\xAE]\uFE0F|(?![\xA9\xAE])\p{Extended_Pictographic}\uFE0F?)"
    r"\p{Emoji_Modifier}?[\U000E0020-\U000E007F]*"
    r"(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?)*"
    r"|\p{Emoji_Modifier}"
)
_X_LIGHT = regex.compile(r"[\u0000-\u10FF\u2000-\u200D\u2010-\u201F\u2032-\u2037]")
"""What weighs 1 on X: twitter-text's configuration, version 3."""


def _graphemes(text: str) -> int:
    return sum(1 for _ in _GRAPHEME.finditer(text))


def _mastodon(text: str, url_length: int) -> int:
    """Count as Mastodon's StatusLengthValidator does.

    https://github.com/mastodon/mastodon/blob/main/app/validators/status_length_validator.rb
    """
    if not text.strip():
        return 0
    links = [(link.start, link.end, "x" * url_length) for link in links_on_mastodon(text)]
    names = [(m.start(), m.end(), f"@{m['name']}") for m in _MASTODON_MENTION.finditer(text)]
    shown, at = [], 0
    for start, end, counted in sorted([*links, *names]):
        if start >= at:
            shown += [text[at:start], counted]
            at = end
    return _graphemes("".join([*shown, text[at:]]))


def _x_weighted(text: str, url_length: int) -> int:
    """Count as twitter-text's parseTweet does, its configuration 3 with emoji as one.

    https://github.com/twitter/twitter-text/blob/master/config/v3.json
    """
    composed = unicodedata.normalize("NFC", text)
    total, at = 0, 0
    for link in links_on_x(composed):
        total += _x_weight(composed[at : link.start]) + url_length
        at = link.end
    return total + _x_weight(composed[at:])


def _x_weight(text: str) -> int:
    emoji = len(_X_EMOJI.findall(text))
    plain = str(_X_EMOJI.sub("", text))
    return 2 * (emoji + len(plain)) - len(_X_LIGHT.findall(plain))


def _threads(text: str, _: int) -> int:
    """Count; where it isn't said what an emoji is, more is counted rather than less.

    A text that is too long is answered with a 500 there, which proves nothing.
    """
    clusters = _GRAPHEME.findall(text)
    return sum(len(c.encode()) if _PICTURE.search(c) else len(c) for c in clusters)


_COUNTERS: dict[Unit, Callable[[str, int], int]] = {
    Unit.GRAPHEMES: lambda text, _: _graphemes(text),
    Unit.CODE_POINTS: lambda text, _: len(text),
    Unit.UTF16_UNITS: lambda text, _: len(text.encode("utf-16-le")) // 2,
    Unit.UTF8_BYTES: lambda text, _: len(text.encode()),
    Unit.MASTODON: _mastodon,
    Unit.X_WEIGHTED: _x_weighted,
    Unit.THREADS: _threads,
}


# Finding what is more than text, for networks where nothing is a link unless it is said so.
# Hashtags and mentions are those of Bluesky's own client, so that a post looks the same from
# here and there (TAG_REGEX, MENTION_REGEX), links are linkify-it's:
# https://github.com/bluesky-social/atproto/tree/main/packages/api/src/rich-text

_UNSEEN = r"\u00AD\u2060\u200A\u200B\u200C\u200D\u20E2"
_HASHTAG = regex.compile(
    rf"(?<![^\s\uFEFF])[#＃](?!\uFE0F)"
    rf"(?P<tag>[^\s{_UNSEEN}]*[^\d\s\p{{P}}{_UNSEEN}][^\s{_UNSEEN}]*)"
)
_TRAILING = regex.compile(r"\p{P}+$")
_MAX_TAG = {Unit.GRAPHEMES: 64, Unit.UTF8_BYTES: 640}
"""app.bsky.richtext.facet#tag:
https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/richtext/facet.json"""
_BARE_HOST = regex.compile(r"[^/:?#]+")
_MENTION = regex.compile(r"(?<![^\s(])@(?P<handle>[a-zA-Z0-9.-]*[a-zA-Z0-9])(?![a-zA-Z0-9_])")


def find_links(text: str) -> list[Span]:
    """Return the web addresses in a text, in order: with a scheme, or known by their domain.

    ``value`` always has a scheme. An e-mail address, a handle and a name whose ending is no
    top-level domain (``menu.pdf``) are none.
    """
    found = _linkifier().match(text) or ()
    return [
        Span(m.index, m.last_index, m.raw if m.schema else f"https://{m.raw}")
        for m in found
        if m.schema in {"http:", "https:"} or (m.schema == "" and _is_meant(m.raw))
    ]


def find_hashtags(text: str) -> list[Span]:
    """Return the hashtags in a text, in order; ``value`` is without the ``#``."""
    spans = []
    for match in _HASHTAG.finditer(text):
        tag = _TRAILING.sub("", match["tag"])
        if tag and all(count(tag, unit) <= most for unit, most in _MAX_TAG.items()):
            spans.append(Span(match.start(), match.start("tag") + len(tag), tag))
    return spans


def find_mentions(text: str) -> list[Span]:
    """Return the handles in a text, in order; ``value`` is without the ``@``.

    A handle is a domain name, so one without a known top level is none.
    """
    return [
        Span(match.start(), match.end(), match["handle"])
        for match in _MENTION.finditer(text)
        if _has_top_level(match["handle"].lower())
    ]


def byte_span(text: str, start: int, end: int) -> tuple[int, int]:
    """Return code point offsets of a text as offsets of its UTF-8 bytes."""
    first = len(text[:start].encode())
    return first, first + len(text[start:end].encode())


def _is_meant(bare: str) -> bool:
    """Say whether an address without a scheme is one: « etc.Au revoir » only lacks a space.

    As in the official client, the top-level domain must be in lower case.
    """
    host = _BARE_HOST.match(bare)
    top = host.group().rpartition(".")[2] if host else ""
    return top == top.lower()


def _has_top_level(domain: str) -> bool:
    name, _, top = domain.rpartition(".")
    return bool(name) and (top in top_level_domains() or top == "test")


@cache
def _linkifier() -> Any:
    from linkify_it import LinkifyIt  # noqa: PLC0415 - only where links are looked for

    # The longest first: an alternative that fits ends the search.
    return LinkifyIt().tlds(sorted(top_level_domains(), key=len, reverse=True))
