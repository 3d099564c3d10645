"""The queue and the schedules of one machine, by a clock that tests set."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from chalicelib import jobs
from chalicelib.ids import DeliveryId, WorkspaceId
from chalicelib.publishing.deliveries import ResendClass, Status, Why
from chalicelib.publishing.ports import Message
from local.clock import HOUR, MINUTE, Job, Ticks
from local.queue import AGAIN, RECEIVES, LocalQueue
from tests.fakes.clocks import SettableClock
from tests.fakes.publishing_world import World

FIRM = WorkspaceId("boulangerie")


class Work:
    """Notes what is worked, lets it fail, and lets tests wait for it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.fails = False
        self.blocks: threading.Event | None = None
        self._changed = threading.Condition()

    def __call__(self, bodies: Sequence[str]) -> Sequence[int]:
        assert len(bodies) == 1
        with self._changed:
            self.done.append(json.loads(bodies[0])["about"])
            self._changed.notify_all()
        if self.blocks is not None:
            self.blocks.wait(10)
        return [0] if self.fails else []

    def wait_for(self, number: int) -> list[str]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.done) >= number, timeout=10)
            return list(self.done)


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def queue(clock: SettableClock, work: Work) -> Iterator[LocalQueue]:
    made = LocalQueue(clock, workers=3, most=50)
    made.start(work)
    yield made
    if work.blocks is not None:
        work.blocks.set()
    assert made.stop(timedelta(seconds=10))


def message(name: str, delay: float = 0) -> Message:
    return Message(FIRM, DeliveryId(name), timedelta(seconds=delay))


def test_messages_are_worked_when_their_delay_is_over(
    queue: LocalQueue, work: Work, clock: SettableClock
) -> None:
    queue.send([message("later", 90), message("now"), message("soon", 30)])
    assert work.wait_for(1) == ["now"]

    clock.advance(timedelta(seconds=30))
    assert work.wait_for(2) == ["now", "soon"]
    clock.advance(timedelta(seconds=60))
    assert work.wait_for(3) == ["now", "soon", "later"]
    assert queue.held == 0


def test_a_machine_that_slept_works_at_once_what_came_due_meanwhile(
    queue: LocalQueue, work: Work, clock: SettableClock
) -> None:
    queue.send([message("a", 600), message("b", 3600)])

    clock.advance(timedelta(hours=8))

    assert sorted(work.wait_for(2)) == ["a", "b"]


def test_a_failed_message_comes_again_a_few_times(
    queue: LocalQueue, work: Work, clock: SettableClock
) -> None:
    work.fails = True
    queue.send([message("bad")])

    for times in range(1, RECEIVES + 1):
        work.wait_for(times)
        until_held(queue, 0 if times == RECEIVES else 1)
        clock.advance(AGAIN)
    queue.send([message("other")])

    assert work.wait_for(RECEIVES + 1) == ["bad"] * RECEIVES + ["other"]


def until_held(queue: LocalQueue, number: int) -> None:
    waited = threading.Event()
    for _ in range(1000):
        if queue.held == number:
            return
        waited.wait(0.01)
    raise AssertionError(f"{queue.held} held, {number} expected")


def test_beyond_its_bound_it_drops_what_a_tick_finds_again(queue: LocalQueue) -> None:
    queue.send([message(str(n), 900) for n in range(10_000)])

    assert queue.held == 50


def test_workers_go_side_by_side(queue: LocalQueue, work: Work) -> None:
    work.blocks = threading.Event()
    queue.send([message(str(n)) for n in range(3)])

    assert sorted(work.wait_for(3)) == ["0", "1", "2"]


def test_stopping_takes_up_nothing_more_and_says_what_is_under_way(
    clock: SettableClock, work: Work
) -> None:
    work.blocks = threading.Event()
    queue = LocalQueue(clock, workers=1)
    queue.start(work)
    queue.send([message("a"), message("b")])
    work.wait_for(1)

    under_way = not queue.stop(timedelta(0))
    work.blocks.set()

    assert under_way
    assert queue.stop(timedelta(seconds=10))
    assert work.done == ["a"]


# Schedules.


def test_every_job_runs_at_the_start_and_then_at_its_interval(clock: SettableClock) -> None:
    ran: list[str] = []
    ticks = Ticks(
        clock,
        [
            Job("minutely", MINUTE, lambda: ran.append("m")),
            Job("hourly", HOUR, lambda: ran.append("h")),
        ],
    )

    for _ in range(3):  # looked at twice a second
        ticks.turn()
    assert ran == ["m", "h"]
    for _ in range(60):
        clock.advance(MINUTE)
        ticks.turn()

    assert (ran.count("m"), ran.count("h")) == (61, 2)


@pytest.mark.parametrize("kind", ["advance", "set_wall", "pass_asleep", "pass_unseen"])
def test_after_a_sleep_or_a_jump_of_the_clock_it_ticks_at_once_and_once(
    clock: SettableClock, kind: str
) -> None:
    ran: list[int] = []
    ticks = Ticks(clock, [Job("minutely", MINUTE, lambda: ran.append(1))])
    ticks.turn()

    getattr(clock, kind)(timedelta(hours=8))
    ticks.turn()
    ticks.turn()

    assert len(ran) == 2


def test_a_job_that_fails_runs_again_and_holds_up_no_other(clock: SettableClock) -> None:
    ran: list[str] = []

    def fail() -> None:
        ran.append("failed")
        raise OSError

    ticks = Ticks(
        clock, [Job("failing", MINUTE, fail), Job("other", MINUTE, lambda: ran.append("ok"))]
    )
    ticks.turn()
    clock.advance(MINUTE)
    ticks.turn()

    assert ran == ["failed", "ok", "failed", "ok"]


def test_its_thread_ticks_at_once_and_stops(clock: SettableClock) -> None:
    ran = threading.Event()
    ticks = Ticks(clock, [Job("minutely", MINUTE, ran.set)])

    ticks.start()

    assert ran.wait(10)
    ticks.stop(timedelta(seconds=10))


# Both, over the real rules of publishing.


def wake(world: World, ticks: Ticks) -> None:
    """Tick, and work what the tick sent."""
    ticks.turn()
    for sent in world.queue.take():
        world.receiver.receive(sent.workspace, DeliveryId(sent.about))


@pytest.mark.parametrize(
    ("slept", "status", "why"),
    [
        (timedelta(minutes=90), Status.PUBLISHED, None),
        (timedelta(hours=8), Status.NEEDS_HUMAN, Why.LATE),
    ],
)
def test_a_machine_that_slept_publishes_what_is_still_useful_and_asks_about_the_rest(
    slept: timedelta, status: Status, why: Why | None
) -> None:
    world = World()
    ticks = Ticks(world.clock, [Job("publish_due", MINUTE, lambda: jobs.publish_due(world))])
    due = world.clock.now() + timedelta(minutes=10)
    planned = world.put(
        ResendClass.IDEMPOTENT,
        due_at=due,
        planned_at=due,
        latest_at=due + timedelta(hours=2),
    )
    wake(world, ticks)
    assert world.stands(planned).status is Status.SCHEDULED

    world.clock.advance(slept)
    wake(world, ticks)

    stands = world.stands(planned)
    assert (stands.status, stands.why) == (status, why)
    assert len(world.network.live) == (status is Status.PUBLISHED)
