"""The demonstration's plans: 武侯区's under the province's scheme waits to be taken on file, a street's is being written, 赵巷镇's new version
was returned; communities have work plans that residents were asked about.

None is put in force: the demonstration's communities go on under the documents that really are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any, Protocol

from greenhood.demo import people
from greenhood.demo.agenda import Agenda, Days
from greenhood.demo.people import Crew
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.planning import actions, consulting, filing, queries, work_actions
from greenhood.planning.models import Plan, WorkPlan

MARK = "（演示）"
BEGUN, FILED, RETURNED = 34, 18, 9
# The communities with a work plan: published with progress, being consulted, just begun.
PUBLISHED, CONSULTED, BEGUN_PLAN = 510107001004, 510107001005, 510107001006
NO_CHANGES: dict[str, Any] = {"marks": {}, "levels": {}, "dropped": [], "checks": [], "criteria": [], "reasons": {}}


class Stage(Protocol):
    agenda: Agenda
    days: Days
    crew: Crew
    places: Mapping[int, Division]


def plan(stage: Stage) -> None:
    """Put plans and work plans on the agenda."""
    put, at = stage.agenda.put, stage.days.at
    put(at(BEGUN, 40), partial(_write_county, stage))
    put(at(FILED, 50), partial(_file, stage, people.WUHOU, "xian", "张敏"))
    put(at(FILED - 1, 30), partial(_begin_street, stage))
    put(at(BEGUN, 70), partial(_write_town, stage))
    put(at(FILED, 80), partial(_file, stage, people.ZHAOXIANG, "zx-zhen", "沈军"))
    put(at(RETURNED, 45), partial(_return_town, stage))
    put(at(12, 60), partial(_begin_work, stage, PUBLISHED))
    put(at(11, 60), partial(_ask_residents, stage, PUBLISHED))
    put(at(10, 90), partial(_publish_work, stage, PUBLISHED))
    put(at(2, 30), partial(_report_work, stage, PUBLISHED))
    put(at(8, 60), partial(_begin_work, stage, CONSULTED))
    put(at(7, 60), partial(_ask_residents, stage, CONSULTED))
    put(at(3, 60), partial(_begin_work, stage, BEGUN_PLAN))


# --- governments -----------------------------------------------------------------------------------------------------


def _save(plan: Plan, stage: Stage, who: str, at: dt.datetime, **sections: list[dict[str, str]]) -> Plan:
    for key, rows in sections.items():
        plan = queries.with_all().get(pk=plan.pk)
        plan = actions.save_section(plan, key, rows, revision=plan.revision, by=stage.crew[who], at=at)
    return queries.with_all().get(pk=plan.pk)


def _start(stage: Stage, code: int, who: str, at: dt.datetime) -> Plan:
    year = today_in_shanghai(at).year
    return actions.start(divisions.by_code(code), year=year, by=stage.crew[who], at=at, is_demonstration=True)


def _write_county(stage: Stage, at: dt.datetime) -> None:
    plan = _start(stage, people.WUHOU, "xian", at)
    year = plan.year
    head = {
        **plan.content["head"],
        "title": f"{MARK}武侯区绿色社区创建行动实施方案（{year}年）",
        "ends": f"{year + 1}-12-31",
    }
    head["departments"] = "区住房和城乡建设局\n区民政局\n区生态环境局\n区综合行政执法局\n各街道办事处"
    goals = [
        _goal("全区达到创建要求的城市社区达到65%以上", "65", f"{year + 1}-12-31"),
        _goal("全区参与创建的城市社区达到90%以上", "90", f"{year}-12-31", measure="participating"),
    ]
    plan = _save(
        plan, stage, "xian", at,
        head=[head],
        entry_points=[
            _row(community_type="老旧小区集中的社区", problem="设施老化、停车难、没有物业", approach="老旧小区改造和院落自治"),
            _row(community_type="新建商品房小区", problem="邻里生疏，垃圾分类投放不准", approach="业主共商和分类督导"),
        ],
        goals=goals,
        phases=[
            _row(title="动员摸底", begins=f"{year}-01-05", ends=f"{year}-03-31", text="逐社区摸清底数，确定切入点。"),
            _row(title="全面创建", begins=f"{year}-04-01", ends=f"{year}-10-31", text="对照标准补短板，组织申报。"),
            _row(title="总结提升", begins=f"{year}-11-01", ends=f"{year + 1}-12-31", text="复查整改，推广做法。"),
        ],
        yearly=[
            _row(year=str(year), title="第一批社区达标", text="各街道不少于 3 个社区申报。", department="区住房和城乡建设局", by=f"{year}-11-30"),
            _row(year=str(year + 1), title="第二批社区达标", text="覆盖老旧小区集中的社区。", department="区住房和城乡建设局", by=f"{year + 1}-10-31"),
        ],
        projects=[
            _row(title=f"{MARK}浆洗街片区院落改造", text="道路、排水、照明和小微绿地。", communities="洗面桥社区、蜀汉街社区", codes="", money="1860", funds="中央和省级补助、区级配套", department="区住房和城乡建设局", by=f"{year}-12-20"),
        ],
        measures=[
            _row(title="每季度通报", text="按社区公布创建进度和短板。", part=""),
            _row(title="专家进社区", text="每个街道联系一名社区规划师。", part=""),
        ],
        duties=[
            {**row, "guiding": guiding, "implementing": "各街道办事处"}
            for row, guiding in zip(
                plan.content["duties"], ["区民政局", "区住房和城乡建设局", "区综合行政执法局", "区住房和城乡建设局", "区生态环境局"], strict=False
            )
        ],
        calendar=[
            _row(key="", title="街道年度总结", kind="report", reporter="street", frequency="annual", month="10", day="20", on="", asks="开展情况、存在问题、下一步安排"),
        ],
    )  # fmt: skip
    given = {
        **NO_CHANGES,
        "levels": {"green": "72"},
        "criteria": [
            _row(no="", part=plan.higher.scheme.standard.parts[-1].title, title="建有居民低碳驿站并定期开放", kind="met", points="", checks=""),
        ],
    }  # fmt: skip
    actions.save_standard(plan, given, revision=plan.revision, by=stage.crew["xian"], at=at)


def _goal(title: str, amount: str, by: str, *, measure: str = "reached") -> dict[str, str]:
    return _row(key="", award="", title=title, measure=measure, each="", unit="share", amount=amount, by=by)


def _row(**fields: str) -> dict[str, str]:
    return fields


def _begin_street(stage: Stage, at: dt.datetime) -> None:
    plan = _start(stage, people.JIANGXI_STREET, "jiedao", at)
    point = _row(community_type="院落型老旧社区", problem="无物业院落多", approach="院落自治和准物业服务")
    _save(plan, stage, "jiedao", at, entry_points=[point])


def _write_town(stage: Stage, at: dt.datetime) -> None:
    """A new version of the town's own document: its goals go on, one day later than the higher one's."""
    plan = _start(stage, people.ZHAOXIANG, "zx-zhen", at)
    year = plan.year
    plan = _save(
        plan, stage, "zx-zhen", at,
        head=[{**plan.content["head"], "title": f"{MARK}赵巷镇绿色社区创建行动实施方案（{year}年）", "ends": f"{year + 1}-12-31"}],
        entry_points=[_row(community_type="动迁安置社区", problem="楼道堆物、充电难", approach="楼组自治和集中充电棚")],
        yearly=[_row(year=str(year), title="名单内社区全部申报", text="", department="", by=f"{year}-10-30")],
        measures=[_row(title="三大整治办每月检查", text="检查结果纳入年度考核。", part="")],
    )  # fmt: skip
    looked = queries.looked_at(plan)
    reasons = {one.key: f"{MARK}沿用本镇现行方案的安排，申报程序由市、区统一规定。" for one in looked.unexplained}
    actions.save_reasons(plan, reasons, revision=plan.revision, by=stage.crew["zx-zhen"], at=at)


def _file(stage: Stage, code: int, who: str, signed_by: str, at: dt.datetime) -> None:
    plan = queries.in_work(divisions.by_code(code))
    if plan is not None:
        filing.submit(plan, signed_by=f"{signed_by}{MARK}", revision=plan.revision, by=stage.crew[who], at=at)


def _return_town(stage: Stage, at: dt.datetime) -> None:
    plan = queries.in_work(divisions.by_code(people.ZHAOXIANG))
    if plan is not None and plan.obligation is None:
        reasons = {"measures": f"{MARK}请写明居民参与的办法和经费保障。"}
        filing.give_back(plan, reasons=reasons, revision=plan.revision, by=stage.crew["zx-qu"], at=at)


# --- communities -----------------------------------------------------------------------------------------------------


def _begin_work(stage: Stage, code: int, at: dt.datetime) -> None:
    community = stage.places[code]
    by, year = stage.crew.worker(community), today_in_shanghai(at).year
    plan = work_actions.start(community, year=year, by=by, at=at, is_demonstration=True)
    if code == BEGUN_PLAN:
        return
    items = [
        {"id": str(item.pk), "criterion": str(item.criterion or ""), "title": item.title, "owner": owner, "due_on": f"{year}-12-{10 + number}", "money": money, "residents": residents}
        for number, (item, (owner, money, residents)) in enumerate(zip(plan.items.all(), HOW * 3, strict=False))
    ]  # fmt: skip
    goals = f"{MARK}年底前达到“绿色社区”要求，先解决居民反映最多的垃圾投放、院落照明和停车问题。"
    work_actions.save(plan, goals=goals, items=items, revision=plan.revision, by=by, at=at)


HOW = [
    ("社区书记（演示）", "", "楼组长参加议事"),
    ("物业项目经理（演示）", "12000", "志愿者值守投放点"),
    ("网格员（演示）", "3000", "居民认领楼道"),
    ("社区文书（演示）", "", "参加绿色家庭评选"),
]


def _work(stage: Stage, code: int) -> WorkPlan:
    return WorkPlan.objects.select_related("community", "version").get(
        community=stage.places[code], is_demonstration=True
    )


def _ask_residents(stage: Stage, code: int, at: dt.datetime) -> None:
    plan = _work(stage, code)
    by = stage.crew.worker(plan.community)
    consulting.consult(
        plan, held_on=today_in_shanghai(at), form="居民议事会（演示）", people=36, by=by, at=at,
        summary="讨论了工作安排，同意先改造垃圾投放点和院落照明，停车问题由业委会再征求意见。",
    )  # fmt: skip
    said = consulting.hear(
        plan, said_by="3 号楼居民（演示）", text="投放点离儿童活动场地太近，希望移开。", by=by, at=at
    )
    consulting.hear(plan, said_by="业委会（演示）", text="停车位改造要先公示方案。", by=by, at=at)
    consulting.answer(said, outcome="adopted", text="已改到东门，与街道确认后施工。", by=by, at=at)


def _publish_work(stage: Stage, code: int, at: dt.datetime) -> None:
    plan = _work(stage, code)
    by = stage.crew.worker(plan.community)
    for opinion in plan.opinions.filter(answered_at=None):
        consulting.answer(opinion, outcome="partly", text="方案先公示 7 天，再分两期实施。", by=by, at=at)
    plan.refresh_from_db()
    work_actions.publish(plan, revision=plan.revision, by=by, at=at)


def _report_work(stage: Stage, code: int, at: dt.datetime) -> None:
    plan = _work(stage, code)
    far = ("100", "60", "30", "0")
    progress = {
        str(item.pk): (far[number % len(far)], "（演示）按计划推进。") for number, item in enumerate(plan.items.all())
    }
    seen = dict.fromkeys(progress, ("0", ""))
    work_actions.report_progress(plan, progress=progress, seen=seen, by=stage.crew.worker(plan.community), at=at)
