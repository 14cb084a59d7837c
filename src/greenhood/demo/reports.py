"""What the demonstration reports: a year's obligations of Sichuan, the nation and 赵巷镇; some filed in time, one late, one returned; the
district's visit carried out, and a bulletin of the province.

Only those who have a person in the demonstration report; everybody else's reports are open or overdue, as they would be.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from greenhood.accounts.actor import Actor
from greenhood.demo.agenda import Agenda, on_or_before, opening
from greenhood.demo.people import Crew
from greenhood.divisions.models import Division
from greenhood.insight.actions import refresh
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, bulletins, papers
from greenhood.reporting.models import Kind, Obligation
from greenhood.reporting.queries import completeness
from greenhood.reporting.sheets import sheet_of
from greenhood.schemes.queries import newest_of

NATIONAL, SICHUAN, ZHAOXIANG = "national-2020", "sichuan-2020", "shanghai-qingpu-zhaoxiang-2021"
PLANNED_ON = (3, 10)
TEXT = "（演示）{title}：本期按方案推进，宣传培训、设施改造和居民议事均已开展，问题已列入下一步计划。"
VISITED = "（演示）会同街镇实地考察申报的社区，逐条核对创建标准，照片和打分已录入评审页面。"
SAMPLED = "（演示）抽取两个社区实地考评，中外专家、人大代表、政协委员和市民代表分别打分。"
RETURNED_FOR = "（演示）请补充本年度开展的活动和参加人数。"


class Stage(Protocol):
    agenda: Agenda
    crew: Crew


def plan(stage: Stage, zhaoxiang: Sequence[Division], *, year: int) -> None:
    """Put one year on the agenda: who plans it, who files by when, what is returned and accepted."""
    put, crew = stage.agenda.put, stage.crew
    planned = opening(on_or_before(dt.date(year, *PLANNED_ON)))
    put(planned, partial(_plan, SICHUAN, year, crew["sheng"]))
    put(planned, partial(_plan, NATIONAL, year, Actor.system()))
    put(planned, partial(_plan, ZHAOXIANG, year, crew["zx-qu"]))

    city, province = crew["shi"], crew["sheng"]
    put(_on(year, 11, 6), _count)
    put(_on(year, 11, 6), partial(_file, SICHUAN, year, city, "陈静"))
    put(_on(year, 11, 9), partial(_accept, SICHUAN, year, city, province))
    *in_time, returned, late = zhaoxiang
    town = crew["zx-zhen"]
    for number, community in enumerate((*in_time, returned)):
        put(_on(year, 10, 20, 20 * number), partial(_file, ZHAOXIANG, year, crew.worker(community), "（演示）"))
    put(_on(year, 10, 27), partial(_return, year, crew.worker(returned), town))
    for community in in_time[:2]:
        put(_on(year, 10, 28), partial(_accept, ZHAOXIANG, year, crew.worker(community), town))
    put(_on(year, 11, 4), partial(_file, ZHAOXIANG, year, crew.worker(late), "（演示）"))
    put(_on(year, 11, 13), partial(_visit, year, crew["zx-qu"]))
    put(_on(year, 11, 16), partial(_issue, year, province))
    put(_on(year, 11, 27), partial(_sample, year, crew["zx-shi"]))


def _on(year: int, month: int, day: int, minutes: int = 0) -> dt.datetime:
    return opening(on_or_before(dt.date(year, month, day)), 60 + minutes)


def _plan(scheme: str, year: int, by: Actor, at: dt.datetime) -> None:
    version = newest_of(scheme)
    if version is not None:
        actions.plan(version, year, by=by, at=at)


def _count(at: dt.datetime) -> None:
    """An evaluation rests on figures, which nobody has counted yet while the demonstration is made."""
    refresh()


def _file(scheme: str, year: int, by: Actor, signed_by: str, at: dt.datetime) -> None:
    for row in _owed(scheme, year, by):
        sheet = sheet_of(row, today=today_in_shanghai(at))
        texts = {one.key: TEXT.format(title=one.title) for one in sheet.sections if one.key not in sheet.drafts}
        held = actions.save(row, texts=texts, typed={}, revision=row.revision, by=by, at=at)
        if sheet.drafts:
            held = actions.draw_up(held, revision=held.revision, by=by, at=at)
        actions.file(held, signed_by=signed_by, revision=held.revision, by=by, at=at)


def _return(year: int, reporter: Actor, by: Actor, at: dt.datetime) -> None:
    for row in _owed(ZHAOXIANG, year, reporter):
        last = sheet_of(row).sections[-1]
        actions.give_back(row, reasons={last.key: RETURNED_FOR}, revision=row.revision, by=by, at=at)


def _accept(scheme: str, year: int, reporter: Actor, by: Actor, at: dt.datetime) -> None:
    for row in _owed(scheme, year, reporter):
        actions.accept(row, revision=row.revision, by=by, at=at)


def _sample(year: int, by: Actor, at: dt.datetime) -> None:
    for row in _owed(ZHAOXIANG, year, by):
        if row.kind == Kind.SAMPLE:
            actions.carry_out(row, text=SAMPLED, by=by, at=at)


def _visit(year: int, by: Actor, at: dt.datetime) -> None:
    for row in _owed(ZHAOXIANG, year, by):
        if row.kind == Kind.VISIT:
            actions.carry_out(row, text=VISITED, by=by, at=at)


def _issue(year: int, by: Actor, at: dt.datetime) -> None:
    assert by.post is not None
    whole, lower = completeness(by.post.division, year=year, by=today_in_shanghai(at))
    if whole.owed:
        bulletins.issue(
            by.post.division,
            year=year,
            counted_to=today_in_shanghai(at),
            number=f"演示〔{year}〕1号",
            signed_by="（演示）",
            asked=f"（演示）{papers.drafted_request(lower)}",
            by=by,
            at=at,
        )


def _owed(scheme: str, year: int, by: Actor) -> list[Obligation]:
    assert by.post is not None
    found = Obligation.objects.filter(scheme_id=scheme, year=year, reporter=by.post.division)
    return list(found.select_related("reporter", "receiver", "version"))
