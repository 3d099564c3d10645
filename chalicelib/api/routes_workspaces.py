"""A firm's own facts, and who is in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalice.app import Blueprint

from chalicelib.api import views
from chalicelib.api.answers import AuditAnswer, MembersAnswer, WorkspaceAnswer
from chalicelib.api.calls import Call
from chalicelib.api.routes import route
from chalicelib.api.schemas import AuditQuery, WorkspaceChange
from chalicelib.publishing.schedule import zone_of
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}"


@route(blueprint, "GET", PATH, action=Action.SEE, answer=WorkspaceAnswer)
def see_workspace(call: Call) -> WorkspaceAnswer:
    """Return the firm."""
    return views.workspace(call.workspace, call.services.settings)


@route(
    blueprint,
    "PATCH",
    PATH,
    action=Action.MANAGE_WORKSPACE,
    body=WorkspaceChange,
    answer=WorkspaceAnswer,
    did=Did.WORKSPACE_CHANGED,
)
def change_workspace(call: Call, body: WorkspaceChange) -> WorkspaceAnswer:
    """Change the firm's name, zone or language; what is planned keeps its instant."""
    if body.zone is not None:
        zone_of(body.zone, "/zone")
    given: dict[str, Any] = {name: value for name, value in dict(body).items() if value is not None}
    before = call.workspace
    after = replace(before, **given)
    if after != before:
        after = call.services.workspaces.put(before, after)
    return views.workspace(after, call.services.settings)


@route(blueprint, "GET", f"{PATH}/members", action=Action.MANAGE_KEYS, answer=MembersAnswer)
def list_members(call: Call) -> MembersAnswer:
    """List everybody in the firm, the highest role first."""
    found = sorted(call.services.members.of(call.firm), key=lambda m: (-m.role, m.name, m.id))
    return MembersAnswer(items=[views.member(m) for m in found])


@route(
    blueprint,
    "GET",
    f"{PATH}/audit",
    action=Action.MANAGE_KEYS,
    query=AuditQuery,
    answer=AuditAnswer,
)
def list_acts(call: Call, query: AuditQuery) -> AuditAnswer:
    """List who did what in the firm, the latest first; it is kept for thirteen months."""
    names = {str(m.id): m.name for m in call.services.members.of(call.firm)}
    found = call.services.audit.latest(call.firm, query.limit)
    return AuditAnswer(items=[views.act(act, names, call.words) for act in found])
