"""Which pages the frame leads to: the words of the programme, in the order of its work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability


@dataclass(frozen=True)
class Item:
    """One link: its words, its icon, the name of its address, a capability that opens it (any of them), and its group."""

    title: str
    icon: str
    name: str
    needs: tuple[Capability, ...] = ()
    group: str = ""


_C = Capability
EVERYTHING = (
    Item("工作台", "home", "site:workbench", group="创建"),
    Item("创建申报", "declare", "declarations:list", (_C.VIEW,), "创建"),
    Item("社区自评", "assess", "assessments:list", (_C.VIEW,), "创建"),
    Item("社区库", "community", "facts:communities", (_C.VIEW,), "创建"),
    Item("摸底", "assess", "baseline:campaigns", (_C.VIEW,), "创建"),
    Item("评审组", "panel", "declarations:panels", (_C.RUN_PANEL,), "创建"),
    Item("我的评审", "panel", "declarations:cases", (_C.SIT_ON_PANEL,), "创建"),
    Item("抽查", "dice", "declarations:draws", (_C.DRAW,), "创建"),
    Item("动态管理", "shield", "declarations:upkeep", (_C.SUPERVISE,), "创建"),
    Item("目标试点", "goal", "programme:goals", (_C.VIEW,), "统筹"),
    Item("实施方案", "plan", "planning:plans", (_C.VIEW,), "统筹"),
    Item("任务协同", "task", "coordination:tasks", (_C.VIEW,), "统筹"),
    Item("报告", "file", "reporting:reports", (_C.REPORT,), "统筹"),
    Item("督导检查", "inspect", "supervision:inspections", (_C.VIEW,), "统筹"),
    Item("专家", "expert", "experts:pool", (_C.VIEW, _C.SERVE), "统筹"),
    Item("项目资金", "money", "works:projects", (_C.VIEW,), "统筹"),
    Item("经验示范", "practice", "exemplars:practices", (_C.VIEW,), "统筹"),
    Item("总览", "chart", "insight:overview_mine", (_C.VIEW,), "数据"),
    Item("指标", "scale", "indicators:list", group="数据"),
    Item("试算", "trial", "insight:what_if", (_C.DECIDE,), "数据"),
    Item("公示", "notice", "declarations:notices", group="公开"),
    Item("名录", "award", "declarations:register", group="公开"),
    Item("制度方案", "book", "schemes:list", group="公开"),
    Item("区划", "map", "divisions:list", group="公开"),
    Item("人员岗位", "person", "accounts:people", (_C.MANAGE_PEOPLE, _C.GRANT_POSTS), "系统"),
    Item("操作记录", "history", "history:list", (_C.READ_HISTORY,), "系统"),
)
PUBLIC = (
    Item("首页", "home", "site:portal"),
    Item("制度方案", "book", "schemes:list"),
    Item("公示", "notice", "declarations:notices"),
    Item("名录", "award", "declarations:register"),
    Item("经验示范", "practice", "exemplars:practices"),
    Item("指标", "scale", "indicators:list"),
    Item("总览", "chart", "insight:overview_nation"),
    Item("核验", "check", "declarations:verify_form"),
)
PERSON = (
    Item("账号与安全", "person", "accounts:profile"),
    Item("修改密码", "person", "accounts:change_password"),
)


def for_post(actor: Actor) -> Sequence[Item]:
    """The links that this post may use."""
    return [item for item in EVERYTHING if not item.needs or any(actor.may(need) for need in item.needs)]
