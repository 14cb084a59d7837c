"""Sets the stage for projects: an estate, a project over it, money; all through actions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from greenhood.accounts import actions as accounts
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.works.actions import coverage, money, projects, steps
from greenhood.works.actions.coverage import Wanted
from greenhood.works.actions.projects import Terms
from greenhood.works.actions.stages import StageTerms, set_stages
from greenhood.works.models import Movement, Project, Source, Stage
from tests.cast import Cast, appoint
from tests.facts.samples import make as make_fact

DAY = dt.date(2026, 3, 2)
WAN = Decimal(10_000)


def terms(**chosen: Any) -> Terms:
    given: dict[str, Any] = {
        "name": "晋阳苑改造",
        "kinds": ["old-estate", "sponge"],
        "first_year": 2026,
        "last_year": 2026,
    }
    return Terms(**{**given, "investment": 500 * WAN, **chosen})


def estate(community: Division, by: Actor, **chosen: Any) -> Any:
    return make_fact("estates", community, by, name=chosen.pop("name", "晋阳苑"), **chosen)


def draft(division: Division, by: Actor, **chosen: Any) -> Project:
    return projects.create(division, terms(**chosen), by=by)


def planned(
    cast: Cast, *, division: Division | None = None, by: Actor | None = None, over: Any = None, **chosen: Any
) -> Project:
    """On the plan, over an estate of the first community."""
    by = by or cast.county_officer
    project = draft(division or cast.county, by, **chosen)
    thing = over or estate(cast.community, cast.worker)
    wanted = [Wanted(thing.community, "estates", thing.thing, buildings_planned=6, buildings_done=4)]
    project = coverage.cover(project, wanted, revision=project.revision, by=by)
    return steps.move(project, "plan", revision=project.revision, by=by, day=DAY)


def finished(cast: Cast, **chosen: Any) -> Project:
    by = cast.county_officer
    project = planned(cast, **chosen)
    project = steps.move(project, "start", revision=project.revision, by=by, day=DAY)
    stages = [
        StageTerms(stage.title, stage.weight, stage.pk, actual_start=DAY, actual_finish=DAY)
        for stage in Stage.objects.filter(project=project).order_by("place")
    ]
    project = set_stages(project, stages, revision=project.revision, by=by)
    return steps.move(project, "finish", revision=project.revision, by=by, day=DAY)


def source(project: Project, by: Actor, *, budget: int = 100, arrived: int = 0, paid: int = 0, **chosen: Any) -> Source:
    """A source with so many 万元 granted, arrived and paid."""
    given = {"origin": "central", "channel": "城镇老旧小区改造", "dated": DAY, "document": "财建〔2026〕1号"} | chosen
    row = money.add_source(project, budget=budget * WAN, by=by, **given)
    if arrived:
        enter(row, "arrival", arrived, by)
    if paid:
        enter(row, "payment", paid, by)
    return Source.objects.select_related("project").get(pk=row.pk)


def enter(row: Source, kind: str, wan: Any, by: Actor, **chosen: Any) -> Movement:
    given: dict[str, Any] = {"dated": DAY, "document": f"凭证{kind}{row.pk.hex[-6:]}", "payee": "", "purpose": ""}
    if kind == "payment":
        given |= {"payee": "某建筑公司", "purpose": "工程进度款"}
    return money.enter(row, kind, amount=Decimal(wan) * WAN, by=by, **(given | chosen))


def fresh(row: Any) -> Any:
    return type(row).objects.get(pk=row.pk)


def today() -> dt.date:
    return today_in_shanghai()


def department(cast: Cast, name: str) -> Actor:
    actor = appoint("部门", f"dept{len(name)}", None, None)
    post = accounts.grant_post(
        actor.user,
        by=Actor.system(),
        role=Role.DEPARTMENT_OFFICER,
        division=cast.county,
        department=name,
        valid_from=dt.date(2020, 1, 1),
    )
    return Actor(actor.user, post)
