"""Reads several lists one after another, part by part: what interrupts it leaves no gap.

What is said to an account on Meta's networks stands in many lists: comments under each post,
mentions, recommendations. A reading goes through all of them, from the newest down to a floor
that stays the same until it is done; the cursor holds what is left to read. Only then does the
floor move, to a while before this reading began.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.listening.mentions import Heard
from chalicelib.listening.ports import Batch
from chalicelib.networks.replies import iso_instant, said_object, said_text

OVERLAP = timedelta(minutes=10)
"""Read again each time: lists may show a thing a while after it was said."""


@dataclass(frozen=True, slots=True)
class Step:
    """A page of one list, to be read."""

    kind: str
    """Which list."""
    of: str = ""
    """What it hangs on."""
    page: str = ""
    """What asks for the page; empty: the first one."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one request gave."""

    heard: tuple[Heard, ...] = ()
    then: tuple[Step, ...] = ()
    """What must be read besides."""
    skipped: int = 0
    """Things that couldn't be read."""


Ask = Callable[[Step, datetime], Told]
"""Reads a page; nothing older than the floor is needed."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where reading goes on."""

    mark: datetime | None = None
    """When the last whole reading began."""
    began: datetime | None = None
    floor: datetime | None = None
    left: tuple[Step, ...] = ()


def read_lists(
    cursor: str, since: datetime, now: datetime, first: Sequence[Step], ask: Ask
) -> Iterator[Batch]:
    """Yield what was said since the last whole reading; see ``ports.Reader.read``.

    Each batch is one call of ``ask``.
    """
    place = _place_of(cursor)
    if not place.left or place.floor is None:
        floor = max(since, place.mark - OVERLAP) if place.mark else since
        place = _Place(place.mark, now, floor, tuple(first))
    floor = place.floor or since
    while place.left:
        told = ask(place.left[0], floor)
        left = (*told.then, *place.left[1:])
        place = replace(place, left=left) if left else _Place(mark=place.began)
        heard = tuple(h for h in told.heard if h.said_at >= floor)
        yield Batch(heard=heard, cursor=_cursor_of(place), is_last=not left, skipped=told.skipped)


def _cursor_of(place: _Place) -> str:
    kept = {
        "mark": place.mark and place.mark.isoformat(),
        "began": place.began and place.began.isoformat(),
        "floor": place.floor and place.floor.isoformat(),
        "left": [[step.kind, step.of, step.page] for step in place.left],
    }
    return json.dumps({name: value for name, value in kept.items() if value})


def _place_of(cursor: str) -> _Place:
    kept = said_object(json.loads(cursor)) if cursor else {}
    left = kept.get("left") or ()
    return _Place(
        mark=iso_instant(kept.get("mark")),
        began=iso_instant(kept.get("began")),
        floor=iso_instant(kept.get("floor")),
        left=tuple(Step(*map(said_text, step)) for step in left),
    )
