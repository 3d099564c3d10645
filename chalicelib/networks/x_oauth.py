"""Connecting an account on X's own sign-in page (OAuth 2.0, code flow with PKCE).

https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.networks.contract import Connection
from chalicelib.networks.oauth import Client, OAuth, granted, tokens_of
from chalicelib.networks.signed import bearing
from chalicelib.networks.x import SPEC, lasting, profile_of
from chalicelib.networks.x_api import API, FLOW, told


def finish(
    kept: Mapping[str, str], returned: Mapping[str, str], client: Client
) -> Sequence[Connection]:
    """Return the connection of the account that came back with a code; see ``oauth.OAuth``."""
    answer = FLOW.exchange(kept, returned, client)
    granted(answer, FLOW.scopes)
    now = client.clock.now()
    secret = tokens_of(answer, now)
    headers = bearing(secret["access_token"])
    reply = client.http.request("GET", f"{API}/2/users/me", headers=headers, write=False)
    profile = profile_of(told(reply, now))
    return [
        Connection(
            profile=profile,
            settings={"user": profile.remote_id, "username": profile.handle.lstrip("@")},
            secret=secret,
            limits=SPEC.limits,
            lasting=lasting(now),
        )
    ]


OAUTH = OAuth(lambda _, back, client: FLOW.begin(back, client), finish)
