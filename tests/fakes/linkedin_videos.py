"""Videos on LinkedIn, by the documented rules: announced, sent in pieces, finalized, worked on.

https://learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.serving import Asked, Said, said

LASTS_MS = 24 * 3600 * 1000
LEAST, MOST = 1, 500 * 1024 * 1024
"""Bytes of a video; the 75 KB at least that are documented would make tests slow."""


@dataclass
class Video:
    """One upload."""

    size: int
    ends_ms: int
    """When its addresses end."""
    ranges: list[tuple[int, int]]
    token: str
    pieces: dict[int, bytes] = field(default_factory=dict)
    looks: int = 0
    status: str = "WAITING_UPLOAD"
    data: bytes = b""

    def etag(self, n: int) -> str:
        return f"/ambry-video/signedId/{n}-{len(self.pieces[n])}"


@dataclass
class Videos:
    """All of them, by URN."""

    piece: int = 4 * 1024 * 1024
    """Bytes that it asks for at once."""
    looks: int = 2
    """How often one is still in processing when it is looked at."""
    spoils: bool = False
    """They can't be processed."""
    may_be_read: bool = True
    standing: dict[str, Video] = field(default_factory=dict)

    def initialized(self, body: Mapping[str, Any], number: str, now_ms: int) -> Said:
        wanted = body["initializeUploadRequest"]
        known = {"owner", "fileSizeBytes", "uploadCaptions", "uploadThumbnail"}
        size = wanted.get("fileSizeBytes")
        if set(wanted) != known or not isinstance(size, int) or not LEAST <= size <= MOST:
            return refused(400, "ILLEGAL_ARGUMENT", "fileSizeBytes is invalid")
        starts = range(0, size, self.piece)
        ranges = [(start, min(start + self.piece, size) - 1) for start in starts]
        urn, token = f"urn:li:video:C5F10AQ{number}", f"token-{number}"
        self.standing[urn] = Video(size, now_ms + LASTS_MS, ranges, token, looks=self.looks)
        at = f"https://www.linkedin.com/ambry-video/{urn.rpartition(':')[2]}"
        instructions = [
            {"uploadUrl": f"{at}/{n}", "firstByte": first, "lastByte": last}
            for n, (first, last) in enumerate(ranges)
        ]
        value = {
            "uploadUrlsExpireAt": now_ms + LASTS_MS,
            "video": urn,
            "uploadInstructions": instructions,
            "uploadToken": token,
        }
        return said(200, {"value": value})

    def uploaded(self, asked: Asked, now_ms: int) -> Said:
        """Take a piece: the address is the right to send it, no token is wanted."""
        _, _, name, n = asked.path.split("/")
        video = self.standing.get(f"urn:li:video:{name}")
        if video is None or now_ms >= video.ends_ms or video.status != "WAITING_UPLOAD":
            return Said(403, b"", {})
        first, last = video.ranges[int(n)]
        is_plain = asked.headers.get("content-type") == "application/octet-stream"
        if "authorization" in asked.headers or not is_plain or len(asked.body) != last - first + 1:
            return Said(400, b"", {})
        video.pieces[int(n)] = asked.body
        return Said(200, b"", {"ETag": video.etag(int(n))})

    def finalized(self, body: Mapping[str, Any]) -> Said:
        wanted = body.get("finalizeUploadRequest", {})
        video = self.standing.get(wanted.get("video", ""))
        if video is None or set(wanted) != {"video", "uploadToken", "uploadedPartIds"}:
            return refused(404, "NOT_FOUND", "no such video")
        tags = [video.etag(n) for n in sorted(video.pieces)]
        is_whole = len(tags) == len(video.ranges) and wanted["uploadedPartIds"] == tags
        if not is_whole or wanted["uploadToken"] != video.token:
            return refused(400, "ILLEGAL_ARGUMENT", "uploadedPartIds is invalid")
        video.data = b"".join(video.pieces[n] for n in sorted(video.pieces))
        if video.status == "WAITING_UPLOAD":
            video.status = "PROCESSING"
            self._work_on(video)
        return Said(200, b"", {})

    def told(self, urn: str) -> Said:
        video = self.standing.get(urn)
        if not self.may_be_read:
            text = "Accessing this video resource is forbidden. Please check your permissions"
            return said(403, {"message": text, "status": 403})
        if video is None:
            return refused(404, "NOT_FOUND", "no such video")
        answer = said(200, {"id": urn, "status": video.status, "owner": "urn:li:organization:1"})
        if video.status == "PROCESSING":
            video.looks -= 1
            self._work_on(video)
        return answer

    def _work_on(self, video: Video) -> None:
        if video.looks <= 0:
            video.status = "PROCESSING_FAILED" if self.spoils else "AVAILABLE"

    def is_ready(self, urn: str) -> bool:
        """Say whether a post may have it; one that is still in processing is shown later."""
        found = self.standing.get(urn)
        return found is not None and found.status in {"PROCESSING", "AVAILABLE"}


def refused(status: int, code: str, message: str) -> Said:
    body = {"status": status, "code": code, "serviceErrorCode": 100, "message": message}
    return said(status, body)
