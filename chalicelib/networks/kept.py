"""The kept media of firms, as a channel that publishes needs them."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.publishing.images import MAX_UPLOAD_BYTES
from chalicelib.publishing.outcomes import Rejected, Transient
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.workspaces.ports import Bucket
from chalicelib.workspaces.uploads import media_key, passing_key


@dataclass(frozen=True, slots=True)
class KeptMedia:
    """Reads and shows what was checked, by its SHA-256."""

    bucket: Bucket
    public_url: str
    """Where the world reaches this installation, without a final slash."""

    def image(self, sha256: str) -> bytes:
        """Return a kept image.

        Raises:
            Rejected: it is gone.
            Transient: the bucket doesn't answer.
        """
        try:
            data = self.bucket.read(media_key(sha256), MAX_UPLOAD_BYTES)
        except StoreUnclear as error:
            raise Transient("the image can't be read now") from error
        if data is None:
            raise Rejected("the image is gone", "media_gone")
        return data

    def show(self, data: bytes, content_type: str) -> str:
        """Show bytes to the world for a week; return their address.

        Nobody finds them who doesn't know them: the address is their SHA-256.

        Raises:
            Transient: the bucket doesn't answer.
        """
        key = passing_key(data)
        try:
            self.bucket.keep(key, data, content_type)
        except StoreUnclear as error:
            raise Transient("the image can't be shown now") from error
        return f"{self.public_url}/{key}"

    def part(self, sha256: str, start: int, length: int) -> bytes:
        """Return the bytes of a kept video from a start, at most so many.

        Raises:
            Rejected: it is gone.
            Transient: the bucket doesn't answer.
        """
        try:
            data = self.bucket.read_range(media_key(sha256), start, length)
        except StoreUnclear as error:
            raise Transient("the video can't be read now") from error
        if data is None:
            raise Rejected("the video is gone", "media_gone")
        return data

    def address(self, sha256: str) -> str:
        """Return where the world may fetch a kept video, as long as it is kept."""
        return f"{self.public_url}/{media_key(sha256)}"
