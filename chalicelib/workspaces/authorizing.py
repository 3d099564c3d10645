"""Connecting a channel on its network's own sign-in page: there, and back with a code.

What the way back needs is kept encrypted under a MAC of the state that the person returns
with. A state counts once, for a few minutes, and only for the member who began: somebody
who is sent the address of a sign-in that isn't hers connects nothing to anybody's firm.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, Ids, MemberId, WorkspaceId
from chalicelib.publishing.refusals import Fault, Invalid
from chalicelib.workspaces.access import Action, allows
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.connecting import Connecting, ConnectRefused, check_typed, refused
from chalicelib.workspaces.ports import Members, SignedIn
from chalicelib.workspaces.seals import Seals

LASTS = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A sign-in on a network's page that has begun."""

    url: str
    """Where to send the person."""
    state: str = field(repr=False)
    """What the person comes back with."""
    kept: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """Somebody who came back and is connected."""

    channel: Channel
    by: MemberId
    is_new: bool
    """False: the account was connected already, and its channel is renewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """Somebody who is on a network's sign-in page, and what is needed when she is back."""

    mac: str
    """Of the state; the state itself is kept inside ``kept`` only."""
    workspace: WorkspaceId
    member: MemberId
    network: str
    channel: ChannelId
    """The id that the new channel will have."""
    expires_at: datetime
    kept: Mapping[str, str] = field(repr=False)


class SignInPages(Protocol):
    """The networks' own sign-in pages."""

    def page_fields(self, network: str) -> frozenset[str] | None:
        """Return the fields to type before going there; None: it has no such page."""
        ...

    def begin(self, network: str, typed: Mapping[str, str], back: str) -> Begun:
        """Announce us to the network; ``back`` is where it sends the person.

        Raises:
            Rejected: ``reason`` names the field or the fact that is wrong.
            NetworkError: it couldn't be done now.
        """
        ...

    def finish(
        self, network: str, kept: Mapping[str, str], returned: Mapping[str, str]
    ) -> SignedIn:
        """Turn the query that the person came back with into an account and its secrets.

        Raises:
            Rejected: ``state`` isn't that of ``kept``, or the person said no (``denied``).
            AuthExpired: the network doesn't take the code, or grants too little.
            NetworkError: it couldn't be done now.
        """
        ...


class AwaitedSignIns(Protocol):
    """Where those who are on a network's page are kept; their secrets encrypted."""

    def put(self, awaited: Awaited) -> None:
        """Keep one until it expires."""
        ...

    def take(self, mac: str, now: datetime) -> Awaited | None:
        """Take one away: of all callers at any time exactly one gets it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorizing:
    """Sends people to networks' sign-in pages and takes them in when they are back."""

    clock: Clock
    ids: Ids
    seals: Seals
    pages: SignInPages
    awaited: AwaitedSignIns
    members: Members
    connecting: Connecting
    back_url: Callable[[str], str]
    """Makes the address that a network sends people back to, from its name."""

    def begin(
        self, workspace: WorkspaceId, by: MemberId, network: str, typed: Mapping[str, str]
    ) -> str:
        """Return the address of the page where the person signs in.

        Raises:
            Invalid: an unknown or closed network, one without such a page, a field missing.
            ConnectRefused: what was typed leads to no such network.
            NetworkAway: it couldn't be asked now.
        """
        self.connecting.open_door(network)
        fields = self.pages.page_fields(network)
        if fields is None:
            raise Invalid([Fault("/network", "no-sign-in-page", {"network": network})])
        check_typed(typed, required=fields)
        with refused(network, typed):
            begun = self.pages.begin(network, typed, self.back_url(network))
        self.awaited.put(
            Awaited(
                mac=self._mac(begun.state),
                workspace=workspace,
                member=by,
                network=network,
                channel=ChannelId(self.ids.new()),
                expires_at=self.clock.now() + LASTS,
                kept=begun.kept,
            )
        )
        return begun.url

    def finish(self, network: str, returned: Mapping[str, str], by: MemberId | None) -> Returned:
        """Connect the account of the person who came back, or renew its channel.

        The state is used up, whatever comes of it.

        Raises:
            ConnectRefused: ``state`` (unknown, used, too old, or somebody else's: told alike),
                ``denied``, or what the network says.
            NetworkAway: it couldn't be asked now.
            Invalid: too many channels.
        """
        state = returned.get("state", "")
        found = self.awaited.take(self._mac(state), self.clock.now()) if state else None
        if found is None or (found.network, found.member) != (network, by):
            raise ConnectRefused(Fault("/fields", "state"), "")
        member = self.members.get(found.workspace, found.member)
        if member is None or not allows(member.role, Action.MANAGE_CHANNELS):
            raise ConnectRefused(Fault("/fields", "not-allowed"), "")
        with refused(network, {}):
            signed = self.pages.finish(network, found.kept, returned)
        channel = self.connecting.welcome(found.workspace, found.channel, network, signed)
        return Returned(channel=channel, by=found.member, is_new=channel.id == found.channel)

    def _mac(self, state: str) -> str:
        return self.seals.mac("oauth-state", state)
