"""A workspace is one firm: everything belongs to exactly one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import IntEnum, StrEnum

from chalicelib.ids import MemberId, WorkspaceId


class Language(StrEnum):
    """The languages that the pages and mails speak."""

    FR = "fr"
    EN = "en"


class Role(IntEnum):
    """What a member may do; each role may do all that the lower ones may."""

    VIEWER = 1
    EDITOR = 2
    APPROVER = 3
    OWNER = 4


@dataclass(frozen=True, slots=True)
class Opening:
    """A part of a day that the firm is open, in its own local time."""

    begins: time
    ends: time
    """At or before ``begins``: on the next day (00:00 is midnight at the day's end)."""


OpeningHours = tuple[tuple[Opening, ...], ...]
"""Of each day of the week, Monday first; of a day without any the firm is closed."""
USUAL_HOURS: OpeningHours = (*(((Opening(time(9), time(18)),),) * 6), ())
"""Monday to Saturday, 9:00 to 18:00."""
USUAL_TARGET = timedelta(hours=4)
USUAL_CAP = 5_000_000
"""Five dollars a month: 25 posts with a link, or 333 without, where a post is dearest (X). A very
small firm publishes less, and what goes wrong costs it no more than a lunch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """One firm: the tenant."""

    id: WorkspaceId
    name: str
    zone: str = "Europe/Paris"
    """IANA name: what a person sees and schedules is in this zone."""
    language: Language = Language.FR
    feed_token: str
    """Unguessable, in the addresses of the firm's public feeds."""
    opening_hours: OpeningHours = USUAL_HOURS
    answer_within: timedelta = USUAL_TARGET
    """The firm's own target for a first answer, counted in its opening hours."""
    spending_cap: int = USUAL_CAP
    """What networks that charge for publishing may cost in a calendar month of its zone, in
    millionths of a US dollar; 0: nothing that costs goes out."""
    created_at: datetime
    rev: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person in a workspace."""

    workspace: WorkspaceId
    id: MemberId
    email: str
    """Lower case."""
    name: str
    role: Role
    language: Language = Language.FR
    created_at: datetime
