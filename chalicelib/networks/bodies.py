"""Large bodies of requests: read while they are sent, so that memory holds a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.publishing.outcomes import Transient

if TYPE_CHECKING:
    from chalicelib.networks.contract import Video

PIECE = 4 * 1_048_576
"""Bytes read at once: a hundred megabytes are 24 reads of the bucket."""
UPLOAD_SECONDS = 35.0
"""For sending a video before it is published. A walk lives 60 seconds: what comes before the
upload has 13 of them, and storing what it gave 12 (``publishing/deliver``)."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """A body of a known length, which ``Http.request`` sends as ``data``."""

    size: int
    """Bytes: what Content-Length says."""
    pieces: Callable[[], Iterator[bytes]] = field(repr=False)
    """Reads it anew; raises Transient where it can't be read (any further)."""

    def __len__(self) -> int:
        """Return the bytes that it has."""
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        """Yield it piece by piece."""
        return self.pieces()


def streamed(video: Video) -> Streamed:
    """Return a video as the body of a request."""

    def pieces() -> Iterator[bytes]:
        start = 0
        while start < video.size:
            piece = video.read(start, min(PIECE, video.size - start))
            if not piece:
                raise Transient("the kept video is shorter than it was")
            yield piece
            start += len(piece)

    return Streamed(video.size, pieces)


def form(
    fields: Mapping[str, str], name: str, file: tuple[str, Streamed, str]
) -> tuple[Streamed, dict[str, str]]:
    """Return a multipart form whose last part is a large file, and the headers it goes with.

    Args:
        fields: The other parts.
        name: That of the file's part.
        file: The file's own name, what is in it, and its content type.
    """
    from urllib3.filepost import choose_boundary, encode_multipart_formdata  # noqa: PLC0415

    file_name, content, content_type = file
    boundary = choose_boundary()
    parts = {**fields, name: (file_name, b"", content_type)}
    whole, form_type = encode_multipart_formdata(parts, boundary)
    end = f"\r\n--{boundary}--\r\n".encode()
    begin = whole.removesuffix(end)

    def pieces() -> Iterator[bytes]:
        yield begin
        yield from content
        yield end

    return Streamed(len(begin) + content.size + len(end), pieces), {"Content-Type": form_type}
