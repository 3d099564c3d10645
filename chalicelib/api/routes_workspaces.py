"""A firm's own facts, and who is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

from chalice.app import Blueprint

from chalicelib.api import views
from chalicelib.api.answers import AuditAnswer, MembersAnswer, WorkspaceAnswer
from chalicelib.api.calls import Call
from chalicelib.api.routes import route
from chalicelib.api.schemas import AuditQuery
from chalicelib.api.workspace_schemas import OpeningBody, WorkspaceChange
from chalicelib.publishing.schedule import zone_of
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did
from chalicelib.workspaces.workspaces import Opening

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
    before = call.workspace
    after = replace(before, **_changes(body))
    if after != before:
        after = call.services.workspaces.put(before, after)
    if after.spending_cap > before.spending_cap:
        call.services.watching.cap_raised(call.firm)
    return views.workspace(after, call.services.settings)


def _changes(body: WorkspaceChange) -> dict[str, Any]:
    given = {name: value for name, value in dict(body).items() if value is not None}
    if (minutes := given.pop("answer_within_minutes", None)) is not None:
        given["answer_within"] = timedelta(minutes=minutes)
    if body.opening_hours is not None:
        given["opening_hours"] = tuple(
            tuple(_opening(part) for part in day) for day in body.opening_hours
        )
    return given


def _opening(part: OpeningBody) -> Opening:
    return Opening(time.fromisoformat(part.begins), time.fromisoformat(part.ends))


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
