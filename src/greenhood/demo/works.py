"""What the demonstration renovates: projects of 武侯区 and 赵巷镇 in every state, with their money; one source lies idle, one was cut, one is slow.

Each is put on the agenda at its own days, made by those who keep projects there, and marked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Protocol

from greenhood.accounts.actor import Actor
from greenhood.demo.agenda import Agenda, on_or_before, opening
from greenhood.demo.people import ZHAOXIANG, Crew
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.facts import queries as facts
from greenhood.facts.kinds import kind
from greenhood.kit.dates import today_in_shanghai
from greenhood.works.actions import coverage, money, procurement, projects, stages, steps
from greenhood.works.actions import years as planning
from greenhood.works.actions.coverage import Wanted
from greenhood.works.actions.projects import Terms
from greenhood.works.actions.stages import StageTerms
from greenhood.works.actions.years import YearTerms
from greenhood.works.models import Covered, Movement, Project, Source, Stage

WAN = Decimal(10_000)
HOUSING, ECOLOGY = "住房和城乡建设局", "生态环境局"
WORKERS = "（演示）某建筑工程公司"


class Stagelike(Protocol):
    agenda: Agenda
    crew: Crew


@dataclass(frozen=True)
class Fund:
    """Money of one source in 万元, and how many days ago it was granted, arrived and was paid."""

    origin: str
    channel: str
    budget: int
    arrived: int = 0
    paid: int = 0
    cut: int = 0
    days: tuple[int, int, int] = (170, 120, 60)


@dataclass(frozen=True)
class Case:
    """A project and how far it has come: ``reached`` is the last step that was taken."""

    number: str
    name: str
    kinds: tuple[str, ...]
    who: str
    division: int
    communities: tuple[int, ...]
    reached: str
    investment: int
    funds: tuple[Fund, ...]
    department: str = HOUSING
    content: str = ""
    done: str = "0.45"
    begins: int = 280
    lasts: int = 330


CASES = (
    Case(
        "演示-001", "（演示）浆洗街片区老旧小区改造", ("old-estate", "pipes", "barrier-free"), "xian", 510107000000,
        (510107001004, 510107001005), "start", 1280,
        (
            Fund("central", "城镇老旧小区改造", 420, 420, 300),
            Fund("provincial", "城镇老旧小区改造", 180, 180, 120),
            Fund("county", "", 380, 200, 140, days=(260, 220, 90)),
            Fund("social", "“改造+运营+物业”", 240, 120, 90),
            Fund("residents", "", 60, 42, 40),
        ),
        content="（演示）屋面防水、雨污分流、楼道整治、无障碍坡道，同步引入物业服务。",
    ),
    Case(
        "演示-002", "（演示）锦里社区海绵化改造", ("sponge", "greening"), "xian", 510107000000, (510107001006,), "accept", 260,
        (Fund("city", "海绵城市建设", 200, 200, 180, days=(420, 400, 250)), Fund("county", "", 60, 60, 60, days=(420, 380, 250))),
        content="（演示）透水铺装、下凹绿地、雨水花园。", begins=400, lasts=200,
    ),
    Case(
        "演示-003", "（演示）既有建筑节能改造", ("energy",), "xian", 510107000000, (510107001005,), "start", 540,
        (
            Fund("provincial", "既有建筑绿色化改造", 240, 200, 200, cut=60, days=(230, 190, 60)),
            Fund("bank", "", 300, 120, 80, days=(230, 160, 50)),
        ),
        content="（演示）外墙保温、门窗更换、公共照明节能。", done="0.20", begins=220, lasts=160,
    ),
    Case(
        "演示-004", "（演示）加装电梯（第一批）", ("lift", "barrier-free"), "jiedao", 510107001000, (510107001004,), "plan", 180,
        (Fund("residents", "", 120, 60, 0, days=(40, 20, 0)), Fund("county", "", 60, 0, 0, days=(40, 0, 0))), begins=-20, lasts=160,
    ),
    Case(
        "演示-005", "（演示）社区充电设施", ("charging", "parking"), "bumen", 510107000000, (510107001004, 510107001006), "plan", 90,
        (Fund("paid-use", "", 50, 0, 0, days=(240, 0, 0)), Fund("social", "", 40, 40, 0, days=(230, 215, 0))),
        department=ECOLOGY, begins=-10, lasts=120,
    ),
    Case(
        "演示-006", "（演示）停车泊位改造", ("parking",), "xian", 510107000000, (510107001005,), "suspend", 75,
        (Fund("county", "", 75, 20, 10),), begins=120, lasts=150,
    ),
    Case(
        "演示-101", "（演示）“美丽家园”小区综合整治", ("old-estate", "waste", "greening"), "zx-zhen", ZHAOXIANG,
        (ZHAOXIANG + 9, ZHAOXIANG + 6), "start", 860,
        (Fund("county", "“美丽家园”", 500, 380, 260), Fund("street", "", 260, 200, 150), Fund("residents", "", 40, 20, 12)),
        department="三大整治办", content="（演示）楼道整治、生活垃圾分类设施、绿化补种。",
    ),
    Case(
        "演示-102", "（演示）雨水管网改造", ("pipes", "sponge"), "zx-zhen", ZHAOXIANG, (ZHAOXIANG + 9,), "finish", 210,
        (Fund("city", "海绵城市建设", 120, 120, 120, days=(300, 280, 120)), Fund("street", "", 90, 90, 84, days=(300, 260, 110))),
        department="三大整治办", begins=290, lasts=200,
    ),
)  # fmt: skip
STEPS = {
    "plan": (),
    "start": ("start",),
    "suspend": ("start", "suspend"),
    "finish": ("start", "finish"),
    "accept": ("start", "finish", "accept"),
}
ENDS = ("0.1", "0.2", "0.9", "1")


def plan(stage: Stagelike) -> None:
    """Put every project on the agenda: written and granted first, then what arrives and is paid, then how far it is."""
    codes = {code for case in CASES for code in (case.division, *case.communities)}
    places = {place.code: place for place in divisions.current().filter(code__in=codes)}
    today = today_in_shanghai()
    for number, case in enumerate(CASES):
        if case.division in places:
            by = stage.crew[case.who]
            written = max(case.begins + 20, *(fund.days[0] for fund in case.funds))
            stage.agenda.put(_at(today, written, number), partial(_write, case, by, places))
            stage.agenda.put(_at(today, 12, number), partial(_carry_out, case, by))


def _at(today: dt.date, days: int, minutes: int) -> dt.datetime:
    return opening(on_or_before(today - dt.timedelta(days=days)), 90 + minutes)


def _write(case: Case, by: Actor, places: dict[int, Division], at: dt.datetime) -> None:
    today = at.date()
    begins = today_in_shanghai() - dt.timedelta(days=case.begins)
    ends = begins + dt.timedelta(days=case.lasts)
    terms = Terms(
        name=case.name,
        kinds=case.kinds,
        first_year=begins.year,
        last_year=ends.year,
        number=case.number,
        department=case.department,
        content=case.content,
        investment=case.investment * WAN,
        owner="（演示）某建设管理单位",
        contractor=WORKERS,
        planned_start=begins,
        planned_finish=ends,
    )
    project = projects.create(places[case.division], terms, by=by, at=at, is_demonstration=True)
    project = coverage.cover(project, _covered(case, places), revision=project.revision, by=by, at=at)
    years = range(project.first_year, project.last_year + 1)
    amount = (project.investment / len(years)).quantize(Decimal("0.01"))
    wanted = [
        YearTerms(year, "（演示）按施工计划推进。", min(amount, project.investment), Decimal(place) / len(years))
        for place, year in enumerate(years, 1)
    ]
    wanted[-1] = YearTerms(
        wanted[-1].year, wanted[-1].content, project.investment - amount * (len(years) - 1), Decimal(1)
    )
    project = planning.plan_years(project, wanted, revision=project.revision, by=by, at=at)
    project = stages.set_stages(project, _planned(project, begins, case.lasts), revision=project.revision, by=by, at=at)
    steps.move(project, "plan", revision=project.revision, by=by, day=today, at=at)


def _covered(case: Case, places: dict[int, Division]) -> list[Wanted]:
    """The estates of its communities that are recorded; the whole community where none is."""
    wanted = []
    ids = [places[code].pk for code in case.communities if code in places]
    estates: dict[int, list[Covered]] = {}
    for row in facts.current(kind("estates"), ids).order_by("name"):
        estates.setdefault(row.community_id, []).append(row)
    for code in case.communities:
        if code in places:
            found = estates.get(places[code].pk, [])[:2]
            wanted += [
                Wanted(places[code], "estates", row.thing, 6, 4 if case.reached == "accept" else 2) for row in found
            ]
            wanted += [] if found else [Wanted(places[code])]
    return wanted


def _planned(project: Project, begins: dt.date, lasts: int) -> list[StageTerms]:
    days = [begins + dt.timedelta(days=int(lasts * Decimal(end))) for end in ("0", *ENDS)]
    rows = Stage.objects.filter(project=project).order_by("place")
    return [
        StageTerms(row.title, row.weight, row.pk, planned_start=days[at], planned_finish=days[at + 1])
        for at, row in enumerate(rows)
    ]


def _carry_out(case: Case, by: Actor, at: dt.datetime) -> None:
    project = Project.objects.get(number=case.number, division__code=case.division)
    today = today_in_shanghai(at)
    for fund in case.funds:
        _fund(project, fund, by, at)
    places = {place.code: place for place in divisions.current().filter(code__in=case.communities)}
    # By now the estates are recorded.
    project = coverage.cover(project, _covered(case, places), revision=_revision(project), by=by, at=at)
    begun = today - dt.timedelta(days=max(case.begins - 12, 1))
    if case.reached != "plan":
        project = steps.move(project, "start", revision=_revision(project), by=by, day=begun, at=at)
        project = stages.set_stages(
            project, _gone(project, case, begun, today), revision=project.revision, by=by, at=at
        )
    for step in STEPS[case.reached][1:]:
        reason = "（演示）管线迁改方案调整，待重新批复。" if step == "suspend" else ""
        day = today - dt.timedelta(days=2) if step != "accept" else today
        project = steps.move(project, step, revision=_revision(project), by=by, day=day, reason=reason, at=at)
    if case.number.endswith("1"):
        _procure(project, by, today, at)


def _revision(project: Project) -> int:
    return Project.objects.values_list("revision", flat=True).get(pk=project.pk)


def _gone(project: Project, case: Case, begun: dt.date, today: dt.date) -> list[StageTerms]:
    """Design and tender are over; the building is, or is part done."""
    over = case.reached in {"finish", "accept"}
    rows = list(Stage.objects.filter(project=project).order_by("place"))
    ended = [begun + dt.timedelta(days=5), begun + dt.timedelta(days=12), today - dt.timedelta(days=3)]
    given = []
    for at, row in enumerate(rows):
        is_over = at < 2 or (over and at == 2)
        is_begun = at < 3
        given.append(
            StageTerms(
                row.title, row.weight, row.pk, row.planned_start, row.planned_finish,
                min(begun, today) if is_begun else None, min(ended[at], today) if is_over else None,
                Decimal(case.done) if is_begun and not is_over else Decimal(0),
            )
        )  # fmt: skip
    return given


def _fund(project: Project, fund: Fund, by: Actor, at: dt.datetime) -> None:
    today = today_in_shanghai(at)
    granted, came, spent = (min(today, today_in_shanghai() - dt.timedelta(days=days)) for days in fund.days)
    held = money.add_source(
        project,
        origin=fund.origin,
        channel=fund.channel,
        budget=fund.budget * WAN,
        dated=granted,
        document="（演示）下达〔1〕号",
        by=by,
        at=at,
    )
    source = Source.objects.select_related("project").get(pk=held.pk)
    document = f"{project.number}-{source.get_origin_display()}"
    if fund.arrived:
        arrived = fund.arrived * WAN
        money.enter(source, Movement.Kind.ARRIVAL, amount=arrived, dated=came, document=document, by=by, at=at)
    if fund.paid:
        money.enter(
            source,
            Movement.Kind.PAYMENT,
            amount=fund.paid * WAN,
            dated=spent,
            document=document,
            payee=WORKERS,
            purpose="工程进度款",
            by=by,
            at=at,
        )
    if fund.cut:
        money.enter(
            source,
            Movement.Kind.BUDGET,
            amount=-fund.cut * WAN,
            dated=today,
            reason="（演示）年度中期核减",
            by=by,
            at=at,
        )


def _procure(project: Project, by: Actor, today: dt.date, at: dt.datetime) -> None:
    items: Sequence[tuple[str, str, str, int, bool]] = (
        ("LED 公共照明灯具", "中国节能产品认证", "320 套", 18, True),
        ("透水砖", "绿色建材评价标识（三星）", "2,400 平方米", 31, True),
        ("施工围挡", "", "1 批", 6, False),
    )
    for product, standard, quantity, amount, is_green in items:
        procurement.procure(
            project, product=product, standard=standard, quantity=quantity, amount=amount * WAN, dated=today,
            is_green=is_green, supplier="（演示）某供应商", by=by, at=at,
        )  # fmt: skip
