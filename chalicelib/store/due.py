"""What falls due: a sparse index of ``core``, read by kind and shard.

A thing is in it exactly while somebody must look at it again, so that a tick costs what is
due and not what is stored.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.operand import Path

from chalicelib.clock import from_ms, to_ms
from chalicelib.ids import DeliveryId, WorkspaceId
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.keys import ms
from chalicelib.store.read import query
from chalicelib.store.tables import CORE, DUE

DELIVERY = "delivery"
TOKEN = "token"  # noqa: S105 - the name of a kind
ACCESS = "access"
"""Channels whose access ends, or is to be renewed."""
SOURCE = "source"
METER = "meter"
SNOOZE = "snooze"
LIVE = "live"
"""Deliveries that are live, whose figures nobody reads yet."""
PARTING = "parting"
"""What was heard on a network whose terms let it be kept so long only."""
ENDING = "ending"
"""Days of a firm's inbox, from which on what they hold has had its time."""
PAGE = 1_000


def due_keys(
    kind: str, workspace: WorkspaceId, identity: str, at: datetime | None, *, shards: int
) -> Item:
    """Return the index attributes of what is due at an instant; none if it isn't due."""
    if at is None:
        return {}
    shard = zlib.crc32(identity.encode()) % shards
    return {DUE.partition: f"D#{kind}#{shard}", DUE.sort: f"{ms(at)}#{workspace}#{identity}"}


@dataclass(frozen=True, slots=True)
class Due:
    """Reads the index. One shard serves up to some 500 writes of due items a second.

    The number of shards may be raised at any time and never lowered while anything is due:
    an item stays in its old shard until it is written again.
    """

    store: Store
    shards: int = 1

    def due(
        self, kind: str, shard: int, after: datetime | None, until: datetime, limit: int
    ) -> Sequence[tuple[WorkspaceId, DeliveryId, datetime]]:
        """Return what is due in ``(after, until]``, the oldest first.

        At most ``limit``, except that what is due in one millisecond isn't cut: so the last
        instant returned is where the next page begins. Instants are whole milliseconds,
        rounded down.
        """
        found: list[tuple[WorkspaceId, DeliveryId, datetime]] = []
        for workspace, identity, at in self._rows(kind, shard, after, until, limit):
            if len(found) >= limit and at != found[-1][2]:
                break
            found.append((workspace, DeliveryId(identity), at))
        return found

    def _rows(
        self, kind: str, shard: int, after: datetime | None, until: datetime, limit: int
    ) -> Iterator[tuple[WorkspaceId, str, datetime]]:
        lowest = to_ms(after) + 1 if after is not None else 0
        highest = to_ms(until) + 1
        if lowest >= highest:
            return
        # No entry equals a bound: each goes on after its 13 digits.
        within = Path(DUE.sort).between(f"{lowest:013d}", f"{highest:013d}")
        page = min(limit + 1, PAGE)
        for row in query(self.store, CORE, f"D#{kind}#{shard}", within, index=DUE, limit=page):
            at, workspace, identity = row[DUE.sort].split("#", 2)
            yield WorkspaceId(workspace), identity, from_ms(int(at))
