"""What requests say of figures and tracked links."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.api.schemas import Day, Id, Instant, Line, Request

Figures = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[int, Field(strict=True)]],
    Field(max_length=20),
]


class EntryBody(Request):
    """What a channel's counters stood at by the end of a day, as its network shows them."""

    channel: Id
    day: Day
    counters: Figures


class Utm(Request):
    """What the target's own statistics are told."""

    source: Annotated[Line, Field(max_length=100)] = ""
    medium: Annotated[Line, Field(max_length=100)] = ""
    campaign: Annotated[Line, Field(max_length=100)] = ""


class LinkBody(Request):
    """Makes a tracked link."""

    target: Annotated[str, Field(min_length=1, max_length=4000)]
    label: Annotated[Line, Field(max_length=100)] = ""
    delivery: Annotated[str, Field(pattern=r"^([a-z0-9-]{1,40}\.){2}[a-z0-9-]{1,40}$")] | None = (
        None
    )
    """The delivery that carries it."""
    utm: Utm = Utm()
    expires_at: Instant | None = None


class LinksQuery(Request):
    """A part of the list; each link of it is counted, so that a page is short."""

    after: Annotated[str, Field(max_length=2000)] | None = None
    limit: Annotated[int, Field(ge=1, le=30)] = 20
