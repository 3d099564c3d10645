"""Who may call: the one way from a request to a route's function, and back.

In this order: who asks (cookie or key) · is it from our own pages · is she in this firm ·
does her role, and the key's scope, allow it · is what she sends well-formed · was it asked
before. A firm that isn't hers answers exactly like one that doesn't exist.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import uuid4

from chalice.app import Request, Response
from pydantic import BaseModel

from chalicelib import logs
from chalicelib.api import noting, repeats
from chalicelib.api.bodies import read_json, read_query
from chalicelib.api.calls import Answer, Call, Identity, Reply
from chalicelib.api.problems import CONTENT_TYPE, Problem, body_of, problem_of
from chalicelib.api.routes import SAFE, Route, Who
from chalicelib.api.services import Services, services
from chalicelib.api.words import Words, language_of
from chalicelib.ids import WorkspaceId
from chalicelib.settings import Settings
from chalicelib.workspaces.access import Action, allows, lowest, scope_of
from chalicelib.workspaces.ports import ApiKey

COOKIE = "relais"
ORIGIN_HEADER = "x-relais-origin"
"""What the CDN adds; ``infra/`` and the settings' origin secret agree on it."""
_PATTERNS = {
    "delivery": re.compile(r"[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}\.[a-z0-9-]{1,40}"),
    "name": re.compile(r"[A-Za-z0-9_-]{1,100}\.(atom|json)"),
    "code": re.compile(r"[A-Za-z0-9_-]{1,100}"),
    "choice": re.compile(r"[A-Za-z0-9_-]{1,100}"),
}
_ID = re.compile(r"[a-z0-9-]{1,40}")


def answer(route: Route, request: Request, params: Mapping[str, str]) -> Response:
    """Answer one request; nothing that goes wrong leaves here as an exception."""
    words = Words(language_of(request.headers.get("accept-language")))
    try:
        call = _admitted(route, request, params, words)
        reply = repeats.answered(route, call, _raw(request), lambda c: _called(route, c, request))
        return response_of(reply, route)
    except Exception as error:  # noqa: BLE001 -- the entry point: whatever it is, it is told
        return refusal(error, words, route.name)


def refusal(error: Exception, words: Words, name: str) -> Response:
    """Return what an error is answered as; a mistake of ours is logged and told as 500."""
    problem = problem_of(error)
    if problem is None:
        request = uuid4().hex[:12]
        logs.failure("request_failed", error, route=name, request=request)
        problem = Problem("internal", {"request": request}, {"request": request})
    elif problem.status >= 500:
        logs.failure("request_refused", error, route=name, status=problem.status)
    return Response(
        body=body_of(problem, words),
        status_code=problem.status,
        headers={
            "Content-Type": CONTENT_TYPE,
            "Content-Language": words.language.value,
            **problem.headers,
        },
    )


def response_of(reply: Reply, route: Route) -> Response:
    """Return a route's reply as Chalice wants it."""
    headers: dict[str, Any] = {"Content-Type": route.content_type, **reply.headers}
    if reply.cookies:
        headers["Set-Cookie"] = list(reply.cookies)
    body = reply.body
    if isinstance(body, BaseModel):
        body = body.model_dump_json()
    return Response(body=body or "", status_code=reply.status or route.status, headers=headers)


def _called(route: Route, call: Call, request: Request) -> Reply:
    given: list[BaseModel] = []
    if route.body is not None:
        content_type = request.headers.get("content-type")
        given.append(read_json(_raw(request), content_type, route.body))
    if route.query is not None:
        given.append(read_query(dict(request.query_params or {}), route.query))
    answered: Answer = route.handler(call, *given)
    reply = answered if isinstance(answered, Reply) else Reply(body=answered)
    noting.note(route, call, reply)
    return reply


def _admitted(route: Route, request: Request, params: Mapping[str, str], words: Words) -> Call:
    made = services()
    for name, value in params.items():
        if not _PATTERNS.get(name, _ID).fullmatch(value):
            raise Problem("not-found")
    call = Call(
        services=made,
        now=made.clock.now(),
        words=words,
        path=route.path,
        params=params,
        headers=request.headers,
        address=_address(request),
        cookie=_cookie(request, made.settings),
        new_id=made.ids.new(),
    )
    if route.action is Who.ANYBODY:
        return call
    who = None if route.action is Who.HOLDER else _identified(call)
    if who is None or who.key is None:
        _from_our_pages(route, request, made.settings)
    call = replace(call, who=who)
    return _in_firm(call, route.action) if isinstance(route.action, Action) else call


def _identified(call: Call) -> Identity:
    header = call.headers.get("authorization")
    if header is not None:
        scheme, _, secret = header.partition(" ")
        key = _key(call.services, secret.strip()) if scheme.lower() == "bearer" else None
        if key is not None:
            return Identity(member=key.member, key=key)
    elif call.cookie:
        session = call.services.sessions.session(call.cookie)
        if session is not None:
            return Identity(member=session.member, session=session)
    raise Problem("sign-in-needed", headers={"WWW-Authenticate": "Bearer"})


def _key(made: Services, secret: str) -> ApiKey | None:
    return made.sessions.key(secret) if secret else None


def _from_our_pages(route: Route, request: Request, settings: Settings) -> None:
    """Refuse a state change that a page of somebody else's may have caused (CSRF).

    The header can't be set across origins without our consent; Origin is sent by every
    browser with such a request and can't be set by a page.
    """
    if route.method in SAFE:
        return
    is_ours = request.headers.get("origin") in settings.origins
    if not is_ours or request.headers.get("x-relais") != "1":
        raise Problem("cross-site")


def _in_firm(call: Call, action: Action) -> Call:
    who, made = call.identity, call.services
    firm = WorkspaceId(call.params["workspace"])
    if who.key is not None and who.key.workspace != firm:
        raise Problem("not-found")
    member = made.members.get(firm, who.member)
    workspace = made.workspaces.get(firm) if member else None
    if member is None or workspace is None:
        raise Problem("not-found")
    admitted = replace(call, in_workspace=workspace, as_member=member)
    require(admitted, action)
    return admitted


def is_from_cdn(headers: Mapping[str, str], settings: Settings) -> bool:
    """Say whether a request came through the CDN; locally there is none."""
    if not settings.origin_secret:
        return True
    given = headers.get(ORIGIN_HEADER) or ""
    return hmac.compare_digest(given.encode(), settings.origin_secret.encode())


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name; ``__Host-`` needs https (RFC 6265bis §4.1.3)."""
    return f"__Host-{COOKIE}" if settings.is_https else COOKIE


def _cookie(request: Request, settings: Settings) -> str | None:
    try:
        found = SimpleCookie(request.headers.get("cookie") or "").get(cookie_name(settings))
    except CookieError:
        return None
    return found.value if found else None


def _address(request: Request) -> str:
    """Return the client's network address.

    The CDN appends the address that it saw to ``X-Forwarded-For``, API Gateway then the
    CDN's: the last but one is believed, and only where the CDN's secret was checked.
    """
    settings = services().settings
    if settings.origin_secret:
        hops = [h.strip() for h in (request.headers.get("x-forwarded-for") or "").split(",")]
        if len(hops) >= 2:
            return str(hops[-2])
    return str(request.context.get("identity", {}).get("sourceIp", ""))


def _raw(request: Request) -> bytes:
    raw = request.raw_body
    return raw.encode() if isinstance(raw, str) else bytes(raw)


def require(call: Call, action: Action) -> None:
    """Refuse who may not do this, where only the thing itself tells what is needed.

    Raises:
        Problem: the member's role, or the key's scope, is too low.
    """
    key = call.identity.key
    if key is not None and scope_of(action) not in key.scopes:
        raise Problem("scope-missing")
    if not allows(call.member.role, action):
        needs = lowest(action)
        extra = {"needs": needs.name.lower()}
        raise Problem("role-too-low", {"needs": lambda words: words.role(needs)}, extra)
