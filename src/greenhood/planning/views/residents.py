"""What a community writes down of asking its residents about its work plan: consultations, opinions, answers."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from greenhood.accounts.actor import Actor
from greenhood.planning import consulting, sections
from greenhood.planning.models import Consultation, WorkPlan
from greenhood.planning.views.finding import number, uuid_or_none
from greenhood.planning.views.work import take_step


@require_POST
def consult(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down a consultation, by the recorded meeting or by hand."""

    def step(plan: WorkPlan, actor: Actor) -> str:
        consulting.consult(
            plan,
            held_on=sections.day(request.POST.get("held_on", "")),
            form=request.POST.get("form", ""),
            people=number(request.POST.get("people", "")),
            summary=request.POST.get("summary", "").replace("\r\n", "\n"),
            fact=uuid_or_none(request.POST.get("fact", "")),
            key=uuid_or_none(request.POST.get("key", "")),
            by=actor,
        )
        return "已登记协商情况。"

    return take_step(request, pk, step, "consultations")


@require_POST
def remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    def step(plan: WorkPlan, actor: Actor) -> str:
        consulting.remove_consultation(_consultation(request, plan), by=actor)
        return "已删去这次协商记录，可以在“删去的协商记录”里恢复。"

    return take_step(request, pk, step, "consultations")


@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    def step(plan: WorkPlan, actor: Actor) -> str:
        consulting.restore_consultation(_consultation(request, plan), by=actor)
        return "已恢复这次协商记录。"

    return take_step(request, pk, step, "consultations")


def _consultation(request: HttpRequest, plan: WorkPlan) -> Consultation:
    found = plan.consultations.filter(pk=uuid_or_none(request.POST.get("consultation", ""))).first()
    if found is None:
        raise Http404
    return found


@require_POST
def opinion(request: HttpRequest, pk: UUID) -> HttpResponse:
    def step(plan: WorkPlan, actor: Actor) -> str:
        said_by, text = request.POST.get("said_by", ""), request.POST.get("text", "").replace("\r\n", "\n")
        consulting.hear(plan, said_by=said_by, text=text, key=uuid_or_none(request.POST.get("key", "")), by=actor)
        return "已登记意见。"

    return take_step(request, pk, step, "opinions")


@require_POST
def answer(request: HttpRequest, pk: UUID) -> HttpResponse:
    def step(plan: WorkPlan, actor: Actor) -> str:
        found = plan.opinions.filter(pk=uuid_or_none(request.POST.get("opinion", ""))).first()
        if found is None:
            raise Http404
        consulting.answer(
            found,
            outcome=request.POST.get(f"outcome-{found.pk}", ""),
            text=request.POST.get(f"answer-{found.pk}", ""),
            seen=_moment(request.POST.get("seen", "")),
            by=actor,
        )
        return "已答复。"

    return take_step(request, pk, step, "opinions")


def _moment(text: str) -> dt.datetime | None:
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    return found if found and found.tzinfo else None
