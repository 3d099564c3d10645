"""Media on their way to an instance: uploaded, and waited for while it works on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.fediverse import check
from chalicelib.publishing.outcomes import Part, Pending, Rejected, Transient

if TYPE_CHECKING:
    from chalicelib.clock import Clock
    from chalicelib.networks.contract import Picture
    from chalicelib.networks.http import Reply

MEDIA_KEPT = timedelta(hours=6)
"""Mastodon removes media that no status uses after a day; a status would go out without.

https://github.com/mastodon/mastodon/blob/main/app/lib/vacuum/media_attachments_vacuum.rb
"""
PROCESSING_LOOK = timedelta(seconds=5)
"""Until the first look at a medium in processing; later ones wait half its age."""
PROCESSED_WITHIN = timedelta(minutes=30)
"""A medium that is still not ready is stuck, and is uploaded anew."""


class Uploads:
    """Brings pictures to an instance; ``request`` calls what makes nothing public."""

    def __init__(self, request: Callable[..., Reply], clock: Clock) -> None:
        self._request = request
        self._clock = clock

    def prepare(
        self, pictures: Sequence[Picture], parts: Mapping[str, str]
    ) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: each medium, waited for while the instance works on it."""
        waits: list[timedelta] = []
        for n, picture in enumerate(pictures):
            name = f"media.{n}"
            known = json.loads(parts[name]) if name in parts else None
            stands = self._standing(known)
            if stands is None or stands != known:
                stands = stands or self._upload(picture)
                yield Part(name, json.dumps(stands))
            if not stands["ready"]:
                waits.append(max(self._age(stands) / 2, PROCESSING_LOOK))
        if waits:
            yield Pending(min(waits))

    def _standing(self, known: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return how an uploaded medium stands by now; None if it must be uploaded (again)."""
        if known is None or self._age(known) > MEDIA_KEPT:
            return None
        if known["ready"]:
            return known
        if self._age(known) > PROCESSED_WITHIN:
            return None
        reply = self._request("GET", f"/v1/media/{known['id']}")
        if reply.status == 404:
            return None
        if reply.status == 422:
            raise Rejected("the instance couldn't process a picture", "media_refused")
        check(reply, {200, 206}, self._clock.now(), is_public=False)
        return {**known, "ready": reply.status == 200}

    def _age(self, known: Mapping[str, Any]) -> timedelta:
        return self._clock.now() - datetime.fromisoformat(known["at"])

    def _upload(self, picture: Picture) -> dict[str, Any]:
        data, content_type = picture.load()
        # The name tells pictures apart: snac makes the media id of it.
        name = f"{picture.sha256[:16]}.{content_type.partition('/')[2]}"
        reply = self._request(
            "POST",
            "/v2/media",
            data={"description": picture.alt} if picture.alt else None,
            files={"file": (name, data, content_type)},
        )
        answer = check(reply, {200, 202}, self._clock.now(), is_public=False)
        if not isinstance(answer.get("id"), str):
            raise Transient("the upload gave no id")
        at = self._clock.now().isoformat()
        return {"id": answer["id"], "ready": reply.status == 200, "at": at}
