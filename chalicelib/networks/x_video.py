"""A video's way to X, in pieces.

https://docs.x.com/x-api/media/quickstart/media-upload-chunked
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.contract import Tools, Video
from chalicelib.networks.replies import said_count, said_object, said_text
from chalicelib.networks.video_uploads import Upload, bring
from chalicelib.networks.x_api import API, posted, refusal, told
from chalicelib.publishing.outcomes import Part, Pending, Rejected, Transient

if TYPE_CHECKING:
    from chalicelib.networks.signed import Signed

PIECE = 1024 * 1024
"""X takes 5 MB at most; its own examples send 1 MiB, and larger ones have met a 413 of the edge:
https://github.com/trypostit/trypost/pull/31"""
KEPT = timedelta(hours=12)
"""X keeps an upload for 24 hours from its end (``expires_after_secs``), if it doesn't say less."""
_LONGEST_WAIT = timedelta(minutes=10)
_WORKING = frozenset({"pending", "in_progress"})


def brought(
    signed: Signed, tools: Tools, video: Video, parts: Mapping[str, str]
) -> Iterator[Part | Pending]:
    """Bring a video there; see ``video_uploads.bring``."""
    return bring(_Takes(signed, tools), video, parts, tools.clock.now)


class _Takes:
    """See ``video_uploads.Takes``."""

    def __init__(self, signed: Signed, tools: Tools) -> None:
        self._signed = signed
        self._now = tools.clock.now

    def begin(self, video: Video) -> Upload:
        body = {
            "media_type": video.content_type,
            "media_category": "tweet_video",
            "total_bytes": video.size,
        }
        reply = self._signed.ask("POST", f"{API}/2/media/upload/initialize", json=body)
        answer = told(reply, self._now())
        media_id = posted(reply)
        if not media_id:
            raise Transient("the upload gave no id")
        lasts = said_count(said_object(answer.get("data")).get("expires_after_secs"))
        kept = KEPT if lasts is None else min(KEPT, timedelta(seconds=lasts))
        ends = (*range(PIECE, video.size, PIECE), video.size)
        return Upload(id=media_id, until=self._now() + kept, ends=ends)

    def send(self, upload: Upload, video: Video) -> str:
        reply = self._signed.ask(
            "POST",
            f"{API}/2/media/upload/{upload.id}/append",
            data={"segment_index": str(upload.n)},
            files={"media": ("piece", upload.piece(video), "application/octet-stream")},
        )
        if not 200 <= reply.status < 300:
            raise refusal(reply, self._now(), is_public=False)
        return ""

    def finish(self, upload: Upload) -> timedelta | None:
        reply = self._signed.ask("POST", f"{API}/2/media/upload/{upload.id}/finalize")
        return _left(told(reply, self._now()), upload)

    def look(self, upload: Upload) -> timedelta | None:
        query = {"command": "STATUS", "media_id": upload.id}
        reply = self._signed.ask("GET", f"{API}/2/media/upload", params=query)
        return _left(told(reply, self._now()), upload)


def _left(answer: Mapping[str, Any], upload: Upload) -> timedelta | None:
    """Return how long X asks to wait for an upload; None: it is ready, or needs no work.

    Raises:
        Rejected: it couldn't be processed.
        Transient: the answer is about another, or doesn't say.
    """
    data = said_object(answer.get("data"))
    if said_text(data.get("id")) != upload.id:
        raise Transient("an answer about another upload")
    if "processing_info" not in data:
        return None
    work = said_object(data["processing_info"])
    state = said_text(work.get("state"))
    if state == "failed":
        raise Rejected("X could not process the video", "video_failed")
    if state in _WORKING:
        return min(timedelta(seconds=said_count(work.get("check_after_secs")) or 0), _LONGEST_WAIT)
    if state != "succeeded":
        raise Transient("X doesn't say how the video is")
    return None
