"""What stands in several lists at once, the newest first, at a cost that has a bound.

Each list is read from the newest row on, 32 at a time: what one read unit holds. The newest
row that all lists have in common is found by zigzag: each list goes on to the oldest of their
present rows, until all stand at the same one. Where lists have little in common that may take
long; so a page asks so many queries at most, and the next page goes on.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import islice

from pynamodb.expressions.operand import Path

from chalicelib.store.connection import Store
from chalicelib.store.inbox_places import says
from chalicelib.store.keys import LAST
from chalicelib.store.read import query
from chalicelib.store.tables import INBOX, SORT

ROWS = 32
"""Of one query: some 120 bytes each, and a read unit holds 4 KB."""
QUERIES = 40
"""Of one page, at most."""


class Spent(Exception):
    """A page has asked as many queries as it may."""


class _Budget:
    """How many queries a page may still ask."""

    def __init__(self) -> None:
        self._left = QUERIES

    def spend(self) -> None:
        if not self._left:
            raise Spent
        self._left -= 1


class _Rows:
    """One list, read as far as it was needed."""

    def __init__(
        self, store: Store, *, partition: str, term: str, oldest: str, budget: _Budget
    ) -> None:
        self._store = store
        self._partition = partition
        self._term = term
        self._oldest = oldest
        self._budget = budget
        self._ahead: deque[str] = deque()
        self._reached = LAST
        """No row from here on is still to be read."""
        self._is_whole = False

    def newest(self, below: str) -> str | None:
        """Return the newest position below one; None if there is none."""
        while True:
            while self._ahead and self._ahead[0] >= below:
                self._ahead.popleft()
            if self._ahead:
                return self._ahead[0]
            below_here = min(below, self._reached)
            if self._is_whole or below_here <= self._oldest:
                return None
            self._read_on(below_here)

    def _read_on(self, below: str) -> None:
        self._budget.spend()
        within = Path(SORT).between(self._oldest, below)
        rows = query(self._store, INBOX, self._partition, within, limit=ROWS, newest_first=True)
        read = list(islice(rows, ROWS))
        self._is_whole = len(read) < ROWS
        self._reached = read[-1][SORT] if read else self._oldest
        self._ahead.extend(row[SORT] for row in read if says(row, self._term))


class Common:
    """The positions that several lists have in common, the newest first.

    Args:
        store: The store.
        lists: Their partitions, each with how a word of a row must begin.
        oldest: No position before this one counts.
        after: Where a page before ended.
    """

    def __init__(
        self, store: Store, lists: Sequence[tuple[str, str]], *, oldest: str, after: str | None
    ) -> None:
        budget = _Budget()
        self._lists = [
            _Rows(store, partition=partition, term=term, oldest=oldest, budget=budget)
            for partition, term in lists
        ]
        self._below = min(after or LAST, LAST)
        self._is_over = False

    @property
    def rest(self) -> str | None:
        """Where to go on; None: there is nothing more."""
        return None if self._is_over else self._below

    def take(self, most: int) -> list[str]:
        """Return the next positions; fewer than asked for if it is over, or all is spent."""
        found: list[str] = []
        try:
            while len(found) < most:
                position = self._next()
                if position is None:
                    self._is_over = True
                    break
                found.append(position)
        except Spent:
            pass  # `rest` says where the next page goes on
        return found

    def _next(self) -> str | None:
        while True:
            heads = [rows.newest(self._below) for rows in self._lists]
            met = [head for head in heads if head is not None]
            if len(met) < len(heads):
                return None
            oldest = min(met)
            if oldest == max(met):
                self._below = oldest
                return oldest
            self._below = f"{oldest}{LAST}"  # that one itself is still to be had
