"""How time and place of a photo are known: by capture in the page, by what the photo itself says, or not at all.

Messengers and privacy settings strip what a camera wrote into a photo. A photo taken in the page says when and where by
itself, and the server bounds the time: the page holds a signed start (``ticket``), and a capture lies between it and now.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from greenhood.evidence.models import Blob, How


@dataclass(frozen=True, slots=True)
class Capture:
    """What the page said of a photo taken in it. Degrees are CGCS2000, the accuracy is a radius in metres."""

    at: dt.datetime
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    accuracy: int | None = None
    is_queued: bool = False


def provenance_of(blob: Blob, capture: Capture | None) -> dict[str, object]:
    """The columns of ``Provenance`` for a use of a file: the capture's, else what the photo itself says."""
    if capture is not None and blob.is_image:
        return {
            "how": How.CAPTURE,
            "captured_at": capture.at,
            "captured_latitude": capture.latitude,
            "captured_longitude": capture.longitude,
            "captured_accuracy": capture.accuracy,
            "is_queued": capture.is_queued,
        }
    if blob.taken_at is None and blob.latitude is None:
        return {"how": How.NONE}
    return {
        "how": How.EXIF,
        "captured_at": blob.taken_at,
        "captured_latitude": blob.latitude,
        "captured_longitude": blob.longitude,
    }
