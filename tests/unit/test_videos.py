"""Videos: what they are by their index, and what of people is blanked in them."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.publishing import videos
from chalicelib.publishing.videos import MOV, MP4, Read, VideoFault, VideoRefused, cleaned, inspect
from tests.fakes.videos import IDENTITY, QUARTER_TURN, box, film, mvhd, track

PLACE = b"+48.8577+002.2950+035/"


def reading(data: bytes) -> Read:
    return lambda start, length: data[start : start + length]


def refusal(data: bytes, declared: str = MP4) -> VideoFault:
    with pytest.raises(VideoRefused) as caught:
        inspect(reading(data), declared)
    return caught.value.reason


def clean(data: bytes, declared: str = MP4) -> bytes:
    return b"".join(cleaned(reading(data), inspect(reading(data), declared).blanks))


@pytest.mark.parametrize("moov_last", [True, False])
@pytest.mark.parametrize(
    ("brand", "content_type"), [(b"isom", MP4), (b"mp42", MP4), (b"M4V ", MP4), (b"qt  ", MOV)]
)
def test_a_video_is_what_its_index_says(
    brand: bytes, content_type: str, *, moov_last: bool
) -> None:
    info = inspect(reading(film(brand=brand, moov_last=moov_last)), content_type)
    assert (info.content_type, info.width, info.height) == (content_type, 1080, 1920)
    assert info.duration_ms == 12_000
    assert info.blanks == ()


def test_a_mov_of_before_brands_begins_with_its_pictures() -> None:
    data = film()
    brand_length = struct.unpack(">I", data[:4])[0]
    assert inspect(reading(data[brand_length:]), MOV).content_type == MOV


def test_what_a_phone_filmed_standing_is_shown_standing() -> None:
    info = inspect(reading(film(width=1920, height=1080, matrix=QUARTER_TURN)), MP4)
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
    info = inspect(reading(box(b"ftyp", b"isom", bytes(4)) + mdat + moov), MP4)
    assert (info.width, info.height, info.duration_ms) == (640, 360, 12_000)


def test_pictures_may_go_to_the_end_of_the_file() -> None:
    data = film(moov_last=False)
    at = data.index(b"mdat")
    assert inspect(reading(data[: at - 4] + bytes(4) + data[at:]), MP4).duration_ms == 12_000


# What is refused.


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", VideoFault.NOT_A_VIDEO),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), VideoFault.NOT_A_VIDEO),
        (b"<html>" + bytes(40), VideoFault.NOT_A_VIDEO),
        (box(b"ftyp", b"heic", bytes(8)), VideoFault.NOT_A_VIDEO),
        (b"\x1aE\xdf\xa3" + bytes(40), VideoFault.NOT_A_VIDEO),
        (film(brand=b"qt  "), VideoFault.TYPE_MISMATCH),
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
        inspect(read, MP4)
    assert max(asked) <= 16


@given(st.data())
def test_a_damaged_file_is_refused_and_nothing_else_happens(data: st.DataObject) -> None:
    whole = bytearray(film(place=PLACE, picture_bytes=64))
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    try:
        info = inspect(reading(cut), MP4)
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
    assert inspect(reading(made), MP4).blanks == ()
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
