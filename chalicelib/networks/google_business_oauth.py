"""Connecting a business profile: Google's sign-in, then the places that a person manages.

https://developers.google.com/my-business/content/implement-oauth
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chalicelib.networks.contract import Connection
from chalicelib.networks.google import lasting, pages, read_as, signed_in
from chalicelib.networks.google_business import (
    FLOW,
    PLACES,
    READ_MASK,
    SPEC,
    is_verified,
    profile_of,
)
from chalicelib.networks.oauth import Authorization, Client, OAuth
from chalicelib.networks.replies import said_objects, said_text

ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com/v1/accounts"
AT_ONCE = {"accounts": "20", "locations": "100"}
"""The most that each list gives at once: both discovery documents."""
MOST = 100
"""Places to choose from."""
MAX_PAGES = 5
OF_PEOPLE = "USER_GROUP"
"""An account that groups people and holds no places."""


def begin(typed: Mapping[str, str], back: str, client: Client) -> Authorization:
    """See ``oauth.OAuth``; nothing is typed before."""
    del typed
    return FLOW.begin(back, client)


def finish(
    kept: Mapping[str, str], returned: Mapping[str, str], client: Client
) -> Sequence[Connection]:
    """Return the verified places that the person who came back manages; see ``oauth.OAuth``.

    Raises:
        Rejected: as ``oauth.OAuth`` says; ``no_access`` where Google hasn't opened its API to
            this installation.
    """
    secret = signed_in(FLOW, kept, returned, client)
    made: dict[str, Connection] = {}
    for account, place in _managed(secret["access_token"], client):
        connection = _connection(account, place, secret)
        made.setdefault(connection.profile.remote_id, connection)
        if len(made) == MOST:
            break
    return list(made.values())


def _managed(token: str, client: Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each place that may be published on, with the account that it is managed by."""
    for account in _listed(token, client, ACCOUNTS, "accounts", {}):
        name = said_text(account.get("name"))
        if not name.startswith("accounts/") or account.get("type") == OF_PEOPLE:
            continue
        url = f"{PLACES}/{name}/locations"
        for place in _listed(token, client, url, "locations", {"readMask": READ_MASK}):
            if said_text(place.get("name")).startswith("locations/") and is_verified(place):
                yield name, place


def _listed(
    token: str, client: Client, url: str, what: str, asked: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    params = {**asked, "pageSize": AT_ONCE[what]}

    def read(more: Mapping[str, str]) -> dict[str, Any]:
        return read_as(token, client, url, {**params, **more})

    for page in pages(read, MAX_PAGES):
        yield from said_objects(page.get(what))


def _connection(account: str, place: Mapping[str, Any], secret: Mapping[str, str]) -> Connection:
    profile = profile_of(place)
    settings = {"account": account, "location": profile.remote_id, "page": profile.url}
    return Connection(
        profile=profile,
        settings=settings,
        secret=secret,
        limits=SPEC.limits,
        lasting=lasting(secret),
    )


OAUTH = OAuth(begin, finish)
