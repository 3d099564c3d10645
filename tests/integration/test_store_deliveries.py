"""Deliveries on the real engine: as they were, one winner, in the right indexes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.ids import ChannelId, DeliveryId, PostId
from chalicelib.publishing.deliveries import (
    Attempt,
    Delivery,
    FollowUp,
    Prepared,
    RemoteKey,
    ResendClass,
    Result,
    Status,
    Why,
)
from chalicelib.publishing.ports import Stale
from chalicelib.store import deliveries as module
from chalicelib.store.codec import Record
from chalicelib.store.deliveries import Deliveries
from chalicelib.store.due import Due
from chalicelib.store.items import to_raw
from chalicelib.store.read import get
from chalicelib.store.schema import UnknownSchema
from chalicelib.store.tables import BY_TIME, CORE, DUE, OPEN
from chalicelib.store.write import put
from tests.fakes.clocks import SettableClock
from tests.store_fixtures import FIRM, NOON, OTHER, Tables, a_delivery, published, race

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
WHOLE = st.integers(0, 10**6)
INSTANTS = st.datetimes(
    datetime(1990, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    datetime(2200, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
IDS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=1, max_size=20)
DELIVERY_IDS = st.builds(lambda p, c, o: DeliveryId(f"{p}.{c}.{o}"), IDS, IDS, IDS)
ATTEMPTS = st.builds(Attempt, WHOLE, INSTANTS, WHOLE, st.sampled_from(Result), TEXTS)


@st.composite
def any_delivery(draw: st.DrawFn) -> Delivery:
    post, channel = PostId(draw(IDS)), ChannelId(draw(IDS))
    maybe = st.none() | INSTANTS
    return Delivery(
        workspace=FIRM,
        id=DeliveryId(f"{post}.{channel}.{draw(IDS)}"),
        post=post,
        channel=channel,
        network=draw(IDS),
        resend_class=draw(st.sampled_from(ResendClass)),
        status=draw(st.sampled_from(Status)),
        why=draw(st.none() | st.sampled_from(Why)),
        reason=draw(TEXTS),
        due_at=draw(maybe),
        planned_at=draw(maybe),
        latest_at=draw(maybe),
        version=draw(WHOLE),
        text_hash=draw(TEXTS),
        acts=draw(st.lists(TEXTS, max_size=3).map(tuple)),
        prepared=Prepared(draw(WHOLE), draw(st.dictionaries(TEXTS, TEXTS, max_size=3))),
        attempt=draw(WHOLE),
        first_intent_at=draw(maybe),
        last_intent_at=draw(maybe),
        sent_version=draw(WHOLE),
        key=draw(st.builds(RemoteKey, TEXTS, TEXTS, TEXTS, INSTANTS)),
        after=draw(st.none() | DELIVERY_IDS),
        awaited_by=draw(st.lists(DELIVERY_IDS, max_size=3).map(tuple)),
        remote_id=draw(st.none() | TEXTS),
        remote_url=draw(st.none() | TEXTS),
        published_at=draw(maybe),
        looks=draw(WHOLE),
        absent_at=draw(maybe),
        crashes=draw(WHOLE),
        followups=draw(
            st.lists(st.builds(FollowUp, TEXTS, TEXTS, TEXTS, WHOLE), max_size=3).map(tuple)
        ),
        attempts=draw(st.lists(ATTEMPTS, max_size=10).map(tuple)),
    )


@pytest.fixture
def deliveries(tables: Tables, clock: SettableClock) -> Deliveries:
    return Deliveries(store=tables.store, clock=clock)


def new(deliveries: Deliveries, delivery: Delivery) -> Delivery:
    return deliveries.put(delivery, delivery)


@given(any_delivery())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_any_delivery_comes_back_as_it_was(deliveries: Deliveries, delivery: Delivery) -> None:
    stands = deliveries.get(FIRM, delivery.id)
    rev = stands.rev if stands else 0
    written = deliveries.put(replace(delivery, rev=rev), delivery)
    assert written == replace(delivery, rev=rev + 1, write_token=written.write_token)
    assert deliveries.get(FIRM, delivery.id) == written


def test_a_typical_delivery_weighs_about_a_kilobyte() -> None:
    token = "abcdefghijklmnopqrst"
    fresh = a_delivery("p" * 20, "c" * 20, write_token=token)
    assert _bytes(fresh) < 900
    assert _bytes(published(fresh)) < 1_100


def test_every_write_moves_the_rev_and_the_token(deliveries: Deliveries) -> None:
    first = new(deliveries, a_delivery())
    second = deliveries.put(first, replace(first, crashes=1))
    assert (first.rev, second.rev) == (1, 2)
    assert first.write_token != second.write_token


def test_a_write_on_what_has_changed_since_is_refused(deliveries: Deliveries) -> None:
    read = new(deliveries, a_delivery())
    stands = deliveries.put(read, replace(read, crashes=1))
    with pytest.raises(Stale):
        deliveries.put(read, replace(read, crashes=2))
    assert deliveries.get(FIRM, read.id) == stands


def test_a_new_delivery_never_replaces_one(deliveries: Deliveries) -> None:
    stands = new(deliveries, a_delivery())
    with pytest.raises(Stale):
        new(deliveries, a_delivery(crashes=3))
    assert deliveries.get(FIRM, stands.id) == stands


def test_of_eight_who_race_one_wins(deliveries: Deliveries) -> None:
    read = new(deliveries, a_delivery())
    for turn in range(5):
        start = read
        results = race(lambda n, s=start: deliveries.put(s, replace(s, looks=n)))  # type: ignore[misc]
        won = [r for r in results if isinstance(r, Delivery)]
        assert len(won) == 1
        assert all(isinstance(r, Stale) for r in results if r not in won)
        read = won[0]
        assert deliveries.get(FIRM, read.id) == read
        assert read.rev == turn + 2


def test_a_firm_never_sees_anothers_delivery(deliveries: Deliveries) -> None:
    own = new(deliveries, a_delivery())
    assert deliveries.get(OTHER, own.id) is None
    theirs = new(deliveries, a_delivery(workspace=OTHER, crashes=4))
    assert deliveries.get(FIRM, own.id) == own
    assert deliveries.get(OTHER, own.id) == theirs


@pytest.mark.parametrize("odd", ["", "x", "a.b", "post1.chan1.0#", "P#post1", "~", "é" * 3000])
def test_an_id_that_is_none_finds_nothing(deliveries: Deliveries, odd: str) -> None:
    new(deliveries, a_delivery())
    assert deliveries.get(FIRM, DeliveryId(odd)) is None


# Places in the indexes.


def _places(tables: Tables, delivery: Delivery) -> dict[str, tuple[str, str] | None]:
    item = get(tables.store, CORE, (f"W#{FIRM}", f"D#{delivery.id}"))
    assert item is not None
    return {
        i.name: (item[i.partition], item[i.sort]) if i.partition in item else None
        for i in (DUE, BY_TIME, OPEN)
    }


def test_it_is_due_exactly_while_somebody_must_look(tables: Tables, deliveries: Deliveries) -> None:
    delivery = new(deliveries, a_delivery())
    assert _places(tables, delivery)["due"] == (
        "D#delivery#0",
        f"1795608000123#{FIRM}#{delivery.id}",
    )
    later = deliveries.put(delivery, replace(delivery, due_at=NOON + timedelta(seconds=90)))
    due = Due(tables.store)
    found = due.due("delivery", 0, None, NOON + timedelta(hours=1), 10)
    assert [(ws, d) for ws, d, _ in found] == [(FIRM, delivery.id)]
    assert found[0][2] == NOON.replace(microsecond=123_000) + timedelta(seconds=90)
    deliveries.put(later, replace(later, due_at=None))
    assert due.due("delivery", 0, None, NOON + timedelta(hours=1), 10) == []


@pytest.mark.parametrize("status", list(Status))
def test_it_is_open_exactly_while_it_waits_for_a_person(
    tables: Tables, deliveries: Deliveries, status: Status
) -> None:
    delivery = new(deliveries, a_delivery(status=status))
    waits = {Status.NEEDS_HUMAN, Status.FAILED, Status.BLOCKED_AUTH, Status.AWAITING_APPROVAL}
    place = (f"W#{FIRM}", f"{status}#chan1#1795608000123") if status in waits else None
    assert _places(tables, delivery)["open"] == place


def test_it_stands_in_time_by_its_planned_time(tables: Tables, deliveries: Deliveries) -> None:
    delivery = new(deliveries, a_delivery())
    assert _places(tables, delivery)["by_time"] == (
        f"W#{FIRM}",
        "1795608000123#post1#chan1.0",
    )
    unplanned = deliveries.put(delivery, replace(delivery, planned_at=None))
    assert _places(tables, unplanned)["by_time"] is None


# Whose a remote id is.


def test_a_remote_id_is_held_by_another_delivery_of_the_channel_only(
    tables: Tables, deliveries: Deliveries
) -> None:
    asking = new(deliveries, a_delivery("post0", first_intent_at=NOON))
    new(deliveries, replace(published(a_delivery("post1")), remote_id="7"))
    new(deliveries, replace(published(a_delivery("post2", "chan2")), remote_id="8"))
    new(deliveries, replace(published(a_delivery("post3", workspace=OTHER)), remote_id="9"))
    own = deliveries.put(asking, replace(asking, remote_id="10"))
    assert deliveries.is_held(own, "7")
    assert not any(deliveries.is_held(own, other) for other in ("8", "9", "10"))


def test_one_that_was_planned_long_ago_and_sent_today_holds_its_id(
    deliveries: Deliveries,
) -> None:
    asking = a_delivery("post0", first_intent_at=NOON)
    old = replace(published(a_delivery()), planned_at=NOON - timedelta(days=39), remote_id="7")
    new(deliveries, old)
    assert deliveries.is_held(asking, "7")


# Shapes.


def test_an_item_of_a_later_version_of_the_code_is_refused_clearly(
    tables: Tables, deliveries: Deliveries
) -> None:
    delivery = a_delivery()
    item = module.to_item(delivery, shards=1)
    put(tables.store, CORE, {**item, "v": 2}, rev=0)
    with pytest.raises(UnknownSchema, match="delivery 2, this code knows 1"):
        deliveries.get(FIRM, delivery.id)


def test_a_field_that_is_kept_nowhere_is_found_when_the_code_is_loaded() -> None:
    with pytest.raises(TypeError, match="FollowUp: tries"):
        Record(FollowUp, {}, known=frozenset({"kind", "about", "key"}))


def _bytes(delivery: Delivery) -> int:
    """Weigh as DynamoDB does: names and values in UTF-8, 3 bytes and 1 more per member for
    lists and maps, a byte per two digits and one more for numbers.
    """

    def weigh(typed: dict[str, object]) -> int:
        ((kind, value),) = typed.items()
        match kind, value:
            case "S", str():
                return len(value.encode())
            case "N", str():
                return (len(value) + 1) // 2 + 1
            case "L", list():
                return 3 + sum(1 + weigh(v) for v in value)
            case "M", dict():
                return 3 + sum(1 + len(k) + weigh(v) for k, v in value.items())
        raise AssertionError(kind)

    raw = to_raw({**module.to_item(delivery, shards=1), "rev": 3})
    return sum(len(name) + weigh(value) for name, value in raw.items())
