"""Posts on their way on TikTok: how one stands, a video sent in pieces, and what is listed.

https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status
https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide

What TikTok has taken has an id at once (``publish_id``). It says whether it went out, also long
after, and it goes out once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.replies import said_count, said_objects, said_text
from chalicelib.networks.tiktok_api import full
from chalicelib.publishing.outcomes import (
    AuthExpired,
    NetworkError,
    Part,
    RateLimited,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.contract import Video
    from chalicelib.networks.http import Http, Reply
    from chalicelib.networks.signed import Calls

POST, SENT = "post", "sent"
"""The parts that hold what TikTok has taken, and how far a video was sent."""
STATUS = "post/publish/status/fetch/"
LIST = "video/list/"
UPLOADING, LIVE, FAILED = "PROCESSING_UPLOAD", "PUBLISH_COMPLETE", "FAILED"
LEAST = 5 * 1_048_576
"""Bytes of a piece at least, where there are several. TikTok says 5 MB."""
OPEN_FOR = timedelta(minutes=55)
"""A video is sent within an hour after it was announced."""
PAGE, MAX_PAGES = 20, 5
FIELDS = "id,create_time,title,video_description,share_url"
CUT_AT = 150
"""Characters of a text that are told: https://developers.tiktok.com/doc/tiktok-api-v2-video-object"""


def known(parts: Mapping[str, str]) -> dict[str, Any]:
    """Return what TikTok has taken of a post; empty if nothing."""
    return dict(json.loads(parts.get(POST) or "{}"))


def forgotten() -> Part:
    """Return what says that nothing of what was taken counts any more."""
    return Part(POST, "")


# How a post stands.


@dataclass(frozen=True, slots=True)
class State:
    """How what was taken stands."""

    status: str
    why: str
    sent: int | None
    """Bytes of a video that have come; None: it isn't said."""
    post: str
    """The id of what anybody may see; empty until it has been let through."""

    @property
    def is_live(self) -> bool:
        """Say whether it was published."""
        return self.status == LIVE

    @property
    def has_failed(self) -> bool:
        """Say whether it never will be."""
        return self.status == FAILED

    def has_all(self, size: int) -> bool:
        """Say whether nothing more of a video of this size is waited for."""
        return self.status != UPLOADING or (self.sent is not None and self.sent >= size)

    def lacks_bytes(self, size: int) -> bool:
        """Say whether it surely waits for more of a video of this size."""
        return self.status == UPLOADING and self.sent is not None and self.sent < size


def state_of(calls: Calls, publish_id: str) -> State | None:
    """Return how what was taken stands; None if TikTok knows nothing of it.

    Raises:
        NetworkError: it couldn't be read now.
    """
    try:
        told = calls.make(STATUS, {"publish_id": publish_id})
    except Rejected as error:
        if error.reason == "gone":
            return None
        raise
    status = said_text(told.get("status"))
    if not status:
        raise Transient("a post that doesn't say how it stands")
    posts = told.get("publicaly_available_post_id")  # TikTok's own spelling
    first = posts[0] if isinstance(posts, list) and posts else None
    sent = said_count(told.get("uploaded_bytes"))
    return State(status, said_text(told.get("fail_reason")), sent, post_id(first))


def post_id(value: object) -> str:
    """Return the id of a post, which is told as a number or as text; empty if it is none."""
    text = str(value) if said_count(value) else said_text(value)
    return text if text.isascii() and text.isdecimal() and len(text) <= 30 else ""


def meaning(why: str, now: datetime, *, is_video: bool) -> NetworkError:
    """Return what it means that TikTok couldn't publish what it had taken.

    The reasons of https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status
    """
    detail = f"failed: {why[:60]}" if why.replace("_", "").isalnum() else "failed"
    if why == "internal":
        return Transient(detail)
    if why == "auth_removed":
        return AuthExpired(detail)
    if why == "spam_risk_too_many_posts":
        return full(detail, now)
    if why.endswith("_check_failed"):
        return Rejected(detail, "video_failed" if is_video else "media_refused")
    refused = _FAILED.get(why)
    return refused(detail) if refused else Rejected(detail)


_FAILED: Mapping[str, Callable[[str], Rejected]] = {
    "video_pull_failed": lambda detail: Rejected(detail, "media_unreachable"),
    "photo_pull_failed": lambda detail: Rejected(detail, "media_unreachable"),
    "spam_risk_user_banned_from_posting": lambda detail: Rejected(detail, "banned"),
    "spam_risk_text": lambda detail: Rejected(detail, "refused_on_review"),
    "spam_risk": lambda detail: Rejected(detail, "refused_on_review"),
}


# A video, in pieces.


def pieces_of(size: int) -> tuple[int, int]:
    """Return of how many bytes a piece is, and how many there are; the last has the rest.

    All are nearly alike, none larger than 10 MiB: what memory holds at once.
    """
    count = max(1, size // LEAST)
    return size // count, count


class Upload:
    """A video on its way, where it was announced."""

    def __init__(self, http: Http, announced: Mapping[str, Any], video: Video) -> None:
        self._http = http
        self._url = announced["url"]
        self._video = video
        self._piece, count = pieces_of(video.size)
        self._last = self._piece * (count - 1)

    def but_the_last(self, start: int) -> Iterator[Part]:
        """Send the pieces from a byte on, all but the last one, which publishes.

        Raises:
            NetworkError: it goes on another time; where it is announced no more, after a part
                that says so.
        """
        start = min(start // self._piece * self._piece, self._last)
        while start < self._last:
            reply = self._put(start, self._piece, None)
            if reply.status in {400, 403, 404}:
                yield forgotten()
            if reply.status == 429:
                raise RateLimited("429 to a piece")
            if reply.status != 206:
                raise Transient(f"{reply.status} to a piece")
            start += self._piece
            yield Part(SENT, str(start))

    def last(self, before_send: Callable[[], None]) -> Reply:
        """Send the last piece: then TikTok publishes it."""
        return self._put(self._last, self._video.size - self._last, before_send)

    def _put(self, start: int, length: int, before_send: Callable[[], None] | None) -> Reply:
        size = self._video.size
        data = self._video.read(start, length)
        if len(data) != length:
            raise Transient("the kept video can't be read whole")
        headers = {
            "Content-Type": self._video.content_type,
            "Content-Range": f"bytes {start}-{start + length - 1}/{size}",
        }
        return self._http.request(
            "PUT",
            self._url,
            headers=headers,
            data=data,
            write=before_send is not None,
            before_send=before_send,
        )


# What is listed.


@dataclass(frozen=True, slots=True)
class Listed:
    """A post that anybody may see."""

    id: str
    at: datetime
    text: str
    url: str | None


def listed(calls: Calls, since: datetime) -> Iterator[Listed]:
    """Yield the latest posts that anybody may see, back to ``since`` if they go so far."""
    body: dict[str, int] = {"max_count": PAGE}
    for _ in range(MAX_PAGES):
        told = calls.make(LIST, body, {"fields": FIELDS})
        posts = [_shown(item) for item in said_objects(told.get("videos"))]
        yield from posts
        cursor = said_count(told.get("cursor"))
        if told.get("has_more") is not True or cursor is None or cursor == body.get("cursor"):
            return
        if posts and posts[-1].at < since:
            return
        body["cursor"] = cursor


def _shown(item: Mapping[str, Any]) -> Listed:
    made, found = said_count(item.get("create_time")), post_id(item.get("id"))
    if not found or made is None or made > _LATEST:
        raise Transient("a post without an id or a date")
    text = said_text(item.get("video_description")) or said_text(item.get("title"))
    at = datetime.fromtimestamp(made, UTC)
    return Listed(found, at, text, said_text(item.get("share_url")) or None)


_LATEST = 32_503_680_000
"""The year 3000: beyond it, what is told is no time in seconds."""
