"""Connecting a channel on its network's own sign-in page: there, and back with a code.

What the way back needs is kept encrypted under a MAC of the state that the person returns
with. A state counts once, for a few minutes, and only for the member who began: somebody
who is sent the address of a sign-in that isn't hers connects nothing to anybody's firm.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, Ids, MemberId, WorkspaceId
from chalicelib.publishing.refusals import Fault, Invalid, NotFound
from chalicelib.workspaces.access import Action, allows
from chalicelib.workspaces.accounts import Account, SignedIn
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.connecting import Connecting, ConnectRefused, check_typed, refused
from chalicelib.workspaces.ports import Members
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
class ToChoose:
    """Somebody who came back and may publish on several accounts: which ones is hers to say."""

    token: str = field(repr=False)
    """Unguessable; she chooses with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Awaited:
    """Somebody who is on a network's sign-in page, or about to choose among her accounts."""

    mac: str
    """Of the state; the state itself is kept inside ``kept`` only."""
    workspace: WorkspaceId
    member: MemberId
    network: str
    channel: ChannelId
    """The id that the new channel will have."""
    expires_at: datetime
    kept: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person who came back may choose among."""

    network: str
    accounts: Sequence[Account]
    only_one: bool
    """One of them can be connected by this sign-in, and no more."""


class SignInPages(Protocol):
    """The networks' own sign-in pages."""

    def page_fields(self, network: str) -> frozenset[str] | None:
        """Return the fields to type before going there; None: it has no such page."""
        ...

    def gives_one(self, network: str) -> bool:
        """Say whether one sign-in gives access to one account only, however many there are."""
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
    ) -> Sequence[SignedIn]:
        """Turn the query that the person came back with into her accounts and their secrets.

        Raises:
            Rejected: ``state`` isn't that of ``kept``, the person said no (``denied``), or may
                publish nowhere (``no_account``).
            AuthExpired: the network doesn't take the code, or grants too little.
            NetworkError: it couldn't be done now.
        """
        ...


class AwaitedSignIns(Protocol):
    """Where those who are on a network's page are kept; their secrets encrypted."""

    def put(self, awaited: Awaited) -> None:
        """Keep one until it expires."""
        ...

    def see(self, mac: str, now: datetime) -> Awaited | None:
        """Return one, and leave it where it is."""
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

    def finish(
        self, network: str, returned: Mapping[str, str], by: MemberId | None
    ) -> Returned | ToChoose:
        """Connect the account of the person who came back, or renew its channel.

        The state is used up, whatever comes of it. Who may publish on several accounts
        chooses first.

        Raises:
            ConnectRefused: ``state`` (unknown, used, too old, or somebody else's: told alike),
                ``denied``, ``no-account``, or what the network says.
            NetworkAway: it couldn't be asked now.
            Invalid: too many channels.
        """
        state = returned.get("state", "")
        found = self.awaited.take(self._mac(state), self.clock.now()) if state else None
        if found is None or (found.network, found.member) != (network, by):
            raise ConnectRefused(Fault("/fields", "state"), "")
        self._require_right(found)
        with refused(network, {}):
            accounts = self.pages.finish(network, found.kept, returned)
        if len(accounts) > 1:
            return self._let_choose(found, accounts)
        return self._welcome(found, found.channel, accounts[0])

    def _let_choose(self, found: Awaited, accounts: Sequence[SignedIn]) -> ToChoose:
        token = self.ids.secret()
        choices = {signed.account.remote_id: _packed(signed) for signed in accounts}
        ends = self.clock.now() + LASTS
        kept = replace(found, mac=self._choice(token), expires_at=ends, kept=choices)
        self.awaited.put(kept)
        return ToChoose(token=token)

    def choices(self, workspace: WorkspaceId, by: MemberId, token: str) -> Choices:
        """Return the accounts that a person who came back may choose among.

        Raises:
            NotFound: there is no such choice for her, or its time is over.
        """
        found = self.awaited.see(self._choice(token), self.clock.now())
        if found is None or (found.workspace, found.member) != (workspace, by):
            raise NotFound("choice")
        accounts = [_unpacked(text).account for text in found.kept.values()]
        only_one = self.pages.gives_one(found.network)
        return Choices(network=found.network, accounts=accounts, only_one=only_one)

    def choose(
        self, workspace: WorkspaceId, by: MemberId, token: str, chosen: Sequence[str]
    ) -> Sequence[Returned]:
        """Connect the accounts that a person chose, or renew their channels; it counts once.

        Raises:
            NotFound: there is no such choice for her, or its time is over.
            Invalid: one isn't among them, they are too many for one sign-in, or there are too
                many channels.
        """
        choices = self.choices(workspace, by, token)
        offered = {account.remote_id for account in choices.accounts}
        if not chosen or set(chosen) - offered:
            raise Invalid([Fault("/accounts", "unknown-account")])
        if choices.only_one and len(set(chosen)) > 1:
            raise Invalid([Fault("/accounts", "one-account-only")])
        found = self.awaited.take(self._choice(token), self.clock.now())
        if found is None:
            raise NotFound("choice")
        self._require_right(found)
        return [
            self._welcome(found, ChannelId(self.ids.new()), _unpacked(found.kept[remote_id]))
            for remote_id in dict.fromkeys(chosen)
        ]

    def _require_right(self, found: Awaited) -> None:
        member = self.members.get(found.workspace, found.member)
        if member is None or not allows(member.role, Action.MANAGE_CHANNELS):
            raise ConnectRefused(Fault("/fields", "not-allowed"), "")

    def _welcome(self, found: Awaited, channel: ChannelId, signed: SignedIn) -> Returned:
        made = self.connecting.welcome(found.workspace, channel, found.network, signed)
        return Returned(channel=made, by=found.member, is_new=made.id == channel)

    def _mac(self, state: str) -> str:
        return self.seals.mac("oauth-state", state)

    def _choice(self, token: str) -> str:
        return self.seals.mac("oauth-choice", token)


def _packed(signed: SignedIn) -> str:
    return json.dumps(asdict(signed), default=datetime.isoformat)


def _unpacked(text: str) -> SignedIn:
    packed = json.loads(text)
    for name in ("ends_at", "renew_at"):
        packed[name] = packed[name] and datetime.fromisoformat(packed[name])
    return SignedIn(**{**packed, "account": Account(**packed["account"])})
