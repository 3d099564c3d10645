"""Acts: who did what in a firm; only ever added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from pynamodb.expressions.operand import Path

from chalicelib.ids import WorkspaceId
from chalicelib.store import keys
from chalicelib.store.codec import INSTANT, TEXT, Record
from chalicelib.store.connection import Store
from chalicelib.store.expiry import expires
from chalicelib.store.read import query
from chalicelib.store.schema import Kind
from chalicelib.store.tables import PARTITION, SORT, SYS
from chalicelib.store.write import put
from chalicelib.workspaces.acts import Act

KEPT = timedelta(days=396)
"""Thirteen months."""


ACT = Kind(
    name="act",
    record=Record(
        Act,
        {
            "at": ("at", INSTANT),
            "by": ("who", TEXT),
            "what": ("what", TEXT),
            "about": ("about", TEXT),
            "by_key": ("key", TEXT),
        },
        known=frozenset({"workspace"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """Where acts are kept, for thirteen months."""

    store: Store

    def note(self, act: Act) -> None:
        """Add an act; two at one instant are two.

        Raises:
            StoreUnclear: it couldn't be found out whether it was noted.
        """
        place = f"ACT#{keys.ms(act.at)}#{self.store.ids.new()}"
        item = {PARTITION: keys.firm(act.workspace), SORT: place, **ACT.pack(act)}
        put(self.store, SYS, item | expires(act.at + KEPT), rev=0)

    def latest(self, workspace: WorkspaceId, limit: int) -> Sequence[Act]:
        """Return a firm's acts, the newest first."""
        own = Path(SORT).startswith("ACT#")
        firm = keys.firm(workspace)
        found = query(self.store, SYS, firm, own, limit=limit, newest_first=True)
        return [ACT.unpack(item, workspace=workspace) for item in islice(found, limit)]
