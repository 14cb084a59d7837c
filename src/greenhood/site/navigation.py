"""Which pages the frame leads to: the words of the programme, in the order of its work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability


@dataclass(frozen=True)
class Item:
    """One link: its words, its icon, the name of its address, and a capability that opens it (any of them)."""

    title: str
    icon: str
    name: str
    needs: tuple[Capability, ...] = ()


_C = Capability
EVERYTHING = (
    Item("工作台", "home", "site:workbench"),
    Item("创建申报", "declare", "declarations:list", (_C.VIEW,)),
    Item("社区自评", "assess", "assessments:list", (_C.VIEW,)),
    Item("社区库", "community", "facts:communities", (_C.VIEW,)),
    Item("摸底", "assess", "baseline:campaigns", (_C.VIEW,)),
    Item("指标", "scale", "indicators:list"),
    Item("总览", "chart", "insight:overview_mine", (_C.VIEW,)),
    Item("试算", "chart", "insight:what_if", (_C.DECIDE,)),
    Item("报告", "file", "reporting:reports", (_C.REPORT,)),
    Item("评审组", "panel", "declarations:panels", (_C.RUN_PANEL,)),
    Item("我的评审", "panel", "declarations:cases", (_C.SIT_ON_PANEL,)),
    Item("抽查", "dice", "declarations:draws", (_C.DRAW,)),
    Item("动态管理", "shield", "declarations:upkeep", (_C.SUPERVISE,)),
    Item("公示", "notice", "declarations:notices"),
    Item("名录", "award", "declarations:register"),
    Item("制度方案", "book", "schemes:list"),
    Item("区划", "map", "divisions:list"),
    Item("人员岗位", "person", "accounts:people", (_C.MANAGE_PEOPLE, _C.GRANT_POSTS)),
    Item("操作记录", "history", "history:list", (_C.READ_HISTORY,)),
)
PUBLIC = (
    Item("首页", "home", "site:portal"),
    Item("制度方案", "book", "schemes:list"),
    Item("公示", "notice", "declarations:notices"),
    Item("名录", "award", "declarations:register"),
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
