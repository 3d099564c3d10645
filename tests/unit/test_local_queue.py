"""The queue of one machine: delays, and messages that say the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from queue import SimpleQueue

import pytest

from chalicelib.ids import DeliveryId, WorkspaceId
from chalicelib.publishing.ports import Message
from chalicelib.store.queue import body_of
from local.queue import AGAIN, SAME, LocalQueue
from tests.fakes.clocks import SettableClock

WITHIN = 20.0


class Stage:
    """A queue, and what is worked off it."""

    def __init__(self) -> None:
        self.clock = SettableClock()
        self.queue = LocalQueue(self.clock, workers=1)
        self.worked = SimpleQueue[str]()
        self.fails = threading.Event()

    def work(self, bodies: Sequence[str]) -> Sequence[int]:
        failed = [0] if self.fails.is_set() else []
        self.worked.put(bodies[0])
        return failed


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.queue.stop(timedelta(seconds=WITHIN))


def message(seconds: float, delivery: str = "p.c.0") -> Message:
    return Message(WorkspaceId("w"), DeliveryId(delivery), timedelta(seconds=seconds))


def test_a_delivery_sent_again_before_its_time_is_held_once(stage: Stage) -> None:
    stage.queue.send([message(100), message(100)])
    stage.clock.advance(timedelta(seconds=60))
    stage.queue.send([message(40), message(40, "other.c.0")])
    assert stage.queue.held == 2


def test_one_that_comes_earlier_is_held_too_and_comes_first(stage: Stage) -> None:
    stage.queue.send([message(100), message(30)])
    assert stage.queue.held == 2
    stage.queue.send([message(30 - SAME.total_seconds()), message(50)])
    assert stage.queue.held == 2
    stage.clock.advance(timedelta(seconds=30))
    stage.queue.start(stage.work)
    assert stage.worked.get(timeout=WITHIN) == body_of(message(0))
    assert stage.queue.held == 1


def test_one_that_has_come_may_be_sent_again(stage: Stage) -> None:
    stage.queue.send([message(0)])
    stage.queue.start(stage.work)
    assert stage.worked.get(timeout=WITHIN)
    stage.queue.send([message(0)])
    assert stage.worked.get(timeout=WITHIN)


def test_one_whose_work_failed_comes_again_after_its_time(stage: Stage) -> None:
    stage.fails.set()
    stage.queue.send([message(0)])
    stage.queue.start(stage.work)
    assert stage.worked.get(timeout=WITHIN) == body_of(message(0))
    stage.fails.clear()
    stage.queue.send([message(0, "other.c.0")])  # one thread: by now the first is held anew
    assert stage.worked.get(timeout=WITHIN) == body_of(message(0, "other.c.0"))
    assert stage.queue.held == 1
    stage.clock.advance(AGAIN)
    assert stage.worked.get(timeout=WITHIN) == body_of(message(0))
