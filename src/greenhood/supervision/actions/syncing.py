"""What inspectors' phones send after they had no connection: one answer at a time, each carried out once.

It keeps its memory where the survey's phones keep theirs (``baseline.SyncedOperation``): the same answer to the same operation.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.baseline.actions import syncing
from greenhood.baseline.actions.syncing import Answer as Said
from greenhood.baseline.errors import NotPossible
from greenhood.baseline.models import SyncedOperation
from greenhood.baseline.operations import MOST_BYTES, Malformed
from greenhood.evidence import filetypes
from greenhood.kit.hashing import digest
from greenhood.supervision import seeing
from greenhood.supervision.actions import answering, photos
from greenhood.supervision.actions.answering import Different, Seen
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.models import Answer, Sheet

KIND = "supervision.answer"
Status = SyncedOperation.Status
_KEYS = {"operation", "person", "post", "sheet", "key", "result", "note", "seen_at", "position", "replaces", "after"}
MOST_AFTER = 20


@dataclass(frozen=True, slots=True)
class Operation:
    """One answer of a phone. ``after``: earlier operations on the same check whose answers the phone never heard."""

    id: UUID
    person: UUID
    post: UUID
    sheet: UUID
    seen: Seen
    replaces: int
    after: tuple[UUID, ...]
    digest: str


def read(body: bytes) -> Operation:
    """The operation that a request's body holds. Raises Malformed."""
    if len(body) > MOST_BYTES:
        raise Malformed(f"一条记录不能超过 {MOST_BYTES // 1024} KB。")
    try:
        sent = json.loads(body)
        canonical = json.dumps(sent, sort_keys=True, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise Malformed("内容不是 JSON。") from error
    if not isinstance(sent, dict) or set(sent) - _KEYS:
        raise Malformed("内容不是一条检查记录，或含有不认识的项目。")
    replaces = sent.get("replaces", 0)
    if not isinstance(replaces, int) or not 0 <= replaces < 2**31:
        raise Malformed("“replaces”应为版本号。")
    return Operation(
        id=_uuid(sent, "operation"),
        person=_uuid(sent, "person"),
        post=_uuid(sent, "post"),
        sheet=_uuid(sent, "sheet"),
        seen=_seen(sent),
        replaces=replaces,
        after=_after(sent),
        digest=digest(canonical, algorithm="sha256"),
    )


@transaction.atomic
def take(operation: Operation, *, by: Actor, at: dt.datetime | None = None) -> Said:
    """Carry out one answer, or say again what became of it. Raises Http404, NotAllowed, baseline's NotPossible."""
    syncing.check_owner(operation.person, operation.post, by)
    sheet = seeing.sheet_for(by, operation.sheet)
    if not seeing.is_inside(by, sheet.inspection):
        raise Http404
    answering.check_inspector(by, sheet.inspection, sheet.community)
    if earlier := syncing.answered_before(operation.id, operation.digest):
        return earlier
    thing: UUID | None = None
    body: dict[str, Any]
    try:
        with transaction.atomic():
            row, _ = answering.answer(sheet, operation.seen, by=by, replaces=_replaced(operation, sheet), at=at)
        status, body, thing = Status.STORED, {"answer": stored(row)}, row.pk
    except Refused as problem:
        status, body = Status.REFUSED, {"problems": dict(problem.problems)}
    except Different as problem:
        status, body = Status.CONFLICT, {"theirs": stored(problem.theirs)}
    except Overtaken as problem:
        status, body = Status.REFUSED, {"problems": {"": str(problem)}}
    return _remember(operation.id, operation.digest, sheet, by, thing, status, body, None, at)


@transaction.atomic
def take_photo(photo: syncing.Photo, file: IO[bytes], *, by: Actor, at: dt.datetime | None = None) -> Said:
    """Attach a photo to an answer that was sent before. Raises Http404, NotAllowed, NotPossible, evidence's StoreFull."""
    syncing.check_owner(photo.person, photo.post, by)
    record = SyncedOperation.objects.filter(
        pk=photo.record, person=photo.person, kind=KIND, status=Status.STORED
    ).first()
    row = None
    if record is not None and record.thing is not None:
        row = (
            Answer.objects.select_related("sheet__inspection__division", "sheet__community")
            .filter(pk=record.thing)
            .first()
        )
    if record is None or row is None:
        raise NotPossible("照片所属的检查记录还没有保存，请先发送记录。")
    if earlier := syncing.answered_before(photo.id, photo.digest):
        return earlier
    body: dict[str, Any]
    now = at or timezone.now()
    try:
        with transaction.atomic():
            kept = photos.take(
                file, photo.name, kind=photos.ANSWER, subject=row.pk, by=by, capture=photo.capture, at=now
            )
        status, body = Status.STORED, {"attachment": str(kept.pk)}
    except (Refused, filetypes.Refused) as problem:
        status, body = Status.REFUSED, {"problems": {"photo": str(problem)}}
    return _remember(photo.id, photo.digest, row.sheet, by, row.pk, status, body, record, at)


def stored(row: Answer) -> dict[str, Any]:
    """An answer as a phone keeps it."""
    return {
        "key": row.key,
        "result": row.result,
        "note": row.note,
        "revision": row.revision,
        "by": str(row.by) if row.by else "系统",
        "at": row.at.isoformat(),
    }


def _remember(
    pk: UUID,
    digest: str,
    sheet: Sheet,
    by: Actor,
    thing: UUID | None,
    status: SyncedOperation.Status,
    body: Mapping[str, Any],
    record: SyncedOperation | None,
    at: dt.datetime | None,
) -> Said:
    # Kept under the inspecting division, so that nothing tells the inspected place of it.
    place = sheet.inspection.division
    return syncing.remember(pk, digest, place, by, KIND, thing, status, body, record=record, at=at)


def _replaced(operation: Operation, sheet: Sheet) -> int:
    """The revision that the person had before them: the one they read, or the one that an unheard earlier sending made."""
    if not operation.after:
        return operation.replaces
    own = SyncedOperation.objects.filter(pk__in=operation.after, person=operation.person, status=Status.STORED)
    made = {
        answer["answer"]["revision"]
        for answer in own.values_list("answer", flat=True)
        if answer.get("answer", {}).get("key") == operation.seen.key
    }
    present = Answer.objects.filter(sheet=sheet, key=operation.seen.key).values_list("revision", flat=True).first()
    return present if present in made and present is not None else operation.replaces


def _seen(sent: Mapping[str, Any]) -> Seen:
    longitude = latitude = accuracy = None
    if position := sent.get("position"):
        longitude, latitude, accuracy = _position(position)
    return Seen(
        key=_text(sent, "key", 20),
        result=_text(sent, "result", 20),
        note=_text(sent, "note", 4000),
        seen_at=_time(sent.get("seen_at")),
        longitude=longitude,
        latitude=latitude,
        accuracy=accuracy,
    )


def _position(sent: Any) -> tuple[Decimal, Decimal, int | None]:
    """A phone's position in degrees of WGS 84, within a metre of CGCS2000, and its accuracy in metres."""
    if not isinstance(sent, dict):
        raise Malformed("“position”应为经度、纬度和误差。")
    try:
        longitude, latitude = Decimal(str(sent["longitude"])), Decimal(str(sent["latitude"]))
        accuracy = None if sent.get("accuracy") is None else round(float(sent["accuracy"]))
    except (KeyError, InvalidOperation, TypeError, ValueError, OverflowError) as error:
        raise Malformed("“position”应为经度、纬度和误差。") from error
    if not (longitude.is_finite() and latitude.is_finite() and abs(longitude) <= 180 and abs(latitude) <= 90):
        raise Malformed("“position”不是地球上的位置。")
    least = Decimal("0.000001")
    return (
        longitude.quantize(least),
        latitude.quantize(least),
        None if accuracy is None else min(max(accuracy, 0), 100_000),
    )


def _time(sent: Any) -> dt.datetime | None:
    if sent is None:
        return None
    try:
        found = dt.datetime.fromisoformat(sent)
    except (TypeError, ValueError) as error:
        raise Malformed("“seen_at”应为时间。") from error
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _uuid(sent: Mapping[str, Any], name: str) -> UUID:
    try:
        return UUID(sent.get(name))
    except (ValueError, TypeError, AttributeError) as error:
        raise Malformed(f"“{name}”不是编号。") from error


def _after(sent: Mapping[str, Any]) -> tuple[UUID, ...]:
    given = sent.get("after", [])
    if not isinstance(given, list) or len(given) > MOST_AFTER:
        raise Malformed("“after”应为编号的列表。")
    return tuple(_uuid({"after": each}, "after") for each in given)


def _text(sent: Mapping[str, Any], name: str, most: int) -> str:
    value = sent.get(name, "")
    if not isinstance(value, str) or len(value) > most or "\x00" in value:
        raise Malformed(f"“{name}”应为不超过 {most} 字的文字。")
    return value
