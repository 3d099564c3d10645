"""What the ticks that find sources and meters take, by how many are stored and not due.

A hundred of each are written by the application in one firm; then those are copied, by the
store's own batches, for other firms.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bench.copies import NotTheSame
from bench.sizes import Say, Size, tell
from bench.stand import HOUR, Bill, Stand, standing
from chalicelib import jobs
from chalicelib.ids import ChannelId, DeliveryId, SourceId, WorkspaceId
from chalicelib.listening.sources import Source, SourceKind
from chalicelib.measuring.snapshots import Meter
from chalicelib.store import keys
from chalicelib.store.batches import put_rows
from chalicelib.store.items import Item
from chalicelib.store.read import query
from chalicelib.store.tables import CORE, DUE, PARTITION
from local.engine import Engine, obtain
from local.installation import ROOT

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""A Tuesday."""
SIZES = (1_000, 10_000)
OF_A_FIRM = 100
DUE_NOW = 50
PATTERN = WorkspaceId("patternfirmaaaaaaaaa")
"""As long as the ids of the copies, so that an item weighs the same."""
OWN = WorkspaceId("own")


def main(say: Say = print, sizes: Sequence[int] = SIZES) -> list[Size]:
    """Measure, and say the figures.

    Raises:
        NotTheSame: a tick didn't find what is due.
    """
    begun = time.monotonic()
    with Engine(obtain(ROOT, say)) as engine, standing(engine, {}, start=START) as stand:
        for n in range(OF_A_FIRM):
            _write(stand, PATTERN, n, START + HOUR * (2 + n % 20))
        for n in range(DUE_NOW):
            _write(stand, OWN, n, START + HOUR)
        found, firms = [], 1
        for size in sizes:
            _copy(stand, range(firms, size // OF_A_FIRM))
            firms = size // OF_A_FIRM
            found.append(Size(size, dict(_bills(stand))))
    title = f"The ticks that find sources and meters; {DUE_NOW} due, or none"
    tell(title, "of each stored", found, say)
    say(f"  {time.monotonic() - begun:.0f} s in all")
    return found


def _bills(stand: Stand) -> Iterator[tuple[str, Bill]]:
    poll, measure = jobs.poll_mentions, jobs.aggregate_metrics
    stand.set(START)
    yield "poll_mentions, nothing due", _tick(stand, lambda: poll(stand.world), 0)
    yield "aggregate_metrics, nothing due", _tick(stand, lambda: measure(stand.world), 0)
    stand.set(START + HOUR)
    yield f"poll_mentions, {DUE_NOW} due", _tick(stand, lambda: poll(stand.world), DUE_NOW)
    yield f"aggregate_metrics, {DUE_NOW} due", _tick(stand, lambda: measure(stand.world), DUE_NOW)


def _tick(stand: Stand, act: Callable[[], None], due: int) -> Bill:
    stand.queue.sent.clear()
    bill = stand.meter.of(act)
    if len(stand.queue.sent) != due:
        raise NotTheSame(f"{len(stand.queue.sent)} of {due} are due")
    return bill


def _write(stand: Stand, firm: WorkspaceId, n: int, due_at: datetime) -> None:
    stand.world.sources.put(
        None,
        Source(
            workspace=firm,
            id=SourceId(f"source{n:014}"),
            kind=SourceKind.FEED,
            label="La gazette du quartier",
            network="feed",
            address=f"https://gazette.example/{n}/feed.xml",
            cursor='W/"33a64df551425fcc55e4d42a148795d9f25f89d4"',
            due_at=due_at,
            read_at=START - HOUR,
            created_at=START - timedelta(days=30),
        ),
    )
    stand.world.meters.put(
        None,
        Meter(
            workspace=firm,
            channel=ChannelId("on-mastodon"),
            delivery=DeliveryId(f"post{n:016}.on-mastodon.0"),
            remote_id="115609331127485311",
            began_at=START - timedelta(days=10),
            due_at=due_at,
            read_at=START - HOUR,
        ),
    )


def _copy(stand: Stand, copies: range) -> None:
    store = stand.world.store
    rows = [*query(store, CORE, keys.firm(PATTERN))]
    for n in copies:
        put_rows(store, CORE, (_renamed(row, f"{n:020d}") for row in rows))


def _renamed(row: Item, firm: str) -> Item:
    names = (PARTITION, DUE.sort)
    return {**row, **{name: row[name].replace(PATTERN, firm) for name in names}}
