"""What the inbox needs of the world, as small protocols; ``bootstrap`` provides them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from chalicelib.ids import ChannelId, MemberId, MentionId, SourceId, WatchId, WorkspaceId
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.saved_replies import SavedReply
from chalicelib.listening.mentions import MentionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a list of the inbox is to hold; every part given must fit."""

    state: InboxState | None = InboxState.OPEN
    """None: in whatever state."""
    is_unread: bool = False
    """True: only what nobody has looked at."""
    assignee: MemberId | None = None
    label: str = ""
    network: str = ""
    channel: ChannelId | None = None
    source: SourceId | None = None
    watch: WatchId | None = None
    kind: MentionKind | None = None
    person: str = ""
    """``network:remote id`` of an author."""
    thread: str = ""
    """The identity of a conversation."""
    words: str = ""
    """Each must begin a word of the text, the title or the author's name, accents folded."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, the newest first."""

    items: Sequence[InboxItem]
    next: str | None
    """Where the next page begins; None: this was the last one."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Exact at every moment, however many people and polls write at once."""

    open: int
    unread: int
    by_assignee: Mapping[MemberId, int]
    """Open ones."""


class Inbox(Protocol):
    """Where inbox items are kept."""

    def get(self, workspace: WorkspaceId, mention: MentionId) -> InboxItem | None:
        """Return an item as it stands now; None also where its time is over."""
        ...

    def put(self, before: InboxItem | None, after: InboxItem) -> InboxItem:
        """Write it whole if ``before.rev`` still stands (None: if there is none).

        Its places in every list, and the counts, change in the same transaction.

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out.
        """
        ...

    def page(
        self, workspace: WorkspaceId, wanted: Filter, limit: int, after: str | None = None
    ) -> Page:
        """Return a page of a list; what it costs doesn't grow with what the firm has stored."""
        ...

    def counts(self, workspace: WorkspaceId) -> Counts:
        """Return how many are open and unread."""
        ...

    def ending(self, workspace: WorkspaceId, until: datetime, limit: int) -> Sequence[InboxItem]:
        """Return what is open, unread or snoozed and whose time is over by then."""
        ...

    def ends(self, workspace: WorkspaceId, day: date) -> str | None:
        """Return by what a day that falls due for its end stands so; None: it doesn't.

        A day does so from the first item of it on that counts. Whatever begins to count
        changes the answer, and has a day that was done with fall due again.
        """
        ...

    def ended(self, workspace: WorkspaceId, day: date, stands: str) -> None:
        """Note that nothing of a day counts any more; ``stands`` is what ``ends`` returned.

        Raises:
            Stale: something has begun to count since; the day stays due.
            StoreUnclear: it couldn't be found out; the same again completes it.
        """
        ...

    def stored(self, workspace: WorkspaceId, mention: MentionId) -> InboxItem | None:
        """Return an item as it stands, even if its time is over."""
        ...

    def erase(self, item: InboxItem) -> None:
        """Take an item away with its places in every list and every word of it in the search.

        As it stands by then; repeatable: nothing happens if there is none.

        Raises:
            Stale: others changed it each time.
            StoreUnclear: it couldn't be found out; the same again completes it.
        """
        ...


class SavedReplies(Protocol):
    """Where saved replies are kept."""

    def get(self, workspace: WorkspaceId, reply: str) -> SavedReply | None:
        """Return one as it stands now."""
        ...

    def of(self, workspace: WorkspaceId) -> Sequence[SavedReply]:
        """Return all of a firm's."""
        ...

    def put(self, before: SavedReply | None, after: SavedReply) -> SavedReply:
        """Write it whole if ``before.rev`` still stands (None: if there is none).

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        ...

    def delete(self, workspace: WorkspaceId, reply: str) -> None:
        """Take one away, if it is there."""
        ...
