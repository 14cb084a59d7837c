"""The demonstration: a town of Shanghai and a county of Sichuan in the middle of the programme, made through actions.

The divisions are real, what is said of them is not: every row is marked, every photo is drawn and says so. It can be asked
for again at any time and is made once.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import transaction

from greenhood.accounts.actions import record_interest
from greenhood.accounts.actor import Actor
from greenhood.assessments.models import Assessment, Scorer
from greenhood.baseline.actions import campaigning, replying
from greenhood.baseline.actions.campaigning import Terms
from greenhood.baseline.models import Campaign
from greenhood.baseline.queries import completeness
from greenhood.declarations import procedure
from greenhood.declarations.actions import deciding, declaring, noticing, seating, upkeep
from greenhood.declarations.actions.declaring import Particulars
from greenhood.declarations.actions.noticing import Complaint
from greenhood.declarations.actions.seating import Sitter
from greenhood.declarations.models import Award, Declaration, Draw, Notice, Objection, Panel, PanelCase, Rectification
from greenhood.demo import (
    assessing,
    coordination,
    driver,
    exemplars,
    experts,
    people,
    planning,
    programme,
    recording,
    reports,
    supervision,
    works,
)
from greenhood.demo.agenda import Agenda, Days, later, on_or_before, opening
from greenhood.demo.assessing import Manner
from greenhood.demo.ground import Ground, Kept
from greenhood.demo.people import Crew
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.kit import progress
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Outcome

SICHUAN, ZHAOXIANG = "sichuan-2020", "shanghai-qingpu-zhaoxiang-2021"
# Working days that each office takes; a return waits as long for the community.
PACE = {Level.STREET: 4, Level.COUNTY: 6, Level.CITY: 8, Level.PROVINCE: 12}
CORRECTING = 5
# Working days from beginning a self-assessment to the declaration.
ASSESSING = 20
APPOINTED = 620
SEED_SOURCE = "（演示）公证处次日公开摇出的八位号码"
RETURNED_FOR = "有两项证明材料不足，请补充后重新提交，其余各项不必改动。"
RETURNED = ((10, "缺少分类投放设施全覆盖的照片，请逐个小区补充。"), (16, "请补充绿地率的测算材料。"))
PROFILE = (
    "{name}位于{street}，辖区内有多个居民小区，设有社区党群服务中心、居民活动室和健身场地。本社区成立了绿色社区创建领导小组，"
    "制定了年度创建计划；组织居民议事会讨论小区环境整治，推进生活垃圾分类、楼道整治和小微绿地改造；定期更换宣传栏内容，"
    "组织环保志愿活动。（演示数据，不是本社区的真实情况。）"
)


@dataclass(frozen=True)
class Course:
    """A community of the county and when it declares, in working days before now.

    ``returned`` says that the county sends single items back; where it is ``"corrected"`` they come again. ``then`` is what
    happens after the award. ``declares`` None: it is still assessing, since ``begins``.
    """

    code: int
    declares: int | None = None
    quality: float = 0.95
    returned: str = ""
    then: str = ""
    begins: int = 0
    borrows: int = 0
    photos: int = assessing.PHOTOS


@dataclass(frozen=True)
class Round:
    """A round of the province in working days before now; None where it has not come to that."""

    freezes: int
    draws: int | None = None
    publishes: int | None = None
    awards: int | None = None
    objection: str = ""


OPEN, ANSWERED = "open", "answered"
ADVANCES, FALLS_BACK, SLACKENS = "advances", "falls back", "slackens"

# 武侯区 under sichuan-2020: every state that a community can be in.
WUHOU = (
    # Awarded some two years ago, re-examined last year.
    Course(510107005002, 546, quality=1.0, then=ADVANCES),
    Course(510107005004, 543),
    Course(510107005006, 540, then=SLACKENS),
    Course(510107005007, 538, quality=0.9, then=FALLS_BACK),
    # Awarded nearly a year ago: to be re-examined soon.
    Course(510107004001, 309),
    Course(510107007001, 305),
    Course(510107009001, 238),
    Course(510107010001, 235),
    # Past their notice, waiting for the award.
    Course(510107005001, 84, quality=0.98),
    Course(510107011002, 78),
    Course(510107004002, 71, quality=0.9),
    # One of them drawn for the spot check, the others on notice.
    Course(510107001011, 52),
    Course(510107001012, 47, quality=0.9),
    Course(510107005008, 41),
    Course(510107009002, 33),
    # In the frame of the next draw.
    Course(510107004003, 38, returned="corrected"),
    Course(510107010002, 27),
    Course(510107012003, 25),
    Course(510107001009, 21),
    # With the city, the county, the street, the community itself.
    Course(510107001008, 16),
    Course(510107007003, 13, quality=0.9),
    Course(510107001005, 14, returned="waits"),
    Course(510107001007, 9, quality=0.85),
    Course(510107005010, 8, borrows=510107001007),
    Course(510107010004, 6),
    Course(510107001006, 3),
    Course(510107005011, 2, quality=0.85),
    Course(510107009003, 1),
    Course(510107001004, begins=15, quality=0.9, photos=8),
    Course(510107004004, begins=10, quality=0.8),
)
ROUNDS = (
    Round(512, 511, 495, 476),
    Round(278, 277, 260, 241),
    Round(212, 211, 194, 178),
    Round(47, 46, 20, objection=ANSWERED),
    Round(11, 10, 1, objection=OPEN),
    Round(2),
)
# The best of the first round declares for the 示范 title in the third.
ADVANCE = 236
SLACKENED = 18

# 赵巷镇's roster: the first year's is before the city's panel, of the second year's one has declared.
FIRST_YEAR = (6, 7, 9, 11, 12, 14, 16, 17)
SECOND_YEAR = (8, 10, 13, 15)
# How many of 赵巷镇's communities report; the last two of them one returned and one late.
REPORTING = 6


class HasSimulation(Exception):
    """Made-up people must not meet: the demonstration is not made where there is a simulated programme."""


@transaction.atomic
def build(now: dt.datetime) -> bool:
    """Make the demonstration as of ``now``; False where it is there already."""
    if Assessment.objects.filter(is_demonstration=True).exists():
        return False
    if Assessment.objects.filter(is_simulated=True).exists():
        raise HasSimulation("已有模拟数据，没有生成演示数据。清除模拟数据（greenhood simulate … --clear）后再运行。")
    stage = Stage(now)
    _plan_wuhou(stage)
    _plan_zhaoxiang(stage)
    _plan_ground(stage)
    _plan_survey(stage)
    _plan_reports(stage)
    works.plan(stage)
    experts.plan(stage)
    programme.plan(stage)
    coordination.plan(stage)
    supervision.plan(stage)
    exemplars.plan(stage)
    planning.plan(stage)
    with progress.bar(None, "准备演示数据", unit="步") as bar:
        for _ in stage.agenda.run():
            bar.update()
    return True


class Stage:
    """What every scene needs: the agenda, the working days, the people and the places."""

    def __init__(self, now: dt.datetime) -> None:
        self.agenda, self.days = Agenda(now), Days(now)
        zhaoxiang = [people.ZHAOXIANG + number for number in (*FIRST_YEAR, *SECOND_YEAR)]
        codes = [*(course.code for course in WUHOU), *zhaoxiang]
        self.crew = people.appoint_all(codes, at=self.days.at(APPOINTED))
        self.places: Mapping[int, Division] = {
            place.code: place for place in divisions.current().filter(code__in=codes)
        }
        self.streets = {
            code: next(one for one in reversed(path) if one.level == Level.STREET).name
            for code, path in divisions.paths(self.places.values()).items()
        }

    def put(self, days_ago: int, minutes: int, what: Callable[[dt.datetime], None]) -> None:
        self.agenda.put(self.days.at(days_ago, minutes), what)


def _minutes(code: int) -> int:
    """Everyone has their own time of day, the same in every demonstration."""
    return random.Random(code).randint(20, 460)


# --- a community assesses and declares --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entrant:
    """A community that assesses itself, and how what it declares goes on."""

    stage: Stage
    community: Division
    manner: Manner
    year: int
    title: str = "green-community"
    returned: str = ""
    held_at: Level | None = None

    @property
    def crew(self) -> Crew:
        return self.stage.crew

    @property
    def worker(self) -> Actor:
        return self.crew.worker(self.community)

    def assess(self, begins: dt.datetime, ends: dt.datetime) -> None:
        half, most = (begins + (ends - begins) * share for share in (0.5, 0.75))
        minutes = _minutes(self.community.code)
        self.stage.agenda.put(begins, self._start)
        self.stage.agenda.put(opening(on_or_before(half.date()), minutes + 15), self._fill_in)
        self.stage.agenda.put(opening(on_or_before(most.date()), minutes + 30), self._photograph)

    def declare_at(self, when: dt.datetime) -> None:
        self.stage.agenda.put(when, self._declare)

    @property
    def _assessment(self) -> Assessment:
        return Assessment.objects.select_related("community", "version").get(
            community=self.community, year=self.year, is_demonstration=True
        )

    def _start(self, at: dt.datetime) -> None:
        assessing.start(self.community, year=self.year, by=self.worker, at=at)

    def _fill_in(self, at: dt.datetime) -> None:
        assessing.fill_in(self._assessment, self.manner, by=self.worker, at=at)

    def _photograph(self, at: dt.datetime) -> None:
        assessing.photograph(self._assessment, self.manner, by=self.worker, at=at)

    def _declare(self, at: dt.datetime) -> None:
        street = self.stage.streets[self.community.code]
        particulars = Particulars(
            leader="王建华（演示）",
            phone="000-00000000",
            address=f"{street}演示路1号",
            profile=PROFILE.format(name=self.community.name, street=street),
        )
        row = declaring.declare(self._assessment, self.title, particulars, by=self.worker, at=at)
        self.go_on(row.pk, at)

    def go_on(self, pk: UUID, at: dt.datetime) -> None:
        """Let the office at whose step it has arrived take its time, if it is one officer's to decide."""
        row, step = driver.stands(pk)
        level = procedure.level_of(step)
        if driver.is_decided_by_one(row, step) and level is not self.held_at:
            when = later(at, PACE[level], _minutes(self.community.code + level))
            self.stage.agenda.put(when, partial(self._decide, pk, level))

    def _decide(self, pk: UUID, level: Level, at: dt.datetime) -> None:
        at_step, officer = driver.placed_at(pk), self.crew.officer(self.community, level)
        if self.returned and level == Level.COUNTY and not at_step.declaration.decisions.filter(outcome="return"):
            driver.decide(at_step, officer, at, outcome=Outcome.RETURN, opinion=RETURNED_FOR, items=RETURNED)
            if self.returned == "corrected":
                self.stage.agenda.put(later(at, CORRECTING, 200), partial(self._resubmit, pk))
            return
        driver.decide(at_step, officer, at)
        self.go_on(pk, at)

    def _resubmit(self, pk: UUID, at: dt.datetime) -> None:
        row, _ = driver.stands(pk)
        deciding.resubmit(row, by=self.worker, revision=row.revision, note="两项材料已补充，请审核。", at=at)
        self.go_on(pk, at)


# --- 武侯区 -----------------------------------------------------------------------------------------------------------


def _plan_wuhou(stage: Stage) -> None:
    entrants = {course.code: _enter(stage, course) for course in WUHOU}
    best = next(course for course in WUHOU if course.then == ADVANCES)
    _enter(stage, Course(best.code, ADVANCE, quality=1.0), title="demonstration")
    for one in ROUNDS:
        stage.put(one.freezes, 30, partial(_freeze, stage, one, entrants))


def _enter(stage: Stage, course: Course, title: str = "green-community") -> Entrant:
    begins = course.begins if course.declares is None else course.declares + ASSESSING
    minutes = _minutes(course.code)
    manner = Manner(
        quality=course.quality,
        is_complete=course.declares is not None,
        borrows=stage.places.get(course.borrows),
        photos=course.photos,
    )
    entrant = Entrant(
        stage,
        stage.places[course.code],
        manner,
        stage.days.ago(begins).year,
        title=title,
        returned=course.returned,
    )
    ends = stage.days.at(course.declares or 1, minutes)
    entrant.assess(stage.days.at(begins, minutes), ends)
    if course.declares is not None:
        entrant.declare_at(ends)
    return entrant


def _freeze(stage: Stage, one: Round, entrants: dict[int, Entrant], at: dt.datetime) -> None:
    # The last frame has no draw yet: whoever tries it out draws with a seed of the system.
    source = SEED_SOURCE if one.draws is not None else ""
    frozen = driver.freeze(SICHUAN, stage.crew["sheng"], at, seed_source=source)
    if one.draws is not None:
        stage.put(one.draws, 60, partial(_draw, stage, frozen, entrants))
    if one.publishes is not None:
        stage.put(one.publishes, 75, partial(_publish, stage, one))
    if one.awards is not None:
        stage.put(one.awards, 90, partial(_award, stage))


def _draw(stage: Stage, frozen: Draw, entrants: dict[int, Entrant], at: dt.datetime) -> None:
    for pk, code in driver.draw(frozen, stage.crew["sheng"], at):
        entrants[code].go_on(pk, at)


def _publish(stage: Stage, one: Round, at: dt.datetime) -> None:
    notice = driver.publish(SICHUAN, stage.crew["sheng"], at)
    stage.agenda.put(later(opening(notice.closes_on), 1), partial(_close, stage, notice))
    if one.objection == ANSWERED:
        stage.agenda.put(opening(notice.opens_on, 300), partial(_object, stage, notice, True))
    if one.objection == OPEN:
        # The notice runs since today: this morning, or just now where the day has hardly begun.
        now = stage.agenda.now
        when = max(at, min(opening(notice.opens_on, 15), now - dt.timedelta(minutes=10)))
        stage.agenda.put(when, partial(_object, stage, notice, False))


def _object(stage: Stage, notice: Notice, is_answered: bool, at: dt.datetime) -> None:
    complaint = Complaint(
        name="罗建国（演示）",
        contact="000-00000000（演示）",
        reason="（演示异议）公示社区自评“消防通道畅通”，我所住的小区北门消防通道长期停车，请核实。",
    )
    entry = notice.entries.order_by("declaration__community__code").first()
    assert entry is not None
    objection = noticing.object_to(entry, complaint, by=Actor.anonymous(), at=at)
    if is_answered:
        stage.agenda.put(later(at, 2, 100), partial(_answer, stage, objection))


def _answer(stage: Stage, objection: Objection, at: dt.datetime) -> None:
    answer = "（演示答复）经街道、消防救援机构到场核实，通道已划线并加装隔离桩，停车问题已解决。"
    noticing.answer(objection, by=stage.crew["sheng"], answer=answer, upheld=False, at=at)


def _close(stage: Stage, notice: Notice, at: dt.datetime) -> None:
    noticing.close(notice, by=stage.crew["sheng"], at=at)


# --- after the award --------------------------------------------------------------------------------------------------


def _award(stage: Stage, at: dt.datetime) -> None:
    then = {course.code: course.then for course in WUHOU}
    for award in driver.award(SICHUAN, stage.crew["sheng"], at):
        code = award.community.code
        due = award.reexaminations.get().due_on
        stage.agenda.put(opening(on_or_before(due), _minutes(code)), partial(_reexamine, stage, award, then[code]))
        if then[code] == SLACKENS:
            stage.put(SLACKENED, _minutes(code), partial(_order, stage, award))


def _reexamine(stage: Stage, award: Award, then: str, at: dt.datetime) -> None:
    due = award.reexaminations.filter(done_at=None).earliest("due_on")
    if then != FALLS_BACK:
        findings = "（演示）现场复查 28 项，保持命名时的水平，复查合格。"
        upkeep.pass_reexamination(due, by=stage.crew["xian"], findings=findings, at=at)
        return
    order = upkeep.fail_reexamination(
        due,
        by=stage.crew["xian"],
        findings="（演示）垃圾分类投放点减少、绿地缺株较多，与命名时相比明显退步。",
        demands="恢复分类投放点，补种缺株，规范停车秩序。",
        criteria=[10, 16, 17],
        at=at,
    )
    stage.agenda.put(later(opening(order.due_on), 5, 40), partial(_delist, stage, order))


def _order(stage: Stage, award: Award, at: dt.datetime) -> None:
    award.refresh_from_db()
    demands = "日常检查发现生活垃圾分类投放点管理退步、绿地有缺株，请整改。"
    upkeep.order(award, demands=demands, criteria=[10, 16], by=stage.crew["xian"], at=at)


def _delist(stage: Stage, order: Rectification, at: dt.datetime) -> None:
    reason = "（演示）逾期未完成整改，按程序予以除名。"
    upkeep.delist(order, by=stage.crew["sheng"], revision=order.revision, reason=reason, at=at)


# --- 赵巷镇 -----------------------------------------------------------------------------------------------------------


def _plan_zhaoxiang(stage: Stage) -> None:
    """Its year closes on 30 October; the city's panel sits in the second half of November."""
    today = today_in_shanghai(stage.agenda.now)
    closing = dt.date(today.year if (today.month, today.day) > (11, 20) else today.year - 1, 10, 30)
    closes = opening(on_or_before(closing))
    for place, number in enumerate(FIRST_YEAR):
        _enter_zhaoxiang(stage, number, _before(closes, 3 + place, _minutes(number)))
    stage.agenda.put(later(closes, 9, 30), partial(_freeze_zhaoxiang, stage))
    declared, *still_assessing = SECOND_YEAR
    _enter_zhaoxiang(stage, declared, _last_before_closing(stage), held_at=Level.STREET)
    for place, number in enumerate(still_assessing):
        begins = stage.days.at(16 - 3 * place, _minutes(number))
        entrant = _entrant_of_zhaoxiang(stage, number, begins.year, Manner(0.6, is_complete=False))
        entrant.assess(begins, stage.days.at(1, _minutes(number)))


def _last_before_closing(stage: Stage) -> dt.datetime:
    recent = stage.days.at(3, 130)
    return min(recent, opening(on_or_before(dt.date(recent.year, 10, 29)), 130))


def _before(moment: dt.datetime, working_days: int, minutes: int) -> dt.datetime:
    day = today_in_shanghai(moment)
    for _ in range(working_days):
        day = on_or_before(day - dt.timedelta(days=1))
    return opening(day, minutes)


def _entrant_of_zhaoxiang(
    stage: Stage, number: int, year: int, manner: Manner, held_at: Level | None = None
) -> Entrant:
    return Entrant(stage, stage.places[people.ZHAOXIANG + number], manner, year, held_at=held_at)


def _enter_zhaoxiang(stage: Stage, number: int, declares: dt.datetime, held_at: Level | None = None) -> None:
    entrant = _entrant_of_zhaoxiang(stage, number, declares.year, Manner(0.97), held_at)
    entrant.assess(_before(declares, ASSESSING, _minutes(number)), declares)
    entrant.declare_at(declares)


def _freeze_zhaoxiang(stage: Stage, at: dt.datetime) -> None:
    frozen = driver.freeze(ZHAOXIANG, stage.crew["zx-shi"], at, seed_source=SEED_SOURCE)
    stage.agenda.put(later(at, 1, 45), partial(_draw_zhaoxiang, stage, frozen))


def _draw_zhaoxiang(stage: Stage, frozen: Draw, at: dt.datetime) -> None:
    drawn = [pk for pk, _ in driver.draw(frozen, stage.crew["zx-shi"], at)]
    stage.agenda.put(later(at, 1, 60), partial(_open_panel, stage, drawn))


def _open_panel(stage: Stage, drawn: list[UUID], at: dt.datetime) -> None:
    """Seat everybody; one expert has an interest in the first community and must stand back from it."""
    first = Declaration.objects.filter(pk__in=drawn).order_by("community__code").select_related("community")[0]
    record_interest(
        stage.crew.user("zhuanjia2"),
        by=stage.crew["zx-shi"],
        division=first.community,
        reason="曾受聘为该社区创建工作顾问（演示）",
        at=at,
    )
    sitters = [Sitter(stage.crew.user(one.username).pk, one.seat) for one in people.PEOPLE if one.seat]
    panel = seating.open_panel(drawn, sitters, by=stage.crew["zx-shi"], title=f"（演示）{at:%Y}年实地抽样考评", at=at)
    for place, username in enumerate(("waizhuan", "shimin")):
        stage.agenda.put(later(at, 2, 90 + 45 * place), partial(_hand_in_all, stage, panel, username))
    stage.agenda.put(later(at, 3, 70), partial(_begin_one, stage, panel))


def _sheets(panel: Panel, member: Actor) -> Iterator[PanelCase]:
    cases = panel.cases.exclude(recusals__seat__user=member.user).order_by("declaration__community__code")
    yield from cases.select_related("declaration__assessment__community", "declaration__assessment__version")


def _hand_in_all(stage: Stage, panel: Panel, username: str, at: dt.datetime) -> None:
    member = stage.crew[username]
    for case in _sheets(panel, member):
        driver.score(case.declaration.assessment, Scorer.PANEL, panel.step, member, at)


def _begin_one(stage: Stage, panel: Panel, at: dt.datetime) -> None:
    member = stage.crew["zhuanjia"]
    case = next(_sheets(panel, member))
    driver.begin_score(case.declaration.assessment, Scorer.PANEL, panel.step, member, at, agreeing=5)


# --- what is on the ground --------------------------------------------------------------------------------------------

# How those keep their record that don't keep all of it: while they assess, and after.
KEPT = {
    510107004004: Kept.NONE,
    510107001005: Kept.POOR,
    510107005010: Kept.HALF,
    510107009003: Kept.HALF,
    510107010004: Kept.HALF,
    510107011002: Kept.HALF,
    510107012003: Kept.OLD,
    510107005007: Kept.POOR,
    510107007001: Kept.POOR,
    510107009001: Kept.OLD,
    people.ZHAOXIANG + 8: Kept.HALF,
    people.ZHAOXIANG + 10: Kept.POOR,
    people.ZHAOXIANG + 13: Kept.HALF,
    people.ZHAOXIANG + 15: Kept.OLD,
}
# The street of 洗面桥 and the town have drawn their walking paths.
DRAWS_PATHS = (510107001, 310118105)
# Recorded before they began to assess, so that their declarations rest on figures.
EARLY = (
    510107001006,
    510107001008,
    510107005011,
    510107010002,
    # What waits on the county's desk.
    510107001007,
    510107005010,
    510107010004,
)
EARLY_ON, WORKED_ON, IMPORTED_ON, CORRECTED_ON = 60, 12, 2, 1


def _plan_ground(stage: Stage) -> None:
    grounds = list(_grounds(stage))
    (worked,) = (place for place in grounds if place.code == recording.WORKED)
    early = [place for place in grounds if place.is_early]
    stage.put(EARLY_ON, 90, partial(_import_ground, stage, early, "xian", dt.date.min))
    stage.put(EARLY_ON // 2, 90, partial(_import_ground, stage, early, "xian", stage.days.ago(EARLY_ON)))
    stage.put(WORKED_ON, 90, partial(_record_ground, stage, worked))
    others = [place for place in grounds if place is not worked and not place.is_early]
    for minutes, (province, officer) in enumerate(((51, "xian"), (31, "zx-qu")), 300):
        mine = [place for place in others if place.code // 10**10 == province]
        stage.put(IMPORTED_ON, minutes, partial(_import_ground, stage, mine, officer, dt.date.min))
    stage.put(CORRECTED_ON, 350, partial(_correct_ground, stage))


def _grounds(stage: Stage) -> Iterator[Ground]:
    """Communities of one street side by side, in the order of their codes."""
    today = today_in_shanghai(stage.agenda.now)
    seen: Counter[int] = Counter()
    for code, place in sorted(stage.places.items()):
        street = code // 1000
        yield Ground(
            place.pk,
            code,
            place.name,
            seen[street],
            today,
            KEPT.get(code, Kept.FULL),
            draws_paths=street in DRAWS_PATHS,
            is_early=code in EARLY,
        )
        seen[street] += 1


def _record_ground(stage: Stage, place: Ground, at: dt.datetime) -> None:
    recording.thing_by_thing(place, stage.places[place.code], by=stage.crew["shequ"], at=at)


def _import_ground(stage: Stage, grounds: list[Ground], officer: str, after: dt.date, at: dt.datetime) -> None:
    pairs = [(place, stage.places[place.code]) for place in grounds]
    recording.from_a_file(pairs, by=stage.crew[officer], at=at, after=after)


def _correct_ground(stage: Stage, at: dt.datetime) -> None:
    """A lane is blocked now: in the worked example, and where a declaration says otherwise."""
    blocked = {"obstructions": 1, "obstruction_note": "（演示）夜间停车占用"}
    for code in (recording.WORKED, EARLY[0]):
        community = stage.places[code]
        recording.correct(community, "fire-lanes", blocked, by=stage.crew.worker(community), at=at)


# --- the survey -------------------------------------------------------------------------------------------------------

SURVEYED_ON, ANSWERED_ON, SURVEYED_FOR = 15, 1, 20
# Streets whose communities have handed in what they have; the others are still at it.
ANSWERED_STREETS = (510107004, 510107005)


def _plan_survey(stage: Stage) -> None:
    """The county asks every community what is on the ground."""
    stage.put(SURVEYED_ON, 60, partial(_open_survey, stage))
    stage.put(ANSWERED_ON, 380, partial(_hand_in_survey, stage))


def _plan_reports(stage: Stage) -> None:
    """Last year's reports and this year's."""
    zhaoxiang = [stage.places[people.ZHAOXIANG + number] for number in FIRST_YEAR[:REPORTING]]
    today = today_in_shanghai(stage.agenda.now)
    for year in (today.year - 1, today.year):
        reports.plan(stage, zhaoxiang, year=year)


def _open_survey(stage: Stage, at: dt.datetime) -> None:
    officer = stage.crew["xian"]
    terms = Terms(
        title=f"（演示）{at:%Y}年武侯区社区信息摸底",
        fresh_from=at.date() - dt.timedelta(days=200),
        # The office that opens it and the one that runs the demonstration may have different todays.
        due_on=max(at.date(), today_in_shanghai()) + dt.timedelta(days=SURVEYED_FOR),
        clause="二（摸清底数）",
        instructions="（演示）能从已有信息带出的不必重填，只核对、补缺。",
    )
    county = divisions.by_code(people.WUHOU)
    campaign = campaigning.draft(county, terms, by=officer, is_demonstration=True, at=at)
    campaigning.open_(campaign, by=officer, at=at)


def _hand_in_survey(stage: Stage, at: dt.datetime) -> None:
    campaign = Campaign.objects.get(is_demonstration=True)
    lines = completeness.by_community(campaign, campaign.division, most=None)
    done = {line.code for line in lines if line.is_complete}
    replies = campaign.replies.select_related("campaign", "community").order_by("community__code")
    for reply in replies.filter(community__code__in=done & stage.places.keys()):
        if reply.community.code // 1000 in ANSWERED_STREETS:
            replying.submit(reply, by=stage.crew.worker(reply.community), at=at)
