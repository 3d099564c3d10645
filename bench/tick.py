"""Whether the price of a minute's tick, and of a page, depends on how much is stored.

A hundred posts of one firm are written and published by the application itself; then the
firm is copied, as rows of the engine's file, until as many posts are stored as are wanted: by
the engine's own writes a million would take hours on a busy disk. That the copies are what
the application would have written is seen by reading one through it.
"""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.copies import NotTheSame, opened
from bench.stand import HOUR, PICTURE, Bill, Stand, message, standing
from chalicelib import jobs
from chalicelib.ids import MemberId, WorkspaceId
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.drafts import At, Draft, Now
from chalicelib.publishing.posts import Content
from chalicelib.store import keys, read
from chalicelib.store.tables import CORE
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Workspace
from local.engine import Engine, obtain
from local.engine_data import DataFolder
from local.installation import ROOT
from tests.chaos.ledger import Ledger, network
from tests.chaos.steps import Steps, VirtualClock

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""A Tuesday."""
STORED = 1_000_000
SIZES = (100, 10_000)
OF_A_FIRM = 100
DUE = 13
_RUNS = range(50)
SAME = 0.01
"""By how much a price may differ between sizes."""
PATTERN = "patternfirmaaaaaaaaa"
"""As long as the ids of the copies, so that an item weighs the same."""
BATCH = 500
BYTES = 6_000
"""Of the disk, that a stored post takes while the firm is copied (4,500 in the end)."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured with so many posts stored."""

    posts: int
    items: int
    empty: Bill
    milliseconds: float
    """Of an empty tick, the median."""
    get: float
    """Milliseconds of reading one item by the same client: what the tick is held against."""
    due: Bill
    today: Bill

    def prices(self) -> tuple[float, ...]:
        """Return what must not depend on the size."""
        bills = (self.empty, self.due, self.today)
        return tuple(n for b in bills for n in (b.reads, b.rru, b.writes, b.wru))


def main(say: Say = print, stored: int = STORED) -> list[Size]:
    """Measure, and say the figures.

    Raises:
        NotTheSame: the engine's file isn't as it is taken to be.
    """
    (ROOT / ".cache").mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".cache"))
    begun = time.monotonic()
    try:
        sizes = list(_measured(place, _wanted(_affordable(place, stored, say)), say))
        megabytes = DataFolder(place).database.stat().st_size / 1e6
    finally:
        shutil.rmtree(place)
    _tell(sizes, say)
    say(f"  {megabytes:.0f} MB stored in the end; {time.monotonic() - begun:.0f} s in all")
    return sizes


def _affordable(place: Path, stored: int, say: Say) -> int:
    room = shutil.disk_usage(place).free // BYTES
    if room >= stored:
        return stored
    say(f"\nThe disk has no room for {stored} posts ({stored * BYTES / 1e9:.1f} GB):")
    say("  a tenth of them is stored, or --stored names how many")
    return stored // 10


def _wanted(stored: int) -> Sequence[int]:
    return sorted({*(size for size in SIZES if size < stored), stored})


def _tell(sizes: Sequence[Size], say: Say) -> None:
    say(f"\nA tick, and the Today page of a firm with {DUE} posts, by what others have stored")
    columns = ("posts", "items", "empty tick", f"{DUE} due", "Today", "tick ms", "get ms")
    say("  " + "".join(f"{name:>16}" for name in columns))
    for size in sizes:
        units = [f"{b.reads} calls {b.rru:g}" for b in (size.empty, size.due, size.today)]
        cells = [
            str(size.posts),
            str(size.items),
            *units,
            f"{size.milliseconds:.2f}",
            f"{size.get:.2f}",
        ]
        say("  " + "".join(f"{cell:>16}" for cell in cells))
    least, most = sizes[0], sizes[-1]
    pairs = [(a, b) for a, b in zip(least.prices(), most.prices(), strict=True) if a]
    worst = max((b / a for a, b in pairs), key=lambda ratio: abs(ratio - 1))
    is_same = abs(worst - 1) <= SAME and not any(b for a, b in _nothing(least, most))
    say(
        f"  read units and calls at {most.posts} / at {least.posts}: x {worst:.3f} at worst "
        f"({'within' if is_same else 'NOT within'} {SAME:.0%}); "
        f"time in gets {least.milliseconds / least.get:.1f} and {most.milliseconds / most.get:.1f}"
    )


def _nothing(least: Size, most: Size) -> list[tuple[float, float]]:
    return [(a, b) for a, b in zip(least.prices(), most.prices(), strict=True) if not a]


# What is measured.


def _measured(place: Path, wanted: Sequence[int], say: Say) -> Iterator[Size]:
    binary = obtain(ROOT, say)
    networks = {"mastodon": network(Ledger(_quiet()), ResendClass.READ_BACK)}
    with (
        Engine(binary, place) as engine,
        standing(engine, networks, start=START - timedelta(days=30)) as stand,
    ):
        _write_pattern(stand)
        stand.set(START)
        _write_own(stand)
    firms = 1
    for posts in wanted:
        copies = max(1, posts // OF_A_FIRM)
        _copy(DataFolder(place).database, range(firms, copies))
        firms = copies
        with Engine(binary, place) as engine, standing(engine, networks, start=START) as stand:
            if firms > 1:
                _check(stand, firms - 1)
            yield _size(stand, place, firms)


def _size(stand: Stand, place: Path, firms: int) -> Size:
    def tick() -> None:
        jobs.publish_due(stand.world)

    empty = stand.meter.of(tick)
    if stand.queue.sent:
        raise NotTheSame("something is due that shouldn't be")
    milliseconds = statistics.median(_timed(tick) for _ in _RUNS)
    one = keys.workspace(WorkspaceId("own"))
    get = statistics.median(_timed(lambda: read.get(stand.world.store, CORE, one)) for _ in _RUNS)
    stand.set(START + HOUR - timedelta(seconds=30))
    due = stand.meter.of(tick)
    if len(stand.queue.sent) != DUE:
        raise NotTheSame(f"{len(stand.queue.sent)} of {DUE} are due")
    stand.set(START)
    her = stand.browser("claire")
    today = stand.meter.of(lambda: her.get("/v1/workspaces/own/today"))
    return Size(
        posts=firms * OF_A_FIRM,
        items=_items(DataFolder(place).database),
        empty=empty,
        milliseconds=milliseconds,
        get=get,
        due=due,
        today=today,
    )


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


# What is stored.


def _write_pattern(stand: Stand) -> None:
    """Write and publish a hundred posts over a month, as a firm does."""
    firm = stand.firm(PATTERN, "pattern")
    channel = stand.channel(firm, "mastodon")
    for n in range(OF_A_FIRM):
        stand.clock.advance(timedelta(hours=7))
        made = _compose(stand, firm, channel, n, None)
        (delivery,) = made
        jobs.work(stand.world, [message(firm.id, "delivery", delivery)])


def _write_own(stand: Stand) -> None:
    firm = stand.firm("own", "claire")
    channel = stand.channel(firm, "mastodon")
    for n in range(DUE):
        _compose(stand, firm, channel, n, START + HOUR)


def _compose(
    stand: Stand, firm: Workspace, channel: Channel, n: int, at: datetime | None
) -> list[str]:
    draft = Draft(
        content=Content(
            text=f"N° {n} : la galette des rois est là, aux amandes et à la pomme.",
            media=(PICTURE,) if n % 2 else (),
        ),
        channels=(channel.id,),
        when=At(at.replace(tzinfo=None), "UTC") if at else Now(),
    )
    made = stand.world.composer.create(firm, MemberId("claire"), draft)
    return [d.id for d in made.deliveries]


def _copy(database: Path, copies: range) -> None:
    """Copy the firm so many times, under ids of the same length that sort one after the other."""
    with opened(database) as file:
        for start in range(copies.start, copies.stop, BATCH):
            file.execute("BEGIN")
            ids = [(_copy_id(n),) for n in range(start, min(start + BATCH, copies.stop))]
            file.executemany(_COPY_ITEMS, ids)
            file.executemany(_COPY_PLACES, ids)
            file.execute("COMMIT")


_COPY_ITEMS = f"""
INSERT INTO "relais-core" (pk, sk, item_json, item_size, hash_prefix)
SELECT replace(pk, '{PATTERN}', ?1), sk, replace(item_json, '{PATTERN}', ?1), item_size, hash_prefix
FROM "relais-core" WHERE pk = 'S:W#{PATTERN}'
"""
_COPY_PLACES = f"""
INSERT INTO "relais-core::gsi::by_time" (gsi_pk, gsi_sk, table_pk, table_sk, item_json)
SELECT replace(gsi_pk, '{PATTERN}', ?1), gsi_sk, replace(table_pk, '{PATTERN}', ?1), table_sk,
  replace(item_json, '{PATTERN}', ?1)
FROM "relais-core::gsi::by_time" WHERE gsi_pk = 'S:W#{PATTERN}'
"""


def _copy_id(n: int) -> str:
    return f"{n:020d}"


def _check(stand: Stand, last: int) -> None:
    """Read the last copy through the application, as its pages do."""
    window = (START - timedelta(days=40), START)
    both = [WorkspaceId(PATTERN), WorkspaceId(_copy_id(last))]
    lists = [stand.world.post_lists.between(firm, *window, None, 200).rows for firm in both]
    one, other = ([(r.post.id, [d.status for d in r.deliveries]) for r in rows] for rows in lists)
    if len(one) != OF_A_FIRM or one != other:
        raise NotTheSame(f"{len(one)} posts in the firm, {len(other)} in its copy")


def _items(database: Path) -> int:
    with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as file:
        (count,) = file.execute('SELECT count(*) FROM "relais-core"').fetchone()
        return int(count)


def _quiet() -> Steps:
    return Steps(VirtualClock(), quiet=1)
