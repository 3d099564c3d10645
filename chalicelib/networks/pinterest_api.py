"""Calls of Pinterest's API, and what its answers mean.

https://developers.pinterest.com/docs/api/v5/ · https://developers.pinterest.com/docs/reference/errors/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.contract import Tools
from chalicelib.networks.oauth import CodeFlow, Proves
from chalicelib.networks.replies import as_object, said_text
from chalicelib.networks.signed import Calls
from chalicelib.publishing.outcomes import (
    AuthExpired,
    NetworkError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.http import Reply

API = "https://api.pinterest.com/v5"
FLOW = CodeFlow(
    page="https://www.pinterest.com/oauth/",
    token_url=f"{API}/oauth/token",
    scopes=("boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read"),
    proves=Proves.BASIC,
    separator=",",
)
"""https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/

An access token lasts 30 days, a refresh token 60; each renewal gives another one.
"""
PAGE = 250
"""The most that a list gives at once: https://developers.pinterest.com/docs/reference/pagination/"""
_TRIAL = "trial access"
"""In the words of the refusal of an installation that isn't let in yet (403, code 29).

https://github.com/gitroomhq/postiz-app/issues/1084
"""
_LONGEST = timedelta(days=1)


def calls(tools: Tools) -> Calls:
    """Return the calls of one channel."""
    return Calls(tools, FLOW, told, API)


def pages(
    read: Callable[[Mapping[str, str]], dict[str, Any]], most: int
) -> Iterator[dict[str, Any]]:
    """Yield the pages of a list, ``most`` of them at most; raises Transient if it is none."""
    params = {"page_size": str(PAGE)}
    for _ in range(most):
        page = read(params)
        items = page.get("items")
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise Transient("a list without items")
        yield page
        following = said_text(page.get("bookmark"))
        if not following:
            return
        params = {"page_size": str(PAGE), "bookmark": following}


def told(reply: Reply, now: datetime, *, is_public: bool = False) -> dict[str, Any]:
    """Return the object of a good answer.

    Args:
        reply: The answer.
        now: The time.
        is_public: Whether it answers the call that makes something public.

    Raises:
        NetworkError: by its kind; what isn't Pinterest's own refusal (a page of a firewall) is
            doubt where something may have become public, else Transient.
    """
    answer = as_object(reply)
    if reply.status in {200, 201} and answer:
        return answer
    raise _failure(reply, answer, now, is_public=is_public)


def _failure(
    reply: Reply, answer: Mapping[str, Any], now: datetime, *, is_public: bool
) -> NetworkError:
    code, status = answer.get("code"), reply.status
    why = f"{status} code {code}" if isinstance(code, int) else str(status)
    if status == 429:
        return RateLimited(why, _reset(reply.headers, now), "channel")
    if not isinstance(code, int):
        return OutcomeUnknown(why) if is_public else Transient(why)
    if status == 401:
        return AuthExpired(why)
    if status == 403:
        return _forbidden(answer, why, is_public=is_public)
    return _refused(status, answer, why, is_public=is_public)


def _forbidden(answer: Mapping[str, Any], why: str, *, is_public: bool) -> NetworkError:
    if _TRIAL in said_text(answer.get("message")).casefold():
        return Rejected(f"{why}: the installation has trial access", "no_access")
    return Rejected(why, "forbidden") if is_public else AuthExpired(why)


def _refused(status: int, answer: Mapping[str, Any], why: str, *, is_public: bool) -> NetworkError:
    if status == 404:
        return Rejected(why, "gone")
    if status in {400, 422}:
        about = said_text(answer.get("message")).casefold()
        is_of_media = any(word in about for word in ("image", "media", "photo"))
        return Rejected(why, "media_refused" if is_of_media else "invalid")
    return OutcomeUnknown(why) if is_public else Transient(why)


def _reset(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Return when the limit that is used up begins anew: whole seconds from now.

    It may be followed by the limits of other windows:
    https://developers.pinterest.com/docs/reference/rate-limits/
    """
    seconds = headers.get("X-RateLimit-Reset", "").partition(",")[0].strip()
    if not (seconds.isascii() and seconds.isdecimal()) or len(seconds) > 7:
        return None
    return now + min(timedelta(seconds=int(seconds)), _LONGEST)
