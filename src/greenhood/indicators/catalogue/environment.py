"""Living environment: greens, lifelines, noise, what is clean and what is in the way."""

from __future__ import annotations

from greenhood.indicators.catalogue.entries import Direction, Indicator, Norm, register

SECTION = "宜居环境"

register(
    Indicator(
        key="green_space_ratio",
        section=SECTION,
        definition="社区内各类绿地面积之和占社区用地面积的比例。屋顶绿化不计入。",
        formula="绿地面积之和 ÷ 辖区面积 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(
            "GB 50180-2018 城市居住区规划设计标准",
            "2.0.9、4.0.2",
            "标准以居住街坊用地为分母；社区一级以辖区面积为分母。",
        ),
        fresh_for=3 * 365,
        kinds=("green-spaces", "boundary"),
        query="""
            select b.community_id, 100 * g.area / b.area as value, g.area as part, b.area as whole,
                least(g.dated, b.dated) as dated,
                case when b.area is null then 'land' when g.area is null then 'missing' end as because
            from scope
            left join (
                select community_id, sum(area) as area, min(dated) as dated from {green-spaces}
                where green_type <> 'roof' group by community_id
            ) g using (community_id)
            left join (select community_id, area, dated from {boundary}) b using (community_id)""",
        unknown={"missing": "还没有登记绿地。", "land": "还没有登记辖区面积。"},
        remedy="再增加绿地 {short} 平方米",
    )
)
