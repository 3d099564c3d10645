"""From the days that a request names to a period of the firm's zone."""

from __future__ import annotations

from datetime import date, timedelta

from chalicelib.api.calls import Call
from chalicelib.api.inbox_schemas import PeriodQuery
from chalicelib.api.words import zoned
from chalicelib.measuring.report import LONGEST, Period
from chalicelib.publishing.refusals import Fault, Invalid

USUAL = timedelta(days=27)
"""Before its last day: four weeks."""


def today_of(call: Call) -> date:
    """Return the firm's own date."""
    return zoned(call.now, call.workspace.zone).date()


def period_of(call: Call, query: PeriodQuery) -> Period:
    """Return the days that a request names; what it leaves out is four weeks, up to today.

    Raises:
        Invalid: it ends before it begins, or is longer than a year.
    """
    last = query.last or today_of(call)
    if query.last is None and query.first is not None:
        last = max(query.first, last)
    period = Period(first=query.first or last - USUAL, last=last)
    if not 1 <= period.length <= LONGEST:
        raise Invalid([Fault("/to", "bad-window", {"days": LONGEST})])
    return period
