"""A campaign's result as rows of a workbook."""

from __future__ import annotations

from collections.abc import Iterator

from greenhood.baseline import asking
from greenhood.baseline.models import Campaign
from greenhood.baseline.queries import completeness
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at

YES, NO = "已完成", "未完成"


def headings(campaign: Campaign) -> list[str]:
    sections = asking.sections(asking.read(campaign.asked))
    fixed = ["社区代码", "社区", "街道（乡镇）", "县（市、区）", "状态", "截止日期", "是否逾期", "是否开始"]
    figures = ["应填类别", "已完成类别", "还要填的格数", "日期过早的类别"]
    return [*fixed, *figures, *(section.value for section in sections)]


def rows(campaign: Campaign, within: Division) -> Iterator[tuple[object, ...]]:
    """One row for each community, in the order of codes. Two queries."""
    lines = completeness.by_community(campaign, within, most=None)
    above = {code_at(line.code, level) for line in lines for level in (Level.STREET, Level.COUNTY)}
    names = dict(divisions.current().filter(code__in=above).values_list("code", "name"))
    for line in lines:
        yield (
            f"{line.code:012d}",
            line.name,
            names.get(code_at(line.code, Level.STREET), ""),
            names.get(code_at(line.code, Level.COUNTY), ""),
            line.state.label,
            line.due_on,
            "是" if line.is_late else "否",
            "是" if line.is_begun else "否",
            line.kinds,
            line.done,
            line.cells,
            line.stale,
            *(YES if is_done else NO for is_done in line.sections.values()),
        )
