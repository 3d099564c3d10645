"""Saved replies: each one item of ``core``, written whole on the rev it was read at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pynamodb.expressions.operand import Path

from chalicelib.ids import WorkspaceId
from chalicelib.inbox.saved_replies import SavedReply
from chalicelib.store.codec import INSTANT, TEXT, WHOLE, Record
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.keys import Key, firm, part
from chalicelib.store.read import get, query
from chalicelib.store.schema import Kind
from chalicelib.store.tables import CORE, PARTITION, SORT
from chalicelib.store.write import delete, put

PREFIX = "SR#"
_REPLY = Kind(
    name="saved reply",
    record=Record(
        SavedReply,
        {
            "title": ("title", TEXT),
            "text": ("text", TEXT),
            "created_at": ("made", INSTANT),
            "updated_at": ("at", INSTANT),
            "rev": ("rev", WHOLE),
            "write_token": ("token", TEXT),
        },
        known=frozenset({"workspace", "id"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedReplies:
    """Where saved replies are kept."""

    store: Store

    def get(self, workspace: WorkspaceId, reply: str) -> SavedReply | None:
        """Return one as it stands now (a consistent read)."""
        item = get(self.store, CORE, _key(workspace, reply))
        return None if item is None else _from_item(workspace, item)

    def of(self, workspace: WorkspaceId) -> Sequence[SavedReply]:
        """Return all of a firm's."""
        own = Path(SORT).startswith(PREFIX)
        return [_from_item(workspace, i) for i in query(self.store, CORE, firm(workspace), own)]

    def put(self, before: SavedReply | None, after: SavedReply) -> SavedReply:
        """Write it whole if ``before.rev`` still stands (None: if there is none).

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        rev = before.rev if before else 0
        pk, sk = _key(after.workspace, after.id)
        token = put(self.store, CORE, {PARTITION: pk, SORT: sk, **_REPLY.pack(after)}, rev=rev)
        return replace(after, rev=rev + 1, write_token=token)

    def delete(self, workspace: WorkspaceId, reply: str) -> None:
        """Take one away, if it is there.

        Raises:
            StoreUnclear: the store didn't answer; it may be gone.
        """
        delete(self.store, CORE, _key(workspace, reply))


def _key(workspace: WorkspaceId, reply: str) -> Key:
    return firm(workspace), f"{PREFIX}{part(reply)}"


def _from_item(workspace: WorkspaceId, item: Item) -> SavedReply:
    return _REPLY.unpack(item, workspace=workspace, id=item[SORT].removeprefix(PREFIX))
