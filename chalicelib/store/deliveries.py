"""Deliveries: each one item, read whole and written whole on the rev it was read at.

A typical delivery weighs 0.9 to 1.2 KB. Index attributes follow from the delivery alone:
``due`` while ``due_at`` is set, ``by_time`` while it is planned, ``open`` while it waits for
a person, sorted there by the planned time (``due_at`` moves with every follow-up, which
would pay for a moved entry each time).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.ids import DeliveryId, WorkspaceId, parts_of
from chalicelib.publishing.deliveries import WAITS_FOR_A_PERSON, Delivery, Status
from chalicelib.publishing.drafts import MAX_USEFUL
from chalicelib.store import keys
from chalicelib.store.connection import Store
from chalicelib.store.due import DELIVERY, LIVE, due_keys
from chalicelib.store.items import Item
from chalicelib.store.read import get, get_many, key_of
from chalicelib.store.shapes import DELIVERY as KIND
from chalicelib.store.tables import CORE, OPEN, PARTITION, SORT
from chalicelib.store.timeline import delivery_place, rows_between
from chalicelib.store.write import put

HELD_SINCE = MAX_USEFUL + timedelta(days=33)
"""How far back a delivery was planned that may hold the id of a post found today: its
usefulness, and a month in which a person may have had it sent again."""
SOON = timedelta(seconds=5)
"""By how much two clocks may differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliveries:
    """Where deliveries are kept."""

    store: Store
    clock: Clock
    shards: int = 1
    """Of the due index."""

    def get(self, workspace: WorkspaceId, delivery: DeliveryId) -> Delivery | None:
        """Return the delivery as it stands now (a consistent read)."""
        item = get(self.store, CORE, keys.delivery(workspace, delivery))
        return None if item is None else from_item(workspace, item)

    def put(self, before: Delivery, after: Delivery) -> Delivery:
        """Write ``after`` whole if ``before.rev`` still stands; return it with its new rev.

        Raises:
            Stale: it has changed since ``before`` was read.
            StoreUnclear: it couldn't be found out.
        """
        item = to_item(after, self.shards)
        token = put(self.store, CORE, item, rev=before.rev)
        return replace(after, rev=before.rev + 1, write_token=token)

    def is_held(self, delivery: Delivery, remote_id: str) -> bool:
        """Say whether another delivery of the same channel already holds this remote id.

        It is asked in the rare look only, so it costs the hot path nothing: the channel's
        deliveries planned in the last 40 days are found by the time index and read
        consistently. That the index may lag does no harm: it knows planned times, which
        were written when the other delivery was scheduled, not when it was published; and
        one scheduled in these very seconds with the same text waits for this one.
        """
        now = self.clock.now() + SOON
        start = min(delivery.first_intent_at or now, now) - HELD_SINCE
        rows = rows_between(self.store, delivery.workspace, start, now)
        others = (key_of(row) for row in rows if _is_other(row, delivery))
        found = get_many(self.store, CORE, others).values()
        return any(from_item(delivery.workspace, i).remote_id == remote_id for i in found)


def to_item(delivery: Delivery, shards: int) -> Item:
    """Return a delivery as an item, with its keys and its places in the indexes."""
    pk, sk = keys.delivery(delivery.workspace, delivery.id)
    return {
        PARTITION: pk,
        SORT: sk,
        **KIND.pack(delivery),
        **_due_keys(delivery, shards),
        **_time_keys(delivery),
        **_open_keys(delivery),
    }


def from_item(workspace: WorkspaceId, item: Item) -> Delivery:
    """Return the delivery of an item."""
    identity = DeliveryId(item[SORT].removeprefix("D#"))
    post, channel, _ = parts_of(identity)
    return KIND.unpack(item, workspace=workspace, id=identity, post=post, channel=channel)


def _due_keys(delivery: Delivery, shards: int) -> Item:
    """A live delivery that needs nothing more falls due once for its figures.

    It is found by that instead of a follow-up, which would cost its walk two more writes.
    """
    kind, at = DELIVERY, delivery.due_at
    if at is None and delivery.status is Status.PUBLISHED and delivery.metered_at is None:
        kind, at = LIVE, delivery.published_at
    return due_keys(kind, delivery.workspace, delivery.id, at, shards=shards)


def _time_keys(delivery: Delivery) -> Item:
    if delivery.planned_at is None:
        return {}
    return delivery_place(delivery.workspace, delivery.id, delivery.planned_at)


def _open_keys(delivery: Delivery) -> Item:
    if delivery.status not in WAITS_FOR_A_PERSON:
        return {}
    at = keys.ms(delivery.planned_at) if delivery.planned_at else ""
    return {
        OPEN.partition: keys.firm(delivery.workspace),
        OPEN.sort: f"{delivery.status}#{delivery.channel}#{at}",
    }


def _is_other(row: Item, delivery: Delivery) -> bool:
    """Say whether the row is of another delivery on the same channel."""
    sort: str = row[SORT]
    if not sort.startswith("D#"):
        return False
    identity = DeliveryId(sort.removeprefix("D#"))
    return identity != delivery.id and parts_of(identity)[1] == delivery.channel
