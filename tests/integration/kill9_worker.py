"""The process that `test_kill9` kills: the real workers and ticks, their time made to run.

`python -m tests.integration.kill9_worker <engine> <data folder> <key> <began> <pace>`
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

from chalicelib import jobs
from chalicelib.bootstrap import World
from chalicelib.publishing.ports import Message
from local.clock import MINUTE, Job, Ticks
from local.installation import Folder, bucket_of, settings_of, store_of, world_of
from local.queue import LocalQueue

URL = "http://127.0.0.1:8000"


class PacedClock:
    """Time since an instant, so many times as fast; the same in every process."""

    def __init__(self, began: float, pace: float) -> None:
        self.began, self.pace = began, pace

    def seconds(self) -> float:
        return self.began + (time.time() - self.began) * self.pace

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds(), UTC)

    def boottime(self) -> float:
        return self.seconds()

    def wait(self, pause: timedelta) -> None:
        time.sleep(pause.total_seconds() / self.pace)


class NoQueue:
    """A queue that loses everything."""

    def send(self, messages: Sequence[Message]) -> None:
        pass


def paced_world(
    *,
    engine: str,
    data: Path,
    key: bytes,
    clock: PacedClock,
    allowed: str,
    queue: LocalQueue | None,
) -> World:
    """Return the world of one installation, by the clock given."""
    folder = Folder(data)
    settings = settings_of({"RELAIS_ALLOW_HOSTS": allowed}, url=URL, engine=engine, folder=folder)
    made = world_of(
        settings,
        store=store_of(settings),
        key=key,
        queue=NoQueue() if queue is None else queue,
        bucket=bucket_of(settings, key, clock),
        clock=clock,
    )
    return World(replace(made.parts, wait=clock.wait))


def main(engine: str, data: str, key: str, began: str, pace: str, allowed: str) -> None:
    """Work until killed."""
    clock = PacedClock(float(began), float(pace))
    queue = LocalQueue(clock)
    world = paced_world(
        engine=engine,
        data=Path(data),
        key=bytes.fromhex(key),
        clock=clock,
        allowed=allowed,
        queue=queue,
    )
    queue.start(lambda bodies: jobs.work(world, bodies))
    Ticks(clock, [Job("publish_due", MINUTE, lambda: jobs.publish_due(world))]).start()
    Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
