"""A worker's walk, for each class of network and each outcome of its calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from chalicelib.publishing import outcomes
from chalicelib.publishing.deliveries import Delivery, ResendClass, Result, Status, Topic, Why
from chalicelib.workspaces.channels import ChannelStatus
from tests.fakes import plays
from tests.fakes.firm import SENDING_CLASSES
from tests.fakes.publishing_world import World

if TYPE_CHECKING:
    from tests.fakes.plays import Play

S = Status
C = ResendClass
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
NETWORK = ("deliveries.put", "network.prepare", "network.publish", "network.find")


def statuses(world: World, d: Delivery) -> list[Status]:
    """Return the statuses that were written since the delivery was put there."""
    return [w.status for w in world.store.history if w.id == d.id][1:]


# What goes well.


@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
def test_a_text_goes_out_by_three_writes(world: World, resend_class: ResendClass) -> None:
    d = world.put(resend_class)
    after = world.deliver(d)
    parts = [S.CLAIMED] if resend_class is C.TWO_PHASE else []
    assert statuses(world, d) == [S.CLAIMED, *parts, S.SENDING, S.PUBLISHED]
    (copy,) = world.network.copies(d)
    assert (after.remote_id, after.remote_url) == (copy.remote_id, copy.url)
    assert (after.sent_version, after.published_at, after.due_at) == (1, world.clock.now(), None)
    assert [a.result for a in after.attempts] == [Result.SENT, Result.PUBLISHED]


def test_each_part_is_stored_before_the_next_is_made(world: World) -> None:
    world.network.media = ("photo-1", "photo-2")
    d = world.put(C.TWO_PHASE)
    world.deliver(d)
    assert world.steps.named(*NETWORK) == [
        "deliveries.put",  # claim
        *["network.prepare", "deliveries.put"] * 3,  # two photos and a container
        "deliveries.put",  # intent
        "network.publish",
        "deliveries.put",  # answer
    ]


def test_a_text_costs_one_batch_read_and_three_writes(world: World) -> None:
    world.deliver(world.put())
    assert world.steps.named("deliveries.put") == ["deliveries.put"] * 3
    assert world.steps.named("desk.brief", "desk.may_send", "deliveries.get") == ["desk.brief"]


def test_a_manual_channel_gets_its_kit_and_no_sender_is_opened(world: World) -> None:
    d = world.put(C.PERSON)
    world.deliver(d)
    assert world.end(d) == (S.NEEDS_HUMAN, Why.KIT)
    assert world.mail.topics == [Topic.KIT]
    assert world.steps.named("network.open") == []


def test_what_is_not_due_costs_no_write(world: World) -> None:
    d = world.put(due_at=world.clock.now() + SECOND)
    world.deliver(d)
    assert world.steps.log == []


def test_a_network_that_processes_is_asked_again(world: World) -> None:
    world.network.pending = 1
    d = world.put(C.TWO_PHASE)
    waiting = world.deliver(d)
    assert (waiting.status, waiting.due_at) == (S.PREPARED, world.clock.now() + 10 * SECOND)
    assert world.queue.sent[-1].delay == 10 * SECOND
    world.clock.advance(10 * SECOND)
    assert world.deliver(d).status is S.PUBLISHED
    assert world.steps.named("network.prepare") == ["network.prepare"]


def test_what_was_prepared_for_an_older_version_is_made_anew(world: World) -> None:
    world.network.pending = 1
    d = world.put(C.TWO_PHASE)
    world.deliver(d)
    stands = world.stands(d)
    edited = replace(stands, version=2, status=S.SCHEDULED, due_at=world.clock.now())
    world.put(C.TWO_PHASE, version=2)
    world.store.add(replace(edited, rev=stands.rev))
    world.deliver(d)
    (copy,) = world.network.copies(d)
    assert (copy.version, world.stands(d).sent_version) == (2, 2)
    assert world.steps.named("network.prepare") == ["network.prepare"] * 2


# What a call can end in. Left alone for an hour, each class comes to a right end.

IN_DOUBT: dict[str, tuple[Play, bool]] = {
    "reply lost": (plays.reply_lost(), True),
    "timeout, not applied": (plays.timed_out(), False),
    "applied at the very end": (plays.applied_at_the_end(), True),
    "5xx, applied": (plays.server_error(applied=True), True),
    "5xx, not applied": (plays.server_error(applied=False), False),
    "2xx without id": (plays.without_id(), True),
    "an error of the adapter, applied": (plays.broken(applied=True), True),
    "an error of the adapter, not applied": (plays.broken(applied=False), False),
}


@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
@pytest.mark.parametrize("name", IN_DOUBT)
def test_an_attempt_in_doubt_is_looked_for(
    world: World, resend_class: ResendClass, name: str
) -> None:
    play, _ = IN_DOUBT[name]
    world.network.script("publish", play)
    d = world.put(resend_class)
    begun = world.clock.now()
    after = world.deliver(d)
    assert (after.status, after.due_at) == (S.RECONCILE, begun + 30 * SECOND)


def test_a_network_that_took_it_and_isnt_done_is_asked_by_what_it_told(world: World) -> None:
    d = world.put()
    taken = outcomes.OutcomeUnknown("taken", outcomes.Part("post", "7"))
    world.network.script("publish", plays.Play(raises=taken))
    doubtful = world.deliver(d)
    assert (doubtful.status, doubtful.parts["post"]) == (S.RECONCILE, "7")
    world.run_for(5 * MINUTE)
    assert world.end(d) == (S.PUBLISHED, None)


@pytest.mark.parametrize("blind_window", [0, 60], ids=lambda s: f"listing lags {s} s")
@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
@pytest.mark.parametrize("name", IN_DOUBT)
def test_in_doubt_it_ends_published_once_or_a_person_is_asked(
    world: World, resend_class: ResendClass, name: str, blind_window: int
) -> None:
    play, applied = IN_DOUBT[name]
    world.network.blind_window = blind_window * SECOND
    world.network.script("publish", play)
    d = world.put(resend_class)
    world.run_for(60 * MINUTE)
    if resend_class is C.BLIND:
        assert world.end(d) == (S.NEEDS_HUMAN, Why.UNKNOWN)
        assert world.mail.topics == [Topic.TO_CHECK]
        assert len(world.network.copies(d)) == int(applied)
    else:
        assert world.end(d) == (S.PUBLISHED, None)
        assert len(world.network.copies(d)) == 1
        assert world.mail.told == []
        assert world.stands(d).attempt == (1 if applied else 2)


@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
def test_what_is_provably_not_applied_is_tried_again_with_a_pause(
    world: World, resend_class: ResendClass
) -> None:
    world.network.script("publish", plays.unreachable())
    d = world.put(resend_class)
    after = world.deliver(d)
    assert after.status is S.RETRY
    assert after.due_at is not None
    assert 11 * SECOND < after.due_at - world.clock.now() < 19 * SECOND
    world.run_for(5 * MINUTE)
    assert (world.end(d), len(world.network.copies(d))) == ((S.PUBLISHED, None), 1)


def test_a_network_that_is_down_for_hours_makes_it_late_and_a_person_is_told(
    world: World,
) -> None:
    world.network.script("publish", *[plays.unreachable()] * 100)
    d = world.put()
    world.run_for(timedelta(hours=3))
    assert world.end(d) == (S.NEEDS_HUMAN, Why.LATE)
    assert world.mail.topics == [Topic.LATE]


def test_a_rate_limit_with_a_reset_parks_its_scope_until_then(world: World) -> None:
    reset = world.clock.now() + 4 * MINUTE
    world.network.script("publish", plays.limited(reset))
    d = world.put()
    after = world.deliver(d)
    assert after.due_at is not None
    assert reset <= after.due_at <= reset + 30 * SECOND
    assert world.store.scopes["channel:on-listed"].until == reset
    world.run_for(10 * MINUTE)
    assert (world.end(d), len(world.network.copies(d))) == ((S.PUBLISHED, None), 1)
    assert world.store.scopes == {}


def test_a_rate_limit_without_a_reset_waits_longer_each_time(world: World) -> None:
    world.network.script("publish", *[plays.limited(scope="network")] * 3)
    d = world.put()
    pauses = []
    for _ in range(3):
        world.deliver(d)
        pauses.append(world.store.scopes["network:listed"].until - world.clock.now())
        world.clock.at_least(world.stands(d).due_at or world.clock.now())
    assert pauses == [MINUTE, 2 * MINUTE, 4 * MINUTE]


def test_one_refused_token_that_reads_well_goes_on_by_itself(world: World) -> None:
    world.network.script("publish", plays.unauthorised())
    d = world.put()
    world.run_for(5 * MINUTE)
    assert (world.end(d), len(world.network.copies(d))) == ((S.PUBLISHED, None), 1)
    assert world.mail.told == []


def test_a_token_refused_for_good_breaks_the_channel_and_tells_once(world: World) -> None:
    world.network.token_works = False
    first, second = world.put(), world.put(post="post2")
    world.run_for(5 * MINUTE)
    assert world.end(first) == world.end(second) == (S.BLOCKED_AUTH, None)
    assert world.mail.topics == [Topic.RECONNECT]
    world.network.token_works = True
    world.set_channel("listed", status=ChannelStatus.CONNECTED)
    world.holding.reconnected(first.workspace, first.channel)
    world.run_for(5 * MINUTE)
    assert world.end(first) == world.end(second) == (S.PUBLISHED, None)


@pytest.mark.parametrize("minutes", [-1, 10])
def test_a_pause_over_or_begun_meanwhile_hides_no_refused_token(world: World, minutes: int) -> None:
    until = world.clock.now() + minutes * MINUTE
    pause = {"status": ChannelStatus.PAUSED, "paused_until": until}
    world.steps.after("desk.brief", lambda: world.set_channel("listed", **pause))
    world.network.token_works = False
    d = world.put()
    world.run_for(5 * MINUTE)
    assert world.end(d) == (S.BLOCKED_AUTH, None)
    assert world.mail.topics == [Topic.RECONNECT]


def test_a_token_that_reads_but_may_not_write_breaks_the_channel_too(world: World) -> None:
    world.network.script("publish", *[plays.unauthorised()] * 2)
    d = world.put()
    world.run_for(5 * MINUTE)
    assert world.end(d) == (S.BLOCKED_AUTH, None)
    assert world.mail.topics == [Topic.RECONNECT]


def test_what_stays_blocked_is_told_late_in_the_end(world: World) -> None:
    world.network.token_works = False
    d = world.put()
    world.run_for(timedelta(hours=3))
    assert world.end(d) == (S.NEEDS_HUMAN, Why.LATE)
    assert world.mail.topics == [Topic.RECONNECT, Topic.LATE]


@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
def test_a_rejection_fails_with_its_reason_and_is_told(
    world: World, resend_class: ResendClass
) -> None:
    world.network.script("publish", plays.refused("too_long"))
    d = world.put(resend_class)
    after = world.deliver(d)
    assert (after.status, after.reason, after.due_at) == (S.FAILED, "too_long", None)
    assert world.mail.topics == [Topic.FAILED]


# While preparing nothing can have become public.

PREPARING: dict[str, tuple[Play, Status]] = {
    "transient": (plays.unreachable(), S.RETRY),
    "outcome unknown": (plays.reply_lost(), S.RETRY),
    "rate limited": (plays.limited(), S.RETRY),
    "rejected": (plays.refused("media_refused"), S.FAILED),
}


@pytest.mark.parametrize("name", PREPARING)
def test_a_failure_while_preparing_spends_no_attempt(world: World, name: str) -> None:
    play, status = PREPARING[name]
    world.network.script("prepare", play)
    after = world.deliver(world.put(C.TWO_PHASE))
    assert (after.status, after.attempt) == (status, 0)


@pytest.mark.parametrize(
    "play", [plays.unreachable(), plays.unauthorised()], ids=["unread", "empty"]
)
def test_a_vault_that_gives_no_token_stops_before_any_call(world: World, play: Play) -> None:
    world.network.script("open", play)
    d = world.put()
    world.deliver(d)
    assert world.network.copies(d) == []
    assert world.steps.named("network.publish") == []
    assert world.stands(d).attempt == 0


def test_an_adapter_that_kills_its_worker_is_poison_after_five_times(world: World) -> None:
    world.network.script("prepare", *[plays.broken(applied=False)] * 9)
    d = world.put(C.TWO_PHASE)
    for _ in range(5):
        with pytest.raises(KeyError):
            world.deliver(d)
        world.clock.advance(90 * SECOND)
    world.deliver(d)
    assert world.end(d) == (S.NEEDS_HUMAN, Why.POISON)
    assert world.mail.topics == [Topic.POISON]
