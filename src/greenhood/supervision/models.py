"""Inspections with their sheets and answers, findings, orders to put things right with their rounds and escalations."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from greenhood.accounts.models import Post, User
from greenhood.declarations.models import Rectification
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.reporting.models import Obligation
from greenhood.schemes.models import SchemeVersion


def _person() -> models.ForeignKey[User | None, User | None]:
    return models.ForeignKey(User, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+")


class Inspection(models.Model):
    """检查: what a division's office looks at, where, when and by whom.

    ``checks`` are keys of the standard ("16" or "16.2"), ``topics`` the inspection's own questions, by key ("t1"). ``drawn`` says
    how communities were drawn by lot (seed, size, frame and its hash), so that anyone who may see it can draw again.
    """

    class Kind(models.TextChoices):
        ROUTINE = "routine", "日常检查"
        THEMATIC = "thematic", "专题调研"
        UNANNOUNCED = "unannounced", "暗访督查"

    class State(models.TextChoices):
        PLANNED = "planned", "已计划"
        UNDER_WAY = "under_way", "进行中"
        CLOSED = "closed", "已办结"
        PUBLISHED = "published", "已反馈"
        CANCELLED = "cancelled", "已取消"

    # From here on an unannounced one may be known to those who were inspected.
    OVER = (State.CLOSED, State.PUBLISHED)
    OPEN = (State.PLANNED, State.UNDER_WAY)

    id = models.UUIDField(primary_key=True, default=uuid7)
    kind = models.CharField("方式", max_length=12, choices=Kind)
    title = models.CharField("名称", max_length=100)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    standard_key = models.CharField(max_length=60, default="")
    checks = models.JSONField("检查内容", default=list)
    topics = models.JSONField("自定检查内容", default=dict)
    begins_on = models.DateField("开始日期")
    ends_on = models.DateField("结束日期")
    drawn = models.JSONField("抽取记录", null=True)
    obligation = models.ForeignKey(Obligation, models.SET_NULL, null=True, related_name="+", db_index=False)
    lead = _person()
    instructions = models.CharField("检查要求", max_length=1000, default="")
    state = models.CharField("状态", max_length=10, choices=State, default=State.PLANNED)
    summary = models.TextField("检查情况", max_length=5000, default="")
    planned_at = models.DateTimeField("计划时间")
    planned_by = _person()
    started_at = models.DateTimeField("开始时间", null=True)
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = _person()
    published_at = models.DateTimeField("反馈时间", null=True)
    cancelled_reason = models.CharField("取消原因", max_length=500, default="")
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="inspection_titled", condition=~Q(title="")),
            models.CheckConstraint(name="inspection_days", condition=Q(ends_on__gte=F("begins_on"))),
            models.CheckConstraint(
                name="inspection_state",
                condition=Q(state="planned", started_at=None, closed_at=None, published_at=None)
                | Q(state="under_way", started_at__isnull=False, closed_at=None, published_at=None)
                | Q(state="closed", started_at__isnull=False, closed_at__isnull=False, published_at=None)
                | Q(state="published", closed_at__isnull=False, published_at__isnull=False)
                | (Q(state="cancelled", closed_at=None, published_at=None) & ~Q(cancelled_reason="")),
            ),
        ]
        indexes = [
            models.Index("division", "begins_on", name="inspection_division"),
            models.Index("begins_on", "id", name="inspection_begins"),
            models.Index("obligation", name="inspection_obligation", condition=Q(obligation__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("supervision:inspection", args=[self.pk])

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN

    @property
    def is_hidden(self) -> bool:
        """Whether those who are inspected must not learn of it."""
        return self.kind == self.Kind.UNANNOUNCED and self.state not in self.OVER


class Inspector(models.Model):
    """检查人: somebody named to fill in the sheets of an inspection."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="inspectors", db_index=False)
    user = models.ForeignKey(User, models.PROTECT, db_constraint=False, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("inspection", "user", name="inspector_once")]


class Sheet(models.Model):
    """检查表: one community's part in an inspection."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    inspection = models.ForeignKey(Inspection, models.CASCADE, related_name="sheets", db_index=False)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    finished_at = models.DateTimeField("完成时间", null=True)
    finished_by = _person()
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint("inspection", "community", name="sheet_once")]
        indexes = [models.Index("community", "inspection", name="sheet_community")]

    def __str__(self) -> str:
        return f"{self.community.name}检查表"

    def get_absolute_url(self) -> str:
        return reverse("supervision:sheet", args=[self.pk])


class Answer(models.Model):
    """What an inspector saw of one check. Degrees are CGCS2000, which phones' WGS 84 equals within a metre."""

    class Result(models.TextChoices):
        MET = "met", "符合"
        NOT_MET = "not_met", "不符合"
        UNSEEN = "unseen", "未能查看"

    id = models.UUIDField(primary_key=True, default=uuid7)
    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="answers", db_index=False)
    key = models.CharField("检查项", max_length=20)
    criterion = models.PositiveSmallIntegerField("标准项", null=True)
    result = models.CharField("结果", max_length=8, choices=Result)
    note = models.CharField("说明", max_length=1000, default="")
    seen_at = models.DateTimeField("查看时间")
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    accuracy = models.PositiveIntegerField("位置误差（米）", null=True)
    at = models.DateTimeField("保存时间")
    by = _person()
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint("sheet", "key", name="sheet_answer_once"),
            models.CheckConstraint(
                name="sheet_answer_place_whole",
                condition=Q(longitude=None, latitude=None, accuracy=None)
                | Q(longitude__isnull=False, latitude__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} {self.key}"


class Order(models.Model):
    """整改通知: what a community, a street or a department has to put right by a day, and how far that is.

    ``department`` is written as on the paper, ``line`` is what it stands for (``accounts.departments``); both are empty where
    the division as a whole is meant. ``due_on`` is the day that counts now; each round has its own. Once it was reported on, the
    issuer owes the re-check by ``recheck_on``. ``watcher`` is the highest division that supervises what is overdue now (督办);
    ``steps_before`` says how many levels the report had gone up when its present term began: a report that was late and sent back
    goes on from there. ``rectification`` is the one of the community's title, where that was started from here.
    """

    class State(models.TextChoices):
        ISSUED = "issued", "待签收"
        ACKNOWLEDGED = "acknowledged", "整改中"
        REPORTED = "reported", "待复查"
        PASSED = "passed", "整改合格"
        WITHDRAWN = "withdrawn", "已撤销"

    # The recipient still has to do something.
    OWED = (State.ISSUED, State.ACKNOWLEDGED)
    LIVE = (State.ISSUED, State.ACKNOWLEDGED, State.REPORTED)

    class Duty(models.TextChoices):
        REPORT = "report", "整改"
        RECHECK = "recheck", "复查"

    id = models.UUIDField(primary_key=True, default=uuid7)
    year = models.PositiveSmallIntegerField("年度")
    serial = models.PositiveIntegerField("编号")
    issuer = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    recipient = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    department = models.CharField("责任部门", max_length=120, default="")
    line = models.CharField(max_length=60, default="")
    inspection = models.ForeignKey(Inspection, models.PROTECT, null=True, related_name="orders", db_index=False)
    demands = models.TextField("整改要求", max_length=3000)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    clause = models.CharField("依据条款", max_length=100, default="")
    due_on = models.DateField("整改期限")
    state = models.CharField("状态", max_length=12, choices=State, default=State.ISSUED)
    round = models.PositiveSmallIntegerField("轮次", default=1)
    issued_at = models.DateTimeField("发出时间")
    issued_by = _person()
    issued_post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", db_index=False)
    acknowledged_at = models.DateTimeField("签收时间", null=True)
    acknowledged_by = _person()
    closed_at = models.DateTimeField("办结时间", null=True)
    closed_by = _person()
    withdrawn_reason = models.CharField("撤销原因", max_length=500, default="")
    recheck_on = models.DateField("复查期限", null=True)
    watcher = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", db_index=False)
    escalated_on = models.DateField("督办日期", null=True)
    steps_before = models.PositiveSmallIntegerField(default=0)
    rectification = models.ForeignKey(Rectification, models.PROTECT, null=True, related_name="+", db_index=False)
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("issuer", "year", "serial", name="order_number_once"),
            models.CheckConstraint(name="order_demands", condition=~Q(demands="")),
            models.CheckConstraint(
                name="order_department_has_line",
                condition=Q(department="", line="") | (~Q(department="") & ~Q(line="")),
            ),
            models.CheckConstraint(
                name="order_withdrawn_with_reason",
                condition=(Q(state="withdrawn") & ~Q(withdrawn_reason=""))
                | (~Q(state="withdrawn") & Q(withdrawn_reason="")),
            ),
            models.CheckConstraint(
                name="order_closed",
                condition=Q(state__in=["passed", "withdrawn"], closed_at__isnull=False)
                | Q(state__in=["issued", "acknowledged", "reported"], closed_at=None),
            ),
            models.CheckConstraint(
                name="order_watched",
                condition=Q(watcher=None, escalated_on=None) | Q(watcher__isnull=False, escalated_on__isnull=False),
            ),
            models.CheckConstraint(
                name="order_recheck_due",
                condition=Q(state="reported", recheck_on__isnull=False) | (~Q(state="reported") & Q(recheck_on=None)),
            ),
        ]
        indexes = [
            models.Index("recipient", "due_on", name="order_recipient"),
            models.Index("issuer", "due_on", name="order_issuer"),
            models.Index("due_on", "id", name="order_due"),
            models.Index("due_on", name="order_overdue", condition=Q(state__in=["issued", "acknowledged"])),
            models.Index("recheck_on", name="order_recheck_overdue", condition=Q(recheck_on__isnull=False)),
            models.Index("watcher", "state", name="order_watcher", condition=Q(watcher__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.recipient.name}整改通知（{self.number}）"

    def get_absolute_url(self) -> str:
        return reverse("supervision:order", args=[self.pk])

    @property
    def number(self) -> str:
        """〔2026〕3 号, counted by issuer and year."""
        return f"〔{self.year}〕{self.serial} 号"

    @property
    def is_live(self) -> bool:
        return self.state in self.LIVE

    @property
    def is_owed(self) -> bool:
        return self.state in self.OWED

    @property
    def duty(self) -> Order.Duty:
        """What is owed now: the recipient's report, or the issuer's re-check of it."""
        return self.Duty.RECHECK if self.state == self.State.REPORTED else self.Duty.REPORT

    @property
    def day(self) -> dt.date:
        """The day by which it is owed."""
        return self.recheck_on or self.due_on

    @property
    def owed_by(self) -> Division:
        return self.issuer if self.duty == self.Duty.RECHECK else self.recipient

    def is_overdue(self, today: dt.date) -> bool:
        return self.is_live and self.day < today


class Round(models.Model):
    """One term of an order: what was reported by its end, and what the re-check said. A failed one is followed by another."""

    class Result(models.TextChoices):
        PASSED = "passed", "整改合格"
        FAILED = "failed", "整改不合格"

    id = models.UUIDField(primary_key=True, default=uuid7)
    order = models.ForeignKey(Order, models.CASCADE, related_name="rounds", db_index=False)
    number = models.PositiveSmallIntegerField("轮次")
    begins_on = models.DateField("起算日")
    due_on = models.DateField("期限")
    # {on, from, to, reason, by} of each extension.
    extensions = models.JSONField("延期", default=list)
    report = models.TextField("整改情况", max_length=5000, default="")
    reported_at = models.DateTimeField("报送时间", null=True)
    reported_by = _person()
    result = models.CharField("复查结果", max_length=8, choices=Result, default="")
    opinion = models.CharField("复查意见", max_length=2000, default="")
    checked_at = models.DateTimeField("复查时间", null=True)
    checked_by = _person()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint("order", "number", name="round_once"),
            # 期限不得早于发出之日: a term in the past is no term.
            models.CheckConstraint(name="round_term_ahead", condition=Q(due_on__gt=F("begins_on"))),
            models.CheckConstraint(
                name="round_checked",
                condition=Q(result="", checked_at=None, opinion="")
                | (~Q(result="") & ~Q(opinion="") & Q(checked_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="round_reported",
                condition=Q(report="", reported_at=None) | (~Q(report="") & Q(reported_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} 第{self.number}轮"

    @property
    def is_late(self) -> bool:
        return self.reported_at is not None and today_in_shanghai(self.reported_at) > self.due_on


class Escalation(models.Model):
    """督办: that an overdue report, or an overdue re-check, was put before a division, once for each term that passed
    (``due_on``) and step."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    order = models.ForeignKey(Order, models.CASCADE, related_name="escalations", db_index=False)
    duty = models.CharField("事项", max_length=7, choices=Order.Duty, default=Order.Duty.REPORT)
    due_on = models.DateField("逾期的期限")
    step = models.PositiveSmallIntegerField("级次")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    on = models.DateField("日期")
    note = models.CharField("督办意见", max_length=1000, default="")
    noted_at = models.DateTimeField(null=True)
    noted_by = _person()

    class Meta:
        ordering = ["due_on", "step"]
        constraints = [models.UniqueConstraint("order", "duty", "due_on", "step", name="escalation_duty_once")]
        indexes = [models.Index("division", name="escalation_division")]


class Finding(models.Model):
    """问题: what was found in a place, against which check. ``order`` is the last order that demanded it be put right."""

    class Severity(models.TextChoices):
        MINOR = "minor", "一般"
        MAJOR = "major", "较重"
        GRAVE = "grave", "严重"

    id = models.UUIDField(primary_key=True, default=uuid7)
    inspection = models.ForeignKey(Inspection, models.PROTECT, related_name="findings", db_index=False)
    answer = models.ForeignKey(Answer, models.PROTECT, null=True, related_name="findings", db_index=False)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    key = models.CharField("检查项", max_length=20, default="")
    criterion = models.PositiveSmallIntegerField("标准项", null=True)
    severity = models.CharField("程度", max_length=8, choices=Severity, default=Severity.MINOR)
    text = models.CharField("问题", max_length=2000)
    place = models.CharField("地点", max_length=200, default="")
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    fact_kind = models.CharField("所涉对象类别", max_length=40, default="")
    fact_thing = models.UUIDField("所涉对象", null=True)
    fact_name = models.CharField("所涉对象名称", max_length=200, default="")
    found_on = models.DateField("发现日期")
    found_at = models.DateTimeField("登记时间")
    found_by = _person()
    order = models.ForeignKey(Order, models.SET_NULL, null=True, related_name="findings", db_index=False)
    withdrawn_at = models.DateTimeField("撤销时间", null=True)
    withdrawn_by = _person()
    withdrawn_reason = models.CharField("撤销原因", max_length=500, default="")
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint("answer", name="finding_of_answer_once", condition=Q(withdrawn_at=None)),
            models.CheckConstraint(name="finding_says", condition=~Q(text="")),
            models.CheckConstraint(
                name="finding_place_whole",
                condition=Q(longitude=None, latitude=None) | Q(longitude__isnull=False, latitude__isnull=False),
            ),
            models.CheckConstraint(
                name="finding_withdrawn_with_reason",
                condition=Q(withdrawn_at=None, withdrawn_reason="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")),
            ),
        ]
        indexes = [
            models.Index("community", "criterion", "found_on", name="finding_community"),
            models.Index("inspection", name="finding_inspection"),
            models.Index("found_on", "id", name="finding_found"),
            models.Index("order", name="finding_order", condition=Q(order__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.community.name}：{self.text[:40]}"

    def get_absolute_url(self) -> str:
        return reverse("supervision:finding", args=[self.pk])
