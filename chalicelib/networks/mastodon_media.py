"""Media on their way to an instance: uploaded, and waited for while it works on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.bodies import UPLOAD_SECONDS, Streamed, streamed
from chalicelib.networks.contract import Outgoing, Picture, Video
from chalicelib.networks.fediverse import check
from chalicelib.publishing.outcomes import Part, Pending, Rejected, Transient

if TYPE_CHECKING:
    from chalicelib.clock import Clock
    from chalicelib.networks.http import File, Reply

MEDIA_KEPT = timedelta(hours=6)
"""Mastodon removes media that no status uses after a day; a status would go out without.

https://github.com/mastodon/mastodon/blob/main/app/lib/vacuum/media_attachments_vacuum.rb
"""
PROCESSING_LOOK = timedelta(seconds=5)
"""Until the first look at a medium in processing; later ones wait half its age."""
PROCESSED_WITHIN = timedelta(minutes=30)
"""A medium that is still not ready is stuck, and is uploaded anew."""
VIDEO_PROCESSED_WITHIN = timedelta(hours=2)
"""The same of a video, which an instance converts after those that came before it."""


def media_of(out: Outgoing) -> tuple[Picture | Video, ...]:
    """Return what a post shows, in order: each has a part ``media.0`` and so on."""
    return (*out.pictures, out.video) if out.video else out.pictures


class Uploads:
    """Brings pictures and videos to an instance; ``request`` makes nothing public."""

    def __init__(self, request: Callable[..., Reply], clock: Clock) -> None:
        self._request = request
        self._clock = clock

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: each medium, waited for while the instance works on it."""
        waits: list[timedelta] = []
        for n, medium in enumerate(media_of(out)):
            name = f"media.{n}"
            known = json.loads(parts[name]) if name in parts else None
            stands = self._standing(known, is_video=isinstance(medium, Video))
            if stands is None or stands != known:
                stands = stands or self._upload(medium)
                yield Part(name, json.dumps(stands))
            if not stands["ready"]:
                waits.append(max(self._age(stands) / 2, PROCESSING_LOOK))
        if waits:
            yield Pending(min(waits))

    def _standing(self, known: dict[str, Any] | None, *, is_video: bool) -> dict[str, Any] | None:
        """Return how an uploaded medium stands by now; None if it must be uploaded (again)."""
        if known is None or self._age(known) > MEDIA_KEPT:
            return None
        if known["ready"]:
            return known
        if self._age(known) > (VIDEO_PROCESSED_WITHIN if is_video else PROCESSED_WITHIN):
            return None
        reply = self._request("GET", f"/v1/media/{known['id']}")
        if reply.status == 404:
            return None
        if reply.status == 422:
            raise Rejected(
                "the instance couldn't process a medium",
                "video_failed" if is_video else "media_refused",
            )
        check(reply, {200, 206}, self._clock.now(), is_public=False)
        return {**known, "ready": reply.status == 200}

    def _age(self, known: Mapping[str, Any]) -> timedelta:
        return self._clock.now() - datetime.fromisoformat(known["at"])

    def _upload(self, medium: Picture | Video) -> dict[str, Any]:
        is_video = isinstance(medium, Video)
        reply = self._sent(
            data={"description": medium.alt} if medium.alt else None,
            files={"file": _file(medium)},
            **({"deadline_s": UPLOAD_SECONDS} if is_video else {}),
        )
        try:
            answer = check(reply, {200, 202}, self._clock.now(), is_public=False)
        except Rejected as error:
            if is_video and error.reason in {"media_refused", "invalid"}:
                raise Rejected(error.detail, "video_failed") from error
            raise
        if not isinstance(answer.get("id"), str):
            raise Transient("the upload gave no id")
        at = self._clock.now().isoformat()
        return {"id": answer["id"], "ready": reply.status == 200, "at": at}

    def _sent(self, **how: Any) -> Reply:
        """Upload it as Mastodon takes it since 3.1.3, else as before: some know only that.

        https://docs.joinmastodon.org/methods/media/#v1
        """
        reply = self._request("POST", "/v2/media", **how)
        return self._request("POST", "/v1/media", **how) if reply.status in {404, 405} else reply


def _file(medium: Picture | Video) -> File:
    """Return a medium as it is uploaded, by a name of its own: snac makes the media id of it."""
    content: bytes | Streamed
    if isinstance(medium, Video):
        content, content_type = streamed(medium), medium.content_type
    else:
        content, content_type = medium.load()
    ending = content_type.partition("/")[2].replace("quicktime", "mov")
    return f"{medium.sha256[:16]}.{ending}", content, content_type
