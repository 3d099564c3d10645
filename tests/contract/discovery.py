"""Checks requests against Google's discovery documents: methods, parameters, their types.

https://developers.google.com/discovery/v1/reference/apis
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

SPECS = Path(__file__).parents[1] / "specs" / "google"
_TYPES = {"integer": r"-?\d+", "boolean": "true|false", "string": r"(?s:.*)"}
_IN_JSON: Mapping[str, type | tuple[type, ...]] = {
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "string": str,
}


@cache
def document(name: str) -> dict[str, Any]:
    """Return the description of an API."""
    found: dict[str, Any] = json.loads((SPECS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def problems_of(api: str, verb: str, url: str, query: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what a request holds against the description of its API.

    Args:
        api: The name of the description.
        verb: GET, POST…
        url: The whole address, without its query.
        query: What comes in it.
    """
    described = document(api)
    path = url.removeprefix(described["rootUrl"] + described["servicePath"])
    method = next((m for m in _methods(described) if _is_called(m, verb, path)), None)
    if path == url or method is None:
        return [f"{api} has no {verb} {url}"]
    own = {n: p for n, p in method["parameters"].items() if p["location"] == "query"}
    known = {**described["parameters"], **own}
    found = [f"{name} is unknown to {method['id']}" for name in query if name not in known]
    found += [f"{n} is missing" for n, p in own.items() if _is_required(p) and n not in query]
    for name, values in query.items():
        found += [f"{name}: {value}" for value in values if not _fits(known.get(name, {}), value)]
        if len(values) > 1 and not known.get(name, {}).get("repeated"):
            found.append(f"{name} comes more than once")
    return found


def body_problems(api: str, schema: str, value: Any, at: str = "") -> list[str]:
    """Return what a body holds against a schema of the description: wrong, or unknown to it."""
    described = document(api)["schemas"][schema]
    return list(_unfit(api, {"type": "object", **described}, value, at or schema))


def _unfit(api: str, schema: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    if "$ref" in schema:
        yield from body_problems(api, schema["$ref"], value, at)
    elif schema["type"] == "object":
        known = schema.get("properties", {})
        if not isinstance(value, dict):
            yield f"{at} is no object"
            return
        for name, inner in value.items():
            if name not in known:
                yield f"{at}.{name} is unknown"
            else:
                yield from _unfit(api, known[name], inner, f"{at}.{name}")
    elif schema["type"] == "array":
        for inner in value if isinstance(value, list) else [None]:
            yield from _unfit(api, schema["items"], inner, f"{at}[]")
    elif not isinstance(value, _IN_JSON[schema["type"]]) or value not in schema.get(
        "enum", [value]
    ):
        yield f"{at}: {value}"


def _methods(part: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from part.get("methods", {}).values()
    for resource in part.get("resources", {}).values():
        yield from _methods(resource)


def _is_called(method: Mapping[str, Any], verb: str, path: str) -> bool:
    template = re.sub(r"\{\w+\}", "[^/:]+", method["flatPath"])
    return method["httpMethod"] == verb and re.fullmatch(template, path) is not None


def _is_required(parameter: Mapping[str, Any]) -> bool:
    """Some documents say it in words only."""
    said = str(parameter.get("description", ""))
    return bool(parameter.get("required")) or said.startswith("Required.")


def _fits(parameter: Mapping[str, Any], value: str) -> bool:
    if "enum" in parameter:
        return value in parameter["enum"] and value not in _retired(parameter)
    return re.fullmatch(_TYPES[parameter.get("type", "string")], value) is not None


def _retired(parameter: Mapping[str, Any]) -> set[str]:
    marks = parameter.get("enumDeprecated", [False] * len(parameter["enum"]))
    return {name for name, mark in zip(parameter["enum"], marks, strict=True) if mark}
