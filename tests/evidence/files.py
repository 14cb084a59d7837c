"""Files as people upload them, honest and otherwise, made in memory."""

from __future__ import annotations

import io
import random
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import ExifTags, Image, ImageDraw

GPS = {
    ExifTags.GPS.GPSLatitudeRef: "N",
    ExifTags.GPS.GPSLatitude: (30.0, 39.0, 36.0),
    ExifTags.GPS.GPSLongitudeRef: "E",
    ExifTags.GPS.GPSLongitude: (104.0, 3.0, 36.0),
}


def picture(seed: int = 1, size: tuple[int, int] = (800, 600)) -> Image.Image:
    """A picture with features of its own."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, (chance.randrange(256), chance.randrange(256), chance.randrange(256)))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        colour = (chance.randrange(256), chance.randrange(256), chance.randrange(256))
        draw.rectangle((x, y, x + chance.randrange(40, 300), y + chance.randrange(40, 300)), fill=colour)
    return image


def jpeg(
    seed: int = 1,
    *,
    size: tuple[int, int] = (800, 600),
    taken: str = "",
    gps: dict[int, Any] | None = None,
    orientation: int = 1,
    quality: int = 88,
    image: Image.Image | None = None,
) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "国产手机"
    if orientation != 1:
        exif[ExifTags.Base.Orientation] = orientation
    if taken:
        exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    if gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    out = io.BytesIO()
    (image or picture(seed, size)).save(out, "JPEG", quality=quality, exif=exif)
    return out.getvalue()


def png(seed: int = 1, *, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    picture(seed).convert(mode).save(out, "PNG")
    return out.getvalue()


def pdf() -> bytes:
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def office(part: str = "word/document.xml", *, more: dict[str, bytes] | None = None) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(part, "<document/>")
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def upload(content: bytes, name: str = "照片.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)
