"""Checks requests against X's own OpenAPI description, kept beside the tests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.fakes.serving import Asked

SPEC = Path(__file__).parents[1] / "specs" / "x" / "openapi-trimmed.json"


@cache
def document() -> dict[str, Any]:
    """Return the description."""
    found: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))
    return found


def problems_of(asked: Asked) -> list[str]:
    """Return what a request holds against the description: unknown, wrong or missing."""
    found = _operation(asked)
    if found is None:
        return [f"{asked.method} {asked.path} isn't described"]
    operation, in_path = found
    wrong = list(_parameters(operation, {**asked.query}, in_path))
    if not asked.headers.get("authorization", "").startswith("Bearer "):
        wrong.append("no bearer token")
    return wrong + list(_body(operation, asked))


def _operation(asked: Asked) -> tuple[dict[str, Any], Mapping[str, str]] | None:
    for template, verbs in document()["paths"].items():
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template)
        match = re.fullmatch(pattern, asked.path)
        if match and asked.method.lower() in verbs:
            return verbs[asked.method.lower()], match.groupdict()
    return None


def _parameters(
    operation: Mapping[str, Any], query: Mapping[str, str], in_path: Mapping[str, str]
) -> Iterator[str]:
    described = {p["name"]: p for p in map(_resolved, operation.get("parameters", []))}
    yield from (f"{name} is unknown" for name in query if name not in described)
    for name, text in {**query, **in_path}.items():
        if name in described:
            yield from _wrong(described[name]["schema"], _typed(described[name]["schema"], text))
    given = {*query, *in_path}
    yield from (f"{n} is missing" for n, p in described.items() if p["required"] and n not in given)


def _body(operation: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    if "requestBody" not in operation:
        return
    kind = asked.headers.get("content-type", "").partition(";")[0]
    content = operation["requestBody"]["content"]
    if kind not in content:
        yield f"{kind} isn't taken"
        return
    if kind == "application/json":
        yield from _wrong(content[kind]["schema"], asked.json())
    else:
        schema = content[kind]["schema"]
        fields, files = asked.form()
        known = _resolved(schema)["properties"]
        typed = {n: _typed(known.get(n, {}), text) for n, text in fields.items()}
        yield from _wrong(schema, {**typed, **dict.fromkeys(files, "bytes")})


def _wrong(schema: Mapping[str, Any], value: object) -> list[str]:
    whole = {**schema, "components": document()["components"]}
    return [error.message for error in Draft202012Validator(whole).iter_errors(value)]


def _typed(schema: Mapping[str, Any], text: str) -> object:
    kind = _resolved(schema).get("type")
    if kind == "integer":
        return int(text)
    return text.split(",") if kind == "array" else text


def _resolved(part: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return dict(part)
    _, _, kind, name = part["$ref"].split("/")
    return dict(document()["components"][kind][name])
