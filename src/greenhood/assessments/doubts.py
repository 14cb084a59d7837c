"""What to look at twice among the evidence of one assessment: the community's boundary, the period, other uses of the photos."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.conf import settings

from greenhood.assessments.models import Assessment, Evidence
from greenhood.assessments.queries.evidence import Use
from greenhood.communities.models import Boundary
from greenhood.evidence.flags import Flag, flags_of
from greenhood.kit.geodesy import Geometry
from greenhood.schemes.format import Criterion


def doubts(
    assessment: Assessment,
    evidence: Sequence[Evidence],
    lines: Iterable[Criterion],
    uses: Mapping[UUID, Sequence[Use]],
) -> dict[UUID, tuple[Flag, ...]]:
    """The flags by piece. One query, and none where no piece has a place."""
    has_place = any(piece.captured_latitude is not None for piece in evidence)
    first = {line.no: line for line in lines}
    return flags_of(
        evidence,
        boundary=_boundary(assessment) if has_place else None,
        since={
            piece.pk: period_begins(assessment.year, first.get(piece.criterion), piece.check_no) for piece in evidence
        },
        alike={pk: [use.distance for use in found] for pk, found in uses.items()},
    )


def period_begins(year: int, line: Criterion | None, check_no: int | None) -> dt.date:
    """The first day of which evidence counts: as many years before the assessment's as the check looks back.

    Of evidence for a whole item, the check that looks back furthest. Where the scheme names no years, the installation's
    setting holds (one year, an editor's choice: no scheme says).
    """
    checks = line.checks if line else []
    asked = [check.lookback_years or 0 for number, check in enumerate(checks, 1) if check_no in (None, number)]
    return dt.date(year - max([settings.EVIDENCE_LOOKBACK_YEARS, *asked]), 1, 1)


def _boundary(assessment: Assessment) -> Geometry | None:
    """The boundary that is known today: a better drawn one clears photos that an older one put outside."""
    found = Boundary.objects.filter(community=assessment.community_id, until=None).values_list("geometry", flat=True)
    return found.first()
