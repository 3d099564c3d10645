"""What requests say of the inbox."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.api.schemas import Day, Id, Line, Local, Prose, Request, Zone
from chalicelib.listening.mentions import MentionKind
from chalicelib.networks.spec import Moderation

Word = Annotated[str, Field(max_length=500)]
State = Literal["open", "snoozed", "answered", "done", "ignored", "spam", "any"]
Closing = Literal["done", "ignored", "spam"]


class InboxQuery(Request):
    """A list of the inbox; every part that is given must fit."""

    state: State = "open"
    unread: bool = False
    assignee: Id | None = None
    label: Annotated[str, Field(max_length=100)] | None = None
    network: Annotated[str, Field(max_length=40)] | None = None
    channel: Id | None = None
    source: Id | None = None
    watch: Id | None = None
    kind: MentionKind | None = None
    person: Word | None = None
    """As an item names its author."""
    thread: Annotated[str, Field(max_length=2000)] | None = None
    """As an item names its conversation."""
    q: Annotated[str, Field(max_length=200)] | None = None
    """Each word must begin a word of the text, the title or the author's name."""
    after: Annotated[str, Field(max_length=2000)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 30


class AssignBody(Request):
    """Lets a colleague look after it; null: nobody in particular."""

    member: Id | None


class LabelBody(Request):
    """Puts these labels in place of those it has."""

    labels: Annotated[list[Annotated[Line, Field(max_length=200)]], Field(max_length=50)]


class NoteBody(Request):
    """A word to colleagues."""

    text: Annotated[Prose, Field(max_length=20_000)]


class Until(Request):
    """A wall-clock time; without a zone, in the firm's."""

    local: Local
    zone: Zone | None = None


class SnoozeBody(Request):
    """Be rid of it until then."""

    until: Until


class CloseBody(Request):
    """Be through with it."""

    state: Closing


class CloseManyBody(Request):
    """Be through with several."""

    mentions: Annotated[list[Id], Field(min_length=1, max_length=50)]
    state: Closing


class AnswerBody(Request):
    """Answers; ``seen`` is how many answers the person saw that it had."""

    text: Annotated[Prose, Field(max_length=20_000)]
    seen: Annotated[int, Field(strict=True, ge=0, le=1_000)]


class ModerateBody(Request):
    """Does something about it at its network."""

    act: Moderation


class EraseBody(Request):
    """Erases a person, as an item names its author."""

    person: Annotated[str, Field(min_length=1, max_length=500)]


class ReplyBody(Request):
    """A text that the firm often answers with."""

    name: Annotated[Line, Field(max_length=500)]
    text: Annotated[Prose, Field(max_length=20_000)]


class FillBody(Request):
    """Names the mention that a saved reply is filled for."""

    mention: Id


class PeriodQuery(Request):
    """Some days of the firm's zone, both included; the last four weeks unless it says."""

    first: Annotated[Day | None, Field(alias="from")] = None
    last: Annotated[Day | None, Field(alias="to")] = None
