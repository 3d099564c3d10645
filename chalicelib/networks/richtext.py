"""Finds what Bluesky calls facets: nothing in a text is a link there unless the record says so.

Mentions and hashtags are found as the official client does it, so that a post looks the same
from here and there, links by linkify-it:
https://github.com/bluesky-social/atproto/blob/main/packages/api/src/rich-text/detection.ts
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex

_FACET = "app.bsky.richtext.facet"
_MENTION = regex.compile(r"(?:^|\s|\()(@([a-zA-Z0-9.-]+))\b")
_INVISIBLE = r"\u00ad\u2060\u200a\u200b\u200c\u200d\u20e2"
_TAG = regex.compile(
    rf"(?:^|\s)([#＃]((?!\ufe0f)[^\s{_INVISIBLE}]*[^\d\s\p{{P}}{_INVISIBLE}]+[^\s{_INVISIBLE}]*))"
)
_TRAILING = regex.compile(r"\p{P}+$")
_MAX_TAG = 64
"""Graphemes: app.bsky.richtext.facet#tag."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the text by character offsets, and what it means."""

    start: int
    end: int
    kind: str
    """``link``, ``mention`` or ``tag``."""
    value: str


def spans(text: str) -> list[Span]:
    """Return the links, mentions and hashtags of a text in order, none within another."""
    found = sorted(
        [*_links(text), *_mentions(text), *_tags(text)],
        key=lambda s: (s.start, s.kind != "link"),
    )
    kept: list[Span] = []
    for span in found:
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def mentioned(text: str) -> list[str]:
    """Return the handles that a text mentions, each once."""
    return list(dict.fromkeys(s.value for s in spans(text) if s.kind == "mention"))


def facets(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the facets of a text; a mention whose handle has no DID stays plain text.

    Offsets are in UTF-8 bytes, the end is exclusive:
    https://docs.bsky.app/docs/advanced-guides/post-richtext
    """
    made = []
    for span in spans(text):
        feature = _feature(span, dids)
        if feature is not None:
            start = len(text[: span.start].encode())
            end = start + len(text[span.start : span.end].encode())
            made.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
    return made


def _feature(span: Span, dids: Mapping[str, str]) -> dict[str, str] | None:
    if span.kind == "link":
        return {"$type": f"{_FACET}#link", "uri": span.value}
    if span.kind == "tag":
        return {"$type": f"{_FACET}#tag", "tag": span.value}
    did = dids.get(span.value)
    return {"$type": f"{_FACET}#mention", "did": did} if did else None


def _links(text: str) -> Iterator[Span]:
    for match in _linkifier().match(text) or ():
        is_bare = match.schema == ""
        # A domain without a scheme is a link too, but « etc.Au revoir » isn't a domain.
        if match.schema not in {"", "http:", "https:"} or (
            is_bare and match.text.lower() != match.text
        ):
            continue
        uri = f"https://{match.text}" if is_bare else match.text
        yield Span(match.index, match.last_index, "link", uri)


@cache
def _linkifier() -> Any:
    from linkify_it import LinkifyIt  # noqa: PLC0415 - only where links are looked for

    return LinkifyIt()


def _mentions(text: str) -> Iterator[Span]:
    for match in _MENTION.finditer(text):
        handle = match.group(2).rstrip(".-")
        if "." in handle:
            end = match.start(2) + len(handle)
            yield Span(match.start(1), end, "mention", handle.lower())


def _tags(text: str) -> Iterator[Span]:
    for match in _TAG.finditer(text):
        tag = _TRAILING.sub("", match.group(2).strip())
        if tag and len(regex.findall(r"\X", tag)) <= _MAX_TAG:
            end = match.start(1) + 1 + len(tag)
            yield Span(match.start(1), end, "tag", tag)
