"""Makes text of HTML: paragraphs stay, and where it matters links are readable."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from chalicelib.listening.mentions import MAX_TEXT

_BLOCKS = frozenset(
    "p div blockquote pre ul ol h1 h2 h3 h4 h5 h6 table figure section article".split()  # noqa: SIM905
)
_LINES = frozenset({"br", "li", "tr", "hr"})
_PLAIN = _BLOCKS | _LINES
_LINKED = _PLAIN | {"a", "img"}
_ATTRIBUTES = {"a": {"href", "class", "rel"}, "img": {"alt"}}
_OWN_LINKS = frozenset({"mention", "hashtag", "u-url", "tag"})
"""What marks the links that a network makes of names and hashtags: they read well as they are."""
_MAX_HTML = 10 * MAX_TEXT
_BLANKS = re.compile(r"[^\S\n]+")
_GAPS = re.compile(r" ?\n ?")
_MANY_LINES = re.compile(r"\n{3,}")


def readable(html: str) -> str:
    """Return the text of HTML: paragraphs apart by an empty line, links by their whole address.

    A link whose words aren't its address is followed by it in brackets; names and hashtags
    stay as they are shown. It may be anything: it is cleaned first, by a real parser.
    """
    return _tidy(_told(html, _LINKED), MAX_TEXT)


def plain_text(html: str, most: int) -> str:
    """Return what HTML says, at most so many characters: links by their words alone.

    What is plain text already stays as it is, its blanks aside.
    """
    is_plain = "<" not in html and "&" not in html
    return _tidy(html[:_MAX_HTML].replace("\r", "\n") if is_plain else _told(html, _PLAIN), most)


def _told(html: str, kept: frozenset[str]) -> str:
    import nh3  # noqa: PLC0415 - it is only needed where something is heard

    reader = _Reader()
    clean = nh3.clean(html[:_MAX_HTML], tags=set(kept), attributes=_ATTRIBUTES, link_rel=None)
    reader.feed(clean)
    reader.close()
    return "".join(reader.told)


def _tidy(text: str, most: int) -> str:
    lines = _GAPS.sub("\n", _BLANKS.sub(" ", text))
    return _MANY_LINES.sub("\n\n", lines).strip()[:most]


class _Reader(HTMLParser):
    """Collects the text of clean HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.told: list[str] = []
        self._target = ""
        self._begins = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "a":
            self._target, self._begins = _target(given), len(self.told)
        elif tag == "img":
            self.told.append(given.get("alt", ""))
        else:
            self._breaks(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._end_link()
        elif tag in _BLOCKS:
            self._breaks(tag)

    def handle_data(self, data: str) -> None:
        # In HTML a line's end is a blank like any other.
        self.told.append(data.replace("\n", " "))

    def _breaks(self, tag: str) -> None:
        self.told.append("\n\n" if tag in _BLOCKS else "\n")

    def _end_link(self) -> None:
        shown = "".join(self.told[self._begins :]).strip()
        target, self._target = self._target, ""
        if not target or shown == target:
            return
        is_address = shown.removesuffix("…").removesuffix("/") in target
        self.told[self._begins :] = [target if is_address else f"{shown} ({target})"]


def _target(attrs: dict[str, str]) -> str:
    """Return where a link leads, if it is one of the text's own."""
    words = {*attrs.get("class", "").split(), *attrs.get("rel", "").split()}
    href = attrs.get("href", "")
    return href if href.startswith(("http://", "https://")) and not words & _OWN_LINKS else ""
