"""What routes answer of figures and tracked links, field by field."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.api.answered import Answered
from chalicelib.measuring.metrics import Metric


class Days(Answered):
    """Some days of the firm's zone, both included."""

    first: Annotated[date, Field(serialization_alias="from")]
    last: Annotated[date, Field(serialization_alias="to")]


class TotalAnswer(Answered):
    """What one counter came to; null is "not measured", never 0."""

    metric: Metric
    value: int | None
    """As last told; null: a sum over posts, or untold."""
    gained: int | None
    before: int | None
    """Over the same length before."""
    is_partial: bool
    """Something of it isn't known."""
    by_hand: bool
    """Some of it was typed."""


class MovedAnswer(Answered):
    """How one counter moved over a day."""

    value: int | None
    gained: int | None
    is_reset: bool
    is_jump: bool
    by_hand: bool


class DayFigures(Answered):
    """A day over all channels; what nothing told is absent."""

    day: date
    moved: dict[Metric, MovedAnswer]


class ChannelFigures(Answered):
    """What one channel brought."""

    channel: str
    totals: list[TotalAnswer]


class NotMeasured(Answered):
    """A counter that others tell and this channel doesn't."""

    channel: str
    metric: Metric


class MarkAnswer(Answered):
    """A day to look at before its figures are believed."""

    day: date
    channel: str
    metric: Metric
    kind: Literal["reset", "jump"]


class BestAnswer(Answered):
    """One of the posts that people did the most with."""

    post: str
    excerpt: str
    delivery: str
    channel: str
    published_at: datetime | None
    gained: dict[Metric, int]


class MetricsAnswer(Days):
    """What a period brought, beside the same length before it."""

    before: Days
    totals: list[TotalAnswer]
    channels: list[ChannelFigures]
    days: list[DayFigures]
    not_measured: list[NotMeasured]
    marks: list[MarkAnswer]
    best: list[BestAnswer]


class MonthAnswer(Days):
    """What the month has brought so far."""

    totals: list[TotalAnswer]


class EntryAnswer(Answered):
    """Figures that were typed, in place of those of that day before; null: no longer told."""

    channel: str
    day: date
    counters: dict[Metric, int | None]


class LinkAnswer(Answered):
    """A tracked link, and how often it was followed."""

    code: str
    url: str
    target: str
    label: str
    delivery: str | None
    expires_at: datetime | None
    created_at: datetime
    people: int
    """Times that people followed it."""
    visitors: int
    """Different people of each day, added up."""
    bots: int
    previews: int
    """Times that a network or a messenger drew a card of it."""


class LinksAnswer(Answered):
    """A firm's tracked links, the newest first."""

    links: list[LinkAnswer]
    next: str | None


class LinkDayAnswer(Answered):
    """How often a link was followed on a day, in UTC."""

    day: date
    people: int
    visitors: int
    bots: int
    previews: int


class LinkDaysAnswer(Answered):
    """A link, and the days of a period on which it was followed; its counts are of that period."""

    link: LinkAnswer
    days: list[LinkDayAnswer]
