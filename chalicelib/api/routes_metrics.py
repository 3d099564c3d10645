"""Figures: what a period brought, and those that a person types."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api import figure_views
from chalicelib.api.calls import Call
from chalicelib.api.figure_answers import EntryAnswer, MetricsAnswer
from chalicelib.api.figure_schemas import EntryBody
from chalicelib.api.inbox_schemas import PeriodQuery
from chalicelib.api.periods import period_of
from chalicelib.api.routes import route
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}/metrics"


@route(blueprint, "GET", PATH, action=Action.SEE, query=PeriodQuery, answer=MetricsAnswer)
def see_metrics(call: Call, query: PeriodQuery) -> MetricsAnswer:
    """Say what a period brought, beside the same length before it; null is "not measured"."""
    found = call.services.reports.of(call.firm, period_of(call, query))
    return figure_views.report(call, found)


@route(
    blueprint,
    "POST",
    f"{PATH}/entries",
    action=Action.MEASURE,
    body=EntryBody,
    answer=EntryAnswer,
    status=201,
    is_idempotent=True,
    did=Did.FIGURES_ENTERED,
)
def enter_figures(call: Call, body: EntryBody) -> EntryAnswer:
    """Keep what a channel's counters stood at on a day, in place of what was typed for it."""
    kept = call.services.entering.enter_by_hand(
        call.firm, body.channel, body.day, body.counters, by=call.identity.member
    )
    return EntryAnswer(channel=kept.channel, day=body.day, counters=dict(kept.counters))
