"""What holds for every answer: it came through the CDN, it is in our words, it is guarded."""

from __future__ import annotations

from collections.abc import Callable

from chalice.app import Request, Response

from chalicelib import logs
from chalicelib.api.access import is_from_cdn, refusal
from chalicelib.api.problems import Problem
from chalicelib.api.services import services
from chalicelib.api.words import Words, language_of

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept-Language, Cookie, Authorization",
    "X-Content-Type-Options": "nosniff",
}
"""Of every answer that doesn't say otherwise."""
_OWN_WORDS = {
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
}
"""Chalice's own answers, and ours for them; any other is a mistake of ours."""


def guard(request: Request | None, get_response: Callable[[Request | None], Response]) -> Response:
    """Answer a request; Chalice's own errors are rewritten, headers are added."""
    headers = request.headers if request is not None else {}
    words = Words(language_of(headers.get("accept-language")))
    try:
        if is_from_cdn(headers, services().settings):
            response = get_response(request)
        else:
            response = refusal(Problem("wrong-origin"), words, "edge")
    except Exception as error:  # noqa: BLE001 -- the outermost entry point
        response = refusal(error, words, "edge")
    response = _in_our_words(response, words)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _in_our_words(response: Response, words: Words) -> Response:
    body = response.body
    if not isinstance(body, dict) or set(body) != {"Code", "Message"}:
        return response
    slug = _OWN_WORDS.get(response.status_code)
    if slug is None:
        logs.event("request_escaped", status=response.status_code, code=str(body["Code"]))
        problem = Problem("internal", {"request": "edge"})
    else:
        problem = Problem(slug, {"max_kb": 256})
    ours = refusal(problem, words, "edge")
    if "Allow" in response.headers:
        ours.headers["Allow"] = response.headers["Allow"]
    return ours
