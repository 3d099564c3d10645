"""Local times and UTC, over daylight saving."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.publishing.refusals import Invalid
from chalicelib.publishing.schedule import Shift, planned, resolve, zone_of

PARIS = "Europe/Paris"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("zone", "chosen", "at", "shift"),
    [
        # The last Sunday of March: 02:00 becomes 03:00.
        (PARIS, "2026-03-29T01:59", "2026-03-29T00:59", None),
        (PARIS, "2026-03-29T02:00", "2026-03-29T01:00", Shift.GAP),
        (PARIS, "2026-03-29T02:30", "2026-03-29T01:30", Shift.GAP),
        (PARIS, "2026-03-29T03:00", "2026-03-29T01:00", None),
        # The last Sunday of October: 03:00 becomes 02:00; the first pass is taken.
        (PARIS, "2026-10-25T01:59", "2026-10-24T23:59", None),
        (PARIS, "2026-10-25T02:00", "2026-10-25T00:00", Shift.OVERLAP),
        (PARIS, "2026-10-25T02:30", "2026-10-25T00:30", Shift.OVERLAP),
        (PARIS, "2026-10-25T03:00", "2026-10-25T02:00", None),
        # Half hours: Newfoundland is three and a half behind UTC, two and a half in summer.
        ("America/St_Johns", "2026-03-08T02:15", "2026-03-08T05:45", Shift.GAP),
        ("America/St_Johns", "2026-11-01T01:15", "2026-11-01T03:45", Shift.OVERLAP),
        ("America/St_Johns", "2026-07-01T09:00", "2026-07-01T11:30", None),
        # Samoa had no 30 December 2011: it moved over the date line.
        ("Pacific/Apia", "2011-12-29T23:00", "2011-12-30T09:00", None),
        ("Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00", Shift.GAP),
        ("Pacific/Apia", "2026-07-01T09:00", "2026-06-30T20:00", None),
        # Half an hour of daylight saving only.
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45", Shift.GAP),
        ("UTC", "2026-03-29T02:30", "2026-03-29T02:30", None),
    ],
)
def test_a_local_time_is_one_instant(zone: str, chosen: str, at: str, shift: Shift | None) -> None:
    moment = resolve(local(chosen), zone_of(zone))
    assert moment.at == local(at).replace(tzinfo=UTC)
    assert moment.at.tzinfo is UTC
    assert moment.shift is shift


def test_a_gap_shifts_forward_by_its_length() -> None:
    paris = zone_of(PARIS)
    shown = resolve(local("2026-03-29T02:30"), paris).at.astimezone(paris)
    assert shown.replace(tzinfo=None) == local("2026-03-29T03:30")


@given(st.datetimes(local("2020-01-01"), local("2037-01-01")))
def test_a_time_that_was_not_shifted_is_shown_as_it_was_chosen(chosen: datetime) -> None:
    paris = zone_of(PARIS)
    moment = resolve(chosen, paris)
    shown = moment.at.astimezone(paris).replace(tzinfo=None)
    assert shown == chosen + (timedelta(hours=1) if moment.shift is Shift.GAP else timedelta(0))


@pytest.mark.parametrize(
    "zone", ["Europe/Nowhere", "", "Europe", "../etc/passwd", "/etc/passwd", "a\0b", "é" * 300]
)
def test_a_zone_that_there_is_not_is_refused_by_name(zone: str) -> None:
    with pytest.raises(Invalid) as refused:
        planned(local("2026-03-02T09:00"), zone, NOW)
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code, fault.params) == (
        "/when/zone",
        "unknown-zone",
        {"zone": zone},
    )


def test_a_past_time_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        planned(local("2026-03-01T12:58:59"), PARIS, NOW)
    (fault,) = refused.value.faults
    assert (fault.pointer, fault.code) == ("/when/local", "past")
    assert fault.params == {"local": "2026-03-01T12:58"}


def test_this_very_minute_is_not_past() -> None:
    assert planned(local("2026-03-01T12:59:00"), PARIS, NOW).at == NOW - timedelta(minutes=1)


def test_past_is_judged_by_the_instant_and_not_by_the_local_clock() -> None:
    assert planned(local("2026-03-01T07:30"), "America/New_York", NOW).at > NOW
