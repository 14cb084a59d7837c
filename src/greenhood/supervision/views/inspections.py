"""Inspections: the list, planning, one inspection, and what waits for the post."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from greenhood.accounts.access import NotAllowed, require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.history import queries as history
from greenhood.insight.views.overviews import workbook
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions as reporting
from greenhood.reporting.errors import Overtaken as ReportOvertaken
from greenhood.reporting.errors import Refused as ReportRefused
from greenhood.reporting.models import ROUNDS, Obligation, State
from greenhood.schemes.models import scheme_of
from greenhood.schemes.queries import scheme_for
from greenhood.supervision import checks, clauses, seeing, terms
from greenhood.supervision.actions import exporting, planning
from greenhood.supervision.actions.planning import Lot, Plan
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.models import Inspection
from greenhood.supervision.queries import choosing, lists, record
from greenhood.supervision.views.finding import (
    filters,
    keys,
    narrowed,
    number,
    once,
    problems_of,
    revision,
    text,
    uuids,
)

MOST_FINDINGS = 200
# What may wait for a post: anchor, filter of the list, title, and what the post must be able to do.
PARTS = [
    ("orders", "answer", "等我整改", Capability.RESPOND),
    ("recheck", "recheck", "等我复查", Capability.INSPECT),
    ("watch", "watch", "督办", Capability.INSPECT),
]
HEADINGS = ["检查名称", "方式", "检查单位", "负责人", "开始日期", "结束日期", "状态", "是否抽取", "检查情况"]


@require_GET
def inspections(request: HttpRequest) -> HttpResponse:
    """Inspections that the post may know of, the latest first; those of its calendar that are still to be made."""
    actor = _reader(request)
    wanted = filters(request)
    division = actor.post.division if actor.post else None
    may_plan = division is not None and seeing.is_office(actor, division)
    context = {
        "page_title": "督导检查",
        "filters": wanted,
        "narrowed": narrowed(request, wanted),
        "listed": lists.inspections(actor, wanted, **keys(request)),
        "states": Inspection.State.choices,
        "kinds": Inspection.Kind.choices,
        "years": lists.years(today_in_shanghai()),
        "may_plan": may_plan,
        "rounds": list(choosing.rounds_of(division)) if may_plan and division else [],
        "may_export": actor.may(Capability.EXPORT),
        "division": division,
        "asked": clauses.asked_of(scheme_for(division)) if division else [],
        "today": today_in_shanghai(),
    }
    return render(request, "supervision/inspections.html", context)


@require_GET
def export(request: HttpRequest) -> HttpResponse:
    actor = require(request, Capability.EXPORT)
    rows = (
        [
            row.title, row.get_kind_display(), row.division.name, str(row.lead or ""), row.begins_on, row.ends_on,
            row.get_state_display(), "随机抽取" if row.drawn else "", row.summary if seeing_all(actor, row) else "",
        ]
        for row in lists.inspections_to_export(actor, filters(request))
    )  # fmt: skip
    return workbook("督导检查", HEADINGS, rows, partial(exporting.note_export, by=actor))


def seeing_all(actor: Actor, row: Inspection) -> bool:
    """Whether the office's own words on an inspection are open to the actor."""
    return row.state == Inspection.State.PUBLISHED or actor.may(Capability.VIEW, row.division)


@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """What waits: sheets to fill in, orders to answer, to re-check, to supervise."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.user is None:
        raise NotAllowed("请先登录，再办理此事项。")
    context = {
        "page_title": "等我办理的督导事项",
        "sheets": lists.my_sheets(actor),
        "parts": [
            (anchor, whose, title, lists.my_orders(actor, whose))
            for anchor, whose, title, needed in PARTS
            if actor.may(needed)
        ],
        "today": today_in_shanghai(),
        "escalation": terms.ESCALATE_REASON,
    }
    return render(request, "supervision/mine.html", context)


@require_GET
def community(request: HttpRequest, code: int) -> HttpResponse:
    """What was found in one place, and what it has to put right."""
    place = _division(code)
    actor = require(request, Capability.VIEW, place)
    request.place = place  # type: ignore[attr-defined]
    found = seeing.findings(actor).filter(community=place, withdrawn_at=None)
    found = found.exclude(inspection__state=Inspection.State.CANCELLED)
    rows = seeing.orders(actor).filter(recipient=place).select_related("issuer", "recipient", "watcher")
    context = {
        "page_title": f"{place.name}：督导和整改",
        "community": place,
        "orders": lists.latest(rows, "-issued_at"),
        "findings": lists.latest(
            found.select_related("inspection__version", "order", "community"), "-found_on", "-pk"
        ),
        "sheets": lists.latest(
            seeing.sheets(actor).filter(community=place).select_related("inspection__division")
            .exclude(inspection__state=Inspection.State.CANCELLED), "-inspection__begins_on", "-pk"
        ),
        "today": today_in_shanghai(),
    }  # fmt: skip
    return render(request, "supervision/community.html", context)


# --- planning -----------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    actor = _office(request)
    assert actor.post is not None
    return _plan(request, actor, actor.post.division, None)


@require_GET
def from_calendar(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Plan what the scheme's calendar asks of the post's own division (依据方案日历)."""
    actor = _office(request)
    obligation = Obligation.objects.filter(pk=pk, kind__in=ROUNDS, reporter=actor.post.division).first()  # type: ignore[union-attr]
    if obligation is None:
        raise Http404
    return redirect(f"{reverse('supervision:new')}?obligation={pk}")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = seeing.inspection_for(actor, pk)
    seeing.check_office(actor, found.division)
    if found.state != Inspection.State.PLANNED:
        messages.error(request, f"这次检查{found.get_state_display()}，计划不能再改。")
        return redirect(found)
    return _plan(request, actor, found.division, found)


def _plan(request: HttpRequest, actor: Actor, division: Division, present: Inspection | None) -> HttpResponse:
    version = present.version if present else scheme_for(division)
    obligation = present.obligation if present else _obligation(request, division)
    problem: Refused | Overtaken | None = None
    if request.method == "POST" and "all" not in request.POST:
        try:
            saved = _save(request, actor, division, present, obligation)
            messages.success(request, "已保存检查计划。开始检查后检查人才能填写检查表。")
            return redirect(saved)
        except (Refused, Overtaken) as refused:
            problem = refused
    context = {
        "page_title": "修改检查计划" if present else "新的检查",
        "division": division,
        "inspection": present,
        "version": version,
        "asked": clauses.asked_of(version),
        "obligation": obligation,
        "typed": _typed(request, present, obligation),
        "kinds": Inspection.Kind.choices,
        "standards": _standards(version),
        "places": choosing.places_in(division),
        "among": choosing.AMONG.items(),
        "levels": [(level, Level(level).label) for level in (Level.COUNTY, Level.STREET) if level > division.level],
        "colleagues": choosing.colleagues(division),
        "most_people": choosing.MOST_PEOPLE,
        "problems": problems_of(problem),
        "chosen": _chosen(request, present, version),
        "once": once(request),
    }
    request.place = division  # type: ignore[attr-defined]
    return render(request, "supervision/plan.html", context, status=422 if problem else 200)


def _save(
    request: HttpRequest, actor: Actor, division: Division, present: Inspection | None, obligation: Obligation | None
) -> Inspection:
    problems: dict[str, str] = {}
    days = {}
    for name, title in (("begins_on", "开始日期"), ("ends_on", "结束日期")):
        day = terms.read_day(request.POST.get(name, ""))
        if day is None:
            problems[name] = f"请填写{title}，例如 2026-11-15；没有的日子（如 2 月 31 日）不能填。"
        days[name] = day or today_in_shanghai()
    others, unknown = choosing.people_called(text(request, "others").splitlines())
    if unknown:
        problems["others"] = f"没有这些登录名：{'、'.join(unknown[:5])}。"
    version = present.version if present else scheme_for(division)
    scope, missing = _scope(request, division, present, version)
    if missing:
        problems["named"] = f"本地没有这些社区或街道：{'、'.join(missing[:5])}。"
    if problems:
        raise Refused(problems)
    team = [*planning.people(uuids(request.POST.getlist("inspectors"))), *others]
    lead = next((user for user in team if str(user.pk) == request.POST.get("lead")), team[0] if team else None)
    key = request.POST.get("standard", "") if present is None else present.standard_key
    wanted = Plan(
        kind=request.POST.get("kind", ""),
        title=text(request, "title", 100),
        begins_on=days["begins_on"],
        ends_on=days["ends_on"],
        communities=scope,
        inspectors=team,
        lead=lead,
        keys=[each[:20] for each in request.POST.getlist("checks")],
        topics=text(request, "topics").splitlines(),
        standard_key=key[:60],
        instructions=text(request, "instructions", 1000),
        obligation=obligation,
        draw=_lot(request) if present is None else None,
    )
    if present is not None:
        return planning.change(present, wanted, by=actor, revision=revision(request))
    return planning.plan(division, wanted, by=actor, version=version, key=once(request))


def _lot(request: HttpRequest) -> Lot | None:
    if request.POST.get("how") != "draw":
        return None
    count = request.POST.get("count", "")
    level = request.POST.get("by_level", "")
    return Lot(number(count, most=5), text(request, "seed", 64), int(level) if level in {"3", "4"} else None)


def _scope(
    request: HttpRequest, division: Division, present: Inspection | None, version: Any
) -> tuple[list[Division], list[str]]:
    codes = [int(each) for each in request.POST.getlist("places") if each.isdecimal() and len(each) <= 12]
    typed, missing = choosing.named(text(request, "named", 30_000).splitlines(), division)
    wanted = [*codes, *typed] or [division.code]
    if present is not None and not codes and not typed:
        return [sheet.community for sheet in present.sheets.select_related("community")], missing
    # For one's own choice a community is a community; a draw is among the programme's objects.
    found = planning.communities_of(wanted, division)
    return choosing.narrowed(found, request.POST.get("among", ""), version, division, actor=request.actor), missing  # type: ignore[attr-defined]


def _typed(request: HttpRequest, present: Inspection | None, obligation: Obligation | None) -> Mapping[str, Any]:
    if request.method == "POST":
        return {name: request.POST.get(name, "") for name in request.POST}
    if present is not None:
        return {
            "kind": present.kind,
            "title": present.title,
            "begins_on": present.begins_on.isoformat(),
            "ends_on": present.ends_on.isoformat(),
            "topics": "\n".join(present.topics.values()),
            "instructions": present.instructions,
            "lead": str(present.lead_id or ""),
            "revision": present.revision,
            "standard": present.standard_key,
        }
    today = today_in_shanghai()
    if obligation is not None:
        return {
            "kind": Inspection.Kind.THEMATIC,
            "title": f"{obligation.heading}",
            "begins_on": max(today, obligation.begins_on).isoformat(),
            "ends_on": max(obligation.deadline, today).isoformat(),
            "how": "draw" if obligation.kind == "sample" else "",
        }
    return {
        "kind": Inspection.Kind.ROUTINE,
        "begins_on": today.isoformat(),
        "ends_on": (today + dt.timedelta(days=14)).isoformat(),
    }


def _chosen(request: HttpRequest, present: Inspection | None, version: Any) -> dict[str, set[str]]:
    if request.method == "POST":
        found = {name: set(request.POST.getlist(name)) for name in ("checks", "places", "inspectors")}
        # Without a script a whole part is ticked by its button, and the page comes back with what was typed.
        part_key = request.POST.get("all", "")
        for _, parts in _standards(version) if part_key else []:
            found["checks"] |= {line.key for part in parts if part_key in {"*", part.key} for line in part.lines}
        return found
    if present is None:
        return {"checks": set(), "places": set(), "inspectors": {str(request.actor.person_id)}}  # type: ignore[attr-defined]
    return {
        "checks": set(present.checks),
        "places": {str(code) for code in present.sheets.values_list("community__code", flat=True)},
        "inspectors": {str(pk) for pk in present.inspectors.values_list("user", flat=True)},
    }


def _standards(version: Any) -> list[tuple[Any, list[checks.PartOfLines]]]:
    if version is None:
        return []
    return [(one, checks.parts_of(one)) for one in checks.standards_of(scheme_of(version.pk))]


def _obligation(request: HttpRequest, division: Division) -> Obligation | None:
    sent = uuids([request.POST.get("obligation") or request.GET.get("obligation", "")])
    if not sent:
        return None
    return Obligation.objects.filter(pk=sent[0], kind__in=ROUNDS, reporter=division).select_related("version").first()


# --- one inspection -----------------------------------------------------------------------------------------------------


@require_GET
def inspection(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _page(request, pk)


@require_POST
def step(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """Start, close, publish or cancel; or mark the calendar's duty as carried out."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = seeing.inspection_for(actor, pk)
    seeing.check_office(actor, found.division)
    seen = revision(request)
    try:
        if verb == "start":
            planning.start(found, by=actor, revision=seen)
            done = "检查已开始，检查人可以填写检查表了。"
        elif verb == "close":
            planning.close(found, by=actor, revision=seen, summary=text(request, "summary"))
            done = "检查已办结。需要整改的，请选择问题发出整改通知。"
        elif verb == "publish":
            planning.publish(found, by=actor, revision=seen)
            done = "已向被检查的地方反馈各自的检查结果。"
        elif verb == "cancel":
            planning.cancel(found, by=actor, revision=seen, reason=text(request, "reason", 500))
            done = "检查已取消。"
        elif verb == "carry-out":
            _carry_out(found, actor)
            done = "已把方案日历的任务登记为开展。"
        else:
            raise Http404
    except (Refused, Overtaken) as problem:
        return _page(request, pk, problem, verb)
    except ReportRefused as problem:
        return _page(request, pk, Refused(dict(problem.problems)), verb)
    except ReportOvertaken:
        return _page(request, pk, Overtaken(), verb)
    messages.success(request, done)
    return redirect(found)


def _carry_out(found: Inspection, actor: Actor) -> None:
    if found.obligation is None or found.state not in Inspection.OVER:
        raise Refused("检查办结后才能把方案日历的任务登记为开展。")
    day = today_in_shanghai(found.closed_at)
    reporting.carry_out(
        found.obligation, text=found.summary[:1000], done_on=day, url=found.get_absolute_url(), by=actor
    )


def _page(request: HttpRequest, pk: UUID, problem: Refused | Overtaken | None = None, verb: str = "") -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = seeing.inspection_for(actor, pk)
    is_inside = seeing.is_inside(actor, found)
    shows = found.state == Inspection.State.PUBLISHED or is_inside
    after = number(request.GET.get("sheets", ""), most=12)
    sheets = record.progress(actor, found, after=after)
    findings = seeing.findings(actor).filter(inspection=found, withdrawn_at=None).select_related("community", "order")
    is_office = seeing.is_office(actor, found.division)
    listed = list(findings.order_by("community__code", "criterion", "pk")[:MOST_FINDINGS])
    context = {
        "page_title": found.title,
        "inspection": found,
        "version": found.version,
        "lines": record.lines_of(found) if shows or not found.is_hidden else [],
        "progress": sheets.rows,
        "total": sheets.total,
        "finished": sheets.finished if shows else None,
        "unfinished": sheets.total - sheets.finished,
        "more": sheets.next,
        "is_first": not after,
        "findings": listed,
        "number_found": findings.count() if len(listed) == MOST_FINDINGS else len(listed),
        "may_find": (is_office or seeing.is_named(actor, found)) and found.state == Inspection.State.UNDER_WAY,
        "may_order": is_office and not found.is_hidden and found.state != Inspection.State.CANCELLED
        and any(one.order is None or not one.order.is_live for one in listed),
        "inspectors": record.inspectors_of(found) if is_inside else [],
        "is_inside": is_inside,
        "is_office": is_office,
        "is_named": seeing.is_named(actor, found),
        "shows": shows,
        "again": planning.again(found.drawn) if found.drawn and is_inside else [],
        "may_carry_out": is_office and found.obligation is not None and found.obligation.state == State.OPEN
        and found.state in Inspection.OVER,
        "entries": history.timeline(found) if is_inside else [],
        "problems": problems_of(problem),
        "typed": request.POST,
        "verb": verb,
        "refused": {verb: True} if problem else {},
        "today": today_in_shanghai(),
    }  # fmt: skip
    request.place = found.division if is_inside else actor.post.division if actor.post else None  # type: ignore[attr-defined]
    return render(request, "supervision/inspection.html", context, status=422 if problem else 200)


def _reader(request: HttpRequest) -> Actor:
    """Posts that may look at a division, and people without one who are named in an inspection."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.user is not None and not actor.may(Capability.VIEW) and seeing.inspections(actor).exists():
        return actor
    return require(request, Capability.VIEW)


def _office(request: HttpRequest) -> Actor:
    actor = require(request, Capability.INSPECT)
    assert actor.post is not None
    return actor


def _division(code: int) -> Division:
    try:
        return divisions.by_code(code)
    except Division.DoesNotExist:
        raise Http404 from None
