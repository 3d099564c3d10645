"""Makes what Bluesky calls facets: nothing in a text is a link there unless the record says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from chalicelib.networks.counting import (
    Span,
    byte_span,
    find_hashtags,
    find_links,
    find_mentions,
)
from chalicelib.networks.replies import said_count, said_object, said_objects, said_text

_FACET = "app.bsky.richtext.facet"


class Kind(StrEnum):
    """What a part of a text is, where it is more than text."""

    LINK = "link"
    MENTION = "mention"
    TAG = "tag"


_FINDERS: dict[Kind, Callable[[str], list[Span]]] = {
    Kind.LINK: find_links,
    Kind.MENTION: find_mentions,
    Kind.TAG: find_hashtags,
}


def spans(text: str) -> list[tuple[Kind, Span]]:
    """Return the links, mentions and hashtags of a text in order, none within another."""
    found = [(kind, span) for kind, find in _FINDERS.items() for span in find(text)]
    kept: list[tuple[Kind, Span]] = []
    for kind, span in sorted(found, key=lambda f: f[1].start):
        if not kept or span.start >= kept[-1][1].end:
            kept.append((kind, span))
    return kept


def mentioned(text: str) -> list[str]:
    """Return the handles that a text mentions, in lower case, each once."""
    handles = (span.value.lower() for kind, span in spans(text) if kind is Kind.MENTION)
    return list(dict.fromkeys(handles))


def facets(text: str, dids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the facets of a text; a mention whose handle has no DID stays plain text.

    Offsets are in UTF-8 bytes, the end is exclusive:
    https://docs.bsky.app/docs/advanced-guides/post-richtext

    Args:
        text: What is to be published.
        dids: The DID of each handle that was resolved, by the handle in lower case.
    """
    made = []
    for kind, span in spans(text):
        if feature := _feature(kind, span.value, dids):
            start, end = byte_span(text, span.start, span.end)
            made.append({"index": {"byteStart": start, "byteEnd": end}, "features": [feature]})
    return made


def _feature(kind: Kind, value: str, dids: Mapping[str, str]) -> dict[str, str] | None:
    if kind is Kind.MENTION:
        did = dids.get(value.lower())
        return {"$type": f"{_FACET}#mention", "did": did} if did else None
    return {"$type": f"{_FACET}#{kind}", "uri" if kind is Kind.LINK else "tag": value}


def spelled_out(text: str, marks: Sequence[Mapping[str, Any]]) -> str:
    """Return somebody's text with the whole address of each link that it shows shortened.

    A link whose words aren't its address is followed by it in brackets.

    Args:
        text: As it stands in the record.
        marks: Its facets, as they came.
    """
    data = text.encode()
    before = len(data)
    for start, end, uri in sorted(_links(marks, len(data)), reverse=True):
        if end > before:
            continue  # one within another
        before = start
        shown = data[start:end].decode("utf-8", "replace")
        is_address = shown.rstrip("….").removesuffix("/") in uri
        data = data[:start] + (uri if is_address else f"{shown} ({uri})").encode() + data[end:]
    return data.decode("utf-8", "replace")


def _links(marks: Sequence[Mapping[str, Any]], length: int) -> Iterator[tuple[int, int, str]]:
    for mark in marks:
        index = said_object(mark.get("index"))
        start, end = said_count(index.get("byteStart")), said_count(index.get("byteEnd"))
        uris = [said_text(feature.get("uri")) for feature in said_objects(mark.get("features"))]
        if start is not None and end is not None and start < end <= length and any(uris):
            yield start, end, next(filter(None, uris))
