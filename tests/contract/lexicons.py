"""Checks values against the published lexicons: required and known fields, types, limits.

https://atproto.com/specs/lexicon
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import regex

SPECS = Path(__file__).parents[3] / "shared" / "specs"

Lexicons = dict[str, dict[str, Any]]


def require_lexicons() -> Lexicons:
    """Return the lexicons by id; skip the test where they aren't at hand."""
    folder = SPECS / "bluesky" / "lexicons"
    if not folder.is_dir():
        pytest.skip("the lexicons of Bluesky aren't beside the repository")
    found = (json.loads(path.read_text()) for path in folder.rglob("*.json"))
    return {lexicon["id"]: lexicon for lexicon in found}


def problems_of(lexicons: Lexicons, name: str, value: Any) -> list[str]:
    """Return what a value of a lexicon's main definition holds against it."""
    main = lexicons[name]["defs"]["main"]
    schema = main["input"]["schema"] if main["type"] == "procedure" else main["record"]
    return list(_of(lexicons, name, schema, value, name))


def _of(lexicons: Lexicons, home: str, schema: dict[str, Any], value: Any, at: str) -> list[str]:
    kind = schema["type"]
    if kind == "ref":
        return _referred(lexicons, home, schema["ref"], value, at)
    if kind == "union":
        wanted = value.get("$type", "")
        refs = [_whole(home, ref) for ref in schema["refs"]]
        if wanted not in refs and f"{wanted}#main" not in refs:
            return [f"{at}: {wanted} isn't in the union"]
        return _referred(lexicons, home, wanted, value, at)
    if kind == "object":
        return _object(lexicons, home, schema, value, at)
    if kind == "array":
        over = len(value) > schema.get("maxLength", 10**9)
        found = [f"{at}: too many"] * over
        for n, item in enumerate(value):
            found += _of(lexicons, home, schema["items"], item, f"{at}/{n}")
        return found
    return _plain(schema, value, at)


def _referred(lexicons: Lexicons, home: str, ref: str, value: Any, at: str) -> list[str]:
    name, _, part = _whole(home, ref).partition("#")
    return _of(lexicons, name, lexicons[name]["defs"][part or "main"], value, at)


def _whole(home: str, ref: str) -> str:
    return home + ref if ref.startswith("#") else ref


def _object(
    lexicons: Lexicons, home: str, schema: dict[str, Any], value: Any, at: str
) -> list[str]:
    if not isinstance(value, dict):
        return [f"{at}: no object"]
    known, nullable = schema.get("properties", {}), schema.get("nullable", [])
    found = [f"{at}: {name} is missing" for name in schema.get("required", []) if name not in value]
    found += [f"{at}: {name} is unknown" for name in value if name not in known and name != "$type"]
    for name, inner in value.items():
        if name in known and not (inner is None and name in nullable):
            found += _of(lexicons, home, known[name], inner, f"{at}/{name}")
    return found


def _plain(schema: dict[str, Any], value: Any, at: str) -> list[str]:
    types: dict[str, type] = {"string": str, "integer": int, "boolean": bool, "blob": dict}
    wanted = types.get(schema["type"])
    if wanted and not isinstance(value, wanted):
        return [f"{at}: no {schema['type']}"]
    if schema["type"] == "blob":
        is_whole = {"$type", "ref", "mimeType", "size"} <= set(value)
        return [] if is_whole and value["size"] <= schema["maxSize"] else [f"{at}: bad blob"]
    if schema["type"] == "string":
        if len(value.encode()) > schema.get("maxLength", 10**9):
            return [f"{at}: too many bytes"]
        if len(regex.findall(r"\X", value)) > schema.get("maxGraphemes", 10**9):
            return [f"{at}: too many graphemes"]
    if schema["type"] == "integer" and value < schema.get("minimum", value):
        return [f"{at}: too small"]
    return []
