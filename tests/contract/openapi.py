"""Checks requests against Mastodon's OpenAPI description, where it is at hand."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.contract.lexicons import SPECS


def require_mastodon_openapi() -> dict[str, Any]:
    """Return the description; skip the test where it isn't at hand."""
    path = SPECS / "mastodon" / "openapi.json"
    if not path.is_file():
        pytest.skip("Mastodon's OpenAPI description isn't beside the repository")
    document: dict[str, Any] = json.loads(path.read_text())
    return document


def body_problems(
    document: dict[str, Any], path: str, body: Any, content_type: str = "application/json"
) -> list[str]:
    """Return what a POST's body holds against the description: wrong, or unknown to it."""
    operation = document["paths"][path]["post"]
    schema = operation["requestBody"]["content"][content_type]["schema"]
    # It says "one of" where a status with media is a text and a media status at once.
    any_of = {"anyOf" if key == "oneOf" else key: value for key, value in schema.items()}
    whole = {**any_of, "components": document["components"]}
    found = [error.message for error in Draft202012Validator(whole).iter_errors(body)]
    known = set(_properties(schema, document))
    return found + [f"{name} is unknown" for name in body if name not in known]


def query_problems(document: dict[str, Any], path: str, query: dict[str, str]) -> list[str]:
    """Return the names in a GET's query that the description doesn't know."""
    known = {p["name"] for p in document["paths"][path]["get"]["parameters"]}
    return [name for name in query if name not in known]


def _properties(schema: dict[str, Any], document: dict[str, Any]) -> list[str]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _properties(document["components"]["schemas"][name], document)
    inner = [s for kind in ("oneOf", "anyOf", "allOf") for s in schema.get(kind, [])]
    return list(schema.get("properties", {})) + [p for s in inner for p in _properties(s, document)]
