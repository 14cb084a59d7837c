"""Photos of what was seen and of what was put right.

Those of an inspection belong to the inspecting division, never to the place that is inspected: whoever may only see that
place finds nothing at their addresses. They are handed out by this room alone, which asks ``seeing`` each time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.evidence import actions as evidence
from greenhood.evidence.capture import read
from greenhood.evidence.models import Attachment
from greenhood.supervision import seeing
from greenhood.supervision.actions.answering import check_inspector
from greenhood.supervision.actions.ordering import check_recipient
from greenhood.supervision.errors import Refused
from greenhood.supervision.models import Answer, Finding, Inspection, Round

ANSWER, FINDING, ROUND = "supervision.answer", "supervision.finding", "supervision.round"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a photo belongs to: its kind and id, the division it is kept under, and why it can't be changed now (or empty)."""

    kind: str
    id: UUID
    division: Division
    why_not: str = ""


def subject_for(actor: Actor, kind: str, pk: UUID) -> Subject:
    """What photos belong to, for somebody who may see it; 404 for everybody else."""
    if kind == ANSWER:
        row = Answer.objects.select_related("sheet__inspection__division", "sheet__community").filter(pk=pk).first()
        if row is None or not seeing.sheets(actor).filter(pk=row.sheet_id).exists():
            raise Http404
        inspection = row.sheet.inspection
        # What was ordered to be put right shows what was seen, whether or not the whole sheet is published.
        if not seeing.shows_results(actor, inspection) and not _is_ordered(actor, row):
            raise Http404
        return Subject(kind, pk, inspection.division, _why_not_answer(actor, row))
    if kind == FINDING:
        finding = seeing.finding_for(actor, pk)
        return Subject(kind, pk, finding.inspection.division, _why_not_finding(actor, finding))
    if kind == ROUND:
        found = seeing.round_for(actor, pk)
        return Subject(kind, pk, found.order.recipient, _why_not_round(actor, found))
    raise Http404


def take(
    file: IO[bytes],
    name: str,
    *,
    kind: str,
    subject: UUID,
    by: Actor,
    capture: Mapping[str, str] | None = None,
    at: dt.datetime | None = None,
) -> Attachment:
    """Keep a photo. Raises Http404, NotAllowed, Refused, evidence's filetypes.Refused and store.StoreFull."""
    found = subject_for(by, kind, subject)
    if found.why_not:
        raise Refused(found.why_not)
    now = at or timezone.now()
    attached = evidence.take(
        file,
        name,
        community=found.division,
        subject_kind=kind,
        subject_id=subject,
        by=by,
        capture=read(capture or {}, by=by, now=now),
        at=now,
    )
    return attached.attachment


@transaction.atomic
def remove(attachment: Attachment, *, by: Actor, restores: bool = False) -> Attachment:
    """Take a photo away, or bring it back, as long as what it belongs to can be changed."""
    found = subject_for(by, attachment.subject_kind, attachment.subject_id)
    if found.why_not:
        raise Refused(found.why_not)
    if restores:
        return evidence.put_back(attachment, by=by)
    return evidence.take_away(attachment, by=by)


def _is_ordered(actor: Actor, row: Answer) -> bool:
    return seeing.findings(actor).filter(answer=row, withdrawn_at=None).exists()


def _why_not_answer(actor: Actor, row: Answer) -> str:
    try:
        check_inspector(actor, row.sheet.inspection, row.sheet.community)
    except (NotAllowed, Http404) as problem:
        return str(problem) or "照片由检查人上传。"
    if row.sheet.inspection.state != Inspection.State.UNDER_WAY or row.sheet.finished_at is not None:
        return "检查表已完成或检查已办结，照片不能再改。"
    return ""


def _why_not_finding(actor: Actor, finding: Finding) -> str:
    inspection = finding.inspection
    if not (seeing.is_named(actor, inspection) or seeing.is_office(actor, inspection.division)):
        return "照片由检查人上传。"
    if inspection.state not in {Inspection.State.UNDER_WAY, Inspection.State.CLOSED}:
        return f"这次检查{inspection.get_state_display()}，照片不能再改。"
    if finding.withdrawn_at is not None or (finding.order is not None and finding.order.is_live):
        return "问题已撤销或已发出整改通知，照片不能再改。"
    return ""


def _why_not_round(actor: Actor, found: Round) -> str:
    try:
        check_recipient(actor, found.order)
    except (NotAllowed, Http404) as problem:
        return str(problem) or "整改照片由责任单位上传。"
    if found.result or not found.order.is_live or found.number != found.order.round:
        return "本轮整改已复查，照片不能再改。"
    return ""
