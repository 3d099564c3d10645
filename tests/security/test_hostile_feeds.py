"""Feeds that are made to do harm."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from chalicelib.listening.ports import Unreadable
from chalicelib.listening.sources import READ_BACK
from chalicelib.networks.feeds import MAX_FEED, FeedReader
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from tests.fakes.clocks import START
from tests.fakes.serving import Said
from tests.fakes.subscription import Subscription, item, rss, subscribed, titles


@pytest.fixture
def feed() -> Iterator[Subscription]:
    with subscribed() as subscription:
        yield subscription


# Made to do harm.

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
EXTERNAL = """<!DOCTYPE rss [<!ENTITY passwd SYSTEM "file:///etc/passwd">
<!ENTITY % load SYSTEM "{url}/dtd"> %load; <!ENTITY web SYSTEM "{url}/web">]>"""


def test_no_entity_is_expanded(feed: Subscription) -> None:
    begun = time.process_time()
    for hidden in ("", "<!-- <a> -->", "<?a <rss?>"):
        feed.cursor = ""
        before = f"{hidden}<!DOCTYPE rss [{LAUGHS}]>"
        batch = feed.read(rss(item(1, text="&l9;", title="&l9;"), item(2), before=before))
        said = "".join(heard.title + heard.text for heard in batch.heard)
        assert "haha" not in said
        assert len(said) < 200
    assert time.process_time() - begun < 5


def test_nothing_outside_the_document_is_loaded(feed: Subscription) -> None:
    before = EXTERNAL.format(url=feed.served.base_url)
    batch = feed.read(rss(item(1, title="a&passwd;b&web;"), item(2), before=before))
    assert "root:" not in "".join(titles(batch))
    assert [asked.path for asked in feed.served.requests] == ["/feed"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_that_is_too_big_is_left(feed: Subscription, *, packed: bool) -> None:
    huge = b"<rss>" + b" " * 50_000_000
    if packed:
        assert feed.reason(gzip.compress(huge, 1), Content_Encoding="gzip") == "too-big"
    else:
        assert feed.reason(huge) == "too-big"


@pytest.mark.parametrize(
    "body",
    [
        rss(*["<item/>"] * 60_000),
        f"<rss><channel>{'<a>' * 60_000}{'</a>' * 60_000}</channel></rss>",
    ],
)
def test_a_document_of_endless_elements_is_left(feed: Subscription, body: str) -> None:
    assert feed.reason(body) == "too-big"


@pytest.mark.parametrize(
    "body",
    [
        "\n" * (MAX_FEED - 100) + "<rss></rss>",
        "<rss>" + "<a " * 500_000,
        "<rss>" + "<![CDATA[" * 200_000,
        "<rss><channel><item><title>" + '<a x="' * 300_000,
        "<html>" + "<input " * 300_000,
    ],
)
def test_what_is_broken_on_purpose_takes_little_time(feed: Subscription, body: str) -> None:
    begun = time.process_time()
    with suppress(Unreadable):
        feed.read(body)
    assert time.process_time() - begun < 15


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:127.0.0.1]/",
        "https://[::1]/",
        "https://10.0.0.1/feed",
        "file:///etc/passwd",
    ],
)
def test_no_redirect_leads_inside(feed: Subscription, location: str) -> None:
    feed.served.answer_next("GET", "^/feed$", Said(301, b"", {"Location": location}))
    assert feed.reason(rss(item(1))) == "address"


def test_a_name_that_leads_inside_the_second_time_is_refused(feed: Subscription) -> None:
    asked: list[str] = []

    def turning(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    allowed = urlsplit(feed.served.base_url).netloc
    http = Http(Guard(frozenset({allowed}), resolve=turning))
    feed.site.body = rss(item(1)).encode()
    reader = FeedReader(http=http, clock=feed.clock, address=feed.address)
    assert len(next(reader.read("", START - READ_BACK)).heard) == 1
    elsewhere = FeedReader(http=http, clock=feed.clock, address="https://piege.example/feed")
    with pytest.raises(Unreadable) as caught:
        next(elsewhere.read("", START - READ_BACK))
    assert caught.value.reason == "address"
    assert asked == ["localhost", "piege.example"]
