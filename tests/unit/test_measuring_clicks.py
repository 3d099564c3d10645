"""Following tracked links: who counts as what, and that nobody is kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from chalicelib.measuring.askers import Asker, kind_of
from chalicelib.measuring.clicking import ForgettingVisitors, NoLink, Redirect
from chalicelib.measuring.links import ClickKind, Link
from chalicelib.publishing.ports import StoreUnclear
from tests.fakes import logbook
from tests.fakes.clocks import CountedIds, SettableClock
from tests.fakes.memory_links import MemoryLinks, MemoryVisitors
from tests.fakes.memory_measuring import FIRM

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
IN_FACEBOOK = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/500.0.0.0;FBDV/iPhone14,5]"
)
IN_LINKEDIN = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Mobile/15E148 [LinkedInApp]/9.30.1"
)
IN_PINTEREST = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Mobile/15E148 [Pinterest/iOS]"
)


@pytest.fixture
def links() -> MemoryLinks:
    return MemoryLinks()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


# Who follows.


@pytest.mark.parametrize("browser", [CHROME, IN_FACEBOOK, IN_LINKEDIN, IN_PINTEREST])
def test_people_are_people_in_whatever_app_they_read(browser: str) -> None:
    assert kind_of(Asker(headers={"user-agent": browser})) is ClickKind.PERSON


@pytest.mark.parametrize(
    "browser",
    [
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "Twitterbot/1.0",
        "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
        "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
        "TelegramBot (like TwitterBot)",
        "WhatsApp/2.23.20.0",
        "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
        "http.rb/5.1.1 (Mastodon/4.2.8; +https://piaille.example/)",
        "Mozilla/5.0 (compatible; Bluesky Cardyb/1.1; +mailto:support@bsky.app)",
        "Pleroma 2.5; https://x.example <a@x.example>",
        "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
        "meta-externalfetcher/1.1",
    ],
)
def test_those_that_draw_cards_are_previews(browser: str) -> None:
    assert kind_of(Asker(headers={"user-agent": browser})) is ClickKind.PREVIEW


@pytest.mark.parametrize(
    "browser",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2)",
        "curl/8.1",
        "python-requests/2.32",
        "Go-http-client/1.1",
        "",
        "  ",
    ],
)
def test_programs_are_bots(browser: str) -> None:
    assert kind_of(Asker(headers={"user-agent": browser})) is ClickKind.BOT
    assert kind_of(Asker()) is ClickKind.BOT


@pytest.mark.parametrize(
    "header",
    [
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x-purpose": "preview"},
        {"x-moz": "prefetch"},
    ],
)
def test_what_a_browser_does_ahead_is_a_preview(header: dict[str, str]) -> None:
    headers = {"user-agent": CHROME, **header}
    assert kind_of(Asker(headers=headers)) is ClickKind.PREVIEW
    only_asked = Asker(method="HEAD", headers={"user-agent": CHROME})
    assert kind_of(only_asked) is ClickKind.PREVIEW


# Following.


@pytest.fixture
def visitors() -> MemoryVisitors:
    return MemoryVisitors()


@pytest.fixture
def redirect(links: MemoryLinks, visitors: MemoryVisitors, clock: SettableClock) -> Redirect:
    links.put(
        Link(
            workspace=FIRM,
            code="abc",
            target="https://e.org/",
            created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=10),
        )
    )
    return Redirect(clock=clock, ids=CountedIds(), links=links, visitors=visitors)


def person(address: str = "198.51.100.7", browser: str = CHROME) -> Asker:
    return Asker(headers={"user-agent": browser}, address=address)


def test_whoever_follows_a_link_gets_there_and_is_counted(
    redirect: Redirect, links: MemoryLinks
) -> None:
    assert redirect.follow("abc", person()) == "https://e.org/"
    (click,) = links.clicks
    assert (click.workspace, click.code, click.day) == (FIRM, "abc", date(2026, 11, 25))
    assert click.kind is ClickKind.PERSON
    assert len(click.visitor) == 8


def test_one_read_and_one_write_and_once_a_day_the_salt(
    redirect: Redirect, links: MemoryLinks, visitors: MemoryVisitors
) -> None:
    for _ in range(5):
        redirect.follow("abc", person())
    assert (links.reads, len(links.clicks), visitors.asked) == (5, 5, 1)


def test_what_is_unknown_or_has_ended_counts_nothing(
    redirect: Redirect, links: MemoryLinks, clock: SettableClock
) -> None:
    assert redirect.follow("nope", person()) is NoLink.UNKNOWN
    clock.advance(timedelta(days=10))
    assert redirect.follow("abc", person()) is NoLink.EXPIRED
    assert links.clicks == []


def test_the_same_visitor_is_the_same_for_a_day_and_for_no_longer(
    redirect: Redirect, links: MemoryLinks, clock: SettableClock
) -> None:
    for asker in (person(), person(), person("203.0.113.9"), person(browser=IN_FACEBOOK)):
        redirect.follow("abc", asker)
    clock.at_least(datetime(2026, 11, 26, tzinfo=UTC))
    redirect.follow("abc", person())
    hashes = [click.visitor for click in links.clicks]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 4
    assert links.clicks[-1].day == date(2026, 11, 26)


def test_two_processes_tell_visitors_apart_alike(
    redirect: Redirect, links: MemoryLinks, visitors: MemoryVisitors, clock: SettableClock
) -> None:
    others = CountedIds("x")
    second = Redirect(clock=clock, ids=others, links=links, visitors=visitors)
    for process in (redirect, second):
        process.follow("abc", person())
    assert len({click.visitor for click in links.clicks}) == 1


def test_a_count_that_fails_stops_nobody(redirect: Redirect, links: MemoryLinks) -> None:
    links.failing = StoreUnclear("down")
    with logbook.reading() as book:
        assert redirect.follow("abc", person()) == "https://e.org/"
    assert "click_not_counted" in book.getvalue()
    assert "198.51.100.7" not in book.getvalue()


def test_strange_headers_are_no_trouble(redirect: Redirect, links: MemoryLinks) -> None:
    odd = Asker(headers={"user-agent": "\udcff" + "é" * 9_000}, address="?")
    assert redirect.follow("abc", odd) == "https://e.org/"
    assert len(links.clicks) == 1


def test_nobody_is_named_where_an_asker_is_printed() -> None:
    assert repr(person()) == "Asker()"


def test_days_are_summed_up_once_they_are_surely_over(
    visitors: MemoryVisitors, clock: SettableClock
) -> None:
    forgetting = ForgettingVisitors(clock=clock, visitors=visitors)
    clock.at_least(datetime(2026, 11, 26, 0, 14, tzinfo=UTC))
    forgetting.forget_due()
    clock.at_least(datetime(2026, 11, 26, 0, 15, tzinfo=UTC))
    forgetting.forget_due()
    assert [until.day for until, _ in visitors.forgotten] == [25, 26]
