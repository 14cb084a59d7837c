"""The sentences beside the charts of an overview: what is compared, how it is counted, where the goal lies."""

from __future__ import annotations

from greenhood.insight import progress
from greenhood.insight.queries import Overview


def of(overview: Overview, by: str) -> dict[str, object]:
    rate = next(rate for rate in overview.rates if rate.measure == by)
    goal = rate.target.share if rate.target else None
    return {
        "ranking_title": f"下级{rate.title}排名",
        "ranking_definition": (
            f"{progress.DEFINITIONS[by]}创建对象少于 {progress.LEAST_TO_RANK} 个社区的不排名，"
            "因为一个社区就会使比例变动 20 个百分点以上。"
        ),
        "goal": goal,
        "goal_label": f"目标 {goal * 100:.0f}%" if goal is not None else "",
        **_judged(overview),
    }


def _judged(overview: Overview) -> dict[str, object]:
    if overview.judged_by is None:
        return {}
    title = overview.judged_by.title
    is_checklist = overview.judged_by.scheme.standard.scoring == "checklist"
    whole = f"，总平均 {overview.average:f}" if overview.average is not None else ""
    most = f" / {overview.maximum:f}" if overview.maximum is not None and not is_checklist else ""
    unit = "项" if is_checklist else "分"
    return {
        "is_checklist": is_checklist,
        "judged_note": f"按《{title}》，已申报的 {overview.judged:,} 个社区{whole}{most} {unit}。",
        "judged_definition": "已申报社区的自评结果，审核改动后为改动后的自评；还在自评中的不计。",
        "missed_definition": "未满足该项的已申报社区数 ÷ 按同一方案申报的社区数；积分制中未得满分即为未满足。",
    }
