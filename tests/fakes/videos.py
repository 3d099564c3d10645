"""Videos for tests: the boxes of a small MP4 or MOV file, as cameras and editors write them.

ISO/IEC 14496-12 (MP4) and Apple's QuickTime File Format: a box is its length, its name, its
content.
"""

from __future__ import annotations

import struct

IDENTITY = (0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
QUARTER_TURN = (0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000)
"""The matrix of a phone that was held upright: what is stored lying is shown standing."""


def box(name: bytes, *content: bytes) -> bytes:
    """Return one box."""
    data = b"".join(content)
    return struct.pack(">I4s", 8 + len(data), name) + data


def film(
    *,
    brand: bytes = b"isom",
    width: int = 1080,
    height: int = 1920,
    milliseconds: int = 12_000,
    codec: bytes = b"avc1",
    sound: bytes | None = b"mp4a",
    matrix: tuple[int, ...] = IDENTITY,
    place: bytes = b"",
    picture_bytes: int = 4_096,
    moov_last: bool = True,
) -> bytes:
    """Return a file that says it is a film of this size and length.

    ``place`` is where it was taken, as phones write it twice; ``moov_last`` is how cameras
    write, who know the length at the end only.
    """
    tracks = [track(b"vide", codec, width, height, milliseconds, matrix)]
    if sound is not None:
        tracks.append(track(b"soun", sound, 0, 0, milliseconds))
    told = [mvhd(milliseconds), *tracks]
    if place:
        told.append(box(b"udta", box(b"\xa9xyz", struct.pack(">HH", len(place), 0x15C7), place)))
        told.append(box(b"meta", box(b"keys", b"com.apple.quicktime.location.ISO6709"), place))
    moov = box(b"moov", *told)
    data = box(b"mdat", bytes(n % 251 for n in range(picture_bytes)))
    first = box(b"ftyp", brand, struct.pack(">I", 512), brand)
    return first + (data + moov if moov_last else moov + data)


def mvhd(milliseconds: int) -> bytes:
    """Return the film's own header, in thousandths of a second."""
    head = struct.pack(">IIIII", 0, 0, 0, 1000, milliseconds)
    return box(b"mvhd", head, struct.pack(">IH10x9i24xI", 0x10000, 0x100, *IDENTITY, 3))


def track(
    handler: bytes,
    codec: bytes,
    width: int,
    height: int,
    milliseconds: int,
    matrix: tuple[int, ...] = IDENTITY,
) -> bytes:
    """Return one track: of pictures or of sound."""
    head = struct.pack(">IIIIII8xHHHH", 7, 0, 0, 1, 0, milliseconds, 0, 0, 0x100, 0)
    tkhd = box(b"tkhd", head, struct.pack(">9iII", *matrix, width << 16, height << 16))
    mdhd = box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, milliseconds, 0x55C4, 0))
    hdlr = box(b"hdlr", struct.pack(">II4s12x", 0, 0, handler), b"\0")
    stsd = box(b"stsd", struct.pack(">II", 0, 1), box(codec, bytes(78)))
    media = box(b"mdia", mdhd, hdlr, box(b"minf", box(b"stbl", stsd)))
    return box(b"trak", tkhd, media)
