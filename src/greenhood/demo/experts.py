"""What the demonstration's experts do: pools of 武侯区 and 上海, requests in every state, visits, designers of streets.

Everybody is made up and marked; those with an account are the demonstration's own experts of 上海.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from greenhood.accounts.actor import Actor
from greenhood.demo.agenda import Agenda, on_or_before, opening
from greenhood.demo.people import JIANGXI_STREET, SHANGHAI, WUHOU, YULIN_STREET, ZHAOXIANG, Crew
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.experts.actions import applying, appointing, serving, vetting, visiting
from greenhood.experts.actions.applying import Particulars
from greenhood.experts.actions.appointing import Terms
from greenhood.experts.actions.serving import Need, Result
from greenhood.experts.actions.visiting import Report
from greenhood.experts.models import Entry, Kind, ServiceRequest
from greenhood.kit.dates import today_in_shanghai

PHONE = "028-00000000"


class Stage(Protocol):
    agenda: Agenda
    crew: Crew


@dataclass(frozen=True)
class Member:
    """Somebody of a pool: ``account`` is a sign-in name, empty for who has none; ``days`` the term, 0 while it waits."""

    name: str
    employer: str
    title: str
    fields: tuple[str, ...]
    pool: int
    keeper: str
    account: str = ""
    kind: str = Kind.PERSON
    days: int = 900
    begun: int = 150


MEMBERS = (
    Member("（演示）周文", "某建筑设计院", "高级工程师，注册城乡规划师", ("planning", "design", "landscape"), WUHOU, "xian"),
    Member("（演示）罗晶", "某市政设计院", "高级工程师（给水排水）", ("water", "sponge"), WUHOU, "xian", days=190),
    Member("（演示）彭涛", "某大学社会学院", "副教授，社会工作师", ("social-work", "waste"), WUHOU, "xian"),
    Member("（演示）某全过程工程咨询公司", "", "工程咨询甲级", ("architecture", "energy", "cost"), WUHOU, "xian", kind=Kind.FIRM),
    Member("（演示）谭雪", "某律师事务所", "律师", ("law",), WUHOU, "xian", days=0, begun=2),
    Member("郑昕", "同济大学", "教授，一级注册建筑师", ("architecture", "design", "heritage"), SHANGHAI, "zx-shi", "zhuanjia"),
    Member("冯源", "华东师范大学", "教授", ("environment", "waste"), SHANGHAI, "zx-shi", "zhuanjia2"),
    Member("Anna Keller", "城市更新研究所", "城市更新顾问", ("planning", "landscape"), SHANGHAI, "zx-shi", "waizhuan", days=195),
)  # fmt: skip


def plan(stage: Stage) -> None:
    """Put on the agenda who comes into the pools, who is asked for what, and who looks after which street."""
    for number, one in enumerate(MEMBERS):
        _put(stage, one.begun, number, partial(_join, stage, one))
    _put(stage, 120, 0, partial(_appoint, stage, JIANGXI_STREET, "（演示）周文"))
    _put(stage, 120, 10, partial(_appoint, stage, YULIN_STREET, "（演示）彭涛"))
    _put(stage, 118, 0, partial(_appoint_by_name, stage))
    garden = ("（演示）小微绿地改造请设计师指导", "landscape", 510107004001, "（演示）周文")
    _put(stage, 100, 0, partial(_ask, stage, *garden[:3], 40))
    _put(stage, 98, 0, partial(_match, stage, garden[0], garden[3]))
    _put(stage, 85, 0, partial(_visit, stage, garden[0]))
    _put(stage, 60, 0, partial(_close, stage, garden[0]))
    drains = ("（演示）雨天积水点排查", "sponge", 510107005002, "（演示）罗晶")
    _put(stage, 20, 0, partial(_ask, stage, *drains[:3], 45))
    _put(stage, 18, 0, partial(_match, stage, drains[0], drains[3]))
    _put(stage, 9, 0, partial(_visit, stage, drains[0]))
    _put(stage, 4, 0, partial(_ask, stage, "（演示）楼道堆物整治请律师讲解", "law", 510107007001, 25))
    _put(stage, 30, 0, partial(_ask, stage, "（演示）加装电梯方案咨询", "elevators", 510107009001, 12))
    old = ("（演示）老建筑外立面整修方案", "heritage", ZHAOXIANG + 9, "zhuanjia")
    _put(stage, 40, 0, partial(_ask, stage, *old[:3], 60))
    _put(stage, 38, 0, partial(_offer, stage, old[0], old[3], True))
    _put(stage, 12, 0, partial(_report, stage, old[0], old[3]))
    _put(stage, 3, 0, partial(_ask, stage, "（演示）社区入口空间设计", "design", ZHAOXIANG + 11, 40))
    _put(stage, 2, 0, partial(_offer, stage, "（演示）社区入口空间设计", "zhuanjia", False))


def _put(stage: Stage, ago: int, minutes: int, what: object) -> None:
    day = today_in_shanghai(stage.agenda.now) - dt.timedelta(days=ago)
    stage.agenda.put(opening(on_or_before(day), 200 + minutes), what)  # type: ignore[arg-type]


def _join(stage: Stage, one: Member, at: dt.datetime) -> None:
    pool, keeper = divisions.by_code(one.pool), stage.crew[one.keeper]
    particulars = Particulars(
        one.name,
        one.fields,
        [pool],
        kind=one.kind,
        credit_code="91510000DEMO00001X" if one.kind == Kind.FIRM else "",
        contact="（演示）",
        employer=one.employer,
        title=one.title,
        phone=PHONE,
        summary="（演示）参与过多个社区的改造和居民议事。",
    )
    if one.account:
        entry = applying.begin(pool, particulars, by=stage.crew[one.account], at=at, is_demonstration=True)
        entry = applying.submit(entry, revision=entry.revision, by=stage.crew[one.account], at=at)
    else:
        entry = applying.enter(pool, particulars, by=keeper, at=at, is_demonstration=True)
    if one.days:
        first = today_in_shanghai(at)
        vetting.accept(
            entry,
            valid_from=first,
            valid_to=first + dt.timedelta(days=one.days),
            revision=entry.revision,
            by=keeper,
            at=at,
        )


def _appoint(stage: Stage, code: int, name: str, at: dt.datetime) -> None:
    day = today_in_shanghai(at)
    terms = Terms(
        contact=f"街道社区发展治理办公室 {PHONE}（演示）",
        scope="（演示）指导老旧小区改造和小微空间设计，每月到街道坐班一天，参加居民议事。",
        valid_from=day,
        valid_to=day + dt.timedelta(days=730),
    )
    appointing.appoint(
        divisions.by_code(code), terms, entry=_member(name), by=stage.crew["xian"], at=at, is_demonstration=True
    )


def _appoint_by_name(stage: Stage, at: dt.datetime) -> None:
    terms = Terms(
        contact=f"赵巷镇规划建设办公室 {PHONE}（演示）",
        scope="（演示）参与镇区公共空间设计和创建方案的论证。",
        valid_from=today_in_shanghai(at),
        name="（演示）韩露",
        employer="（演示）某规划设计院",
    )
    appointing.appoint(divisions.by_code(ZHAOXIANG), terms, by=stage.crew["zx-qu"], at=at, is_demonstration=True)


def _ask(stage: Stage, title: str, field: str, code: int, within: int, at: dt.datetime) -> None:
    day = today_in_shanghai(at)
    need = Need(
        title=title,
        need="（演示）居民已经议过一次，意见不一，希望有专业人员到现场看一看，给出可行的方案。",
        fields=[field],
        wished_from=day,
        wished_to=day + dt.timedelta(days=within),
        contact="（演示）社区工作者",
        phone=PHONE,
    )
    community = divisions.by_code(code)
    serving.make(community, need, by=stage.crew.worker(community), at=at, is_demonstration=True)


def _match(stage: Stage, title: str, name: str, at: dt.datetime) -> None:
    """The county invites a member without an account, and notes the answer."""
    request, officer = _request(title), stage.crew["xian"]
    serving.offer(request, _member(name), revision=request.revision, by=officer, at=at)
    request = _request(title)
    serving.take(request, revision=request.revision, by=officer, at=at)


def _offer(stage: Stage, title: str, account: str, is_taken: bool, at: dt.datetime) -> None:
    request, expert = _request(title), stage.crew[account]
    entry = Entry.objects.get(user=expert.user)
    serving.offer(request, entry, revision=request.revision, by=stage.crew["zx-qu"], at=at)
    if is_taken:
        request = _request(title)
        serving.take(request, revision=request.revision, by=expert, at=at)


def _visit(stage: Stage, title: str, at: dt.datetime) -> None:
    """The community writes a visit down, which then counts."""
    request = _request(title)
    visiting.record(request, _seen(at), by=_worker(stage, request.community), at=at, is_demonstration=True)


def _report(stage: Stage, title: str, account: str, at: dt.datetime) -> None:
    """The expert writes a visit down, and the community has yet to confirm."""
    visiting.record(_request(title), _seen(at), by=stage.crew[account], at=at, is_demonstration=True)


def _seen(at: dt.datetime) -> Report:
    return Report(
        day=today_in_shanghai(at),
        residents=18,
        people="（演示）社区书记、业委会 2 人、物业 1 人",
        advice="（演示）保留现有大树，先疏通排水，再增加座椅和无障碍坡道；方案张贴一周征求意见。",
        next_step="（演示）两周内出方案草图，在议事会上讨论。",
    )


def _close(stage: Stage, title: str, at: dt.datetime) -> None:
    request = _request(title)
    result = Result("done", "（演示）按建议完成改造，居民代表验收。", 5, "（演示）讲解清楚，居民认可。")
    serving.close(request, result, revision=request.revision, by=_worker(stage, request.community), at=at)


def _worker(stage: Stage, community: Division) -> Actor:
    return stage.crew.worker(community)


def _member(name: str) -> Entry:
    return Entry.objects.select_related("pool").get(name=name, is_demonstration=True)


def _request(title: str) -> ServiceRequest:
    return ServiceRequest.objects.select_related("community").get(title=title, is_demonstration=True)
