"""Connecting YouTube: Google's sign-in, where the person chooses the channel itself.

https://developers.google.com/youtube/v3/guides/auth/server-side-web-apps
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.networks.contract import Connection
from chalicelib.networks.google import lasting, signed_in
from chalicelib.networks.oauth import Authorization, Client, OAuth
from chalicelib.networks.replies import said_object, said_text
from chalicelib.networks.signed import bearing
from chalicelib.networks.youtube import SPEC, profile_of
from chalicelib.networks.youtube_api import API, FLOW, items_of, told


def begin(typed: Mapping[str, str], back: str, client: Client) -> Authorization:
    """See ``oauth.OAuth``; nothing is typed before."""
    del typed
    return FLOW.begin(back, client)


def finish(
    kept: Mapping[str, str], returned: Mapping[str, str], client: Client
) -> Sequence[Connection]:
    """Return the channel that the person chose on Google's page; see ``oauth.OAuth``.

    Raises:
        Rejected: as ``oauth.OAuth`` says; ``no_access`` where the API is switched off for this
            installation.
    """
    secret = signed_in(FLOW, kept, returned, client)
    params = {"part": "snippet,contentDetails", "mine": "true", "maxResults": "50"}
    headers = bearing(secret["access_token"])
    reply = client.http.request(
        "GET", f"{API}/channels", headers=headers, params=params, write=False
    )
    made = [_connection(channel, secret) for channel in items_of(told(reply, client.clock.now()))]
    return [connection for connection in made if connection.profile.remote_id]


def _connection(channel: Mapping[str, Any], secret: Mapping[str, str]) -> Connection:
    profile = profile_of(channel)
    lists = said_object(said_object(channel.get("contentDetails")).get("relatedPlaylists"))
    return Connection(
        profile=profile,
        settings={"channel": profile.remote_id, "uploads": said_text(lists.get("uploads"))},
        secret=secret,
        limits=SPEC.limits,
        lasting=lasting(secret),
    )


OAUTH = OAuth(begin, finish)
