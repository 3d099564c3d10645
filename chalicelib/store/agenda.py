"""A firm's deliveries by time, and those that wait for a person.

Rows of an index, which may lag, are read again consistently: what has moved since is left
out or given as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.operand import Path

from chalicelib.ids import WorkspaceId
from chalicelib.publishing.deliveries import WAITS_FOR_A_PERSON, Delivery
from chalicelib.store import deliveries, keys
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.keys import Key
from chalicelib.store.read import get_many, key_of, query
from chalicelib.store.tables import CORE, OPEN
from chalicelib.store.timeline import is_post, rows_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """Deliveries in order."""

    store: Store

    def between(self, workspace: WorkspaceId, start: datetime, end: datetime) -> Sequence[Delivery]:
        """Return the deliveries planned in ``[start, end)``, each as it stands now."""
        rows = rows_between(self.store, workspace, start, end)
        own = (key_of(row) for row in rows if not is_post(row))
        found = read_deliveries(self.store, workspace, own)
        return [d for d in found if d.planned_at and start <= d.planned_at < end]

    def waiting(self, workspace: WorkspaceId) -> Sequence[Delivery]:
        """Return all deliveries that wait for a person, each as it stands now, by time."""
        rows = sorted(waiting_rows(self.store, workspace), key=waiting_since)
        found = read_deliveries(self.store, workspace, (key_of(row) for row in rows))
        return [d for d in found if d.status in WAITS_FOR_A_PERSON]


def waiting_rows(store: Store, workspace: WorkspaceId) -> Iterator[Item]:
    """Yield the index's rows of what waits for a person, drafts left out."""
    before_drafts = Path(OPEN.sort) < keys.LAST
    return query(store, CORE, keys.firm(workspace), before_drafts, index=OPEN)


def waiting_since(row: Item) -> str:
    """Return the planned time of a row, in 13 digits; empty for none."""
    at: str = row[OPEN.sort].rsplit("#", 1)[1]
    return at


def read_deliveries(store: Store, workspace: WorkspaceId, wanted: Iterable[Key]) -> list[Delivery]:
    """Return these deliveries as they stand now, in this order; those that are gone left out."""
    ordered = list(wanted)
    found = get_many(store, CORE, ordered)
    return [deliveries.from_item(workspace, found[key]) for key in ordered if key in found]
