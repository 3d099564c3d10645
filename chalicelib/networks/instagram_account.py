"""An account on Instagram: who it is, its latest posts, and what only Instagram's errors mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.networks.contract import Profile
from chalicelib.networks.graph import BLOCKED, UNSAID_LIMIT, VERSION, Failure, Graph, instant
from chalicelib.networks.graph_containers import Recent, Shown, identity, recent_of
from chalicelib.networks.replies import said_object, said_objects, said_text
from chalicelib.publishing.outcomes import NetworkError, RateLimited, Rejected, Transient

if TYPE_CHECKING:
    from chalicelib.clock import Clock
    from chalicelib.networks.http import Http

ORIGIN = "https://graph.instagram.com"
ACCOUNT = "user_id,username,name,account_type"
MEDIA = "id,caption,timestamp,permalink,media_type,children{id}"

# What only Instagram's errors mean, by subcode:
# https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes

_FOR_A_WHILE = frozenset({2207001, 2207003, 2207020, 2207027, 2207032, 2207053})
"""Nothing was published: it takes too long, has expired, isn't ready, or failed on its side."""
_SERVERS_OWN = frozenset({2207001})
_MEDIA = frozenset({2207004, 2207005, 2207009, 2207023, 2207028, 2207057, 2207081, 2207082})
_REFUSALS: Mapping[int, Callable[[str], Rejected]] = {
    2207006: lambda detail: Rejected(detail, "gone"),
    2207010: lambda detail: Rejected(detail, "too_long"),
    2207026: lambda detail: Rejected(detail, "video_failed"),
    2207040: lambda detail: Rejected(detail, "too_many_tags"),
    2207050: lambda detail: Rejected(detail, "forbidden"),
    2207052: lambda detail: Rejected(detail, "media_unreachable"),
}
_SUBCODE = re.compile(r"\b22\d{5}\b")


def own(failure: Failure) -> NetworkError | None:
    """Return what a failure means on Instagram; None if it is what it is everywhere."""
    subcode, detail = failure.subcode, failure.detail
    if subcode == 2207042:
        return RateLimited(detail, failure.reset_at)
    if subcode == 2207051:
        return RateLimited(detail, failure.reset_at - UNSAID_LIMIT + BLOCKED)
    if subcode in _FOR_A_WHILE - _SERVERS_OWN:
        return Transient(detail)
    return _refused(subcode, detail)


def meaning(why: str) -> NetworkError:
    """Return what it means that a container failed: its status holds the subcode."""
    told = _SUBCODE.search(why)
    subcode = int(told.group()) if told else 0
    return _refused(subcode, f"container {subcode}") or Transient(f"container {subcode}")


def _refused(subcode: int, detail: str) -> Rejected | None:
    if subcode in _MEDIA:
        return Rejected(detail, "media_refused")
    return _REFUSALS[subcode](detail) if subcode in _REFUSALS else None


def graph(http: Http, clock: Clock, secret: Mapping[str, str]) -> Graph:
    """Return what calls Instagram's API with an account's token."""
    origin = f"{ORIGIN}/{VERSION}"
    return Graph(http=http, clock=clock, origin=origin, token=secret["access_token"], own=own)


def profile_of(me: Mapping[str, Any]) -> Profile:
    """Return who an account is.

    Raises:
        Transient: it doesn't say.
    """
    account, username = identity(me.get("user_id")), said_text(me.get("username"))
    if not account or not username:
        raise Transient("an account without an id or a name")
    name = said_text(me.get("name")) or username
    return Profile(account, name, f"@{username}", f"https://www.instagram.com/{username}/")


def recent(graph: Graph, account: str, since: datetime) -> Recent:
    """Return the account's latest posts, back to ``since`` if they go so far."""
    return recent_of(graph, f"{account}/media", MEDIA, since, _shown)


def _shown(media: Any) -> Shown:
    at = instant(media.get("timestamp"))
    if at is None:
        raise Transient("a post without a date")
    inner = said_objects(said_object(media.get("children")).get("data"))
    return Shown(
        id=said_text(media.get("id")),
        text=said_text(media.get("caption")),
        at=at,
        url=said_text(media.get("permalink")) or None,
        items=len(inner) or int(media.get("media_type") in {"IMAGE", "VIDEO"}),
        has_video=media.get("media_type") == "VIDEO",  # a reel too
    )
