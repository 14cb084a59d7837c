"""Obligations to report, the report being written, and what was filed: frozen as it was, with its figures."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.urls import reverse

from greenhood.accounts.models import Post, User
from greenhood.divisions.models import Division, Level
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion


class State(models.TextChoices):
    """Where an obligation stands. Whether it is overdue follows from the day, and is not stored."""

    OPEN = "open", "待报"
    FILED = "filed", "已报，待接收"
    RETURNED = "returned", "退回修改"
    ACCEPTED = "accepted", "已接收"
    DONE = "done", "已开展"


class Kind(models.TextChoices):
    """What is owed. An appraisal is an evaluation of a lower division by the upper one."""

    REPORT = "report", "报告"
    PLAN = "plan", "计划"
    EVALUATION = "evaluation", "评估"
    APPRAISAL = "appraisal", "考核"
    VISIT = "visit", "实地考察"
    SAMPLE = "sample", "抽样考评"


# Documents that go up, whose completeness and timeliness is counted; and what is carried out, which is counted apart.
DOCUMENTS = (Kind.REPORT, Kind.PLAN, Kind.EVALUATION)
DUTIES = (Kind.APPRAISAL, Kind.VISIT, Kind.SAMPLE)
EVALUATIONS = (Kind.EVALUATION, Kind.APPRAISAL)
ROUNDS = (Kind.VISIT, Kind.SAMPLE)

# What the reporter still has to do something about.
OWED = (State.OPEN, State.RETURNED)


class Obligation(models.Model):
    """One thing that one division owes for one period, by a day that the scheme gives (``due_on``): a report, a plan or an
    evaluation to another division, or a visit, a sample or an appraisal that it carries out.

    ``entry`` is the key of the scheme's calendar. ``deadline`` is the day that counts: later than ``due_on`` where it was
    extended for this division alone, with a reason. ``from_on`` is the first day where the scheme gives a span.
    Of a visit or a sample ``filed_at`` is the day on which it was carried out, ``outcome`` and ``outcome_url`` what came of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", db_index=False)
    scheme_id = models.CharField(max_length=80)
    entry = models.CharField("任务", max_length=60)
    title = models.CharField("名称", max_length=200)
    kind = models.CharField("种类", max_length=10, choices=Kind, default=Kind.REPORT)
    year = models.PositiveSmallIntegerField("年度")
    period = models.CharField("所属期", max_length=40)
    begins_on = models.DateField("所属期开始")
    ends_on = models.DateField("所属期结束")
    reporter = models.ForeignKey(Division, models.PROTECT, related_name="obligations", db_index=False)
    receiver = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    from_on = models.DateField("方案规定的开始日", null=True)
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
    grade = models.CharField("评估等次", max_length=60, default="")
    outcome = models.CharField("开展情况", max_length=2000, default="")
    outcome_url = models.CharField("开展记录", max_length=500, default="")
    revision = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "scheme_id", "entry", "period", "reporter", "receiver", name="obligation_once_each"
            ),
            models.CheckConstraint(name="obligation_period", condition=models.Q(ends_on__gte=models.F("begins_on"))),
            models.CheckConstraint(
                name="obligation_extended",
                condition=models.Q(deadline=models.F("due_on"), extended_reason="")
                | models.Q(deadline__gt=models.F("due_on")) & ~models.Q(extended_reason=""),
            ),
            models.CheckConstraint(
                name="obligation_done_dated",
                condition=~models.Q(state="done") | models.Q(kind__in=["visit", "sample"], filed_at__isnull=False),
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
                fields=["year", "deadline"],
                include=["reporter", "state", "filed_at", "kind"],
                name="obligation_year_kind",
            ),
            models.Index(
                fields=["year", "deadline"],
                condition=models.Q(kind__in=["appraisal", "visit", "sample"]),
                name="obligation_duties",
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

    @property
    def is_plan(self) -> bool:
        """Whether it is a government's own plan, which is written, compared and filed where plans are."""
        return self.kind == Kind.PLAN and self.reporter.level < Level.COMMUNITY

    @property
    def is_round(self) -> bool:
        """Carried out and marked as such, rather than written and filed."""
        return self.kind in ROUNDS

    @property
    def is_evaluation(self) -> bool:
        return self.kind in EVALUATIONS

    @property
    def state_label(self) -> str:
        if self.state == State.OPEN and self.kind in DUTIES:
            return "待开展"
        return (
            "已作出，待确认" if self.state == State.FILED and self.kind == Kind.APPRAISAL else self.get_state_display()
        )

    @property
    def tone(self) -> str:
        """How the badge of its state looks, where the state alone doesn't say."""
        return {State.ACCEPTED.value: "good", State.DONE.value: "good", State.FILED.value: "wait"}.get(self.state, "")

    @property
    def concerned(self) -> tuple[Division, ...]:
        """Who may look at it: whose it is, who gets it, and the place whose scheme asks for it."""
        return self.reporter, self.receiver, self.version.jurisdiction

    @property
    def subject(self) -> Division:
        """Whom it is about: the reporter itself, or whom it appraises."""
        return self.receiver if self.kind == Kind.APPRAISAL else self.reporter

    @property
    def done_on(self) -> dt.date | None:
        return today_in_shanghai(self.filed_at) if self.filed_at else None

    @property
    def late_days(self) -> int:
        """By how many days it was late when it was first filed or carried out; nought while it is not."""
        return max((self.done_on - self.deadline).days, 0) if self.done_on else 0

    @property
    def is_early(self) -> bool:
        """Carried out before the span that the scheme gives."""
        return bool(self.from_on and self.done_on and self.done_on < self.from_on)


class Filing(models.Model):
    """A report as it was filed: nothing in it changes, whatever the figures say later; withdrawn it stays to be seen, with the reason.

    ``figures`` is a list of {key, title, unit, value, is_typed, definition, url}; ``digest`` the hash over texts and figures.
    ``basis`` is what an evaluation rests on (``evaluating.Basis``), ``grade`` the word that it concludes with.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="filings", db_index=False)
    number = models.PositiveSmallIntegerField("次数")
    texts = models.JSONField()
    figures = models.JSONField()
    # Where figures and the sum of the reports below differ: a list of {key, title, value, below, difference, reason}.
    differences = models.JSONField(default=list)
    basis = models.JSONField("评估依据", default=dict)
    grade = models.CharField("评估等次", max_length=60, default="")
    as_of = models.DateTimeField("数据时间")
    digest = models.CharField(max_length=100)
    late_days = models.PositiveIntegerField("迟报天数", default=0)
    signed_by = models.CharField("签发人", max_length=60)
    filed_at = models.DateTimeField("报送时间")
    filed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    filed_post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", db_index=False)

    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    withdrawn_reason = models.CharField("撤回理由", max_length=500, default="")

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint("obligation", "number", name="filing_once"),
            models.CheckConstraint(
                name="filing_withdrawn_with_reason",
                condition=models.Q(withdrawn_at=None, withdrawn_reason="")
                | models.Q(withdrawn_at__isnull=False) & ~models.Q(withdrawn_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation}（第 {self.number} 次）"

    @property
    def follows_a_return(self) -> bool:
        """Filed anew with the parts that came back; what was filed first still counts for the day."""
        return self.filed_at != self.obligation.filed_at


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


class Bulletin(models.Model):
    """A bulletin (通报) as it was issued: ``paper`` doesn't change; withdrawn it stays to be seen, with the reason."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="bulletins", db_index=False)
    year = models.PositiveSmallIntegerField("年度")
    counted_to = models.DateField("统计截止日")
    number = models.CharField("发文字号", max_length=60)
    title = models.CharField("标题", max_length=200)
    paper = models.JSONField("内容")
    digest = models.CharField(max_length=100)
    signed_by = models.CharField("签发人", max_length=60)
    issued_at = models.DateTimeField("印发时间")
    issued_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    issued_post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    withdrawn_reason = models.CharField("撤回理由", max_length=500, default="")

    class Meta:
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint("division", "number", name="bulletin_number_once"),
            models.CheckConstraint(
                name="bulletin_withdrawn_with_reason",
                condition=models.Q(withdrawn_at=None, withdrawn_reason="")
                | models.Q(withdrawn_at__isnull=False) & ~models.Q(withdrawn_reason=""),
            ),
        ]
        indexes = [models.Index("division", models.F("issued_at").desc(), name="bulletin_of_division")]

    def __str__(self) -> str:
        return f"{self.title}（{self.number}）"

    def get_absolute_url(self) -> str:
        return reverse("reporting:issued", args=[self.pk])


class BulletinCopy(models.Model):
    """One division that a bulletin is published to."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    bulletin = models.ForeignKey(Bulletin, models.PROTECT, related_name="copies", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint("division", "bulletin", name="bulletin_copy_once")]

    def __str__(self) -> str:
        return f"{self.bulletin} → {self.division.name}"
