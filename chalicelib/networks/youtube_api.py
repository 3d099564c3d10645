"""YouTube's Data API: its calls, its lists, what its errors mean.

https://developers.google.com/youtube/v3/docs ·
https://developers.google.com/youtube/v3/docs/errors
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from chalicelib.networks import google
from chalicelib.networks.google import info_of
from chalicelib.networks.replies import (
    as_object,
    retry_after,
    said_object,
    said_objects,
    said_text,
)
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
    from chalicelib.networks.contract import Tools
    from chalicelib.networks.http import Reply

API = "https://youtube.googleapis.com/youtube/v3"
"""As the discovery document has it, revision 20261104."""
SCOPE = "https://www.googleapis.com/auth/youtube.force-ssl"
"""All that is called needs this one, comments no other: the same document."""
FLOW = google.flow(SCOPE)
UPLOADS_AGAIN = timedelta(hours=1)
"""A channel's uploads are counted over 24 hours that slide: asked again within them.
https://support.google.com/youtube/answer/4525819"""
_BY_DAY = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_BY_MINUTE = {"rateLimitExceeded": "network", "userRateLimitExceeded": "channel"}
_SWITCHED_OFF = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_REFUSED = frozenset(
    {"badRequest", "required", "mediaBodyRequired", "defaultLanguageNotSet"}
    | {"commentTextRequired", "commentTextTooLong", "parentIdMissing"}
    | {"INVALID_ARGUMENT", "FAILED_PRECONDITION"}
)
"""Beside all that begins with ``invalid``."""
_NOT_ALLOWED = frozenset({"operationNotSupported", "parentCommentIsPrivate"})
_WORD = re.compile(r"[A-Za-z][\w.]{0,60}")


class Denied(AuthExpired):
    """The access holds, but not for this."""


def calls(tools: Tools) -> Calls:
    """Return the calls of one channel."""
    return Calls(tools, FLOW, told, f"{API}/")


def items_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what a list holds; an empty one may not say that it is.

    Raises:
        Transient: it is no list.
    """
    if not said_text(answer.get("kind")).endswith("ListResponse"):
        raise Transient("not a list")
    return said_objects(answer.get("items"))


def told(reply: Reply, now: datetime, *, is_public: bool = False) -> dict[str, Any]:
    """Return the object of a good answer.

    Args:
        reply: The answer.
        now: The time.
        is_public: Whether it answers the call that makes something public.

    Raises:
        NetworkError: by its kind, see ``failure``.
    """
    answer = as_object(reply)
    if reply.status in {200, 201} and answer and "error" not in answer:
        return answer
    raise failure(reply, now, is_public=is_public)


def failure(reply: Reply, now: datetime, *, is_public: bool = False) -> NetworkError:
    """Return what an answer that isn't the one asked for means.

    What isn't YouTube's own refusal (a page of a firewall) is doubt where something may have
    become public, else Transient.
    """
    error = said_object(as_object(reply).get("error"))
    reason = _reason(error)
    why = f"{reply.status} {reason}".strip()
    if limited := _limited(reply, error, reason, now):
        return limited
    if reason in _SWITCHED_OFF:
        return Rejected(why, "no_access")
    if reply.status == 401 and not is_public:
        return AuthExpired(why)
    if reply.status in {400, 403, 404} and reason:
        return _refused(reply.status, reason, why, is_public=is_public)
    return OutcomeUnknown(why) if is_public else Transient(why)


def _refused(status: int, reason: str, why: str, *, is_public: bool) -> NetworkError:
    if reason == "forbiddenPrivacySetting":
        return Rejected(why, "locked_private")
    if reason in _NOT_ALLOWED:
        return Rejected(why, "forbidden")
    if status == 403:
        return Denied(why)
    if status == 404:
        return Rejected(why, "gone")
    if reason in _REFUSED or reason.startswith("invalid"):
        return Rejected(why, "invalid")
    return OutcomeUnknown(why) if is_public else Transient(why)


def _limited(
    reply: Reply, error: Mapping[str, Any], reason: str, now: datetime
) -> NetworkError | None:
    """A project has so many units, and so many uploads, a day: they are everybody's here.

    https://developers.google.com/youtube/data/guides/quota_and_compliance_audits
    """
    why = f"{reply.status} {reason}".strip()
    unit = said_text(said_object(info_of(error).get("metadata")).get("quota_unit"))
    if reason in _BY_DAY or unit.startswith("1/d/"):
        return RateLimited(why, next_midnight(now), "network")
    if reason == "uploadLimitExceeded":
        return RateLimited(why, now + UPLOADS_AGAIN, "channel")
    if reply.status == 429:
        return google.failure(reply, now, is_public=False)
    if reason in _BY_MINUTE:
        return RateLimited(why, retry_after(reply.headers, now), _BY_MINUTE[reason])
    return None


def next_midnight(now: datetime) -> datetime:
    """Return when the day of the quotas ends: at midnight in California.

    https://developers.google.com/youtube/v3/getting-started#quota
    """
    pacific = ZoneInfo("America/Los_Angeles")
    tomorrow = now.astimezone(pacific).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), pacific).astimezone(UTC)


def _reason(error: Mapping[str, Any]) -> str:
    """Return the stable word of an error: never its message, which may quote the request."""
    told = [said_text(each.get("reason")) for each in said_objects(error.get("errors"))]
    told += [said_text(info_of(error).get("reason")), said_text(error.get("status"))]
    return next((word for word in told if _WORD.fullmatch(word)), "")
