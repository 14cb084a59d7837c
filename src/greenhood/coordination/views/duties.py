"""The matrix of duties: content parts against departments, who holds them here, and what is under way."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts.capabilities import Capability
from greenhood.accounts.queries import holders
from greenhood.coordination import duties, forms, standing
from greenhood.coordination.actions import assigning, naming
from greenhood.coordination.clauses import line_of
from greenhood.coordination.errors import Refused
from greenhood.coordination.models import Source
from greenhood.coordination.queries import assignments, offices
from greenhood.coordination.steps import Typed
from greenhood.coordination.views import common
from greenhood.declarations.procedure import LEVELS
from greenhood.divisions.models import Division, Level
from greenhood.insight.views.overviews import workbook
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import scheme_for


@require_GET
def duties_mine(request: HttpRequest) -> HttpResponse:
    _, division = common.own(request)
    return redirect("coordination:duties", division.code)


@require_GET
def matrix(request: HttpRequest, code: int) -> HttpResponse:
    return _page(request, common.division_at(request, code))


def _page(request: HttpRequest, division: Division, problem: Refused | None = None) -> HttpResponse:
    version = scheme_for(division)
    context: dict[str, Any] = {
        "page_title": f"{division.name}责任分工",
        "tabs": common.tabs("duties"),
        "division": division,
        "version": version,
        "may_give": standing.gives_for(request.actor, division.pk),
        "may_export": request.actor.may(Capability.EXPORT, division),
        "problem": problem,
        "tried": request.POST.get("duty", "") if problem else "",
        "typed": request.POST.get("departments", ""),
        "typed_reason": request.POST.get("reason", ""),
    }
    if version is not None:
        context |= _matrix(division, version)
        context["above"] = line_of(version)[1:]
    return render(request, "coordination/duties.html", context, status=422 if problem else 200)


def _matrix(division: Division, version: SchemeVersion) -> dict[str, Any]:
    """The columns with who holds them here, and the rows with their cells in the order of the columns."""
    table = duties.table(version.scheme)
    held = holders([division])[division.pk]
    named = offices.namings(division, version.scheme_id)
    given = assignments.by_cell(division, version.scheme_id)
    here = {"source": str(Source.DUTY), "scheme": version.scheme_id, "giver": str(division.code)}
    columns = [
        {
            "column": column,
            "level": "、".join(Level(LEVELS[level]).label for level in column.levels) or "方案没有写层级",
            "office": offices.Office(division, column.title, column.line, tuple(held.get(column.line, ()))),
            "is_here": division.level in [LEVELS[level] for level in column.levels],
        }
        for column in table.columns
    ]
    rows = [
        {
            "row": row,
            "cells": [_cell(row, column.line, given, here) for column in table.columns],
            "besides": [
                {"line": line, "progress": progress, "url": _tasks(here, row.key, line)}
                for (key, line), progress in given.items()
                if key == row.key and line not in {column.line for column in table.columns}
            ],
            "namings": named.get(row.key, []),
            "named": named[row.key][0] if row.key in named else None,
            "number": named[row.key][0].number if row.key in named else 0,
            "give_url": f"{reverse('coordination:new_task')}?{urlencode({'duty': row.key})}",
        }
        for row in table.rows
    ]
    return {"columns": columns, "rows": rows, "unheld": sum(not column["office"].posts for column in columns)}  # type: ignore[attr-defined]


def _cell(
    row: duties.Row, line: str, given: dict[tuple[str, str], assignments.Progress], here: dict[str, str]
) -> dict[str, Any]:
    progress = given.get((row.key, line))
    return {
        "line": line,
        "cell": row.cells.get(line),
        "progress": progress,
        "tasks_url": _tasks(here, row.key, line) if progress else "",
        "give_url": f"{reverse('coordination:new_task')}?{urlencode({'duty': row.key, 'line': line})}",
    }


def _tasks(here: dict[str, str], key: str, line: str) -> str:
    """The tasks that a cell counts: those that the division gave of a duty to a line of work, the cancelled left out."""
    asked = here | {"item": key, "state": "counted", "line": line or assignments.WHOLE}
    return f"{reverse('coordination:tasks')}?{urlencode(asked)}"


@require_POST
def name_duty(request: HttpRequest, code: int) -> HttpResponse:
    """Name the division's own departments for one duty."""
    division = common.division_at(request, code, Capability.COORDINATE)
    version = scheme_for(division)
    if version is None:
        raise Http404
    typed = Typed(request.POST.dict())
    try:
        row = naming.name(
            division, version, typed["duty"], forms.split(typed["departments"]), reason=typed["reason"],
            number=typed.number("number"), by=request.actor,
        )  # fmt: skip
    except Refused as problem:
        return _page(request, division, problem)
    named = "、".join(row.departments)
    messages.success(request, f"“{row.part}”的责任部门已定为{named}。" if named else f"已取消“{row.part}”的责任部门。")
    return redirect("coordination:duties", division.code)


@require_GET
def export_duties(request: HttpRequest, code: int) -> HttpResponse:
    division = common.division_at(request, code, Capability.EXPORT)
    version = scheme_for(division)
    if version is None:
        raise Http404
    found = _matrix(division, version)
    headings = ["内容", "要求", "条款", *(column["column"].title for column in found["columns"])]
    headings += ["政府组织实施", "其他", f"{division.name}责任部门"]
    rows = [
        [
            one["row"].duty.part, one["row"].duty.text or "", one["row"].duty.source,
            *("、".join(each["cell"].roles) if each["cell"] else "" for each in one["cells"]),
            "、".join(one["row"].governments), "、".join(one["row"].others),
            "、".join(one["named"].departments) if one["named"] else "",
        ]
        for one in found["rows"]
    ]  # fmt: skip
    held = ["", f"{division.name}在岗人员", "", *(column["office"].people or "无" for column in found["columns"])]
    note = partial(assigning.note_export, division, "责任分工", by=request.actor)
    return workbook(f"{division.name}责任分工", headings, [*rows, [*held, "", "", ""]], note)
