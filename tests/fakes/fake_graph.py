"""What Meta's APIs have in common: errors, who asks, the sign-in page, lists in pages.

https://developers.facebook.com/docs/graph-api/guides/error-handling
https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.graph_fields import parsed, picked
from tests.fakes.serving import Asked, Said, said

CLIENT_ID, CLIENT_SECRET = "relais-app", "relais-app-secret"


class Refused(Exception):
    """A refusal; ``answer`` is what is said."""

    def __init__(self, answer: Said) -> None:
        super().__init__(answer.body.decode())
        self.answer = answer


def refused(code: int, subcode: int = 0, status: int = 400, **headers: str) -> Said:
    """Return an error as the Graph API tells it; its words quote a token, as some do."""
    error: dict[str, Any] = {
        "message": "Malformed access token EAAcanary",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "Abc",
    }
    if subcode:
        error["error_subcode"] = subcode
    return said(status, {"error": error}, **headers)


def limited(code: int, minutes: int, account: str = "1", status: int = 400) -> Said:
    """Return the refusal of one that asks too often, and when it may again."""
    usage = {"type": "pages", "call_count": 100, "estimated_time_to_regain_access": minutes}
    header = json.dumps({account: [usage]})
    return refused(code, status=status, X_Business_Use_Case_Usage=header)


def stamp(at: datetime) -> str:
    """Return a date as the Graph API writes it: whole seconds, ``+0000``."""
    return at.strftime("%Y-%m-%dT%H:%M:%S+0000")


@dataclass(slots=True)
class SignInPage:
    """Where a person says yes: it refuses what the real one refuses."""

    address: str
    separator: str = ","
    declines: frozenset[str] = frozenset()
    """Permissions that the person takes out."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    issued: int = 0
    backs: frozenset[str] = frozenset()
    """Where people may be sent back to; empty: anywhere."""

    def say_yes(self, url: str) -> dict[str, str]:
        """Be the person who agrees; return the query that she goes back with."""
        page, _, _ = url.partition("?")
        assert page == self.address, f"not the sign-in page: {page}"
        query = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        assert query["client_id"] == CLIENT_ID, "an unknown application"
        assert query["response_type"] == "code"
        assert not self.backs or query["redirect_uri"] in self.backs, "an unknown way back"
        assert query["state"]
        self.issued += 1
        code = f"code-{self.issued}"
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    def scopes(self, begun: Mapping[str, str]) -> list[str]:
        """Return what the person granted."""
        asked = begun["scope"].split(self.separator)
        return [scope for scope in asked if scope not in self.declines]

    def take(self, form: Mapping[str, str]) -> dict[str, str]:
        """Return the sign-in that a code belongs to; it counts once.

        Raises:
            Refused: the code, the application or the way back is wrong.
        """
        begun = self.codes.pop(form.get("code", ""), None)
        if begun is None or form.get("redirect_uri") != begun["redirect_uri"]:
            raise Refused(refused(100, 36009))
        require_app(form)
        return begun


def require_app(form: Mapping[str, str]) -> None:
    if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
        raise Refused(refused(101))


def bearer(asked: Asked) -> str:
    kind, _, token = asked.headers.get("authorization", "").partition(" ")
    return token if kind == "Bearer" else ""


def params_of(asked: Asked) -> dict[str, str]:
    """Return the parameters of a request: its query, or its form of either kind."""
    if asked.method in {"GET", "DELETE"}:
        return dict(asked.query)
    if asked.headers.get("content-type", "").startswith("multipart/form-data"):
        return {**asked.query, **asked.form()[0]}
    return {**asked.query, **asked.urlencoded()}


def require_proof(asked: Asked, token: str) -> None:
    """https://developers.facebook.com/docs/graph-api/guides/secure-requests"""
    given = params_of(asked).get("appsecret_proof", "")
    right = hmac.new(CLIENT_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given, right):
        error = {"message": "Invalid appsecret_proof provided in the API argument", "code": 100}
        raise Refused(said(400, {"error": {**error, "type": "GraphMethodException"}}))


def paged(items: Sequence[Mapping[str, Any]], params: Mapping[str, str]) -> dict[str, Any]:
    """Return a page of a list, with the fields that are asked for, and where it goes on."""
    limit, start = int(params.get("limit", "25")), 0
    if after := params.get("after"):
        start = next((n + 1 for n, i in enumerate(items) if cursor_of(i) == after), len(items))
    page = items[start : start + limit]
    wanted = parsed(params.get("fields", "id"))
    answer: dict[str, Any] = {"data": [picked(item, wanted) for item in page]}
    if page:
        answer["paging"] = {"cursors": {"before": cursor_of(page[0]), "after": cursor_of(page[-1])}}
        if start + limit < len(items):
            answer["paging"]["next"] = "https://graph.test/next"
    return answer


def cursor_of(item: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(item, default=str).encode()).hexdigest()[:16]
