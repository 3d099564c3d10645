"""Reads lists that come newest first, part by part: what interrupts it leaves no gap.

Such a list is read down from its top to where an earlier reading began. Until it is there the
cursor holds that earlier mark beside the page to go on with; only a reading that came down to
it moves the mark. The mark stays an ``overlap`` behind the present, since servers may list a
thing a while after others that are newer: these last ones are told again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.listening.mentions import Heard
from chalicelib.listening.ports import Batch
from chalicelib.networks.replies import iso_instant, said_object, said_text


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the list: all that is older has been read."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list; ``heard`` is None where it isn't said to us."""

    mark: Mark
    heard: Heard | None


@dataclass(frozen=True, slots=True)
class Page:
    """What one request gave, the newest first."""

    entries: tuple[Entry, ...]
    following: str
    """What asks for the next page; empty: this is the last one."""
    skipped: int = 0
    """Lines that couldn't be read."""


FetchPage = Callable[[str, Mark | None], Page]
"""Returns a page (the first one's name is empty); nothing older than the mark is needed."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where reading goes on."""

    mark: Mark | None = None
    """Where the last whole reading began."""
    top: Mark | None = None
    """What ``mark`` becomes once this reading has come down to it."""
    page: str = ""


def read_down(
    cursor: str, since: datetime, now: datetime, overlap: timedelta, fetch: FetchPage
) -> Iterator[Batch]:
    """Yield the list from its top down to where it was read before; see ``ports.Reader.read``.

    Each batch is one call of ``fetch``.
    """
    place = _place_of(cursor)
    floor = max(since, place.mark.at) if place.mark else since
    while True:
        page = fetch(place.page, place.mark)
        top = place.top or _settled(page, now - overlap)
        reached = any(e.mark == place.mark or e.mark.at < floor for e in page.entries)
        is_last = reached or page.following in {"", place.page}
        if is_last:
            place = _Place(mark=top or place.mark)
        else:
            place = replace(place, top=top, page=page.following)
        heard = tuple(e.heard for e in page.entries if e.heard and e.mark.at >= floor)
        yield Batch(heard=heard, cursor=_cursor_of(place), is_last=is_last, skipped=page.skipped)
        if is_last:
            return


def _settled(page: Page, until: datetime) -> Mark | None:
    """Return the newest line that is old enough for nothing to appear beneath it."""
    return next((e.mark for e in page.entries if e.mark.at <= until), None)


def _cursor_of(place: _Place) -> str:
    kept = {"mark": _plain(place.mark), "top": _plain(place.top), "page": place.page}
    return json.dumps({name: value for name, value in kept.items() if value})


def _plain(mark: Mark | None) -> list[str] | None:
    return [mark.id, mark.at.isoformat()] if mark else None


def _place_of(cursor: str) -> _Place:
    kept = said_object(json.loads(cursor)) if cursor else {}
    return _Place(_mark(kept.get("mark")), _mark(kept.get("top")), said_text(kept.get("page")))


def _mark(kept: object) -> Mark | None:
    if not isinstance(kept, list) or len(kept) != 2:
        return None
    at = iso_instant(kept[1])
    return Mark(said_text(kept[0]), at) if at else None
