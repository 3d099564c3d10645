"""Firms, members and channels on the real engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.ids import ChannelId, MemberId
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.store import keys
from chalicelib.store.channels import Channels
from chalicelib.store.members import Members
from chalicelib.store.read import get
from chalicelib.store.tables import CORE
from chalicelib.store.workspaces import Workspaces
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Language, Role
from tests.integration.test_store_deliveries import IDS, INSTANTS, TEXTS
from tests.store_fixtures import (
    FIRM,
    NOON,
    OTHER,
    Tables,
    a_channel,
    a_member,
    a_workspace,
    first,
    not_applied,
    passes,
    race,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
CHANNELS = st.builds(
    Channel,
    workspace=st.just(FIRM),
    id=IDS.map(ChannelId),
    network=IDS,
    name=TEXTS,
    handle=TEXTS,
    url=TEXTS,
    remote_id=TEXTS,
    settings=st.dictionaries(TEXTS, TEXTS, max_size=3),
    limits=st.dictionaries(TEXTS, JSON, max_size=3),
    status=st.sampled_from(ChannelStatus),
    reason=TEXTS,
    since=st.none() | INSTANTS,
    paused_until=st.none() | INSTANTS,
    forget_token_after=st.none() | INSTANTS,
    created_at=INSTANTS,
)


@pytest.fixture
def channels(tables: Tables) -> Channels:
    return Channels(store=tables.store)


@pytest.fixture
def workspaces(tables: Tables) -> Workspaces:
    return Workspaces(store=tables.store)


@pytest.fixture
def members(tables: Tables) -> Members:
    return Members(store=tables.store)


# Channels.


@given(CHANNELS)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_channel_comes_back_as_it_was(channels: Channels, channel: Channel) -> None:
    written = channels.put(channels.get(FIRM, channel.id), channel)
    assert written == replace(channel, rev=written.rev, write_token=written.write_token)
    assert channels.get(FIRM, channel.id) == written


def test_the_channels_of_a_firm_are_its_own(channels: Channels) -> None:
    own = [channels.put(None, a_channel(name)) for name in ("chan1", "chan2")]
    channels.put(None, a_channel("chan3", workspace=OTHER))
    assert channels.of(FIRM) == own
    assert channels.get(FIRM, ChannelId("chan3")) is None


def test_a_channel_is_written_on_the_rev_it_was_read_at(channels: Channels) -> None:
    read = channels.put(None, a_channel())
    channels.put(read, replace(read, name="autre"))
    with pytest.raises(Stale):
        channels.put(read, replace(read, name="encore un autre"))
    with pytest.raises(Stale):
        channels.put(None, a_channel())


def test_a_channel_is_marked_broken_only_while_it_is_in_use(channels: Channels) -> None:
    read = channels.put(None, a_channel())
    renamed = channels.put(read, replace(read, name="autre"))
    broken = channels.mark_broken(read, "401", NOON)
    assert broken == channels.get(FIRM, read.id)
    assert (broken.status, broken.reason, broken.since) == (ChannelStatus.BROKEN, "401", NOON)
    assert broken.name == renamed.name
    assert channels.mark_broken(broken, "403", NOON) is broken
    later = NOON + timedelta(hours=1)
    paused = replace(broken, status=ChannelStatus.PAUSED, paused_until=later)
    paused = channels.put(broken, paused)
    again = channels.mark_broken(paused, "401", NOON)
    assert (again.status, again.paused_until) == (ChannelStatus.BROKEN, None)
    parted = channels.put(again, replace(again, status=ChannelStatus.DISCONNECTED))
    assert channels.mark_broken(read, "401", NOON) == parted


def test_tokens_to_forget_are_found_when_it_is_time(channels: Channels) -> None:
    channels.put(None, a_channel("chan1", forget_token_after=NOON))
    later = channels.put(
        None, a_channel("chan2", workspace=OTHER, forget_token_after=NOON + timedelta(hours=1))
    )
    channels.put(None, a_channel("chan3"))
    assert channels.to_forget(NOON - timedelta(seconds=1)) == []
    assert channels.to_forget(NOON) == [(FIRM, "chan1")]
    assert channels.to_forget(NOON + timedelta(hours=1)) == [(FIRM, "chan1"), (OTHER, "chan2")]
    channels.put(later, replace(later, forget_token_after=None))
    assert channels.to_forget(NOON + timedelta(hours=1)) == [(FIRM, "chan1")]


# Firms.


def test_a_firm_is_found_by_its_id_and_its_feeds_token(workspaces: Workspaces) -> None:
    firm = workspaces.put(None, a_workspace(zone="Indian/Reunion", language=Language.EN))
    assert firm.rev == 1
    assert workspaces.get(FIRM) == firm
    assert workspaces.by_feed_token(firm.feed_token) == firm
    assert workspaces.get(OTHER) is None
    assert workspaces.by_feed_token("x") is None


def test_a_new_feed_token_ends_the_old_one(workspaces: Workspaces) -> None:
    firm = workspaces.put(None, a_workspace())
    renamed = workspaces.put(firm, replace(firm, name="Martin"))
    assert workspaces.by_feed_token(firm.feed_token) == renamed
    moved = workspaces.put(renamed, replace(renamed, feed_token="another"))
    assert workspaces.by_feed_token("another") == moved
    assert workspaces.by_feed_token(firm.feed_token) is None


def test_a_firm_is_written_on_the_rev_it_was_read_at(workspaces: Workspaces) -> None:
    firm = workspaces.put(None, a_workspace())
    with pytest.raises(Stale):
        workspaces.put(None, a_workspace(feed_token="another"))
    assert workspaces.by_feed_token("another") is None
    workspaces.put(firm, replace(firm, name="Martin"))
    with pytest.raises(Stale):
        workspaces.put(firm, replace(firm, name="Durand"))


def test_two_firms_never_share_a_feed_token(workspaces: Workspaces) -> None:
    workspaces.put(None, a_workspace(feed_token="same"))
    with pytest.raises(Stale):
        workspaces.put(None, a_workspace(OTHER, feed_token="same"))
    assert workspaces.get(OTHER) is None


# Members.


def test_a_member_is_found_by_firm_person_and_address(members: Members) -> None:
    here = a_member()
    there = a_member(workspace=OTHER, role=Role.VIEWER, language=Language.EN)
    somebody = a_member("paul", role=Role.EDITOR)
    for member in (here, there, somebody):
        members.put(member)
    assert members.get(FIRM, here.id) == here
    assert members.get(OTHER, somebody.id) is None
    assert members.of(FIRM) == [here, somebody]
    assert members.memberships(here.id) == [here, there]
    assert members.by_email(here.email) == [here, there]
    assert members.by_email("nobody@example.org") == []
    assert members.memberships(MemberId("nobody")) == []


def test_a_new_address_ends_the_old_one(members: Members) -> None:
    members.put(a_member())
    moved = a_member(email="lea@example.org", role=Role.VIEWER)
    members.put(moved)
    assert members.by_email("lea@boulangerie.example") == []
    assert members.by_email("lea@example.org") == [moved]
    assert members.memberships(moved.id) == members.of(FIRM) == [moved]


def test_no_address_is_kept_in_a_key(tables: Tables, members: Members) -> None:
    member = a_member()
    members.put(member)
    pk, sk = keys.by_email(FIRM, member.email)
    assert get(tables.store, CORE, (pk, sk)) is not None
    assert "lea" not in pk + sk


def test_whatever_races_the_three_copies_of_a_membership_agree(members: Members) -> None:
    race(lambda n: members.put(a_member(email=f"lea{n % 3}@example.org", name=f"Léa {n}")), 4)
    stands = members.get(FIRM, MemberId("lea"))
    assert stands is not None
    assert members.memberships(stands.id) == [stands]
    found = [m for n in range(3) for m in members.by_email(f"lea{n}@example.org")]
    assert found == [stands]


def test_a_membership_that_others_write_each_time_is_stale(
    tables: Tables, members: Members
) -> None:
    other = first(lambda: members.put(a_member(name="autre")))
    for _ in range(5):
        tables.faults.plan("TransactWriteItems", other, passes)
    with pytest.raises(Stale):
        members.put(a_member())
    tables.faults.plan("GetItem", not_applied)
    with pytest.raises(StoreUnclear):
        members.get(FIRM, MemberId("lea"))
