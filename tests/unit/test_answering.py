"""An answer is a post with one delivery: it goes out once, and the inbox knows of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.ids import ChannelId, MemberId, MentionId
from chalicelib.inbox import items
from chalicelib.inbox.answering import TRIES, USEFUL_FOR, Answering
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.refusals import AnsweredMeanwhile, CantAnswer
from chalicelib.publishing.deliveries import Status, Topic
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.refusals import Invalid, NotFound
from tests.fakes import plays
from tests.fakes.firm import BY
from tests.fakes.memory_inbox import MemoryInbox
from tests.fakes.publishing_world import World
from tests.fakes.said import an_item
from tests.fakes.writing import LISTED

PAUL = MemberId("paul")
MINUTE = timedelta(minutes=1)
TEXT = "Merci Camille, nous ouvrons dimanche dès 7 h."


@pytest.fixture
def inbox(world: World) -> MemoryInbox:
    return MemoryInbox(world.clock)


@pytest.fixture
def answering(world: World, inbox: MemoryInbox) -> Answering:
    made = Answering(clock=world.clock, inbox=inbox, composer=world.composer)
    world.settle = made.settled
    return made


@pytest.fixture
def item(world: World, inbox: MemoryInbox) -> InboxItem:
    return inbox.put(None, an_item(at=world.clock.now(), channel=LISTED))


def raising(error: Exception) -> Callable[[], object]:
    def act() -> object:
        raise error

    return act


def stands(inbox: MemoryInbox, item: InboxItem) -> InboxItem:
    found = inbox.get(item.workspace, item.id)
    assert found is not None
    return found


def test_an_answer_goes_out_once_and_closes_its_item(
    world: World, inbox: MemoryInbox, answering: Answering, item: InboxItem
) -> None:
    done = answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    (delivery,) = done.answer.deliveries
    assert (delivery.channel, delivery.answers) == (LISTED, item.id)
    assert delivery.latest_at == world.clock.now() + USEFUL_FOR
    assert done.answer.version.content.answers == item.mention.heard.refs
    assert (done.item.answers, done.item.state) == ((delivery.id,), InboxState.OPEN)
    world.run_for(MINUTE)
    after = stands(inbox, item)
    assert len(world.network.copies(delivery)) == 1
    assert (after.state, after.answered_at) == (
        InboxState.ANSWERED,
        world.stands(delivery).published_at,
    )


def test_the_same_answer_sent_again_is_one(
    world: World, answering: Answering, item: InboxItem
) -> None:
    first = answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    again = answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    assert again.answer.post == first.answer.post
    assert again.item.answers == first.item.answers
    world.run_for(MINUTE)
    assert len(world.network.live) == 1


def test_of_two_who_answer_at_once_the_second_is_told(
    world: World, answering: Answering, item: InboxItem
) -> None:
    answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    with pytest.raises(AnsweredMeanwhile) as told:
        answering.answer(world.workspace, PAUL, item.id, "Oui !", seen=0)
    assert told.value.post.created_by == BY
    world.run_for(MINUTE)
    assert len(world.network.live) == 1


def test_a_second_answer_on_purpose_goes_out_too(
    world: World, answering: Answering, item: InboxItem
) -> None:
    answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    world.run_for(MINUTE)
    answering.answer(world.workspace, PAUL, item.id, TEXT, seen=1)
    world.run_for(MINUTE)
    assert len(world.network.live) == 2


def test_what_a_person_cannot_have_seen_is_refused(
    world: World, answering: Answering, item: InboxItem
) -> None:
    with pytest.raises(Invalid):
        answering.answer(world.workspace, BY, item.id, TEXT, seen=1)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"channel": None}, "no-channel"),
        ({"is_gone": True}, "answered-gone"),
        ({"refs": {}}, "no-channel"),  # as a post that names a page on LinkedIn
    ],
)
def test_what_leads_nowhere_is_not_answered(
    world: World, inbox: MemoryInbox, answering: Answering, changes: dict[str, Any], why: str
) -> None:
    gone_at = world.clock.now() if changes.pop("is_gone", False) else None
    own = {"channel": LISTED, **changes, "deleted_at": gone_at}
    item = inbox.put(None, an_item(2, at=world.clock.now(), **own))
    with pytest.raises(CantAnswer) as refused:
        answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    assert (refused.value.why, world.store.items) == (why, {})


def test_what_isnt_there_and_a_channel_that_went_are_said(
    world: World, inbox: MemoryInbox, answering: Answering
) -> None:
    with pytest.raises(NotFound):
        answering.answer(world.workspace, BY, MentionId("none"), TEXT, seen=0)
    item = inbox.put(None, an_item(3, at=world.clock.now(), channel=ChannelId("gone")))
    with pytest.raises(Invalid):
        answering.answer(world.workspace, BY, item.id, TEXT, seen=0)


def test_a_refused_answer_leaves_its_item_open_and_tells(
    world: World, inbox: MemoryInbox, answering: Answering, item: InboxItem
) -> None:
    world.network.script("publish", plays.refused("answered_gone"))
    answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    world.run_for(MINUTE)
    assert stands(inbox, item).state is InboxState.OPEN
    assert world.mail.topics == [Topic.FAILED]


def test_the_item_learns_of_an_answer_whose_sender_died(
    world: World, inbox: MemoryInbox, answering: Answering, item: InboxItem
) -> None:
    inbox.before_writes.append(raising(OSError("killed")))
    with pytest.raises(OSError, match="killed"):
        answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    world.run_for(5 * MINUTE)
    after = stands(inbox, item)
    assert (after.state, len(after.answers), len(world.network.live)) == (InboxState.ANSWERED, 1, 1)


def test_an_item_that_others_change_learns_of_it_all_the_same(
    world: World, inbox: MemoryInbox, answering: Answering, item: InboxItem
) -> None:
    def label() -> None:
        now = stands(inbox, item)
        inbox.put(now, items.labelled(now, [*now.labels, str(now.rev)]))

    inbox.before_writes.extend([label, lambda: None, label, lambda: None])
    answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    world.run_for(5 * MINUTE)
    after = stands(inbox, item)
    assert after.state is InboxState.ANSWERED
    assert len(after.labels) == 2


@pytest.mark.parametrize("error", [Stale("x"), StoreUnclear("x")])
def test_telling_the_inbox_is_tried_again_by_the_due_index(
    world: World, inbox: MemoryInbox, answering: Answering, item: InboxItem, error: Exception
) -> None:
    answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    inbox.before_writes.extend([raising(error)] * (TRIES + 1))
    world.run_for(10 * MINUTE)
    assert stands(inbox, item).state is InboxState.ANSWERED


def test_an_item_closed_meanwhile_stays_closed(
    world: World, inbox: MemoryInbox, answering: Answering, item: InboxItem
) -> None:
    done = answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    inbox.put(done.item, items.closed(done.item, InboxState.SPAM, BY, world.clock.now()))
    world.run_for(MINUTE)
    assert stands(inbox, item).state is InboxState.SPAM


def test_an_erased_item_leaves_its_answer_alone(
    world: World, inbox: MemoryInbox, answering: Answering, item: InboxItem
) -> None:
    done = answering.answer(world.workspace, BY, item.id, TEXT, seen=0)
    inbox.erase(done.item)
    world.run_for(MINUTE)
    assert world.stands(done.answer.deliveries[0]).status is Status.PUBLISHED
