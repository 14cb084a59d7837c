"""The list of evidence that a declaration rests on, kept for good when the self-assessment is closed."""

from __future__ import annotations

import datetime as dt

from greenhood.accounts.actor import Actor
from greenhood.assessments.models import Assessment
from greenhood.assessments.queries.evidence import listed, seals
from greenhood.evidence import actions as evidence
from greenhood.evidence.models import Seal
from greenhood.history.actions import subject_of


def seal(assessment: Assessment, occasion: str, *, by: Actor, at: dt.datetime | None = None) -> str:
    """Keep the list as it is now; its digest. The assessment is held."""
    return _keep(assessment, occasion, by, at).digest


def sealed(assessment: Assessment, *, by: Actor, at: dt.datetime | None = None) -> str:
    """The digest of the list that a closed assessment has; where it was closed before lists were kept, it is made now."""
    kept = seals(assessment).first() or _keep(assessment, "补记", by, at)
    return kept.digest


def _keep(assessment: Assessment, occasion: str, by: Actor, at: dt.datetime | None) -> Seal:
    return evidence.seal(
        listed(assessment),
        community=assessment.community,
        subject_kind=subject_of(assessment).kind,
        subject_id=assessment.pk,
        occasion=occasion,
        by=by,
        at=at,
    )
