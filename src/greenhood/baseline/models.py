"""A survey: the campaign that an office opens, the reply of each community, what was checked, and what a phone has sent."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from greenhood.accounts.models import User
from greenhood.divisions.models import Division
from greenhood.facts.kinds import Section
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion


def _person() -> models.ForeignKey[User | None, User | None]:
    return models.ForeignKey(User, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+")


class Campaign(models.Model):
    """摸底任务: the communities of a division record what is asked by a day, with figures no older than another.

    ``asked`` holds the kinds of fact and the columns of each, ``{"estates": ["name", "dwellings"]}``, as they were when the
    campaign was drafted: what the system asks later doesn't change what was asked then.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        OPEN = "open", "进行中"
        CLOSED = "closed", "已结束"

    class Covers(models.TextChoices):
        SUBJECTS = "subjects", "全部创建对象社区"
        CHOSEN = "chosen", "指定的社区"

    id = models.UUIDField(primary_key=True, default=uuid7)
    title = models.CharField("任务名称", max_length=100)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="区划")
    covers = models.CharField("范围", max_length=10, choices=Covers, default=Covers.SUBJECTS)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    clause = models.CharField("依据条款", max_length=100, default="")
    reason = models.CharField("事由", max_length=300, default="")
    instructions = models.TextField("填报要求", max_length=2000, default="")
    asked = models.JSONField("摸底内容", default=dict)
    fresh_from = models.DateField("数据日期不早于")
    due_on = models.DateField("截止日期")
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=0)
    drafted_at = models.DateTimeField("拟定时间")
    drafted_by = _person()
    opened_at = models.DateTimeField("下发时间", null=True)
    closed_at = models.DateTimeField("结束时间", null=True)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        indexes = [models.Index("state", "due_on", name="campaign_state")]
        constraints = [
            models.CheckConstraint(name="campaign_titled", condition=~Q(title="")),
            models.CheckConstraint(
                name="campaign_state",
                condition=Q(state="draft", opened_at=None, closed_at=None)
                | Q(state="open", opened_at__isnull=False, closed_at=None)
                | Q(state="closed", opened_at__isnull=False, closed_at__isnull=False),
            ),
            models.CheckConstraint(name="campaign_days", condition=Q(fresh_from__lte=F("due_on"))),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("baseline:campaign", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Reply(models.Model):
    """填报: one community's part in a campaign. ``due_on`` is its own day where it was given longer, with the reason."""

    class State(models.TextChoices):
        FILLING = "filling", "填报中"
        SUBMITTED = "submitted", "已提交"
        RETURNED = "returned", "已退回"
        ACCEPTED = "accepted", "已核对"

    # The community may still change it.
    WITH_COMMUNITY = (State.FILLING, State.RETURNED)

    id = models.UUIDField(primary_key=True, default=uuid7)
    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="replies", db_index=False)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.FILLING)
    due_on = models.DateField("延长至", null=True)
    extension_reason = models.CharField("延期原因", max_length=300, default="")
    submitted_at = models.DateTimeField("提交时间", null=True)
    submitted_by = _person()
    checked_at = models.DateTimeField("核对时间", null=True)
    checked_by = _person()
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint("campaign", "community", name="reply_once"),
            models.CheckConstraint(
                name="reply_extended_with_reason",
                condition=Q(due_on=None, extension_reason="") | (Q(due_on__isnull=False) & ~Q(extension_reason="")),
            ),
            models.CheckConstraint(
                name="reply_state",
                condition=Q(state="filling", submitted_at=None, checked_at=None)
                | Q(state="submitted", submitted_at__isnull=False, checked_at=None)
                | Q(state__in=["returned", "accepted"], submitted_at__isnull=False, checked_at__isnull=False),
            ),
        ]
        indexes = [models.Index("community", "state", name="reply_community")]

    def __str__(self) -> str:
        return f"{self.community.name}：{self.campaign.title}"

    def get_absolute_url(self) -> str:
        return reverse("baseline:community", args=[self.campaign_id, self.community.code])

    @property
    def due(self) -> dt.date:
        return self.due_on or self.campaign.due_on

    @property
    def is_with_community(self) -> bool:
        return self.state in self.WITH_COMMUNITY


class SectionCheck(models.Model):
    """核对: what the street found of one section of a reply. A returned one waits until the reply is submitted again."""

    class Result(models.TextChoices):
        ACCEPTED = "accepted", "核对通过"
        RETURNED = "returned", "退回"

    id = models.UUIDField(primary_key=True, default=uuid7)
    reply = models.ForeignKey(Reply, models.CASCADE, related_name="checks", db_index=False)
    section = models.CharField("部分", max_length=40, choices=[(each.name, each.value) for each in Section])
    result = models.CharField("结果", max_length=10, choices=Result)
    reason = models.CharField("原因", max_length=500, default="")
    at = models.DateTimeField("核对时间")
    by = _person()

    class Meta:
        constraints = [
            models.UniqueConstraint("reply", "section", name="section_check_once"),
            models.CheckConstraint(
                name="section_check_reason", condition=Q(result="accepted") | (Q(result="returned") & ~Q(reason=""))
            ),
        ]


class NothingThere(models.Model):
    """本社区没有此类: that a community has nothing of a kind, as a fact with a date, so that absence is no gap.

    It ends when somebody takes it back, or when a thing of the kind is recorded; what is recorded counts in any case.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField("类别", max_length=40)
    dated = models.DateField("确认日期")
    note = models.CharField("说明", max_length=200, default="")
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = _person()
    ended_at = models.DateTimeField("撤销时间", null=True)
    ended_by = _person()
    end_reason = models.CharField("撤销原因", max_length=200, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint("community", "kind", name="nothing_there_once", condition=Q(ended_at=None)),
            models.CheckConstraint(
                name="nothing_there_ended",
                condition=Q(ended_at=None, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
            ),
        ]


class SyncedOperation(models.Model):
    """One operation that a phone has sent, under the id that the phone gave it, with the answer it got.

    Sent again, by a phone that never heard the answer, it gets the same answer and changes nothing. ``digest`` is of
    what was sent: another content under the same id is refused.
    """

    class Status(models.TextChoices):
        STORED = "stored", "已保存"
        REFUSED = "refused", "未接受"
        CONFLICT = "conflict", "与他人的更新冲突"

    id = models.UUIDField(primary_key=True)
    person = models.UUIDField()
    post = models.UUIDField()
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=40)
    thing = models.UUIDField(null=True)
    # The record that a photo belongs to; none for a record itself.
    record = models.ForeignKey("self", models.PROTECT, null=True, related_name="photos", db_index=False)
    digest = models.CharField(max_length=80)
    status = models.CharField(max_length=10, choices=Status)
    answer = models.JSONField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index("person", "received_at", name="synced_person")]
