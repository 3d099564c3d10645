"""Rows that are written or taken away many at a time: each by itself, and repeatable.

For what nothing depends on as long as it isn't whole: rows that lead to an item which isn't
there (yet, or any more), and which readers skip.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pynamodb.exceptions import PynamoDBException

from chalicelib.publishing.ports import StoreUnclear
from chalicelib.store.connection import BUDGET_SECONDS, Store
from chalicelib.store.failures import failure_of
from chalicelib.store.items import Item, to_raw
from chalicelib.store.keys import Key
from chalicelib.store.tables import PARTITION, SORT, Table

BATCH = 25
"""Writes of one BatchWriteItem, at most:
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""
TRIES = 6
PAUSE = 0.05
"""Seconds before the rest of a batch is sent again; doubles, 1.6 s in all."""


def put_rows(store: Store, table: Table, rows: Iterable[Item]) -> None:
    """Write all of these items, whatever stands; each key once.

    Raises:
        StoreUnclear: the store didn't answer; some may be written.
    """
    raws = [to_raw(row) for row in rows]
    for start in range(0, len(raws), BATCH):
        _written(store, table, raws[start : start + BATCH], ())


def delete_rows(store: Store, table: Table, keys: Iterable[Key]) -> None:
    """Take all of these items away; each key once, and it may be gone already.

    Raises:
        StoreUnclear: the store didn't answer; some may be gone.
    """
    raws = [to_raw({PARTITION: pk, SORT: sk}) for pk, sk in keys]
    for start in range(0, len(raws), BATCH):
        _written(store, table, (), raws[start : start + BATCH])


def _written(store: Store, table: Table, puts: Sequence[Any], deletes: Sequence[Any]) -> None:
    name = store.name(table)
    ends = store.seconds() + BUDGET_SECONDS
    for turn in range(TRIES):
        if turn:
            store.pause(PAUSE * 2 ** (turn - 1))
        try:
            answer = store.connection.batch_write_item(name, puts, deletes)
        except PynamoDBException as error:
            raise StoreUnclear(f"not written: {failure_of(error).value}") from error
        left = answer.get("UnprocessedItems", {}).get(name, ())
        if not left:
            return
        puts = [w["PutRequest"]["Item"] for w in left if "PutRequest" in w]
        deletes = [w["DeleteRequest"]["Key"] for w in left if "DeleteRequest" in w]
        if store.seconds() > ends:
            break
    raise StoreUnclear(f"{len(puts) + len(deletes)} rows weren't written")
