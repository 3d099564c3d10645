"""Connecting Pinterest: its sign-in, then the boards that a person may pin on.

https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.networks.contract import Connection
from chalicelib.networks.oauth import Authorization, Client, OAuth, granted, tokens_of
from chalicelib.networks.pinterest import SPEC, id_of, lasting, profile_of
from chalicelib.networks.pinterest_api import API, FLOW, pages, told
from chalicelib.networks.replies import said_objects
from chalicelib.networks.signed import bearing
from chalicelib.publishing.outcomes import AuthExpired

MAX_PAGES = 2
"""Five hundred boards to choose from."""


def begin(typed: Mapping[str, str], back: str, client: Client) -> Authorization:
    """See ``oauth.OAuth``; nothing is typed before."""
    del typed
    return FLOW.begin(back, client)


def finish(
    kept: Mapping[str, str], returned: Mapping[str, str], client: Client
) -> Sequence[Connection]:
    """Return the boards of the person who came back; see ``oauth.OAuth``.

    Secret boards and those for advertisements only aren't for posts.
    """
    now = client.clock.now()
    answer = FLOW.exchange(kept, returned, client)
    granted(answer, FLOW.scopes)
    secret = tokens_of(answer, now)
    if "refresh_token" not in secret:
        raise AuthExpired("Pinterest gave nothing to renew the access with")
    headers = bearing(secret["access_token"])

    def read(params: Mapping[str, str]) -> dict[str, Any]:
        url = f"{API}/boards"
        return told(
            client.http.request("GET", url, headers=headers, params=params, write=False), now
        )

    boards = [board for page in pages(read, MAX_PAGES) for board in said_objects(page["items"])]
    return [_connection(board, secret) for board in boards if _is_for_posts(board)]


def _is_for_posts(board: Mapping[str, Any]) -> bool:
    is_shown = board.get("privacy", "PUBLIC") == "PUBLIC"
    return bool(id_of(board)) and is_shown and board.get("is_ads_only") is not True


def _connection(board: Mapping[str, Any], secret: Mapping[str, str]) -> Connection:
    return Connection(
        profile=profile_of(board),
        settings={"board": id_of(board)},
        secret=secret,
        limits=SPEC.limits,
        lasting=lasting(secret),
    )


OAUTH = OAuth(begin, finish, gives_one=True)
