"""Reads answers leniently: what isn't what was due reads as nothing, never as an error."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chalicelib.networks.http import Reply


MAX_NOISE = 10_000
"""Characters of notices before the JSON."""
_LONGEST_WAIT = timedelta(days=7)
"""A server that asks for more is asked again by then."""
_DIGITS = 11
"""Of seconds, at most: three thousand years of them; more is no date that Python has."""
_UNREADABLE = (ValueError, RecursionError)
"""What no JSON raises, and what nests deeper than the parser goes."""
_BEGINNING = re.compile(r"(?:(?<![\s\S])|(?<=[>\n]))[{\[]")
"""Where it may begin: at the very start, or after a line or a tag of noise."""


def as_object(reply: Reply) -> dict[str, Any]:
    """Return the JSON object of an answer; empty if it is anything else (HTML, cut short…)."""
    value = _parsed(reply)
    return value if isinstance(value, dict) else {}


def as_objects(reply: Reply) -> list[dict[str, Any]] | None:
    """Return the JSON list of objects of an answer; None if it is anything else."""
    value = _parsed(reply)
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        return None
    return value


def lenient_json(reply: Reply) -> Any:
    """Return the JSON object or list of an answer that may be wrapped in a site's own noise.

    PHP prints notices before (or after) the JSON, and some files begin with a byte order
    mark. None if there is no object or list in it.
    """
    text = reply.body.decode("utf-8-sig", "replace").strip()
    decoder = json.JSONDecoder()
    for start in _BEGINNING.finditer(text, 0, MAX_NOISE):
        if start.start() > 0 and text[0] in "{[":
            return None  # cut short: what ends well further on is only a part of it
        try:
            value, end = decoder.raw_decode(text, start.start())
        except _UNREADABLE:
            continue
        if end == len(text) or (value and text[end:].lstrip().startswith("<")):
            return value
    return None


def lenient_object(reply: Reply) -> dict[str, Any]:
    """Return the JSON object that ``lenient_json`` finds; empty if it finds anything else."""
    value = lenient_json(reply)
    return value if isinstance(value, dict) else {}


def retry_after(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return the instant that ``Retry-After`` names, in seconds or as an HTTP date.

    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return now + min(timedelta(seconds=int(value[:_DIGITS])), _LONGEST_WAIT)
    try:
        return parsedate_to_datetime(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def unix_reset(headers: Mapping[str, str], name: str) -> datetime | None:
    """Return the instant of a header that holds whole seconds since 1970."""
    value = headers.get(name, "").strip()
    if not value.isdecimal() or len(value) > _DIGITS:
        return None
    return datetime.fromtimestamp(int(value), UTC)


def iso_instant(text: object) -> datetime | None:
    """Return the instant of an ISO 8601 text with a zone; None if it is anything else."""
    if not isinstance(text, str):
        return None
    try:
        instant = datetime.fromisoformat(text)
        return instant.astimezone(UTC) if instant.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _parsed(reply: Reply) -> Any:
    try:
        return json.loads(reply.body)
    except _UNREADABLE:
        return None


# Values from outside: each is checked for its type before it is used.


def said_text(value: object) -> str:
    """Return a text; empty if it is anything else."""
    return value if isinstance(value, str) else ""


def said_object(value: object) -> dict[str, Any]:
    """Return an object; empty if it is anything else."""
    return value if isinstance(value, dict) else {}


def said_objects(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list, what is none left out."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def said_count(value: object) -> int | None:
    """Return a whole number from 0 on; None if it is anything else, or isn't said."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if value >= 0 else None
