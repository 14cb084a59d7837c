"""Plans as the tests write them, all through actions."""

from __future__ import annotations

from typing import Any

from greenhood.accounts.actor import Actor
from greenhood.planning import actions, consulting, filing, queries, work_actions
from greenhood.planning.models import Plan, WorkPlan
from tests.cast import Cast
from tests.declarations.stage import moment

YEAR = 2026
HEAD = {
    "title": "武侯区绿色社区创建行动实施方案（2026年）",
    "number": "",
    "issuer": "武侯区人民政府",
    "issued": "2026-03-01",
    "begins": "2026-01-01",
    "ends": "2027-12-31",
    "departments": "区住房建设和交通局\n区民政局",
    "basis": "",
}
ENTRY_POINT = {
    "community_type": "老旧小区集中的社区",
    "problem": "设施老化，没有物业",
    "approach": "老旧小区改造和自治物业",
}
GOAL = {"key": "", "title": "全区65%以上的城市社区达到创建要求", "measure": "reached", "each": "", "unit": "share", "amount": "65", "by": "2027-12-31"}  # fmt: skip
TASK = {"year": "2026", "title": "完成第一批", "text": "20 个社区达标", "department": "区民政局", "by": "2026-11-30"}
PROJECT = {"title": "玉林片区改造", "text": "", "communities": "晋阳社区、不存在的社区", "codes": "", "money": "1200.5", "funds": "中央补助", "department": "区住房建设和交通局", "by": ""}  # fmt: skip
MEASURE = {"title": "加强督导", "text": "每季度通报一次。", "part": ""}
DUTY = {"part": "培育社区绿色文化", "text": "", "guiding": "区民政局", "implementing": "各街道"}
NO_CHANGES: dict[str, Any] = {"marks": {}, "levels": {}, "dropped": [], "checks": [], "criteria": [], "reasons": {}}


def save(plan: Plan, key: str, *rows: dict[str, str], by: Actor) -> Plan:
    fresh = queries.with_all().get(pk=plan.pk)
    return actions.save_section(fresh, key, [dict(row) for row in rows], revision=fresh.revision, by=by)


def change_standard(plan: Plan, by: Actor, **given: Any) -> Plan:
    fresh = queries.with_all().get(pk=plan.pk)
    return actions.save_standard(fresh, {**NO_CHANGES, **given}, revision=fresh.revision, by=by)


def write(plan: Plan, by: Actor) -> Plan:
    """Everything that a plan must say."""
    save(plan, "head", HEAD, by=by)
    save(plan, "entry_points", ENTRY_POINT, by=by)
    save(plan, "goals", GOAL, by=by)
    save(plan, "yearly", TASK, by=by)
    save(plan, "projects", PROJECT, by=by)
    save(plan, "measures", MEASURE, by=by)
    save(plan, "duties", DUTY, by=by)
    return queries.with_all().get(pk=plan.pk)


def filed(cast: Cast) -> Plan:
    """The county's plan, filed with the city; a scheme must be in force."""
    plan = write(actions.start(cast.county, year=YEAR, by=cast.county_officer), cast.county_officer)
    filing.submit(plan, signed_by="张敏", revision=plan.revision, by=cast.county_officer)
    return queries.with_all().get(pk=plan.pk)


def work_plan(cast: Cast) -> WorkPlan:
    """The community's work plan: goals and one item; a scheme must be in force."""
    plan = work_actions.start(cast.community, year=YEAR, by=cast.worker)
    return work_actions.save(plan, goals="年底前达标。", items=[ITEM], revision=plan.revision, by=cast.worker)


ITEM = {"id": "", "criterion": "10", "title": "改造投放点", "owner": "李芳", "due_on": "2026-11-30", "money": "12000", "residents": "志愿值守"}  # fmt: skip


def published(cast: Cast) -> WorkPlan:
    """The same, agreed with residents and published."""
    plan, by = work_plan(cast), cast.worker
    held_on = moment(YEAR, 3, 2).date()
    consulting.consult(plan, held_on=held_on, form="居民议事会", people=30, summary="同意。", by=by)
    said = consulting.hear(plan, said_by="3 号楼居民", text="投放点太近。", by=by)
    consulting.answer(said, outcome="adopted", text="已移到东门。", by=by)
    work_actions.publish(plan, revision=plan.revision, by=by)
    return WorkPlan.objects.select_related("community", "version").get(pk=plan.pk)
