"""A video on its way to YouTube: a session, its chunks, and the video once it is processed.

https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol

It goes up private. The session's address says at any time how far it came, and once it is
complete which video was made: nothing that a break leaves open has to be guessed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chalicelib.networks.replies import said_object, said_text
from chalicelib.networks.wording import wording
from chalicelib.networks.youtube import SHOWN, SPEC, VIDEO_ID, video_as_it_stands
from chalicelib.networks.youtube_api import failure, told
from chalicelib.publishing.outcomes import Part, Pending, Rejected, Transient

if TYPE_CHECKING:
    from chalicelib.clock import Clock
    from chalicelib.networks.contract import Outgoing, Video
    from chalicelib.networks.http import Reply
    from chalicelib.networks.signed import Calls

UPLOADS = "https://youtube.googleapis.com/upload/youtube/v3/videos"
CHUNK = 8 * 1024 * 1024
"""Bytes; the protocol wants a multiple of 256 KiB."""
CATEGORY = "22"
"""People & Blogs, which is what YouTube itself takes where nothing is said."""
LISTED_WITHIN = timedelta(minutes=2)
"""A new video that isn't told of yet is waited for so long, and then made anew."""
FIRST_LOOK, LAST_LOOK = timedelta(seconds=10), timedelta(minutes=2)
"""Between looks at a video that is processed, half its age."""
STUCK = timedelta(minutes=90)
"""A video that is processed for longer is for a person to look at; minutes are usual."""
SESSION, SENT, MADE, READY, LIVE = "session", "sent", "video", "ready", "live"
_KEPT = {
    "embeddable": bool,
    "license": str,
    "publicStatsViewable": bool,
    "selfDeclaredMadeForKids": bool,
    "containsSyntheticMedia": bool,
}
"""What else ``videos.update`` of the status sets: what it isn't given goes back to its default."""
_RECEIVED = re.compile(r"bytes=0-(\d{1,15})")


class Upload:
    """One post's video."""

    def __init__(self, api: Calls, clock: Clock, out: Outgoing, video: Video) -> None:
        self._api = api
        self._now = clock.now
        self._out = out
        self._video = video

    def prepare(self, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the video stands on YouTube, private and processed."""
        made = dict(json.loads(parts.get(MADE, "{}")))
        stands = video_as_it_stands(self._api, made["id"]) if made else None
        if stands is None and made and not self._is_new(made):
            yield Part(SESSION, "")
            yield Part(MADE, "{}")
            made, parts = {}, {}
        if not made:
            made = yield from self._uploaded(parts.get(SESSION, ""))
            yield Part(MADE, json.dumps(made))
            stands = video_as_it_stands(self._api, made["id"])
        yield from self._processed(made, stands, parts)

    def _processed(
        self, made: Mapping[str, str], stands: Mapping[str, Any] | None, parts: Mapping[str, str]
    ) -> Iterator[Part | Pending]:
        status = said_object((stands or {}).get("status"))
        if stands is not None and status.get("privacyStatus") not in {*SHOWN, "private"}:
            raise Transient("a video that doesn't say who may see it")
        if stands is not None and status.get("privacyStatus") in SHOWN:
            yield Part(LIVE, said_text(status.get("privacyStatus")))
        elif stands is None or not _is_processed(stands):
            age = self._now() - datetime.fromisoformat(made["at"])
            if age > STUCK:
                raise Rejected("still processed after an hour and a half", "video_slow")
            yield Pending(min(max(age / 2, FIRST_LOOK), LAST_LOOK))
        elif parts.get(READY) != (kept := _kept(status)):
            yield Part(READY, kept)

    def _is_new(self, made: Mapping[str, str]) -> bool:
        return self._now() < datetime.fromisoformat(made["at"]) + LISTED_WITHIN

    # The session.

    def _uploaded(self, session: str) -> Generator[Part, None, dict[str, str]]:
        """Send what is missing of the video; return which one was made of it, and when."""
        at: int | str | None = self._came_so_far(session) if session else None
        if at is None:
            session = self._begun()
            yield Part(SESSION, session)
            at = 0
        while isinstance(at, int):
            at = self._sent(session, at)
            if isinstance(at, int):
                yield Part(SENT, str(at))
        if at is None:
            raise Transient("the session ended under way")
        return {"id": at, "at": self._now().isoformat()}

    def _begun(self) -> str:
        """Return the address of a new session: whoever has it can send this one video."""
        reply = self._api.ask(
            "POST",
            UPLOADS,
            params={"uploadType": "resumable", "part": "snippet,status"},
            json=_described(self._out),
            headers={
                "X-Upload-Content-Length": str(self._video.size),
                "X-Upload-Content-Type": self._video.content_type,
            },
        )
        session = reply.headers.get("Location", "")
        if reply.status != 200:
            raise failure(reply, self._now())
        if not _is_googles(session):
            raise Transient("no session's address")
        return session

    def _came_so_far(self, session: str) -> int | str | None:
        """Return how many bytes have come, or the video's id; None if the session is over."""
        return self._put(session, f"bytes */{self._video.size}", b"")

    def _sent(self, session: str, start: int) -> int | str | None:
        """Send one chunk; return what ``_came_so_far`` does."""
        data = self._video.read(start, CHUNK)
        if len(data) != min(CHUNK, self._video.size - start):
            raise Transient("less of the video was read than there is")
        last = start + len(data) - 1
        came = self._put(session, f"bytes {start}-{last}/{self._video.size}", data)
        if isinstance(came, int) and not start < came < self._video.size:
            raise Transient("nothing of a chunk was taken, or more than all")
        return came

    def _put(self, session: str, span: str, data: bytes) -> int | str | None:
        headers = {"Content-Range": span, "Content-Type": self._video.content_type}
        taken = frozenset({308})  # here it is no redirect
        reply = self._api.ask("PUT", session, data=data, headers=headers, takes=taken)
        if reply.status == 308:
            return _received(reply)
        if reply.status in {404, 410}:
            return None
        video = said_text(told(reply, self._now()).get("id"))
        if not VIDEO_ID.fullmatch(video):
            raise Transient("an upload's end without a video")
        return video


def _described(out: Outgoing) -> dict[str, Any]:
    return {
        "snippet": {
            "title": out.content.title.strip(),
            "description": wording(out.content, SPEC),
            "categoryId": CATEGORY,
        },
        "status": {"privacyStatus": "private", "selfDeclaredMadeForKids": False},
    }


def _received(reply: Reply) -> int:
    """Return how many bytes have come: without a Range, none."""
    found = _RECEIVED.fullmatch(reply.headers.get("Range", ""))
    return int(found.group(1)) + 1 if found else 0


def _is_googles(url: str) -> bool:
    """Say whether an address may be given our token."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and host.endswith(".googleapis.com")


def _is_processed(stands: Mapping[str, Any]) -> bool:
    """Say whether YouTube has made of a video what people can watch.

    Raises:
        Rejected: it never will.
    """
    status, details = (
        said_object(stands.get("status")),
        said_object(stands.get("processingDetails")),
    )
    upload, processing = status.get("uploadStatus"), details.get("processingStatus")
    if upload == "rejected":
        why = said_text(status.get("rejectionReason"))[:40]
        raise Rejected(
            f"rejected: {why}", "duplicate" if why == "duplicate" else "refused_on_review"
        )
    if upload == "failed" or processing in {"failed", "terminated"}:
        why = said_text(status.get("failureReason") or details.get("processingFailureReason"))
        raise Rejected(f"failed: {why[:40]}", "video_failed")
    return upload == "processed" or processing == "succeeded"


def _kept(status: Mapping[str, Any]) -> str:
    """Return what a video's status holds besides, in JSON: it stays as it is."""
    told = {n: status[n] for n, kind in _KEPT.items() if isinstance(status.get(n), kind)}
    return json.dumps({"selfDeclaredMadeForKids": False, **told}, sort_keys=True)
