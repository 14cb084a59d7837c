"""记入社区信息: what a finished project has done is written into the facts of its estates and buildings, once, so that nobody types it twice.

The indicators of renovation count those facts. It can be taken back as long as nobody has written a newer version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.facts import actions as facts
from greenhood.facts.errors import BadFact, Conflict
from greenhood.facts.kinds import kind as kind_of
from greenhood.facts.models import Fact, Source
from greenhood.facts.queries import latest, values_of
from greenhood.kit.dates import today_in_shanghai
from greenhood.works.actions.holding import hold, record, save
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import Covered, Kind, Project


def offered(project: Project, row: Covered) -> bool:
    """Whether a covered thing has something to be recorded: the project is finished and its kind says something of such a thing."""
    if not project.is_done or row.recorded or row.thing is None:
        return False
    if row.kind == Covered.Thing.ESTATE:
        return Kind.OLD_ESTATE in project.kinds and row.buildings_done is not None
    return row.kind == Covered.Thing.BUILDING and bool({Kind.ENERGY, Kind.LIFT} & set(project.kinds))


def news(project: Project, row: Covered, present: Fact) -> dict[str, Any]:
    """The columns of the fact that a finished project changes, with what they become."""
    if row.kind == Covered.Thing.ESTATE:
        planned = max(row.buildings_planned or 0, row.buildings_done or 0)
        before_planned = getattr(present, "renovation_planned", None) or 0
        before_finished = getattr(present, "renovation_finished", None) or 0
        return {
            "renovation_year": getattr(present, "renovation_year", None) or project.last_year,
            "renovation_planned": max(planned, before_planned),
            "renovation_finished": max(row.buildings_done or 0, before_finished),
        }
    found: dict[str, Any] = {}
    if Kind.ENERGY in project.kinds:
        found["is_retrofitted"] = True
    if Kind.LIFT in project.kinds:
        found["has_lift"] = True
    return found


@transaction.atomic
def record_covered(row: Covered, *, by: Actor, at: dt.datetime | None = None) -> Covered:
    """Write what was done at a covered estate or building into its fact. Asked twice it is done once. Raises NotPossible."""
    held, project = _held(row, by)
    if held.recorded:
        return held
    if not offered(project, held):
        raise NotPossible("项目完工并填写已改造楼栋以后，才能记入社区信息。")
    kind, present = kind_of(held.kind), _present(held)
    changed = news(project, held, present)
    assert project.actual_finish is not None
    today = today_in_shanghai(at)
    # Never before what is known already: a newer survey isn't overwritten by the day of an older work.
    dated = min(max(project.actual_finish, present.dated), today)
    version = _write(kind, held, present, changed, dated, by, at, f"改造项目 {project.number} {project.name}"[:200])
    held.recorded, held.recorded_on = version.id, today
    held.before = {name: getattr(present, name) for name in changed}
    held.save(update_fields=["recorded", "recorded_on", "before"])
    save(project)
    record(
        Event.RECORDED,
        project,
        by,
        at,
        details={"对象": held.name, **{kind.column(name).title: str(value) for name, value in changed.items()}},
    )
    return held


@transaction.atomic
def take_back(row: Covered, *, by: Actor, at: dt.datetime | None = None) -> Covered:
    """Undo ``record_covered``: the columns are as they were. Raises NotPossible when somebody wrote newer figures since."""
    held, project = _held(row, by)
    if not held.recorded:
        return held
    present = latest(kind_of(held.kind), held.community, _thing(held))
    if present is None or present.id != held.recorded:
        raise NotPossible(f"“{held.name}”此后又更新过，不能撤销记入。请在社区库里直接更正。")
    _write(
        kind_of(held.kind),
        held,
        present,
        held.before,
        present.dated,
        by,
        at,
        f"撤销记入：改造项目 {project.number}"[:200],
    )
    held.recorded, held.recorded_on, held.before = None, None, {}
    held.save(update_fields=["recorded", "recorded_on", "before"])
    save(project)
    record(Event.UNRECORDED, project, by, at, details={"对象": held.name})
    return held


def _held(row: Covered, by: Actor) -> tuple[Covered, Project]:
    project = hold(row.project, by)
    held = Covered.objects.select_for_update(of=("self",)).select_related("community").get(pk=row.pk)
    if not by.may(Capability.RECORD, held.community):
        raise NotPossible("您的岗位没有登记社区信息的权限，请社区或街道在社区库中登记。")
    return held, project


def _present(held: Covered) -> Fact:
    present = latest(kind_of(held.kind), held.community, _thing(held))
    if present is None:
        raise NotPossible(f"“{held.name}”已在社区库中注销，不能记入。")
    return present


def _thing(held: Covered) -> UUID:
    assert held.thing is not None
    return held.thing


def _write(
    kind: Any,
    held: Covered,
    present: Fact,
    changed: Mapping[str, Any],
    dated: dt.date,
    by: Actor,
    at: dt.datetime | None,
    note: str,
) -> Fact:
    place = {name: getattr(present, name) for name in ("longitude", "latitude", "geometry", "captured_in")}
    try:
        return facts.record(
            kind,
            held.community,
            values_of(present) | place | dict(changed),
            dated=dated,
            by=by,
            thing=held.thing,
            replaces=present.id,
            source=Source.TYPED,
            source_note=note,
            at=at,
            is_demonstration=present.is_demonstration,
        )
    except BadFact as problem:
        raise NotPossible(f"“{held.name}”：{'；'.join(problem.problems.values())}") from problem
    except Conflict as problem:
        raise NotPossible(f"“{held.name}”刚被他人更新，请刷新后再试。") from problem
