"""Checks requests against Meta's own description of its nodes: edges, parameters, fields.

What every call may have (paging, fields, who asks) stands on pages of its own:
https://developers.facebook.com/docs/graph-api/results
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tests.fakes.graph_fields import Wanted, parsed

SPECS = Path(__file__).parents[1] / "specs" / "meta"
EVERYWHERE = frozenset({"fields", "limit", "after", "appsecret_proof", "access_token"})
EXPANDED = frozenset({"limit", "summary"})
"""What an edge may be asked for inside ``fields``."""
IN_INSTAGRAM = {
    "Comment": "IGComment",
    "Media": "IGMediaForIGOnlyAPI",
    "User": "IGUserForIGOnlyAPI",
}
"""What the description of Instagram's own nodes calls them, where Facebook has others so named."""
_INDEXED = re.compile(r"(\w+)\[\d+\]")


@cache
def node(name: str) -> dict[str, Any]:
    """Return the description of a type of node."""
    found: dict[str, Any] = json.loads((SPECS / f"{name}.json").read_text())
    return found


def problems_of(name: str, method: str, edge: str, params: Mapping[str, str]) -> list[str]:
    """Return what a request to a node, or to an edge of it, holds against the description."""
    api = _api(name, method, edge)
    if api is None:
        return [f"{name} has no {method} /{edge}"]
    known = {p["name"]: p for p in api["params"]}
    given = {(m.group(1) if (m := _INDEXED.fullmatch(k)) else k): v for k, v in params.items()}
    found = [
        f"{k} is unknown to {method} {name}/{edge}"
        for k in given
        if k not in known | dict.fromkeys(EVERYWHERE)
    ]
    found += [f"{k} is missing" for k, p in known.items() if p["required"] and k not in given]
    found += [
        f"{k} is no {known[k]['type']}: {v}"
        for k, v in given.items()
        if k in known and not _fits(known[k]["type"], v)
    ]
    return found + list(_fields(_type(name, api["return"]), params.get("fields", "")))


def _api(name: str, method: str, edge: str) -> dict[str, Any] | None:
    apis = node(name)["apis"]
    return next((a for a in apis if (a["method"], a.get("endpoint", "")) == (method, edge)), None)


def _fits(kind: str, value: str) -> bool:
    if kind == "bool":
        return value in {"true", "false"}
    if kind in {"int", "unsigned int"}:
        return value.isdecimal()
    if kind == "list<Object>" and value.startswith("{"):
        return isinstance(json.loads(value), dict)
    return bool(value)


def _type(parent: str, name: str) -> str:
    return IN_INSTAGRAM.get(name, name) if parent.startswith("IG") else name


def _fields(name: str, text: str) -> Iterator[str]:
    if (SPECS / f"{name}.json").is_file():
        yield from _wanted(name, parsed(text))


def _wanted(name: str, wanted: Mapping[str, Wanted]) -> Iterator[str]:
    types = {f["name"]: f["type"] for f in node(name)["fields"]}
    for field, what in wanted.items():
        edge = _api(name, "GET", field)
        if field not in types and edge is None:
            yield f"{name} has no field {field}"
            continue
        known = {p["name"] for p in edge["params"]} if edge else set()
        yield from (
            f"{name}.{field} takes no {arg}" for arg in what.args if arg not in known | EXPANDED
        )
        inner = _type(name, edge["return"] if edge else types[field])
        if (SPECS / f"{inner}.json").is_file():
            yield from _wanted(inner, what.inner)
