"""The workbench: what waits for me, what I await, the figures of my division, and for a new user the first three steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.models import Role
from greenhood.assessments import queries as assessments
from greenhood.assessments.models import Assessment
from greenhood.declarations.models import Standing
from greenhood.declarations.queries import listing, seats
from greenhood.declarations.queries.listing import Filters, Lines
from greenhood.declarations.queries.waits import Waits, waits
from greenhood.divisions.models import Division, Level
from greenhood.insight import queries as insight
from greenhood.insight.models import Rollup
from greenhood.insight.progress import Counts


@dataclass(frozen=True)
class Step:
    """One of the first things to do, and where."""

    title: str
    text: str
    url: str


@dataclass(frozen=True)
class Desk:
    """What one post finds on its workbench."""

    todo: Lines | None = None
    awaited: Lines | None = None
    waits: Waits = field(default_factory=Waits)
    cases: Sequence[seats.MyCase] = ()
    counts: Counts | None = None
    standing: Standing | None = None
    assessments: Sequence[Assessment] = ()
    steps: Sequence[Step] = ()


def desk_of(actor: Actor) -> Desk:
    """The workbench of a post. A fixed number of queries, whatever the size of the division."""
    if actor.post is None:
        return Desk()
    division = actor.post.division
    handles = actor.may(Capability.DECIDE) or actor.may(Capability.DECLARE)
    waiting = waits(actor)
    todo = listing.todo(actor, Filters(), count=waiting.declarations) if handles else None
    awaited = listing.awaited(actor, Filters()) if handles else None
    cases = open_cases(actor)
    is_community = division.level == Level.COMMUNITY and actor.may(Capability.VIEW)
    own = list(assessments.of_community(division)[:3]) if is_community else []
    counts = _counts(actor, division)
    is_new = not (todo and todo.rows) and not (awaited and awaited.rows) and not cases and not own
    return Desk(
        todo=todo,
        awaited=awaited,
        waits=waiting,
        cases=cases,
        counts=counts,
        standing=Standing.objects.filter(pk=division.pk).first() if is_community else None,
        assessments=own,
        steps=first_steps(actor) if is_new else (),
    )


def open_cases(actor: Actor) -> list[seats.MyCase]:
    """The panel cases that this member still has to score."""
    if actor.user is None or not actor.may(Capability.SIT_ON_PANEL):
        return []
    return [row for row in seats.my_case_rows(actor.user) if row.is_open and not row.is_done]


def _counts(actor: Actor, division: Division) -> Counts | None:
    if division.level == Level.COMMUNITY or not actor.may(Capability.VIEW):
        return None
    return insight.counts_of(Rollup.objects.filter(pk=division.pk).first())


def first_steps(actor: Actor) -> list[Step]:
    """Three next steps for somebody who finds an empty desk, by what their post is for."""
    assert actor.post is not None
    division = actor.post.division
    schemes = Step(
        "读一遍本地方案",
        "创建对象、标准和申报程序都在方案里，每个页面上的条款标记都能打开原文。",
        reverse("schemes:list"),
    )
    overview = Step(
        "看本地进展",
        "参与率、达标率、示范率与目标的差距，可以逐级看到社区。",
        reverse("insight:overview", args=[division.code]),
    )
    search = Step("找一个社区", "按名称、拼音或代码搜索，查看它的状态、称号和公示。", reverse("site:search"))
    match actor.post.role:
        case Role.COMMUNITY_WORKER:
            return [
                schemes,
                Step(
                    "开始本年度自评",
                    "逐项核对标准，边做边存，可以几个人分着填。",
                    reverse("assessments:start", args=[division.code]),
                ),
                Step(
                    "上传证明材料后申报",
                    "手机可以直接拍照上传；缺什么、还差几分，自评页会列出来。",
                    reverse("assessments:list"),
                ),
            ]
        case Role.SYSTEM_ADMIN | Role.SECURITY_ADMIN:
            return [
                Step(
                    "建立账号、授予岗位", "系统管理员建账号，安全管理员授岗位，两者分开。", reverse("accounts:people")
                ),
                Step("核对区划", "撤并、更名的社区在这里确认，历史和称号随之延续。", reverse("divisions:list")),
                search,
            ]
        case Role.AUDIT_ADMIN | Role.AUDITOR:
            return [
                Step("查阅操作记录", "谁、以什么岗位、何时、做了什么，记录不能改动。", reverse("history:list")),
                schemes,
                search,
            ]
        case Role.EXPERT | Role.DEPUTY | Role.CITIZEN_ASSESSOR:
            return [
                Step("等待评审邀请", "编入评审组后，需要您评分的社区会出现在这里。", reverse("declarations:cases")),
                Step(
                    "登记应回避的情形",
                    "与社区有工作或利益关系的，请先登记，系统不会把它分给您。",
                    reverse("accounts:profile"),
                ),
                schemes,
            ]
    return [schemes, Step("查看社区自评", "哪些社区已经开始，缺哪些材料。", reverse("assessments:list")), overview]
