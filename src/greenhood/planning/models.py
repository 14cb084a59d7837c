"""Plans of lower governments with what was filed of them, and work plans of communities with what residents said."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from greenhood.accounts.models import Post, User
from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7
from greenhood.reporting.models import OWED, Filing, Obligation, State
from greenhood.schemes.models import SchemeVersion

STATE = Coalesce("obligation__state", "own_state")
"""Where a plan stands: with the obligation where the calendar asks for it, else with itself. One of the two, never both."""


class Plan(models.Model):
    """A lower government's plan being written, filed and put in force as a scheme of its own.

    ``content`` is what was typed, section by section (``sections``); ``higher`` the version it is checked against;
    ``based_on`` the division's scheme that it continues. Where the higher scheme's calendar asks for the plan, where it stands is
    the obligation's state and ``own_state`` is empty.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="plans", db_index=False)
    year = models.PositiveSmallIntegerField("年度")
    title = models.CharField("名称", max_length=200)
    scheme_id = models.CharField("方案标识", max_length=80)
    higher = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", db_index=False)
    based_on = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    content = models.JSONField("内容", default=dict)
    obligation = models.ForeignKey(Obligation, models.PROTECT, null=True, related_name="plans", db_index=False)
    own_state = models.CharField("状态", max_length=10, choices=State, null=True, default=State.OPEN)  # noqa: DJ001 - empty where the obligation has it
    receiver = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", db_index=False)
    # Reasons by section, where the plan itself has the state.
    returned = models.JSONField("退回的部分", default=dict)
    filed_at = models.DateTimeField("首次报送时间", null=True)
    decided_at = models.DateTimeField("备案时间", null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    published_at = models.DateTimeField("发布时间", null=True)
    approval = models.CharField("本级审定依据", max_length=300, default="")
    discarded_at = models.DateTimeField("放弃时间", null=True)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField("开始时间", auto_now_add=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    is_demonstration = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "division", condition=Q(published_at=None, discarded_at=None), name="plan_one_in_work"
            ),
            models.UniqueConstraint("obligation", condition=Q(discarded_at=None), name="plan_one_for_obligation"),
            models.CheckConstraint(
                name="plan_one_truth",
                condition=Q(obligation=None, own_state__isnull=False) | Q(obligation__isnull=False, own_state=None),
            ),
            models.CheckConstraint(
                name="plan_published_pair",
                condition=Q(version=None, published_at=None) | Q(version__isnull=False, published_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index("division", "year", name="plan_division_year"),
            models.Index("receiver", "own_state", name="plan_receiver"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("planning:plan", args=[self.pk])

    @property
    def state(self) -> str:
        """Where it stands; the obligation says so where there is one."""
        return self.obligation.state if self.obligation else str(self.own_state)

    @property
    def state_title(self) -> str:
        return STATE_TITLES[self.shown_state]

    @property
    def shown_state(self) -> str:
        if self.discarded_at:
            return "discarded"
        return "published" if self.published_at else self.state

    @property
    def is_open(self) -> bool:
        return self.state in OWED and not self.discarded_at and not self.published_at


STATE_TITLES = {
    State.OPEN.value: "编制中",
    State.FILED.value: "已报送，待备案",
    State.RETURNED.value: "退回修改",
    State.ACCEPTED.value: "已备案，待发布",
    "published": "已发布施行",
    "discarded": "已放弃",
}


class Submission(models.Model):
    """A plan as it was filed: the scheme's text, the values chosen, and how it stood to the higher scheme. Nothing in it changes.

    ``comparison`` is a list of {outcome, section, title, key, source, higher, lower, reason}; ``digest`` is over text and values.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="submissions", db_index=False)
    number = models.PositiveSmallIntegerField("次数")
    higher = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", db_index=False)
    text = models.TextField("方案文件")
    chosen = models.JSONField(default=dict)
    comparison = models.JSONField("与上级方案对照", default=list)
    digest = models.CharField(max_length=100)
    filing = models.ForeignKey(Filing, models.PROTECT, null=True, related_name="+", db_index=False)
    late_days = models.PositiveIntegerField("迟报天数", default=0)
    signed_by = models.CharField("签发人", max_length=60)
    filed_at = models.DateTimeField("报送时间")
    filed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    filed_post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint("plan", "number", name="submission_once")]

    def __str__(self) -> str:
        return f"{self.plan}（第 {self.number} 次报送）"


class WorkPlan(models.Model):
    """A community's plan of work for a year (工作计划), drafted and agreed with its residents, published for them."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    community = models.ForeignKey(Division, models.PROTECT, related_name="work_plans", db_index=False)
    year = models.PositiveSmallIntegerField("年度")
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="+", db_index=False)
    goals = models.TextField("目标", default="")
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    is_demonstration = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint("community", "year", name="work_plan_once_a_year")]
        indexes = [models.Index("year", "community", name="work_plan_year")]

    def __str__(self) -> str:
        return f"{self.community.name}{self.year}年绿色社区创建工作计划"

    def get_absolute_url(self) -> str:
        return reverse("planning:work_plan", args=[self.pk])


class WorkItem(models.Model):
    """One thing that a work plan sets out to do: what, for which criterion, who, by when, with what money, and the residents' part."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="items", db_index=False)
    position = models.PositiveSmallIntegerField("次序")
    criterion = models.PositiveSmallIntegerField("标准项号", null=True)
    title = models.CharField("做什么", max_length=200)
    owner = models.CharField("责任人", max_length=100, default="")
    due_on = models.DateField("完成日期", null=True)
    money = models.DecimalField("资金（元）", max_digits=14, decimal_places=2, null=True)
    residents = models.CharField("居民做什么", max_length=300, default="")
    progress = models.PositiveSmallIntegerField("进度（%）", default=0)
    note = models.CharField("进展", max_length=500, default="")
    reported_at = models.DateTimeField("进度更新时间", null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "position"], name="work_item_position", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(name="work_item_progress", condition=Q(progress__lte=100)),
        ]

    def __str__(self) -> str:
        return self.title


class Consultation(models.Model):
    """A meeting or another way in which residents were asked about a work plan; ``fact`` is its record where there is one.

    One that was written down by mistake is removed, and can be put back.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="consultations", db_index=False)
    held_on = models.DateField("日期")
    form = models.CharField("形式", max_length=60)
    people = models.PositiveIntegerField("参加人数")
    summary = models.TextField("议定内容", default="")
    fact = models.UUIDField("议事活动记录", null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    removed_at = models.DateTimeField("删去时间", null=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["held_on", "pk"]
        indexes = [models.Index("plan", "held_on", name="consultation_plan")]
        constraints = [
            models.CheckConstraint(name="consultation_people", condition=Q(people__gte=1)),
            models.UniqueConstraint(
                "plan", "fact", condition=Q(removed_at=None, fact__isnull=False), name="consultation_fact_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.held_on} {self.form}"


class Opinion(models.Model):
    """What somebody said about a draft, and what came of it. No names: whose it is is said as 几号楼居民 or the like."""

    class Outcome(models.TextChoices):
        ADOPTED = "adopted", "采纳"
        PARTLY = "partly", "部分采纳"
        EXPLAINED = "explained", "说明理由，未采纳"

    id = models.UUIDField(primary_key=True, default=uuid7)
    plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="opinions", db_index=False)
    said_by = models.CharField("谁提出", max_length=60)
    text = models.CharField("意见", max_length=1000)
    answer = models.CharField("答复", max_length=1000, default="")
    outcome = models.CharField("处理", max_length=10, choices=Outcome, default="")
    answered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [models.Index("plan", "created_at", name="opinion_plan")]
        constraints = [
            models.CheckConstraint(
                name="opinion_answered",
                condition=Q(answered_at=None, answer="", outcome="")
                | Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(outcome=""),
            )
        ]

    def __str__(self) -> str:
        return self.text[:30]


class Publication(models.Model):
    """A work plan as it was published for residents: goals, items, meetings, opinions and answers, frozen."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    plan = models.ForeignKey(WorkPlan, models.CASCADE, related_name="publications", db_index=False)
    number = models.PositiveSmallIntegerField("版次")
    content = models.JSONField()
    published_at = models.DateTimeField("公布时间")
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint("plan", "number", name="publication_once")]

    def __str__(self) -> str:
        return f"{self.plan}（第 {self.number} 版）"
