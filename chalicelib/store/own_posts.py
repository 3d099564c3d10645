"""What a firm said on its channels, found by what its networks call it.

    W#<workspace>    RP#<channel>#<remote id>    which delivery is live under it

The row is written when a live delivery's figures begin to be read, just before that is noted
on the delivery: once each, outside the walk that publishes, and again if that is done again.
So the conversation around a mention finds the post that it answers at a flat price, however
long ago that went out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.inbox.conversations import Own
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.ports import Stale
from chalicelib.store import keys
from chalicelib.store.agenda import read_deliveries
from chalicelib.store.connection import Store
from chalicelib.store.deliveries import Deliveries
from chalicelib.store.keys import Key
from chalicelib.store.posts import version_from_item
from chalicelib.store.read import get_many
from chalicelib.store.schema import VERSION
from chalicelib.store.tables import CORE, PARTITION, SORT
from chalicelib.store.write import put

_OF = "of"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPosts:
    """``inbox.conversations.OwnPosts``; and ``measuring.ports.Deliveries``, which fills it."""

    store: Store
    deliveries: Deliveries

    def get(self, workspace: WorkspaceId, delivery: DeliveryId) -> Delivery | None:
        """Return the delivery as it stands now."""
        return self.deliveries.get(workspace, delivery)

    def put(self, before: Delivery, after: Delivery) -> Delivery:
        """Note what a live delivery is found by, then write it; see ``store.deliveries``."""
        if after.remote_id:
            self._note(after, after.remote_id)
        return self.deliveries.put(before, after)

    def _note(self, live: Delivery, remote_id: str) -> None:
        pk, sk = _key(live.workspace, live.channel, remote_id)
        try:
            put(self.store, CORE, {PARTITION: pk, SORT: sk, VERSION: 1, _OF: live.id}, rev=0)
        except Stale:
            return  # noted by an earlier try: a remote id is one delivery's

    def said(
        self,
        workspace: WorkspaceId,
        channel: ChannelId,
        remote_ids: Iterable[str],
        deliveries: Iterable[DeliveryId],
    ) -> Sequence[Own]:
        """Return what is live on a channel under these ids, and these deliveries; each once.

        Three batch reads: of what leads to deliveries, of those, and of what each says.
        """
        rows = get_many(self.store, CORE, (_key(workspace, channel, r) for r in remote_ids))
        named = [DeliveryId(row[_OF]) for row in rows.values()]
        wanted = dict.fromkeys([*named, *deliveries])
        found = read_deliveries(
            self.store, workspace, [keys.delivery(workspace, d) for d in wanted]
        )
        versions = {d.id: _version(d) for d in found}
        items = get_many(self.store, CORE, versions.values())
        return [
            Own(d, version_from_item(workspace, items[versions[d.id]]))
            for d in found
            if versions[d.id] in items
        ]


def _key(workspace: WorkspaceId, channel: ChannelId, remote_id: str) -> Key:
    return keys.firm(workspace), f"RP#{keys.part(channel)}#{keys.part(remote_id)}"


def _version(delivery: Delivery) -> Key:
    n = delivery.sent_version or delivery.version
    return keys.version(delivery.workspace, delivery.post, n)
