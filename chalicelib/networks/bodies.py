"""Large bodies of requests: read while they are sent, so that memory holds a piece at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.publishing.outcomes import Transient

if TYPE_CHECKING:
    from chalicelib.networks.contract import Video
    from chalicelib.networks.http import File

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


def is_large(files: Mapping[str, File]) -> bool:
    """Say whether a form holds a file that is read while it is sent."""
    return any(isinstance(content, Streamed) for _, content, _ in files.values())


def form(
    fields: Mapping[str, str], files: Mapping[str, File]
) -> tuple[Streamed, Mapping[str, str]]:
    """Return a multipart form as a body, and the header that it goes with (RFC 7578)."""
    from urllib3.fields import RequestField  # noqa: PLC0415 - only large forms are made here
    from urllib3.filepost import choose_boundary  # noqa: PLC0415

    boundary = choose_boundary()
    parts: list[bytes | Streamed] = []
    named: Iterable[tuple[str, str | File]] = [*fields.items(), *files.items()]
    for name, value in named:
        content = value.encode() if isinstance(value, str) else value[1]
        told = value if isinstance(value, str) else (value[0], b"", value[2])
        head = RequestField.from_tuples(name, told).render_headers()
        parts += [f"--{boundary}\r\n{head}".encode(), content, b"\r\n"]
    parts.append(f"--{boundary}--\r\n".encode())

    def pieces() -> Iterator[bytes]:
        for part in parts:
            yield from part if isinstance(part, Streamed) else (part,)

    content_type = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return Streamed(sum(map(len, parts)), pieces), content_type
