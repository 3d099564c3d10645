"""An inbox item: a mention and what the firm has made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from chalicelib.ids import DeliveryId, MemberId, MentionId, WorkspaceId
from chalicelib.listening.mentions import Mention

ANSWERING_FOR = timedelta(minutes=2)
"""How long it is shown that somebody writes an answer; the page renews it while they do."""
MAX_LABELS = 10
MAX_LABEL = 40
MAX_NOTES = 50
MAX_NOTE = 2_000
MAX_NOTES_BYTES = 64_000
"""Of all notes of an item together: with its text it stays far below what the store takes."""
KEPT = timedelta(days=396)
"""How long an item is kept after its mention was said: 13 months."""
BEFORE_THE_END = timedelta(days=1)
"""How long before the first items of a day are over all of that day that still count are taken
away: what is shown and what is counted agree, though ticks are missed for so long."""


BEFORE_ITS_TERMS = timedelta(hours=1)
"""How long before its network's terms end an item is taken away: a tick may be late."""


class InboxState(StrEnum):
    """Where an item stands."""

    OPEN = "open"
    SNOOZED = "snoozed"
    ANSWERED = "answered"
    DONE = "done"
    """Looked after without an answer."""
    IGNORED = "ignored"
    SPAM = "spam"


CLOSED = frozenset({InboxState.ANSWERED, InboxState.DONE, InboxState.IGNORED, InboxState.SPAM})


@dataclass(frozen=True, slots=True)
class Note:
    """A word to a colleague, which never leaves the firm."""

    by: MemberId
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Answering:
    """Somebody writes an answer."""

    by: MemberId
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxItem:
    """A mention and its triage: read whole, written whole, if ``rev`` is still the one read."""

    mention: Mention
    state: InboxState = InboxState.OPEN
    is_unread: bool = True
    assignee: MemberId | None = None
    labels: tuple[str, ...] = ()
    snoozed_until: datetime | None = None
    notes: tuple[Note, ...] = ()
    answering: Answering | None = None
    answers: tuple[DeliveryId, ...] = ()
    """Deliveries of what was answered, the last one last."""
    answered_at: datetime | None = None
    """When the first answer was live."""
    closed_at: datetime | None = None
    closed_by: MemberId | None = None
    rev: int = 0
    write_token: str = ""

    @property
    def id(self) -> MentionId:
        """The id of its mention."""
        return self.mention.id

    @property
    def workspace(self) -> WorkspaceId:
        """The firm it belongs to."""
        return self.mention.workspace


def ends_at(item: InboxItem) -> datetime:
    """Return when an item has had its time: ours, or its network's."""
    return item.mention.at + (KEPT if item.mention.keeps is None else item.mention.keeps)


def parts_at(item: InboxItem) -> datetime:
    """Return when an item is taken away that its network's terms don't let us keep on."""
    return ends_at(item) - BEFORE_ITS_TERMS


def is_over(item: InboxItem, now: datetime) -> bool:
    """Say whether its time is over: it is nobody's any more, though it may still be stored."""
    return ends_at(item) <= now


def day_of(item: InboxItem) -> date:
    """Return the day, in UTC, that an item is kept under: all of one day end together."""
    return item.mention.at.astimezone(UTC).date()


def ending_at(day: date) -> datetime:
    """Return when what still counts of a day is to be taken away."""
    return datetime.combine(day, time(), UTC) + KEPT - BEFORE_THE_END


def read(item: InboxItem) -> InboxItem:
    """Note that somebody has looked at it."""
    return replace(item, is_unread=False)


def assigned(item: InboxItem, to: MemberId | None) -> InboxItem:
    """Let a colleague look after it; None: nobody in particular."""
    return replace(item, assignee=to)


def labelled(item: InboxItem, labels: Sequence[str]) -> InboxItem:
    """Put these labels in place of those it has: trimmed, each once, in their order."""
    kept = tuple(dict.fromkeys(" ".join(label.split()) for label in labels if label.strip()))
    return replace(item, labels=kept)


def noted(item: InboxItem, note: Note) -> InboxItem:
    """Add a note; of too many the oldest goes."""
    notes = (*item.notes, note)[-MAX_NOTES:]
    while sum(len(n.text.encode()) for n in notes) > MAX_NOTES_BYTES:
        notes = notes[1:]
    return replace(item, notes=notes)


def closed(item: InboxItem, state: InboxState, by: MemberId | None, now: datetime) -> InboxItem:
    """Be through with it, in one of the closed states."""
    return replace(
        item,
        state=state,
        is_unread=False,
        snoozed_until=None,
        answering=None,
        closed_at=now,
        closed_by=by,
    )


def reopened(item: InboxItem) -> InboxItem:
    """Have it to look after again."""
    return replace(item, state=InboxState.OPEN, snoozed_until=None, closed_at=None, closed_by=None)


def snoozed(item: InboxItem, until: datetime) -> InboxItem:
    """Be rid of it until then."""
    return replace(reopened(item), state=InboxState.SNOOZED, is_unread=False, snoozed_until=until)


def woken(item: InboxItem) -> InboxItem:
    """Have it back after its snooze, as something that nobody has looked at."""
    return replace(reopened(item), is_unread=True)


def being_answered(item: InboxItem, by: MemberId, now: datetime) -> InboxItem:
    """Show colleagues that somebody writes an answer now."""
    return replace(item, answering=Answering(by, now + ANSWERING_FOR))


def sent(item: InboxItem, answer: DeliveryId) -> InboxItem:
    """Note that an answer is on its way; it stays open until that is live."""
    return replace(item, answers=(*item.answers, answer), answering=None, is_unread=False)


def answered(item: InboxItem, by: MemberId | None, at: datetime) -> InboxItem:
    """Note that an answer is live."""
    first = item.answered_at or at
    return replace(closed(item, InboxState.ANSWERED, by, at), answered_at=first)


def somebody_else(item: InboxItem, me: MemberId, now: datetime) -> MemberId | None:
    """Return who else writes an answer now."""
    writing = item.answering
    if writing is None or writing.until <= now or writing.by == me:
        return None
    return writing.by
