"""Connecting an account by Instagram's own sign-in page.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.networks.contract import Connection
from chalicelib.networks.graph_tokens import lasting_of
from chalicelib.networks.instagram import SPEC, TOKENS
from chalicelib.networks.instagram_account import ACCOUNT, graph, profile_of
from chalicelib.networks.oauth import Authorization, Client, CodeFlow, OAuth, answered, code_of
from chalicelib.networks.replies import as_object, said_objects, said_text
from chalicelib.publishing.outcomes import AuthExpired, OutcomeUnknown, Transient

NEEDED = ("instagram_business_basic", "instagram_business_content_publish")
SCOPES = (
    *NEEDED,
    "instagram_business_manage_comments",
    "instagram_business_manage_insights",
)
FLOW = CodeFlow(
    page="https://www.instagram.com/oauth/authorize",
    token_url="https://api.instagram.com/oauth/access_token",  # noqa: S106 - where it is
    scopes=SCOPES,
    separator=",",
)


def begin(_: Mapping[str, str], back: str, client: Client) -> Authorization:
    """Return where the person signs in; see ``oauth.OAuth``."""
    return FLOW.begin(back, client)


def finish(
    kept: Mapping[str, str], returned: Mapping[str, str], client: Client
) -> Sequence[Connection]:
    """Return the account of who signed in, if it is a professional one; see ``oauth.OAuth``."""
    secret = TOKENS.exchanged(_short(kept, returned, client), client)
    me = graph(client.http, client.clock, secret).get("me", {"fields": ACCOUNT})
    if me.get("account_type") == "PERSONAL":
        return []
    profile = profile_of(me)
    settings = {"account": profile.remote_id, "username": profile.handle.removeprefix("@")}
    lasting = lasting_of(secret)
    return [
        Connection(
            profile=profile,
            settings=settings,
            secret=secret,
            limits=SPEC.limits,
            lasting=lasting,
        )
    ]


def _short(kept: Mapping[str, str], returned: Mapping[str, str], client: Client) -> str:
    """Return the token of an hour for a code: told plainly, or in a list of one."""
    app = client.app()
    form = {
        "grant_type": "authorization_code",
        # What Instagram hangs on its address is no part of the code.
        "code": code_of(kept, returned).removesuffix("#_"),
        "redirect_uri": kept["redirect_uri"],
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }
    try:
        reply = client.http.request("POST", FLOW.token_url, data=form, write=True)
    except OutcomeUnknown as error:  # the code may be used by now
        raise Transient(error.detail) from error
    told: dict[str, Any] = next(iter(said_objects(as_object(reply).get("data"))), {})
    told = told or answered(reply, client.clock.now())
    _require(told.get("permissions"))
    return said_text(told.get("access_token"))


def _require(permissions: object) -> None:
    """Refuse a token that lacks a right; one that says nothing has what was asked for."""
    given = permissions.split(",") if isinstance(permissions, str) else permissions
    has = [said_text(each).strip() for each in given] if isinstance(given, list) else []
    if has and (missing := [scope for scope in NEEDED if scope not in has]):
        raise AuthExpired(f"the token lacks {', '.join(missing)}")


OAUTH = OAuth(begin, finish)
