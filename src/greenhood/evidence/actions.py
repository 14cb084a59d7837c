"""Attach files to a record of any room, take them away, bring them back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.evidence import sealing, subjects
from greenhood.evidence.capture import Capture, provenance_of
from greenhood.evidence.errors import NotPossible
from greenhood.evidence.events import Event
from greenhood.evidence.keeping import keep, save_blob
from greenhood.evidence.models import Attachment, Blob, Seal
from greenhood.evidence.sealing import Checked, Entry
from greenhood.history import actions as history
from greenhood.history.models import Result
from greenhood.kit.uploads import clean_name

LONGEST_CAPTION = 300


@dataclass(frozen=True, slots=True)
class Attached:
    """The attachment; ``is_new`` is False where the record had the same file already."""

    attachment: Attachment
    is_new: bool


def attach(
    file: IO[bytes],
    name: str,
    *,
    community: Division,
    subject_kind: str,
    subject_id: UUID,
    by: Actor,
    caption: str = "",
    capture: Capture | None = None,
    at: dt.datetime | None = None,
) -> Attached:
    """Store a file and attach it to a record. Raises filetypes.Refused, store.StoreFull; then nothing is kept.

    ``capture`` is what the page said of a photo taken in it. The same file again at the same record is the same
    attachment, so a repeated upload is harmless. The caller knows that the record exists.
    """
    check(by, capability_for(subject_kind), community)
    return take(
        file,
        name,
        community=community,
        subject_kind=subject_kind,
        subject_id=subject_id,
        by=by,
        caption=caption,
        capture=capture,
        at=at,
    )


def take(
    file: IO[bytes],
    name: str,
    *,
    community: Division,
    subject_kind: str,
    subject_id: UUID,
    by: Actor,
    caption: str = "",
    capture: Capture | None = None,
    at: dt.datetime | None = None,
) -> Attached:
    """As ``attach``, for a room that has seen itself that the actor may: somebody named for a task may hold no such post."""
    blob = keep(file, name)
    attachment = Attachment(
        community=community,
        subject_kind=subject_kind,
        subject_id=subject_id,
        name=clean_name(name),
        caption=caption.strip()[:LONGEST_CAPTION],
        uploaded_at=at or timezone.now(),
        uploaded_by=by.user,
        **provenance_of(blob, capture),
    )
    return _add(attachment, blob, by)


def capability_for(subject_kind: str) -> Capability:
    kind = subjects.kind_of(subject_kind)
    return kind.capability if kind else Capability.RECORD


@transaction.atomic
def _add(attachment: Attachment, blob: Blob, by: Actor) -> Attached:
    attachment.blob = save_blob(blob)
    try:
        with transaction.atomic():
            attachment.save(force_insert=True)
    except IntegrityError:
        same = Attachment.objects.select_related("blob", "community").get(
            community=attachment.community,
            subject_kind=attachment.subject_kind,
            subject_id=attachment.subject_id,
            blob=attachment.blob,
            removed_at=None,
        )
        return Attached(same, is_new=False)
    _record(Event.ATTACHED, attachment, by, attachment.uploaded_at)
    return Attached(attachment, is_new=True)


@transaction.atomic
def remove_attachment(attachment: Attachment, *, by: Actor) -> Attachment:
    """Take a file away from its record; it can be restored, and stays in the history."""
    check(by, capability_for(attachment.subject_kind), attachment.community)
    return take_away(attachment, by=by)


@transaction.atomic
def take_away(attachment: Attachment, *, by: Actor) -> Attachment:
    """As ``remove_attachment``, for a room that has seen itself that the actor may."""
    row = _held(attachment.pk)
    if row.removed_at is None:
        row.removed_at, row.removed_by = timezone.now(), by.user
        row.save(update_fields=["removed_at", "removed_by"])
        _record(Event.REMOVED, row, by)
    return row


@transaction.atomic
def restore_attachment(attachment: Attachment, *, by: Actor) -> Attachment:
    """Bring a removed file back. Raises NotPossible when the record has the same file again by now."""
    check(by, capability_for(attachment.subject_kind), attachment.community)
    return put_back(attachment, by=by)


@transaction.atomic
def put_back(attachment: Attachment, *, by: Actor) -> Attachment:
    """As ``restore_attachment``, for a room that has seen itself that the actor may."""
    row = _held(attachment.pk)
    if row.removed_at is None:
        return row
    row.removed_at, row.removed_by = None, None
    try:
        with transaction.atomic():
            row.save(update_fields=["removed_at", "removed_by"])
    except IntegrityError as error:
        raise NotPossible("这里已经重新上传了同一个文件，不需要恢复。") from error
    _record(Event.RESTORED, row, by)
    return row


@transaction.atomic
def seal(
    entries: Iterable[Entry],
    *,
    community: Division,
    subject_kind: str,
    subject_id: UUID,
    occasion: str,
    by: Actor,
    at: dt.datetime | None = None,
) -> Seal:
    """Keep the list of files that a record rests on now. The caller has seen that the actor may close the record."""
    listed = list(entries)
    kept = Seal.objects.create(
        community=community,
        subject_kind=subject_kind,
        subject_id=subject_id,
        occasion=occasion,
        sealed_at=at or timezone.now(),
        sealed_by=by.user,
        entries=sealing.as_rows(listed),
        count=len(listed),
        digest=sealing.digest_of(listed),
    )
    details = {"subject": f"{subject_kind}:{subject_id}", "count": kept.count, "digest": kept.digest}
    history.record(Event.SEALED, kept, by=by, division_code=community.code, details=details, at=at)
    return kept


@transaction.atomic
def check_seal(seal: Seal, *, by: Actor) -> Checked:
    """Hash every file of a sealed list anew, and note what came of it."""
    check(by, Capability.VIEW, seal.community)
    found = sealing.check(seal)
    details = {
        "digest": seal.digest,
        "is_list_whole": found.is_list_whole,
        "differing": [entry.sha256 for entry in found.differing],
        "missing": [entry.sha256 for entry in found.missing],
    }
    result = Result.OK if found.is_good else Result.FAILED
    history.record(Event.CHECKED, seal, by=by, division_code=seal.community.code, details=details, result=result)
    return found


def _held(pk: UUID) -> Attachment:
    """The attachment, held until the transaction ends."""
    return Attachment.objects.select_for_update(of=("self",)).select_related("community", "blob").get(pk=pk)


def _record(event: Event, attachment: Attachment, by: Actor, at: dt.datetime | None = None) -> None:
    history.record(
        event,
        attachment,
        by=by,
        division_code=attachment.community.code,
        details={
            "subject": f"{attachment.subject_kind}:{attachment.subject_id}",
            "name": attachment.name,
            "sha256": attachment.blob_id,
            "how": attachment.how,
        },
        at=at,
    )
