"""Repeated requests: what a request with an idempotency key was answered the first time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.publishing.ports import Stale
from chalicelib.store.codec import INSTANT, TEXT, WHOLE, WORDS, Record
from chalicelib.store.connection import Store
from chalicelib.store.expiry import expires
from chalicelib.store.items import Item
from chalicelib.store.keys import ALONE, Key, digest
from chalicelib.store.read import get
from chalicelib.store.schema import Kind
from chalicelib.store.tables import EXPIRES, PARTITION, SORT, SYS
from chalicelib.store.write import delete, put, rev_of
from chalicelib.workspaces.ports import KeptAnswer, Repeat

TRIES = 3

_ANSWER = Record(
    KeptAnswer,
    {"status": ("code", WHOLE), "body": ("body", TEXT), "headers": ("head", WORDS)},
)
REPEAT = Kind(
    name="repeat",
    record=Record(
        Repeat,
        {
            "fingerprint": ("print", TEXT),
            "answer": ("answer", _ANSWER),
            "lease_until": ("lease", INSTANT),
        },
        optional=frozenset({"answer"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Remembers requests by workspace, route and idempotency key (``name`` holds all three)."""

    store: Store

    def begin(
        self, name: str, fingerprint: str, *, now: datetime, lease_until: datetime, until: datetime
    ) -> Repeat | None:
        """Note that a request begins; None if it is the first, or takes over a dead one.

        One conditional write: a record that has neither an answer nor a running lease is
        taken over; with another fingerprint never.

        Raises:
            Stale: others began it each time.
            StoreUnclear: it couldn't be found out whether it was noted.
        """
        new = Repeat(fingerprint=fingerprint, answer=None, lease_until=lease_until)
        item = _item(name, new) | expires(until)
        before: Item | None = None  # as a rule: then one write does it
        for _ in range(TRIES):
            try:
                put(self.store, SYS, item, rev=rev_of(before))
            except Stale:
                before = get(self.store, SYS, _key(name))
            else:
                return None
            seen = REPEAT.unpack(before) if before and _is_kept(before, now) else None
            if seen is not None and not _is_dead(seen, fingerprint, now):
                return seen
        raise Stale("repeat")

    def finish(self, name: str, answer: KeptAnswer) -> None:
        """Keep what the request was answered; the first answer stays.

        Raises:
            Stale: others wrote it each time.
            StoreUnclear: it couldn't be found out whether it was kept.
        """
        for _ in range(TRIES):
            item = get(self.store, SYS, _key(name))
            if item is None or "answer" in item:
                return
            try:
                put(self.store, SYS, {**item, "answer": _ANSWER.pack(answer)}, rev=rev_of(item))
            except Stale:
                continue
            return
        raise Stale("repeat")

    def forget(self, name: str) -> None:
        """Nothing came of the request: the same key may be used anew."""
        delete(self.store, SYS, _key(name))


def _is_kept(item: Item, now: datetime) -> bool:
    return bool(item[EXPIRES] > now.timestamp())


def _is_dead(seen: Repeat, fingerprint: str, now: datetime) -> bool:
    is_over = seen.answer is None and seen.lease_until <= now
    return is_over and seen.fingerprint == fingerprint


def _item(name: str, repeat: Repeat) -> Item:
    pk, sk = _key(name)
    return {PARTITION: pk, SORT: sk, **REPEAT.pack(repeat)}


def _key(name: str) -> Key:
    return f"REPEAT#{digest(name)}", ALONE
