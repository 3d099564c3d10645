"""Channels: each one item; its secrets are in the vault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from pynamodb.expressions.operand import Path

from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.publishing.ports import Stale
from chalicelib.store import keys
from chalicelib.store.connection import Store
from chalicelib.store.due import ACCESS, TOKEN, Due, due_keys
from chalicelib.store.items import Item
from chalicelib.store.read import get, query
from chalicelib.store.shapes import CHANNEL
from chalicelib.store.tables import CORE, PARTITION, SORT
from chalicelib.store.write import put
from chalicelib.workspaces.channels import MAY_BREAK, Channel, ChannelStatus

TRIES = 3
FORGET_AT_ONCE = 100
"""Tokens of one shard that a tick forgets, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channels:
    """Where channels are kept."""

    store: Store
    shards: int = 1
    """Of the due index."""

    def get(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        """Return the channel as it stands now (a consistent read)."""
        item = get(self.store, CORE, keys.channel(workspace, channel))
        return None if item is None else from_item(workspace, item)

    def of(self, workspace: WorkspaceId) -> Sequence[Channel]:
        """Return all channels of a firm, disconnected ones too."""
        own = Path(SORT).startswith("CH#")
        found = query(self.store, CORE, keys.firm(workspace), own)
        return [from_item(workspace, item) for item in found]

    def put(self, before: Channel | None, after: Channel) -> Channel:
        """Write a channel on the rev it was read at.

        Raises:
            Stale: it has changed since ``before`` was read.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        rev = before.rev if before else 0
        token = put(self.store, CORE, to_item(after, self.shards), rev=rev)
        return replace(after, rev=rev + 1, write_token=token)

    def mark_broken(self, channel: Channel, reason: str, since: datetime) -> Channel:
        """Note that the network refuses its token, if it is in use or paused; return what stands.

        Raises:
            Stale: others changed it each time.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        for _ in range(TRIES):
            if channel.status not in MAY_BREAK:
                return channel
            broken = replace(channel, status=ChannelStatus.BROKEN, reason=reason, since=since)
            broken = replace(broken, paused_until=None)
            try:
                return self.put(channel, broken)
            except Stale:
                channel = self.get(channel.workspace, channel.id) or channel
        raise Stale(channel.id)

    def to_forget(self, until: datetime) -> Sequence[tuple[WorkspaceId, ChannelId]]:
        """Return the channels whose ``forget_token_after`` is at or before ``until``."""
        due = Due(self.store, self.shards)
        return [
            (workspace, ChannelId(identity))
            for shard in range(self.shards)
            for workspace, identity, _ in due.due(TOKEN, shard, None, until, FORGET_AT_ONCE)
        ]


def to_item(channel: Channel, shards: int) -> Item:
    """Return a channel as an item, with its keys and its place in the due index."""
    pk, sk = keys.channel(channel.workspace, channel.id)
    kind, due_at = ACCESS, channel.tend_at
    if channel.forget_token_after is not None:
        kind, due_at = TOKEN, channel.forget_token_after
    due = due_keys(kind, channel.workspace, channel.id, due_at, shards=shards)
    return {PARTITION: pk, SORT: sk, **CHANNEL.pack(channel), **due}


def from_item(workspace: WorkspaceId, item: Item) -> Channel:
    """Return the channel of an item."""
    identity = ChannelId(item[SORT].removeprefix("CH#"))
    return CHANNEL.unpack(item, workspace=workspace, id=identity)
