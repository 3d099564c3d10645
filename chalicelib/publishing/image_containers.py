"""Takes everything out of an image file but what draws the picture, without touching a pixel.

PNG, WebP and GIF are chains of named blocks: those that hold no picture (EXIF with the place
it was taken, XMP, comments, dates, an editor's own) are left out, and so is what was hung
behind the end. What is kept is kept byte for byte, so an animation stays as it was drawn.

https://www.w3.org/TR/png-3/ · https://developers.google.com/speed/webp/docs/riff_container ·
https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

_PNG_KEPT = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs acTL fcTL fdAT".split()
)
_WEBP_KEPT = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ICCP", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_FLAGS_CLEARED = 0x08 | 0x04
"""Of VP8X: «has EXIF» and «has XMP»."""
_GIF_LOOPS = frozenset({b"NETSCAPE2.0", b"ANIMEXTS1.0"})
_GIF_EXTENSION, _GIF_IMAGE, _GIF_END = 0x21, 0x2C, 0x3B
_GIF_GRAPHIC_CONTROL, _GIF_APPLICATION = 0xF9, 0xFF


class Damaged(ValueError):
    """The file ends, or goes astray, before its own end mark."""


def bare_png(data: bytes) -> bytes:
    """Return the PNG with only the chunks that draw it (APNG's included).

    Raises:
        Damaged: a chunk is cut short, or the end mark is missing.
    """
    kept = [PNG_SIGNATURE]
    at = len(PNG_SIGNATURE)
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        after = at + 12 + length
        if after > len(data):
            break
        if name in _PNG_KEPT:
            kept.append(data[at:after])
        if name == b"IEND":
            return b"".join(kept)
        at = after
    raise Damaged("no end of the PNG")


def bare_webp(data: bytes) -> bytes:
    """Return the WebP with only the chunks that draw it.

    Raises:
        Damaged: a chunk is cut short.
    """
    kept = []
    for name, payload in _riff_chunks(data):
        if name not in _WEBP_KEPT:
            continue
        padding = b"\0" * (len(payload) % 2)
        drawn = _unflagged(payload) if name == b"VP8X" else payload
        kept.append(struct.pack("<4sI", name, len(payload)) + drawn + padding)
    body = b"WEBP" + b"".join(kept)
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def _unflagged(features: bytes) -> bytes:
    return bytes([features[0] & ~_WEBP_FLAGS_CLEARED]) + features[1:]


def has_lossless_webp(data: bytes) -> bool:
    """Say whether a still WebP was encoded without loss."""
    return any(name == b"VP8L" for name, _ in _riff_chunks(data))


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    end = 8 + struct.unpack_from("<I", data, 4)[0]
    if end > len(data):
        raise Damaged("the WebP is shorter than it says")
    at = 12
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", data, at)
        if at + 8 + length > end:
            raise Damaged("a chunk of the WebP is cut short")
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2


def bare_gif(data: bytes) -> bytes:
    """Return the GIF with only its images, their timing and how often it repeats.

    Raises:
        Damaged: a block is cut short, or the end mark is missing.
    """
    try:
        return _bare_gif(data)
    except IndexError as error:
        raise Damaged("no end of the GIF") from error


def _bare_gif(data: bytes) -> bytes:
    at = 13 + _colour_table(data[10])
    kept = [data[:at]]
    while data[at] != _GIF_END:
        after = _end_of_block(data, at)
        if _draws(data, at):
            kept.append(data[at:after])
        at = after
    return b"".join([*kept, bytes([_GIF_END])])


def _end_of_block(data: bytes, at: int) -> int:
    if data[at] == _GIF_EXTENSION:
        return _end_of_sub_blocks(data, at + 2)
    if data[at] == _GIF_IMAGE:
        # Descriptor, its colour table, the size of a code, then the image itself.
        return _end_of_sub_blocks(data, at + 10 + _colour_table(data[at + 9]) + 1)
    raise Damaged("an unknown block in the GIF")


def _end_of_sub_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1


def _draws(data: bytes, at: int) -> bool:
    if data[at] == _GIF_IMAGE or data[at + 1] == _GIF_GRAPHIC_CONTROL:
        return True
    return data[at + 1] == _GIF_APPLICATION and data[at + 3 : at + 14] in _GIF_LOOPS


def _colour_table(flags: int) -> int:
    """Return the bytes of the colour table that a descriptor's flags announce."""
    return 3 << ((flags & 0x07) + 1) if flags & 0x80 else 0
