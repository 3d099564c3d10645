"""What stands on firms' own sites, on the real engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.ids import ChannelId, DeliveryId
from chalicelib.publishing.outcomes import OutcomeUnknown, Rejected, Transient
from chalicelib.publishing.posts import Content, Media
from chalicelib.publishing.site import SiteEntry
from chalicelib.store import keys
from chalicelib.store.agenda import Agenda
from chalicelib.store.read import get
from chalicelib.store.site import SiteShelf
from chalicelib.store.tables import CORE, PARTITION
from chalicelib.store.write import put_over
from tests.store_fixtures import (
    FIRM,
    NOON,
    OTHER,
    Tables,
    answers,
    lost_answer,
    not_applied,
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
    assert shelf.entry("code") is None


def test_an_entry_is_never_replaced(shelf: SiteShelf) -> None:
    assert shelf.put(an_entry())
    assert not shelf.put(an_entry(version=3))
    assert shelf.entry(an_entry().code) == an_entry()


def test_of_eight_who_publish_one_stores_it(shelf: SiteShelf) -> None:
    results = race(lambda n: shelf.put(an_entry(version=n)))
    assert sorted(map(str, results)) == ["False"] * 7 + ["True"]


def test_feeds_show_the_newest_first_of_one_firm(shelf: SiteShelf) -> None:
    entries = [an_entry(n, channel=ChannelId(f"site{n % 2}")) for n in (2, 4, 1, 3)]
    for entry in entries:
        shelf.put(entry)
    shelf.put(an_entry(5, workspace=OTHER))
    newest_first = [entries[n] for n in (1, 3, 0, 2)]
    assert shelf.latest(FIRM, 10) == newest_first
    assert shelf.latest(FIRM, 2) == newest_first[:2]


def test_an_answer_lost_is_found_out(tables: Tables, shelf: SiteShelf) -> None:
    tables.faults.plan("PutItem", lost_answer, lost_answer)
    assert shelf.put(an_entry())


def test_a_write_whose_fate_is_unclear_may_be_live(tables: Tables, shelf: SiteShelf) -> None:
    tables.faults.plan("PutItem", not_applied, not_applied)
    with pytest.raises(OutcomeUnknown):
        shelf.put(an_entry())


def test_a_write_that_the_store_refused_is_provably_not_live(
    tables: Tables, shelf: SiteShelf
) -> None:
    busy = answers(400, "TransactionConflictException")
    tables.faults.plan("PutItem", busy, busy)
    with pytest.raises(Transient):
        shelf.put(an_entry())
    assert shelf.latest(FIRM, 10) == []


@pytest.mark.parametrize(
    "theirs", [an_entry(2), an_entry(workspace=OTHER), an_entry(channel=ChannelId("site2"))]
)
def test_an_address_is_never_taken_from_another_post(
    tables: Tables, shelf: SiteShelf, theirs: SiteEntry
) -> None:
    entry = an_entry()
    shelf.put(theirs)
    item = get(tables.store, CORE, keys.site_entry(theirs.code))
    assert item is not None
    put_over(tables.store, CORE, {**item, PARTITION: keys.site_entry(entry.code)[0]})
    with pytest.raises(Rejected, match=f"{entry.code} is taken"):
        shelf.put(entry)
    assert shelf.entry(entry.code) == theirs
    assert shelf.get(FIRM, SITE, entry.uuid) is None


def test_entries_are_no_part_of_the_firms_calendar(tables: Tables, shelf: SiteShelf) -> None:
    shelf.put(an_entry())
    agenda = Agenda(store=tables.store)
    assert agenda.between(FIRM, NOON - timedelta(days=1), NOON + timedelta(days=1)) == []
