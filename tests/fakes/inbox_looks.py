"""Looking at an inbox: whole lists through its pages, and the rows that its store has."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from chalicelib.ids import MentionId, WorkspaceId
from chalicelib.inbox.items import InboxItem
from chalicelib.inbox.ports import Filter, Inbox
from chalicelib.store.connection import Store
from chalicelib.store.due import SNOOZE, Due
from chalicelib.store.inbox import Inbox as StoredInbox
from chalicelib.store.items import Item
from chalicelib.store.read import query
from chalicelib.store.tables import CORE, INBOX
from tests.fakes.firm import FIRM


def shown(inbox: Inbox, wanted: Filter, limit: int = 25) -> list[MentionId]:
    return [item.id for item in all_pages(inbox, wanted, limit)]


def all_pages(inbox: Inbox, wanted: Filter, limit: int) -> Iterator[InboxItem]:
    after = None
    while True:
        page = inbox.page(FIRM, wanted, limit, after)
        assert len(page.items) <= limit
        yield from page.items
        if page.next is None:
            return
        after = page.next


def snoozed_until(
    inbox: StoredInbox, until: datetime, limit: int
) -> list[tuple[WorkspaceId, MentionId]]:
    """Return what a tick finds to be woken by then."""
    due = Due(inbox.store, inbox.shards).due(SNOOZE, 0, None, until, limit)
    return [(workspace, MentionId(identity)) for workspace, identity, _ in due]


def rows(store: Store, item: InboxItem) -> list[Item]:
    """Return whatever is stored of an item: itself, its rows, and what wakes it."""
    every = store.connection.client.scan(TableName=store.name(INBOX), ConsistentRead=True)
    found = [i for i in every["Items"] if item.id in i["sk"]["S"]]
    return found + [i for i in query(store, CORE, f"W#{FIRM}") if item.id in i["sk"]]
