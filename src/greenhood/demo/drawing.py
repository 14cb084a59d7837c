"""Evidence for the demonstration: small drawn scenes, each of its own, with a line across that says that they are drawn."""

from __future__ import annotations

import datetime as dt
import random
from functools import cache
from io import BytesIO

from django.conf import settings
from PIL import ExifTags, Image, ImageDraw, ImageFont

SIZE = (800, 600)
SKIES = ("#cfe8f7", "#dff1f9", "#f7ead2", "#d9e3ec")
WALLS = ("#c9b79c", "#b8c4cc", "#d8c3b0", "#a9b7a0", "#ccb3b3")
WINDOWS = ("#eef6fb", "#7b8d99", "#f4e3b5")
GREENS = ("#4f8a4b", "#6aa35f", "#3f7a54", "#83b36a")
WORDS = "演示图片（绘制，非实拍）"


def scene(title: str, place: str, *, seed: str, taken: dt.datetime) -> bytes:
    """A JPEG of houses, trees and a path, with the title and place written on it. The same seed draws the same scene."""
    chance = random.Random(seed)
    image = Image.new("RGB", SIZE, chance.choice(SKIES))
    pen = ImageDraw.Draw(image)
    horizon = chance.randint(290, 370)
    pen.rectangle((0, horizon, *SIZE), fill=chance.choice(("#dfe7d6", "#e6e2d6", "#d5e0cf")))
    for _ in range(chance.randint(3, 6)):
        _house(pen, chance, horizon)
    left, right = sorted(chance.sample(range(80, 700), 2))
    pen.polygon([(left, SIZE[1]), (right + 60, SIZE[1]), (410, horizon), (380, horizon)], fill="#bdbab2")
    for _ in range(chance.randint(5, 14)):
        _tree(pen, chance, horizon)
    _words(pen, title, place)
    return _jpeg(image, taken, quality=80)


def copied(photo: bytes, *, taken: dt.datetime) -> bytes:
    """The same picture, a little smaller and coarser, as it comes back from a messenger."""
    image = Image.open(BytesIO(photo)).resize((720, 540))
    return _jpeg(image, taken, quality=60)


def _jpeg(image: Image.Image, taken: dt.datetime, *, quality: int) -> bytes:
    notes = Image.Exif()
    notes[ExifTags.Base.DateTime] = f"{taken:%Y:%m:%d %H:%M:%S}"
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=quality, exif=notes)
    return buffer.getvalue()


def _house(pen: ImageDraw.ImageDraw, chance: random.Random, horizon: int) -> None:
    left, width, height = chance.randint(-30, 680), chance.randint(80, 170), chance.randint(100, 260)
    pen.rectangle((left, horizon - height, left + width, horizon + 8), fill=chance.choice(WALLS), outline="#777")
    for row in range(horizon - height + 14, horizon - 26, 32):
        for column in range(left + 12, left + width - 18, 28):
            pen.rectangle((column, row, column + 13, row + 18), fill=chance.choice(WINDOWS))


def _tree(pen: ImageDraw.ImageDraw, chance: random.Random, horizon: int) -> None:
    x, foot, crown = chance.randint(0, 800), chance.randint(horizon, 500), chance.randint(20, 56)
    pen.rectangle((x - 4, foot - crown, x + 4, foot), fill="#7a5a3c")
    pen.ellipse((x - crown, foot - crown * 3, x + crown, foot - crown), fill=chance.choice(GREENS))


def _words(pen: ImageDraw.ImageDraw, title: str, place: str) -> None:
    pen.rectangle((0, 500, *SIZE), fill="#ffffff")
    pen.text((24, 512), title[:24], font=_font(30), fill="#1d3b2a")
    pen.text((24, 558), f"{place[:24]} · {WORDS}", font=_font(23), fill="#8a3b12")


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(settings.FONTS_ROOT / "noto-serif-sc-700.ttf"), size)
