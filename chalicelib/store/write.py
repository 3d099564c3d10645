"""The one conditional write, and the transaction: every change of the store goes through here.

A write says which ``rev`` of the item it replaces and carries a fresh token. Whatever the
answer was, if it wasn't a plain yes the item is read back: our token there means that the
write was applied, though its answer was lost (the client sends again by itself, and then
its own first success refuses it). Unclear and ``rev`` unchanged: sent once more, with the
same token, so that it can't be applied twice. The token stands in the item, so that this
holds over restarts; DynamoDB's own request tokens are forgotten after ten minutes.

What is added to a number shares the fate of its transaction, so that it is counted once. Many
transactions add to one item, and of those that meet there DynamoDB lets one through: the
others are sent again until their time is over.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.store.connection import Store
from chalicelib.store.failures import Failure, failure_of
from chalicelib.store.items import Item, from_raw, to_raw
from chalicelib.store.keys import Key
from chalicelib.store.read import get, key_of
from chalicelib.store.tables import PARTITION, Table

REV = "rev"
TOKEN = "token"  # noqa: S105 - the name of an attribute
MOST = 100
"""Items of one transaction, at most."""
OVER_TRIES = 10
"""Each lost race is another's success: more than people or workers ever write one item."""
PATIENCE_SECONDS = 6
"""How long a transaction that adds makes way for others: a person waits for it."""
FIRST_PAUSE, LONGEST_PAUSE = 0.02, 0.4
"""Seconds within which it comes again; doubles."""


@dataclass(frozen=True, slots=True)
class Put:
    """Write this item whole; ``rev`` is the one it was read at, 0: there was none.

    None: whatever stands (a copy, guarded by another item of the same transaction).
    """

    table: Table
    item: Item
    rev: int | None


@dataclass(frozen=True, slots=True)
class Delete:
    """Take an item away, if it is there; with a token only if that write of it still stands."""

    table: Table
    key: Key
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Add:
    """Add to numbers of an item, which are 0 where they aren't there yet."""

    table: Table
    key: Key
    by: Mapping[str, int]


Write = Put | Delete | Add


def put(store: Store, table: Table, item: Item, *, rev: int) -> str:
    """Write an item whole if ``rev`` still stands (0: if there is none); return its token.

    What is stored has the next rev and the token.

    Raises:
        Stale: it has changed since it was read.
        StoreUnclear: it couldn't be found out whether it was applied.
    """
    token = store.ids.new()
    stored = to_raw({**item, REV: rev + 1, TOKEN: token})
    pk, sk = key_of(item)

    def send() -> None:
        store.connection.put_item(
            store.name(table), pk, sk, attributes=stored, condition=_stands_at(rev)
        )

    _settle(store, send, _Witness(table, (pk, sk), rev, token))
    return token


def put_over(store: Store, table: Table, item: Item) -> None:
    """Write an item whole, whatever stands; of those who race, one wins after the other.

    Raises:
        Stale: others wrote it each time.
        StoreUnclear: it couldn't be found out whether it was applied.
    """
    key = key_of(item)
    for _ in range(OVER_TRIES):
        try:
            put(store, table, item, rev=rev_of(get(store, table, key)))
        except Stale:
            continue
        return
    raise Stale(key[1])


def transact(store: Store, writes: Sequence[Write]) -> str:
    """Write all of it or nothing; return the token that every item put now has.

    The first one is a Put with a rev or a Delete with a token: it is read back where an
    answer is unclear.

    Raises:
        Stale: an item has changed since it was read; nothing was written.
        StoreUnclear: it couldn't be found out whether it was applied.
    """
    if len(writes) > MOST:
        raise ValueError(f"{len(writes)} items in one transaction")
    token = store.ids.new()
    witness = _witness(writes[0], token)
    puts = [_put_arguments(store, w, token) for w in writes if isinstance(w, Put)]
    deletes = [_delete_arguments(store, w) for w in writes if isinstance(w, Delete)]
    adds = [_add_arguments(store, w) for w in writes if isinstance(w, Add)]

    def send() -> None:
        store.connection.transact_write_items((), deletes, puts, adds)

    _settle(store, send, witness, patience=PATIENCE_SECONDS if adds else 0)
    return token


def delete(store: Store, table: Table, key: Key) -> None:
    """Take an item away; nothing happens if there is none.

    Raises:
        StoreUnclear: the store didn't answer; it may be gone.
    """
    for last in (False, True):
        try:
            store.connection.delete_item(store.name(table), *key)
        except PynamoDBException as error:
            failure = failure_of(error)
            if last:
                raise StoreUnclear(f"not deleted: {failure.value}") from error
        else:
            return


def add(store: Store, table: Table, key: Key, *, attribute: str, also: Item) -> int:
    """Add one to a number, 0 if it isn't there; return the new one.

    It isn't repeatable: where the client sends again by itself, one may be counted twice.

    Raises:
        StoreUnclear: the store didn't answer; it may be counted.
    """
    actions = [Path(attribute).add(1), *(Path(name).set(value) for name, value in also.items())]
    try:
        answer = store.connection.update_item(
            store.name(table), *key, actions=actions, return_values="UPDATED_NEW"
        )
    except PynamoDBException as error:
        raise StoreUnclear(f"not counted: {failure_of(error).value}") from error
    counted: int = from_raw(answer["Attributes"])[attribute]
    return counted


def rev_of(item: Item | None) -> int:
    """Return the rev of an item as it was read; 0 if there is none."""
    return 0 if item is None else item[REV]


@dataclass(frozen=True, slots=True)
class _Witness:
    """The item that tells whether a write was applied."""

    table: Table
    key: Key
    rev: int
    token: str
    """Of this write."""
    was: str | None = None
    """The token of what is to be gone; None: the item is put."""

    def shows(self, stands: Item | None) -> bool:
        """Say whether the write was applied; of a deletion, or another's of the same."""
        if self.was is not None:
            return stands is None
        return stands is not None and stands.get(TOKEN) == self.token

    def is_as_before(self, stands: Item | None) -> bool:
        """Say whether the item is the one that was to be replaced, or taken away."""
        if self.was is not None:
            return stands is not None and stands.get(TOKEN) == self.was
        return rev_of(stands) == self.rev


def _witness(write: Write, token: str) -> _Witness:
    if isinstance(write, Put) and write.rev is not None:
        return _Witness(write.table, key_of(write.item), write.rev, token)
    if isinstance(write, Delete) and write.token is not None:
        return _Witness(write.table, write.key, 0, token, was=write.token)
    raise TypeError("the first write says for all whether they were applied")


def _settle(
    store: Store, send: Callable[[], None], witness: _Witness, *, patience: float = 0
) -> None:
    """Send, at most twice, until it is known what became of it."""
    may_be_applied = False
    for _ in range(2):
        failure = _sent(store, send, witness.token, patience)
        if failure is None:
            return
        stands = get(store, witness.table, witness.key)
        if witness.shows(stands):
            return
        if failure is Failure.REFUSED or not witness.is_as_before(stands):
            raise Stale(witness.key[1])
        may_be_applied = may_be_applied or failure is Failure.UNCLEAR
    if may_be_applied:
        raise StoreUnclear(witness.key[1])
    raise Stale(witness.key[1])


def _sent(store: Store, send: Callable[[], None], token: str, patience: float) -> Failure | None:
    """Send it, again and again while others are in its way; return how it failed, if it did.

    Raises:
        StoreUnclear: others were in its way until its patience was over.
    """
    ends = store.seconds() + patience
    turn = 0
    while True:
        try:
            send()
        except PynamoDBException as error:
            failure = failure_of(error)
            if failure is not Failure.BUSY or not patience:
                return failure
            if store.seconds() >= ends:
                raise StoreUnclear("others were in its way") from error
            store.pause(_spread(token, turn))
            turn += 1
        else:
            return None


def _spread(token: str, turn: int) -> float:
    """Return seconds within a pause, others than everybody else's: tokens are random."""
    within: float = min(FIRST_PAUSE * 2 ** min(turn, 10), LONGEST_PAUSE)
    return within * zlib.crc32(f"{token}{turn}".encode()) / 2**32


def _stands_at(rev: int) -> Condition:
    return Path(REV) == rev if rev else Path(PARTITION).does_not_exist()


def _put_arguments(store: Store, write: Put, token: str) -> dict[str, Any]:
    stored = {**write.item, TOKEN: token}
    condition = None
    if write.rev is not None:
        stored[REV] = write.rev + 1
        condition = _stands_at(write.rev)
    pk, sk = key_of(write.item)
    return store.connection.get_operation_kwargs(
        store.name(write.table), pk, sk, key="Item", attributes=to_raw(stored), condition=condition
    )


def _delete_arguments(store: Store, write: Delete) -> dict[str, Any]:
    condition = Path(TOKEN) == write.token if write.token is not None else None
    return store.connection.get_operation_kwargs(
        store.name(write.table), *write.key, condition=condition
    )


def _add_arguments(store: Store, write: Add) -> dict[str, Any]:
    """Return them with a placeholder for each name: a name may hold what expressions reserve."""
    pairs = list(enumerate(write.by.items()))
    return {
        **store.connection.get_operation_kwargs(store.name(write.table), *write.key),
        "UpdateExpression": "ADD " + ", ".join(f"#n{n} :n{n}" for n, _ in pairs),
        "ExpressionAttributeNames": {f"#n{n}": name for n, (name, _) in pairs},
        "ExpressionAttributeValues": {f":n{n}": {"N": str(delta)} for n, (_, delta) in pairs},
    }
