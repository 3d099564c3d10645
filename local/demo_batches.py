"""Writes many items of the store at once, in the store's own shapes.

Only for a firm whose data nobody else reads or writes yet: an item is written whatever stands
in its place, so that doing it again changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, cast

from pynamodb.connection import Connection

from chalicelib.store.batches import put_rows
from chalicelib.store.connection import Store
from chalicelib.store.items import Item, from_raw
from chalicelib.store.tables import TABLES, Table
from local.demo_days import shared_out


class Batches:
    """Holds what is put into ``store`` back, until it is all written."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tables: dict[str, Table] = {store.name(table): table for table in TABLES}
        self._held: dict[str, list[Item]] = defaultdict(list)
        self.store = replace(store, connection=cast(Connection, self))
        """The store as others see it: nothing is in it."""

    def put_item(
        self,
        name: str,
        _hash: str,
        _range: str,
        *,
        attributes: Mapping[str, Any],
        condition: object,
    ) -> None:
        """Hold an item back, where the connection would write it if its condition holds."""
        del condition
        self._held[name].append(from_raw(attributes))

    def get_item(self, _name: str, _hash: str, _range: str, **_how: object) -> dict[str, Any]:
        """Find nothing."""
        return {}

    def write(self) -> None:
        """Write all that was held back."""
        for name, items in self._held.items():
            shared_out(items, partial(put_rows, self._store, self._tables[name]))
        self._held.clear()
