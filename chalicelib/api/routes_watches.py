"""Watches and sources: what a firm wants to hear of, and where that is read."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api import watch_views
from chalicelib.api.calls import Call, Reply
from chalicelib.api.problems import Problem
from chalicelib.api.routes import route
from chalicelib.api.watch_answers import (
    FeedsAnswer,
    SourceAnswer,
    SourcesAnswer,
    TrialAnswer,
    WatchAnswer,
    WatchesAnswer,
)
from chalicelib.api.watch_schemas import FeedsBody, TryBody, WatchBody
from chalicelib.ids import WatchId
from chalicelib.listening.ports import Unreadable
from chalicelib.publishing.outcomes import NetworkError
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}/watches"
ONE = f"{PATH}/{{watch}}"
SOURCES = "/v1/workspaces/{workspace}/sources"
SOURCE = f"{SOURCES}/{{source}}"


@route(blueprint, "GET", PATH, action=Action.SEE, answer=WatchesAnswer)
def list_watches(call: Call) -> WatchesAnswer:
    """List the firm's watches with their sources, the oldest first."""
    watching = call.services.watching
    watches = sorted(watching.watches.of(call.firm), key=lambda w: (w.created_at, w.id))
    sources = watching.sources.of(call.firm)
    return WatchesAnswer(watches=[watch_views.watch(call, w, sources) for w in watches])


@route(
    blueprint,
    "POST",
    PATH,
    action=Action.LISTEN,
    body=WatchBody,
    answer=WatchAnswer,
    status=201,
    is_idempotent=True,
    did=Did.WATCH_CREATED,
)
def create_watch(call: Call, body: WatchBody) -> WatchAnswer:
    """Begin to watch; what was said up to thirty days ago is read first."""
    draft = watch_views.draft_of(call, body)
    made = call.services.watching.create(call.firm, draft, watch=WatchId(call.new_id))
    return watch_views.watch(call, made, call.services.watching.sources.of(call.firm))


@route(
    blueprint,
    "PUT",
    ONE,
    action=Action.LISTEN,
    body=WatchBody,
    answer=WatchAnswer,
    did=Did.WATCH_CHANGED,
)
def change_watch(call: Call, body: WatchBody) -> WatchAnswer:
    """Replace a watch; sources left out are no longer read, new ones are."""
    draft = watch_views.draft_of(call, body)
    changed = call.services.watching.edit(call.firm, call.watch, draft)
    return watch_views.watch(call, changed, call.services.watching.sources.of(call.firm))


@route(blueprint, "DELETE", ONE, action=Action.LISTEN, status=204, did=Did.WATCH_DELETED)
def delete_watch(call: Call) -> Reply:
    """Part with a watch and its sources; what they told stays in the inbox."""
    call.services.watching.delete(call.firm, call.watch)
    return Reply(body=None)


@route(blueprint, "POST", f"{PATH}/try", action=Action.LISTEN, body=TryBody, answer=TrialAnswer)
def try_watch(call: Call, body: TryBody) -> TrialAnswer:
    """Say what a watch would have found over the last seven days; nothing is stored."""
    wanted = watch_views.wanted_of(call, body.sources)
    query = watch_views.query_of(body.query)
    return watch_views.trial(call, call.services.looking.look(call.firm, query, wanted))


@route(blueprint, "POST", f"{PATH}/feeds", action=Action.LISTEN, body=FeedsBody, answer=FeedsAnswer)
def find_feeds(call: Call, body: FeedsBody) -> FeedsAnswer:
    """Find the feeds of a site by any of its pages; nothing is stored."""
    try:
        found = call.services.find_feeds(body.url)
    except NetworkError as error:
        raise Problem("site-away", headers={"Retry-After": "60"}) from error
    if not found:
        raise Unreadable("no-feed")
    return FeedsAnswer(feeds=[watch_views.feed(each) for each in found])


@route(blueprint, "GET", SOURCES, action=Action.SEE, answer=SourcesAnswer)
def list_sources(call: Call) -> SourcesAnswer:
    """List all that the firm reads, and how that goes; the oldest first."""
    found = watch_views.in_order(call.services.watching.sources.of(call.firm))
    return SourcesAnswer(sources=[watch_views.source(call, each) for each in found])


@route(
    blueprint,
    "POST",
    f"{SOURCE}/pause",
    action=Action.LISTEN,
    answer=SourceAnswer,
    did=Did.SOURCE_PAUSED,
)
def pause_source(call: Call) -> SourceAnswer:
    """Read a source no more, until it is resumed."""
    return watch_views.source(call, call.services.watching.pause(call.firm, call.source))


@route(
    blueprint,
    "POST",
    f"{SOURCE}/resume",
    action=Action.LISTEN,
    answer=SourceAnswer,
    did=Did.SOURCE_RESUMED,
)
def resume_source(call: Call) -> SourceAnswer:
    """Read a source again, at once."""
    return watch_views.source(call, call.services.watching.resume(call.firm, call.source))
