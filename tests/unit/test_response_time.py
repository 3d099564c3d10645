"""First-answer times in the firm's own opening hours, over nights, weekends and clock changes."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.inbox.response_time import ResponseTimes, summary, worked
from chalicelib.workspaces.workspaces import USUAL_HOURS, Opening, OpeningHours

PARIS = ZoneInfo("Europe/Paris")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MIDNIGHT = time(0)
BAR: OpeningHours = ((Opening(time(18), time(2)),),) * 7
WITH_LUNCH: OpeningHours = ((Opening(time(14), time(18)), Opening(time(9), time(12))),) * 7
ALL_DAY: OpeningHours = ((Opening(MIDNIGHT, MIDNIGHT),),) * 7
CLOSED: OpeningHours = ((),) * 7


def local(text: str) -> datetime:
    """Return the instant of a local time of Paris; 2026-11-23 is a Monday."""
    return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC)


@pytest.mark.parametrize(
    ("said", "answered", "hours", "minutes"),
    [
        ("2026-11-23 10:00", "2026-11-23 11:30", USUAL_HOURS, 90),
        ("2026-11-23 07:00", "2026-11-23 09:05", USUAL_HOURS, 5),
        ("2026-11-23 17:50", "2026-11-23 22:00", USUAL_HOURS, 10),
        ("2026-11-23 17:50", "2026-11-24 09:10", USUAL_HOURS, 20),
        ("2026-11-28 17:00", "2026-11-30 10:00", USUAL_HOURS, 120),  # over a Sunday
        ("2026-11-29 10:00", "2026-11-29 12:00", USUAL_HOURS, 0),  # a Sunday
        ("2026-11-23 10:00", "2026-11-23 10:00", USUAL_HOURS, 0),
        ("2026-11-23 10:00", "2026-11-23 09:00", USUAL_HOURS, 0),
        ("2026-11-23 11:30", "2026-11-23 14:30", WITH_LUNCH, 60),
        ("2026-11-23 23:00", "2026-11-24 01:00", BAR, 120),
        ("2026-11-24 01:00", "2026-11-24 19:00", BAR, 120),
        ("2026-11-23 10:00", "2026-11-25 10:00", ALL_DAY, 48 * 60),
        ("2026-11-23 10:00", "2026-11-25 10:00", CLOSED, 48 * 60),
        # The clocks go forward on 29 March 2026 at 2:00, back on 25 October 2026 at 3:00.
        ("2026-03-28 17:00", "2026-03-30 10:00", USUAL_HOURS, 120),
        ("2026-03-28 12:00", "2026-03-29 12:00", ALL_DAY, 23 * 60),
        ("2026-10-24 12:00", "2026-10-25 12:00", ALL_DAY, 25 * 60),
        ("2026-03-28 18:00", "2026-03-29 12:00", ((Opening(time(22), time(4)),),) * 7, 5 * 60),
        ("2026-10-24 18:00", "2026-10-25 12:00", ((Opening(time(22), time(4)),),) * 7, 7 * 60),
    ],
)
def test_only_the_time_that_the_firm_is_open_counts(
    said: str, answered: str, hours: OpeningHours, minutes: int
) -> None:
    assert worked(local(said), local(answered), hours, PARIS) == minutes * MINUTE


def test_hours_that_overlap_count_once() -> None:
    hours = ((Opening(time(9), time(14)), Opening(time(12), time(18))),) * 7
    said, answered = local("2026-11-23 08:00"), local("2026-11-23 20:00")
    assert worked(said, answered, hours, PARIS) == 9 * HOUR


def test_a_clock_that_comes_twice_is_told_apart() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS)
    again = first.replace(fold=1)
    assert worked(first, again, CLOSED, PARIS) == HOUR


clock_times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
openings = st.builds(Opening, clock_times, clock_times)
weeks = st.tuples(*[st.lists(openings, max_size=2).map(tuple)] * 7)
instants = st.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + minutes * MINUTE
)


@given(instants, st.integers(0, 3_000), st.integers(0, 3_000), weeks)
def test_time_adds_up_and_is_never_more_than_has_passed(
    said: datetime, first: int, then: int, hours: OpeningHours
) -> None:
    middle = said + first * MINUTE
    end = middle + then * MINUTE
    whole = worked(said, end, hours, PARIS)
    assert timedelta(0) <= whole <= end - said
    parts = worked(said, middle, hours, PARIS) + worked(middle, end, hours, PARIS)
    assert whole == parts


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([], ResponseTimes(0, None, None)),
        ([3], ResponseTimes(1, 3 * HOUR, 1.0)),
        ([9, 1, 4, 5], ResponseTimes(4, 4.5 * HOUR, 0.5)),
        ([9, 1, 6], ResponseTimes(3, 6 * HOUR, 1 / 3)),
    ],
)
def test_a_summary_tells_the_median_and_the_share_within_the_target(
    hours: list[int], expected: ResponseTimes
) -> None:
    assert summary([h * HOUR for h in hours], 4 * HOUR) == expected
