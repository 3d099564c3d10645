"""How late posts reach their network: 1,000 over one minute, then 1,000 at one instant.

Everything but the network is the real thing, as one machine runs it: the engine on disk, the
local queue with its threads, the minute's tick, the handlers, the Mastodon adapter over HTTP.
The network is another process, takes 200 ms over each call, and says when a post came in.
"""

from __future__ import annotations

import hashlib
import heapq
import io
import math
import os
import random
import shutil
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
from PIL import Image

from bench import network
from bench.network import Server
from chalicelib import jobs
from chalicelib.bootstrap import World
from chalicelib.clock import SystemClock
from chalicelib.ids import ChannelId, MemberId, WorkspaceId
from chalicelib.publishing.deliveries import Status
from chalicelib.publishing.drafts import At, Draft
from chalicelib.publishing.posts import Content, Media
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.uploads import media_key
from chalicelib.workspaces.workspaces import Workspace
from local.clock import MINUTE, Job, Ticks
from local.engine import Engine, obtain
from local.installation import ROOT, Folder, bucket_of, settings_of, store_of, world_of
from local.queue import WORKERS, LocalQueue

POSTS = 1_000
FIRMS = 20
CALL = timedelta(milliseconds=200)
CALLS = 1.5
"""Of one post on average: every second one has an image, which is uploaded first."""
AHEAD = timedelta(seconds=75)
"""When the first is due, counted from when they begin to be written."""
READY = timedelta(seconds=10)
"""By how much before that all must be written."""
SPREAD = timedelta(minutes=1)
BARE = POSTS // 3
"""Posts of the baseline: the same rate for a third of the time."""
SETTLE = timedelta(seconds=180)
SEEDERS = 8
TARGET = 5.0

Say = Callable[[str], None]


class NotOnce(Exception):
    """A post isn't live exactly once, or the store says otherwise: nothing else counts then."""


class TooSlowToSeed(Exception):
    """The posts weren't all written before the first of them was due."""


@dataclass(frozen=True, slots=True)
class Lags:
    """How long after their time posts came in, in seconds."""

    name: str
    all: tuple[float, ...]

    def share(self, of: float) -> float:
        """Return the lag that this share of the posts doesn't exceed (nearest rank)."""
        return sorted(self.all)[math.ceil(of * len(self.all)) - 1]

    def line(self) -> str:
        """Return the row of the table."""
        p50, p99 = self.share(0.5), self.share(0.99)
        return f"  {self.name:44}{len(self.all):6}{p50:8.2f}{p99:8.2f}{max(self.all):8.2f}"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured."""

    bare: Lags
    spread: Lags
    instant: Lags
    floor: float
    """Seconds that the calls alone of a thousand posts take, all workers at it at once."""


def main(say: Say = print) -> Figures:
    """Measure, and say the figures.

    Raises:
        NotOnce: a post was published twice or not at all.
        TooSlowToSeed: the machine was too busy to begin.
    """
    say("\nLag after the due time, in seconds, on the network's side")
    say(
        f"  {POSTS} posts of {FIRMS} firms, every second with an image; a call takes "
        f"{CALL.total_seconds():.1f} s, a post {CALLS} calls; {WORKERS} workers"
    )
    with network.running(CALL.total_seconds()) as server, _installation(server, say) as world:
        firms = [_firm(world, server, n) for n in range(FIRMS)]
        picture = _picture(world)
        bare = _bare(server)
        spread = _measured(world, server, firms, picture, SPREAD)
        instant = _measured(world, server, firms, picture, timedelta(0))
    floor = POSTS * CALLS * CALL.total_seconds() / WORKERS
    say(f"  {'':44}{'posts':>6}{'p50':>8}{'p99':>8}{'max':>8}")
    for lags in (bare, spread, instant):
        say(lags.line())
    p99 = spread.share(0.99)
    target = f"target {TARGET:.0f} s: {'reached' if p99 <= TARGET else 'MISSED'}"
    times = p99 / bare.share(0.99)
    say(f"  over a minute: p99 {p99:.2f} s, x {times:.1f} of bare timers' ({target})")
    over = max(instant.all) / floor
    say(f"  at one instant: the last after x {over:.2f} of the {floor:.0f} s of the calls alone")
    say(f"  published {2 * POSTS} of {2 * POSTS}, doubled 0")
    return Figures(bare, spread, instant, floor)


# What is measured.


@contextmanager
def _installation(server: Server, say: Say) -> Iterator[World]:
    """Run everything in a folder on the disk that data are kept on; not where /tmp may be."""
    (ROOT / ".cache").mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".cache"))
    clock, folder = SystemClock(), Folder(place)
    key = folder.key()
    say(f"  one fsync takes {_fsync(place) * 1000:.2f} ms (median of 50)")
    try:
        with Engine(obtain(ROOT, say), folder.database) as engine:
            environ = {"RELAIS_ALLOW_HOSTS": server.netloc}
            url = "http://127.0.0.1:8000"
            settings = settings_of(environ, url=url, engine=engine.endpoint, folder=folder)
            queue, bucket = LocalQueue(clock), bucket_of(settings, key, clock)
            store = store_of(settings)
            world = world_of(settings, store=store, key=key, queue=queue, bucket=bucket)
            ticks = Ticks(clock, [Job("publish_due", MINUTE, lambda: jobs.publish_due(world))])
            queue.start(lambda bodies: jobs.work(world, bodies))
            ticks.start()
            yield world
            ticks.stop(timedelta(seconds=5))
            queue.stop(timedelta(seconds=60))
    finally:
        shutil.rmtree(place)


def _measured(
    world: World,
    server: Server,
    firms: Sequence[tuple[Workspace, Channel]],
    picture: Media,
    over: timedelta,
) -> Lags:
    """Write the posts, let them go out, and return their lags."""
    name = f"Relais, {POSTS} over {over.total_seconds():.0f} s" if over else "Relais, at once"
    first = world.clock.now() + AHEAD
    due = {f"{name}, annonce {n}": first + over * n / POSTS for n in range(POSTS)}

    def write(n: int, text: str) -> None:
        firm, channel = firms[n % FIRMS]
        draft = Draft(
            content=Content(text=text, media=(picture,) if _has_image(n // FIRMS) else ()),
            channels=(channel.id,),
            when=At(due[text].replace(tzinfo=None), "UTC"),
        )
        world.composer.create(firm, MemberId("bench"), draft)

    before = server.count()
    with ThreadPoolExecutor(SEEDERS) as pool:
        list(pool.map(write, range(POSTS), due))
    if world.clock.now() > first - READY:
        raise TooSlowToSeed(f"after {AHEAD} - {READY}")
    last = first + over
    time.sleep((last - world.clock.now()).total_seconds())
    _until(lambda: server.count() >= before + POSTS)
    _until(lambda: _published(world, firms, first, last) == POSTS)
    came = [live for live in server.ledger() if live.text in due]
    if sorted(live.text for live in came) != sorted(due):
        raise NotOnce(f"{len({c.text for c in came})} of {POSTS} live, {len(came)} times")
    return Lags(name, tuple(live.at - due[live.text].timestamp() for live in came))


def _published(
    world: World,
    firms: Sequence[tuple[Workspace, Channel]],
    first: datetime,
    last: datetime,
) -> int:
    until = last + timedelta(seconds=1)
    found = (d for firm, _ in firms for d in world.agenda.between(firm.id, first, until))
    return sum(d.status is Status.PUBLISHED for d in found)


def _until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + SETTLE.total_seconds()
    while not holds():
        if time.monotonic() > ends:
            raise NotOnce(f"not all of it was published within {SETTLE}")
        time.sleep(1)


# Beside it: as many threads that wait for each post's time and make its calls, and no more.


def _bare(server: Server) -> Lags:
    first = datetime.now(UTC) + timedelta(seconds=1)
    waiting = [(first + SPREAD * n / POSTS, n) for n in range(BARE)]
    lock, name, data = threading.Lock(), f"bare timers, the same rate for {BARE}", _jpeg()

    def serve(_: int) -> None:
        while True:
            with lock:
                if not waiting:
                    return
                at, n = heapq.heappop(waiting)
            time.sleep(max(0.0, (at - datetime.now(UTC)).total_seconds()))
            if _has_image(n // FIRMS):
                _post(f"{server.base_url}/api/v2/media", data=data)
            _post(f"{server.base_url}/api/v1/statuses", json={"status": f"{name} {at.timestamp()}"})

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(serve, range(WORKERS)))
    own = [live for live in server.ledger() if live.text.startswith(name)]
    return Lags(name, tuple(live.at - float(live.text.rpartition(" ")[2]) for live in own))


def _post(url: str, **what: object) -> None:
    requests.post(url, timeout=30, **what).raise_for_status()  # type: ignore[arg-type]


# What it is measured with.


def _has_image(n: int) -> bool:
    return n % 2 == 1


def _firm(world: World, server: Server, n: int) -> tuple[Workspace, Channel]:
    now = world.clock.now()
    firm = Workspace(
        id=WorkspaceId(world.ids.new()),
        name=f"Boulangerie {n}",
        feed_token=world.ids.secret(),
        created_at=now,
    )
    channel = Channel(
        workspace=firm.id,
        id=ChannelId(world.ids.new()),
        network="mastodon",
        name=firm.name,
        settings={"instance": server.base_url, "account": str(n), "software": "mastodon"},
        created_at=now,
    )
    world.vault.put(firm.id, channel.id, {"token": f"account-{n}"})
    return world.workspaces.put(None, firm), world.channels.put(None, channel)


def _picture(world: World) -> Media:
    data = _jpeg()
    digest = hashlib.sha256(data).hexdigest()
    world.bucket.keep(media_key(digest), data, "image/jpeg")
    return Media(digest, "image/jpeg", *_SIZE, len(data))


_SIZE = (1200, 900)


def _jpeg() -> bytes:
    """Return a picture that weighs what a photograph of a shop does when it was scaled."""
    grain = Image.frombytes("RGB", (300, 225), random.Random(1).randbytes(300 * 225 * 3))
    data = io.BytesIO()
    grain.resize(_SIZE).save(data, "JPEG", quality=80)
    return data.getvalue()


def _fsync(place: Path) -> float:
    times = []
    with (place / "probe").open("wb") as file:
        for _ in range(50):
            file.write(b"x" * 4096)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - begun)
    return statistics.median(times)
