"""Every I/O of the fakes as a numbered step, at which a test can let something happen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Happening = Callable[[], None]
"""What happens at a step: it may pass time, change the store, or raise."""


@dataclass(slots=True)
class _Order:
    name: str | None
    number: int | None
    before: bool
    nth: int
    times: int
    happening: Happening


@dataclass(slots=True)
class Steps:
    """Numbers the steps from 1 and makes ordered things happen before or after them.

    Something that raises *before* a step stands for "not applied"; *after* it, for "applied,
    but the answer was lost" or for a kill right after.
    """

    log: list[str] = field(default_factory=list)
    _orders: list[_Order] = field(default_factory=list)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def before(self, name: str, happening: Happening, *, nth: int = 1, times: int = 1) -> None:
        """Let something happen before the nth step of this name from now, ``times`` in a row."""
        self._orders.append(_Order(name, None, True, nth, times, happening))

    def after(self, name: str, happening: Happening, *, nth: int = 1, times: int = 1) -> None:
        """Let something happen after the nth step of this name from now, ``times`` in a row."""
        self._orders.append(_Order(name, None, False, nth, times, happening))

    def at(self, number: int, happening: Happening, *, before: bool) -> None:
        """Let something happen once, before or after the step of this number."""
        self._orders.append(_Order(None, number, before, 1, 1, happening))

    def named(self, *names: str) -> list[str]:
        """Return the steps taken so far that have one of these names, in order."""
        return [step for step in self.log if step in names]

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Take one step."""
        with self._lock:
            self.log.append(name)
            number = len(self.log)
            begun = self._due(name, number, before=True)
            ended = self._due(name, number, before=False)
        for happening in begun:
            happening()
        yield
        for happening in ended:
            happening()

    def _due(self, name: str, number: int, *, before: bool) -> list[Happening]:
        due: list[Happening] = []
        for order in list(self._orders):
            if order.before is not before or name != (order.name or name):
                continue
            if order.number is not None and order.number != number:
                continue
            order.nth -= 1
            if order.nth > 0:
                continue
            due.append(order.happening)
            order.times -= 1
            if order.times <= 0:
                self._orders.remove(order)
        return due


def raising(error: BaseException | type[BaseException]) -> Happening:
    """Return a happening that raises."""

    def happen() -> None:
        raise error

    return happen
