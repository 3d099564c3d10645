"""The world makes each piece when it is first asked for, once, and loads no more than that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import pytest

from chalicelib.bootstrap import Parts, World
from chalicelib.clock import SystemClock
from chalicelib.ids import RandomIds
from chalicelib.mail.transports import Folder
from chalicelib.settings import load
from chalicelib.store.connection import Store, open_store
from chalicelib.workspaces.ports import Bucket
from tests.fakes.api_world import ROOT
from tests.fakes.memory_queue import MemoryQueue
from tests.fakes.memory_workspaces import MemoryBucket

THREADS = 8


def no_store() -> Store:
    return open_store(region="local", prefix="none", ids=RandomIds(), endpoint="http://127.0.0.1:9")


def world_over(bucket: Callable[[], Bucket]) -> World:
    clock = SystemClock()
    return World(
        Parts(
            settings=load({}),
            clock=clock,
            ids=RandomIds(),
            store=no_store,
            root_key=lambda: bytes(32),
            queue=lambda: MemoryQueue(clock),
            bucket=bucket,
            transport=lambda: Folder(Path("mail")),
        )
    )


def test_threads_that_ask_together_get_the_one_piece() -> None:
    made: list[Bucket] = []
    is_second = Event()
    together = Barrier(THREADS)

    def make() -> Bucket:
        made.append(MemoryBucket())
        if len(made) > 1:
            is_second.set()
        is_second.wait(0.2)  # a second maker, if any may come in, comes while this one works
        return made[-1]

    world = world_over(make)

    def ask(_: int) -> Bucket:
        together.wait()
        return world.bucket

    with ThreadPoolExecutor(THREADS) as pool:
        got = list(pool.map(ask, range(THREADS)))
    assert len(made) == 1
    assert all(bucket is made[0] for bucket in got)


def test_pieces_are_made_of_each_other() -> None:
    world = world_over(MemoryBucket)
    assert world.composer.planner is world.planner
    assert world.planner.checks is world.checks is world.counting is world.advice
    assert world.worker.deliveries is world.composer.deliveries is world.deliveries


def test_each_world_has_its_own_pieces() -> None:
    assert world_over(MemoryBucket).bucket is not world_over(MemoryBucket).bucket


def test_a_piece_that_could_not_be_made_is_tried_again() -> None:
    answers = iter([False, True])

    def make() -> Bucket:
        if not next(answers):
            raise ConnectionError("no bucket now")
        return MemoryBucket()

    world = world_over(make)
    with pytest.raises(ConnectionError, match="no bucket now"):
        _ = world.bucket
    assert world.bucket is world.bucket


def test_a_world_that_is_asked_for_nothing_loads_nothing() -> None:
    code = (
        "import sys\n"
        "from chalicelib import bootstrap\n"
        "areas = ('networks', 'store', 'mail', 'api')\n"
        "print([m for m in sys.modules if m.startswith('chalicelib.') and m.split('.')[1] in areas]"
        " + sorted({'botocore', 'requests', 'PIL', 'cryptography'} & set(sys.modules)))"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
