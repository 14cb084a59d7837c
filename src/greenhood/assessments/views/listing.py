"""Which communities of a post have come how far, as a list and as Excel; one assessment as an Excel form."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import actions, sheets, standards
from greenhood.assessments.errors import BadAnswer, Closed
from greenhood.assessments.models import Assessment
from greenhood.assessments.pages import SelfAssessment
from greenhood.assessments.queries import listing
from greenhood.assessments.queries.listing import Filters, Line
from greenhood.assessments.views.finding import assessment_for
from greenhood.divisions.models import Division
from greenhood.kit import excel
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.excel import ExcelError, Problem
from greenhood.kit.uploads import refused_uploads, with_uploads

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADINGS = (
    "区划代码", "县（市、区）", "街道（乡镇）", "社区", "年度", "状态", "自评总分", "满分", "达到的等级", "已填项", "应填项", "未满足的标准项", "申报后数据变化的小项",
)  # fmt: skip


@require_GET
def assessments(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.VIEW)
    filters = _filters(request)
    page = listing.communities(actor, filters, after=_code(request, "after"), before=_code(request, "before"))
    context = {
        "page_title": "社区自评",
        "page": page,
        "filters": filters,
        "states": [(key, title, key == filters.state) for key, title in listing.STATES.items()],
        "reached_choices": [
            ("", "不限", not filters.reached),
            ("yes", "已达到", filters.reached == "yes"),
            ("no", "未达到", filters.reached == "no"),
        ],
        "years": [(year, year == filters.year) for year in _years()],
        "may_assess": actor.may(Capability.ASSESS),
        "may_score": actor.may(Capability.SCORE),
        "may_export": actor.may(Capability.EXPORT),
        "query": _query(filters),
        "is_narrowed": bool(filters.state or filters.reached or filters.under or filters.name),
    }
    return render(request, "assessments/list.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponseBase:
    actor = require(request, Capability.EXPORT)
    filters = _filters(request)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
    rows = _export_rows(listing.all_lines(actor, filters), filters)
    count = excel.write_rows(file, HEADINGS, rows, title="社区自评")
    actions.note_export(filters=_query(filters), rows=count, by=actor)
    return _send(file, f"社区自评-{filters.year}.xlsx")


def _export_rows(lines: Iterator[Line], filters: Filters) -> Iterator[list[object]]:
    for line in lines:
        missed = "、".join(map(str, line.missed or []))
        yield [
            f"{line.code:012d}", line.county, line.street, line.name, filters.year, line.state_title, line.total, line.maximum,
            line.reached or None, line.answered, line.asked, missed,
            "、".join(line.drift or {}) or None,
        ]  # fmt: skip


def _filters(request: HttpRequest) -> Filters:
    years, this_year = _years(), today_in_shanghai().year
    year = request.GET.get("year", "")
    under = request.GET.get("under", "")
    division = None
    if under.isdecimal() and len(under) == 12:
        division = Division.objects.filter(code=int(under), valid_to=None).defer("bigrams").first()
    return Filters(
        year=int(year) if year.isdecimal() and len(year) == 4 and int(year) in years else this_year,
        state=request.GET.get("state", ""),
        reached=request.GET.get("reached", "") if request.GET.get("reached") in {"yes", "no"} else "",
        under=division,
        name=request.GET.get("q", "").strip()[:40],
    )


def _years() -> list[int]:
    return list(range(today_in_shanghai().year + 1, 2019, -1))


def _query(filters: Filters) -> str:
    values = {
        "year": filters.year,
        "state": filters.state,
        "reached": filters.reached,
        "under": f"{filters.under.code:012d}" if filters.under else "",
        "q": filters.name,
    }
    return urlencode({key: value for key, value in values.items() if value})


def _code(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) <= 12 else 0


@with_uploads()
@require_http_methods(["GET", "HEAD", "POST"])
def sheet(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The self-assessment as a form in Excel (``?download``), and the filled-in form taken back."""
    capability = Capability.ASSESS if request.method == "POST" else Capability.VIEW
    assessment, actor = assessment_for(request, pk, capability)
    if "download" in request.GET:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the response closes it
        shown = SelfAssessment(assessment, actor)
        sheets.write(file, shown.standard, shown.rows, shown.all_explained)
        return _send(file, f"{assessment.community.name}{assessment.year}年自评表.xlsx")
    context = {
        "page_title": "用 Excel 填写自评",
        "assessment": assessment,
        "problems": [],
        "may_edit": actor.may(Capability.ASSESS),
    }
    if request.method != "POST":
        return render(request, "assessments/sheet.html", context)
    problems = [Problem(one.reason) for one in refused_uploads(request)]
    sent = request.FILES.get("file")
    if sent is None and not problems:
        problems = [Problem("没有选择文件。请先下载表格，填好后再上传。")]
    if sent is not None and not problems:
        try:
            read, count = _fill(assessment, sent, actor)
        except ExcelError as error:
            problems = error.problems
        except Closed as error:
            problems = [Problem(error.reason)]
        else:
            messages.success(
                request, f"已由 Excel 填入，改动 {count} 项。" if count else "表中内容与已保存的相同，没有改动。"
            )
            _say_left_aside(request, assessment, read, actor)
            return redirect(assessment)
    return render(request, "assessments/sheet.html", context | {"problems": problems}, status=422)


def _say_left_aside(request: HttpRequest, assessment: Assessment, read: sheets.Read, actor: Actor) -> None:
    """Nobody types over a figure: what the sheet says of computed checks is named, and not taken."""
    aside = sheets.left_aside(read, SelfAssessment(assessment, actor).all_explained)
    if aside:
        named = "、".join(f"第 {no} 项（{number}）" for no, number in aside)
        messages.warning(request, f"{named}由系统按数据判定，表中填写与数据不同，没有采用。有异议请在页面上提出。")


def _fill(assessment: Assessment, sent: IO[bytes], actor: Actor) -> tuple[sheets.Read, int]:
    read = sheets.read(sent, standards.standard_of(assessment))
    try:
        return read, actions.fill_from_sheet(assessment, filled=read.filled, by=actor)
    except BadAnswer as error:
        problems = [read.problem(error.criterion, name, text) for name, text in error.problems.items()]
        raise ExcelError(problems) from error


def _send(file: IO[bytes], name: str) -> FileResponse:
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)
