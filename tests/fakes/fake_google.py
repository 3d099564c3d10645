"""Google's sign-in and the manner of its errors, by the documented rules.

https://developers.google.com/identity/protocols/oauth2/web-server ·
https://cloud.google.com/apis/design/errors
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.serving import Asked, Said, said

LASTS = timedelta(seconds=3599)
IN_TESTING = 604_799
"""Seconds that a refresh token holds while the app is in testing."""


class PageRefused(Exception):
    """The sign-in page shows an error instead of asking the person."""


@dataclass(kw_only=True)
class FakeGoogle:
    """One installation's app, and one person's account."""

    now: Callable[[], datetime]
    client_id: str = "relais-app"
    client_secret: str = "relais-app-secret"
    back: str = ""
    """Where people may be sent back to; empty: anywhere."""
    offers: frozenset[str] = frozenset()
    """Scopes that the app may ask for."""
    granted: frozenset[str] | None = None
    """What a person ticks where that is less than what was asked for."""
    in_testing: bool = False
    has_agreed: bool = False
    """She has agreed before: without ``prompt=consent`` she isn't asked again."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    access: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    """Tokens, until when they hold and what for."""
    refresh: dict[str, frozenset[str]] = field(default_factory=dict)
    issued: int = 0

    # The page.

    def say_yes(self, url: str) -> dict[str, str]:
        """Let the person agree; return the query that she goes back with."""
        parts = urlsplit(url)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if not parts.path.endswith("/o/oauth2/v2/auth"):
            raise PageRefused("404")
        if query.get("client_id") != self.client_id:
            raise PageRefused("invalid_client")
        if self.back and query.get("redirect_uri") != self.back:
            raise PageRefused("redirect_uri_mismatch")
        asked = frozenset(query.get("scope", "").split())
        if query.get("response_type") != "code" or not asked or not asked <= self.offers:
            raise PageRefused("invalid_scope")
        if query.get("code_challenge_method", "S256") != "S256":
            raise PageRefused("invalid_request")
        self.issued += 1
        code = f"4/code{self.issued}"
        granted = asked if self.granted is None else asked & self.granted
        self.codes[code] = {**query, "scope": " ".join(sorted(granted))}
        return {"state": query["state"], "code": code, "scope": " ".join(sorted(granted))}

    # The token endpoint.

    def tokens(self, asked: Asked) -> Said:
        form = asked.urlencoded()
        if asked.headers.get("content-type") != "application/x-www-form-urlencoded":
            return said(400, {"error": "invalid_request"})
        if (form.get("client_id"), form.get("client_secret")) != (
            self.client_id,
            self.client_secret,
        ):
            return said(401, {"error": "invalid_client"})
        if form.get("grant_type") == "refresh_token":
            scopes = self.refresh.get(form.get("refresh_token", ""))
            if scopes is None:
                return said(400, {"error": "invalid_grant", "error_description": "Token expired"})
            return said(200, self._access(scopes))
        if form.get("grant_type") == "authorization_code":
            return self._exchanged(form)
        return said(400, {"error": "unsupported_grant_type"})

    def _exchanged(self, form: dict[str, str]) -> Said:
        begun = self.codes.pop(form.get("code", ""), None)
        if begun is None:
            return said(400, {"error": "invalid_grant", "error_description": "Bad Request"})
        if form.get("redirect_uri") != begun["redirect_uri"]:
            return said(400, {"error": "redirect_uri_mismatch"})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if "code_challenge" in begun and begun["code_challenge"] != challenge:
            return said(400, {"error": "invalid_grant", "error_description": "Bad verifier"})
        scopes = frozenset(begun["scope"].split())
        answer = self._access(scopes)
        asks_again = "consent" in begun.get("prompt", "").split() or not self.has_agreed
        self.has_agreed = True
        if begun.get("access_type") == "offline" and asks_again:
            self.issued += 1
            answer["refresh_token"] = f"1//refresh{self.issued}"
            self.refresh[answer["refresh_token"]] = scopes
            if self.in_testing:
                answer["refresh_token_expires_in"] = IN_TESTING
        return said(200, answer)

    def _access(self, scopes: frozenset[str]) -> dict[str, Any]:
        self.issued += 1
        token = f"ya29.access{self.issued}"
        self.access[token] = (self.now() + LASTS, scopes)
        return {
            "access_token": token,
            "expires_in": int(LASTS.total_seconds()),
            "scope": " ".join(sorted(scopes)),
            "token_type": "Bearer",
        }

    def unsigned(self, asked: Asked, scope: str) -> Said | None:
        """Return the refusal of a call that isn't signed well; None if it is."""
        word, _, token = asked.headers.get("authorization", "").partition(" ")
        until, scopes = self.access.get(token, (None, frozenset()))
        if word != "Bearer" or until is None or until <= self.now():
            return unauthenticated()
        if scope not in scopes:
            info = error_info("ACCESS_TOKEN_SCOPE_INSUFFICIENT", "googleapis.com")
            text = "Request had insufficient authentication scopes."
            return refused(403, "PERMISSION_DENIED", text, info)
        return None


# Errors.


def refused(code: int, status: str, message: str, *details: dict[str, Any]) -> Said:
    """Return google.rpc.Status as it stands in JSON."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = list(details)
    return said(code, {"error": error})


def unauthenticated() -> Said:
    return refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")


def error_info(reason: str, domain: str, **metadata: str) -> dict[str, Any]:
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    return {"@type": kind, "reason": reason, "domain": domain, "metadata": metadata}


def exhausted(limit: str, unit: str = "1/min/{project}", *more: dict[str, Any]) -> Said:
    """Return the refusal of one who asks more than the quota of so many allows."""
    info = error_info(
        "RATE_LIMIT_EXCEEDED",
        "googleapis.com",
        service="mybusiness.googleapis.com",
        quota_limit="DefaultRequestsPerMinutePerProject",
        quota_limit_value=limit,
        quota_unit=unit,
        consumer="projects/265699206243",
    )
    text = "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute'"
    return refused(429, "RESOURCE_EXHAUSTED", text, info, *more)


def retry_info(seconds: int) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}


def invalid(*fields: str, message: str = "Request contains an invalid argument.") -> Said:
    """Return the refusal of fields, as version 4 of the My Business API has it."""
    kind = "type.googleapis.com/google.mybusiness.v4.ValidationError"
    errors = [{"code": 3, "field": name, "message": message, "value": "…"} for name in fields]
    return refused(400, "INVALID_ARGUMENT", message, {"@type": kind, "errorDetails": errors})
