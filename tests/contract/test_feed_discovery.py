"""The feeds of a site are found by any of its pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from chalicelib.listening.ports import SourceGone, Unreadable
from chalicelib.networks.feed_discovery import COMMON_PATHS, MAX_FOUND, FoundFeed, find_feeds
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.publishing.outcomes import RateLimited, Transient
from tests.fakes.clocks import SettableClock
from tests.fakes.serving import Asked, Said, Served, serving

RSS = b"<rss version='2.0'><channel><title>La Gazette</title></channel></rss>"
ATOM = b"<feed xmlns='http://www.w3.org/2005/Atom'><title>Atome</title></feed>"
JSON = b'{"version": "https://jsonfeed.org/version/1.1", "title": "Jason", "items": []}'


@dataclass
class Pages:
    """A site of a few pages."""

    at: dict[str, Said] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Said:
        return self.at.get(asked.path, Said(404, b"<html>Pas ici</html>"))

    def show(self, path: str, body: str | bytes, headers: Mapping[str, str] | None = None) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.at[path] = Said(200, data, headers or {"Content-Type": "text/html"})


@dataclass
class Stand:
    """A site that is served."""

    pages: Pages
    served: Served
    clock: SettableClock = field(default_factory=SettableClock)

    def find(self, path: str = "/") -> list[FoundFeed]:
        http = Http(Guard(frozenset({urlsplit(self.served.base_url).netloc})))
        return find_feeds(self.served.base_url + path, http=http, clock=self.clock)

    def url(self, path: str) -> str:
        return self.served.base_url + path


@pytest.fixture
def site() -> Iterator[Stand]:
    pages = Pages()
    with serving(pages) as served:
        yield Stand(pages, served)


def page(*links: str, title: str = "La Gazette") -> str:
    head = f"<head><title>{title}</title>{''.join(links)}</head>"
    return f"<!DOCTYPE html><html>{head}<body><p>Bonjour</body></html>"


def link(href: str, kind: str = "application/rss+xml", title: str = "") -> str:
    return f'<link rel="alternate" type="{kind}" title="{title}" href="{href}" />'


def test_the_feeds_that_a_page_names_are_found_those_of_comments_last(site: Stand) -> None:
    site.pages.show(
        "/blog/",
        page(
            link("/comments/feed/", title="Commentaires"),
            link("feed/", title="Actus &amp; co"),
            link("https://ailleurs.example/atom", "application/atom+xml"),
            link("/feed.json", "application/feed+json; charset=utf-8"),
            link("feed/", title="encore"),
            link("javascript:alert(1)"),
            link("/wp-json/", "application/json"),
            "<LINK REL='Alternate nofollow' TYPE='application/RSS+XML' HREF='/maj'>",
            "<link rel=stylesheet type=text/css href=/style.css>",
        ),
    )
    assert site.find("/blog/") == [
        FoundFeed(site.url("/blog/feed/"), "Actus & co", "rss"),
        FoundFeed("https://ailleurs.example/atom", "La Gazette", "atom"),
        FoundFeed(site.url("/feed.json"), "La Gazette", "json"),
        FoundFeed(site.url("/maj"), "La Gazette", "rss"),
        FoundFeed(site.url("/comments/feed/"), "Commentaires", "rss"),
    ]
    assert len(site.served.requests) == 1


def test_links_are_relative_to_the_pages_base_and_to_where_it_came_from(site: Stand) -> None:
    site.pages.at["/"] = Said(302, b"", {"Location": "/fr/accueil"})
    site.pages.show("/fr/accueil", page(link("actus.xml")))
    assert [f.url for f in site.find()] == [site.url("/fr/actus.xml")]
    site.pages.show("/fr/accueil", page("<base href='/de/'>", link("actus.xml")))
    assert [f.url for f in site.find()] == [site.url("/de/actus.xml")]


@pytest.mark.parametrize(
    ("body", "title", "kind"),
    [(RSS, "La Gazette", "rss"), (ATOM, "Atome", "atom"), (JSON, "Jason", "json")],
)
def test_the_address_of_a_feed_finds_it(site: Stand, body: bytes, title: str, kind: str) -> None:
    site.pages.show("/flux", body)
    assert site.find("/flux") == [FoundFeed(site.url("/flux"), title, kind)]


def test_common_places_are_tried_where_a_page_names_none(site: Stand) -> None:
    site.pages.show("/blog/", page())
    site.pages.show("/feed/", page(title="Pas un flux"))
    site.pages.show("/feed.xml", RSS)
    assert site.find("/blog/") == [FoundFeed(site.url("/feed.xml"), "La Gazette", "rss")]
    assert [a.path for a in site.served.requests][1:] == [*COMMON_PATHS[:4]]


def test_a_site_without_a_feed_has_none(site: Stand) -> None:
    site.pages.show("/", page())
    assert site.find() == []
    assert len(site.served.requests) == 1 + len(COMMON_PATHS)


def test_guessing_ends_when_it_takes_long(site: Stand) -> None:
    class Slow(SettableClock):
        def boottime(self) -> float:
            self.advance_by = getattr(self, "advance_by", 0.0) + 4.0
            return super().boottime() + self.advance_by

    site.pages.show("/", page())
    site.clock = Slow()
    assert site.find() == []
    assert len(site.served.requests) == 3  # the page, and a guess after 4 s and after 8 s


def test_an_address_is_understood_as_it_is_typed() -> None:
    asked = []

    def nowhere(host: str, port: int) -> list[str]:
        asked.append((host, port))
        return ["10.0.0.1"]

    http = Http(Guard(resolve=nowhere))
    for typed in (
        " exemple.fr/blog ",
        "https://exemple.fr",
        "feed://exemple.fr/",
        "feed:https://exemple.fr",
    ):
        with pytest.raises(Unreadable) as caught:
            find_feeds(typed, http=http, clock=SettableClock())
        assert caught.value.reason == "address"
    assert asked == [("exemple.fr", 443)] * 4


@pytest.mark.parametrize(
    "typed", ["", "pas une adresse", "http://exemple.fr/", "file:///etc/passwd"]
)
def test_what_is_no_address_is_told(typed: str) -> None:
    with pytest.raises(Unreadable) as caught:
        find_feeds(typed, http=Http(Guard(resolve=lambda *_: [])), clock=SettableClock())
    assert caught.value.reason == "address"


def test_a_page_that_asks_for_a_password_is_told(site: Stand) -> None:
    site.pages.show("/", "<html><form action=/login><input type='password'></form></html>")
    with pytest.raises(Unreadable) as caught:
        site.find()
    assert caught.value.reason == "login-page"


def test_what_can_t_be_had_is_told(site: Stand) -> None:
    with pytest.raises(Unreadable) as caught:
        site.find("/nulle-part")
    assert caught.value.reason == "not-found"
    site.pages.at["/"] = Said(410, b"")
    with pytest.raises(SourceGone):
        site.find()
    site.pages.at["/"] = Said(429, b"", {"Retry-After": "60"})
    with pytest.raises(RateLimited):
        site.find()
    site.pages.at["/"] = Said(500, b"")
    with pytest.raises(Transient):
        site.find()


def test_a_page_with_endless_links_names_a_few(site: Stand) -> None:
    site.pages.show(
        "/", page(*(link(f"/{n}") for n in range(1_000)), "<title>" * 1_000, "<a " * 90)
    )
    assert len(site.find()) == MAX_FOUND
