"""What a project covers: communities by name or code, then the estates and buildings in each; what of them is taken over into the facts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.facts import queries as facts
from greenhood.facts.kinds import kind as fact_kind
from greenhood.works.actions import coverage as covering
from greenhood.works.actions import recording
from greenhood.works.actions.coverage import Wanted
from greenhood.works.errors import NotPossible
from greenhood.works.models import Covered, Project
from greenhood.works.views.answering import EDITS, number, revision_for
from greenhood.works.views.finding import kept_for

MOST_COMMUNITIES = 200


@EDITS
def coverage(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Choose communities by name or code, then the estates and buildings in each."""
    project, actor = kept_for(request, pk)
    covered = list(project.covered.select_related("community"))
    lines = request.POST.get("communities", "")
    chosen = {row.community_id: row.community for row in covered}
    chosen |= {each.pk: each for each in _posted_communities(request, project)}
    problems: list[str] = []
    if request.method == "POST":
        named, problems = _named(lines, project)
        chosen |= {each.pk: each for each in named}
        if not problems and "save" in request.POST:
            wanted, problems = _wanted(request, chosen)
            if not problems:
                try:
                    covering.cover(project, wanted, revision=number(request.POST.get("revision", "")), by=actor)
                except NotPossible as problem:
                    problems = [problem.reason]
                else:
                    messages.success(request, "已保存覆盖范围。")
                    return redirect(project)
    context = {
        "page_title": f"“{project.name}”的覆盖范围",
        "project": project,
        "revision": revision_for(request, project, problems[0] if problems else ""),
        "groups": _groups(request, chosen, covered),
        "communities": "" if request.method == "POST" and not problems else lines,
        "problems": problems,
        "places": _places(project),
    }
    return render(request, "works/coverage.html", context, status=422 if problems else 200)


def _places(project: Project) -> list[Division]:
    """The communities to choose from, where they are few enough to list."""
    low, high = project.division.span
    rows = (
        divisions.current()
        .filter(code__gte=low, code__lt=high, level=Level.COMMUNITY)
        .defer("bigrams")
        .order_by("code")
    )
    listed = list(rows[: MOST_COMMUNITIES + 1])
    return listed if len(listed) <= MOST_COMMUNITIES else []


def _posted_communities(request: HttpRequest, project: Project) -> list[Division]:
    codes = [
        int(code)
        for code in request.POST.getlist("community")
        if code.isascii() and code.isdecimal() and len(code) <= 12
    ]
    low, high = project.division.span
    rows = divisions.current().filter(code__in=codes, code__gte=low, code__lt=high, level=Level.COMMUNITY)
    return list(rows.defer("bigrams")) if codes else []


def _named(text: str, project: Project) -> tuple[list[Division], list[str]]:
    """The communities that the lines name, by code or whole name, and what is wrong with the others. One query."""
    lines = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    low, high = project.division.span
    here = divisions.current().filter(code__gte=low, code__lt=high, level=Level.COMMUNITY).defer("bigrams")
    codes = [int(line) for line in lines if line.isascii() and line.isdecimal() and len(line) == 12]
    rows = list(here.filter(code__in=codes)) + list(here.filter(name__in=lines)) if lines else []
    found_, problems = [], []
    for line in lines[:MOST_COMMUNITIES]:
        mine = [row for row in rows if line in (row.number, row.name)]
        if len(mine) == 1:
            found_ += mine
        else:
            said = "有多个同名社区，请写 12 位代码" if mine else f"不是{project.division.name}的社区，或名称不完整"
            problems.append(f"“{line[:30]}”{said}。")
    return found_, problems


def _wanted(request: HttpRequest, chosen: dict[int, Division]) -> tuple[list[Wanted], list[str]]:
    """What is ticked: ``whole-<id>`` and ``thing-<kind>-<uuid>`` with its numbers of buildings."""
    wanted, problems = [], []
    for community in chosen.values():
        if request.POST.get(f"whole-{community.pk}"):
            wanted.append(Wanted(community))
    for key in (Covered.Thing.ESTATE, Covered.Thing.BUILDING):
        for row in facts.current(fact_kind(key), chosen).order_by("name"):
            if not request.POST.get(f"thing-{row.thing}"):
                continue
            numbers = []
            for part in ("planned", "done"):
                text = request.POST.get(f"{part}-{row.thing}", "").strip()
                if text and not (text.isascii() and text.isdecimal() and len(text) <= 6):
                    problems.append(f"“{row}”的楼栋数应为整数，填写的是 {text[:20]}。")
                    text = ""
                numbers.append(int(text) if text else None)
            wanted.append(Wanted(chosen[row.community_id], key, row.thing, *numbers))
    return wanted, problems


def _groups(request: HttpRequest, chosen: dict[int, Division], covered: list[Covered]) -> list[dict[str, Any]]:
    """The chosen communities with their estates and buildings, ticked as they are or as they were sent."""
    is_sent = request.method == "POST"
    held = {(row.community_id, row.thing): row for row in covered}
    things: dict[int, list[dict[str, Any]]] = {}
    for key in (Covered.Thing.ESTATE, Covered.Thing.BUILDING):
        for row in facts.current(fact_kind(key), chosen).order_by("name"):
            mine = held.get((row.community_id, row.thing))
            things.setdefault(row.community_id, []).append(
                {
                    "row": row,
                    "is_estate": key == Covered.Thing.ESTATE,
                    "is_ticked": bool(request.POST.get(f"thing-{row.thing}")) if is_sent else mine is not None,
                    "planned": _shown(request, f"planned-{row.thing}", mine and mine.buildings_planned),
                    "done": _shown(request, f"done-{row.thing}", mine and mine.buildings_done),
                    "is_recorded": bool(mine and mine.recorded),
                }
            )
    return [
        {
            "community": community,
            "is_whole": bool(request.POST.get(f"whole-{community.pk}")) if is_sent else (community.pk, None) in held,
            "estates": [each for each in things.get(community.pk, []) if each["is_estate"]],
            "buildings": [each for each in things.get(community.pk, []) if not each["is_estate"]],
            "has_ticked": any(each["is_ticked"] and not each["is_estate"] for each in things.get(community.pk, [])),
        }
        for community in sorted(chosen.values(), key=lambda each: each.code)
    ]


def _shown(request: HttpRequest, name: str, value: int | None) -> str:
    return request.POST.get(name, "") if request.method == "POST" else "" if value is None else str(value)


@require_POST
def record_covered(request: HttpRequest, pk: UUID, covered: UUID, undoes: bool = False) -> HttpResponse:
    """Take a finished thing over into the facts of its community, or undo that."""
    project, actor = kept_for(request, pk)
    row = get_object_or_404(Covered.objects.select_related("project", "community"), pk=covered, project=project)
    try:
        (recording.take_back if undoes else recording.record_covered)(row, by=actor)
    except NotPossible as problem:
        messages.error(request, problem.reason)
    else:
        messages.success(
            request, f"已撤销“{row.name}”的记入。" if undoes else f"已把“{row.name}”的改造情况记入社区信息，可以撤销。"
        )
    return redirect(f"{project.get_absolute_url()}#covered")
