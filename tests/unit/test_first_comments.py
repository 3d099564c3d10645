"""The first comment of a post goes out once, after it, whatever dies; and people can see to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.ids import ChannelId, comment_id, delivery_id
from chalicelib.publishing import events as ev
from chalicelib.publishing.commenting import USEFUL_FOR
from chalicelib.publishing.deliveries import Delivery, ResendClass, Status, Why
from chalicelib.publishing.drafts import Now
from chalicelib.publishing.posts import Content, Variant
from chalicelib.publishing.refusals import Invalid
from tests.fakes import plays
from tests.fakes.firm import BY
from tests.fakes.publishing_world import World
from tests.fakes.steps import raising
from tests.fakes.writing import KEYED, LISTED, create, draft

MINUTE = timedelta(minutes=1)
COMMENT = "La recette : https://boulangerie.example/galette"
SAID = Content(text="Galette", first_comment=COMMENT)
PASTED = ChannelId("on-pasted")


class Killed(BaseException):
    """The function dies here."""


def killed() -> None:
    raise Killed


def one(world: World, content: Content = SAID, channel: ChannelId = LISTED) -> Delivery:
    (made,) = create(world, later=MINUTE, content=content, channels=(channel,)).deliveries
    return made


def comment_of(world: World, d: Delivery) -> Delivery | None:
    post = comment_id(d.id)
    return world.store.deliveries.get(d.workspace, delivery_id(post, d.channel))


def test_it_goes_out_once_as_an_answer_to_what_is_live(world: World) -> None:
    d = one(world)
    world.run_for(5 * MINUTE)
    comment = comment_of(world, d)
    assert comment is not None
    assert (comment.status, comment.comments_on) == (Status.PUBLISHED, d.id)
    assert len(world.network.copies(comment)) == 1
    version = world.store.posts.version(d.workspace, comment.post, 1)
    assert version is not None
    assert version.content.text == COMMENT
    assert version.content.answers == {"own": world.stands(d).remote_id}
    assert comment.latest_at == world.stands(d).published_at + USEFUL_FOR  # type: ignore[operator]
    assert world.stands(d).followups == ()


def test_it_is_no_post_of_its_own(world: World) -> None:
    d = one(world)
    world.run_for(5 * MINUTE)
    comment = world.store.posts.get(d.workspace, comment_id(d.id))
    assert comment is not None
    assert not comment.stands_alone
    with pytest.raises(Invalid):
        world.composer.duplicate(world.workspace, BY, comment.id)


def test_without_one_nothing_follows(world: World) -> None:
    d = one(world, Content(text="Galette", first_comment=""))
    world.run_for(5 * MINUTE)
    assert comment_of(world, d) is None
    assert world.steps.named("first comment") == []


def test_each_channel_has_its_own(world: World) -> None:
    variants = {KEYED: Variant(first_comment="")}
    made = create(world, later=MINUTE, content=SAID, variants=variants)
    world.run_for(5 * MINUTE)
    by_channel = {d.channel: d for d in made.deliveries}
    assert comment_of(world, by_channel[LISTED]) is not None
    assert comment_of(world, by_channel[KEYED]) is None


def test_what_is_edited_in_time_is_what_is_said(world: World) -> None:
    d = one(world)
    edited = draft(content=replace(SAID, first_comment="Autre chose"), channels=(LISTED,))
    world.composer.edit(world.workspace, BY, d.post, 1, edited)
    world.run_for(5 * MINUTE)
    version = world.store.posts.version(d.workspace, comment_id(d.id), 1)
    assert version is not None
    assert version.content.text == "Autre chose"


def test_what_is_taken_out_in_time_is_not_said(world: World) -> None:
    d = one(world)
    edited = draft(content=replace(SAID, first_comment=""), channels=(LISTED,))
    world.composer.edit(world.workspace, BY, d.post, 1, edited)
    world.run_for(5 * MINUTE)
    assert comment_of(world, d) is None


def test_an_older_version_without_one_that_went_out_gets_none(world: World) -> None:
    d = one(world, Content(text="Galette"))
    world.network.script("publish", plays.reply_lost())
    world.run_for(MINUTE + timedelta(seconds=5))
    assert world.stands(d).status is Status.RECONCILE
    stands = world.stands(d)
    world.store.deliveries.put(stands, replace(stands, has_comment=True))
    world.run_for(5 * MINUTE)
    assert world.stands(d).status is Status.PUBLISHED
    assert comment_of(world, d) is None


def test_what_is_cancelled_or_refused_gets_none(world: World) -> None:
    dropped = one(world)
    world.composer.cancel(world.workspace, dropped.post)
    world.network.script("publish", plays.refused("invalid"))
    refused = one(world, replace(SAID, text="Autre"))
    world.run_for(5 * MINUTE)
    assert world.stands(refused).status is Status.FAILED
    assert comment_of(world, dropped) is None
    assert comment_of(world, refused) is None


def test_what_a_person_found_live_is_commented_by_hand(world: World) -> None:
    world.network.script("publish", plays.reply_lost())
    d = one(world, channel=ChannelId("on-silent"))
    world.run_for(5 * MINUTE)
    stands = world.stands(d)
    assert stands.why is Why.UNKNOWN
    where = "https://silent.example/1"
    world.composer.decide(
        world.workspace, d.id, rev=stands.rev, choice=ev.Choice.PUBLISHED, url=where
    )
    world.run_for(5 * MINUTE)
    comment = comment_of(world, d)
    assert comment is not None
    assert comment.resend_class is ResendClass.PERSON
    assert (comment.status, comment.why) == (Status.NEEDS_HUMAN, Why.KIT)
    assert world.network.copies(comment) == []


def test_where_a_person_publishes_it_stands_in_the_kit(world: World) -> None:
    d = one(world, channel=PASTED)
    assert not d.has_comment


def test_the_network_refusing_it_is_told_and_it_can_be_written_anew(world: World) -> None:
    d = one(world)
    world.network.script("publish", plays.ok(), plays.refused("forbidden"))
    world.run_for(5 * MINUTE)
    comment = comment_of(world, d)
    assert comment is not None
    assert (world.stands(d).status, comment.status) == (Status.PUBLISHED, Status.FAILED)
    anew = draft(content=Content(text="Plus court"), channels=(LISTED,), when=Now())
    world.composer.edit(world.workspace, BY, comment.post, 1, anew)
    world.run_for(5 * MINUTE)
    version = world.store.posts.version(d.workspace, comment.post, 2)
    assert version is not None
    assert version.content.answers == {"own": world.stands(d).remote_id}
    assert world.stands(comment).status is Status.PUBLISHED


def lived(at: int | None, *, before: bool) -> int:
    """Live a post with a comment, its function killed once; return how many steps it took."""
    world = World()
    d = one(world)
    first = len(world.steps.log)
    if at is not None:
        world.steps.at(first + at, killed, before=before)
    end = world.clock.now() + 20 * MINUTE
    while world.clock.now() < end:
        try:
            world.run_until(end)
        except Killed:
            continue
    steps = len(world.steps.log) - first
    comment = comment_of(world, d)
    assert comment is not None, (at, before)
    assert world.stands(d).status is Status.PUBLISHED
    assert comment.status is Status.PUBLISHED, (at, before)
    assert len(world.network.copies(d)) == 1
    assert len(world.network.copies(comment)) == 1
    return steps


@pytest.mark.parametrize("before", [True, False])
def test_a_function_that_dies_at_any_step_neither_loses_nor_doubles_it(before: bool) -> None:
    for number in range(1, lived(None, before=True) + 1):
        lived(number, before=before)


def test_a_store_that_does_not_answer_is_asked_again(world: World) -> None:
    d = one(world)
    world.steps.before("first comment", raising(RuntimeError("no store")), times=3)
    world.run_for(15 * MINUTE)
    comment = comment_of(world, d)
    assert comment is not None
    assert comment.status is Status.PUBLISHED
