"""On-site meetings (现场推进会、经验交流会): what is shown where, who was invited, who came, what was said."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from greenhood.accounts.models import User
from greenhood.divisions.models import Division
from greenhood.exemplars.models.bases import Base
from greenhood.exemplars.models.practices import Practice
from greenhood.kit.ids import uuid7


class Meeting(models.Model):
    """A meeting that a government holds for those below it. Announced and held ones are public; a plan is not."""

    class Kind(models.TextChoices):
        ON_SITE = "on_site", "现场推进会"
        EXCHANGE = "exchange", "经验交流会"

    class State(models.TextChoices):
        PLANNED = "planned", "计划中"
        ANNOUNCED = "announced", "已通知"
        HELD = "held", "已召开"
        CANCELLED = "cancelled", "已取消"

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField("形式", max_length=10, choices=Kind)
    title = models.CharField("名称", max_length=80)
    on = models.DateField("日期")
    begins = models.TimeField("开始时间")
    place = models.CharField("地点", max_length=200)
    base = models.ForeignKey(Base, models.PROTECT, null=True, related_name="meetings", db_index=False)
    community = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", db_index=False)
    agenda = models.TextField("议程", default="")
    unit = models.CharField("联系单位", max_length=60)
    phone = models.CharField("联系电话", max_length=30)
    reply_by = models.DateField("回复期限")
    practices = models.ManyToManyField(Practice, through="Shown", related_name="meetings")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PLANNED)
    reason = models.CharField("取消的理由", max_length=500, default="")
    minutes = models.TextField("纪要", default="")
    photos = ArrayField(models.UUIDField(), verbose_name="公开的材料", default=list)
    announced_at = models.DateTimeField("通知时间", null=True)
    held_at = models.DateTimeField("登记时间", null=True)
    edited_at = models.DateTimeField()
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="onsite_reply_before", condition=Q(reply_by__lte=models.F("on"))),
            models.CheckConstraint(name="onsite_cancelled_reasoned", condition=~Q(state="cancelled") | ~Q(reason="")),
            models.CheckConstraint(
                name="onsite_held_said",
                condition=Q(state="held", held_at__isnull=False) & ~Q(minutes="") | ~Q(state="held"),
            ),
        ]
        indexes = [
            models.Index(models.F("on").desc(), models.F("id").desc(), name="onsite_day"),
            models.Index("division", "on", name="onsite_division"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("exemplars:meeting", args=[self.pk])


class Shown(models.Model):
    """A practice that a meeting shows, in the order of the agenda."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="shown", db_index=False)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField("次序")

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint("meeting", "practice", name="onsite_shown_once")]


class Invitation(models.Model):
    """A division that a meeting invites: whether it comes and with how many, and how many came."""

    class Answer(models.TextChoices):
        NONE = "none", "未回复"
        COMING = "coming", "参加"
        DECLINED = "declined", "不能参加"

    id = models.UUIDField(primary_key=True, default=uuid7)
    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="invitations", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    answer = models.CharField("回复", max_length=10, choices=Answer, default=Answer.NONE)
    people = models.PositiveSmallIntegerField("报名人数", default=0)
    note = models.CharField("说明", max_length=200, default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    came = models.PositiveSmallIntegerField("到会人数", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("meeting", "division", name="onsite_invitation_once"),
            models.CheckConstraint(
                name="onsite_invitation_answered", condition=Q(answer="none") ^ Q(answered_at__isnull=False)
            ),
            models.CheckConstraint(
                name="onsite_invitation_people",
                condition=Q(answer="coming", people__gte=1) | ~Q(answer="coming") & Q(people=0),
            ),
        ]
        indexes = [models.Index("division", "answer", name="onsite_invitation_division")]
