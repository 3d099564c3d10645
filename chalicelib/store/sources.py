"""Sources and watches: each one item of ``core``, written whole on the rev it was read at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pynamodb.expressions.operand import Path

from chalicelib.ids import SourceId, WatchId, WorkspaceId
from chalicelib.listening.sources import Source, SourceKind, SourceStatus
from chalicelib.listening.watches import Query, Watch, WatchKind
from chalicelib.store import keys
from chalicelib.store.codec import FLAG, INSTANT, TEXT, WHOLE, Record, row, word
from chalicelib.store.connection import Store
from chalicelib.store.due import SOURCE, due_keys
from chalicelib.store.items import Item
from chalicelib.store.read import get, query
from chalicelib.store.schema import Kind
from chalicelib.store.tables import CORE, PARTITION, SORT
from chalicelib.store.write import delete, put

_SOURCE = Kind(
    name="source",
    record=Record(
        Source,
        {
            "kind": ("kind", word(SourceKind)),
            "label": ("label", TEXT),
            "network": ("net", TEXT),
            "channel": ("chan", TEXT),
            "address": ("url", TEXT),
            "words": ("words", TEXT),
            "watch": ("watch", TEXT),
            "status": ("st", word(SourceStatus)),
            "due_at": ("due", INSTANT),
            "cursor": ("cur", TEXT),
            "read_at": ("read", INSTANT),
            "heard_at": ("heard", INSTANT),
            "checked_at": ("check", INSTANT),
            "failing_since": ("since", INSTANT),
            "failures": ("fails", WHOLE),
            "reason": ("why", TEXT),
            "detail": ("said", TEXT),
            "skipped": ("skip", WHOLE),
            "created_at": ("made", INSTANT),
            "rev": ("rev", WHOLE),
            "write_token": ("token", TEXT),
        },
        known=frozenset({"workspace", "id"}),
    ),
)
_QUERY = Record(
    Query,
    {
        "all": ("all", row(TEXT)),
        "any": ("any", row(TEXT)),
        "none": ("none", row(TEXT)),
        "forgives_typos": ("typos", FLAG),
    },
)
_WATCH = Kind(
    name="watch",
    record=Record(
        Watch,
        {
            "name": ("name", TEXT),
            "kind": ("kind", word(WatchKind)),
            "query": ("query", _QUERY),
            "created_at": ("made", INSTANT),
            "rev": ("rev", WHOLE),
            "write_token": ("token", TEXT),
        },
        known=frozenset({"workspace", "id"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where sources are kept."""

    store: Store
    shards: int = 1
    """Of the due index."""

    def get(self, workspace: WorkspaceId, source: SourceId) -> Source | None:
        """Return a source as it stands now."""
        item = get(self.store, CORE, keys.source(workspace, source))
        return None if item is None else _source(workspace, item)

    def of(self, workspace: WorkspaceId) -> Sequence[Source]:
        """Return all sources of a firm."""
        own = Path(SORT).startswith("S#")
        return [_source(workspace, i) for i in query(self.store, CORE, keys.firm(workspace), own)]

    def put(self, before: Source | None, after: Source) -> Source:
        """Write it whole if ``before.rev`` still stands (None: if there is none).

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out.
        """
        pk, sk = keys.source(after.workspace, after.id)
        due = due_keys(SOURCE, after.workspace, after.id, after.due_at, shards=self.shards)
        item: Item = {PARTITION: pk, SORT: sk, **_SOURCE.pack(after), **due}
        rev = before.rev if before else 0
        token = put(self.store, CORE, item, rev=rev)
        return replace(after, rev=rev + 1, write_token=token)

    def delete(self, source: Source) -> None:
        """Take it away; what it told stays."""
        delete(self.store, CORE, keys.source(source.workspace, source.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Watches:
    """Where watches are kept."""

    store: Store

    def get(self, workspace: WorkspaceId, watch: WatchId) -> Watch | None:
        """Return a watch as it stands now."""
        item = get(self.store, CORE, keys.watch(workspace, watch))
        return None if item is None else _watch(workspace, item)

    def of(self, workspace: WorkspaceId) -> Sequence[Watch]:
        """Return all watches of a firm."""
        own = Path(SORT).startswith("WT#")
        return [_watch(workspace, i) for i in query(self.store, CORE, keys.firm(workspace), own)]

    def put(self, before: Watch | None, after: Watch) -> Watch:
        """Write it whole if ``before.rev`` still stands (None: if there is none).

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out.
        """
        pk, sk = keys.watch(after.workspace, after.id)
        rev = before.rev if before else 0
        token = put(self.store, CORE, {PARTITION: pk, SORT: sk, **_WATCH.pack(after)}, rev=rev)
        return replace(after, rev=rev + 1, write_token=token)

    def delete(self, watch: Watch) -> None:
        """Take it away."""
        delete(self.store, CORE, keys.watch(watch.workspace, watch.id))


def _source(workspace: WorkspaceId, item: Item) -> Source:
    return _SOURCE.unpack(item, workspace=workspace, id=SourceId(item[SORT].removeprefix("S#")))


def _watch(workspace: WorkspaceId, item: Item) -> Watch:
    return _WATCH.unpack(item, workspace=workspace, id=WatchId(item[SORT].removeprefix("WT#")))
