"""A video's way to Pinterest: one form to the storage that it names.

https://developers.pinterest.com/docs/api/v5/media-create
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta

from chalicelib.networks.bodies import streamed
from chalicelib.networks.contract import Tools, Video
from chalicelib.networks.replies import said_object, said_text
from chalicelib.networks.signed import Calls
from chalicelib.networks.video_uploads import Upload, bring
from chalicelib.publishing.outcomes import Part, Pending, Rejected, Transient

KEPT = timedelta(hours=6)
"""How long a video that no pin uses is counted on: nothing is documented."""
WITHIN_S = 30.0
"""For the whole form, which must arrive at once. It begins in the 15 seconds that preparing has:
the function lives on for 15 more."""
NOW = timedelta(0)


def brought(
    calls: Calls, tools: Tools, video: Video, parts: Mapping[str, str]
) -> Iterator[Part | Pending]:
    """Bring a video there; see ``video_uploads.bring``."""
    return bring(_Takes(calls, tools), video, parts, tools.clock.now)


class _Takes:
    """See ``video_uploads.Takes``; there is one piece."""

    def __init__(self, calls: Calls, tools: Tools) -> None:
        self._calls = calls
        self._http = tools.http
        self._now = tools.clock.now

    def begin(self, video: Video) -> Upload:
        answer = self._calls.make("/media", {"media_type": "video"})
        media_id, url = said_text(answer.get("media_id")), said_text(answer.get("upload_url"))
        fields = said_object(answer.get("upload_parameters"))
        is_place = media_id.isascii() and media_id.isdecimal() and url.startswith("https://")
        if not is_place or not fields:
            raise Transient("no place for a video in the answer")
        form = {"url": url, "fields": {name: said_text(fields[name]) for name in fields}}
        until, to = self._now() + KEPT, (json.dumps(form),)
        return Upload(id=media_id, until=until, ends=(video.size,), to=to)

    def send(self, upload: Upload, video: Video) -> str:
        """Send the form without our token: what Pinterest gave is the right to do so."""
        told = json.loads(upload.to[0])
        name = f"video.{'mov' if video.content_type == 'video/quicktime' else 'mp4'}"
        reply = self._http.request(
            "POST",
            told["url"],
            data=told["fields"],
            files={"file": (name, streamed(video), video.content_type)},
            write=False,
            deadline_s=WITHIN_S,
        )
        if 400 <= reply.status < 500:
            raise Rejected(f"{reply.status} to a video", "media_refused")
        if reply.status not in {200, 201, 204}:
            raise Transient(f"{reply.status} to a video")
        return ""

    def finish(self, upload: Upload) -> timedelta | None:
        """Say nothing: Pinterest sees for itself that it has arrived."""
        del upload
        return NOW

    def look(self, upload: Upload) -> timedelta | None:
        answer = self._calls.read(f"/media/{upload.id}")
        match said_text(answer.get("status")):
            case "succeeded":
                return None
            case "registered" | "processing":
                return NOW
            case "failed":
                raise Rejected("Pinterest could not process the video", "video_failed")
        raise Transient("Pinterest doesn't say how the video is")
