"""What images are taken, what is taken out of them, and how they are made to fit."""

from __future__ import annotations

import struct
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageCms, ImageStat

from chalicelib.publishing.images import (
    MAX_UPLOAD_BYTES,
    ImageFault,
    ImageInfo,
    ImageRefused,
    inspect,
    normalise,
)
from tests.fakes.pictures import (
    SECRET,
    TELLING,
    encoded,
    gif_clip,
    is_red_at,
    opened,
    photograph,
    pictures,
    png_chunk,
    telling_exif,
    webp_clip,
)


def png_header(width: int, height: int) -> bytes:
    ihdr = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + ihdr + png_chunk(b"IDAT", zlib.compress(b"\0" * 100))


def refused(data: bytes, declared: str | None = None) -> ImageFault:
    with pytest.raises(ImageRefused) as caught:
        normalise(data, inspect(data, declared))
    return caught.value.reason


# What it is.


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp"), ("GIF", "image/gif")],
)
def test_an_image_is_known_by_its_content(kind: str, content_type: str) -> None:
    info = inspect(encoded(photograph(), kind))
    assert info == ImageInfo(content_type, 320, 200, animated=False)


@pytest.mark.parametrize("data", [gif_clip(), webp_clip()], ids=["gif", "webp"])
def test_an_animation_is_known(data: bytes) -> None:
    assert inspect(data).animated


def test_the_second_view_in_a_phones_jpeg_is_no_animation() -> None:
    data = encoded(photograph(), "MPO", save_all=True, append_images=[photograph(80, 50)])
    assert inspect(data) == ImageInfo("image/jpeg", 320, 200, animated=False)
    assert len(pictures(normalise(data, inspect(data)))) == 1


def test_a_gif_declared_as_a_jpeg_is_a_mismatch() -> None:
    data = gif_clip()
    assert inspect(data).content_type == "image/gif"
    assert refused(data, declared="image/jpeg") is ImageFault.TYPE_MISMATCH


def test_a_jpeg_may_be_declared_by_its_other_names() -> None:
    data = encoded(photograph(), "JPEG")
    for declared in ("image/jpeg", "image/jpg", "IMAGE/JPEG; charset=binary"):
        assert inspect(data, declared).content_type == "image/jpeg"


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix", b"avif", b"hevc"])
def test_a_phones_own_format_is_refused_by_its_name(brand: bytes) -> None:
    data = struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\0mif1heic" + bytes(64)
    assert refused(data) is ImageFault.HEIC


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"BM" + bytes(60),
        struct.pack(">I", 24) + b"ftypmp42" + bytes(64),
        b"II*\0" + bytes(60),
    ],
    ids=["empty", "pdf", "svg", "bmp", "mp4", "tiff"],
)
def test_what_is_no_image_of_ours_is_refused(data: bytes) -> None:
    assert refused(data) is ImageFault.NOT_AN_IMAGE


def test_too_many_bytes_are_refused() -> None:
    data = encoded(photograph(), "PNG")
    assert inspect(data + bytes(MAX_UPLOAD_BYTES - len(data)))
    assert refused(data + bytes(MAX_UPLOAD_BYTES - len(data) + 1)) is ImageFault.TOO_BIG


@pytest.mark.parametrize("side", [7_100, 9_000, 50_000])
def test_a_bomb_is_refused_by_its_header(side: int) -> None:
    assert refused(png_header(side, side)) is ImageFault.TOO_MANY_PIXELS


def test_a_long_animation_of_large_pictures_is_a_bomb_too() -> None:
    data = bytearray(gif_clip(pictures=5))
    data[6:10] = struct.pack("<HH", 7_000, 7_000)
    assert refused(bytes(data)) is ImageFault.TOO_MANY_PIXELS
    data[6:10] = struct.pack("<HH", 2_000, 2_000)
    assert inspect(bytes(data)).animated


@pytest.mark.parametrize("part", [0.02, 0.3, 0.95])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_file_cut_short_is_refused(kind: str, part: float) -> None:
    data = encoded(photograph(), kind)
    assert refused(data[: max(13, int(len(data) * part))]) is ImageFault.TRUNCATED


@pytest.mark.parametrize("data", [gif_clip(), webp_clip()], ids=["gif", "webp"])
def test_an_animation_cut_in_its_last_picture_is_refused(data: bytes) -> None:
    assert refused(data[:-12]) is ImageFault.TRUNCATED


GOOD = [
    encoded(photograph(60, 40), "JPEG", exif=telling_exif(6)),
    encoded(photograph(60, 40), "PNG", exif=telling_exif(3)),
    encoded(photograph(60, 40), "WEBP", exif=telling_exif(8)),
    gif_clip(comment=SECRET),
    webp_clip(),
]


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow tells of a corrupt EXIF
@settings(max_examples=150, deadline=None)
@given(
    data=st.sampled_from(GOOD),
    flips=st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 255)), max_size=8),
    cut=st.integers(0, 6_000),
)
def test_a_damaged_file_is_normalised_or_refused_never_anything_else(
    data: bytes, flips: list[tuple[int, int]], cut: int
) -> None:
    bent = bytearray(data[: len(data) - cut] if cut < len(data) // 2 else data)
    for at, by in flips:
        bent[at % len(bent)] ^= by
    try:
        clean = normalise(bytes(bent), inspect(bytes(bent)))
    except ImageRefused:
        return
    assert inspect(clean)


# What is taken out.


@pytest.mark.parametrize("data", TELLING.values(), ids=TELLING)
def test_nothing_is_left_of_place_camera_and_comments(data: bytes) -> None:
    assert SECRET in data
    clean = normalise(data, inspect(data))
    assert SECRET not in clean
    image = opened(clean)
    assert dict(image.getexif()) == {}
    assert not {"exif", "xmp", "comment", "XML:com.adobe.xmp"} & set(image.info)


@pytest.mark.parametrize("name", ["png", "webp", "webp animated", "gif"])
def test_pixels_and_pictures_stay_exactly(name: str) -> None:
    data = TELLING[name]
    clean = normalise(data, inspect(data))
    assert pictures(clean) == pictures(data)
    assert inspect(clean) == inspect(data)


def test_an_animation_keeps_its_pace_and_repeats() -> None:
    data = gif_clip(comment=SECRET)
    image = opened(normalise(data, inspect(data)))
    assert (image.info["duration"], image.info["loop"]) == (80, 0)
    assert len(pictures(data)) == 3


def test_a_jpeg_keeps_its_quality_and_about_its_size() -> None:
    data = encoded(photograph(640, 480), "JPEG", quality=88, exif=telling_exif())
    clean = normalise(data, inspect(data))
    before, after = opened(data), opened(clean)
    assert after.quantization == before.quantization  # type: ignore[attr-defined]
    difference = ImageStat.Stat(ImageChops.difference(before.convert("RGB"), after.convert("RGB")))
    assert max(difference.mean) < 1
    assert 0.9 < len(clean) / len(data) < 1.1


@pytest.mark.parametrize("data", TELLING.values(), ids=TELLING)
def test_equal_bytes_give_equal_bytes_and_a_second_time_changes_no_size(data: bytes) -> None:
    info = inspect(data)
    clean = normalise(data, info)
    assert normalise(bytes(bytearray(data)), info) == clean
    assert inspect(normalise(clean, inspect(clean))) == inspect(clean)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "corner"),
    [(2, "tr"), (3, "br"), (4, "bl"), (5, "tl"), (6, "tr"), (7, "br"), (8, "bl")],
)
def test_a_picture_that_lies_is_set_upright(kind: str, orientation: int, corner: str) -> None:
    data = encoded(photograph(), kind, exif=telling_exif(orientation), lossless=True)
    info = inspect(data)
    sideways = orientation >= 5
    assert (info.width, info.height) == ((200, 320) if sideways else (320, 200))
    image = opened(normalise(data, info))
    assert image.size == (info.width, info.height)
    x = 5 if corner.endswith("l") else info.width - 6
    y = 5 if corner.startswith("t") else info.height - 6
    assert is_red_at(image, x, y)
    assert dict(image.getexif()) == {}


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_colour_profile_stays(kind: str) -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encoded(photograph(), kind, icc_profile=profile, exif=telling_exif(6))
    assert opened(normalise(data, inspect(data))).info["icc_profile"] == profile


def test_a_printers_jpeg_comes_out_in_screen_colours() -> None:
    data = encoded(photograph().convert("CMYK"), "JPEG")
    image = opened(normalise(data, inspect(data)))
    assert image.mode == "RGB"
    assert is_red_at(image, 5, 5)


def test_transparency_stays() -> None:
    image = photograph().convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    for kind in ("PNG", "WEBP"):
        data = encoded(image, kind, exif=telling_exif(6), lossless=True)
        clean = opened(normalise(data, inspect(data)))
        assert clean.mode == "RGBA"
        assert clean.getchannel("A").getextrema() == (0, 255)
