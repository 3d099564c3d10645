"""The demo firm's pictures, drawn when they are needed: always the same, to the byte."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 1200, 900
_SCALE = 2
"""Drawn larger and made smaller: edges come out smooth."""

Colour = tuple[int, int, int]
Point = tuple[float, float]

CRUST: Colour = (199, 125, 56)
DARK_CRUST: Colour = (150, 84, 33)
CRUMB: Colour = (246, 220, 170)
CREAM: Colour = (253, 246, 232)
RED: Colour = (178, 44, 52)
NIGHT: Colour = (35, 47, 78)


def draw(name: str) -> bytes:
    """Return a picture of `PICTURES` as a JPEG file."""
    canvas = Image.new("RGB", (WIDTH * _SCALE, HEIGHT * _SCALE), CREAM)
    PICTURES[name](canvas)
    small = canvas.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=88, optimize=True)
    return out.getvalue()


def _baguettes(canvas: Image.Image) -> None:
    """Baguettes side by side on a floured table, seen from above."""
    _shade(canvas, (222, 184, 135), (186, 140, 92))
    pen = ImageDraw.Draw(canvas)
    for n in range(9):  # the table's boards
        y = n * 110 * _SCALE
        pen.line([(0, y), (canvas.width, y)], fill=(164, 120, 76), width=5 * _SCALE)
    for n in range(260):  # flour
        angle, far = n * 2.39996, math.sqrt(n / 260)
        spot = (600 + 560 * far * math.cos(angle), 450 + 400 * far * math.sin(angle))
        _dot(pen, spot, 2 + n % 3, (250, 240, 222))
    loaves = [
        (270.0, 470.0, 78.0),
        (455.0, 440.0, 84.0),
        (650.0, 455.0, 92.0),
        (840.0, 440.0, 97.0),
    ]
    for n, (across, down, tilt) in enumerate(loaves):
        _loaf(canvas, (across, down), (690 + 14 * (n % 2), 138), tilt)
    _napkin(canvas, [(905, 560), (1240, 470), (1260, 940), (960, 930)])


def _loaf(canvas: Image.Image, centre: Point, size: Point, tilt: float) -> None:
    length, thick = (int(side * _SCALE) for side in size)
    pad = 40 * _SCALE
    piece = Image.new("RGBA", (length + 2 * pad, thick + 2 * pad), (0, 0, 0, 0))
    pen = ImageDraw.Draw(piece)
    box = (pad, pad, pad + length, pad + thick)
    pen.rounded_rectangle(box, radius=thick // 2, fill=DARK_CRUST)
    inset = 7 * _SCALE
    inner = (box[0] + inset, box[1] + inset // 2, box[2] - inset, box[3] - 3 * inset)
    pen.rounded_rectangle(inner, radius=thick // 2, fill=CRUST)
    for n in range(5):  # the cuts of the blade
        x = pad + length * (0.12 + 0.165 * n)
        cut = [
            (x, pad + thick * 0.66),
            (x + length * 0.06, pad + thick * 0.30),
            (x + length * 0.15, pad + thick * 0.22),
            (x + length * 0.09, pad + thick * 0.60),
        ]
        pen.polygon(cut, fill=CRUMB)
        pen.line([cut[0], cut[3]], fill=DARK_CRUST, width=4 * _SCALE)
    _lay(canvas, piece.filter(ImageFilter.GaussianBlur(1.2 * _SCALE)), centre, tilt)


def _napkin(canvas: Image.Image, corners: list[Point]) -> None:
    pen = ImageDraw.Draw(canvas)
    pen.polygon([_up(c) for c in corners], fill=(245, 243, 238))
    for n in range(1, 4):
        a = _between(corners[0], corners[1], n / 4)
        b = _between(corners[3], corners[2], n / 4)
        pen.line([_up(a), _up(b)], fill=RED, width=(9 if n == 2 else 4) * _SCALE)


def _tart(canvas: Image.Image) -> None:
    """An apple tart on a checked cloth, seen from above."""
    _checks(canvas, 75, (235, 241, 246), (120, 158, 190))
    _shadow(canvas, (600, 470), 395)
    pen = ImageDraw.Draw(canvas)
    _dot(pen, (600, 450), 392, (250, 250, 250))
    _dot(pen, (600, 450), 372, (228, 232, 236))
    for n in range(44):  # the fluted rim
        angle = 2 * math.pi * n / 44
        rim = (600 + 316 * math.cos(angle), 450 + 316 * math.sin(angle))
        _dot(pen, rim, 30, DARK_CRUST if n % 2 else CRUST)
    _dot(pen, (600, 450), 312, (226, 166, 84))
    for ring, (far, count, size) in enumerate([(248, 26, 74), (160, 17, 66), (78, 9, 54)]):
        for n in range(count):
            _slice(canvas, far, 2 * math.pi * n / count + ring * 0.4, size)
    pen = ImageDraw.Draw(canvas)
    _dot(pen, (600, 450), 34, (238, 178, 78))
    _dot(pen, (590, 440), 12, (252, 222, 150))


def _slice(canvas: Image.Image, far: float, angle: float, size: float) -> None:
    wide, high = int(size * 1.25 * _SCALE), int(size * 1.5 * _SCALE)
    piece = Image.new("RGBA", (wide, high), (0, 0, 0, 0))
    pen = ImageDraw.Draw(piece)
    pen.pieslice((0, 0, wide, high), 180, 360, fill=(190, 84, 60))
    edge = 6 * _SCALE
    pen.pieslice((edge, edge, wide - edge, high - edge), 180, 360, fill=(247, 208, 118))
    pen.arc((edge * 3, edge * 3, wide - edge * 3, high), 190, 300, (255, 236, 178), 5 * _SCALE)
    place = (600 + far * math.cos(angle), 450 + far * math.sin(angle))
    _lay(canvas, piece, place, -math.degrees(angle) - 90 + 18)


def _shop(canvas: Image.Image) -> None:
    """The shop early in the morning, its window lit."""
    _shade(canvas, NIGHT, (236, 160, 120))
    pen = ImageDraw.Draw(canvas)
    for x, y in [(90, 70), (220, 130), (1010, 60), (1120, 150), (640, 40), (430, 80)]:
        _dot(pen, (x, y), 3, (255, 250, 225))
    _box(pen, (0, 800, 1200, 900), (92, 84, 88))  # the pavement
    _box(pen, (110, 180, 1090, 810), (232, 222, 205))  # the house
    _box(pen, (110, 180, 1090, 200), (205, 192, 172))
    _box(pen, (150, 225, 1050, 325), (62, 92, 84))  # the sign
    _words(pen, (600, 275), "Boulangerie Martin", 62)
    _box(pen, (165, 420, 790, 760), (62, 92, 84))
    _glow(canvas, (180, 435, 775, 745))
    pen = ImageDraw.Draw(canvas)
    _shelves(pen)
    _box(pen, (840, 420, 1035, 810), (62, 92, 84))  # the door
    _box(pen, (860, 440, 1015, 690), (255, 226, 160))
    _dot(pen, (868, 730), 9, (230, 190, 90))
    _awning(pen)
    _box(pen, (165, 760, 790, 800), (48, 72, 66))


def _glow(canvas: Image.Image, box: tuple[int, int, int, int]) -> None:
    """Fill a box with light that is brightest in its middle."""
    left, top, right, bottom = (side * _SCALE for side in box)
    size = (right - left, bottom - top)
    far = Image.radial_gradient("L").resize(size)
    bright, dim = Image.new("RGB", size, (255, 240, 190)), Image.new("RGB", size, (244, 190, 104))
    canvas.paste(Image.composite(dim, bright, far), (left, top))


def _shelves(pen: ImageDraw.ImageDraw) -> None:
    for y in (570, 690):
        _box(pen, (180, y, 775, y + 12), (120, 78, 44))
    for n in range(7):  # round loaves
        x = 225 + 84 * n
        pen.pieslice(_scaled((x - 38, 505, x + 38, 635)), 180, 360, fill=CRUST)
        pen.arc(_scaled((x - 20, 522, x + 22, 600)), 200, 330, fill=CRUMB, width=5 * _SCALE)
    for n in range(11):  # baguettes standing in a basket
        x = 215 + 26 * n
        _box(pen, (x, 590 - n % 3 * 8, x + 17, 690), CRUST if n % 2 else DARK_CRUST)
    for n in range(4):  # tarts
        x = 545 + 60 * n
        _box(pen, (x - 24, 672, x + 24, 690), DARK_CRUST)
        pen.pieslice(_scaled((x - 22, 655, x + 22, 690)), 180, 360, fill=RED)


def _awning(pen: ImageDraw.ImageDraw) -> None:
    stripes = 16
    for n in range(stripes):
        left, right = 140 + 920 / stripes * n, 140 + 920 / stripes * (n + 1)
        colour = RED if n % 2 == 0 else (248, 244, 236)
        top = [_between((170, 340), (1030, 340), n / stripes)]
        top.append(_between((170, 340), (1030, 340), (n + 1) / stripes))
        pen.polygon([_up(p) for p in (*top, (right, 415), (left, 415))], fill=colour)
        pen.pieslice(_scaled((left, 390, right, 440)), 0, 180, fill=colour)


PICTURES: Mapping[str, Callable[[Image.Image], None]] = {
    "baguettes": _baguettes,
    "tart": _tart,
    "shop": _shop,
}


# Strokes.


def _up(point: Point) -> Point:
    return point[0] * _SCALE, point[1] * _SCALE


def _scaled(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    left, top, right, bottom = box
    return left * _SCALE, top * _SCALE, right * _SCALE, bottom * _SCALE


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def _box(pen: ImageDraw.ImageDraw, box: tuple[float, float, float, float], colour: Colour) -> None:
    pen.rectangle(_scaled(box), fill=colour)


def _dot(pen: ImageDraw.ImageDraw, centre: Point, radius: float, colour: Colour) -> None:
    x, y = centre
    pen.ellipse(_scaled((x - radius, y - radius, x + radius, y + radius)), fill=colour)


def _words(pen: ImageDraw.ImageDraw, centre: Point, text: str, size: int) -> None:
    font = ImageFont.load_default(size * _SCALE)
    pen.text(_up(centre), text, font=font, fill=CREAM, anchor="mm")


def _lay(canvas: Image.Image, piece: Image.Image, centre: Point, tilt: float) -> None:
    """Lay a piece on the canvas, turned, with its middle at a point and a soft shadow."""
    turned = piece.rotate(tilt, expand=True, resample=Image.Resampling.BICUBIC)
    x, y = (int(c) for c in _up(centre))
    at = (x - turned.width // 2, y - turned.height // 2)
    soft = turned.getchannel("A").point(lambda a: a * 0.45)
    soft = soft.filter(ImageFilter.GaussianBlur(6 * _SCALE))
    canvas.paste((60, 36, 16), (at[0] + 7 * _SCALE, at[1] + 9 * _SCALE), soft)
    canvas.paste(turned, at, turned)


def _shadow(canvas: Image.Image, centre: Point, radius: float) -> None:
    dark = Image.new("L", canvas.size, 0)
    x, y = centre
    box = _scaled((x - radius, y - radius, x + radius, y + radius))
    ImageDraw.Draw(dark).ellipse(box, fill=120)
    canvas.paste((40, 50, 66), (0, 0), dark.filter(ImageFilter.GaussianBlur(16 * _SCALE)))


def _shade(canvas: Image.Image, top: Colour, bottom: Colour) -> None:
    """Fill the canvas from one colour at the top to another at the bottom."""
    down = Image.linear_gradient("L").resize(canvas.size)
    above, below = Image.new("RGB", canvas.size, top), Image.new("RGB", canvas.size, bottom)
    canvas.paste(Image.composite(below, above, down))


def _checks(canvas: Image.Image, side: int, light: Colour, dark: Colour) -> None:
    """Fill the canvas with woven checks: where two dark threads cross it is darkest."""
    canvas.paste(light, (0, 0, *canvas.size))
    half = Image.new("L", canvas.size, 0)
    pen = ImageDraw.Draw(half)
    for n in range(0, max(WIDTH, HEIGHT), 2 * side):
        pen.rectangle(_scaled((n, 0, n + side, HEIGHT)), fill=120)
    canvas.paste(dark, (0, 0), half)
    pen.rectangle((0, 0, *canvas.size), fill=0)
    for n in range(0, max(WIDTH, HEIGHT), 2 * side):
        pen.rectangle(_scaled((0, n, WIDTH, n + side)), fill=120)
    canvas.paste(dark, (0, 0), half)
