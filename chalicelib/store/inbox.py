"""The inbox: each mention with its triage is one item, which stands in many lists.

What a page costs follows from the page, whatever is stored: see ``inbox_places`` for the
lists and ``inbox_search`` for what several of them have in common. A typical comment weighs
1 KB and stands in some ten lists and twelve of words; triage writes the item, the one or two
rows that move and the counts, in one transaction. What begins to count has its day fall due, in
the same transaction, for what then takes away what still counts: TTL deletes days late, and
counts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime

from pynamodb.expressions.operand import Path

from chalicelib.clock import Clock
from chalicelib.ids import MemberId, MentionId, WorkspaceId
from chalicelib.inbox.facets import ASSIGNED, OPEN, UNREAD, WordsOf, fits, tally
from chalicelib.inbox.items import (
    KEPT,
    InboxItem,
    InboxState,
    day_of,
    ending_at,
    ends_at,
    is_over,
    parts_at,
)
from chalicelib.inbox.ports import Counts, Filter, Page
from chalicelib.publishing.ports import Stale
from chalicelib.store.batches import delete_rows, put_rows
from chalicelib.store.connection import Store
from chalicelib.store.due import ENDING, PARTING, SNOOZE, due_keys
from chalicelib.store.expiry import expires
from chalicelib.store.inbox_places import (
    UNREAD_LIST,
    Place,
    counts_key,
    ending_key,
    item_key,
    keys_of,
    listed,
    lists_for,
    moving,
    parting_key,
    position_of,
    snooze_key,
    standing,
    to_row,
)
from chalicelib.store.inbox_search import Common
from chalicelib.store.inbox_shapes import ITEM
from chalicelib.store.items import Item
from chalicelib.store.keys import LAST, Key, ms
from chalicelib.store.read import get, get_many, query
from chalicelib.store.schema import VERSION
from chalicelib.store.tables import CORE, INBOX, PARTITION, SORT
from chalicelib.store.write import TOKEN, Add, Delete, Put, Write, put, transact

READS = 200
"""Items that a page looks at to find those that fit, at most."""
TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """Where inbox items are kept."""

    store: Store
    clock: Clock
    words_of: WordsOf
    """Takes what is searched apart, and what is searched for."""
    shards: int = 1
    """Of the due index."""

    def get(self, workspace: WorkspaceId, mention: MentionId) -> InboxItem | None:
        """Return an item as it stands now (a consistent read); None once its time is over."""
        item = self.stored(workspace, mention)
        return None if item is None or is_over(item, self.clock.now()) else item

    def put(self, before: InboxItem | None, after: InboxItem) -> InboxItem:
        """Write it whole if ``before.rev`` still stands (None: if there is none).

        The lists that only the mention decides are written first, since a row that leads to
        no item does no harm. Then the item, the lists that triage decides, the counts, what
        wakes it and what ends it change in one transaction; an item that stands where it
        stood is written alone, at half the price.

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        old, new = standing(before, self.words_of), standing(after, self.words_of)
        put_rows(self.store, INBOX, (to_row(place, after.mention) for place in new - old))
        lost = keys_of(old | moving(before)) - keys_of(new | moving(after))
        try:
            return self._written(before, after, lost)
        except Stale:
            if before is not None or not self._is_left_over(after):
                raise
        self.erase(after)
        return self.put(None, after)

    def page(
        self, workspace: WorkspaceId, wanted: Filter, limit: int, after: str | None = None
    ) -> Page:
        """Return a page of a list; what it costs doesn't grow with what the firm has stored.

        At most 40 queries and 200 items are read. Where that isn't enough the page holds
        what was found, if anything, and says where to go on.
        """
        lists = lists_for(workspace, wanted, self.words_of)
        oldest = ms(self.clock.now() - KEPT)
        common = Common(self.store, lists, oldest=oldest, after=after)
        found: list[InboxItem] = []
        reads = READS
        while len(found) < limit and reads:
            positions = common.take(min(limit - len(found), reads))
            if not positions:
                return Page(found, common.rest)
            reads -= len(positions)
            found += self._fitting(workspace, wanted, positions)
        rest = common.rest
        is_last = not common.take(1) and common.rest is None
        return Page(found, None if is_last else rest)

    def counts(self, workspace: WorkspaceId) -> Counts:
        """Return how many are open and unread: one read."""
        kept = get(self.store, INBOX, counts_key(workspace)) or {}
        each = {
            MemberId(name.removeprefix(ASSIGNED)): number
            for name, number in kept.items()
            if name.startswith(ASSIGNED) and number
        }
        return Counts(open=kept.get(OPEN, 0), unread=kept.get(UNREAD, 0), by_assignee=each)

    def ending(self, workspace: WorkspaceId, until: datetime, limit: int) -> Sequence[InboxItem]:
        """Return what is open, unread or snoozed and whose time is over by then."""
        last = f"{ms(until - KEPT)}{LAST}"
        lists = (
            listed(workspace, "state", InboxState.OPEN),
            listed(workspace, "state", InboxState.SNOOZED),
            listed(workspace, UNREAD_LIST),
        )
        keys = (key for of in lists for key in self._oldest(workspace, of, last, limit))
        found = get_many(self.store, INBOX, keys).values()
        items = (ITEM.unpack(item) for item in found)
        return [i for i in items if _counts(i)][:limit]

    def ends(self, workspace: WorkspaceId, day: date) -> str | None:
        """Return the token of what has a day fall due for its end; None if nothing does."""
        row = get(self.store, CORE, ending_key(workspace, day))
        return None if row is None else str(row[TOKEN])

    def ended(self, workspace: WorkspaceId, day: date, stands: str) -> None:
        """Have a day fall due no more, if nothing has begun to count since ``ends`` was asked.

        Raises:
            Stale: something has.
            StoreUnclear: it couldn't be found out; the same again completes it.
        """
        transact(self.store, [Delete(CORE, ending_key(workspace, day), stands)])

    def erase(self, item: InboxItem) -> None:
        """Take an item away, as it stands by then, with all its rows and what it counted for.

        Raises:
            Stale: others changed it each time.
            StoreUnclear: it couldn't be found out; the same again completes it.
        """
        stands: InboxItem | None = item if item.write_token else self.stored(*_names(item))
        for _ in range(TRIES):
            if stands is None:
                return
            try:
                self._erase(stands)
            except Stale:
                stands = self.stored(*_names(item))
                continue
            return
        raise Stale(item.id)

    def stored(self, workspace: WorkspaceId, mention: MentionId) -> InboxItem | None:
        """Return an item as it stands, even if its time is over."""
        item = get(self.store, INBOX, item_key(workspace, mention))
        return None if item is None else ITEM.unpack(item)

    def _is_left_over(self, item: InboxItem) -> bool:
        """Say whether what stands in its place is over, and only not deleted yet."""
        stands = self.stored(*_names(item))
        return stands is not None and is_over(stands, self.clock.now())

    def _written(
        self, before: InboxItem | None, after: InboxItem, lost: AbstractSet[Key]
    ) -> InboxItem:
        """Write the item, and what changes with it.

        That is at most 91 writes: sixty words that are lost, and twice the state, the reading,
        the assignee and ten labels.
        """
        rev = before.rev if before else 0
        row = _to_item(after)
        others: list[Write] = [
            *(Put(INBOX, to_row(p, after.mention), None) for p in moving(after) - moving(before)),
            *(Delete(INBOX, key) for key in sorted(lost)),
            *_counted(before, after),
            *self._wakes(before, after),
            *self._ends(before, after),
            *self._parts(before, after),
        ]
        if others:
            token = transact(self.store, [Put(INBOX, row, rev), *others])
        else:
            token = put(self.store, INBOX, row, rev=rev)
        return replace(after, rev=rev + 1, write_token=token)

    def _wakes(self, before: InboxItem | None, after: InboxItem | None) -> Iterator[Write]:
        old, new = _snoozed(before), _snoozed(after)
        if old == new:
            return
        if after is not None and new is not None:
            yield Put(CORE, self._alarm(after, new), None)
        elif before is not None:
            yield Delete(CORE, snooze_key(*_names(before)))

    def _alarm(self, item: InboxItem, until: datetime) -> Item:
        pk, sk = snooze_key(*_names(item))
        due = due_keys(SNOOZE, item.workspace, item.id, until, shards=self.shards)
        return {PARTITION: pk, SORT: sk, VERSION: 1, **due, **_expiry(item)}

    def _ends(self, before: InboxItem | None, after: InboxItem) -> Iterator[Write]:
        """Yield what has its day fall due, where it begins to count; each time with a new token."""
        if after.mention.keeps is not None or not _counts(after) or _counts(before):
            return
        day = day_of(after)
        pk, sk = ending_key(after.workspace, day)
        at = ending_at(day)
        due = due_keys(ENDING, after.workspace, day.isoformat(), at, shards=self.shards)
        yield Put(CORE, {PARTITION: pk, SORT: sk, VERSION: 1, **due}, None)

    def _parts(self, before: InboxItem | None, after: InboxItem) -> Iterator[Write]:
        """Yield what has a new item fall due for the end that its network's terms set."""
        if before is not None or after.mention.keeps is None:
            return
        pk, sk = parting_key(*_names(after))
        due = due_keys(PARTING, after.workspace, after.id, parts_at(after), shards=self.shards)
        yield Put(CORE, {PARTITION: pk, SORT: sk, VERSION: 1, **due, **_expiry(after)}, None)

    def _fitting(
        self, workspace: WorkspaceId, wanted: Filter, positions: Sequence[str]
    ) -> list[InboxItem]:
        """Return those that still stand at these positions and fit, in this order."""
        keys = [_key_at(workspace, position) for position in positions]
        found = get_many(self.store, INBOX, keys)
        now = self.clock.now()
        items = [
            (ITEM.unpack(found[key]), position)
            for key, position in zip(keys, positions, strict=True)
            if key in found
        ]
        return [
            item
            for item, position in items
            if position_of(item.mention) == position
            and not is_over(item, now)
            and fits(item, wanted, self.words_of)
        ]

    def _oldest(self, workspace: WorkspaceId, of: str, last: str, limit: int) -> Iterator[Key]:
        rows = query(self.store, INBOX, of, Path(SORT) <= last, limit=limit)
        for _, row in zip(range(limit), rows, strict=False):
            yield _key_at(workspace, row[SORT])

    def _erase(self, item: InboxItem) -> None:
        """Take away the words first, then all the rest at once: both fit a transaction so."""
        fixed = standing(item, self.words_of)
        words = keys_of({place for place in fixed if place.words})
        delete_rows(self.store, INBOX, words)
        rows: set[Place] = {place for place in fixed | moving(item) if not place.words}
        gone = [Delete(INBOX, key) for key in sorted(keys_of(rows))]
        own = Delete(INBOX, item_key(*_names(item)), item.write_token)
        others = [*_counted(item, None), *self._wakes(item, None)]
        if item.mention.keeps is not None:
            others.append(Delete(CORE, parting_key(*_names(item))))
        transact(self.store, [own, *gone, *others])


def _names(item: InboxItem) -> tuple[WorkspaceId, MentionId]:
    return item.workspace, item.id


def _to_item(item: InboxItem) -> Item:
    pk, sk = item_key(*_names(item))
    return {PARTITION: pk, SORT: sk, **ITEM.pack(item), **_expiry(item)}


def _key_at(workspace: WorkspaceId, position: str) -> Key:
    """Return the key of the item that a row leads to."""
    partition, _ = item_key(workspace, MentionId(""))
    return partition, position.split("#", 1)[1]


def _snoozed(item: InboxItem | None) -> datetime | None:
    is_snoozed = item is not None and item.state is InboxState.SNOOZED
    return item.snoozed_until if item is not None and is_snoozed else None


def _expiry(item: InboxItem) -> Item:
    return expires(ends_at(item))


def _counts(item: InboxItem | None) -> bool:
    """Say whether it is counted, or will be when its snooze is over."""
    return item is not None and (bool(tally(item)) or item.state is InboxState.SNOOZED)


def _counted(before: InboxItem | None, after: InboxItem | None) -> Iterator[Write]:
    """Yield what changes in the counts of the firm, if anything does."""
    old, new = tally(before), tally(after)
    by = {name: new.get(name, 0) - old.get(name, 0) for name in sorted(old | new)}
    item = after or before
    if item is not None and any(by.values()):
        yield Add(INBOX, counts_key(item.workspace), {n: delta for n, delta in by.items() if delta})
