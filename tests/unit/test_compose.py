"""What people do with posts: write them, edit them, schedule drafts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId, delivery_id
from chalicelib.publishing.compose import Composer
from chalicelib.publishing.deliveries import Prepared, Status, Why
from chalicelib.publishing.drafts import At, Now, Unscheduled
from chalicelib.publishing.events import Choice
from chalicelib.publishing.planning import MAX_CHANNELS
from chalicelib.publishing.posts import Variant
from chalicelib.publishing.refusals import (
    EditedMeanwhile,
    Invalid,
    NotFound,
    TooLate,
)
from chalicelib.publishing.schedule import Shift
from chalicelib.workspaces.channels import ChannelStatus
from tests.fakes import firm
from tests.fakes.firm import BY
from tests.fakes.publishing_world import World
from tests.fakes.writing import (
    HOUR,
    KEYED,
    LISTED,
    PARIS,
    at,
    by_channel,
    create,
    draft,
    force,
    sending,
)

S = Status
MINUTE = timedelta(minutes=1)


# Creating.


def test_a_post_for_now_goes_out_on_every_channel(world: World, composer: Composer) -> None:
    made = composer.create(world.workspace, BY, draft())
    assert [d.status for d in made.deliveries] == [S.SCHEDULED] * 2
    assert {m.about for m in world.queue.sent} == {d.id for d in made.deliveries}
    world.run_for(MINUTE, ticks=False)
    assert {d.status for d in composer.get(world.workspace, made.post.id).deliveries} == {
        S.PUBLISHED
    }
    assert len(world.network.live) == 2


def test_a_delivery_is_made_of_its_post_channel_and_occurrence(world: World) -> None:
    made = create(world)
    d = by_channel(made)[LISTED]
    planned_at = world.clock.now() + 2 * HOUR
    assert d.id == delivery_id(made.post.id, LISTED)
    assert (d.planned_at, d.due_at, d.latest_at) == (planned_at, planned_at, planned_at + 2 * HOUR)
    assert (d.version, d.rev, d.key.created_at) == (1, 1, world.clock.now())
    assert d.resend_class is firm.NETWORKS[d.network]
    assert (made.post.version, made.version.n, made.post.is_draft) == (1, 1, False)


def test_a_time_that_daylight_saving_skips_is_shifted_and_said(world: World) -> None:
    gap = At(datetime.fromisoformat("2027-03-28T02:30"), PARIS)
    made = world.composer.create(world.workspace, BY, draft(when=gap))
    assert made.shift is Shift.GAP


def test_a_draft_goes_nowhere_and_need_not_be_whole(world: World, composer: Composer) -> None:
    made = composer.create(world.workspace, BY, draft("", channels=(LISTED,), when=Unscheduled()))
    (d,) = made.deliveries
    assert (d.status, d.due_at, d.planned_at, d.latest_at) == (S.DRAFT, None, None, None)
    assert (
        composer.create(world.workspace, BY, draft("", channels=(), when=Unscheduled())).deliveries
        == ()
    )
    world.run_for(5 * MINUTE)
    assert world.network.live == []


def test_every_fault_is_said_at_once_and_nothing_is_stored(
    world: World, composer: Composer
) -> None:
    variants = {KEYED: Variant(text="x" * 201)}
    with pytest.raises(Invalid) as refused:
        composer.create(world.workspace, BY, draft("", variants=variants))
    assert [(f.pointer, f.code) for f in refused.value.faults] == [
        ("/text", "empty"),
        ("/variants/on-keyed/text", "too-long"),
    ]
    assert (world.store.heads, world.store.items, world.queue.sent) == ({}, {}, [])


@pytest.mark.parametrize(
    ("channels", "pointer", "code"),
    [
        ((), "/channels", "no-channel"),
        ((LISTED, ChannelId("other")), "/channels/1", "unknown-channel"),
        ((LISTED, LISTED), "/channels", "too-many-channels"),
        (
            tuple(ChannelId(f"c{n}") for n in range(MAX_CHANNELS + 1)),
            "/channels",
            "too-many-channels",
        ),
    ],
)
def test_channels_that_cannot_be_are_refused(
    world: World, channels: tuple[ChannelId, ...], pointer: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        world.composer.create(world.workspace, BY, draft(channels=channels))
    assert [(f.pointer, f.code) for f in refused.value.faults] == [(pointer, code)]


def test_a_disconnected_channel_is_unknown_and_a_paused_one_is_not(world: World) -> None:
    world.set_channel("listed", status=ChannelStatus.DISCONNECTED)
    world.set_channel("keyed", status=ChannelStatus.PAUSED)
    with pytest.raises(Invalid):
        world.composer.create(world.workspace, BY, draft(channels=(LISTED,)))
    world.composer.create(world.workspace, BY, draft(channels=(KEYED,)))


def test_a_past_time_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        world.composer.create(world.workspace, BY, draft(when=at(world, -2 * MINUTE)))


def test_another_firms_post_is_not_found(world: World, composer: Composer) -> None:
    post = create(world).post.id
    stranger = replace(world.workspace, id=WorkspaceId("florist"))
    for act in (
        lambda: composer.get(stranger, post),
        lambda: composer.cancel(stranger, post),
        lambda: composer.decide(stranger, DeliveryId("x.y.0"), rev=1, choice=Choice.DROP),
    ):
        with pytest.raises(NotFound):
            act()


# Editing.


def test_an_edit_gives_its_version_to_every_delivery(world: World, composer: Composer) -> None:
    made = create(world)
    old = by_channel(made)[LISTED]
    force(world, old, prepared=Prepared(1, {"m": "1"}), status=S.PREPARED)
    edited = composer.edit(
        world.workspace, BY, made.post.id, 1, draft("Brioche", when=at(world, 2 * HOUR))
    )
    assert (edited.post.version, edited.version.content.text) == (2, "Brioche")
    assert {d.version for d in edited.deliveries} == {2}
    new = by_channel(edited)[LISTED]
    assert (new.status, new.prepared, new.key) == (S.SCHEDULED, Prepared(), old.key)
    assert new.text_hash != old.text_hash
    assert new.planned_at == old.planned_at
    assert composer.get(world.workspace, made.post.id) == replace(edited, shift=None)


def test_an_edit_stops_a_worker_that_prepares_the_old_version(world: World) -> None:
    made = create(world, channels=(ChannelId("on-drafted"),))
    (d,) = made.deliveries
    world.clock.at_least(d.planned_at or world.clock.now())
    new = draft("Brioche", when=Now(), channels=(d.channel,))

    def edit() -> None:
        world.composer.edit(world.workspace, BY, made.post.id, 1, new)

    world.steps.before("network.prepare", edit)
    world.deliver(d)
    assert world.network.live == []
    world.run_for(2 * MINUTE)
    assert [(p.version) for p in world.network.live] == [2]


def test_an_edit_of_an_old_version_is_refused(world: World, composer: Composer) -> None:
    made = create(world)
    when = at(world, 2 * HOUR)
    composer.edit(world.workspace, BY, made.post.id, 1, draft("Brioche", when=when))
    with pytest.raises(EditedMeanwhile) as refused:
        composer.edit(world.workspace, BY, made.post.id, 1, draft("Tarte", when=when))
    assert refused.value.current_version == 2
    assert composer.get(world.workspace, made.post.id).version.content.text == "Brioche"


def test_an_edit_too_late_for_one_delivery_holds_for_the_others(
    world: World, composer: Composer
) -> None:
    made = create(world)
    going = sending(world, by_channel(made)[LISTED])
    edited = composer.edit(
        world.workspace, BY, made.post.id, 1, draft("Brioche", when=at(world, 2 * HOUR))
    )
    assert [d.id for d in edited.too_late] == [going.id]
    assert {d.channel: d.version for d in edited.deliveries} == {LISTED: 1, KEYED: 2}
    assert world.stands(going) == going


def test_an_edit_too_late_for_all_changes_nothing(world: World, composer: Composer) -> None:
    made = create(world, channels=(LISTED,))
    sending(world, made.deliveries[0])
    with pytest.raises(TooLate) as refused:
        composer.edit(
            world.workspace,
            BY,
            made.post.id,
            1,
            draft("Brioche", when=at(world, 2 * HOUR), channels=(LISTED,)),
        )
    assert [d.status for d in refused.value.deliveries] == [S.SENDING]
    assert composer.get(world.workspace, made.post.id).post.version == 1


def test_an_edit_may_move_the_post_too(world: World, composer: Composer) -> None:
    made = create(world)
    new = draft("Brioche", when=at(world, 5 * HOUR), useful_for=3 * HOUR)
    edited = composer.edit(world.workspace, BY, made.post.id, 1, new)
    planned_at = world.clock.now() + 5 * HOUR
    assert {(d.planned_at, d.due_at, d.latest_at) for d in edited.deliveries} == {
        (planned_at, planned_at, planned_at + 3 * HOUR)
    }


def test_an_edit_that_does_not_say_how_long_it_is_useful_leaves_that(
    world: World, composer: Composer
) -> None:
    made = create(world, useful_for=24 * HOUR)
    edited = composer.edit(world.workspace, BY, made.post.id, 1, draft("Brioche"))
    assert edited.post.useful_for == 24 * HOUR


def test_an_edit_in_its_due_minute_keeps_a_time_that_is_past(
    world: World, composer: Composer
) -> None:
    made = create(world)
    when = at(world, 2 * HOUR)
    world.clock.advance(2 * HOUR + 30 * MINUTE)
    edited = composer.edit(world.workspace, BY, made.post.id, 1, draft("Brioche", when=when))
    assert {d.due_at for d in edited.deliveries} == {world.clock.now()}


def test_a_scheduled_post_never_becomes_a_draft_again(world: World, composer: Composer) -> None:
    made = create(world)
    with pytest.raises(Invalid):
        composer.edit(world.workspace, BY, made.post.id, 1, draft(when=Unscheduled()))


def test_a_channel_that_is_left_out_is_cancelled_and_a_new_one_added(
    world: World, composer: Composer
) -> None:
    made = create(world, channels=(LISTED,))
    when = at(world, 2 * HOUR)
    edited = composer.edit(
        world.workspace, BY, made.post.id, 1, draft("Brioche", when=when, channels=(KEYED,))
    )
    assert {d.channel: d.status for d in edited.deliveries} == {
        LISTED: S.CANCELLED,
        KEYED: S.SCHEDULED,
    }
    assert edited.post.channels == (KEYED,)
    assert by_channel(edited)[KEYED].version == 2


def test_a_channel_that_comes_back_gets_a_delivery_of_its_own(
    world: World, composer: Composer
) -> None:
    made = create(world)
    when = at(world, 2 * HOUR)
    for version, channels in enumerate([(KEYED,), (KEYED, LISTED), (KEYED,), (KEYED, LISTED)], 1):
        edited = composer.edit(
            world.workspace, BY, made.post.id, version, draft(when=when, channels=channels)
        )
    own = [d for d in edited.deliveries if d.channel == LISTED]
    assert {d.id.rsplit(".")[-1]: d.status for d in own} == {
        "0": S.CANCELLED,
        "1": S.CANCELLED,
        "2": S.SCHEDULED,
    }
    assert len({d.key.uuid for d in own}) == 3


def test_a_channel_that_is_live_cannot_be_taken_away(world: World, composer: Composer) -> None:
    made = create(world)
    live = force(world, by_channel(made)[LISTED], status=S.PUBLISHED, due_at=None, remote_id="r1")
    edited = composer.edit(
        world.workspace, BY, made.post.id, 1, draft(when=at(world, 2 * HOUR), channels=(KEYED,))
    )
    assert [d.id for d in edited.too_late] == [live.id]
    assert world.stands(live) == live


@pytest.mark.parametrize("why", [Why.LATE, Why.KIT, Why.POISON])
def test_an_edit_takes_up_what_waits_for_a_person(
    world: World, composer: Composer, why: Why
) -> None:
    made = create(world, channels=(LISTED,))
    force(world, made.deliveries[0], status=S.NEEDS_HUMAN, why=why, due_at=None)
    new = draft("Brioche", when=at(world, 3 * HOUR), channels=(LISTED,))
    (d,) = composer.edit(world.workspace, BY, made.post.id, 1, new).deliveries
    assert (d.status, d.why, d.due_at) == (S.SCHEDULED, None, world.clock.now() + 3 * HOUR)


# Drafts.


def test_a_draft_is_edited_and_stays_one(world: World, composer: Composer) -> None:
    made = composer.create(world.workspace, BY, draft(when=Unscheduled()))
    when = Unscheduled(at(world, 2 * HOUR))
    edited = composer.edit(world.workspace, BY, made.post.id, 1, draft("Brioche", when=when))
    planned_at = world.clock.now() + 2 * HOUR
    assert {(d.status, d.version, d.due_at) for d in edited.deliveries} == {(S.DRAFT, 2, None)}
    assert {d.planned_at for d in edited.deliveries} == {planned_at} == {edited.post.planned_at}


def test_a_draft_that_loses_its_time_is_on_no_day(world: World, composer: Composer) -> None:
    made = composer.create(world.workspace, BY, draft(when=Unscheduled(at(world, HOUR))))
    edited = composer.edit(world.workspace, BY, made.post.id, 1, draft(when=Unscheduled()))
    assert edited.post.planned_at is None
    assert {(d.planned_at, d.latest_at) for d in edited.deliveries} == {(None, None)}


def test_a_draft_is_create(world: World, composer: Composer) -> None:
    made = composer.create(world.workspace, BY, draft(when=Unscheduled()))
    done = composer.schedule(world.workspace, made.post.id, 1, at(world, 2 * HOUR))
    planned_at = world.clock.now() + 2 * HOUR
    assert {(d.status, d.due_at, d.version) for d in done.deliveries} == {
        (S.SCHEDULED, planned_at, 1)
    }
    assert (done.post.is_draft, done.post.version) == (False, 1)
    with pytest.raises(Invalid):
        composer.schedule(world.workspace, made.post.id, 1, Now())


def test_an_edit_with_a_time_schedules_a_draft(world: World, composer: Composer) -> None:
    made = composer.create(world.workspace, BY, draft(when=Unscheduled()))
    done = composer.edit(world.workspace, BY, made.post.id, 1, draft("Brioche", when=Now()))
    assert {(d.status, d.version) for d in done.deliveries} == {(S.SCHEDULED, 2)}


def test_a_draft_that_is_not_whole_is_not_create(world: World, composer: Composer) -> None:
    made = composer.create(world.workspace, BY, draft("", when=Unscheduled()))
    with pytest.raises(Invalid):
        composer.schedule(world.workspace, made.post.id, 1, Now())
    assert {d.status for d in composer.get(world.workspace, made.post.id).deliveries} == {S.DRAFT}
