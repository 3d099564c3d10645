"""What a firm has set aside for networks that charge: one item a month, written on its rev.

The item holds the month's sum, and what is set aside lately by what it is for, so that the
same isn't set aside twice. What is older is forgotten by name, not in the sum: whatever is
prepared that long after is paid for anew (``KNOWN_FOR``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.clock import Clock
from chalicelib.publishing.paid_reading import SHARE
from chalicelib.publishing.ports import Charge, Stale, StoreUnclear
from chalicelib.store import keys
from chalicelib.store.codec import from_micros, micros
from chalicelib.store.connection import Store
from chalicelib.store.expiry import expires
from chalicelib.store.items import Item
from chalicelib.store.read import get
from chalicelib.store.schema import VERSION
from chalicelib.store.tables import CORE, PARTITION, SORT
from chalicelib.store.write import REV, put, rev_of
from chalicelib.workspaces.workspaces import Workspace

KNOWN_FOR = timedelta(hours=12)
"""How long something set aside is known by name: no longer than what was paid for while
preparing (an image with its text) is used again, so that paying anew is set aside anew."""
KEPT_FOR = timedelta(days=400)
"""A month's sum is kept for thirteen months, as attempts are."""
TRIES = 12
"""Deliveries of one firm meet here; each round one of them wins."""

_SUM, _READING, _LATELY = "sum", "reading", "lately"
"""``reading``: what of the sum is for what is read. ``lately``: what it is for → [when, its
holder, for preparing, for publishing]; for a reading the last is the most that it may cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """Implements ``publishing.ports.Purse`` and ``publishing.paid_reading.ReadingPurse``."""

    store: Store
    clock: Clock

    def reserve(self, workspace: Workspace, about: str, holder: int, charge: Charge) -> bool:
        """See ``ports.Purse``."""
        for _ in range(TRIES):
            item = self._month(workspace)
            lately = self._lately(item)
            at, held_by, preparing, publishing = lately.get(
                about, [micros(self.clock.now()), 0, 0, 0]
            )
            total = item[_SUM] + charge.total - preparing - publishing
            if total > workspace.spending_cap and total > item[_SUM]:
                return False
            newest = max(held_by, holder)
            lately = {**lately, about: [at, newest, charge.preparing, charge.publishing]}
            if self._written(item, total, lately):
                return True
        raise StoreUnclear("others write the month's sum each time")

    def give_back(self, workspace: Workspace, about: str, holder: int) -> None:
        """See ``ports.Purse``."""
        for _ in range(TRIES):
            item = self._month(workspace)
            lately = self._lately(item)
            at, held_by, preparing, publishing = lately.get(about, [0, 0, 0, 0])
            if held_by != holder or not publishing:
                return
            lately = {**lately, about: [at, holder, preparing, 0]}
            if self._written(item, item[_SUM] - publishing, lately):
                return
        raise StoreUnclear("others write the month's sum each time")

    def reserve_reading(self, workspace: Workspace, about: str, most: int) -> bool:
        """See ``paid_reading.ReadingPurse``."""
        for _ in range(TRIES):
            item = self._month(workspace)
            total, reading = item[_SUM] + most, item.get(_READING, 0) + most
            if total > workspace.spending_cap or reading > workspace.spending_cap // SHARE:
                return False
            lately = {**self._lately(item), about: [micros(self.clock.now()), 0, 0, most]}
            if self._written(item, total, lately, reading):
                return True
        raise StoreUnclear("others write the month's sum each time")

    def settle_reading(self, workspace: Workspace, about: str, spent: int) -> None:
        """See ``paid_reading.ReadingPurse``: it is then forgotten by name."""
        for _ in range(TRIES):
            item = self._month(workspace)
            lately = self._lately(item)
            if about not in lately:
                return
            freed = lately.pop(about)[-1] - spent
            if self._written(item, item[_SUM] - freed, lately, item.get(_READING, 0) - freed):
                return
        raise StoreUnclear("others write the month's sum each time")

    def set_aside(self, workspace: Workspace) -> int:
        """Return what is set aside, or spent, in the firm's present month."""
        return int(self._month(workspace)[_SUM])

    def _month(self, workspace: Workspace) -> Item:
        """Return the present month's item; one that isn't written yet has no rev."""
        month = f"{self.clock.now().astimezone(ZoneInfo(workspace.zone)):%Y-%m}"
        pk, sk = keys.spending(workspace.id, month)
        item = get(self.store, CORE, (pk, sk))
        return item or {PARTITION: pk, SORT: sk, VERSION: 1, _SUM: 0, _LATELY: {}}

    def _lately(self, item: Item) -> dict[str, list[int]]:
        since = self.clock.now() - KNOWN_FOR
        found: Mapping[str, Any] = item[_LATELY]
        known = {about: [int(part) for part in kept] for about, kept in found.items()}
        return {about: kept for about, kept in known.items() if _at(kept) > since}

    def _written(
        self,
        item: Item,
        total: int,
        lately: Mapping[str, list[int]],
        reading: int | None = None,
    ) -> bool:
        kept = {name: item[name] for name in (PARTITION, SORT, VERSION)}
        until = expires(self.clock.now() + KEPT_FOR)
        read = item.get(_READING, 0) if reading is None else reading
        after = {**kept, _SUM: total, _READING: read, _LATELY: dict(lately), **until}
        rev = rev_of(item) if REV in item else 0
        try:
            put(self.store, CORE, after, rev=rev)
        except Stale:
            return False
        return True


def _at(kept: list[int]) -> datetime:
    return from_micros(kept[0])
