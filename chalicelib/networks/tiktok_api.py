"""Calls of TikTok's API, and what its answers mean.

https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
https://developers.tiktok.com/doc/tiktok-api-v2-error-handling

Every answer holds ``data`` and ``error``; its ``code`` is ``ok`` where all is well, whatever the
status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.oauth import CodeFlow
from chalicelib.networks.replies import as_object, retry_after, said_object, said_text
from chalicelib.networks.signed import Calls, bearing
from chalicelib.publishing.outcomes import (
    AuthExpired,
    NetworkError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.contract import Tools
    from chalicelib.networks.http import Reply
    from chalicelib.networks.oauth import Client

SITE = "https://www.tiktok.com"
API = "https://open.tiktokapis.com/v2"
FLOW = CodeFlow(
    page=f"{SITE}/v2/auth/authorize/",
    token_url=f"{API}/oauth/token/",
    scopes=("user.info.basic", "user.info.stats", "video.publish", "video.list"),
    separator=",",
    id_name="client_key",
)
"""https://developers.tiktok.com/doc/login-kit-web

PKCE is for mobile and desktop applications only, there in a form of its own. How long tokens
last is told with them; each renewal may give another refresh token, which then is the one:
https://developers.tiktok.com/doc/oauth-user-access-token-management
"""
JSON = {"Content-Type": "application/json; charset=UTF-8"}
CREATOR = "post/publish/creator_info/query/"
FULL_FOR = timedelta(hours=1)
"""How many posts a day an account takes is counted in windows that slide, and when one begins
isn't told: an hour is waited for.
https://developers.tiktok.com/doc/content-sharing-guidelines
"""


def calls(tools: Tools) -> Calls:
    """Return the calls of one channel."""
    return Calls(tools, FLOW, told, f"{API}/", JSON)


def creator_of(token: str, client: Client) -> dict[str, Any]:
    """Return what who has just signed in may publish; raises as ``told``."""
    headers = {**bearing(token), **JSON}
    reply = client.http.request("POST", f"{API}/{CREATOR}", headers=headers, write=False)
    return told(reply, client.clock.now())


# What answers mean.


def told(reply: Reply, now: datetime, *, is_public: bool = False) -> dict[str, Any]:
    """Return the data of a good answer.

    Args:
        reply: The answer.
        now: The time.
        is_public: Whether it answers the call that makes something public.

    Raises:
        NetworkError: by its kind; what isn't TikTok's own refusal (a page of a firewall) is
            doubt where something may have become public, else Transient.
    """
    answer = as_object(reply)
    code = said_text(said_object(answer.get("error")).get("code"))
    if reply.status == 200 and code == "ok":
        return said_object(answer.get("data"))
    why = f"{reply.status} {code}".strip()[:100]
    if reply.status == 429:
        raise RateLimited(why, retry_after(reply.headers, now))
    meant = _REFUSALS.get(code) if 400 <= reply.status < 500 else None
    if meant is not None:
        raise meant(why, now)
    raise OutcomeUnknown(why) if is_public else Transient(why)


def full(why: str, now: datetime) -> NetworkError:
    """Return what it means that an account has published enough for a while."""
    return RateLimited(why, now + FULL_FOR)


def _signed_out(why: str, _: datetime) -> NetworkError:
    return AuthExpired(why)


_REFUSALS: Mapping[str, Callable[[str, datetime], NetworkError]] = {
    "access_token_invalid": _signed_out,
    "scope_not_authorized": _signed_out,
    "scope_permission_missed": _signed_out,
    "spam_risk_too_many_posts": full,
    # Of the whole installation, as long as TikTok hasn't let it in: five accounts in 24 hours.
    "reached_active_user_cap": lambda why, now: RateLimited(why, now + FULL_FOR, "network"),
    "spam_risk_user_banned_from_posting": lambda why, _: Rejected(why, "banned"),
    "unaudited_client_can_only_post_to_private_accounts": lambda why, _: Rejected(why, "no_access"),
    "url_ownership_unverified": lambda why, _: Rejected(why, "address_unverified"),
    "privacy_level_option_mismatch": lambda why, _: Rejected(why, "visibility_refused"),
    "invalid_publish_id": lambda why, _: Rejected(why, "gone"),
    "token_not_authorized_for_specified_publish_id": lambda why, _: Rejected(why, "gone"),
    # Spelt the one way here and the other there.
    "invalid_param": lambda why, _: Rejected(why, "invalid"),
    "invalid_params": lambda why, _: Rejected(why, "invalid"),
}
