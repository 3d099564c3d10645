"""What a feed has that is new is told once, and no oftener asked for than it wants."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.listening.ports import SourceGone
from chalicelib.networks.feed_entries import MAX_ENTRIES
from chalicelib.publishing.outcomes import RateLimited, Transient
from tests.fakes.clocks import START
from tests.fakes.serving import Said
from tests.fakes.subscription import TODAY, Subscription, item, rss, subscribed, titles


@pytest.fixture
def feed() -> Iterator[Subscription]:
    with subscribed() as subscription:
        yield subscription


# What is told once.


def test_what_was_told_isn_t_told_again(feed: Subscription) -> None:
    assert titles(feed.read(rss(item(2), item(1)))) == ["Titre 2", "Titre 1"]
    assert titles(feed.read(rss(item(2), item(1)) + " ")) == []
    assert titles(feed.read(rss(item(3), item(2), item(1)))) == ["Titre 3"]


def test_an_edit_is_told_under_the_same_identity(feed: Subscription) -> None:
    (first,) = feed.read(rss(item(1))).heard
    (again,) = feed.read(rss(item(1, text="Du très bon pain."))).heard
    assert again.identity == first.identity
    assert again.text == "Du très bon pain."


@pytest.mark.parametrize("link", [None, ""])
@pytest.mark.parametrize("date", [TODAY, None])
def test_ids_that_change_at_each_reading_double_nothing(
    feed: Subscription, link: str | None, date: str | None
) -> None:
    def entries(reading: int) -> str:
        one = (item(n, guid=f"{reading}-{n}", link=link, date=date) for n in range(3))
        return rss(*one)

    assert len(feed.read(entries(1)).heard) == 3
    for reading in range(2, 5):
        assert feed.read(entries(reading)).heard == ()


def test_links_that_change_at_each_reading_double_nothing(feed: Subscription) -> None:
    def entries(reading: int, guid: str | None) -> str:
        link = "https://gazette.example/{n}?session={r}"
        return rss(*(item(n, link=link.format(n=n, r=reading), guid=guid) for n in range(3)))

    for guid in (None, ""):
        feed.cursor = ""
        assert len(feed.read(entries(1, guid)).heard) == 3
        assert feed.read(entries(2, guid)).heard == ()


def test_entries_without_ids_are_told_once(feed: Subscription) -> None:
    entries = [item(n, guid="", link="") for n in range(3)]
    heard = feed.read(rss(*entries)).heard
    assert len({h.identity for h in heard}) == 3
    assert feed.read(rss(*entries, item(9))).heard[0].title == "Titre 9"


def test_entries_that_share_a_link_or_an_id_are_several(feed: Subscription) -> None:
    same_link = [item(n, link="https://gazette.example/agenda") for n in range(3)]
    same_guid = [item(n, guid="toujours", link="") for n in range(3, 6)]
    heard = feed.read(rss(*same_link, *same_guid)).heard
    assert len({h.identity for h in heard}) == 6
    assert feed.read(rss(*same_link, *same_guid, item(9))).heard[0].title == "Titre 9"


def test_a_link_that_another_begins_to_share_doubles_nothing(feed: Subscription) -> None:
    agenda = "https://gazette.example/agenda"
    feed.read(rss(item(1, link=agenda)))
    assert titles(feed.read(rss(item(2, link=agenda), item(1, link=agenda)))) == ["Titre 2"]
    assert titles(feed.read(rss(item(2, link=agenda)))) == []


def test_an_entry_that_always_has_the_same_id_is_news_each_time(feed: Subscription) -> None:
    assert titles(feed.read(rss(item(1, guid="g")))) == ["Titre 1"]
    assert titles(feed.read(rss(item(2, guid="g")))) == ["Titre 2"]


def test_the_same_entry_twice_is_told_once(feed: Subscription) -> None:
    assert titles(feed.read(rss(item(1), item(1)))) == ["Titre 1"]
    feed.cursor = ""
    assert titles(feed.read(rss(item(1, guid="a"), item(1, guid="b")))) == ["Titre 1"]


def test_campaign_parameters_and_fragments_make_no_other_link(feed: Subscription) -> None:
    (first,) = feed.read(rss(item(1, link="http://www.gazette.example/1/?utm_source=rss#a"))).heard
    feed.cursor = ""
    (again,) = feed.read(rss(item(1, link="https://gazette.example/1?fbclid=x"))).heard
    assert first.identity == again.identity == "https://gazette.example/1"


def test_the_detour_of_an_alert_is_where_it_leads(feed: Subscription) -> None:
    link = "https://www.google.com/url?rct=j&amp;url=https://gazette.example/1&amp;ct=ga&amp;usg=x"
    (heard,) = feed.read(rss(item(1, link=link))).heard
    assert heard.url == heard.identity == "https://gazette.example/1"


def test_a_link_that_is_no_web_address_is_none(feed: Subscription) -> None:
    links = ["javascript:alert(1)", "https://a:99999/", "http://[bad", "data:text/html,x"]
    heard = feed.read(rss(*(item(n, link=link) for n, link in enumerate(links)))).heard
    assert {h.url for h in heard} == {"https://gazette.example/"}
    assert len(heard) == 4


def test_no_more_than_a_hundred_are_told_the_newest(feed: Subscription) -> None:
    dates = (f"Tue, 24 Nov 2026 {n // 60:02}:{n % 60:02}:00 GMT" for n in range(150))
    heard = feed.read(rss(*(item(n, date=date) for n, date in enumerate(dates)))).heard
    assert len(heard) == MAX_ENTRIES == 100
    assert {h.title for h in heard} == {f"Titre {n}" for n in range(50, 150)}


def test_a_cursor_that_isn_t_one_begins_anew(feed: Subscription) -> None:
    for cursor in ("?", "[]", "{}", '{"hours": 3, "days": []}', '{"autre": 1}'):
        feed.cursor = cursor
        assert titles(feed.read(rss(item(1)))) == ["Titre 1"]


# Conditional requests, and when it may be read again.


def test_what_changed_in_this_very_second_may_change_again_in_it(feed: Subscription) -> None:
    feed.read(rss(item(1)), ETag='"v1"', Last_Modified=TODAY, Date=TODAY)
    assert titles(feed.read(rss(item(1), item(2)))) == ["Titre 2"]
    asked = feed.served.requests[-1].headers
    assert "if-none-match" not in asked
    assert "if-modified-since" not in asked


def test_what_hasn_t_changed_isn_t_sent_again(feed: Subscription) -> None:
    feed.read(rss(item(1)), ETag='"v1"', Last_Modified=TODAY, Cache_Control="max-age=3600")
    before = feed.cursor
    batch = feed.read()
    asked = feed.served.requests[-1].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('"v1"', TODAY)
    assert (batch.heard, batch.cursor) == ((), before)
    assert "application/atom+xml" in asked["accept"]
    assert asked["user-agent"] == "Relais (+https://relais.example/)"


def test_the_same_document_without_validators_is_recognised(feed: Subscription) -> None:
    feed.read(rss(item(1, date=None)))
    assert feed.read().heard == ()


@pytest.mark.parametrize(
    ("channel", "headers", "expected"),
    [
        ("", {}, 15),
        ("<ttl>90</ttl>", {}, 90),
        ("<ttl>5</ttl>", {}, 15),
        ("<ttl>bientôt</ttl>", {}, 15),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", {}, 60),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>",
            {},
            720,
        ),
        ("", {"Cache_Control": "public, max-age=7200"}, 120),
        ("", {"Cache_Control": "no-cache, max-age=7200"}, 15),
        ("", {"Retry_After": "3600"}, 60),
        ("<skipHours><hour>8</hour><hour>9</hour></skipHours>", {}, 120),
        ("<skipDays><day>Wednesday</day></skipDays>", {}, 16 * 60),
        (f"<skipHours>{''.join(f'<hour>{h}</hour>' for h in range(24))}</skipHours>", {}, 15),
    ],
)
def test_a_feed_is_left_alone_as_long_as_it_asks(
    feed: Subscription, channel: str, headers: dict[str, str], expected: int
) -> None:
    batch = feed.read(rss(item(1), channel=channel), **headers)
    assert batch.wait == timedelta(minutes=expected)


def test_what_a_feed_asked_holds_while_it_doesn_t_change(feed: Subscription) -> None:
    channel = "<ttl>90</ttl><skipHours><hour>12</hour></skipHours>"
    feed.read(rss(item(1), channel=channel), ETag='"v1"')
    assert feed.read().wait == timedelta(minutes=90)
    asked = len(feed.served.requests)
    feed.clock.advance(timedelta(hours=4, minutes=20))
    batch = feed.read()
    assert (batch.heard, batch.wait) == ((), timedelta(minutes=40))
    assert len(feed.served.requests) == asked


@pytest.mark.parametrize("status", [301, 308])
def test_a_feed_that_has_moved_for_good_says_where(feed: Subscription, status: int) -> None:
    feed.served.answer_next("GET", "^/feed$", Said(status, b"", {"Location": "/actus.xml"}))
    batch = feed.read(rss(item(1)))
    assert batch.address == f"{feed.served.base_url}/actus.xml"
    assert titles(batch) == ["Titre 1"]
    feed.path = "/actus.xml"
    assert feed.read(rss(item(1), item(2))).address == ""


@pytest.mark.parametrize("status", [302, 303, 307])
def test_a_feed_that_is_elsewhere_for_now_keeps_its_address(
    feed: Subscription, status: int
) -> None:
    feed.served.answer_next("GET", "^/feed$", Said(status, b"", {"Location": "/ici"}))
    feed.served.answer_next("GET", "^/ici$", Said(301, b"", {"Location": "/actus.xml"}))
    assert feed.read(rss(item(1))).address == ""


def test_a_feed_that_is_gone_says_so(feed: Subscription) -> None:
    feed.site.status = 410
    with pytest.raises(SourceGone):
        feed.read("")


def test_a_json_feed_that_is_over_is_gone_once_all_is_told(feed: Subscription) -> None:
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "content_text": "Adieu", "date_published": "2026-11-25T07:00:00Z"}],
    }
    feed.read(json.dumps(value))
    over = json.dumps(value | {"expired": True})
    with pytest.raises(SourceGone):
        feed.read(over)


@pytest.mark.parametrize("status", [429, 503])
def test_a_feed_that_asks_for_patience_names_its_time(feed: Subscription, status: int) -> None:
    feed.site.status = status
    with pytest.raises(RateLimited) as caught:
        feed.read("", Retry_After="120")
    assert caught.value.reset_at == START + timedelta(minutes=2)


@pytest.mark.parametrize("status", [500, 502, 503, 408])
def test_a_server_that_fails_may_be_asked_again(feed: Subscription, status: int) -> None:
    feed.site.status = status
    with pytest.raises(Transient):
        feed.read("")


@pytest.mark.parametrize(
    ("status", "reason"),
    [(401, "login-page"), (403, "forbidden"), (404, "not-found"), (451, "forbidden")],
)
def test_a_refusal_is_told_by_a_stable_word(feed: Subscription, status: int, reason: str) -> None:
    feed.site.status = status
    assert feed.reason("") == reason


def test_what_it_told_isn_t_looked_at_again(feed: Subscription) -> None:
    assert list(feed.reader().look_again([])) == []
