"""Projects themselves: written as a draft, changed, thrown away; their number, and the criteria that they serve."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.history import actions as history
from greenhood.schemes.queries import scheme_for
from greenhood.works import rules
from greenhood.works.actions.holding import hold, record, save
from greenhood.works.actions.investing import check_change
from greenhood.works.actions.stages import usual_stages
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import FIRST_YEAR, LAST_YEAR, Kind, Movement, Project, Stage, State
from greenhood.works.queries.projects import department_of, is_of_department, may_keep

LOCK = 20_2614


@dataclass(frozen=True, slots=True)
class Terms:
    """What is said of a project. ``criteria`` None takes those that its kinds suggest; ``number`` empty takes the next free one."""

    name: str
    kinds: Sequence[str]
    first_year: int
    last_year: int
    number: str = ""
    department: str = ""
    content: str = ""
    investment: Decimal = Decimal(0)
    owner: str = ""
    contractor: str = ""
    planned_start: dt.date | None = None
    planned_finish: dt.date | None = None
    criteria: Sequence[int] | None = None
    notes: str = ""


@transaction.atomic
def create(
    division: Division,
    terms: Terms,
    *,
    by: Actor,
    key: UUID | None = None,
    at: dt.datetime | None = None,
    is_demonstration: bool = False,
) -> Project:
    """Write a draft, with the usual stages. Sent twice under the same ``key`` it is one. Raises NotPossible."""
    check(by, Capability.KEEP_PROJECTS, division)
    if key and (made := Project.objects.filter(pk=key, division=division).first()):
        return made
    project = Project(
        division=division, created_at=at or timezone.now(), created_by=by.user, is_demonstration=is_demonstration
    )
    if key:
        project.pk = key
    take(project, terms, by)
    project.save(force_insert=True)
    Stage.objects.bulk_create(usual_stages(project))
    record(Event.CREATED, project, by, at)
    return project


def take(project: Project, terms: Terms, by: Actor) -> None:
    """Put the terms into a project, once they hold. Raises NotPossible, also for another department's."""
    department = terms.department.strip()
    if is_of_department(by):
        department = department or department_of(by)
        if not department_of(by):
            raise NotPossible(
                "您的岗位没有写明部门，不能登记项目。请联系安全管理员在岗位上写明部门。", field="department"
            )
    if not may_keep(by, project.division, department):
        raise NotPossible(f"您只能登记本部门（{department_of(by)}）的项目。", field="department")
    if project.division.level == Level.COMMUNITY:
        raise NotPossible("项目由街道（乡镇）及以上实施；社区作为覆盖范围填写。", field="division")
    check_terms(terms)
    for each in fields(terms):
        value = getattr(terms, each.name)
        if each.name not in {"criteria", "number", "kinds", "department"}:
            setattr(project, each.name, value.strip() if isinstance(value, str) else value)
    project.department = department
    project.kinds = [kind for kind in Kind.values if kind in terms.kinds]
    _number(project, terms)
    _serve(project, terms.criteria)


def check_terms(terms: Terms) -> None:
    """Whether the terms hold by themselves. Raises NotPossible."""
    if not terms.name.strip():
        raise NotPossible("请填写项目名称。", field="name")
    if not terms.kinds or set(terms.kinds) - set(Kind.values):
        raise NotPossible("请至少选择一种改造类型。", field="kinds")
    for name in ("first_year", "last_year"):
        if not FIRST_YEAR <= getattr(terms, name) <= LAST_YEAR:
            raise NotPossible(f"年度应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间。", field=name)
    if terms.last_year < terms.first_year:
        raise NotPossible("计划结束年度不能早于起始年度。", field="last_year")
    if terms.investment < 0:
        raise NotPossible("批复总投资不能是负数。", field="investment")
    if terms.planned_start and terms.planned_finish and terms.planned_finish < terms.planned_start:
        raise NotPossible("计划完工不能早于计划开工。", field="planned_finish")


def _number(project: Project, terms: Terms) -> None:
    """The number that was given, unless another project of the division has it; the next free one where none was."""
    number = terms.number.strip() or project.number
    _hold_numbers(project.division)
    others = Project.objects.filter(division=project.division).exclude(pk=project.pk)
    if number and others.filter(number=number).exists():
        raise NotPossible(f"项目编号 {number} 已被“{others.get(number=number).name}”使用。", field="number")
    if not number:
        stem = f"{terms.first_year}-{project.division.number[:9]}-"
        taken = set(others.filter(number__startswith=stem).values_list("number", flat=True))
        number = next(name for place in range(1, len(taken) + 2) if (name := f"{stem}{place:04d}") not in taken)
    project.number = number


def _hold_numbers(division: Division) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [LOCK, division.pk % 2**31])


def _serve(project: Project, criteria: Sequence[int] | None) -> None:
    """The criteria of the scheme in force that it serves; those that its kinds suggest where nobody has chosen."""
    version = scheme_for(project.division)
    project.version, project.scheme_id = version, version.scheme_id if version else ""
    if version is None:
        project.criteria = []
        return
    known = {criterion.no for _, part in rules.criteria_of(version.scheme) for criterion in part}
    if criteria is None:
        criteria = sorted(rules.suggested(version.scheme, project.kinds))
    if strange := set(criteria) - known:
        raise NotPossible(f"《{version.title}》的标准没有第 {min(strange)} 项。", field="criteria")
    project.criteria = sorted(criteria)


@transaction.atomic
def change(project: Project, terms: Terms, *, revision: int, by: Actor) -> Project:
    """Say something else of a project. Raises NotPossible, also where its year plans say otherwise, or somebody else changed it meanwhile."""
    held = hold(project, by, revision)
    before = {each.name: getattr(held, each.name) for each in fields(terms)}
    check_terms(terms)
    check_change(
        held,
        range(terms.first_year, terms.last_year + 1),
        terms.investment,
        held.year_plans.all(),
        is_granted=held.sources.filter(budget__gt=0).exists(),
    )
    take(held, terms, by)
    save(held)
    changed = {
        name: [_plain(old), _plain(getattr(held, name))] for name, old in before.items() if old != getattr(held, name)
    }
    if changed:
        record(
            Event.CHANGED, held, by, details={TITLES[name]: f"{old} → {new}" for name, (old, new) in changed.items()}
        )
    return held


@transaction.atomic
def discard(project: Project, *, by: Actor) -> None:
    """Throw a draft away. Raises NotPossible for what was planned, or has money."""
    held = hold(project, by)
    if held.state != State.DRAFT:
        raise NotPossible("项目已列入计划，不能删除；确实不做的可以取消，并写明原因。")
    if Movement.objects.filter(source__project=held).exists():
        raise NotPossible("项目已有资金记录，不能删除；请列入计划后取消，资金记录保留。")
    record(Event.DISCARDED, held, by)
    held.delete()


def note_export(division: Division, what: str, *, by: Actor, rows: int = 0) -> None:
    """Write down that somebody took a list away as a file."""
    check(by, Capability.EXPORT)
    history.record(
        Event.EXPORTED,
        history.subject_of(division),
        by=by,
        division_code=division.code,
        details={"内容": what, "行数": rows},
    )


TITLES = {name: str(Project._meta.get_field(name).verbose_name) for name in (each.name for each in fields(Terms))}  # type: ignore[union-attr]


def _plain(value: Any) -> str:
    if isinstance(value, Collection) and not isinstance(value, str):
        return "、".join(str(each) for each in value)
    return "（空）" if value in (None, "") else str(value)
