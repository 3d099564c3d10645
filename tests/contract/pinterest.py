"""A board on Pinterest, connected, as the tests of its adapter use it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from chalicelib.networks import pinterest
from chalicelib.networks.contract import Connection, Tools
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.networks.oauth import Authorization
from chalicelib.networks.pinterest_hearing import Hearing
from chalicelib.networks.pinterest_oauth import OAUTH
from tests.contract.stage import Walk, client_of, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_pinterest import STORAGE, FakePinterest
from tests.fakes.serving import Asked, Served, serving

BACK = "https://relais.example/api/v1/callbacks/pinterest"
SPEC = Path(__file__).parents[1] / "specs" / "pinterest" / "openapi.json"
_TYPES = {"integer": r"-?\d+", "boolean": "true|false", "string": r"(?s:.*)", "array": r"(?s:.*)"}


@dataclass(slots=True)
class Stage:
    """One board, its account and its adapter; every request so far held the description."""

    fake: FakePinterest
    served: Served
    http: Http
    clock: SettableClock
    tools: Tools
    adapter: pinterest.Pinterest
    walk: Walk
    hearing: Hearing

    def begin(self) -> Authorization:
        return OAUTH.begin({}, BACK, client_of(self.http, self.clock))

    def finish(self, begun: Authorization, returned: Mapping[str, str]) -> list[Connection]:
        return list(OAUTH.finish(begun.kept, returned, client_of(self.http, self.clock)))

    def connect(self) -> list[Connection]:
        begun = self.begin()
        return self.finish(begun, self.fake.say_yes(begun.url))


@contextmanager
def standing() -> Iterator[Stage]:
    """Serve the network inside the block; check at its end what was asked of it."""
    clock = SettableClock()
    fake = FakePinterest(now=clock.now, back=BACK)
    with serving(fake) as served:
        origins = ("https://api.pinterest.com", STORAGE)
        http = Http(Guard(stand_ins=dict.fromkeys(origins, served.base_url)))
        client = client_of(http, clock)
        begun = OAUTH.begin({}, BACK, client)
        (connection,) = OAUTH.finish(begun.kept, fake.say_yes(begun.url), client)
        tools = tools_of(connection, http, clock)
        adapter, hearing = pinterest.Pinterest(tools), Hearing(tools)
        yield Stage(fake, served, http, clock, tools, adapter, Walk(adapter), hearing)
        described = [asked for asked in served.requests if asked.path != "/"]
        assert [problem for asked in described for problem in problems_of(asked)] == []


@cache
def document() -> dict[str, Any]:
    """Return Pinterest's own description of its API."""
    found: dict[str, Any] = json.loads(SPEC.read_text(encoding="utf-8"))
    return found


def problems_of(asked: Asked) -> list[str]:
    """Return what a request holds against the description."""
    path = asked.path.removeprefix("/v5")
    for template, operations in document()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", template)
        if asked.path != path and re.fullmatch(pattern, path):
            operation = operations.get(asked.method.lower())
            if operation is not None:
                return [*_of_query(operation, asked), *_of_body(operation, asked)]
    return [f"{asked.method} {asked.path} isn't described"]


def _of_query(operation: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    known = {p["name"]: p for p in map(_resolved, operation.get("parameters", ()))}
    for name, value in asked.query.items():
        parameter = known.get(name)
        if parameter is None or parameter["in"] != "query":
            yield f"{name} is unknown"
        elif re.fullmatch(_TYPES[_resolved(parameter["schema"])["type"]], value) is None:
            yield f"{name} is no {parameter['schema']['type']}: {value}"
    for name, parameter in known.items():
        if parameter["in"] == "query" and parameter.get("required") and name not in asked.query:
            yield f"{name} is missing"


def _of_body(operation: Mapping[str, Any], asked: Asked) -> Iterator[str]:
    if "requestBody" not in operation:
        if asked.body:
            yield "a body that isn't described"
        return
    ((content_type, described),) = operation["requestBody"]["content"].items()
    if asked.headers.get("content-type") != content_type:
        yield f"not {content_type}"
        return
    is_form = content_type.endswith("urlencoded")
    yield from _of_value(described["schema"], asked.urlencoded() if is_form else asked.json())


def _of_value(schema: Mapping[str, Any], value: Any) -> Iterator[str]:
    """Yield what is wrong with a value, and what the description doesn't know of it."""
    whole = {**schema, "components": document()["components"]}
    yield from (error.message for error in Draft202012Validator(whole).iter_errors(value))
    yield from _unknown(schema, value, "")


def _unknown(schema: Mapping[str, Any], value: Any, at: str) -> Iterator[str]:
    schema = _chosen(_resolved(schema), value)
    if isinstance(value, list):
        for n, item in enumerate(value):
            yield from _unknown(schema.get("items", {}), item, f"{at}/{n}")
    if not isinstance(value, dict):
        return
    known = _properties(schema)
    for name, inner in value.items():
        if name not in known:
            yield f"{at}/{name} is unknown"
        else:
            yield from _unknown(known[name], inner, f"{at}/{name}")


def _chosen(schema: dict[str, Any], value: Any) -> dict[str, Any]:
    """Return the alternative that a value says it is."""
    by = schema.get("discriminator")
    if by is None or not isinstance(value, dict):
        return schema
    name = by["mapping"].get(value.get(by["propertyName"]))
    return _resolved({"$ref": name}) if name else schema


def _properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", ()):
        found |= _properties(_resolved(part))
    return found


def _resolved(schema: Mapping[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return dict(schema)
    _, _, kind, name = schema["$ref"].split("/")
    return _resolved(document()["components"][kind][name])
