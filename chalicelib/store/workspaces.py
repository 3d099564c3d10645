"""Firms, found by id and by the token of their feeds."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chalicelib.ids import WorkspaceId
from chalicelib.store import keys
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.read import get
from chalicelib.store.schema import VERSION
from chalicelib.store.shapes import WORKSPACE
from chalicelib.store.tables import CORE, PARTITION, SORT
from chalicelib.store.write import Delete, Put, put, transact
from chalicelib.workspaces.workspaces import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspaces:
    """Where firms are kept."""

    store: Store

    def get(self, workspace: WorkspaceId) -> Workspace | None:
        """Return the firm with this id."""
        item = get(self.store, CORE, keys.workspace(workspace))
        return None if item is None else from_item(workspace, item)

    def put(self, before: Workspace | None, after: Workspace) -> Workspace:
        """Write a firm on the rev it was read at, and what leads from its feeds to it.

        Raises:
            Stale: it has changed since ``before`` was read, or is there already.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        rev = before.rev if before else 0
        item = to_item(after)
        if before is not None and before.feed_token == after.feed_token:
            put(self.store, CORE, item, rev=rev)
        else:
            pk, sk = keys.feed(after.feed_token)
            pointer = {PARTITION: pk, SORT: sk, VERSION: 1, "ws": after.id}
            writes: list[Put | Delete] = [Put(CORE, item, rev), Put(CORE, pointer, 0)]
            if before is not None:
                writes.append(Delete(CORE, keys.feed(before.feed_token)))
            transact(self.store, writes)
        return replace(after, rev=rev + 1)

    def by_feed_token(self, token: str) -> Workspace | None:
        """Return the firm whose public feeds carry this token."""
        pointer = get(self.store, CORE, keys.feed(token))
        return None if pointer is None else self.get(WorkspaceId(pointer["ws"]))


def to_item(workspace: Workspace) -> Item:
    """Return a firm as an item."""
    pk, sk = keys.workspace(workspace.id)
    return {PARTITION: pk, SORT: sk, **WORKSPACE.pack(workspace)}


def from_item(workspace: WorkspaceId, item: Item) -> Workspace:
    """Return the firm of an item."""
    return WORKSPACE.unpack(item, id=workspace)
