"""Tracked links: made, counted, and followed by ``/l/{code}``, or said in words why they end."""

from __future__ import annotations

from html import escape
from typing import Final

from chalice.app import Blueprint

from chalicelib.api import cursors, figure_views, publications
from chalicelib.api.calls import Call, Reply
from chalicelib.api.figure_answers import LinkAnswer, LinkDaysAnswer, LinksAnswer
from chalicelib.api.figure_schemas import LinkBody, LinksQuery
from chalicelib.api.inbox_schemas import PeriodQuery
from chalicelib.api.periods import period_of
from chalicelib.api.routes import Who, route
from chalicelib.ids import DeliveryId
from chalicelib.measuring.askers import Asker
from chalicelib.measuring.clicking import NoLink
from chalicelib.measuring.shortening import LinkDraft
from chalicelib.publishing.refusals import Fault, Invalid
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}/links"
HTML = "text/html; charset=utf-8"
HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""Each following is counted, and nobody is told by which link somebody came."""
_STATUS = {NoLink.UNKNOWN: 404, NoLink.EXPIRED: 410}


@route(blueprint, "GET", PATH, action=Action.SEE, query=LinksQuery, answer=LinksAnswer)
def list_links(call: Call, query: LinksQuery) -> LinksAnswer:
    """List the firm's tracked links, the newest first, each with all its clicks."""
    after = cursors.opened(call, "", query.after)
    page = call.services.link_book.page(call.firm, query.limit, after)
    return LinksAnswer(
        links=[figure_views.link(call, each) for each in page.links],
        next=cursors.sealed(call, "", page.next),
    )


@route(
    blueprint,
    "POST",
    PATH,
    action=Action.MEASURE,
    body=LinkBody,
    answer=LinkAnswer,
    status=201,
    is_idempotent=True,
    did=Did.LINK_MADE,
)
def make_link(call: Call, body: LinkBody) -> LinkAnswer:
    """Make a tracked link; for a delivery and a target that have one, that one."""
    made = call.services.shortening.create(call.firm, _draft(call, body), by=call.identity.member)
    return figure_views.link(call, call.services.link_book.fresh(made))


def _draft(call: Call, body: LinkBody) -> LinkDraft:
    delivery = None if body.delivery is None else DeliveryId(body.delivery)
    if delivery is not None and call.services.deliveries.get(call.firm, delivery) is None:
        raise Invalid([Fault("/delivery", "unknown-delivery")])
    return LinkDraft(
        target=body.target,
        utm=body.utm.model_dump(),
        delivery=delivery,
        label=body.label,
        expires_at=body.expires_at,
    )


@route(
    blueprint,
    "GET",
    f"{PATH}/{{code}}",
    action=Action.SEE,
    query=PeriodQuery,
    answer=LinkDaysAnswer,
)
def see_link(call: Call, query: PeriodQuery) -> LinkDaysAnswer:
    """Return a link, and how often it was followed on each day of a period."""
    period = period_of(call, query)
    book, code = call.services.link_book, call.params["code"]
    return figure_views.link_days(call, book.see(call.firm, code, period.first, period.last))


@route(blueprint, "HEAD", "/l/{code}", action=Who.ANYBODY, content_type=HTML, status=302)
def look_at_link(call: Call) -> Reply:
    """Say where a tracked link leads: whoever only asks that hasn't followed it."""
    return _followed(call, "HEAD")


@route(blueprint, "GET", "/l/{code}", action=Who.ANYBODY, content_type=HTML, status=302)
def follow_link(call: Call) -> Reply:
    """Lead to where a tracked link leads, and count that it was followed; nobody is kept."""
    return _followed(call, "GET")


def _followed(call: Call, method: str) -> Reply:
    asker = Asker(method=method, headers=call.headers, address=call.address)
    target = call.services.redirect.follow(call.params["code"], asker)
    if isinstance(target, NoLink):
        policy = publications.page_policy(call.services.settings)
        headers = {**HEADERS, "Content-Security-Policy": policy}
        return Reply(body=_page(call, target), status=_STATUS[target], headers=headers)
    return Reply(body=None, headers={**HEADERS, "Location": target})


def _page(call: Call, why: NoLink) -> str:
    title = escape(call.words.word(f"link-{why.value}-title"))
    said = escape(call.words.word(f"link-{why.value}"))
    return (
        f'<!doctype html>\n<html lang="{call.words.language.value}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{publications.STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n<h1>{title}</h1>\n<p>{said}</p>\n</main>\n</body>\n</html>\n"
    )
