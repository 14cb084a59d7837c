"""Problems found in a community and how they were dealt with. Simple records, by hand or from a list."""

from __future__ import annotations

from django.db import models

from greenhood.facts.kinds import Section, Shape, register
from greenhood.facts.models import Fact, Located


class ProblemKind(models.TextChoices):
    ENVIRONMENT = "environment", "环境卫生"
    NOISE = "noise", "噪声扰民"
    PARKING = "parking", "停车秩序"
    BLOCKED = "blocked", "占压通道"
    BUILDING = "building", "违法搭建"
    FACILITY = "facility", "设施损坏"
    GREEN = "green", "毁绿占绿"
    OTHER = "other", "其他"


@register(
    "problems",
    section=Section.GOVERNANCE,
    shape=Shape.POINT,
    required=("title", "problem_kind"),
    past=("closed_on",),
    is_event=True,
    name="title",
    help="数据日期填发现的日期。办结后更新同一条。",
)
class Problem(Located, Fact):
    """A problem, found on ``dated``; due and closed on days of their own."""

    title = models.CharField("问题", max_length=200, default="", blank=True)
    problem_kind = models.CharField("类别", max_length=20, choices=ProblemKind, default="", blank=True)
    due_on = models.DateField("应办结日期", null=True, blank=True)
    closed_on = models.DateField("办结日期", null=True, blank=True)
    outcome = models.CharField("处理结果", max_length=300, default="", blank=True)
    is_satisfied = models.BooleanField("反映人满意", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "问题处置"
