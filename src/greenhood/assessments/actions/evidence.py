"""Give, take back and describe evidence. A file is acknowledged only once it is on the disk and in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import standards
from greenhood.assessments.actions.holding import answer_of, held, require_open
from greenhood.assessments.errors import Closed
from greenhood.assessments.events import Event
from greenhood.assessments.models import Assessment, Evidence
from greenhood.evidence.capture import Capture, provenance_of
from greenhood.evidence.keeping import keep, save_blob
from greenhood.evidence.models import Blob
from greenhood.history import actions as history
from greenhood.history.actions import Happening
from greenhood.kit.uploads import clean_name

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
    capture: Capture | None = None,
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
    return _add(assessment, criterion, check_no, blob, clean_name(name), capture, by, at)


@transaction.atomic
def _add(
    assessment: Assessment,
    criterion: int,
    check_no: int | None,
    blob: Blob,
    name: str,
    capture: Capture | None,
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
        **provenance_of(row, capture),
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
        refuse_last_proof(assessment, [row])
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


def refuse_last_proof(assessment: Assessment, pieces: Sequence[Evidence]) -> None:
    """A claim against the data rests on proof: the last piece of it stays while the claim stands. Raises Closed."""
    gone = {piece.pk for piece in pieces}
    for claim in assessment.overrides.filter(criterion__in={piece.criterion for piece in pieces}, withdrawn_at=None):
        proofs = Evidence.objects.filter(assessment=assessment, criterion=claim.criterion, removed_at=None)
        if not proofs.filter(Q(check_no=claim.check_no) | Q(check_no=None)).exclude(pk__in=gone).exists():
            raise Closed(
                f"这是第 {claim.criterion} 项第（{claim.check_no}）小项主张与数据不同的唯一证明，不能移除。"
                "请先撤回主张，或先上传别的证明。"
            )


def note(
    event: Event, pieces: Sequence[Evidence], assessment: Assessment, by: Actor, at: dt.datetime | None = None
) -> None:
    """Write one entry for each piece into the history."""
    code = assessment.community.code
    history.record_many([Happening(event, piece, by, code, _details(piece), at=at) for piece in pieces])


def _record(event: Event, evidence: Evidence, assessment: Assessment, by: Actor, at: dt.datetime | None = None) -> None:
    note(event, [evidence], assessment, by, at)


def _details(evidence: Evidence) -> dict[str, object]:
    carried = {"carried_from": str(evidence.carried_from_id)} if evidence.carried_from_id else {}
    return {
        "assessment": str(evidence.assessment_id),
        "criterion": evidence.criterion,
        "check": evidence.check_no,
        "name": evidence.name,
        "sha256": evidence.blob_id,
        "caption": evidence.caption,
        "is_public": evidence.is_public,
        **carried,
    }
