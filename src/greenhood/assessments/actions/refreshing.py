"""Follow the facts: what is open is scored anew, what is declared stays and shows where today's figures say otherwise.

Every night for all of them (``refresh_open``), and for one when its page is looked at or it is declared (``refresh``).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, islice
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from greenhood.assessments import computed, drifting, standards
from greenhood.assessments.actions.holding import is_kept, keep_result, present
from greenhood.assessments.computed import Key
from greenhood.assessments.grounds import as_of, figures_of_many, open_keys, together
from greenhood.assessments.models import Answer, Assessment, Override
from greenhood.divisions.models import Division
from greenhood.indicators.figures import Figure
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import engine

BATCH = 1_000
"""Assessments that are measured and scored together; what they hold is all that is in memory."""


def refresh(assessment: Assessment, result: engine.Result, drift: drifting.Kept | None) -> bool:
    """Keep what a page has just computed of an assessment, where it isn't what is stored; whether anything was."""
    if is_kept(assessment, result) and assessment.drift == drift:
        return False
    with transaction.atomic():
        was_kept = keep_result(assessment, result)
        return keep_drift(assessment, drift) or was_kept


def keep_drift(assessment: Assessment, drift: drifting.Kept | None) -> bool:
    """Keep where a declared assessment has drifted; whether that is another than before."""
    if drift == assessment.drift:
        return False
    # Once it is unlocked there is nothing to differ from.
    Assessment.objects.filter(pk=assessment.pk, figures__isnull=False).update(drift=drift)
    assessment.drift = drift
    return True


def refresh_open(within: Division | None = None, *, today: dt.date | None = None) -> int:
    """Score every open assessment of this year and the last anew, and look where declared ones have drifted; how many changed.

    A handful of queries for a thousand assessments. Somebody who saves meanwhile is quicker, and right.
    """
    day = today or today_in_shanghai()
    changed = 0
    for _, group in groupby(_chosen(within, day), key=lambda row: row[1:]):
        keys = (pk for pk, *_ in group)
        while batch := list(islice(keys, BATCH)):
            changed += _refresh(batch, day)
    return changed


def _chosen(within: Division | None, day: dt.date) -> Iterator[tuple[UUID, UUID, str, int]]:
    """What may have to follow, those under one standard and of one year together."""
    rows = Assessment.objects.filter(year__gte=day.year - 1).filter(
        Q(locked_at=None) | Q(figures__isnull=False) | Exists(_returned())
    )
    if within is not None:
        low, high = within.span
        rows = rows.filter(community__code__gte=low, community__code__lt=high)
    keys = rows.order_by("version", "standard_key", "year", "pk").values_list("pk", "version", "standard_key", "year")
    return keys.iterator(chunk_size=10_000)


def _returned() -> QuerySet[Answer]:
    return Answer.objects.filter(assessment=OuterRef("pk"), reopened_at__isnull=False)


def _refresh(batch: Sequence[UUID], day: dt.date) -> int:
    """Assessments under one standard and of one year: their rows, claims and figures in one query each."""
    assessments = list(Assessment.objects.filter(pk__in=batch).select_related("community").defer("community__bigrams"))
    standard = standards.standard_of(assessments[0])
    keys = computed.indicators(standard)
    if not keys:
        return 0
    rows: dict[UUID, dict[int, Answer]] = defaultdict(dict)
    for row in Answer.objects.filter(assessment__in=batch):
        rows[row.assessment_id][row.criterion] = row
    claims: dict[UUID, dict[Key, Override]] = defaultdict(dict)
    for claim in Override.objects.filter(assessment__in=batch, withdrawn_at=None):
        claims[claim.assessment_id][claim.criterion, claim.check_no] = claim
    places = {one.community_id for one in assessments}
    counting = figures_of_many(places, keys, as_of(assessments[0], day))
    today = counting if as_of(assessments[0], day) == day else figures_of_many(places, keys, day)
    return sum(
        _follow(one, rows[one.pk], claims[one.pk], counting.get(one.community_id, {}), today.get(one.community_id, {}), day)
        for one in assessments
    )  # fmt: skip


def _follow(
    one: Assessment,
    rows: Mapping[int, Answer],
    claims: Mapping[Key, Override],
    counting: Mapping[str, Figure],
    today: Mapping[str, Figure],
    day: dt.date,
) -> bool:
    open_ = open_keys(one, standards.standard_of(one), rows)
    grounds = together(one, standards.standard_of(one), open_, counting, claims, today=day)
    drift = drifting.kept(drifting.drift_of(one, grounds, today, day))
    if not open_:
        return keep_drift(one, drift)
    return refresh(one, standards.result_of(one, rows, grounds), drift)


def refresh_now(assessment: Assessment) -> engine.Result:
    """Score a held assessment by today's figures, before something rests on its total."""
    rows, grounds = present(assessment)
    result = standards.result_of(assessment, rows, grounds)
    keep_result(assessment, result)
    return result
