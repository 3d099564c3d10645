"""Snapshots: each one small item of its subject's partition, in the order of time.

    W#<workspace>#S#<subject>  <16-digit µs>#<origin>

They expire after thirteen months; what they came to stays in the totals per day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from chalicelib.clock import Clock
from chalicelib.ids import WorkspaceId
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.rollups import Series
from chalicelib.measuring.snapshots import Origin, Snapshot
from chalicelib.publishing.ports import Stale
from chalicelib.store import keys
from chalicelib.store.codec import INSTANT, TEXT, Record, Way, micros, word
from chalicelib.store.connection import Store
from chalicelib.store.expiry import expires
from chalicelib.store.items import Item
from chalicelib.store.read import get, query
from chalicelib.store.schema import Kind
from chalicelib.store.tables import EXPIRES, PARTITION, SORT, STATS
from chalicelib.store.write import OVER_TRIES, put, rev_of

KEPT = timedelta(days=400)
"""Thirteen months, and some days."""
PAGE = 8
"""Snapshots that are asked for at a time where one or two will do."""
_UNTOLD = ""
"""A counter that wasn't told: its word stays."""

COUNTERS: Way[Mapping[Metric, int | None]] = Way(
    lambda told: {m.value: _UNTOLD if n is None else n for m, n in told.items()},
    lambda kept: {Metric(m): None if n == _UNTOLD else n for m, n in kept.items()},
)

SNAPSHOT = Kind(
    name="snapshot",
    record=Record(
        Snapshot,
        {
            "channel": ("chan", TEXT),
            "delivery": ("of", TEXT),
            "at": ("at", INSTANT),
            "counters": ("n", COUNTERS),
            "origin": ("from", word(Origin)),
            "by": ("who", TEXT),
        },
        known=frozenset({"workspace"}),
        optional=frozenset({"delivery"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshots:
    """Where snapshots are kept."""

    store: Store
    clock: Clock

    def keep(self, snapshot: Snapshot) -> None:
        """Keep one; the same subject, instant and origin again replaces it.

        Raises:
            Stale: others replaced it each time.
            StoreUnclear: it couldn't be found out whether it was kept.
        """
        item = _item(snapshot)
        # A network's is new as good as always, the others are mostly kept again.
        is_new = snapshot.origin is Origin.NETWORK
        for _ in range(OVER_TRIES):
            stands = None if is_new else get(self.store, STATS, (item[PARTITION], item[SORT]))
            if stands is not None and item.items() <= stands.items():
                return
            try:
                put(self.store, STATS, item, rev=rev_of(stands))
            except Stale:
                is_new = False
                continue
            return
        raise Stale(item[SORT])

    def of(
        self, workspace: WorkspaceId, subject: str, start: datetime, end: datetime
    ) -> Sequence[Snapshot]:
        """Return a subject's snapshots of ``[start, end)`` in order, read consistently."""
        if start >= end:
            return []
        # No key equals a bound: each goes on after its digits.
        within = Path(SORT).between(_place(start), _place(end))
        return [*self._found(workspace, subject, within)]

    def since(self, workspace: WorkspaceId, subject: str, start: datetime) -> Iterator[Snapshot]:
        """Yield a subject's snapshots from an instant on, in order; read as they are asked for."""
        return self._found(workspace, subject, Path(SORT) >= _place(start), limit=PAGE)

    def before(
        self, workspace: WorkspaceId, subject: str, instant: datetime, wanted: AbstractSet[Series]
    ) -> Mapping[Series, int]:
        """Return the last value before an instant of each of these that has one.

        Mostly the last few snapshots tell it; where something was never told before, all of
        the subject's are read, which happens on the first day that it is.
        """
        found: dict[Series, int] = {}
        earlier = self._found(
            workspace, subject, Path(SORT) < _place(instant), limit=PAGE, newest_first=True
        )
        while wanted - found.keys():
            snapshot = next(earlier, None)
            if snapshot is None:
                break
            for metric, n in snapshot.counters.items():
                series = snapshot.origin, metric
                if n is not None and series in wanted:
                    found.setdefault(series, n)
        return found

    def _found(
        self,
        workspace: WorkspaceId,
        subject: str,
        condition: Condition,
        *,
        limit: int | None = None,
        newest_first: bool = False,
    ) -> Iterator[Snapshot]:
        now = self.clock.now().timestamp()
        rows = query(
            self.store,
            STATS,
            _partition(workspace, subject),
            condition,
            limit=limit,
            newest_first=newest_first,
        )
        for item in rows:
            if item[EXPIRES] > now:
                yield SNAPSHOT.unpack(item, workspace=workspace)


def _item(snapshot: Snapshot) -> Item:
    subject = snapshot.delivery or snapshot.channel
    return {
        PARTITION: _partition(snapshot.workspace, subject),
        SORT: f"{_place(snapshot.at)}#{snapshot.origin}",
        **SNAPSHOT.pack(snapshot),
        **expires(snapshot.at + KEPT),
    }


def _partition(workspace: WorkspaceId, subject: str) -> str:
    return f"{keys.firm(workspace)}#S#{keys.part(subject)}"


def _place(at: datetime) -> str:
    return f"{micros(at):016d}"
