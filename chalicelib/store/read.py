"""Reading: one item, many, or a query; there is no scan.

Reads are consistent, save those of an index, which can't be, and of what never changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition

from chalicelib.publishing.ports import StoreUnclear
from chalicelib.store.connection import BUDGET_SECONDS, Store
from chalicelib.store.failures import failure_of
from chalicelib.store.items import Item, from_raw
from chalicelib.store.keys import Key
from chalicelib.store.tables import PARTITION, SORT, Index, Table

BATCH = 100
"""Keys of one BatchGetItem, at most."""
BATCH_TRIES = 6
BATCH_PAUSE = 0.05
"""Seconds before the rest of a batch is asked for again; doubles, 1.6 s in all."""


def get(store: Store, table: Table, key: Key, *, consistent: bool = True) -> Item | None:
    """Return an item as it stands now; not consistently, as it stood a moment ago at half price.

    Raises:
        StoreUnclear: the store didn't answer.
    """
    answer = _asked(
        lambda: store.connection.get_item(store.name(table), *key, consistent_read=consistent)
    )
    return from_raw(answer["Item"]) if "Item" in answer else None


def get_many(store: Store, table: Table, keys: Iterable[Key]) -> dict[Key, Item]:
    """Return those of these items that there are, each as it stands now.

    Raises:
        StoreUnclear: the store didn't answer, or only in part.
    """
    wanted = list(dict.fromkeys(keys))
    found: dict[Key, Item] = {}
    for start in range(0, len(wanted), BATCH):
        for item in _batch(store, table, wanted[start : start + BATCH]):
            found[key_of(item)] = item
    return found


def query(
    store: Store,
    table: Table,
    partition: str,
    condition: Condition | None = None,
    *,
    index: Index | None = None,
    limit: int | None = None,
    newest_first: bool = False,
) -> Iterator[Item]:
    """Yield the items of one partition by their sort key; of an index, the keys only.

    Args:
        store: The store.
        table: The table.
        partition: The value of the partition key.
        condition: On the sort key.
        index: Reads this index, which may lag behind.
        limit: How many items a page asks for; the caller stops when it has enough.
        newest_first: Reads backwards.

    Raises:
        StoreUnclear: the store didn't answer.
    """
    start: Any = None
    while True:
        answer = _asked(
            lambda start=start: store.connection.query(  # type: ignore[misc]
                store.name(table),
                partition,
                range_key_condition=condition,
                consistent_read=index is None,
                exclusive_start_key=start,
                index_name=index.name if index else None,
                limit=limit,
                scan_index_forward=not newest_first,
            )
        )
        yield from (from_raw(raw) for raw in answer["Items"])
        start = answer.get("LastEvaluatedKey")
        if not start:
            return


def key_of(item: Item) -> Key:
    """Return the key of an item."""
    return item[PARTITION], item[SORT]


def _batch(store: Store, table: Table, keys: list[Key]) -> Iterator[Item]:
    name = store.name(table)
    left = [{PARTITION: pk, SORT: sk} for pk, sk in keys]
    ends = store.seconds() + BUDGET_SECONDS
    for turn in range(BATCH_TRIES):
        if turn:
            store.pause(BATCH_PAUSE * 2 ** (turn - 1))
        asked = left
        answer = _asked(
            lambda asked=asked: store.connection.batch_get_item(  # type: ignore[misc]
                name, asked, consistent_read=True
            )
        )
        yield from (from_raw(raw) for raw in answer.get("Responses", {}).get(name, ()))
        rest = answer.get("UnprocessedKeys", {}).get(name, {}).get("Keys", ())
        left = [from_raw(key) for key in rest]
        if not left:
            return
        if store.seconds() > ends:
            break
    raise StoreUnclear(f"{len(left)} of {len(keys)} items weren't read")


def _asked(call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return call()
    except PynamoDBException as error:
        meaning = failure_of(error)
        raise StoreUnclear(f"not read: {meaning.value}") from error
