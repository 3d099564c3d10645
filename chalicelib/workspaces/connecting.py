"""Channels: connecting, testing, pausing, renaming, reconnecting, disconnecting.

Secrets go straight to the vault and nowhere else. Pausing and disconnecting first set the
channel's flag, then hold its deliveries: a worker that claims later sees the flag.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Rejected
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.refusals import Busy, Fault, Invalid, NotFound, Refusal
from chalicelib.workspaces.accounts import Account, SignedIn
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.forgetting import TOKEN_KEPT, Forgetting
from chalicelib.workspaces.ports import Channels, Door, Holding, Networks, Vault
from chalicelib.workspaces.tending import next_look

MAX_CHANNELS = 60
TRIES = 3


class ConnectRefused(Refusal):
    """The network doesn't take what was typed; ``fault`` says which field and why.

    ``detail`` is the network's own word.
    """

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(f"{fault.pointer} {fault.code}")
        self.fault = fault
        self.detail = detail


class NetworkAway(Refusal):
    """The network couldn't be asked now; nothing has changed."""

    def __init__(self, network: str) -> None:
        super().__init__(network)
        self.network = network


class CantNow(Refusal):
    """The channel isn't in a state for this; ``code`` is a stable word."""

    def __init__(self, channel: Channel, code: str) -> None:
        super().__init__(f"{channel.id} {channel.status}: {code}")
        self.channel = channel
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A channel that was held, and its deliveries that it was too late to stop."""

    channel: Channel
    too_late: Sequence[Delivery]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What a test of a channel came to; ``account`` is None where it failed."""

    account: Account | None
    code: str = ""
    """A stable word: ``auth-expired``, ``network-away`` or ``rejected``."""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connecting:
    """What people do with channels."""

    clock: Clock
    channels: Channels
    networks: Networks
    vault: Vault
    holding: Holding
    attend: Callable[[Channel], None]
    """Begins to listen to a channel and to count on it, as far as its network allows;
    repeatable. It comes first: what listens to a channel that never appears goes away."""

    def get(self, workspace: WorkspaceId, channel: ChannelId) -> Channel:
        """Return a channel of this firm.

        Raises:
            NotFound: it has none with this id.
        """
        found = self.channels.get(workspace, channel)
        if found is None:
            raise NotFound(channel)
        return found

    def of(self, workspace: WorkspaceId) -> Sequence[Channel]:
        """Return the firm's channels, the disconnected ones left out."""
        found = self.channels.of(workspace)
        return [c for c in found if c.status is not ChannelStatus.DISCONNECTED]

    def connect(
        self, workspace: WorkspaceId, channel: ChannelId, network: str, typed: Mapping[str, str]
    ) -> Channel:
        """Really sign in, then keep the channel under this id and its secrets in the vault.

        Given the id of an earlier try, what that try stored is returned instead.

        Raises:
            Invalid: an unknown or closed network, a field missing or unknown.
            ConnectRefused: the network refuses what was typed.
            NetworkAway: it couldn't be asked now.
        """
        earlier = self.channels.get(workspace, channel)
        if earlier is not None:
            return earlier  # an earlier try of the same request went through
        self._check_typed(network, typed)
        others = self.of(workspace)
        _check_room(others)
        signed = self._sign_in(network, typed)
        double = _same_account(network, signed, others)
        if double is not None:
            fault = Fault("/fields", "already-connected", {"name": double.name})
            raise ConnectRefused(fault, signed.account.handle)
        return self._keep(workspace, channel, network, signed)

    def welcome(
        self, workspace: WorkspaceId, channel: ChannelId, network: str, signed: SignedIn
    ) -> Channel:
        """Keep an account that has signed in elsewhere under this id, its secrets in the vault.

        One that is connected already is renewed instead: what waited for it goes on.

        Raises:
            Invalid: too many channels.
        """
        others = self.of(workspace)
        double = _same_account(network, signed, others)
        if double is not None:
            return self._renew(workspace, double.id, signed)
        _check_room(others)
        return self._keep(workspace, channel, network, signed)

    def _keep(
        self, workspace: WorkspaceId, channel: ChannelId, network: str, signed: SignedIn
    ) -> Channel:
        now = self.clock.now()
        new = Channel(
            workspace=workspace,
            id=channel,
            network=network,
            name=signed.account.name or signed.account.handle or network,
            handle=signed.account.handle,
            url=signed.account.url,
            remote_id=signed.account.remote_id,
            settings=signed.settings,
            limits=signed.limits,
            access_ends_at=signed.ends_at,
            renew_access_at=signed.renew_at,
            since=now,
            created_at=now,
        )
        self.vault.put(workspace, channel, signed.secret)
        self._attend(new)
        return self._write(None, replace(new, tend_at=next_look(new, now)))

    def reconnect(
        self, workspace: WorkspaceId, channel: ChannelId, typed: Mapping[str, str]
    ) -> Channel:
        """Sign in anew to the same account; what waited for it goes on.

        Raises:
            ConnectRefused: refused, or it is another account.
            CantNow: it is disconnected.
        """
        before = self._connected(workspace, channel)
        self._check_typed(before.network, typed)
        signed = self._sign_in(before.network, typed)
        if signed.account.remote_id != before.remote_id:
            fault = Fault("/fields", "other-account", {"handle": before.handle or before.name})
            raise ConnectRefused(fault, signed.account.handle)
        return self._renew(workspace, channel, signed)

    def _renew(self, workspace: WorkspaceId, channel: ChannelId, signed: SignedIn) -> Channel:
        self.vault.put(workspace, channel, signed.secret)
        now = self.clock.now()

        def renewed(c: Channel) -> Channel:
            c = replace(c, settings=signed.settings, limits=signed.limits, reason="")
            c = replace(c, handle=signed.account.handle, url=signed.account.url)
            c = replace(c, access_ends_at=signed.ends_at, renew_access_at=signed.renew_at)
            if c.status is ChannelStatus.BROKEN:
                c = replace(c, status=ChannelStatus.CONNECTED, since=now)
            return replace(c, tend_at=next_look(c, now))

        after = self._change(workspace, channel, renewed)
        self.holding.reconnected(workspace, channel)
        self._attend(after)
        return after

    def rename(self, workspace: WorkspaceId, channel: ChannelId, name: str) -> Channel:
        """Give a channel the name that the firm's people see."""
        return self._change(workspace, channel, lambda c: replace(c, name=name))

    def test(self, workspace: WorkspaceId, channel: ChannelId) -> Tested:
        """Ask the network who we are, by reading only."""
        stands = self._connected(workspace, channel)
        try:
            return Tested(account=self.networks.check(stands))
        except AuthExpired as error:
            return Tested(account=None, code="auth-expired", detail=error.detail)
        except Rejected as error:
            return Tested(account=None, code="rejected", detail=error.detail)
        except NetworkError as error:
            return Tested(account=None, code="network-away", detail=error.detail)

    def pause(self, workspace: WorkspaceId, channel: ChannelId, until: datetime | None) -> Held:
        """Let nothing go out on a channel until then (None: until a person lifts it).

        Raises:
            Invalid: the end is past.
            CantNow: it is disconnected, or broken (its posts wait already).
        """
        now = self.clock.now()
        if until is not None and until <= now:
            raise Invalid([Fault("/until/local", "past", {})])

        def paused(c: Channel) -> Channel:
            if c.status is ChannelStatus.BROKEN:
                raise CantNow(c, "is-broken")
            return replace(c, status=ChannelStatus.PAUSED, paused_until=until, since=now)

        after = self._change(workspace, channel, paused)
        return Held(channel=after, too_late=self.holding.hold(workspace, channel))

    def resume(self, workspace: WorkspaceId, channel: ChannelId) -> Channel:
        """Lift a pause; what waited goes on."""
        now = self.clock.now()

        def lifted(c: Channel) -> Channel:
            if c.status is not ChannelStatus.PAUSED:
                return c
            return replace(c, status=ChannelStatus.CONNECTED, paused_until=None, since=now)

        after = self._change(workspace, channel, lifted)
        self.holding.resume(workspace, channel)
        return after

    def disconnect(self, workspace: WorkspaceId, channel: ChannelId) -> Held:
        """Part with a channel for good: nothing more goes out, its secrets are deleted.

        They are kept while an attempt in doubt needs them to be looked for, at most
        ``TOKEN_KEPT``; a tick deletes them then (``Forgetting``).
        """
        now = self.clock.now()

        def parted(c: Channel) -> Channel:
            c = replace(c, status=ChannelStatus.DISCONNECTED, paused_until=None, reason="")
            c = replace(c, access_ends_at=None, renew_access_at=None, tend_at=None)
            return replace(c, since=now, forget_token_after=now + TOKEN_KEPT)

        after = self._change(workspace, channel, parted)
        too_late = self.holding.hold(workspace, channel)
        if not too_late:
            after = self._forgetting().forget(after)
        return Held(channel=after, too_late=too_late)

    def _forgetting(self) -> Forgetting:
        return Forgetting(
            clock=self.clock, channels=self.channels, vault=self.vault, holding=self.holding
        )

    def _connected(self, workspace: WorkspaceId, channel: ChannelId) -> Channel:
        found = self.get(workspace, channel)
        if found.status is ChannelStatus.DISCONNECTED:
            raise CantNow(found, "is-disconnected")
        return found

    def open_door(self, network: str) -> Door:
        """Return what connecting to a network takes.

        Raises:
            Invalid: it isn't known, or has closed.
        """
        door = self.networks.door(network)
        if door is None:
            raise Invalid([Fault("/network", "unknown-network", {"network": network})])
        if not door.is_open:
            raise Invalid([Fault("/network", "closed-network", {"network": network})])
        return door

    def _check_typed(self, network: str, typed: Mapping[str, str]) -> None:
        door = self.open_door(network)
        check_typed(typed, required=door.required, optional=door.optional)

    def _sign_in(self, network: str, typed: Mapping[str, str]) -> SignedIn:
        with refused(network, typed):
            return self.networks.sign_in(network, typed)

    def _change(
        self,
        workspace: WorkspaceId,
        channel: ChannelId,
        change: Callable[[Channel], Channel],
    ) -> Channel:
        for _ in range(TRIES):
            before = self._connected(workspace, channel)
            after = change(before)
            if after == before:
                return before
            try:
                return self.channels.put(before, after)
            except Stale:
                continue
            except StoreUnclear as error:
                raise Busy(channel) from error
        raise Busy(channel)

    def _attend(self, channel: Channel) -> None:
        try:
            self.attend(channel)
        except (Stale, StoreUnclear) as error:
            raise Busy(channel.id) from error

    def _write(self, before: Channel | None, after: Channel) -> Channel:
        try:
            return self.channels.put(before, after)
        except (Stale, StoreUnclear) as error:
            raise Busy(after.id) from error


def check_typed(
    typed: Mapping[str, str], *, required: frozenset[str], optional: frozenset[str] = frozenset()
) -> None:
    """Refuse what a person typed where a field is missing or unknown.

    Raises:
        Invalid: with every such field.
    """
    given = {name for name, value in typed.items() if value.strip()}
    faults = [Fault(f"/fields/{name}", "missing") for name in sorted(required - given)]
    unknown = sorted(set(typed) - required - optional)
    faults += [Fault(f"/fields/{name}", "unknown-field") for name in unknown]
    if faults:
        raise Invalid(faults)


@contextmanager
def refused(network: str, typed: Mapping[str, str]) -> Iterator[None]:
    """Tell what a network refuses by the field that is wrong.

    Raises:
        ConnectRefused: the network refuses what was typed.
        NetworkAway: it couldn't be asked now.
    """
    try:
        yield
    except Rejected as error:
        if error.reason in typed:
            fault = Fault(f"/fields/{error.reason}", "field-refused", {"field": error.reason})
        else:
            fault = Fault("/fields", error.reason.replace("_", "-"))
        raise ConnectRefused(fault, error.detail) from error
    except AuthExpired as error:
        raise ConnectRefused(Fault("/fields", "sign-in-refused"), error.detail) from error
    except NetworkError as error:
        raise NetworkAway(network) from error


def _check_room(others: Sequence[Channel]) -> None:
    if len(others) >= MAX_CHANNELS:
        raise Invalid([Fault("", "too-many-channels", {"max": MAX_CHANNELS})])


def _same_account(network: str, signed: SignedIn, others: Sequence[Channel]) -> Channel | None:
    """Return the channel of this account: twice in a firm it would publish everything twice."""
    account = signed.account
    if not account.remote_id:
        return None
    same = (c for c in others if (c.network, c.remote_id) == (network, account.remote_id))
    return next(same, None)
