"""Members of firms, found by firm, by person and by e-mail address.

Each membership is kept three times, under each of the keys by which it is found, and the
three are always written together: each way of finding it is one read. Only these two ways
in look beyond one firm: they say who a person is before any firm is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pynamodb.expressions.operand import Path

from chalicelib.ids import MemberId, WorkspaceId
from chalicelib.publishing.ports import Stale
from chalicelib.store import keys
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.keys import Key
from chalicelib.store.read import get, query
from chalicelib.store.shapes import MEMBER
from chalicelib.store.tables import CORE, PARTITION, SORT
from chalicelib.store.write import Delete, Put, rev_of, transact
from chalicelib.workspaces.workspaces import Member

TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Where members are kept; one person has the same member id in each of her firms."""

    store: Store

    def get(self, workspace: WorkspaceId, member: MemberId) -> Member | None:
        """Return a person's membership of this firm."""
        item = get(self.store, CORE, keys.member(workspace, member))
        return None if item is None else MEMBER.unpack(item)

    def of(self, workspace: WorkspaceId) -> Sequence[Member]:
        """Return everybody in a firm."""
        own = Path(SORT).startswith("M#")
        return [MEMBER.unpack(i) for i in query(self.store, CORE, keys.firm(workspace), own)]

    def memberships(self, member: MemberId) -> Sequence[Member]:
        """Return what a person is in each of her firms."""
        partition, _ = keys.by_person(WorkspaceId(""), member)
        return [MEMBER.unpack(item) for item in query(self.store, CORE, partition)]

    def by_email(self, email: str) -> Sequence[Member]:
        """Return the memberships of the person with this address (lower case)."""
        partition, _ = keys.by_email(WorkspaceId(""), email)
        return [MEMBER.unpack(item) for item in query(self.store, CORE, partition)]

    def put(self, member: Member) -> None:
        """Write a membership whole.

        Raises:
            Stale: others wrote it each time.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        for _ in range(TRIES):
            before = get(self.store, CORE, keys.member(member.workspace, member.id))
            try:
                transact(self.store, _writes(member, before))
            except Stale:
                continue
            return
        raise Stale(member.id)


def _writes(member: Member, before: Item | None) -> list[Put | Delete]:
    firm = member.workspace
    found_by = keys.by_email(firm, member.email)
    writes: list[Put | Delete] = [
        Put(CORE, _item(member, keys.member(firm, member.id)), rev_of(before)),
        Put(CORE, _item(member, keys.by_person(firm, member.id)), None),
        Put(CORE, _item(member, found_by), None),
    ]
    if before is not None:
        old = keys.by_email(firm, MEMBER.unpack(before).email)
        if old != found_by:
            writes.append(Delete(CORE, old))
    return writes


def _item(member: Member, key: Key) -> Item:
    pk, sk = key
    return {PARTITION: pk, SORT: sk, **MEMBER.pack(member)}
