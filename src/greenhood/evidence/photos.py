"""What a photo tells: its size, when and where it was taken, how it looks, and small copies that tell no more than that."""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import combinations
from typing import IO, Any

import imagehash
import numpy
from PIL import ExifTags, Image, ImageOps

from greenhood.evidence import filetypes
from greenhood.kit.dates import SHANGHAI

SMALL, LARGE = 320, 1280
SIZES = (SMALL, LARGE)
# Photos whose hashes differ in up to six of 64 bits are nearly the same: saved anew, reduced, sharpened, with a mark.
# Two unrelated photos differ in 32 on average.
NEAR = 6
# How far each third lies from the end of the hash, and how many bits it has.
THIRDS = ((42, 22), (21, 21), (0, 21))
# A wall, a sky or a blank page looks like every other one: its hash is noise and says nothing.
LEAST_CONTRAST = 6.0


@dataclass(frozen=True, slots=True)
class Photo:
    """``taken_at`` is aware; a camera that gives no zone is taken to be on China's time. Degrees are WGS 84."""

    width: int
    height: int
    taken_at: dt.datetime | None
    latitude: Decimal | None
    longitude: Decimal | None
    look: int | None


def read(file: IO[bytes]) -> Photo:
    """Read everything in one decoding. Raises filetypes.Refused for a picture that is cut off."""
    image = filetypes.open_image(file)
    width, height = image.size
    exif = _exif(image)
    if exif.get(ExifTags.Base.Orientation) in {5, 6, 7, 8}:
        width, height = height, width
    small = ImageOps.exif_transpose(filetypes.reduced(image, 512))
    latitude, longitude = _place(exif)
    return Photo(width, height, _taken_at(exif), latitude, longitude, look_of(small))


def look_of(image: Image.Image) -> int | None:
    """The perceptual hash as a signed 64-bit number, as the database keeps it; None for a picture without features."""
    grey = _flattened(image).convert("L").resize((64, 64))
    if float(numpy.asarray(grey).std()) < LEAST_CONTRAST:
        return None
    return int.from_bytes(int(str(imagehash.phash(grey)), 16).to_bytes(8, "big"), "big", signed=True)


def near_thirds(look: int) -> tuple[list[int], list[int], list[int]]:
    """Every high, middle and low third that a hash within ``NEAR`` bits may have: of six differences in three thirds, one
    third has two at most, so the thirds themselves and those with one or two bits turned find all of them (718 values)."""
    bits = look & (1 << 64) - 1
    high, middle, low = ([(bits >> shift & (1 << size) - 1) ^ turn for turn in _turns(size)] for shift, size in THIRDS)
    return high, middle, low


def distance(one: int, other: int) -> int:
    return ((one ^ other) & (1 << 64) - 1).bit_count()


def small_copy(file: IO[bytes], longest: int) -> bytes:
    """A JPEG of at most ``longest`` pixels, upright, without EXIF or any other note of who, when and where."""
    image = filetypes.open_image(file)
    upright = ImageOps.exif_transpose(filetypes.reduced(image, longest))
    copy = _flattened(upright)
    copy.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    # A new picture from the pixels alone: nothing that the first one carried along comes with it.
    bare = Image.new("RGB", copy.size)
    bare.paste(copy)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue()


@cache
def _turns(size: int) -> tuple[int, ...]:
    """What turns none, one or two of so many bits."""
    single = [1 << bit for bit in range(size)]
    return (0, *single, *(one | other for one, other in combinations(single, 2)))


def _flattened(image: Image.Image) -> Image.Image:
    """In RGB; what is transparent stands on white, as browsers show it."""
    if "A" not in image.getbands() and "transparency" not in image.info:
        return image.convert("RGB")
    seen = image.convert("RGBA")
    ground = Image.new("RGBA", seen.size, "white")
    return Image.alpha_composite(ground, seen).convert("RGB")


def _exif(image: Image.Image) -> Image.Exif:
    try:
        return image.getexif()
    except Exception:  # noqa: BLE001 - notes by any camera, read by a parser that fails in many ways; none is needed
        return Image.Exif()


def _directory(exif: Image.Exif, tag: int) -> Mapping[int, Any]:
    try:
        return exif.get_ifd(tag)
    except Exception:  # noqa: BLE001 - as above
        return {}


def _taken_at(exif: Image.Exif) -> dt.datetime | None:
    notes = _directory(exif, ExifTags.IFD.Exif)
    written = notes.get(ExifTags.Base.DateTimeOriginal) or exif.get(ExifTags.Base.DateTime)
    offset = str(notes.get(ExifTags.Base.OffsetTimeOriginal) or "").strip("\0 ")
    text = str(written or "").strip("\0 ")
    try:
        plain = dt.datetime.strptime(text, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - the zone is added below
        zone = dt.datetime.strptime(offset, "%z").tzinfo if offset else SHANGHAI
        # A camera whose clock was never set writes the year 0000, 1970 or 1980.
        return plain.replace(tzinfo=zone).astimezone(dt.UTC) if plain.year > 1990 else None
    except (ValueError, OverflowError):
        return None


def _place(exif: Image.Exif) -> tuple[Decimal | None, Decimal | None]:
    notes = _directory(exif, ExifTags.IFD.GPSInfo)
    latitude = _degrees(notes.get(ExifTags.GPS.GPSLatitude), notes.get(ExifTags.GPS.GPSLatitudeRef), 90)
    longitude = _degrees(notes.get(ExifTags.GPS.GPSLongitude), notes.get(ExifTags.GPS.GPSLongitudeRef), 180)
    # Phones that know no place write 0, 0, a point in the Gulf of Guinea.
    if not latitude or not longitude:
        return None, None
    return latitude, longitude


def _degrees(parts: Any, side: Any, most: int) -> Decimal | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
        value = degrees + minutes / 60 + seconds / 3600
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    if not math.isfinite(value) or not 0 <= value <= most:
        return None
    sign = -1 if str(side).strip("\0 ").upper() in {"S", "W"} else 1
    return Decimal(str(round(sign * value, 6)))
