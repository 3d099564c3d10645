"""Images as people send them: photographs, animations, files that tell more than they show."""

from __future__ import annotations

import random
import struct
import zlib
from io import BytesIO

from PIL import Image, ImageChops, ImageSequence, PngImagePlugin

SECRET = b"SECRET-OF-THE-CAMERA"
ORIENTATION, MAKE, GPS = 0x0112, 0x010F, 0x8825


def photograph(width: int = 320, height: int = 200, *, noise: int = 24) -> Image.Image:
    """A picture with slopes and grain, red at its top left corner."""
    rng = random.Random(7)
    image = Image.merge(
        "RGB",
        [
            Image.linear_gradient("L").resize((width, height)),
            Image.radial_gradient("L").resize((width, height)),
            Image.new("L", (width, height), 90),
        ],
    )
    grain = Image.frombytes("L", (width, height), rng.randbytes(width * height))
    grain = grain.point(lambda v: v * noise // 255)
    image = ImageChops.add(image, Image.merge("RGB", [grain] * 3))
    image.paste((255, 0, 0), (0, 0, width // 4, height // 4))
    return image


def encoded(image: Image.Image, kind: str, **how: object) -> bytes:
    out = BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()


def telling_exif(orientation: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[MAKE] = SECRET.decode()
    exif[ORIENTATION] = orientation
    exif.get_ifd(GPS)[2] = (48.0, 51.0, 30.0)
    return exif


def gif_clip(pictures: int = 3, **how: object) -> bytes:
    first, *others = [Image.new("RGB", (40, 30), (n * 30, 80, 200)) for n in range(pictures)]
    return encoded(first, "GIF", save_all=True, append_images=others, duration=80, loop=0, **how)


def webp_clip(**how: object) -> bytes:
    first, *others = [photograph(40, 30, noise=n) for n in (1, 90, 200)]
    return encoded(first, "WEBP", save_all=True, append_images=others, duration=80, **how)


def pictures(data: bytes) -> list[bytes]:
    with Image.open(BytesIO(data)) as image:
        return [frame.convert("RGBA").tobytes() for frame in ImageSequence.Iterator(image)]


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def is_red_at(image: Image.Image, x: int, y: int) -> bool:
    pixel = image.convert("RGB").getpixel((x, y))
    assert isinstance(pixel, tuple)
    return pixel[0] > 180 and pixel[1] < 90


def png_chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def telling_png() -> bytes:
    told = PngImagePlugin.PngInfo()
    told.add_text("Author", SECRET.decode())
    told.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    data = encoded(photograph(), "PNG", pnginfo=told, exif=telling_exif())
    return data[:33] + png_chunk(b"prVt", SECRET) + data[33:] + SECRET


TELLING = {
    "jpeg": encoded(photograph(), "JPEG", exif=telling_exif(), comment=SECRET, xmp=SECRET) + SECRET,
    "png": telling_png(),
    "webp": encoded(photograph(), "WEBP", exif=telling_exif(), xmp=SECRET) + SECRET,
    "webp animated": webp_clip(exif=telling_exif(), xmp=SECRET),
    "gif": gif_clip(comment=SECRET) + SECRET,
}
