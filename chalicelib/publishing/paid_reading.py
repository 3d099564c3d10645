"""What a network that charges for what it tells may cost: set aside before it is asked.

The most that it may cost is set aside, and what it didn't cost is given back after. A worker
that dies between gives nothing back: at every moment *charged ≤ set aside ≤ cap*. What reads
takes a part of the cap only, so that whoever names a firm a thousand times can't keep its own
posts from going out.

A free network has no part in this: nothing is read of the purse, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from chalicelib.publishing.ports import StoreUnclear
from chalicelib.workspaces.workspaces import Workspace

SHARE = 2
"""Reading takes one part in so many of the cap at most; the others are for what is published."""
OVER_CAP, CAP_TOO_LOW = "over_cap", "cap_too_low"
"""Why nothing is read: the month's part is spent; it never holds even one reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPrice:
    """What a network asks at most for what it tells, in millionths of a US dollar."""

    part: int
    """One part of a reading of what is said (a batch)."""
    look: int
    """One look at what was told lately, for edits and deletions."""
    channel: int
    """The counters of a channel."""
    post: int
    """The counters of a post."""
    act: int
    """One act on what was said (a reply hidden)."""
    lively: timedelta
    """Between two readings while people talk."""
    quiet: timedelta
    """Between two readings where nothing was said for a while."""
    looks: timedelta
    """Between two looks at what was told lately."""


@runtime_checkable
class Spends(Protocol):
    """Knows what it has cost."""

    @property
    def spent(self) -> int:
        """What was, or may have been, charged since it was made, in millionths of a dollar.

        A call whose answer is lost may have been charged all that it can cost.
        """
        ...


class ReadingPurse(Protocol):
    """What a firm has set aside for networks that charge, as far as reading needs it."""

    def reserve_reading(self, workspace: Workspace, about: str, most: int) -> bool:
        """Set aside the most that a reading costs, if the month's cap allows; say whether it did.

        Both the whole cap and reading's part of it hold.

        Raises:
            StoreUnclear: it couldn't be found out whether it is set aside.
        """
        ...

    def settle_reading(self, workspace: Workspace, about: str, spent: int) -> None:
        """Keep only what it cost; repeatable. What a past month set aside stays so.

        Raises:
            StoreUnclear: it couldn't be found out; all may stay set aside.
        """
        ...


class OverCap(Exception):
    """The firm's cap leaves no room: nothing was asked. The message is the reason, stable."""


@contextmanager
def paid(
    purse: ReadingPurse, workspace: Workspace, about: str, most: int, reader: object
) -> Iterator[None]:
    """Have the most that a call costs set aside inside the block, and what it cost after it.

    Args:
        purse: Where it is set aside.
        workspace: The firm that pays.
        about: What it is for; another each time, since each time is charged.
        most: In millionths of a US dollar; 0: nothing is charged, the purse isn't asked.
        reader: What makes the call; one that doesn't say what it ``Spends`` has spent the most.

    Raises:
        OverCap: there is no room; the block isn't run.
        StoreUnclear: it couldn't be found out.
    """
    if not most:
        yield
        return
    if not purse.reserve_reading(workspace, about, most):
        fits = most <= workspace.spending_cap // SHARE
        raise OverCap(OVER_CAP if fits else CAP_TOO_LOW)
    before = _spent_by(reader)

    def settle() -> None:
        after = _spent_by(reader)
        spent = most if before is None or after is None else after - before
        with suppress(StoreUnclear):
            purse.settle_reading(workspace, about, spent)

    try:
        yield
    except Exception:  # who is killed gives nothing back
        settle()
        raise
    settle()


def next_month(now: datetime, zone: ZoneInfo) -> datetime:
    """Return when the next calendar month of a zone begins."""
    local = now.astimezone(zone)
    years, month = divmod(local.month, 12)
    return datetime(local.year + years, month + 1, 1, tzinfo=zone).astimezone(UTC)


def _spent_by(reader: object) -> int | None:
    return reader.spent if isinstance(reader, Spends) else None
