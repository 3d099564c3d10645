"""Versions of the shape of items: older ones are upgraded, newer ones are refused clearly.

Two versions of the code run side by side while a new one is rolled out. An item of a shape
that this code doesn't know must not be written back with what it doesn't know left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from chalicelib.store.codec import Record
from chalicelib.store.items import Item

T = TypeVar("T")
VERSION = "v"

Upgrade = Callable[[Item], Item]


class UnknownSchema(Exception):
    """An item was written by a later version of the code; nothing is done with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[T]):
    """One kind of item, in its current shape."""

    name: str
    record: Record[T]
    version: int = 1
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)
    """From a version to the next one; each returns a new item."""

    def __post_init__(self) -> None:
        if sorted(self.upgrades) != list(range(1, self.version)):
            raise TypeError(f"{self.name}: an upgrade for each version before {self.version}")

    def pack(self, value: T) -> Item:
        """Return the object as an item that says which shape it has."""
        return {VERSION: self.version, **self.record.pack(value)}

    def unpack(self, item: Item, **known: Any) -> T:
        """Return the object of an item of this shape or an older one.

        Raises:
            UnknownSchema: the item has a later shape.
        """
        written = item.get(VERSION, 1)
        if written > self.version:
            raise UnknownSchema(f"{self.name} {written}, this code knows {self.version}")
        for n in range(written, self.version):
            item = self.upgrades[n](item)
        return self.record.unpack(item, **known)
