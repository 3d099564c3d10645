"""API keys: for machines that act for the member who made them."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api import views
from chalicelib.api.answers import KeyAnswer, KeysAnswer, NewKeyAnswer
from chalicelib.api.calls import Call, Reply
from chalicelib.api.routes import route
from chalicelib.api.schemas import KeyBody
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}/keys"


@route(blueprint, "GET", PATH, action=Action.MANAGE_KEYS, answer=KeysAnswer)
def list_keys(call: Call) -> KeysAnswer:
    """List the firm's keys, without their secrets."""
    found = sorted(call.services.sessions.keys(call.firm), key=lambda k: (k.created_at, k.id))
    return KeysAnswer(items=[KeyAnswer(**views.key(k)) for k in found])


@route(
    blueprint,
    "POST",
    PATH,
    action=Action.MANAGE_KEYS,
    body=KeyBody,
    answer=NewKeyAnswer,
    status=201,
    did=Did.KEY_MADE,
)
def make_key(call: Call, body: KeyBody) -> NewKeyAnswer:
    """Make a key; its secret is in this answer and nowhere else, so it isn't repeatable."""
    made = call.services.sessions.make_key(
        call.firm,
        call.identity.member,
        name=body.name,
        scopes=frozenset(body.scopes),
        expires_at=body.expires_at,
    )
    return NewKeyAnswer(**views.key(made.key), secret=made.secret)


@route(
    blueprint,
    "DELETE",
    f"{PATH}/{{key}}",
    action=Action.MANAGE_KEYS,
    status=204,
    did=Did.KEY_REVOKED,
)
def revoke_key(call: Call) -> Reply:
    """Revoke a key: it never lets anybody in again."""
    call.services.sessions.revoke_key(call.firm, call.params["key"])
    return Reply(body=None)
