"""What people do with posts: move, cancel, delete and duplicate them, decide what waits."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.ids import DeliveryId, PostId
from chalicelib.publishing.compose import Composer
from chalicelib.publishing.deliveries import Delivery, Status, Why
from chalicelib.publishing.events import Choice
from chalicelib.publishing.posts import Variant
from chalicelib.publishing.refusals import (
    ChangedMeanwhile,
    NotFound,
    TooLate,
)
from chalicelib.workspaces.channels import ChannelStatus
from tests.fakes import firm
from tests.fakes.firm import BY
from tests.fakes.publishing_world import World
from tests.fakes.writing import HOUR, KEYED, LISTED, at, by_channel, create, draft, force, sending

S = Status
MINUTE = timedelta(minutes=1)


# Moving, cancelling, deleting, duplicating.


def test_a_post_is_moved_with_its_latest_useful_time(world: World, composer: Composer) -> None:
    made = create(world)
    moved = composer.reschedule(world.workspace, made.post.id, at(world, 4 * HOUR))
    planned_at = world.clock.now() + 4 * HOUR
    assert {(d.planned_at, d.due_at, d.latest_at) for d in moved.deliveries} == {
        (planned_at, planned_at, planned_at + 2 * HOUR)
    }
    assert (moved.post.planned_at, moved.post.version) == (planned_at, 1)


def test_moving_is_too_late_once_all_is_going_out(world: World, composer: Composer) -> None:
    made = create(world, channels=(LISTED,))
    sending(world, made.deliveries[0])
    with pytest.raises(TooLate):
        composer.reschedule(world.workspace, made.post.id, at(world, 4 * HOUR))
    assert composer.get(world.workspace, made.post.id).post.planned_at == made.post.planned_at


def test_cancelling_stops_what_can_be_stopped(world: World, composer: Composer) -> None:
    made = create(world)
    going = sending(world, by_channel(made)[LISTED])
    done = composer.cancel(world.workspace, made.post.id)
    assert [d.id for d in done.too_late] == [going.id]
    assert {d.channel: d.status for d in done.deliveries} == {LISTED: S.SENDING, KEYED: S.CANCELLED}
    with pytest.raises(TooLate):  # nothing is left that could be stopped
        composer.cancel(world.workspace, made.post.id)


def test_cancelling_what_has_all_gone_out_is_too_late(world: World, composer: Composer) -> None:
    made = composer.create(world.workspace, BY, draft())
    world.run_for(MINUTE)
    with pytest.raises(TooLate):
        composer.cancel(world.workspace, made.post.id)


def test_deleting_takes_a_post_away_for_good(world: World, composer: Composer) -> None:
    made = create(world)
    composer.delete(world.workspace, made.post.id)
    with pytest.raises(NotFound):
        composer.get(world.workspace, made.post.id)
    world.run_for(3 * HOUR)
    assert world.network.live == []


@pytest.mark.parametrize(
    ("status", "why"),
    [(S.SENDING, None), (S.RECONCILE, None), (S.PUBLISHED, None), (S.NEEDS_HUMAN, Why.UNKNOWN)],
)
def test_what_may_be_live_cannot_be_deleted(
    world: World, composer: Composer, status: Status, why: Why | None
) -> None:
    made = create(world)
    force(world, by_channel(made)[LISTED], status=status, why=why)
    with pytest.raises(TooLate):
        composer.delete(world.workspace, made.post.id)
    assert by_channel(composer.get(world.workspace, made.post.id))[KEYED].status is S.SCHEDULED


def test_a_duplicate_is_a_draft_without_the_channels_that_are_gone(
    world: World, composer: Composer
) -> None:
    made = create(world, variants={KEYED: Variant(text="Pour eux")})
    world.set_channel("listed", status=ChannelStatus.DISCONNECTED)
    copy = composer.duplicate(world.workspace, BY, made.post.id)
    assert copy.post.id != made.post.id
    assert (copy.post.is_draft, copy.post.planned_at, copy.post.channels) == (True, None, (KEYED,))
    assert (copy.version.content, copy.version.variants) == (
        made.version.content,
        made.version.variants,
    )
    assert [d.status for d in copy.deliveries] == [S.DRAFT]


def test_a_duplicate_with_the_id_of_an_earlier_try_is_that_one(
    world: World, composer: Composer
) -> None:
    made = create(world)
    new = PostId("copy")
    first = composer.duplicate(world.workspace, BY, made.post.id, new=new)
    again = composer.duplicate(world.workspace, BY, made.post.id, new=new)
    assert (first.post.id, again.post, again.version) == (new, first.post, first.version)
    assert len(world.store.heads) == 2


# Deciding.


def asked(world: World, why: Why = Why.UNKNOWN) -> Delivery:
    made = create(world, channels=(LISTED,))
    d = firm.attempted(made.deliveries[0], world.clock.now())
    return force(world, d, status=S.NEEDS_HUMAN, why=why, due_at=None)


@pytest.mark.parametrize(
    ("choice", "status"),
    [(Choice.PUBLISHED, S.PUBLISHED), (Choice.RESEND, S.RETRY), (Choice.DROP, S.CANCELLED)],
)
def test_a_person_settles_what_was_asked(
    world: World, composer: Composer, choice: Choice, status: Status
) -> None:
    d = asked(world)
    done = composer.decide(world.workspace, d.id, rev=d.rev, choice=choice, url="https://x.y/1")
    assert (done.status, world.stands(d)) == (status, done)


def test_sending_again_leaves_at_once(world: World, composer: Composer) -> None:
    d = asked(world)
    composer.decide(world.workspace, d.id, rev=d.rev, choice=Choice.RESEND)
    world.run_for(MINUTE, ticks=False)
    assert world.stands(d).status is S.PUBLISHED


def test_a_decision_on_what_has_changed_is_refused(world: World, composer: Composer) -> None:
    d = asked(world)
    found = force(world, d, status=S.PUBLISHED, why=None, remote_id="r1")
    with pytest.raises(ChangedMeanwhile) as refused:
        composer.decide(world.workspace, d.id, rev=d.rev, choice=Choice.RESEND)
    assert refused.value.delivery == found
    assert world.stands(d) == found


def test_nothing_is_found_under_an_unknown_id(world: World, composer: Composer) -> None:
    with pytest.raises(NotFound):
        composer.decide(world.workspace, DeliveryId("a.b.0"), rev=1, choice=Choice.DROP)
    with pytest.raises(NotFound):
        composer.get(world.workspace, PostId("none"))
