"""Signing in on a network's own page: OAuth 2.0, the code flow.

https://www.rfc-editor.org/rfc/rfc6749#section-4.1, with PKCE (RFC 7636) where a network has
it. ``CodeFlow`` is what the networks have in common; each says where its pages are.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from chalicelib.clock import Clock
from chalicelib.networks.replies import as_object, retry_after, said_count, said_text
from chalicelib.publishing.outcomes import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.contract import Connection, Tools
    from chalicelib.networks.http import Http, Reply


@dataclass(frozen=True, slots=True)
class App:
    """What this installation is at a network: how it was registered there."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What signing in is done with."""

    http: Http
    clock: Clock
    secret: Callable[[], str]
    """Makes unguessable tokens of at least 43 URL-safe characters."""
    app: Callable[[], App]
    """See ``contract.Tools.app``."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """A sign-in that has begun: where to send the person, and what to keep until they return.

    ``kept`` holds a client secret or a verifier: it belongs in the vault, for minutes only.
    """

    url: str
    state: str
    """Unguessable; the person comes back with it."""
    kept: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OAuth:
    """Can be connected on the network's own sign-in page."""

    begin: Callable[[Mapping[str, str], str, Client], Authorization]
    """Takes what was typed (``page_fields``) and where the network sends the person back to.
    Raises as a Connector does, and Rejected (``no_app``) where the installation isn't
    registered with the network."""
    finish: Callable[[Mapping[str, str], Mapping[str, str], Client], Sequence[Connection]]
    """Takes what ``begin`` gave to keep and the query that the person came back with. Returns
    every account that she may publish on, to choose from: pages, organisations, locations.
    Raises Rejected (``state``; ``denied`` where the person said no; ``no_account`` where there
    is none), AuthExpired or Transient."""
    gives_one: bool = False
    """Only one of these can be connected by a sign-in: what renews its access is replaced at
    each renewal, and two channels would take it from each other."""


class Proves(StrEnum):
    """How an installation proves at the token endpoint who it is (RFC 6749, section 2.3.1)."""

    BODY = "body"
    BASIC = "basic"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFlow:
    """The code flow of one network."""

    page: str
    """Where the person signs in."""
    token_url: str
    scopes: tuple[str, ...]
    proves: Proves = Proves.BODY
    separator: str = " "
    """Between scopes: some networks want a comma."""
    has_pkce: bool = False
    id_name: str = "client_id"
    """What the network calls the installation's id."""
    asks: Mapping[str, str] = field(default_factory=dict)
    """What the sign-in page is asked for besides."""

    def begin(self, back: str, client: Client) -> Authorization:
        """Return where the person signs in; ``back`` is where she is sent afterwards."""
        state = client.secret()
        verifier = client.secret() if self.has_pkce else ""
        query = {
            "response_type": "code",
            self.id_name: client.app().client_id,
            "redirect_uri": back,
            "scope": self.separator.join(self.scopes),
            "state": state,
            **self.asks,
        }
        if verifier:
            query |= {"code_challenge": challenge(verifier), "code_challenge_method": "S256"}
        kept = {"state": state, "redirect_uri": back, "verifier": verifier}
        return Authorization(f"{self.page}?{urlencode(query)}", state, kept)

    def exchange(
        self, kept: Mapping[str, str], returned: Mapping[str, str], client: Client
    ) -> dict[str, Any]:
        """Return what the network gives for the code that a person came back with.

        Raises:
            Rejected: the state isn't ours (``state``), or the person said no (``denied``).
            AuthExpired: the code isn't taken.
            NetworkError: it couldn't be done now.
        """
        form = {"grant_type": "authorization_code", "code": code_of(kept, returned)}
        form["redirect_uri"] = kept["redirect_uri"]
        if kept["verifier"]:
            form["code_verifier"] = kept["verifier"]
        return self._asked(form, client.app(), client.http, client.clock.now())

    def renewed(self, tools: Tools) -> Mapping[str, str]:
        """Return the channel's secrets with a fresh access token, stored already.

        One worker at a time renews them. A network that rotates its refresh token takes the
        old one no more: if the new one could not be stored, the next renewal is refused, and
        that ends at a person.

        Raises:
            AuthExpired: the network takes the refresh token no more.
            NetworkError: it couldn't be done now.
        """
        app, now = tools.app(), tools.clock.now()

        def refresh(secret: Mapping[str, str]) -> Mapping[str, str]:
            form = {"grant_type": "refresh_token", "refresh_token": secret["refresh_token"]}
            return {**secret, **tokens_of(self._asked(form, app, tools.http, now), now)}

        return tools.credentials.renew(refresh)

    def bearer(self, tools: Tools, *, margin: timedelta = timedelta(minutes=5)) -> str:
        """Return an access token that holds for ``margin`` at least, renewed if need be.

        Raises:
            AuthExpired: it is over and can't be renewed.
            NetworkError: it couldn't be renewed now.
        """
        secret = tools.credentials.secret
        if ends_at(secret) > tools.clock.now() + margin:
            return secret["access_token"]
        if "refresh_token" not in secret:
            raise AuthExpired("the access is over, and the network gave nothing to renew it")
        return self.renewed(tools)["access_token"]

    def _asked(
        self, form: Mapping[str, str], app: App, http: Http, now: datetime
    ) -> dict[str, Any]:
        """Ask the token endpoint.

        What it does can't be repeated: a lost answer has used the code, or rotated the token.
        """
        headers = {"Accept": "application/json"}
        if self.proves is Proves.BASIC:
            headers["Authorization"] = basic(app)
        else:
            form = {**form, self.id_name: app.client_id, "client_secret": app.client_secret}
        try:
            reply = http.request("POST", self.token_url, headers=headers, data=form, write=True)
        except OutcomeUnknown as error:
            raise Transient(error.detail) from error
        return answered(reply, now)


def answered(reply: Reply, now: datetime) -> dict[str, Any]:
    """Return what a token endpoint gave (RFC 6749, section 5).

    Raises:
        AuthExpired: it refuses the code, the refresh token, or us.
        NetworkError: it couldn't be done now.
    """
    answer = as_object(reply)
    if reply.status == 429:
        raise RateLimited("429 at the token endpoint", retry_after(reply.headers, now), "network")
    if said_text(answer.get("access_token")):
        return answer
    if reply.status in {400, 401, 403} or answer.get("error"):
        raise AuthExpired(f"{reply.status}: {_why(answer)}")
    raise Transient(f"{reply.status} without a token")


def _why(answer: Mapping[str, Any]) -> str:
    """Return the stable word of a refusal, and nothing that could quote a token."""
    return said_text(answer.get("error"))[:60] or "refused"


def code_of(kept: Mapping[str, str], returned: Mapping[str, str]) -> str:
    """Return the code that a person came back with.

    Raises:
        Rejected: the state isn't ours (``state``), or the person said no (``denied``).
    """
    if not hmac.compare_digest(kept["state"].encode(), returned.get("state", "").encode()):
        raise Rejected("another sign-in's state", "state")
    if not returned.get("code"):
        raise Rejected(f"no code: {returned.get('error', '')[:60]}", "denied")
    return returned["code"]


def tokens_of(answer: Mapping[str, Any], now: datetime) -> dict[str, str]:
    """Return what to keep of a token endpoint's answer: tokens, and when they end (ISO 8601).

    A refresh token that isn't given anew is the one that there was.
    """
    kept = {"access_token": said_text(answer.get("access_token"))}
    if refresh_token := said_text(answer.get("refresh_token")):
        kept["refresh_token"] = refresh_token
    for name, lasts in (
        ("expires_at", answer.get("expires_in")),
        (
            "refresh_expires_at",
            answer.get("refresh_token_expires_in", answer.get("refresh_expires_in")),
        ),
    ):
        if (seconds := said_count(lasts)) is not None:
            kept[name] = (now + timedelta(seconds=min(seconds, _LONGEST_S))).isoformat()
    return kept


_LONGEST_S = 10 * 366 * 24 * 3600
_NEVER = datetime.max.replace(tzinfo=UTC)


def ends_at(secret: Mapping[str, str], name: str = "expires_at") -> datetime:
    """Return when a token ends; the end of time if it has none."""
    return datetime.fromisoformat(secret[name]) if name in secret else _NEVER


def granted(answer: Mapping[str, Any], needed: Sequence[str]) -> None:
    """Refuse a token that lacks a right; one that says nothing has what was asked for.

    Raises:
        AuthExpired: with the scopes that are missing.
    """
    said = said_text(answer.get("scope"))
    has = said.replace(",", " ").split()
    if said and (missing := [scope for scope in needed if scope not in has]):
        raise AuthExpired(f"the token lacks {', '.join(missing)}")


def challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def basic(app: App) -> str:
    """Return the Authorization header of an installation (RFC 6749, section 2.3.1)."""
    pair = f"{quote(app.client_id, safe='')}:{quote(app.client_secret, safe='')}"
    return f"Basic {b64encode(pair.encode()).decode()}"
