"""What follows a change: people are told once, and a refusal that may have lied is checked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.ids import MentionId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.deliveries import (
    Delivery,
    FollowUp,
    ResendClass,
    Status,
    Topic,
    Why,
)
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.workspaces.channels import ChannelStatus
from tests.fakes import firm, plays
from tests.fakes.firm import SENDING_CLASSES
from tests.fakes.publishing_world import World
from tests.fakes.steps import raising

S = Status
C = ResendClass
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


def edit(world: World, d: Delivery) -> Delivery:
    """Let a person change the text; the post is to go out again at once."""
    world.store.add_version(firm.version(2))
    stands = world.stands(d)
    event = ev.Edit(act="a", version=2, text_hash="h2", after=None)
    return world.store.deliveries.put(stands, machine.apply(stands, event, world.clock.now()))


# A refusal that lied (a 400 after applying).


@pytest.mark.parametrize("resend_class", [c for c in SENDING_CLASSES if c is not C.BLIND])
def test_after_a_refusal_that_lied_an_edited_text_is_not_sent_a_second_time(
    world: World, resend_class: ResendClass
) -> None:
    world.network.script("publish", plays.refused("invalid", applied=True))
    d = world.put(resend_class)
    assert world.deliver(d).status is S.FAILED
    edit(world, d)
    after = world.deliver(d)
    assert (after.status, after.sent_version) == (S.PUBLISHED, 1)
    assert [copy.version for copy in world.network.copies(d)] == [1]
    assert world.mail.topics == [Topic.FAILED, Topic.OLD_VERSION_LIVE]


@pytest.mark.parametrize("resend_class", SENDING_CLASSES)
def test_after_a_refusal_that_was_true_the_edited_text_goes_out(
    world: World, resend_class: ResendClass
) -> None:
    world.network.script("publish", plays.refused("too_long"))
    d = world.put(resend_class)
    world.deliver(d)
    edit(world, d)
    after = world.deliver(d)
    assert (after.status, after.sent_version) == (S.PUBLISHED, 2)
    assert [copy.version for copy in world.network.copies(d)] == [2]


def test_what_was_only_refused_in_preparation_needs_no_look(world: World) -> None:
    world.network.script("prepare", plays.refused("media_refused"))
    d = world.put(C.TWO_PHASE)
    world.deliver(d)
    edit(world, d)
    assert world.deliver(d).status is S.PUBLISHED
    assert world.steps.named("network.find") == []


def test_a_look_before_sending_again_that_fails_is_tried_later(world: World) -> None:
    world.network.script("publish", plays.refused("invalid", applied=True))
    d = world.put()
    world.deliver(d)
    edit(world, d)
    world.network.script("find", plays.unreachable())
    assert world.deliver(d).status is S.RETRY
    world.run_for(5 * MINUTE)
    assert (world.end(d), len(world.network.copies(d))) == ((S.PUBLISHED, None), 1)


# Telling.


def test_a_worker_killed_before_it_told_is_made_good_by_the_next_tick(world: World) -> None:
    world.network.script("publish", plays.refused())
    d = world.put()
    world.steps.before("mail.tell", raising(SystemExit))
    with pytest.raises(SystemExit):
        world.deliver(d)
    assert world.mail.told == []
    told_by = world.clock.now() + 150 * SECOND
    world.run_until(told_by)
    assert world.mail.topics == [Topic.FAILED]


def test_a_worker_killed_after_it_told_tells_nobody_twice(world: World) -> None:
    world.network.script("publish", plays.refused())
    d = world.put()
    world.steps.after("mail.tell", raising(SystemExit))
    with pytest.raises(SystemExit):
        world.deliver(d)
    world.run_for(5 * MINUTE)
    assert world.mail.topics == [Topic.FAILED]
    assert len(world.mail.asked) == 2
    assert (world.stands(d).followups, world.stands(d).due_at) == ((), None)


def test_a_mail_that_fails_is_tried_ten_times_and_given_up_in_the_record(world: World) -> None:
    world.mail.failures_left = 99
    world.network.script("publish", plays.refused())
    d = world.put()
    world.run_for(30 * MINUTE)
    after = world.stands(d)
    assert len(world.mail.asked) == 10
    assert (after.status, after.followups, after.due_at) == (S.FAILED, (), None)
    assert "MailDown" in after.attempts[-1].detail


def test_a_mail_that_fails_a_few_times_gets_through(world: World) -> None:
    world.mail.failures_left = 3
    world.network.script("publish", plays.refused())
    d = world.put()
    world.run_for(10 * MINUTE)
    assert world.mail.topics == [Topic.FAILED]
    assert world.stands(d).due_at is None


def test_one_follow_up_that_fails_does_not_hold_up_the_others(world: World) -> None:
    other = world.put(post="post2", status=S.RETRY, due_at=world.clock.now() + 60 * MINUTE)
    left = (FollowUp("notice", Topic.FAILED, "k"), FollowUp("wake", other.id, "w"))
    d = world.put(status=S.FAILED, followups=left, due_at=world.clock.now())
    world.mail.failures_left = 1
    after = world.deliver(d)
    assert [(f.key, f.tries) for f in after.followups] == [("k", 1)]
    assert world.stands(other).due_at == world.clock.now()


def test_nothing_decorative_fails_a_publication(world: World) -> None:
    d = world.put(awaited_by=("post2.on-listed.0",))
    world.steps.before("deliveries.get", raising(StoreUnclear))
    after = world.deliver(d)
    assert after.status is S.PUBLISHED
    assert [f.tries for f in after.followups] == [1]
    world.run_for(10 * MINUTE)
    assert (world.stands(d).followups, world.stands(d).due_at) == ((), None)


def test_a_waker_that_loses_its_race_tries_again(world: World) -> None:
    """Whatever changed what waits may have left it waiting: it must still be woken."""
    late = world.clock.now() + 60 * MINUTE
    other = world.put(post="post2", status=S.RETRY, due_at=late)
    d = world.put(awaited_by=(other.id,))
    world.steps.before("deliveries.put", raising(Stale), nth=4)
    world.deliver(d)
    world.run_for(5 * MINUTE)
    assert world.end(other) == (S.PUBLISHED, None)


def test_a_good_token_refused_once_waits_for_the_end_of_a_pause(world: World) -> None:
    world.network.script("publish", plays.unauthorised())
    d = world.put()
    world.steps.before(
        "network.publish", lambda: world.set_channel("listed", status=ChannelStatus.PAUSED)
    )
    world.deliver(d)
    assert world.stands(d).status is S.RETRY
    world.run_for(timedelta(hours=3))
    assert world.end(d) == (S.NEEDS_HUMAN, Why.LATE)
    assert world.mail.topics == [Topic.LATE]


def test_the_inbox_is_told_of_an_answer_that_is_live_also_if_that_fails_first(
    world: World,
) -> None:
    d = world.put(answers=MentionId("m"))
    world.steps.before("inbox.settled", raising(Stale), times=2)
    world.deliver(d)
    assert world.answered == []
    world.run_for(10 * MINUTE)
    assert (world.end(d), world.answered) == ((S.PUBLISHED, None), [("m", S.PUBLISHED)])


def test_the_inbox_is_told_of_an_answer_that_is_refused(world: World) -> None:
    world.network.script("publish", plays.refused("too_long"))
    world.deliver(world.put(answers=MentionId("m")))
    assert world.answered == [("m", S.FAILED)]


def test_a_broken_channel_is_told_once_for_all_its_deliveries(world: World) -> None:
    world.set_channel("listed", status=ChannelStatus.BROKEN, since=world.clock.now())
    for n in range(5):
        world.deliver(world.put(post=f"post{n}"))
    assert world.mail.topics == [Topic.RECONNECT]
    assert len(world.mail.asked) == 5


def test_each_delivery_that_is_late_is_told_by_itself(world: World) -> None:
    for n in range(2):
        d = world.put(post=f"post{n}", latest_at=world.clock.now())
        world.deliver(replace(d))
    assert world.mail.topics == [Topic.LATE, Topic.LATE]


def test_a_notice_holds_all_that_the_mail_needs(world: World) -> None:
    world.network.script("publish", plays.refused("too_long"))
    d = world.put()
    world.deliver(d)
    (notice,) = world.mail.told
    assert notice.delivery is not None
    assert (notice.workspace, notice.channel.id, notice.delivery.post) == (
        world.workspace,
        d.channel,
        d.post,
    )
    assert (notice.delivery.reason, notice.excerpt) == ("too_long", firm.version().content.text)
