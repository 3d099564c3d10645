"""Reads what a feed has that is new: by conditional requests, no oftener than it wants.

``feed_documents`` says what a document is, ``feed_entries`` what an entry is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from chalicelib.clock import Clock
from chalicelib.ids import MentionId
from chalicelib.listening.mentions import Author, Heard, Mention, MentionKind
from chalicelib.listening.ports import Batch, SourceGone, Unreadable
from chalicelib.listening.sources import FEED_LEAST
from chalicelib.networks.feed_documents import LOGIN_PAGE, TOO_BIG, Document, read_document
from chalicelib.networks.feed_entries import Known, Recognised, digest, recognised
from chalicelib.networks.http import USER_AGENT, Http, Reply, TooBig
from chalicelib.networks.replies import iso_instant, retry_after
from chalicelib.publishing.outcomes import RateLimited, Rejected, Transient

MAX_FEED = 3_000_000
"""Bytes, unpacked: ten times what most feeds have."""
SECONDS = 15.0
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
NOT_FOUND, FORBIDDEN, ADDRESS = "not-found", "forbidden", "address"
_LONGEST_VALIDATOR = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor:
    """Where reading goes on, as kept with the source."""

    etag: str = ""
    modified: str = ""
    begins: str = ""
    """What is dated earlier is never told: the past of a first reading."""
    known: str = ""
    """The marks of the last document's entries."""
    wait: int = 0
    """Seconds that the document itself asks for."""
    hours: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    body: str = ""
    """Digest of the last document."""

    @classmethod
    def read(cls, text: str) -> _Cursor:
        """Return the cursor that a text is; a new one if it is none."""
        try:
            values: dict[str, Any] = json.loads(text)
            values |= {"hours": tuple(values["hours"]), "days": tuple(values["days"])}
            return cls(**values)
        except (ValueError, TypeError, KeyError):
            return cls()

    def written(self) -> str:
        """Return it as a text."""
        return json.dumps(asdict(self), separators=(",", ":"))


class FeedReader:
    """Reads one feed.

    Args:
        http: Makes the requests.
        clock: Says when it is.
        address: Where the feed is.
        contact: An address where its owner learns who we are.
    """

    def __init__(self, *, http: Http, clock: Clock, address: str, contact: str = "") -> None:
        self._http = http
        self._now = clock.now
        self._address = address
        self._contact = contact

    def read(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """Yield what is new in the feed, in one batch; see ``listening.ports.Reader``.

        Raises:
            SourceGone: HTTP 410, or a JSON feed that has said that it is over.
            Unreadable: ``not-a-feed``, ``login-page``, ``too-big``, ``not-found``,
                ``forbidden``, ``address`` (the guard doesn't let it through).
            RateLimited: HTTP 429, or 503 with a time.
            Transient: it can't be had now.
        """
        now = self._now()
        was = _Cursor.read(cursor)
        pause = _until_welcome(now, was)
        if pause > timedelta(0):
            yield Batch(heard=(), cursor=cursor, is_last=True, wait=pause)
            return
        reply = fetched_document(self._http, self._address, now, self._headers(was))
        body = digest(reply.body.decode("latin-1"))
        if reply.status == 304 or (was.body and body == was.body):
            yield self._batch(reply, _validated(was, reply), now)
            return
        document = read_document(reply.body, reply.headers.get("Content-Type", ""), reply.url)
        begins = iso_instant(was.begins) or since
        # What is dated before the past of the first reading isn't news, however it comes up.
        told = [
            entry
            for entry in recognised(document.entries, self._address, now)
            if (entry.entry.said_at or now) >= begins
        ]
        known = Known.read(was.known)
        news = [_heard(e, document, self._address, now) for e in told if e.is_news(known)]
        if document.is_over and was.known and not news:
            raise SourceGone("the feed says that it is over")
        reached = _reached(document, told, begins)
        if document.is_whole:  # a broken one may be whole the next time, and seem unchanged
            reached = _validated(replace(reached, body=body), reply)
        batch = self._batch(reply, reached, now)
        yield replace(batch, heard=tuple(news), skipped=document.skipped)

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """Yield nothing: a feed tells edits by itself, and what drops out of it isn't gone."""
        del mentions
        return iter(())

    def _headers(self, was: _Cursor) -> dict[str, str]:
        headers = feed_headers(self._contact)
        if was.etag:
            headers["If-None-Match"] = was.etag
        if was.modified:
            headers["If-Modified-Since"] = was.modified
        return headers

    def _batch(self, reply: Reply, cursor: _Cursor, now: datetime) -> Batch:
        """Return a batch without news, with all that is asked of us."""
        asked = max(timedelta(seconds=cursor.wait), _asked_by(reply.headers, now))
        least = max(asked, FEED_LEAST)
        wait = least + _until_welcome(now + least, cursor)
        moved = reply.moved_to if reply.moved_to != self._address else ""
        return Batch(heard=(), cursor=cursor.written(), is_last=True, wait=wait, address=moved)


def _reached(document: Document, told: Sequence[Recognised], begins: datetime) -> _Cursor:
    return _Cursor(
        begins=begins.isoformat(),
        known="".join(mark for entry in told for mark in entry.marks),
        wait=int((document.wait or timedelta(0)).total_seconds()),
        hours=tuple(sorted(document.skip_hours)),
        days=tuple(sorted(document.skip_days)),
    )


def feed_headers(contact: str) -> dict[str, str]:
    """Return the headers of any request for a feed: what is wanted, and who asks."""
    agent = f"{USER_AGENT} (+{contact})" if contact else USER_AGENT
    return {"Accept": ACCEPT, "User-Agent": agent}


def fetched_document(http: Http, url: str, now: datetime, headers: Mapping[str, str]) -> Reply:
    """Return an answer that is a document, or says that nothing has changed."""
    try:
        reply = http.request(
            "GET",
            url,
            write=False,
            headers=headers,
            deadline_s=SECONDS,
            max_bytes=MAX_FEED,
            takes=frozenset({503}),
        )
    except TooBig as error:
        raise Unreadable(TOO_BIG, error.detail) from error
    except Rejected as error:
        raise Unreadable(ADDRESS, error.detail) from error
    _refuse_errors(reply, now)
    return reply


def _refuse_errors(reply: Reply, now: datetime) -> None:
    status = reply.status
    if status < 400:
        return
    answered = f"answered {status}"
    reset_at = retry_after(reply.headers, now)
    if status == 410:
        raise SourceGone(answered)
    if status == 429 or (status == 503 and reset_at is not None):
        raise RateLimited(answered, reset_at)
    if status in {408, 425, 503}:
        raise Transient(answered)
    reasons = {401: LOGIN_PAGE, 407: LOGIN_PAGE, 404: NOT_FOUND}
    raise Unreadable(reasons.get(status, FORBIDDEN), answered)


# When it may be read again.


def _asked_by(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Return how long the answer is good for, by its headers."""
    asked = timedelta(0)
    rules = dict(
        rule.strip().lower().partition("=")[::2]
        for rule in headers.get("Cache-Control", "").split(",")
    )
    age = rules.get("max-age", "").strip('" ')
    if age.isdecimal() and not {"no-cache", "no-store"} & rules.keys():
        asked = timedelta(seconds=int(age[:8]))
    at = retry_after(headers, now)
    return max(asked, at - now) if at else asked


def _until_welcome(at: datetime, cursor: _Cursor) -> timedelta:
    """Return how long from then on the feed doesn't want to be read."""
    open_at = at
    for _ in range(7 * 24):
        if open_at.hour not in cursor.hours and open_at.weekday() not in cursor.days:
            return open_at - at
        open_at = open_at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return timedelta(0)  # it is never welcome: that can't be meant


def _validated(cursor: _Cursor, reply: Reply) -> _Cursor:
    """Return the cursor with what the next request is made conditional by.

    Nothing of a document that changed in the very second of its answer: it may change once
    more in it, and say the same of itself
    (https://www.rfc-editor.org/rfc/rfc9110.html#section-8.8.2.2).
    """
    etag = reply.headers.get("ETag", "")
    modified = reply.headers.get("Last-Modified", "")
    if reply.status == 304:  # it may leave them out
        etag, modified = etag or cursor.etag, modified or cursor.modified
    if modified and modified == reply.headers.get("Date"):
        etag = modified = ""
    is_sane = len(etag) <= _LONGEST_VALIDATOR and len(modified) <= _LONGEST_VALIDATOR
    return replace(cursor, etag=etag, modified=modified) if is_sane else cursor


def _heard(told: Recognised, document: Document, address: str, now: datetime) -> Heard:
    entry = told.entry
    said_at = min(entry.said_at or now, now)
    edited_at = min(entry.edited_at, now) if entry.edited_at else None
    host = urlsplit(address).hostname or ""
    return Heard(
        identity=told.identity,
        kind=MentionKind.ARTICLE,
        remote_id=entry.guid or told.identity,
        url=entry.link or document.site,
        author=Author(
            remote_id=entry.author_url or document.site or address,
            name=entry.author or document.title or host,
            url=entry.author_url or document.site,
        ),
        text=entry.text,
        title=entry.title,
        language=entry.language,
        said_at=said_at,
        edited_at=edited_at if edited_at and edited_at > said_at else None,
    )
