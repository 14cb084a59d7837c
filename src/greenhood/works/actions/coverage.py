"""What a project covers: whole communities, estates and buildings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division, Level
from greenhood.facts import queries as facts
from greenhood.facts.kinds import kind as fact_kind
from greenhood.works.actions.holding import hold, record, save
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import Covered, Project, State


@dataclass(frozen=True, slots=True)
class Wanted:
    """One thing to be covered: a whole community (no ``thing``), an estate or a building of it."""

    community: Division
    kind: str = Covered.Thing.COMMUNITY
    thing: UUID | None = None
    buildings_planned: int | None = None
    buildings_done: int | None = None


@transaction.atomic
def cover(
    project: Project, wanted: Sequence[Wanted], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Project:
    """Say what a project covers, all of it anew. What was recorded as facts from it stays. Raises NotPossible."""
    held = hold(project, by, revision)
    if not wanted and held.state != State.DRAFT:
        raise NotPossible("项目至少覆盖一个社区。")
    names = _names(wanted)
    present = {(row.community_id, row.kind, row.thing): row for row in held.covered.all()}
    kept: set[UUID] = set()
    for one in wanted:
        _check_covered(held, one, names)
        row = present.get((one.community.pk, one.kind, one.thing)) or Covered(
            project=held, community=one.community, kind=one.kind, thing=one.thing
        )
        row.name = names.get((one.community.pk, one.thing), "") if one.thing else ""
        row.buildings_planned, row.buildings_done = one.buildings_planned, one.buildings_done
        row.save()
        kept.add(row.pk)
    gone = [row for row in present.values() if row.pk not in kept]
    if taken := next((row for row in gone if row.recorded), None):
        raise NotPossible(f"“{taken.name}”已记入社区信息，请先撤销记入，再从覆盖范围中去掉。")
    Covered.objects.filter(pk__in=[row.pk for row in gone]).delete()
    save(held)
    communities = sorted({one.community.name for one in wanted})
    things = sum(bool(one.thing) for one in wanted)
    record(Event.COVERED, held, by, at, details={"社区": "、".join(communities[:20]), "小区和楼栋": things})
    return held


def _check_covered(project: Project, one: Wanted, names: Mapping[tuple[int, UUID | None], str]) -> None:
    if one.community.level != Level.COMMUNITY or not project.division.contains(one.community):
        raise NotPossible(f"{one.community.name}不是{project.division.name}的社区。", field="communities")
    if one.thing and (one.community.pk, one.thing) not in names:
        raise NotPossible(
            f"{one.community.name}没有登记所选的小区或楼栋，可能已注销，请重新选择。", field="communities"
        )
    if one.buildings_done is not None and (one.buildings_planned is None or one.buildings_done > one.buildings_planned):
        raise NotPossible(
            f"“{names.get((one.community.pk, one.thing), one.community.name)}”的已改造楼栋不能多于计划改造楼栋。",
            field="communities",
        )


def _names(wanted: Iterable[Wanted]) -> dict[tuple[int, UUID | None], str]:
    """What the things are called, by community. One query for each kind of thing."""
    found: dict[tuple[int, UUID | None], str] = {}
    for key in (Covered.Thing.ESTATE, Covered.Thing.BUILDING):
        asked = [one for one in wanted if one.kind == key and one.thing]
        if asked:
            rows = facts.current(fact_kind(key), {one.community.pk for one in asked})
            for community, thing, name in rows.filter(thing__in=[one.thing for one in asked]).values_list(
                "community", "thing", "name"
            ):
                found[community, thing] = name or fact_kind(key).title
    return found
