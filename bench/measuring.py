"""What a click, a month's report and rebuilding totals take, by how much is stored.

A few links, clicks and days are written by the application itself; then they are copied.
"""

from __future__ import annotations

import hashlib
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from pynamodb.expressions.operand import Path as Attribute

from bench.copies import NotTheSame, Row, add, opened, rows_of
from bench.sizes import SAME, Say, Size, tell
from bench.stand import Bill, Stand, standing
from chalicelib.ids import ChannelId, DeliveryId, MemberId, WorkspaceId
from chalicelib.measuring.askers import Asker
from chalicelib.measuring.links import code_of
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.report import Report, month
from chalicelib.measuring.rollups import ChannelDay, Moved, SubjectDay
from chalicelib.measuring.shortening import LinkDraft
from chalicelib.measuring.snapshots import Meter, Snapshot
from chalicelib.store import keys, read
from chalicelib.store.batches import put_rows
from chalicelib.store.channels import to_item
from chalicelib.store.links import ROWS, live_row
from chalicelib.store.tables import CORE, PARTITION, SORT, STATS
from local.engine import Engine, obtain
from local.engine_data import DataFolder
from local.installation import ROOT
from tests.fakes.api_world import Client, visitor

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""A Tuesday."""
FIRM = WorkspaceId("own")
OWNER = MemberId("claire")
ZONE = ZoneInfo("Europe/Paris")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PATTERN = 10
LINKS = (PATTERN, 100_000)
"""Links stored, each followed once."""
VISITORS = (0, 1_500, 10_000)
"""Different people who have followed one link on one day."""
CHANNELS = (10, 34, 1_000)
"""Of a firm; 34 have 1,000 days in a month."""
SHOWN = 34
"""Channels of the largest firm whose page is asked for: of more the report itself is made."""
PERIOD = month(2026, 10)
LONG = timedelta(days=PERIOD.length * 2 + 14)
"""Days that a report reads: the period, as many before it, and those that tell jumps."""
POSTS = (1, 10, 100)
"""Of a channel, read on one day."""
_CLICKS = range(100)


def main(say: Say = print) -> None:
    """Measure, and say the figures.

    Raises:
        NotTheSame: the engine's file isn't as it is taken to be.
    """
    begun = time.monotonic()
    _clicks(say)
    with Engine(obtain(ROOT, say)) as engine, standing(engine, {}, start=START) as stand:
        _visitors(stand, say)
        _posts(stand, say)
    _reports(say)
    say(f"  {time.monotonic() - begun:.0f} s in all")


@contextmanager
def _folder() -> Iterator[Path]:
    (ROOT / ".cache").mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".cache"))
    try:
        yield place
    finally:
        shutil.rmtree(place)


# A click, by how many links there are and how often they were followed.


@dataclass(frozen=True, slots=True)
class Clicks:
    """What following a link took with so many stored."""

    size: Size
    milliseconds: float
    """The median."""
    bare: float
    """Milliseconds of reading an item and writing one by the same client."""


def _clicks(say: Say) -> None:
    with _folder() as place:
        sizes = [*_clicks_at(place, LINKS, say)]
    tell(
        "Following a link, by how many there are, each followed once",
        "links",
        [s.size for s in sizes],
        say,
    )
    for found in sizes:
        times = found.milliseconds / found.bare
        say(
            f"  at {found.size.stored:,}: {found.milliseconds:.1f} ms, the median of "
            f"{len(_CLICKS)}; x {times:.1f} of a bare read and write"
        )
    say(f"  x {sizes[-1].milliseconds / sizes[0].milliseconds:.2f} in ms")


def _clicks_at(place: Path, wanted: Sequence[int], say: Say) -> Iterator[Clicks]:
    binary = obtain(ROOT, say)
    with Engine(binary, place) as engine, standing(engine, {}, start=START) as stand:
        stand.firm(FIRM, OWNER)
        codes = [_link(stand, n) for n in range(PATTERN)]
        for code in codes:
            stand.world.redirect.follow(code, _asker(code))
    for links in wanted:
        with opened(DataFolder(place).database) as file:
            seconds = add(file, "stats", _copies(rows_of(file, "stats"), codes, links))
        say(f"  {links:,} links stored: {seconds:.0f} s")
        one = codes[0] if links == PATTERN else _code(PATTERN - 1, links // PATTERN - 1)
        with Engine(binary, place) as engine, standing(engine, {}, start=START) as stand:
            yield _followed(stand, links, one)


def _link(stand: Stand, n: int) -> str:
    draft = LinkDraft(target=_target(n), delivery=_delivery(n))
    return stand.world.shortening.create(FIRM, draft, by=OWNER).code


def _delivery(n: int) -> DeliveryId:
    return DeliveryId(f"post{n:016}.on-mastodon.0")


def _target(n: int) -> str:
    return f"https://boulangerie.example/galette?page={n}"


def _asker(said: str) -> Asker:
    address = ".".join(f"{byte}" for byte in hashlib.sha256(said.encode()).digest()[:4])
    return Asker(headers={"user-agent": BROWSER}, address=address)


def _code(n: int, copy: int) -> str:
    return code_of(_delivery(n), _target(n), copy)


def _copies(rows: Sequence[Row], codes: Sequence[str], links: int) -> Iterator[Row]:
    for n, code in enumerate(codes):
        own = [row for row in rows if code in row.pk or code in row.sk]
        for copy in range(1, links // PATTERN):
            yield from (row.renamed([(code, _code(n, copy))]) for row in own)


def _followed(stand: Stand, links: int, code: str) -> Clicks:
    link = stand.world.links.get(code)
    today = START.date()
    days = stand.world.links.days(code, today, today)
    if link is None or sum(day.people for day in days) != 1:
        raise NotTheSame(f"the link {code} isn't read as it should be")
    browser = visitor().with_headers(user_agent=BROWSER)

    def click() -> None:
        if browser.get(f"/l/{code}").status != 302:
            raise NotTheSame(f"/l/{code} leads nowhere")

    first = stand.meter.of(click)
    bill = stand.meter.of(click)
    milliseconds = statistics.median(_timed(click) for _ in _CLICKS)
    bare = statistics.median(_timed(lambda: _read_and_write(stand)) for _ in _CLICKS)
    bills = {"a process's first of a day": first, "every other": bill}
    return Clicks(Size(links, bills), milliseconds, bare)


def _read_and_write(stand: Stand) -> None:
    store = stand.world.store
    read.get(store, CORE, keys.workspace(FIRM))
    put_rows(store, STATS, [{PARTITION: "bench", SORT: "bare"}])


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


# A click, by how many people have followed that link that day.


def _visitors(stand: Stand, say: Say) -> None:
    stand.firm(FIRM, OWNER)
    code = _link(stand, 0)
    stand.world.redirect.follow(code, _asker("the first"))
    say("\nFollowing one link, by how many different people did so that day")
    before = 0
    for visitors in VISITORS:
        for digit in ROWS:
            _let_follow(stand, code, digit, range(before // len(ROWS), visitors // len(ROWS)))
        before = visitors
        asker = _asker(f"one after {visitors}")
        bill = stand.meter.of(partial(stand.world.redirect.follow, code, asker))
        say(f"  {visitors:8,} people: {bill.reads} read, {bill.writes} write of {bill.wru:g} WRU")


def _let_follow(stand: Stand, code: str, digit: str, people: range) -> None:
    """Let these follow it whose hashes begin with a digit, by one write."""
    if not people:
        return
    first = int(digit, 16) << 60
    hashes = [(first + (n * 7919 << 20) + n).to_bytes(8, "big") for n in people]
    store = stand.world.store
    actions = [Attribute("n").add(len(hashes)), Attribute("h").add({"BS": hashes})]
    key = live_row(START.date(), digit, code)
    store.connection.update_item(store.name(STATS), *key, actions=actions)


# Rebuilding totals, by how many posts of the channel were read that day.


def _posts(stand: Stand, say: Say) -> None:
    channel = stand.channel(stand.firm(WorkspaceId("fleuriste"), "flora"), "mastodon")
    day = START.date()
    say("\nRebuilding what one post and its channel did on a day, by posts read that day")
    written = 0
    for posts in POSTS:
        for n in range(written, posts):
            _read(stand, channel.workspace, channel.id, n)
            stand.world.totals.rebuild(_meter(channel.workspace, channel.id, n), day, ZONE)
        written = posts
        of = _meter(channel.workspace, channel.id, 0)
        bill = stand.meter.of(partial(stand.world.totals.rebuild, of, day, ZONE))
        say(
            f"  {posts:8,} posts: {bill.reads} reads of {bill.rru:g} RRU, "
            f"{bill.writes} writes of {bill.wru:g} WRU"
        )


def _meter(firm: WorkspaceId, channel: ChannelId, n: int) -> Meter:
    return Meter(
        workspace=firm,
        channel=channel,
        delivery=_delivery(n),
        remote_id="115609331127485311",
        began_at=START - timedelta(days=3),
        due_at=START,
    )


def _read(stand: Stand, firm: WorkspaceId, channel: ChannelId, n: int) -> None:
    for day in range(3):
        counters = {Metric.LIKES: 3 + n - day, Metric.REPLIES: 2, Metric.REPOSTS: 1}
        at = START - timedelta(days=day)
        stand.world.snapshots.keep(
            Snapshot(
                workspace=firm, channel=channel, delivery=_delivery(n), at=at, counters=counters
            )
        )


# A month's report, by how many channels the firm has.


@dataclass(frozen=True, slots=True)
class Reported:
    """What the report of a firm with so many channels took."""

    channels: int
    bill: Bill
    seconds: float
    """Of the processor."""
    page: Bill | None
    """What the page that shows it takes."""

    @property
    def each(self) -> float:
        """Read units of a channel."""
        return self.bill.rru / self.channels

    def line(self) -> str:
        """Return it as it is printed."""
        page = f"; its page {self.page.reads} reads of {self.page.rru:g} RRU" if self.page else ""
        return (
            f"  {self.channels:6,} channels: {self.bill.reads} reads of {self.bill.rru:g} RRU, "
            f"{self.each:.2f} a channel, {self.seconds:.2f} s of CPU{page}"
        )


def _reports(say: Say) -> None:
    with _folder() as place:
        found = [*_reports_at(place, say)]
    say(f"\nA month's report, by channels ({PERIOD.length} days and {LONG.days} with those before)")
    for report in found:
        say(report.line())
    times = found[-1].each / found[0].each
    say(
        f"  RRU a channel: x {times:.2f} "
        f"({'within' if abs(times - 1) <= SAME else 'NOT within'} {SAME:.0%})"
    )


def _reports_at(place: Path, say: Say) -> Iterator[Reported]:
    binary = obtain(ROOT, say)
    with Engine(binary, place) as engine, standing(engine, {}, start=START) as stand:
        channel = stand.channel(stand.firm(FIRM, OWNER), "mastodon")
        for n in range(LONG.days):
            _day(stand, channel.id, PERIOD.last - timedelta(days=n))
    channels = 1
    for wanted in CHANNELS:
        with opened(DataFolder(place).database) as file:
            own = [row for row in rows_of(file, "stats") if channel.id in row.sk]
            copies = range(channels, wanted)
            names = ([(channel.id, _channel_id(n))] for n in copies)
            add(file, "stats", (row.renamed(n) for n in names for row in own))
        with Engine(binary, place) as engine, standing(engine, {}, start=START) as stand:
            more = (replace(channel, id=_channel_id(n)) for n in copies)
            put_rows(stand.world.store, CORE, (to_item(c, 1) for c in more))
            channels = wanted
            yield _reported(stand, wanted)


def _channel_id(n: int) -> ChannelId:
    return ChannelId(f"{n:020d}")


def _day(stand: Stand, channel: ChannelId, day: date) -> None:
    own = {Metric.FOLLOWERS: Moved(812, 3), Metric.POSTS: Moved(240, 1)}
    posts = {metric: Moved(None, 7) for metric in (Metric.LIKES, Metric.REPLIES, Metric.REPOSTS)}
    rollups = stand.world.rollups
    rollups.put_channel(
        None, ChannelDay(workspace=FIRM, channel=channel, day=day, moved={**own, **posts})
    )
    if PERIOD.holds(day):
        subject = SubjectDay(workspace=FIRM, channel=channel, subject=channel, day=day, moved=own)
        rollups.put_subject(None, subject)


def _reported(stand: Stand, channels: int) -> Reported:
    made: list[Report] = []
    begun = time.process_time()
    bill = stand.meter.of(lambda: made.append(stand.world.reports.of(FIRM, PERIOD)))
    seconds = time.process_time() - begun
    (found,) = made
    if len(found.channels) != channels or len({c.totals[Metric.LIKES] for c in found.channels}) > 1:
        raise NotTheSame(
            f"{len(found.channels)} of {channels} channels are reported as they should"
        )
    her = stand.browser(OWNER)
    page = stand.meter.of(lambda: _see(her)) if channels <= SHOWN else None
    return Reported(channels, bill, seconds, page)


def _see(her: Client) -> None:
    path = f"/v1/workspaces/{FIRM}/metrics?from={PERIOD.first}&to={PERIOD.last}"
    answer = her.get(path)
    if answer.status != 200:
        raise NotTheSame(answer.text)
