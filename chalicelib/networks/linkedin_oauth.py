"""Connecting a profile or pages on LinkedIn's own sign-in page (OAuth 2.0, code flow).

https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow

Two apps, since they exclude each other: one with the Community Management API may hold no
other product. An access token lasts 60 days. A refresh token is given to approved apps only,
for 365 days from the first sign-in on; renewing doesn't prolong it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from chalicelib.networks import linkedin, linkedin_pages
from chalicelib.networks.contract import Connection, Lasting, Profile
from chalicelib.networks.linkedin_posts import LIMITS
from chalicelib.networks.linkedin_rest import Rest
from chalicelib.networks.oauth import Client, CodeFlow, OAuth, ends_at, granted, tokens_of

TOGETHER = 50
"""Pages whose names are asked for at once."""
Accounts = Callable[[Rest], Sequence[Profile]]


def _signs_in(flow: CodeFlow, accounts: Accounts) -> OAuth:
    def finish(
        kept: Mapping[str, str], returned: Mapping[str, str], client: Client
    ) -> Sequence[Connection]:
        answer = flow.exchange(kept, returned, client)
        granted(answer, flow.scopes)
        secret = tokens_of(answer, client.clock.now())
        rest = Rest(client.http, lambda: secret["access_token"], client.clock.now)
        return [_connection(profile, secret) for profile in accounts(rest)]

    return OAuth(lambda _, back, client: flow.begin(back, client), finish)


def _connection(profile: Profile, secret: Mapping[str, str]) -> Connection:
    return Connection(
        profile=profile,
        settings={"author": profile.remote_id},
        secret=secret,
        limits=LIMITS,
        lasting=Lasting(until=_until(secret)),
    )


def _until(secret: Mapping[str, str]) -> datetime | None:
    """Return when a person must sign in again."""
    is_renewable = "refresh_token" in secret
    until = ends_at(secret, "refresh_expires_at" if is_renewable else "expires_at")
    return None if until == datetime.max.replace(tzinfo=UTC) else until


def _pages(rest: Rest) -> Sequence[Profile]:
    urns = list(dict.fromkeys(linkedin_pages.pages(rest)))
    starts = range(0, len(urns), TOGETHER)
    return [p for n in starts for p in linkedin_pages.profiles(rest, urns[n : n + TOGETHER])]


PROFILES = _signs_in(linkedin.FLOW, lambda rest: [linkedin.who(rest)])
PAGES = _signs_in(linkedin_pages.FLOW, _pages)
