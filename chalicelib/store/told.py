"""What people have been told: each notice is mailed once, and not forgotten by a crash."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.publishing.ports import Stale
from chalicelib.store.codec import micros
from chalicelib.store.connection import Store
from chalicelib.store.expiry import expires
from chalicelib.store.items import Item
from chalicelib.store.keys import ALONE, Key, part
from chalicelib.store.read import get
from chalicelib.store.schema import VERSION
from chalicelib.store.tables import PARTITION, SORT, SYS
from chalicelib.store.write import put, put_over, rev_of

KEPT = timedelta(days=60)
"""Longer than any delivery goes on asking; what is told again after that is news."""

_LEASE, _DONE = "lease", "done"


class BeingTold(Exception):
    """Somebody else is telling it now; whether it works out is known when his lease ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Remembers what people have been told. One that dies while he tells is taken over from."""

    store: Store

    def begin(self, key: str, now: datetime, lease_until: datetime) -> bool:
        """Take it on to tell this; False if it was told.

        Raises:
            BeingTold: somebody else is telling it now.
            StoreUnclear: it couldn't be found out.
        """
        item = _item(key, {_LEASE: micros(lease_until), **expires(now + KEPT)})
        try:
            put(self.store, SYS, item, rev=0)
        except Stale:
            before = get(self.store, SYS, _key(key))
        else:
            return True
        if before is not None and before.get(_DONE):
            return False
        if before is not None and before[_LEASE] > micros(now):
            raise BeingTold(key)
        try:
            put(self.store, SYS, item, rev=rev_of(before))
        except Stale as stale:
            raise BeingTold(key) from stale
        return True

    def done(self, key: str) -> None:
        """Note that it was told.

        Raises:
            StoreUnclear: it couldn't be noted; it may be told once more.
        """
        before = get(self.store, SYS, _key(key)) or _item(key, {})
        put_over(self.store, SYS, {**before, _DONE: True})


def _item(key: str, attributes: Item) -> Item:
    pk, sk = _key(key)
    return {PARTITION: pk, SORT: sk, VERSION: 1, **attributes}


def _key(key: str) -> Key:
    return f"TOLD#{part(key)}", ALONE
