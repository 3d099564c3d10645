"""Reads what a web page says of itself, for networks whose clients make the card of a link.

Best effort by design: a page that can't be read makes a plainer card, never a failure.
The tags are Open Graph's (https://ogp.me/), with HTML's own behind them.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from chalicelib.networks.addresses import is_web_address
from chalicelib.networks.spec import MediaRules
from chalicelib.publishing.images import ImageRefused, fit
from chalicelib.publishing.outcomes import NetworkError

if TYPE_CHECKING:
    from chalicelib.networks.http import Http

PAGE_SECONDS = 4.0
PICTURE_SECONDS = 4.0
READ_UP_TO = 300_000
"""Bytes of a page that are looked at: what a card needs stands in its head."""
MAX_TITLE = 300
MAX_DESCRIPTION = 1_000


@dataclass(frozen=True, slots=True)
class Card:
    """What a link's card shows."""

    title: str
    description: str
    image: str | None
    """The address of its picture."""


def read(http: Http, link: str) -> Card:
    """Return the card of a page; its host for a title if nothing can be read."""
    try:
        reply = http.request(
            "GET", link, headers={"Accept": "text/html"}, write=False, deadline_s=PAGE_SECONDS
        )
    except NetworkError:
        return _plain(link)
    if reply.status != 200 or "html" not in reply.headers.get("Content-Type", "").lower():
        return _plain(link)
    head = _Head()
    # A malformed declaration ends the reading: https://github.com/python/cpython/issues/78661
    with suppress(AssertionError):
        head.feed(reply.body[:READ_UP_TO].decode("utf-8", "replace"))
    return Card(
        title=head.first("og:title", "twitter:title", "title")[:MAX_TITLE] or _plain(link).title,
        description=head.first("og:description", "description")[:MAX_DESCRIPTION],
        image=_image(head, reply.url),
    )


def picture(http: Http, address: str, rules: MediaRules) -> tuple[bytes, str] | None:
    """Return the picture of a card, made to fit; None if it can't be had."""
    try:
        reply = http.request("GET", address, write=False, deadline_s=PICTURE_SECONDS)
        return fit(reply.body, rules) if reply.status == 200 else None
    except (NetworkError, ImageRefused):
        return None


def _plain(link: str) -> Card:
    return Card(urlsplit(link).hostname or link, "", None)


def _image(head: _Head, base: str) -> str | None:
    named = head.first("og:image:secure_url", "og:image", "twitter:image")
    try:
        address = urljoin(base, named) if named else ""
    except ValueError:
        return None
    return address if is_web_address(address) else None


class _Head(HTMLParser):
    """Collects the title and the meta tags of a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._said: dict[str, str] = {}
        self._in_title = False

    def first(self, *names: str) -> str:
        """Return the first of these that the page says, on one line; empty if none."""
        return next((text for name in names if (text := self._said.get(name, ""))), "")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._in_title = tag == "title" and "title" not in self._said
        if tag == "meta":
            name = (given.get("property") or given.get("name") or "").lower()
            self._said.setdefault(name, " ".join(given.get("content", "").split()))

    def handle_endtag(self, tag: str) -> None:
        self._in_title = self._in_title and tag != "title"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            title = f"{self._said.get('title', '')} {data}"
            self._said["title"] = " ".join(title.split())
