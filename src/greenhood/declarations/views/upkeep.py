"""After the award: what is due for re-examination, what is under rectification, and one award's own page."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from greenhood.accounts.access import require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.actions import alerting
from greenhood.declarations.actions import upkeep as actions
from greenhood.declarations.forms import DayInput
from greenhood.declarations.models import Alert, Award, Rectification
from greenhood.declarations.queries import upkeep as queries
from greenhood.declarations.views.finding import award_for, revision, saying
from greenhood.divisions import queries as divisions
from greenhood.kit import dates
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import read_all, scheme_of


@require_GET
def upkeep(request: HttpRequest) -> HttpResponse:
    """Re-examinations that are due, rectifications under way, overdue ones first."""
    actor = require(request, Capability.VIEW)
    reexaminations, rectifications = queries.due(actor), queries.open_rectifications(actor)
    alerts = queries.open_alerts(actor)
    context = {
        "page_title": "动态管理",
        "reexaminations": reexaminations,
        "rectifications": rectifications,
        "alerts": alerts,
        "versions": read_all(queries.versions([*reexaminations, *rectifications, *alerts])),
        "today": today_in_shanghai(),
    }
    return render(request, "declarations/upkeep.html", context)


@require_GET
def award(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One award: its state, its re-examinations and rectifications, and what this post may do."""
    found, actor = award_for(request, pk)
    scheme = scheme_of(found.version_id)
    rectifications = list(found.rectifications.order_by("-ordered_at"))
    current = next((one for one in rectifications if one.result in actions.OPEN), None)
    lines = [(line.no, line.title) for part in scheme.standard.parts for line in part.criteria]
    context = {
        "page_title": f"{found.community.name} {found.title_name}",
        "award": found,
        "version": found.version,
        "title": scheme.title_of(found.title),
        "upkeep": scheme.upkeep,
        "path": divisions.path_names(found.community),
        "rectifications": rectifications,
        "current": current,
        "is_overdue": current is not None and dates.has_passed(current.due_on),
        "reexaminations": list(found.reexaminations.order_by("-due_on")),
        "alerts": list(found.alerts.select_related("closed_by")),
        "lines": lines,
        "line_titles": dict(lines),
        "may_supervise": scheme.upkeep is not None and actions.cannot_supervise(found, actor) is None,
        "may_delist": scheme.upkeep is not None and actions.cannot_delist(found, actor) is None,
        "why_not_delist": actions.cannot_delist(found, actor) if scheme.upkeep else None,
        "may_report": actor.may(Capability.DECLARE, found.community),
        "day_input": DayInput().render("due_on", None, {"id": "id_due_on", "class": "form-control", "required": True}),
        "today": today_in_shanghai(),
    }
    return render(request, "declarations/award.html", context)


@require_POST
def act(request: HttpRequest, pk: UUID, verb: str) -> HttpResponse:
    """One step of the upkeep of an award."""
    found, actor = award_for(request, pk)
    do = STEPS.get(verb)
    if do is None:
        raise Http404
    do(request, found, actor)
    return redirect("declarations:award_page", pk)


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "")[:5000]


def _criteria(request: HttpRequest) -> list[int]:
    return [int(text) for text in request.POST.getlist("criteria") if text.isdecimal() and len(text) < 4]


def _current(found: Award) -> Rectification:
    current = found.rectifications.filter(result__in=actions.OPEN).first()
    if current is None:
        raise Http404
    return current


def _keep(request: HttpRequest, found: Award, actor: Actor) -> None:
    due = found.reexaminations.filter(done_at=None).order_by("due_on").first()
    if due is None:
        messages.error(request, "没有待办的复查。")
        return
    with saying(request, "已记录复查合格，下一次复查已排定。"):
        actions.pass_reexamination(due, by=actor, findings=_text(request, "findings"))


def _fail(request: HttpRequest, found: Award, actor: Actor) -> None:
    due = found.reexaminations.filter(done_at=None).order_by("due_on").first()
    if due is None:
        messages.error(request, "没有待办的复查。")
        return
    with saying(request, "已责令限期整改，核验页面同时公开。"):
        actions.fail_reexamination(
            due,
            by=actor,
            findings=_text(request, "findings"),
            demands=_text(request, "demands"),
            criteria=_criteria(request),
        )


def _order(request: HttpRequest, found: Award, actor: Actor) -> None:
    with saying(request, "已责令限期整改，核验页面同时公开。"):
        actions.order(found, by=actor, demands=_text(request, "demands"), criteria=_criteria(request))


def _report(request: HttpRequest, found: Award, actor: Actor) -> None:
    with saying(request, "已报送整改情况，等待核查。"):
        actions.report(_current(found), by=actor, revision=revision(request), text=_text(request, "text"))


def _lift(request: HttpRequest, found: Award, actor: Actor) -> None:
    with saying(request, "整改合格，称号恢复有效。"):
        actions.lift(_current(found), by=actor, revision=revision(request), opinion=_text(request, "opinion"))


def _extend(request: HttpRequest, found: Award, actor: Actor) -> None:
    day = DayInput().value_from_datadict(request.POST, request.FILES, "due_on")
    due_on = queries.read_day(day)
    if due_on is None:
        messages.error(request, "请填写新的整改期限，例如 2026-12-31。")
        return
    with saying(request, "已延长整改期限。"):
        actions.extend(
            _current(found), by=actor, revision=revision(request), due_on=due_on, opinion=_text(request, "opinion")
        )


def _delist(request: HttpRequest, found: Award, actor: Actor) -> None:
    with saying(request, "已除名，核验页面同时公开。"):
        actions.delist(_current(found), by=actor, revision=revision(request), reason=_text(request, "reason"))


def _handle(request: HttpRequest, found: Award, actor: Actor) -> None:
    alert = found.alerts.filter(state=Alert.State.OPEN).first()
    if alert is None:
        messages.error(request, "没有待处理的预警，可能已由他人办结。")
        return
    with saying(request, "预警已办结。"):
        alerting.handle(alert, by=actor, note=_text(request, "note"))


STEPS: dict[str, Callable[[HttpRequest, Award, Actor], None]] = {
    "keep": _keep,
    "fail": _fail,
    "order": _order,
    "report": _report,
    "lift": _lift,
    "extend": _extend,
    "delist": _delist,
    "handle": _handle,
}
