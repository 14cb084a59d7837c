"""The indicators that a scheme may name, with the unit in which a threshold has to be written.

A scheme names an indicator and gives the threshold; how the figure is computed is no part of the policy. The table is
kept here, below the rooms that compute the figures, so that a scheme file can be checked without a database. Shares are
written in percent (``unit: "%"``), as every policy document writes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class KnownIndicator:
    """One measure of a community. ``least`` and ``most`` bound what the figure can be, in ``unit``."""

    title: str
    unit: str
    least: Decimal | None = Decimal(0)
    most: Decimal | None = None


def _share(title: str) -> KnownIndicator:
    return KnownIndicator(title, "%", Decimal(0), Decimal(100))


def _yearly(title: str) -> KnownIndicator:
    return KnownIndicator(title, "次/年")


def _count(title: str, unit: str = "个") -> KnownIndicator:
    return KnownIndicator(title, unit)


INDICATORS: dict[str, KnownIndicator] = {
    # living environment
    "green_space_ratio": _share("绿地率"),
    "public_green_per_person": KnownIndicator("人均公共绿地面积", "平方米/人"),
    "plant_survival": _share("绿化植物成活率"),
    "activity_grounds": _count("公共活动场地", "处"),
    "disorder_spots": _count("杂物乱堆、小广告乱贴", "处"),
    "illegal_structures": _count("违法搭建", "处"),
    "lifeline_blockages": _count("占压消防、救护等生命通道", "处"),
    "lifeline_clear_share": _share("生命通道畅通率"),
    "barrier_free_share": _share("公共空间无障碍设施覆盖率"),
    "ageing_renovation_share": _share("公共空间适老化改造率"),
    "noise_sources_over_limit": _count("固定超标噪声源"),
    "commercial_noise_compliance": _share("商业噪声源达标排放率"),
    "noise_compliance": _share("噪声达标率"),
    "facility_coverage": _share("十五分钟生活圈设施覆盖率"),
    # infrastructure
    "municipal_facility_coverage": _share("市政基础设施完善率"),
    "facility_condition": _share("设施完好率"),
    "waste_sorting_coverage": _share("生活垃圾分类投放设施覆盖率"),
    "damaged_road_share": _share("破损路面比例"),
    "waterlogging_points": _count("长时间积水或污水漫溢点", "处"),
    "overhead_lines_buried": _share("架空线入地率"),
    "renovation_completion": _share("老旧小区年度改造完工率"),
    "energy_retrofit_share": _share("既有居住建筑节能改造率"),
    "energy_saving_lamp_share": _share("节能照明使用率"),
    "renewable_lamp_share": _share("可再生能源路灯比例"),
    "sponge_area_share": _share("海绵设施面积比"),
    "charging_points": _count("充电桩"),
    # More posts than parking places are possible.
    "charging_per_parking": KnownIndicator("充电桩车位比", "%"),
    # governance
    "grid_coverage": _share("网格化管理覆盖率"),
    "joint_meetings": _yearly("联席会议"),
    "deliberations": _yearly("议事协商活动"),
    "designer_visits": _yearly("设计师、工程师进社区活动"),
    "problem_resolution": _share("问题办结率"),
    "problem_timeliness": _share("问题处置及时率"),
    "resident_satisfaction": _share("居民对社区管理满意度"),
    "facility_satisfaction": _share("居民对公共服务设施满意度"),
    # information
    "property_coverage": _share("物业管理覆盖面"),
    "property_satisfaction": _share("居民对物业服务满意度"),
    "smart_security_coverage": _share("智能安防系统覆盖率"),
    "access_control_coverage": _share("门禁管理覆盖率"),
    "five_g_coverage": _share("5G 网络覆盖率"),
    "information_platform_use": _share("社区公共服务综合信息平台使用率"),
    # culture
    "publicity_sites": _count("固定宣传场所和设施", "处"),
    "publicity_changes": _yearly("宣传内容更换"),
    "publicity_releases": _yearly("创建信息发布"),
    "themed_activities": _yearly("环保主题活动"),
    "trainings": _yearly("工作人员培训"),
    "volunteer_activities": _yearly("志愿活动"),
    "joint_building_activities": _yearly("绿色共建活动"),
    "green_family_activities": _yearly("绿色家庭评选活动"),
    "cultural_events": _yearly("社区文化活动"),
    "conventions_published": _count("绿色生活公约发布", "份"),
    "heritage_protected": _share("文物保护完好率"),
    "heritage_inspected_share": _share("历史文化资源按期巡查率"),
}


def known(key: str) -> KnownIndicator | None:
    """The indicator of that key, or None where no such indicator is known."""
    return INDICATORS.get(key)
