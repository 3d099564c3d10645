"""Meta's Graph API: how it is called, what its errors mean, and when its limits end.

Its statuses say little: what an answer means is told by ``error.code`` and
``error.error_subcode``. https://developers.facebook.com/docs/graph-api/guides/error-handling
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.replies import (
    as_object,
    retry_after,
    said_count,
    said_object,
    said_objects,
    said_text,
)
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
    from chalicelib.clock import Clock
    from chalicelib.networks.http import File, Http, Reply

VERSION = "v26.0"
"""Each version lives two years at least; a call to a dead one is served by the next living one.

https://developers.facebook.com/docs/graph-api/changelog
"""
UNSAID_LIMIT = timedelta(minutes=60)
"""Limits count an hour that slides: after one that isn't said, a whole one has passed.

https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""
BLOCKED = timedelta(hours=6)
"""After code 368 (blocked for what is taken for misuse, for hours or days; which isn't said)."""
QUICK_SECONDS = 8.0
"""Of a read after a call was refused, within what is left of the call's time."""
_LONGEST = timedelta(days=7)


class LacksRight(AuthExpired):
    """The token is good, but a permission or a role that this needs is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error as the Graph API tells it; ``detail`` holds none of its words.

    They may quote: «Malformed access token EAAB…».
    """

    status: int
    code: int | None
    subcode: int
    detail: str
    reset_at: datetime
    message: str = field(repr=False)


Own = Callable[[Failure], NetworkError | None]
"""Says what a failure means on one network, where that isn't what it means on all."""


def nothing_of_its_own(_: Failure) -> NetworkError | None:
    """Leave every failure to what it means everywhere."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Calls the Graph API as one account.

    Args:
        origin: where it is, with its version.
        token: an access token.
        secret: the app's, whose HMAC of the token is sent along (``appsecret_proof``); empty:
            this API doesn't ask for it.
        has_header: whether the token goes in a header; else it is a parameter.
        own: what failures mean on this network only.
    """

    http: Http
    clock: Clock
    origin: str
    token: str = field(repr=False)
    secret: str = field(default="", repr=False)
    has_header: bool = True
    own: Own = nothing_of_its_own

    def get(
        self, path: str, params: Mapping[str, str], *, deadline_s: float = 20.0
    ) -> dict[str, Any]:
        """Return what stands at a path.

        Raises:
            NetworkError: by its kind, see ``publishing/outcomes``.
        """
        reply = self.http.request(
            "GET",
            f"{self.origin}/{path}",
            headers=self._headers(),
            params={**params, **self._signed()},
            write=False,
            deadline_s=deadline_s,
        )
        return self._checked(reply, is_public=False)

    def send(
        self,
        path: str,
        form: Mapping[str, str],
        *,
        verb: str = "POST",
        files: Mapping[str, File] | None = None,
    ) -> dict[str, Any]:
        """Return the answer to a call that makes nothing public.

        Raises:
            NetworkError: by its kind; never OutcomeUnknown.
        """
        given = {**form, **self._signed()}
        is_form = verb != "DELETE"  # which has no body
        reply = self.http.request(
            verb,
            f"{self.origin}/{path}",
            headers=self._headers(),
            data=given if is_form else None,
            params=None if is_form else given,
            files=files,
            write=False,
        )
        return self._checked(reply, is_public=False)

    def publish(
        self, path: str, form: Mapping[str, str], before_send: Callable[[], None]
    ) -> dict[str, Any]:
        """Return the answer to the one call that makes something public.

        Raises:
            NetworkError: by its kind, see ``publishing/outcomes``.
        """
        reply = self.http.request(
            "POST",
            f"{self.origin}/{path}",
            headers=self._headers(),
            data={**form, **self._signed()},
            write=True,
            before_send=before_send,
        )
        return self._checked(reply, is_public=True)

    def _checked(self, reply: Reply, *, is_public: bool) -> dict[str, Any]:
        return check(reply, self.clock.now(), is_public=is_public, own=self.own)

    def _headers(self) -> dict[str, str] | None:
        return {"Authorization": f"Bearer {self.token}"} if self.has_header else None

    def _signed(self) -> dict[str, str]:
        signed = {} if self.has_header else {"access_token": self.token}
        if self.secret:
            signed["appsecret_proof"] = proof(self.token, self.secret)
        return signed


def proof(token: str, secret: str) -> str:
    """Return what proves that who uses a token knows the app's secret.

    https://developers.facebook.com/docs/graph-api/guides/secure-requests#appsecret_proof
    """
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


# What it tells.


def listed(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the items of a list.

    Raises:
        Transient: it is none.
    """
    if not isinstance(answer.get("data"), list):
        raise Transient("an answer without data")
    return said_objects(answer["data"])


def following(answer: Mapping[str, Any]) -> str:
    """Return what asks for a list's next page (``after``); empty: this is the last one.

    https://developers.facebook.com/docs/graph-api/results
    """
    paging = said_object(answer.get("paging"))
    is_last = not said_text(paging.get("next"))
    return "" if is_last else said_text(said_object(paging.get("cursors")).get("after"))


def instant(value: object) -> datetime | None:
    """Return the instant of its ``2026-03-05T06:30:00+0000``; None if it is anything else."""
    try:
        found = datetime.fromisoformat(said_text(value))
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def lifetime_values(insights: Sequence[Mapping[str, Any]]) -> dict[str, int | None]:
    """Return the figures of insights by their names; None where one isn't a count."""
    found: dict[str, int | None] = {}
    for told in insights:
        total = said_object(told.get("total_value")).get("value")
        values = said_objects(told.get("values"))
        value = total if total is not None else values[-1].get("value") if values else None
        found[said_text(told.get("name"))] = said_count(value)
    return found


# What its errors mean.


def check(
    reply: Reply, now: datetime, *, is_public: bool, own: Own = nothing_of_its_own
) -> dict[str, Any]:
    """Return the JSON object of a successful answer, or raise what it means.

    ``is_public`` says that the call could make something public: what isn't mapped then proves
    nothing.
    """
    answer = as_object(reply)
    error = said_object(answer.get("error"))
    if 200 <= reply.status < 300 and answer and not error:
        return answer
    if error:
        failure = _failure(reply, error, now)
        raise own(failure) or _meaning(failure, is_public=is_public)
    if reply.status == 429:
        raise RateLimited("429", retry_after(reply.headers, now) or now + UNSAID_LIMIT)
    detail = f"{reply.status} without an error of the Graph API"
    raise OutcomeUnknown(detail) if is_public else Transient(detail)


def _failure(reply: Reply, error: Mapping[str, Any], now: datetime) -> Failure:
    code = error.get("code")
    subcode = said_count(error.get("error_subcode")) or 0
    return Failure(
        status=reply.status,
        code=code if isinstance(code, int) else None,
        subcode=subcode,
        detail=f"{reply.status} code {code if isinstance(code, int) else '?'}/{subcode}",
        reset_at=now + regained_in(reply.headers),
        message=said_text(error.get("message")),
    )


def regained_in(headers: Mapping[str, str]) -> timedelta:
    """Return how long until calls are taken again, as the headers say, else an hour.

    https://developers.facebook.com/docs/graph-api/overview/rate-limiting#headers-2
    ``estimated_time_to_regain_access`` is in minutes.
    """
    try:
        usage = json.loads(headers.get("X-Business-Use-Case-Usage", ""))
    except (ValueError, RecursionError):
        return UNSAID_LIMIT
    told = [entry for given in said_object(usage).values() for entry in said_objects(given)]
    minutes = [said_count(entry.get("estimated_time_to_regain_access")) or 0 for entry in told]
    longest = max(minutes, default=0)
    return min(timedelta(minutes=min(longest, 20_000)), _LONGEST) if longest else UNSAID_LIMIT


_APP_LIMITS = frozenset({4})
_LIMITS = frozenset({17, 32, 341, 613, *range(80_000, 80_015)})
"""https://developers.facebook.com/docs/graph-api/overview/rate-limiting#error-codes"""
_BLOCKS = frozenset({368})
_TOKEN = frozenset({102, 190})
_RIGHTS = frozenset({3, 10, *range(200, 300)})
_MEDIA = frozenset({324, 1_366_046, 1_366_051, 1_366_055})
"""A picture is missing, unreadable, or too large."""
_GONE = frozenset({803})
_NO_SUCH_OBJECT = 33
"""The subcode of 100 for what doesn't exist, or isn't ours to see."""
_SERVERS_OWN = frozenset({-1, 1, 2})


def _meaning(failure: Failure, *, is_public: bool) -> NetworkError:
    """Return what a failure means, by its code."""
    code, detail = failure.code, failure.detail
    if code in _APP_LIMITS | _LIMITS | _BLOCKS:
        pause = BLOCKED - UNSAID_LIMIT if code in _BLOCKS else timedelta(0)
        scope = "network" if code in _APP_LIMITS else "channel"
        return RateLimited(detail, failure.reset_at + pause, scope)
    if code in _TOKEN or (code == 100 and "appsecret_proof" in failure.message):
        return AuthExpired(detail)
    if code in _RIGHTS:
        return LacksRight(detail)
    refusal = _refusal(failure)
    if refusal is not None and code not in _SERVERS_OWN:
        return refusal
    return OutcomeUnknown(detail) if is_public else Transient(detail)


def _refusal(failure: Failure) -> Rejected | None:
    """Return what refuses a content for good; None if it isn't known to."""
    code, detail = failure.code, failure.detail
    if code == 506:
        return Duplicate(detail)
    if code in _MEDIA or failure.subcode in _MEDIA:
        return Rejected(detail, "media_refused")
    if code in _GONE or (code == 100 and failure.subcode == _NO_SUCH_OBJECT):
        return Rejected(detail, "gone")
    return Rejected(detail) if code == 100 else None
