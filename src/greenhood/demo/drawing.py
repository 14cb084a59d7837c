"""Evidence for the demonstration: small drawn scenes, each of its own, with a line across that says that they are drawn."""

from __future__ import annotations

import random
from io import BytesIO

from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

SIZE = (960, 720)
SKIES = ("#cfe8f7", "#dff1f9", "#f7ead2", "#d9e3ec")
WALLS = ("#c9b79c", "#b8c4cc", "#d8c3b0", "#a9b7a0", "#ccb3b3")
GREENS = ("#4f8a4b", "#6aa35f", "#3f7a54", "#83b36a")


def scene(title: str, place: str, *, seed: str) -> bytes:
    """A JPEG of houses, trees and a path, with the title and place written on it. The same seed draws the same scene."""
    chance = random.Random(seed)
    image = Image.new("RGB", SIZE, chance.choice(SKIES))
    pen = ImageDraw.Draw(image)
    horizon = chance.randint(380, 470)
    pen.rectangle((0, horizon, *SIZE), fill=chance.choice(("#dfe7d6", "#e6e2d6", "#d5e0cf")))
    for _ in range(chance.randint(3, 6)):
        _house(pen, chance, horizon)
    left, right = sorted(chance.sample(range(100, 860), 2))
    pen.polygon([(left, SIZE[1]), (right + 60, SIZE[1]), (480, horizon), (450, horizon)], fill="#bdbab2")
    for _ in range(chance.randint(5, 14)):
        _tree(pen, chance, horizon)
    _words(pen, title, place)
    buffer = BytesIO()
    image.save(buffer, "JPEG", quality=82)
    return buffer.getvalue()


def _house(pen: ImageDraw.ImageDraw, chance: random.Random, horizon: int) -> None:
    left, width, height = chance.randint(-40, 820), chance.randint(90, 200), chance.randint(120, 330)
    pen.rectangle((left, horizon - height, left + width, horizon + 8), fill=chance.choice(WALLS), outline="#777")
    for row in range(horizon - height + 16, horizon - 30, 34):
        for column in range(left + 12, left + width - 18, 30):
            pen.rectangle((column, row, column + 14, row + 20), fill=chance.choice(("#eef6fb", "#7b8d99", "#f4e3b5")))


def _tree(pen: ImageDraw.ImageDraw, chance: random.Random, horizon: int) -> None:
    x, foot, crown = chance.randint(0, 960), chance.randint(horizon, 660), chance.randint(24, 70)
    pen.rectangle((x - 5, foot - crown, x + 5, foot), fill="#7a5a3c")
    pen.ellipse((x - crown, foot - crown * 3, x + crown, foot - crown), fill=chance.choice(GREENS))


def _words(pen: ImageDraw.ImageDraw, title: str, place: str) -> None:
    path = str(settings.FONTS_ROOT / "noto-serif-sc-700.ttf")
    pen.rectangle((0, 590, *SIZE), fill="#ffffff")
    pen.text((28, 604), title[:24], font=ImageFont.truetype(path, 34), fill="#1d3b2a")
    pen.text((28, 658), f"{place[:30]} · 演示图片（绘制，非实拍）", font=ImageFont.truetype(path, 26), fill="#8a3b12")
