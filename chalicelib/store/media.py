"""What is known of firms' media: uploads that were begun, and those that were checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chalicelib.ids import MediaId, WorkspaceId
from chalicelib.publishing.ports import Stale
from chalicelib.store import keys
from chalicelib.store.codec import INSTANT, TEXT, WHOLE, Record
from chalicelib.store.connection import Store
from chalicelib.store.expiry import expires
from chalicelib.store.read import get, get_many
from chalicelib.store.schema import Kind
from chalicelib.store.tables import CORE, PARTITION, SORT, SYS
from chalicelib.store.write import put, put_over
from chalicelib.workspaces.ports import Kept, Upload

UPLOAD = Kind(
    name="upload",
    record=Record(
        Upload,
        {
            "name": ("name", TEXT),
            "content_type": ("type", TEXT),
            "size": ("size", WHOLE),
            "expires_at": ("until", INSTANT),
        },
        known=frozenset({"workspace", "id"}),
    ),
)
KEPT = Kind(
    name="image",
    record=Record(
        Kept,
        {
            "sha256": ("sha", TEXT),
            "content_type": ("type", TEXT),
            "width": ("w", WHOLE),
            "height": ("h", WHOLE),
            "size": ("size", WHOLE),
            "duration_ms": ("ms", WHOLE),
            "created_at": ("made", INSTANT),
        },
        known=frozenset({"workspace"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaShelf:
    """What is known of a firm's media."""

    store: Store

    def put_upload(self, upload: Upload) -> None:
        """Keep what is expected, until it expires."""
        pk, sk = keys.upload(upload.workspace, upload.id)
        item = {PARTITION: pk, SORT: sk, **UPLOAD.pack(upload)}
        put_over(self.store, SYS, item | expires(upload.expires_at))

    def upload(self, workspace: WorkspaceId, media: MediaId, now: datetime) -> Upload | None:
        """Return an upload that was begun and hasn't expired."""
        item = get(self.store, SYS, keys.upload(workspace, media))
        if item is None:
            return None
        upload = UPLOAD.unpack(item, workspace=workspace, id=media)
        return upload if now < upload.expires_at else None

    def put_kept(self, kept: Kept) -> None:
        """Keep what is known of a checked medium; the same one again changes nothing."""
        pk, sk = keys.image(kept.workspace, kept.sha256)
        try:
            put(self.store, CORE, {PARTITION: pk, SORT: sk, **KEPT.pack(kept)}, rev=0)
        except Stale:
            return  # the same bytes: all that is known of them is the same

    def kept(self, workspace: WorkspaceId, hashes: Sequence[str]) -> Mapping[str, Kept]:
        """Return those of these media that this firm has."""
        found = get_many(self.store, CORE, (keys.image(workspace, h) for h in hashes))
        images = [KEPT.unpack(item, workspace=workspace) for item in found.values()]
        return {image.sha256: image for image in images}
