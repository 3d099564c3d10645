"""Items as plain Python values, and as DynamoDB's typed ones.

Numbers are whole: an instant is kept as microseconds since 1970, so that it comes back as
it was and weighs 9 bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Item = dict[str, Any]
"""Attribute name to str, int, bool, bytes, or a list or dict of these; a frozenset when read."""

Raw = dict[str, dict[str, Any]]
"""The same as the wire has it: ``{"rev": {"N": "3"}}``."""


def to_raw(item: Mapping[str, Any]) -> Raw:
    """Return an item as the wire wants it; what is None is left out."""
    return {name: _typed(value) for name, value in item.items() if value is not None}


def from_raw(raw: Mapping[str, Mapping[str, Any]]) -> Item:
    """Return an item as plain values."""
    return {name: _plain(value) for name, value in raw.items()}


def _typed(value: object) -> dict[str, Any]:
    match value:
        case bool():
            return {"BOOL": value}
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case dict():
            return {"M": to_raw(value)}
        case list():
            return {"L": [_typed(v) for v in value]}
    raise TypeError(f"can't be kept: {type(value).__name__}")


def _plain(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    match kind:
        case "N":
            return int(value)
        case "M":
            return from_raw(value)
        case "L":
            return [_plain(v) for v in value]
        case "BS":
            return frozenset(value)
        case "S" | "B" | "BOOL":
            return value
    raise TypeError(f"not written by us: {kind}")
