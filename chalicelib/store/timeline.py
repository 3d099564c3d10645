"""The index of a firm's posts and deliveries by time.

Entries are ``<ms>#<post>#<channel and occurrence>``, the last part empty for the post
itself, so that a post and its deliveries stand together.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from pynamodb.expressions.operand import Path

from chalicelib.clock import to_ms
from chalicelib.ids import DeliveryId, PostId, WorkspaceId, parts_of
from chalicelib.store import keys
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.read import query
from chalicelib.store.tables import BY_TIME, CORE

PAGE = 500


def post_place(workspace: WorkspaceId, post: PostId, at: datetime) -> Item:
    """Return the index attributes of a post."""
    return _place(workspace, at, f"{post}#")


def delivery_place(workspace: WorkspaceId, delivery: DeliveryId, at: datetime) -> Item:
    """Return the index attributes of a delivery."""
    post, channel, occurrence = parts_of(delivery)
    return _place(workspace, at, f"{post}#{channel}.{occurrence}")


def rows_between(
    store: Store,
    workspace: WorkspaceId,
    start: datetime,
    end: datetime,
    *,
    after: str | None = None,
) -> Iterator[Item]:
    """Yield the index's rows from ``start`` up to and with the millisecond of ``end``.

    The caller drops what, read consistently, is no longer there: an index may lag.

    Args:
        store: The store.
        workspace: The firm.
        start: From here.
        end: Up to here.
        after: A group (see ``group_of``); only rows after all of it are read.
    """
    lowest = after + keys.LAST if after else keys.ms(start)
    highest = f"{to_ms(end) + 1:013d}"
    if lowest >= highest:
        return
    within = Path(BY_TIME.sort).between(lowest, highest)
    yield from query(store, CORE, keys.firm(workspace), within, index=BY_TIME, limit=PAGE)


def rows_before(
    store: Store, workspace: WorkspaceId, until: datetime, limit: int
) -> Iterator[Item]:
    """Yield at most so many of the index's rows, the newest first, from ``until`` backwards."""
    within = Path(BY_TIME.sort) < f"{to_ms(until) + 1:013d}"
    rows = query(
        store,
        CORE,
        keys.firm(workspace),
        within,
        index=BY_TIME,
        limit=limit,
        newest_first=True,
    )
    yield from islice(rows, limit)


def group_of(row: Item) -> str:
    """Return what a post's row and those of its deliveries at the same time begin with."""
    at, post, _ = row[BY_TIME.sort].split("#", 2)
    return f"{at}#{post}"


def is_post(row: Item) -> bool:
    """Say whether the row is a post's own."""
    place: str = row[BY_TIME.sort]
    return place.endswith("#")


def _place(workspace: WorkspaceId, at: datetime, what: str) -> Item:
    return {
        BY_TIME.partition: keys.firm(workspace),
        BY_TIME.sort: f"{keys.ms(at)}#{what}",
    }
