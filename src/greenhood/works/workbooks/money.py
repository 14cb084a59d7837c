"""The sheets of sources, arrivals and payments: each row judged at its cells, the sums of each source over all of them, then written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.history.actions import Happening
from greenhood.works import rules
from greenhood.works.actions.money import details_of, event_of, over
from greenhood.works.models import Movement, Origin, Project, Source, State
from greenhood.works.queries.projects import department_of, may_keep
from greenhood.works.workbooks.known import Known
from greenhood.works.workbooks.layout import (
    AMOUNT,
    ARRIVALS,
    CHANNEL,
    DATED,
    INVESTMENT,
    NUMBER,
    ORIGIN,
    ORIGIN_OF,
    PAYMENTS,
    PLACE,
    PROJECTS,
    SOURCES,
)
from greenhood.works.workbooks.rows import Cells, Judged, LineRow, ProjectRow, SourceRow


class Named:
    """Which project a row of money means: of the file, or one that is there."""

    def __init__(self, judged: Judged, known: Known) -> None:
        self.known = known
        self.by_number: dict[str, dict[int, Any]] = {}
        for number, projects in known.by_number.items():
            self.by_number.setdefault(number, {}).update({project.division_id: project for project in projects})
        for one in judged.projects:
            self.by_number.setdefault(one.terms.number, {})[one.division.pk] = one

    def find(self, row: Cells) -> Project | ProjectRow | None:
        """None where none can be meant; what is wrong is said at the cell."""
        number, place = row.required(NUMBER, 40), row.text(PLACE, 20)
        found = self.by_number.get(number, {})
        if place:
            division = self._division(place)
            if division is None:
                row.wrong(PLACE, f"没有代码为 {place} 的区划。")
                return None
            found = {pk: each for pk, each in found.items() if pk == division.pk}
        if number and not found and not row.refers_to_unread(PROJECTS):
            row.wrong(NUMBER, f"没有编号为 {number} 的项目；请先写在“项目”表中。")
        if len(found) > 1:
            row.wrong(NUMBER, f"有 {len(found)} 个项目用这个编号，请填写{PLACE}。")
        if len(found) != 1:
            return None
        [project] = found.values()
        if isinstance(project, Project) and not may_keep(self.known.by, project.division, project.department):
            row.wrong(NUMBER, f"您只能办理本部门（{department_of(self.known.by) or '岗位上没有写明'}）的项目。")
            return None
        return project

    def _division(self, text: str) -> Division | None:
        return self.known.divisions.get(int(text)) if text.isascii() and text.isdecimal() and len(text) == 12 else None


def _present(project: Project | ProjectRow) -> Project | None:
    return project if isinstance(project, Project) else project.present


def _id(project: Project | ProjectRow) -> Any:
    """By which money names its project: the key, or the row of a new one."""
    present = _present(project)
    if present is None:
        assert isinstance(project, ProjectRow)
        return project.division.pk, project.terms.number
    return present.pk


def _investment(project: Project | ProjectRow) -> Decimal:
    """The total that it has once the file is taken over."""
    return project.investment if isinstance(project, Project) else project.terms.investment


def take_source(row: Cells, named: Named, known: Known, judged: Judged) -> None:
    """Judge a row of the sheet of sources, and keep what it says."""
    project, origin, channel = named.find(row), row.choice(ORIGIN, ORIGIN_OF), row.text(CHANNEL)
    budget, dated = row.money("下达（元）", is_positive=False), row.day("下达日期", is_required=True, is_past=True)
    if budget is None and row.values.get("下达（元）") is None:
        row.wrong("下达（元）", "请填写下达金额。")
    if origin == Origin.OTHER and not channel:
        row.wrong(CHANNEL, "其他来源请写明资金渠道。")
    document = row.text("文号", 80)
    if row.is_wrong or project is None or origin is None or budget is None or dated is None:
        row.leave_unread()
        return
    present = known.sources.get((_id(project), origin, channel)) if not isinstance(_id(project), tuple) else None
    if budget > (present.budget if present else 0) and not _investment(project):
        row.wrong("下达（元）", f"项目没有填写批复总投资，不能下达资金；请在“{PROJECTS}”表填写{INVESTMENT}。")
        row.leave_unread()
        return
    if (first := judged.seen.setdefault((SOURCES, _id(project), origin.value, channel), row.number)) != row.number:
        row.wrong(ORIGIN, f"与第 {first} 行是同一项目的同一来源和渠道。")
        return
    judged.sources.append(SourceRow(row, project, origin, channel, budget, dated, document, present))
    judged.count(SOURCES, "new" if present is None else "changed" if present.budget != budget else "same")
    if present is not None and present.budget != budget:
        judged.samples.append([SOURCES, row.number, str(present), [["下达（元）", f"{present.budget}", f"{budget}"]]])


def take_line(row: Cells, kind: str, named: Named, known: Known, judged: Judged) -> None:
    """Judge a row of the sheet of arrivals or payments, and keep what it says; what is there already is left alone."""
    project, origin, channel = named.find(row), row.choice(ORIGIN, ORIGIN_OF), row.text(CHANNEL)
    dated, amount = row.day(DATED, is_required=True, is_past=True), row.money(AMOUNT)
    if amount is None and row.values.get(AMOUNT) is None:
        row.wrong(AMOUNT, "请填写金额。")
    payee = purpose = ""
    if kind == "payment":
        payee, purpose, document = row.required("收款单位"), row.required("用途", 200), row.text("凭证号", 80)
    else:
        document = row.required("文号", 80)
    if row.is_wrong or project is None or origin is None or dated is None or amount is None:
        return
    if (present := _present(project)) and present.state == State.CANCELLED:
        row.wrong(NUMBER, "项目已取消，不能再登记到位和支付。")
        return
    key = (_id(project), origin.value, channel)
    if key not in known.sources and (SOURCES, *key) not in judged.seen:
        if not row.refers_to_unread(SOURCES):
            row.wrong(ORIGIN, "这个项目没有这一来源和渠道，请先写在“资金来源”表中。")
        return
    line = LineRow(row, kind, key, dated, amount, document, payee, purpose)
    whole = (*key, kind, dated, amount, document, payee)
    title = ARRIVALS if kind == "arrival" else PAYMENTS
    if (first := judged.seen.setdefault((title, *whole), row.number)) != row.number:
        row.wrong(AMOUNT, f"与第 {first} 行重复：日期、金额、文号（凭证号）和收款单位都相同。")
    elif whole in known.lines:
        judged.count(title, "same")
    else:
        judged.lines.append(line)
        judged.count(title, "new")


def check_sums(judged: Judged, known: Known) -> None:
    """Whether each source bears what the file says: arrivals in the order of their rows, then payments."""
    sums = {key: [source.budget, source.arrived, source.paid] for key, source in known.sources.items()}
    clauses: dict[Any, str] = {}
    for one in judged.sources:
        key = (_id(one.project), one.origin.value, one.channel)
        sums.setdefault(key, [Decimal(0)] * 3)[0] = one.budget
    for line in judged.lines:
        held = sums[line.key]
        if text := over(held[0], held[1], held[2], line.kind, line.amount):
            clause = clauses.setdefault(line.key, _clause(line, known, judged))
            line.row.wrong(AMOUNT, text + (f"（依据：{clause}）" if clause else ""))
        else:
            held[1 if line.kind == "arrival" else 2] += line.amount


def _clause(line: LineRow, known: Known, judged: Judged) -> str:
    named = line.key[0]
    if isinstance(named, tuple):
        division = next(each for each in known.divisions.values() if each.pk == named[0])
    else:
        division = next(each.division for each in known.projects.values() if each.pk == named)
    version = known.scheme_of(division)
    clause = rules.clause_of(version.scheme if version else None, line.key[1])
    return f"{version.title} {clause}" if version and clause else ""


# Written


def write(judged: Judged, known: Known, by: Actor, now: dt.datetime) -> list[Happening]:
    """Write the sources with what each grants, then what arrived, then what was paid: the order in which the ledger bears them.

    What is to be told of each line, at its project, as of one that was entered by hand.
    """
    sources, granted = _sources(judged, known, by, now)
    moved = Movement.objects.bulk_create(
        Movement(
            source=sources[_written(line.key[0], judged), line.key[1], line.key[2]],
            kind=line.kind,
            dated=line.dated,
            amount=line.amount,
            document=line.document,
            payee=line.payee,
            purpose=line.purpose,
            recorded_at=now,
            recorded_by=by.user,
        )
        for line in judged.lines
    )
    lines = [*granted, *moved]
    projects = Project.objects.select_related("division").in_bulk({line.source.project_id for line in lines})
    return [
        Happening(event_of(line), project, by, project.division.code, details_of(line.source, line))
        for line in lines
        for project in (projects[line.source.project_id],)
    ]


def _sources(
    judged: Judged, known: Known, by: Actor, now: dt.datetime
) -> tuple[dict[tuple[UUID, str, str], Source], list[Movement]]:
    """The sources of the file and those that are there, and what each grants more or less than before."""
    found = dict(known.sources)
    made, budgets = [], []
    for one in judged.sources:
        pk = _written(_id(one.project), judged)
        source = one.present
        if source is None:
            source = Source(project_id=pk, origin=one.origin.value, channel=one.channel, added_at=now)
            made.append(source)
        found[pk, one.origin.value, one.channel] = source
        more = one.budget - source.budget
        if more:
            budgets.append(
                Movement(
                    source=source,
                    kind="budget",
                    dated=one.dated,
                    amount=more,
                    document=one.document,
                    reason="导入调整" if one.present else "",
                    recorded_at=now,
                    recorded_by=by.user,
                )
            )
    Source.objects.bulk_create(made)
    return found, Movement.objects.bulk_create(budgets)


def _written(named: Any, judged: Judged) -> UUID:
    """The key of the project that a line names."""
    if not isinstance(named, tuple):
        assert isinstance(named, UUID)
        return named
    return judged.written[named]
