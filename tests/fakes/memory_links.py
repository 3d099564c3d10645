"""Tracked links, their clicks and what tells visitors apart, in memory."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from chalicelib.ids import DeliveryId, WorkspaceId
from chalicelib.measuring.links import Click, ClickKind, Link, LinkDay


class MemoryLinks:
    """``measuring.ports.Links``."""

    def __init__(self) -> None:
        self.links: dict[str, Link] = {}
        self.clicks: list[Click] = []
        self.reads = 0
        self.failing: Exception | None = None
        self._lock = threading.Lock()

    def get(self, code: str, *, consistent: bool = False) -> Link | None:
        self.reads += 1
        return self.links.get(code)

    def put(self, link: Link) -> bool:
        if link.code in self.links:
            return False
        self.links[link.code] = link
        return True

    def of(self, workspace: WorkspaceId, limit: int, after: Link | None = None) -> Sequence[Link]:
        own = [link for link in self.links.values() if link.workspace == workspace]
        newest = sorted(own, key=lambda link: (link.created_at, link.code), reverse=True)
        return newest[newest.index(after) + 1 if after else 0 :][:limit]

    def codes_of(self, workspace: WorkspaceId, delivery: DeliveryId) -> Sequence[str]:
        own = self.links.values()
        return [x.code for x in own if (x.workspace, x.delivery) == (workspace, delivery)]

    def count(self, click: Click) -> None:
        if self.failing is not None:
            raise self.failing
        with self._lock:
            self.clicks.append(click)

    def days(self, code: str, first: date, last: date) -> Sequence[LinkDay]:
        by_day = defaultdict(list)
        for click in self.clicks:
            if click.code == code and first <= click.day <= last:
                by_day[click.day].append(click)
        return [_link_day(code, day, by_day[day]) for day in sorted(by_day)]


class MemoryVisitors:
    """``measuring.ports.Visitors``."""

    def __init__(self) -> None:
        self.salts: dict[date, bytes] = {}
        self.asked = 0
        self.forgotten: list[tuple[date, int]] = []

    def salt(self, day: date, fresh: bytes) -> bytes:
        self.asked += 1
        return self.salts.setdefault(day, fresh)

    def forget(self, until: date, at_most: int) -> int:
        self.forgotten.append((until, at_most))
        gone = [day for day in self.salts if day < until]
        for day in gone:
            del self.salts[day]
        return len(gone)


def _link_day(code: str, day: date, clicks: list[Click]) -> LinkDay:
    people = [c.visitor for c in clicks if c.kind is ClickKind.PERSON]
    kinds = [c.kind for c in clicks]
    return LinkDay(
        code=code,
        day=day,
        people=len(people),
        visitors=len(set(people)),
        bots=kinds.count(ClickKind.BOT),
        previews=kinds.count(ClickKind.PREVIEW),
    )
