"""What a worker sets aside before a network that charges is called, and gives back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.publishing import outcomes
from chalicelib.publishing.deliveries import Delivery, ResendClass, Status, Topic, Why
from chalicelib.publishing.ports import Charge
from tests.fakes import plays
from tests.fakes.publishing_world import World


class Killed(BaseException):
    """The function that runs the walk is gone."""


S = Status
C = ResendClass
CHARGE = Charge(preparing=5_000, publishing=15_000)
KEPT = CHARGE.preparing
MINUTE = timedelta(minutes=1)


def cap(world: World, amount: int) -> None:
    """Let the firm's cap be so much a month."""
    world.workspace = replace(world.workspace, spending_cap=amount)
    world.store.add_workspace(world.workspace)


@pytest.fixture
def dear(world: World) -> World:
    """Return a world whose network charges."""
    world.network.charge = CHARGE
    return world


def purse_steps(world: World) -> list[str]:
    return world.steps.named("purse.reserve", "purse.give_back")


def test_a_free_network_has_no_part_in_it(world: World) -> None:
    world.deliver(world.put())
    assert purse_steps(world) == []


def test_it_is_set_aside_once_before_anything_that_costs(dear: World) -> None:
    dear.network.media = ("photo-1",)
    d = dear.put(C.TWO_PHASE)
    dear.deliver(d)
    assert dear.end(d) == (S.PUBLISHED, None)
    assert purse_steps(dear) == ["purse.reserve"]
    order = dear.steps.named("purse.reserve", "network.prepare", "network.publish")
    assert order[0] == "purse.reserve"
    assert dear.purse.total == CHARGE.total


def test_over_the_cap_nothing_is_prepared_or_sent_and_a_person_is_told(dear: World) -> None:
    cap(dear, CHARGE.total - 1)
    dear.network.media = ("photo-1",)
    d = dear.put(C.TWO_PHASE)
    after = dear.deliver(d)
    assert (after.status, after.reason) == (S.FAILED, "over_cap")
    assert dear.steps.named("network.prepare", "network.publish") == []
    assert dear.mail.topics == [Topic.FAILED]
    assert (after.attempt, dear.purse.total) == (0, 0)


def test_the_last_that_fits_goes_out_and_the_next_does_not(dear: World) -> None:
    cap(dear, CHARGE.total)
    first, second = dear.put(post="post1"), dear.put(post="post2")
    dear.deliver(first)
    dear.deliver(second)
    assert dear.end(first) == (S.PUBLISHED, None)
    assert dear.stands(second).reason == "over_cap"
    assert dear.purse.total == CHARGE.total


def test_once_the_cap_is_raised_it_can_be_sent_again(dear: World) -> None:
    cap(dear, 0)
    d = dear.put()
    dear.deliver(d)
    cap(dear, CHARGE.total)
    again = replace(dear.stands(d), status=S.SCHEDULED, due_at=dear.clock.now(), reason="")
    dear.store.deliveries.put(dear.stands(d), again)
    dear.deliver(dear.stands(d))
    assert dear.end(d) == (S.PUBLISHED, None)


@pytest.mark.parametrize(
    "error",
    [
        outcomes.Transient("refused"),
        outcomes.RateLimited("429", None),
        outcomes.AuthExpired("401"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_a_call_that_was_provably_not_applied_gives_its_part_back(
    dear: World, error: outcomes.NetworkError
) -> None:
    dear.network.script("publish", plays.Play(applied=False, raises=error))
    dear.deliver(dear.put())
    assert dear.purse.total == KEPT


@pytest.mark.parametrize(
    "error",
    [
        outcomes.OutcomeUnknown("timeout"),
        outcomes.Rejected("400"),
        outcomes.Duplicate("403"),
        ValueError("?"),
    ],
    ids=lambda e: type(e).__name__,
)
def test_what_may_have_been_charged_stays_set_aside(dear: World, error: Exception) -> None:
    dear.network.script("publish", plays.Play(applied=False, raises=error))
    dear.deliver(dear.put())
    assert dear.purse.total == CHARGE.total


def test_each_attempt_that_may_have_been_charged_is_set_aside(dear: World) -> None:
    unknown = outcomes.OutcomeUnknown("timeout")
    dear.network.script("publish", plays.Play(applied=False, raises=unknown), plays.ok())
    d = dear.put()
    dear.deliver(d)
    dear.run_for(10 * MINUTE)
    assert dear.end(d) == (S.PUBLISHED, None)
    assert dear.purse.total == 2 * CHARGE.total


def test_a_look_in_doubt_is_never_stopped_by_the_cap(dear: World) -> None:
    cap(dear, CHARGE.total)
    dear.network.script("publish", plays.reply_lost())
    d = dear.put()
    dear.deliver(d)
    dear.run_for(10 * MINUTE)
    assert dear.end(d) == (S.PUBLISHED, None)


@pytest.mark.parametrize("step", ["network.prepare", "deliveries.put"])
def test_walks_that_die_before_the_call_share_what_is_set_aside(dear: World, step: str) -> None:
    dear.network.media = ("photo-1",)
    d = dear.put(C.TWO_PHASE)

    def kill() -> None:
        raise Killed

    dear.steps.after(step, kill, nth=1 if step == "network.prepare" else 2)
    with pytest.raises(Killed):
        dear.deliver(d)
    assert dear.purse.total == CHARGE.total
    dear.run_for(10 * MINUTE)
    assert dear.end(d) == (S.PUBLISHED, None)
    assert dear.purse.total == CHARGE.total


def test_a_walk_that_let_go_while_preparing_gives_its_part_back(dear: World) -> None:
    dear.network.pending = 1
    d = dear.put(C.TWO_PHASE)
    dear.deliver(d)
    assert dear.stands(d).status is S.PREPARED
    assert dear.purse.total == KEPT
    dear.run_for(10 * MINUTE)
    assert dear.purse.total == CHARGE.total


def test_one_that_was_overtaken_gives_nothing_of_the_others_back(dear: World) -> None:
    reserve = dear.purse
    d = dear.put()
    assert reserve.reserve(dear.workspace, "x", 2, CHARGE)
    assert reserve.reserve(dear.workspace, "x", 5, CHARGE)
    reserve.give_back(dear.workspace, "x", 2)
    assert (reserve.total, d.attempt) == (CHARGE.total, 0)


# The refusal of a copy.


def doubted(world: World, *answers: plays.Play) -> Delivery:
    """Return a delivery after an attempt in doubt, looked for, and what came then."""
    unknown = outcomes.OutcomeUnknown("timeout")
    world.network.script("publish", plays.Play(applied=False, raises=unknown), *answers)
    d = world.put()
    world.deliver(d)
    world.run_for(timedelta(minutes=15))
    return world.stands(d)


def copy(remote_id: str | None = None) -> plays.Play:
    return plays.Play(applied=False, raises=outcomes.Duplicate("422", remote_id, "https://x.test"))


def test_at_a_first_attempt_it_is_a_refusal(world: World) -> None:
    world.network.script("publish", copy("live-1"))
    after = world.deliver(world.put())
    assert (after.status, after.reason) == (S.FAILED, "duplicate")


def test_after_doubt_it_proves_the_first_attempt_live(world: World) -> None:
    after = doubted(world, copy("live-1"))
    assert (after.status, after.remote_id) == (S.PUBLISHED, "live-1")
    assert (after.remote_url, world.mail.topics) == ("https://x.test", [])


def test_what_another_delivery_holds_is_no_proof(world: World) -> None:
    other = world.put(post="post2")
    world.deliver(other)
    after = doubted(world, copy(world.stands(other).remote_id))
    assert (after.status, after.reason) == (S.FAILED, "duplicate")


def test_one_that_names_nothing_is_looked_for_and_then_told(world: World) -> None:
    after = doubted(world, copy(), copy())
    assert (after.status, after.reason) == (S.FAILED, "duplicate")
    assert after.attempt == 3
    assert world.mail.topics == [Topic.FAILED]


def test_a_person_who_sends_again_is_told_that_it_was_live(world: World) -> None:
    world.network.script("publish", plays.Play(raises=outcomes.OutcomeUnknown("timeout")))
    d = world.put(C.BLIND)
    world.deliver(d)
    world.run_for(5 * MINUTE)
    assert world.end(d) == (S.NEEDS_HUMAN, Why.UNKNOWN)
