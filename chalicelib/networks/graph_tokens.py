"""Access of 60 days to Instagram and Threads, renewed ahead.

https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login
https://developers.facebook.com/docs/threads/get-started/long-lived-tokens

A token can be renewed once it is a day old and as long as it isn't over; then only a person
can. Renewing leaves the old one as good as it was, so a lost answer loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.contract import Lasting
from chalicelib.networks.graph import check
from chalicelib.networks.oauth import ends_at, tokens_of
from chalicelib.publishing.outcomes import AuthExpired, Transient

if TYPE_CHECKING:
    from chalicelib.networks.contract import Tools
    from chalicelib.networks.oauth import Client

RIPE = timedelta(hours=24)
RENEWED_AFTER = timedelta(days=45)
"""Ours: two weeks are left to try again, and to warn a person."""


@dataclass(frozen=True, slots=True)
class LongLived:
    """How one network gives and renews them."""

    origin: str
    kind: str
    """What its grant types begin with: ``ig``, ``th``."""

    def exchanged(self, short: str, client: Client) -> dict[str, str]:
        """Return the secrets to keep for a token of an hour.

        Raises:
            AuthExpired: it isn't taken.
            NetworkError: it couldn't be done now.
        """
        params = {
            "grant_type": f"{self.kind}_exchange_token",
            "client_secret": client.app().client_secret,
            "access_token": short,
        }
        url = f"{self.origin}/access_token"
        reply = client.http.request("GET", url, params=params, write=False)
        now = client.clock.now()
        return _kept(check(reply, now, is_public=False), now)

    def renewed(self, tools: Tools) -> Lasting:
        """Renew a channel's token under its lease; return how long it holds from now on.

        Raises:
            AuthExpired: it is over, or isn't renewed any more.
            NetworkError: it couldn't be done now.
        """

        def refresh(secret: Mapping[str, str]) -> Mapping[str, str]:
            now = tools.clock.now()
            if now - _given(secret) < RIPE:
                return secret
            if ends_at(secret) <= now:
                raise AuthExpired("the access is over, and can't be renewed any more")
            token = secret["access_token"]
            params = {"grant_type": f"{self.kind}_refresh_token", "access_token": token}
            url = f"{self.origin}/refresh_access_token"
            reply = tools.http.request("GET", url, params=params, write=False)
            return {**secret, **_kept(check(reply, now, is_public=False), now)}

        return lasting_of(tools.credentials.renew(refresh))


def lasting_of(secret: Mapping[str, str]) -> Lasting:
    """Return how long secrets hold, and when to renew them."""
    if "expires_at" not in secret:
        return Lasting()
    until, given = ends_at(secret), _given(secret)
    # A shorter one (an account that isn't public may get 90 days, or fewer) at three quarters.
    return Lasting(until=until, renew_at=min(given + RENEWED_AFTER, given + (until - given) * 0.75))


def _kept(answer: Mapping[str, Any], now: datetime) -> dict[str, str]:
    kept = tokens_of(answer, now)
    if not kept["access_token"]:
        raise Transient("no token was given")
    return {**kept, "given_at": now.isoformat()}


def _given(secret: Mapping[str, str]) -> datetime:
    return datetime.fromisoformat(secret["given_at"])
