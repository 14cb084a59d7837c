"""What the demonstration coordinates in 武侯区 and 赵巷镇: tasks in every state, whistles with and without an answer, joint meetings.

Each step is put on the agenda at its own day, and finds what it goes on with by its title.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role
from greenhood.coordination import clauses
from greenhood.coordination.actions import assigning, convening, naming, whistling
from greenhood.coordination.actions.assigning import Task, To
from greenhood.coordination.models import Assignment, Attendance, Call, Invitation, Meeting, Source
from greenhood.coordination.standing import lines_of
from greenhood.demo.agenda import Agenda, Days
from greenhood.demo.people import JIANGXI_STREET, QINGPU, WUHOU, YULIN_STREET, ZHAOXIANG, Crew
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.queries import scheme_for

MARK = "（演示）"
ROADS, NOISE, SURVEY = f"{MARK}规整浆洗街架空线", f"{MARK}治理社区公用设施噪声", f"{MARK}摸清社区底数"
BINS, SHOPS, DIGGING = f"{MARK}垃圾箱满溢", f"{MARK}沿街餐饮油烟扰民", f"{MARK}小区门前开挖未恢复"
LAST, NEXT = f"{MARK}武侯区绿色社区创建联席会议", f"{MARK}武侯区绿色社区创建联席会议（下次）"
OFFICES, ROSTER, LAMPS = f"{MARK}细化本镇创建措施", f"{MARK}总结试点经验", f"{MARK}路灯成片不亮"
LANES = f"{MARK}清理占压的消防通道，月底前复查一遍"
CITY_MANAGEMENT, ECOLOGY, HOUSING = "城市管理局", "生态环境局", "住房和城乡建设局"
# Solved ones, by working days ago: enough of them for a rank.
SOLVED_ON = (48, 41, 36, 29, 23, 17)


class Stage(Protocol):
    agenda: Agenda
    days: Days
    crew: Crew

    def put(self, days_ago: int, minutes: int, what: Callable[[dt.datetime], None]) -> None: ...


def plan(stage: Stage) -> None:
    """Put everything on the agenda."""
    county, town = divisions.by_code(WUHOU), divisions.by_code(ZHAOXIANG)
    _plan_tasks(stage, county)
    _plan_whistles(stage, county)
    _plan_meetings(stage, county)
    _plan_town(stage, town)


def _plan_tasks(stage: Stage, county: Division) -> None:
    officer, today = stage.crew["xian"], today_in_shanghai(stage.agenda.now)
    streets = [divisions.by_code(code) for code in (JIANGXI_STREET, YULIN_STREET)]
    first, second = (stage.crew.holders[Role.STREET_OFFICER, street.code] for street in streets)
    put = stage.put
    put(30, 40, partial(_name, county, "四(二)#1", [HOUSING, CITY_MANAGEMENT, ECOLOGY], officer))
    survey = Task(SURVEY, today + dt.timedelta(days=12), "按街道逐个社区核对，做到全覆盖、无遗漏、底数清。", Source.PHASE, item="y2020/2",
                  phase="y2020", clause="二", follower="张敏")  # fmt: skip
    put(25, 40, partial(_give, survey, [To(street) for street in streets], county, officer))
    put(24, 50, partial(_take, SURVEY, first))
    put(10, 50, partial(_progress, SURVEY, "12 个社区已核对 9 个。", first))
    put(6, 50, partial(_hand_in, SURVEY, "全部社区已核对，底数表已上传。", second))
    put(4, 50, partial(_accept, SURVEY, second, officer))
    noise = Task(NOISE, today - dt.timedelta(days=2), "对电梯、水泵、变压器噪声逐处排查，超标的督促整改。", Source.DUTY,
                 item="四(二)#1", clause="四(二)")  # fmt: skip
    put(20, 55, partial(_give, noise, [To(county, ECOLOGY)], county, officer))
    put(19, 60, partial(_take, NOISE, stage.crew["bumen"]))
    put(1, 65, partial(_urge, NOISE, officer))
    roads = Task(ROADS, today + dt.timedelta(days=5), "先易后难，规整一条恢复一条。", follower="张敏")
    put(12, 55, partial(_give, roads, [To(county, CITY_MANAGEMENT)], county, officer))
    put(2, 55, partial(_hand_in, ROADS, "三条街的架空线已规整入地，路面恢复。", stage.crew["chengguan"]))


def _plan_whistles(stage: Stage, county: Division) -> None:
    crew = stage.crew
    streets = [divisions.by_code(code) for code in (JIANGXI_STREET, YULIN_STREET)]
    for number, days in enumerate(SOLVED_ON):
        street = streets[number % 2]
        caller = crew.holders[Role.STREET_OFFICER, street.code]
        title = f"{BINS}（{number + 1}）"
        stage.put(days, 100, partial(_blow, title, "soon", street, [To(county, CITY_MANAGEMENT)], caller))
        stage.put(days, 160, partial(_respond, title, crew["chengguan"]))
        stage.put(days - 1, 100, partial(_report, title, "已清运，收运频次调整为一天两次。", crew["chengguan"]))
        stage.put(days - 2, 90, partial(_confirm, title, caller, 5 - number % 3, crew["chengguan"]))
    first, second = streets
    caller, other = (crew.holders[Role.STREET_OFFICER, street.code] for street in streets)
    stage.put(5, 100, partial(_blow, DIGGING, "urgent", second, [To(county, CITY_MANAGEMENT)], other))
    stage.put(5, 150, partial(_respond, DIGGING, crew["chengguan"]))
    stage.put(1, 100, partial(_report, DIGGING, "已回填并恢复路面，围挡拆除。", crew["chengguan"]))
    stage.put(3, 100, partial(_blow, SHOPS, "soon", first, [To(county, ECOLOGY), To(county, CITY_MANAGEMENT)], caller))
    stage.put(3, 200, partial(_respond, SHOPS, crew["chengguan"]))


def _plan_meetings(stage: Stage, county: Division) -> None:
    officer, crew = stage.crew["xian"], stage.crew
    invited = [To(county, name) for name in (HOUSING, CITY_MANAGEMENT, ECOLOGY)]
    held_on = stage.days.ago(21)
    last = convening.Notice(LAST, held_on, "区住建局三楼会议室", "张敏", "14:30",
                            [("通报创建进展", "张敏"), ("研究消防通道占压问题", "吴刚"), ("部署下一步工作", "")])  # fmt: skip
    stage.put(26, 70, partial(_convene, last, invited, county, officer))
    stage.put(24, 70, partial(_answer, LAST, "吴刚", crew["bumen"]))
    stage.put(24, 80, partial(_answer, LAST, "周凯", crew["chengguan"]))
    stage.put(21, 420, partial(_hold, LAST, officer))
    stage.put(21, 430, partial(_decide, LAST, LANES, [To(county, CITY_MANAGEMENT)], stage.days.ago(9), officer))
    stage.put(21, 440, partial(_decide, LAST, f"{MARK}噪声监测数据每季度通报一次", [To(county, ECOLOGY)],
                               today_in_shanghai(stage.agenda.now) + dt.timedelta(days=20), officer))  # fmt: skip
    stage.put(20, 70, partial(_close, LAST, officer))
    stage.put(11, 70, partial(_hand_in, LANES, "已清理 6 处，复查无反弹。", crew["chengguan"]))
    stage.put(9, 70, partial(_accept, LANES, crew["chengguan"], officer))
    on = today_in_shanghai(stage.agenda.now) + dt.timedelta(days=9)
    following = convening.Notice(
        NEXT, on, "区住建局三楼会议室", "张敏", "09:30", [("上次议定事项办理情况", "各部门"), ("油烟扰民问题", "")]
    )
    stage.put(2, 75, partial(_convene, following, invited, county, officer))
    stage.put(1, 75, partial(_answer, NEXT, "周凯", crew["chengguan"]))


def _plan_town(stage: Stage, town: Division) -> None:
    officer, today = stage.crew["zx-zhen"], today_in_shanghai(stage.agenda.now)
    communities = list(divisions.children(town).filter(code__in=[ZHAOXIANG + number for number in (9, 11, 12)]))
    stage.put(22, 45, partial(_name, town, "四(一)#4", ["镇经发办", "社区办", "水务所"], officer))
    offices = Task(
        OFFICES,
        today + dt.timedelta(days=8),
        "明确各办、所的责任分工。",
        Source.PHASE,
        item="explore/1",
        phase="explore",
        clause="五(一)",
    )
    stage.put(15, 45, partial(_give, offices, [To(town, "规保办"), To(town, "水务所")], town, officer))
    stage.put(7, 45, partial(_progress, OFFICES, "征求意见稿已发各办、所。", stage.crew["zx-guibao"]))
    roster = Task(
        ROSTER, today + dt.timedelta(days=15), "", Source.PHASE, item="extend/1", phase="extend", clause="五(二)"
    )
    stage.put(9, 45, partial(_give, roster, [To(each) for each in communities], town, officer))
    stage.put(2, 65, partial(_hand_in, ROSTER, "总结已写好。", stage.crew.worker(communities[0])))
    qingpu = divisions.by_code(QINGPU)
    stage.put(4, 45, partial(_blow, LAMPS, "soon", town, [To(qingpu, "精细化推进办"), To(town, "规保办")], officer))
    stage.put(4, 105, partial(_respond, LAMPS, stage.crew["zx-qu"]))
    invited = [To(town, name) for name in ("三大整治办", "规保办", "社区办")]
    notice = convening.Notice(
        f"{MARK}赵巷镇创建工作联席会议",
        today + dt.timedelta(days=6),
        "镇政府二楼",
        "沈军",
        "09:00",
        [("申报准备情况", "规保办")],
    )
    stage.put(1, 45, partial(_convene, notice, invited, town, officer))


# --- what happens -----------------------------------------------------------------------------------------------------


def _name(division: Division, duty: str, names: list[str], by: Actor, at: dt.datetime) -> None:
    version = scheme_for(division)
    assert version is not None
    naming.name(division, version, duty, names, reason=f"{MARK}按本地职责确定", number=0, by=by, at=at)


def _give(task: Task, to: Sequence[To], division: Division, by: Actor, at: dt.datetime) -> None:
    version = scheme_for(division) if task.source != Source.OWN else None
    assigning.assign(replace(task, version=version), to, assigner=division, by=by, at=at)


def _own(title: str, by: Actor) -> Assignment:
    """The task of this title that the actor's post answers for."""
    assert by.post is not None
    found = Assignment.objects.filter(title=title, division=by.post.division).order_by("pk")
    return next(row for row in found if not row.line or row.line in lines_of(by.post))


def _take(title: str, by: Actor, at: dt.datetime) -> None:
    row = _own(title, by)
    assigning.take(row.pk, revision=row.revision, by=by, at=at)


def _progress(title: str, text: str, by: Actor, at: dt.datetime) -> None:
    row = _own(title, by)
    assigning.progress(row.pk, text=f"{MARK}{text}", revision=row.revision, by=by, at=at)


def _hand_in(title: str, text: str, by: Actor, at: dt.datetime) -> None:
    row = _own(title, by)
    assigning.hand_in(row.pk, text=f"{MARK}{text}", revision=row.revision, by=by, at=at)


def _accept(title: str, assignee: Actor, by: Actor, at: dt.datetime) -> None:
    row = _own(title, assignee)
    assigning.accept(row.pk, revision=row.revision, by=by, at=at)


def _urge(title: str, by: Actor, at: dt.datetime) -> None:
    assigning.urge(Assignment.objects.get(title=title).pk, note=f"{MARK}请本周办结。", by=by, at=at)


def _blow(title: str, urgency: str, division: Division, to: Sequence[To], by: Actor, at: dt.datetime) -> None:
    blast = whistling.Blast(title, f"{MARK}{division.name}辖区内", f"{MARK}居民多次反映，街道协调后仍未解决。", urgency)
    called = [whistling.To(each.division, each.department) for each in to]
    said = clauses.saying(scheme_for(division), clauses.WHISTLE)
    version, clause = (said.version, said.source) if said else (None, "")
    whistling.blow(blast, called, division=division, by=by, version=version, clause=clause, at=at)


def _call(title: str, by: Actor) -> Call:
    """The call of this whistle that the actor's department answers."""
    assert by.post is not None
    lines = lines_of(by.post)
    return Call.objects.get(whistle__title=title, division=by.post.division, line__in=lines)


def _respond(title: str, by: Actor, at: dt.datetime) -> None:
    call = _call(title, by)
    whistling.respond(
        call.pk,
        comer=f"{MARK}{by.person_name}等 2 人",
        handling="到场查看后处置。",
        revision=call.revision,
        by=by,
        at=at,
    )


def _report(title: str, result: str, by: Actor, at: dt.datetime) -> None:
    call = _call(title, by)
    whistling.report(call.pk, result=f"{MARK}{result}", revision=call.revision, by=by, at=at)


def _confirm(title: str, by: Actor, grade: int, department: Actor, at: dt.datetime) -> None:
    call = _call(title, department)
    whistling.confirm(call.pk, revision=call.revision, by=by, at=at)
    whistling.rate(call.pk, grade=grade, comment=f"{MARK}处置及时。", by=by, at=at)
    whistling.rate_back(call.pk, grade=5, by=department, at=at)


def _convene(notice: convening.Notice, invited: Sequence[To], division: Division, by: Actor, at: dt.datetime) -> None:
    convening.convene(notice, invited, division=division, by=by, version=scheme_for(division), at=at)


def _answer(title: str, people: str, by: Actor, at: dt.datetime) -> None:
    assert by.post is not None
    lines = lines_of(by.post)
    invitation = Invitation.objects.get(meeting__title=title, division=by.post.division, line__in=lines)
    convening.answer(invitation.pk, is_coming=True, people=people, by=by, at=at)


def _hold(title: str, by: Actor, at: dt.datetime) -> None:
    meeting = Meeting.objects.get(title=title)
    attendance = {row.pk: (Attendance.ATTENDED, row.people or by.person_name) for row in meeting.invitations.all()}
    minutes = f"{MARK}会议听取了创建进展，研究了消防通道占压和噪声扰民问题，议定以下事项。"
    convening.hold(meeting.pk, attendance=attendance, minutes=minutes, revision=meeting.revision, by=by, at=at)


def _decide(title: str, text: str, to: Sequence[To], due_on: dt.date, by: Actor, at: dt.datetime) -> None:
    meeting = Meeting.objects.get(title=title)
    convening.decide(meeting.pk, text=text, to=to, due_on=due_on, revision=meeting.revision, by=by, at=at)


def _close(title: str, by: Actor, at: dt.datetime) -> None:
    meeting = Meeting.objects.get(title=title)
    convening.close(meeting.pk, revision=meeting.revision, by=by, at=at)
