"""What stands around a life: its identifiers, its queue, its bucket and its mail."""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage

from chalicelib.mail.transports import MailFailed
from chalicelib.publishing.ports import Message
from chalicelib.store.queue import body_of
from chalicelib.workspaces.ports import Form
from tests.chaos.films import part_of
from tests.chaos.steps import Kind, Steps
from tests.fakes.pictures import encoded, photograph

PHOTO = encoded(photograph(256, 256, noise=96).convert("L").point(lambda v: v & 0xF0), "PNG")
"""Small, and yet large enough for the networks that take no small ones."""


class SeededIds:
    """Identifiers that are the same in every run of a life."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def new(self) -> str:
        """Return 20 characters of a-z and 2-7."""
        return "".join(self._random.choices("abcdefghijklmnopqrstuvwxyz234567", k=20))

    def secret(self) -> str:
        """Return a long token."""
        return self.new() + self.new()


@dataclass
class SimulatedQueue:
    """A queue whose messages wait for their hour; what isn't a step can't fail."""

    steps: Steps
    waiting: list[tuple[datetime, int, str]] = field(default_factory=list)
    order: Callable[[], int] = field(default_factory=lambda: itertools.count().__next__)

    def send(self, messages: Sequence[Message]) -> None:
        """Send best effort, as the port promises."""
        if not messages:
            return
        try:
            self.steps.io(Kind.QUEUE, "send", lambda: self._put(messages))
        except OSError:
            return

    def _put(self, messages: Sequence[Message]) -> None:
        for message in messages:
            body = body_of(message)
            at = self.steps.clock.true + message.delay
            heapq.heappush(self.waiting, (at, self.order(), body))


class PixelBucket:
    """Keeps one picture under every name, and films of nothing."""

    def read(self, _: str, __: int) -> bytes:
        """Return the picture."""
        return PHOTO

    def read_range(self, key: str, start: int, length: int) -> bytes:
        """Return a part of a film."""
        return part_of(key, start, length)

    def keep(self, *_: object) -> None:
        """Nothing is uploaded in these lives."""

    def keep_chunks(self, *_: object) -> None:
        """Nothing is uploaded in these lives."""

    def form(self, *_: object) -> Form:
        """Nothing is uploaded in these lives."""
        raise AssertionError


@dataclass
class MailBox:
    """Takes mails, as steps."""

    steps: Steps
    subjects: list[str] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)
    """The subject by Message-ID: the same mail sent again is one to who reads it."""

    def send(self, message: EmailMessage) -> None:
        """Take a mail."""

        def take() -> None:
            self.subjects.append(message["Subject"])
            self.named[message["Message-ID"]] = message["Subject"]

        try:
            self.steps.io(Kind.MAIL, "mail", take)
        except OSError as error:
            raise MailFailed("unreachable") from error
