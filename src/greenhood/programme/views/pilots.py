"""Pilots: the list of a division, the communities to choose from, one pilot with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_GET, require_http_methods

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations import paging
from greenhood.divisions.models import Division, Level
from greenhood.insight.queries import lower_divisions
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.programme.acting import acts_for
from greenhood.programme.actions import goals as exporting
from greenhood.programme.actions import pilots as actions
from greenhood.programme.errors import Overtaken, Refused
from greenhood.programme.models import Pilot
from greenhood.programme.queries import candidates, pilots
from greenhood.programme.views import finding

ORDER = paging.by_time("proposed_at", is_descending=True)
TAKEN = "名单刚被他人改动，没有确定。您写的说明还在下面，请核对现在的名单后再确定。"
CHOOSERS = {"": "全部", "own": "本级选定的"}
SHOW = {"": "全部", "willing": "有意愿记录的", "founded": "已有自评或称号的"}


@require_GET
def listing(request: HttpRequest, code: int) -> HttpResponse:
    """The pilots within a division, and whether its own list is as the scheme asks."""
    division, actor = finding.place(request, code)
    return _list_page(request, division, actor)


def _list_page(
    request: HttpRequest,
    division: Division,
    actor: Actor,
    *,
    problems: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    state, chooser = request.GET.get("state", ""), request.GET.get("chooser", "")
    found = pilots.in_division(division, state=state, chooser=chooser, word=request.GET.get("q", "")[:30])
    page = paging.page(found, ORDER, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    proposed = list(
        Pilot.objects.filter(division=division, state=Pilot.State.PROPOSED)
        .select_related("community", "version")
        .defer("community__bigrams")
    )
    choices = pilots.choices(division)
    may_plan = acts_for(actor, division)
    context = {
        "page_title": f"{division.name}试点社区",
        "division": division,
        "rows": pilots.rows_of(page.rows),
        "page": page,
        "count": paging.count(found),
        "states": [("", "拟选和已确定"), *Pilot.State.choices],
        "state": state,
        "choosers": CHOOSERS,
        "chooser": chooser,
        "q": request.GET.get("q", ""),
        "proposed": proposed,
        "mix": pilots.mix_of(division),
        "checks": [pilots.check(division, choice) for choice in choices],
        "complaints": actions.complaints(division) if proposed and may_plan else [],
        "may_plan": may_plan and division.level < Level.COMMUNITY,
        "may_export": actor.may(Capability.EXPORT, division),
        "today": today_in_shanghai(),
        "problems": problems or {},
        "note": finding.typed(request, "note"),
    }
    return render(request, "programme/pilots.html", context, status=status)


@require_GET
def export(request: HttpRequest, code: int) -> HttpResponse:
    """The pilots of a division as Excel, as they are filtered."""
    division, actor = finding.place(request, code, Capability.EXPORT)
    found = pilots.in_division(
        division, state=request.GET.get("state", ""), chooser=request.GET.get("chooser", ""), word=request.GET.get("q", "")[:30]
    )  # fmt: skip
    headings = [
        "代码",
        "社区",
        "街道（乡镇）",
        "选定单位",
        "状态",
        "新老",
        "确定日期",
        "选定理由",
        "创建意愿",
        "对应目标",
        "调整日期",
        "调整理由",
    ]
    rows = (
        [
            row.pilot.community.number, row.pilot.community.name, row.street, row.pilot.division.name, row.pilot.get_state_display(),
            row.pilot.get_age_display(), row.pilot.confirmed_on, row.pilot.reason, row.pilot.willingness, _towards(row.pilot),
            row.pilot.removed_on, row.pilot.removed_reason,
        ]
        for row in pilots.rows_of(found.order_by("community__code"))
    )  # fmt: skip
    return workbook(f"{division.name}试点社区", headings, rows, partial(exporting.note_export, division, by=actor))


def _towards(row: Pilot) -> str:
    """The goal that a pilot counts towards, in the words of its scheme, with the clause."""
    goal = row.goal
    return f"{goal.title}（{goal.source}）" if goal is not None else "不计入方案的目标"


@require_GET
def to_choose(request: HttpRequest, code: int) -> HttpResponse:
    """The communities that may be chosen, with what is known of each."""
    division, actor = finding.place(request, code, Capability.PLAN)
    filters = _filters(request)
    offset = finding.number(request.GET.get("from", ""))
    today = today_in_shanghai()
    found = candidates.candidates(division, filters, today=today, offset=offset, most=candidates.PAGE + 1)
    streets = lower_divisions(division) if division.level in (Level.COUNTY,) else []
    context = {
        "page_title": "选取试点",
        "division": division,
        "rows": found[: candidates.PAGE],
        "next": str(offset + candidates.PAGE) if len(found) > candidates.PAGE else "",
        "previous": str(max(0, offset - candidates.PAGE)) if offset else "",
        "filters": filters,
        "ages": candidates.AGES,
        "sorts": candidates.SORTS,
        "shows": SHOW,
        "streets": streets,
        "kinds": "、".join(title for title, _ in candidates.KINDS),
        "old_until": candidates.OLD_UNTIL,
        "mix": pilots.mix_of(division),
        "may_choose": acts_for(actor, division),
        "may_export": actor.may(Capability.EXPORT, division),
    }
    return render(request, "programme/candidates.html", context)


@require_GET
def export_candidates(request: HttpRequest, code: int) -> HttpResponse:
    """The same as Excel."""
    division, actor = finding.place(request, code, Capability.EXPORT)
    found = candidates.candidates(division, _filters(request), today=today_in_shanghai(), most=None)
    headings = [
        "代码", "社区", "街道（乡镇）", "新老", "建成年份", "小区", "其中老旧小区", "户数", "已登记资料", "管理满意度（%）", "一年内议事协商",
        "创建状态", "自评总分",
    ]  # fmt: skip
    rows = (
        [
            f"{row.code:012d}", row.name, row.street, row.age_label, row.years, row.estates, row.old_estates, row.households, row.kinds_of,
            row.satisfaction and round(row.satisfaction, 1), row.deliberations, row.state_label, row.total,
        ]
        for row in found
    )  # fmt: skip
    return workbook(f"{division.name}试点候选社区", headings, rows, partial(exporting.note_export, division, by=actor))


def _filters(request: HttpRequest) -> candidates.Filters:
    get = request.GET
    return candidates.Filters(
        age=get.get("age", ""),
        street=_code(get.get("street", "")),
        show=get.get("show", ""),
        sort=get.get("sort", "code"),
    )


def _code(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) == 12 else None


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: HttpRequest, code: int, community: int) -> HttpResponse:
    """Put one community on the list, with the reason."""
    division, actor = finding.own_place(request, code)
    place, _ = finding.place(request, community, Capability.PLAN)
    request.place = division
    found = candidates.candidate(division, place, today=today_in_shanghai())
    if place.level != Level.COMMUNITY or not division.contains(place):
        raise Http404
    problems: dict[str, str] = {}
    if request.method == "POST":
        typed = {name: finding.typed(request, name) for name in ("reason", "willingness", "goal")}
        try:
            actions.propose(division, place, **typed, by=actor)
        except Refused as refused:
            problems = refused.problems
        else:
            messages.success(request, f"{place.name}已列入拟选名单，确定名单后生效。")
            return redirect("programme:pilots", division.code)
    options = pilots.choices(division)
    context = {
        "page_title": f"选取试点：{place.name}",
        "division": division,
        "community": place,
        "candidate": found,
        "choices": options,
        "goal": request.POST.get("goal", options[-1].value if options else ""),
        "problems": problems,
        "typed": request.POST,
        "may_choose": found is not None and not found.pilot,
    }
    return render(request, "programme/choose.html", context, status=422 if problems else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, code: int) -> HttpResponse:
    """Confirm the proposed list. A refused list stands at this address: its filters and pages lead back to the list's own."""
    if request.method != "POST":
        finding.place(request, code)
        return redirect(f"{reverse('programme:pilots', args=[code])}?{request.GET.urlencode()}")
    division, actor = finding.own_place(request, code)
    seen = {
        name.removeprefix("revision-"): finding.number(value)
        for name, value in request.POST.items()
        if name.startswith("revision-")
    }
    try:
        number = actions.confirm(division, seen, note=finding.typed(request, "note"), by=actor)
    except Refused as refused:
        return _list_page(request, division, actor, problems=refused.problems, status=422)
    except Overtaken:
        return _list_page(request, division, actor, problems={"": TAKEN}, status=422)
    messages.success(request, f"已确定 {number} 个试点社区。")
    return redirect("programme:pilots", division.code)


@require_http_methods(["GET", "HEAD", "POST"])
def pilot(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One pilot: why it was chosen, the facts of that day, where it stands; it may be taken off the list."""
    found = Pilot.objects.select_related(
        "community", "division", "version__jurisdiction", "proposed_by", "confirmed_by", "removed_by"
    ).filter(pk=pk)
    row = found.first()
    if row is None:
        raise Http404
    actor = access.require(request, Capability.VIEW, row.community)
    request.place = row.community
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            actions.remove(
                row,
                reason=finding.typed(request, "reason"),
                revision=finding.number(request.POST.get("revision", "")),
                by=actor,
            )
        except Refused as refused:
            problems = refused.problems
        except Overtaken:
            problems = {"": "这个试点刚被他人改动，没有调整。请看现在的状态。"}
        else:
            messages.success(request, "已调整出试点名单，理由留在记录里。")
            return redirect(row)
    [listed] = pilots.rows_of([row])
    context = {
        "page_title": f"{row.community.name}：试点社区",
        "pilot": row,
        "row": listed,
        "goal": row.goal,
        "facts": [(name, value) for name, value in row.facts.items() if value not in (None, "")],
        "problems": problems,
        "reason": request.POST.get("reason", ""),
        "may_remove": row.state != Pilot.State.REMOVED and acts_for(actor, row.division),
        "practices_url": _practices(row.community.code),
    }
    return render(request, "programme/pilot.html", context, status=422 if problems else 200)


def _practices(code: int) -> str:
    """Where the experiences of a community are kept, once there is such a page."""
    try:
        return f"{reverse('exemplars:practices')}?within={code}"
    except NoReverseMatch:
        return ""
