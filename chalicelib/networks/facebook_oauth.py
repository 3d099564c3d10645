"""Connecting Facebook Pages by Facebook's own sign-in page.

https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow · a Page's token
that comes of a long-lived user token has no end of its own:
https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from chalicelib.networks.contract import Connection, Lasting
from chalicelib.networks.facebook import SPEC
from chalicelib.networks.facebook_pages import (
    NEEDED,
    ORIGIN,
    about_token,
    graph,
    profile_of,
    require,
)
from chalicelib.networks.graph import VERSION, check, listed
from chalicelib.networks.oauth import Authorization, Client, CodeFlow, OAuth
from chalicelib.networks.replies import said_count, said_text
from chalicelib.publishing.outcomes import Transient

SCOPES = (
    *NEEDED,
    # What is said to the Page, and answering it.
    "pages_read_user_content",
    "pages_manage_engagement",
    "read_insights",
    # Without it, Pages that a business portfolio owns aren't listed.
    "business_management",
)
MOST = 100
"""Pages of one person that are offered."""
FLOW = CodeFlow(
    page=f"https://www.facebook.com/{VERSION}/dialog/oauth",
    token_url=f"{ORIGIN}/oauth/access_token",
    scopes=SCOPES,
    separator=",",
)


def begin(_: Mapping[str, str], back: str, client: Client) -> Authorization:
    """Return where the person signs in; see ``oauth.OAuth``."""
    return FLOW.begin(back, client)


def finish(
    kept: Mapping[str, str], returned: Mapping[str, str], client: Client
) -> Sequence[Connection]:
    """Return every Page that the person may publish on; see ``oauth.OAuth``."""
    app = client.app()
    short = said_text(FLOW.exchange(kept, returned, client).get("access_token"))
    token = _long_lived(short, client)
    told = about_token(client.http, client.clock, app, token)
    require(told)
    mine = graph(client.http, client.clock, app, token)
    fields = "id,name,username,link,access_token,tasks"
    pages = listed(mine.get("me/accounts", {"fields": fields, "limit": str(MOST)}))
    lasting = Lasting(until=_confirmed_until(told))
    return [_connected(page, lasting) for page in pages if _may_publish(page)]


def _long_lived(token: str, client: Client) -> str:
    """Return a token of 60 days for one of an hour."""
    app = client.app()
    form = {
        "grant_type": "fb_exchange_token",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "fb_exchange_token": token,
    }
    reply = client.http.request("POST", FLOW.token_url, data=form, write=False)
    long = said_text(check(reply, client.clock.now(), is_public=False).get("access_token"))
    if not long:
        raise Transient("no long-lived token was given")
    return long


def _may_publish(page: Mapping[str, Any]) -> bool:
    """Say whether the person may write on a Page.

    https://developers.facebook.com/docs/pages-api/overview#tasks
    """
    tasks = page.get("tasks")
    given = tasks if isinstance(tasks, list) else ()
    can = any(said_text(task).endswith("CREATE_CONTENT") for task in given)
    return can and bool(said_text(page.get("access_token")))


def _confirmed_until(told: Mapping[str, Any]) -> datetime | None:
    """Return until when data may be read: 90 days after the person last agreed."""
    seconds = said_count(told.get("data_access_expires_at"))
    return datetime.fromtimestamp(min(seconds, 10**11), UTC) if seconds else None


def _connected(page: Mapping[str, Any], lasting: Lasting) -> Connection:
    profile = profile_of(page)
    return Connection(
        profile=profile,
        settings={"page": profile.remote_id},
        secret={"access_token": said_text(page.get("access_token"))},
        limits=SPEC.limits,
        lasting=lasting,
    )


OAUTH = OAuth(begin, finish)
