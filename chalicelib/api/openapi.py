"""The API's description (OpenAPI 3.1), made of the declared routes and their schemas.

``python -m chalicelib.api.openapi docs/openapi.json`` writes it; a test checks for drift.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pydantic.json_schema import JsonSchemaMode, models_json_schema

from chalicelib.api import answers
from chalicelib.api.problems import CONTENT_TYPE, STATUSES
from chalicelib.api.routes import ROUTES, SAFE, Route, Who
from chalicelib.workspaces.access import Action, lowest, scope_of

VERSION = "1.0.0"
_PROBLEM = {"$ref": "#/components/schemas/ProblemAnswer"}
_Wanted = tuple[Any, JsonSchemaMode]
"""A model, and whether it is read or written."""


@cache
def text() -> str:
    """Return the description as JSON."""
    return json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def document() -> dict[str, Any]:
    """Return the description of every route under ``/v1``."""
    from chalicelib.api import blueprints  # noqa: F401, PLC0415 -- declares all routes

    routes = [r for r in ROUTES if r.path.startswith("/v1/")]
    refs, schemas = _schemas(routes)
    paths: dict[str, Any] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Relais",
            "version": VERSION,
            "description": "Plan, publish and follow a small firm's posts. Errors are problem "
            "JSON (RFC 9457) in the language of Accept-Language (fr, en). Times are RFC 3339; a "
            "scheduled time is a local time and its zone.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/api"}],
        "security": [{"key": []}, {"session": [], "page": []}],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key."},
                "session": {"type": "apiKey", "in": "cookie", "name": "__Host-relais"},
                "page": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Relais",
                    "description": "1, on state changes by cookie, from our own origin.",
                },
            },
        },
    }


def _schemas(routes: Iterable[Route]) -> tuple[dict[_Wanted, Any], dict[str, Any]]:
    wanted: list[_Wanted] = [(answers.ProblemAnswer, "serialization")]
    for route in routes:
        wanted += [(m, "validation") for m in (route.body, route.query) if m is not None]
        if route.answer is not None:
            wanted.append((route.answer, "serialization"))
    refs, top = models_json_schema(
        list(dict.fromkeys(wanted)), ref_template="#/components/schemas/{model}"
    )
    return dict(refs), top.get("$defs", {})


def _operation(route: Route, refs: dict[_Wanted, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.handler.__name__,
        "summary": (route.handler.__doc__ or "").strip().split("\n")[0],
        "tags": [route.handler.__module__.rpartition("_")[2]],
        "parameters": _parameters(route, refs, schemas),
        "responses": _responses(route, refs),
    }
    if isinstance(route.action, Action):
        scope = scope_of(route.action)
        needs = f"an API key with `{scope}`" if scope else "a session, never an API key"
        operation["description"] = f"Role: {lowest(route.action).name.lower()} or higher; {needs}."
    if route.action in {Who.ANYBODY, Who.HOLDER}:
        operation["security"] = [{"page": []}] if route.action is Who.HOLDER else []
    if route.body is not None:
        schema = refs[route.body, "validation"]
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _parameters(
    route: Route, refs: dict[_Wanted, Any], schemas: dict[str, Any]
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in route.params
    ]
    if route.query is not None:
        schema = schemas[refs[route.query, "validation"]["$ref"].rpartition("/")[2]]
        required = schema.get("required", [])
        found += [
            {"name": name, "in": "query", "required": name in required, "schema": _filled(part)}
            for name, part in schema["properties"].items()
        ]
    if route.is_idempotent:
        schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
        found.append({"name": "Idempotency-Key", "in": "header", "schema": schema})
    return found


def _filled(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a query parameter's schema without null: absence says it."""
    kinds = schema.get("anyOf")
    if not kinds:
        return schema
    rest = {k: v for k, v in schema.items() if k not in {"anyOf", "default"}}
    return {**rest, **next(kind for kind in kinds if kind.get("type") != "null")}


def _responses(route: Route, refs: dict[_Wanted, Any]) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if route.answer is not None:
        schema = refs[route.answer, "serialization"]
        done["content"] = {"application/json": {"schema": schema}}
    responses = {str(route.status): done}
    for status in sorted(_refusals(route)):
        slugs = sorted(s for s, n in STATUSES.items() if n == status)
        responses[str(status)] = {
            "description": "One of: " + ", ".join(f"`/problems/{s}`" for s in slugs) + ".",
            "content": {CONTENT_TYPE: {"schema": _PROBLEM}},
        }
    return responses


def _refusals(route: Route) -> set[int]:
    found = {403, 500, 503}  # not through the CDN; a mistake of ours; the store didn't answer
    if route.action is not Who.ANYBODY and route.action is not Who.HOLDER:
        found.add(401)
    if route.params:
        found.add(404)
    if route.body is not None:
        found |= {400, 413, 415, 422}
    if route.query is not None or route.is_idempotent:
        found.add(422)
    if route.method not in SAFE and isinstance(route.action, Action):
        found |= {409, 422}
    if route.action is Who.HOLDER:
        found |= {410, 429}
    return found


def main(arguments: list[str]) -> None:
    """Write the description to the file named on the command line."""
    Path(arguments[0]).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
