"""The form of a plan: section by section, its standard, the open settings. It saves itself while somebody writes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.planning import actions, beside, drafting, queries, sections, standards
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.models import Plan
from greenhood.planning.views.finding import TAKEN, number, plan_of, revision, uuid_or_none
from greenhood.schemes import words

BLANK_ROWS, MOST_BLANK = 1, 10


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: UUID, key: str) -> HttpResponse:
    """One section of the form; it saves itself while somebody writes."""
    found, actor = plan_of(request, pk)
    access.check(actor, Capability.PLAN, found.division)
    section = sections.BY_KEY.get(key)
    if section is None:
        raise Http404
    if section is sections.STANDARD:
        return _edit_standard(request, found, actor)
    if section is sections.SETTINGS:
        return _edit_settings(request, found, actor)
    if request.method != "POST":
        return _section_page(request, found, section, _rows_of(found, section))
    rows = sections.typed_rows(section, request.POST) if not section.is_single else [_single(section, request)]
    save = partial(actions.save_section, found, key, rows, revision=revision(request), by=actor)
    shown = rows if section.is_single else _typed_as_shown(section, request.POST)
    return _saved(request, found, key, save, partial(_section_page, request, found, section, shown))


def _single(section: sections.Section, request: HttpRequest) -> sections.Row:
    prefix = f"{section.key}-0-"
    return {one.name: request.POST.get(prefix + one.name, "").replace("\r\n", "\n").strip() for one in section.fields}


def _typed_as_shown(section: sections.Section, post: Any) -> list[sections.Row]:
    """Rows in the numbering in which their problems are told."""
    return sections.typed_rows(section, post)


def _rows_of(found: Plan, section: sections.Section) -> list[sections.Row]:
    kept = found.content.get(section.key, [])
    return [kept] if isinstance(kept, dict) else list(kept)


def _saved(request: HttpRequest, found: Plan, key: str, save: Any, shown_again: Any) -> HttpResponse:
    """Save and go on, or show what was typed again with what is wrong with it."""
    quiet = request.headers.get("X-Autosave") == "yes"
    try:
        held = save()
    except (Refused, Overtaken) as problem:
        problems = problem.problems if isinstance(problem, Refused) else {"": TAKEN}
        if quiet:
            return JsonResponse({"problems": problems}, status=422)
        return shown_again(problems=problems, status=422)
    if quiet:
        return JsonResponse({"revision": held.revision})
    messages.success(request, "已保存。")
    if "more" in request.POST:
        return redirect(f"{reverse('planning:edit', args=[found.pk, key])}?more=3")
    following = request.POST.get("next", "")
    return redirect("planning:edit", found.pk, following) if following in sections.BY_KEY else redirect(found)


def _section_page(
    request: HttpRequest,
    found: Plan,
    section: sections.Section,
    rows: list[sections.Row],
    *,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    problems = problems or {}
    level = drafting.level_of(found.division)
    fields = sections.section_fields(section, found.higher.scheme, level)
    blank = 0 if section.is_single else min(number(request.GET.get("more", "")) or BLANK_ROWS, MOST_BLANK)
    shown = [*rows, *({} for _ in range(blank))] if not section.is_single else rows or [{}]
    subjects = beside.subjects_of(found) if section is sections.GOALS else 0
    context = {
        **_form_context(found, section, problems),
        "rows": [_shown_row(section, fields, index, row, problems, subjects) for index, row in enumerate(shown)],
        "kept": len(rows),
        **_beside(found, section, subjects),
    }
    request.place, request.place_version = found.division, found.higher
    return render(request, "planning/edit.html", context, status=status)


def _form_context(found: Plan, section: sections.Section, problems: Mapping[str, str]) -> dict[str, Any]:
    keys = [one.key for one in sections.SECTIONS]
    at = keys.index(section.key)
    is_open = section.key in queries.open_sections(found)
    return {
        "page_title": f"{sections.NUMERALS.get(section.key, '')}{'、' if section.key in sections.NUMERALS else ''}{section.title}",
        "plan": found,
        "section": section,
        "version": found.higher,
        "sections": sections.SECTIONS,
        "numerals": sections.NUMERALS,
        "next_section": sections.SECTIONS[at + 1] if at + 1 < len(keys) else None,
        "previous_section": sections.SECTIONS[at - 1] if at else None,
        "problems": problems,
        "is_open": is_open,
        "returned": queries.returned_sections(found).get(section.key, ""),
    }


def _shown_row(
    section: sections.Section,
    fields: list[sections.Field],
    index: int,
    row: sections.Row,
    problems: Mapping[str, str],
    subjects: int,
) -> dict[str, Any]:
    numeral = sections.NUMERALS.get(section.key, "")
    return {
        "index": index,
        "clause": f"{numeral}·{index + 1}" if numeral else "",
        "is_blank": not row,
        "means": beside.row_means(row, subjects),
        "fields": [
            {
                "field": one,
                "name": f"{section.key}-{index}-{one.name}",
                "value": row.get(one.name, ""),
                "problem": problems.get(f"{section.key}-{index}-{one.name}", ""),
            }
            for one in fields
        ],
    }


def _beside(found: Plan, section: sections.Section, subjects: int) -> dict[str, Any]:
    """What stands beside a section's form."""
    if section is sections.GOALS:
        return {"subjects": subjects, "higher_goals": beside.higher_goals(found, subjects)}
    if section is sections.ENTRY_POINTS:
        return {"ground": beside.ground(found.division)}
    if section is sections.PROJECTS:
        taken = {row.get("title") for row in found.content.get("projects", [])}
        return {"projects": [one for one in beside.projects(found) if one.name not in taken]}
    if section is sections.DUTIES:
        return {"higher_duties": beside.higher_duties(found)}
    if section is sections.CALENDAR:
        return {"higher_calendar": beside.higher_calendar(found, found.division.level)}
    return {}


def _edit_standard(request: HttpRequest, found: Plan, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        return _standard_page(request, found, found.content.get("standard", {}))
    given = standards.typed(request.POST)
    save = partial(actions.save_standard, found, dict(given), revision=revision(request), by=actor)
    return _saved(request, found, "standard", save, partial(_standard_page, request, found, given))


def _standard_page(
    request: HttpRequest,
    found: Plan,
    given: Mapping[str, Any],
    *,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    problems = problems or {}
    more = min(number(request.GET.get("more", "")) or BLANK_ROWS, MOST_BLANK)
    blank: list[sections.Row] = [{} for _ in range(more)]
    context = {
        **_form_context(found, sections.STANDARD, problems),
        "sheets": [
            {
                "sheet": sheet,
                "checks": list(enumerate([*sheet.checks, *blank])),
                "criteria": list(enumerate([*sheet.criteria, *blank])),
            }
            for sheet in standards.sheets(found, given)
        ],
        "proofs": standards.PROOFS,
    }
    request.place, request.place_version = found.division, found.higher
    return render(request, "planning/standard.html", context, status=status)


def _edit_settings(request: HttpRequest, found: Plan, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        return _settings_page(request, found, found.content.get("settings", {}))
    chosen = {name.removeprefix("setting-"): text for name, text in request.POST.items() if name.startswith("setting-")}
    save = partial(actions.save_settings, found, chosen, revision=revision(request), by=actor)
    return _saved(request, found, "settings", save, partial(_settings_page, request, found, chosen))


def _settings_page(
    request: HttpRequest,
    found: Plan,
    chosen: Mapping[str, str],
    *,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    problems = problems or {}
    rows = [
        {
            "setting": one,
            "default": words.setting_value(one.default, one.unit),
            "value": chosen.get(one.key, ""),
            "choices": _choices(one),
            "problem": problems.get(f"setting-{one.key}", ""),
        }
        for one in queries.open_settings(found)
    ]
    context = {**_form_context(found, sections.SETTINGS, problems), "rows": rows}
    request.place, request.place_version = found.division, found.higher
    return render(request, "planning/settings.html", context, status=status)


def _choices(setting: Any) -> list[tuple[str, str]]:
    if setting.choices is not None:
        return [(choice, words.setting_value(choice)) for choice in setting.choices]
    return [("是", "是"), ("否", "否")] if isinstance(setting.default, bool) else []


@require_POST
def take_project(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a project that is kept already into the plan."""
    found, actor = plan_of(request, pk)
    access.check(actor, Capability.PLAN, found.division)
    wanted = uuid_or_none(request.POST.get("project", ""))
    project = next((one for one in beside.projects(found) if one.pk == wanted), None)
    if project is None:
        raise Http404
    rows = [*found.content.get("projects", []), beside.project_row(project)]
    try:
        actions.save_section(found, "projects", rows, revision=revision(request), by=actor)
        messages.success(request, f"已选入“{project.name}”。")
    except (Refused, Overtaken) as problem:
        messages.error(request, str(problem))
    return redirect("planning:edit", found.pk, "projects")
