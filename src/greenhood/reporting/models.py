"""Obligations to report, the report being written, and what was filed: frozen as it was, with its figures."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from greenhood.accounts.models import Post, User
from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion


class State(models.TextChoices):
    """Where an obligation stands. Whether it is overdue follows from the day, and is not stored."""

    OPEN = "open", "待报"
    FILED = "filed", "已报，待接收"
    RETURNED = "returned", "退回修改"
    ACCEPTED = "accepted", "已接收"


# What the reporter still has to do something about.
OWED = (State.OPEN, State.RETURNED)


class Obligation(models.Model):
    """One report that one division owes another for one period, by a day that the scheme gives (``due_on``).

    ``entry`` is the key of the scheme's calendar. ``deadline`` is the day that counts: later than ``due_on`` where it was
    extended for this division alone, with a reason.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", db_index=False)
    scheme_id = models.CharField(max_length=80)
    entry = models.CharField("任务", max_length=60)
    title = models.CharField("名称", max_length=200)
    year = models.PositiveSmallIntegerField("年度")
    period = models.CharField("所属期", max_length=40)
    begins_on = models.DateField("所属期开始")
    ends_on = models.DateField("所属期结束")
    reporter = models.ForeignKey(Division, models.PROTECT, related_name="obligations", db_index=False)
    receiver = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    due_on = models.DateField("方案规定的期限")
    deadline = models.DateField("期限")
    extended_reason = models.CharField("延期理由", max_length=500, default="")
    extended_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    filed_at = models.DateTimeField("首次报送时间", null=True)
    accepted_at = models.DateTimeField("接收时间", null=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    # The report being written: text by section, figures typed by hand by key, reasons by returned section.
    texts = models.JSONField("各部分文字", default=dict)
    typed = models.JSONField("手工填写的数字", default=dict)
    returned = models.JSONField("退回的部分", default=dict)
    # Why a figure differs from the sum of the reports filed below, by the figure's key.
    reasons = models.JSONField("与下级合计不一致的原因", default=dict)
    revision = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("scheme_id", "entry", "period", "reporter", name="obligation_once"),
            models.CheckConstraint(name="obligation_period", condition=models.Q(ends_on__gte=models.F("begins_on"))),
            models.CheckConstraint(
                name="obligation_extended",
                condition=models.Q(deadline=models.F("due_on"), extended_reason="")
                | models.Q(deadline__gt=models.F("due_on")) & ~models.Q(extended_reason=""),
            ),
            models.CheckConstraint(
                name="obligation_accepted_dated",
                condition=models.Q(state="accepted", accepted_at__isnull=False)
                | ~models.Q(state="accepted") & models.Q(accepted_at=None),
            ),
        ]
        indexes = [
            models.Index("reporter", "deadline", name="obligation_reporter"),
            models.Index("receiver", "state", "deadline", name="obligation_receiver"),
            # Completeness of a whole nation reads nothing but this.
            models.Index(
                fields=["year", "deadline"], include=["reporter", "state", "filed_at"], name="obligation_year_deadline"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reporter.name}{self.heading}"

    @property
    def heading(self) -> str:
        """The period and the title as one says them: 2026年度总结评估报告, not 2026年度年度总结评估报告."""
        doubled = self.period.endswith("年度") and self.title.startswith("年度")
        return f"{self.period.removesuffix('年度') if doubled else self.period}{self.title}"

    def get_absolute_url(self) -> str:
        return reverse("reporting:report", args=[self.pk])

    @property
    def is_extended(self) -> bool:
        return self.deadline > self.due_on


class Filing(models.Model):
    """A report as it was filed: nothing in it changes, whatever the figures say later.

    ``figures`` is a list of {key, title, unit, value, is_typed, definition, url}; ``digest`` the hash over texts and figures.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="filings", db_index=False)
    number = models.PositiveSmallIntegerField("次数")
    texts = models.JSONField()
    figures = models.JSONField()
    # Where figures and the sum of the reports below differ: a list of {key, title, value, below, difference, reason}.
    differences = models.JSONField(default=list)
    as_of = models.DateTimeField("数据时间")
    digest = models.CharField(max_length=100)
    late_days = models.PositiveIntegerField("迟报天数", default=0)
    signed_by = models.CharField("签发人", max_length=60)
    filed_at = models.DateTimeField("报送时间")
    filed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    filed_post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint("obligation", "number", name="filing_once")]

    def __str__(self) -> str:
        return f"{self.obligation}（第 {self.number} 次）"


class Reminder(models.Model):
    """That a reporter was reminded of an obligation on a day: one row a day, so that nobody is reminded twice.

    ``days_left`` is negative once the day is over; ``sent`` says how many messages each channel took, by its name.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="reminders", db_index=False)
    day = models.DateField("日期")
    days_left = models.IntegerField("距期限天数")
    sent = models.JSONField("发出", default=dict)
    at = models.DateTimeField("时间")

    class Meta:
        ordering = ["day"]
        constraints = [models.UniqueConstraint("obligation", "day", name="reminder_once_a_day")]

    def __str__(self) -> str:
        return f"{self.obligation} {self.day}"
