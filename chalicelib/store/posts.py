"""Posts: heads, immutable versions, and the transaction by which an act is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pynamodb.expressions.operand import Path

from chalicelib.ids import PostId, WorkspaceId
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.ports import PostChange
from chalicelib.publishing.posts import Post, PostVersion
from chalicelib.store import deliveries, keys
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.read import get, query
from chalicelib.store.shapes import POST, VERSION
from chalicelib.store.tables import CORE, OPEN, PARTITION, SORT
from chalicelib.store.timeline import post_place
from chalicelib.store.write import Put, put, transact

DRAFTS = f"{keys.LAST}DRAFT#"
"""What a draft's place among what waits for a person begins with: after all deliveries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """Where posts, their versions and their deliveries are kept."""

    store: Store
    shards: int = 1
    """Of the due index."""

    def get(self, workspace: WorkspaceId, post: PostId) -> Post | None:
        """Return the head of a post as it stands now."""
        item = get(self.store, CORE, keys.post(workspace, post))
        return None if item is None else from_item(workspace, item)

    def version(self, workspace: WorkspaceId, post: PostId, n: int) -> PostVersion | None:
        """Return one version."""
        item = get(self.store, CORE, keys.version(workspace, post, n))
        return None if item is None else version_from_item(workspace, item)

    def deliveries(self, workspace: WorkspaceId, post: PostId) -> Sequence[Delivery]:
        """Return all deliveries of a post as they stand now, by id."""
        own = Path(SORT).startswith(keys.deliveries_of(post))
        found = query(self.store, CORE, keys.firm(workspace), own)
        return [deliveries.from_item(workspace, item) for item in found]

    def commit(self, change: PostChange) -> PostChange:
        """Write the whole change by one transaction, each item on the ``rev`` it was read at.

        Returns:
            The change with the new revs.

        Raises:
            Stale: an item has changed since it was read; nothing was written.
            StoreUnclear: it couldn't be found out whether it was applied.
        """
        rev = change.before.rev if change.before else 0
        head = to_item(change.after)
        writes = [Put(CORE, head, rev)]
        if change.version is not None:
            writes.append(Put(CORE, version_to_item(change.version), 0))
        for before, after in change.deliveries:
            item = deliveries.to_item(after, self.shards)
            writes.append(Put(CORE, item, before.rev if before else 0))
        if len(writes) == 1:
            token = put(self.store, CORE, head, rev=rev)  # half the price of a transaction
        else:
            token = transact(self.store, writes)
        post = replace(change.after, rev=rev + 1, write_token=token)
        written = tuple((b, _written(b, after, token)) for b, after in change.deliveries)
        return replace(change, after=post, deliveries=written)


def to_item(post: Post) -> Item:
    """Return a post's head as an item, with its keys and its places in the indexes.

    A draft without a time stands where it was made. What is deleted is in no index, nor is
    an answer, which stands in the inbox, or a first comment, which stands with its post.
    """
    pk, sk = keys.post(post.workspace, post.id)
    item = {PARTITION: pk, SORT: sk, **POST.pack(post)}
    if post.is_deleted or not post.stands_alone:
        return item
    item |= post_place(post.workspace, post.id, post.planned_at or post.created_at)
    if post.is_draft:
        place = f"{DRAFTS}{keys.ms(post.updated_at)}#{post.id}"
        item |= {OPEN.partition: keys.firm(post.workspace), OPEN.sort: place}
    return item


def from_item(workspace: WorkspaceId, item: Item) -> Post:
    """Return the head of an item."""
    return POST.unpack(item, workspace=workspace, id=PostId(item[SORT].removeprefix("P#")))


def version_to_item(version: PostVersion) -> Item:
    """Return a version as an item."""
    pk, sk = keys.version(version.workspace, version.post, version.n)
    return {PARTITION: pk, SORT: sk, **VERSION.pack(version)}


def version_from_item(workspace: WorkspaceId, item: Item) -> PostVersion:
    """Return the version of an item."""
    _, post, _, n = item[SORT].split("#")
    return VERSION.unpack(item, workspace=workspace, post=PostId(post), n=int(n))


def _written(before: Delivery | None, after: Delivery, token: str) -> Delivery:
    return replace(after, rev=before.rev + 1 if before else 1, write_token=token)
