"""Numbered steps: every I/O of a life passes here, and a fault may stand at any of them.

The life is single-threaded under a virtual clock. A killed function is an exception that no
code catches; a frozen one is a pause in which the rest of the world goes on, before its
step is carried out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TypeVar

T = TypeVar("T")

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


class Killed(BaseException):
    """The function dies here: no code may catch it."""


class Kind(Enum):
    """What a step talks to."""

    READ = "store read"
    QUERY = "index query"
    WRITE = "store write"
    TRANSACT = "store transaction"
    NET_READ = "network read"
    NET_PREPARE = "network preparation"
    NET_CALL = "the one call"
    QUEUE = "queue"
    MAIL = "mail"


STORE = frozenset({Kind.READ, Kind.QUERY, Kind.WRITE, Kind.TRANSACT})
NETWORK = frozenset({Kind.NET_READ, Kind.NET_PREPARE, Kind.NET_CALL})


@dataclass(frozen=True, slots=True)
class Step:
    """One I/O as it happened."""

    n: int
    kind: Kind
    label: str
    at: datetime


class VirtualClock:
    """The wall and the boot clock of a life; a function may run on a skewed wall clock."""

    def __init__(self) -> None:
        self.true = START
        self.skew = timedelta(0)
        self.slept = timedelta(0)
        """What a clock that stops while the machine sleeps hasn't seen."""

    def now(self) -> datetime:
        """Return the wall clock of who runs now."""
        return self.true + self.skew

    def boottime(self) -> float:
        """Return seconds since the life began, as a clock tells that stops in sleep."""
        return (self.true - START - self.slept).total_seconds()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.true += timedelta(seconds=seconds)


@dataclass
class Fault:
    """Something that goes wrong at a step; ``act`` gets the steps and what was to be done."""

    name: str
    kinds: frozenset[Kind]
    act: Callable[[Steps, Step, Callable[[], object]], object]


@dataclass
class Steps:
    """Counts steps, and lets the planned faults happen at theirs."""

    clock: VirtualClock
    plan: dict[int, Fault] = field(default_factory=dict)
    named: dict[str, Fault] = field(default_factory=dict)
    """By label and occurrence (``publish#1``), for lives that are told in words."""
    log: list[Step] = field(default_factory=list)
    meanwhile: Callable[[float], None] = lambda _: None
    """Lets the rest of the world go on for so many seconds."""
    quiet: int = 0
    """Above zero: what the test itself reads isn't a step."""

    def io(self, kind: Kind, label: str, do: Callable[[], T]) -> T:
        """Carry out one I/O, or what the plan has for it instead."""
        if self.quiet:
            return do()
        step = Step(len(self.log), kind, label, self.clock.true)
        self.log.append(step)
        self.clock.advance(0.02)
        fault = self.plan.pop(step.n, None)
        if fault is None and self.named:
            fault = self.named.pop(self._occurrence(label, step.n), None)
        if fault is None or kind not in fault.kinds:
            return do()
        return fault.act(self, step, do)  # type: ignore[return-value]

    def awaits(self, label: str) -> bool:
        """Return whether a fault stands at the next step, if it is one of this label."""
        n = len(self.log)
        return n in self.plan or (bool(self.named) and self._occurrence(label, n) in self.named)

    def _occurrence(self, label: str, n: int) -> str:
        return f"{label}#{sum(earlier.label == label for earlier in self.log[:n])}"
