"""The ports of ``inbox/ports.py`` in memory, with the rules that the store holds.

Lists and counts are made anew from the items each time: what the store keeps up to date row
by row, this one can't have wrong.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from chalicelib.clock import Clock
from chalicelib.ids import MemberId, MentionId, WorkspaceId
from chalicelib.inbox.items import KEPT, InboxItem, InboxState, day_of, ending_at, ends_at
from chalicelib.inbox.ports import Counts, Filter, Page
from chalicelib.inbox.saved_replies import SavedReply
from chalicelib.listening.matching import words_of
from chalicelib.listening.mentions import Mention, thread_of
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.store.keys import ms

_Key = tuple[WorkspaceId, MentionId]


class MemoryInbox:
    """``ports.Inbox``; each planned act is done just before the next write."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.items: dict[_Key, InboxItem] = {}
        self.days: dict[tuple[WorkspaceId, date], str] = {}
        """Those that fall due for their end, and by what they stand so."""
        self.writes = 0
        self.is_silent = False
        """The store doesn't answer."""
        self.before_writes: deque[Callable[[], object]] = deque()
        """What others do, or how the store fails, before the next writes."""
        self._lock = threading.RLock()
        self._tokens = itertools.count(1)

    def get(self, workspace: WorkspaceId, mention: MentionId) -> InboxItem | None:
        if self.is_silent:
            raise StoreUnclear(mention)
        with self._lock:
            item = self.items.get((workspace, mention))
        return item if item is not None and self._is_kept(item) else None

    def put(self, before: InboxItem | None, after: InboxItem) -> InboxItem:
        if self.before_writes:
            self.before_writes.popleft()()
        with self._lock:
            key = after.workspace, after.id
            stands = self.get(*key)
            if (stands.rev if stands else None) != (before.rev if before else None):
                raise Stale(after.id)
            if before is not None:
                assert (before.workspace, before.id) == key, "an item stays what it is"
            written = replace(
                after,
                rev=(before.rev if before else 0) + 1,
                write_token=f"token{next(self._tokens)}",
            )
            self.items[key] = written
            self.writes += 1
            if counts(written) and not counts(before):
                self.days[after.workspace, day_of(after)] = written.write_token
            return written

    def page(
        self, workspace: WorkspaceId, wanted: Filter, limit: int, after: str | None = None
    ) -> Page:
        found = [i for i in self.all(workspace) if is_wanted(i, wanted)]
        found = [i for i in found if after is None or _place(i) < after]
        shown = found[:limit]
        return Page(shown, _place(shown[-1]) if len(found) > limit else None)

    def counts(self, workspace: WorkspaceId) -> Counts:
        with self._lock:
            every = [i for (firm, _), i in self.items.items() if firm == workspace]
        opened = [i for i in every if i.state is InboxState.OPEN]
        each: Counter[MemberId] = Counter(i.assignee for i in opened if i.assignee is not None)
        return Counts(len(opened), sum(i.is_unread for i in every), dict(each))

    def snoozed_until(self, until: datetime, limit: int) -> Sequence[tuple[WorkspaceId, MentionId]]:
        with self._lock:
            snoozed = [
                (item.snoozed_until, key)
                for key, item in self.items.items()
                if item.state is InboxState.SNOOZED and item.snoozed_until is not None
            ]
        return [key for at, key in sorted(snoozed) if at <= until][:limit]

    def ending(self, workspace: WorkspaceId, until: datetime, limit: int) -> Sequence[InboxItem]:
        with self._lock:
            every = [i for (firm, _), i in self.items.items() if firm == workspace]
        old = [i for i in every if i.mention.at + KEPT <= until]
        return [i for i in old if counts(i)][:limit]

    def ends(self, workspace: WorkspaceId, day: date) -> str | None:
        return self.days.get((workspace, day))

    def ended(self, workspace: WorkspaceId, day: date, stands: str) -> None:
        if self.before_writes:
            self.before_writes.popleft()()
        with self._lock:
            if self.days.get((workspace, day), stands) != stands:
                raise Stale(day.isoformat())
            self.days.pop((workspace, day), None)

    def days_due(self) -> list[tuple[WorkspaceId, date]]:
        """Return the days that a tick finds now."""
        return sorted(key for key in self.days if ending_at(key[1]) <= self.clock.now())

    def stored(self, workspace: WorkspaceId, mention: MentionId) -> InboxItem | None:
        with self._lock:
            return self.items.get((workspace, mention))

    def erase(self, item: InboxItem) -> None:
        if self.before_writes:
            self.before_writes.popleft()()
        with self._lock:
            self.items.pop((item.workspace, item.id), None)

    def all(self, workspace: WorkspaceId) -> list[InboxItem]:
        """Return what a firm has, the newest first."""
        with self._lock:
            own = [i for (firm, _), i in self.items.items() if firm == workspace]
        return sorted(filter(self._is_kept, own), key=_place, reverse=True)

    def _is_kept(self, item: InboxItem) -> bool:
        return ends_at(item) > self.clock.now()


def counts(item: InboxItem | None) -> bool:
    """Say whether an item is counted, or will be again."""
    waits = {InboxState.OPEN, InboxState.SNOOZED}
    return item is not None and (item.is_unread or item.state in waits)


class MemorySavedReplies:
    """``ports.SavedReplies``."""

    def __init__(self) -> None:
        self.rows: dict[tuple[WorkspaceId, str], SavedReply] = {}
        self.is_silent = False
        """The store doesn't answer."""
        self.before_writes: deque[Callable[[], object]] = deque()

    def get(self, workspace: WorkspaceId, reply: str) -> SavedReply | None:
        self._answer()
        return self.rows.get((workspace, reply))

    def of(self, workspace: WorkspaceId) -> Sequence[SavedReply]:
        self._answer()
        return [r for (firm, _), r in self.rows.items() if firm == workspace]

    def put(self, before: SavedReply | None, after: SavedReply) -> SavedReply:
        if self.before_writes:
            self.before_writes.popleft()()
        stands = self.rows.get((after.workspace, after.id))
        if (stands.rev if stands else None) != (before.rev if before else None):
            raise Stale(after.id)
        written = replace(after, rev=(before.rev if before else 0) + 1)
        self.rows[after.workspace, after.id] = written
        return written

    def delete(self, workspace: WorkspaceId, reply: str) -> None:
        self._answer()
        self.rows.pop((workspace, reply), None)

    def _answer(self) -> None:
        if self.is_silent:
            raise StoreUnclear


def is_wanted(item: InboxItem, wanted: Filter) -> bool:
    """Say whether a list is to hold an item, part by part of what is asked."""
    mention, heard = item.mention, item.mention.heard
    answers = [
        wanted.state is None or item.state is wanted.state,
        not wanted.is_unread or item.is_unread,
        wanted.assignee is None or item.assignee == wanted.assignee,
        not wanted.label or wanted.label in item.labels,
        not wanted.network or mention.network == wanted.network,
        wanted.channel is None or mention.channel == wanted.channel,
        wanted.source is None or mention.source == wanted.source,
        wanted.watch is None or wanted.watch in mention.watches,
        wanted.kind is None or heard.kind is wanted.kind,
        not wanted.person or wanted.person == f"{mention.network}:{heard.author.remote_id}",
        not wanted.thread or thread_of(mention) == wanted.thread,
        all(_says(mention, term) for term in words_of(wanted.words)),
    ]
    return all(answers)


def _says(mention: Mention, term: str) -> bool:
    heard = mention.heard
    said = words_of(f"{heard.author.name} {heard.title} {heard.text}")
    return any(word.startswith(term) for word in said)


def _place(item: InboxItem) -> str:
    return f"{ms(item.mention.at)}#{item.id}"
