"""The demonstration: a town of Shanghai and a county of Sichuan in the middle of the programme, made through actions.

The divisions are real, what is said of them is not: every row is marked, every photo is drawn and says so. It can be asked
for again at any time and is made once.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

from django.db import transaction

from greenhood.assessments import answers, standards
from greenhood.assessments.actions import answers as answering
from greenhood.assessments.actions import evidence
from greenhood.assessments.answers import Fields
from greenhood.assessments.models import Assessment
from greenhood.declarations.actions import declaring, upkeep
from greenhood.declarations.actions.declaring import Particulars
from greenhood.declarations.models import Award, Declaration
from greenhood.declarations.queries.placing import placed
from greenhood.demo import drawing, driver, people
from greenhood.demo.people import Crew
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.kit import progress
from greenhood.schemes.format import Criterion, Outcome, Standard

SHANGHAI_TIME = ZoneInfo("Asia/Shanghai")
PROFILE = (
    "{name}位于{street}，辖区内有多个居民小区，设有社区党群服务中心、居民活动室和健身场地。本社区成立了绿色社区创建领导小组，"
    "制定了年度创建计划；组织居民议事会讨论小区环境整治，推进生活垃圾分类、楼道整治和小微绿地改造；定期更换宣传栏内容，"
    "组织环保志愿活动。（演示数据，不是本社区的真实情况。）"
)


@dataclass(frozen=True)
class Course:
    """How far a community has come: the step at which it waits now, or one of the words below."""

    code: int
    where: str
    days_ago: int = 60
    quality: float = 0.95


ASSESSING, RETURNED, RECTIFYING, DELISTED, AWARDED = "assessing", "returned", "rectifying", "delisted", "awarded"

# 武侯区 under sichuan-2020: every state that a community can be in.
WUHOU = (
    Course(510107001004, ASSESSING, quality=0.7),
    Course(510107001005, RETURNED, 30),
    Course(510107001006, "recommend", 6),
    Course(510107001007, "recommend", 3, 0.85),
    Course(510107001008, "county-review", 12),
    Course(510107001009, "county-review", 16, 0.9),
    Course(510107001010, "city-review", 30),
    Course(510107001011, "province-sample", 40),
    Course(510107001012, "notice", 60),
    Course(510107005001, "award", 80),
    Course(510107005002, AWARDED, 300),
    Course(510107005004, AWARDED, 420, 1.0),
    Course(510107005006, RECTIFYING, 460),
    Course(510107005007, DELISTED, 700),
)
# 赵巷镇: the 8 communities of its first year are with the city's panel, the 4 of the second are still at work.
ZHAOXIANG_FIRST = (6, 7, 9, 11, 12, 14, 16, 17)
ZHAOXIANG_SECOND = (8, 10, 13, 15)


@transaction.atomic
def build(now: dt.datetime) -> bool:
    """Make the demonstration as of ``now``; False where it is there already."""
    if Assessment.objects.filter(is_demonstration=True).exists():
        return False
    crew = people.appoint_all()
    courses = [*WUHOU, *_zhaoxiang(now)]
    with progress.bar(len(courses), "准备演示数据", unit="个社区") as bar:
        for course in courses:
            _run(course, crew, now)
            bar.update()
    return True


def _zhaoxiang(now: dt.datetime) -> Iterable[Course]:
    # Its year closes on 30 October; what was declared before the last one waits for the panel now.
    closing = dt.datetime(now.year, 10, 28, 10, tzinfo=SHANGHAI_TIME)
    if closing > now - dt.timedelta(days=14):
        closing = closing.replace(year=now.year - 1)
    ago = (now - closing).days
    for number in ZHAOXIANG_FIRST:
        yield Course(people.ZHAOXIANG + number, "city-panel", ago + number % 5)
    yield Course(people.ZHAOXIANG + ZHAOXIANG_SECOND[0], "compile", ago + 1)
    for number in ZHAOXIANG_SECOND[1:]:
        yield Course(people.ZHAOXIANG + number, ASSESSING, quality=0.6)


def _run(course: Course, crew: Crew, now: dt.datetime) -> None:
    community = divisions.by_code(course.code)
    began = now - dt.timedelta(days=course.days_ago)
    assessment = _assess(community, course, crew, began)
    if course.where == ASSESSING:
        return
    declaration = _declare(assessment, crew, began)
    match course.where:
        case "returned":
            _return(declaration, crew, began)
        case "awarded" | "rectifying" | "delisted":
            at = driver.advance(declaration, crew, until="", at=began)
            _after_award(declaration, course, crew, at, now)
        case step:
            driver.advance(declaration, crew, until=step, at=began)


# --- the self-assessment ----------------------------------------------------------------------------------------------


def _assess(community: Division, course: Course, crew: Crew, began: dt.datetime) -> Assessment:
    worker = people.worker_of(crew, community)
    chance = random.Random(course.code)
    assessment = answering.start(community, year=began.year, by=worker)
    Assessment.objects.filter(pk=assessment.pk).update(is_demonstration=True, started_at=began - dt.timedelta(days=20))
    standard = standards.standard_of(assessment)
    given = {
        no: (_fields(standard, line, course, chance), 0)
        for no, line in standards.lines(standard).items()
        if course.where != ASSESSING or chance.random() < 0.75
    }
    _, refused = answering.save_answers(assessment, filled=given, by=worker)
    assert not refused, refused
    _photograph(assessment, course, crew, chance)
    return Assessment.objects.select_related("community", "version").get(pk=assessment.pk)


def _fields(standard: Standard, line: Criterion, course: Course, chance: random.Random) -> Fields:
    """What a community of this quality answers; a figure is taken a little beyond its threshold, or short of it."""
    asked = answers.asked(standard, line)
    good = [chance.random() < course.quality for _ in line.checks] or [chance.random() < course.quality]
    share = Decimal(sum(good)) / len(good)
    return Fields(
        met=all(good) if "met" in asked else None,
        checks=tuple(good) if "checks" in asked and line.checks else (),
        claimed=((line.points or Decimal(0)) * share).quantize(Decimal("0.5")) if "claimed" in asked else None,
        note="演示说明：本项工作已有安排，材料见附件。" if chance.random() < 0.4 else "",
    )


def _photograph(assessment: Assessment, course: Course, crew: Crew, chance: random.Random) -> None:
    worker = people.worker_of(crew, assessment.community)
    lines = standards.lines(standards.standard_of(assessment))
    for no in sorted(chance.sample(sorted(lines), 6)):
        photo = drawing.scene(lines[no].title, assessment.community.name, seed=f"{course.code}-{no}")
        name = f"{lines[no].title[:20]}.jpg"
        evidence.attach(assessment, criterion=no, file=BytesIO(photo), name=name, by=worker)


# --- the declaration --------------------------------------------------------------------------------------------------


def _declare(assessment: Assessment, crew: Crew, at: dt.datetime) -> Declaration:
    scheme = assessment.version.scheme
    title = next(title for title in scheme.titles if not title.requires)
    street = divisions.ancestors(assessment.community)[-1].name
    name = assessment.community.name
    particulars = Particulars(
        leader="王建华",
        phone="028-00000000",
        address=f"{street}演示路1号",
        profile=PROFILE.format(name=name, street=street),
    )
    return declaring.declare(assessment, title.key, particulars, by=people.worker_of(crew, assessment.community), at=at)


def _return(declaration: Declaration, crew: Crew, at: dt.datetime) -> None:
    at = driver.advance(declaration, crew, until="county-review", at=at)
    at_step = placed([driver.reload(declaration)])[0]
    driver.decide(
        at_step,
        driver.officer_for(at_step, crew),
        at + driver.PAUSE,
        outcome=Outcome.RETURN,
        opinion="有两项证明材料不足，请补充后重新提交，其余各项不必改动。",
        items=[(10, "缺少分类投放设施全覆盖的照片，请逐个小区补充。"), (16, "请补充绿地率的测算材料。")],
    )


def _after_award(declaration: Declaration, course: Course, crew: Crew, awarded: dt.datetime, now: dt.datetime) -> None:
    if course.where == AWARDED:
        return
    award = Award.objects.get(declaration=declaration)
    ordered = now - dt.timedelta(days=25 if course.where == RECTIFYING else 200)
    order = upkeep.order(
        award,
        demands="复查发现生活垃圾分类投放点管理退步、绿地有缺株，请整改。",
        criteria=[10, 16],
        by=crew["xian"],
        at=ordered,
    )
    if course.where == DELISTED:
        upkeep.delist(
            order,
            by=crew["sheng"],
            revision=order.revision,
            reason="逾期未完成整改，按程序予以除名。",
            at=now - dt.timedelta(days=100),
        )
