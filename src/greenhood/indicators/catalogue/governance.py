"""Governance: grid management, meetings, problems dealt with, and what residents say of it."""

from __future__ import annotations

from greenhood.indicators.catalogue.activities import WITHIN_A_YEAR, yearly
from greenhood.indicators.catalogue.entries import Direction, Indicator, Norm, Records, number, register, total
from greenhood.indicators.catalogue.norms import NATIONAL, SICHUAN
from greenhood.indicators.catalogue.surveys import satisfaction

SECTION = "治理机制"
A_YEAR = 365

register(
    Indicator(
        key="grid_coverage",
        section=SECTION,
        definition="纳入网格管理的户数占社区总户数的比例。",
        formula="各网格户数之和 ÷ 总户数 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(SICHUAN, "附件1 #3", "原文要求“实现网格化管理全覆盖”，没有写计算方法；按户数计。"),
        fresh_for=2 * A_YEAR,
        records=(
            Records(
                kind="population",
                counts={"households": total("households")},
                filled=("households",),
                missing="还没有登记户数与人口。",
                incomplete="户数与人口没有填写户数。",
            ),
            Records(
                kind="grid-cells",
                counts={"covered": total("households")},
                filled=("households",),
                missing="还没有登记网格。",
                incomplete="有的网格没有填写户数。",
            ),
        ),
        part="{covered}",
        whole="{households}",
        empty="社区总户数为 0，无法计算。",
        part_unit="户",
        remedy="再把 {short}纳入网格",
    )
)

register(
    yearly(
        "joint_meetings",
        section=SECTION,
        category="joint-meeting",
        title="联席会议",
        definition="近一年召开的联席会议次数。",
        norm=Norm(SICHUAN, "附件1 #3", "原文要求“定期召开”，按近一年的次数计。"),
        remedy="再召开联席会议 {short}，并登记、附会议记录",
    )
)

register(
    yearly(
        "deliberations",
        section=SECTION,
        category="deliberation",
        title="议事协商",
        definition="近一年开展的线上线下议事协商次数。",
        norm=Norm(NATIONAL, "附件 #2", "原文要求“开展多种形式基层协商”，按近一年的次数计。"),
        remedy="再开展议事协商 {short}，并登记、附记录",
    )
)

register(
    yearly(
        "designer_visits",
        section=SECTION,
        category="designer-visit",
        title="设计师、工程师进社区",
        definition="近一年设计师、工程师进社区辅导居民的活动次数。",
        norm=Norm(NATIONAL, "附件 #3", "按近一年的次数计。"),
        remedy="再组织设计师、工程师进社区 {short}，并登记",
    )
)

register(
    Indicator(
        key="problem_timeliness",
        section=SECTION,
        definition="近一年发现的问题中，在应办结日期前（含当日）办结的比例。没有到期、还在办理的不计；没有写应办结日期的不计。",
        formula="按时办结的问题 ÷（已办结和已超期的问题）× 100%",
        direction=Direction.HIGHER,
        norm=Norm(SICHUAN, "附件1 #3", "原文要求“显著提高问题发现和处理效率”，没有写计算方法；超期未办结的算不及时。"),
        fresh_for=A_YEAR,
        records=(
            Records(
                kind="problems",
                where=f"{WITHIN_A_YEAR} and due_on is not null"
                " and (closed_on <= %(as_of)s::date or due_on < %(as_of)s::date)",
                counts={"timely": number("closed_on <= due_on and closed_on <= %(as_of)s::date"), "due": number()},
                missing="近一年没有登记已到应办结日期的问题。",
            ),
        ),
        part="{timely}",
        whole="{due}",
        empty="社区确认没有问题处置记录，这一项不适用。",
        part_unit="件",
        remedy="按时办结的再多 {short}",
    )
)

register(
    Indicator(
        key="problem_resolution",
        section=SECTION,
        definition="近一年发现的问题中，截至当日已办结的比例。",
        formula="已办结的问题 ÷ 发现的问题 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(SICHUAN, "附件1 #3", "原文要求“显著提高问题发现和处理效率”，没有写计算方法。"),
        fresh_for=A_YEAR,
        records=(
            Records(
                kind="problems",
                where=WITHIN_A_YEAR,
                counts={"closed": number("closed_on <= %(as_of)s::date"), "found": number()},
                missing="近一年没有登记问题。没有登记不等于没有问题，请补登记。",
            ),
        ),
        part="{closed}",
        whole="{found}",
        empty="社区确认没有问题处置记录，这一项不适用。",
        part_unit="件",
        remedy="再办结 {short}",
    )
)

register(
    satisfaction(
        "resident_satisfaction",
        section=SECTION,
        topic="management",
        title="社区管理",
        norm=Norm(
            SICHUAN, "附件1 #6", "原文是“大于80%”：恰好 80% 不算达到。是否达到以调查所得比例为准，区间只作提示。"
        ),
    )
)

register(
    satisfaction(
        "facility_satisfaction",
        section=SECTION,
        topic="facilities",
        title="公共服务设施",
        norm=Norm(
            SICHUAN, "附件1 #21", "原文是“达80%以上”：恰好 80% 算达到。是否达到以调查所得比例为准，区间只作提示。"
        ),
    )
)
