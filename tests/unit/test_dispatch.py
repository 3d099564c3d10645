"""The minute's tick and the queue: quick when they work, harmless when they don't."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from chalicelib.ids import DeliveryId
from chalicelib.publishing import dispatch
from chalicelib.publishing.deliveries import Delivery, ResendClass, Status
from chalicelib.publishing.dispatch import Dispatcher
from tests.fakes import firm, plays
from tests.fakes.publishing_world import World

S = Status
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def put_due(world: World, seconds: float, post: str = "post1") -> Delivery:
    """Store a delivery that falls due so many seconds from now."""
    at = world.clock.now() + seconds * SECOND
    return world.put(post=post, due_at=at, planned_at=at, latest_at=at + firm.USEFUL)


def delays(world: World) -> dict[str, float]:
    return {m.about: m.delay.total_seconds() for m in world.queue.sent}


# The tick.


@pytest.mark.parametrize(
    ("due", "delay"), [(-59, 0), (0, 0), (0.25, 0.25), (61.5, 61.5), (120, 120)]
)
def test_what_is_due_within_two_ticks_is_sent_with_its_exact_delay(
    world: World, due: float, delay: float
) -> None:
    d = put_due(world, due)
    assert world.dispatcher.publish_due() == 1
    assert delays(world) == {d.id: delay}


@pytest.mark.parametrize("due", [120.001, 3600])
def test_what_is_due_later_is_left_to_a_later_tick(world: World, due: float) -> None:
    put_due(world, due)
    assert world.dispatcher.publish_due() == 0
    assert world.steps.named("queue.send") == []


def test_what_has_nothing_to_do_is_not_in_the_index(world: World) -> None:
    world.put(status=S.PUBLISHED)
    world.put(post="post2", status=S.DRAFT)
    assert world.dispatcher.publish_due() == 0


def test_a_thousand_at_one_instant_are_all_sent_once(world: World) -> None:
    wanted = {put_due(world, 30, post=f"post{n}").id for n in range(1_000)}
    assert world.dispatcher.publish_due() == 1_000
    assert delays(world) == dict.fromkeys(wanted, 30)
    assert len(world.queue.sent) == 1_000


def test_more_than_a_page_over_time_is_all_sent_once(world: World) -> None:
    wanted = {put_due(world, n / 10, post=f"post{n}").id for n in range(dispatch.PAGE + 7)}
    world.dispatcher.publish_due()
    assert sorted(m.about for m in world.queue.sent) == sorted(wanted)


def test_every_shard_is_read_and_the_backlog_of_one(world: World) -> None:
    sharded = World(shards=4)
    now = [put_due(sharded, 10, post=f"now{n}") for n in range(20)]
    old = [put_due(sharded, -600, post=f"old{n}") for n in range(20)]
    chosen = Dispatcher(
        clock=sharded.clock, index=sharded.store.due, queue=sharded.queue, choose_shard=lambda _: 2
    )
    chosen.publish_due()
    of_shard_2 = {d.id for d in old if sharded.store.due.shard_of(d.id) == 2}
    assert 0 < len(of_shard_2) < len(old)
    assert set(delays(sharded)) == {d.id for d in now} | of_shard_2


def test_a_backlog_never_hides_the_present(world: World) -> None:
    for n in range(dispatch.BACKLOG + 50):
        put_due(world, -600 - n, post=f"old{n}")
    present = put_due(world, 5, post="present")
    sent = world.dispatcher.publish_due()
    assert world.queue.sent[0].about == present.id
    assert sent == dispatch.BACKLOG + 1


# A message.


def test_a_message_about_what_is_gone_or_settled_does_nothing(world: World) -> None:
    d = world.put(status=S.PUBLISHED)
    world.receiver.receive(d.workspace, d.id)
    world.receiver.receive(d.workspace, DeliveryId("gone.on-listed.0"))
    assert world.steps.log == ["deliveries.get"] * 2


@pytest.mark.parametrize("early", [0.001, 5])
def test_a_message_at_most_5_seconds_early_is_waited_for(world: World, early: float) -> None:
    begun = world.clock.now()
    d = put_due(world, early)
    world.receiver.receive(d.workspace, d.id)
    assert world.stands(d).status is S.PUBLISHED
    assert world.clock.now() == begun + early * SECOND


@pytest.mark.parametrize("early", [5.001, 151])
def test_an_earlier_message_is_dropped_for_the_one_of_its_hour(world: World, early: float) -> None:
    d = put_due(world, early)
    world.receiver.receive(d.workspace, d.id)
    assert (world.stands(d), world.queue.sent) == (d, [])


def test_a_doubled_message_costs_one_read(world: World) -> None:
    d = world.put()
    world.receiver.receive(d.workspace, d.id)
    before = len(world.steps.log)
    world.receiver.receive(d.workspace, d.id)
    assert world.steps.log[before:] == ["deliveries.get"]


def test_of_two_messages_at_once_the_second_costs_one_refused_write(world: World) -> None:
    d = world.put()

    def at_once() -> None:
        world.receiver.receive(d.workspace, d.id)
        world.steps.log.clear()

    world.steps.after("deliveries.get", at_once)
    world.receiver.receive(d.workspace, d.id)
    assert world.steps.log == ["deliveries.put"]
    assert len(world.network.copies(d)) == 1


def test_the_tick_announces_what_is_claimed_for_the_end_of_its_lease(world: World) -> None:
    d = world.put(status=S.CLAIMED, due_at=world.clock.now() + 90 * SECOND)
    world.receiver.receive(d.workspace, d.id)
    world.dispatcher.publish_due()
    assert delays(world) == {d.id: 90}


# The queue holds no truth.


def everything_out_once(world: World, all_of_them: list[Delivery]) -> None:
    assert {world.stands(d).status for d in all_of_them} == {S.PUBLISHED}
    assert all(len(world.network.copies(d)) == 1 for d in all_of_them)


def test_a_queue_that_loses_everything_for_a_while_loses_no_post(world: World) -> None:
    world.queue.loses = True
    all_of_them = [put_due(world, 10 * n, post=f"post{n}") for n in range(20)]
    world.run_for(6 * MINUTE)
    assert world.network.live == []
    world.queue.loses = False
    world.run_for(2 * MINUTE)
    everything_out_once(world, all_of_them)


def test_a_queue_that_doubles_and_shuffles_doubles_no_post(world: World) -> None:
    world.queue.doubles = True
    world.queue.shuffles = random.Random(9)
    world.network.script("publish", *[plays.reply_lost(), plays.ok(), plays.unreachable()] * 3)
    all_of_them = [put_due(world, 5 * n, post=f"post{n}") for n in range(20)]
    world.run_for(10 * MINUTE)
    everything_out_once(world, all_of_them)


def test_an_index_that_lags_delays_and_loses_nothing(world: World) -> None:
    world.store.due.freeze()
    all_of_them = [put_due(world, 10, post=f"post{n}") for n in range(5)]
    world.run_for(2 * MINUTE)
    assert world.network.live == []
    world.store.due.thaw()
    world.run_for(2 * MINUTE)
    everything_out_once(world, all_of_them)


def test_an_index_that_still_shows_what_is_out_sends_nothing_twice(world: World) -> None:
    d = world.put()
    world.store.due.freeze()
    world.run_for(5 * MINUTE)
    everything_out_once(world, [d])


def test_a_post_leaves_at_its_time_and_not_within_its_minute(world: World) -> None:
    d = put_due(world, 95)
    world.run_for(3 * MINUTE)
    assert world.stands(d).published_at == d.planned_at


def test_what_falls_due_soon_after_a_write_needs_no_tick(world: World) -> None:
    world.network.pending = 2
    d = world.put(ResendClass.TWO_PHASE)
    world.deliver(d)
    world.run_for(MINUTE, ticks=False)
    assert world.stands(d).status is S.PUBLISHED


def test_ticks_that_overlap_or_come_late_change_nothing(world: World) -> None:
    all_of_them = [put_due(world, 10 * n, post=f"post{n}") for n in range(10)]
    world.dispatcher.publish_due()
    world.dispatcher.publish_due()
    world.clock.advance(10 * MINUTE)  # the next tick is that late, and the messages with it
    world.run_for(2 * MINUTE)
    everything_out_once(world, all_of_them)
