"""The form to fill in, and what is kept as a workbook that can be sent back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any
from uuid import UUID

from openpyxl import Workbook
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from greenhood.divisions.models import Division
from greenhood.facts.sheets import GUIDE
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.excel import FORMULA_SIGNS
from greenhood.works.models import Covered, Movement, Project, Source
from greenhood.works.workbooks.layout import (
    ARRIVALS,
    FORMS,
    MOST_ROWS,
    ORIGIN,
    ORIGIN_OF,
    PAYMENTS,
    PROJECTS,
    SOURCES,
    TITLES,
    Form,
    numbers,
)

WIDE = 24
BOLD = Font(bold=True)
NEEDED = PatternFill("solid", fgColor="E9F5EE")
BATCH = 500


def write(file: IO[bytes], division: Division, projects: Iterable[Project]) -> int:
    """A workbook with these projects and their money, as it can be sent back; the number of projects. Constant memory."""
    book = Workbook(write_only=True)
    _guide(book, division)
    sheets = {form.title: _sheet(book, form) for form in FORMS}
    count = 0
    for batch in _batches(projects):
        count += len(batch)
        for title, rows in _rows(batch).items():
            for row in rows:
                sheets[title].append([_safe(sheets[title], value) for value in row])
    book.save(file)
    return count


def _batches(projects: Iterable[Project]) -> Iterator[list[Project]]:
    batch: list[Project] = []
    for project in projects:
        batch.append(project)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _rows(batch: Sequence[Project]) -> dict[str, list[list[Any]]]:
    """The rows of each sheet for these projects. Three queries."""
    return {PROJECTS: _projects(batch), **_money(batch)}


def _projects(batch: Sequence[Project]) -> list[list[Any]]:
    covered: dict[UUID, list[str]] = {}
    rows = Covered.objects.filter(project__in=batch).select_related("community").order_by("community__code", "name")
    for one in rows:
        built = f"{one.buildings_done or 0}/{one.buildings_planned}" if one.buildings_planned is not None else ""
        covered.setdefault(one.project_id, []).append(" ".join(filter(None, [one.community.number, one.name, built])))
    return [
        [
            project.number, project.division.number, project.name, "、".join(project.kind_titles), project.first_year,
            project.last_year, project.department, project.investment, project.content, project.owner, project.contractor,
            project.planned_start, project.planned_finish, project.get_state_display(), project.planned_on, project.actual_start,
            project.actual_finish, project.accepted_on, "; ".join(covered.get(project.pk, [])), numbers(project.criteria),
            project.notes,
        ]
        for project in batch
    ]  # fmt: skip


def _money(batch: Sequence[Project]) -> dict[str, list[list[Any]]]:
    """What stands: reversed lines and their reversals are left out, a budget is that of today under its first document."""
    by_id = {project.pk: project for project in batch}
    found: dict[str, list[list[Any]]] = {SOURCES: [], ARRIVALS: [], PAYMENTS: []}
    rows = Source.objects.filter(project__in=batch).order_by("project", "added_at", "pk")
    sources = {source.pk: (source, _head(by_id[source.project_id], source)) for source in rows}
    first: dict[UUID, str] = {}
    lines = Movement.objects.filter(source__project__in=batch, reverses=None, reversed_by=None)
    for line in lines.order_by("source__project", "dated", "pk"):
        head = sources[line.source_id][1]
        if line.kind == "arrival":
            found[ARRIVALS].append([*head, line.dated, line.amount, line.document])
        elif line.kind == "payment":
            found[PAYMENTS].append([*head, line.dated, line.amount, line.payee, line.purpose, line.document])
        else:
            first.setdefault(line.source_id, line.document)
    for source, head in sources.values():
        project = by_id[source.project_id]
        day = source.budgeted_on or project.planned_on or today_in_shanghai(project.created_at)
        found[SOURCES].append([*head, source.budget, day, first.get(source.pk, "")])
    return found


def _head(project: Project, source: Source) -> list[str]:
    return [project.number, project.division.number, source.get_origin_display(), source.channel]


def _guide(book: Any, division: Division) -> None:
    sheet = book.create_sheet(GUIDE)
    for letter, width in zip("AB", (24, 100), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_bold(sheet, f"{division.name} 改造项目和资金表")])
    for line in (
        "绿色标题的列必填。不要改动工作表名称和标题行，不要合并单元格，不要用公式。没有的工作表可以留空。",
        "项目按“实施区划代码＋项目编号”认定：已有的更新，没有的新增；表中没有的不会删除。",
        "资金一笔一行。与已登记完全相同的不重复登记；已登记的不能改，错误请在网页上冲销。",
        "到位合计不能超过下达，支付合计不能超过下达和到位。",
        "上传后先核对，列出新增、更新、未变和有错误的单元格；有一处错误就整份不导入。",
    ):
        sheet.append([line])
    for form in FORMS:
        sheet.append([])
        sheet.append([_bold(sheet, form.title)])
        for heading, says in form.columns.items():
            sheet.append([heading, f"{'必填。' if heading in form.required else ''}{says}"])


def _sheet(book: Any, form: Form) -> Any:
    sheet = book.create_sheet(form.title)
    sheet.freeze_panes = "A2"
    cells = []
    for place, heading in enumerate(form.columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDE if len(heading) < 10 else 30
        cell = _bold(sheet, heading)
        if heading in form.required:
            cell.fill = NEEDED
        cells.append(cell)
        words = {ORIGIN: list(ORIGIN_OF), "状态": list(TITLES)}.get(heading)
        if words:
            rule = DataValidation(type="list", formula1='"' + ",".join(words) + '"', allow_blank=True)
            rule.add(f"{get_column_letter(place)}2:{get_column_letter(place)}{MOST_ROWS}")
            sheet.data_validations.append(rule)
    sheet.append(cells)
    return sheet


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = BOLD
    return cell


def _safe(sheet: Any, value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        cell = WriteOnlyCell(sheet, value=value)
        cell.data_type = "s"
        return cell
    return value
