"""Deliveries: one at a time with its evidence, and those that wait for a person."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api import post_views, schemas
from chalicelib.api.access import require
from chalicelib.api.calls import Call
from chalicelib.api.post_answers import DeliveriesAnswer, DeliveryAnswer
from chalicelib.api.routes import route
from chalicelib.publishing.deliveries import Delivery, Status
from chalicelib.publishing.refusals import ChangedMeanwhile, Fault, Invalid, NotFound
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}/deliveries"
ONE = f"{PATH}/{{delivery}}"


@route(
    blueprint,
    "GET",
    PATH,
    action=Action.SEE,
    query=schemas.DeliveriesQuery,
    answer=DeliveriesAnswer,
)
def list_waiting(call: Call, _: schemas.DeliveriesQuery) -> DeliveriesAnswer:
    """List the deliveries that wait for a person, the earliest planned first."""
    rows = call.services.post_lists.waiting(call.firm)
    found = [d for row in rows for d in row.deliveries]
    found.sort(key=lambda d: (d.planned_at is None, d.planned_at, d.id))
    channels = post_views.channels_of(call)
    return DeliveriesAnswer(items=[post_views.delivery(call, channels, d, None) for d in found])


@route(blueprint, "GET", ONE, action=Action.SEE, answer=DeliveryAnswer)
def see_delivery(call: Call) -> DeliveryAnswer:
    """Return a delivery with all that was tried, and what to paste where a person publishes."""
    return _whole(call, _found(call))


@route(
    blueprint,
    "POST",
    f"{ONE}/decision",
    action=Action.COMPOSE,
    body=schemas.DecisionBody,
    answer=DeliveryAnswer,
    did=Did.DELIVERY_DECIDED,
)
def decide(call: Call, body: schemas.DecisionBody) -> DeliveryAnswer:
    """Settle a delivery that needs a person; a kit by any editor, a doubt by an approver."""
    stands = _found(call)
    require(call, post_views.action_for(stands.why))
    if stands.status is not Status.NEEDS_HUMAN or stands.why is None:
        raise ChangedMeanwhile(stands)
    choices = post_views.CHOICES[stands.why]
    if body.choice not in choices:
        expected = ", ".join(choice.value for choice in choices)
        raise Invalid([Fault("/choice", "not-one-of", {"expected": expected})])
    settled = call.services.composer.decide(
        call.workspace, call.delivery, rev=body.rev, choice=body.choice, url=body.url
    )
    return _whole(call, settled)


def _found(call: Call) -> Delivery:
    found = call.services.deliveries.get(call.firm, call.delivery)
    if found is None:
        raise NotFound(call.delivery)
    return found


def _whole(call: Call, d: Delivery) -> DeliveryAnswer:
    version = call.services.posts.version(call.firm, d.post, d.version)
    return post_views.delivery(call, post_views.channels_of(call), d, version)
