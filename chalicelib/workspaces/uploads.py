"""Uploads: bytes come in, are looked into, and are kept under the SHA-256 of what they hold.

Only that name is ever used afterwards, so a picture can't be swapped once it was checked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
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
from chalicelib.publishing.refusals import Fault, NotFound, Refusal
from chalicelib.workspaces.ports import Bucket, Form, Kept, MediaShelf, Upload

TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})
HEIC = frozenset({"image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"})
UPLOAD_LASTS = timedelta(hours=1)


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
    """Takes in a firm's images."""

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
        """Return where to send the bytes of one image.

        Raises:
            MediaRefused: a type that we don't take, or too many bytes.
        """
        content_type = content_type.strip().lower()
        if content_type in HEIC:
            raise MediaRefused(Fault("/content_type", "image-heic"))
        if content_type not in TYPES:
            raise MediaRefused(Fault("/content_type", "image-type", {"type": content_type}))
        if size > MAX_UPLOAD_BYTES:
            raise MediaRefused(_too_big(size))
        upload = Upload(
            workspace=workspace,
            id=media or MediaId(self.ids.new()),
            name=name,
            content_type=content_type,
            size=size,
            expires_at=self.clock.now() + UPLOAD_LASTS,
        )
        self.shelf.put_upload(upload)
        form = self.bucket.form(_raw_key(upload), content_type, MAX_UPLOAD_BYTES, UPLOAD_LASTS)
        return Begun(upload=upload, form=form)

    def complete(self, workspace: WorkspaceId, media: MediaId) -> Kept:
        """Look into what was uploaded and keep it; doing it again gives the same.

        Raises:
            NotFound: no such upload, or it has expired.
            MediaRefused: nothing was uploaded, or it is no image that we take.
        """
        upload = self.shelf.upload(workspace, media, self.clock.now())
        if upload is None:
            raise NotFound(media)
        data = self.bucket.read(_raw_key(upload), MAX_UPLOAD_BYTES)
        if not data:
            raise MediaRefused(Fault("", "image-missing"))
        if len(data) > MAX_UPLOAD_BYTES:
            raise MediaRefused(_too_big(len(data)))
        info, clean = _checked(data, upload)
        sha256 = hashlib.sha256(clean).hexdigest()
        kept = Kept(
            workspace=workspace,
            sha256=sha256,
            content_type=info.content_type,
            width=info.width,
            height=info.height,
            size=len(clean),
            created_at=self.clock.now(),
        )
        self.bucket.keep(media_key(sha256), clean, info.content_type)
        self.shelf.put_kept(kept)
        return kept

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


def _raw_key(upload: Upload) -> str:
    return f"uploads/{upload.workspace}/{upload.id}"


def _too_big(size: int) -> Fault:
    return Fault("/size", "image-too-big", {"size": size, "max": MAX_UPLOAD_BYTES})
