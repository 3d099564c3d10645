"""Noting acts in firms' audits: after they succeeded, by ids and stable words only."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib import logs
from chalicelib.api.calls import Call, Reply
from chalicelib.api.routes import Route
from chalicelib.workspaces.acts import Act


def note(route: Route, call: Call, reply: Reply) -> None:
    """Note what a route did; that it can't be noted is logged, and fails nothing."""
    for act in _acts(route, call, reply):
        try:
            call.services.audit.note(act)
        except Exception as error:  # noqa: BLE001 -- the act itself stands, and is answered so
            logs.failure("act_not_noted", error, workspace=act.workspace, kind=act.what)


def _acts(route: Route, call: Call, reply: Reply) -> Sequence[Act]:
    if route.did is None:
        return reply.acts
    key = call.identity.key
    return [
        Act(
            workspace=call.firm,
            at=call.now,
            by=call.identity.member,
            what=route.did,
            about=_about(route, call, reply),
            by_key=key.id if key else "",
        )
    ]


def _about(route: Route, call: Call, reply: Reply) -> str:
    """Return the id of what was made, else of what the path names last."""
    made = getattr(reply.body, "id", "") if route.status == 201 else ""
    return str(made or call.params[route.params[-1]])
