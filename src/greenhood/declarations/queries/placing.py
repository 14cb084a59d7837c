"""Facts about many declarations at once, as the procedure wants them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from greenhood.assessments.models import Assessment
from greenhood.declarations import procedure
from greenhood.declarations.models import Declaration, NoticeEntry, Objection, PanelCase, Status
from greenhood.schemes.format import Scheme, Step, StepKind
from greenhood.schemes.models import schemes_of


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


def with_facts(found: QuerySet[Declaration]) -> QuerySet[Declaration]:
    """Bring what ``at_steps`` needs along with the rows: for lists, where a query more is a query too many."""
    entry = NoticeEntry.objects.filter(declaration=OuterRef("pk"), ended_at=None)
    case = PanelCase.objects.filter(declaration=OuterRef("pk"), ended_at=None, panel__step=OuterRef("step"))
    objections = Objection.objects.filter(entry__declaration=OuterRef("pk"), entry__ended_at=None)
    return found.annotate(
        on_notice=Exists(entry),
        has_open_objection=Exists(objections.filter(answered_at=None)),
        has_upheld_objection=Exists(objections.filter(upheld=True)),
        is_seated=Exists(case),
        is_judged=Exists(case.filter(decided_at__isnull=False)),
    )


def at_steps(rows: Iterable[Declaration]) -> list[Placed]:
    """Rows of ``with_facts`` at their steps: enough to say what each waits for, not whether it may pass."""
    rows = list(rows)
    schemes = schemes_of({row.version_id for row in rows})
    return [
        Placed(row, schemes[row.version_id], procedure.find(schemes[row.version_id], row.step), _brought(row))
        for row in rows
    ]


def _brought(row: Any) -> procedure.Facts:
    return procedure.Facts(
        row.status,
        row.step,
        row.title,
        row.sampled,
        seated=row.is_seated,
        panel_decided=row.is_judged,
        on_notice=row.on_notice,
        open_objections=int(row.has_open_objection),
        upheld_objections=int(row.has_upheld_objection),
    )


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
    selves: dict[UUID, tuple[str, str]] = {}
    sheets: dict[UUID, list[tuple[str, str]]] = {}
    # One query for both: a declaration that is being decided waits for it.
    found = Assessment.objects.filter(pk__in=assessments).values_list(
        "pk", "level", "standard_key", "sheets__step", "sheets__level", "sheets__handed_in_at"
    )
    for pk, level, standard, step, reached, handed_in_at in found.order_by("sheets__handed_in_at"):
        selves[pk] = (level, standard)
        if handed_in_at is not None:
            sheets.setdefault(pk, []).append((step, reached))
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
