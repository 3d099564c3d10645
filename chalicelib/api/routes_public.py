"""What the world may read without signing in: the firm's own news."""

from __future__ import annotations

from datetime import datetime

from chalice.app import Blueprint

from chalicelib.api import publications
from chalicelib.api.answers import OpenApi
from chalicelib.api.calls import Call, Reply
from chalicelib.api.problems import Problem
from chalicelib.api.routes import Who, route

blueprint = Blueprint(__name__)
FEED_LENGTH = 50
FRESH = "public, max-age=300"
ATOM = "application/atom+xml; charset=utf-8"
JSON_FEED = "application/feed+json"
HTML = "text/html; charset=utf-8"


@route(blueprint, "HEAD", "/p/{code}", action=Who.ANYBODY, content_type=HTML)
@route(blueprint, "GET", "/p/{code}", action=Who.ANYBODY, content_type=HTML)
def see_page(call: Call) -> Reply:
    """Show a post of a firm's own site."""
    entry = call.services.site_pages.entry(call.params["code"])
    firm = call.services.workspaces.get(entry.workspace) if entry else None
    if entry is None or firm is None:
        raise Problem("not-found")
    settings = call.services.settings
    policy = {"Content-Security-Policy": publications.page_policy(settings)}
    tag = publications.tag_of([entry], firm, settings)
    if publications.is_unchanged(call.headers, tag, entry.published_at):
        return _unchanged(tag, entry.published_at)
    body = publications.page(entry, firm, settings)
    return Reply(body=body, headers={**policy, **_validators(tag, entry.published_at)})


@route(blueprint, "HEAD", "/feed/{name}", action=Who.ANYBODY)
@route(blueprint, "GET", "/feed/{name}", action=Who.ANYBODY)
def see_feed(call: Call) -> Reply:
    """Return a firm's news as a feed: ``<token>.atom`` or ``<token>.json``."""
    token, _, kind = call.params["name"].rpartition(".")
    firm = call.services.workspaces.by_feed_token(token)
    if firm is None:
        raise Problem("not-found")
    settings = call.services.settings
    entries = call.services.site_pages.latest(firm.id, FEED_LENGTH)
    tag = publications.tag_of(entries, firm, settings)
    changed = publications.changed_at(entries, firm)
    if publications.is_unchanged(call.headers, tag, changed):
        return _unchanged(tag, changed)
    is_atom = kind == "atom"
    make = publications.atom if is_atom else publications.json_feed
    headers = {
        **_validators(tag, changed),
        "Content-Type": ATOM if is_atom else JSON_FEED,
        "Access-Control-Allow-Origin": "*",
    }
    return Reply(body=make(entries, firm, settings), headers=headers)


@route(blueprint, "GET", "/v1/openapi.json", action=Who.ANYBODY, answer=OpenApi)
def see_openapi(_: Call) -> Reply:
    """Return this API's description (OpenAPI 3.1)."""
    from chalicelib.api import openapi  # noqa: PLC0415 -- only this route needs it

    return Reply(body=openapi.text(), headers={"Cache-Control": FRESH})


def _validators(tag: str, changed: datetime) -> dict[str, str]:
    return {
        "Cache-Control": FRESH,
        "ETag": tag,
        "Last-Modified": publications.http_date(changed),
        "Vary": "Accept-Encoding",
    }


def _unchanged(tag: str, changed: datetime) -> Reply:
    return Reply(body=None, status=304, headers=_validators(tag, changed))
