"""Living environment: greens, lifelines, noise, what is clean and what is in the way, who can use a place."""

from __future__ import annotations

from django.conf import settings

from greenhood.indicators import circle
from greenhood.indicators.catalogue.entries import Direction, Indicator, Norm, Records, number, register, total
from greenhood.indicators.catalogue.norms import LIVING, NATIONAL, NOISE, NOISE_OF_LIFE, SICHUAN

SECTION = "宜居环境"
A_YEAR = 365

register(
    Indicator(
        key="green_space_ratio",
        section=SECTION,
        definition="社区内各类绿地面积之和占社区辖区面积的比例。屋顶绿化不计入。",
        formula="绿地面积之和 ÷ 辖区面积 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(LIVING, "2.0.9、4.0.2", "标准以居住街坊用地为分母；社区一级没有这一分母，改用辖区面积。"),
        fresh_for=3 * A_YEAR,
        records=(
            Records(
                kind="boundary",
                counts={"land": total("area")},
                filled=("area",),
                missing="还没有登记辖区范围和面积。",
                incomplete="辖区范围没有填写面积。",
            ),
            Records(
                kind="green-spaces",
                where="green_type <> 'roof'",
                counts={"green": total("area")},
                filled=("area",),
                missing="还没有登记绿地（屋顶绿化除外）。",
                incomplete="有的绿地没有填写面积。",
            ),
        ),
        part="{green}",
        whole="{land}",
        empty="辖区面积为 0，无法计算。",
        part_unit="平方米",
        remedy="再增加绿地 {short}",
    )
)

register(
    Indicator(
        key="public_green_per_person",
        section=SECTION,
        definition="社区内向全体居民开放的公共绿地面积，按常住人口平均。屋顶绿化不计入。",
        formula="公共绿地面积之和 ÷ 常住人口",
        direction=Direction.HIGHER,
        norm=Norm(LIVING, "4.0.4", "标准按生活圈分级规定人均公共绿地；这里以社区常住人口为分母。"),
        fresh_for=3 * A_YEAR,
        records=(
            Records(
                kind="population",
                counts={"people": total("residents")},
                filled=("residents",),
                missing="还没有登记户数与人口。",
                incomplete="户数与人口没有填写常住人口。",
            ),
            Records(
                kind="green-spaces",
                where="green_type <> 'roof'",
                counts={"green": total("area", "is_public")},
                filled=("area", "is_public"),
                missing="还没有登记绿地（屋顶绿化除外）。",
                incomplete="有的绿地没有填写面积，或没有写明是不是公共绿地。",
            ),
        ),
        part="{green}",
        whole="{people}",
        empty="常住人口为 0，无法计算。",
        part_unit="平方米",
        whole_unit="人",
        remedy="再增加公共绿地 {short}",
    )
)

register(
    Indicator(
        key="plant_survival",
        section=SECTION,
        definition="社区绿地内成活的植株占应有植株的比例。枯死和缺株都不算成活。",
        formula="（植株 − 枯死、缺株）÷ 植株 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(SICHUAN, "附件1 #16", "原文要求“植物无枯死、缺株”，没有写计算方法；按植株计。"),
        fresh_for=A_YEAR,
        records=(
            Records(
                kind="green-spaces",
                where="plants is not null",
                counts={"plants": total("plants"), "dead": total("dead_plants")},
                filled=("dead_plants",),
                missing="还没有登记绿地的植株数。",
                incomplete="有的绿地填写了植株，但没有填写其中枯死、缺株。",
            ),
        ),
        part="{plants} - {dead}",
        whole="{plants}",
        empty="登记的植株为 0，无法计算。",
        part_unit="株",
        remedy="再补植 {short}",
    )
)

register(
    Indicator(
        key="activity_grounds",
        section=SECTION,
        definition="社区内供居民活动的公共场地数量，如广场、健身场地、儿童游戏场地。",
        formula="公共活动场地的处数",
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "附件 #7", "原文要求“有公共活动空间和设施”，没有规定怎样计数；每登记一处计一处。"),
        fresh_for=3 * A_YEAR,
        records=(Records(kind="activity-grounds", counts={"grounds": number()}, missing="还没有登记公共活动场地。"),),
        value="{grounds}",
        remedy="再建设或开放公共活动场地 {short}",
    )
)


def _inspected(column: str, title: str) -> Records:
    return Records(
        kind="environment",
        counts={"spots": total(column)},
        filled=(column,),
        missing="还没有登记环境巡查。",
        incomplete=f"环境巡查没有填写“{title}”。",
    )


register(
    Indicator(
        key="disorder_spots",
        section=SECTION,
        definition="最近一次环境巡查发现的杂物乱堆、小广告乱贴的点位数。",
        formula="乱堆乱贴点位数",
        direction=Direction.LOWER,
        norm=Norm(SICHUAN, "附件1 #16", "原文要求“无杂物乱堆、小广告乱贴现象”；按巡查发现的点位计。"),
        fresh_for=A_YEAR,
        records=(_inspected("littered_spots", "乱堆乱贴点位"),),
        value="{spots}",
        remedy="再清理乱堆乱贴 {short}，清理后更新环境巡查",
    )
)

register(
    Indicator(
        key="illegal_structures",
        section=SECTION,
        definition="最近一次环境巡查发现的违法搭建处数。",
        formula="违法搭建处数",
        direction=Direction.LOWER,
        norm=Norm(SICHUAN, "附件1 #20", "原文还要求无焚烧垃圾、树叶和露天烧烤，由现场查看认定，不在这个数值里。"),
        fresh_for=A_YEAR,
        records=(_inspected("illegal_structures", "违法搭建"),),
        value="{spots}",
        remedy="再整治违法搭建 {short}，整治后更新环境巡查",
    )
)

register(
    Indicator(
        key="lifeline_blockages",
        section=SECTION,
        definition="社区内消防、救护等生命通道上被占压的处数。",
        formula="各条生命通道占压处数之和",
        direction=Direction.LOWER,
        norm=Norm(NATIONAL, "附件 #8"),
        fresh_for=A_YEAR,
        records=(
            Records(
                kind="fire-lanes",
                counts={"blocked": total("obstructions")},
                filled=("obstructions",),
                missing="还没有登记生命通道。",
                incomplete="有的生命通道没有填写占压处数，没有占压的填 0。",
            ),
        ),
        value="{blocked}",
        remedy="再清除占压 {short}，清除后更新生命通道",
    )
)

register(
    Indicator(
        key="lifeline_clear_share",
        section=SECTION,
        definition="没有占压的生命通道占全部生命通道的比例，按条数计。",
        formula="没有占压的生命通道条数 ÷ 生命通道条数 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "附件 #8", "原文只要求没有占压；比例由编者定义，便于比较进展。"),
        fresh_for=A_YEAR,
        records=(
            Records(
                kind="fire-lanes",
                counts={"clear": number("obstructions = 0"), "lanes": number()},
                filled=("obstructions",),
                missing="还没有登记生命通道。",
                incomplete="有的生命通道没有填写占压处数，没有占压的填 0。",
            ),
        ),
        part="{clear}",
        whole="{lanes}",
        empty="社区确认没有生命通道，这一项不适用。",
        part_unit="条",
        remedy="再清通 {short}生命通道，清通后更新占压处数",
    )
)


def _usable_by_everybody(key: str, column: str, definition: str, formula: str, remedy: str, gap: str) -> Indicator:
    return Indicator(
        key=key,
        section=SECTION,
        definition=definition,
        formula=formula,
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "附件 #9", "原文没有规定比例；分母是登记的出入口、通道、活动场地等公共空间点位。"),
        fresh_for=3 * A_YEAR,
        records=(
            Records(
                kind="barrier-free-places",
                counts={"done": number(column), "places": number()},
                filled=(column,),
                missing="还没有登记无障碍与适老化点位。",
                incomplete=gap,
            ),
        ),
        part="{done}",
        whole="{places}",
        empty="社区确认没有无障碍与适老化点位，这一项不适用。",
        part_unit="处",
        remedy=remedy,
    )


register(
    _usable_by_everybody(
        "barrier_free_share",
        "is_barrier_free",
        "社区公共空间中已有无障碍设施的点位所占比例。",
        "已有无障碍设施的点位数 ÷ 登记的公共空间点位数 × 100%",
        "再完成无障碍改造 {short}",
        "有的点位没有写明是否已有无障碍设施。",
    )
)

register(
    _usable_by_everybody(
        "ageing_renovation_share",
        "is_age_friendly",
        "社区公共空间中已完成适老化改造的点位所占比例。",
        "已完成适老化改造的点位数 ÷ 登记的公共空间点位数 × 100%",
        "再完成适老化改造 {short}",
        "有的点位没有写明是否已完成适老化改造。",
    )
)

register(
    Indicator(
        key="noise_sources_over_limit",
        section=SECTION,
        definition="社区内超过排放限值的固定噪声源数量。",
        formula="超标的噪声源个数",
        direction=Direction.LOWER,
        norm=Norm(NOISE_OF_LIFE, "4", "是否超标以监测结论为准，建筑施工另按 GB 12523-2025。"),
        fresh_for=A_YEAR,
        records=(
            Records(
                kind="noise-sources",
                counts={"over": number("is_over_limit")},
                filled=("is_over_limit",),
                missing="还没有登记噪声源；确实没有的，请在摸底中确认“没有此类”。",
                incomplete="有的噪声源没有写明是否超标。",
            ),
        ),
        value="{over}",
        remedy="再治理超标噪声源 {short}，治理后更新噪声源",
    )
)

register(
    Indicator(
        key="commercial_noise_compliance",
        section=SECTION,
        definition="空调、冷却塔、风机等商业噪声源中达标排放的比例。",
        formula="没有超标的商业噪声源 ÷ 商业噪声源 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(SICHUAN, "附件1 #19", "达标与否按 GB 22337-2008 的监测结论。"),
        fresh_for=A_YEAR,
        records=(
            Records(
                kind="noise-sources",
                where="noise_kind = 'commercial'",
                counts={"quiet": number("not is_over_limit"), "sources": number()},
                filled=("is_over_limit",),
                missing="没有登记商业噪声源：确实没有的，这一项不适用。",
                incomplete="有的商业噪声源没有写明是否超标。",
            ),
        ),
        part="{quiet}",
        whole="{sources}",
        empty="社区确认没有噪声源，这一项不适用。",
        part_unit="个",
        remedy="再治理商业噪声源 {short}",
    )
)


def _kept(limits: dict[str, tuple[int, int]], time: str) -> str:
    """SQL: whether a level keeps the limit of its area, by day or by night."""
    place = ("day", "night").index(time)
    whens = " ".join(f"when '{zone}' then {pair[place]}" for zone, pair in limits.items())
    return f"{time}_level <= case zone {whens} end"


register(
    Indicator(
        key="noise_compliance",
        section=SECTION,
        definition="近一年声环境监测中达标的点次所占比例，昼间和夜间各算一个点次。",
        formula="不超过所在功能区限值的点次 ÷ 监测点次 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(
            NOISE,
            "5.1 表1",
            "限值是安装设置 GREENHOOD_NOISE_LIMITS，默认按标准表 1；其中 4a、4b 类和昼夜时段为编者所记，使用前请对照标准核对。",
        ),
        fresh_for=A_YEAR,
        records=(
            Records(
                kind="noise-measurements",
                where="dated > %(as_of)s::date - 365",
                counts={
                    "days": number("day_level is not null"),
                    "nights": number("night_level is not null"),
                    "quiet_days": number(_kept(settings.NOISE_LIMITS, "day")),
                    "quiet_nights": number(_kept(settings.NOISE_LIMITS, "night")),
                },
                filled=("nullif(zone, '')",),
                missing="近一年没有登记噪声监测。",
                incomplete="有的监测没有写明声环境功能区。",
            ),
        ),
        part="({quiet_days} + {quiet_nights})",
        whole="({days} + {nights})",
        empty="近一年的监测没有填写声级。",
        part_unit="个点次",
        remedy="再使 {short}监测达标",
    )
)

_EDITION = circle.load()[0]

register(
    Indicator(
        key="facility_coverage",
        section=SECTION,
        definition=circle.DEFINITION,
        formula=circle.FORMULA,
        direction=Direction.HIGHER,
        norm=Norm(
            _EDITION.norm,
            _EDITION.clause,
            "必备设施的类别、步行距离和绕行系数是数据（living_circle.yaml），可由安装设置 GREENHOOD_LIVING_CIRCLE 更改。",
        ),
        fresh_for=3 * A_YEAR,
        compute=circle.coverage,
        computed_from=("buildings", "facilities", "population", "walking-paths"),
        unknown=circle.UNKNOWN,
        part_unit="人",
        remedy=circle.REMEDY,
    )
)
