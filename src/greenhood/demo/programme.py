"""What the demonstration aims at: 成都市 and 武侯区 carry the scheme's goal on, share it out down to communities, and choose pilots; 赵巷镇 too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from greenhood.accounts.actor import Actor
from greenhood.demo.agenda import Agenda, Days
from greenhood.demo.people import CHENGDU, WUHOU, YULIN_STREET, ZHAOXIANG, Crew
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.insight.actions import refresh
from greenhood.insight.queries import lower_divisions
from greenhood.insight.subjects import versions_in_force
from greenhood.kit.dates import today_in_shanghai
from greenhood.programme import figures
from greenhood.programme.actions import goals, pilots
from greenhood.programme.actions.goals import Typed
from greenhood.programme.models import Issue, Pilot
from greenhood.programme.sharing import largest_remainder

SICHUAN, TOWN = ("sichuan-2020", "reached-2022"), ("shanghai-qingpu-zhaoxiang-2021", "reached-2022")
SET, SHARED, ONWARD, CHOSEN = 150, 146, 140, 1
# Shares, so that they can be reached whatever list of divisions was read.
OF_CHENGDU, OF_WUHOU, OF_YULIN = "17%", "23%", "40%"
REASON = "（演示）方案的期限已过，按现在的创建对象继续推进。"


@dataclass(frozen=True)
class Chosen:
    """A pilot of 武侯区: the community, why, and where the willingness is known from."""

    code: int
    reason: str
    willingness: str


PILOTS = (
    Chosen(
        510107005002, "（演示）居委会班子强，已有自评基础，小区建成年代早，有代表性。", "（演示）居民代表会议表决同意。"
    ),
    Chosen(510107004001, "（演示）老旧小区改造已列入计划，可以同步推进。", "（演示）入户征求意见，多数居民同意。"),
    Chosen(510107009001, "（演示）新建小区集中，物业配合，便于推广。", "（演示）业委会书面同意。"),
    Chosen(510107001004, "（演示）摸底资料齐全，居民参与积极。", "（演示）议事会讨论通过。"),
)
MIXED = "（演示）其余社区的建成年份还在补登，先按现有资料确定，补齐后再核对新老比例。"
CHANGED_FOR = "（演示）本年没有改造资金，改由邻近社区承担。"


class Stage(Protocol):
    agenda: Agenda
    days: Days
    crew: Crew


def plan(stage: Stage) -> None:
    """Put it on the agenda: goals half a year ago, the pilots as soon as facts are recorded, one changed since."""
    crew, at = stage.crew, stage.days.at
    day = _half_year_end(today_in_shanghai(stage.agenda.now))
    put = stage.agenda.put
    put(at(SET, 5), _count)
    put(at(SET, 10), partial(_set, CHENGDU, SICHUAN, OF_CHENGDU, day, crew["shi"]))
    put(at(SHARED, 20), partial(_share, CHENGDU, SICHUAN, day, crew["shi"]))
    put(at(ONWARD, 20), partial(_set, WUHOU, SICHUAN, OF_WUHOU, day, crew["xian"]))
    put(at(ONWARD, 30), partial(_share, WUHOU, SICHUAN, day, crew["xian"]))
    put(at(ONWARD - 3, 30), partial(_set, YULIN_STREET, SICHUAN, OF_YULIN, day, crew["jiedao2"]))
    put(at(ONWARD - 3, 40), partial(_set, ZHAOXIANG, TOWN, "65%", day, crew["zx-zhen"]))
    put(at(ONWARD - 4, 50), partial(_share, ZHAOXIANG, TOWN, day, crew["zx-zhen"]))
    for minutes, one in enumerate(PILOTS):
        put(at(CHOSEN, 60 + minutes), partial(_propose, one, crew["xian"]))
    put(at(CHOSEN, 90), partial(_confirm, crew["xian"]))
    put(at(CHOSEN, 240), partial(_change, crew["xian"]))


def _half_year_end(today: dt.date) -> dt.date:
    """The next end of June or December that is at least a month away."""
    month_away = today + dt.timedelta(days=31)
    ends = [dt.date(year, *end) for year in (today.year, today.year + 1) for end in ((6, 30), (12, 31))]
    return next(end for end in ends if end >= month_away)


def _count(at: dt.datetime) -> None:
    """Goals are shares of subjects, which nobody has counted yet while the demonstration is made."""
    refresh()


def _set(code: int, key: tuple[str, str], amount: str, day: dt.date, by: Actor, at: dt.datetime) -> None:
    place = divisions.by_code(code)
    typed = Typed(number=0, by=day.isoformat(), amount=amount, reason=REASON)
    goals.set_own(place, typed, by=_as(by, place), scheme=key[0], entry=key[1], at=at)


def _share(code: int, key: tuple[str, str], day: dt.date, by: Actor, at: dt.datetime) -> None:
    """Shared out by the numbers of subjects."""
    place = divisions.by_code(code)
    held = Issue.objects.get(division=place, scope=Issue.Scope.SELF, scheme=key[0], entry=key[1], ended_at=None)
    lower = lower_divisions(place)
    subjects = _subjects(lower)
    shares = largest_remainder(held.needed, subjects, subjects)
    amounts = {each.code: str(share) for each, share in zip(lower, shares, strict=True) if share}
    typed = Typed(number=0, by=day.isoformat(), amounts=amounts, method=Issue.Method.SUBJECTS, reason=REASON)
    goals.hand_down(place, *key, typed, by=_as(by, place), at=at)


def _subjects(places: Sequence[Division]) -> list[int]:
    counts = figures.counts_for(places, versions_in_force())
    return [counts[each.pk].subjects for each in places]


def _as(by: Actor, place: Division) -> Actor:
    """The same person under the post that is held for the place."""
    if by.post is not None and by.post.division_id != place.pk and by.user is not None:
        return Actor(by.user, by.user.posts.filter(division=place).first() or by.post, by.address)
    return by


def _propose(one: Chosen, by: Actor, at: dt.datetime) -> None:
    county, community = divisions.by_code(WUHOU), divisions.by_code(one.code)
    pilots.propose(county, community, reason=one.reason, willingness=one.willingness, by=by, at=at)


def _confirm(by: Actor, at: dt.datetime) -> None:
    county = divisions.by_code(WUHOU)
    proposed = Pilot.objects.filter(division=county, state=Pilot.State.PROPOSED)
    pilots.confirm(county, {str(row.pk): row.revision for row in proposed}, note=MIXED, by=by, at=at)


def _change(by: Actor, at: dt.datetime) -> None:
    """One is taken off, another proposed and not confirmed yet."""
    row = Pilot.objects.select_related("community", "division").get(community__code=PILOTS[-1].code)
    pilots.remove(row, reason=CHANGED_FOR, revision=row.revision, by=by, at=at)
    _propose(Chosen(510107001005, "（演示）与调整出名单的社区相邻，资料也齐全。", "（演示）居民代表会议同意。"), by, at)
