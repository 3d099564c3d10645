"""TikTok's sign-in by its documented rules.

https://developers.tiktok.com/doc/login-kit-web
https://developers.tiktok.com/doc/oauth-user-access-token-management
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.serving import Asked, Said, said

ACCOUNT = "723f24d7-e717-40f8-a2b6-cb8464cd23b4"
SCOPES = frozenset({"user.info.basic", "user.info.stats", "video.publish", "video.list"})
LASTS, RENEWABLE = timedelta(days=1), timedelta(days=365)


class PageRefused(Exception):
    """The sign-in page shows an error instead of asking the person."""


@dataclass(kw_only=True)
class SignIn:
    """One installation's app, and who may sign in to it."""

    now: Callable[[], datetime]
    client_key: str = "relais-app"
    client_secret: str = "relais-app-secret"
    back: str = ""
    """Where people may be sent back to; empty: anywhere."""
    granted: frozenset[str] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    access: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    refresh: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    issued: int = 7_000

    def say_yes(self, url: str) -> dict[str, str]:
        """Let the person agree; return the query that she goes back with."""
        parts = urlsplit(url)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if (parts.netloc, parts.path) != ("www.tiktok.com", "/v2/auth/authorize/"):
            raise PageRefused("404")
        if set(query) != {"client_key", "response_type", "scope", "redirect_uri", "state"}:
            raise PageRefused("param_error")
        if query["client_key"] != self.client_key or query["response_type"] != "code":
            raise PageRefused("client_key")
        if self.back and query["redirect_uri"] != self.back:
            raise PageRefused("redirect_uri")
        asked = frozenset(query["scope"].split(","))
        if not asked <= SCOPES:
            raise PageRefused("scope")
        granted = asked if self.granted is None else asked & self.granted
        code = self.new_id()
        self.codes[code] = {**query, "scope": ",".join(sorted(granted))}
        return {"code": code, "scopes": self.codes[code]["scope"], "state": query["state"]}

    def tokens(self, asked: Asked) -> Said:
        form = asked.urlencoded()
        if asked.headers.get("content-type") != "application/x-www-form-urlencoded":
            return said(400, {"error": "invalid_request", "error_description": "", "log_id": "1"})
        if (form.get("client_key"), form.get("client_secret")) != (
            self.client_key,
            self.client_secret,
        ):
            return said(400, {"error": "invalid_client", "error_description": "", "log_id": "1"})
        if form.get("grant_type") == "refresh_token":
            until, scopes = self.refresh.pop(form.get("refresh_token", ""), (self.now(), None))
            if scopes is None or until <= self.now():
                return said(400, {"error": "invalid_grant", "error_description": "", "log_id": "1"})
            return said(200, self._given(scopes))
        begun = self.codes.pop(form.get("code", ""), None)
        if begun is None or form.get("redirect_uri") != begun["redirect_uri"]:
            return said(400, {"error": "invalid_grant", "error_description": "", "log_id": "1"})
        return said(200, self._given(frozenset(begun["scope"].split(","))))

    def _given(self, scopes: frozenset[str]) -> dict[str, Any]:
        token, renewal = f"act.{self.new_id()}", f"rft.{self.new_id()}"
        self.access[token] = (self.now() + LASTS, scopes)
        self.refresh[renewal] = (self.now() + RENEWABLE, scopes)
        return {
            "open_id": ACCOUNT,
            "scope": ",".join(sorted(scopes)),
            "access_token": token,
            "expires_in": int(LASTS.total_seconds()),
            "refresh_token": renewal,
            "refresh_expires_in": int(RENEWABLE.total_seconds()),
            "token_type": "Bearer",
        }

    def new_id(self) -> str:
        self.issued += 1
        return str(self.issued)
