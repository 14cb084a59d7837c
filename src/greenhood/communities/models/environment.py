"""Waste, rain, wires, noise, and what inspections count."""

from __future__ import annotations

from django.db import models

from greenhood.facts.fields import Amount, Count, Reference
from greenhood.facts.kinds import Section, Shape, register
from greenhood.facts.models import Fact, Located, no_more_than


@register(
    "sorting-points",
    section=Section.ENVIRONMENT,
    shape=Shape.POINT,
    required=("name", "households"),
    not_more=(("sampled_right", "sampled"),),
)
class SortingPoint(Located, Fact):
    """A place to hand in sorted household waste."""

    name = models.CharField("投放点名称", max_length=100, default="", blank=True)
    estate = Reference("所属小区", to="estates")
    households = Count("服务户数", unit="户", most=20_000)
    has_four_bins = models.BooleanField("四分类容器齐全", null=True, blank=True)
    is_staffed = models.BooleanField("有人值守或指导", null=True, blank=True)
    sampled = Count("抽查投放", unit="次", most=100_000)
    sampled_right = Count("其中投放准确", unit="次", most=100_000)

    class Meta(Fact.Meta):
        verbose_name = "垃圾分类投放点"
        constraints = [*Fact.Meta.constraints, no_more_than("sorting", "sampled_right", "sampled")]


class SpongeType(models.TextChoices):
    PAVING = "paving", "透水铺装"
    RAIN_GARDEN = "rain-garden", "雨水花园、下凹绿地"
    GREEN_ROOF = "green-roof", "绿色屋顶"
    STORAGE = "storage", "雨水调蓄设施"


@register(
    "sponge-facilities",
    section=Section.ENVIRONMENT,
    shape=Shape.AREA,
    required=("name", "sponge_type", "area"),
    area="area",
)
class SpongeFacility(Located, Fact):
    """A facility that takes up rain (海绵设施)."""

    name = models.CharField("名称或位置", max_length=100, default="", blank=True)
    sponge_type = models.CharField("类型", max_length=20, choices=SpongeType, default="", blank=True)
    area = Amount("面积", unit="平方米", least=1, most=10**7)

    class Meta(Fact.Meta):
        verbose_name = "海绵设施"


class LineType(models.TextChoices):
    POWER = "power", "电线"
    TELECOM = "telecom", "通讯线"
    TELEVISION = "television", "有线电视信号线"
    MIXED = "mixed", "混合"


@register(
    "overhead-lines",
    section=Section.ENVIRONMENT,
    shape=Shape.LINE,
    required=("line_type", "length"),
    not_more=(("buried_length", "length"),),
)
class OverheadLine(Located, Fact):
    """A run of wires, and how much of it lies underground."""

    name = models.CharField("名称或位置", max_length=100, default="", blank=True)
    line_type = models.CharField("类别", max_length=20, choices=LineType, default="", blank=True)
    length = Amount("总长", unit="米", least=1, most=10**6)
    buried_length = Amount("其中已入地", unit="米", most=10**6)
    is_tidy = models.BooleanField("规整美观", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "架空线"
        constraints = [*Fact.Meta.constraints, no_more_than("overhead", "buried_length", "length")]


class NoiseKind(models.TextChoices):
    COMMERCIAL = "commercial", "商业（空调、冷却塔、风机等）"
    CONSTRUCTION = "construction", "建筑施工"
    TRAFFIC = "traffic", "交通"
    LIFE = "life", "社会生活"
    EQUIPMENT = "equipment", "小区设备"


@register(
    "noise-sources", section=Section.ENVIRONMENT, shape=Shape.POINT, required=("name", "noise_kind", "is_over_limit")
)
class NoiseSource(Located, Fact):
    """A fixed source of noise, and whether it keeps its limit (GB 22337-2008, GB 12523-2025)."""

    name = models.CharField("噪声源", max_length=100, default="", blank=True)
    noise_kind = models.CharField("类别", max_length=20, choices=NoiseKind, default="", blank=True)
    level = Amount("实测声级", unit="dB(A)", most=150)
    limit = Amount("限值", unit="dB(A)", most=150)
    is_over_limit = models.BooleanField("超标", null=True, blank=True)
    treatment = models.CharField("治理措施", max_length=300, default="", blank=True)

    class Meta(Fact.Meta):
        verbose_name = "噪声源"


@register("environment", section=Section.ENVIRONMENT, is_single=True, name="")
class Environment(Fact):
    """What an inspection of the whole community counts."""

    waterlogging_points = Count("积水或污水漫溢点", unit="处", most=1000)
    illegal_structures = Count("违法搭建", unit="处", most=10_000)
    noise_complaints = Count("近一年噪声投诉", unit="件", most=100_000)
    littered_spots = Count("乱堆乱贴点位", unit="处", most=10_000)
    green_families = Count("绿色家庭", unit="户", most=100_000)

    class Meta(Fact.Meta):
        verbose_name = "环境巡查"
