"""A queue that keeps nothing sacred: it can lose, double and reorder messages."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from datetime import datetime

from chalicelib.clock import Clock
from chalicelib.publishing.ports import Message
from tests.fakes.steps import Steps


class MemoryQueue:
    """``ports.Queue``; holds each message until its delay is over."""

    def __init__(self, clock: Clock, steps: Steps | None = None) -> None:
        self._clock = clock
        self._steps = steps or Steps()
        self._lock = threading.Lock()
        self._held: list[tuple[datetime, Message]] = []
        self.sent: list[Message] = []
        """Every message that was ever sent, also lost ones."""
        self.loses = False
        self.doubles = False
        self.shuffles: random.Random | None = None

    def send(self, messages: Sequence[Message]) -> None:
        with self._steps.step("queue.send"), self._lock:
            for message in messages:
                self.sent.append(message)
                if not self.loses:
                    row = (self._clock.now() + message.delay, message)
                    self._held.extend([row, row] if self.doubles else [row])

    def take(self) -> list[Message]:
        """Return and remove what has come due, in order unless it shuffles."""
        with self._lock:
            now = self._clock.now()
            ready = [row for row in self._held if row[0] <= now]
            self._held = [row for row in self._held if row[0] > now]
        ready.sort(key=lambda row: row[0])
        messages = [message for _, message in ready]
        if self.shuffles is not None:
            self.shuffles.shuffle(messages)
        return messages

    def next_at(self) -> datetime | None:
        """Return when the next message comes due; None if there is none."""
        with self._lock:
            return min((at for at, _ in self._held), default=None)

    def empty(self) -> None:
        """Lose everything."""
        with self._lock:
            self._held.clear()
