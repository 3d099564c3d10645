"""Reading a source: nothing said is lost or kept twice, whatever dies, repeats or resets."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.ids import SourceId, WatchId
from chalicelib.listening import poll, sources
from chalicelib.listening.ports import NothingToRead, SourceGone, Unreadable
from chalicelib.listening.sources import SourceKind, SourceStatus
from chalicelib.listening.watches import Query, Watch, WatchKind
from chalicelib.publishing.deliveries import Topic
from chalicelib.publishing.outcomes import AuthExpired, RateLimited, Rejected, Transient
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.workspaces.channels import ChannelStatus
from tests.fakes.clocks import START
from tests.fakes.listening import CHANNEL, FIRM, SOURCE, ListeningWorld, heard
from tests.fakes.mail import MailDown

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Killed(BaseException):
    """The function was killed at this step."""


@pytest.fixture
def world() -> ListeningWorld:
    return ListeningWorld()


def raising(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def kept(world: ListeningWorld) -> list[str]:
    return sorted(m.heard.remote_id for m in world.kept.values())


# What is read.


def test_what_is_said_is_kept_once_and_read_on_from_there(world: ListeningWorld) -> None:
    world.add()
    world.place.said = [heard(n) for n in range(5)]
    source = world.poll()
    assert source is not None
    assert kept(world) == ["0", "1", "2", "3", "4"]
    assert (source.cursor, source.read_at, source.reason) == ("5", world.clock.now(), "")
    world.place.said.append(heard(5))
    world.clock.advance(sources.LIVELY)
    world.poll()
    assert len(world.news) == len(set(world.news)) == 6


def test_a_first_reading_goes_30_days_back(world: ListeningWorld) -> None:
    world.add()
    old, recent = START - 30 * DAY - MINUTE, START - 29 * DAY
    world.place.said = [heard(1, at=old), heard(2, at=recent)]
    world.poll()
    assert kept(world) == ["2"]


def test_a_long_backlog_is_read_in_parts_that_follow_at_once(world: ListeningWorld) -> None:
    world.add()
    world.place.said = [heard(n) for n in range(2 * poll.MAX_BATCHES + 3)]
    source = world.poll()
    assert source is not None
    assert (source.due_at, source.read_at) == (world.clock.now(), None)
    assert len(world.kept) == 2 * poll.MAX_BATCHES
    world.poll()
    assert len(world.news) == len(world.place.said)


def test_a_slow_source_is_left_in_time_and_read_on(world: ListeningWorld) -> None:
    world.add()
    world.place.said = [heard(n) for n in range(9)]
    world.steps.after(
        "network.read", lambda: world.clock.advance(20 * timedelta(seconds=1)), times=9
    )
    source = world.poll()
    assert source is not None
    assert (source.cursor, source.due_at) == ("4", world.clock.now())


@pytest.mark.parametrize("number", range(1, 16))
@pytest.mark.parametrize("before", [True, False])
def test_killed_anywhere_it_is_read_on_and_nothing_is_lost_or_doubled(
    world: ListeningWorld, number: int, *, before: bool
) -> None:
    world.add()
    world.place.said = [heard(n) for n in range(5)]
    world.steps.at(number, raising(Killed()), before=before)
    try:
        world.poll()
    except Killed:
        world.clock.advance(sources.LEASE)
        world.poll()
    assert kept(world) == ["0", "1", "2", "3", "4"]
    assert len(world.news) == 5


@pytest.mark.parametrize("error", [Stale("x"), StoreUnclear("x")])
@pytest.mark.parametrize("nth", range(1, 5))
def test_a_write_that_is_refused_or_unclear_stops_it_until_the_lease_ends(
    world: ListeningWorld, error: Exception, nth: int
) -> None:
    world.add()
    world.place.said = [heard(n) for n in range(3)]
    world.steps.after("sources.put", raising(error), nth=nth)
    world.poll()
    world.clock.advance(DAY)
    world.poll()
    assert kept(world) == ["0", "1", "2"]
    assert len(world.news) == 3


def test_two_workers_at_once_one_reads(world: ListeningWorld) -> None:
    world.add()
    world.place.said = [heard(n) for n in range(3)]
    world.steps.after("sources.get", lambda: world.poller.poll(FIRM, SOURCE))
    world.poll()
    assert len(world.steps.named("network.read")) == 2
    assert len(world.news) == 3


def test_a_frozen_worker_that_thaws_moves_no_cursor_back(world: ListeningWorld) -> None:
    world.add()
    world.place.said = [heard(n) for n in range(3)]

    def freeze() -> None:
        world.clock.advance(2 * sources.LEASE)
        world.place.said += [heard(3), heard(4)]
        world.poller.poll(FIRM, SOURCE)

    world.steps.after("network.read", freeze)
    source = world.poll()
    assert source is not None
    assert source.cursor == "5"
    assert len(world.news) == 5


def test_a_source_that_is_not_due_costs_one_read(world: ListeningWorld) -> None:
    world.add(due_at=world.clock.now() + MINUTE)
    world.poll()
    assert world.steps.log == ["sources.get"]


def test_a_quiet_reading_is_written_twice_when_it_is_claimed_and_when_it_ends(
    world: ListeningWorld,
) -> None:
    world.add(cursor="0")
    world.poll()
    assert len(world.steps.named("sources.put")) == 2


def test_a_source_that_resets_its_ids_doubles_nothing(world: ListeningWorld) -> None:
    world.add(cursor="900")
    world.place.said = [heard(n) for n in range(3)]
    world.poll()
    world.place.said = [*world.place.said[1:], heard(3)]
    world.clock.advance(sources.LIVELY)
    world.source_items[SOURCE] = replace(world.source_items[SOURCE], cursor="900")
    world.poll()
    assert len(world.news) == 4


def test_a_lost_cursor_is_read_again_and_doubles_nothing(world: ListeningWorld) -> None:
    world.add()
    world.place.said = [heard(n) for n in range(3)]
    world.poll()
    lost = replace(world.source_items[SOURCE], cursor="", due_at=world.clock.now())
    world.source_items[SOURCE] = lost
    world.poll()
    assert len(world.news) == 3


# Edits and deletions.


def test_edits_and_deletions_are_followed(world: ListeningWorld) -> None:
    world.add()
    first, second = heard(1), heard(2)
    world.place.said = [first, second]
    world.poll()
    world.place.gone = {first.identity}
    world.place.edited = {second.identity: replace(second, text="Mieux dit", edited_at=START)}
    world.clock.advance(poll.LOOK_AGAIN)
    world.poll()
    by_id = {m.heard.remote_id: m for m in world.kept.values()}
    assert by_id["1"].deleted_at == world.clock.now()
    assert by_id["2"].heard.text == "Mieux dit"


def test_it_looks_again_every_six_hours_not_at_each_reading(world: ListeningWorld) -> None:
    world.add()
    world.place.said = [heard(1)]
    for _ in range(4):
        world.poll()
        world.clock.advance(2 * HOUR)
    assert len(world.steps.named("network.look_again")) == 2


# Watches.


def a_watch(*, any_of: tuple[str, ...], identity: str = "w") -> Watch:
    return Watch(
        workspace=FIRM,
        id=WatchId(identity),
        name="Nous",
        kind=WatchKind.FIRM,
        query=Query(any=any_of),
        created_at=START,
    )


def test_a_watchs_source_keeps_what_matches_only(world: ListeningWorld) -> None:
    watch = a_watch(any_of=("boulangerie martin",))
    world.watch_items[watch.id] = watch
    world.add(kind=SourceKind.FEED, network="feed", channel=None, watch=watch.id)
    world.place.said = [heard(1, "La Boulangerie Martin rouvre"), heard(2, "Le garage ferme")]
    world.poll()
    assert kept(world) == ["1"]
    assert [m.watches for m in world.kept.values()] == [(watch.id,)]


def test_what_is_said_on_a_channel_is_kept_and_marked_with_what_it_matches(
    world: ListeningWorld,
) -> None:
    watch = a_watch(any_of=("galette",))
    world.watch_items[watch.id] = watch
    world.add()
    world.place.said = [heard(1, "Vos galettes !"), heard(2, "Bonjour")]
    world.poll()
    marked = {m.heard.remote_id: m.watches for m in world.kept.values()}
    assert marked == {"1": (watch.id,), "2": ()}


# What goes wrong.


def test_a_failure_says_since_when_and_why_and_the_next_success_clears_it(
    world: ListeningWorld,
) -> None:
    world.add()
    world.reading = Transient("no route")
    first = world.poll()
    assert first is not None
    assert (first.failing_since, first.reason, first.detail) == (START, "away", "no route")
    assert first.due_at == START + sources.FIRST_RETRY
    world.clock.advance(sources.FIRST_RETRY)
    second = world.poll()
    assert second is not None
    assert (second.failing_since, second.failures) == (START, 2)
    assert second.due_at == world.clock.now() + 2 * sources.FIRST_RETRY
    world.reading = None
    world.clock.advance(DAY)
    fine = world.poll()
    assert fine is not None
    assert (fine.failing_since, fine.failures, fine.reason) == (None, 0, "")


def test_a_429_is_waited_for_until_its_reset(world: ListeningWorld) -> None:
    world.add()
    world.reading = RateLimited("slow down", START + 3 * HOUR)
    source = world.poll()
    assert source is not None
    assert (source.due_at, source.reason) == (START + 3 * HOUR, "rate-limited")


def test_a_reset_a_year_ahead_is_looked_at_after_a_day(world: ListeningWorld) -> None:
    world.add()
    world.reading = RateLimited("slow down", START + 365 * DAY)
    source = world.poll()
    assert source is not None
    assert source.due_at == START + DAY


@pytest.mark.parametrize(
    ("error", "reason"),
    [(Unreadable("not-a-feed"), "not-a-feed"), (Rejected("no", "forbidden"), "forbidden")],
)
def test_what_cannot_be_read_is_said_in_its_word(
    world: ListeningWorld, error: Exception, reason: str
) -> None:
    world.add()
    world.reading = error
    source = world.poll()
    assert source is not None
    assert (source.status, source.reason) == (SourceStatus.ACTIVE, reason)


def test_where_nothing_can_be_said_nothing_is_out_of_order(world: ListeningWorld) -> None:
    world.add()
    world.reading = NothingToRead("no-group")
    source = world.poll()
    assert source is not None
    assert (source.status, source.reason) == (SourceStatus.ACTIVE, "no-group")
    assert (source.failing_since, source.failures, source.due_at) == (None, 0, START + DAY)
    world.reading = None
    world.clock.advance(DAY)
    after = world.poll()
    assert after is not None
    assert after.reason == ""


def test_what_is_gone_is_asked_no_more(world: ListeningWorld) -> None:
    world.add()
    world.reading = SourceGone()
    source = world.poll()
    assert source is not None
    assert (source.status, source.due_at) == (SourceStatus.GONE, None)


# A channel that must be reconnected.


@pytest.fixture
def refused(world: ListeningWorld) -> ListeningWorld:
    """A world whose token was refused once, and is refused for good."""
    world.add()
    world.reading = AuthExpired("401")
    world.poll()
    world.clock.advance(DAY)
    world.steps.log.clear()
    return world


def status_of(world: ListeningWorld) -> ChannelStatus:
    assert world.connected is not None
    return world.connected.status


def test_a_token_refused_once_breaks_nothing(refused: ListeningWorld) -> None:
    source = refused.stands()
    assert source is not None
    assert (source.status, source.reason) == (SourceStatus.ACTIVE, "refused")
    assert (status_of(refused), refused.mail.told) == (ChannelStatus.CONNECTED, [])


def test_a_token_refused_twice_breaks_the_channel_and_people_are_told(
    refused: ListeningWorld,
) -> None:
    source = refused.poll()
    assert source is not None
    assert (source.status, source.due_at) == (SourceStatus.BLOCKED, None)
    assert (source.reason, status_of(refused)) == ("reconnect", ChannelStatus.BROKEN)
    (notice,) = refused.mail.told
    assert (notice.topic, notice.channel.id, notice.delivery) == (Topic.UNHEARD, CHANNEL, None)


@pytest.mark.parametrize("number", range(1, 9))
@pytest.mark.parametrize("before", [True, False])
def test_killed_anywhere_while_it_breaks_people_are_told_once(
    refused: ListeningWorld, number: int, *, before: bool
) -> None:
    refused.steps.at(number, raising(Killed()), before=before)
    with pytest.raises(Killed):
        refused.poll()
    for _ in range(2):
        refused.clock.advance(sources.LEASE)
        refused.poll()
    source = refused.stands()
    assert source is not None
    assert (source.status, source.due_at) == (SourceStatus.BLOCKED, None)
    assert refused.mail.topics == [Topic.UNHEARD]


def test_it_is_tried_again_until_people_are_told(refused: ListeningWorld) -> None:
    refused.mail.failures_left = 3
    waits = []
    while (source := refused.poll()) is not None and source.due_at is not None:
        assert source.status is SourceStatus.BLOCKED
        waits.append(source.due_at - refused.clock.now())
        refused.clock.advance(waits[-1])
    first = sources.FIRST_RETRY
    assert waits == [2 * first, 4 * first, 8 * first]
    assert refused.mail.topics == [Topic.UNHEARD]
    assert [type(error) for error in refused.failures] == [MailDown] * 3


def test_a_channel_that_nobody_can_be_told_of_is_read_on_once_it_is_reconnected(
    refused: ListeningWorld,
) -> None:
    refused.mail.failures_left = 1
    refused.poll()
    refused.reading = None
    refused.place.said = [heard(1)]
    refused.set_channel(ChannelStatus.CONNECTED)
    refused.clock.advance(DAY)
    source = refused.poll()
    assert source is not None
    assert (source.status, source.reason, kept(refused)) == (SourceStatus.ACTIVE, "", ["1"])


def test_a_channel_reconnected_while_people_are_told_is_read_on(refused: ListeningWorld) -> None:
    """The first to be told may be quicker than the mail to the second."""
    refused.steps.after("mail.tell", lambda: refused.set_channel(ChannelStatus.CONNECTED))
    refused.poll()
    refused.reading = None
    refused.place.said = [heard(1)]
    refused.clock.advance(sources.LEASE)
    source = refused.poll()
    assert source is not None
    assert (source.status, kept(refused)) == (SourceStatus.ACTIVE, ["1"])


def test_a_channel_parted_with_while_its_token_was_refused_is_told_to_nobody(
    refused: ListeningWorld,
) -> None:
    refused.steps.before("firms.refused", lambda: refused.set_channel(ChannelStatus.DISCONNECTED))
    assert refused.poll() is None
    assert refused.mail.asked == []


def test_all_that_is_read_by_a_broken_channel_is_one_cause(world: ListeningWorld) -> None:
    world.set_channel(ChannelStatus.BROKEN)
    for identity in ("masto", "search", "tag"):
        world.add(id=SourceId(identity))
        world.poller.poll(FIRM, SourceId(identity))
    assert len(world.mail.told) == 1


def test_an_error_of_ours_is_told_and_the_source_goes_on(world: ListeningWorld) -> None:
    world.add()
    world.reading = KeyError("oops")
    source = world.poll()
    assert source is not None
    assert (source.reason, source.status) == ("broken", SourceStatus.ACTIVE)
    assert [type(e) for e in world.failures] == [KeyError]


def test_a_broken_channel_blocks_its_source_without_a_call(world: ListeningWorld) -> None:
    world.add()
    world.set_channel(ChannelStatus.BROKEN)
    source = world.poll()
    assert source is not None
    assert (source.status, source.reason) == (SourceStatus.BLOCKED, "reconnect")
    assert world.steps.named("network.read") == []


def test_a_paused_channel_is_still_listened_to(world: ListeningWorld) -> None:
    world.add()
    world.set_channel(ChannelStatus.PAUSED)
    world.place.said = [heard(1)]
    world.poll()
    assert kept(world) == ["1"]


def test_the_source_of_a_channel_that_went_goes_too(world: ListeningWorld) -> None:
    world.add()
    world.set_channel(ChannelStatus.DISCONNECTED)
    assert world.poll() is None


def test_the_source_of_a_channel_that_never_came_goes_after_a_while(world: ListeningWorld) -> None:
    world.add()
    world.connected = None
    waits = world.poll()
    assert waits is not None
    assert waits.due_at == START + poll.SETTLING
    world.clock.advance(poll.SETTLING)
    assert world.poll() is None


def test_the_source_of_an_erased_firm_goes(world: ListeningWorld) -> None:
    world.add()
    world.firm = None
    assert world.poll() is None


# When it is read next.


@pytest.mark.parametrize(
    ("hour", "heard_ago", "pause"),
    [
        (12, HOUR, sources.LIVELY),
        (12, 3 * HOUR, sources.QUIET),
        (2, 3 * HOUR, sources.NIGHT),
        (2, HOUR, sources.LIVELY),
    ],
)
def test_it_is_read_often_while_people_talk(
    world: ListeningWorld, hour: int, heard_ago: timedelta, pause: timedelta
) -> None:
    world.clock.advance(timedelta(hours=(hour - 9) % 24))  # 8 h in UTC is 9 h in Paris
    now = world.clock.now()
    world.add(due_at=now, heard_at=now - heard_ago)
    source = world.poll()
    assert source is not None
    assert source.due_at == now + pause


# Random lives.


@settings(deadline=None)
@given(
    said=st.lists(st.integers(0, 5), max_size=8),
    faults=st.dictionaries(
        st.integers(1, 60), st.sampled_from(["kill", "lost", "twice"]), max_size=6
    ),
)
def test_random_lives_lose_and_double_nothing(said: list[int], faults: dict[int, str]) -> None:
    world = ListeningWorld()
    world.add()
    for number, fault in faults.items():
        if fault == "twice":
            world.steps.at(number, lambda: world.poller.poll(FIRM, SOURCE), before=True)
        else:
            world.steps.at(number, raising(Killed()), before=fault == "kill")
    count = 0
    for more in [*said, 0, 0, 0, 0, 0, 0, 0]:
        world.place.said += [heard(count + n) for n in range(more)]
        count += more
        with contextlib.suppress(Killed):
            world.poll()
        world.clock.advance(DAY)
    assert len(world.news) == len(set(world.news)) == count
