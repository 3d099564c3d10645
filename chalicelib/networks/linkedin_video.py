"""A video's way to LinkedIn, in the pieces that it asks for.

https://learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.contract import Tools, Video
from chalicelib.networks.linkedin_rest import encoded, refusal
from chalicelib.networks.replies import (
    as_object,
    said_count,
    said_object,
    said_objects,
    said_text,
)
from chalicelib.networks.video_uploads import LARGEST_PIECE, Upload, bring
from chalicelib.publishing.outcomes import Part, Pending, Rejected, Transient

if TYPE_CHECKING:
    from chalicelib.networks.http import Reply

KEPT = timedelta(hours=6)
"""How long a video that no post uses is counted on: nothing is documented but when the addresses
of its pieces end."""
UNSEEN_FOR = timedelta(minutes=2)
"""How long one is waited for that we may not look at: the page doesn't say who may."""
_LAST_MS = 32_503_680_000_000
"""The year 3000."""
_REFUSED = frozenset({400, 403, 404, 410, 413, 415, 422})
NOW = timedelta(0)

Ask = Callable[[str, str, object], "Reply"]
"""Makes a call: its verb, its path, its body."""


def brought(
    ask: Ask, author: str, tools: Tools, video: Video, parts: Mapping[str, str]
) -> Iterator[Part | Pending]:
    """Bring a video there; see ``video_uploads.bring``."""
    return bring(_Takes(ask, author, tools), video, parts, tools.clock.now)


class _Takes:
    """See ``video_uploads.Takes``."""

    def __init__(self, ask: Ask, author: str, tools: Tools) -> None:
        self._ask = ask
        self._author = author
        self._http = tools.http
        self._now = tools.clock.now

    def begin(self, video: Video) -> Upload:
        wanted = {
            "owner": self._author,
            "fileSizeBytes": video.size,
            "uploadCaptions": False,
            "uploadThumbnail": False,
        }
        body = {"initializeUploadRequest": wanted}
        reply = self._ask("POST", "/rest/videos?action=initializeUpload", body)
        value = said_object(as_object(reply).get("value"))
        urn = said_text(value.get("video"))
        if reply.status != 200 or not urn.startswith("urn:li:video:"):
            raise refusal(reply, self._now(), is_public=False)
        pieces = said_objects(value.get("uploadInstructions"))
        to = tuple(said_text(piece.get("uploadUrl")) for piece in pieces)
        if not to or not all(url.startswith("https://") for url in to):
            raise Transient("no addresses for the pieces of a video")
        return Upload(
            id=urn,
            until=self._until(value),
            ends=_ends(pieces, video.size),
            to=to,
            token=said_text(value.get("uploadToken")),
        )

    def _until(self, value: Mapping[str, object]) -> datetime:
        kept = self._now() + KEPT
        ends_ms = said_count(value.get("uploadUrlsExpireAt"))
        return min(kept, datetime.fromtimestamp(min(ends_ms or _LAST_MS, _LAST_MS) / 1000, UTC))

    def send(self, upload: Upload, video: Video) -> str:
        """Send it without our token, as documented: the address itself is the right to do so."""
        reply = self._http.request(
            "PUT",
            upload.to[upload.n],
            headers={"Content-Type": "application/octet-stream"},
            data=upload.piece(video),
            write=False,
        )
        etag = reply.headers.get("ETag", "").strip('"')
        if reply.status in _REFUSED:
            raise Rejected(f"{reply.status} to a piece of a video", "media_refused")
        if reply.status not in {200, 201} or not etag:
            raise Transient(f"{reply.status} to a piece of a video")
        return etag

    def finish(self, upload: Upload) -> timedelta | None:
        wanted = {
            "video": upload.id,
            "uploadToken": upload.token,
            "uploadedPartIds": list(upload.receipts),
        }
        body = {"finalizeUploadRequest": wanted}
        reply = self._ask("POST", "/rest/videos?action=finalizeUpload", body)
        if reply.status != 200:
            raise refusal(reply, self._now(), is_public=False)
        return NOW

    def look(self, upload: Upload) -> timedelta | None:
        reply = self._ask("GET", f"/rest/videos/{encoded(upload.id)}", None)
        told = as_object(reply)
        if reply.status == 403 and told.get("status") == 403:
            return self._unseen(upload)
        if reply.status != 200:
            raise refusal(reply, self._now(), is_public=False)
        match said_text(told.get("status")):
            case "AVAILABLE":
                return None
            case "PROCESSING" | "WAITING_UPLOAD":
                return NOW
            case "PROCESSING_FAILED":
                raise Rejected("LinkedIn could not process the video", "video_failed")
        raise Transient("LinkedIn doesn't say how the video is")

    def _unseen(self, upload: Upload) -> timedelta | None:
        """Return how long to wait for one that we may not look at."""
        waited = self._now() - (upload.whole_at or self._now())
        return None if waited >= UNSEEN_FOR else UNSEEN_FOR - waited


def _ends(pieces: Sequence[Mapping[str, Any]], size: int) -> tuple[int, ...]:
    """Return where the pieces end that are asked for.

    Raises:
        Transient: they aren't the video, each byte once and in order, or can't be held.
    """
    ends = tuple(1 + (said_count(piece.get("lastByte")) or 0) for piece in pieces)
    starts = tuple(said_count(piece.get("firstByte")) or 0 for piece in pieces)
    if starts != (0, *ends[:-1]) or ends[-1] != size:
        raise Transient("the pieces that are asked for aren't the video")
    if not all(0 < end - start <= LARGEST_PIECE for start, end in zip(starts, ends, strict=True)):
        raise Transient("a piece is asked for that can't be sent")
    return ends
