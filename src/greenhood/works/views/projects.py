"""Projects as they are looked at: the list, one of them, those of a community, a division's overview, what wants a second look."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from greenhood.accounts.access import require
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.views.downloads import workbook
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.facts.views.finding import community_for, division_for
from greenhood.history import queries as history
from greenhood.kit import excel
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.queries import scheme_for
from greenhood.works import rules
from greenhood.works.actions import recording
from greenhood.works.actions.projects import note_export
from greenhood.works.forms import StepForm
from greenhood.works.models import Movement, Project, Source
from greenhood.works.proofs import photos_of
from greenhood.works.queries import flags as flagged
from greenhood.works.queries import overview as overviews
from greenhood.works.queries import projects as found
from greenhood.works.views.finding import choices, day_in, filters_in, project_for

MOST_MOVEMENTS = 300


@require_safe
def projects(request: HttpRequest) -> HttpResponse:
    """The projects of a division, narrowed by the address."""
    division, actor = division_for(request)
    filters = filters_in(request)
    rows = found.narrowed(actor, division, filters)
    context = {
        "page_title": f"{division.name}改造项目",
        "division": division,
        "own": actor.post.division,
        "lines": found.lines(rows, after=request.GET.get("after", ""), before=request.GET.get("before", "")),
        "due": found.due_first(actor),
        "today": today_in_shanghai(),
        "may_keep": actor.may(Capability.KEEP_PROJECTS, division) and division.level < Level.COMMUNITY,
        "may_export": actor.may(Capability.EXPORT, division),
        "is_narrowed": not filters.is_open or division != actor.post.division,
        **choices(filters),
    }
    return render(request, "works/projects.html", context)


@require_safe
def project(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything about one project."""
    held, actor = project_for(request, pk)
    return render(request, "works/project.html", page_of(held, actor))


def page_of(held: Project, actor, refused: StepForm | None = None) -> dict[str, object]:
    """All that the page of a project shows; ``refused`` is the step that was sent and could not be taken."""
    may_keep = found.may_keep(actor, held.division, held.department)
    scheme = held.version.scheme if held.version else None
    served = {each.no: each for _, part in rules.criteria_of(scheme) for each in part} if scheme else {}
    covered = held.covered.select_related("community").order_by("community__code", "kind", "name")
    steps = rules.steps_from(held.state) if may_keep else []
    return {
        "page_title": held.name,
        "project": held,
        "today": today_in_shanghai(),
        "may_keep": may_keep,
        "may_record": may_keep and actor.may(Capability.RECORD),
        "steps": [refused if refused and refused.step == step else StepForm(step, held) for step in steps],
        "refused_step": refused,
        "covered": [(row, recording.offered(held, row)) for row in covered],
        "years": list(held.year_plans.all()),
        "criteria": [served[no] for no in held.criteria if no in served],
        "clauses": rules.clauses(scheme),
        "flags": flagged.flags_of([held.pk]),
        "entries": history.timeline(held, most=30),
        **_work_of(held),
        **_money_of(held),
    }


def _work_of(held: Project) -> dict[str, object]:
    """The stages with their photos, and how far the work should be today."""
    today = today_in_shanghai()
    stages = found.stages_of([held.pk]).get(held.pk, [])
    photos = photos_of(held, stages)
    return {
        "stages": [
            (stage, stage.is_late(today), photos.get(stage.before, []), photos.get(stage.after, [])) for stage in stages
        ],
        "planned": rules.planned_share(stages, today),
    }


def _money_of(held: Project) -> dict[str, object]:
    """The sources with their ledger, and what was bought."""
    movements = Movement.objects.filter(source__project=held).select_related("source", "recorded_by", "reversed_by")
    procurements = list(held.procurements.all())
    bought = [row for row in procurements if row.removed_at is None]
    total = sum((row.amount for row in bought), start=rules.WAN * 0)
    green = sum((row.amount for row in bought if row.is_green), start=rules.WAN * 0)
    return {
        "sources": list(Source.objects.filter(project=held).order_by("added_at", "pk")),
        "sums": found.sums_of([held.pk]).get(held.pk, found.Sums()),
        "movements": movements.order_by("-dated", "-pk")[:MOST_MOVEMENTS],
        "procurements": procurements,
        "procured": total,
        "green": green,
        "green_share": green / total if total else None,
    }


@require_safe
def community(request: HttpRequest, code: int) -> HttpResponse:
    """The projects that cover a community, and what each criterion of its scheme gets from them."""
    place, _ = community_for(request, code)
    version = scheme_for(place)
    served = found.serving_all(place, version)
    titles = {each.no: each for _, part in rules.criteria_of(version.scheme) for each in part} if version else {}
    context = {
        "page_title": f"{place.name}的改造项目",
        "community": place,
        "lines": found.of_community(place),
        "version": version,
        "served": [(titles[no], rows) for no, rows in sorted(served.items()) if no in titles],
        "today": today_in_shanghai(),
    }
    return render(request, "works/community.html", context)


@require_safe
def plan(request: HttpRequest, code: int) -> HttpResponse:
    """A division's projects and money: by lower division, by source, by state."""
    division, actor = _division(request, code)
    filters, (day, wrong) = filters_in(request), day_in(request)
    seen = overviews.overview(division, filters, day)
    version = scheme_for(division)
    asked = {name: value for name, value in request.GET.items() if value and name in KEPT}
    kept = f"?{urlencode(asked)}" if asked else ""
    context = {
        "page_title": f"{division.name}项目和资金",
        "done_things": f"已完工 {seen.whole.done_things} 处",
        "division": division,
        "seen": seen,
        "places": [place for place in seen.places if place.tally.projects],
        "bare": [place.division for place in seen.places if not place.tally.projects],
        "is_past": day is not None,
        "wrong": wrong,
        "flag_counts": [(flagged.TITLES[key], key, count) for key, count in _counted(division).items()],
        "version": version,
        "clauses": rules.clauses(version.scheme if version else None),
        "kept": kept,
        "list_url": f"{reverse('works:projects')}?{urlencode({'within': division.code, **asked})}",
        "may_export": actor.may(Capability.EXPORT, division),
        "defaults": (rules.IDLE, rules.SLOW),
        **choices(filters),
    }
    return render(request, "works/plan.html", context)


def _counted(division: Division) -> dict[str, int]:
    """The flags that stand; above a city there are too many projects to look through on every call of the page."""
    return flagged.counts_within(division) if division.level >= Level.CITY else {}


KEPT = ("year", "kind", "origin", "state", "department", "as_of")


@require_GET
def export_plan(request: HttpRequest, code: int) -> HttpResponse:
    """The table of a division's lower divisions as Excel."""
    division, actor = _division(request, code)
    require(request, Capability.EXPORT, division)
    day, _ = day_in(request)
    seen = overviews.overview(division, filters_in(request), day)
    headings = [
        "区划代码", "名称", "项目数", "已完工", "应完工", "有阶段逾期", "覆盖社区", "覆盖小区和楼栋", "已完工的小区和楼栋",
        "批复总投资（元）", "下达（元）", "到位（元）", "支付（元）", "结余（元）",
    ]  # fmt: skip
    rows = [
        [
            place.division.number, f"{place.division.name}{'（本级）' if place.is_own else ''}", tally.projects, tally.finished,
            tally.due, tally.late, tally.communities, tally.things, tally.done_things, tally.investment, tally.sums.budget,
            tally.sums.arrived, tally.sums.paid, tally.sums.balance,
        ]
        for place in seen.places
        for tally in (place.tally,)
    ]  # fmt: skip
    note_export(division, "项目和资金总览", by=actor, rows=len(rows))
    name = f"{division.name}项目和资金{seen.as_of:%Y%m%d}"
    return workbook(name, partial(excel.write_rows, headings=headings, rows=rows, title="项目和资金"))


@require_safe
def flags(request: HttpRequest) -> HttpResponse:
    """What wants a second look in a division, with its figures and why."""
    division, actor = division_for(request)
    code, is_explained = _flags_asked(request)
    rows = flagged.flags_within(division, code=code, is_explained=is_explained, after=request.GET.get("after", ""))
    context = {
        "page_title": f"{division.name}项目资金疑点",
        "division": division,
        "flags": rows[: flagged.PAGE],
        "next": flagged.key_of(rows[flagged.PAGE - 1]) if len(rows) > flagged.PAGE else None,
        "titles": [(key, title, flagged.WHY[key]) for key, title in flagged.TITLES.items()],
        "code": code,
        "is_explained": is_explained,
        "may_export": actor.may(Capability.EXPORT, division),
    }
    return render(request, "works/flags.html", context)


@require_GET
def export_flags(request: HttpRequest) -> HttpResponse:
    """The flags as they are filtered, as Excel."""
    division, actor = division_for(request)
    require(request, Capability.EXPORT, division)
    code, is_explained = _flags_asked(request)
    found_flags = flagged.flags_within(division, code=code, is_explained=is_explained, most=None)
    headings = ["项目", "实施单位", "疑点", "数字", "说明", "说明人"]
    rows = [
        [flag.name, flag.division, flag.title, flag.says, flag.explained, flag.explained_by] for flag in found_flags
    ]
    note_export(division, "项目资金疑点", by=actor, rows=len(rows))
    name = f"{division.name}项目资金疑点{today_in_shanghai():%Y%m%d}"
    return workbook(name, partial(excel.write_rows, headings=headings, rows=rows, title="疑点"))


def _flags_asked(request: HttpRequest) -> tuple[str, bool]:
    """Which kind, and whether the explained ones."""
    code = request.GET.get("code", "")
    return code if code in flagged.TITLES else "", request.GET.get("show") == "explained"


def _division(request: HttpRequest, code: int) -> tuple[Division, object]:
    division = divisions.current().filter(code=code, level__lt=Level.COMMUNITY).defer("bigrams").first()
    if division is None:
        raise Http404
    request.place = division
    return division, require(request, Capability.VIEW, division)
