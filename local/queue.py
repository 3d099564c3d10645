"""The queue of one machine: messages with a delay, worked by threads of this process.

Like the cloud's it may lose everything and nothing is lost: what is due stands in the store,
and every tick reads it again. A message whose work failed comes again a few times. What was
sent already and hasn't come yet isn't held twice: who writes a delivery announces it, and each
tick until its time sends it once more.
"""

from __future__ import annotations

import heapq
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.publishing.ports import Message
from chalicelib.store.queue import body_of

WORKERS = 10
MOST = 20_000
"""Messages held at once; more are dropped, and found by a later tick."""
RECEIVES = 5
"""How often a message is received whose work fails, as by the cloud queue's redrive policy."""
AGAIN = timedelta(seconds=90)
"""After how long a failed one comes again: the cloud queue's visibility timeout."""
SAME = timedelta(seconds=0.25)
"""Two messages of one delivery count as one if the first comes no later than this after the
other would have: their times are measured apart, by clocks that aren't read at once."""
_LOOK_SECONDS = 1.0
"""A machine's sleep isn't counted by timed waits: they are kept short, and time is read anew."""

Work = Callable[[Sequence[str]], Sequence[int]]


@dataclass(order=True, slots=True)
class _Held:
    """A message that waits; ``at`` is in seconds of the clock that counts sleep."""

    at: float
    number: int
    body: str = field(compare=False)
    receives: int = field(compare=False, default=0)


class LocalQueue:
    """``publishing.ports.Queue``: holds each message until its delay is over."""

    def __init__(self, clock: Clock, *, workers: int = WORKERS, most: int = MOST) -> None:
        self._clock = clock
        self._most = most
        self._changed = threading.Condition()
        self._held: list[_Held] = []
        self._comes: dict[str, float] = {}
        """When the first of the messages held with this body comes."""
        self._number = 0
        self._is_stopping = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"work-{n}", daemon=True)
            for n in range(workers)
        ]
        self._work: Work = _not_started

    def send(self, messages: Sequence[Message]) -> None:
        """Hold all of them until their time, as far as there is room."""
        with self._changed:
            for message in messages:
                self._hold(_Held(self._after(message.delay), 0, body_of(message)))
            self._changed.notify_all()

    def start(self, work: Work) -> None:
        """Let messages be worked from now on.

        Args:
            work: Is given a batch of bodies; returns the positions of those that failed.
        """
        self._work = work
        for thread in self._threads:
            thread.start()

    def stop(self, within: timedelta) -> bool:
        """Take up nothing more; say whether all that was under way ended within this time.

        What did not is safe: whoever looks at it next finds out how far it came.
        """
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        ends = self._clock.boottime() + within.total_seconds()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, ends - self._clock.boottime()))
        return not any(thread.is_alive() for thread in self._threads)

    @property
    def held(self) -> int:
        """How many messages wait."""
        with self._changed:
            return len(self._held)

    def _serve(self) -> None:
        while (held := self._take()) is not None:
            if not self._work([held.body]):
                continue
            with self._changed:
                if held.receives < RECEIVES:
                    self._hold(_Held(self._after(AGAIN), 0, held.body, held.receives))
                    self._changed.notify()

    def _take(self) -> _Held | None:
        """Wait for the next message that is due; None: it is time to stop."""
        with self._changed:
            while not self._is_stopping:
                left = self._held[0].at - self._clock.boottime() if self._held else _LOOK_SECONDS
                if self._held and left <= 0:
                    return self._received(heapq.heappop(self._held))
                self._changed.wait(min(left, _LOOK_SECONDS))
        return None

    def _received(self, held: _Held) -> _Held:
        if self._comes.get(held.body) == held.at:
            del self._comes[held.body]
        held.receives += 1
        return held

    def _hold(self, held: _Held) -> None:
        latest = held.at + SAME.total_seconds()
        if len(self._held) >= self._most or self._comes.get(held.body, math.inf) <= latest:
            return
        self._number += 1
        held.number = self._number
        heapq.heappush(self._held, held)
        self._comes[held.body] = held.at

    def _after(self, delay: timedelta) -> float:
        return self._clock.boottime() + delay.total_seconds()


def _not_started(_: Sequence[str]) -> Sequence[int]:
    raise RuntimeError("the queue isn't started")
