"""What requests say of the firm itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.api.schemas import Name, Request, Zone
from chalicelib.workspaces.workspaces import Language

WallTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["09:00"])]


class OpeningBody(Request):
    """A part of a day that the firm is open; one that ends before it begins ends the next day."""

    begins: WallTime
    ends: WallTime


OpenDay = Annotated[list[OpeningBody], Field(max_length=4)]


class WorkspaceChange(Request):
    """Changes the firm's own facts; what is left out stays."""

    name: Name | None = None
    zone: Zone | None = None
    language: Language | None = None
    opening_hours: Annotated[list[OpenDay], Field(min_length=7, max_length=7)] | None = None
    """Of each day of the week, Monday first."""
    spending_cap: Annotated[int, Field(ge=0, le=1_000_000_000)] | None = None
    """What networks that charge may cost in a calendar month, in millionths of a US dollar."""
    answer_within_minutes: Annotated[int, Field(ge=5, le=10_080)] | None = None
    """Within how many minutes of its opening hours the firm wants to answer."""
