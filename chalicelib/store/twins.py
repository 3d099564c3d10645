"""Twins: deliveries of one channel whose texts would look alike on the network.

While one is in doubt the other can't be told from it, so that they go out one after the
other. One item per channel and text lists them; it is written on its rev, so that of two
that are registered at once the second sees the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.publishing.chaining import WITHIN
from chalicelib.publishing.ports import Neighbours, Stale
from chalicelib.store import keys
from chalicelib.store.codec import from_micros, micros
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.read import get
from chalicelib.store.schema import VERSION
from chalicelib.store.tables import CORE, EXPIRES, PARTITION, SORT
from chalicelib.store.write import put, rev_of

KEPT = timedelta(days=2)
"""After its planned time a delivery has no twin before it any more."""
TRIES = 10
"""Each time one of those who race for the item has got it."""

_OF = "of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Twins:
    """Remembers, per channel and text, the deliveries that would look alike on the network."""

    store: Store
    clock: Clock

    def register(
        self,
        workspace: WorkspaceId,
        channel: ChannelId,
        text_hash: str,
        delivery: DeliveryId,
        planned_at: datetime,
    ) -> Neighbours:
        """Note the delivery; return its nearest twins planned within a day of it.

        Earlier and later by planned time, then by id; a delivery noted again has its new time only.

        Raises:
            Stale: too many others noted theirs at the same time; nothing was noted.
            StoreUnclear: the store didn't answer.
        """
        key = keys.twins(workspace, channel, text_hash)
        for _ in range(TRIES):
            item = get(self.store, CORE, key)
            kept = self._kept(item)
            noted = {**kept, delivery: micros(planned_at)}
            if item is None or noted != item[_OF]:
                try:
                    put(self.store, CORE, _item(key, noted), rev=rev_of(item))
                except Stale:
                    continue
            return _neighbours(noted, delivery)
        raise Stale(key[1])

    def _kept(self, item: Item | None) -> dict[DeliveryId, int]:
        """Return those of the item that somebody may still wait for."""
        oldest = micros(self.clock.now() - KEPT)
        return {d: at for d, at in item[_OF].items() if at >= oldest} if item else {}


def _neighbours(noted: dict[DeliveryId, int], delivery: DeliveryId) -> Neighbours:
    own = noted[delivery], delivery
    others = [(at, d) for d, at in noted.items() if d != delivery]
    near = [o for o in others if abs(from_micros(o[0]) - from_micros(own[0])) <= WITHIN]
    earlier = max((o for o in near if o < own), default=None)
    later = min((o for o in near if o > own), default=None)
    return Neighbours(earlier[1] if earlier else None, later[1] if later else None)


def _item(key: keys.Key, noted: dict[DeliveryId, int]) -> Item:
    last = from_micros(max(noted.values())) + KEPT
    pk, sk = key
    return {
        PARTITION: pk,
        SORT: sk,
        VERSION: 1,
        _OF: dict(noted),
        EXPIRES: int(last.timestamp()) + 1,
    }
