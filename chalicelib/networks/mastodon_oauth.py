"""Connecting a Mastodon account by its server's own sign-in page (OAuth 2.0, code flow).

Each instance is its own authorisation server, so this installation registers itself with
each: https://docs.joinmastodon.org/client/token/ . PKCE is used where the instance says
that it knows it (Mastodon 4.3): https://docs.joinmastodon.org/spec/oauth/#pkce
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from chalicelib.networks.addresses import host_of, server_address
from chalicelib.networks.contract import Connection
from chalicelib.networks.fediverse import check
from chalicelib.networks.mastodon import connected
from chalicelib.networks.oauth import Authorization, Client, OAuth, challenge, code_of
from chalicelib.networks.replies import as_object
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Transient

if TYPE_CHECKING:
    from chalicelib.networks.http import Http

SCOPES = "read:accounts read:statuses write:statuses write:media"
NEEDED = ("write:statuses", "write:media")


def begin(typed: Mapping[str, str], redirect_uri: str, client: Client) -> Authorization:
    """Register with an instance and return where its owner signs in.

    Args:
        typed: ``instance``: its address, as a person types it.
        redirect_uri: where the instance sends the person back to.
        client: what it is done with.

    Raises:
        Rejected: it is no instance's address; ``reason`` is ``instance``.
        NetworkError: the instance refused, or can't be reached now.
    """
    http, secret = client.http, client.secret
    address = server_address(typed["instance"], "instance")
    form = {
        "client_name": "Relais",
        "redirect_uris": redirect_uri,
        "scopes": SCOPES,
        "website": redirect_uri.partition("/api/")[0],
    }
    reply = http.request("POST", f"{address}/api/v1/apps", data=form, write=False)
    app = check(reply, {200}, client.clock.now(), is_public=False)
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
        query |= {"code_challenge": challenge(kept["verifier"]), "code_challenge_method": "S256"}
    url = f"{_page(known, address)}?{urlencode(query)}"
    return Authorization(url, kept["state"], kept)


def finish(
    kept: Mapping[str, str], returned: Mapping[str, str], client: Client
) -> Sequence[Connection]:
    """Return the connection of the person who came back with a code.

    Args:
        kept: what ``begin`` gave to keep; to be used once.
        returned: the query that the person came back with: ``state``, ``code`` or ``error``.
        client: what it is done with.

    Raises:
        Rejected: the state isn't ours (``state``), or the person said no (``denied``).
        AuthExpired: the code isn't taken, or the token lacks a right.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code_of(kept, returned),
        "client_id": kept["client_id"],
        "client_secret": kept["client_secret"],
        "redirect_uri": kept["redirect_uri"],
        "scope": SCOPES,
    }
    if kept["verifier"]:
        form["code_verifier"] = kept["verifier"]
    url = f"{kept['instance']}/oauth/token"
    reply = client.http.request("POST", url, data=form, write=False)
    if reply.status == 400:
        raise AuthExpired(f"the code isn't taken: {as_object(reply).get('error', '')}")
    token = check(reply, {200}, client.clock.now(), is_public=False)
    granted = str(token.get("scope", SCOPES)).split()
    if missing := [s for s in NEEDED if s not in granted and "write" not in granted]:
        raise AuthExpired(f"the token lacks {', '.join(missing)}")
    access_token = _text(token, "access_token")
    return [connected(kept["instance"], access_token, client.http, client.clock)]


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


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise Transient(f"the instance gave no {name}")
    return value


OAUTH = OAuth(begin, finish)
