"""Use files again that the community gave for another standard or in another year: the same file, one more use."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import standards
from greenhood.assessments.actions.evidence import note, refuse_last_proof
from greenhood.assessments.actions.holding import answer_of, held, require_open
from greenhood.assessments.events import Event
from greenhood.assessments.models import Assessment, Evidence
from greenhood.assessments.queries.carrying import carriable, crosswalk_for
from greenhood.assessments.queries.evidence import of_assessment
from greenhood.evidence.models import Provenance
from greenhood.schemes.queries import newest

CAPTURE = [field.name for field in Provenance._meta.get_fields()]


@transaction.atomic
def carry_evidence(
    assessment: Assessment, *, criterion: int, by: Actor, pieces: Iterable[UUID] | None = None
) -> list[Evidence]:
    """Use what fits an item in it too: everything that the page offers, or only these pieces; the new uses.

    How time and place of a photo are known goes along. What is there already isn't taken twice. Raises Closed,
    UnknownCriterion.
    """
    row = held(assessment.pk, Capability.ASSESS, by)
    standards.line_of(row, criterion)
    require_open(row, answer_of(row, criterion))
    there = [piece for piece in of_assessment(row) if piece.criterion == criterion]
    offered = carriable(row, crosswalk_for(row, newest()), {criterion: there}).get(criterion, [])
    wanted = None if pieces is None else set(pieces)
    now = timezone.now()
    made = [
        Evidence(
            assessment=row,
            criterion=criterion,
            check_no=one.check_no,
            blob=one.evidence.blob,
            name=one.evidence.name,
            caption=one.evidence.caption,
            uploaded_at=now,
            uploaded_by=by.user,
            carried_from=one.evidence,
            **{name: getattr(one.evidence, name) for name in CAPTURE},
        )
        for one in offered
        if wanted is None or one.evidence.pk in wanted
    ]
    Evidence.objects.bulk_create(made)
    if made:
        note(Event.EVIDENCE_CARRIED, made, row, by)
    return made


@transaction.atomic
def undo_carrying(assessment: Assessment, *, criterion: int, by: Actor) -> int:
    """Take away again what was carried into an item the last time; how many pieces."""
    row = held(assessment.pk, Capability.ASSESS, by)
    require_open(row, answer_of(row, criterion))
    carried = Evidence.objects.filter(
        assessment=row, criterion=criterion, removed_at=None, carried_from__isnull=False
    ).select_related("blob")
    last = carried.order_by("-uploaded_at").first()
    if last is None:
        return 0
    pieces = list(carried.filter(uploaded_at=last.uploaded_at))
    refuse_last_proof(row, pieces)
    Evidence.objects.filter(pk__in=[piece.pk for piece in pieces]).update(removed_at=timezone.now(), removed_by=by.user)
    note(Event.EVIDENCE_REMOVED, pieces, row, by)
    return len(pieces)
