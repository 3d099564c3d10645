"""Domain objects as items and back, by one table of attributes for both ways.

What equals its default is left out: attribute names and values are billed by their bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Generic, Protocol, TypeVar

from chalicelib.store.items import Item

T = TypeVar("T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Codec(Protocol[T]):
    """How one kind of value is kept."""

    def pack(self, value: T, /) -> Any:
        """Return the value as an item may hold it."""
        ...

    def unpack(self, kept: Any, /) -> T:
        """Return the value that was packed."""
        ...


@dataclass(frozen=True, slots=True)
class Way(Generic[T]):
    """A codec made of two functions."""

    pack: Callable[[T], Any]
    unpack: Callable[[Any], T]


def micros(instant: datetime) -> int:
    """Return an aware instant as whole microseconds since 1970."""
    return (instant - _EPOCH) // _MICROSECOND


def from_micros(since_epoch: int) -> datetime:
    """Return the UTC instant of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=since_epoch)


TEXT: Way[str] = Way(str, str)
"""Also of ids: they are text with a name."""
WHOLE: Way[int] = Way(int, int)
FLAG: Way[bool] = Way(bool, bool)
INSTANT: Way[datetime] = Way(micros, from_micros)
DURATION: Way[timedelta] = Way(lambda d: d // _MICROSECOND, lambda n: timedelta(microseconds=n))
WORDS: Way[Mapping[str, str]] = Way(dict, dict)
"""A map of texts."""
JSON: Way[Mapping[str, object]] = Way(
    lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":")), json.loads
)


def word(kind: type[StrEnum]) -> Way[Any]:
    """Return the codec of an enumeration of words."""
    return Way(str, kind)


def number(kind: type[IntEnum]) -> Way[Any]:
    """Return the codec of an enumeration of numbers."""
    return Way(int, kind)


def row(of: Codec[T]) -> Way[tuple[T, ...]]:
    """Return the codec of a tuple."""
    return Way(lambda v: [of.pack(x) for x in v], lambda v: tuple(of.unpack(x) for x in v))


def table(of: Codec[T]) -> Way[Mapping[str, T]]:
    """Return the codec of a mapping from text."""
    return Way(
        lambda v: {k: of.pack(x) for k, x in v.items()},
        lambda v: {k: of.unpack(x) for k, x in v.items()},
    )


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    attribute: str
    codec: Codec[Any]
    default: Any
    may_lack: bool


class Record(Generic[T]):
    """The codec of a dataclass: field name to attribute name and codec.

    Args:
        make: The dataclass.
        attributes: Every field that the item holds.
        known: Fields that the item's key says already; ``unpack`` is given them.
        optional: Fields without a default that may be None all the same.

    Raises:
        TypeError: a field is neither kept nor known, so that a new one can't be forgotten.
    """

    def __init__(
        self,
        make: type[T],
        attributes: Mapping[str, tuple[str, Codec[Any]]],
        *,
        known: frozenset[str] = frozenset(),
        optional: frozenset[str] = frozenset(),
    ) -> None:
        declared = {f.name: f for f in fields(make)}  # type: ignore[arg-type]
        if odd := declared.keys() ^ (attributes.keys() | known):
            raise TypeError(f"{make.__name__}: {', '.join(sorted(odd))}")
        self._make = make
        self._fields = []
        for name, (attribute, codec) in attributes.items():
            default = declared[name].default
            if (factory := declared[name].default_factory) is not MISSING:
                default = factory()
            may_lack = default is not MISSING or name in optional
            self._fields.append(_Field(name, attribute, codec, default, may_lack))

    def pack(self, value: T) -> Item:
        """Return the object as an item, what equals its default left out."""
        item: Item = {}
        for f in self._fields:
            given = getattr(value, f.name)
            if given is not None and (f.default is MISSING or given != f.default):
                item[f.attribute] = f.codec.pack(given)
        return item

    def unpack(self, item: Item, **known: Any) -> T:
        """Return the object of an item, given what the item's key says.

        Raises:
            KeyError: an attribute is missing that must be there.
        """
        values = dict(known)
        for f in self._fields:
            if f.attribute in item:
                values[f.name] = f.codec.unpack(item[f.attribute])
            elif not f.may_lack:
                raise KeyError(f.attribute)
            elif f.default is MISSING:
                values[f.name] = None
        return self._make(**values)
