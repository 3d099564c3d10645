"""The feeds of a real WordPress: found by its first page, read, and read again."""

from __future__ import annotations

import secrets
from datetime import timedelta

import requests

from chalicelib.clock import SystemClock
from chalicelib.networks.feed_discovery import find_feeds
from chalicelib.networks.feeds import FeedReader
from tests.contract.stage import http_to
from tests.servers.wordpress import WordPress


def post(site: WordPress, title: str, content: str) -> None:
    answer = requests.post(
        f"{site.base_url}/wp-json/wp/v2/posts",
        json={"title": title, "content": content, "status": "publish"},
        auth=(site.username, site.application_password),
        timeout=30,
    )
    answer.raise_for_status()


def test_a_real_feed_is_found_and_read_and_only_its_news_the_next_time(
    wordpress: WordPress,
) -> None:
    clock, http, mark = SystemClock(), http_to(wordpress.base_url), secrets.token_hex(4)
    post(wordpress, f"L’été & {mark}", "<p>Du <b>bon</b> pain</p><p>frais &amp; doré</p>")
    found = find_feeds(wordpress.base_url, http=http, clock=clock)
    assert [feed.kind for feed in found][:1] == ["rss"]
    assert "comment" not in found[0].url
    reader = FeedReader(http=http, clock=clock, address=found[0].url)

    (batch,) = reader.read("", clock.now() - timedelta(days=30))
    (heard,) = [h for h in batch.heard if mark in h.title]
    assert heard.title == f"L’été & {mark}"
    assert "Du bon pain\n\nfrais & doré" in heard.text
    assert heard.url.startswith(wordpress.base_url)
    assert batch.wait == timedelta(hours=1)  # its sy:updatePeriod

    (again,) = reader.read(batch.cursor, clock.now())
    assert mark not in "".join(h.title for h in again.heard)

    post(wordpress, f"Nouveau {mark}", "<p>Encore</p>")
    (later,) = reader.read(again.cursor, clock.now())
    assert [h.title for h in later.heard if mark in h.title] == [f"Nouveau {mark}"]
