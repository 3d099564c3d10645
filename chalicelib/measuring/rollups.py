"""Totals per day, rebuilt from snapshots: the same whatever came late, twice or out of order.

The rules, for each counter of a subject, its network's figures and those typed by hand apart:

- A day is a calendar day of the firm's zone, 23 or 25 hours long where clocks change.
- What was gained is the sum of the steps from the last value before the day to the last of
  the day. Without a value before it can't be said, unless the count began at nothing: a post
  read from its publication on, our own links, figures that a person types of a post.
- A step down of a counter that only grows is a reset: that step is left out, the day marked.
- What wasn't told that day is absent, never 0.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.measuring.metrics import ONLY_GROWS, OURS, Metric
from chalicelib.measuring.snapshots import Meter, Origin, Snapshot

ONE_DAY = timedelta(days=1)
FROM_THE_START = timedelta(hours=25)
"""A post first read within its first day, however long, has been measured from nothing."""
JUMP_TIMES = 10
JUMP_LEAST = 100
JUMP_DAYS = 14
JUMP_KNOWN = 3
"""A jump is a move of over 100 and over ten times the median of those known in the 14 days
before; of fewer than three nothing is usual."""
_PRECEDENCE = (Origin.LINKS, Origin.NETWORK, Origin.HAND)
"""Whose figure holds where several tell the same on a day: a person's only where none else."""

Series = tuple[Origin, Metric]
"""Figures that follow from one another: of different origins they are never mixed."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How one counter moved over a day of the firm's zone."""

    value: int | None
    """At the end of the day, or as last told on it; None: not told that day, or a sum over
    posts, of which other ones are read each day."""
    gained: int | None
    """Against the last value before the day; None: it can't be said (nothing before, a reset)."""
    is_reset: bool = False
    """It fell though it only grows: the network began to count anew."""
    is_jump: bool = False
    """It moved far more than it does: look before you believe it. Set by ``with_jumps``."""
    by_hand: bool = False
    """A person typed it; of a sum: some of it."""
    is_partial: bool = False
    """A sum that lacks what some posts don't tell, or can't."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectDay:
    """What the counters of one post, or of a channel itself, did on a day."""

    workspace: WorkspaceId
    channel: ChannelId
    subject: str
    """A delivery's id, or the channel's own."""
    day: date
    """In the workspace's zone."""
    moved: Mapping[Metric, Moved]
    """What was told; the rest is absent."""
    rev: int = 0
    write_token: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDay:
    """What a channel brought on a day: its own counters, and the sum over its posts."""

    workspace: WorkspaceId
    channel: ChannelId
    day: date
    moved: Mapping[Metric, Moved]
    """What was told; the rest is absent."""
    rev: int = 0
    write_token: str = ""


def day_of(at: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of an instant."""
    return at.astimezone(zone).date()


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the instants, in UTC, that a day begins at and that the next one begins at.

    Where midnight doesn't exist the day begins at the end of the gap; where it comes twice,
    at its first pass (PEP 495: ``fold=0`` gives both).
    """
    midnights = (datetime.combine(d, time(), zone) for d in (day, day + ONE_DAY))
    start, end = (midnight.astimezone(UTC) for midnight in midnights)
    return start, end


def series_of(snapshots: Iterable[Snapshot]) -> frozenset[Series]:
    """Return what these snapshots tell."""
    return frozenset(
        (s.origin, metric) for s in snapshots for metric, n in s.counters.items() if n is not None
    )


def days_touched(snapshot: Snapshot, later: Iterable[Snapshot], zone: ZoneInfo) -> tuple[date, ...]:
    """Return the days whose totals a snapshot is part of: its own, and those told next.

    Args:
        snapshot: One that was kept.
        later: The subject's snapshots after that day, in order; read as far as is needed.
        zone: The firm's.
    """
    days = [day_of(snapshot.at, zone)]
    waiting = set(snapshot.counters)
    for other in later:
        if other.origin is not snapshot.origin:
            continue
        told = {metric for metric in waiting if other.counters.get(metric) is not None}
        waiting -= told
        day = day_of(other.at, zone)
        if told and day != days[-1]:
            days.append(day)
        if not waiting:
            break
    return tuple(days)


def subject_day(
    snapshots: Iterable[Snapshot],
    before: Mapping[Series, int],
    *,
    of: Meter,
    zone: ZoneInfo,
    day: date,
) -> SubjectDay:
    """Return how a subject's counters moved on a day.

    Args:
        snapshots: The subject's, of that day at least, in any order.
        before: The last value of each series before the day, where there is one.
        of: The subject's meter.
        zone: The firm's.
        day: In that zone.
    """
    start, end = bounds(day, zone)
    own = sorted((s for s in snapshots if start <= s.at < end), key=lambda s: s.at)
    moved: dict[Metric, Moved] = {}
    for origin, metric in sorted(series_of(own), key=lambda s: _PRECEDENCE.index(s[0])):
        if metric not in moved:
            moved[metric] = _followed(own, (origin, metric), before, of)
    return SubjectDay(
        workspace=of.workspace, channel=of.channel, subject=of.subject, day=day, moved=moved
    )


def _followed(
    own: Sequence[Snapshot], series: Series, before: Mapping[Series, int], of: Meter
) -> Moved:
    origin, metric = series
    told = [(s.at, s.counters.get(metric)) for s in own if s.origin is origin]
    values = [(at, value) for at, value in told if value is not None]
    start = before.get(series)
    if start is None and _began_at_nothing(origin, values[0][0], of):
        start = 0
    gained: int | None = None
    is_reset = False
    previous = start
    for _, value in values:
        if previous is not None and value < previous and metric in ONLY_GROWS:
            is_reset = True
        elif previous is not None:
            gained = (gained or 0) + value - previous
        previous = value
    return Moved(
        values[-1][1],
        None if start is None else gained,
        is_reset=is_reset,
        by_hand=origin is Origin.HAND,
    )


def _began_at_nothing(origin: Origin, first_at: datetime, of: Meter) -> bool:
    if of.delivery is None:
        return False
    return origin is not Origin.NETWORK or first_at - of.began_at <= FROM_THE_START


def channel_day(own: SubjectDay | None, subjects: Sequence[SubjectDay]) -> Mapping[Metric, Moved]:
    """Return what a channel's counters moved on a day: its own, else the sum over its posts.

    What a channel tells of itself isn't the sum of its posts (its reach counts a person once),
    so the two are never added. What nothing tells is absent.

    Args:
        own: The channel's own counters.
        subjects: Those of its posts.
    """
    moved = {metric: m for metric in Metric if (m := _sum(metric, subjects)) is not None}
    return {**moved, **own.moved} if own else moved


def _sum(metric: Metric, subjects: Sequence[SubjectDay]) -> Moved | None:
    told = [s.moved[metric] for s in subjects if metric in s.moved]
    gains = [m.gained for m in told if m.gained is not None]
    is_reset = any(m.is_reset for m in told)
    if not gains:
        return Moved(None, None, is_reset=True) if is_reset else None
    all_of_them = told if metric in OURS else subjects
    return Moved(
        None,
        sum(gains),
        is_reset=is_reset,
        by_hand=any(m.by_hand for m in told if m.gained is not None),
        is_partial=is_reset or len(gains) < len(all_of_them),
    )


def with_jumps(days: Iterable[ChannelDay]) -> list[ChannelDay]:
    """Return one channel's days, in order, with what moved far more than it does marked.

    A jump hangs on the days before, so it is seen when they are read and isn't kept.
    """
    lately: dict[Metric, deque[tuple[date, int]]] = {}
    return [replace(day, moved=_marked(day, lately)) for day in days]


def _marked(
    day: ChannelDay, lately: dict[Metric, deque[tuple[date, int]]]
) -> Mapping[Metric, Moved]:
    marked: dict[Metric, Moved] = {}
    for metric, moved in day.moved.items():
        marked[metric] = moved
        if moved.gained is None:
            continue
        known = lately.setdefault(metric, deque())
        while known and known[0][0] < day.day - JUMP_DAYS * ONE_DAY:
            known.popleft()
        size = abs(moved.gained)
        if _is_jump(size, [n for _, n in known]):
            marked[metric] = replace(moved, is_jump=True)
        known.append((day.day, size))
    return marked


def _is_jump(size: int, known: Sequence[int]) -> bool:
    if size <= JUMP_LEAST or len(known) < JUMP_KNOWN:
        return False
    from statistics import median  # noqa: PLC0415 - loads fractions, and few days are looked at

    return size > JUMP_TIMES * median(known)
