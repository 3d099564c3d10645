"""What a feed document says, whatever its form: RSS, Atom, JSON Feed 1.1.

A document is anybody's. Its encoding is found by what its bytes are, not by what is claimed.
The XML parser is given nothing of what stands before the root element: that is the only place
where entities can be declared, so there are none to expand and nothing outside to load. What
isn't well-formed goes to a tolerant parser, which takes twenty seconds a megabyte: it is given
the beginning only. HTML becomes plain text.
"""

from __future__ import annotations

import calendar
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html.entities import html5
from itertools import count
from time import struct_time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urljoin, urlsplit
from xml.parsers import expat

from chalicelib.listening.mentions import MAX_TEXT
from chalicelib.listening.ports import Unreadable
from chalicelib.networks.addresses import is_web_address
from chalicelib.networks.charsets import decoded
from chalicelib.networks.feed_dates import european_date, french_date, possible
from chalicelib.networks.markup import plain_text
from chalicelib.networks.replies import iso_instant

if TYPE_CHECKING:
    from chalicelib.networks.json_feeds import JsonItem

NOT_A_FEED, LOGIN_PAGE, TOO_BIG = "not-a-feed", "login-page", "too-big"
MAX_ELEMENTS = 50_000
"""Of a document: a thousand articles or more, and three seconds' work at worst."""
MAX_BROKEN = 200_000
"""Characters of a document that isn't well-formed."""
MAX_TITLE = 300
MAX_ADDRESS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One article as a feed tells it."""

    guid: str
    """What the feed itself knows it by; empty: nothing."""
    link: str
    title: str
    text: str
    author: str = ""
    author_url: str = ""
    language: str = ""
    said_at: datetime | None = None
    """None: it doesn't say, or nothing that can be true."""
    edited_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A feed as a whole."""

    kind: str
    """``rss``, ``atom`` or ``json``."""
    title: str
    site: str
    """The address of the site whose feed it is."""
    entries: tuple[Entry, ...]
    is_whole: bool = True
    """False: it is broken, and there may be more in it than was read."""
    skipped: int = 0
    wait: timedelta | None = None
    """How long it asks to be left alone."""
    skip_hours: frozenset[int] = frozenset()
    """Of the day, in UTC, in which it shouldn't be read."""
    skip_days: frozenset[int] = frozenset()
    """Of the week, in UTC; Monday is 0."""
    is_over: bool = False
    """It says that nothing will be added any more."""


def read_document(body: bytes, content_type: str, url: str) -> Document:
    """Return what a feed says.

    Args:
        body: As it came, unpacked.
        content_type: What the server says that it is; believed as to its charset at most.
        url: Where it came from: addresses in it may be relative.

    Raises:
        Unreadable: it is no feed: ``not-a-feed``, ``login-page``, or ``too-big`` a one.
    """
    text = decoded(body, content_type)
    if text.lstrip()[:1] == "{":
        return _json(text, url)
    root = _ROOT.search(text)
    if root is None or is_page(text[: root.start()]):
        raise Unreadable(LOGIN_PAGE if is_login(text) else NOT_A_FEED, content_type)
    return _xml(text[root.start() :], url)


# Pages that are no feeds.

_HEAD = 4_096
"""Characters in which a page says that it is one."""
_PAGE = re.compile(r"<(?:!doctype\s+html|html|body)\b", re.IGNORECASE)
_LOGIN = re.compile(
    r"""<input[^<>]{0,500}?type\s*=\s*["']?password|<form[^<>]{0,500}?(?:log-?in|sign-?in|connexion)""",
    re.IGNORECASE,
)


def is_page(text: str) -> bool:
    """Say whether a text begins as an HTML page does."""
    return _PAGE.search(text[:_HEAD]) is not None


def is_login(text: str) -> bool:
    """Say whether a page asks who one is."""
    return _LOGIN.search(text) is not None


# XML.

_ROOT = re.compile(r"<(?:[\w.-]{1,40}:)?(?P<name>rss|feed|RDF|rdf)(?=[\s>/])")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
_FIRST_ENTRY = re.compile(r"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s>]")
_END = re.compile(r"</(?:[\w.-]{1,40}:)?(?:rss|feed|rdf)\s*>", re.IGNORECASE)


def _xml(text: str, url: str) -> Document:
    # Imported where used: it takes 40 ms, which only feeds that changed need.
    import feedparser  # noqa: PLC0415

    text = _ENTITY.sub(_spelt_out, text)
    is_whole = _is_well_formed(text, MAX_ELEMENTS)
    is_cut = not is_whole and (len(text) > MAX_BROKEN or not _END.search(text[-500:]))
    read = feedparser.parse(
        io.BytesIO((_DECLARATION + (text if is_whole else text[:MAX_BROKEN])).encode()),
        response_headers={
            "content-type": "application/xml; charset=utf-8",
            "content-location": url,
        },
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    # Plain dictionaries: its own give one date for another, with a warning.
    feed, version = dict(read["feed"]), str(read["version"])
    found = [dict(entry) for entry in read["entries"]]
    if is_cut:  # who knows how much is missing of the last one
        found = found[:-1]
    first = _FIRST_ENTRY.search(text)
    head = text[: first.start() if first else None][:MAX_BROKEN]
    return Document(
        kind="atom" if version.startswith("atom") or text.startswith("<feed") else "rss",
        title=plain_text(_given(feed, "title"), MAX_TITLE),
        site=_address(_given(feed, "link"), url),
        entries=tuple(_xml_entry(entry, _given(feed, "language"), url) for entry in found),
        is_whole=is_whole,
        skipped=int(is_cut and bool(read["entries"])),
        wait=_asked_wait(feed),
        skip_hours=_skipped_hours(head),
        skip_days=_skipped_days(head),
    )


def _spelt_out(match: re.Match[str]) -> str:
    """Return the character that a name of HTML stands for: XML itself knows five of them."""
    name = match[1]
    is_known = name not in _XML_ENTITIES and name + ";" in html5
    return html5[name + ";"] if is_known else match[0]


def _is_well_formed(text: str, most: int) -> bool:
    """Say whether it is XML, by a parser that is a hundred times as fast.

    Raises:
        Unreadable: ``too-big``: it has more elements than this.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    elements = count()

    def begins(*_: object) -> None:
        if next(elements) >= most:
            raise Unreadable(TOO_BIG, f"more than {most} elements")

    parser.StartElementHandler = begins
    try:
        parser.Parse(_DECLARATION + text, True)
    except expat.ExpatError:
        return False
    return True


def _xml_entry(entry: Mapping[str, Any], language: str, url: str) -> Entry:
    said_at = _instant(entry, "published") or _instant(entry, "updated")
    edited_at = _instant(entry, "updated")
    contents = entry.get("content") or [{}]
    html = str(contents[0].get("value", "")) or _given(entry, "summary")
    author = entry.get("author_detail") or {}
    return Entry(
        guid=_given(entry, "id")[:MAX_ADDRESS],
        link=_address(_given(entry, "feedburner_origlink") or _given(entry, "link"), url),
        title=plain_text(_given(entry, "title"), MAX_TITLE),
        text=plain_text(html, MAX_TEXT),
        author=plain_text(str(author.get("name") or ""), MAX_TITLE),
        author_url=_address(str(author.get("href") or ""), url),
        language=str((entry.get("title_detail") or {}).get("language") or language or "")[:35],
        said_at=said_at,
        edited_at=edited_at if said_at and edited_at and edited_at > said_at else None,
    )


def _given(values: Mapping[str, Any], name: str) -> str:
    return str(values.get(name) or "").strip()


# When it may be read.

_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
"""https://web.resource.org/rss/1.0/modules/syndication/"""
_SKIP_HOURS = re.compile(r"<skipHours>(.{0,2000}?)</skipHours>", re.DOTALL)
_SKIP_DAYS = re.compile(r"<skipDays>(.{0,2000}?)</skipDays>", re.DOTALL)
_HOUR = re.compile(r"<hour>\s*(\d{1,2})\s*</hour>")
_DAY = re.compile(r"<day>\s*(\w+)\s*</day>")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _asked_wait(feed: Mapping[str, Any]) -> timedelta | None:
    """Return the longer of ``ttl`` (minutes) and what the syndication module says."""
    asked = []
    ttl, times = _given(feed, "ttl"), _given(feed, "sy_updatefrequency")
    if ttl.isdecimal():
        asked.append(timedelta(minutes=int(ttl[:6])))
    period = _PERIODS.get(_given(feed, "sy_updateperiod").lower())
    if period is not None:
        often = int(times[:6]) if times.isdecimal() else 1
        asked.append(period / max(1, often))
    return max(asked, default=None)


def _skipped_hours(head: str) -> frozenset[int]:
    """Return the hours of ``skipHours``: https://www.rssboard.org/skip-hours-days."""
    block = _SKIP_HOURS.search(head)
    return frozenset(int(h) % 24 for h in _HOUR.findall(block[1])) if block else frozenset()


def _skipped_days(head: str) -> frozenset[int]:
    block = _SKIP_DAYS.search(head)
    named = {name.lower() for name in _DAY.findall(block[1])} if block else set()
    return frozenset(n for n, name in enumerate(_DAYS) if name in named)


# Dates and addresses.


def _instant(entry: Mapping[str, Any], name: str) -> datetime | None:
    written, parsed = _given(entry, name), entry.get(f"{name}_parsed")
    if whole := iso_instant(written) or european_date(written):
        return possible(whole)
    if not isinstance(parsed, struct_time):
        return possible(french_date(written))
    try:
        return possible(datetime.fromtimestamp(calendar.timegm(parsed), UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _address(found: str, base: str) -> str:
    """Return a whole web address; empty if it is another kind of link, or none.

    A search engine's detour (Google Alerts) is the address that it leads to.
    """
    try:
        whole = urljoin(base, found) if found else ""
        parts = urlsplit(whole)
        if (parts.hostname or "").startswith("www.google.") and parts.path == "/url":
            asked = dict(parse_qsl(parts.query))
            whole = asked.get("url") or asked.get("q") or whole
        _ = urlsplit(whole).port  # refuses what is no port
    except ValueError:
        return ""
    return whole if len(whole) <= MAX_ADDRESS and is_web_address(whole) else ""


# JSON Feed: https://www.jsonfeed.org/version/1.1/.


def _json(text: str, url: str) -> Document:
    from chalicelib.networks.json_feeds import read_json_feed  # noqa: PLC0415

    try:
        read, items, skipped = read_json_feed(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise Unreadable(NOT_A_FEED, "JSON") from error
    return Document(
        kind="json",
        title=plain_text(read.title, MAX_TITLE),
        site=_address(read.home_page_url, url),
        entries=tuple(_json_entry(item, read.language, url) for item in items),
        skipped=skipped,
        is_over=read.expired,
    )


def _json_entry(item: JsonItem, language: str, url: str) -> Entry:
    said_at = possible(iso_instant(item.date_published)) or possible(
        iso_instant(item.date_modified)
    )
    edited_at = possible(iso_instant(item.date_modified))
    author = next(iter(item.authors), item.author)
    return Entry(
        guid=item.id[:MAX_ADDRESS],
        link=_address(item.url or item.external_url, url),
        title=plain_text(item.title, MAX_TITLE),
        text=item.content_text.strip()[:MAX_TEXT]
        or plain_text(item.content_html or item.summary, MAX_TEXT),
        author=plain_text(author.name if author else "", MAX_TITLE),
        author_url=_address(author.url if author else "", url),
        language=(item.language or language)[:35],
        said_at=said_at,
        edited_at=edited_at if said_at and edited_at and edited_at > said_at else None,
    )
