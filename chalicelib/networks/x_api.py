"""Calls of X's API, and what its answers mean.

https://docs.x.com/x-api/fundamentals/response-codes-and-errors
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.oauth import CodeFlow, Proves
from chalicelib.networks.replies import as_object, said_object, said_objects, said_text, unix_reset
from chalicelib.publishing.outcomes import (
    AuthExpired,
    Duplicate,
    NetworkError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.http import Reply

API = "https://api.x.com"
SITE = "https://x.com"
FLOW = CodeFlow(
    page=f"{SITE}/i/oauth2/authorize",
    token_url=f"{API}/2/oauth2/token",
    scopes=(
        "tweet.read",
        "tweet.write",
        "tweet.moderate.write",
        "users.read",
        "media.write",
        "offline.access",
    ),
    proves=Proves.BASIC,
    has_pkce=True,
)
"""https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code

An access token lasts two hours. The refresh token is another one after each use.
"""
TOP_UP = timedelta(minutes=30)
"""When it is tried again after the credits of the installation ran out: a person must top up."""
_DAYS = (("x-app-limit-24hour", "network"), ("x-user-limit-24hour", "channel"))
"""Limits by day; the app's holds everybody."""
_SPENT = re.compile(r"usage[- ]cap|credits?\b|spend(?:ing)?[- ](?:cap|limit)", re.IGNORECASE)
_COPY = re.compile(r"duplicate content", re.IGNORECASE)
_RIGHT = re.compile(r"\bscopes?\b|oauth2?|permissions?\b", re.IGNORECASE)
_UNANSWERABLE = re.compile(
    r"reply to this conversation|(?:not|n't) been mentioned|(?:allowed|permitted) to reply",
    re.IGNORECASE,
)
_ANSWERED_GONE = re.compile(r"reply to a (?:tweet|post) that is deleted", re.IGNORECASE)
"""Words of refusals of an answer; X documents none."""
_MEDIA = re.compile(r"\bmedia\b", re.IGNORECASE)
_LENGTH = re.compile(r"too long|length|characters", re.IGNORECASE)


def told(reply: Reply, now: datetime) -> dict[str, Any]:
    """Return the object of a good answer to what makes nothing public.

    Raises:
        NetworkError: by its kind, see ``refusal``.
    """
    answer = as_object(reply)
    if reply.status in {200, 201} and answer:
        return answer
    raise refusal(reply, now, is_public=False)


def refusal(reply: Reply, now: datetime, *, is_public: bool) -> NetworkError:
    """Return what an answer that isn't the one asked for means.

    ``is_public``: it answers the call that publishes. What isn't X's own refusal (a page of a
    firewall) is then doubt; for all other calls it is to be tried again.
    """
    told, status = as_object(reply), reply.status
    said = _said(told)
    why = f"{status} {_kind(told)}".strip()
    if status == 429:
        return _limited(reply.headers, said, now, why)
    if not _is_problem(told) or status not in _MEANT:
        return OutcomeUnknown(why) if is_public else Transient(why)
    if status == 402 or (status == 403 and _SPENT.search(said)):
        return RateLimited(f"{why}: out of credits", now + TOP_UP, "network")
    if status == 401:
        return AuthExpired(why)
    return _rejected(status, said, why)


_MEANT = frozenset({400, 401, 402, 403, 404, 413, 415, 422})


def _rejected(status: int, said: str, why: str) -> NetworkError:
    if status in {400, 403} and _ANSWERED_GONE.search(said):
        return Rejected(why, "answered_gone")
    if status == 403:
        return _forbidden(said, why)
    if status == 404:
        return Rejected(why, "gone")
    if status in {413, 415} or _MEDIA.search(said):
        return Rejected(why, "media_refused")
    return Rejected(why, "too_long" if _LENGTH.search(said) else "invalid")


def _forbidden(said: str, why: str) -> NetworkError:
    if _COPY.search(said):
        return Duplicate(why)
    if _UNANSWERABLE.search(said):
        return Rejected(why, "unanswerable")
    return AuthExpired(why) if _RIGHT.search(said) else Rejected(why, "forbidden")


def _limited(headers: Mapping[str, str], said: str, now: datetime, why: str) -> RateLimited:
    """https://docs.x.com/x-api/fundamentals/rate-limits ; those by day aren't documented."""
    if _SPENT.search(said):
        return RateLimited(f"{why}: out of credits", now + TOP_UP, "network")
    for name, scope in _DAYS:
        if headers.get(f"{name}-remaining", "").strip() == "0":
            return RateLimited(why, unix_reset(headers, f"{name}-reset"), scope)
    return RateLimited(why, unix_reset(headers, "x-rate-limit-reset"), "channel")


def _is_problem(told: Mapping[str, Any]) -> bool:
    """Say whether an answer is in one of X's own shapes of a refusal."""
    return bool(said_text(told.get("title")) or said_text(told.get("type")) or _errors(told))


def _errors(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    return said_objects(told.get("errors"))


def _said(told: Mapping[str, Any]) -> str:
    """Return all that a refusal says, to look for what it means; it is never logged."""
    parts = [told, *_errors(told)]
    names = ("type", "title", "detail", "message", "reason")
    return " ".join(said_text(part.get(name)) for part in parts for name in names)


def kinds_of(told: Mapping[str, Any]) -> set[str]:
    """Return the stable words of the errors beside what an answer tells."""
    return {said_text(error.get("type")).rpartition("/")[2] for error in _errors(told)}


def _kind(told: Mapping[str, Any]) -> str:
    """Return the stable word of a refusal: the last part of its type."""
    kind = said_text(told.get("type")) or next(
        (said_text(e.get("type")) for e in _errors(told)), ""
    )
    return re.sub(r"[^\w-]", "", kind.rpartition("/")[2])[:60]


def posted(reply: Reply) -> str:
    """Return the id of what a call made; empty if it says none."""
    made = said_text(said_object(as_object(reply).get("data")).get("id"))
    return made if made.isdecimal() and len(made) < 20 else ""
