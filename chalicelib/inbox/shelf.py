"""What is heard is kept as inbox items: once each, whoever tells it and how often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.clock import Clock
from chalicelib.ids import MentionId, SourceId, WorkspaceId
from chalicelib.inbox.items import (
    InboxItem,
    InboxState,
    answered,
    closed,
    day_of,
    ending_at,
    parts_at,
)
from chalicelib.inbox.ports import Filter, Inbox
from chalicelib.listening.mentions import MAX_TEXT, Heard, Mention
from chalicelib.publishing.ports import Stale, StoreUnclear

TRIES = 5
"""How often it is decided again on what stands by then."""
AT_ONCE = 50
"""Items of a source read at one go."""
WAITING = {InboxState.OPEN, InboxState.SNOOZED}


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxShelf:
    """Where mentions are kept (``listening.ports.Shelf``)."""

    clock: Clock
    inbox: Inbox

    def keep(self, mention: Mention) -> bool:
        """Keep what is new; mend what was edited; return whether it was new.

        What was edited keeps its place and its state, but what the firm has answered at its
        network is answered. Another source than the first one only adds the watches that it
        was found by. What is gone stays gone, and what is so old that it would be taken away
        at once isn't taken.

        Raises:
            StoreUnclear: it couldn't be found out whether it is kept; the same again does it.
        """
        told = replace(mention, heard=_storable(mention.heard))
        if _goes_at(InboxItem(mention=told)) <= self.clock.now():
            return False
        for _ in range(TRIES):
            stands = self.inbox.get(told.workspace, told.id)
            after = _first_told(told) if stands is None else _told_again(stands, told)
            if after == stands:
                return False
            try:
                self.inbox.put(stands, after)
            except Stale:
                continue
            return stands is None
        raise StoreUnclear(told.id)

    def gone(self, workspace: WorkspaceId, mention: MentionId, at: datetime) -> None:
        """Note that it is gone at its source; it stays, marked, without its text.

        Nobody needs to look after it any more: what waited is done.

        Raises:
            StoreUnclear: it couldn't be found out whether it is noted; the same again does it.
        """
        for _ in range(TRIES):
            stands = self.inbox.get(workspace, mention)
            if stands is None or stands.mention.deleted_at is not None:
                return
            try:
                self.inbox.put(stands, _gone(stands, at))
            except Stale:
                continue
            return
        raise StoreUnclear(mention)

    def told_by(
        self, workspace: WorkspaceId, source: SourceId, since: datetime, limit: int
    ) -> Sequence[Mention]:
        """Return what a source told since then, the newest first, what is gone left out."""
        found: list[Mention] = []
        for mention in self._told(workspace, source):
            if mention.at < since or len(found) == limit:
                break
            if mention.deleted_at is None:
                found.append(mention)
        return found

    def _told(self, workspace: WorkspaceId, source: SourceId) -> Iterator[Mention]:
        wanted, after = Filter(state=None, source=source), None
        while True:
            page = self.inbox.page(workspace, wanted, AT_ONCE, after)
            yield from (item.mention for item in page.items)
            if page.next is None:
                return
            after = page.next


def _goes_at(item: InboxItem) -> datetime:
    return ending_at(day_of(item)) if item.mention.keeps is None else parts_at(item)


def _first_told(told: Mention) -> InboxItem:
    item = InboxItem(mention=told)
    replied_at = told.heard.replied_at
    return item if replied_at is None else answered(item, None, replied_at)


def _told_again(stands: InboxItem, told: Mention) -> InboxItem:
    """Return the item as it should stand, now that its mention was told once more."""
    kept = stands.mention
    watches = tuple(dict.fromkeys((*kept.watches, *told.watches)))
    heard = kept.heard
    if told.source == kept.source and kept.deleted_at is None:
        # Its place in every list follows from the time it was said, which doesn't change.
        heard = replace(told.heard, said_at=heard.said_at)
    item = replace(stands, mention=replace(kept, heard=heard, watches=watches))
    replied_at = heard.replied_at
    if replied_at and replied_at != kept.heard.replied_at and item.state in WAITING:
        return answered(item, None, replied_at)  # over there, since it was last told
    return item


def _gone(item: InboxItem, at: datetime) -> InboxItem:
    heard = replace(item.mention.heard, text="", title="")
    item = replace(item, mention=replace(item.mention, heard=heard, deleted_at=at))
    return closed(item, InboxState.DONE, None, at) if item.state in WAITING else item


def _storable(heard: Heard) -> Heard:
    """Return it as it can be kept: not too long, without half characters, leading to the web."""
    author = heard.author
    return replace(
        heard,
        text=_whole(heard.text)[:MAX_TEXT],
        title=_whole(heard.title)[:MAX_TEXT],
        url=_web(heard.url),
        author=replace(
            author,
            name=_whole(author.name),
            handle=_whole(author.handle),
            url=_web(author.url),
        ),
    )


def _web(url: str) -> str:
    """A source may name any address; only those of the web are shown as links."""
    return url if url.lower().startswith(("http://", "https://")) else ""


def _whole(text: str) -> str:
    """Replace lone surrogates, which JSON may hold and UTF-8 can't."""
    return text.encode("utf-8", "replace").decode("utf-8")
