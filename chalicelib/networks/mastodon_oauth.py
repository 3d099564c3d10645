"""Connecting a Mastodon account by its server's own sign-in page (OAuth 2.0, code flow).

Each instance is its own authorisation server, so this installation registers itself with
each: https://docs.joinmastodon.org/client/token/ . PKCE is used where the instance says
that it knows it (Mastodon 4.3): https://docs.joinmastodon.org/spec/oauth/#pkce
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from chalicelib.clock import Clock
from chalicelib.networks.addresses import host_of, server_address
from chalicelib.networks.contract import Authorization, Connection
from chalicelib.networks.fediverse import check
from chalicelib.networks.mastodon import connected
from chalicelib.networks.replies import as_object
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Rejected, Transient

if TYPE_CHECKING:
    from chalicelib.networks.http import Http

SCOPES = "read:accounts read:statuses write:statuses write:media"
NEEDED = ("write:statuses", "write:media")


def begin_oauth(
    instance: str, redirect_uri: str, http: Http, clock: Clock, secret: Callable[[], str]
) -> Authorization:
    """Register with an instance and return where its owner signs in.

    Args:
        instance: its address, as a person types it.
        redirect_uri: where the instance sends the person back to.
        http: the client.
        clock: the time.
        secret: makes unguessable tokens of at least 43 URL-safe characters.

    Raises:
        Rejected: it is no instance's address; ``reason`` is ``instance``.
        NetworkError: the instance refused, or can't be reached now.
    """
    address = server_address(instance, "instance")
    form = {
        "client_name": "Relais",
        "redirect_uris": redirect_uri,
        "scopes": SCOPES,
        "website": redirect_uri.partition("/api/")[0],
    }
    reply = http.request("POST", f"{address}/api/v1/apps", data=form, write=False)
    app = check(reply, {200}, clock.now(), is_public=False)
    known = _discovered(http, address)
    kept = {
        "instance": address,
        "client_id": _text(app, "client_id"),
        "client_secret": _text(app, "client_secret"),
        "redirect_uri": redirect_uri,
        "verifier": secret() if "S256" in known.get("code_challenge_methods_supported", ()) else "",
        "state": secret(),
    }
    query = {
        "response_type": "code",
        "client_id": kept["client_id"],
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": kept["state"],
    }
    if kept["verifier"]:
        query |= {"code_challenge": _challenge(kept["verifier"]), "code_challenge_method": "S256"}
    url = f"{_page(known, address)}?{urlencode(query)}"
    return Authorization(url, kept["state"], kept)


def finish_oauth(
    kept: Mapping[str, str], returned: Mapping[str, str], http: Http, clock: Clock
) -> Connection:
    """Return the connection of the person who came back with a code.

    Args:
        kept: what ``begin_oauth`` gave to keep; to be used once.
        returned: the query that the person came back with: ``state``, ``code`` or ``error``.
        http: the client.
        clock: the time.

    Raises:
        Rejected: the state isn't ours (``state``), or the person said no (``denied``).
        AuthExpired: the code isn't taken, or the token lacks a right.
    """
    if not hmac.compare_digest(kept["state"].encode(), returned.get("state", "").encode()):
        raise Rejected("another sign-in's state", "state")
    if "code" not in returned:
        raise Rejected(f"no code: {returned.get('error', '')[:60]}", "denied")
    form = {
        "grant_type": "authorization_code",
        "code": returned["code"],
        "client_id": kept["client_id"],
        "client_secret": kept["client_secret"],
        "redirect_uri": kept["redirect_uri"],
        "scope": SCOPES,
    }
    if kept["verifier"]:
        form["code_verifier"] = kept["verifier"]
    reply = http.request("POST", f"{kept['instance']}/oauth/token", data=form, write=False)
    if reply.status == 400:
        raise AuthExpired(f"the code isn't taken: {as_object(reply).get('error', '')}")
    token = check(reply, {200}, clock.now(), is_public=False)
    granted = str(token.get("scope", SCOPES)).split()
    if missing := [s for s in NEEDED if s not in granted and "write" not in granted]:
        raise AuthExpired(f"the token lacks {', '.join(missing)}")
    return connected(kept["instance"], _text(token, "access_token"), http, clock)


def _discovered(http: Http, instance: str) -> dict[str, Any]:
    """Return what the instance says of its sign-in; nothing where it doesn't (before 4.3)."""
    url = f"{instance}/.well-known/oauth-authorization-server"
    try:
        reply = http.request("GET", url, write=False)
    except NetworkError:
        return {}
    return as_object(reply) if reply.status == 200 else {}


def _page(known: Mapping[str, Any], instance: str) -> str:
    """Return the sign-in page: the one that is announced, if it is on the same host."""
    announced = str(known.get("authorization_endpoint", ""))
    if announced and host_of(announced) == host_of(instance):
        return announced
    return f"{instance}/oauth/authorize"


def _challenge(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636, section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).decode().rstrip("=")


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise Transient(f"the instance gave no {name}")
    return value
