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
    "noise_complaints": KnownIndicator("噪声投诉", "件/年"),
    "noise_sources_over_limit": _count("固定超标噪声源"),
    "commercial_noise_compliance": _share("商业噪声源达标排放率"),
    "noise_day": KnownIndicator("昼间等效声级", "dB(A)", None),
    "noise_night": KnownIndicator("夜间等效声级", "dB(A)", None),
    "air_quality_good_days": _share("空气质量优良天数比例"),
    "lifeline_blockages": _count("占压消防、救护等生命通道", "处"),
    "illegal_structures": _count("违法搭建", "处"),
    "parking_per_household": KnownIndicator("户均停车位", "个/户"),
    "barrier_free_share": _share("公共空间无障碍设施覆盖率"),
    "ageing_renovation_share": _share("公共空间适老化改造率"),
    # infrastructure
    "facility_coverage": _share("公共服务设施覆盖率"),
    "municipal_facility_coverage": _share("市政基础设施完善率"),
    "waste_sorting_coverage": _share("生活垃圾分类投放设施覆盖率"),
    "waste_sorting_accuracy": _share("生活垃圾分类投放准确率"),
    "damaged_road_share": _share("破损路面比例"),
    "waterlogging_points": _count("积水或污水漫溢点", "处"),
    "renovation_completion": _share("老旧小区年度改造完工率"),
    "energy_retrofit_share": _share("既有居住建筑节能改造率"),
    "energy_saving_lamp_share": _share("节能照明使用率"),
    "water_saving_share": _share("节水器具使用率"),
    "renewable_lamp_share": _share("可再生能源路灯比例"),
    "permeable_share": _share("透水铺装率"),
    "runoff_control": _share("雨水年径流总量控制率"),
    "overhead_lines_buried": _share("架空线入地率"),
    "charging_points": _count("充电桩"),
    # governance
    "grid_coverage": _share("网格化管理覆盖率"),
    "joint_meetings": _yearly("联席会议"),
    "deliberations": _yearly("议事协商活动"),
    "problem_resolution": _share("问题办结率"),
    "problem_resolution_days": KnownIndicator("问题平均办理时间", "天"),
    "resident_satisfaction": _share("居民对社区管理满意度"),
    "facility_satisfaction": _share("居民对公共服务设施满意度"),
    "participation_rate": _share("居民参与率"),
    "designer_visits": _yearly("设计师、工程师进社区活动"),
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
    "volunteers": _count("环保志愿者", "人"),
    "joint_building_activities": _yearly("绿色共建活动"),
    "green_convention_awareness": _share("绿色生活公约知晓率"),
    "green_families": _count("绿色家庭", "户"),
    "heritage_protected": _share("历史文化资源保护率"),
    # incidents, for look-back windows
    "serious_incidents": KnownIndicator("重大安全、环境责任事件", "起"),
}


def known(key: str) -> KnownIndicator | None:
    """The indicator of that key, or None where no such indicator is known."""
    return INDICATORS.get(key)
