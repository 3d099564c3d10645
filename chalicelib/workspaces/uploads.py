"""Uploads: bytes come in, are looked into, and are kept under the SHA-256 of what they hold.

Only that name is ever used afterwards, so a medium can't be swapped once it was checked. A
video is never held whole: it is read once to be named, and once more to be kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.ids import Ids, MediaId, WorkspaceId
from chalicelib.publishing.images import (
    MAX_PIXELS,
    MAX_UPLOAD_BYTES,
    ImageInfo,
    ImageRefused,
    inspect,
    normalise,
)
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.publishing.refusals import Fault, NotFound, Refusal
from chalicelib.publishing.videos import (
    MAX_VIDEO_BYTES,
    MAX_VIDEO_SECONDS,
    VIDEO_TYPES,
    VideoFault,
    VideoInfo,
    VideoRefused,
    cleaned,
)
from chalicelib.publishing.videos import inspect as inspect_video
from chalicelib.workspaces.ports import Bucket, Form, Kept, MediaShelf, Upload

TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
HEIC = frozenset({"image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"})
UPLOAD_LASTS = timedelta(hours=1)
_VIDEO_CODES = {VideoFault.TOO_LONG: "video-too-long-here"}
"""What a network may refuse too has words of its own where it is us."""


class MediaRefused(Refusal):
    """The file isn't one that we take; ``fault`` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """An upload that may be sent now."""

    upload: Upload
    form: Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploads:
    """Takes in a firm's images and videos."""

    clock: Clock
    ids: Ids
    shelf: MediaShelf
    bucket: Bucket

    def begin(
        self,
        workspace: WorkspaceId,
        *,
        name: str,
        content_type: str,
        size: int,
        media: MediaId | None = None,
    ) -> Begun:
        """Return where to send the bytes of one image or video.

        Raises:
            MediaRefused: a type that we don't take, or too many bytes.
        """
        content_type = content_type.strip().lower()
        if content_type in HEIC:
            raise MediaRefused(Fault("/content_type", "image-heic"))
        if content_type not in TYPES | VIDEO_TYPES:
            raise MediaRefused(Fault("/content_type", "image-type", {"type": content_type}))
        if size > _most(content_type):
            raise MediaRefused(_too_big(content_type, size))
        upload = Upload(
            workspace=workspace,
            id=media or MediaId(self.ids.new()),
            name=name,
            content_type=content_type,
            size=size,
            expires_at=self.clock.now() + UPLOAD_LASTS,
        )
        self.shelf.put_upload(upload)
        most = _most(content_type)
        form = self.bucket.form(_raw_key(upload), content_type, most, UPLOAD_LASTS)
        return Begun(upload=upload, form=form)

    def complete(self, workspace: WorkspaceId, media: MediaId) -> Kept:
        """Look into what was uploaded and keep it; doing it again gives the same.

        Raises:
            NotFound: no such upload, or it has expired.
            MediaRefused: nothing was uploaded, or it is none that we take.
        """
        upload = self.shelf.upload(workspace, media, self.clock.now())
        if upload is None:
            raise NotFound(media)
        is_video = upload.content_type in VIDEO_TYPES
        kept = self._kept_video(upload) if is_video else self._kept_image(upload)
        self.shelf.put_kept(kept)
        return kept

    def _kept_image(self, upload: Upload) -> Kept:
        data = self.bucket.read(_raw_key(upload), MAX_UPLOAD_BYTES)
        if not data:
            raise MediaRefused(Fault("", "image-missing"))
        if len(data) > MAX_UPLOAD_BYTES:
            raise MediaRefused(_too_big(upload.content_type, len(data)))
        info, clean = _checked(data, upload)
        sha256 = hashlib.sha256(clean).hexdigest()
        self.bucket.keep(media_key(sha256), clean, info.content_type)
        return Kept(
            workspace=upload.workspace,
            sha256=sha256,
            content_type=info.content_type,
            width=info.width,
            height=info.height,
            size=len(clean),
            created_at=self.clock.now(),
        )

    def _kept_video(self, upload: Upload) -> Kept:
        raw = _raw_key(upload)

        def read(start: int, length: int) -> bytes:
            return self.bucket.read_range(raw, start, length) or b""

        if not read(0, 1):
            raise MediaRefused(Fault("", "image-missing"))
        if read(MAX_VIDEO_BYTES, 1):
            raise MediaRefused(_too_big(upload.content_type, MAX_VIDEO_BYTES + 1))
        info = _checked_video(read)
        name, size = hashlib.sha256(), 0
        for chunk in cleaned(read, info.blanks):
            name.update(chunk)
            size += len(chunk)
        sha256 = name.hexdigest()
        chunks = _unchanged(cleaned(read, info.blanks), sha256)
        self.bucket.keep_chunks(media_key(sha256), chunks, info.content_type)
        return Kept(
            workspace=upload.workspace,
            sha256=sha256,
            content_type=info.content_type,
            width=info.width,
            height=info.height,
            size=size,
            duration_ms=info.duration_ms,
            created_at=self.clock.now(),
        )

    def kept(self, workspace: WorkspaceId, hashes: Sequence[str]) -> Mapping[str, Kept]:
        """Return those of these images that this firm has: another firm's are none of hers."""
        return self.shelf.kept(workspace, hashes) if hashes else {}


def media_key(sha256: str) -> str:
    """Return the key of a kept image: also its path on the host that serves media."""
    return f"media/{sha256}"


def passing_key(data: bytes) -> str:
    """Return where bytes are kept for a week, for a network that fetches them."""
    return f"media/passing/{hashlib.sha256(data).hexdigest()}"


def _checked(data: bytes, upload: Upload) -> tuple[ImageInfo, bytes]:
    """Return what the bytes really are, and the picture freed of all else."""
    try:
        info = inspect(data, upload.content_type)
        return info, normalise(data, info)
    except ImageRefused as error:
        code = f"image-{error.reason}".replace("_", "-")
        params = {"max_pixels": MAX_PIXELS // 1_000_000, "declared": upload.content_type}
        raise MediaRefused(Fault("", code, params)) from error


def _checked_video(read: Callable[[int, int], bytes]) -> VideoInfo:
    """Return what a video really is."""
    try:
        return inspect_video(read)
    except VideoRefused as error:
        code = _VIDEO_CODES.get(error.reason) or f"video-{error.reason}".replace("_", "-")
        params = {"max_minutes": MAX_VIDEO_SECONDS // 60}
        raise MediaRefused(Fault("", code, params)) from error


def _unchanged(chunks: Iterable[bytes], sha256: str) -> Iterator[bytes]:
    """Yield chunks whose name is known.

    Raises:
        StoreUnclear: they aren't those any more: the form still takes another file.
    """
    name = hashlib.sha256()
    for chunk in chunks:
        name.update(chunk)
        yield chunk
    if name.hexdigest() != sha256:
        raise StoreUnclear("another file was sent meanwhile")


def _raw_key(upload: Upload) -> str:
    return f"uploads/{upload.workspace}/{upload.id}"


def _most(content_type: str) -> int:
    """Return how many bytes a file of a type may have."""
    return MAX_VIDEO_BYTES if content_type in VIDEO_TYPES else MAX_UPLOAD_BYTES


def _too_big(content_type: str, size: int) -> Fault:
    code = "video-weight" if content_type in VIDEO_TYPES else "image-too-big"
    return Fault("/size", code, {"size": size, "max": _most(content_type)})
