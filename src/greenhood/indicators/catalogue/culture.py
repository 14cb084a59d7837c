"""Green culture: publicity, training, volunteering, what residents agreed on, and what is handed down."""

from __future__ import annotations

from decimal import Decimal

from greenhood.indicators.catalogue.activities import yearly
from greenhood.indicators.catalogue.entries import Direction, Indicator, Norm, Records, number, register
from greenhood.indicators.catalogue.norms import NATIONAL, SICHUAN

SECTION = "绿色文化"
A_YEAR = 365

register(
    Indicator(
        key="publicity_sites",
        section=SECTION,
        definition="社区内固定宣传场所和设施的数量，如宣传栏、绿色宣传角、微讲堂、电子屏。",
        formula="固定宣传场所和设施的处数",
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "附件 #13", "每登记一处计一处。"),
        fresh_for=3 * A_YEAR,
        records=(Records(kind="publicity-sites", counts={"sites": number()}, missing="还没有登记宣传场所。"),),
        value="{sites}",
        remedy="再设置固定宣传场所或设施 {short}",
    )
)


def _quarter(back: int) -> str:
    """The months before the day asked about in threes, the last three first."""
    begins = f"(%(as_of)s::date - interval '{3 * back + 3} months')"
    ends = f"(%(as_of)s::date - interval '{3 * back} months')"
    return f"dated > {begins} and dated <= {ends}"


QUARTERS = {f"quarter{back}": number(_quarter(back)) for back in range(4)}


def _quarters(part: Decimal | None, whole: Decimal | None, extra: Decimal | None) -> str:
    return f"近一年四个季度（截至当日，每三个月为一季）中有 {extra or 0:f} 个季度更换过"


register(
    yearly(
        "publicity_changes",
        section=SECTION,
        category="publicity-change",
        title="宣传内容更换",
        definition="近一年更换宣传内容的次数，并说明近四个季度中有几个季度更换过。",
        norm=Norm(SICHUAN, "附件1 #25", "原文是“宣传内容每季更换1次”：方案按一年 4 次比较，季度数作提示。"),
        remedy="再更换宣传内容 {short}，每季至少一次，并登记、附照片",
        counts=QUARTERS,
        extra=" + ".join(f"({{{name}}} > 0)::int" for name in QUARTERS),
        note=_quarters,
    )
)

for _key, _category, _title, _definition, _norm, _remedy in (
    (
        "publicity_releases",
        "release",
        "创建信息发布",
        "近一年发布绿色社区创建信息的次数。",
        Norm(NATIONAL, "附件 #13", "原文是“能定期发布创建信息”，按近一年的次数计。"),
        "再发布创建信息 {short}，并登记",
    ),
    (
        "themed_activities",
        "themed",
        "环保主题活动",
        "近一年组织的环保主题活动次数。",
        Norm(SICHUAN, "附件1 #25", "原文是“每年组织2-4次环保主体活动”。"),
        "再组织环保主题活动 {short}，并登记、附照片",
    ),
    (
        "trainings",
        "training",
        "工作人员培训",
        "近一年对社区工作者、物业服务从业者等相关人员开展培训的次数。",
        Norm(NATIONAL, "附件 #14", "原文是“定期开展培训”，按近一年的次数计。"),
        "再开展培训 {short}，并登记、附签到表",
    ),
    (
        "volunteer_activities",
        "volunteering",
        "志愿活动",
        "近一年环保志愿者开展的志愿活动次数。",
        Norm(SICHUAN, "附件1 #26", "原文是“每年开展2次以上志愿活动”。"),
        "再开展志愿活动 {short}，并登记",
    ),
    (
        "joint_building_activities",
        "joint-building",
        "绿色共建活动",
        "近一年与周边机关、企事业单位、中小学校等开展绿色共建活动的次数。",
        Norm(SICHUAN, "附件1 #26", "按近一年的次数计。"),
        "再开展绿色共建活动 {short}，并登记",
    ),
    (
        "green_family_activities",
        "green-families",
        "绿色家庭评选",
        "近一年参与或组织绿色家庭评选活动的次数。",
        Norm(SICHUAN, "附件1 #27", "按近一年的次数计。"),
        "再参与或组织绿色家庭评选 {short}，并登记",
    ),
    (
        "cultural_events",
        "cultural",
        "社区文化展示",
        "近一年展示社区文化的活动次数。",
        Norm(SICHUAN, "附件1 #28", "原文是“社区文化得到充分展示与体现”，没有写计算方法；按近一年的次数计。"),
        "再举办社区文化展示 {short}，并登记、附照片",
    ),
):
    register(
        yearly(
            _key, section=SECTION, category=_category, title=_title, definition=_definition, norm=_norm, remedy=_remedy
        )
    )

register(
    Indicator(
        key="conventions_published",
        section=SECTION,
        definition="已公布、现行的社区居民绿色生活公约的数量。",
        formula="现行绿色生活公约的份数",
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "附件 #15"),
        fresh_for=5 * A_YEAR,
        records=(Records(kind="conventions", counts={"published": number()}, missing="还没有登记绿色生活公约。"),),
        value="{published}",
        remedy="再公布绿色生活公约 {short}",
    )
)

# What a later inspection found replaces what was written when the thing was registered.
_HERITAGE = """
    select one.community_id, one.dated, one.is_simulated, one.inspect_every, seen.last,
        case when seen.last >= one.dated and seen.found <> '' then seen.found else one.condition end as state
    from {heritage} one
    left join (
        select community_id, heritage, max(dated) as last,
            (array_agg(condition order by dated desc, recorded_at desc))[1] as found
        from {heritage-inspections} looks group by community_id, heritage
    ) seen on seen.community_id = one.community_id and seen.heritage = one.thing"""

register(
    Indicator(
        key="heritage_protected",
        section=SECTION,
        definition="文物古迹、历史建筑、古树名木中，保护状况为完好或只有轻微损伤的比例。有更新的巡查记录时以最近一次巡查为准。",
        formula="完好或轻微损伤的件数 ÷ 登记的件数 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "附件 #16", "原文是“得到有效保护”，没有写计算方法；有安全隐患的算没有得到有效保护。"),
        fresh_for=3 * A_YEAR,
        records=(
            Records(
                kind="heritage",
                rows=_HERITAGE,
                counts={"kept": number("state in ('intact', 'worn')"), "things": number()},
                filled=("nullif(state, '')",),
                missing="还没有登记历史文化资源；确实没有的，这一项不适用。",
                incomplete="有的历史文化资源没有填写保护状况。",
            ),
        ),
        part="{kept}",
        whole="{things}",
        empty="没有历史文化资源，这一项不适用。",
        part_unit="件",
        remedy="再修缮、消除隐患 {short}，并登记巡查",
    )
)

register(
    Indicator(
        key="heritage_inspected_share",
        section=SECTION,
        definition="历史文化资源中，最近一次巡查没有超过规定周期的比例。没有规定周期的按 12 个月。",
        formula="按期巡查的件数 ÷ 登记的件数 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "附件 #16", "原文没有规定巡查周期；没有登记周期的，编者按 12 个月。"),
        fresh_for=3 * A_YEAR,
        records=(
            Records(
                kind="heritage",
                rows=_HERITAGE,
                counts={
                    "timely": number("last + make_interval(months => coalesce(inspect_every, 12)) >= %(as_of)s::date"),
                    "things": number(),
                },
                missing="还没有登记历史文化资源；确实没有的，这一项不适用。",
            ),
            Records(
                kind="heritage", rows=_HERITAGE, where="last is not null", counts={}, missing="还没有登记巡查记录。"
            ),
        ),
        computed_from=("heritage-inspections",),
        part="{timely}",
        whole="{things}",
        empty="没有历史文化资源，这一项不适用。",
        part_unit="件",
        remedy="再巡查 {short}，并登记巡查记录",
    )
)
