"""Tracked links and their clicks on the real engine."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from pynamodb.expressions.operand import Path

from chalicelib.ids import DeliveryId, MemberId, RandomIds
from chalicelib.measuring.askers import Asker
from chalicelib.measuring.clicking import Redirect
from chalicelib.measuring.links import Click, ClickKind, Link, LinkDay
from chalicelib.measuring.shortening import LinkDraft, Shortening
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.store.links import ROWS, Links, days_open, live_rows
from chalicelib.store.read import get, query
from chalicelib.store.tables import EXPIRES, STATS, SYS
from chalicelib.store.visitors import Visitors
from tests.fakes.clocks import SettableClock
from tests.store_fixtures import FIRM, NOON, OTHER, Tables, lost_answer, not_applied, race

TODAY = date(2026, 11, 25)
TOMORROW = TODAY + timedelta(days=1)
CODE = "abcdefghijkl"
POST = DeliveryId("post.chan.0")
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)


@pytest.fixture
def links(tables: Tables) -> Links:
    return Links(store=tables.store)


@pytest.fixture
def visitors(tables: Tables) -> Visitors:
    return Visitors(store=tables.store)


def a_link(code: str = CODE, **changes: object) -> Link:
    typical = Link(
        workspace=FIRM,
        code=code,
        target="https://example.org/galette?utm_source=mastodon#menu",
        delivery=POST,
        created_at=NOON,
        created_by=MemberId("lea"),
    )
    return replace(typical, **changes)  # type: ignore[arg-type]


def a_click(n: int = 0, kind: ClickKind = ClickKind.PERSON, code: str = CODE) -> Click:
    # Their first bytes are spread as those of hashes are.
    visitor = (n * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8, "big")
    return Click(FIRM, code, TODAY, kind, visitor)


def count(links: Links, clicks: Iterable[Click]) -> None:
    for click in clicks:
        links.count(click)


def test_a_link_comes_back_as_it_was(tables: Tables, links: Links) -> None:
    made = a_link(label="Galette", expires_at=NOON + timedelta(days=30))
    assert links.put(made)
    assert links.get(CODE) == made
    assert links.get(CODE, consistent=True) == made
    assert links.get("other") is None
    item = get(tables.store, STATS, (f"L#{CODE}", "-"))
    assert item is not None
    assert item[EXPIRES] > (NOON + timedelta(days=300)).timestamp()


def test_a_link_never_changes(links: Links) -> None:
    assert links.put(a_link())
    assert not links.put(a_link(target="https://evil.example/"))
    assert links.get(CODE) == a_link()
    assert len(links.of(FIRM, 10)) == 1


def test_of_eight_who_make_a_deliverys_link_all_have_the_same(
    links: Links, clock: SettableClock
) -> None:
    maker = Shortening(clock=clock, ids=RandomIds(), links=links, public_url="https://r.example")
    draft = LinkDraft(target="https://example.org/", delivery=POST)
    made = race(lambda n: maker.create(FIRM, draft, by=MemberId(f"member{n}")))
    assert len({m.code if isinstance(m, Link) else repr(m) for m in made}) == 1
    assert len(links.of(FIRM, 10)) == 1


def test_an_answer_lost_while_making_one_is_found_out(tables: Tables, links: Links) -> None:
    tables.faults.plan("TransactWriteItems", lost_answer)
    assert links.put(a_link())
    tables.faults.plan("TransactWriteItems", not_applied)
    assert links.put(a_link("second"))


def test_a_firms_links_are_listed_the_newest_first(links: Links) -> None:
    made = [a_link(f"code{n}", created_at=NOON + timedelta(minutes=n)) for n in (3, 1, 2)]
    for link in (*made, a_link("theirs", workspace=OTHER)):
        links.put(link)
    newest = [made[0], made[2], made[1]]
    assert links.of(FIRM, 10) == newest
    assert links.of(FIRM, 2) == newest[:2]
    assert links.of(FIRM, 2, after=newest[1]) == newest[2:]


def test_a_deliverys_links_are_its_own(links: Links) -> None:
    links.put(a_link("code1"))
    links.put(a_link("code2"))
    links.put(a_link("code3", delivery=DeliveryId("post.chan.01")))
    links.put(a_link("code4", delivery=None))
    links.put(a_link("code5", workspace=OTHER))
    assert links.codes_of(FIRM, POST) == ["code1", "code2"]


def test_clicks_are_counted_by_kind_and_visitors_once(links: Links, visitors: Visitors) -> None:
    visitors.salt(TODAY, b"salt")
    people = [a_click(n) for n in (1, 2, 2, 3, 3, 3)]
    bots, previews = [a_click(9, ClickKind.BOT)] * 2, [a_click(8, ClickKind.PREVIEW)]
    count(links, [*people, *bots, *previews, a_click(7, code="other")])
    assert links.days(CODE, TODAY, TODAY) == [LinkDay(CODE, TODAY, 6, 3, 2, 1)]
    assert links.days(CODE, TOMORROW, TOMORROW) == []
    assert links.days(CODE, TOMORROW, TODAY) == []


def test_what_threads_count_at_once_is_all_there(links: Links, visitors: Visitors) -> None:
    visitors.salt(TODAY, b"salt")
    results = race(lambda n: count(links, [a_click(n * 10 + k % 10) for k in range(40)]))
    assert results == [None] * 8
    (day,) = links.days(CODE, TODAY, TODAY)
    assert (day.people, day.visitors) == (320, 80)


def test_a_click_costs_one_unit_up_to_a_thousand_visitors_a_day(
    tables: Tables, links: Links, visitors: Visitors
) -> None:
    visitors.salt(TODAY, b"salt")
    count(links, [a_click(n) for n in range(1_000)])
    tables.calls.take()
    count(links, [a_click(n) for n in range(990, 1_010)])
    assert set(tables.calls.take()) == {("UpdateItem", 1)}


def test_following_a_link_is_one_read_and_one_write(
    tables: Tables, links: Links, visitors: Visitors, clock: SettableClock
) -> None:
    links.put(a_link())
    redirect = Redirect(clock=clock, ids=RandomIds(), links=links, visitors=visitors)
    asker = Asker(headers={"user-agent": CHROME}, address="198.51.100.7")
    tables.calls.take()
    assert redirect.follow(CODE, asker) == a_link().target
    first = tables.calls.take()
    assert [operation for operation, _ in first] == [
        "GetItem",  # the link
        "GetItem",  # the day's salt: none yet
        "PutItem",  # that the day is to be summed up
        "PutItem",  # the salt
        "UpdateItem",
    ]
    redirect.follow(CODE, asker)
    assert tables.calls.take() == [("GetItem", 0.5), ("UpdateItem", 1)]
    assert links.days(CODE, TODAY, TODAY) == [LinkDay(CODE, TODAY, 2, 1, 0, 0)]
    redirect.follow("nope", asker)
    assert [operation for operation, _ in tables.calls.take()][-1:] == ["GetItem"]


def test_following_goes_on_where_the_count_is_lost(
    tables: Tables, links: Links, visitors: Visitors, clock: SettableClock
) -> None:
    links.put(a_link())
    redirect = Redirect(clock=clock, ids=RandomIds(), links=links, visitors=visitors)
    asker = Asker(headers={"user-agent": CHROME})
    redirect.follow(CODE, asker)
    tables.faults.plan("UpdateItem", not_applied, lost_answer)
    for _ in range(2):
        assert redirect.follow(CODE, asker) == a_link().target
    (day,) = links.days(CODE, TODAY, TODAY)
    assert (day.people, day.visitors) == (2, 1)


def test_a_click_that_is_sent_again_may_count_twice_and_its_visitor_once(
    open_tables: object,
) -> None:
    tables = open_tables(retries=1)  # type: ignore[operator]
    links, visitors = Links(store=tables.store), Visitors(store=tables.store)
    visitors.salt(TODAY, b"salt")
    tables.faults.plan("UpdateItem", lost_answer)
    links.count(a_click())
    assert links.days(CODE, TODAY, TODAY) == [LinkDay(CODE, TODAY, 2, 1, 0, 0)]


def test_a_count_whose_fate_is_unclear_is_said(tables: Tables, links: Links) -> None:
    tables.faults.plan("UpdateItem", not_applied)
    with pytest.raises(StoreUnclear):
        links.count(a_click())


# Forgetting.


def test_a_day_has_one_salt_whoever_asks(tables: Tables, visitors: Visitors) -> None:
    salts = race(lambda n: visitors.salt(TODAY, f"salt{n}".encode()))
    assert len(set(salts)) == 1
    assert visitors.salt(TODAY, b"later") == salts[0]
    assert visitors.salt(TOMORROW, b"other") == b"other"
    item = get(tables.store, SYS, ("SALT", f"{TODAY}"))
    assert item is not None
    assert item[EXPIRES] == datetime(2026, 11, 27, tzinfo=UTC).timestamp()


def test_past_days_are_summed_up_and_their_visitors_forgotten(
    tables: Tables, links: Links, visitors: Visitors
) -> None:
    visitors.salt(TODAY, b"salt")
    count(links, [a_click(n % 30) for n in range(50)])
    count(links, [a_click(1, ClickKind.BOT), a_click(2, ClickKind.PREVIEW), a_click(3, code="b")])
    before = links.days(CODE, TODAY, TODAY)
    assert before == [LinkDay(CODE, TODAY, 50, 30, 1, 1)]
    assert visitors.forget(TODAY, 100) == 0
    assert get(tables.store, SYS, ("SALT", f"{TODAY}")) is not None
    assert visitors.forget(TOMORROW, 100) == 2
    assert links.days(CODE, TODAY, TODAY) == before
    assert links.days("b", TODAY, TODAY) == [LinkDay("b", TODAY, 1, 1, 0, 0)]
    assert get(tables.store, SYS, ("SALT", f"{TODAY}")) is None
    assert days_open(tables.store) == []
    for digit in ROWS:
        assert list(query(tables.store, STATS, live_rows(TODAY, digit))) == []
    kept = list(query(tables.store, STATS, f"L#{CODE}", Path("sk").startswith("D#")))
    assert [item["h"] for item in kept] == [30]
    assert visitors.forget(TOMORROW, 100) == 0


def test_summing_up_goes_on_where_it_stopped(links: Links, visitors: Visitors) -> None:
    visitors.salt(TODAY, b"salt")
    codes = [f"code{n}" for n in range(5)]
    for code in codes:
        count(links, [a_click(n, code=code) for n in range(20)])
    assert [visitors.forget(TOMORROW, 2) for _ in range(3)] == [2, 2, 1]
    for code in codes:
        assert links.days(code, TODAY, TODAY) == [LinkDay(code, TODAY, 20, 20, 0, 0)]


@pytest.mark.parametrize("operation", ["TransactWriteItems", "BatchGetItem", "DeleteItem"])
def test_an_answer_lost_while_summing_up_changes_nothing(
    tables: Tables, links: Links, visitors: Visitors, operation: str
) -> None:
    visitors.salt(TODAY, b"salt")
    count(links, [a_click(n) for n in range(20)])
    tables.faults.plan(operation, lost_answer)
    for _ in range(2):
        try:
            visitors.forget(TOMORROW, 100)
        except StoreUnclear:
            continue
    assert tables.faults.left == 0
    assert links.days(CODE, TODAY, TODAY) == [LinkDay(CODE, TODAY, 20, 20, 0, 0)]
    assert days_open(tables.store) == []


def test_two_who_sum_up_at_once_count_nothing_twice(
    tables: Tables, links: Links, visitors: Visitors
) -> None:
    visitors.salt(TODAY, b"salt")
    codes = [f"code{n}" for n in range(4)]
    for code in codes:
        count(links, [a_click(n, code=code) for n in range(20)])
    results = race(lambda _: visitors.forget(TOMORROW, 100), 4)
    assert [r for r in results if isinstance(r, Exception)] == []
    visitors.forget(TOMORROW, 100)
    for code in codes:
        assert links.days(code, TODAY, TODAY) == [LinkDay(code, TODAY, 20, 20, 0, 0)]
    assert days_open(tables.store) == []


def test_who_reads_while_a_day_is_summed_up_sees_it_whole(links: Links, visitors: Visitors) -> None:
    visitors.salt(TODAY, b"salt")
    codes = [f"code{n}" for n in range(6)]
    for code in codes:
        count(links, [a_click(n, code=code) for n in range(20)])

    def act(n: int) -> list[LinkDay]:
        if n == 0:
            visitors.forget(TOMORROW, 100)
        return [day for _ in range(5) for c in codes for day in links.days(c, TODAY, TODAY)]

    for seen in race(act, 4):
        assert isinstance(seen, list), seen
        assert len(seen) == 30
        assert {(day.people, day.visitors) for day in seen} == {(20, 20)}
