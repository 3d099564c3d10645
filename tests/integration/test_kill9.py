"""200 publications while the worker and the database are killed -9: each is live once.

The fake networks are the strict kind: like snac they honour no idempotency key, so whatever
is sent twice is live twice. Their ledgers are in this process, which nobody kills. Time runs
ten times as fast, since a dead worker's lease of 90 s is waited for.
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
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
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
INSTANCES = 4
"""One that shows hundreds of posts of the last minutes would be too long to look through."""
KILLS = 9
PACE = 10.0
KEY = bytes(range(32))
FIRM = WorkspaceId("boulangerie")
WITHIN_SECONDS = 88.0
NUMBER = re.compile(r"Fournée n° (\d+)")


@dataclass(slots=True)
class Instance(FakeMastodon):
    """An instance that gives word of every post the instant that it is live."""

    number: int = 1
    """The account's own, on this instance."""
    on_answer: Callable[[], None] = lambda: None

    def account(self) -> dict[str, Any]:
        return {**FakeMastodon.account(self), "id": str(self.number)}

    def answer(self, asked: Asked) -> Said:
        path = asked.path.replace(f"/accounts/{self.number}/", "/accounts/1/")
        said = FakeMastodon.answer(self, replace(asked, path=path))
        self.on_answer()
        return said


class Ledger:
    """What is live, on all instances together."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._grew = threading.Condition()
        self.instances = [
            Instance(now=now, honours_keys=False, number=n, on_answer=self._tell)
            for n in range(1, 1 + INSTANCES)
        ]

    @property
    def live(self) -> list[dict[str, Any]]:
        return [status for instance in self.instances for status in instance.statuses]

    def times_live(self) -> Counter[int]:
        found = (NUMBER.search(status["content"]) for status in self.live)
        return Counter(int(match[1]) for match in found if match)

    def wait_for(self, size: int, deadline: float) -> None:
        """Return at the very moment when so many are live: their answers are still on the way."""
        with self._grew:
            left = deadline - time.monotonic()
            came = self._grew.wait_for(lambda: len(self.live) >= size, timeout=left)
        assert came, f"{len(self.live)} live, {size} expected"

    def _tell(self) -> None:
        with self._grew:
            self._grew.notify_all()


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


def connect(world: World, base_urls: Sequence[str]) -> Workspace:
    firm = Workspace(id=FIRM, name="Martin", feed_token="t" * 43, created_at=world.clock.now())
    world.workspaces.put(None, firm)
    for n, base_url in enumerate(base_urls):
        typed = {"instance": base_url, "token": "a-good-token"}
        world.connecting.connect(FIRM, channel(n), "mastodon", typed)
    return firm


def channel(n: int) -> ChannelId:
    return ChannelId(f"mastodon{n % INSTANCES}")


def words(n: int) -> str:
    """Return a text like no other: what is much alike is left to a person, and rightly so."""
    told = hashlib.sha256(str(n).encode()).hexdigest()
    return f"Fournée n° {n} : " + " ".join(told[at : at + 6] for at in range(0, 60, 6))


def write_posts(world: World, firm: Workspace) -> None:
    for n in range(PUBLICATIONS):
        draft = Draft(
            content=Content(text=words(n)),
            channels=(channel(n),),
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
    ledger = Ledger(clock.now)
    engine = engine_on_disk(tmp_path / "database")
    with ExitStack() as stack:
        for instance in ledger.instances:
            instance.base_url = stack.enter_context(serving(instance)).base_url
        base_urls = [instance.base_url for instance in ledger.instances]
        allowed = " ".join(urlsplit(url).netloc for url in base_urls)
        world = paced_world(
            engine=engine.endpoint,
            data=tmp_path,
            key=KEY,
            clock=clock,
            allowed=allowed,
            queue=None,
        )
        write_posts(world, connect(world, base_urls))
        how = (engine.endpoint, str(tmp_path), KEY.hex(), str(began), str(PACE), allowed)
        worker = stack.enter_context(working(*how))
        kill_at_random(ledger, worker, engine, random.Random(seed), deadline)
        until(
            lambda: all(d.status is Status.PUBLISHED for d in deliveries(world)),
            deadline,
            lambda: (seed, Counter(d.status for d in deliveries(world)), len(ledger.live)),
        )

    assert ledger.times_live() == Counter(range(PUBLICATIONS)), seed
    live = {status["url"] for status in ledger.live}
    assert {d.remote_url for d in deliveries(world)} == live, seed
