"""Counters of what happens in a window of time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.store.connection import Store
from chalicelib.store.expiry import expires
from chalicelib.store.keys import digest, ms
from chalicelib.store.tables import SYS
from chalicelib.store.write import add

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Counts what happens in a window of time, to slow down who asks too often.

    Names hold addresses: they are kept as a digest, and no longer than a window or two.
    """

    store: Store

    def count(self, name: str, window: timedelta, now: datetime) -> int:
        """Add one to a name's count in the present window and return it (1 at first).

        Windows are aligned: they begin at whole multiples of ``window`` since 1970. A count
        whose answer was lost may count twice.

        Raises:
            StoreUnclear: the store didn't answer; it may be counted.
        """
        begins = _EPOCH + (now - _EPOCH) // window * window
        key = f"COUNT#{digest(name)}", ms(begins)
        return add(self.store, SYS, key, attribute="n", also=expires(begins + 2 * window))
