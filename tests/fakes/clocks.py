"""A clock that tests set, and a counter of identifiers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
"""A Wednesday morning far from any change of daylight saving."""


class SettableClock:
    """Wall and boot time that only pass when a test says so; safe to share by threads."""

    def __init__(self, start: datetime = START) -> None:
        self._lock = threading.Lock()
        self._wall = start
        self._boot = 1_000.0

    def now(self) -> datetime:
        with self._lock:
            return self._wall

    def boottime(self) -> float:
        with self._lock:
            return self._boot

    def advance(self, by: timedelta) -> None:
        """Let time pass: both clocks go on."""
        with self._lock:
            self._wall += by
            self._boot += by.total_seconds()

    def set_wall(self, by: timedelta) -> None:
        """Let somebody set the wall clock, forward or back: no time passes."""
        with self._lock:
            self._wall += by

    def pass_unseen(self, by: timedelta) -> None:
        """Let time pass while the wall clock is set back by as much: it seems to stand."""
        with self._lock:
            self._boot += by.total_seconds()

    def pass_asleep(self, by: timedelta) -> None:
        """Let time pass that the boot clock doesn't count (a system without CLOCK_BOOTTIME)."""
        with self._lock:
            self._wall += by

    def at_least(self, instant: datetime) -> None:
        """Let time pass until an instant, if it hasn't come yet."""
        with self._lock:
            by = max(instant - self._wall, timedelta(0))
            self._wall += by
            self._boot += by.total_seconds()


class CountedIds:
    """Identifiers in the order in which they are asked for."""

    def __init__(self, prefix: str = "id") -> None:
        self._lock = threading.Lock()
        self._prefix = prefix
        self._count = 0

    def new(self) -> str:
        with self._lock:
            self._count += 1
            return f"{self._prefix}{self._count}"

    def secret(self) -> str:
        return f"secret-{self.new()}"
