"""Watches and sources as people set them up, and the source of a channel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib.ids import ChannelId, SourceId, WatchId
from chalicelib.listening.sources import SourceKind, SourceStatus
from chalicelib.listening.watches import MAX_WATCHES, Query, WatchKind
from chalicelib.listening.watching import Wanted, WatchDraft, Watching
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.refusals import Busy, Invalid, NotFound
from chalicelib.workspaces.channels import ChannelStatus
from tests.fakes.clocks import CountedIds
from tests.fakes.listening import CHANNEL, FIRM, SOURCE, ListeningWorld
from tests.fakes.memory_queue import MemoryQueue

FEED = Wanted(kind=SourceKind.FEED, label="Le Dauphiné", address="https://presse.example/rss")
TAG = Wanted(kind=SourceKind.TAG, label="", network="mastodon", words="#boulangerie")


@pytest.fixture
def world() -> ListeningWorld:
    return ListeningWorld()


@pytest.fixture
def queue(world: ListeningWorld) -> MemoryQueue:
    return MemoryQueue(world.clock, world.steps)


@pytest.fixture
def watching(world: ListeningWorld, queue: MemoryQueue) -> Watching:
    return Watching(
        clock=world.clock,
        ids=CountedIds(),
        watches=world.watches,
        sources=world.sources,
        queue=queue,
    )


def draft(*sources: Wanted, name: str = "Nous", words: tuple[str, ...] = ("martin",)) -> WatchDraft:
    return WatchDraft(name=name, kind=WatchKind.FIRM, query=Query(any=words), sources=sources)


def raising(error: Exception) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def test_a_watch_begins_to_read_its_sources_at_once(
    watching: Watching, world: ListeningWorld, queue: MemoryQueue
) -> None:
    watch = watching.create(FIRM, draft(FEED, TAG))
    by_kind = {s.kind: s for s in world.source_items.values()}
    assert by_kind[SourceKind.FEED].watch == watch.id
    assert by_kind[SourceKind.TAG].words == "boulangerie"
    assert {(m.kind, m.about) for m in queue.sent} == {
        ("source", s.id) for s in world.source_items.values()
    }


def test_the_same_request_again_makes_no_second_watch(
    watching: Watching, world: ListeningWorld
) -> None:
    first = watching.create(FIRM, draft(FEED), watch=WatchId("w"))
    assert watching.create(FIRM, draft(FEED), watch=WatchId("w")) == first
    assert (len(world.watch_items), len(world.source_items)) == (1, 1)


def test_a_try_that_died_between_watch_and_source_is_completed(
    watching: Watching, world: ListeningWorld
) -> None:
    world.steps.before("sources.put", raising(ConnectionResetError()))
    with pytest.raises(ConnectionResetError):
        watching.create(FIRM, draft(FEED), watch=WatchId("w"))
    watching.create(FIRM, draft(FEED), watch=WatchId("w"))
    assert [s.label for s in world.source_items.values()] == ["Le Dauphiné"]


def test_an_edit_keeps_the_sources_that_stay_and_their_place(
    watching: Watching, world: ListeningWorld
) -> None:
    watch = watching.create(FIRM, draft(FEED, TAG))
    feed = next(s for s in world.source_items.values() if s.kind is SourceKind.FEED)
    world.source_items[feed.id] = replace(feed, cursor="42")
    watching.edit(FIRM, watch.id, draft(FEED, name="Autre"))
    assert [s.cursor for s in world.source_items.values()] == ["42"]
    assert world.watch_items[watch.id].name == "Autre"


def test_a_watch_that_goes_takes_its_sources_with_it(
    watching: Watching, world: ListeningWorld
) -> None:
    world.add()
    watch = watching.create(FIRM, draft(FEED))
    watching.delete(FIRM, watch.id)
    assert (world.watch_items, list(world.source_items)) == ({}, [SOURCE])


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        (draft(words=()), "/query"),
        (draft(name="  "), "/name"),
        (draft(name="x" * 81), "/name"),
        (draft(Wanted(kind=SourceKind.FEED, label="x")), "/sources/0/address"),
        (draft(Wanted(kind=SourceKind.TAG, label="x", words="#")), "/sources/0/words"),
        (draft(Wanted(kind=SourceKind.CHANNEL, label="x")), "/sources/0/kind"),
    ],
)
def test_a_watch_that_cannot_be_is_refused_and_changes_nothing(
    watching: Watching, world: ListeningWorld, wrong: WatchDraft, pointer: str
) -> None:
    with pytest.raises(Invalid) as refused:
        watching.create(FIRM, wrong)
    assert refused.value.faults[0].pointer.startswith(pointer)
    assert (world.watch_items, world.source_items) == ({}, {})


def test_watches_are_bounded(watching: Watching) -> None:
    for _ in range(MAX_WATCHES):
        watching.create(FIRM, draft())
    with pytest.raises(Invalid):
        watching.create(FIRM, draft())


def test_another_firms_watch_or_source_is_not_found(watching: Watching) -> None:
    for act in (
        lambda: watching.get(FIRM, WatchId("none")),
        lambda: watching.source(FIRM, SourceId("none")),
        lambda: watching.pause(FIRM, SourceId("none")),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_source_is_paused_and_goes_on_from_where_it_was(
    watching: Watching, world: ListeningWorld, queue: MemoryQueue
) -> None:
    world.add(cursor="7")
    paused = watching.pause(FIRM, SOURCE)
    assert (paused.status, paused.due_at) == (SourceStatus.PAUSED, None)
    resumed = watching.resume(FIRM, SOURCE)
    assert (resumed.status, resumed.due_at, resumed.cursor) == (
        SourceStatus.ACTIVE,
        world.clock.now(),
        "7",
    )
    assert [m.about for m in queue.sent] == [SOURCE]


@pytest.mark.parametrize("error", [Stale("x"), StoreUnclear("x")])
def test_a_change_that_never_gets_through_is_said(
    watching: Watching, world: ListeningWorld, error: Exception
) -> None:
    world.add()
    world.steps.before("sources.put", raising(error), times=9)
    with pytest.raises(Busy):
        watching.pause(FIRM, SOURCE)


def test_a_connected_channel_is_read_once_and_again_after_a_reconnection(
    watching: Watching, world: ListeningWorld
) -> None:
    assert world.connected is not None
    watching.connected(world.connected)
    watching.connected(world.connected)
    source = world.source_items[SourceId(CHANNEL)]
    assert (source.kind, source.channel, source.rev) == (SourceKind.CHANNEL, ChannelId(CHANNEL), 1)
    world.set_channel(ChannelStatus.BROKEN)
    world.poll()
    tag = replace(source, id=SourceId("tag"), kind=SourceKind.TAG, words="pain", rev=0)
    world.sources.put(None, replace(tag, status=SourceStatus.BLOCKED, due_at=None))
    assert world.source_items[SOURCE].status is SourceStatus.BLOCKED
    world.set_channel(ChannelStatus.CONNECTED)
    watching.connected(world.connected)
    assert world.source_items[SOURCE].status is SourceStatus.ACTIVE
    assert world.source_items[SourceId("tag")].status is SourceStatus.ACTIVE
