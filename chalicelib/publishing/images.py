"""Images: what they really are, freed of what they tell about people, made to fit a network.

``inspect`` reads headers only and refuses by them, before anything is unpacked. ``normalise``
unpacks the whole, so it is also what finds a file cut short. ``fit`` makes a copy for one
network. Equal bytes give equal bytes, so a result can be named by its own hash.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import TYPE_CHECKING, Protocol

from chalicelib.publishing.image_containers import (
    PNG_SIGNATURE,
    bare_gif,
    bare_png,
    bare_webp,
    has_lossless_webp,
)

if TYPE_CHECKING:
    from PIL import Image

MAX_UPLOAD_BYTES = 20 * 1024 * 1024
"""Phones make photographs of 3 to 12 MB."""
MAX_PIXELS = 50_000_000
"""Of one picture: 150 MB once unpacked. The best phones make 50 megapixels."""
MAX_ANIMATION_PIXELS = 200_000_000
"""Of all pictures of an animation together: what bounds the time to look at them."""

JPEG, PNG, WEBP, GIF = "image/jpeg", "image/png", "image/webp", "image/gif"

_HEIF_BRANDS = frozenset(
    b"heic heix heim heis hevc hevx hevm hevs mif1 mif2 msf1 miaf avif avis avio".split()
)
"""Of HEIF and AVIF files: https://www.iana.org/assignments/media-types/image/heic (and avif)."""
_UPRIGHT = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""EXIF orientation (CIPA DC-008, tag 0x0112) to the Image.Transpose that undoes it."""
_ORIENTATION = 0x0112
_SIDEWAYS = frozenset({5, 6, 7, 8})
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, LookupError, struct.error, zlib.error)
"""What Pillow raises on files that are not as they should be."""


class ImageFault(StrEnum):
    """Why an image is refused: a stable word."""

    TOO_BIG = "too_big"
    """Too many bytes to take in, or no way to make it small enough."""
    HEIC = "heic"
    """HEIC, HEIF or AVIF: a phone's own format that few networks take."""
    NOT_AN_IMAGE = "not_an_image"
    TYPE_MISMATCH = "type_mismatch"
    """A good image, but not of the type that was declared."""
    TOO_MANY_PIXELS = "too_many_pixels"
    TRUNCATED = "truncated"
    """Cut short, or damaged."""
    ANIMATED = "animated"
    """An animation that can't be had smaller, or in another format, without standing still."""


class ImageRefused(Exception):
    """This image can't be taken; ``reason`` says why, ``detail`` is for the log."""

    def __init__(self, reason: ImageFault, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What an image is by its content; width and height are those that a viewer shows."""

    content_type: str
    width: int
    height: int
    animated: bool


class Rules(Protocol):
    """What a network takes; 0 is no limit, save for ``max_bytes``."""

    @property
    def types(self) -> tuple[str, ...]:
        """The content types, e.g. ``image/jpeg``."""
        ...

    @property
    def max_bytes(self) -> int:
        """Bytes of the file."""
        ...

    @property
    def max_pixels(self) -> int:
        """Width times height."""
        ...

    @property
    def max_width(self) -> int:
        """Pixels."""
        ...

    @property
    def max_height(self) -> int:
        """Pixels."""
        ...


def inspect(data: bytes, declared: str | None = None) -> ImageInfo:
    """Return what an image really is, by its own header; nothing is unpacked.

    Args:
        data: The whole file.
        declared: The content type that it is said to have, if it must be that one.

    Raises:
        ImageRefused: it is not one that we take.
    """
    if len(data) > MAX_UPLOAD_BYTES:
        raise ImageRefused(ImageFault.TOO_BIG, f"{len(data)} bytes")
    content_type = _recognised(data)
    if declared is not None and _plain_type(declared) != content_type:
        raise ImageRefused(ImageFault.TYPE_MISMATCH, f"{content_type}, not {declared}"[:100])
    with _opened(data) as image:
        frames = _frames(image, content_type)
        _refuse_bomb(image.width * image.height, frames)
        width, height = image.size
        if _orientation(image, data) in _SIDEWAYS:
            width, height = height, width
    return ImageInfo(content_type, width, height, frames > 1)


def normalise(data: bytes, info: ImageInfo) -> bytes:
    """Return the same picture, upright, with nothing in the file but the picture.

    No EXIF (place, camera, owner), XMP, comment, nor anything behind the end; the colour
    profile stays. A JPEG is encoded anew with its own quantisation tables, which costs
    nothing that can be seen; the others keep their pixels, and their animation, exactly.

    Raises:
        ImageRefused: it can't be unpacked whole (``truncated``).
    """
    with _opened(data) as image:
        orientation = _orientation(image, data)
        if info.content_type == JPEG:
            image.load()
            return _jpeg_again(image, orientation)
        for number in range(_frames(image, info.content_type)):
            image.seek(number)
            image.load()
        if orientation in _UPRIGHT and not info.animated:
            return _upright_again(image, orientation, data)
        return _BARE[info.content_type](data)


def fit(data: bytes, rules: Rules) -> tuple[bytes, str]:
    """Return the image and its type as a network takes it: untouched if it already does.

    Else it is scaled down, and encoded anew in at most six tries: in its own type if that
    is taken and small enough, else as a JPEG (transparency becomes white).

    Raises:
        ImageRefused: it can't be made to fit, or is none that we take.
    """
    info = inspect(data)
    size = _allowed_size(info, rules)
    is_small = size == (info.width, info.height) and len(data) <= rules.max_bytes
    if is_small and info.content_type in rules.types:
        return data, info.content_type
    if info.animated:
        raise ImageRefused(ImageFault.ANIMATED, f"{len(data)} bytes of {info.content_type}")
    from chalicelib.publishing import image_encoding  # noqa: PLC0415 - only where one is made

    with _opened(data) as image:
        orientation = _orientation(image, data)
        stored = size[::-1] if orientation in _SIDEWAYS else size
        image.draft(None, stored)
        drawn = _turned(image_encoding.scaled(image, stored), orientation)
        made = image_encoding.smallest_loss(drawn, info.content_type, rules.types, rules.max_bytes)
    if made is None:
        raise ImageRefused(ImageFault.TOO_BIG, f"not under {rules.max_bytes} bytes")
    return made


def _recognised(data: bytes) -> str:
    """Return the content type that the first bytes tell."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(PNG_SIGNATURE):
        return PNG
    if data.startswith((b"GIF87a", b"GIF89a")):
        return GIF
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS:
        raise ImageRefused(ImageFault.HEIC, data[8:12].decode("ascii"))
    raise ImageRefused(ImageFault.NOT_AN_IMAGE, f"begins with {data[:8].hex()}")


def _plain_type(declared: str) -> str:
    name = declared.partition(";")[0].strip().lower()
    return {"image/jpg": JPEG, "image/pjpeg": JPEG}.get(name, name)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    """Open an image; whatever is wrong with the file inside the block is refused."""
    from PIL import Image  # noqa: PLC0415 - heavy, and only where an image comes in

    # Pillow's own check is process-wide and stands before ours; both draw the same line.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP", "GIF")) as image:
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageRefused(ImageFault.TOO_MANY_PIXELS, str(error)[:100]) from error
    except _DAMAGE as error:
        raise ImageRefused(ImageFault.TRUNCATED, str(error)[:100]) from error


def _frames(image: Image.Image, content_type: str) -> int:
    """Return how many pictures follow each other; a phone's second view in a JPEG isn't one."""
    return 1 if content_type == JPEG else int(getattr(image, "n_frames", 1))


def _refuse_bomb(pixels: int, frames: int) -> None:
    if pixels > MAX_PIXELS or pixels * frames > MAX_ANIMATION_PIXELS:
        raise ImageRefused(ImageFault.TOO_MANY_PIXELS, f"{frames} x {pixels}")


def _orientation(image: Image.Image, data: bytes) -> int:
    """Return how the picture lies; 1 is upright, and so is one that can't be read."""
    # Pillow unpacks a PNG to look for an eXIf behind the picture: only if there is one.
    if image.format == "PNG" and b"eXIf" not in data:
        return 1
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except (SyntaxError, ValueError, TypeError, LookupError, struct.error):
        return 1


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    from PIL import Image  # noqa: PLC0415 - see _opened

    how = _UPRIGHT.get(orientation)
    return image if how is None else image.transpose(Image.Transpose(how))


def _jpeg_again(image: Image.Image, orientation: int) -> bytes:
    from PIL import JpegImagePlugin  # noqa: PLC0415 - see _opened

    from chalicelib.publishing import image_encoding  # noqa: PLC0415 - see fit

    if image.mode not in {"RGB", "L"}:  # CMYK: few networks show it, some refuse it
        return image_encoding.jpeg(_turned(image_encoding.in_srgb(image), orientation), 92)
    assert isinstance(image, JpegImagePlugin.JpegImageFile)
    out = BytesIO()
    bare = _turned(image, orientation).copy()
    bare.info = {}
    bare.save(
        out,
        "JPEG",
        qtables=image.quantization,
        subsampling=JpegImagePlugin.get_sampling(image),
        icc_profile=image.info.get("icc_profile"),
        progressive=bool(image.info.get("progressive")),
        optimize=True,
    )
    return out.getvalue()


def _upright_again(image: Image.Image, orientation: int, data: bytes) -> bytes:
    out = BytesIO()
    bare = _turned(image, orientation).copy()
    bare.info = {k: v for k, v in image.info.items() if k == "transparency"}
    profile = image.info.get("icc_profile")
    if image.format == "WEBP":
        is_lossless = has_lossless_webp(data)
        bare.save(out, "WEBP", lossless=is_lossless, quality=90, exact=True, icc_profile=profile)
    else:
        bare.save(out, "PNG", icc_profile=profile)
    return out.getvalue()


def _allowed_size(info: ImageInfo, rules: Rules) -> tuple[int, int]:
    """Return the largest size of the same shape that the rules allow."""
    width, height = info.width, info.height
    factor = min(
        1.0,
        (rules.max_width or width) / width,
        (rules.max_height or height) / height,
        ((rules.max_pixels or width * height) / (width * height)) ** 0.5,
    )
    return max(1, int(width * factor)), max(1, int(height * factor))


_BARE = {PNG: bare_png, WEBP: bare_webp, GIF: bare_gif}
