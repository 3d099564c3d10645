"""What tells visitors of a day apart: a salt of its own, and hashes, both forgotten after it.

sys    SALT    <day>
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

from chalicelib.publishing.ports import Stale
from chalicelib.store.connection import Store
from chalicelib.store.expiry import expires
from chalicelib.store.keys import Key
from chalicelib.store.links import (
    KEPT,
    ROWS,
    days_open,
    live_row,
    live_rows,
    open_day,
    summed_day,
    summed_up,
)
from chalicelib.store.read import get, get_many, key_of, query
from chalicelib.store.schema import VERSION
from chalicelib.store.tables import PARTITION, SORT, STATS, SYS
from chalicelib.store.write import Delete, Put, delete, put, rev_of, transact

SALT_KEPT = timedelta(days=2)
"""After a day has begun its salt is deleted by itself, should nothing else do it."""
PAGE = 50
_SALT = "salt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """What tells visitors of one day apart, and is forgotten after it."""

    store: Store

    def salt(self, day: date, fresh: bytes) -> bytes:
        """Return the salt of a day: ``fresh`` for who asks first, the same for all the others.

        That the day is to be summed up is noted first: there is no salt without the note.

        Raises:
            StoreUnclear: it couldn't be found out.
        """
        stands = get(self.store, SYS, _salt(day))
        if stands is not None:
            return bytes(stands[_SALT])
        self._note(day)
        pk, sk = _salt(day)
        begins = datetime.combine(day, time(), UTC)
        item = {PARTITION: pk, SORT: sk, VERSION: 1, _SALT: fresh, **expires(begins + SALT_KEPT)}
        try:
            put(self.store, SYS, item, rev=0)
        except Stale:
            return self.salt(day, fresh)
        return fresh

    def forget(self, until: date, at_most: int) -> int:
        """Sum up the clicks of the days before ``until``, drop their hashes, then their salts.

        Returns:
            How many links' days were summed up: ``at_most`` if there may be more.

        Raises:
            StoreUnclear: the store didn't answer; the next call goes on.
        """
        done = 0
        for day in days_open(self.store):
            if day >= until:
                break
            for code in islice(self._codes(day), at_most - done):
                try:
                    self._sum_up(day, code)
                except Stale:  # somebody else is at it: what is left is found by the next call
                    return done
                done += 1
            if done == at_most:
                return done
            delete(self.store, SYS, _salt(day))
            delete(self.store, STATS, open_day(day))
        return done

    def _note(self, day: date) -> None:
        pk, sk = open_day(day)
        try:
            put(self.store, STATS, {PARTITION: pk, SORT: sk, VERSION: 1}, rev=0)
        except Stale:
            return

    def _codes(self, day: date) -> Iterator[str]:
        """Yield the links that still have rows of a day, each once."""
        seen: set[str] = set()
        for digit in ROWS:
            for row in query(self.store, STATS, live_rows(day, digit), limit=PAGE):
                if row[SORT] not in seen:
                    seen.add(row[SORT])
                    yield row[SORT]

    def _sum_up(self, day: date, code: str) -> None:
        """Move a link's clicks of a day to the row that stays, at one go."""
        pk, sk = summed_day(day, code)
        stands = get(self.store, STATS, (pk, sk))
        live = get_many(self.store, STATS, [live_row(day, digit, code) for digit in ROWS])
        rows = [*live.values(), *([stands] if stands else [])]
        last = datetime.combine(day, time(), UTC) + KEPT
        item = {PARTITION: pk, SORT: sk, **summed_up(rows), **expires(last)}
        gone = [Delete(STATS, key_of(row)) for row in live.values()]
        transact(self.store, [Put(STATS, item, rev_of(stands)), *gone])


def _salt(day: date) -> Key:
    return "SALT", f"{day}"
