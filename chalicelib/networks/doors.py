"""Connecting, as workspaces see it: what each network asks for, signing in, testing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from chalicelib.clock import Clock
from chalicelib.networks import registry
from chalicelib.networks.contract import Connection, Connects, Profile, RenewsAccess
from chalicelib.networks.oauth import Client
from chalicelib.networks.senders import NetworkSenders, limits_to_json
from chalicelib.publishing.outcomes import AuthExpired, Rejected
from chalicelib.workspaces.accounts import Account, SignedIn
from chalicelib.workspaces.authorizing import Begun
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.ports import Door
from chalicelib.workspaces.tending import Access

if TYPE_CHECKING:
    from chalicelib.networks.http import Http
    from chalicelib.networks.oauth import OAuth


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Implements ``workspaces.ports.Networks`` and ``workspaces.authorizing.SignInPages``."""

    http: Http
    clock: Clock
    senders: NetworkSenders
    secret: Callable[[], str]
    """Makes unguessable tokens of at least 43 URL-safe characters."""

    def door(self, network: str) -> Door | None:
        """Return what connecting to a network takes; None if it isn't known."""
        try:
            spec = registry.network(network).spec
        except registry.ClosedNetwork:
            return Door(network=network, is_open=False, required=frozenset(), optional=frozenset())
        except registry.UnknownNetwork:
            return None
        required = frozenset(f.name for f in spec.fields if f.required)
        optional = frozenset(f.name for f in spec.fields if not f.required)
        return Door(network=network, is_open=True, required=required, optional=optional)

    def sign_in(self, network: str, typed: Mapping[str, str]) -> SignedIn:
        """Sign in with what a person typed; nothing is changed on the network.

        Raises:
            Rejected: ``reason`` names the field or the fact that is wrong.
            AuthExpired: the network refuses what was typed.
            NetworkError: it couldn't be done now.
        """
        connect = registry.network(network).connect
        if connect is None:
            raise Rejected(f"{network} is connected on its own page", "sign_in_on_page")
        return _signed_in(connect(typed, self.http, self.clock))

    def page_fields(self, network: str) -> frozenset[str] | None:
        """Return the fields to type before its own sign-in page; None: it has none."""
        return registry.network(network).spec.page_fields

    def gives_one(self, network: str) -> bool:
        """Say whether one sign-in gives access to one account only, however many there are."""
        return _oauth(network).gives_one

    def begin(self, network: str, typed: Mapping[str, str], back: str) -> Begun:
        """Announce us to the network; ``back`` is where it sends the person.

        Raises:
            Rejected: ``reason`` names the field or the fact that is wrong.
            NetworkError: it couldn't be done now.
        """
        begun = _oauth(network).begin(typed, back, self._client(network))
        return Begun(url=self.http.stand_in(begun.url), state=begun.state, kept=begun.kept)

    def finish(
        self, network: str, kept: Mapping[str, str], returned: Mapping[str, str]
    ) -> Sequence[SignedIn]:
        """Turn the query that a person came back with into accounts and their secrets.

        Raises:
            Rejected: ``state`` isn't that of ``kept``, the person said no (``denied``), or may
                publish nowhere (``no_account``).
            AuthExpired: the network doesn't take the code, or grants too little.
            NetworkError: it couldn't be done now.
        """
        made = _oauth(network).finish(kept, returned, self._client(network))
        if not made:
            raise Rejected("nothing to publish on", "no_account")
        return [_signed_in(each) for each in made]

    def _client(self, network: str) -> Client:
        app = partial(self.senders.app_of, network)
        return Client(http=self.http, clock=self.clock, secret=self.secret, app=app)

    def check(self, channel: Channel) -> Account:
        """Read, with the kept secrets, who we are and that we may publish.

        Raises:
            AuthExpired: the secrets are refused, gone, or lack a right.
            NetworkError: it couldn't be checked now.
        """
        adapter = self.senders.adapter(channel)
        if isinstance(adapter, Connects):
            return _account(adapter.check())
        return Account(
            remote_id=channel.remote_id,
            name=channel.name,
            handle=channel.handle,
            url=channel.url,
        )

    def renew(self, channel: Channel) -> Access:
        """See ``workspaces.tending.RenewsAccess``."""
        adapter = self.senders.adapter(channel)
        if not isinstance(adapter, RenewsAccess):
            raise AuthExpired(f"{channel.network} lets nobody renew an access")
        lasting = adapter.renew_access()
        return Access(ends_at=lasting.until, renew_at=lasting.renew_at)


def _oauth(network: str) -> OAuth:
    oauth = registry.network(network).oauth
    if oauth is None:
        raise Rejected(f"{network} has no sign-in page of its own", "closed")
    return oauth()


def _signed_in(made: Connection) -> SignedIn:
    return SignedIn(
        account=_account(made.profile),
        settings=made.settings,
        secret=made.secret,
        limits=limits_to_json(made.limits),
        ends_at=made.lasting.until,
        renew_at=made.lasting.renew_at,
    )


def _account(profile: Profile) -> Account:
    return Account(
        remote_id=profile.remote_id,
        name=profile.name,
        handle=profile.handle,
        url=profile.url,
        quota=profile.quota,
    )
