"""What people do with inbox items, and what time does: wake what was snoozed, end what is old.

Each act is decided on the item as it stands and written if it still stands so; if somebody
else was quicker it is decided again on what stands then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from chalicelib.clock import Clock, Stopwatch
from chalicelib.ids import MemberId, MentionId, WorkspaceId
from chalicelib.inbox import items
from chalicelib.inbox.items import (
    ANSWERING_FOR,
    BEFORE_THE_END,
    InboxItem,
    InboxState,
    Note,
    ending_at,
    somebody_else,
)
from chalicelib.inbox.ports import Filter, Inbox
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.refusals import Busy, Fault, Invalid, NotFound
from chalicelib.workspaces.workspaces import Member

TRIES = 3
"""How often an act is decided again on what stands by then."""
CLOSING = (InboxState.DONE, InboxState.IGNORED, InboxState.SPAM)
"""In what states a person closes an item; only an answer that is live makes it answered."""
MOST_AT_ONCE = 50
LONGEST_SNOOZE = timedelta(days=366)
ENDED_AT_ONCE = 25
ENDS_WITHIN = timedelta(seconds=30)
"""No further items are taken away after this, of the 60 s that the function lives."""
ERASED_AT_ONCE = 25


class Colleagues(Protocol):
    """The firm's people, as far as the inbox needs them."""

    def get(self, workspace: WorkspaceId, member: MemberId) -> Member | None:
        """Return a person's membership of this firm."""
        ...


@dataclass(frozen=True, slots=True)
class ClosedMany:
    """What became of many items that were to be closed."""

    closed: tuple[InboxItem, ...]
    missing: tuple[MentionId, ...]
    """There are no such items in this firm."""
    busy: tuple[MentionId, ...]
    """The store didn't answer in time; the same may be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Triage:
    """Acts on inbox items.

    Each returns the item as it stands then, and raises NotFound where there is none in the
    firm, Busy where it couldn't be written now.
    """

    clock: Clock
    inbox: Inbox
    members: Colleagues

    def get(self, workspace: WorkspaceId, mention: MentionId) -> InboxItem:
        """Return an item as it stands now."""
        try:
            item = self.inbox.get(workspace, mention)
        except StoreUnclear:
            raise Busy from None
        if item is None:
            raise NotFound
        return item

    def read(self, workspace: WorkspaceId, mention: MentionId) -> InboxItem:
        """Note that somebody has looked at it."""
        return self._act(workspace, mention, items.read)

    def assign(self, workspace: WorkspaceId, mention: MentionId, to: MemberId | None) -> InboxItem:
        """Let a colleague look after it; None: nobody in particular.

        Raises:
            Invalid: nobody in this firm is known by that id.
        """
        if to is not None and self.members.get(workspace, to) is None:
            raise Invalid([Fault("/member", "unknown-member")])
        return self._act(workspace, mention, lambda item: items.assigned(item, to))

    def label(self, workspace: WorkspaceId, mention: MentionId, labels: Sequence[str]) -> InboxItem:
        """Put these labels in place of those it has.

        Raises:
            Invalid: there are too many, or some are too long.
        """
        trimmed = [" ".join(label.split()) for label in labels]
        faults = [
            Fault(f"/labels/{n}", "too-long", {"max": items.MAX_LABEL})
            for n, label in enumerate(trimmed)
            if len(label) > items.MAX_LABEL
        ]
        if len({label for label in trimmed if label}) > items.MAX_LABELS:
            faults.append(Fault("/labels", "too-many", {"max": items.MAX_LABELS}))
        if faults:
            raise Invalid(faults)
        return self._act(workspace, mention, lambda item: items.labelled(item, labels))

    def snooze(self, workspace: WorkspaceId, mention: MentionId, until: datetime) -> InboxItem:
        """Be rid of it until then.

        Raises:
            Invalid: that is past, or more than a year away.
        """
        now = self.clock.now()
        if until <= now:
            raise Invalid([Fault("/until", "past")])
        if until > now + LONGEST_SNOOZE:
            raise Invalid([Fault("/until", "too-far", {"days": LONGEST_SNOOZE.days})])
        return self._act(workspace, mention, lambda item: items.snoozed(item, until))

    def note(
        self, workspace: WorkspaceId, mention: MentionId, by: MemberId, text: str
    ) -> InboxItem:
        """Add a word to colleagues.

        Raises:
            Invalid: it is empty or too long.
        """
        text = text.strip()
        if not text:
            raise Invalid([Fault("/text", "missing")])
        if len(text) > items.MAX_NOTE:
            raise Invalid([Fault("/text", "too-long", {"max": items.MAX_NOTE})])
        note = Note(by, self.clock.now(), text)

        def add(item: InboxItem) -> InboxItem:
            return item if note in item.notes else items.noted(item, note)

        return self._act(workspace, mention, add)

    def close(
        self, workspace: WorkspaceId, mention: MentionId, state: InboxState, by: MemberId
    ) -> InboxItem:
        """Be through with it: done without an answer, ignored, or spam.

        Raises:
            Invalid: it is none of these three.
        """
        _check_closing(state)
        return self._act(workspace, mention, self._closing(state, by))

    def close_many(
        self,
        workspace: WorkspaceId,
        mentions: Sequence[MentionId],
        state: InboxState,
        by: MemberId,
    ) -> ClosedMany:
        """Close up to 50 items, each by itself.

        Raises:
            Invalid: there are more, or it is no state to close them in.
        """
        _check_closing(state)
        wanted = tuple(dict.fromkeys(mentions))
        if len(wanted) > MOST_AT_ONCE:
            raise Invalid([Fault("/mentions", "too-many", {"max": MOST_AT_ONCE})])
        done: list[InboxItem] = []
        missing: list[MentionId] = []
        busy: list[MentionId] = []
        for mention in wanted:
            try:
                done.append(self._act(workspace, mention, self._closing(state, by)))
            except NotFound:
                missing.append(mention)
            except Busy:
                busy.append(mention)
        return ClosedMany(tuple(done), tuple(missing), tuple(busy))

    def reopen(self, workspace: WorkspaceId, mention: MentionId) -> InboxItem:
        """Have it to look after again."""

        def reopen(item: InboxItem) -> InboxItem:
            return item if item.state is InboxState.OPEN else items.reopened(item)

        return self._act(workspace, mention, reopen)

    def writing(self, workspace: WorkspaceId, mention: MentionId, by: MemberId) -> InboxItem:
        """Show colleagues that somebody writes an answer now; the first one to begin is shown.

        The page calls it again and again; it is written once in half its time.
        """
        now = self.clock.now()

        def show(item: InboxItem) -> InboxItem:
            shown = item.answering
            if somebody_else(item, by, now) is not None:
                return item
            if shown is not None and shown.by == by and shown.until > now + ANSWERING_FOR / 2:
                return item
            return items.being_answered(item, by, now)

        return self._act(workspace, mention, show)

    # What time does.

    def wake(self, workspace: WorkspaceId, mention: MentionId) -> None:
        """Have an item back whose snooze is over; nothing happens otherwise; repeatable.

        Raises:
            Busy: it couldn't be written now; it stays due.
        """
        now = self.clock.now()

        def wake(item: InboxItem) -> InboxItem:
            until = item.snoozed_until
            is_due = item.state is InboxState.SNOOZED and until is not None and until <= now
            return items.woken(item) if is_due else item

        try:
            self._act(workspace, mention, wake)
        except NotFound:
            return  # erased meanwhile

    def part(self, workspace: WorkspaceId, mention: MentionId) -> None:
        """Take away an item that its network's terms don't let us keep any longer; repeatable.

        Raises:
            Stale: others changed it each time.
            StoreUnclear: the store didn't answer; the same again completes it.
        """
        item = self.inbox.stored(workspace, mention)
        if item is None or item.mention.keeps is None:
            return
        if items.parts_at(item) <= self.clock.now():
            self.inbox.erase(item)

    def retire(self, workspace: WorkspaceId, day: date) -> None:
        """Take away what still counts of a day whose time is as good as over, and of any before.

        What is closed needs nobody: the store deletes it by itself. Repeatable; a no-op if
        the day isn't due. The day stays due until nothing of it counts.

        Raises:
            Stale: others changed an item each time.
            StoreUnclear: the store didn't answer; the same again completes it.
        """
        stands = self.inbox.ends(workspace, day) if ending_at(day) <= self.clock.now() else None
        if stands is None:
            return
        last = ending_at(day + timedelta(days=1)) + BEFORE_THE_END - timedelta(milliseconds=1)
        watch = Stopwatch(self.clock)
        while ending := self.inbox.ending(workspace, last, ENDED_AT_ONCE):
            for item in ending:
                self.inbox.erase(item)
            if watch.elapsed() > ENDS_WITHIN:
                return  # the next tick goes on
        with suppress(Stale):
            self.inbox.ended(workspace, day, stands)

    def erase_person(self, workspace: WorkspaceId, person: str) -> int:
        """Erase some of what a person has said, and how it was triaged; return how many.

        To be called again until it returns 0: then nothing of hers is left. It may be cut
        short anywhere and begun anew.

        Args:
            workspace: The firm.
            person: ``network:remote id`` of the author.

        Raises:
            Stale: others changed an item each time.
            StoreUnclear: the store didn't answer; the same again completes it.
        """
        wanted, after = Filter(state=None, person=person), None
        while True:
            page = self.inbox.page(workspace, wanted, ERASED_AT_ONCE, after)
            for item in page.items:
                self.inbox.erase(item)
            if page.items or page.next is None:
                return len(page.items)
            after = page.next

    def _closing(self, state: InboxState, by: MemberId) -> Callable[[InboxItem], InboxItem]:
        now = self.clock.now()

        def close(item: InboxItem) -> InboxItem:
            return item if item.state is state else items.closed(item, state, by, now)

        return close

    def _act(
        self,
        workspace: WorkspaceId,
        mention: MentionId,
        decide: Callable[[InboxItem], InboxItem],
    ) -> InboxItem:
        """Decide on what stands and write it; decide again if it has changed meanwhile."""
        for _ in range(TRIES):
            stands = self.get(workspace, mention)
            after = decide(stands)
            if after == stands:
                return stands
            try:
                return self.inbox.put(stands, after)
            except Stale:
                continue
            except StoreUnclear:
                raise Busy from None
        raise Busy


def _check_closing(state: InboxState) -> None:
    if state not in CLOSING:
        expected = ", ".join(CLOSING)
        raise Invalid([Fault("/state", "not-one-of", {"expected": expected})])
