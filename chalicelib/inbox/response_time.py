"""How soon the firm answers, counted in its own opening hours, against its own target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.publishing.schedule import resolve
from chalicelib.workspaces.workspaces import Opening, OpeningHours

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """How soon a number of mentions were first answered."""

    answered: int
    median: timedelta | None
    """None: nothing was answered."""
    within: float | None
    """The share that was answered within the target, 0 to 1; None: nothing was answered."""


def worked(
    said_at: datetime, answered_at: datetime, hours: OpeningHours, zone: ZoneInfo
) -> timedelta:
    """Return for how long the firm was open between two instants.

    Daylight saving is right: a day's hours are local times, what lies between them is counted
    as it passes. For a firm that never opens all time counts.

    Args:
        said_at: When it was said.
        answered_at: When the answer was live; before ``said_at`` counts as at once.
        hours: When the firm is open, from Monday to Sunday.
        zone: The zone of its local times.
    """
    since, until = said_at.astimezone(UTC), answered_at.astimezone(UTC)
    if until <= since:
        return timedelta(0)
    if not any(hours):
        return until - since
    open_for = timedelta(0)
    free_from = since  # what overlaps isn't counted twice
    for begins, ends in _openings(since, until, hours, zone):
        start, end = max(begins, free_from), min(ends, until)
        if start < end:
            open_for += end - start
            free_from = end
    return open_for


def summary(times: Sequence[timedelta], target: timedelta) -> ResponseTimes:
    """Return the median of first-answer times, and the share within the target."""
    if not times:
        return ResponseTimes(0, None, None)
    within = sum(taken <= target for taken in times) / len(times)
    ordered, middle = sorted(times), len(times) // 2
    # The `statistics` module would do it, for numbers, and costs 10 ms of import.
    median = (ordered[middle] + ordered[~middle]) / 2
    return ResponseTimes(len(times), median, within)


def _openings(
    since: datetime, until: datetime, hours: OpeningHours, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the firm's openings that may touch a period, as UTC instants, by their beginning."""
    day = since.astimezone(zone).date() - DAY  # one that goes on after midnight
    last = until.astimezone(zone).date()
    while day <= last:
        openings = sorted(hours[day.weekday()], key=lambda opening: opening.begins)
        yield from (_instants(day, opening, zone) for opening in openings)
        day += DAY


def _instants(day: date, opening: Opening, zone: ZoneInfo) -> tuple[datetime, datetime]:
    ends_on = day if opening.begins < opening.ends else day + DAY
    return _at(day, opening.begins, zone), _at(ends_on, opening.ends, zone)


def _at(day: date, local: time, zone: ZoneInfo) -> datetime:
    return resolve(datetime.combine(day, local), zone).at
