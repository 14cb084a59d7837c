"""What happened: publicity, themed activities, training, volunteering, meetings. Simple records, with proof attached."""

from __future__ import annotations

from django.db import models

from greenhood.facts.fields import Count
from greenhood.facts.kinds import Section, Shape, register
from greenhood.facts.models import Fact, Located


class Category(models.TextChoices):
    """What the policies count. ``dated`` is the day on which it took place."""

    PUBLICITY_CHANGE = "publicity-change", "宣传内容更换"
    RELEASE = "release", "创建信息发布"
    THEMED = "themed", "环保主题活动"
    TRAINING = "training", "工作人员培训"
    VOLUNTEERING = "volunteering", "志愿活动"
    JOINT_BUILDING = "joint-building", "绿色共建活动"
    DELIBERATION = "deliberation", "议事协商"
    JOINT_MEETING = "joint-meeting", "联席会议"
    DESIGNER_VISIT = "designer-visit", "设计师、工程师进社区"
    GREEN_FAMILIES = "green-families", "绿色家庭评选"
    CULTURAL = "cultural", "社区文化展示"


@register(
    "activities",
    section=Section.CULTURE,
    required=("category", "title"),
    is_event=True,
    name="title",
    help="数据日期填活动举办的日期。可附照片、签到表、会议记录。",
)
class Activity(Fact):
    """Something that took place once."""

    category = models.CharField("类别", max_length=20, choices=Category, default="", blank=True)
    title = models.CharField("名称", max_length=120, default="", blank=True)
    participants = Count("参加人数", unit="人", most=100_000)
    organiser = models.CharField("组织单位", max_length=120, default="", blank=True)
    summary = models.TextField("内容", max_length=1000, default="", blank=True)

    class Meta(Fact.Meta):
        verbose_name = "活动与会议"


@register("publicity-sites", section=Section.CULTURE, shape=Shape.POINT, required=("name",))
class PublicitySite(Located, Fact):
    """A fixed place for publicity: a notice board, a green corner, a lecture room (宣传角, 微讲堂)."""

    name = models.CharField("名称或位置", max_length=100, default="", blank=True)
    is_electronic = models.BooleanField("电子屏", null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = "宣传场所"


@register("volunteer-teams", section=Section.CULTURE, required=("name", "volunteers"))
class VolunteerTeam(Fact):
    """A team of volunteers for the environment."""

    name = models.CharField("队伍名称", max_length=100, default="", blank=True)
    volunteers = Count("志愿者", unit="人", most=100_000)

    class Meta(Fact.Meta):
        verbose_name = "志愿者队伍"
