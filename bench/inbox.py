"""What a firm's inbox takes with a thousand mentions stored, and with a hundred thousand.

A hundred mentions are kept and triaged by the application itself; then they are copied, in
the same firm, a hundred minutes earlier each time.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from bench.copies import Names, NotTheSame, Row, add, opened, rows_of
from bench.sizes import Say, Size, tell
from bench.stand import Bill, Stand, standing
from chalicelib.ids import ChannelId, MemberId, WorkspaceId
from chalicelib.inbox import items
from chalicelib.inbox.items import KEPT, InboxItem, InboxState
from chalicelib.inbox.ports import Filter
from chalicelib.listening.mentions import Author, Mention, MentionKind
from chalicelib.store.expiry import expires
from chalicelib.store.keys import ms
from chalicelib.store.tables import EXPIRES
from local.engine import Engine, obtain
from local.engine_data import DataFolder
from local.installation import ROOT
from tests.fakes.api_world import Client
from tests.fakes.said import mention

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""A Tuesday."""
PATTERN = 100
STORED = 100_000
LEAST = 1_000
FIRM = WorkspaceId("own")
OWNER = MemberId("claire")
NOTHING_IN_COMMON = "two filters that nothing fits"
PAGES: Mapping[str, Mapping[str, str]] = {
    "the open ones": {},
    "everything": {"state": "any"},
    "one filter": {"state": "any", "network": "bluesky"},
    "two filters": {"state": "any", "network": "bluesky", "assignee": OWNER},
    "three filters": {"unread": "1", "network": "bluesky"},
    "a search": {"state": "any", "q": "brioch"},
    "a search of two words": {"state": "any", "q": "brioche bonne"},
    "a search in two filters": {"network": "bluesky", "q": "galette"},
    "a seldom word": {"state": "any", "q": "remboursement"},
    NOTHING_IN_COMMON: {"state": "any", "network": "bluesky", "kind": "review"},
}
"""Each is a page of 30, asked for by a person who is signed in."""


def main(say: Say = print, stored: int = STORED) -> list[Size]:
    """Measure, and say the figures.

    Raises:
        NotTheSame: the engine's file isn't as it is taken to be.
    """
    (ROOT / ".cache").mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="bench-", dir=ROOT / ".cache"))
    begun = time.monotonic()
    try:
        sizes = list(_measured(place, sorted({LEAST, stored}), say))
        megabytes = DataFolder(place).database.stat().st_size / 1e6
    finally:
        shutil.rmtree(place)
    title = "The inbox of a firm, by how many mentions it has"
    tell(title, "mentions", sizes, say, may_differ=NOTHING_IN_COMMON)
    say(f"  {megabytes:.0f} MB stored in the end; {time.monotonic() - begun:.0f} s in all")
    return sizes


def _measured(place: Path, wanted: Sequence[int], say: Say) -> Iterator[Size]:
    binary = obtain(ROOT, say)
    with Engine(binary, place) as engine, standing(engine, {}, start=START) as stand:
        firm = stand.firm(FIRM, OWNER)
        channel = stand.channel(firm, "mastodon").id
        for n in range(1, PATTERN + 1):
            stand.world.inbox.put(None, _item(channel, n))
    copies = 1
    for stored in wanted:
        seconds = _copy(place, channel, copies, stored // PATTERN)
        copies = stored // PATTERN
        say(f"  {stored:,} mentions stored: {seconds:.0f} s")
        with Engine(binary, place) as engine, standing(engine, {}, start=START) as stand:
            _check(stand, channel, copies)
            yield Size(stored, dict(_bills(stand, channel, stored)))


# What is measured.


def _bills(stand: Stand, channel: ChannelId, stored: int) -> Iterator[tuple[str, Bill]]:
    her, path = stand.browser(OWNER), f"/v1/workspaces/{FIRM}"
    for name, query in PAGES.items():
        yield name, stand.meter.of(_asking(her, f"{path}/inbox?{urlencode(query)}"))
    far = f"{ms(START - timedelta(minutes=stored // 2))}"
    yield (
        "the open ones, from the middle on",
        stand.meter.of(lambda: stand.world.inbox.page(FIRM, Filter(), 30, far)),
    )
    yield "the counts", stand.meter.of(_asking(her, f"{path}/inbox/counts"))
    yield "the Today page", stand.meter.of(_asking(her, f"{path}/today"))
    yield from _changes(stand, channel)


def _asking(her: Client, path: str) -> Callable[[], None]:
    def ask() -> None:
        answer = her.get(path)
        if answer.status != 200:
            raise NotTheSame(f"{path}: {answer.text}")

    return ask


def _changes(stand: Stand, channel: ChannelId) -> Iterator[tuple[str, Bill]]:
    """Keep one more, and do with it what people do."""
    shelf, triage, of = stand.world.inbox_shelf, stand.world.triage, stand.meter.of
    told = _mention(channel, 0)
    yield "keeping a new comment", of(lambda: shelf.keep(told))
    yield "being told of it again", of(lambda: shelf.keep(told))
    yield "it is read", of(lambda: triage.read(FIRM, told.id))
    yield "it is assigned", of(lambda: triage.assign(FIRM, told.id, OWNER))
    yield "it is labelled", of(lambda: triage.label(FIRM, told.id, ["merci"]))
    yield "it is closed", of(lambda: triage.close(FIRM, told.id, InboxState.DONE, OWNER))
    item = stand.world.inbox.get(FIRM, told.id)
    if item is None or item.state is not InboxState.DONE:
        raise NotTheSame("what was closed isn't")
    stand.world.inbox.erase(item)


# What is stored.


def _mention(channel: ChannelId, n: int) -> Mention:
    """Return the nth, a minute before the one before it; what is said comes round again."""
    turn = n % PATTERN
    words = "La brioche était bonne" if turn % 3 == 1 else "La galette était bonne"
    if turn % 20 == 0:
        words = "Je demande un remboursement"
    at = START - timedelta(minutes=n)
    return mention(
        n,
        at=START,
        workspace=FIRM,
        channel=channel,
        network="bluesky" if turn % 3 == 0 else "mastodon",
        kind=MentionKind.REVIEW if turn % 3 == 1 else MentionKind.REPLY,
        author=Author(f"person-{turn % 17:02}", f"Camille Dupont {turn % 17:02}", "@camille"),
        text=f"{words}, merci ! Ouvrez-vous dimanche matin ?",
        seen_at=at,
    )


def _item(channel: ChannelId, n: int) -> InboxItem:
    """Return it triaged: half are open and unread, a quarter assigned."""
    item = InboxItem(mention=_mention(channel, n), assignee=OWNER if n % 4 == 1 else None)
    if n % 2:
        return item
    return replace(items.closed(item, InboxState.DONE, OWNER, item.mention.at), is_unread=False)


def _copy(place: Path, channel: ChannelId, start: int, end: int) -> float:
    """Let there be as many copies; return how many seconds it took."""
    with opened(DataFolder(place).database) as file:
        rows = rows_of(file, "inbox")
        of: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            of[row.sk.rpartition("#")[2].removeprefix("S:")].append(row)
        patterns = [(n, of[_mention(channel, n).id]) for n in range(1, PATTERN + 1)]
        seconds = add(file, "inbox", _copies(channel, patterns, start, end))
        add(file, "inbox", [_multiplied(row, end / start) for row in of["-"]])
    return seconds


def _copies(
    channel: ChannelId, patterns: Sequence[tuple[int, Sequence[Row]]], start: int, end: int
) -> Iterator[Row]:
    for n, rows in patterns:
        old = _mention(channel, n)
        for copy in range(start, end):
            names = _names(old, _mention(channel, n + copy * PATTERN))
            yield from (row.renamed(names) for row in rows)


def _names(old: Mention, new: Mention) -> Names:
    """Return what differs: the id, the address, and the instants, in ms (and so in µs) and s."""
    instants = [f"{expires(m.at + KEPT)[EXPIRES]}" for m in (old, new)]
    return [
        (old.id, new.id),
        (old.heard.identity, new.heard.identity),
        (ms(old.at), ms(new.at)),
        (instants[0], instants[1]),
        (f'"{old.heard.remote_id}"', f'"{new.heard.remote_id}"'),
    ]


def _multiplied(row: Row, times: float) -> Row:
    item = json.loads(row.item_json)
    counts = {k: {"N": f"{int(v['N']) * times:.0f}"} for k, v in item.items() if "N" in v}
    return row._replace(item_json=json.dumps({**item, **counts}))


def _check(stand: Stand, channel: ChannelId, copies: int) -> None:
    """Read the last copies through the application, as its pages do."""
    oldest = (copies - 1) * PATTERN
    after = ms(START - timedelta(minutes=oldest + 1)) + "~"
    page = stand.world.inbox.page(FIRM, Filter(state=None), PATTERN + 1, after)
    wanted = [_item(channel, oldest + n) for n in range(1, PATTERN + 1)]
    if [replace(i, rev=0, write_token="") for i in page.items] != wanted:
        raise NotTheSame(f"{len(page.items)} of {PATTERN} mentions are read as they should be")
    open_ones = sum(item.state is InboxState.OPEN for item in wanted)
    if stand.world.inbox.counts(FIRM).open != open_ones * copies:
        raise NotTheSame("the counts don't hold")
