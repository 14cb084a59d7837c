"""What the demonstration inspects in 武侯区 and 赵巷镇: two rounds with repeated findings, orders in every state, one unannounced
inspection under way that those below do not see.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import BytesIO
from typing import Protocol
from uuid import UUID

from greenhood.accounts.actor import Actor
from greenhood.demo import drawing
from greenhood.demo.agenda import Agenda, Days
from greenhood.demo.people import WUHOU, ZHAOXIANG, Crew
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import scheme_of
from greenhood.schemes.queries import scheme_for
from greenhood.supervision import checks
from greenhood.supervision.actions import answering, escalating, finding, ordering, photos, planning
from greenhood.supervision.actions.answering import Seen
from greenhood.supervision.actions.ordering import Demands
from greenhood.supervision.actions.planning import Lot, Plan
from greenhood.supervision.models import Escalation, Finding, Inspection, Order

MARK = "（演示）"
SPRING, AUTUMN = f"{MARK}武侯区春季日常检查", f"{MARK}武侯区秋季日常检查"
HIDDEN, NEXT = f"{MARK}武侯区夜间暗访", f"{MARK}垃圾分类专题调研"
TOWN = f"{MARK}赵巷镇创建督促检查"
SUMMARY = f"{MARK}总体较好，个别社区公共空间管理和设施维护有反复，已要求限期整改。"
NOTE = f"{MARK}现场查看发现设施破损、堆物未清理。"
# Three that are at their self-assessment or declared lately, and five that the county has scored within the year.
VISITED = (
    510107001004, 510107001005, 510107001006, 510107001011, 510107001012, 510107004002, 510107005001, 510107011002,
)  # fmt: skip
TERM = 12


class Stage(Protocol):
    agenda: Agenda
    days: Days
    crew: Crew
    places: Mapping[int, Division]

    def put(self, days_ago: int, minutes: int, what: Callable[[dt.datetime], None]) -> None: ...


def plan(stage: Stage) -> None:
    """Put everything on the agenda."""
    county, town = divisions.by_code(WUHOU), divisions.by_code(ZHAOXIANG)
    _plan_county(stage, county, stage.crew["xian"])
    _plan_town(stage, town, stage.crew["zx-zhen"])


def _plan_county(stage: Stage, county: Division, by: Actor) -> None:
    put, places = stage.put, _within(stage, county)
    visited = [place for place in places if place.code in VISITED]
    put(150, 60, partial(_begin, SPRING, county, visited, by, "routine"))
    put(148, 90, partial(_look, SPRING, by, (0, 1, 3)))
    put(145, 60, partial(_finish, SPRING, by))
    put(34, 60, partial(_begin, AUTUMN, county, visited, by, "routine"))
    put(32, 90, partial(_look, AUTUMN, by, (0, 1, 2)))
    put(30, 60, partial(_finish, AUTUMN, by))
    put(29, 60, partial(_order, AUTUMN, visited[0], by))
    put(29, 65, partial(_order, AUTUMN, visited[1], by))
    put(29, 70, partial(_order, AUTUMN, visited[2], by))
    put(24, 60, partial(_report, AUTUMN, visited[1], stage.crew.worker(visited[1])))
    put(22, 60, partial(_recheck, AUTUMN, visited[1], by))
    for days in (19, 14, 9, 4, 1):
        put(days, 5, _escalate)
    put(13, 90, partial(_urge, AUTUMN, visited[0], stage.crew))
    put(3, 90, partial(_report, AUTUMN, visited[2], stage.crew.worker(visited[2])))
    put(2, 30, partial(_begin, HIDDEN, county, places, by, "unannounced"))
    put(1, 45, partial(_begin_to_look, HIDDEN, by))
    put(0, 2, partial(_announce_only, NEXT, county, visited, by))


def _plan_town(stage: Stage, town: Division, by: Actor) -> None:
    put, visited = stage.put, _within(stage, town)[:3]
    put(20, 60, partial(_begin, TOWN, town, visited, by, "routine"))
    put(19, 90, partial(_look, TOWN, by, (0,)))
    put(18, 60, partial(_finish, TOWN, by))
    put(6, 60, partial(_order, TOWN, visited[0], by))
    put(5, 60, partial(_acknowledge, TOWN, visited[0], stage.crew.worker(visited[0])))


def _within(stage: Stage, division: Division) -> list[Division]:
    return sorted((one for one in stage.places.values() if division.contains(one)), key=lambda one: one.code)


def _wanted(title: str, division: Division, places: Sequence[Division], by: Actor, kind: str, day: dt.date) -> Plan:
    """One check of every part of the standard in force."""
    version = scheme_for(division)
    standard = checks.standards_of(scheme_of(version.pk))[0] if version else None
    parts = checks.parts_of(standard) if standard else []
    assert by.user is not None
    return Plan(
        kind=kind,
        title=title,
        begins_on=day,
        ends_on=day + dt.timedelta(days=10),
        communities=places,
        inspectors=[by.user],
        lead=by.user,
        keys=[part.lines[0].key for part in parts],
        topics=() if parts else ("公共空间是否整洁",),
        standard_key=standard.key if standard else "",
        instructions=f"{MARK}不打招呼、直奔现场，看到什么记什么。" if kind == "unannounced" else "",
        draw=Lot(4, seed=f"{day:%Y%m%d}") if kind == "unannounced" else None,
    )


def _announce(
    title: str, division: Division, places: Sequence[Division], by: Actor, at: dt.datetime, kind: str = "thematic"
) -> Inspection:
    wanted = _wanted(title, division, places, by, kind, today_in_shanghai(at))
    return planning.plan(division, wanted, by=by, version=scheme_for(division), is_demonstration=True, at=at)


def _announce_only(title: str, division: Division, places: Sequence[Division], by: Actor, at: dt.datetime) -> None:
    _announce(title, division, places, by, at)


def _begin(title: str, division: Division, places: Sequence[Division], by: Actor, kind: str, at: dt.datetime) -> None:
    planned = _announce(title, division, places, by, at, kind)
    planning.start(planned, by=by, revision=planned.revision, at=at)


def _look(title: str, by: Actor, wrong: Sequence[int], at: dt.datetime) -> None:
    """Every sheet filled in; the first check is not met in these places, with a photo and a finding of each."""
    inspection = _found(title)
    keys = [*inspection.checks, *inspection.topics]
    for number, sheet in enumerate(inspection.sheets.select_related("community").order_by("community__code")):
        for place, key in enumerate(keys):
            is_wrong = number in wrong and place == number % 2
            seen = Seen(key, "not_met", NOTE, seen_at=at) if is_wrong else Seen(key, "met", seen_at=at)
            row, _ = answering.answer(sheet, seen, by=by, at=at)
            if is_wrong:
                _photograph(photos.ANSWER, row.pk, sheet.community, by, at)
                finding.from_answer(row, by=by, at=at)
        answering.finish(sheet, by=by, revision=sheet.revision, at=at)


def _begin_to_look(title: str, by: Actor, at: dt.datetime) -> None:
    inspection = _found(title)
    sheet = inspection.sheets.order_by("community__code").first()
    if sheet is not None:
        answering.answer(sheet, Seen(inspection.checks[0], "not_met", NOTE, seen_at=at), by=by, at=at)


def _finish(title: str, by: Actor, at: dt.datetime) -> None:
    inspection = _found(title)
    closed = planning.close(inspection, by=by, revision=inspection.revision, summary=SUMMARY, at=at)
    planning.publish(closed, by=by, revision=closed.revision, at=at)


def _order(title: str, community: Division, by: Actor, at: dt.datetime) -> None:
    found = list(Finding.objects.filter(inspection__title=title, community=community, withdrawn_at=None))
    inspection = _found(title)
    due_on = today_in_shanghai(at) + dt.timedelta(days=TERM)
    demands = f"{MARK}清理堆物，修复破损设施，安排专人巡查，防止反弹。"
    ordering.issue(
        found,
        Demands(community, demands, due_on),
        issuer=inspection.division,
        by=by,
        version=inspection.version,
        is_demonstration=True,
        at=at,
    )


def _acknowledge(title: str, community: Division, by: Actor, at: dt.datetime) -> None:
    order = _ordered(title, community)
    ordering.acknowledge(order, by=by, revision=order.revision, at=at)


def _report(title: str, community: Division, by: Actor, at: dt.datetime) -> None:
    order = _ordered(title, community)
    _photograph(photos.ROUND, order.rounds.get(number=order.round).pk, community, by, at)
    ordering.report(order, by=by, revision=order.revision, text=f"{MARK}堆物已清理，设施已修复。", at=at)


def _recheck(title: str, community: Division, by: Actor, at: dt.datetime) -> None:
    order = _ordered(title, community)
    ordering.accept(order, by=by, revision=order.revision, opinion=f"{MARK}现场复查，整改到位。", at=at)


def _escalate(at: dt.datetime) -> None:
    escalating.escalate(at=at)


def _urge(title: str, community: Division, crew: Crew, at: dt.datetime) -> None:
    order = _ordered(title, community)
    first = Escalation.objects.select_related("division").filter(order=order).first()
    if first is not None:
        by = crew.officer(community, Level(first.division.level))
        escalating.urge(first, by=by, note=f"{MARK}请三日内完成整改并报送照片。", at=at)


def _photograph(kind: str, subject: UUID, community: Division, by: Actor, at: dt.datetime) -> None:
    picture = BytesIO(drawing.scene("现场检查", community.name, seed=f"{kind}-{community.code}-{at:%Y%m%d}", taken=at))
    photos.take(picture, f"{drawing.WORDS}.jpg", kind=kind, subject=subject, by=by, at=at)


def _found(title: str) -> Inspection:
    return Inspection.objects.select_related("division", "version").get(title=title, is_demonstration=True)


def _ordered(title: str, community: Division) -> Order:
    return Order.objects.get(inspection__title=title, recipient=community, is_demonstration=True)
