"""Pipes, wires, roads and lamps; lifelines (生命通道); parking; the walking network."""

from __future__ import annotations

from django.db import models

from greenhood.facts.fields import Amount, Count
from greenhood.facts.kinds import Section, Shape, register
from greenhood.facts.models import Fact, Located, no_more_than


class System(models.TextChoices):
    """The kinds of municipal infrastructure that the policies name."""

    WATER = "water", "供水"
    DRAINAGE = "drainage", "排水"
    POWER = "power", "供电"
    WEAK_CURRENT = "weak-current", "弱电"
    ROAD = "road", "道路"
    GAS = "gas", "供气"
    FIRE = "fire", "消防"
    SANITATION = "sanitation", "环卫"
    LIGHTING = "lighting", "照明"
    TELECOM = "telecom", "通信"


class QuantityUnit(models.TextChoices):
    METRE = "m", "米"
    SQUARE_METRE = "m2", "平方米"
    LAMP = "lamp", "盏"
    PLACE = "place", "处"
    PIECE = "piece", "个"


class Condition(models.TextChoices):
    GOOD = "good", "完好"
    WORN = "worn", "基本完好"
    DAMAGED = "damaged", "损坏"


@register(
    "infrastructure",
    section=Section.INFRASTRUCTURE,
    shape=Shape.ANY,
    required=("system", "condition"),
    not_more=(("faulty", "quantity"), ("saving", "quantity"), ("renewable", "quantity")),
)
class Infrastructure(Located, Fact):
    """One installation of a municipal system, how much of it there is, and how much of that is faulty."""

    name = models.CharField("名称或位置", max_length=100, default="", blank=True)
    system = models.CharField("类别", max_length=20, choices=System, default="", blank=True)
    quantity = Amount("数量", most=10**8, help_text="按所选计量单位填写：道路填平方米，管线填米，路灯填盏。")
    quantity_unit = models.CharField("计量单位", max_length=10, choices=QuantityUnit, default="", blank=True)
    faulty = Amount("其中损坏或缺失", most=10**8, help_text="与“数量”用同一单位。")
    saving = Amount("其中节能或节水产品", most=10**8, help_text="与“数量”用同一单位。")
    renewable = Amount("其中使用可再生能源", most=10**8, help_text="与“数量”用同一单位。")
    condition = models.CharField("状况", max_length=10, choices=Condition, default="", blank=True)
    defects = models.TextField("缺陷说明", max_length=1000, default="", blank=True)

    class Meta(Fact.Meta):
        verbose_name = "市政设施"
        constraints = [
            *Fact.Meta.constraints,
            no_more_than("infrastructure", "faulty", "quantity"),
            no_more_than("infrastructure", "saving", "quantity"),
            no_more_than("infrastructure", "renewable", "quantity"),
        ]


@register("fire-lanes", section=Section.TRAFFIC, shape=Shape.LINE, required=("name", "obstructions"))
class FireLane(Located, Fact):
    """A lifeline (生命通道) for fire engines and ambulances, and what blocks it."""

    name = models.CharField("通道名称", max_length=100, default="", blank=True)
    length = Amount("长度", unit="米", most=100_000)
    width = Amount("净宽", unit="米", most=100, adds_up=False)
    obstructions = Count("占压处数", unit="处", most=1000)
    obstruction_note = models.CharField("占压情况", max_length=300, default="", blank=True)

    class Meta(Fact.Meta):
        verbose_name = "生命通道"


@register(
    "parking",
    section=Section.TRAFFIC,
    shape=Shape.ANY,
    required=("name", "places"),
    not_more=(("charging_places", "places"), ("accessible_places", "places")),
)
class Parking(Located, Fact):
    """A place to park, with its charging posts."""

    name = models.CharField("停车场所", max_length=100, default="", blank=True)
    places = Count("停车位", unit="个", most=50_000)
    charging_places = Count("有充电桩的车位", unit="个", most=50_000)
    charging_posts = Count("充电桩", unit="个", most=50_000)
    accessible_places = Count("无障碍车位", unit="个", most=5000)
    bicycle_charging = Count("电动自行车充电端口", unit="个", most=50_000)

    class Meta(Fact.Meta):
        verbose_name = "停车与充电"
        constraints = [
            *Fact.Meta.constraints,
            no_more_than("parking", "charging_places", "places"),
            no_more_than("parking", "accessible_places", "places"),
        ]


@register("walking-paths", section=Section.TRAFFIC, shape=Shape.LINE, required=())
class WalkingPath(Located, Fact):
    """A stretch of the walking network, joined to others where they share an end point."""

    name = models.CharField("路段名称", max_length=100, default="", blank=True)
    is_continuous = models.BooleanField("人行空间连续", null=True, blank=True)
    is_accessible = models.BooleanField("无障碍", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "步行路"
        # Those of the neighbourhood are asked for by place, whichever community they are of.
        indexes = [models.Index("latitude", "longitude", name="walkingpath_place")]
