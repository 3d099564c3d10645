"""Calls of LinkedIn's versioned API, and what its answers mean, for profiles and for pages.

https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chalicelib import logs
from chalicelib.networks.replies import as_object, said_object, said_objects, said_text
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
    from chalicelib.networks.http import Http, Reply

API = "https://api.linkedin.com"
SITE = "https://www.linkedin.com"
VERSION = "202610"
"""The month of the API that is spoken; each lives a year at least, then answers 426.

https://learn.microsoft.com/linkedin/marketing/versioning
"""
_URN = re.compile(r"urn:li:(?:share|ugcPost|activity):\d{1,30}")
_WHOLE_APP = "application"
"""In the words of a 429 that everybody who uses this installation's app has met."""


class Denied(AuthExpired):
    """A right is lacking: for this call, or for the account."""


class Rest:
    """Speaks to the API with one access token."""

    def __init__(self, http: Http, bearer: Callable[[], str], now: Callable[[], datetime]) -> None:
        self._http = http
        self._bearer = bearer
        self._now = now

    def ask(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        finder: str = "",
        before_send: Callable[[], None] | None = None,
        write: bool = False,
    ) -> Reply:
        """Return the answer to one call, whatever it says; ``finder`` names its Rest.li method.

        What is in ``path`` is encoded already: Rest.li wants its own signs as they are.
        """
        headers = {
            "Authorization": f"Bearer {self._bearer()}",
            "LinkedIn-Version": VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        if finder:
            headers["X-RestLi-Method"] = finder
        return self._http.request(
            method, API + path, headers=headers, json=json, write=write, before_send=before_send
        )

    def read(self, path: str, *, finder: str = "") -> dict[str, Any]:
        """Return what a GET tells; raises what its refusal means."""
        reply = self.ask("GET", path, finder=finder)
        if reply.status == 200 and (told := as_object(reply)):
            return told
        raise refusal(reply, self._now(), is_public=False)


def refusal(reply: Reply, now: datetime, *, is_public: bool) -> NetworkError:
    """Return what an answer that isn't the one asked for means.

    ``is_public``: it answers the call that publishes. What isn't LinkedIn's own refusal (a
    page of a firewall) is then doubt; for all other calls it is to be tried again.
    """
    told, status = as_object(reply), reply.status
    why = f"{status} {_code(told)}".strip()
    if status == 429:
        return _limited(told, now, why)
    if told.get("status") != status:
        return OutcomeUnknown(why) if is_public else Transient(why)
    if status == 426 or (status == 400 and "VERSION" in _code(told)):
        # The operators' to mend, and nobody else's: the post isn't refused, and nothing went.
        logs.event("network_version_ended", network="linkedin", status=status, code=VERSION)
        return Transient(f"{why}: version {VERSION} of the API has ended")
    if status in {401, 403}:
        return Denied(why) if status == 403 else AuthExpired(why)
    if status in {400, 404, 413, 422}:
        return _rejected(told, why)
    return OutcomeUnknown(why) if is_public else Transient(why)


def _limited(told: Mapping[str, Any], now: datetime, why: str) -> RateLimited:
    """Quotas are by day, and begin anew at midnight UTC.

    https://learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits
    """
    tomorrow = now.astimezone(UTC).date() + timedelta(days=1)
    is_everybodys = _WHOLE_APP in said_text(told.get("message")).casefold()
    reset_at = datetime.combine(tomorrow, time(), UTC)
    return RateLimited(why, reset_at, "network" if is_everybodys else "channel")


def _rejected(told: Mapping[str, Any], why: str) -> Rejected:
    message, places = said_text(told.get("message")), _fields(told)
    if "DUPLICATE_POST" in {_code(told), *_codes(told)} or "duplicate of urn:li:" in message:
        named = _URN.search(message)
        urn = named.group() if named else None
        return Duplicate(why, urn, urn and address_of(urn))
    if told.get("status") == 404:
        return Rejected(why, "gone")
    if any("commentary" in place for place in places) and "length" in message.casefold():
        return Rejected(why, "too_long")
    if any("content" in place or "image" in place for place in places):
        return Rejected(f"{why}: {', '.join(places)}"[:200], "media_refused")
    return Rejected(f"{why}: {', '.join(places)}"[:200] if places else why, "invalid")


def _code(told: Mapping[str, Any]) -> str:
    code, number = said_text(told.get("code")), told.get("serviceErrorCode")
    return re.sub(r"[^\w]", "", code)[:40] or (str(number) if isinstance(number, int) else "")


def _errors(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    return said_objects(said_object(told.get("errorDetails")).get("inputErrors"))


def _codes(told: Mapping[str, Any]) -> list[str]:
    return [said_text(error.get("code")) for error in _errors(told)]


def _fields(told: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that are refused: names of the API, no text of ours."""
    paths = (said_object(said_object(e.get("input")).get("inputPath")) for e in _errors(told))
    return [re.sub(r"[^\w/]", "", said_text(path.get("fieldPath")))[:60] for path in paths]


def is_urn(value: str) -> bool:
    """Say whether this is the id of a post."""
    return _URN.fullmatch(value) is not None


def encoded(urn: str) -> str:
    """Return a URN as it stands in an address: Rest.li wants its colons encoded."""
    return quote(urn, safe="")


def address_of(urn: str) -> str:
    """Return where people see a post."""
    return f"{SITE}/feed/update/{urn}/"
