"""Connecting an account by Threads' own sign-in page.

https://developers.facebook.com/docs/threads/get-started/get-access-tokens-and-permissions
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.networks.contract import Connection
from chalicelib.networks.graph_tokens import lasting_of
from chalicelib.networks.oauth import Authorization, Client, CodeFlow, OAuth
from chalicelib.networks.replies import said_text
from chalicelib.networks.threads import ORIGIN, PROFILE, SPEC, TOKENS, graph, profile_of

SCOPES = (
    "threads_basic",
    "threads_content_publish",
    "threads_manage_replies",
    "threads_read_replies",
    "threads_manage_mentions",
    "threads_manage_insights",
)
FLOW = CodeFlow(
    page="https://threads.net/oauth/authorize",
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
    """Return the account of who signed in; see ``oauth.OAuth``.

    What was granted isn't told: that publishing is, is seen by the quota.
    """
    short = said_text(FLOW.exchange(kept, returned, client).get("access_token"))
    secret = TOKENS.exchanged(short, client)
    ours = graph(client.http, client.clock, secret)
    profile = profile_of(ours.get("me", {"fields": PROFILE}))
    account = profile.remote_id
    ours.get(f"{account}/threads_publishing_limit", {"fields": "quota_usage"})
    settings = {"account": account, "username": profile.handle.removeprefix("@")}
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


OAUTH = OAuth(begin, finish)
