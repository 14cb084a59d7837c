"""A visit or a sample: who carries it out by when, and marking it as carried out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from greenhood.accounts import access
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.evidence.showing import Strip, strips_of
from greenhood.history.queries import timeline
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, chains, queries
from greenhood.reporting.errors import Overtaken, Refused
from greenhood.reporting.models import Obligation, State
from greenhood.reporting.sheets import entry_of
from greenhood.reporting.views import asked

FIELDS = ("done_on", "text", "url")


def show(
    request: HttpRequest, obligation: Obligation, actor: Actor, *, problem: Refused | Overtaken | None = None
) -> HttpResponse:
    today = today_in_shanghai()
    own = actor.post.division_id if actor.post else None
    is_reporter = own == obligation.reporter_id and actor.may(Capability.REPORT, obligation.reporter)
    problems = problem.problems if isinstance(problem, Refused) else {"": asked.TAKEN} if problem else {}
    typed: Mapping[str, str] = {name: request.POST.get(name, "") for name in FIELDS}
    request.place, request.place_version = obligation.reporter, obligation.version
    context = {
        "page_title": obligation.heading,
        "obligation": obligation,
        "version": obligation.version,
        "entry": entry_of(obligation),
        "today": today,
        "late_days": chains.days_late(obligation, today),
        "may_carry_out": is_reporter and obligation.state == State.OPEN and obligation.begins_on <= today,
        "may_take_back": is_reporter and obligation.state == State.DONE,
        "may_extend": own == obligation.receiver_id
        and obligation.receiver.level <= obligation.reporter.level
        and obligation.state == State.OPEN
        and actor.may(Capability.REPORT, obligation.receiver),
        "problems": problems,
        "typed": typed,
        "typed_extension": {"to": request.POST.get("to", ""), "reason": request.POST.get("reason", "")},
        "reminders": list(obligation.reminders.all()),
        "entries": timeline(obligation),
        "strip": _files(obligation, actor) if actor.may(Capability.VIEW, obligation.reporter) else None,
    }
    return render(request, "reporting/round.html", context, status=422 if problem else 200)


@require_POST
def carry_out(request: HttpRequest, pk: UUID) -> HttpResponse:
    obligation, actor = asked.obligation_of(request, pk)
    access.check(actor, Capability.REPORT, obligation.reporter)
    if not obligation.is_round:
        raise Http404
    try:
        done = actions.carry_out(
            obligation,
            done_on=_day(request.POST.get("done_on", ""), obligation),
            text=request.POST.get("text", ""),
            url=request.POST.get("url", "").strip(),
            revision=asked.number(request.POST.get("revision", "")),
            by=actor,
        )
    except (Refused, Overtaken) as problem:
        return show(request, asked.obligation_of(request, pk)[0], actor, problem=problem)
    late = chains.days_late(done, today_in_shanghai())
    messages.success(request, f"已登记为 {done.done_on} 开展{f'，比期限迟 {late} 天' if late else ''}。")
    return redirect(obligation)


@require_POST
def take_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    obligation, actor = asked.obligation_of(request, pk)
    access.check(actor, Capability.REPORT, obligation.reporter)
    revision = asked.number(request.POST.get("revision", ""))
    try:
        actions.take_back(obligation, reason=request.POST.get("reason", ""), revision=revision, by=actor)
        messages.success(request, "已撤回，可以重新登记。原来的登记留在操作记录里。")
    except (Refused, Overtaken) as problem:
        messages.error(request, asked.said(problem))
    return redirect(obligation)


def _files(obligation: Obligation, actor: Actor) -> Strip:
    """Photos and papers of what was carried out, for those who may look at who carried it out."""
    back, pk = obligation.get_absolute_url(), obligation.pk
    return strips_of(
        obligation.reporter, queries.WITH_FILES, [pk], actor=actor, back=back, title="开展记录的照片和文件"
    )[pk]


def _day(text: str, obligation: Obligation) -> dt.date | None:
    """The day that was typed, today where none was; refused where there is no such day."""
    day = asked.day(text)
    if text.strip() and day is None:
        source = entry_of(obligation).source
        problem = f"没有“{text.strip()[:20]}”这一天，请写成 2026-11-15 这样；方案 {source} 规定的期限是 {obligation.deadline}。"
        raise Refused({"done_on": problem})
    return day
