"""Facilities that serve residents, and the works that make places usable by everybody."""

from __future__ import annotations

from django.db import models

from greenhood.facts.fields import Amount, Count
from greenhood.facts.kinds import Section, Shape, register
from greenhood.facts.models import Fact, Located


class FacilityType(models.TextChoices):
    """Facilities of the living circles (GB 50180-2018, 附录 B and C)."""

    KINDERGARTEN = "kindergarten", "幼儿园"
    PRIMARY_SCHOOL = "primary-school", "小学"
    CLINIC = "clinic", "社区卫生服务站"
    MARKET = "market", "菜市场、生鲜超市"
    ELDERLY_CARE = "elderly-care", "养老、日间照料"
    CULTURE = "culture", "文化活动站"
    SPORTS = "sports", "体育健身场地"
    SERVICE = "service", "社区服务站"
    CANTEEN = "canteen", "社区食堂"
    TOILET = "toilet", "公共厕所"
    PARCEL = "parcel", "快递投递点"
    PHARMACY = "pharmacy", "药店"
    BUS_STOP = "bus-stop", "公交站点"


@register("facilities", section=Section.FACILITIES, shape=Shape.POINT, required=("name", "facility_type"))
class Facility(Located, Fact):
    """A public service facility; its position is what walking distances are measured to."""

    name = models.CharField("设施名称", max_length=100, default="", blank=True)
    facility_type = models.CharField("类别", max_length=20, choices=FacilityType, default="", blank=True)
    area = Amount("建筑面积", unit="平方米", most=10**6)
    capacity = Count("服务能力", unit="人", most=100_000)
    is_open = models.BooleanField("正常使用", null=True, blank=True)
    is_barrier_free = models.BooleanField("无障碍", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "公共服务设施"
        # Those of the neighbourhood are asked for by place, whichever community they are of.
        indexes = [models.Index("latitude", "longitude", name="facility_place")]


class PlaceType(models.TextChoices):
    ENTRANCE = "entrance", "出入口"
    PATH = "path", "通道"
    GROUND = "ground", "活动场地"
    LIFT = "lift", "电梯"
    STAIRS = "stairs", "楼梯"
    TOILET = "toilet", "公共厕所"
    SERVICE = "service", "服务用房"


@register(
    "barrier-free-places",
    section=Section.CARE,
    shape=Shape.POINT,
    required=("name", "place_type"),
    past=("finished_on",),
)
class BarrierFreePlace(Located, Fact):
    """A public place that should be usable by everybody, and whether it is (无障碍, 适老化)."""

    name = models.CharField("位置", max_length=100, default="", blank=True)
    place_type = models.CharField("部位", max_length=20, choices=PlaceType, default="", blank=True)
    is_barrier_free = models.BooleanField("已有无障碍设施", null=True, blank=True)
    is_age_friendly = models.BooleanField("已完成适老化改造", null=True, blank=True)
    finished_on = models.DateField("完工日期", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "无障碍与适老化点位"
