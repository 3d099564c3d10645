"""Videos: what an MP4 or MOV file really holds, and its bytes freed of what tells of people.

A video is read by ranges, never whole, so this walks the file's boxes itself: the libraries
that tell a video's length want the whole file, or a program that isn't in the package. What
tells where and by whom it was taken is blanked where it stands, so that nothing moves and
nothing is encoded anew.

ISO/IEC 14496-12 (MP4) and https://developer.apple.com/documentation/quicktime-file-format (MOV):
a box is its length (4 bytes, or 8 more if that is 1), its name (4 bytes), its content.
"""

from __future__ import annotations

import struct
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

MP4, MOV = "video/mp4", "video/quicktime"
VIDEO_TYPES = frozenset({MP4, MOV})
MAX_VIDEO_BYTES = 200 * 1024 * 1024
"""A minute of a phone's film is 60 to 130 MB."""
MAX_VIDEO_SECONDS = 15 * 60
"""What most networks take of an account that they haven't verified."""
MAX_INDEX_BYTES = 16_000_000
"""Of the box that says where each picture stands: an hour's is 5 MB."""
CHUNK = 8 * 1024 * 1024
CODECS = frozenset({b"avc1", b"avc3", b"hvc1", b"hev1"})
"""H.264 and H.265, which is what networks take: https://mp4ra.org/registered-types/sampleentries"""
PICTURES, SOUND = b"vide", b"soun"

_FILM_BRANDS = (b"iso", b"mp4", b"avc", b"M4V", b"MSN", b"das", b"f4v", b"XAV", b"cmf", b"3gp")
"""How the brands of MP4 films begin: https://mp4ra.org/registered-types/brands"""
_OLD_MOV = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
"""What a MOV may begin with that names no brand."""
_KEPT: dict[bytes, frozenset[bytes]] = {
    b"": frozenset({b"ftyp", b"moov", b"mdat"}),
    b"moov": frozenset({b"mvhd", b"trak", b"iods"}),
    b"trak": frozenset({b"tkhd", b"edts", b"mdia", b"tapt"}),
    b"mdia": frozenset({b"mdhd", b"hdlr", b"minf", b"elng"}),
    b"minf": frozenset({b"vmhd", b"smhd", b"gmhd", b"hdlr", b"dinf", b"stbl"}),
    b"stbl": frozenset(
        b"stsd stts ctts cslg stsc stsz stz2 stco co64 stss stps sdtp sgpd sbgp".split()
    ),
}
"""What is needed to play a film, by what it stands in. Anything else may tell of places, names
and devices, what is called free space too: it is blanked."""
_FRAGMENTS = frozenset({b"moof", b"mvex"})
_TOP = 1_000
"""Boxes of the file itself, at most: a dozen are usual."""
MAX_ENTRIES = 200_000
"""Of a table of a camera's own track, and boxes of an index: a film of fifteen minutes has a
fraction of that."""

Read = Callable[[int, int], bytes]
"""Returns the bytes from a start, at most so many; fewer, or none, past the end."""


class VideoFault(StrEnum):
    """Why a video is refused: a stable word."""

    NOT_A_VIDEO = "not_a_video"
    """Not an MP4 or MOV file."""
    TRUNCATED = "truncated"
    """Cut short, or damaged."""
    NO_PICTURES = "no_pictures"
    CODEC = "codec"
    """Encoded in a way that networks don't take."""
    FRAGMENTED = "fragmented"
    """Written in pieces while it was recorded, as browsers and capture programs do."""
    TOO_LONG = "too_long"


class VideoRefused(Exception):
    """This video can't be taken; ``reason`` says why, ``detail`` is for the log."""

    def __init__(self, reason: VideoFault, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class Blanks(NamedTuple):
    """What gives way in a file, which keeps its length."""

    zeros: tuple[tuple[int, int], ...] = ()
    """From where to where; in order, and apart from each other."""
    names: tuple[int, ...] = ()
    """Where the name of a box becomes that of free space; in order."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """What a video is by its content; width and height are those that a viewer shows."""

    content_type: str
    width: int
    height: int
    duration_ms: int
    blanks: Blanks
    """What may tell of people."""


class _Box(NamedTuple):
    name: bytes
    start: int
    """Where its length stands."""
    inside: int
    """Where its content begins."""
    end: int

    def moved(self, by: int) -> _Box:
        """Return the same box, its places counted from elsewhere."""
        return _Box(self.name, self.start + by, self.inside + by, self.end + by)


def inspect(read: Read) -> VideoInfo:
    """Return what a video really is, by its index; its pictures aren't looked at.

    Raises:
        VideoRefused: it is not one that we take.
    """
    content_type = _recognised(read(0, 16))
    boxes = list(_at_top(read))
    if any(box.name in _FRAGMENTS for box in boxes):
        raise VideoRefused(VideoFault.FRAGMENTED)
    indexes = [box for box in boxes if box.name == b"moov"]
    if len(indexes) != 1 or indexes[0].end - indexes[0].start > MAX_INDEX_BYTES:
        raise VideoRefused(VideoFault.TRUNCATED, "not one index of a usual size")
    (found,) = indexes
    index = _Index(read(found.start, found.end - found.start), found.start)
    try:
        return _told(index, content_type, [b for b in boxes if b.name not in _KEPT[b""]])
    except (struct.error, IndexError, ZeroDivisionError) as error:
        raise VideoRefused(VideoFault.TRUNCATED, str(error)[:100]) from error


def cleaned(read: Read, blanks: Blanks) -> Iterator[bytes]:
    """Yield the file in chunks, with what tells of people blanked."""
    at = 0
    while data := read(at, CHUNK):
        yield _blanked(data, at, blanks)
        at += len(data)


def _recognised(head: bytes) -> str:
    """Return the content type that the first bytes tell."""
    name, brand = head[4:8], head[8:12]
    if name == b"ftyp" and brand == b"qt  ":
        return MOV
    if name == b"ftyp" and brand.startswith(_FILM_BRANDS):
        return MP4
    if name in _OLD_MOV:
        return MOV
    raise VideoRefused(VideoFault.NOT_A_VIDEO, f"begins with {head[:12].hex()}")


def _at_top(read: Read) -> Iterator[_Box]:
    """Yield the boxes of the file itself.

    Raises:
        VideoRefused: the file ends within one, or has too many.
    """
    at = 0
    for _ in range(_TOP):
        head = read(at, 16)
        if not head:
            return
        box = _box(head, at)
        if box is None:  # to the end of the file, whatever that is
            if head[4:8] != b"mdat":
                raise VideoRefused(VideoFault.TRUNCATED, "a box without an end")
            return
        if not box.inside <= box.end <= MAX_VIDEO_BYTES or not read(box.end - 1, 1):
            raise VideoRefused(VideoFault.TRUNCATED, f"{box.name!r} ends past the end")
        yield box
        at = box.end
    raise VideoRefused(VideoFault.TRUNCATED, "too many boxes")


def _box(head: bytes | memoryview, at: int, start: int = 0) -> _Box | None:
    """Return the box whose head stands at ``start`` of some bytes; None if it has no end."""
    if len(head) < start + 8:
        raise VideoRefused(VideoFault.TRUNCATED, "cut within a box's head")
    length, name = struct.unpack_from(">I4s", head, start)
    inside = 8
    if length == 1:
        if len(head) < start + 16:
            raise VideoRefused(VideoFault.TRUNCATED, "cut within a box's head")
        (length,) = struct.unpack_from(">Q", head, start + 8)
        inside = 16
    elif length == 0:
        return None
    return _Box(name, at, at + inside, at + length)


class _Index:
    """The box ``moov``: what all tracks are and where their parts stand in the file."""

    def __init__(self, data: bytes, offset: int) -> None:
        self.data = memoryview(data)
        self.offset = offset
        """Where it stands in the file."""
        self._seen = 0

    def boxes(self, within: _Box | None = None) -> Iterator[_Box]:
        """Yield what stands in a box, or in the index itself; places count from its start."""
        outer = within or _Box(b"moov", 0, 8, len(self.data))
        at = outer.inside
        while at + 8 <= outer.end:
            box = _box(self.data, at, at)
            if box is None or box.end > outer.end or box.end < box.inside:
                raise VideoRefused(VideoFault.TRUNCATED, "a box that leaves its own")
            self._seen += 1
            if self._seen > MAX_ENTRIES:
                raise VideoRefused(VideoFault.TRUNCATED, "too many boxes")
            yield box
            at = box.end

    def first(self, *names: bytes, within: _Box | None = None) -> _Box | None:
        """Return the first box at the end of a path of names; None if there is none."""
        for name in names:
            within = next((box for box in self.boxes(within) if box.name == name), None)
            if within is None:
                return None
        return within

    def numbers(self, what: str, box: _Box, skipped: int) -> tuple[int, ...]:
        """Return the numbers of a box's content, after so many bytes of it."""
        return struct.unpack_from(what, self.data[: box.end], box.inside + skipped)


def _told(index: _Index, content_type: str, telling: list[_Box]) -> VideoInfo:
    if index.first(b"mvex") is not None:
        raise VideoRefused(VideoFault.FRAGMENTED)
    tracks = [(box, _handler(index, box)) for box in index.boxes() if box.name == b"trak"]
    shown = next((box for box, handler in tracks if handler == PICTURES), None)
    if shown is None:
        raise VideoRefused(VideoFault.NO_PICTURES)
    codec = _codec(index, shown)
    if codec not in CODECS:
        raise VideoRefused(VideoFault.CODEC, codec.decode("latin-1"))
    milliseconds = _milliseconds(index)
    if not milliseconds:
        raise VideoRefused(VideoFault.TRUNCATED, "it lasts no time")
    if milliseconds > MAX_VIDEO_SECONDS * 1000:
        raise VideoRefused(VideoFault.TOO_LONG, f"{milliseconds} ms")
    width, height = _size(index, shown)
    return VideoInfo(content_type, width, height, milliseconds, _blanks(index, tracks, telling))


def _blanks(index: _Index, tracks: list[tuple[_Box, bytes]], telling: list[_Box]) -> Blanks:
    """Return all that isn't needed to play a film: of the file, the index, each track."""
    gone = [box for box in index.boxes() if box.name not in _KEPT[b"moov"]]
    runs: list[tuple[int, int]] = []
    for track, handler in tracks:
        if handler in {PICTURES, SOUND}:
            gone += _not_needed(index, track)
        else:
            gone.append(track)
            runs += _samples(index, track)
    gone = telling + [box.moved(index.offset) for box in gone]
    zeros = _apart([*((box.inside, box.end) for box in gone), *runs])
    return Blanks(zeros, tuple(sorted(box.start + 4 for box in gone)))


def _not_needed(index: _Index, outer: _Box) -> Iterator[_Box]:
    """Yield what isn't needed of a track to play it, however deep it stands."""
    for box in index.boxes(outer):
        if box.name not in _KEPT[outer.name]:
            yield box
        elif box.name in _KEPT:
            yield from _not_needed(index, box)


def _apart(runs: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Return the same bytes in runs that neither touch nor overlap, in order."""
    made: list[tuple[int, int]] = []
    for start, end in sorted(run for run in runs if run[0] < run[1]):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return tuple(made)


def _handler(index: _Index, track: _Box) -> bytes:
    """Return what a track is of."""
    box = index.first(b"mdia", b"hdlr", within=track)
    return bytes(index.data[box.inside + 8 : box.inside + 12]) if box else b""


def _codec(index: _Index, track: _Box) -> bytes:
    box = index.first(b"mdia", b"minf", b"stbl", b"stsd", within=track)
    return bytes(index.data[box.inside + 12 : box.inside + 16]) if box else b""


def _milliseconds(index: _Index) -> int:
    """Return how long the film lasts, by its own header (``mvhd``)."""
    box = index.first(b"mvhd")
    if box is None:
        return 0
    is_long = index.data[box.inside] == 1
    scale, length = index.numbers(">IQ" if is_long else ">II", box, 20 if is_long else 12)
    return length * 1000 // scale


def _size(index: _Index, track: _Box) -> tuple[int, int]:
    """Return width and height as shown: a track may be turned by a quarter (``tkhd``)."""
    box = index.first(b"tkhd", within=track)
    if box is None:
        raise VideoRefused(VideoFault.TRUNCATED, "a track without a header")
    skipped = 52 if index.data[box.inside] == 1 else 40
    across, along, *_, width, height = index.numbers(">ii7iII", box, skipped)
    size = (width >> 16, height >> 16)
    if not all(size):
        raise VideoRefused(VideoFault.NO_PICTURES, "pictures of no size")
    return size[::-1] if across == 0 and along else size


def _samples(index: _Index, track: _Box) -> Iterator[tuple[int, int]]:
    """Yield where the content of a track stands: a camera's own track tells where it was.

    A chunk is one run of samples; ``stsc`` says how many are in each, ``stsz`` how large.
    """
    table = index.first(b"mdia", b"minf", b"stbl", within=track)
    if table is None:
        return
    chunks, runs = _chunks(index, table), deque(_runs(index, table))
    length_of = _sizes(index, table)
    sample, count = 0, 0
    for number, start in enumerate(chunks, 1):
        while runs and runs[0][0] <= number:
            _, count = runs.popleft()
        length = length_of(sample, count)
        sample += count
        yield min(start, MAX_VIDEO_BYTES), min(start + length, MAX_VIDEO_BYTES)


def _sizes(index: _Index, table: _Box) -> Callable[[int, int], int]:
    """Return what tells how many bytes so many samples have, from one on.

    Raises:
        VideoRefused: that isn't told in the usual way.
    """
    box = index.first(b"stsz", within=table)
    if box is None:
        raise VideoRefused(VideoFault.CODEC, "a track whose samples have no sizes")
    each, count = index.numbers(">II", box, 4)
    if each:
        return lambda _, count: each * count
    sizes = index.numbers(f">{_fitting(box, count, 4)}I", box, 12)
    return lambda first, count: sum(sizes[first : first + count])


def _runs(index: _Index, table: _Box) -> list[tuple[int, int]]:
    """Return from which chunk on there are how many samples in each."""
    box = index.first(b"stsc", within=table)
    if box is None:
        return []
    (count,) = index.numbers(">I", box, 4)
    flat = index.numbers(f">{3 * _fitting(box, count, 12)}I", box, 8)
    return list(zip(flat[::3], flat[1::3], strict=True))


def _chunks(index: _Index, table: _Box) -> tuple[int, ...]:
    """Return where each chunk stands in the file."""
    for name, letter, width in ((b"stco", "I", 4), (b"co64", "Q", 8)):
        box = index.first(name, within=table)
        if box is not None:
            (count,) = index.numbers(">I", box, 4)
            return index.numbers(f">{_fitting(box, count, width)}{letter}", box, 8)
    return ()


def _fitting(box: _Box, count: int, width: int) -> int:
    """Return how many entries a table says it has, unless it can't."""
    if count > MAX_ENTRIES or count * width > box.end - box.inside:
        raise VideoRefused(VideoFault.TRUNCATED, "a table longer than its box, or than any")
    return count


def _blanked(data: bytes, at: int, blanks: Blanks) -> bytes:
    end = at + len(data)
    first = bisect_right(blanks.zeros, at, key=lambda run: run[1])
    zeros = blanks.zeros[first : bisect_left(blanks.zeros, (end,))]
    names = blanks.names[bisect_right(blanks.names, at - 4) : bisect_left(blanks.names, end)]
    if not zeros and not names:
        return data
    made = bytearray(data)
    put = [(start, stop, b"") for start, stop in zeros]
    for start, stop, new in [*put, *((name, name + 4, b"free") for name in names)]:
        low, high = max(start, at), min(stop, end)
        made[low - at : high - at] = new[low - start : high - start] or bytes(high - low)
    return bytes(made)
