"""Give, take back and describe evidence. A file is acknowledged only once it is on the disk and in the database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import IO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import filetypes, photos, standards, store
from greenhood.assessments.actions.holding import answer_of, held, require_open
from greenhood.assessments.errors import Closed
from greenhood.assessments.events import Event
from greenhood.assessments.models import Assessment, Blob, Evidence
from greenhood.assessments.tasks import process_blob
from greenhood.history import actions as history
from greenhood.kit.uploads import clean_name, over

LONGEST_CAPTION = 300


@dataclass(frozen=True, slots=True)
class Attached:
    """The stored piece; ``is_new`` is False where the item had the same file already."""

    evidence: Evidence
    is_new: bool


def attach(
    assessment: Assessment,
    *,
    criterion: int,
    check_no: int | None = None,
    file: IO[bytes],
    name: str,
    by: Actor,
    at: dt.datetime | None = None,
) -> Attached:
    """Store a file as proof for an item (and one of its checks).

    Raises filetypes.Refused, store.StoreFull, Closed, UnknownCriterion; then nothing is kept. The same file again in the same
    item is the same piece, so a repeated upload is harmless.
    """
    check(by, Capability.ASSESS, assessment.community)
    standards.line_of(assessment, criterion, check_no)
    require_open(assessment, answer_of(assessment, criterion))
    blob = keep(file, name)
    return _add(assessment, criterion, check_no, blob, clean_name(name), by, at)


def keep(file: IO[bytes], name: str) -> Blob:
    """Examine and store a file; its row, not yet saved where it is new. Raises filetypes.Refused, store.StoreFull."""
    sha256, size = store.digest(file)
    if size > settings.MAX_UPLOAD_BYTES:
        raise filetypes.Refused(over(settings.MAX_UPLOAD_BYTES, size))
    kind = filetypes.identify(file, name)
    known = Blob.objects.filter(pk=sha256).first()
    blob = known or _examine(file, kind, sha256, size)
    store.keep(file, sha256, size)
    return blob


def save_blob(blob: Blob) -> Blob:
    """The row of a kept file, saved once; its small copies and likenesses are then made in the background."""
    row, is_new = Blob.objects.get_or_create(
        pk=blob.pk,
        defaults={
            field.attname: getattr(blob, field.attname) for field in Blob._meta.concrete_fields if not field.primary_key
        },
    )
    if is_new and row.is_image:
        process_blob.defer(sha256=row.pk)
    return row


def _examine(file: IO[bytes], kind: filetypes.FileType, sha256: str, size: int) -> Blob:
    blob = Blob(pk=sha256, size=size, media_type=kind.media_type, stored_at=timezone.now())
    if kind.is_image:
        photo = photos.read(file)
        blob.width, blob.height, blob.taken_at = photo.width, photo.height, photo.taken_at
        blob.latitude, blob.longitude = photo.latitude, photo.longitude
        blob.perceptual_hash, blob.hash_bands = photo.look, photos.bands(photo.look)
    else:
        blob.processed_at = blob.stored_at
    return blob


@transaction.atomic
def _add(
    assessment: Assessment,
    criterion: int,
    check_no: int | None,
    blob: Blob,
    name: str,
    by: Actor,
    at: dt.datetime | None,
) -> Attached:
    assessment = held(assessment.pk, Capability.ASSESS, by)
    # Once more, now that nobody can lock it meanwhile.
    require_open(assessment, answer_of(assessment, criterion))
    row = save_blob(blob)
    evidence = Evidence(
        assessment=assessment,
        criterion=criterion,
        check_no=check_no,
        blob=row,
        name=name,
        uploaded_at=at or timezone.now(),
        uploaded_by=by.user,
    )
    try:
        with transaction.atomic():
            evidence.save(force_insert=True)
    except IntegrityError:
        same = Evidence.objects.select_related("blob").get(
            assessment=assessment, criterion=criterion, blob=row, removed_at=None
        )
        return Attached(same, is_new=False)
    _record(Event.EVIDENCE_ATTACHED, evidence, assessment, by, at)
    return Attached(evidence, is_new=True)


@transaction.atomic
def remove_evidence(evidence: Evidence, *, by: Actor) -> Evidence:
    """Take a piece away from its item; it can be restored, and stays in the history."""
    assessment = held(evidence.assessment_id, Capability.ASSESS, by)
    row = Evidence.objects.select_related("blob").get(pk=evidence.pk)
    require_open(assessment, answer_of(assessment, row.criterion))
    if row.removed_at is None:
        row.removed_at, row.removed_by = timezone.now(), by.user
        row.save(update_fields=["removed_at", "removed_by"])
        _record(Event.EVIDENCE_REMOVED, row, assessment, by)
    return row


@transaction.atomic
def restore_evidence(evidence: Evidence, *, by: Actor) -> Evidence:
    """Bring a removed piece back. Raises Closed when its item has the same file again by now."""
    assessment = held(evidence.assessment_id, Capability.ASSESS, by)
    row = Evidence.objects.select_related("blob").get(pk=evidence.pk)
    require_open(assessment, answer_of(assessment, row.criterion))
    if row.removed_at is None:
        return row
    row.removed_at, row.removed_by = None, None
    try:
        with transaction.atomic():
            row.save(update_fields=["removed_at", "removed_by"])
    except IntegrityError as error:
        raise Closed("本项中已经重新上传了同一个文件，不需要恢复。") from error
    _record(Event.EVIDENCE_RESTORED, row, assessment, by)
    return row


@transaction.atomic
def describe_evidence(
    evidence: Evidence, *, caption: str, is_public: bool, by: Actor, at: dt.datetime | None = None
) -> Evidence:
    """Say what a piece shows, and whether the public may see its stripped copy."""
    assessment = held(evidence.assessment_id, Capability.ASSESS, by)
    row = Evidence.objects.select_related("blob").get(pk=evidence.pk)
    require_open(assessment, answer_of(assessment, row.criterion))
    caption = caption.strip()[:LONGEST_CAPTION]
    # What is no photo has no stripped copy, and so nothing that could be shown.
    is_public = is_public and row.blob.is_image
    if (row.caption, row.is_public) != (caption, is_public):
        row.caption, row.is_public = caption, is_public
        row.save(update_fields=["caption", "is_public"])
        _record(Event.EVIDENCE_DESCRIBED, row, assessment, by, at)
    return row


def _record(event: Event, evidence: Evidence, assessment: Assessment, by: Actor, at: dt.datetime | None = None) -> None:
    history.record(
        event,
        evidence,
        by=by,
        division_code=assessment.community.code,
        details={
            "assessment": str(assessment.pk),
            "criterion": evidence.criterion,
            "check": evidence.check_no,
            "name": evidence.name,
            "sha256": evidence.blob_id,
            "caption": evidence.caption,
            "is_public": evidence.is_public,
        },
        at=at,
    )
