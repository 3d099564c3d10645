"""The time left in a worker's walk, frozen workers, and answers that come late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.publishing import events as ev
from chalicelib.publishing import machine, outcomes
from chalicelib.publishing.deliveries import ResendClass, Result, Status, Topic, Why
from chalicelib.publishing.ports import StoreUnclear
from tests.fakes import plays
from tests.fakes.clocks import SettableClock
from tests.fakes.firm import SENDING_CLASSES
from tests.fakes.plays import Play
from tests.fakes.publishing_world import World
from tests.fakes.steps import raising

S = Status
C = ResendClass
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

Passing = Callable[[SettableClock, timedelta], None]
PASSING: dict[str, Passing] = {
    "both clocks go on": SettableClock.advance,
    "the wall clock was set back": SettableClock.pass_unseen,
    "the boot clock stands while asleep": SettableClock.pass_asleep,
}


# 15 seconds to prepare.


@pytest.mark.parametrize("passing", PASSING)
def test_more_than_15_seconds_of_preparation_are_given_back_at_once(
    world: World, passing: str
) -> None:
    world.network.media = ("photo-1", "photo-2")
    d = world.put(C.TWO_PHASE)
    world.steps.after("network.prepare", lambda: PASSING[passing](world.clock, 16 * SECOND))
    after = world.deliver(d)
    assert (after.status, after.due_at) == (S.RETRY, world.clock.now())
    assert list(after.prepared.parts) == ["photo-1"]
    assert after.attempt == 0
    assert world.deliver(d).status is S.PUBLISHED
    assert world.steps.named("network.prepare") == ["network.prepare"] * 3


def test_15_seconds_of_preparation_are_enough(world: World) -> None:
    world.network.script("prepare", Play(before_apply=15 * SECOND))
    assert world.deliver(world.put(C.TWO_PHASE)).status is S.PUBLISHED


def test_the_time_counts_from_before_the_claim_was_written(world: World) -> None:
    d = world.put()
    world.steps.before("deliveries.put", lambda: world.clock.advance(16 * SECOND))
    after = world.deliver(d)
    assert (after.status, world.steps.named("network.publish")) == (S.RETRY, [])


# 35 seconds until the call.


@pytest.mark.parametrize("passing", PASSING)
@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
def test_a_worker_frozen_after_its_intent_does_not_call(
    world: World, resend_class: ResendClass, passing: str
) -> None:
    d = world.put(resend_class, due_at=world.clock.now() - MINUTE)
    writes = 3 if resend_class is C.TWO_PHASE else 2
    world.steps.after(
        "deliveries.put", lambda: PASSING[passing](world.clock, 36 * SECOND), nth=writes
    )
    after = world.deliver(d)
    assert world.network.copies(d) == []
    assert (after.status, after.due_at) == (S.RETRY, world.clock.now())
    assert after.attempts[-1].result is Result.NOT_CALLED


def test_the_last_check_stands_right_before_the_socket(world: World) -> None:
    world.network.script("publish", Play(before_check=36 * SECOND))
    d = world.put()
    after = world.deliver(d)
    assert (after.status, world.network.copies(d)) == (S.RETRY, [])


def test_35_seconds_are_enough(world: World) -> None:
    world.network.script("publish", Play(before_check=35 * SECOND))
    assert world.deliver(world.put()).status is S.PUBLISHED


@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
def test_frozen_200_seconds_before_the_call_it_still_goes_out_once(
    world: World, resend_class: ResendClass
) -> None:
    d = world.put(resend_class)

    def freeze() -> None:
        world.run_for(200 * SECOND)

    world.steps.before("network.publish", freeze)
    world.deliver(d)
    world.run_for(30 * MINUTE)
    assert len(world.network.copies(d)) <= 1
    if resend_class is C.BLIND:
        assert world.end(d) == (S.NEEDS_HUMAN, Why.UNKNOWN)
    else:
        assert world.end(d) == (S.PUBLISHED, None)


# A latest useful time that comes while the worker prepares.


def test_a_latest_useful_time_that_passes_while_preparing_makes_it_late(world: World) -> None:
    world.network.script("prepare", Play(before_answer=10 * SECOND))
    d = world.put(C.TWO_PHASE, latest_at=world.clock.now() + 10 * SECOND)
    world.deliver(d)
    assert world.end(d) == (S.NEEDS_HUMAN, Why.LATE)
    assert world.mail.topics == [Topic.LATE]


def test_a_slow_look_proves_no_absence(world: World) -> None:
    world.network.script("publish", plays.timed_out())
    d = world.put()
    world.deliver(d)
    world.clock.advance(30 * SECOND)
    world.network.script("find", Play(before_answer=61 * SECOND))
    after = world.deliver(d)
    assert (after.status, after.absent_at) == (S.RECONCILE, None)


# Answers that come late are applied to whatever stands by then.


@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
def test_a_yes_that_comes_after_a_freeze_of_120_seconds_is_kept(
    world: World, resend_class: ResendClass
) -> None:
    d = world.put(resend_class)
    world.network.script("publish", Play(hidden_for=timedelta(hours=1)))
    world.steps.after("network.publish", lambda: world.run_for(120 * SECOND))
    world.deliver(d)
    assert world.end(d) == (S.PUBLISHED, None)
    world.run_for(30 * MINUTE)
    assert len(world.network.copies(d)) == 1


def test_a_yes_is_kept_though_a_person_was_asked_meanwhile(world: World) -> None:
    d = world.put(C.BLIND)

    def freeze() -> None:
        world.run_for(200 * SECOND)
        assert world.end(d) == (S.NEEDS_HUMAN, Why.UNKNOWN)

    world.steps.after("network.publish", freeze)
    world.deliver(d)
    assert world.end(d) == (S.PUBLISHED, None)


def test_a_yes_to_what_a_person_dropped_meanwhile_is_told(world: World) -> None:
    d = world.put(C.BLIND)

    def freeze() -> None:
        world.run_for(200 * SECOND)
        stands = world.stands(d)
        drop = ev.Decide(act="a", rev=stands.rev, choice=ev.Choice.DROP)
        dropped = machine.apply(stands, drop, world.clock.now())
        world.store.deliveries.put(stands, dropped)

    world.steps.after("network.publish", freeze)
    world.deliver(d)
    stands = world.stands(d)
    assert (stands.status, stands.remote_id) == (
        S.CANCELLED,
        world.network.copies(d)[0].remote_id,
    )
    assert world.mail.topics == [Topic.TO_CHECK, Topic.LIVE_BUT_CANCELLED]


@pytest.mark.parametrize(
    ("play", "status"),
    [
        (plays.refused("too_long"), S.FAILED),
        (plays.unreachable(), S.RETRY),
        (plays.limited(), S.RETRY),
    ],
    ids=["rejected", "transient", "rate limited"],
)
def test_a_refusal_of_the_last_attempt_is_kept_though_a_person_was_asked(
    world: World, play: Play, status: Status
) -> None:
    d = world.put(C.BLIND)
    world.network.script("publish", play)

    def ask_a_person() -> None:
        """Another worker's lease ends earlier, by a clock that goes before ours."""
        stands = world.stands(d)
        now = world.clock.now() + 100 * SECOND
        claimed = world.store.deliveries.put(stands, machine.apply(stands, ev.Claim(), now))
        asked = machine.apply(claimed, ev.CantTell(), now)
        world.store.deliveries.put(claimed, asked)

    world.steps.before("network.publish", ask_a_person)
    world.deliver(d)
    assert world.stands(d).status is status


# Answers of the store that are lost.


@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
def test_an_answer_that_the_store_left_unclear_is_written_for_certain(
    world: World, resend_class: ResendClass, applied: bool
) -> None:
    d = world.put(resend_class)
    last = 4 if resend_class is C.TWO_PHASE else 3
    order = world.steps.after if applied else world.steps.before
    order("deliveries.put", raising(StoreUnclear), nth=last)
    after = world.deliver(d)
    assert (after.status, len(after.attempts)) == (S.PUBLISHED, 2)
    assert len(world.network.copies(d)) == 1


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
def test_an_intent_that_the_store_left_unclear_makes_no_call(world: World, applied: bool) -> None:
    d = world.put()
    order = world.steps.after if applied else world.steps.before
    order("deliveries.put", raising(StoreUnclear), nth=2)
    world.deliver(d)
    assert world.network.copies(d) == []
    world.run_for(10 * MINUTE)
    assert (world.end(d), len(world.network.copies(d))) == ((S.PUBLISHED, None), 1)


# A look that goes wrong in ways nobody thought of.


def test_an_adapter_that_fails_while_looking_ends_with_a_person(world: World) -> None:
    world.network.script("publish", plays.timed_out())
    world.network.script("find", *[Play(raises=KeyError("id"))] * 30)
    d = world.put()
    world.run_for(20 * MINUTE)
    assert world.end(d) == (S.NEEDS_HUMAN, Why.UNKNOWN)
    assert world.mail.topics == [Topic.TO_CHECK]


def test_a_look_without_a_token_ends_with_a_person(world: World) -> None:
    world.network.script("publish", plays.timed_out())
    d = world.put()
    world.deliver(d)
    world.network.token_works = False
    world.run_for(MINUTE)
    assert world.end(d) == (S.NEEDS_HUMAN, Why.UNKNOWN)


def test_a_look_that_is_rate_limited_is_taken_again(world: World) -> None:
    world.network.script("publish", plays.reply_lost())
    world.network.script("find", plays.limited(), plays.unreachable())
    d = world.put()
    world.run_for(5 * MINUTE)
    assert world.end(d) == (S.PUBLISHED, None)
    assert world.steps.named("network.find") == ["network.find"] * 3


def test_an_unknown_error_of_the_network_in_the_call_is_a_doubt(world: World) -> None:
    world.network.script("publish", Play(raises=outcomes.NetworkError("unmapped")))
    d = world.put()
    assert world.deliver(d).status is S.RECONCILE
    world.run_for(5 * MINUTE)
    assert (world.end(d), len(world.network.copies(d))) == ((S.PUBLISHED, None), 1)
