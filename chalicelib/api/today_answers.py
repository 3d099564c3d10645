"""What the page that is opened first is answered, field by field."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from chalicelib.api.answered import Answered
from chalicelib.api.answers import TargetAnswer
from chalicelib.api.figure_answers import MonthAnswer
from chalicelib.api.inbox_answers import ItemAnswer
from chalicelib.api.post_answers import PostRow


class TodoAnswer(Answered):
    """Something that waits for a person."""

    kind: Literal["to_check", "late", "kit", "poison", "failed", "reconnect", "source"]
    delivery: str | None
    channel: str
    """Empty: a source that is read by none."""
    source: str | None = None
    """What can't be read, where it is that."""
    post: str | None
    excerpt: str
    network: str
    target: TargetAnswer | None
    channel_name: str
    at: datetime | None
    why: str | None
    reason: str


class DayCounts(Answered):
    """How many deliveries of a day stand how."""

    published: int
    scheduled: int
    to_do: int
    draft: int


class DayAnswer(Answered):
    """A day of the week."""

    date: date
    weekday: int
    """0 is Monday."""
    counts: DayCounts
    is_today: bool


class StepsAnswer(Answered):
    """A new firm's first steps, ticked as they are done."""

    channel: bool
    post: bool


class ToAnswer(Answered):
    """What was said and waits."""

    open: int
    unread: int
    items: list[ItemAnswer]
    """The newest three."""


class TodayAnswer(Answered):
    """What the owner needs to know now."""

    now: datetime
    zone: str
    local_date: date
    todo: list[TodoAnswer]
    todo_total: int
    today: list[PostRow]
    week: list[DayAnswer]
    free_day: date | None
    to_answer: ToAnswer
    month: MonthAnswer
    """Clicks, replies, likes and followers, as far as they are measured."""
    steps: StepsAnswer | None
