"""Finds the feeds of a site by any of its pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from chalicelib.clock import Clock, Stopwatch
from chalicelib.listening.ports import SourceGone, Unreadable
from chalicelib.networks.addresses import is_web_address
from chalicelib.networks.charsets import decoded
from chalicelib.networks.feed_documents import (
    LOGIN_PAGE,
    MAX_TITLE,
    NOT_A_FEED,
    is_login,
    is_page,
    read_document,
)
from chalicelib.networks.feeds import feed_headers, fetched_document
from chalicelib.networks.http import Http, Reply
from chalicelib.networks.markup import plain_text
from chalicelib.publishing.outcomes import NetworkError

MAX_FOUND = 10
COMMON_PATHS = ("/feed/", "/rss.xml", "/atom.xml", "/feed.xml", "/rss", "/feed.json")
"""Where feeds stand that no page names: WordPress, static sites, shops."""
GUESSES_WITHIN = timedelta(seconds=10)
"""No further path is tried after this: somebody waits."""
_KINDS = {
    "application/rss+xml": "rss",
    "application/rdf+xml": "rss",
    "application/atom+xml": "atom",
    "application/feed+json": "json",
}
_READ = 300_000
"""Characters of a page in which feeds are named: they stand in its head."""
_SCHEME = re.compile(r"(?:feed:)?(?://)?(?=https?://)|feed://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed that a person may choose."""

    url: str
    title: str
    """What the page calls it, or it itself; empty: neither does."""
    kind: str
    """``rss``, ``atom`` or ``json``."""


def find_feeds(url: str, *, http: Http, clock: Clock, contact: str = "") -> list[FoundFeed]:
    """Return the feeds that a page names, those of comments last; empty if there are none.

    The address of a feed finds that feed. Common paths are tried only if a page names none.

    Args:
        url: As a person types it: ``exemple.fr`` too.
        http: Makes the requests.
        clock: Says how long it has taken.
        contact: An address where a site's owner learns who we are.

    Raises:
        Unreadable: ``address``, ``not-found``, ``login-page``, ``too-big``, ``forbidden``.
        SourceGone: HTTP 410.
        RateLimited: HTTP 429, or 503 with a time.
        Transient: it can't be had now.
    """
    watch = Stopwatch(clock)
    typed = _SCHEME.sub("", url.strip(), count=1)
    start = typed if "://" in typed else f"https://{typed}"
    reply = fetched_document(http, start, clock.now(), feed_headers(contact))
    if itself := _as_feed(reply):
        return [itself]
    text = decoded(reply.body, reply.headers.get("Content-Type", ""))[:_READ]
    named = _named(text, reply.url) if is_page(text) or "<link" in text else []
    if named:
        return named
    if is_login(text):
        raise Unreadable(LOGIN_PAGE, "the page asks for a password")
    for path in COMMON_PATHS:
        if watch.elapsed() > GUESSES_WITHIN:
            break
        try:
            place = urljoin(reply.url, path)
            guessed = _as_feed(fetched_document(http, place, clock.now(), feed_headers(contact)))
        except (NetworkError, SourceGone, Unreadable):
            continue  # a guess: that it isn't there says nothing
        if guessed:
            return [guessed]
    return []


def _as_feed(reply: Reply) -> FoundFeed | None:
    try:
        read = read_document(reply.body, reply.headers.get("Content-Type", ""), reply.url)
    except Unreadable as error:
        if error.reason in {NOT_A_FEED, LOGIN_PAGE}:
            return None
        raise
    return FoundFeed(reply.url, read.title, read.kind)


def _named(text: str, url: str) -> list[FoundFeed]:
    page = _Page(base=url)
    page.feed(text)  # not closed: what is unfinished at the end is nothing
    found: dict[str, FoundFeed] = {}
    for feed in page.feeds():
        found.setdefault(feed.url, feed)
    return sorted(found.values(), key=lambda feed: _is_of_comments(feed.url))[:MAX_FOUND]


def _is_of_comments(url: str) -> bool:
    return "comment" in urlsplit(url).path.lower()


@dataclass(eq=False)
class _Page(HTMLParser):
    """Collects what a page says of its feeds."""

    base: str
    _links: list[tuple[str, str, str]] = field(default_factory=list)
    _title: list[str] = field(default_factory=list)
    _is_in_title: bool = False

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def feeds(self) -> Iterator[FoundFeed]:
        """Yield the feeds that are named, in their order."""
        page_title = plain_text("".join(self._title), MAX_TITLE)
        for href, title, kind in self._links:
            try:
                url = urljoin(self.base, href.strip())
            except ValueError:
                continue
            if is_web_address(url):
                yield FoundFeed(url, plain_text(title, MAX_TITLE) or page_title, kind)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of links, of the base they are relative to, and of the title."""
        given = {name: value or "" for name, value in attrs}
        kind = _KINDS.get(given.get("type", "").partition(";")[0].strip().lower())
        if tag == "title" and not self._title:
            self._is_in_title = True
        elif tag == "base" and given.get("href"):
            self.base = urljoin(self.base, given["href"])
        elif tag == "link" and kind and "alternate" in given.get("rel", "").lower().split():
            self._links.append((given.get("href", ""), given.get("title", ""), kind))

    def handle_endtag(self, tag: str) -> None:
        """Take note of the title's end."""
        self._is_in_title = self._is_in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        """Take the title."""
        if self._is_in_title:
            self._title.append(data)
