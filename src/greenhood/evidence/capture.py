"""How time and place of a photo are known: by capture in the page, by what the photo itself says, or not at all.

Messengers and privacy settings strip what a camera wrote into a photo. A photo taken in the page says when and where by
itself, and the server bounds the time: the page fetches a signed ticket first, and the moment of the capture lies between
the ticket and now. The place is the device's word. So a capture proves against mistakes and old photos, not against
somebody who writes programs in order to lie.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.core import signing

from greenhood.accounts.actor import Actor
from greenhood.evidence.filetypes import Refused
from greenhood.evidence.models import Blob, How

SALT = "greenhood.evidence.capture"
# How long a photo may wait on a device without a connection.
QUEUED_MOST = dt.timedelta(days=30)
# Clocks of devices may go wrong by this much before a time is called one of the future.
CLOCK_SLACK = dt.timedelta(minutes=10)
# A radius beyond which a position says nothing about a community.
WORST_ACCURACY = 100_000


@dataclass(frozen=True, slots=True)
class Capture:
    """What the page said of a photo taken in it, checked. Degrees are CGCS2000, the accuracy is a radius in metres.

    ``began`` is when the server gave the ticket; the photo is not older, unless ``is_queued``.
    """

    at: dt.datetime
    began: dt.datetime
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    accuracy: int | None = None
    is_queued: bool = False


def ticket(*, by: Actor, now: dt.datetime) -> str:
    """A signed word of the server that a capture by this person begins now."""
    return signing.dumps({"by": by.person_id, "at": _milliseconds(now)}, salt=SALT)


def read(sent: Mapping[str, str], *, by: Actor, now: dt.datetime) -> Capture | None:
    """The capture that came with a photo, or None for a plain upload. Raises Refused where it can't be true.

    Fields: ``capture-ticket``; ``capture-elapsed``, milliseconds from the ticket to the photo; ``capture-at``, the device's
    clock in milliseconds since 1970, used only without a ticket; ``capture-queued``, 1 where the photo waited for a
    connection; ``capture-latitude``, ``-longitude`` (WGS 84), ``-accuracy`` (m).
    """
    if not sent.get("capture-ticket") and not sent.get("capture-at"):
        return None
    is_queued = sent.get("capture-queued") == "1"
    if sent.get("capture-ticket"):
        at, began, is_proven = _by_ticket(sent, is_queued, by, now)
    else:
        at = began = _by_device(sent, is_queued, now)
        is_proven = False
    latitude, longitude, accuracy = _place(sent)
    return Capture(at, began, latitude, longitude, accuracy, is_queued=not is_proven)


def provenance_of(blob: Blob, capture: Capture | None) -> dict[str, object]:
    """The columns of ``Provenance`` for a use of a file: the capture's, else what the photo itself says."""
    if capture is not None and blob.is_image and not _is_older(blob, capture):
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


def _is_older(blob: Blob, capture: Capture) -> bool:
    """Whether the file was there before the capture began: stored by an earlier upload, or taken earlier by its own word."""
    if blob.stored_at < capture.began:
        return True
    return blob.taken_at is not None and blob.taken_at < capture.began - CLOCK_SLACK


def _by_ticket(
    sent: Mapping[str, str], is_queued: bool, by: Actor, now: dt.datetime
) -> tuple[dt.datetime, dt.datetime, bool]:
    """When the photo was taken, when its ticket was given, and whether the server vouches for that."""
    try:
        said = signing.loads(sent["capture-ticket"], salt=SALT)
        began = dt.datetime.fromtimestamp(said["at"] / 1000, dt.UTC)
    except (signing.BadSignature, KeyError, TypeError, ValueError, OverflowError) as error:
        raise Refused("现场拍照的凭证无效，照片没有保存。请刷新页面后重新拍摄，或选择文件上传。") from error
    if said.get("by") != by.person_id:
        raise Refused("现场拍照的凭证属于另一个账号，照片没有保存。请重新拍摄。")
    most = dt.timedelta(minutes=settings.CAPTURE_MINUTES)
    if now - began > (QUEUED_MOST if is_queued else most):
        raise Refused(
            f"现场拍照到保存超过了 {QUEUED_MOST.days} 天，照片没有保存。请选择文件作为普通照片上传。"
            if is_queued
            else f"现场拍照到保存超过了 {settings.CAPTURE_MINUTES} 分钟，照片没有保存。请重新拍摄，或选择文件上传。"
        )
    elapsed = dt.timedelta(
        milliseconds=_number(sent.get("capture-elapsed", ""), 0, QUEUED_MOST.total_seconds() * 1000) or 0
    )
    return min(began + elapsed, now), began, now - began <= most


def _by_device(sent: Mapping[str, str], is_queued: bool, now: dt.datetime) -> dt.datetime:
    """When the photo was taken by the device's clock: all that there is of one taken without a connection."""
    since = _number(sent["capture-at"], 0, 1e14)
    at = dt.datetime.fromtimestamp((since or 0) / 1000, dt.UTC)
    if not is_queued or since is None:
        raise Refused("没有现场拍照的凭证，照片没有保存。请联网后重新拍摄，或选择文件上传。")
    if at > now + CLOCK_SLACK:
        raise Refused("手机的时间比服务器快，照片没有保存。请校准手机时间后重新拍摄，或选择文件上传。")
    if now - at > QUEUED_MOST:
        raise Refused(f"离线拍摄的照片超过了 {QUEUED_MOST.days} 天，没有保存。请选择文件作为普通照片上传。")
    return min(at, now)


def _place(sent: Mapping[str, str]) -> tuple[Decimal | None, Decimal | None, int | None]:
    """The position in degrees and its accuracy in metres, rounded up; nothing where either coordinate is no coordinate."""
    latitude = _number(sent.get("capture-latitude", ""), -90, 90)
    longitude = _number(sent.get("capture-longitude", ""), -180, 180)
    # A device that knows no place may say 0, 0, a point in the Gulf of Guinea.
    if not latitude or not longitude:
        return None, None, None
    accuracy = _number(sent.get("capture-accuracy", ""), 0, WORST_ACCURACY)
    return (
        Decimal(str(round(latitude, 6))),
        Decimal(str(round(longitude, 6))),
        None if accuracy is None else math.ceil(accuracy),
    )


def _number(text: str, least: float, most: float) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if least <= value <= most else None


def _milliseconds(moment: dt.datetime) -> int:
    return int(moment.timestamp() * 1000)
