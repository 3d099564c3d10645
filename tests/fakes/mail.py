"""A mailer that records what people are told."""

from __future__ import annotations

import threading

from chalicelib.publishing.deliveries import Topic
from chalicelib.publishing.ports import Notice
from tests.fakes.steps import Steps


class MailDown(Exception):
    """The mail couldn't be sent."""


class RecordingMailer:
    """Tells each notice once by its key; can be made to fail."""

    def __init__(self, steps: Steps | None = None) -> None:
        self._lock = threading.Lock()
        self._steps = steps or Steps()
        self.told: list[Notice] = []
        """What reached people, in order: one per key."""
        self.asked: list[str] = []
        """The key of every try, also of those that failed or were repeated."""
        self.failures_left = 0

    def tell(self, notice: Notice) -> None:
        with self._steps.step("mail.tell"), self._lock:
            self.asked.append(notice.key)
            if self.failures_left > 0:
                self.failures_left -= 1
                raise MailDown
            if all(told.key != notice.key for told in self.told):
                self.told.append(notice)

    @property
    def topics(self) -> list[Topic]:
        """What people were told, in order."""
        return [notice.topic for notice in self.told]
