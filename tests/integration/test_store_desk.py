"""What workers read beside a delivery: briefings, parked scopes, what is due, twins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.ids import ChannelId, DeliveryId
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.ports import Neighbours, Parked, PostChange, StoreUnclear
from chalicelib.store import keys
from chalicelib.store.channels import Channels
from chalicelib.store.deliveries import Deliveries
from chalicelib.store.desk import Desk
from chalicelib.store.due import Due
from chalicelib.store.posts import Posts
from chalicelib.store.read import get
from chalicelib.store.tables import CORE
from chalicelib.store.twins import Twins
from chalicelib.store.workspaces import Workspaces
from chalicelib.store.write import delete
from chalicelib.workspaces.channels import ChannelStatus
from tests.fakes.clocks import SettableClock
from tests.store_fixtures import (
    FIRM,
    NOON,
    OTHER,
    Tables,
    a_channel,
    a_delivery,
    a_post,
    a_version,
    a_workspace,
    answers,
    race,
)

HOUR = timedelta(hours=1)


@pytest.fixture
def desk(tables: Tables, clock: SettableClock) -> Desk:
    return Desk(store=tables.store, clock=clock)


@pytest.fixture
def delivery(tables: Tables) -> Delivery:
    """A delivery with all that is beside it."""
    Workspaces(store=tables.store).put(None, a_workspace())
    Channels(store=tables.store).put(None, a_channel())
    change = PostChange(
        before=None, after=a_post(), version=a_version(), deliveries=((None, a_delivery()),)
    )
    return Posts(store=tables.store).commit(change).deliveries[0][1]


# Briefings.


def test_a_briefing_is_all_at_one_go(
    tables: Tables, desk: Desk, delivery: Delivery, clock: SettableClock
) -> None:
    store = Deliveries(store=tables.store, clock=clock)
    before = store.put(a_delivery("post0"), a_delivery("post0"))
    delivery = store.put(delivery, replace(delivery, after=before.id))
    desk.park("mastodon", NOON + HOUR)
    tables.calls.take()
    briefing = desk.brief(delivery, ["chan1", "mastodon"])
    assert briefing is not None
    assert briefing.version == a_version()
    assert briefing.channel.id == "chan1"
    assert briefing.workspace == replace(a_workspace(), rev=1)
    assert briefing.predecessor == before
    assert briefing.parked == (Parked("mastodon", NOON + HOUR, 1),)
    assert [name for name, _ in tables.calls.take()] == ["BatchGetItem"]


@pytest.mark.parametrize(
    "gone",
    [keys.version(FIRM, a_post().id, 1), keys.channel(FIRM, a_channel().id), keys.workspace(FIRM)],
)
def test_there_is_no_briefing_if_anything_is_gone(
    tables: Tables, desk: Desk, delivery: Delivery, gone: keys.Key
) -> None:
    assert desk.brief(delivery, ()) is not None
    delete(tables.store, CORE, gone)
    assert desk.brief(delivery, ()) is None
    assert desk.brief(replace(delivery, workspace=OTHER), ()) is None


def test_a_predecessor_that_is_gone_holds_nothing_up(desk: Desk, delivery: Delivery) -> None:
    briefing = desk.brief(replace(delivery, after=DeliveryId("post9.chan1.0")), ())
    assert briefing is not None
    assert briefing.predecessor is None


def test_versions_come_in_the_order_asked_for(
    tables: Tables, desk: Desk, delivery: Delivery
) -> None:
    posts = Posts(store=tables.store)
    head = posts.get(FIRM, delivery.post)
    assert head is not None
    posts.commit(PostChange(before=head, after=head, version=a_version(n=2), deliveries=()))
    assert [v.n for v in desk.versions(delivery, [2, 1, 7])] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "may"),
    [
        ({}, True),
        ({"status": ChannelStatus.PAUSED}, False),
        ({"status": ChannelStatus.PAUSED, "paused_until": NOON + HOUR}, False),
        ({"status": ChannelStatus.PAUSED, "paused_until": NOON - HOUR}, True),
        ({"status": ChannelStatus.BROKEN}, False),
        ({"status": ChannelStatus.DISCONNECTED}, False),
    ],
)
def test_it_may_be_sent_while_the_channel_works(
    tables: Tables, desk: Desk, delivery: Delivery, changes: dict[str, object], may: bool
) -> None:
    channels = Channels(store=tables.store)
    stands = channels.get(FIRM, delivery.channel)
    assert stands is not None
    channels.put(stands, replace(stands, **changes))  # type: ignore[arg-type]
    assert desk.may_send(delivery) is may


def test_nothing_may_be_sent_of_a_firm_that_is_gone(
    tables: Tables, desk: Desk, delivery: Delivery
) -> None:
    delete(tables.store, CORE, keys.workspace(FIRM))
    assert not desk.may_send(delivery)


# Parked scopes.


def parked(desk: Desk, delivery: Delivery) -> Parked | None:
    briefing = desk.brief(delivery, ["mastodon"])
    assert briefing is not None
    return briefing.parked[0] if briefing.parked else None


def test_a_later_end_of_a_parked_scope_wins(desk: Desk, delivery: Delivery) -> None:
    for until, wanted in ((2, 2), (1, 2), (2, 2), (3, 3)):
        desk.park("mastodon", NOON + until * HOUR)
        stands = parked(desk, delivery)
        assert stands is not None
        assert stands.until == NOON + wanted * HOUR


def test_of_many_who_park_a_scope_at_once_the_latest_end_stands(
    desk: Desk, delivery: Delivery
) -> None:
    results = race(lambda n: desk.park("mastodon", NOON + (n + 1) * HOUR), 3)
    assert results == [None] * 3
    stands = parked(desk, delivery)
    assert stands is not None
    assert stands.until == NOON + 3 * HOUR


def test_a_scope_that_cannot_be_parked_is_unclear(tables: Tables, desk: Desk) -> None:
    busy = answers(400, "TransactionConflictException")
    tables.faults.plan("PutItem", *[busy] * 6)
    with pytest.raises(StoreUnclear):
        desk.park("mastodon", NOON + HOUR)
    assert not tables.faults.left


def test_one_of_eight_leads_a_scope_again(
    desk: Desk, delivery: Delivery, clock: SettableClock
) -> None:
    desk.park("mastodon", NOON + HOUR)
    clock.advance(2 * HOUR)
    seen = parked(desk, delivery)
    assert seen is not None
    again = clock.now() + timedelta(seconds=60)
    assert sorted(map(str, race(lambda _: desk.lead(seen, again)))) == ["False"] * 7 + ["True"]
    stands = parked(desk, delivery)
    assert stands is not None
    assert stands.until == again


def test_nobody_leads_what_was_released_and_parked_anew(desk: Desk, delivery: Delivery) -> None:
    desk.park("mastodon", NOON + HOUR)
    seen = parked(desk, delivery)
    assert seen is not None
    desk.release("mastodon")
    assert parked(desk, delivery) is None
    assert not desk.lead(seen, NOON + 2 * HOUR)
    desk.park("mastodon", NOON + 3 * HOUR)
    assert not desk.lead(seen, NOON + 2 * HOUR)


def test_a_parked_scope_is_forgotten_a_day_after_its_end(
    desk: Desk, delivery: Delivery, clock: SettableClock
) -> None:
    desk.park("mastodon", NOON + HOUR)
    clock.advance(24 * HOUR)
    assert parked(desk, delivery) is not None
    clock.advance(HOUR)
    assert parked(desk, delivery) is None


# What is due.


def due_at(deliveries: Deliveries, n: int, at: datetime) -> Delivery:
    delivery = a_delivery(f"post{n:04}", due_at=at)
    return deliveries.put(delivery, delivery)


def test_what_is_due_is_read_oldest_first_within_bounds(
    tables: Tables, clock: SettableClock
) -> None:
    deliveries = Deliveries(store=tables.store, clock=clock)
    second = timedelta(seconds=1)
    for n in (3, 1, 4, 0, 2):
        due_at(deliveries, n, NOON + n * second)
    due = Due(tables.store)
    found = due.due("delivery", 0, NOON, NOON + 3 * second, 10)
    assert [d for _, d, _ in found] == [f"post000{n}.chan1.0" for n in (1, 2, 3)]
    older = due.due("delivery", 0, None, NOON, 10)
    assert [d for _, d, _ in older] == ["post0000.chan1.0"]
    assert due.due("delivery", 0, NOON, NOON, 10) == []
    assert due.due("token", 0, None, NOON + HOUR, 10) == []


def test_pages_of_what_is_due_join_though_many_are_due_at_one_instant(
    tables: Tables, clock: SettableClock
) -> None:
    deliveries = Deliveries(store=tables.store, clock=clock)
    for n in range(25):
        due_at(deliveries, n, NOON if n < 20 else NOON + n * HOUR)
    due, seen, after = Due(tables.store), [], None
    while page := due.due("delivery", 0, after, NOON + 100 * HOUR, 3):
        seen += [d for _, d, _ in page]
        after = page[-1][2]
    assert seen == [f"post{n:04}.chan1.0" for n in range(25)]


def test_every_shard_together_has_all(tables: Tables, clock: SettableClock) -> None:
    deliveries = Deliveries(store=tables.store, clock=clock, shards=3)
    for n in range(30):
        due_at(deliveries, n, NOON)
    due = Due(tables.store, shards=3)
    by_shard = [due.due("delivery", s, None, NOON, 100) for s in range(due.shards)]
    assert all(by_shard)
    assert sorted(d for shard in by_shard for _, d, _ in shard) == [
        f"post{n:04}.chan1.0" for n in range(30)
    ]


# Twins.


def register(twins: Twins, name: str, at: datetime, **where: object) -> str | None:
    place = {"workspace": FIRM, "channel": ChannelId("chan1"), "text_hash": "abc", **where}
    return neighbours(twins, name, at, **place).earlier


def neighbours(twins: Twins, name: str, at: datetime, **where: object) -> Neighbours:
    place = {"workspace": FIRM, "channel": ChannelId("chan1"), "text_hash": "abc", **where}
    return twins.register(delivery=DeliveryId(name), planned_at=at, **place)  # type: ignore[arg-type]


@pytest.fixture
def twins(tables: Tables, clock: SettableClock) -> Twins:
    return Twins(store=tables.store, clock=clock)


def test_the_nearest_earlier_twin_within_a_day_goes_first(twins: Twins) -> None:
    assert register(twins, "b", NOON + 10 * HOUR) is None
    assert register(twins, "a", NOON) is None
    assert register(twins, "c", NOON + 11 * HOUR) == "b"
    assert register(twins, "d", NOON + 5 * HOUR) == "a"
    assert register(twins, "e", NOON + 35 * HOUR) == "c"
    assert register(twins, "f", NOON + 59 * HOUR + timedelta(microseconds=1)) is None
    assert register(twins, "g", NOON + 59 * HOUR) == "e"


def test_at_one_instant_the_id_decides_and_nobody_is_his_own_twin(twins: Twins) -> None:
    assert register(twins, "b", NOON) is None
    assert register(twins, "b", NOON) is None
    assert register(twins, "a", NOON) is None
    assert register(twins, "c", NOON) == "b"


def test_the_nearest_later_twin_within_a_day_is_told_too(twins: Twins) -> None:
    assert neighbours(twins, "c", NOON + 20 * HOUR) == Neighbours()
    assert neighbours(twins, "b", NOON + 10 * HOUR) == Neighbours(None, DeliveryId("c"))
    assert neighbours(twins, "a", NOON) == Neighbours(None, DeliveryId("b"))
    near = neighbours(twins, "d", NOON + 15 * HOUR)
    assert near == Neighbours(DeliveryId("b"), DeliveryId("c"))


def test_a_delivery_that_moved_counts_at_its_new_time_only(twins: Twins) -> None:
    register(twins, "a", NOON)
    register(twins, "a", NOON + 30 * HOUR)
    assert register(twins, "b", NOON + HOUR) is None
    assert register(twins, "c", NOON + 31 * HOUR) == "a"


def test_twins_are_of_one_firm_channel_and_text(twins: Twins) -> None:
    register(twins, "a", NOON)
    later = NOON + HOUR
    assert register(twins, "b", later, workspace=OTHER) is None
    assert register(twins, "b", later, channel=ChannelId("chan2")) is None
    assert register(twins, "b", later, text_hash="xyz") is None


def test_what_is_two_days_past_is_dropped(
    tables: Tables, twins: Twins, clock: SettableClock
) -> None:
    register(twins, "a", NOON)
    clock.advance(49 * HOUR)
    register(twins, "b", clock.now())
    item = get(tables.store, CORE, keys.twins(FIRM, ChannelId("chan1"), "abc"))
    assert item is not None
    assert list(item["of"]) == ["b"]
    assert item["expires"] > (clock.now() + 47 * HOUR).timestamp()


def test_of_eight_who_register_at_once_each_sees_those_before(twins: Twins) -> None:
    at = {f"d{n}": NOON + n * HOUR for n in range(8)}
    results = race(lambda n: register(twins, f"d{n}", at[f"d{n}"]))
    assert not [r for r in results if isinstance(r, Exception)]
    # The last one to write has seen all others; whoever saw none of the earlier was first.
    assert register(twins, "z", NOON + 8 * HOUR) == "d7"
    assert results[0] is None
