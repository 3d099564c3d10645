"""Recognises our own text in what a network made of it.

Networks wrap text in HTML, hide parts of links, shorten mentions and fold hashtags. Two
texts are the same when their canonical forms are: letters and digits only. Pictograms don't
count: some networks make them of emoticons, or of shortcodes.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import takewhile

_BLOCKS = frozenset(
    "p div br li ul ol blockquote figure h1 h2 h3 h4 h5 h6 pre hr".split()  # noqa: SIM905
)
_SILENT = frozenset({"script", "style"})
_ALIKE = 0.7
_COMPARED = 1_000
"""Characters: comparing takes the square of it."""
_LETTERS = 12
"""As many in common at the beginning, and a third of the text, are no accident."""
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")
_REMOTE_MENTION = re.compile(r"@(\w[\w.-]*)@\w[\w.-]*\w(?::\d+)?")


def canonical(text: str) -> str:
    """Return what of a text no network alters: equal for a text and its rendered self.

    A remote mention counts as its local part (that is what Mastodon shows). A text without
    any letter or digit is returned without its blanks.
    """
    text = _REMOTE_MENTION.sub(r"@\1", text)
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum()) or "".join(folded.split())


def is_alike(ours: str, theirs: frozenset[str]) -> bool:
    """Say whether canonical forms are so near that one may be the other, altered or cut."""
    return any(_begins_alike(ours, form) or _ratio(ours, form) >= _ALIKE for form in theirs)


def _begins_alike(one: str, other: str) -> bool:
    shared = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )
    return shared >= max(_LETTERS, len(one) // 3)


def _ratio(one: str, other: str) -> float:
    cut = slice(_COMPARED)
    return SequenceMatcher(None, one[cut], other[cut], autojunk=False).ratio()


def html_forms(html: str) -> frozenset[str]:
    """Return the canonical forms that HTML may have come from.

    There are two where it has links: with the text that is shown, and with the whole
    address of each link in its place (a network may show it shortened).
    """
    reader = _read(html)
    return frozenset({canonical("".join(reader.shown)), canonical("".join(reader.whole))})


def _read(html: str) -> _Reader:
    reader = _Reader()
    # Some servers leave ampersands bare, and a parser would make ``¶`` of ``&parametre=1``.
    reader.feed(_BARE_AMPERSAND.sub("&amp;", html))
    reader.close()
    return reader


class _Reader(HTMLParser):
    """Collects the text of HTML, with links as shown and as meant."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self.whole: list[str] = []
        self._silent = 0
        self._in_link = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in _BLOCKS:
            self._say("\n")
        elif tag == "img" and "emoji" in given.get("class", ""):
            self._say(given.get("alt", ""))
        elif tag in _SILENT:
            self._silent += 1
        elif tag == "a" and not self._in_link and _leads_out(given):
            self._in_link = True
            self.whole.append(given["href"])

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._say("\n")
        elif tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "a":
            self._in_link = False

    def handle_data(self, data: str) -> None:
        self._say(data)

    def _say(self, text: str) -> None:
        if self._silent:
            return
        self.shown.append(text)
        if not self._in_link:
            self.whole.append(text)


def _leads_out(attrs: dict[str, str]) -> bool:
    """Say whether a link is one of the text's own, neither a mention nor a hashtag."""
    words = {*attrs.get("class", "").split(), *attrs.get("rel", "").split()}
    return bool(attrs.get("href")) and not words & {"mention", "hashtag", "u-url", "tag"}
