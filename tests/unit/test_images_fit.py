"""Images made to fit what a network takes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pytest
from PIL import Image, ImageCms, ImageStat

from chalicelib.publishing import image_encoding
from chalicelib.publishing.images import ImageFault, ImageRefused, fit, inspect
from tests.fakes.pictures import (
    SECRET,
    TELLING,
    encoded,
    gif_clip,
    is_red_at,
    opened,
    photograph,
    telling_exif,
)


@dataclass(frozen=True, slots=True)
class Limits:
    types: tuple[str, ...] = ("image/jpeg", "image/png", "image/webp", "image/gif")
    max_bytes: int = 1_000_000
    max_pixels: int = 0
    max_width: int = 0
    max_height: int = 0


def wide_profile() -> bytes:
    """A profile that isn't sRGB: Lab's own white, told apart by its size."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()


def test_what_fits_is_handed_back_untouched() -> None:
    for data in TELLING.values():
        assert fit(data, Limits()) == (data, inspect(data).content_type)


def test_a_large_photograph_is_brought_under_the_limit() -> None:
    data = encoded(photograph(1_600, 1_200, noise=160), "JPEG", quality=97)
    assert len(data) > 1_000_000
    made, content_type = fit(data, Limits(max_bytes=600_000))
    assert content_type == "image/jpeg"
    assert 300_000 < len(made) <= 600_000
    assert inspect(made).width == 1_600


@pytest.mark.parametrize(
    ("limits", "size"),
    [
        (Limits(max_width=100), (100, 62)),
        (Limits(max_height=100), (160, 100)),
        (Limits(max_pixels=16_000), (160, 100)),
        (Limits(max_width=5), (5, 3)),
    ],
)
def test_sides_and_pixels_are_kept_to(limits: Limits, size: tuple[int, int]) -> None:
    made, _ = fit(encoded(photograph(), "JPEG"), limits)
    assert opened(made).size == size


def test_a_drawing_stays_sharp_where_it_can() -> None:
    drawing = Image.new("RGB", (900, 600), "white")
    drawing.paste((0, 80, 200), (100, 100, 500, 400))
    made, content_type = fit(encoded(drawing, "PNG"), Limits(max_width=300))
    assert content_type == "image/png"
    assert opened(made).size == (300, 200)


def test_a_photograph_in_a_png_becomes_a_jpeg_where_nothing_else_is_small_enough() -> None:
    data = encoded(photograph(700, 500, noise=200), "PNG")
    made, content_type = fit(data, Limits(types=("image/png", "image/jpeg"), max_bytes=200_000))
    assert content_type == "image/jpeg"
    assert len(made) <= 200_000


def test_transparency_becomes_white_in_a_jpeg() -> None:
    image = Image.new("RGBA", (60, 40), (255, 0, 0, 0))
    made, content_type = fit(encoded(image, "PNG"), Limits(types=("image/jpeg",)))
    assert content_type == "image/jpeg"
    pixel = opened(made).convert("RGB").getpixel((30, 20))
    assert isinstance(pixel, tuple)
    assert min(pixel) > 250


def test_transparency_stays_where_it_is_taken() -> None:
    image = Image.new("RGBA", (60, 40), (255, 0, 0, 0))
    data = encoded(image, "WEBP", lossless=True)
    made, content_type = fit(data, Limits(types=("image/jpeg", "image/png")))
    assert content_type == "image/png"
    assert opened(made).convert("RGBA").getchannel("A").getextrema() == (0, 0)


def test_a_still_gif_becomes_what_is_taken() -> None:
    data = encoded(photograph(), "GIF")
    made, content_type = fit(data, Limits(types=("image/jpeg", "image/png")))
    assert content_type == "image/png"
    assert opened(made).size == (320, 200)


@pytest.mark.parametrize(
    "limits",
    [Limits(types=("image/jpeg",)), Limits(max_width=20), Limits(max_bytes=100)],
    ids=["another type", "smaller", "fewer bytes"],
)
def test_an_animation_is_refused_rather_than_stilled(limits: Limits) -> None:
    with pytest.raises(ImageRefused) as caught:
        fit(gif_clip(), limits)
    assert caught.value.reason is ImageFault.ANIMATED


def test_what_can_never_fit_is_refused() -> None:
    with pytest.raises(ImageRefused) as caught:
        fit(encoded(photograph(), "JPEG"), Limits(max_bytes=90))
    assert caught.value.reason is ImageFault.TOO_BIG


def test_what_is_made_tells_nothing_and_stands_upright() -> None:
    data = encoded(photograph(1_000, 600), "JPEG", exif=telling_exif(6), comment=SECRET)
    made, _ = fit(data, Limits(max_width=300))
    image = opened(made)
    assert SECRET not in made
    assert image.size == (300, 500)
    assert is_red_at(image, 290, 10)


def test_colours_of_another_space_come_out_as_those_of_the_screen() -> None:
    data = encoded(photograph(1_000, 600), "JPEG", icc_profile=wide_profile())
    made, _ = fit(data, Limits(max_width=300))
    assert "icc_profile" not in opened(made).info


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_can_be_made_smaller(mode: str) -> None:
    grey = Image.linear_gradient("L").resize((400, 300))
    if mode == "I;16":
        image = Image.frombytes(
            "I;16", (400, 300), b"".join(struct.pack("<H", v * 257) for v in grey.tobytes())
        )
    elif mode == "PA":
        image = grey.convert("P")
        image.info["transparency"] = 3
    else:
        image = grey.convert(mode)
    made, _ = fit(encoded(image, "PNG"), Limits(max_width=100, types=("image/jpeg", "image/png")))
    small = opened(made).convert("L")
    assert small.size == (100, 75)
    if mode != "1":
        assert ImageStat.Stat(small).mean[0] == pytest.approx(127, abs=4)


@pytest.fixture
def encodes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    done: list[str] = []
    real = image_encoding._encoded

    def counted(image: Image.Image, target: str, quality: int) -> bytes:
        done.append(target)
        return real(image, target, quality)

    monkeypatch.setattr(image_encoding, "_encoded", counted)
    return done


@pytest.mark.parametrize("max_bytes", [300, 3_000, 9_000, 20_000, 40_000, 60_000])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_six_encodings_are_enough(kind: str, max_bytes: int, encodes: list[str]) -> None:
    data = encoded(photograph(noise=120), kind, **({"quality": 98} if kind != "PNG" else {}))
    try:
        made, _ = fit(data, Limits(max_bytes=max_bytes))
    except ImageRefused:
        assert max_bytes < 1_000
    else:
        assert len(made) <= max_bytes
    assert len(encodes) <= 6
