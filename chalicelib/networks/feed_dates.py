"""Dates in feeds: which can be true, and those that only Europeans write."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_OLDEST = datetime(1990, 1, 1, tzinfo=UTC)
"""What is dated earlier has no date: clocks that begin in 1970, years of two digits."""
_NOON = ("12", "00", "00")
"""Of a day without an hour: the same day in most time zones."""
_MONTHS = {
    "janv": "Jan",
    "févr": "Feb",
    "fevr": "Feb",
    "fév": "Feb",
    "mars": "Mar",
    "avr": "Apr",
    "mai": "May",
    "juin": "Jun",
    "juil": "Jul",
    "août": "Aug",
    "aout": "Aug",
    "sept": "Sep",
    "oct": "Oct",
    "nov": "Nov",
    "déc": "Dec",
    "dec": "Dec",
}
_DATE = re.compile(
    r"(?P<day>\d{1,2})(?:er)?\s+(?P<month>[^\W\d_]{3,9})\.?\s+(?P<year>\d{4})"
    r"(?:\D{1,5}(?P<hour>\d{1,2})\s*[:hH]\s*(?P<minute>\d{2})(?::(?P<second>\d{2}))?)?"
    r"\s*(?P<zone>[+-]\d{4}|[A-Z]{2,5})?"
)


_ZONES = {
    "WET": "+0000",
    "WEST": "+0100",
    "BST": "+0100",
    "CET": "+0100",
    "MET": "+0100",
    "CEST": "+0200",
    "MEST": "+0200",
    "EET": "+0200",
    "EEST": "+0300",
}
"""Of Europe: RFC 822 names those of North America only."""
_ZONED = re.compile(rf"\b(?:{'|'.join(_ZONES)})\s*$")


def european_date(text: str) -> datetime | None:
    """Return the instant of an RFC 822 date whose zone has a European name."""
    numbered = _ZONED.sub(lambda match: _ZONES[match[0].strip()], text[:100])
    try:
        return parsedate_to_datetime(numbered) if numbered != text[:100] else None
    except (ValueError, OverflowError):
        return None


def french_date(text: str) -> datetime | None:
    """Return the instant of «lun. 12 août 2024 10:00 +0200», which some sites write."""
    match = _DATE.search(text[:100])
    if match is None:
        return None
    word = match["month"].lower()
    month = next((month for name, month in _MONTHS.items() if word.startswith(name)), word)
    time = match.group("hour", "minute", "second") if match["hour"] else _NOON
    clock = ":".join(part or "00" for part in time)
    zone = _ZONES.get(match["zone"] or "", match["zone"] or "+0000")
    written = f"{match['day']} {month} {match['year']} {clock} {zone}"
    try:
        instant = parsedate_to_datetime(written)
    except (ValueError, OverflowError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def possible(instant: datetime | None) -> datetime | None:
    """Return an instant in UTC if anything on the web can be of then."""
    if instant is None:
        return None
    try:
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return instant if instant >= _OLDEST else None
