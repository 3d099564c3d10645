"""Videos: what they are by their index, and what of people is blanked in them."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.publishing import videos
from chalicelib.publishing.videos import (
    MOV,
    MP4,
    Blanks,
    Read,
    VideoFault,
    VideoRefused,
    cleaned,
    inspect,
)
from tests.fakes.videos import IDENTITY, QUARTER_TURN, box, film, mvhd, track

PLACE = b"+48.8577+002.2950+035/"


def reading(data: bytes) -> Read:
    return lambda start, length: data[start : start + length]


def refusal(data: bytes) -> VideoFault:
    with pytest.raises(VideoRefused) as caught:
        inspect(reading(data))
    return caught.value.reason


def clean(data: bytes) -> bytes:
    return b"".join(cleaned(reading(data), inspect(reading(data)).blanks))


@pytest.mark.parametrize("moov_last", [True, False])
@pytest.mark.parametrize(
    ("brand", "content_type"), [(b"isom", MP4), (b"mp42", MP4), (b"M4V ", MP4), (b"qt  ", MOV)]
)
def test_a_video_is_what_its_index_says(
    brand: bytes, content_type: str, *, moov_last: bool
) -> None:
    info = inspect(reading(film(brand=brand, moov_last=moov_last)))
    assert (info.content_type, info.width, info.height) == (content_type, 1080, 1920)
    assert info.duration_ms == 12_000
    assert info.blanks == Blanks()


def test_a_mov_of_before_brands_begins_with_its_pictures() -> None:
    data = film()
    brand_length = struct.unpack(">I", data[:4])[0]
    assert inspect(reading(data[brand_length:])).content_type == MOV


def test_what_a_phone_filmed_standing_is_shown_standing() -> None:
    info = inspect(reading(film(width=1920, height=1080, matrix=QUARTER_TURN)))
    assert (info.width, info.height) == (1080, 1920)


def test_a_long_index_and_long_boxes_are_read() -> None:
    """Version 1 of the headers has 64-bit times; a box over 4 GB has a 64-bit length."""
    long_mvhd = box(b"mvhd", struct.pack(">IQQIQ", 1 << 24, 0, 0, 600, 7_200), bytes(80))
    head = struct.pack(">IQQIIQ8xHHHH", (1 << 24) | 7, 0, 0, 1, 0, 7_200, 0, 0, 0, 0)
    tkhd = box(b"tkhd", head, struct.pack(">9iII", *IDENTITY, 640 << 16, 360 << 16))
    old = track(b"vide", b"hvc1", 1, 1, 1)
    old_tkhd = struct.unpack(">I", old[8:12])[0]
    trak = box(b"trak", tkhd, old[8 + old_tkhd :])
    moov = box(b"moov", long_mvhd, trak)
    mdat = struct.pack(">I4sQ", 1, b"mdat", 16 + 5) + b"12345"
    info = inspect(reading(box(b"ftyp", b"isom", bytes(4)) + mdat + moov))
    assert (info.width, info.height, info.duration_ms) == (640, 360, 12_000)


def test_pictures_may_go_to_the_end_of_the_file() -> None:
    data = film(moov_last=False)
    at = data.index(b"mdat")
    assert inspect(reading(data[: at - 4] + bytes(4) + data[at:])).duration_ms == 12_000


# What is refused.


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", VideoFault.NOT_A_VIDEO),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), VideoFault.NOT_A_VIDEO),
        (b"<html>" + bytes(40), VideoFault.NOT_A_VIDEO),
        (box(b"ftyp", b"heic", bytes(8)), VideoFault.NOT_A_VIDEO),
        (b"\x1aE\xdf\xa3" + bytes(40), VideoFault.NOT_A_VIDEO),
        (film()[:-1], VideoFault.TRUNCATED),
        (film()[:3_000], VideoFault.TRUNCATED),
        (box(b"ftyp", b"isom", bytes(4)), VideoFault.TRUNCATED),
        (film(codec=b"ap4h"), VideoFault.CODEC),
        (film(codec=b"av01"), VideoFault.CODEC),
        (film(milliseconds=0), VideoFault.TRUNCATED),
        (film(milliseconds=900_001), VideoFault.TOO_LONG),
        (film(width=0), VideoFault.NO_PICTURES),
    ],
)
def test_what_is_no_video_that_networks_take_is_refused(data: bytes, fault: VideoFault) -> None:
    assert refusal(data) is fault


def test_a_recording_of_sound_alone_is_refused() -> None:
    moov = box(b"moov", mvhd(5_000), track(b"soun", b"mp4a", 0, 0, 5_000))
    assert refusal(box(b"ftyp", b"M4A ", bytes(4)) + moov) is VideoFault.NOT_A_VIDEO
    assert refusal(box(b"ftyp", b"isom", bytes(4)) + moov) is VideoFault.NO_PICTURES


def test_an_index_of_gigabytes_isnt_read() -> None:
    asked: list[int] = []
    head = box(b"ftyp", b"isom", bytes(4)) + struct.pack(">I4s", 2**31, b"moov")

    def read(start: int, length: int) -> bytes:
        asked.append(length)
        return (head + bytes(64))[start : start + length] or b"\0"

    with pytest.raises(VideoRefused):
        inspect(read)
    assert max(asked) <= 16


@given(st.data())
def test_a_damaged_file_is_refused_and_nothing_else_happens(data: st.DataObject) -> None:
    whole = bytearray(film(place=PLACE, picture_bytes=64))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        info = inspect(reading(cut))
    except VideoRefused:
        return
    assert info.width > 0
    assert info.duration_ms > 0
    assert sum(map(len, cleaned(reading(cut), info.blanks))) == len(cut)


# What tells of people.


def test_where_it_was_taken_is_blanked_and_nothing_moves() -> None:
    data = film(place=PLACE)
    made = clean(data)
    assert PLACE in data
    assert PLACE not in made
    assert b"location" not in made
    assert len(made) == len(data)
    assert made.index(b"mdat") == data.index(b"mdat")
    assert clean(made) == made


def test_a_camera_that_writes_its_way_beside_the_pictures_has_it_blanked() -> None:
    """A GoPro's own track holds where it was each second, among the pictures' bytes."""
    way = [b"GPS5 48.8577", b"GPS5 48.8578 2.2951"]
    first = box(b"ftyp", b"isom", bytes(4))
    pictures = b"PICTURE-ONE" + way[0] + b"PICTURE-TWO" + way[1] + b"PICTURE-END"
    mdat = box(b"mdat", pictures)
    start = len(first) + 8
    places = [start + 11, start + 11 + len(way[0]) + 11]
    table = box(
        b"stbl",
        box(b"stsd", struct.pack(">II", 0, 1), box(b"gpmd", bytes(8))),
        box(b"stsz", struct.pack(">III2I", 0, 0, 2, *map(len, way))),
        box(b"stsc", struct.pack(">II3I", 0, 1, 1, 1, 1)),
        box(b"stco", struct.pack(">II2I", 0, 2, *places)),
    )
    handler = box(b"hdlr", struct.pack(">II4s12x", 0, 0, b"meta"), b"\0")
    own = box(b"trak", box(b"mdia", handler, box(b"minf", table)))
    moov = box(b"moov", mvhd(4_000), track(b"vide", b"avc1", 640, 360, 4_000), own)
    made = clean(first + mdat + moov)
    assert b"GPS5" not in made
    assert all(f"PICTURE-{n}".encode() in made for n in ("ONE", "TWO", "END"))
    assert b"gpmd" not in made


def test_a_file_is_read_in_chunks_and_blanked_across_their_borders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = film(place=PLACE, picture_bytes=300)
    expected = clean(data)
    monkeypatch.setattr(videos, "CHUNK", 7)
    assert clean(data) == expected


PLACES = [
    ("free space", lambda: film() + box(b"free", PLACE)),
    ("a box of its own", lambda: film() + box(b"gps0", PLACE)),
    ("a second uuid", lambda: film() + box(b"uuid", bytes(16), PLACE)),
    ("a long box", lambda: film() + struct.pack(">I4sQ", 1, b"meta", 16 + len(PLACE)) + PLACE),
    ("the index", lambda: _into(film(), b"moov", box(b"gps ", PLACE))),
    ("a track", lambda: _into(film(), b"trak", box(b"udta", PLACE))),
    ("a medium", lambda: _into(film(), b"mdia", box(b"meta", PLACE))),
    ("its information", lambda: _into(film(), b"minf", box(b"udta", PLACE))),
    ("its table", lambda: _into(film(), b"stbl", box(b"gps ", PLACE))),
]


def _into(data: bytes, name: bytes, more: bytes) -> bytes:
    """Put a box at the end of the first one of a name, and lengthen all around it."""
    start = data.index(name) - 4
    end = start + struct.unpack_from(">I", data, start)[0]
    made = bytearray(data[:end] + more + data[end:])
    at = start
    for outer in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
        at = data.index(outer) - 4
        length = struct.unpack_from(">I", data, at)[0]
        if at <= start and at + length >= end:
            struct.pack_into(">I", made, at, length + len(more))
    return bytes(made)


@pytest.mark.parametrize(("where", "made"), PLACES, ids=[where for where, _ in PLACES])
def test_what_isnt_needed_to_play_it_is_blanked_wherever_it_stands(
    where: str, made: Callable[[], bytes]
) -> None:
    data = made()
    assert PLACE in data, where
    result = clean(data)
    assert PLACE not in result
    assert len(result) == len(data)
    assert inspect(reading(result)).duration_ms == 12_000


def test_a_recording_in_pieces_is_told_as_one() -> None:
    pieces = film() + box(b"moof", b"")
    assert refusal(pieces) is VideoFault.FRAGMENTED
    assert refusal(_into(film(), b"moov", box(b"mvex", b""))) is VideoFault.FRAGMENTED


def test_two_indexes_or_a_box_without_an_end_are_damage() -> None:
    moov = box(b"moov", mvhd(12_000), track(b"vide", b"avc1", 2, 2, 12_000))
    assert refusal(film() + moov) is VideoFault.TRUNCATED
    assert refusal(film() + struct.pack(">I4s", 0, b"udta") + PLACE) is VideoFault.TRUNCATED
    assert refusal(film() + struct.pack(">I4sQ", 1, b"mdat", 2**64 - 1)) is VideoFault.TRUNCATED


def test_a_file_of_nothing_but_boxes_is_soon_left() -> None:
    reads: list[int] = []
    data = box(b"ftyp", b"isom", bytes(4)) + box(b"free") * 50_000

    def read(start: int, length: int) -> bytes:
        reads.append(start)
        return data[start : start + length]

    with pytest.raises(VideoRefused):
        inspect(read)
    assert len(reads) < 3_000


def camera(stsz: bytes, stsc: bytes, stco: bytes) -> bytes:
    """Return a film with a camera's own track of these tables."""
    table = box(b"stbl", box(b"stsd", struct.pack(">II", 0, 1), box(b"gpmd")), stsz, stsc, stco)
    handler = box(b"hdlr", struct.pack(">II4s12x", 0, 0, b"meta"), b"\0")
    return _into(film(), b"moov", box(b"trak", box(b"mdia", handler, box(b"minf", table))))


def test_a_table_made_to_take_long_takes_no_time() -> None:
    """A million runs over the same bytes, of samples that are all of one size."""
    once = struct.pack(">II3I", 0, 1, 1, 4_000_000, 1)
    many = box(b"stco", struct.pack(">II", 0, 100_000), struct.pack(">I", 64) * 100_000)
    data = camera(box(b"stsz", struct.pack(">III", 0, 4, 4_000_000)), box(b"stsc", once), many)
    info = inspect(reading(data))
    assert len(info.blanks.zeros) < 5
    assert sum(map(len, cleaned(reading(data), info.blanks))) == len(data)
    more = box(b"stco", struct.pack(">II", 0, 200_001), struct.pack(">I", 64) * 200_001)
    data = camera(box(b"stsz", struct.pack(">III", 0, 4, 4)), box(b"stsc", once), more)
    assert refusal(data) is VideoFault.TRUNCATED


def test_a_camera_whose_samples_cant_be_found_is_refused() -> None:
    chunks = box(b"stco", struct.pack(">III", 0, 1, 64))
    runs = box(b"stsc", struct.pack(">II3I", 0, 1, 1, 1, 1))
    assert refusal(camera(box(b"stz2", bytes(16)), runs, chunks)) is VideoFault.CODEC
