"""What pausing, disconnecting and reconnecting a channel does to its deliveries."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.ids import ChannelId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.deliveries import Delivery, ResendClass, Status
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.workspaces.channels import ChannelStatus
from tests.fakes.firm import FIRM
from tests.fakes.plays import Play
from tests.fakes.publishing_world import World
from tests.fakes.steps import raising

S = Status
CHANNEL = ChannelId("on-listed")
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def hold(world: World) -> list[Delivery]:
    world.set_channel("listed", status=ChannelStatus.PAUSED)
    return world.holding.hold(FIRM, CHANNEL)


def test_what_a_worker_prepares_is_given_back(world: World) -> None:
    d = world.put(status=S.CLAIMED, due_at=world.clock.now() + MINUTE)
    assert hold(world) == []
    after = world.stands(d)
    assert (after.status, after.due_at, after.rev) == (S.RETRY, world.clock.now(), d.rev + 1)


@pytest.mark.parametrize("status", [S.SENDING, S.RECONCILE])
def test_what_is_being_sent_or_in_doubt_is_listed_as_too_late(world: World, status: Status) -> None:
    d = world.put(status=status)
    assert [late.id for late in hold(world)] == [d.id]
    assert world.stands(d) == d


@pytest.mark.parametrize("status", [S.SCHEDULED, S.PREPARED, S.PUBLISHED, S.FAILED, S.DRAFT])
def test_everything_else_is_left_as_it_is(world: World, status: Status) -> None:
    d = world.put(status=status)
    assert hold(world) == []
    assert world.stands(d) == d


def test_what_was_sent_a_moment_ago_and_only_a_person_can_tell_of_is_named(world: World) -> None:
    d = world.put(status=S.NEEDS_HUMAN)
    assert hold(world) == [d]
    world.clock.advance(6 * MINUTE)
    assert hold(world) == []
    assert world.stands(d) == d


def test_other_channels_are_left_alone(world: World) -> None:
    d = world.put(ResendClass.BLIND, S.CLAIMED)
    hold(world)
    assert world.stands(d) == d


def test_a_worker_that_prepares_while_the_pause_comes_makes_no_call(world: World) -> None:
    d = world.put(ResendClass.TWO_PHASE)

    def pause() -> None:
        world.set_channel("drafted", status=ChannelStatus.PAUSED)
        world.holding.hold(FIRM, d.channel)

    world.steps.before("network.prepare", pause)
    world.deliver(d)
    assert (world.stands(d).status, world.network.live) == (S.RETRY, [])


def test_a_refused_write_is_read_again(world: World) -> None:
    d = world.put(status=S.CLAIMED)

    def intend() -> None:
        sending = machine.apply(d, ev.Intent(), world.clock.now())
        world.store.deliveries.put(d, sending)

    world.steps.before("deliveries.put", intend)
    assert [late.id for late in hold(world)] == [d.id]


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
def test_an_unclear_write_is_read_again_and_the_others_are_given_back_too(
    world: World, applied: bool
) -> None:
    held = [world.put(post=f"post{n}", status=S.CLAIMED) for n in range(3)]
    order = world.steps.after if applied else world.steps.before
    order("deliveries.put", raising(StoreUnclear))
    assert hold(world) == []
    assert {world.stands(d).status for d in held} == {S.RETRY}


def test_what_changes_all_the_time_is_given_up_after_three_tries(world: World) -> None:
    world.put(status=S.CLAIMED)
    world.steps.before("deliveries.put", raising(Stale), times=9)
    hold(world)
    assert world.steps.named("deliveries.put") == ["deliveries.put"] * 3


def test_lifting_a_pause_lets_what_waited_go_within_a_minute(world: World) -> None:
    world.set_channel("listed", status=ChannelStatus.PAUSED)
    waited = [world.put(post=f"post{n}") for n in range(10)]
    for d in waited:
        world.deliver(d)
    world.clock.advance(10 * MINUTE)
    world.set_channel("listed", status=ChannelStatus.CONNECTED)
    world.holding.resume(FIRM, CHANNEL)
    due = {world.stands(d).due_at for d in waited}
    assert len(due) == 10
    assert all(at and timedelta(0) <= at - world.clock.now() <= MINUTE for at in due)
    world.run_for(2 * MINUTE)
    assert {world.stands(d).status for d in waited} == {S.PUBLISHED}


def test_lifting_a_pause_sends_nothing_before_its_time(world: World) -> None:
    later = world.clock.now() + 2 * MINUTE
    d = world.put(planned_at=later, due_at=later)
    world.holding.resume(FIRM, CHANNEL)
    assert (world.stands(d).due_at or later) >= later


def test_reconnecting_lets_go_what_waited_for_it_and_nothing_else(world: World) -> None:
    blocked = [world.put(post=f"post{n}", status=S.BLOCKED_AUTH) for n in range(3)]
    asked = world.put(post="asked", status=S.NEEDS_HUMAN)
    other = world.put(ResendClass.BLIND, S.BLOCKED_AUTH)
    world.holding.reconnected(FIRM, CHANNEL)
    assert {world.stands(d).status for d in blocked} == {S.RETRY}
    assert (world.stands(asked), world.stands(other)) == (asked, other)


def test_reconnecting_after_the_latest_useful_time_asks_a_person(world: World) -> None:
    d = world.put(status=S.BLOCKED_AUTH)
    world.clock.advance(timedelta(hours=2))
    world.holding.reconnected(FIRM, CHANNEL)
    assert world.stands(d).status is S.NEEDS_HUMAN


@pytest.mark.parametrize(
    ("status", "is_busy"), [(S.SENDING, True), (S.RECONCILE, True), (S.CLAIMED, False)]
)
def test_a_token_may_be_needed_while_an_attempt_is_in_doubt(
    world: World, status: Status, is_busy: bool
) -> None:
    world.put(status=status)
    assert world.holding.is_busy(FIRM, CHANNEL) is is_busy
    assert not world.holding.is_busy(FIRM, ChannelId("on-silent"))


def test_a_claim_after_the_flag_sees_the_flag(world: World) -> None:
    """It was read as scheduled before it was claimed, so that nobody gave it back."""
    d = world.put(ResendClass.TWO_PHASE)
    world.network.script("prepare", Play(before_answer=SECOND))
    world.steps.after(
        "deliveries.put", lambda: world.set_channel("drafted", status=ChannelStatus.PAUSED)
    )
    world.deliver(d)
    assert (world.stands(d).status, world.network.live) == (S.RETRY, [])
