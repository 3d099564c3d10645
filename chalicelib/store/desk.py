"""A worker's desk: all that he must know at one go, and the scopes that networks refuse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.clock import Clock
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.ports import Briefing, Parked, Stale, StoreUnclear
from chalicelib.publishing.posts import PostVersion
from chalicelib.store import channels, deliveries, keys, posts, workspaces
from chalicelib.store.codec import from_micros, micros
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.read import get, get_many
from chalicelib.store.schema import VERSION
from chalicelib.store.tables import CORE, EXPIRES, PARTITION, SORT
from chalicelib.store.write import delete, put, rev_of
from chalicelib.workspaces.channels import ChannelStatus

FORGOTTEN = timedelta(days=1)
"""After its end a parked scope that nobody has tried again is taken for free."""
TRIES = 3

_UNTIL = "until"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Where a worker reads what he needs, and parks what a network refuses."""

    store: Store
    clock: Clock

    def brief(self, delivery: Delivery, scopes: Sequence[str]) -> Briefing | None:
        """Return it by one consistent batch read; None if post, channel or firm is gone.

        That is 3 to 6 items, a read unit each while an item is under 4 KB, there or not.
        """
        firm = delivery.workspace
        version_key = keys.version(firm, delivery.post, delivery.version)
        channel_key = keys.channel(firm, delivery.channel)
        firm_key = keys.workspace(firm)
        before = keys.delivery(firm, delivery.after) if delivery.after else None
        wanted = [version_key, channel_key, firm_key, *map(keys.parked, scopes)]
        found = get_many(self.store, CORE, [*wanted, before] if before else wanted)
        if not {version_key, channel_key, firm_key} <= found.keys():
            return None
        parked = [self._parked(s, found.get(keys.parked(s))) for s in scopes]
        predecessor = found.get(before) if before else None
        return Briefing(
            version=posts.version_from_item(firm, found[version_key]),
            channel=channels.from_item(firm, found[channel_key]),
            workspace=workspaces.from_item(firm, found[firm_key]),
            predecessor=deliveries.from_item(firm, predecessor) if predecessor else None,
            parked=tuple(p for p in parked if p),
        )

    def versions(self, delivery: Delivery, numbers: Sequence[int]) -> Sequence[PostVersion]:
        """Return these versions of the delivery's post, in the order given."""
        firm = delivery.workspace
        wanted = [keys.version(firm, delivery.post, n) for n in numbers]
        found = get_many(self.store, CORE, wanted)
        return [posts.version_from_item(firm, found[key]) for key in wanted if key in found]

    def may_send(self, delivery: Delivery) -> bool:
        """Read channel and firm again: say whether the channel may still be published on."""
        firm = delivery.workspace
        channel_key, firm_key = keys.channel(firm, delivery.channel), keys.workspace(firm)
        found = get_many(self.store, CORE, [channel_key, firm_key])
        if not {channel_key, firm_key} <= found.keys():
            return False
        channel = channels.from_item(firm, found[channel_key])
        if channel.status is ChannelStatus.PAUSED:
            return not channel.is_paused(self.clock.now())
        return channel.status is ChannelStatus.CONNECTED

    def park(self, scope: str, until: datetime) -> None:
        """Hold everything of a scope until then; a later end wins over an earlier one.

        Raises:
            StoreUnclear: the store didn't answer, or others changed it each time.
        """
        for _ in range(TRIES):
            item = get(self.store, CORE, keys.parked(scope))
            if item is not None and item[_UNTIL] >= micros(until):
                return
            try:
                put(self.store, CORE, _parked_item(scope, until), rev=rev_of(item))
            except Stale:
                continue
            return
        raise StoreUnclear(scope)

    def lead(self, parked: Parked, until: datetime) -> bool:
        """Be the one that tries a scope again first: True for one caller, others wait on."""
        item = get(self.store, CORE, keys.parked(parked.scope))
        if item is None or item[_UNTIL] != micros(parked.until):
            return False  # parked anew since, perhaps with the same rev
        try:
            put(self.store, CORE, _parked_item(parked.scope, until), rev=parked.rev)
        except Stale:
            return False
        return True

    def release(self, scope: str) -> None:
        """The scope works again."""
        delete(self.store, CORE, keys.parked(scope))

    def _parked(self, scope: str, item: Item | None) -> Parked | None:
        if item is None:
            return None
        until = from_micros(item[_UNTIL])
        if until + FORGOTTEN <= self.clock.now():
            return None
        return Parked(scope, until, rev_of(item))


def _parked_item(scope: str, until: datetime) -> Item:
    pk, sk = keys.parked(scope)
    return {
        PARTITION: pk,
        SORT: sk,
        VERSION: 1,
        _UNTIL: micros(until),
        EXPIRES: int((until + FORGOTTEN).timestamp()) + 1,
    }
