"""200 publications while the worker and the database are killed -9: each is live once.

The fake network is the strict kind: like snac it honours no idempotency key, so whatever is
sent twice is live twice. Its ledger is in this process, which nobody kills. Time runs ten
times as fast, since a dead worker's lease of 90 s is waited for.
"""

from __future__ import annotations

import hashlib
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from chalicelib.bootstrap import World
from chalicelib.ids import ChannelId, MemberId, WorkspaceId
from chalicelib.publishing.deliveries import Delivery, Status
from chalicelib.publishing.drafts import Draft, Now
from chalicelib.publishing.posts import Content
from chalicelib.workspaces.workspaces import Workspace
from tests.engine_fixtures import DiskEngine, OnDisk
from tests.fakes.fake_mastodon import FakeMastodon
from tests.fakes.serving import Asked, Said, serving
from tests.integration.kill9_worker import PacedClock, paced_world
from tests.relais_fixtures import ROOT
from tests.servers.process import LEASH

PUBLICATIONS = 200
KILLS = 9
PACE = 10.0
KEY = bytes(range(32))
FIRM = WorkspaceId("boulangerie")
CHANNEL = ChannelId("mastodon")
WITHIN_SECONDS = 80.0
NUMBER = re.compile(r"Fournée n° (\d+)")


@dataclass(slots=True)
class Ledger(FakeMastodon):
    """What is live, and word of every post the instant that it becomes so."""

    grew: threading.Condition = field(default_factory=threading.Condition)

    def answer(self, asked: Asked) -> Said:
        said = FakeMastodon.answer(self, asked)
        with self.grew:
            self.grew.notify_all()
        return said

    def wait_for(self, size: int, deadline: float) -> None:
        """Return at the very moment when so many are live: their answers are still on the way."""
        with self.grew:
            left = deadline - time.monotonic()
            came = self.grew.wait_for(lambda: len(self.statuses) >= size, timeout=left)
        assert came, f"{len(self.statuses)} live, {size} expected"

    def times_live(self) -> Counter[int]:
        found = (NUMBER.search(status["content"]) for status in self.statuses)
        return Counter(int(match[1]) for match in found if match)


class Worker:
    """The process that is killed and started again."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        module = [sys.executable, "-m", "tests.integration.kill9_worker"]
        self._process = subprocess.Popen(
            ["sh", "-c", LEASH, "worker", *module, *self._arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill9(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            assert self._process.stdin
            self._process.stdin.close()
            self._process = None


@contextmanager
def working(*arguments: str) -> Iterator[Worker]:
    worker = Worker(*arguments)
    worker.start()
    try:
        yield worker
    finally:
        worker.kill9()


def connect(world: World, base_url: str) -> Workspace:
    firm = Workspace(id=FIRM, name="Martin", feed_token="t" * 43, created_at=world.clock.now())
    world.workspaces.put(None, firm)
    typed = {"instance": base_url, "token": "a-good-token"}
    world.connecting.connect(FIRM, CHANNEL, "mastodon", typed)
    return firm


def words(n: int) -> str:
    """Return a text like no other: what is much alike is left to a person, and rightly so."""
    told = hashlib.sha256(str(n).encode()).hexdigest()
    return f"Fournée n° {n} : " + " ".join(told[at : at + 6] for at in range(0, 60, 6))


def write_posts(world: World, firm: Workspace) -> None:
    for n in range(PUBLICATIONS):
        draft = Draft(
            content=Content(text=words(n)),
            channels=(CHANNEL,),
            when=Now(),
            useful_for=timedelta(hours=24),
        )
        world.composer.create(firm, MemberId("lea"), draft)


def deliveries(world: World) -> list[Delivery]:
    day = timedelta(days=1)
    return list(world.agenda.between(FIRM, world.clock.now() - day, world.clock.now() + day))


def until(holds: Callable[[], bool], deadline: float, otherwise: Callable[[], object]) -> None:
    while not holds():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.1)


def kill_at_random(
    ledger: Ledger, worker: Worker, engine: DiskEngine, chance: random.Random, deadline: float
) -> None:
    """Kill the worker, the database or both as soon as the ledger has reached some sizes."""
    sizes = sorted(chance.sample(range(3, PUBLICATIONS - 5), KILLS))
    for number, size in enumerate(sizes):
        ledger.wait_for(size, deadline)
        is_engine, is_worker = number % 3 != 0, number % 3 != 1
        if is_worker:
            worker.kill9()
        if is_engine:
            engine.kill9()
            engine.restart()
        if is_worker:
            worker.start()


@pytest.mark.timeout(150)
def test_200_publications_under_kill_9_are_each_live_once(
    engine_on_disk: OnDisk, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    began = time.time()
    deadline = time.monotonic() + WITHIN_SECONDS
    clock = PacedClock(began, PACE)
    ledger = Ledger(now=clock.now, honours_keys=False, posts_left=10 * PUBLICATIONS)
    engine = engine_on_disk(tmp_path / "database")
    with serving(ledger) as served:
        ledger.base_url = served.base_url
        allowed = urlsplit(served.base_url).netloc
        world = paced_world(
            engine=engine.endpoint,
            data=tmp_path,
            key=KEY,
            clock=clock,
            allowed=allowed,
            queue=None,
        )
        write_posts(world, connect(world, served.base_url))
        how = (engine.endpoint, str(tmp_path), KEY.hex(), str(began), str(PACE), allowed)
        with working(*how) as worker:
            kill_at_random(ledger, worker, engine, random.Random(seed), deadline)
            until(
                lambda: all(d.status is Status.PUBLISHED for d in deliveries(world)),
                deadline,
                lambda: (seed, Counter(d.status for d in deliveries(world)), len(ledger.statuses)),
            )

    assert ledger.times_live() == Counter(range(PUBLICATIONS)), seed
    live = {status["id"] for status in ledger.statuses}
    assert {d.remote_id for d in deliveries(world)} == live, seed
