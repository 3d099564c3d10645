"""LinkedIn's "little" text: what a post's text is written in, and read back from.

https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format

A reserved character that isn't escaped begins an element. One that isn't completed cuts the
published text short there, and the call succeeds all the same: so every one is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from chalicelib.networks.counting import find_links
from chalicelib.networks.web_links import Span

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_HASHTAG = re.compile(r"(?<![\w&/#])#(?P<tag>\w*[^\W\d_]\w*)")
"""LinkedIn ends a hashtag at the first character that is no letter, digit or underscore."""
_ELEMENT = re.compile(
    r"\{hashtag\|\\?[#＃]\|(?P<tag>(?:\\.|[^}\\])*)\}"
    r"|@\[(?P<name>(?:\\.|[^\]\\])*)\]\([^)]*\)"
    r"|\\(?P<plain>.)",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def little(text: str) -> str:
    """Return a text as it is written there: what is reserved escaped, #tags as hashtags."""
    written, at, links = [], 0, find_links(text)
    for match in _HASHTAG.finditer(text):
        if _is_within(match.start(), links):
            continue  # the fragment of an address
        written.append(_escaped(text[at : match.start()]))
        written.append(rf"{{hashtag|\#|{_escaped(match['tag'])}}}")
        at = match.end()
    return "".join([*written, _escaped(text[at:])])


def plain(written: str) -> str:
    """Return the text that a reader sees of what ``little`` wrote, or of somebody else's."""
    return _ELEMENT.sub(_shown, written)


def _shown(match: re.Match[str]) -> str:
    if match["tag"] is not None:
        return "#" + _ESCAPED.sub(r"\1", match["tag"])
    if match["name"] is not None:
        return _ESCAPED.sub(r"\1", match["name"])
    return match["plain"]


def _escaped(text: str) -> str:
    return _RESERVED.sub(r"\\\g<0>", text)


def _is_within(at: int, links: Sequence[Span]) -> bool:
    return any(link.start <= at < link.end for link in links)
