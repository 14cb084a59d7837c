"""Facts about many declarations at once, as the procedure wants them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Count, Q

from greenhood.assessments.models import Assessment, ScoreSheet
from greenhood.declarations import procedure
from greenhood.declarations.models import Declaration, NoticeEntry, PanelCase, Status
from greenhood.declarations.versions import schemes_of
from greenhood.schemes.format import Scheme, Step, StepKind


@dataclass(frozen=True, slots=True)
class Placed:
    """A declaration with its scheme, the step at which it waits and the facts about it."""

    declaration: Declaration
    scheme: Scheme
    step: Step | None
    facts: procedure.Facts

    @property
    def awaits(self) -> procedure.Awaits:
        return procedure.awaits(self.scheme, self.facts)

    @property
    def words(self) -> str:
        return procedure.awaits_words(self.scheme, self.facts)


def placed(declarations: Iterable[Declaration]) -> list[Placed]:
    """Each declaration with its facts, in at most four queries for any number of them."""
    rows = list(declarations)
    schemes = schemes_of({row.version_id for row in rows})
    steps = {row.pk: procedure.find(schemes[row.version_id], row.step) for row in rows}
    facts = {row.pk: procedure.Facts(row.status, row.step, row.title, row.sampled) for row in rows}
    active = [row for row in rows if row.status == Status.ACTIVE]
    _add_notices(facts, [row.pk for row in active if _is(steps[row.pk], StepKind.NOTICE)])
    _add_cases(facts, [row for row in active if _is(steps[row.pk], StepKind.PANEL)])
    _add_scores(facts, [row for row in active if _counts_scores(steps[row.pk])])
    return [Placed(row, schemes[row.version_id], steps[row.pk], facts[row.pk]) for row in rows]


def _is(step: Step | None, kind: StepKind) -> bool:
    return step is not None and step.kind is kind


def _counts_scores(step: Step | None) -> bool:
    return step is not None and (step.scores or step.needs_level)


def _add_notices(facts: dict[UUID, procedure.Facts], ids: list[UUID]) -> None:
    if not ids:
        return
    entries = (
        NoticeEntry.objects.filter(declaration__in=ids, ended_at=None)
        .values_list("declaration")
        .annotate(
            waiting=Count("objections", filter=Q(objections__answered_at=None, objections__receipt__isnull=False)),
            upheld=Count("objections", filter=Q(objections__upheld=True)),
        )
    )
    for pk, waiting, upheld in entries:
        facts[pk] = replace(facts[pk], on_notice=True, open_objections=waiting, upheld_objections=upheld)


def _add_cases(facts: dict[UUID, procedure.Facts], rows: list[Declaration]) -> None:
    if not rows:
        return
    steps = {row.pk: row.step for row in rows}
    cases = PanelCase.objects.filter(declaration__in=steps, ended_at=None).values_list(
        "declaration", "panel__step", "decided_at", "level"
    )
    for pk, step, decided_at, level in cases:
        if step == steps[pk]:
            facts[pk] = replace(facts[pk], seated=True, panel_decided=decided_at is not None, level=level)


def _add_scores(facts: dict[UUID, procedure.Facts], rows: list[Declaration]) -> None:
    if not rows:
        return
    assessments = {row.assessment_id for row in rows}
    selves = {
        pk: (level, standard)
        for pk, level, standard in Assessment.objects.filter(pk__in=assessments).values_list(
            "pk", "level", "standard_key"
        )
    }
    sheets: dict[UUID, list[tuple[str, str]]] = {}
    handed_in = ScoreSheet.objects.filter(assessment__in=assessments, handed_in_at__isnull=False)
    for pk, step, level in handed_in.order_by("handed_in_at").values_list("assessment", "step", "level"):
        sheets.setdefault(pk, []).append((step, level))
    for row in rows:
        fact, given = facts[row.pk], sheets.get(row.assessment_id, [])
        level, standard = selves[row.assessment_id]
        here = [reached for step, reached in given if step == row.step]
        judged = here or [reached for _, reached in given]
        facts[row.pk] = replace(
            fact,
            scored=bool(here),
            level=fact.level or (judged[-1] if judged else level),
            standard=standard,
        )
