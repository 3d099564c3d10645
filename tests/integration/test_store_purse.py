"""What a firm sets aside for networks that charge, on the real engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.publishing.paid_reading import SHARE
from chalicelib.publishing.ports import Charge, StoreUnclear
from chalicelib.store.purse import KNOWN_FOR, Purse
from chalicelib.store.tables import CORE
from chalicelib.store.write import REV, TOKEN, put
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


# What reading costs.


MOST = 10_000


def test_reading_takes_its_part_of_the_cap_and_no_more(purse: Purse) -> None:
    done = [purse.reserve_reading(FIRM, f"r{n}", MOST) for n in range(4)]
    assert done == [True, True, True, False]
    assert purse.set_aside(FIRM) == FIRM.spending_cap // SHARE
    assert purse.reserve(FIRM, "d", 1, Charge(publishing=30_000))
    assert purse.set_aside(FIRM) == FIRM.spending_cap


def test_what_is_published_leaves_no_room_for_reading_at_the_cap(purse: Purse) -> None:
    assert purse.reserve(FIRM, "d", 1, Charge(publishing=55_000))
    assert not purse.reserve_reading(FIRM, "r", MOST)
    assert purse.reserve_reading(FIRM, "r", 5_000)


def test_what_a_reading_didnt_cost_comes_back_once(purse: Purse) -> None:
    assert purse.reserve_reading(FIRM, "r1", MOST)
    assert purse.reserve_reading(FIRM, "r2", MOST)
    for _ in range(2):
        purse.settle_reading(FIRM, "r1", 3_000)
    purse.settle_reading(FIRM, "unknown", 0)
    assert purse.set_aside(FIRM) == 3_000 + MOST
    # Its part of the cap too.
    more = [purse.reserve_reading(FIRM, f"more{n}", MOST) for n in range(2)]
    assert more == [True, False]


def test_what_cost_more_than_was_thought_is_kept_as_it_is(purse: Purse) -> None:
    assert purse.reserve_reading(FIRM, "r", MOST)
    purse.settle_reading(FIRM, "r", 12_000)
    assert purse.set_aside(FIRM) == 12_000


def test_what_is_set_aside_before_a_crash_stays_for_the_month(
    purse: Purse, clock: SettableClock
) -> None:
    assert purse.reserve_reading(FIRM, "r", MOST)
    clock.advance(KNOWN_FOR)
    assert purse.reserve_reading(FIRM, "later", MOST)
    purse.settle_reading(FIRM, "later", 0)
    purse.settle_reading(FIRM, "r", 0)
    assert purse.set_aside(FIRM) == MOST


def test_a_reading_that_ends_in_the_next_month_stays_in_its_own(tables: Tables) -> None:
    clock = SettableClock(datetime(2026, 11, 30, 22, 59, 50, tzinfo=UTC))
    purse = Purse(store=tables.store, clock=clock)
    assert purse.reserve_reading(FIRM, "r", MOST)
    clock.advance(timedelta(seconds=20))
    purse.settle_reading(FIRM, "r", 0)
    assert purse.set_aside(FIRM) == 0
    assert purse.reserve_reading(FIRM, "r", 30_000)


def test_many_readings_at_once_are_all_counted_and_their_part_holds(purse: Purse) -> None:
    done = race(lambda n: purse.reserve_reading(FIRM, f"r{n}", MOST))
    assert sorted(map(str, done)) == ["False"] * 5 + ["True"] * 3
    race(lambda n: purse.settle_reading(FIRM, f"r{n}", 1_000))
    assert purse.set_aside(FIRM) == 3_000


def test_posts_and_readings_meet_and_both_are_counted(purse: Purse) -> None:
    def one(n: int) -> bool:
        if n % 2:
            return purse.reserve_reading(FIRM, f"r{n}", 1_000)
        return purse.reserve(FIRM, f"d{n}", n, Charge(publishing=1_000))

    assert all(race(one))
    assert purse.set_aside(FIRM) == 8_000


def test_an_answer_that_is_lost_counts_a_reading_once(tables: Tables, purse: Purse) -> None:
    tables.faults.plan("PutItem", lost_answer)
    assert purse.reserve_reading(FIRM, "r", MOST)
    tables.faults.plan("PutItem", lost_answer)
    purse.settle_reading(FIRM, "r", 2_000)
    assert purse.set_aside(FIRM) == 2_000


def test_a_reading_costs_two_reads_and_two_writes_and_leaves_no_name(
    tables: Tables, purse: Purse
) -> None:
    tables.calls.take()
    for n in range(3):
        assert purse.reserve_reading(FIRM, f"r{n}", MOST)
        purse.settle_reading(FIRM, f"r{n}", 0)
        calls = [operation for operation, _ in tables.calls.take()]
        assert calls == ["GetItem", "PutItem"] * 2
    assert purse._lately(purse._month(FIRM)) == {}


def test_months_that_were_kept_before_reading_cost_anything_are_read(
    tables: Tables, purse: Purse
) -> None:
    assert purse.reserve(FIRM, "d", 1, CHARGE)
    kept = purse._month(FIRM)
    assert kept.pop("reading") == 0
    put(tables.store, CORE, {n: v for n, v in kept.items() if n not in {REV, TOKEN}}, rev=kept[REV])
    assert purse.reserve_reading(FIRM, "r", MOST)
    assert purse.set_aside(FIRM) == CHARGE.total + MOST
