"""The phases of the scheme on a line of time, their tasks, and how far what was given of them is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_GET

from greenhood.coordination import stages, standing
from greenhood.coordination.clauses import line_of
from greenhood.coordination.models import Source, State
from greenhood.coordination.queries import assignments
from greenhood.coordination.queries.assignments import Progress
from greenhood.coordination.views import common
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import scheme_for


@require_GET
def phases_mine(request: HttpRequest) -> HttpResponse:
    _, division = common.own(request)
    return redirect("coordination:phases", division.code)


@require_GET
def phases(request: HttpRequest, code: int) -> HttpResponse:
    division = common.division_at(request, code)
    version, today = scheme_for(division), today_in_shanghai()
    context: dict[str, Any] = {
        "page_title": f"{division.name}工作阶段",
        "tabs": common.tabs("phases"),
        "division": division,
        "version": version,
        "today": today,
        "may_give": standing.gives_for(request.actor, division.pk),
    }
    if version is not None:
        context |= _stages(division, version)
        context["above"] = [
            {"version": above, "stages": stages.of(above.scheme, today)} for above in line_of(version)[1:]
        ]
    return render(request, "coordination/phases.html", context)


def _stages(division: Division, version: SchemeVersion) -> dict[str, Any]:
    found = stages.of(version.scheme, today_in_shanghai())
    given = assignments.by_task(division, version.scheme_id)
    places = assignments.by_place(division, version.scheme_id)
    here = {"source": str(Source.PHASE), "scheme": version.scheme_id, "within": str(division.code)}
    return {
        "stages": [
            {
                "stage": stage,
                "tasks": [_task(asked, given.get(asked.key), here) for asked in stage.tasks],
                "whole": _sum([given.get(asked.key, Progress()) for asked in stage.tasks]),
                "urls": _urls(here | {"phase": stage.phase.key}),
            }
            for stage in found
        ],
        "places": [
            {
                "division": place,
                "phases": [
                    {
                        "progress": by.get(stage.phase.key),
                        "urls": _urls(here | {"phase": stage.phase.key, "within": str(place.code)}),
                    }
                    for stage in found
                ],
            }
            for place, by in places
        ],
    }


def _task(asked: stages.Asked, progress: Progress | None, here: dict[str, str]) -> dict[str, Any]:
    return {
        "asked": asked,
        "progress": progress,
        "urls": _urls(here | {"item": asked.key}),
        "give_url": f"{reverse('coordination:new_task')}?{urlencode({'phase': asked.key})}",
    }


def _urls(asked: dict[str, str]) -> dict[str, str]:
    """Where the figures lead to: what was given, and how many of them are done, handed in and overdue."""
    start = reverse("coordination:tasks")
    states = {"given": "counted", "accepted": State.ACCEPTED, "handed_in": State.HANDED_IN, "overdue": "overdue"}
    return {name: f"{start}?{urlencode(asked | {'state': str(state)})}" for name, state in states.items()}


def _sum(parts: list[Progress]) -> Progress:
    return Progress(*(sum(getattr(part, name) for part in parts) for name in Progress.__slots__))
