"""Information and property services: who manages, who watches, what is connected."""

from __future__ import annotations

from greenhood.indicators.catalogue.entries import Direction, Indicator, Norm, Records, number, register, total
from greenhood.indicators.catalogue.norms import NATIONAL, SICHUAN
from greenhood.indicators.catalogue.surveys import satisfaction

SECTION = "信息化与物业"
A_YEAR = 365

register(
    Indicator(
        key="property_coverage",
        section=SECTION,
        definition="有物业管理的住宅套数占社区住宅总套数的比例。",
        formula="有物业管理的套数 ÷ 住宅套数 × 100%",
        direction=Direction.HIGHER,
        norm=Norm(NATIONAL, "附件 #12", "原文是“物业管理覆盖面不低于30%”，没有写按什么计；按住宅套数计。"),
        fresh_for=2 * A_YEAR,
        records=(
            Records(
                kind="estates",
                counts={"managed": total("managed_dwellings"), "dwellings": total("dwellings")},
                filled=("managed_dwellings", "dwellings"),
                missing="还没有登记小区。",
                incomplete="有的小区没有填写住宅套数或有物业管理的套数，没有物业的填 0。",
            ),
        ),
        part="{managed}",
        whole="{dwellings}",
        empty="登记的住宅套数为 0，无法计算。",
        part_unit="套",
        remedy="再把 {short}住宅纳入物业管理",
    )
)

register(
    satisfaction(
        "property_satisfaction",
        section=SECTION,
        topic="property",
        title="物业服务",
        norm=Norm(SICHUAN, "附件1 #23", "原文要求提升物业服务水平，没有规定满意度；由编者定义，便于比较进展。"),
    )
)


def _estates(key: str, column: str, what: str, norm: Norm) -> Indicator:
    return Indicator(
        key=key,
        section=SECTION,
        definition=f"{what}的小区占全部小区的比例，按小区数计。",
        formula=f"{what}的小区数 ÷ 小区数 × 100%",
        direction=Direction.HIGHER,
        norm=norm,
        fresh_for=2 * A_YEAR,
        records=(
            Records(
                kind="estates",
                counts={"some": number(column), "estates": number()},
                filled=(column,),
                missing="还没有登记小区。",
                incomplete=f"有的小区没有写明是否{what}。",
            ),
        ),
        part="{some}",
        whole="{estates}",
        empty="社区确认没有小区，这一项不适用。",
        part_unit="个小区",
        remedy=f"再使 {{short}}{what}",
    )


register(
    _estates(
        "smart_security_coverage",
        "has_monitoring",
        "有安防监控",
        Norm(NATIONAL, "附件 #11", "原文是“建设了智能化安防系统”，没有写计算方法；按有安防监控的小区数计。"),
    )
)

register(
    _estates(
        "access_control_coverage",
        "has_access_control",
        "有门禁管理",
        Norm(SICHUAN, "附件1 #22", "原文是“建设了门禁管理”，没有写计算方法；按小区数计。"),
    )
)


def _households(key: str, column: str, what: str, norm: Norm) -> Indicator:
    return Indicator(
        key=key,
        section=SECTION,
        definition=f"{what}的户数占社区户数的比例。",
        formula=f"{what}的户数 ÷ 户数 × 100%",
        direction=Direction.HIGHER,
        norm=norm,
        fresh_for=2 * A_YEAR,
        records=(
            Records(
                kind="digital-services",
                counts={"some": total(column), "households": total("households")},
                filled=("households", column),
                missing="还没有登记信息化服务。",
                incomplete=f"信息化服务没有填写户数或{what}的户数。",
            ),
        ),
        part="{some}",
        whole="{households}",
        empty="登记的户数为 0，无法计算。",
        part_unit="户",
        remedy=f"{what}的再增加 {{short}}",
    )


register(
    _households(
        "five_g_coverage",
        "five_g_households",
        "5G 网络覆盖",
        Norm(SICHUAN, "附件1 #22", "原文是“推动5G……等新型基础建设”，没有写计算方法；按户数计。"),
    )
)

register(
    _households(
        "information_platform_use",
        "platform_households",
        "使用综合信息平台",
        Norm(NATIONAL, "二(四)·2", "原文要求“搭建社区公共服务综合信息平台”，没有写计算方法；按使用的户数计。"),
    )
)
