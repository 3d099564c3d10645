"""People, workers and an unclear store at the same post at once; and posts that look alike."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from chalicelib.ids import PostId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.deliveries import Delivery, Status, Why
from chalicelib.publishing.drafts import Composed, Draft, Now
from chalicelib.publishing.events import Choice
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.refusals import (
    Busy,
    ChangedMeanwhile,
    EditedMeanwhile,
    NotFound,
    Refusal,
    TooLate,
)
from tests.fakes import firm
from tests.fakes.firm import BY
from tests.fakes.publishing_world import World
from tests.fakes.steps import raising
from tests.fakes.writing import HOUR, KEYED, LISTED, at, create, draft, one

S = Status
MINUTE = timedelta(minutes=1)


def edition(world: World, text: str, later: timedelta = HOUR, **changes: Any) -> Draft:
    """Return what a person hands in to change a post that goes out so long from now."""
    return draft(text, when=at(world, later) if later else Now(), **changes)


def touch(world: World, d: Delivery) -> Callable[[], None]:
    """Return a happening: somebody writes the delivery without much of a change."""

    def happen() -> None:
        stands = world.stands(d)
        world.store.deliveries.put(stands, replace(stands, crashes=stands.crashes + 1))

    return happen


# An act is decided again on what stands.


def test_an_act_that_lost_its_race_is_decided_again(world: World) -> None:
    made = create(world)
    world.steps.before("posts.commit", touch(world, made.deliveries[0]))
    done = world.composer.cancel(world.workspace, made.post.id)
    assert {d.status for d in done.deliveries} == {S.CANCELLED}


def test_a_cancel_that_lost_to_the_intent_answers_too_late_and_nothing_else(world: World) -> None:
    d = one(world)

    def intend() -> None:
        stands = world.stands(d)
        going = replace(firm.attempted(stands, world.clock.now()), status=S.SENDING)
        world.store.deliveries.put(stands, going)

    world.steps.before("posts.commit", intend)
    with pytest.raises(TooLate):
        world.composer.cancel(world.workspace, d.post)
    assert world.stands(d).status is S.SENDING


def test_an_act_that_loses_three_times_is_busy_and_writes_nothing(world: World) -> None:
    made = create(world)
    world.steps.before("posts.commit", raising(Stale), times=3)
    with pytest.raises(Busy):
        world.composer.cancel(world.workspace, made.post.id)
    assert world.composer.get(world.workspace, made.post.id).deliveries == made.deliveries


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
def test_an_act_whose_end_is_unclear_is_busy_and_whole_or_absent(
    world: World, applied: bool
) -> None:
    made = create(world)
    order = world.steps.after if applied else world.steps.before
    order("posts.commit", raising(StoreUnclear))
    with pytest.raises(Busy):
        world.composer.edit(world.workspace, BY, made.post.id, 1, edition(world, "Brioche"))
    stands = world.composer.get(world.workspace, made.post.id)
    wanted = 2 if applied else 1
    assert {stands.post.version, stands.version.n} == {wanted}
    assert {d.version for d in stands.deliveries} == {wanted}


def test_of_two_people_who_edit_at_once_one_is_told_of_the_other(world: World) -> None:
    made = create(world)
    both = Barrier(2)

    def edit(text: str) -> Composed | Refusal:
        both.wait()
        try:
            return world.composer.edit(world.workspace, BY, made.post.id, 1, edition(world, text))
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(edit, ["Brioche", "Tarte"]))
    held = [end for end in ends if isinstance(end, Composed)]
    assert [type(end) for end in ends if isinstance(end, Refusal)] == [EditedMeanwhile]
    stands = world.composer.get(world.workspace, made.post.id)
    assert stands.version.content == held[0].version.content
    assert {d.version for d in stands.deliveries} == {2}


@pytest.mark.parametrize("number", range(30))
def test_of_an_edit_and_a_worker_at_once_what_goes_out_is_one_whole_version(number: int) -> None:
    world = World()
    d = one(world, later=timedelta(0))
    both = Barrier(2)

    def work() -> None:
        both.wait()
        world.worker.deliver(d)

    def edit() -> str:
        both.wait()
        new = edition(world, "Brioche", timedelta(0), channels=(LISTED,))
        try:
            world.composer.edit(world.workspace, BY, d.post, 1, new)
        except TooLate:
            return "too late"
        return "held"

    with ThreadPoolExecutor(2) as pool:
        worked, edited = pool.submit(work), pool.submit(edit)
        worked.result()
        answer = edited.result()
    world.run_for(3 * MINUTE)
    (live,) = world.network.live
    assert live.version == (2 if answer == "held" else 1)
    assert world.stands(d).sent_version == live.version


# Creating again with the id of an earlier try.


def test_a_create_that_is_repeated_by_id_makes_one_post(world: World) -> None:
    post = PostId("wanted")
    first = world.composer.create(world.workspace, BY, draft(), post=post)
    again = world.composer.create(world.workspace, BY, draft(), post=post)
    assert again.deliveries == first.deliveries
    assert len(world.store.heads) == 1


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
def test_a_create_whose_end_is_unclear_can_be_repeated_by_id(world: World, applied: bool) -> None:
    post = PostId("wanted")
    order = world.steps.after if applied else world.steps.before
    order("posts.commit", raising(StoreUnclear))
    with pytest.raises(Busy):
        world.composer.create(world.workspace, BY, draft(), post=post)
    world.composer.create(world.workspace, BY, draft(), post=post)
    assert len(world.store.heads) == 1
    assert len(world.store.items) == 2


@pytest.mark.parametrize("post", [None, PostId("wanted")])
def test_a_create_whose_twin_moved_meanwhile_is_made_all_the_same(
    world: World, post: PostId | None
) -> None:
    twin = one(world)
    world.steps.before("posts.commit", touch(world, twin))
    new = edition(world, "Galette", channels=(LISTED,), later=HOUR + MINUTE)
    made = world.composer.create(world.workspace, BY, new, post=post)
    assert made.deliveries[0].after == twin.id
    assert world.stands(twin).awaited_by == (made.deliveries[0].id,)


def test_a_create_that_always_loses_is_busy(world: World) -> None:
    world.steps.before("posts.commit", raising(Stale), times=9)
    with pytest.raises(Busy):
        create(world)
    assert world.store.heads == {}


# Deciding.


def asked(world: World) -> Delivery:
    d = firm.attempted(one(world), world.clock.now())
    d = replace(d, status=S.NEEDS_HUMAN, why=Why.UNKNOWN, due_at=None)
    return world.store.deliveries.put(world.stands(d), d)


def test_a_decision_that_held_is_found_by_its_act_though_a_worker_went_on(world: World) -> None:
    """Applied, the answer lost, and claimed at once: the person must not be told it failed."""
    d = asked(world)

    def claimed_then_lost() -> None:
        stands = world.stands(d)
        claimed = machine.apply(stands, ev.Claim(), world.clock.now())
        world.store.deliveries.put(stands, claimed)
        raise Stale

    world.steps.after("deliveries.put", claimed_then_lost)
    done = world.composer.decide(world.workspace, d.id, rev=d.rev, choice=Choice.RESEND)
    assert done == world.stands(d)
    assert done.status is S.CLAIMED


@pytest.mark.parametrize("applied", [True, False], ids=["applied", "not applied"])
def test_a_decision_whose_end_is_unclear_is_read_again(world: World, applied: bool) -> None:
    d = asked(world)
    order = world.steps.after if applied else world.steps.before
    order("deliveries.put", raising(StoreUnclear))
    if applied:
        done = world.composer.decide(world.workspace, d.id, rev=d.rev, choice=Choice.DROP)
        assert (done.status, world.stands(d)) == (S.CANCELLED, done)
    else:
        with pytest.raises(Busy):
            world.composer.decide(world.workspace, d.id, rev=d.rev, choice=Choice.DROP)
        assert world.stands(d) == d


def test_of_two_people_who_decide_at_once_one_is_told_what_stands(world: World) -> None:
    d = asked(world)
    both = Barrier(2)

    def decide(choice: Choice) -> Delivery | Refusal:
        both.wait()
        try:
            return world.composer.decide(world.workspace, d.id, rev=d.rev, choice=choice)
        except Refusal as refusal:
            return refusal

    with ThreadPoolExecutor(2) as pool:
        ends = list(pool.map(decide, [Choice.RESEND, Choice.DROP]))
    (held,) = (end for end in ends if isinstance(end, Delivery))
    (refused,) = (end for end in ends if isinstance(end, ChangedMeanwhile))
    assert refused.delivery == held == world.stands(d)


# Twins: the same text on the same channel within a day.


def test_twins_are_chained_and_know_each_other(world: World) -> None:
    first, second = one(world), one(world, later=2 * HOUR)
    assert second.after == first.id
    assert world.stands(first).awaited_by == (second.id,)


@pytest.mark.parametrize(
    ("text", "later"), [("Brioche", 2 * HOUR), ("Galette", HOUR + timedelta(days=1, seconds=1))]
)
def test_another_text_or_another_day_is_no_twin(world: World, text: str, later: timedelta) -> None:
    one(world)
    assert one(world, text, later).after is None


def test_the_same_text_on_another_channel_is_no_twin(world: World) -> None:
    create(world, channels=(KEYED,))
    assert one(world).after is None


def test_an_edit_computes_its_twin_again(world: World) -> None:
    first = one(world, "Galette")
    second = one(world, "Brioche", later=2 * HOUR)
    same = edition(world, "Galette", 2 * HOUR, channels=(LISTED,))
    (edited,) = world.composer.edit(world.workspace, BY, second.post, 1, same).deliveries
    assert edited.after == first.id
    other = edition(world, "Tarte", 2 * HOUR, channels=(LISTED,))
    (edited,) = world.composer.edit(world.workspace, BY, second.post, 2, other).deliveries
    assert edited.after is None


def test_moving_behind_a_twin_waits_for_it(world: World) -> None:
    early, late = one(world, later=HOUR), one(world, later=3 * HOUR)
    when = at(world, 4 * HOUR)
    (moved,) = world.composer.reschedule(world.workspace, early.post, when).deliveries
    assert moved.after == late.id


def test_a_settled_twin_holds_nobody_up(world: World) -> None:
    first = one(world)
    world.composer.cancel(world.workspace, first.post)
    assert one(world, later=2 * HOUR).after is None


def test_behind_a_settled_twin_the_one_before_it_still_counts(world: World) -> None:
    first, second = one(world), one(world, later=2 * HOUR)
    world.composer.cancel(world.workspace, second.post)
    assert one(world, later=3 * HOUR).after == first.id


def test_twins_of_one_instant_go_out_one_after_the_other_and_both(world: World) -> None:
    twins = [one(world, later=timedelta(0)) for _ in range(4)]
    world.run_for(10 * MINUTE)
    assert {world.stands(d).status for d in twins} == {S.PUBLISHED}
    assert len({world.stands(d).remote_id for d in twins}) == len(world.network.live) == 4


def test_moving_what_goes_out_is_too_late_though_it_has_a_twin_there(world: World) -> None:
    """Noting the twin is no change of the post: nothing must be written at all."""
    one(world, later=4 * HOUR)
    d = one(world, later=timedelta(0))
    going = replace(firm.attempted(d, world.clock.now()), status=S.SENDING)
    world.store.deliveries.put(d, going)
    head = world.store.heads[d.workspace, d.post]
    with pytest.raises(TooLate):
        world.composer.reschedule(world.workspace, d.post, at(world, 5 * HOUR))
    new = edition(world, "Galette", 5 * HOUR, channels=(LISTED,))
    with pytest.raises(TooLate):
        world.composer.edit(world.workspace, BY, d.post, 1, new)
    assert world.store.heads[d.workspace, d.post] == head


def test_deleted_means_not_found_for_every_act(world: World) -> None:
    made = create(world)
    world.composer.delete(world.workspace, made.post.id)
    acts: list[Callable[[], Composed]] = [
        lambda: world.composer.cancel(world.workspace, made.post.id),
        lambda: world.composer.duplicate(world.workspace, BY, made.post.id),
        lambda: world.composer.edit(world.workspace, BY, made.post.id, 1, draft()),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
