"""Google's sign-in, calls and errors, for all of its networks.

https://developers.google.com/identity/protocols/oauth2/web-server
https://cloud.google.com/apis/design/errors (google.rpc.Status, in JSON)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.contract import Lasting, Tools
from chalicelib.networks.oauth import Client, CodeFlow, ends_at, granted, tokens_of
from chalicelib.networks.replies import (
    as_object,
    retry_after,
    said_object,
    said_objects,
    said_text,
)
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
    from chalicelib.networks.http import Reply

SIGN_IN = "https://accounts.google.com/o/oauth2/v2/auth"
TOKENS = "https://oauth2.googleapis.com/token"
"""Both as in https://accounts.google.com/.well-known/openid-configuration."""
_DURATION = re.compile(r"(\d{1,7})(?:\.\d{1,9})?s")
"""A google.protobuf.Duration in JSON."""
_WORD = re.compile(r"[A-Za-z][\w.\[\]]{0,60}")


def flow(*scopes: str) -> CodeFlow:
    """Return the code flow for these scopes.

    Only ``access_type=offline`` gives a refresh token, and only with ``prompt=consent`` does a
    person who has agreed before get one again:
    https://developers.google.com/identity/protocols/oauth2/web-server#creatingclient
    """
    return CodeFlow(
        page=SIGN_IN,
        token_url=TOKENS,
        scopes=scopes,
        has_pkce=True,
        asks={"access_type": "offline", "prompt": "consent"},
    )


def calls(tools: Tools, flow: CodeFlow) -> Calls:
    """Return the calls of one channel."""
    return Calls(tools, flow, told)


def read_as(token: str, client: Client, url: str, params: Mapping[str, str]) -> dict[str, Any]:
    """Return what a GET tells who has just signed in; raises what its refusal means."""
    headers = bearing(token)
    reply = client.http.request("GET", url, headers=headers, params=params, write=False)
    return told(reply, client.clock.now())


def signed_in(
    flow: CodeFlow, kept: Mapping[str, str], returned: Mapping[str, str], client: Client
) -> Mapping[str, str]:
    """Return the secrets of who came back from Google's page; see ``oauth.OAuth``."""
    answer = flow.exchange(kept, returned, client)
    granted(answer, flow.scopes)
    secret = tokens_of(answer, client.clock.now())
    if "refresh_token" not in secret:
        raise AuthExpired("Google gave nothing to renew the access with")
    return secret


def lasting(secret: Mapping[str, str]) -> Lasting:
    """Return how long an access holds: a week where the app is in testing, else for good.

    https://developers.google.com/identity/protocols/oauth2#expiration
    """
    ends = "refresh_expires_at" in secret
    return Lasting(until=ends_at(secret, "refresh_expires_at") if ends else None)


def pages(
    read: Callable[[Mapping[str, str]], dict[str, Any]], most: int
) -> Iterator[dict[str, Any]]:
    """Yield the pages of a list, by their tokens, ``most`` of them at most.

    Args:
        read: Returns the page that these parameters ask for.
        most: Pages.
    """
    following = ""
    for _ in range(most):
        page = read({"pageToken": following} if following else {})
        yield page
        following = said_text(page.get("nextPageToken"))
        if not following:
            return


# What answers mean.


def told(reply: Reply, now: datetime, *, is_public: bool = False) -> dict[str, Any]:
    """Return the object of a good answer.

    Args:
        reply: The answer.
        now: The time.
        is_public: Whether it answers the call that makes something public.

    Raises:
        NetworkError: by its kind, see ``failure``; for a page of something else it is doubt
            where something may have become public, else Transient.
    """
    answer = as_object(reply)
    if reply.status == 200 and answer and "error" not in answer:
        return answer
    if reply.status == 200 and reply.body.strip() == b"{}":
        return {}  # an empty list, or nothing to say
    raise failure(reply, now, is_public=is_public)


def failure(reply: Reply, now: datetime, *, is_public: bool) -> NetworkError:
    """Return what an answer that isn't the one asked for means."""
    error = said_object(as_object(reply).get("error"))
    status = said_text(error.get("status"))
    why = f"{reply.status} {_detail(error)}".strip()
    if reply.status == 429 or status == "RESOURCE_EXHAUSTED":
        return _limited(reply, error, now, why)
    if reply.status == 401 and not is_public:
        return AuthExpired(why)
    if status == "PERMISSION_DENIED":
        return _forbidden(error, why)
    if reply.status == 404 and status == "NOT_FOUND":
        return Rejected(why, "gone")
    if reply.status == 400 and status in {"INVALID_ARGUMENT", "FAILED_PRECONDITION"}:
        return Rejected(why, "media_refused" if _is_of_media(error) else "invalid")
    return OutcomeUnknown(why) if is_public else Transient(why)


def _forbidden(error: Mapping[str, Any], why: str) -> NetworkError:
    """The API is switched off for this installation, or the person lacks a right."""
    if info_of(error).get("reason") in {"SERVICE_DISABLED", "CONSUMER_INVALID"}:
        return Rejected(why, "no_access")
    return AuthExpired(why)


def _limited(
    reply: Reply, error: Mapping[str, Any], now: datetime, why: str
) -> Rejected | RateLimited:
    """A quota of nothing isn't one that has been used up: access was never granted.

    Quotas are per project, that is for this installation as a whole, unless it is said
    otherwise: https://developers.google.com/my-business/content/limits
    """
    quota = said_object(info_of(error).get("metadata"))
    if said_text(quota.get("quota_limit_value")) == "0":
        return Rejected(f"{why}: a quota of 0", "no_access")
    unit = said_text(quota.get("quota_unit"))
    is_everybodys = not unit or "{project}" in unit
    reset_at = _retry_at(error, now) or retry_after(reply.headers, now)
    return RateLimited(why, reset_at, "network" if is_everybodys else "channel")


def _retry_at(error: Mapping[str, Any], now: datetime) -> datetime | None:
    """Return the instant that google.rpc.RetryInfo names."""
    delay = _DURATION.fullmatch(said_text(_of_type(error, "RetryInfo").get("retryDelay")))
    return now + timedelta(seconds=int(delay.group(1))) if delay else None


def info_of(error: Mapping[str, Any]) -> dict[str, Any]:
    """Return google.rpc.ErrorInfo of an error; empty if it has none."""
    return _of_type(error, "ErrorInfo")


def _of_type(error: Mapping[str, Any], name: str) -> dict[str, Any]:
    details = said_objects(error.get("details"))
    return next((d for d in details if said_text(d.get("@type")).endswith(f".{name}")), {})


def _is_of_media(error: Mapping[str, Any]) -> bool:
    return any("media" in place.casefold() for place in _places(error))


def _places(error: Mapping[str, Any]) -> list[str]:
    """Return the names of the fields that are refused: names of the API, no text of ours.

    As google.rpc.BadRequest has them, and as the older API of Business Profile does:
    https://developers.google.com/my-business/reference/rest/v4/ValidationError
    """
    found = []
    for detail in said_objects(error.get("details")):
        for name in ("fieldViolations", "errorDetails"):
            found += [said_text(each.get("field")) for each in said_objects(detail.get(name))]
    return [place for place in found if _WORD.fullmatch(place)]


def _detail(error: Mapping[str, Any]) -> str:
    """Return the stable words of an error: never its message, which may quote the request."""
    words = [said_text(error.get("status")), said_text(info_of(error).get("reason"))]
    return " ".join([word for word in words if _WORD.fullmatch(word)] + _places(error))[:150]
