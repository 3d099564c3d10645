"""A source: one place that is read again and again, and when it is read next.

``due_at`` is the only clock hand, as for deliveries: when somebody must read it again; while
a worker reads it, the end of his lease. What changes one are the pure functions below; the
store writes what they return if its ``rev`` is still the one that was read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from chalicelib.ids import ChannelId, SourceId, WatchId, WorkspaceId
from chalicelib.publishing.paid_reading import ReadingPrice, next_month

LEASE = timedelta(seconds=90)
"""How long a worker may hold a source: longer than the function lives (60 s)."""
READ_BACK = timedelta(days=30)
"""How far back a first reading goes."""
LIVELY = timedelta(minutes=5)
"""Between two readings while people talk; also the shortest."""
QUIET = timedelta(minutes=30)
"""Between two readings by day where nothing was said for a while."""
NIGHT = timedelta(hours=1)
FEED_LEAST = timedelta(minutes=15)
"""Feeds aren't asked more often than this, whatever they say."""
LIVELY_FOR = timedelta(hours=2)
"""How long after the last thing heard a source counts as lively."""
DAY_BEGINS, DAY_ENDS = 7, 22
"""Local hours between which a source is read as by day."""
LONGEST = timedelta(days=1)
"""A source that asks for more patience than this, or fails for long, is still read daily."""
FIRST_RETRY = timedelta(minutes=5)


class SourceKind(StrEnum):
    """What is read."""

    CHANNEL = "channel"
    """What is said to us on a channel of ours."""
    FEED = "feed"
    TAG = "tag"
    """Posts with a hashtag."""
    SEARCH = "search"
    """What a network's own search finds."""


class SourceStatus(StrEnum):
    """Whether a source is read."""

    ACTIVE = "active"
    PAUSED = "paused"
    """A person paused it."""
    BLOCKED = "blocked"
    """Its channel must be reconnected first; it is due while people are still to be told."""
    GONE = "gone"
    """It said that it is no more (HTTP 410): it isn't asked again."""


_LOOKED_AT = frozenset({SourceStatus.ACTIVE, SourceStatus.BLOCKED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One place that is read, and how that goes."""

    workspace: WorkspaceId
    id: SourceId
    kind: SourceKind
    label: str
    """What a person calls it."""
    network: str
    """Of the channel or of the search; ``feed`` for feeds."""
    channel: ChannelId | None = None
    """The channel that is read, or by whose account a network is searched."""
    address: str = ""
    """A feed's URL; an instance's host for a hashtag."""
    words: str = ""
    """The hashtag, or what is searched for."""
    watch: WatchId | None = None
    """The watch that it was added for; None: everything it says is for us."""
    status: SourceStatus = SourceStatus.ACTIVE
    due_at: datetime | None = None
    cursor: str = ""
    """Where reading goes on, as the reader wrote it; empty: it has never been read."""
    read_at: datetime | None = None
    """When it was last read to the end."""
    heard_at: datetime | None = None
    """When something new was last heard."""
    checked_at: datetime | None = None
    """When what it told lately was last looked at for edits and deletions."""
    failing_since: datetime | None = None
    failures: int = 0
    """In a row."""
    reason: str = ""
    """A stable word for the last failure, which the pages translate."""
    detail: str = ""
    """What the source answered, for a person; never a secret."""
    skipped: int = 0
    """Things of the last reading that couldn't be read."""
    created_at: datetime
    rev: int = 0
    write_token: str = ""


class NotDue(Exception):
    """Somebody else reads the source now, or it isn't time."""


def claim(source: Source, now: datetime) -> Source:
    """Take a source that is due; raises NotDue otherwise."""
    if source.status not in _LOOKED_AT or source.due_at is None or source.due_at > now:
        raise NotDue(source.id)
    return replace(source, status=SourceStatus.ACTIVE, due_at=now + LEASE)


def went_on(source: Source, cursor: str, heard: int, now: datetime) -> Source:
    """Note that a part was read and stored: a crash from here on goes on after it."""
    heard_at = now if heard else source.heard_at
    return replace(source, cursor=cursor, heard_at=heard_at, due_at=now + LEASE)


def read(
    source: Source,
    now: datetime,
    zone: ZoneInfo,
    *,
    wait: timedelta | None,
    skipped: int = 0,
    price: ReadingPrice | None = None,
) -> Source:
    """Note that it was read to the end.

    Args:
        source: The source, as it was claimed.
        now: The time.
        zone: Its firm's.
        wait: The least that the source itself asks.
        skipped: How many things of it couldn't be read.
        price: What its network asks for reading, which is then done at its pace.
    """
    least = max(wait or timedelta(0), FEED_LEAST if source.kind is SourceKind.FEED else LIVELY)
    pause = min(max(_pace(source, now, zone, price), least), LONGEST)
    return replace(
        source,
        due_at=now + pause,
        read_at=now,
        failing_since=None,
        failures=0,
        reason="",
        detail="",
        skipped=skipped,
    )


def failed(
    source: Source, now: datetime, reason: str, detail: str, *, until: datetime | None = None
) -> Source:
    """Note a failure: it is read again after a pause that doubles, or at the reset it named."""
    pause = min(FIRST_RETRY * (1 << min(source.failures, 10)), LONGEST)
    due = max(until or now, now + (timedelta(0) if until else pause))
    return replace(
        source,
        due_at=min(due, now + LONGEST),
        failing_since=source.failing_since or now,
        failures=source.failures + 1,
        reason=reason,
        detail=detail[:200],
    )


def idle(source: Source, now: datetime, reason: str) -> Source:
    """Note that nothing can be said there: it is looked at daily, and doesn't count as failing."""
    return replace(
        source,
        due_at=now + LONGEST,
        failing_since=None,
        failures=0,
        reason=reason,
        detail="",
    )


def over_cap(source: Source, now: datetime, zone: ZoneInfo, reason: str) -> Source:
    """Note that its firm's cap leaves no room for reading it.

    It is read on as soon as there is: when the cap is raised (``Watching.cap_raised``), at the
    latest when the next month begins. It is looked at daily until then, which costs nothing.
    Nothing is out of order: it doesn't count as failing.
    """
    looked_at = idle(source, now, reason)
    return replace(looked_at, due_at=min(next_month(now, zone), now + LONGEST))


def stopped(source: Source, status: SourceStatus, now: datetime, reason: str) -> Source:
    """Note that it is read no more, and why."""
    since = None if status is SourceStatus.PAUSED else source.failing_since or now
    return replace(source, status=status, due_at=None, failing_since=since, reason=reason)


def blocked(source: Source, now: datetime) -> Source:
    """Note that its channel must be reconnected; it stays due until people are told so."""
    return replace(stopped(source, SourceStatus.BLOCKED, now, "reconnect"), due_at=now + LEASE)


def told(source: Source) -> Source:
    """Note that people know what it waits for: it falls due no more."""
    return replace(source, due_at=None)


def resumed(source: Source, now: datetime) -> Source:
    """Read it again, from where reading stopped."""
    return replace(
        source,
        status=SourceStatus.ACTIVE,
        due_at=now,
        failing_since=None,
        failures=0,
        reason="",
        detail="",
    )


def _pace(source: Source, now: datetime, zone: ZoneInfo, price: ReadingPrice | None) -> timedelta:
    is_lively = source.heard_at is not None and now - source.heard_at < LIVELY_FOR
    if price is not None:
        return price.lively if is_lively else price.quiet
    if is_lively:
        return LIVELY
    hour = now.astimezone(zone).hour
    return QUIET if DAY_BEGINS <= hour < DAY_ENDS else NIGHT
