"""What a scheme can say and the product does not act on yet: its editor is told, so that nobody relies on it.

`docs/schemes.md` has the same list. Whoever builds one of these removes it from both.
"""

from __future__ import annotations

from greenhood.schemes import words
from greenhood.schemes.checking.findings import Findings, short
from greenhood.schemes.format import Measure, Scheme

SHOWN = "照原文写出，在方案页显示"


def not_acted_on(scheme: Scheme) -> Findings:
    yield from _goals(scheme)
    yield from _standards(scheme)
    for index, title in enumerate(scheme.titles):
        if title.from_children is not None:
            message = f"系统暂不办理由下级情况认定的称号“{title.title}”：不能在系统里申报和命名"
            yield ("titles", index, "from_children"), message, SHOWN, "notice"


def _goals(scheme: Scheme) -> Findings:
    for index, goal in enumerate(scheme.goals):
        if goal.measure is Measure.DUTY:
            message = f"系统暂不统计{words.MEASURES[goal.measure]}的进度（“{short(goal.title)}”）"
            yield ("goals", index, "measure"), message, "照原文写出，在方案页和日历显示", "notice"


def _standards(scheme: Scheme) -> Findings:
    for index, standard in enumerate(scheme.standards):
        if standard.object != "community":
            message = f"系统暂不办理对{words.OBJECTS[standard.object]}的评价（“{standard.title}”）"
            yield ("standards", index, "object"), message, SHOWN, "notice"
        if standard.scorers:
            message = "系统暂不按评分人的权重合成总分：计入的是评审组合议的得分，没有评审组的是最后一级审核的得分"
            yield ("standards", index, "scorers"), message, SHOWN, "notice"
    if scheme.composite:
        message = "系统暂不合成几张评分表的总分：社区按适用于它的那一个标准评分"
        yield ("composite",), message, SHOWN, "notice"
