"""The ``fields`` of a Graph API request: ``id,comments.limit(25){id,from{name}}``.

https://developers.facebook.com/docs/graph-api/guides/field-expansion
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TOKEN = re.compile(r"(?P<name>\w+)|(?P<arg>\.(?P<key>\w+)\((?P<value>[^()]*)\))|(?P<sign>[{},])")


@dataclass(slots=True)
class Wanted:
    """One field, with what is asked of it and what is wanted inside."""

    args: dict[str, str] = field(default_factory=dict)
    inner: dict[str, Wanted] = field(default_factory=dict)


def parsed(text: str) -> dict[str, Wanted]:
    """Return the fields by name; a text that is none raises AssertionError."""
    root: dict[str, Wanted] = {}
    open_: list[dict[str, Wanted]] = [root]
    last: Wanted | None = None
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        assert match, f"no fields: {text[at:]}"
        at = match.end()
        if match["name"]:
            last = open_[-1].setdefault(match["name"], Wanted())
        elif match["arg"]:
            assert last is not None
            last.args[match["key"]] = match["value"]
        elif match["sign"] == "{":
            assert last is not None
            open_.append(last.inner)
        elif match["sign"] == "}":
            open_.pop()
    assert len(open_) == 1, f"braces: {text}"
    return root


def picked(node: Mapping[str, Any], wanted: Mapping[str, Wanted]) -> dict[str, Any]:
    """Return of a node what is wanted, and its id."""
    found = {"id": node["id"]} if "id" in node else {}
    for name, what in wanted.items():
        if name in node:
            found[name] = _inside(node[name], what)
    return found


def _inside(value: Any, what: Wanted) -> Any:
    if not what.inner:
        return value
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        return {**value, "data": [picked(item, what.inner) for item in value["data"]]}
    if isinstance(value, list):
        return [picked(item, what.inner) for item in value]
    return picked(value, what.inner) if isinstance(value, dict) else value
