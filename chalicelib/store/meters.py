"""Meters: each one item, due while it is to be read."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.ids import WorkspaceId
from chalicelib.measuring.snapshots import Meter, MeterStatus
from chalicelib.store import keys
from chalicelib.store.codec import INSTANT, TEXT, WHOLE, Record, word
from chalicelib.store.connection import Store
from chalicelib.store.due import METER as DUE_KIND
from chalicelib.store.due import due_keys
from chalicelib.store.items import Item
from chalicelib.store.keys import Key
from chalicelib.store.read import get
from chalicelib.store.schema import Kind
from chalicelib.store.tables import CORE, PARTITION, SORT
from chalicelib.store.write import put

METER = Kind(
    name="meter",
    record=Record(
        Meter,
        {
            "channel": ("chan", TEXT),
            "delivery": ("of", TEXT),
            "remote_id": ("rid", TEXT),
            "began_at": ("began", INSTANT),
            "status": ("st", word(MeterStatus)),
            "due_at": ("due", INSTANT),
            "read_at": ("read", INSTANT),
            "failing_since": ("since", INSTANT),
            "failures": ("fails", WHOLE),
            "reason": ("reason", TEXT),
            "rev": ("rev", WHOLE),
            "write_token": ("token", TEXT),
        },
        known=frozenset({"workspace"}),
        optional=frozenset({"delivery", "due_at"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Meters:
    """Where meters are kept."""

    store: Store
    shards: int = 1
    """Of the due index."""

    def get(self, workspace: WorkspaceId, subject: str) -> Meter | None:
        """Return a meter by its delivery's id, else its channel's, as it stands now."""
        item = get(self.store, CORE, _key(workspace, subject))
        return None if item is None else METER.unpack(item, workspace=workspace)

    def put(self, before: Meter | None, after: Meter) -> Meter:
        """Write it whole if ``before.rev`` still stands (None: if there is none).

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        rev = before.rev if before else 0
        token = put(self.store, CORE, _item(after, self.shards), rev=rev)
        return replace(after, rev=rev + 1, write_token=token)


def _item(meter: Meter, shards: int) -> Item:
    pk, sk = _key(meter.workspace, meter.subject)
    due = due_keys(DUE_KIND, meter.workspace, meter.subject, meter.due_at, shards=shards)
    return {PARTITION: pk, SORT: sk, **METER.pack(meter), **due}


def _key(workspace: WorkspaceId, subject: str) -> Key:
    return keys.firm(workspace), f"MT#{keys.part(subject)}"
