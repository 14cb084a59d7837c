"""What people do with projects: write, plan, carry out, halt, say what they cover, which criteria they serve, what was bought."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division, Level
from greenhood.evidence.models import Attachment
from greenhood.facts import queries as facts
from greenhood.facts.kinds import kind as fact_kind
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.queries import scheme_for
from greenhood.works import rules
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import (
    ACTIVE,
    FIRST_YEAR,
    LAST_YEAR,
    Covered,
    Kind,
    Movement,
    Procurement,
    Project,
    Stage,
    State,
    YearPlan,
)
from greenhood.works.queries.projects import department_of, is_of_department, may_keep

OVERTAKEN = "这个项目刚被他人修改。您填写的内容还在下面，请核对后再保存。"
LOCK = 20_2614
FIRST_DAY = dt.date(2000, 1, 1)


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


def usual_stages(project: Project) -> list[Stage]:
    return [
        Stage(project=project, place=place, title=title, weight=weight)
        for place, (title, weight) in enumerate(rules.USUAL_STAGES, 1)
    ]


@transaction.atomic
def change(project: Project, terms: Terms, *, revision: int, by: Actor) -> Project:
    """Say something else of a project. Raises NotPossible, also when somebody else changed it meanwhile."""
    held = hold(project, by, revision)
    before = {each.name: getattr(held, each.name) for each in fields(terms)}
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


@transaction.atomic
def move(
    project: Project,
    step: str,
    *,
    revision: int,
    by: Actor,
    day: dt.date | None = None,
    reason: str = "",
    at: dt.datetime | None = None,
) -> Project:
    """Take one of ``rules.STEPS``. Raises NotPossible."""
    held, taken = hold(project, by, revision), rules.STEPS[step]
    if held.state not in taken.before:
        raise NotPossible(f"项目{held.get_state_display()}，不能{taken.verb}。")
    today = today_in_shanghai(at)
    day = day or today
    if day > today:
        raise NotPossible(f"{taken.day or '日期'} {day} 还没有到，不能晚于今天（{today}）。", field="day")
    if day < FIRST_DAY:
        raise NotPossible(f"{taken.day or '日期'} {day} 太早，请核对年份。", field="day")
    if taken.reasoned and not reason.strip():
        raise NotPossible(f"请写明{taken.verb}的原因。", field="reason")
    _STEPS[step](held, day, reason.strip()[:300])
    save(held, done=step in {"finish", "reopen"})
    details = {taken.day: day.isoformat()} if taken.day else {}
    record(taken.event, held, by, at, details={**details, **({"原因": reason.strip()} if reason.strip() else {})})
    return held


def _plan(project: Project, day: dt.date, reason: str) -> None:
    if not project.covered.exists():
        raise NotPossible("请先选择项目覆盖的社区或小区，再列入计划。")
    project.state, project.planned_on = State.PLANNED, day


def _start(project: Project, day: dt.date, reason: str) -> None:
    project.state, project.actual_start = State.UNDER_WAY, day


def _finish(project: Project, day: dt.date, reason: str) -> None:
    assert project.actual_start is not None
    if day < project.actual_start:
        raise NotPossible(f"完工日期不能早于开工日期 {project.actual_start}。", field="day")
    open_ = [stage.title for stage in project.stages.all() if stage.actual_finish is None and stage.title != "验收"]
    if open_:
        raise NotPossible(f"“{'、'.join(open_)}”还没有登记实际完成日期，请先更新阶段再登记完工。")
    project.state, project.actual_finish = State.FINISHED, day


def _accept(project: Project, day: dt.date, reason: str) -> None:
    assert project.actual_finish is not None
    if day < project.actual_finish:
        raise NotPossible(f"验收日期不能早于完工日期 {project.actual_finish}。", field="day")
    project.state, project.accepted_on = State.ACCEPTED, day
    for stage in project.stages.filter(actual_finish=None):
        stage.actual_start, stage.actual_finish = stage.actual_start or min(day, project.actual_finish), day
        stage.save(update_fields=["actual_start", "actual_finish"])
    follow_stages(project)


def _halt(project: Project, day: dt.date, reason: str, to: State) -> None:
    if project.state != State.SUSPENDED:
        project.halted_from = project.state
    project.state, project.halted_on, project.reason = to, day, reason


def _suspend(project: Project, day: dt.date, reason: str) -> None:
    _halt(project, day, reason, State.SUSPENDED)


def _cancel(project: Project, day: dt.date, reason: str) -> None:
    _halt(project, day, reason, State.CANCELLED)


def _resume(project: Project, day: dt.date, reason: str) -> None:
    project.state, project.halted_from, project.halted_on, project.reason = project.halted_from, "", None, ""


def _reopen(project: Project, day: dt.date, reason: str) -> None:
    project.state, project.actual_finish, project.accepted_on = State.UNDER_WAY, None, None


_STEPS = {
    "plan": _plan,
    "start": _start,
    "finish": _finish,
    "accept": _accept,
    "suspend": _suspend,
    "cancel": _cancel,
    "resume": _resume,
    "reopen": _reopen,
}


# What it covers


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to be covered: a whole community (no ``thing``), an estate or a building of it."""

    community: Division
    kind: str = Covered.Thing.COMMUNITY
    thing: UUID | None = None
    buildings_planned: int | None = None
    buildings_done: int | None = None


@transaction.atomic
def cover(
    project: Project, wanted: Sequence[Wanted], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Project:
    """Say what a project covers, all of it anew. What was recorded as facts from it stays. Raises NotPossible."""
    held = hold(project, by, revision)
    if not wanted and held.state != State.DRAFT:
        raise NotPossible("项目至少覆盖一个社区。")
    names = _names(wanted)
    present = {(row.community_id, row.kind, row.thing): row for row in held.covered.all()}
    kept: set[UUID] = set()
    for one in wanted:
        _check_covered(held, one, names)
        row = present.get((one.community.pk, one.kind, one.thing)) or Covered(
            project=held, community=one.community, kind=one.kind, thing=one.thing
        )
        row.name = names.get((one.community.pk, one.thing), "") if one.thing else ""
        row.buildings_planned, row.buildings_done = one.buildings_planned, one.buildings_done
        row.save()
        kept.add(row.pk)
    gone = [row for row in present.values() if row.pk not in kept]
    if taken := next((row for row in gone if row.recorded), None):
        raise NotPossible(f"“{taken.name}”已记入社区信息，请先撤销记入，再从覆盖范围中去掉。")
    Covered.objects.filter(pk__in=[row.pk for row in gone]).delete()
    save(held)
    communities = sorted({one.community.name for one in wanted})
    things = sum(bool(one.thing) for one in wanted)
    record(Event.COVERED, held, by, at, details={"社区": "、".join(communities[:20]), "小区和楼栋": things})
    return held


def _check_covered(project: Project, one: Wanted, names: Mapping[tuple[int, UUID | None], str]) -> None:
    if one.community.level != Level.COMMUNITY or not project.division.contains(one.community):
        raise NotPossible(f"{one.community.name}不是{project.division.name}的社区。", field="communities")
    if one.thing and (one.community.pk, one.thing) not in names:
        raise NotPossible(
            f"{one.community.name}没有登记所选的小区或楼栋，可能已注销，请重新选择。", field="communities"
        )
    if one.buildings_done is not None and (one.buildings_planned is None or one.buildings_done > one.buildings_planned):
        raise NotPossible(
            f"“{names.get((one.community.pk, one.thing), one.community.name)}”的已改造楼栋不能多于计划改造楼栋。",
            field="communities",
        )


def _names(wanted: Iterable[Wanted]) -> dict[tuple[int, UUID | None], str]:
    """What the things are called, by community. One query for each kind of thing."""
    found: dict[tuple[int, UUID | None], str] = {}
    for key in (Covered.Thing.ESTATE, Covered.Thing.BUILDING):
        asked = [one for one in wanted if one.kind == key and one.thing]
        if asked:
            rows = facts.current(fact_kind(key), {one.community.pk for one in asked})
            for community, thing, name in rows.filter(thing__in=[one.thing for one in asked]).values_list(
                "community", "thing", "name"
            ):
                found[community, thing] = name or fact_kind(key).title
    return found


# Stages and years


@dataclass(frozen=True, slots=True)
class StageTerms:
    """What is said of one stage; ``id`` None is a new one."""

    title: str
    weight: int
    id: UUID | None = None
    planned_start: dt.date | None = None
    planned_finish: dt.date | None = None
    actual_start: dt.date | None = None
    actual_finish: dt.date | None = None
    share: Decimal = Decimal(0)
    note: str = ""


@transaction.atomic
def set_stages(
    project: Project, wanted: Sequence[StageTerms], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Project:
    """Say what the stages are and how far each is, all of them anew and in this order. Raises NotPossible; ``field`` is its place."""
    held = hold(project, by, revision)
    if not wanted:
        raise NotPossible("项目至少有一个阶段。")
    if sum(one.weight for one in wanted) != 100:
        raise NotPossible(f"各阶段权重合计应为 100%，现在是 {sum(one.weight for one in wanted)}%。")
    today = today_in_shanghai(at)
    for place, one in enumerate(wanted):
        _check_stage(one, str(place), today)
    present = {row.pk: row for row in held.stages.all()}
    kept = {one.id for one in wanted if one.id}
    for gone in (row for pk, row in present.items() if pk not in kept):
        if Attachment.objects.filter(
            subject_id__in=[gone.before, gone.after], community=held.division, removed_at=None
        ).exists():
            raise NotPossible(f"阶段“{gone.title}”有改造前后的照片，不能删去；请先移除照片。")
        gone.delete()
    # Out of the way first, so that two may change places.
    for row in present.values():
        if row.pk in kept:
            Stage.objects.filter(pk=row.pk).update(place=-row.place)
    for place, one in enumerate(wanted, 1):
        row = (present.get(one.id) if one.id else None) or Stage(project=held)
        for each in fields(one):
            if each.name != "id":
                setattr(row, each.name, getattr(one, each.name))
        row.place = place
        row.save()
    follow_stages(held)
    save(held)
    record(
        Event.STAGED,
        held,
        by,
        at,
        details={"完成比例": f"{held.done:.0%}", **{one.title: _said(one) for one in wanted}},
    )
    return held


def _check_stage(one: StageTerms, place: str, today: dt.date) -> None:
    name = one.title.strip()
    if not name:
        raise NotPossible("请填写阶段名称。", field=place)
    if not 0 <= one.weight <= 100:
        raise NotPossible(f"“{name}”的权重应在 0 到 100 之间。", field=place)
    if one.planned_start and one.planned_finish and one.planned_finish < one.planned_start:
        raise NotPossible(f"“{name}”的计划完成不能早于计划开始。", field=place)
    if one.actual_finish and not one.actual_start:
        raise NotPossible(f"“{name}”已完成，请填写实际开始日期。", field=place)
    if one.actual_start and one.actual_finish and one.actual_finish < one.actual_start:
        raise NotPossible(f"“{name}”的实际完成不能早于实际开始。", field=place)
    for day in (one.actual_start, one.actual_finish):
        if day and day > today:
            raise NotPossible(f"“{name}”的实际日期 {day} 还没有到，不能晚于今天（{today}）。", field=place)
    if not 0 <= one.share <= 1:
        raise NotPossible(f"“{name}”的已完成比例应在 0% 到 100% 之间。", field=place)
    if one.share and not one.actual_start:
        raise NotPossible(f"“{name}”填了完成比例，请填写实际开始日期。", field=place)


def _said(one: StageTerms) -> str:
    return str(one.actual_finish or (f"{one.share:.0%}" if one.actual_start else "未开始"))


def follow_stages(project: Project) -> None:
    """Bring the share that is done, and the next day that something is due, after the stages."""
    stages = list(Stage.objects.filter(project=project))
    project.done = rules.actual_share(stages)
    dues = [stage.planned_finish for stage in stages if stage.actual_finish is None and stage.planned_finish]
    project.next_due_on = min(dues, default=None)


@dataclass(frozen=True, slots=True)
class YearTerms:
    year: int
    content: str = ""
    amount: Decimal = Decimal(0)
    share: Decimal = Decimal(0)


@transaction.atomic
def plan_years(
    project: Project, wanted: Sequence[YearTerms], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Project:
    """Say what each year is to bring, all of them anew. Raises NotPossible."""
    held = hold(project, by, revision)
    years = [one.year for one in wanted]
    if len(set(years)) < len(years):
        raise NotPossible("同一年度填了两次。")
    shares = [one.share for one in sorted(wanted, key=lambda one: one.year)]
    for one in wanted:
        if not held.first_year <= one.year <= held.last_year:
            raise NotPossible(f"{one.year} 年不在项目的计划年度（{held.years}）内。", field=str(one.year))
        if one.amount < 0 or not 0 <= one.share <= 1:
            raise NotPossible(f"{one.year} 年的投资不能是负数，累计完成应在 0% 到 100% 之间。", field=str(one.year))
    if shares != sorted(shares):
        raise NotPossible("年底累计完成不能比上一年少。")
    if held.investment and sum(one.amount for one in wanted) > held.investment:
        raise NotPossible(
            f"各年计划投资合计 {rules.yuan(sum((one.amount for one in wanted), Decimal(0)))}，超过批复总投资 {rules.yuan(held.investment)}。",
            clause=rules.clause_of(held.version.scheme if held.version else None),
        )
    held.year_plans.all().delete()
    YearPlan.objects.bulk_create(
        [
            YearPlan(project=held, year=one.year, content=one.content.strip(), amount=one.amount, share=one.share)
            for one in wanted
        ]
    )
    save(held)
    record(Event.YEAR_PLANNED, held, by, at, details={"年度": "、".join(map(str, years))})
    return held


# What was bought


@transaction.atomic
def procure(
    project: Project,
    *,
    product: str,
    amount: Decimal,
    dated: dt.date,
    is_green: bool,
    by: Actor,
    standard: str = "",
    quantity: str = "",
    supplier: str = "",
    key: UUID | None = None,
    at: dt.datetime | None = None,
) -> Procurement:
    """Write down what was bought. Green is what has a certificate or standard to show. Raises NotPossible."""
    held = hold(project, by)
    if key and (made := Procurement.objects.filter(pk=key, project=held).first()):
        return made
    if not product.strip():
        raise NotPossible("请填写采购的产品或服务。", field="product")
    if amount <= 0:
        raise NotPossible("金额应大于 0。", field="amount")
    if dated > today_in_shanghai(at):
        raise NotPossible("采购日期不能晚于今天。", field="dated")
    if is_green and not standard.strip():
        raise NotPossible("绿色产品请写明认证或标准，例如“中国绿色产品认证”“GB/T 35607”。", field="standard")
    row = Procurement(
        project=held,
        product=product.strip(),
        standard=standard.strip(),
        quantity=quantity.strip(),
        amount=amount,
        supplier=supplier.strip(),
        dated=dated,
        is_green=is_green,
        recorded_at=at or timezone.now(),
        recorded_by=by.user,
    )
    if key:
        row.pk = key
    row.save(force_insert=True)
    record(
        Event.PROCURED,
        held,
        by,
        at,
        details={"产品": row.product, "金额（元）": str(row.amount), "绿色产品": "是" if is_green else "否"},
    )
    return row


@transaction.atomic
def remove_procurement(row: Procurement, *, by: Actor, restores: bool = False) -> Procurement:
    """Take a purchase back that was a mistake, or (``restores``) bring it back."""
    held = Procurement.objects.select_for_update(of=("self",)).get(pk=row.pk)
    project = hold(held.project, by)
    held.removed_at = None if restores else held.removed_at or timezone.now()
    held.save(update_fields=["removed_at"])
    record(Event.PROCURED if restores else Event.PROCUREMENT_REMOVED, project, by, details={"产品": held.product})
    return held


# Common to all


def hold(project: Project, by: Actor, revision: int | None = None) -> Project:
    """The project, held until the transaction ends, once it is known that the post may change it. Raises NotPossible."""
    held = (
        Project.objects.select_for_update(of=("self",))
        .select_related("division", "version")
        .filter(pk=project.pk)
        .first()
    )
    if held is None:
        raise NotPossible("这个项目已被删除。")
    check(by, Capability.KEEP_PROJECTS, held.division)
    if not may_keep(by, held.division, held.department):
        raise NotAllowed(
            f"这个项目由{held.department or held.division.name}主管，您的岗位只能办理本部门（{department_of(by) or '未写明'}）的项目。"
        )
    if revision is not None and held.revision != revision:
        raise NotPossible(OVERTAKEN)
    return held


def save(project: Project, *, done: bool = False) -> None:
    if done:
        follow_stages(project)
    if project.state not in ACTIVE and project.state != State.DRAFT and project.is_over:
        project.next_due_on = None
    project.revision += 1
    try:
        with transaction.atomic():
            project.save()
    except IntegrityError as error:
        raise NotPossible("日期或编号前后矛盾，没有保存，请核对后再试。") from error


def record(
    event: Event, project: Project, by: Actor, at: dt.datetime | None = None, details: Mapping[str, Any] | None = None
) -> None:
    history.record(event, project, by=by, division_code=project.division.code, details=details, at=at)


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
