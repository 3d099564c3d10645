"""What a firm sets aside for networks that charge, on the real engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.publishing.ports import Charge, StoreUnclear
from chalicelib.store.purse import KNOWN_FOR, Purse
from tests.fakes.clocks import SettableClock
from tests.store_fixtures import OTHER, Tables, a_workspace, lost_answer, not_applied, race

CHARGE = Charge(preparing=5_000, publishing=15_000)
FIRM = replace(a_workspace(), spending_cap=60_000)


@pytest.fixture
def purse(tables: Tables, clock: SettableClock) -> Purse:
    return Purse(store=tables.store, clock=clock)


def test_it_adds_up_to_the_cap_and_no_further(purse: Purse) -> None:
    assert [purse.reserve(FIRM, f"d{n}", n, CHARGE) for n in range(4)] == [True, True, True, False]
    assert purse.set_aside(FIRM) == 60_000


def test_a_cap_of_nothing_lets_nothing_out(purse: Purse) -> None:
    assert not purse.reserve(replace(FIRM, spending_cap=0), "d", 1, CHARGE)


def test_the_same_again_costs_nothing_more(purse: Purse) -> None:
    for holder in (1, 4, 2):
        assert purse.reserve(FIRM, "d", holder, CHARGE)
    assert purse.set_aside(FIRM) == CHARGE.total


def test_the_calls_part_comes_back_once_and_is_topped_up_again(purse: Purse) -> None:
    assert purse.reserve(FIRM, "d", 1, CHARGE)
    for _ in range(2):
        purse.give_back(FIRM, "d", 1)
    assert purse.set_aside(FIRM) == CHARGE.preparing
    assert purse.reserve(FIRM, "d", 2, CHARGE)
    assert purse.set_aside(FIRM) == CHARGE.total


def test_one_who_was_overtaken_gives_nothing_back_and_takes_nothing_over(purse: Purse) -> None:
    assert purse.reserve(FIRM, "d", 5, CHARGE)
    assert purse.reserve(FIRM, "d", 2, CHARGE)
    purse.give_back(FIRM, "d", 2)
    assert purse.set_aside(FIRM) == CHARGE.total
    purse.give_back(FIRM, "unknown", 2)
    assert purse.set_aside(FIRM) == CHARGE.total


def test_many_at_once_are_all_counted_and_the_cap_holds(purse: Purse) -> None:
    done = race(lambda n: purse.reserve(FIRM, f"d{n}", n, CHARGE))
    assert sorted(map(str, done)) == ["False"] * 5 + ["True"] * 3
    assert purse.set_aside(FIRM) == 60_000


def test_firms_are_counted_apart(purse: Purse) -> None:
    assert purse.reserve(FIRM, "d", 1, CHARGE)
    assert purse.set_aside(a_workspace(OTHER)) == 0


def test_a_month_is_that_of_the_firms_own_zone(tables: Tables) -> None:
    clock = SettableClock(datetime(2026, 11, 30, 22, 30, tzinfo=UTC))
    purse = Purse(store=tables.store, clock=clock)
    assert purse.reserve(FIRM, "d", 1, CHARGE)
    clock.advance(timedelta(hours=1))  # December has begun in Paris
    assert purse.set_aside(FIRM) == 0
    assert purse.set_aside(replace(FIRM, zone="UTC")) == CHARGE.total


def test_what_is_prepared_long_after_is_set_aside_anew(purse: Purse, clock: SettableClock) -> None:
    assert purse.reserve(FIRM, "d", 1, CHARGE)
    clock.advance(KNOWN_FOR)
    assert purse.reserve(FIRM, "d", 2, CHARGE)
    assert purse.set_aside(FIRM) == 2 * CHARGE.total


def test_an_answer_that_is_lost_sets_aside_once(tables: Tables, purse: Purse) -> None:
    tables.faults.plan("PutItem", lost_answer)
    assert purse.reserve(FIRM, "d", 1, CHARGE)
    assert purse.set_aside(FIRM) == CHARGE.total


def test_what_cant_be_found_out_is_said_and_may_be_done_again(tables: Tables, purse: Purse) -> None:
    tables.faults.plan("PutItem", not_applied, not_applied)
    with pytest.raises(StoreUnclear):
        purse.reserve(FIRM, "d", 1, CHARGE)
    assert purse.reserve(FIRM, "d", 1, CHARGE)
    assert purse.set_aside(FIRM) == CHARGE.total


def test_it_costs_one_read_and_one_write(tables: Tables, purse: Purse) -> None:
    tables.calls.take()
    assert purse.reserve(FIRM, "d", 1, CHARGE)
    assert [operation for operation, _ in tables.calls.take()] == ["GetItem", "PutItem"]
