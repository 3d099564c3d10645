"""Local time and UTC: what a person chooses, and when that is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.publishing.refusals import Fault, Invalid


class Shift(StrEnum):
    """What daylight saving did to a chosen time."""

    GAP = "dst-gap"
    """The chosen time doesn't exist: shifted forward by the gap."""
    OVERLAP = "dst-overlap"
    """The chosen time comes twice: the first pass is taken."""


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and what daylight saving did to the local time it was chosen by."""

    at: datetime
    shift: Shift | None = None


def zone_of(name: str, pointer: str = "/when/zone") -> ZoneInfo:
    """Return the IANA zone of this name.

    Raises:
        Invalid: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid([Fault(pointer, "unknown-zone", {"zone": name})]) from error


def resolve(local: datetime, zone: ZoneInfo) -> Moment:
    """Return the UTC instant of a local wall-clock time (naive).

    A time in a spring gap is shifted forward by the gap's length (2:30 becomes 3:30); one
    in an autumn overlap is the first pass. PEP 495: ``fold=0`` is the first pass, and for a
    time in a gap the offset before it, which shifts forward.
    """
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    at = first.astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) != local:
        return Moment(at, Shift.GAP)
    if first.utcoffset() != second.utcoffset():
        return Moment(at, Shift.OVERLAP)
    return Moment(at)


def planned(local: datetime, zone_name: str, now: datetime) -> Moment:
    """Return the instant of a chosen local time that must not be past.

    A time up to a minute ago counts as now: a person who chose this very minute.

    Raises:
        Invalid: the zone is unknown, or the time is past.
    """
    moment = resolve(local, zone_of(zone_name))
    if moment.at < now - timedelta(minutes=1):
        raise Invalid(
            [Fault("/when/local", "past", {"local": local.isoformat(timespec="minutes")})]
        )
    return moment
