"""The days around the demo's beginning, in the firm's own time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

Thing = TypeVar("Thing")
_SHARES = 3
"""More only wait for one another: this process and the engine have two cores to share."""


@dataclass(frozen=True, slots=True)
class Days:
    """Counts from the day on which the demo was begun, whenever it is gone on with."""

    began: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """The day of the beginning."""
        return self.began.astimezone(self.zone).date()

    def day(self, days: int) -> date:
        """Return the day so many days later; before, if there are fewer than none."""
        return self.today + timedelta(days=days)

    def at(self, days: int, hour: time) -> datetime:
        """Return an hour of such a day, in UTC."""
        return datetime.combine(self.day(days), hour, self.zone).astimezone(UTC)


def side_by_side(*tasks: Callable[[], None]) -> None:
    """Do all of these at once; return when the last one is done, raise what one raises."""
    with ThreadPoolExecutor(max_workers=len(tasks)) as pool:
        for done in [pool.submit(task) for task in tasks]:
            done.result()


def shared_out(things: Sequence[Thing], do: Callable[[Sequence[Thing]], None]) -> None:
    """Do something with things that don't hang on one another, a share of them in each thread."""
    shares = [things[n::_SHARES] for n in range(_SHARES)]
    side_by_side(*(partial(do, share) for share in shares))
