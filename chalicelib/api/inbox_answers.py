"""What routes answer of the inbox, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from chalicelib.api.answered import Answered
from chalicelib.api.post_answers import DeliveryAnswer, Mark
from chalicelib.inbox.items import InboxState
from chalicelib.listening.mentions import MentionKind
from chalicelib.networks.spec import Moderation


class AuthorAnswer(Answered):
    """Who said it, as their network shows them."""

    name: str
    handle: str
    url: str


class WritingAnswer(Answered):
    """Somebody writes an answer now."""

    by: str
    until: datetime


class ItemAnswer(Answered):
    """Something that was said, and what the firm has made of it."""

    id: str
    network: str
    channel: str | None
    """Where it can be answered; null: nowhere from here."""
    source: str
    kind: MentionKind
    url: str
    author: AuthorAnswer
    text: str
    title: str
    said_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    seen_at: datetime
    rating: int | None
    waits: bool
    """It isn't public until the firm lets it through."""
    watches: list[str]
    person: str
    """By what its author is known over all mentions; empty: the network doesn't say."""
    thread: str
    """By what its conversation is known."""
    state: InboxState
    is_unread: bool
    assignee: str | None
    labels: list[str]
    snoozed_until: datetime | None
    answers: int
    answered_at: datetime | None
    answering: WritingAnswer | None
    can_answer: bool
    rev: int


class ItemsAnswer(Answered):
    """A part of a list, the newest first."""

    items: list[ItemAnswer]
    next: str | None


class CountsAnswer(Answered):
    """How many are open and unread, exact at every moment."""

    open: int
    unread: int
    by_assignee: dict[str, int]


class LabelsAnswer(Answered):
    """Labels in use lately, the most frequent first."""

    labels: list[str]


class ColleagueAnswer(Answered):
    """Somebody in the firm."""

    id: str
    name: str


class ColleaguesAnswer(Answered):
    """Everybody in the firm, by name."""

    items: list[ColleagueAnswer]


class ItemNote(Answered):
    """A word to colleagues."""

    by: str
    at: datetime
    text: str


class SaidAnswer(Answered):
    """A part of a conversation."""

    kind: Literal["post", "mention", "answer"]
    """``post`` and ``answer`` are the firm's own."""
    id: str
    """The mention's; of what is the firm's own the delivery's."""
    author: str
    text: str
    at: datetime
    status: Mark | None = None
    """Where the firm's own stands."""
    status_text: str = ""
    """What is wrong with it, and what to do, in words."""
    url: str | None = None


class AnswerLimit(Answered):
    """At most ``maximum`` of ``unit``; URLs count ``url_length`` where that isn't 0."""

    unit: str
    maximum: int
    url_length: int


class ItemCharges(Answered):
    """What a network asks for each thing, in millionths of a US dollar."""

    answer: int
    answer_with_address: int
    """For an answer in which a web address stands."""
    act: int
    """For each thing that is done about it, such as hiding it."""


class ItemCan(Answered):
    """What this person may do about it now."""

    answer: bool
    why: str | None
    """Why it can't be answered: ``no-channel``, ``answered-gone`` or ``role``."""
    limits: list[AnswerLimit]
    moderate: list[Moderation]
    charges: ItemCharges | None
    """What its network asks for; null: nothing."""


class ConversationAnswer(Answered):
    """Something that was said, with what was said around it."""

    item: ItemAnswer
    notes: list[ItemNote]
    conversation: list[SaidAnswer]
    """In the order in which it was said."""
    earlier: list[ItemAnswer]
    """What else its author said, the newest first."""
    can: ItemCan


class ClosedAnswer(Answered):
    """How many were closed; the others don't exist, or the store didn't answer for them."""

    closed: int


class SentAnswer(Answered):
    """An answer on its way."""

    item: ItemAnswer
    delivery: DeliveryAnswer


class ErasedAnswer(Answered):
    """How much of a person was erased; while there may be more, ask again."""

    erased: int
    more: bool


class ReplyAnswer(Answered):
    """A saved reply."""

    id: str
    name: str
    text: str


class RepliesAnswer(Answered):
    """The firm's saved replies, by name."""

    replies: list[ReplyAnswer]


class FilledAnswer(Answered):
    """A saved reply filled for a mention; what is missing stands in it as it was written."""

    text: str
    missing: list[str]


class ResponseTimeAnswer(Answered):
    """How soon the firm answered, counted in its opening hours."""

    answered: int
    median_minutes: int | None
    within_target: float | None
    """The share answered within the target, 0 to 1."""
    target_minutes: int
