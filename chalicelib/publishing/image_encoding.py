"""Draws pictures smaller and encodes them, with as little loss as their limit allows.

Imported where a picture is made only: Pillow weighs some 50 ms.
"""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageCms

MAX_ENCODES = 6
"""For one picture, whatever it is: what bounds the time."""
FINE, COARSE = 90, 60
"""JPEG and WebP qualities: no loss that is seen, and the least that still looks good."""
MIN_SIDE = 16
"""Of a picture that was shrunk to save bytes: smaller shows nothing."""

_FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def scaled(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Return the picture at a size, in RGB, RGBA or L, its colours in sRGB."""
    image.load()
    flat = _without_palette(image)
    if flat.size != size:
        flat = flat.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    flat.info = {"icc_profile": image.info.get("icc_profile")}
    return in_srgb(flat)


def in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture with its colours as sRGB, which every network assumes.

    A profile that can't be read is left aside.
    """
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    colours = image.convert("RGB") if alpha else image
    profile = image.info.get("icc_profile")
    made = _by_profile(colours, profile) if profile else None
    if made is None:
        made = colours if colours.mode in {"RGB", "L"} else colours.convert("RGB")
    if alpha:
        made = made.convert("RGB")
        made.putalpha(alpha)
    made.info = {}
    return made


def _by_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    try:
        return ImageCms.profileToProfile(
            image,
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            outputMode="RGB",
        )
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


def _without_palette(image: Image.Image) -> Image.Image:
    if image.mode in {"RGB", "RGBA", "CMYK", "L"} and not image.has_transparency_data:
        return image
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda level: level / 257).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def jpeg(image: Image.Image, quality: int) -> bytes:
    """Return the picture as a JPEG; transparency becomes white."""
    return _encoded(image, "image/jpeg", quality)


def smallest_loss(
    image: Image.Image, own_type: str, types: tuple[str, ...], max_bytes: int
) -> tuple[bytes, str] | None:
    """Return the picture under ``max_bytes``, with the type it got; None if there is no way."""
    tries = _Tries(max_bytes)
    targets = _targets(image, own_type, types)
    for number, target in enumerate(targets):
        is_last = number == len(targets) - 1
        found = tries.lossless(image, target) if target == "image/png" else None
        if target != "image/png":
            found = tries.lossy(image, target)
        if found is None and is_last:
            found = tries.shrinking(image, target)
        if found is not None:
            return found, target
    return None


def _targets(image: Image.Image, own_type: str, types: tuple[str, ...]) -> list[str]:
    """Return the types to try, in this order: at most one without loss and one with."""
    sharp = ["image/png"] if own_type in {"image/png", "image/gif"} else []
    clear = ["image/webp", "image/png"] if image.mode == "RGBA" else []
    order = [own_type, *sharp, *clear, "image/jpeg", "image/webp", "image/png"]
    usable = [t for t in dict.fromkeys(order) if t in types and t in _FORMATS]
    first_lossy = next((t for t in usable if t != "image/png"), None)
    if "image/png" not in usable or first_lossy is None:
        return usable[:1]
    is_sharp_first = usable.index("image/png") < usable.index(first_lossy)
    return ["image/png", first_lossy] if is_sharp_first else [first_lossy]


class _Tries:
    """Encodes until it fits, never more often than MAX_ENCODES in all."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._left = MAX_ENCODES
        self._last = 0

    def lossless(self, image: Image.Image, target: str) -> bytes | None:
        return self._try(image, target, 0)

    def lossy(self, image: Image.Image, target: str) -> bytes | None:
        """Return it at the best quality that fits, found by halves; None if none does."""
        best = self._try(image, target, FINE)
        if best is not None:
            return best
        low, high = COARSE, FINE
        best = self._try(image, target, low)
        while best is not None and high - low > 5 and self._left:
            middle = (low + high) // 2
            better = self._try(image, target, middle)
            low, high = (middle, high) if better is not None else (low, middle)
            best = better or best
        return best

    def shrinking(self, image: Image.Image, target: str) -> bytes | None:
        """Return it smaller by as much as the last try was too large, again if need be."""
        found = None
        while found is None and self._left:
            factor = (self._max / self._last) ** 0.5 * 0.92
            width, height = (max(1, int(side * factor)) for side in image.size)
            if max(width, height) < MIN_SIDE:
                return None
            image = image.resize((width, height), Image.Resampling.LANCZOS)
            found = self._try(image, target, COARSE)
        return found

    def _try(self, image: Image.Image, target: str, quality: int) -> bytes | None:
        if not self._left:
            return None
        self._left -= 1
        data = _encoded(image, target, quality)
        self._last = len(data)
        return data if len(data) <= self._max else None


def _encoded(image: Image.Image, target: str, quality: int) -> bytes:
    out = BytesIO()
    if target == "image/png":
        image.save(out, "PNG", optimize=True)
    elif target == "image/webp":
        image.save(out, "WEBP", quality=quality, method=4)
    else:
        _on_white(image).save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    white = Image.new("RGB", image.size, (255, 255, 255))
    white.paste(image, mask=image.getchannel("A"))
    return white
