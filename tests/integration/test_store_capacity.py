"""What the store's calls cost, in DynamoDB's units, as the engine meters them.

A write unit is 1 KB, a consistent read unit 4 KB; an entry of an index that is new or
removed costs one more write unit, one that moves two; a transaction doubles the item's own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.ids import ChannelId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.ports import PostChange
from chalicelib.store.agenda import Agenda
from chalicelib.store.channels import Channels
from chalicelib.store.deliveries import Deliveries
from chalicelib.store.desk import Desk
from chalicelib.store.due import Due
from chalicelib.store.lists import PostLists
from chalicelib.store.members import Members
from chalicelib.store.posts import Posts
from chalicelib.store.ways_in import WaysIn
from chalicelib.store.workspaces import Workspaces
from chalicelib.workspaces.ports import WebSession
from tests.fakes.clocks import SettableClock
from tests.store_fixtures import (
    FIRM,
    NOON,
    Tables,
    a_channel,
    a_delivery,
    a_member,
    a_post,
    a_version,
    a_workspace,
)

POST, CHANNEL = "k7m2q4w6e8r3t5y9u1i2", "a3s5d7f9g2h4j6k8l3z5"
"""As long as ids are."""


@pytest.fixture
def delivery(tables: Tables) -> Delivery:
    Workspaces(store=tables.store).put(None, a_workspace())
    Channels(store=tables.store).put(None, a_channel(CHANNEL))
    change = PostChange(
        before=None,
        after=a_post(POST, channels=(ChannelId(CHANNEL),)),
        version=a_version(POST),
        deliveries=((None, a_delivery(POST, CHANNEL)),),
    )
    done = Posts(store=tables.store).commit(change)
    # Twice head, version and delivery, and three new places in the indexes.
    assert tables.calls.take()[-1] == ("TransactWriteItems", 9)
    return done.deliveries[0][1]


def test_a_delivery_is_published_by_three_writes_and_two_reads(
    tables: Tables, delivery: Delivery, clock: SettableClock
) -> None:
    deliveries = Deliveries(store=tables.store, clock=clock)
    desk = Desk(store=tables.store, clock=clock)
    read = deliveries.get(FIRM, delivery.id)
    assert read is not None
    claimed = deliveries.put(read, machine.apply(read, ev.Claim(), NOON))
    desk.brief(claimed, ("channel:x", "network:mastodon"))
    sending = deliveries.put(claimed, machine.apply(claimed, ev.Intent(), NOON))
    url = "https://mastodon.example/@boulangerie/115609331127485311"
    answer = ev.PublishedBy(1, "115609331127485311", url)
    after = machine.apply(sending, answer, NOON + timedelta(seconds=1))
    deliveries.put(sending, after)
    assert tables.calls.take() == [
        ("GetItem", 1),
        ("PutItem", 3),  # the item 1, its place in the due index moves 2
        ("BatchGetItem", 5),  # version, channel, firm, two scopes that aren't parked
        ("PutItem", 1),  # due_at stays: the lease of the claim
        ("PutItem", 3),  # live: its place moves to what is due for its figures
    ]


def test_a_tick_costs_what_is_due(tables: Tables, delivery: Delivery) -> None:
    due = Due(tables.store)
    assert due.due("delivery", 0, NOON, NOON + timedelta(seconds=120), 500) == []
    assert len(due.due("delivery", 0, None, NOON, 500)) == 1
    assert tables.calls.take() == [("Query", 0.5), ("Query", 0.5)]


def test_a_refused_claim_costs_a_read_besides(
    tables: Tables, delivery: Delivery, clock: SettableClock
) -> None:
    """The refused write itself is billed as a write and not metered."""
    deliveries = Deliveries(store=tables.store, clock=clock)
    deliveries.put(delivery, replace(delivery, looks=1))
    tables.calls.take()
    with pytest.raises(Exception, match=f"D#{delivery.id}"):
        deliveries.put(delivery, replace(delivery, looks=2))
    assert tables.calls.take() == [("PutItem", 0), ("GetItem", 1)]


def test_a_week_is_one_query_and_one_batch(tables: Tables) -> None:
    posts = Posts(store=tables.store)
    for n in range(7):
        at = NOON + timedelta(days=n)
        own = [a_delivery(f"post{n}", f"chan{c}", planned_at=at) for c in range(4)]
        channels = tuple(d.channel for d in own)
        head = a_post(f"post{n}", planned_at=at, channels=channels)
        pairs = tuple((None, d) for d in own)
        posts.commit(PostChange(before=None, after=head, version=None, deliveries=pairs))
    tables.calls.take()
    week = NOON, NOON + timedelta(days=7)
    assert len(PostLists(store=tables.store).between(FIRM, *week, None, 50).rows) == 7
    assert tables.calls.take() == [("Query", 0.5), ("BatchGetItem", 35)]
    assert len(Agenda(store=tables.store).between(FIRM, *week)) == 28
    assert tables.calls.take() == [("Query", 0.5), ("BatchGetItem", 28)]


def test_what_waits_costs_nothing_while_nothing_waits(tables: Tables, delivery: Delivery) -> None:
    assert PostLists(store=tables.store).waiting(FIRM) == []
    assert tables.calls.take() == [("Query", 0.5)]


def test_a_signed_in_request_costs_two_reads(tables: Tables) -> None:
    ways, members = WaysIn(store=tables.store), Members(store=tables.store)
    members.put(a_member())
    until = NOON + timedelta(days=30)
    session = WebSession(mac="m", member=a_member().id, created_at=NOON, expires_at=until)
    ways.put_session(session)
    tables.calls.take()
    assert ways.session("m", NOON)
    assert members.get(FIRM, a_member().id)
    assert tables.calls.take() == [("GetItem", 1), ("GetItem", 1)]
