"""Acting on what was said on the firm's own ground: like it, let it through, hide or delete it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, MemberId, MentionId, WorkspaceId
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.refusals import CantModerate
from chalicelib.inbox.shelf import InboxShelf
from chalicelib.inbox.triage import Triage
from chalicelib.listening.mentions import Heard
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Rejected
from chalicelib.publishing.paid_reading import ReadingPrice
from chalicelib.publishing.ports import Charge, Purse, StoreUnclear
from chalicelib.publishing.refusals import Busy
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.connecting import NetworkAway
from chalicelib.workspaces.workspaces import Workspace

if TYPE_CHECKING:  # a word of the networks' contract: they know what is said, and not the inbox
    from chalicelib.networks.spec import Moderation

APPROVE, HIDE, SPAM, DELETE = "approve", "hide", "spam", "delete"


class Networks(Protocol):
    """What acts at the networks."""

    def price(self, network: str) -> ReadingPrice | None:
        """Return what a network asks for what is done there; None: nothing."""
        ...

    def moderate(self, channel: Channel, act: Moderation, heard: Heard) -> None:
        """Do something about what was said on a channel; repeatable.

        Raises:
            Rejected: its network can't, or refuses (``gone``: it was deleted meanwhile).
            NetworkError: it may be tried again.
        """
        ...


class Channels(Protocol):
    """The firm's channels."""

    def get(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        """Return a channel as it stands now."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Moderating:
    """Acts at the networks on what was said, and notes it in the inbox."""

    clock: Clock
    triage: Triage
    shelf: InboxShelf
    channels: Channels
    networks: Networks
    purse: Purse

    def act(self, firm: Workspace, mention: MentionId, act: Moderation, by: MemberId) -> InboxItem:
        """Do it where it was said, then note what follows; the same again completes it.

        Raises:
            NotFound: there is no such mention in this firm.
            CantModerate: it can't be done there, it is gone, or the firm's cap leaves no room.
            NetworkAway: the network couldn't be asked now; nothing has changed.
            Busy: the store didn't answer; the same may be sent again.
        """
        item = self.triage.get(firm.id, mention)
        channel = self._channel(item)
        if item.mention.deleted_at is not None:
            raise CantModerate("gone", channel.network)
        self._pay(firm, mention, act, channel.network)
        try:
            self.networks.moderate(channel, act, item.mention.heard)
        except Rejected as error:
            if error.reason == "gone":
                self.shelf.gone(firm.id, mention, self.clock.now())
            if error.reason != "gone" or act != DELETE:
                raise CantModerate(error.reason, channel.network) from error
        except AuthExpired as error:
            raise CantModerate("refused", channel.network) from error
        except NetworkError as error:
            raise NetworkAway(channel.network) from error
        return self._noted(item, act, by)

    def _pay(self, firm: Workspace, mention: MentionId, act: Moderation, network: str) -> None:
        """Set aside what it costs; each time anew, and it stays so: a refusal may be charged."""
        price = self.networks.price(network)
        if price is None:
            return
        about = f"act.{mention}.{act}.{self.clock.now().isoformat()}"
        try:
            has_room = self.purse.reserve(firm, about, 0, Charge(preparing=price.act))
        except StoreUnclear as error:
            raise Busy from error
        if not has_room:
            raise CantModerate("over_cap", network)

    def _channel(self, item: InboxItem) -> Channel:
        mention = item.mention
        channel = mention.channel and self.channels.get(item.workspace, mention.channel)
        if not channel or channel.status is ChannelStatus.DISCONNECTED:
            raise CantModerate("no_channel", mention.network)
        return channel

    def _noted(self, item: InboxItem, act: Moderation, by: MemberId) -> InboxItem:
        workspace, mention = item.workspace, item.id
        if act == APPROVE:
            self.shelf.keep(replace(item.mention, heard=replace(item.mention.heard, waits=False)))
        elif act == DELETE:
            self.shelf.gone(workspace, mention, self.clock.now())
        elif act == SPAM:
            return self.triage.close(workspace, mention, InboxState.SPAM, by)
        elif act == HIDE:
            return self.triage.close(workspace, mention, InboxState.DONE, by)
        return self.triage.get(workspace, mention)
