"""Plans of lower governments: the list, one plan as a document with its comparison, its form section by section, its way upward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Assessment
from greenhood.divisions.models import Division, Level
from greenhood.documents.typesetting import FontsMissing
from greenhood.documents.views import TYPES
from greenhood.evidence.showing import Strip, strips_of
from greenhood.history.queries import timeline
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.planning import actions, beside, drafting, papers, queries, sections, standards, work_queries
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.models import Plan, Submission
from greenhood.reporting.models import State
from greenhood.schemes import differences, words
from greenhood.schemes.queries import newest_of
from greenhood.schemes.reading import Reading

TAKEN = "这一部分刚被他人修改。您填写的内容还在下面，请核对后再保存。"
BLANK_ROWS, MOST_BLANK = 1, 10


# --- lists -----------------------------------------------------------------------------------------------------------


@require_GET
def plans(request: HttpRequest) -> HttpResponse:
    """What the post writes and receives, then the divisions below with their plans of a year."""
    actor = access.require(request, Capability.VIEW)
    division = actor.post.division
    if division.level == Level.COMMUNITY:
        return redirect("planning:work_plans")
    today = today_in_shanghai()
    filters = _filters(request, division)
    page = queries.lines(actor, filters, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    in_work = queries.in_work(division)
    higher = queries.higher_for(division)
    context = {
        "page_title": "实施方案",
        "division": division,
        "today": today,
        "year": filters.year,
        "years": range(today.year + 1, actions.FIRST_YEAR - 1, -1),
        "filters": filters,
        "levels": _levels(division),
        "states": [("", "全部"), *queries.LIST_STATES.items()],
        "page": page,
        "own": queries.of_division(division),
        "in_work": in_work,
        "higher": higher,
        "own_scheme": queries.own_scheme(division),
        "may_start": in_work is None and higher is not None and actor.may(Capability.PLAN, division),
        "may_plan": actor.may(Capability.PLAN, division),
        "to_receive": queries.to_receive(actor),
        "to_publish": queries.to_publish(actor),
        "may_export": actor.may(Capability.EXPORT),
        "work": work_queries.totals(actor, filters.year),
    }
    return render(request, "planning/plans.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    """The list of divisions below with their plans, as Excel."""
    actor = access.require(request, Capability.EXPORT)
    filters = _filters(request, actor.post.division)
    headings = ["代码", "名称", "年度", "方案", "状态", "期限", "首次报送", "迟报天数", "备案", "发布"]
    rows = (
        [
            line.division.number, line.division.name, filters.year, line.plan.title if line.plan else "", line.state_title,
            line.obligation.deadline if line.obligation else None,
            _day(line.plan.filed_at) if line.plan else None, line.late_days or None,
            _day(line.plan.decided_at) if line.plan else None, _day(line.plan.published_at) if line.plan else None,
        ]
        for line in queries.to_export(actor, filters)
    )  # fmt: skip
    note = partial(actions.note_export, actor.post.division, by=actor)
    return workbook(f"{actor.post.division.name}{filters.year}年实施方案编制情况", headings, rows, note)


@require_POST
def start(request: HttpRequest) -> HttpResponse:
    actor = access.require(request, Capability.PLAN)
    try:
        plan = actions.start(actor.post.division, year=_number(request.POST.get("year", "")), by=actor)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("planning:plans")
    messages.success(request, "已开始编制。各部分可以分几次写，写到哪里保存到哪里。")
    return redirect("planning:edit", plan.pk, "head")


# --- one plan --------------------------------------------------------------------------------------------------------


@require_GET
def plan(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A plan as a document, with what is still to do and how it stands to the higher scheme."""
    found, actor = _plan(request, pk)
    return _page(request, found, actor)


def _page(
    request: HttpRequest, found: Plan, actor: Actor, *, problems: Mapping[str, str] | None = None, status: int = 200
) -> HttpResponse:
    looked = queries.looked_at(found)
    own = actor.post.division_id if actor.post else None
    receiver = found.obligation.receiver if found.obligation else found.receiver
    may_write = actor.may(Capability.PLAN, found.division) and own == found.division_id
    may_receive = receiver is not None and actor.may(Capability.REPORT, receiver) and own == receiver.pk
    newest = newest_of(found.higher.scheme_id)
    context = {
        "page_title": found.title,
        "plan": found,
        "version": None,
        "higher": found.higher,
        "newer": newest if newest and newest.pk != found.higher_id else None,
        "looked": looked,
        "problems": {**(problems or {})},
        "shown_problems": _linked(found, problems or {}),
        "in_the_way": _linked(found, looked.in_the_way),
        "scheme": looked.draft.loaded.scheme if looked.draft.loaded else None,
        "reading": _reading(found, looked),
        "section_links": _section_links(found, looked),
        "is_editable": may_write and found.is_open,
        "may_write": may_write,
        "may_receive": may_receive and found.state == State.FILED and not found.published_at,
        "receiver": receiver,
        "asked": [(one.key, one.title) for one in queries.entry_sections(found)]
        or [(section.key, section.title) for section in sections.SECTIONS],
        "returned": queries.returned_sections(found),
        "submissions": list(found.submissions.select_related("filed_by")),
        "may_publish": _may_publish(actor, found),
        "changes": _changes(found, actor) if _may_publish(actor, found) else None,
        "entries": timeline(found),
        "strip": _strip(found, actor),
        "today": today_in_shanghai(),
        "signed_by": request.POST.get("signed_by", ""),
        "reason": request.POST.get("reason", ""),
        "approval": request.POST.get("approval", ""),
    }
    request.place, request.place_version = found.division, found.higher
    return render(request, "planning/plan.html", context, status=status)


def _reading(found: Plan, looked: queries.Looked) -> Reading | None:
    return drafting.reading_of(looked.draft.loaded, found.division) if looked.draft.loaded else None


def _strip(found: Plan, actor: Actor) -> Strip | None:
    """The papers that belong to a plan (minutes of the approval, opinions of departments); its own division attaches them."""
    if not actor.may(Capability.VIEW, found.division):
        return None
    own = actor.post is not None and actor.post.division_id == found.division_id
    strip = strips_of(
        found.division, queries.FILES, [found.pk], actor=actor, back=found.get_absolute_url(), title="相关材料"
    )[found.pk]
    return strip if own else replace(strip, may_change=False, removed=())


def _section_links(found: Plan, looked: queries.Looked) -> list[dict[str, Any]]:
    """The sections of the form with how full they are and what is wrong there."""
    open_now, returned = queries.open_sections(found), queries.returned_sections(found)
    wrong = {one.section for one in looked.errors}
    return [
        {
            "section": section,
            "numeral": sections.NUMERALS.get(section.key, ""),
            "filled": _filled(found, section),
            "is_wrong": section.key in wrong,
            "is_missing": section.key in queries.REQUIRED and not found.content.get(section.key),
            "is_open": section.key in open_now,
            "returned": returned.get(section.key, ""),
        }
        for section in sections.SECTIONS
    ]


def _filled(found: Plan, section: sections.Section) -> str:
    if section is sections.STANDARD:
        return "有调整" if drafting.changes_standard(found.content) else "沿用上级"
    if section is sections.SETTINGS:
        return f"选定 {count} 个" if (count := len(found.content.get("settings", {}))) else "沿用上级"
    if section.is_single:
        return "已填"
    return f"{count} 条" if (count := len(found.content.get(section.key, []))) else "未写"


def _linked(found: Plan, problems: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each problem with where it is put right."""
    links = []
    for name, text in problems.items():
        if name in sections.BY_KEY:
            links.append((reverse("planning:edit", args=[found.pk, name]), text))
        elif name.startswith("reason-"):
            links.append((f"{reverse('planning:compare', args=[found.pk])}#id-{name}", text))
        else:
            links.append((f"#id-{name}" if name else "", text))
    return links


def _may_publish(actor: Actor, found: Plan) -> bool:
    if found.published_at or found.discarded_at or not actor.may(Capability.PUBLISH_SCHEME, found.division):
        return False
    return found.state == State.ACCEPTED or (found.obligation_id is None and found.state == State.OPEN)


def _changes(found: Plan, actor: Actor) -> dict[str, Any]:
    """What publishing does to what goes on: self-assessments and declarations keep the version they were started under."""
    low, high = found.division.span
    ongoing = Assessment.objects.filter(community__code__gte=low, community__code__lt=high, year__gte=found.year - 1)
    return {"ongoing": ongoing.count(), "in_force": queries.own_scheme(found.division) or found.higher}


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: UUID, key: str) -> HttpResponse:
    """One section of the form; it saves itself while somebody writes."""
    found, actor = _plan(request, pk)
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
    save = partial(actions.save_section, found, key, rows, revision=_revision(request), by=actor)
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
    blank = 0 if section.is_single else min(_number(request.GET.get("more", "")) or BLANK_ROWS, MOST_BLANK)
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
    save = partial(actions.save_standard, found, dict(given), revision=_revision(request), by=actor)
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
    sheet = standards.sheet(found, given)
    more = min(_number(request.GET.get("more", "")) or BLANK_ROWS, MOST_BLANK)
    context = {
        **_form_context(found, sections.STANDARD, problems),
        "sheet": sheet,
        "checks": [(at, row) for at, row in enumerate([*sheet.checks, *({} for _ in range(more))])],
        "criteria": [(at, row) for at, row in enumerate([*sheet.criteria, *({} for _ in range(more))])],
        "proofs": standards.PROOFS,
        "kinds": [one for one in standards.KINDS if sheet.standard.scoring == "points" or one[0] != "bonus"],
        "addable": [line.criterion for part in sheet.parts for line in part.lines if not line.may_add],
    }
    request.place, request.place_version = found.division, found.higher
    return render(request, "planning/standard.html", context, status=status)


def _edit_settings(request: HttpRequest, found: Plan, actor: Actor) -> HttpResponse:
    if request.method != "POST":
        return _settings_page(request, found, found.content.get("settings", {}))
    chosen = {name.removeprefix("setting-"): text for name, text in request.POST.items() if name.startswith("setting-")}
    save = partial(actions.save_settings, found, chosen, revision=_revision(request), by=actor)
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
    found, actor = _plan(request, pk)
    access.check(actor, Capability.PLAN, found.division)
    wanted = _uuid(request.POST.get("project", ""))
    project = next((one for one in beside.projects(found) if one.pk == wanted), None)
    if project is None:
        raise Http404
    rows = [*found.content.get("projects", []), beside.project_row(project)]
    try:
        actions.save_section(found, "projects", rows, revision=_revision(request), by=actor)
        messages.success(request, f"已选入“{project.name}”。")
    except (Refused, Overtaken) as problem:
        messages.error(request, str(problem))
    return redirect("planning:edit", found.pk, "projects")


# --- comparison ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How a plan stands to the higher scheme: what it loosens with the reasons, then everything, then the difference in words."""
    found, actor = _plan(request, pk)
    if request.method != "POST":
        return _compare_page(request, found, actor, {})
    access.check(actor, Capability.PLAN, found.division)
    given = {name.removeprefix("reason-"): text for name, text in request.POST.items() if name.startswith("reason-")}
    try:
        actions.save_reasons(found, given, revision=_revision(request), by=actor)
    except (Refused, Overtaken) as problem:
        problems = problem.problems if isinstance(problem, Refused) else {"": TAKEN}
        return _compare_page(request, found, actor, given, problems=problems, status=422)
    messages.success(request, "已保存理由。")
    return redirect("planning:compare", found.pk)


def _compare_page(
    request: HttpRequest,
    found: Plan,
    actor: Actor,
    given: Mapping[str, str],
    *,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    looked = queries.looked_at(found)
    loaded = looked.draft.loaded
    last = found.based_on
    against_last = request.GET.get("with") == "last" and last is not None
    before = last.scheme if against_last and last else (loaded.higher.scheme if loaded and loaded.higher else None)
    own = actor.post.division_id if actor.post else None
    context = {
        "page_title": f"与上级方案对照：{found.title}",
        "plan": found,
        "version": found.higher,
        "looked": looked,
        "loosened": [
            {
                "one": one,
                "reason": given.get(one.key, found.content.get("reasons", {}).get(one.key, one.reason)),
                "problem": (problems or {}).get(f"reason-{one.key}", ""),
            }
            for one in _by_key(looked)
        ],
        "groups": differences.groups(before, loaded.scheme) if before and loaded else [],
        "last": last,
        "is_with_last": against_last,
        "problems": problems or {},
        "is_editable": found.is_open and actor.may(Capability.PLAN, found.division) and own == found.division_id,
    }
    request.place, request.place_version = found.division, found.higher
    return render(request, "planning/compare.html", context, status=status)


def _by_key(looked: queries.Looked) -> list[Any]:
    """One field per reason: what is loosened in one line of the standard has one reason."""
    found: dict[str, Any] = {}
    for one in looked.loosened:
        found.setdefault(one.key, one)
    return list(found.values())


# --- its way upward --------------------------------------------------------------------------------------------------


@require_POST
def submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, actor = _plan(request, pk)
    access.check(actor, Capability.PLAN, found.division)
    try:
        filed = actions.submit(
            found, signed_by=request.POST.get("signed_by", ""), revision=_revision(request), by=actor
        )
    except (Refused, Overtaken) as problem:
        return _refused(request, pk, problem)
    late = f"，迟报 {filed.late_days} 天" if filed.late_days else ""
    messages.success(request, f"已报送{late}，等待上级备案。备案前可以撤回。")
    return redirect(found)


@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _step(request, pk, Capability.PLAN, "已撤回，可以继续修改。", lambda found, actor: actions.withdraw(
        found, reason=request.POST.get("reason", ""), revision=_revision(request), by=actor
    ))  # fmt: skip


@require_POST
def receive(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take a plan on file, or return single sections of it."""
    found, actor = _plan(request, pk)
    receiver = found.obligation.receiver if found.obligation else found.receiver
    if receiver is None:
        raise Http404
    access.check(actor, Capability.REPORT, receiver)
    try:
        if request.POST.get("outcome") == "accept":
            actions.accept(found, revision=_revision(request), by=actor)
            messages.success(request, "已备案。")
        else:
            given = {
                name.removeprefix("return-"): text for name, text in request.POST.items() if name.startswith("return-")
            }
            actions.give_back(found, reasons=given, revision=_revision(request), by=actor)
            messages.success(request, "已退回所填部分，其余部分保持不变。")
    except (Refused, Overtaken) as problem:
        return _refused(request, pk, problem)
    return redirect(found)


@require_POST
def publish(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, actor = _plan(request, pk)
    access.check(actor, Capability.PUBLISH_SCHEME, found.division)
    try:
        version = actions.publish(
            found,
            confirmed=bool(request.POST.get("confirmed")),
            approval=request.POST.get("approval", ""),
            revision=_revision(request),
            by=actor,
        )
    except (Refused, Overtaken) as problem:
        return _refused(request, pk, problem)
    messages.success(request, f"已发布《{version.title}》第 {version.version} 版，今后开始的自评和申报按它办理。")
    return redirect(found)


@require_POST
def discard(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _step(request, pk, Capability.PLAN, "已放弃这份草稿；需要时可以恢复。", lambda found, actor: actions.discard(
        found, revision=_revision(request), by=actor
    ))  # fmt: skip


@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _step(request, pk, Capability.PLAN, "已恢复草稿。", lambda found, actor: actions.restore(found, by=actor))


@require_POST
def rebase(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _step(request, pk, Capability.PLAN, "已改按上级新版对照。", lambda found, actor: actions.follow_newest(
        found, revision=_revision(request), by=actor
    ))  # fmt: skip


def _step(request: HttpRequest, pk: UUID, capability: Capability, done: str, step: Any) -> HttpResponse:
    found, actor = _plan(request, pk)
    access.check(actor, capability, found.division)
    try:
        step(found, actor)
    except (Refused, Overtaken) as problem:
        return _refused(request, pk, problem)
    messages.success(request, done)
    return redirect(found)


def _refused(request: HttpRequest, pk: UUID, problem: Refused | Overtaken) -> HttpResponse:
    """The page again, with what stood in the way and what was typed."""
    found, actor = _plan(request, pk)
    problems = problem.problems if isinstance(problem, Refused) else {"": str(problem)}
    return _page(request, found, actor, problems=problems, status=422)


# --- papers ----------------------------------------------------------------------------------------------------------


@require_GET
def submission(request: HttpRequest, pk: UUID, number: int) -> HttpResponse:
    """A plan as it was filed, with how it stood to the higher scheme."""
    found, _ = _plan(request, pk)
    filed = _submission(found, number)
    loaded = drafting.reloaded(filed.text, scheme_id=found.scheme_id, higher=filed.higher, chosen=filed.chosen)
    context = {
        "page_title": str(filed),
        "plan": found,
        "submission": filed,
        "version": None,
        "higher": filed.higher,
        "scheme": loaded.scheme,
        "reading": drafting.reading_of(loaded, found.division),
        "comparisons": [one for one in filed.comparison if one["outcome"] != "unchanged"],
    }
    request.place, request.place_version = found.division, found.higher
    return render(request, "planning/submission.html", context)


@require_GET
def plan_file(request: HttpRequest, pk: UUID, kind: str) -> HttpResponse:
    """The plan as PDF, Word, or the scheme file that it makes."""
    found, _ = _plan(request, pk)
    draft = queries.looked_at(found).draft
    if kind == "yaml":
        name = quote(f"{found.title}.yaml")
        return HttpResponse(
            draft.text,
            content_type="application/yaml; charset=utf-8",
            headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
        )
    if draft.loaded is None:
        return HttpResponse("方案还有不能成文的地方，请先改正。", status=409, content_type="text/plain; charset=utf-8")
    writes = "standards" not in draft.loaded.inherited
    return file_response(papers.plan_paper(found, draft.loaded.scheme, writes_standard=writes), found.title, kind)


def file_response(paper: Mapping[str, Any], name: str, kind: str) -> HttpResponse:
    if kind not in TYPES:
        raise Http404
    media_type, make = TYPES[kind]
    try:
        made = make(papers.LAYOUT, paper)
    except FontsMissing as problem:
        return HttpResponse(str(problem), status=503, content_type="text/plain; charset=utf-8")
    response = HttpResponse(made, content_type=media_type)
    place = "inline" if kind == "pdf" else "attachment"
    response["Content-Disposition"] = f"{place}; filename*=UTF-8''{quote(f'{name}.{kind}')}"
    return response


# --- shared ----------------------------------------------------------------------------------------------------------


def _plan(request: HttpRequest, pk: UUID) -> tuple[Plan, Actor]:
    """404 for strangers to both the division and the receiver."""
    found = queries.with_all().filter(pk=pk).first()
    actor: Actor = request.actor
    if found is None or not _may_see(actor, found):
        raise Http404
    return found, actor


def _may_see(actor: Actor, found: Plan) -> bool:
    receiver = found.obligation.receiver if found.obligation else found.receiver
    return actor.may(Capability.VIEW, found.division) or (receiver is not None and actor.may(Capability.VIEW, receiver))


def _submission(found: Plan, number: int) -> Submission:
    filed = queries.submission_of(found, number)
    if filed is None:
        raise Http404
    return filed


def _filters(request: HttpRequest, division: Division) -> queries.Filters:
    year = _number(request.GET.get("year", ""))
    this = today_in_shanghai().year
    levels = {value for value, _ in _levels(division)}
    level = _number(request.GET.get("level", ""))
    state = request.GET.get("state", "")
    return queries.Filters(
        year=year if actions.FIRST_YEAR <= year <= this + 1 else this,
        level=level if level in levels else queries.default_level(division),
        state=state if state in queries.LIST_STATES else "",
        word=request.GET.get("q", "")[:60],
    )


def _levels(division: Division) -> list[tuple[int, str]]:
    return [(int(value), label) for value, label in Level.choices if division.level < value <= Level.STREET] or [
        (int(division.level), Level(division.level).label)
    ]


def _revision(request: HttpRequest) -> int:
    return _number(request.POST.get("revision", ""))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _day(moment: Any) -> Any:
    return today_in_shanghai(moment) if moment else None
