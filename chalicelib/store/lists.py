"""Lists of posts as pages show them: one query of a keys-only index and one batch read.

A cursor says nothing of the firm: a page is always of the firm that is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from pynamodb.expressions.operand import Path

from chalicelib.ids import ChannelId, DeliveryId, PostId, WorkspaceId, delivery_id, parts_of
from chalicelib.publishing.deliveries import WAITS_FOR_A_PERSON, Delivery, Status
from chalicelib.publishing.lists import Row, Rows
from chalicelib.publishing.posts import Post
from chalicelib.store import deliveries, keys, posts
from chalicelib.store.agenda import read_deliveries, waiting_rows, waiting_since
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.keys import Key
from chalicelib.store.posts import DRAFTS, Posts
from chalicelib.store.read import get_many, key_of, query
from chalicelib.store.tables import CORE, OPEN, SORT
from chalicelib.store.timeline import group_of, is_post, rows_before, rows_between

MOST_WAITING = 100
"""Of what waits, the page that is opened most often shows and counts the latest only."""

MOST_RECENT = 60
"""Rows of the time index that are looked through for the last publication of each channel."""
EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostLists:
    """Lists of posts; deleted ones are left out."""

    store: Store

    def between(
        self, workspace: WorkspaceId, start: datetime, end: datetime, after: str | None, limit: int
    ) -> Rows:
        """Return the posts planned in ``[start, end)`` by time; ``after`` as a list gave it.

        A draft without a time stands where it was made.
        """
        chosen, group, more = [], "", False
        heads = 0
        for row in rows_between(self.store, workspace, start, end, after=after):
            if group_of(row) != group:
                more = heads >= limit
                if more:
                    break
                group = group_of(row)
            heads += is_post(row)
            chosen.append(row)
        found = get_many(self.store, CORE, map(key_of, chosen))
        listed = [
            post
            for post in _heads(workspace, map(key_of, chosen), found)
            if start <= (post.planned_at or post.created_at) < end
        ]
        known = _deliveries_in(workspace, found)
        return Rows(self._rows(listed, known), group if more else None)

    def waiting(self, workspace: WorkspaceId) -> Sequence[Row]:
        """Return what waits for a person: each row a post and the deliveries of it that wait.

        By time; the latest ``MOST_WAITING`` deliveries, since old failures stay until
        somebody settles them.
        """
        rows = sorted(waiting_rows(self.store, workspace), key=waiting_since)
        wanted = [key_of(row) for row in rows[-MOST_WAITING:]]
        ids = [DeliveryId(sk.removeprefix("D#")) for _, sk in wanted]
        heads = list(dict.fromkeys(keys.post(workspace, parts_of(d)[0]) for d in ids))
        found = get_many(self.store, CORE, [*wanted, *heads])
        own = [deliveries.from_item(workspace, found[key]) for key in wanted if key in found]
        waits = [d for d in own if d.status in WAITS_FOR_A_PERSON]
        of = _by_post(waits)
        return [Row(p, of[p.id]) for p in _heads(workspace, heads, found) if p.id in of]

    def drafts(self, workspace: WorkspaceId, after: str | None, limit: int) -> Rows:
        """Return the drafts, with and without a time, the last changed first."""
        place = Path(OPEN.sort)
        within = place.between(DRAFTS, after) if after else place.startswith(DRAFTS)
        firm = keys.firm(workspace)
        rows = query(self.store, CORE, firm, within, index=OPEN, limit=limit + 2, newest_first=True)
        chosen = list(islice((r for r in rows if r[OPEN.sort] != after), limit + 1))
        more, chosen = len(chosen) > limit, chosen[:limit]
        wanted = [key_of(row) for row in chosen]
        found = get_many(self.store, CORE, wanted)
        heads = [post for post in _heads(workspace, wanted, found) if post.is_draft]
        own = [delivery_id(p.id, c) for p in heads for c in p.channels]
        known = read_deliveries(self.store, workspace, (keys.delivery(workspace, d) for d in own))
        return Rows(self._rows(heads, known), chosen[-1][OPEN.sort] if more else None)

    def last_published(
        self, workspace: WorkspaceId, until: datetime
    ) -> Mapping[ChannelId, datetime]:
        """Return when each channel was last published on, of the last ``MOST_RECENT`` rows.

        One query and one batch read; a channel that isn't in it has published nothing lately.
        """
        rows = rows_before(self.store, workspace, until, MOST_RECENT)
        recent = (key_of(row) for row in rows if not is_post(row))
        last: dict[ChannelId, datetime] = {}
        for d in read_deliveries(self.store, workspace, recent):
            if d.published_at and d.published_at > last.get(d.channel, EVER):
                last[d.channel] = d.published_at
        return last

    def _rows(self, heads: Iterable[Post], known: Iterable[Delivery]) -> list[Row]:
        of = _by_post(known)
        return [Row(post, self._own(post, of.get(post.id, []))) for post in heads]

    def _own(self, post: Post, known: list[Delivery]) -> Sequence[Delivery]:
        """Return all deliveries of a post, in the order of its channels."""
        shown = {d.channel for d in known if d.status is not Status.CANCELLED}
        if not shown >= set(post.channels):
            # One of them stands at another time, or its channel was added again.
            known = list(Posts(store=self.store).deliveries(post.workspace, post.id))
        order = {channel: n for n, channel in enumerate(post.channels)}
        return sorted(known, key=lambda d: (order.get(d.channel, len(order)), d.id))


def _heads(
    workspace: WorkspaceId, wanted: Iterable[Key], found: Mapping[Key, Item]
) -> Iterator[Post]:
    """Yield the posts among these keys in their order, the deleted ones left out."""
    for key in wanted:
        if key in found and key[1].startswith("P#"):
            post = posts.from_item(workspace, found[key])
            if not post.is_deleted:
                yield post


def _deliveries_in(workspace: WorkspaceId, found: Mapping[Key, Item]) -> list[Delivery]:
    own = (item for item in found.values() if item[SORT].startswith("D#"))
    return [deliveries.from_item(workspace, item) for item in own]


def _by_post(known: Iterable[Delivery]) -> dict[PostId, list[Delivery]]:
    of: dict[PostId, list[Delivery]] = {}
    for delivery in known:
        of.setdefault(delivery.post, []).append(delivery)
    return of
