"""Many from a few: rows that the application wrote are copied in the engine's own file.

By the engine's own writes a hundred thousand would take half an hour on a busy disk. A copy
differs from its pattern by names and instants of the same length, so that it weighs the same;
``hash_prefix``, which only a parallel scan reads, stays its pattern's. Whoever copies reads
some of it back through the application: ``NotTheSame`` says that nothing can be measured.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple, Self

FORMAT = "9"
"""Of the engine's file: what ``engine_binary`` pins writes this one."""
CACHE_KIB = 300_000
"""What SQLite may keep of the file while much is written to it."""

Names = Sequence[tuple[str, str]]
"""What stands in a pattern, and what stands there in its copy."""


class NotTheSame(Exception):
    """A copy isn't read back as what it was copied from: nothing can be measured on it."""


class Row(NamedTuple):
    """One row of a table without indexes."""

    pk: str
    sk: str
    item_json: str
    item_size: int
    hash_prefix: str

    def renamed(self, names: Names) -> Self:
        """Return its copy."""
        pk, sk, item = self.pk, self.sk, self.item_json
        for old, new in names:
            pk, sk, item = pk.replace(old, new), sk.replace(old, new), item.replace(old, new)
        return self._replace(pk=pk, sk=sk, item_json=item)


@contextmanager
def opened(database: Path) -> Iterator[sqlite3.Connection]:
    """Open the file of an engine that is stopped, to write much at one go.

    Raises:
        NotTheSame: it is written otherwise than it is taken to be.
    """
    with closing(sqlite3.connect(database, isolation_level=None)) as file:
        (found,) = file.execute("SELECT value FROM _config WHERE key='schema_version'").fetchone()
        if found != FORMAT:
            raise NotTheSame(f"the engine's file has format {found}, not {FORMAT}")
        file.execute("PRAGMA journal_mode = OFF")
        file.execute("PRAGMA synchronous = OFF")
        file.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        yield file
        file.execute("PRAGMA journal_mode = WAL")


def rows_of(file: sqlite3.Connection, table: str) -> list[Row]:
    """Return all rows of a table."""
    columns = ", ".join(Row._fields)
    found = file.execute(f'SELECT {columns} FROM "relais-{table}"')
    return [Row(*row) for row in found]


def add(file: sqlite3.Connection, table: str, rows: Iterable[Row]) -> float:
    """Write rows in place of those with the same keys; return how many seconds it took."""
    begun = time.monotonic()
    columns = ", ".join(Row._fields)
    file.execute("BEGIN")
    file.executemany(
        f'INSERT OR REPLACE INTO "relais-{table}" ({columns}) VALUES (?, ?, ?, ?, ?)',
        rows,
    )
    file.execute("COMMIT")
    return time.monotonic() - begun
