"""The demo firm's month of listening, answering and counting, and how it comes to stand."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chalicelib.bootstrap import World
from chalicelib.clock import SystemClock
from chalicelib.inbox.conversations import Conversations
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.ports import Counts, Filter
from chalicelib.inbox.saved_replies import Field, fill, values_of
from chalicelib.listening.mentions import MentionKind
from chalicelib.listening.sources import SourceStatus
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.report import Period, Report
from chalicelib.measuring.rollups import ONE_DAY, Moved, day_of
from chalicelib.measuring.snapshots import MeterStatus
from chalicelib.publishing.deliveries import Status
from local import demo
from local.demo import FIRM
from local.demo_inbox import APPRENTICE
from local.demo_said import SAID
from local.engine import Engine
from local.installation import Folder, bucket_of, settings_of, store_of, world_of
from local.queue import LocalQueue
from tests.relais_fixtures import Relais

OFFLINE = {"mastodon", "wordpress"}
"""Networks that the demo's channels are of, and that nothing may be asked of."""


class CutShort(BaseException):
    """The start ends here, as by a power cut: nothing that handles errors sees it."""


@contextmanager
def opened(data: Path, engine_binary: Path) -> Iterator[World]:
    """Give the world of an installation at rest."""
    folder = Folder(data)
    folder.make()
    key, clock = folder.key(), SystemClock()
    with Engine(engine_binary, folder.database) as engine:
        settings = settings_of({}, url="http://127.0.0.1:1", engine=engine.endpoint, folder=folder)
        yield world_of(
            settings,
            store=store_of(settings),
            key=key,
            queue=LocalQueue(clock),
            bucket=bucket_of(settings, key, clock),
        )


@pytest.fixture(scope="module")
def world(
    filled_data: Path, engine_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """The world of an installation that was started once, and stopped."""
    data = shutil.copytree(filled_data, tmp_path_factory.mktemp("demo") / "data")
    with opened(data, engine_binary) as at_rest:
        yield at_rest


def all_said(world: World, **wanted: Any) -> list[InboxItem]:
    found: list[InboxItem] = []
    after = None
    while True:
        page = world.inbox.page(FIRM, Filter(**{"state": None, **wanted}), 30, after)
        found += page.items
        if page.next is None:
            return found
        after = page.next


def report_of(world: World) -> Report:
    """Return what the last 30 days brought."""
    firm = world.workspaces.get(FIRM)
    assert firm is not None
    today = day_of(world.clock.now(), ZoneInfo(firm.zone))
    return world.reports.of(FIRM, Period(first=today - 29 * ONE_DAY, last=today))


def begin_to_measure(world: World) -> None:
    """Do what the first tick makes workers do with what is live."""
    for _, delivery, _ in world.due.due("live", 0, None, world.clock.now(), 100):
        world.measurer.begin(FIRM, delivery)


# Listening and answering.


def test_a_month_was_said_and_dealt_with(world: World) -> None:
    items = all_said(world)
    now = world.clock.now()

    assert 25 <= len(items) == len(SAID) <= 40
    assert all(now - timedelta(days=31) < i.mention.at < now for i in items)
    assert {i.mention.heard.kind for i in items} == {
        MentionKind.COMMENT,
        MentionKind.REPLY,
        MentionKind.MENTION,
        MentionKind.ARTICLE,
    }
    assert Counter(i.state for i in items) == {
        InboxState.OPEN: 7,
        InboxState.SNOOZED: 1,
        InboxState.ANSWERED: 8,
        InboxState.DONE: 11,
        InboxState.IGNORED: 3,
        InboxState.SPAM: 1,
    }
    assert sum(bool(i.notes) for i in items) == 1
    assert {label for i in items for label in i.labels} >= {"avis", "commande", "réclamation"}


def test_what_is_open_is_counted_exactly(world: World) -> None:
    assert world.inbox.counts(FIRM) == Counts(open=7, unread=5, by_assignee={APPRENTICE: 1})
    assert len(all_said(world, state=InboxState.OPEN)) == 7
    assert len(all_said(world, is_unread=True)) == 5


def test_answers_went_out_when_they_were_given(world: World) -> None:
    answered = all_said(world, state=InboxState.ANSWERED)

    for item in answered:
        (answer,) = item.answers
        live = world.deliveries.get(FIRM, answer)
        assert live is not None
        assert live.status is Status.PUBLISHED
        assert live.published_at == item.answered_at
        assert live.published_at is not None
        assert item.mention.at < live.published_at < world.clock.now()


def test_a_conversation_of_several_turns_shows_the_firms_own_part(world: World) -> None:
    (item,) = [i for i in all_said(world) if "Trois pains" in i.mention.heard.text]
    conversations = Conversations(inbox=world.inbox, own_posts=world.own_posts)
    begin_to_measure(world)

    found = conversations.of(item)

    assert len(found.mentions) == 3
    assert len(found.own) == 3
    assert [i.mention.heard.text[:8] for i in found.earlier] == ["Bonsoir "]


def test_saved_replies_have_fields(world: World) -> None:
    replies = world.reply_book.of(FIRM)

    assert [reply.title for reply in replies] == ["Commande", "Horaires", "Merci"]
    filled = fill(replies[0].text, values_of("Julie Morel", "Boulangerie Martin"))
    assert filled.gaps == (Field.LINK,)


def test_one_feed_is_fine_and_one_fails_with_a_reason(world: World) -> None:
    watches = {watch.id for watch in world.watches.of(FIRM)}
    feeds = {str(s.id): s for s in world.sources.of(FIRM) if s.channel is None}
    now = world.clock.now()

    assert len(watches) == 2
    assert {s.watch for s in feeds.values()} == watches
    fine, failing = feeds["demoecho"], feeds["demogazette"]
    assert (fine.status, fine.failing_since, fine.reason) == (SourceStatus.ACTIVE, None, "")
    assert fine.read_at is not None
    assert failing.reason == "not-found"
    assert failing.failing_since is not None
    assert timedelta(hours=24) < now - failing.failing_since < timedelta(hours=36)


def test_no_network_is_asked_for_anything_in_the_month_to_come(world: World) -> None:
    """Neither a source nor figures: whoever starts the demo may be offline."""
    soon = world.clock.now() + timedelta(days=30)
    networks = {channel.id: channel.network for channel in world.channels.of(FIRM)}
    begin_to_measure(world)
    due = world.due.due("meter", 0, None, soon, 100)
    meters = [world.meters.get(FIRM, about) for _, about, _ in due]

    assert not world.due.due("source", 0, None, soon, 100)
    assert {s.status for s in world.sources.of(FIRM) if s.channel} == {SourceStatus.PAUSED}
    assert set(networks.values()) >= OFFLINE
    assert OFFLINE.isdisjoint(networks[m.channel] for m in meters if m is not None)
    mastodon = world.meters.get(FIRM, "mastodon")
    assert mastodon is not None
    assert mastodon.status is MeterStatus.DONE


# Counting.


def test_the_month_is_compared_with_the_one_before(world: World) -> None:
    report = report_of(world)

    for metric in (Metric.FOLLOWERS, Metric.LIKES, Metric.REPLIES, Metric.REPOSTS, Metric.CLICKS):
        total = report.totals[metric]
        assert (total.gained or 0) > 0, metric
        assert (total.before or 0) > 0, metric
    assert Metric.IMPRESSIONS not in report.totals
    channels = {str(c.channel): c for c in report.channels}
    assert Metric.VIEWS in channels["mastodon"].unmeasured
    assert all(channels[c].totals[Metric.FOLLOWERS].by_hand for c in ("instagram", "facebook"))
    assert not channels["mastodon"].totals[Metric.FOLLOWERS].by_hand
    assert report.best[0].delivery.startswith("demoearlier6.")


def test_a_reset_and_a_jump_are_marked(world: World) -> None:
    report = report_of(world)

    assert len(report.totals[Metric.REPOSTS].jumps) == 1
    assert len(report.totals[Metric.VIEWS].resets) == 1
    assert report.totals[Metric.VIEWS].is_partial


def test_the_totals_are_those_that_a_rebuilding_makes(world: World) -> None:
    """They were written many at a time: everybody's way must find nothing to change."""
    firm = world.workspaces.get(FIRM)
    assert firm is not None
    zone = ZoneInfo(firm.zone)
    today = day_of(world.clock.now(), zone)
    period = today - 20 * ONE_DAY, today - ONE_DAY

    def totals() -> dict[tuple[str, date], Mapping[Metric, Moved]]:
        return {(d.channel, d.day): d.moved for d in world.rollups.between(FIRM, *period)}

    before = totals()
    some = {"mastodon", "instagram", "demoearlier6.mastodon.0", "demobefore2.facebook.0"}
    for told in list(world.rollups.subjects_between(FIRM, *period)):
        meter = world.meters.get(FIRM, told.subject)
        assert meter is not None
        if told.subject in some:
            world.totals.rebuild(meter, told.day, zone)

    assert len(before) > 40
    assert totals() == before


def test_links_tell_people_from_programs_and_previews(world: World) -> None:
    followed = world.link_book.page(FIRM, 10).links

    assert len(followed) == 3
    for each in followed:
        assert len(each.days) > 5
        assert 0 < sum(d.visitors for d in each.days) < sum(d.people for d in each.days)
        assert all(sum(getattr(d, of) for d in each.days) > 0 for of in ("bots", "previews"))


def test_pages_are_told_of_it(shared_relais: Relais) -> None:
    counts = shared_relais.read("/workspaces/demo/inbox/counts")
    page = shared_relais.read("/workspaces/demo/inbox?limit=30")
    links = shared_relais.read("/workspaces/demo/links")["links"]

    assert (counts["open"], counts["unread"]) == (7, 5)
    assert len(page["items"]) == 7
    assert page["next"] is None
    assert len(links) == 3


# How it comes to stand.


def stopping_after(calls: int) -> Callable[..., None]:
    """Return what ends a start before its call of this number, and of all later ones."""
    number = count()

    def stop(**_: object) -> None:
        if next(number) >= calls:
            raise CutShort

    return stop


def test_a_filling_that_was_cut_short_anywhere_is_completed(
    world: World, engine_binary: Path, tmp_path: Path
) -> None:
    with opened(tmp_path / "data", engine_binary) as cut:
        events = cut.store.connection.client.meta.events
        for calls in (60, 250, 330):
            stop = stopping_after(calls)
            events.register("before-call.dynamodb", stop)
            with pytest.raises(CutShort):
                demo.fill(cut)
            events.unregister("before-call.dynamodb", stop)

        demo.fill(cut)

        assert cut.inbox.counts(FIRM) == world.inbox.counts(FIRM)
        assert [i.id for i in all_said(cut)] == [i.id for i in all_said(world)]
        assert Counter(i.state for i in all_said(cut)) == Counter(i.state for i in all_said(world))
        assert report_of(cut).totals == report_of(world).totals
        assert len(cut.link_book.page(FIRM, 10).links) == 3
        assert len(cut.sources.of(FIRM)) == 4
