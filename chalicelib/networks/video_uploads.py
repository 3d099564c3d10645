"""A video on its way to a network, in pieces: what X, LinkedIn and Pinterest have in common.

It is announced, sent piece by piece, declared to be whole, and waited for while the network
works on it. Nothing of that is seen by anybody. What has arrived is remembered after each piece,
so that a later walk goes on from there; a piece that is sent again takes the place of the first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from chalicelib.networks.contract import Video
from chalicelib.publishing.outcomes import Part, Pending, Rejected, Transient

PART = "video"
"""Under which name it is remembered what has become of it, as JSON: ``id`` goes into the post."""
FIRST_LOOK = timedelta(seconds=5)
"""Until the first look at one in processing; later ones wait half its age, or what is asked."""
LONGEST_LOOK = timedelta(minutes=10)
PROCESSED_WITHIN = timedelta(hours=2)
"""One that is still in processing is stuck, and is sent anew."""
LARGEST_PIECE = 8 * 1024 * 1024
"""Bytes that are held at once: ten deliveries share the memory of a function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """How far one has come."""

    id: str
    """What the network calls it, also in the post."""
    until: datetime
    """How long it is counted on, unless it is used."""
    ends: tuple[int, ...]
    """Where each piece ends, in bytes from the start; the last is the size of the video."""
    to: tuple[str, ...] = ()
    """What the network has told of where each piece goes; empty: it is known."""
    token: str = ""
    """What the network wants to be told again in the end."""
    receipts: tuple[str, ...] = ()
    """What it answered to each piece that has arrived."""
    whole_at: datetime | None = None
    """When it was declared to be whole; None: not yet."""
    is_ready: bool = False
    is_second: bool = False
    """The one before it was refused."""

    @property
    def n(self) -> int:
        """Return which piece comes next, from 0."""
        return len(self.receipts)

    def piece(self, video: Video) -> bytes:
        """Return the bytes of the next piece.

        Raises:
            Transient: they can't be read now.
            Rejected: the video is gone.
        """
        start = self.ends[self.n - 1] if self.receipts else 0
        data = video.read(start, self.ends[self.n] - start)
        if len(data) != self.ends[self.n] - start:
            raise Transient("a piece of the video was read short")
        return data


class Takes(Protocol):
    """How one network takes a video.

    Each raises Rejected where the network refuses it, ``gone`` where it no longer knows the
    upload; another NetworkError where it couldn't be done now.
    """

    def begin(self, video: Video) -> Upload:
        """Announce it."""
        ...

    def send(self, upload: Upload, video: Video) -> str:
        """Send the next piece; return what must be remembered of it."""
        ...

    def finish(self, upload: Upload) -> timedelta | None:
        """Say that all pieces have arrived (it may have been said before); return as ``look``."""
        ...

    def look(self, upload: Upload) -> timedelta | None:
        """Return how long the network asks to wait before the next look; None: it is ready.

        Zero where it doesn't say.

        Raises:
            Rejected: it couldn't be processed (``video_failed``).
        """
        ...


def bring(
    takes: Takes, video: Video, parts: Mapping[str, str], now: Callable[[], datetime]
) -> Iterator[Part | Pending]:
    """Bring a video to a network, from where an earlier walk has left it; see ``prepare``.

    An upload of an earlier walk that the network refuses may only have ended: once, it is begun
    anew.
    """
    known: dict[str, Any] = json.loads(parts.get(PART) or "{}")
    standing = _standing(known, now())
    is_second = bool(known.get("is_second"))
    try:
        yield from _carried_on(takes, video, standing, now, is_second=is_second)
    except Rejected as refused:
        if standing is None or is_second or refused.reason == "video_failed":
            yield Part(PART, "")
            raise
        yield Part(PART, json.dumps({"is_second": True}))
        raise Transient(f"{refused.detail}: the video is sent anew") from refused


def _carried_on(
    takes: Takes,
    video: Video,
    upload: Upload | None,
    now: Callable[[], datetime],
    *,
    is_second: bool,
) -> Iterator[Part | Pending]:
    if upload is None:
        upload = replace(takes.begin(video), is_second=is_second)
        yield _remembered(upload)
    while upload.n < len(upload.ends):
        upload = replace(upload, receipts=(*upload.receipts, takes.send(upload, video)))
        yield _remembered(upload)
    if upload.is_ready:
        return
    was_whole = upload.whole_at is not None
    wait = takes.look(upload) if was_whole else takes.finish(upload)
    upload = replace(upload, whole_at=upload.whole_at or now(), is_ready=wait is None)
    if upload.is_ready or not was_whole:
        yield _remembered(upload)
    if wait is not None:
        yield Pending(max(wait, FIRST_LOOK, min(_age(upload, now()) / 2, LONGEST_LOOK)))


def _standing(known: Mapping[str, Any], now: datetime) -> Upload | None:
    """Return the upload of an earlier walk, if it can still be used."""
    if "id" not in known:
        return None
    upload = Upload(
        **{
            **known,
            "until": datetime.fromisoformat(known["until"]),
            "ends": tuple(known["ends"]),
            "to": tuple(known["to"]),
            "receipts": tuple(known["receipts"]),
            "whole_at": known["whole_at"] and datetime.fromisoformat(known["whole_at"]),
        }
    )
    is_stuck = not upload.is_ready and _age(upload, now) > PROCESSED_WITHIN
    return None if is_stuck or now >= upload.until else upload


def _age(upload: Upload, now: datetime) -> timedelta:
    """Return how long the network has been working on it."""
    return now - (upload.whole_at or now)


def _remembered(upload: Upload) -> Part:
    """Return what is stored of it; where pieces went is of no use once all are there."""
    if upload.whole_at is not None:
        upload = replace(upload, ends=(), to=(), receipts=())
    return Part(PART, json.dumps(asdict(upload), default=datetime.isoformat))
