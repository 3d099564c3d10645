"""The Chalice application answered in this process, as API Gateway would have it answered.

What Chalice keeps of a request on the application itself is kept per thread here, so that
requests served side by side don't see each other's.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs
from uuid import uuid4

from chalice.app import Chalice

from chalicelib.api.access import refusal
from chalicelib.api.bodies import MAX_BODY
from chalicelib.api.building import build_all
from chalicelib.api.problems import Problem
from chalicelib.api.words import Words, language_of

Environ = Mapping[str, Any]

_LONGEST_BODY = 1 << 20
"""Bytes that are handed to the application at all; it refuses smaller ones in its own words."""
_MILLISECONDS_LEFT = 29_000
"""What API Gateway gives an answer: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered."""

    status: int
    headers: Sequence[tuple[str, str]] = field(default=())
    body: Iterable[bytes] = field(default=())

    @property
    def status_line(self) -> str:
        """The status as WSGI wants it."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"


@dataclass(frozen=True, slots=True)
class Found:
    """The route that a path leads to."""

    pattern: str
    params: Mapping[str, str]


class Gateway:
    """Finds the route of a path, and has the application answer it; safe to share by threads."""

    def __init__(self, app: Chalice) -> None:
        build_all()
        self._app: Any = _per_thread(app)
        # Literal segments before parameters: /posts/recent isn't a post.
        patterns = sorted(app.routes, key=lambda p: ["{" in part for part in p.split("/")])
        self._table = [(_expression(pattern), pattern) for pattern in patterns]

    def find(self, path: str) -> Found | None:
        """Return the route of a path, its parameters still percent-encoded."""
        for expression, pattern in self._table:
            if match := expression.fullmatch(path):
                return Found(pattern, match.groupdict())
        return None

    def answer(self, environ: Environ, path: str, shown_path: str) -> Answer:
        """Answer a request as the application does; what has no route is answered 404.

        Args:
            environ: The request, as WSGI gives it.
            path: Its path below the stage, still percent-encoded.
            shown_path: Its path as it was asked for.
        """
        headers = _headers(environ)
        found = self.find(path)
        if found is None:
            return _refused(Problem("not-found"), headers)
        if int(environ.get("CONTENT_LENGTH") or 0) > _LONGEST_BODY:
            return _refused(Problem("body-too-large", {"max_kb": MAX_BODY // 1024}), headers)
        event = _event(environ, headers, found, shown_path)
        return _answer(self._app(event, _context()))


def _per_thread(app: Chalice) -> Chalice:
    """Let an application keep what it knows of a request per thread, not on itself.

    Blueprints read both through the application.
    """
    slots = {name: _slot(name) for name in ("current_request", "lambda_context")}
    app.__class__ = type("LocalApp", (app.__class__,), slots)
    return app


def _slot(name: str) -> property:
    kept: ContextVar[Any] = ContextVar(name, default=None)

    def read(_: object) -> Any:
        return kept.get()

    def write(_: object, value: Any) -> None:
        kept.set(value)

    return property(read, write)


def _expression(pattern: str) -> re.Pattern[str]:
    named = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(pattern))
    return re.compile(f"{named}/?")


def _headers(environ: Environ) -> dict[str, str]:
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    return headers


def _event(
    environ: Environ, headers: Mapping[str, str], found: Found, shown_path: str
) -> dict[str, Any]:
    """Return what API Gateway gives its function, as far as Chalice reads it."""
    body = base64.b64encode(environ["wsgi.input"].read()).decode()
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    return {
        "headers": headers,
        "pathParameters": dict(found.params) or None,
        "stageVariables": None,
        "multiValueQueryStringParameters": query or None,
        "body": body or None,
        "isBase64Encoded": bool(body),
        "requestContext": {
            "httpMethod": environ["REQUEST_METHOD"],
            "resourcePath": found.pattern,
            "path": shown_path,
            "identity": {"sourceIp": environ["REMOTE_ADDR"]},
        },
    }


def _context() -> SimpleNamespace:
    """Return what Lambda tells a function of itself."""
    return SimpleNamespace(
        function_name="local",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:local",
        aws_request_id=str(uuid4()),
        get_remaining_time_in_millis=lambda: _MILLISECONDS_LEFT,
    )


def _answer(out: Mapping[str, Any]) -> Answer:
    headers = {"Content-Type": "application/json", **out["headers"]}
    several = [(name, value) for name, many in out["multiValueHeaders"].items() for value in many]
    body = out["body"]
    data = base64.b64decode(body) if out.get("isBase64Encoded") else body.encode()
    return Answer(out["statusCode"], [*headers.items(), *several], [data] if data else [])


def _refused(problem: Problem, headers: Mapping[str, str]) -> Answer:
    """Answer a problem that the application didn't see, in its words all the same."""
    said = refusal(problem, Words(language_of(headers.get("accept-language"))), "local")
    return _answer(said.to_dict())
