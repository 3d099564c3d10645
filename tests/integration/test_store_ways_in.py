"""What expires, on the real engine: links, sessions, keys, repeats, counters, notices, acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.ids import MemberId
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.store.audit import Audit
from chalicelib.store.counters import Counters
from chalicelib.store.keys import digest
from chalicelib.store.read import query
from chalicelib.store.repeats import Repeats
from chalicelib.store.tables import SYS
from chalicelib.store.told import BeingTold, Told
from chalicelib.store.ways_in import WaysIn
from chalicelib.workspaces.acts import Act
from chalicelib.workspaces.ports import ApiKey, KeptAnswer, Repeat, SignInLink, WebSession
from tests.store_fixtures import (
    FIRM,
    NOON,
    OTHER,
    Tables,
    answers,
    first,
    lost_answer,
    not_applied,
    passes,
    race,
)

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
LEA = MemberId("lea")
LINK = SignInLink(mac="m1", member=LEA, expires_at=NOON + 15 * MINUTE)
SESSION = WebSession(mac="m2", member=LEA, created_at=NOON, expires_at=NOON + HOUR)
KEY = ApiKey(
    workspace=FIRM,
    id="k1",
    mac="m3",
    name="Caisse",
    member=LEA,
    scopes=frozenset({"read", "write"}),
    created_at=NOON,
)


@pytest.fixture
def ways(tables: Tables) -> WaysIn:
    return WaysIn(store=tables.store)


# Links.


def test_a_link_lets_in_once(ways: WaysIn) -> None:
    ways.put_link(LINK)
    assert ways.take_link("other", NOON) is None
    assert ways.take_link("m1", NOON) == LINK
    assert ways.take_link("m1", NOON) is None


def test_of_eight_who_take_a_link_one_gets_it(ways: WaysIn) -> None:
    ways.put_link(LINK)
    results = race(lambda _: ways.take_link("m1", NOON))
    assert results.count(LINK) == 1
    assert results.count(None) == 7


def test_a_link_does_not_let_in_after_its_time_though_it_is_still_there(ways: WaysIn) -> None:
    ways.put_link(LINK)
    assert ways.take_link("m1", LINK.expires_at) is None
    assert ways.take_link("m1", LINK.expires_at - timedelta(microseconds=1)) == LINK


def test_whose_answer_was_lost_has_the_link_all_the_same(tables: Tables, ways: WaysIn) -> None:
    ways.put_link(LINK)
    tables.faults.plan("PutItem", lost_answer)
    assert ways.take_link("m1", NOON) == LINK
    assert ways.take_link("m1", NOON) is None


# Sessions.


def test_a_session_holds_until_it_ends(ways: WaysIn) -> None:
    ways.put_session(SESSION)
    assert ways.session("m2", NOON) == SESSION
    assert ways.session("m2", SESSION.expires_at) is None
    assert ways.session("m9", NOON) is None
    ways.end_session("m2")
    assert ways.session("m2", NOON) is None
    ways.end_session("m2")
    ways.end_session("m9")


def test_a_session_is_renewed_in_its_place(ways: WaysIn) -> None:
    ways.put_session(SESSION)
    renewed = replace(SESSION, expires_at=NOON + 2 * HOUR)
    ways.put_session(renewed)
    assert ways.session("m2", NOON + HOUR) == renewed


def test_a_renewal_under_way_brings_no_ended_session_back(tables: Tables, ways: WaysIn) -> None:
    ways.put_session(SESSION)
    renewed = replace(SESSION, expires_at=NOON + 2 * HOUR)
    tables.faults.plan("PutItem", first(lambda: ways.end_session("m2")))
    ways.put_session(renewed)
    ways.put_session(renewed)
    assert ways.session("m2", NOON) is None


def test_a_renewal_under_way_keeps_no_session_from_ending(tables: Tables, ways: WaysIn) -> None:
    ways.put_session(SESSION)
    tables.faults.plan("PutItem", first(lambda: ways.put_session(SESSION)))
    ways.end_session("m2")
    assert ways.session("m2", NOON) is None


# Keys.


def test_a_key_is_found_by_its_mac_and_listed_by_its_firm(ways: WaysIn) -> None:
    ways.add_key(KEY)
    ends = replace(KEY, id="k2", mac="m4", expires_at=NOON + HOUR)
    ways.add_key(ends)
    assert ways.key("m3", NOON) == KEY
    assert ways.key("m4", NOON) == ends
    assert ways.key("m4", NOON + HOUR) is None
    assert ways.keys(FIRM) == [KEY, ends]
    assert ways.keys(OTHER) == []


def test_a_revoked_key_lets_nobody_in(ways: WaysIn) -> None:
    ways.add_key(KEY)
    assert not ways.remove_key(OTHER, "k1")
    assert ways.key("m3", NOON) == KEY
    assert ways.remove_key(FIRM, "k1")
    assert not ways.remove_key(FIRM, "k1")
    assert ways.key("m3", NOON) is None
    assert ways.keys(FIRM) == []


def test_a_key_in_place_of_another_ends_that_one(ways: WaysIn) -> None:
    ways.add_key(KEY)
    anew = replace(KEY, mac="m9")
    ways.add_key(anew)
    assert ways.key("m3", NOON) is None
    assert ways.key("m9", NOON) == anew
    assert ways.keys(FIRM) == [anew]


def test_a_crash_while_revoking_leaves_no_key_that_lets_in(tables: Tables, ways: WaysIn) -> None:
    ways.add_key(KEY)
    tables.faults.plan("DeleteItem", passes, not_applied, not_applied)
    with pytest.raises(StoreUnclear):
        ways.remove_key(FIRM, "k1")
    assert ways.key("m3", NOON) is None
    assert ways.keys(FIRM) == [KEY]
    assert ways.remove_key(FIRM, "k1")


# Repeats.

ANSWER = KeptAnswer(status=201, body='{"id":"é"}', headers={"Location": "/x"})


@pytest.fixture
def repeats(tables: Tables) -> Repeats:
    return Repeats(store=tables.store)


def begin(
    repeats: Repeats, now: datetime = NOON, name: str = "firm|key", fingerprint: str = "f"
) -> Repeat | None:
    lease, until = now + MINUTE, now + 24 * HOUR
    return repeats.begin(name, fingerprint, now=now, lease_until=lease, until=until)


def test_a_repeated_request_gets_the_first_answer(repeats: Repeats) -> None:
    assert begin(repeats) is None
    repeats.finish("firm|key", ANSWER)
    seen = begin(repeats, NOON + HOUR)
    assert seen == Repeat(fingerprint="f", answer=ANSWER, lease_until=NOON + MINUTE)
    assert begin(repeats, name="other|key") is None


def test_a_request_under_way_is_seen_until_its_lease_ends(repeats: Repeats) -> None:
    begin(repeats)
    seen = begin(repeats, NOON + MINUTE - timedelta(microseconds=1))
    assert seen == Repeat(fingerprint="f", answer=None, lease_until=NOON + MINUTE)
    assert begin(repeats, NOON + MINUTE) is None
    assert begin(repeats, NOON + MINUTE) is not None


def test_another_body_never_takes_a_key_over(repeats: Repeats) -> None:
    begin(repeats)
    seen = begin(repeats, NOON + HOUR, fingerprint="g")
    assert seen is not None
    assert seen.fingerprint == "f"


def test_a_record_that_has_expired_counts_for_nothing(repeats: Repeats) -> None:
    begin(repeats)
    repeats.finish("firm|key", ANSWER)
    assert begin(repeats, NOON + 25 * HOUR, fingerprint="g") is None


def test_the_first_answer_stays(repeats: Repeats) -> None:
    begin(repeats)
    repeats.finish("firm|key", ANSWER)
    repeats.finish("firm|key", replace(ANSWER, status=500))
    repeats.finish("firm|unknown", ANSWER)
    seen = begin(repeats)
    assert seen is not None
    assert seen.answer == ANSWER


def test_a_request_of_which_nothing_came_may_begin_anew(repeats: Repeats) -> None:
    begin(repeats)
    repeats.forget("firm|key")
    assert begin(repeats, fingerprint="g") is None


@pytest.mark.parametrize("when", [NOON, NOON + HOUR])
def test_of_eight_who_begin_one_runs(repeats: Repeats, when: datetime) -> None:
    """Nobody has begun it yet, or one has died: one takes it on."""
    if when > NOON:
        begin(repeats)
    results = race(lambda _: begin(repeats, when))
    assert results.count(None) == 1
    assert sum(isinstance(r, Repeat) for r in results) == 7


def test_a_beginning_whose_answer_was_lost_is_its_own(tables: Tables, repeats: Repeats) -> None:
    tables.faults.plan("PutItem", lost_answer)
    assert begin(repeats) is None


# Counters.


def test_counts_are_of_a_name_and_an_aligned_window(tables: Tables) -> None:
    counters = Counters(store=tables.store)
    window = 15 * MINUTE
    start = datetime(2026, 11, 25, 12, 15, tzinfo=NOON.tzinfo)
    last = start + window - timedelta(microseconds=1)
    assert [counters.count("a", window, at) for at in (start, start + MINUTE, last)] == [1, 2, 3]
    assert counters.count("a", window, last + timedelta(microseconds=1)) == 1
    assert counters.count("b", window, start) == 1


def test_a_count_keeps_no_name_and_says_when_it_ends(tables: Tables) -> None:
    name = "mail:lea@example.org"
    Counters(store=tables.store).count(name, HOUR, NOON)
    (item,) = query(tables.store, SYS, f"COUNT#{digest(name)}")
    assert "lea" not in repr(item)
    assert item["expires"] == (NOON.replace(microsecond=0) + 2 * HOUR).timestamp()


# Notices.


@pytest.fixture
def told(tables: Tables) -> Told:
    return Told(store=tables.store)


def test_a_notice_is_told_once(told: Told) -> None:
    assert told.begin("k", NOON, NOON + MINUTE)
    with pytest.raises(BeingTold):
        told.begin("k", NOON, NOON + MINUTE)
    told.done("k")
    assert not told.begin("k", NOON, NOON + MINUTE)
    assert not told.begin("k", NOON + 30 * 24 * HOUR, NOON + 30 * 24 * HOUR + MINUTE)
    assert told.begin("other", NOON, NOON + MINUTE)


def test_one_who_died_while_telling_is_taken_over_from(told: Told) -> None:
    assert told.begin("k", NOON, NOON + MINUTE)
    results = race(lambda _: told.begin("k", NOON + MINUTE, NOON + 2 * MINUTE))
    assert results.count(True) == 1
    assert sum(isinstance(r, BeingTold) for r in results) == 7


def test_what_was_told_too_slowly_counts_as_told(told: Told) -> None:
    assert told.begin("k", NOON, NOON + MINUTE)
    assert told.begin("k", NOON + HOUR, NOON + HOUR + MINUTE)
    told.done("k")
    assert not told.begin("k", NOON + 2 * HOUR, NOON + 3 * HOUR)


# Acts.


def test_acts_are_listed_newest_first_by_firm(tables: Tables) -> None:
    audit = Audit(store=tables.store)
    acts = [
        Act(workspace=FIRM, at=NOON + n * MINUTE, by=LEA, what="channel-paused", about=f"c{n}")
        for n in range(4)
    ]
    for act in (*acts, replace(acts[0], workspace=OTHER), acts[3]):
        audit.note(act)
    assert audit.latest(FIRM, 10) == [acts[3], acts[3], acts[2], acts[1], acts[0]]
    assert audit.latest(FIRM, 2) == [acts[3], acts[3]]
    assert len(audit.latest(OTHER, 10)) == 1


# What is common to all of it.


def test_everything_here_says_when_it_may_be_deleted(
    tables: Tables, ways: WaysIn, repeats: Repeats, told: Told
) -> None:
    ways.put_link(LINK)
    ways.put_session(SESSION)
    begin(repeats)
    told.begin("k", NOON, NOON + MINUTE)
    Audit(store=tables.store).note(Act(workspace=FIRM, at=NOON, by=LEA, what="x"))
    for partition in ("LINK#m1", "SESS#m2", "TOLD#k", f"W#{FIRM}"):
        (item,) = query(tables.store, SYS, partition)
        assert item["expires"] > NOON.timestamp()


def test_what_others_write_each_time_is_stale(
    tables: Tables, ways: WaysIn, repeats: Repeats
) -> None:
    busy = answers(400, "TransactionConflictException")
    tables.faults.plan("PutItem", *[busy] * 10)
    with pytest.raises(Stale):
        ways.put_session(SESSION)
    ways.put_session(SESSION)
    tables.faults.plan("PutItem", *[busy] * 10)
    with pytest.raises(Stale):
        ways.end_session("m2")
    tables.faults.plan("PutItem", *[busy] * 6)
    with pytest.raises(Stale):
        begin(repeats)
    begin(repeats)
    tables.faults.plan("PutItem", *[busy] * 6)
    with pytest.raises(Stale):
        repeats.finish("firm|key", ANSWER)
    assert not tables.faults.left
