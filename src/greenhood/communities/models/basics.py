"""The community itself: who lives there, how far it reaches, its committee and its grid cells."""

from __future__ import annotations

from django.db import models

from greenhood.communities import wholes
from greenhood.facts.fields import Amount, Count
from greenhood.facts.kinds import Section, Shape, register
from greenhood.facts.models import Fact, Located, no_more_than


@register(
    "population",
    section=Section.BASICS,
    required=("households", "residents"),
    is_single=True,
    not_more=(("elderly", "residents"), ("children", "residents")),
    name="",
)
class Population(Fact):
    """Households and residents (常住人口): the denominator of every figure per head (GB 50180-2018)."""

    households = Count("户数", unit="户", most=100_000)
    residents = Count("常住人口", unit="人", most=500_000)
    elderly = Count("60 岁及以上人口", unit="人", most=500_000)
    children = Count("14 岁及以下人口", unit="人", most=500_000)

    class Meta(Fact.Meta):
        verbose_name = "户数与人口"
        constraints = [
            *Fact.Meta.constraints,
            no_more_than("population", "elderly", "residents"),
            no_more_than("population", "children", "residents"),
        ]


@register(
    "boundary",
    section=Section.BASICS,
    shape=Shape.AREA,
    required=("area",),
    is_single=True,
    area="area",
    checks=(wholes.green_within_land,),
    name="",
    help="可在地图上画出范围，面积自动计算；没有图形时可直接填写面积。",
)
class Boundary(Located, Fact):
    """How far the community reaches (辖区范围) and its land area."""

    area = Amount("辖区面积", unit="平方米", least=1, most=10**9)

    class Meta(Fact.Meta):
        verbose_name = "辖区范围"


@register("committee", section=Section.BASICS, shape=Shape.POINT, required=("address",), is_single=True, name="")
class Committee(Located, Fact):
    """The residents' committee: where it works, and how many do. No names and no telephone numbers of people."""

    address = models.CharField("办公地址", max_length=200, default="", blank=True)
    staff = Count("社区工作者", unit="人", most=1000)
    office_area = Amount("办公和服务用房面积", unit="平方米", most=100_000)
    has_leading_group = models.BooleanField("成立了创建工作领导小组", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "社区居委会"


@register(
    "grid-cells",
    section=Section.BASICS,
    shape=Shape.AREA,
    required=("name", "households"),
    checks=(wholes.grid_households_within_population,),
)
class GridCell(Located, Fact):
    """One cell of grid management (网格)."""

    name = models.CharField("网格名称", max_length=100, default="", blank=True)
    households = Count("网格内户数", unit="户", most=20_000)
    workers = Count("网格员", unit="人", most=100)

    class Meta(Fact.Meta):
        verbose_name = "网格"
