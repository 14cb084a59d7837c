"""What residents say: results of satisfaction surveys, and the green convention they agreed on. Simple records."""

from __future__ import annotations

from django.db import models

from greenhood.facts.fields import Count
from greenhood.facts.kinds import Section, register
from greenhood.facts.models import Fact, no_more_than


class Topic(models.TextChoices):
    """What was asked about. The policies ask for two satisfactions apart: management, and public service facilities."""

    MANAGEMENT = "management", "社区管理"
    FACILITIES = "facilities", "公共服务设施"
    PROPERTY = "property", "物业服务"


class Method(models.TextChoices):
    HOUSEHOLD = "household", "入户抽样"
    ONLINE = "online", "网上问卷"
    PHONE = "phone", "电话访问"
    STREET = "street", "公共场所访问"


@register(
    "satisfaction-surveys",
    section=Section.GOVERNANCE,
    required=("topic", "answers", "satisfied"),
    is_event=True,
    not_more=(("satisfied", "answers"), ("answers", "asked")),
    name="",
    help="数据日期填调查结束的日期。“有效回答”不含未表态的。请附问卷或汇总表。",
)
class SatisfactionSurvey(Fact):
    """One survey's result. The share is satisfied of valid answers; its interval follows from their number."""

    topic = models.CharField("调查内容", max_length=20, choices=Topic, default="", blank=True)
    method = models.CharField("调查方式", max_length=20, choices=Method, default="", blank=True)
    asked = Count("发出问卷", unit="份", most=100_000)
    answers = Count("有效回答", unit="份", least=1, most=100_000)
    satisfied = Count("其中满意", unit="份", most=100_000)

    class Meta(Fact.Meta):
        verbose_name = "满意度调查"
        constraints = [
            *Fact.Meta.constraints,
            no_more_than("satisfaction", "satisfied", "answers"),
            no_more_than("satisfaction", "answers", "asked"),
        ]


@register(
    "conventions", section=Section.GOVERNANCE, required=("name",), help="数据日期填公布的日期。请附公约文本或公示照片。"
)
class Convention(Fact):
    """A convention of green living (绿色生活公约) that residents agreed on and that was made public."""

    name = models.CharField("公约名称", max_length=100, default="", blank=True)
    households_signed = Count("签约户数", unit="户", most=100_000)
    text = models.TextField("公约要点", max_length=2000, default="", blank=True)

    class Meta(Fact.Meta):
        verbose_name = "绿色生活公约"
