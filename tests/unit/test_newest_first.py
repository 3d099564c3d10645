"""Reading lists that come newest first, with servers that are slow, odd or stubborn."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.listening.mentions import Author, Heard, MentionKind
from chalicelib.listening.ports import Batch
from chalicelib.networks.newest_first import Entry, Mark, Page, read_down

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Listed:
    """A list that grows at its top; some lines are seen only later."""

    lines: list[int] = field(default_factory=list)
    """Minutes since the start, the newest first."""
    hidden: set[int] = field(default_factory=set)
    heeds_mark: bool = True
    size: int = 3
    requests: int = 0

    def page(self, name: str, mark: Mark | None) -> Page:
        self.requests += 1
        below = int(name) if name else 10**9
        floor = int(mark.id) if mark and self.heeds_mark else -1
        seen = [n for n in self.lines if floor < n < below and n not in self.hidden]
        shown = seen[: self.size]
        more = str(shown[-1]) if len(seen) > self.size else ""
        return Page(tuple(entry(n) for n in shown), more)


def entry(n: int) -> Entry:
    at = START + n * MINUTE
    heard = Heard(
        identity=str(n),
        kind=MentionKind.MENTION,
        remote_id=str(n),
        url="",
        author=Author("", ""),
        text="",
        said_at=at,
    )
    return Entry(Mark(str(n), at), heard)


@pytest.mark.parametrize("heeds_mark", [True, False])
@pytest.mark.parametrize("seed", range(20))
def test_nothing_is_missed_however_reading_is_interrupted(seed: int, *, heeds_mark: bool) -> None:
    chance = random.Random(seed)
    listed = Listed(heeds_mark=heeds_mark, size=chance.choice([1, 3, 7]))
    told: set[str] = set()
    cursor, minute = "", 0
    for _ in range(30):
        for _ in range(chance.randrange(12)):
            minute += 1
            listed.lines.insert(0, minute)
            if chance.random() < 0.2:
                listed.hidden.add(minute)
        now = START + minute * MINUTE
        listed.hidden = {n for n in listed.hidden if now - (START + n * MINUTE) < 4 * MINUTE}
        stops_after = chance.choice([1, 2, 100])
        for number, batch in enumerate(_read(listed, cursor, now), 1):
            told |= {heard.identity for heard in batch.heard}
            if chance.random() < 0.2:
                break  # it dies before the cursor is stored
            cursor = batch.cursor
            if number == stops_after:
                break
    listed.hidden.clear()
    minute += 60
    for _ in range(2):
        for batch in _read(listed, cursor, START + minute * MINUTE):
            told |= {heard.identity for heard in batch.heard}
            cursor = batch.cursor
    assert told == {str(n) for n in listed.lines}


def _read(listed: Listed, cursor: str, now: datetime) -> Iterator[Batch]:
    return read_down(cursor, START - timedelta(days=1), now, 5 * MINUTE, listed.page)


def test_an_empty_list_is_read_by_one_request() -> None:
    listed = Listed()
    (batch,) = _read(listed, "", START)
    assert (batch.heard, batch.is_last, listed.requests) == ((), True, 1)


def test_a_cursor_that_says_nothing_is_a_first_reading() -> None:
    listed = Listed(lines=[2, 1])
    for odd in ("{}", "[]", '{"mark": 7, "page": null}', '{"mark": ["1", "hier"]}'):
        (batch,) = _read(listed, odd, START + 60 * MINUTE)
        assert len(batch.heard) == 2
