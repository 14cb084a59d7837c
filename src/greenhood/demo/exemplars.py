"""What the demonstration learns and honours: practices in every state, bases with visitors, a meeting held and one ahead, a
commendation decided, one on notice with an objection, one that takes nominations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Protocol
from uuid import UUID

from greenhood.accounts.actor import Actor
from greenhood.demo import drawing
from greenhood.demo.agenda import Agenda, Days
from greenhood.demo.people import WUHOU, ZHAOXIANG, Crew
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.evidence import actions as evidence
from greenhood.exemplars import clauses
from greenhood.exemplars.actions import bases, honours, meetings, objections, practices
from greenhood.exemplars.actions.bases import Particulars
from greenhood.exemplars.actions.honours import Nominee, Terms
from greenhood.exemplars.actions.meetings import Plan
from greenhood.exemplars.actions.objections import Complaint
from greenhood.exemplars.contents import Content
from greenhood.exemplars.models import Base, Meeting, Practice, Round
from greenhood.insight.queries import lower_divisions
from greenhood.kit.dates import today_in_shanghai

MARK = "（演示）"
SICHUAN_SCHEME, NATIONAL_SCHEME = "sichuan-2020", "national-2020"
YULIN, SECOND, THIRD, WORKED, NEXT = 510107005002, 510107005004, 510107004001, 510107001004, 510107001005
ADOPTERS = (510107005006, 510107007001, 510107009001)
TOWN_FIRST, TOWN_SECOND = ZHAOXIANG + 6, ZHAOXIANG + 7
OFFICE = "028-85550000"

Put = Callable[[int, int, Callable[[dt.datetime], None]], None]


class Stage(Protocol):
    agenda: Agenda
    crew: Crew
    days: Days
    places: Mapping[int, Division]


def _content(title: str, summary: str, topics: Sequence[str], types: Sequence[str], criteria: Sequence[str]) -> Content:
    return Content(
        title=f"{MARK}{title}"[:60],
        summary=summary,
        problem=f"{MARK}长期没有人管，居民意见多，单靠一次整治总有反弹。",
        done=f"{MARK}一、议事会摸清情况和权属，公开讨论三轮。\n二、社区设计师画出三个方案，居民投票选定。\n三、街道统筹资金，施工期间居民代表监督。\n四、楼栋认领管护，每月在宣传栏公布。",
        result=f"{MARK}改造后半年没有反弹，参加管护的居民逐月增加。",
        figures=(
            {"name": "居民投诉", "before": "9", "after": "1", "unit": "起/月"},
            {"name": "参加管护的居民", "before": "0", "after": "120", "unit": "户"},
        ),
        cost=Decimal(86_000),
        months=5,
        conditions=f"{MARK}有固定的议事平台；场地权属清楚，或街道能够协调。",
        criteria=tuple(criteria),
        topics=tuple(topics),
        types=tuple(types),
        unit=f"{MARK}社区居委会",
        phone=OFFICE,
    )


def _tags(scheme: str, *numbers: int) -> list[str]:
    return [clauses.tag(scheme, no) for no in numbers]


# By who wrote it: what it says, and the tags by the scheme that the place goes by.
PUBLISHED = (
    (YULIN, "议事会牵头，把边角地改成口袋公园", "居民议三轮，两处堆放杂物的边角地成了口袋公园，楼栋认领管护。", ("green", "deliberation"), ("old",), (15, 4)),
    (SECOND, "雨水花园和透水铺装一起做，院落不再积水", "结合老旧小区改造做雨水花园，三处内涝点消除，用水浇绿地。", ("sponge", "renovation"), ("old", "mixed"), (12, 13)),
    (THIRD, "错时共享停车，让出消防通道", "和周边单位签错时停车约定，夜间增加四十个车位，通道划线专人管。", ("parking", "roads"), ("old", "unit"), (17, 9, 20)),
)  # fmt: skip


def plan(stage: Stage) -> None:
    """Put everything on the agenda, in working days before now."""
    county, put = stage.crew["xian"], _putting(stage)
    for place, (code, title, summary, topics, types, numbers) in enumerate(PUBLISHED):
        content = _content(title, summary, topics, types, _tags(SICHUAN_SCHEME, *numbers))
        put(120 - 20 * place, 30, partial(_publish, stage, code, content, county, place == 0))
    put(70, 60, partial(_recommend, stage))
    put(60, 90, partial(_adopt, stage))
    put(6, 100, partial(_hand_in, stage))
    put(9, 60, partial(_return, stage))
    town = _content(
        "垃圾分类积分换绿植",
        "分类投放得积分，换社区苗圃的绿植。",
        ("waste", "volunteers"),
        ("new",),
        _tags(NATIONAL_SCHEME, 5, 13),
    )
    put(50, 45, partial(_publish, stage, TOWN_FIRST, town, stage.crew["zx-qu"], False))

    put(
        110,
        120,
        partial(_open_base, stage, YULIN, f"{MARK}玉林绿色生活馆", county, Decimal("104.0583"), Decimal("30.6318")),
    )
    put(
        48,
        120,
        partial(
            _open_base,
            stage,
            TOWN_FIRST,
            f"{MARK}赵巷垃圾分类教育基地",
            stage.crew["zx-qu"],
            Decimal("121.2010"),
            Decimal("31.1530"),
        ),
    )
    put(4, 50, partial(_apply_for_base, stage))

    put(45, 60, partial(_hold_meeting, stage))
    put(2, 70, partial(_announce_meeting, stage))
    put(40, 30, partial(_hold_town_meeting, stage))

    put(200, 30, partial(_open_round, stage, f"{MARK}武侯区绿色社区创建行动表扬", county))
    put(185, 60, partial(_nominate, stage, f"{MARK}武侯区绿色社区创建行动表扬"))
    put(165, 90, partial(_decide, stage, f"{MARK}武侯区绿色社区创建行动表扬"))
    put(20, 30, partial(_open_round, stage, f"{MARK}武侯区绿色社区创建行动优秀做法表扬", county))
    put(3, 60, partial(_nominate_again, stage))
    put(1, 150, partial(_object, stage))
    put(8, 60, partial(_open_round, stage, f"{MARK}青浦区绿色社区创建行动表扬", stage.crew["zx-qu"]))
    put(3, 90, partial(_nominate_town, stage))


def _putting(stage: Stage) -> Put:
    return lambda days, minutes, what: stage.agenda.put(stage.days.at(days, minutes), what)


# --- practices --------------------------------------------------------------------------------------------------------


def _worker(stage: Stage, code: int) -> tuple[Division, Actor]:
    community = stage.places[code]
    return community, stage.crew.worker(community)


def _write(stage: Stage, code: int, content: Content, at: dt.datetime, *, submit: bool = True) -> Practice:
    community, by = _worker(stage, code)
    row = practices.begin(community, content, by=by, at=at)
    return practices.submit(row, revision=row.revision, by=by, at=at) if submit else row


def _publish(stage: Stage, code: int, content: Content, by: Actor, with_photo: bool, at: dt.datetime) -> None:
    row = _write(stage, code, content, at)
    photos: list[UUID] = []
    if with_photo:
        picture = drawing.scene("口袋公园", row.division.name, seed=row.title, taken=at)
        community, worker = _worker(stage, code)
        kept = evidence.attach(
            BytesIO(picture), "口袋公园.jpg", community=community, subject_kind=practices.KIND, subject_id=row.pk, by=worker,
            caption=f"{MARK}改造后的口袋公园", at=at,
        )  # fmt: skip
        photos = [kept.attachment.pk]
    practices.publish(row, revision=row.revision, by=by, photos=photos, are_checked=True, at=at)


def _recommend(stage: Stage, at: dt.datetime) -> None:
    row = Practice.objects.get(is_demonstration=True, division=stage.places[YULIN])
    row = practices.recommend(row, revision=row.revision, by=stage.crew["xian"], at=at)
    practices.take_over(row, revision=row.revision, by=stage.crew["shi"], at=at)


def _adopt(stage: Stage, at: dt.datetime) -> None:
    for place, (code, *_) in enumerate(PUBLISHED[:2]):
        row = Practice.objects.get(is_demonstration=True, division=stage.places[code])
        for adopter in ADOPTERS[place:]:
            community, by = _worker(stage, adopter)
            said = f"{MARK}照着做了一处，议事会改为每月一次，居民反映好。"
            practices.adopt(row, community, since=at.date() - dt.timedelta(days=20), outcome=said, by=by, at=at)


def _hand_in(stage: Stage, at: dt.datetime) -> None:
    """One waits for the county, one is a draft of the community that is still assessing."""
    waiting = _content(
        "电动车棚加装充电和监控",
        "三个车棚集中充电，楼道不再停车。",
        ("parking", "smart"),
        ("old",),
        _tags(SICHUAN_SCHEME, 17),
    )
    _write(stage, NEXT, waiting, at)
    draft = _content("楼道线缆清理", "楼道飞线清理的做法。", ("pipes",), ("old",), ())
    _write(stage, WORKED, draft, at, submit=False)


def _return(stage: Stage, at: dt.datetime) -> None:
    content = _content(
        "环保课堂进小学", "小手拉大手，两所小学每月一课。", ("schools",), ("mixed",), _tags(SICHUAN_SCHEME, 25)
    )
    row = _write(stage, WORKED, content, at)
    practices.give_back(
        row, reason=f"{MARK}请补充参加人数和家长反馈。", revision=row.revision, by=stage.crew["xian"], at=at
    )


# --- bases ------------------------------------------------------------------------------------------------------------


def _particulars(name: str, longitude: Decimal | None = None, latitude: Decimal | None = None) -> Particulars:
    return Particulars(
        name=name,
        address=f"{MARK}社区党群服务中心一楼",
        hours="工作日 9:00–17:00，团体请提前 3 天预约",
        capacity=40,
        intro=f"{MARK}展示垃圾分类、雨水收集和楼道整治的做法，有讲解，适合社区工作者和学生。",
        unit=f"{MARK}社区居委会",
        phone=OFFICE,
        themes=("waste", "sponge", "publicity"),
        longitude=longitude,
        latitude=latitude,
    )


def _open_base(
    stage: Stage, code: int, name: str, by: Actor, longitude: Decimal, latitude: Decimal, at: dt.datetime
) -> None:
    community, worker = _worker(stage, code)
    row = bases.apply(community, _particulars(name, longitude, latitude), by=worker, at=at)
    until = dt.date(today_in_shanghai(stage.agenda.now).year + 2, 12, 31)
    row = bases.designate(row, valid_until=until, revision=row.revision, by=by, at=at)
    for place, (group, people) in enumerate((("第一小学", 45), ("邻近街道", 18), ("物业服务企业", 22))):
        then = at + dt.timedelta(days=7 * (place + 1))
        stage.agenda.put(then, partial(_visited, row, f"{MARK}{group}", people, worker))


def _visited(base: Base, group: str, people: int, by: Actor, at: dt.datetime) -> None:
    bases.note_visit(base, on=today_in_shanghai(at), group=group, people=people, by=by, at=at)


def _apply_for_base(stage: Stage, at: dt.datetime) -> None:
    community, worker = _worker(stage, SECOND)
    bases.apply(community, _particulars(f"{MARK}雨水花园教育点"), by=worker, at=at)


# --- meetings ---------------------------------------------------------------------------------------------------------


def _meeting(division: Division, title: str, by: Actor, on: dt.date, at: dt.datetime, **more: object) -> Meeting:
    said = Plan(
        kind=str(more.get("kind", Meeting.Kind.ON_SITE)),
        title=f"{MARK}{title}",
        on=on,
        begins=dt.time(9, 30),
        place=f"{MARK}社区居民活动室",
        reply_by=max(on - dt.timedelta(days=2), today_in_shanghai(at)),
        unit=f"{MARK}创建办公室",
        phone=OFFICE,
        agenda=f"{MARK}一、现场查看。二、社区介绍做法。三、交流讨论。四、部署下一步工作。",
        base=more.get("base"),  # type: ignore[arg-type]
        practices=tuple(more.get("practices", ())),  # type: ignore[arg-type]
        invited=tuple(one.pk for one in lower_divisions(division)),
    )
    row = meetings.plan(division, said, by=by, at=at)
    return meetings.announce(row, revision=row.revision, by=by, at=at)


def _hold_meeting(stage: Stage, at: dt.datetime) -> None:
    county, by = divisions.by_code(WUHOU), stage.crew["xian"]
    shown = Practice.objects.filter(is_demonstration=True, division=stage.places[YULIN]).values_list("pk", flat=True)
    base = Base.objects.get(is_demonstration=True, division=stage.places[YULIN])
    on = at.date() + dt.timedelta(days=5)
    row = _meeting(county, "口袋公园现场推进会", by, on, at, base=base.pk, practices=list(shown))
    for invitation in row.invitations.filter(division__in=[one.division for one in _streets(stage)]):
        officer = next(one for one in _streets(stage) if one.division == invitation.division)
        meetings.answer(invitation, is_coming=True, people=3, by=officer.by, at=at)
    came = {one.division_id: one.people for one in row.invitations.all() if one.people}
    minutes = f"{MARK}查看了两处口袋公园。会议认为议事会先行、楼栋认领的做法可以推广，要求各街道年内各选一处试点，遇到权属问题的报区里协调。"
    stage.agenda.put(at + dt.timedelta(days=5), partial(_held, row, minutes, came, by))


def _held(row: Meeting, minutes: str, came: dict[int, int], by: Actor, at: dt.datetime) -> None:
    row.refresh_from_db()
    meetings.close(row, minutes=minutes, came=came, revision=row.revision, by=by, at=at)


class _Officer:
    def __init__(self, by: Actor) -> None:
        assert by.post is not None, "officers of the demonstration hold posts"
        self.by, self.division = by, by.post.division


def _streets(stage: Stage) -> list[_Officer]:
    return [_Officer(stage.crew[name]) for name in ("jiedao", "jiedao2")]


def _announce_meeting(stage: Stage, at: dt.datetime) -> None:
    # The office that announces and the one that runs the demonstration may have different todays.
    on = max(at.date(), today_in_shanghai()) + dt.timedelta(days=8)
    _meeting(
        divisions.by_code(WUHOU), "停车和生命通道经验交流会", stage.crew["xian"], on, at, kind=Meeting.Kind.EXCHANGE
    )


def _hold_town_meeting(stage: Stage, at: dt.datetime) -> None:
    town, by = divisions.by_code(ZHAOXIANG), stage.crew["zx-zhen"]
    on = at.date() + dt.timedelta(days=4)
    row = _meeting(town, "垃圾分类现场推进会", by, on, at)
    came = {one.division_id: 2 for one in row.invitations.all()[:8]}
    minutes = f"{MARK}交流了积分换绿植的做法，各居委会结合实际推广。"
    stage.agenda.put(at + dt.timedelta(days=4), partial(_held, row, minutes, came, by))


# --- commendations ----------------------------------------------------------------------------------------------------


def _open_round(stage: Stage, title: str, by: Actor, at: dt.datetime) -> None:
    assert by.post is not None, "curators hold posts"
    division = by.post.division
    asking = clauses.asking_in(division, clauses.HONOURS)
    terms = Terms(
        title=title,
        year=at.year,
        nominate_by=max(at.date() + dt.timedelta(days=30), today_in_shanghai()),
        contact=f"{MARK}创建办公室 {OFFICE}",
        basis=asking[0].clause.ref if asking else "",
        document="" if asking else f"{MARK}批准文件",
        conditions=f"{MARK}在创建行动中成效突出，居民认可，近一年没有限期整改。",
    )
    quotas = {(one.pk, "community"): 2 for one in lower_divisions(division)}
    honours.open_round(division, terms, quotas=quotas, by=by, at=at)


def _round(title: str) -> Round:
    return Round.objects.get(title=title, is_demonstration=True)


def _nominees(community: Division, at: dt.datetime) -> list[Nominee]:
    return [
        Nominee("community", f"{MARK}议事会带头，两年没有反弹。", community=community),
        Nominee("unit", f"{MARK}参与改造和管护，投入设备。", name=f"{MARK}锦城物业服务公司"),
        Nominee(
            "person",
            f"{MARK}多年组织志愿者清理楼道。",
            name="赵敏（演示）",
            unit=community.name,
            consented_on=at.date(),
        ),
    ]


def _nominate(stage: Stage, title: str, at: dt.datetime, *, code: int = YULIN) -> None:
    community, worker = _worker(stage, code)
    row, by = _round(title), stage.crew["xian"]
    for who in _nominees(community, at):
        made = honours.nominate(row, who, by=worker, at=at)
        honours.review(made, "choose", opinion=f"{MARK}同意。", revision=made.revision, by=by, at=at)
    honours.publish_notice(row, revision=row.revision, by=by, at=at)


def _decide(stage: Stage, title: str, at: dt.datetime) -> None:
    row = _round(title)
    honours.decide(row, document=f"{MARK}武绿创〔{at.year}〕1 号", revision=row.revision, by=stage.crew["xian"], at=at)


def _nominate_again(stage: Stage, at: dt.datetime) -> None:
    """On notice as long as the scheme's own notice step says; published late enough to be running now."""
    _nominate(stage, f"{MARK}武侯区绿色社区创建行动优秀做法表扬", at, code=SECOND)


def _object(stage: Stage, at: dt.datetime) -> None:
    about = _round(f"{MARK}武侯区绿色社区创建行动优秀做法表扬").nominations.filter(kind="unit").first()
    assert about is not None, "a unit is on the notice"
    complaint = Complaint("钱先生", "13800000000", f"{MARK}该单位今年有欠缴的公共能耗费，请核实。")
    objections.object_to(about, complaint, by=Actor.anonymous("203.0.113.9"), at=at)


def _nominate_town(stage: Stage, at: dt.datetime) -> None:
    """One waits for review, one was returned."""
    row = _round(f"{MARK}青浦区绿色社区创建行动表扬")
    community, worker = _worker(stage, TOWN_SECOND)
    first, second, _ = _nominees(community, at)
    honours.nominate(row, first, by=worker, at=at)
    made = honours.nominate(row, second, by=worker, at=at)
    honours.review(
        made, "return", opinion=f"{MARK}请补充投入的数据。", revision=made.revision, by=stage.crew["zx-qu"], at=at
    )
