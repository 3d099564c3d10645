"""What routes answer of watches and sources, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from chalicelib.api.answered import Answered
from chalicelib.listening.sources import SourceKind, SourceStatus
from chalicelib.listening.watches import WatchKind


class QueryAnswer(Answered):
    """What a watch looks for."""

    all: list[str]
    any: list[str]
    none: list[str]
    forgives_typos: bool


class SourceAnswer(Answered):
    """Something that is read again and again, and how that goes."""

    id: str
    kind: SourceKind
    label: str
    network: str
    channel: str | None
    address: str
    words: str
    watch: str | None
    status: SourceStatus
    due_at: datetime | None
    read_at: datetime | None
    heard_at: datetime | None
    failing_since: datetime | None
    reason: str
    reason_text: str
    """Why it isn't read, and what to do, in words; empty: it is."""
    detail: str
    skipped: int


class SourcesAnswer(Answered):
    """All that a firm reads."""

    sources: list[SourceAnswer]


class WatchAnswer(Answered):
    """What a firm wants to hear of."""

    id: str
    name: str
    kind: WatchKind
    query: QueryAnswer
    sources: list[SourceAnswer]
    """Those added for it; the firm's channels are read besides."""
    created_at: datetime
    rev: int


class WatchesAnswer(Answered):
    """A firm's watches, the oldest first."""

    watches: list[WatchAnswer]


class SampleAnswer(Answered):
    """Something that was said."""

    title: str
    text: str
    author: str
    url: str
    said_at: datetime
    matches: list[str]
    """The terms that it is found by."""
    is_match: bool


class UnreadableAnswer(Answered):
    """A source that couldn't be read, or not wholly."""

    source: str
    reason: str
    reason_text: str


class TrialAnswer(Answered):
    """What a watch would have found over the last seven days."""

    heard: int
    matched: int
    samples: list[SampleAnswer]
    unreadable: list[UnreadableAnswer]


class FeedAnswer(Answered):
    """A feed of a site."""

    address: str
    title: str
    kind: Literal["rss", "atom", "json"]


class FeedsAnswer(Answered):
    """The feeds of a site, those of comments last."""

    feeds: list[FeedAnswer]
