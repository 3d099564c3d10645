"""What stops a worker before the call: pauses, predecessors, parked scopes, other people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.ids import DeliveryId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.deliveries import Delivery, ResendClass, Status, Topic, Why
from chalicelib.workspaces.channels import ChannelStatus
from tests.fakes import firm, plays
from tests.fakes.firm import SENDING_CLASSES
from tests.fakes.plays import Play
from tests.fakes.publishing_world import World

S = Status
C = ResendClass
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def acting(world: World, d: Delivery, event: Callable[[Delivery], ev.Event]) -> Callable[[], None]:
    """Return a happening: somebody else changes the delivery as it stands then."""

    def act() -> None:
        stands = world.stands(d)
        after = machine.apply(stands, event(stands), world.clock.now())
        world.store.deliveries.put(stands, after)

    return act


# The channel.


def test_a_paused_channel_keeps_its_posts_until_the_pause_ends(world: World) -> None:
    until = world.clock.now() + 30 * MINUTE
    world.set_channel("listed", status=ChannelStatus.PAUSED, paused_until=until)
    d = world.put()
    after = world.deliver(d)
    assert (after.status, after.due_at, after.attempt) == (S.RETRY, until, 0)
    world.run_for(32 * MINUTE)
    assert world.end(d) == (S.PUBLISHED, None)


def test_a_pause_without_an_end_makes_it_late_in_the_end(world: World) -> None:
    world.set_channel("listed", status=ChannelStatus.PAUSED)
    d = world.put()
    assert world.deliver(d).due_at == d.latest_at
    world.run_for(timedelta(hours=2, minutes=3))
    assert world.end(d) == (S.NEEDS_HUMAN, Why.LATE)
    assert world.mail.topics == [Topic.LATE]


def test_a_broken_channel_blocks_without_any_call(world: World) -> None:
    world.set_channel("listed", status=ChannelStatus.BROKEN, since=world.clock.now())
    d = world.put()
    world.deliver(d)
    assert world.end(d) == (S.BLOCKED_AUTH, None)
    assert world.mail.topics == [Topic.RECONNECT]
    assert world.steps.named("network.open", "network.check") == []


def test_a_disconnected_channel_fails_and_says_why(world: World) -> None:
    world.set_channel("listed", status=ChannelStatus.DISCONNECTED)
    after = world.deliver(world.put())
    assert (after.status, after.reason) == (S.FAILED, "disconnected")
    assert world.mail.topics == [Topic.FAILED]


def test_what_has_lost_its_firm_goes_nowhere(world: World) -> None:
    d = world.put()
    world.store.firms.clear()
    after = world.deliver(d)
    assert (after.status, after.reason) == (S.FAILED, "gone")
    assert world.steps.named("network.open") == []


@pytest.mark.parametrize("status", [ChannelStatus.PAUSED, ChannelStatus.DISCONNECTED])
def test_a_flag_set_while_preparing_is_seen_before_the_intent(
    world: World, status: ChannelStatus
) -> None:
    world.network.script("prepare", Play(before_answer=2 * SECOND))
    d = world.put(C.TWO_PHASE)
    world.steps.before("network.prepare", lambda: world.set_channel("drafted", status=status))
    after = world.deliver(d)
    assert (after.status, after.attempt, world.network.live) == (S.RETRY, 0, [])


def test_a_slow_reading_of_the_flags_is_repeated_too(world: World) -> None:
    d = world.put()
    world.steps.before("desk.brief", lambda: world.clock.advance(3 * SECOND))
    world.deliver(d)
    assert world.steps.named("desk.may_send") == ["desk.may_send"]


# Other people, at every moment of the walk.

MOMENTS = ("desk.brief", "network.open", "network.prepare")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_cancel_before_the_intent_holds(world: World, moment: str) -> None:
    d = world.put(C.TWO_PHASE)
    world.steps.after(moment, acting(world, d, lambda _: ev.Cancel("a")))
    world.deliver(d)
    assert (world.end(d), world.network.live) == ((S.CANCELLED, None), [])


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_edit_before_the_intent_sends_the_new_version_only(world: World, moment: str) -> None:
    d = world.put(C.TWO_PHASE)
    world.store.add_version(firm.version(2))
    edit = ev.Edit(act="a", version=2, text_hash="h", after=None)
    world.steps.after(moment, acting(world, d, lambda _: edit))
    world.run_for(2 * MINUTE)
    (copy,) = world.network.copies(d)
    assert (copy.version, world.stands(d).sent_version) == (2, 2)


def test_a_refusal_of_an_old_preparation_does_not_touch_what_another_worker_holds(
    world: World,
) -> None:
    """The first worker prepares version 1; it is edited, and a second one holds version 2."""
    d = world.put(C.TWO_PHASE)
    world.store.add_version(firm.version(2))
    edit = ev.Edit(act="a", version=2, text_hash="h", after=None)
    world.network.script("prepare", plays.refused("too_long"))

    def edit_and_claim() -> None:
        acting(world, d, lambda _: edit)()
        acting(world, d, lambda _: ev.Claim())()

    world.steps.before("network.prepare", edit_and_claim)
    world.deliver(d)
    assert (world.stands(d).status, world.stands(d).version) == (S.CLAIMED, 2)


def test_a_refusal_after_a_stored_part_is_not_lost(world: World) -> None:
    world.network.media = ("photo-1",)
    world.network.script("prepare", plays.ok(), plays.refused("media_refused"))
    after = world.deliver(world.put(C.TWO_PHASE))
    assert (after.status, after.reason) == (S.FAILED, "media_refused")


def test_two_workers_of_one_delivery_make_one_call(world: World) -> None:
    d = world.put()
    world.steps.before("deliveries.put", lambda: world.worker.deliver(d))
    world.worker.deliver(d)
    assert world.end(d) == (S.PUBLISHED, None)
    assert len(world.network.copies(d)) == 1
    assert world.steps.named("network.publish") == ["network.publish"]


# A predecessor.


def chained(world: World, first: Status, **changes: Any) -> tuple[Delivery, Delivery]:
    """Return two deliveries, the second waiting after the first."""
    a = world.put(status=first, **changes)
    b = world.put(post="post2", after=a.id)
    a = world.store.add(replace(world.stands(a), awaited_by=(b.id,)))
    return a, b


@pytest.mark.parametrize("status", [S.SCHEDULED, S.CLAIMED, S.SENDING, S.RECONCILE])
def test_it_waits_while_its_predecessor_is_under_way(world: World, status: Status) -> None:
    earlier = world.clock.now() - MINUTE
    _, b = chained(world, status, planned_at=earlier)
    after = world.deliver(b)
    assert (after.status, after.attempt) == (S.RETRY, 0)
    assert after.due_at == world.clock.now() + 30 * SECOND


def test_it_waits_longer_and_longer_up_to_five_minutes(world: World) -> None:
    _, b = chained(world, S.NEEDS_HUMAN, due_at=None)
    pauses = []
    for _ in range(7):
        after = world.deliver(b)
        assert after.due_at is not None
        pauses.append((after.due_at - world.clock.now()).total_seconds())
        world.clock.at_least(after.due_at)
    assert pauses == [30, 30, 60, 120, 240, 300, 300]


@pytest.mark.parametrize("status", [S.PUBLISHED, S.CANCELLED, S.FAILED])
def test_it_goes_once_its_predecessor_is_settled(world: World, status: Status) -> None:
    _, b = chained(world, status)
    assert world.deliver(b).status is S.PUBLISHED


def test_it_goes_if_its_predecessor_is_gone(world: World) -> None:
    d = world.put(after=DeliveryId("gone.on-listed.0"))
    assert world.deliver(d).status is S.PUBLISHED


def test_a_predecessor_that_was_moved_behind_it_no_longer_holds_it_up(world: World) -> None:
    later = world.clock.now() + MINUTE
    _, b = chained(world, S.SCHEDULED, planned_at=later, due_at=later)
    assert world.deliver(b).status is S.PUBLISHED


def test_settling_wakes_what_waits_at_once(world: World) -> None:
    world.network.script("publish", plays.reply_lost())
    a, b = chained(world, S.SCHEDULED, planned_at=world.clock.now() - SECOND)
    world.deliver(a)
    waiting = world.deliver(b)
    world.clock.at_least(world.stands(a).due_at or world.clock.now())
    world.deliver(a)
    assert world.end(a) == (S.PUBLISHED, None)
    assert world.stands(b).due_at == world.clock.now() < (waiting.due_at or world.clock.now())
    assert (world.queue.sent[-1].about, world.queue.sent[-1].delay) == (b.id, timedelta(0))
    assert world.deliver(b).status is S.PUBLISHED


@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
def test_the_same_text_wanted_twice_goes_out_twice_though_both_were_in_doubt(
    world: World, resend_class: ResendClass
) -> None:
    a = world.put(resend_class)
    b = world.put(resend_class, post="post2", after=a.id)
    for d in (a, b):
        world.store.add_version(firm.version(1, "Le même texte", post=d.post))
    world.store.add(replace(world.stands(a), awaited_by=(b.id,)))
    world.network.script("publish", plays.reply_lost(), plays.timed_out())
    world.run_for(30 * MINUTE)
    if resend_class is C.BLIND:
        assert world.end(a) == (S.NEEDS_HUMAN, Why.UNKNOWN)
        return
    assert world.end(a) == world.end(b) == (S.PUBLISHED, None)
    assert len(world.network.live) == 2
    assert world.stands(a).remote_id != world.stands(b).remote_id


# A parked scope: one goes first.


def test_a_parked_scope_holds_everything_until_its_end(world: World) -> None:
    until = world.clock.now() + 10 * MINUTE
    world.store.desk.park("network:listed", until)
    after = world.deliver(world.put())
    assert after.due_at is not None
    assert until <= after.due_at <= until + 30 * SECOND
    assert world.steps.named("network.open") == []


def test_after_the_end_one_goes_first_and_the_others_wait_for_it(world: World) -> None:
    first, second = world.put(), world.put(post="post2")
    world.store.desk.park("channel:on-listed", world.clock.now())
    waited: list[Delivery] = []
    world.steps.before("network.publish", lambda: waited.append(world.deliver(second)))
    assert world.deliver(first).status is S.PUBLISHED
    assert (waited[0].status, waited[0].attempt) == (S.RETRY, 0)
    assert world.store.scopes == {}
    world.run_for(3 * MINUTE)
    assert world.end(second) == (S.PUBLISHED, None)


def test_of_two_that_read_a_parked_scope_at_once_one_leads(world: World) -> None:
    first, second = world.put(), world.put(post="post2")
    world.store.desk.park("channel:on-listed", world.clock.now())
    world.steps.after("desk.brief", lambda: world.worker.deliver(first))
    held_back = world.deliver(second)
    assert (held_back.status, held_back.attempt) == (S.RETRY, 0)
    assert world.end(first) == (S.PUBLISHED, None)


def test_a_first_one_that_is_refused_again_parks_its_scope_anew(world: World) -> None:
    world.store.desk.park("channel:on-listed", world.clock.now())
    reset = world.clock.now() + 20 * MINUTE
    world.network.script("publish", plays.limited(reset))
    world.deliver(world.put())
    assert world.store.scopes["channel:on-listed"].until == reset


def test_a_storm_of_refusals_makes_few_calls_and_ends_with_everything_out(world: World) -> None:
    all_of_them = [world.put(post=f"post{n}") for n in range(20)]
    now = world.clock.now()
    world.network.script("publish", *[plays.limited(now + k * MINUTE) for k in range(1, 9)])
    world.run_for(60 * MINUTE)
    assert {world.end(d) for d in all_of_them} == {(S.PUBLISHED, None)}
    assert len(world.network.live) == 20
    assert len(world.steps.named("network.publish")) == 28


def test_a_limit_is_parked_though_its_delivery_was_cancelled_meanwhile(world: World) -> None:
    d = world.put(C.TWO_PHASE)
    world.network.script("prepare", plays.limited())
    world.steps.before("network.prepare", acting(world, d, lambda _: ev.Cancel("a")))
    world.deliver(d)
    assert world.end(d) == (S.CANCELLED, None)
    assert list(world.store.scopes) == ["channel:on-drafted"]
