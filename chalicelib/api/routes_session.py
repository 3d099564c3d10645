"""Signing in and out, and who is signed in."""

from __future__ import annotations

from dataclasses import replace

from chalice.app import Blueprint

from chalicelib.api import views
from chalicelib.api.access import cookie_name
from chalicelib.api.answers import Empty, SessionAnswer, WorkspaceOfPerson
from chalicelib.api.calls import Call, Reply
from chalicelib.api.problems import Problem
from chalicelib.api.routes import Who, route
from chalicelib.api.schemas import SessionBody, SessionChange, SignInLinkBody
from chalicelib.ids import MemberId, WorkspaceId
from chalicelib.settings import Settings
from chalicelib.workspaces.acts import Act, Did
from chalicelib.workspaces.sessions import SESSION_ENDS

blueprint = Blueprint(__name__)


@route(
    blueprint,
    "POST",
    "/v1/sign-in-links",
    action=Who.HOLDER,
    body=SignInLinkBody,
    answer=Empty,
    status=202,
)
def ask_for_link(call: Call, body: SignInLinkBody) -> Empty:
    """Ask for a sign-in link by e-mail; says the same whether or not anybody has the address."""
    call.services.sessions.ask_for_link(body.email, body.language, call.address)
    return Empty()


@route(
    blueprint,
    "POST",
    "/v1/sessions",
    action=Who.HOLDER,
    body=SessionBody,
    answer=SessionAnswer,
    status=201,
)
def sign_in(call: Call, body: SessionBody) -> Reply:
    """Consume a sign-in link and set the session's cookie."""
    entered = call.services.sessions.enter(body.token, call.cookie, call.address)
    cookie = set_cookie(call.services.settings, entered.token)
    member = entered.session.member
    session = _session(call, member)
    acts = tuple(
        Act(workspace=WorkspaceId(firm.id), at=call.now, by=member, what=Did.SIGNED_IN)
        for firm in session.workspaces
    )
    return Reply(body=session, cookies=(cookie,), acts=acts)


@route(blueprint, "GET", "/v1/session", action=Who.SIGNED_IN, answer=SessionAnswer)
def who_am_i(call: Call) -> SessionAnswer:
    """Say who is signed in, and in which firms."""
    return _session(call, call.identity.member)


@route(
    blueprint,
    "PATCH",
    "/v1/session",
    action=Who.SIGNED_IN,
    body=SessionChange,
    answer=SessionAnswer,
)
def change_preferences(call: Call, body: SessionChange) -> SessionAnswer:
    """Choose the language of pages and mails."""
    if call.identity.key is not None:
        raise Problem("scope-missing")
    members = call.services.members
    for membership in members.memberships(call.identity.member):
        members.put(replace(membership, language=body.language))
    return _session(call, call.identity.member)


@route(blueprint, "DELETE", "/v1/session", action=Who.SIGNED_IN, status=204)
def sign_out(call: Call) -> Reply:
    """End the session for good and take its cookie away."""
    if call.identity.session is not None and call.cookie:
        call.services.sessions.leave(call.cookie)
    return Reply(body=None, cookies=(set_cookie(call.services.settings, "", 0),))


def set_cookie(settings: Settings, token: str, seconds: int | None = None) -> str:
    """Return the header that gives a browser its session (RFC 6265bis)."""
    if seconds is None:
        seconds = int(SESSION_ENDS.total_seconds())
    secure = "; Secure" if settings.is_https else ""
    name = cookie_name(settings)
    return f"{name}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"


def _session(call: Call, member: MemberId) -> SessionAnswer:
    key = call.identity.key if call.who is not None else None
    found = [
        m
        for m in call.services.members.memberships(member)
        if key is None or m.workspace == key.workspace
    ]
    if not found:
        raise Problem("sign-in-needed")
    workspaces = []
    for membership in found:
        workspace = call.services.workspaces.get(membership.workspace)
        if workspace is not None:
            workspaces.append(
                WorkspaceOfPerson(
                    id=workspace.id,
                    name=workspace.name,
                    role=views.role_name(membership.role),
                    zone=workspace.zone,
                    language=views.language(workspace.language),
                )
            )
    return SessionAnswer(member=views.person(found[0]), workspaces=workspaces)
