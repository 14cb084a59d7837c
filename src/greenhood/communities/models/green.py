"""Green spaces and the places where people meet."""

from __future__ import annotations

from django.db import models

from greenhood.communities import wholes
from greenhood.facts.fields import Amount, Count
from greenhood.facts.kinds import Section, Shape, register
from greenhood.facts.models import Fact, Located, no_more_than


class GreenType(models.TextChoices):
    """By who may use it and whose it is (GB 50180-2018, CJJ/T 85)."""

    PARK = "park", "公园绿地、社区游园"
    ATTACHED = "attached", "居住街坊附属绿地"
    PROTECTIVE = "protective", "防护绿地"
    ROAD = "road", "道路绿地"
    ROOF = "roof", "屋顶绿化"


@register(
    "green-spaces",
    section=Section.GREEN,
    shape=Shape.AREA,
    required=("name", "green_type", "area", "is_public"),
    area="area",
    not_more=(("dead_plants", "plants"),),
    checks=(wholes.green_within_land,),
)
class GreenSpace(Located, Fact):
    """A green space. Public (公共绿地) means open to all residents; it alone counts per head."""

    name = models.CharField("绿地名称", max_length=100, default="", blank=True)
    green_type = models.CharField("绿地类型", max_length=20, choices=GreenType, default="", blank=True)
    is_public = models.BooleanField("公共绿地", null=True, blank=True)
    area = Amount("面积", unit="平方米", least=1, most=10**8)
    plants = Count("植株", unit="株", most=10**7)
    dead_plants = Count("其中枯死、缺株", unit="株", most=10**7)

    class Meta(Fact.Meta):
        verbose_name = "绿地"
        constraints = [*Fact.Meta.constraints, no_more_than("green", "dead_plants", "plants")]


@register("activity-grounds", section=Section.GREEN, shape=Shape.ANY, required=("name",), area="area")
class ActivityGround(Located, Fact):
    """A public place for activities: a square, a sports ground, a playground."""

    name = models.CharField("场地名称", max_length=100, default="", blank=True)
    area = Amount("面积", unit="平方米", least=1, most=10**7)
    has_fitness = models.BooleanField("有健身设施", null=True, blank=True)
    has_shade = models.BooleanField("有遮阴避雨", null=True, blank=True)
    for_elderly = models.BooleanField("适合老年人", null=True, blank=True)
    for_children = models.BooleanField("适合儿童", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "公共活动场地"
