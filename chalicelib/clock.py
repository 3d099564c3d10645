"""Time: aware UTC instants, and a clock that goes on while the machine sleeps."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from; injected, never read in the middle of logic."""

    def now(self) -> datetime:
        """Return the wall clock's instant, in UTC."""
        ...

    def boottime(self) -> float:
        """Return seconds since some fixed point, sleep of the machine included."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """Return the wall clock's instant, in UTC."""
        return datetime.now(UTC)

    def boottime(self) -> float:
        """Return seconds since boot, sleep included where the system can tell (Linux)."""
        if hasattr(time, "CLOCK_BOOTTIME"):
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        return time.monotonic()


class Stopwatch:
    """How long ago something began, by the clock that went further.

    The wall clock may be set back and a monotonic clock may stop while a machine
    sleeps; the greater of the two is the careful answer to "how much of my lease is
    gone?".
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall = clock.now()
        self._boot = clock.boottime()

    def elapsed(self) -> timedelta:
        """Return the time since the watch was made; never negative."""
        boot = timedelta(seconds=self._clock.boottime() - self._boot)
        return max(self._clock.now() - self._wall, boot, timedelta(0))


def to_ms(instant: datetime) -> int:
    """Return an instant as whole milliseconds since 1970 (UTC), rounded down."""
    return int(instant.timestamp() * 1000 + 0.0005)


def from_ms(ms: int) -> datetime:
    """Return the UTC instant of milliseconds since 1970."""
    return datetime.fromtimestamp(ms / 1000, UTC)
