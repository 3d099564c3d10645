"""The Chalice app as a WSGI application, for tools that speak HTTP in process."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import quote

from tests.fakes.api_world import Client

Start = Callable[[str, list[tuple[str, str]]], Any]


def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
    """Answer one request under ``/api``."""
    path = quote(environ["PATH_INFO"].encode("latin-1"))  # WSGI hands it on decoded
    query = environ.get("QUERY_STRING", "")
    headers = {
        key[5:].replace("_", "-").lower(): value
        for key, value in environ.items()
        if key.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    raw = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    try:
        answer = Client(headers).call(
            environ["REQUEST_METHOD"],
            path.removeprefix("/api") + (f"?{query}" if query else ""),
            raw or None,
        )
    except LookupError:  # what API Gateway answers by itself: see infra's GatewayResponses
        start("404 -", [("Content-Type", "application/problem+json")])
        return [b'{"type":"/problems/not-found","title":"-","status":404,"detail":"-"}']
    start(f"{answer.status} -", list(answer.headers.items()))
    return [answer.text.encode()]
