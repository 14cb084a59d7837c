"""Every view's first lines: find the project, see whether the post may see or keep it, read the filters of the address."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from django.http import HttpRequest

from greenhood.accounts.access import NotAllowed, require
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.kit.dates import today_in_shanghai
from greenhood.works.models import Kind, Origin, Project
from greenhood.works.queries import projects as found
from greenhood.works.queries.projects import SHOWN, Filters

FIRST = 2015


def project_for(request: HttpRequest, pk: UUID) -> tuple[Project, Actor]:
    """404 for strangers."""
    actor = require(request, Capability.VIEW)
    project = found.project_for(actor, pk)
    request.place = project.division
    return project, actor


def kept_for(request: HttpRequest, pk: UUID) -> tuple[Project, Actor]:
    """A project that the post may change; 404 for strangers, 403 with the reason for readers."""
    project, _ = project_for(request, pk)
    actor = require(request, Capability.KEEP_PROJECTS)
    if not found.may_keep(actor, project.division, project.department):
        who = project.department or project.division.name
        raise NotAllowed(f"这个项目由{who}主管，您的岗位可以查看，不能办理。")
    return project, actor


def filters_in(request: HttpRequest) -> Filters:
    """What the address narrows to; words that mean nothing are left out."""
    asked = request.GET
    year = asked.get("year", "")
    return Filters(
        year=int(year) if year.isascii() and year.isdecimal() and len(year) == 4 else None,
        kind=asked.get("kind", "") if asked.get("kind") in Kind.values else "",
        origin=asked.get("origin", "") if asked.get("origin") in Origin.values else "",
        state=asked.get("state", "") if asked.get("state") in SHOWN else "",
        text=" ".join(asked.get("q", "").split())[:60],
        department=asked.get("department", "").strip()[:120],
        covering=asked.get("covering") == "yes",
        own=asked.get("own") == "yes",
    )


def day_in(request: HttpRequest) -> tuple[dt.date | None, str]:
    """The day that the address asks for (None: today), and what is wrong with it."""
    text = request.GET.get("as_of", "").strip()
    if not text:
        return None, ""
    today = today_in_shanghai()
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None, f"日期“{text[:20]}”不正确，例如 2026-06-30。以下为今天的情况。"
    if day > today:
        return None, f"{day} 还没有到，以下为今天（{today}）的情况。"
    return (None if day == today else day), ""


def choices(filters: Filters) -> dict[str, object]:
    """What the filter bar offers."""
    this_year = today_in_shanghai().year
    return {
        "filters": filters,
        "years": range(this_year + 3, FIRST - 1, -1),
        "kinds": Kind.choices,
        "origins": Origin.choices,
        "states": SHOWN.items(),
    }
