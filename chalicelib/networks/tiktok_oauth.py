"""Connecting TikTok: what a person chooses for her posts, then TikTok's own sign-in.

https://developers.tiktok.com/doc/login-kit-web
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chalicelib.networks.contract import Connection
from chalicelib.networks.oauth import Authorization, Client, OAuth, granted, tokens_of
from chalicelib.networks.replies import said_count, said_text
from chalicelib.networks.spec import Limits
from chalicelib.networks.tiktok import SPEC
from chalicelib.networks.tiktok_account import lasting, profile_of
from chalicelib.networks.tiktok_api import FLOW, creator_of
from chalicelib.publishing.outcomes import AuthExpired, Rejected


def begin(typed: Mapping[str, str], back: str, client: Client) -> Authorization:
    """See ``oauth.OAuth``; what was chosen is kept until the person is back.

    Raises:
        Rejected: ``reason`` names what wasn't chosen.
    """
    chosen = {field.name: typed.get(field.name, "") for field in SPEC.fields}
    known = {field.name: set(field.choices) - {""} for field in SPEC.fields}
    if chosen["visibility"] not in known["visibility"]:
        raise Rejected("no such visibility", "visibility")
    if chosen["interactions"] not in known["interactions"]:
        raise Rejected("no such interactions", "interactions")
    begun = FLOW.begin(back, client)
    return replace(begun, kept={**begun.kept, **chosen})


def finish(
    kept: Mapping[str, str], returned: Mapping[str, str], client: Client
) -> Sequence[Connection]:
    """Return the account of the person who came back; see ``oauth.OAuth``."""
    now = client.clock.now()
    answer = FLOW.exchange(kept, returned, client)
    granted(answer, FLOW.scopes)
    secret = tokens_of(answer, now)
    if "refresh_token" not in secret:
        raise AuthExpired("TikTok gave nothing to renew the access with")
    creator = creator_of(secret["access_token"], client)
    profile = profile_of(creator, said_text(answer.get("open_id")))
    chosen = {field.name: kept[field.name] for field in SPEC.fields}
    longest = said_count(creator.get("max_video_post_duration_sec"))
    connection = Connection(
        profile=profile,
        settings={"account": profile.remote_id, "username": profile.handle[1:], **chosen},
        secret=secret,
        limits=_limits(longest),
        lasting=lasting(secret, now),
    )
    return [connection]


def _limits(longest: int | None) -> Limits:
    """Return the network's limits with the seconds that this account's videos may last."""
    video = SPEC.limits.video
    if video is None or not longest:
        return SPEC.limits
    return replace(SPEC.limits, video=replace(video, max_seconds=longest))


OAUTH = OAuth(begin, finish)
