"""What an evaluation (阶段评估、年度评估、验收考核) rests on: goals against figures, how reports came in, what communities miss most.

Everything is live until the evaluation is filed, and frozen with it. Words of praise or blame are the evaluator's; the drafts say figures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from greenhood.insight import progress
from greenhood.insight.progress import LEAST_TO_RANK
from greenhood.insight.queries import achieved_by
from greenhood.reporting.models import Obligation
from greenhood.reporting.queries import Completeness, completeness_of
from greenhood.schemes.format import Section
from greenhood.schemes.models import SchemeVersion

MET, MISSED, AHEAD = "met", "missed", "ahead"
WORDS = {MET: "已完成", MISSED: "未完成", AHEAD: "未到期"}
UNITS = "个社区"
TENTH = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class GoalLine:
    """One goal of the scheme in force, against the figure of the day: ``needed`` and ``count`` are communities."""

    measure: str
    title: str
    source: str
    by: dt.date
    needed: int
    count: int
    state: str

    @property
    def words(self) -> str:
        return WORDS[self.state]


@dataclass(frozen=True, slots=True)
class Gap:
    """One criterion that ``count`` of the judged communities miss."""

    no: int
    title: str
    part: str
    source: str
    count: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class Basis:
    """What is known of a division on a day, for the span that is evaluated."""

    version: SchemeVersion | None
    judged_by: SchemeVersion | None
    subjects: int
    goals: Sequence[GoalLine]
    reports: Completeness
    judged: int
    gaps: Sequence[Gap]

    @property
    def due(self) -> list[GoalLine]:
        """The goals that had to be reached within the span."""
        return [goal for goal in self.goals if goal.state != AHEAD]

    @property
    def met(self) -> int:
        return sum(goal.state == MET for goal in self.due)

    def frozen(self) -> dict[str, Any]:
        """As it is kept with the evaluation: plain values, shares in per cent."""
        reports = self.reports
        return {
            "scheme": self.version.title if self.version else "",
            "subjects": self.subjects,
            "goals": [
                {
                    "measure": goal.measure, "title": goal.title, "source": goal.source, "by": goal.by.isoformat(),
                    "needed": goal.needed, "count": goal.count, "state": goal.state, "words": goal.words,
                }
                for goal in self.goals
            ],
            "due": len(self.due),
            "met": self.met,
            "reports": {
                "owed": reports.owed, "filed": reports.filed, "on_time": reports.on_time, "excused": reports.excused,
                "overdue": reports.overdue, "duties": reports.duties, "carried_out": reports.carried_out,
            },
            "standard": self.judged_by.title if self.judged_by else "",
            "judged": self.judged,
            "gaps": [
                {"no": gap.no, "title": gap.title, "part": gap.part, "count": gap.count, "share": percent(gap.share)}
                for gap in self.gaps
            ],
        }  # fmt: skip


def basis(obligation: Obligation, *, today: dt.date) -> Basis:
    """What an evaluation rests on today. Five queries."""
    subject = obligation.subject
    achieved = achieved_by(subject)
    ends_on = min(today, obligation.ends_on)
    goals = []
    if achieved.version is not None and achieved.counts.subjects:
        level = achieved.version.jurisdiction.level
        for measure, target in progress.targets(achieved.counts, achieved.version.scheme, subject.level, level):
            count = getattr(achieved.counts, measure)
            state = MET if target.is_met else MISSED if target.by <= ends_on else AHEAD
            goals.append(
                GoalLine(progress.TITLES[measure], target.title, target.source, target.by, target.needed, count, state)
            )
    gaps = [
        Gap(one.criterion.no, one.criterion.title, one.part.title, one.criterion.source, one.count, one.share)
        for one in achieved.missed
    ]
    reports = completeness_of(subject, year=obligation.year, by=today)
    return Basis(achieved.version, achieved.judged_by, achieved.counts.subjects, goals, reports, achieved.judged, gaps)


def drafts(sections: Sequence[Section], found: Basis, *, today: dt.date) -> dict[str, str]:
    """A draft for every section that the scheme wants drawn up from an account, by the section's key."""
    says = {"goals": _of_goals, "gaps": _of_gaps, "conclusion": _of_conclusion}
    return {section.key: says[section.drafts](found, today) for section in sections if section.drafts}


def _of_goals(found: Basis, today: dt.date) -> str:
    if not found.subjects:
        return f"截至{_day(today)}，没有统计到创建对象社区，没有可对照的数量目标。"
    if not found.goals:
        return f"截至{_day(today)}，创建对象社区{found.subjects}个。方案没有给本级规定数量目标。"
    lines = [
        f"“{goal.title}”（{goal.source}，{_day(goal.by)}前）：应达到{goal.needed}{UNITS}，现有{goal.count}个，{goal.words}"
        + (f"，还差{goal.needed - goal.count}个" if goal.count < goal.needed else "")
        + "。"
        for goal in found.goals
    ]
    return "\n".join([f"截至{_day(today)}，创建对象社区{found.subjects}个。", *lines])


def _of_gaps(found: Basis, today: dt.date) -> str:
    if not found.gaps:
        return f"截至{_day(today)}，还没有社区完成自评申报，或没有未达到的创建标准。"
    lines = [
        f"第{gap.no}项“{gap.title}”（{gap.part}）：{gap.count}个社区未达到，占{percent(gap.share)}%。"
        for gap in found.gaps[:5]
    ]
    small = f"（申报社区不足{LEAST_TO_RANK}个，只供参考）" if found.judged < LEAST_TO_RANK else ""
    return "\n".join([f"在已申报的{found.judged}个社区中，未达到较多的创建标准依次是{small}：", *lines])


def _of_conclusion(found: Basis, today: dt.date) -> str:
    reports = found.reports
    lines = [f"截至{_day(today)}，"]
    if found.due:
        lines.append(f"期内应完成的{len(found.due)}项目标完成{found.met}项；")
    else:
        lines.append("期内没有到期的数量目标；")
    if reports.owed:
        in_time = reports.on_time + reports.excused
        lines.append(
            f"到期应报的{reports.owed}份报告已报{reports.filed}份，按时{in_time}份，逾期未报{reports.overdue}份；"
        )
    else:
        lines.append("没有到期应报的报告；")
    if found.gaps:
        lines.append(f"申报社区未达到最多的是第{found.gaps[0].no}项“{found.gaps[0].title}”。")
    else:
        lines.append("还没有可以统计的申报社区。")
    return "".join(lines)


def goals_text(frozen: Mapping[str, Any]) -> str:
    """2/3 of the goals that were due, as a list shows them."""
    return f"{frozen['met']}/{frozen['due']}" if frozen.get("due") else "没有到期的"


def percent(share: Decimal) -> str:
    """To one place, as pages round: 34.9."""
    return f"{(share * 100).quantize(TENTH, ROUND_HALF_UP):f}".removesuffix(".0")


def _day(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
