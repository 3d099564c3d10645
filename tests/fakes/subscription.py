"""A feed that is served and read, and feeds to serve."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from chalicelib.listening.ports import Batch, Unreadable
from chalicelib.listening.sources import READ_BACK
from chalicelib.networks.feeds import FeedReader
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from tests.fakes.clocks import SettableClock
from tests.fakes.serving import Asked, Said, Served, serving


@dataclass
class Site:
    """A site with one feed, which heeds conditional requests."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/xml"})

    def answer(self, asked: Asked) -> Said:
        etag = self.headers.get("ETag")
        if etag and asked.headers.get("if-none-match") == etag:
            return Said(304, b"", {"ETag": etag})
        modified = self.headers.get("Last-Modified")
        if modified and asked.headers.get("if-modified-since") == modified:
            return Said(304, b"")
        return Said(self.status, self.body, self.headers)


@dataclass
class Subscription:
    """What a source keeps between readings."""

    site: Site
    served: Served
    clock: SettableClock
    cursor: str = ""
    path: str = "/feed"

    @property
    def address(self) -> str:
        return self.served.base_url + self.path

    def reader(self) -> FeedReader:
        http = Http(Guard(frozenset({urlsplit(self.served.base_url).netloc})))
        return FeedReader(
            http=http, clock=self.clock, address=self.address, contact="https://relais.example/"
        )

    def read(self, body: str | bytes | None = None, **headers: str) -> Batch:
        """Read the feed, with this body from now on."""
        if body is not None:
            self.site.body = body.encode() if isinstance(body, str) else body
        self.site.headers |= {name.replace("_", "-"): value for name, value in headers.items()}
        since = self.clock.now() - READ_BACK
        (batch,) = self.reader().read(self.cursor, since)
        assert batch.is_last
        self.cursor = batch.cursor
        return batch

    def reason(self, body: str | bytes, **headers: str) -> str:
        """Return why this body can't be read."""
        with pytest.raises(Unreadable) as caught:
            self.read(body, **headers)
        return caught.value.reason


@contextmanager
def subscribed() -> Iterator[Subscription]:
    """Serve a feed inside the block, and read it."""
    site = Site()
    with serving(site) as served:
        yield Subscription(site, served, SettableClock())


TODAY = "Wed, 25 Nov 2026 07:00:00 GMT"


def rss(*items: str, channel: str = "", before: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="utf-8"?>{before}<rss version="2.0" '
        'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>La Gazette</title>'
        f"<link>https://gazette.example/</link><language>fr</language>{channel}"
        f"{''.join(items)}</channel></rss>"
    )


def item(
    number: int | str = 1,
    *,
    link: str | None = None,
    guid: str | None = None,
    date: str | None = TODAY,
    title: str | None = None,
    text: str = "Du bon pain.",
) -> str:
    link = f"https://gazette.example/{number}" if link is None else link
    guid = f"g{number}" if guid is None else guid
    title = f"Titre {number}" if title is None else title
    return (
        "<item>"
        + (f"<title>{title}</title>" if title else "")
        + (f"<link>{link}</link>" if link else "")
        + (f'<guid isPermaLink="false">{guid}</guid>' if guid else "")
        + (f"<pubDate>{date}</pubDate>" if date else "")
        + f"<description><![CDATA[{text}]]></description></item>"
    )


def titles(batch: Batch) -> list[str]:
    return [heard.title for heard in batch.heard]
