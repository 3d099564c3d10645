"""What stands on firms' own sites, on the real engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.ids import ChannelId, DeliveryId
from chalicelib.publishing.outcomes import OutcomeUnknown, Rejected, Transient
from chalicelib.publishing.posts import Content, Media
from chalicelib.publishing.site import SiteEntry
from chalicelib.store.agenda import Agenda
from chalicelib.store.site import SiteShelf
from tests.store_fixtures import (
    FIRM,
    NOON,
    OTHER,
    Tables,
    first,
    lost_answer,
    not_applied,
    passes,
    race,
)

SITE = ChannelId("site1")


@pytest.fixture
def shelf(tables: Tables) -> SiteShelf:
    return SiteShelf(store=tables.store)


def an_entry(n: int = 1, **changes: object) -> SiteEntry:
    typical = SiteEntry(
        workspace=FIRM,
        channel=SITE,
        code=f"code{n}",
        delivery=DeliveryId(f"post{n}.site1.0"),
        uuid=f"6ba7b811-9dad-51d1-80b4-{n:012}",
        version=2,
        content=Content(
            text="La galette est là.",
            title="Galette",
            media=(Media("ab" * 32, "image/jpeg", 800, 600, 90_000, "Une galette"),),
        ),
        published_at=NOON + timedelta(minutes=n),
    )
    return replace(typical, **changes)  # type: ignore[arg-type]


def test_an_entry_is_found_by_its_uuid_and_its_address(shelf: SiteShelf) -> None:
    entry = an_entry()
    assert shelf.put(entry)
    assert shelf.get(FIRM, SITE, entry.uuid) == entry
    assert shelf.entry(entry.code) == entry
    assert shelf.get(OTHER, SITE, entry.uuid) is None
    assert shelf.get(FIRM, ChannelId("site2"), entry.uuid) is None
    assert shelf.entry("code9") is None


def test_an_entry_is_never_replaced(shelf: SiteShelf) -> None:
    assert shelf.put(an_entry())
    assert not shelf.put(an_entry(version=3))
    assert shelf.entry("code1") == an_entry()


def test_of_eight_who_publish_one_stores_it(shelf: SiteShelf) -> None:
    results = race(lambda n: shelf.put(an_entry(version=n)))
    assert sorted(map(str, results)) == ["False"] * 7 + ["True"]


def test_feeds_show_the_newest_first_of_one_firm(shelf: SiteShelf) -> None:
    entries = [an_entry(n, channel=ChannelId(f"site{n % 2}")) for n in (2, 4, 1, 3)]
    for entry in entries:
        shelf.put(entry)
    shelf.put(an_entry(5, workspace=OTHER))
    assert [e.code for e in shelf.latest(FIRM, 10)] == ["code4", "code3", "code2", "code1"]
    assert [e.code for e in shelf.latest(FIRM, 2)] == ["code4", "code3"]
    assert shelf.latest(FIRM, 1) == [entries[1]]


def test_a_crash_between_the_two_writes_leaves_nothing_live(
    tables: Tables, shelf: SiteShelf
) -> None:
    class Crash(BaseException):
        pass

    def crash() -> None:
        raise Crash

    entry = an_entry()
    tables.faults.plan("PutItem", passes, first(crash))
    with pytest.raises(Crash):
        shelf.put(entry)
    assert shelf.entry(entry.code) is None
    assert shelf.latest(FIRM, 10) == []
    assert shelf.put(entry)
    assert shelf.entry(entry.code) == entry


def test_an_answer_lost_is_found_out(tables: Tables, shelf: SiteShelf) -> None:
    tables.faults.plan("PutItem", lost_answer, lost_answer)
    assert shelf.put(an_entry())


def test_what_is_lost_before_the_entry_is_written_is_provably_not_live(
    tables: Tables, shelf: SiteShelf
) -> None:
    tables.faults.plan("PutItem", not_applied, not_applied)
    with pytest.raises(Transient):
        shelf.put(an_entry())
    assert shelf.entry("code1") is None


def test_what_is_lost_with_the_entry_may_be_live(tables: Tables, shelf: SiteShelf) -> None:
    tables.faults.plan("PutItem", passes, not_applied, not_applied)
    with pytest.raises(OutcomeUnknown):
        shelf.put(an_entry())


def test_an_address_is_never_taken_from_another_post(shelf: SiteShelf) -> None:
    shelf.put(an_entry())
    with pytest.raises(Rejected, match="code1 is taken"):
        shelf.put(an_entry(2, code="code1"))
    assert shelf.entry("code1") == an_entry()
    assert len(shelf.latest(FIRM, 10)) == 1


def test_entries_are_no_part_of_the_firms_calendar(tables: Tables, shelf: SiteShelf) -> None:
    shelf.put(an_entry())
    agenda = Agenda(store=tables.store)
    assert agenda.between(FIRM, NOON - timedelta(days=1), NOON + timedelta(days=1)) == []
