"""Historic and cultural resources: what is protected, by whom, and when somebody last looked."""

from __future__ import annotations

from django.db import models

from greenhood.facts.fields import Count, Reference
from greenhood.facts.kinds import Section, Shape, register
from greenhood.facts.models import Fact, Located


class HeritageType(models.TextChoices):
    RELIC = "relic", "文物古迹"
    BUILDING = "building", "历史建筑"
    TREE = "tree", "古树名木"


class ProtectionLevel(models.TextChoices):
    NATION = "nation", "国家级"
    PROVINCE = "province", "省级"
    CITY = "city", "市级"
    COUNTY = "county", "县级"
    LISTED = "listed", "已登记、尚未定级"


class HeritageCondition(models.TextChoices):
    INTACT = "intact", "完好"
    WORN = "worn", "有轻微损伤"
    ENDANGERED = "endangered", "有安全隐患"


@register("heritage", section=Section.HERITAGE, shape=Shape.POINT, required=("name", "heritage_type", "condition"))
class Heritage(Located, Fact):
    """A relic, a historic building or an old tree."""

    name = models.CharField("名称", max_length=100, default="", blank=True)
    heritage_type = models.CharField("类别", max_length=20, choices=HeritageType, default="", blank=True)
    protection_level = models.CharField("保护级别", max_length=20, choices=ProtectionLevel, default="", blank=True)
    number = models.CharField("编号", max_length=60, default="", blank=True)
    custodian = models.CharField("管护单位", max_length=120, default="", blank=True)
    condition = models.CharField("保护状况", max_length=20, choices=HeritageCondition, default="", blank=True)
    inspect_every = Count("巡查周期", unit="个月", least=1, most=60)

    class Meta(Fact.Meta):
        verbose_name = "历史文化资源"


@register(
    "heritage-inspections",
    section=Section.HERITAGE,
    required=("heritage", "condition"),
    is_event=True,
    name="",
    help="每次巡查一条，可附照片。",
)
class HeritageInspection(Fact):
    """One look at a heritage item; photos are attached to it."""

    heritage = Reference("巡查对象", to="heritage")
    condition = models.CharField("保护状况", max_length=20, choices=HeritageCondition, default="", blank=True)
    found = models.TextField("巡查情况", max_length=1000, default="", blank=True)

    class Meta(Fact.Meta):
        verbose_name = "文物巡查记录"
