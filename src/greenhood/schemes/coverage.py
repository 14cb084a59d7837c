"""Clause by clause: where in the product a policy works, and what is honestly not built yet.

A scheme lists its clauses and, for each, the features that carry it out. The features are named here once. A feature
without an address is not built yet; the coverage page says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from greenhood.schemes.format import Clause, Scheme

SHOWN = 60
"""How many characters of a clause stand in the table of the documentation."""


@dataclass(frozen=True, slots=True)
class Feature:
    """Something the product does. ``url_name`` is where to see it, None while it is not built.

    ``lack`` says what a feature that is only begun cannot do yet; what it carries out is then carried out in part.
    """

    key: str
    title: str
    url_name: str | None = None
    lack: str = ""


class State(StrEnum):
    """How far a clause is carried out."""

    WORKS = "works"
    PARTLY = "partly"
    NOT_BUILT = "not-built"
    NO_ACTION = "no-action"


STATE_TITLES = {
    State.WORKS: "已实现",
    State.PARTLY: "部分实现",
    State.NOT_BUILT: "尚未建成",
    State.NO_ACTION: "无需系统支持",
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """One clause and the features that carry it out."""

    clause: Clause
    features: tuple[Feature, ...]

    @property
    def state(self) -> State:
        if not self.features:
            return State.NO_ACTION
        if all(feature.url_name and not feature.lack for feature in self.features):
            return State.WORKS
        begun = any(feature.url_name for feature in self.features)
        return State.PARTLY if begun else State.NOT_BUILT

    @property
    def state_title(self) -> str:
        return STATE_TITLES[self.state]


def _features(*rows: tuple[str, str, str | None] | tuple[str, str, str, str]) -> dict[str, Feature]:
    return {row[0]: Feature(*row) for row in rows}


RECORDS = "facts:communities"


FEATURES: dict[str, Feature] = _features(
    # the policy itself
    ("scheme", "制度方案：条款、标准与版本", "schemes:list"),
    ("scheme-settings", "开放参数：默认值、理由与发布时取值", "schemes:detail"),
    ("scheme-check", "方案检查：与上级方案的差异", "site:publish-scheme"),
    ("scheme-diff", "方案比较：两版或两地之间的不同", "schemes:diff"),
    ("scheme-publishing", "方案发布", "site:publish-scheme"),
    ("standard", "创建标准", "schemes:standard"),
    ("calendar", "工作日历与报送义务", "schemes:calendar"),
    ("goals", "创建目标与进度对照", "programme:goals"),
    ("phases", "阶段任务推进", "coordination:phases_mine"),
    ("duties", "职责分工与部门任务", "coordination:duties_mine"),
    ("roster", "年度创建名单", "programme:goals"),
    # where and who
    ("divisions", "行政区划与城乡分类", "divisions:list"),
    ("subjects", "创建对象与比例分母", "insight:overview_nation"),
    ("community-database", "社区基础信息库", RECORDS),
    ("posts", "岗位与权限", "accounts:people"),
    ("history", "过程留痕", "history:list"),
    # assessment
    ("assessment", "社区自评", "assessments:list"),
    ("evidence", "佐证材料", "assessments:list"),
    ("scoring", "自动计分与达标差距", "assessments:list"),
    ("review-scores", "审核评分与对比", "assessments:list"),
    ("indicators", "指标测算", "indicators:list"),
    # declaration
    ("declaration", "创建申报", "declarations:list"),
    ("recommendation", "街道推荐", "declarations:todo"),
    ("review", "审核与复核", "declarations:todo"),
    ("on-site", "实地核查", "supervision:inspections"),
    ("sampling", "抽验抽签", "declarations:draws"),
    ("panel", "专家与代表评审", "declarations:panels"),
    ("notice", "公示", "declarations:notices"),
    ("objection", "异议处理", "declarations:notices"),
    ("award", "命名", "declarations:register"),
    ("quota", "名额控制", "declarations:register"),
    ("plaque", "标识牌与核验", "declarations:verify_form"),
    ("register", "命名社区名录", "declarations:register"),
    ("reexamination", "动态管理与复查", "declarations:upkeep"),
    ("rectification", "限期整改", "declarations:upkeep"),
    ("delisting", "除名", "declarations:upkeep"),
    ("approval-form", "审批表", "documents:declaration"),
    ("score-sheet", "自测评分表", "documents:form_of_assessment"),
    ("application-report", "创建申请报告", "documents:declaration"),
    ("todo", "待办事项", "declarations:todo"),
    # looking at it
    ("overview", "创建概览", "insight:overview_nation"),
    ("export", "数据导出", "declarations:register_export"),
    ("public-portal", "公众门户", "site:portal"),
    # the programme office, and what is on the ground
    ("goal-plans", "目标分解与本地实施方案", "planning:plans"),
    ("pilots", "试点选取与管理", "programme:goals"),
    ("reports", "进展报告、年度报告与评估", "reporting:reports"),
    ("supervision", "督导检查、整改督办与通报", "supervision:inspections"),
    ("exemplars", "经验做法、教育基地与现场会", "exemplars:practices"),
    ("incentives", "表扬及其公示", "exemplars:rounds"),
    ("other-honours", "优先支持申报其他创建（由各主管部门办理）", None),
    ("experts", "专家服务库", "experts:pool"),
    ("projects", "改造项目", "works:projects"),
    ("funds", "资金统筹", "works:projects"),
    ("communities", "社区空间、设施与绿地", RECORDS),
    ("heritage", "历史文化资源", RECORDS),
    ("participation", "居民议事协商", RECORDS, "只登记议事活动，线上议事尚未建成"),
    ("surveys", "满意度调查", RECORDS, "只登记调查结果，问卷发放和回收尚未建成"),
    ("convention", "绿色生活行为公约", RECORDS, "只登记公约，征求意见和议定尚未建成"),
    ("publicity", "宣传教育", RECORDS, "只登记宣传场所、内容更换和信息发布，发布本身尚未建成"),
    ("activities", "主题活动", RECORDS, "只登记活动，组织和报名尚未建成"),
    ("training", "培训", RECORDS, "只登记培训，课程和考核尚未建成"),
    ("volunteers", "志愿者队伍", RECORDS, "只登记志愿活动，队伍管理尚未建成"),
    ("gridwork", "网格化管理与问题办理", RECORDS, "只登记网格和问题，派单和办理尚未建成"),
    ("whistle", "街乡吹哨、部门报到", "coordination:whistles"),
    ("sensing", "智能感知设备", RECORDS, "只登记设备，数据接入尚未建成"),
    ("noise", "噪声监测与治理", RECORDS, "只登记噪声源和监测结果，自动监测尚未建成"),
    ("property", "物业服务管理", None),
    ("information-platform", "社区公共服务综合信息平台", None),
    ("survey-baseline", "摸底调查", "baseline:campaigns"),
    ("designers", "设计师、工程师进社区", "experts:requests"),
)


def coverage(scheme: Scheme) -> list[Coverage]:
    """Every clause of a scheme with the features that carry it out, in the order of the document."""
    return [Coverage(clause, _known(clause.works_in)) for clause in scheme.clauses]


def summary(covered: Iterable[Coverage]) -> dict[State, int]:
    """How many clauses are in each state."""
    counts = dict.fromkeys(State, 0)
    for entry in covered:
        counts[entry.state] += 1
    return counts


def markdown(schemes: Iterable[Scheme]) -> str:
    """The same for `docs/coverage.md`: every clause of the schemes, and where it works."""
    lines = [
        "# 逐条对照：条款由哪些功能承担",
        "",
        "由 `greenhood scheme coverage --markdown` 生成，测试保证与方案文件一致。没有建成的功能写明“尚未建成”。",
    ]
    for scheme in schemes:
        covered = coverage(scheme)
        counts = "，".join(f"{STATE_TITLES[state]} {count} 条" for state, count in summary(covered).items() if count)
        lines += ["", f"## {scheme.title}", "", f"共 {len(covered)} 条：{counts}。", ""]
        lines += ["| 条款 | 原文 | 实现情况 | 功能 |", "|---|---|---|---|", *map(_row, covered)]
    return "\n".join(lines) + "\n"


def _row(entry: Coverage) -> str:
    text = entry.clause.text.replace("|", "／")
    features = "、".join(map(_feature, entry.features))
    said = f"{text[:SHOWN]}…" if len(text) > SHOWN else text
    return f"| {entry.clause.ref} | {said} | {entry.state_title} | {features} |"


def _feature(feature: Feature) -> str:
    missing = feature.lack if feature.url_name else "尚未建成"
    return f"{feature.title}（{missing}）" if missing else feature.title


def _known(keys: Iterable[str]) -> tuple[Feature, ...]:
    return tuple(FEATURES[key] for key in keys if key in FEATURES)
