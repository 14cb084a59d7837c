"""Where people live: estates (小区) and their buildings, and the digital services that reach them."""

from __future__ import annotations

from django.db import models

from greenhood.communities import wholes
from greenhood.facts.fields import Amount, Count, Reference
from greenhood.facts.kinds import Section, Shape, register
from greenhood.facts.models import Fact, Located, no_more_than


@register(
    "estates",
    section=Section.ESTATES,
    shape=Shape.AREA,
    required=("name", "dwellings"),
    area="area",
    not_more=(("managed_dwellings", "dwellings"), ("renovation_finished", "renovation_planned")),
    past=("built_year",),
    checks=(wholes.estates_within_land,),
)
class Estate(Located, Fact):
    """A housing estate (小区). ``renovation_year`` is the year of the county's plan that it is in, blank when it is in none."""

    name = models.CharField("小区名称", max_length=100, default="", blank=True)
    built_year = Count("建成年份", unit="年", least=1900, most=2100)
    area = Amount("占地面积", unit="平方米", least=1, most=10**8)
    buildings = Count("楼栋数", unit="栋", most=2000)
    dwellings = Count("住宅套数", unit="套", most=50_000)
    managed_dwellings = Count("有物业管理的套数", unit="套", most=50_000)
    property_company = models.CharField(
        "物业服务单位", max_length=120, default="", blank=True, help_text="没有物业的留空。"
    )
    is_old = models.BooleanField(
        "老旧小区", null=True, blank=True, help_text="一般指 2000 年底以前建成、列入改造范围的小区。"
    )
    renovation_year = Count("列入年度改造计划的年份", unit="年", least=2000, most=2100)
    renovation_planned = Count("计划改造楼栋", unit="栋", most=2000)
    renovation_finished = Count("已完工楼栋", unit="栋", most=2000)
    sorts_waste = models.BooleanField("生活垃圾分类投放设施已覆盖", null=True, blank=True)
    has_access_control = models.BooleanField("有门禁管理", null=True, blank=True)
    has_monitoring = models.BooleanField("有安防监控", null=True, blank=True)
    saves_water = models.BooleanField("公共设施使用节水器具", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "小区"
        constraints = [
            *Fact.Meta.constraints,
            no_more_than("estate", "managed_dwellings", "dwellings"),
            no_more_than("estate", "renovation_finished", "renovation_planned"),
        ]


class EnergyClass(models.TextChoices):
    NONE = "none", "未评定"
    ONE = "one-star", "一星级"
    TWO = "two-star", "二星级"
    THREE = "three-star", "三星级"
    BASIC = "basic", "基本级"


@register("buildings", section=Section.ESTATES, shape=Shape.POINT, required=("name", "dwellings"), past=("built_year",))
class Building(Located, Fact):
    """A building: the origin of every walk that the 15-minute circle measures."""

    name = models.CharField("楼栋名称", max_length=100, default="", blank=True)
    estate = Reference("所属小区", to="estates")
    built_year = Count("建成年份", unit="年", least=1800, most=2100)
    floors = Count("层数", unit="层", most=200)
    dwellings = Count("住宅套数", unit="套", most=5000)
    residents = Count("居住人口", unit="人", most=20_000)
    energy_class = models.CharField("绿色建筑等级", max_length=10, choices=EnergyClass, default="", blank=True)
    needs_retrofit = models.BooleanField("需要节能改造", null=True, blank=True)
    is_retrofitted = models.BooleanField("已完成节能改造", null=True, blank=True)
    roof_pv = Amount("屋顶光伏装机", unit="千瓦", most=10_000)
    has_lift = models.BooleanField("有电梯", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "楼栋"


@register(
    "digital-services",
    section=Section.DIGITAL,
    is_single=True,
    not_more=(("platform_households", "households"), ("five_g_households", "households")),
    required=("households",),
    name="",
)
class DigitalServices(Fact):
    """How far information services reach: the households that use or have them, out of all."""

    households = Count("户数", unit="户", most=100_000)
    platform_households = Count("使用综合信息平台的户数", unit="户", most=100_000)
    five_g_households = Count("5G 网络覆盖的户数", unit="户", most=100_000)
    online_property_services = Count("线上物业服务项目", unit="项", most=1000)

    class Meta(Fact.Meta):
        verbose_name = "信息化服务"
        constraints = [
            *Fact.Meta.constraints,
            no_more_than("digital", "platform_households", "households"),
            no_more_than("digital", "five_g_households", "households"),
        ]
