"""Shares of satisfied residents: the latest survey of a topic, with its interval and how many answered."""

from __future__ import annotations

from decimal import Decimal

from greenhood.indicators.catalogue.entries import Direction, Indicator, Norm, Records, total

# Where half of a large population is satisfied, fewer answers leave more than ±10 percentage points at 95 %.
FEWEST_ANSWERS = 97

# The surveys of one topic with the latest day; several of the same day (at doors, and online) are one survey.
_LATEST = """
    select one.* from {{satisfaction-surveys}} one
    join (
        select community_id, max(dated) as last from {{satisfaction-surveys}} dates
        where topic = '{topic}' group by community_id
    ) newest on newest.community_id = one.community_id and newest.last = one.dated
    where one.topic = '{topic}'"""


def _remark(part: Decimal, whole: Decimal, extra: Decimal | None) -> str:
    said = f"有效回答 {whole:f} 份"
    return f"{said}，样本偏少，误差可能超过 ±10 个百分点" if whole < FEWEST_ANSWERS else said


def satisfaction(key: str, *, section: str, topic: str, title: str, norm: Norm) -> Indicator:
    return Indicator(
        key=key,
        section=section,
        definition=f"最近一次满意度调查中，对{title}表示满意的有效回答所占比例。未表态的不计。同时给出 95% 置信区间（Wilson 法）。",
        formula="满意的有效回答 ÷ 有效回答 × 100%",
        direction=Direction.HIGHER,
        norm=norm,
        fresh_for=2 * 365,
        records=(
            Records(
                kind="satisfaction-surveys",
                rows=_LATEST.format(topic=topic),
                counts={"satisfied": total("satisfied"), "answers": total("answers")},
                filled=("satisfied", "answers"),
                missing=f"还没有登记对{title}的满意度调查。",
                incomplete="最近一次调查没有填写有效回答或其中满意的份数。",
            ),
        ),
        part="{satisfied}",
        whole="{answers}",
        empty="最近一次调查的有效回答为 0。",
        part_unit="份",
        note=_remark,
        has_interval=True,
        remedy="按同样的有效回答数，满意的再多 {short}；先改进居民不满意的方面，再重新调查",
    )
