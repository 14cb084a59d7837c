"""Goals that governments set and pass down, the dated denominators of all goals, the counts of past months, and pilots."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from greenhood.accounts.models import Post, User
from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7
from greenhood.schemes.format import Goal
from greenhood.schemes.models import SchemeVersion

OWN = "own"
"""In place of a scheme's id: a goal that no scheme asks for."""


class Measure(models.TextChoices):
    """What a goal counts. Taking part, reaching the standard and demonstration are three different figures."""

    PARTICIPATING = "participating", "参与创建"
    REACHED = "reached", "达到创建要求"
    DEMONSTRATION = "demonstration", "示范社区"
    PILOTS = "pilots", "试点社区"


def _person() -> models.ForeignKey[User | None, User | None]:
    return models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)


class Issue(models.Model):
    """One version of a goal that a division sets, for itself or shared out among those directly below it.

    ``scheme`` and ``entry`` say which goal of a scheme it carries on through all levels (``own`` and an id of its own where
    there is none). ``number`` counts the versions; the one without ``ended_at`` is in force. ``needed`` is what was to be
    shared out, ``allotted`` what was; where it falls short, ``gap_reason`` says why. ``subjects`` is the denominator on ``counted_on``.
    """

    class Scope(models.TextChoices):
        SELF = "self", "本级"
        LOWER = "lower", "下级"

    class Method(models.TextChoices):
        SUBJECTS = "subjects", "按创建对象数"
        NEED = "need", "按还没有达到的社区数"
        EQUAL = "equal", "平均"
        TYPED = "typed", "逐个商定"

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="goal_issues", db_index=False)
    scope = models.CharField("对象", max_length=5, choices=Scope)
    scheme = models.CharField(max_length=80)
    entry = models.CharField(max_length=60)
    number = models.PositiveIntegerField("版次")
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    source = models.CharField("依据", max_length=120, default="")
    title = models.CharField("目标", max_length=200)
    measure = models.CharField("计什么", max_length=13, choices=Measure)
    by = models.DateField("完成期限")
    share = models.DecimalField("比例", max_digits=5, decimal_places=4, null=True)
    needed = models.PositiveIntegerField("应完成")
    allotted = models.PositiveIntegerField("已分解")
    subjects = models.PositiveIntegerField("创建对象")
    counted_on = models.DateField("分母日期")
    method = models.CharField("分解办法", max_length=8, choices=Method, default=Method.TYPED)
    gap_reason = models.CharField("分解数不足的原因", max_length=500, default="")
    reason = models.CharField("设定或调整的理由", max_length=500, default="")
    issued_at = models.DateTimeField("下达时间")
    issued_by = _person()
    issued_post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", db_index=False)
    ended_at = models.DateTimeField("停用时间", null=True)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint("division", "scope", "scheme", "entry", "number", name="goal_issue_once"),
            models.UniqueConstraint(
                "division", "scope", "scheme", "entry", name="goal_issue_in_force", condition=Q(ended_at=None)
            ),
            models.CheckConstraint(name="goal_issue_share", condition=Q(share=None) | Q(share__gte=0, share__lte=1)),
            models.CheckConstraint(
                name="goal_issue_gap_explained", condition=Q(allotted__gte=F("needed")) | ~Q(gap_reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division.name}：{self.title}（第{self.number}版）"

    def get_absolute_url(self) -> str:
        return reverse("programme:goal", args=[self.division.code, self.scheme, self.entry])


class Allotment(models.Model):
    """What one division has to reach by an issue: a count, or a share of its own subjects. ``subjects`` as on the issue's day."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    issue = models.ForeignKey(Issue, models.CASCADE, related_name="allotments", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="allotments", db_index=False)
    count = models.PositiveIntegerField("个数")
    share = models.DecimalField("比例", max_digits=5, decimal_places=4, null=True)
    subjects = models.PositiveIntegerField("创建对象")

    class Meta:
        constraints = [
            models.UniqueConstraint("issue", "division", name="allotment_once"),
            models.CheckConstraint(name="allotment_within_subjects", condition=Q(count__lte=F("subjects"))),
            models.CheckConstraint(name="allotment_share", condition=Q(share=None) | Q(share__gte=0, share__lte=1)),
        ]
        indexes = [models.Index("division", name="allotment_division")]


class Base(models.Model):
    """The denominator of one goal in one division: the first count, the last one, and frozen for good on the goal's day.

    ``version`` is the scheme whose rule says what a subject is. ``count`` is the goal's own figure on ``counted_on``.
    ``is_late``: first counted after the goal's day, so that the denominator is a later one.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="goal_bases", db_index=False)
    scheme = models.CharField(max_length=80)
    entry = models.CharField(max_length=60)
    by = models.DateField()
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    first_on = models.DateField()
    first_subjects = models.PositiveIntegerField()
    counted_on = models.DateField()
    subjects = models.PositiveIntegerField()
    count = models.PositiveIntegerField()
    frozen_at = models.DateTimeField(null=True)
    is_late = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("division", "scheme", "entry", "by", name="goal_base_once"),
            models.CheckConstraint(name="goal_base_days", condition=Q(counted_on__gte=F("first_on"))),
        ]


class MonthEnd(models.Model):
    """How far a division (city, province, nation) was at the end of a month. Counties and streets are counted when asked.

    ``month`` is its last day. ``subjects`` is unknown for months that were counted afterwards, from the days of
    self-assessments, declarations and awards.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.CASCADE, related_name="month_ends", db_index=False)
    month = models.DateField()
    subjects = models.PositiveIntegerField(null=True)
    participating = models.PositiveIntegerField(default=0)
    reached = models.PositiveIntegerField(default=0)
    demonstration = models.PositiveIntegerField(default=0)
    pilots = models.PositiveIntegerField(default=0)
    counted_at = models.DateTimeField()

    class Meta:
        ordering = ["month"]
        constraints = [models.UniqueConstraint("division", "month", name="month_end_once")]


class Pilot(models.Model):
    """A community that goes first, chosen by a division with the reasons and the facts as they were on that day.

    ``scheme`` and ``entry`` name the goal that it counts towards (empty: none). ``facts`` is what the page showed when it
    was proposed.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "拟选"
        CONFIRMED = "confirmed", "已确定"
        REMOVED = "removed", "已调整"

    class Age(models.TextChoices):
        OLD = "old", "老社区"
        NEW = "new", "新社区"
        UNKNOWN = "unknown", "建成年份不详"

    id = models.UUIDField(primary_key=True, default=uuid7)
    community = models.ForeignKey(Division, models.PROTECT, related_name="pilots", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="chosen_pilots", db_index=False)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    scheme = models.CharField(max_length=80, default="")
    entry = models.CharField(max_length=60, default="")
    state = models.CharField("状态", max_length=9, choices=State, default=State.PROPOSED)
    age = models.CharField("新老", max_length=7, choices=Age)
    facts = models.JSONField("选定时的情况", default=dict)
    willingness = models.CharField("创建意愿", max_length=500, default="")
    reason = models.CharField("选为试点的理由", max_length=500)
    proposed_at = models.DateTimeField("提出时间")
    proposed_by = _person()
    confirmed_on = models.DateField("确定日期", null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = _person()
    # Why the list was confirmed although it lacks old or new communities, or their number differs from what the scheme says.
    note = models.CharField("名单说明", max_length=500, default="")
    removed_on = models.DateField("调整日期", null=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = _person()
    removed_reason = models.CharField("调整的理由", max_length=500, default="")
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        ordering = ["community__code"]
        constraints = [
            models.UniqueConstraint("community", "division", name="pilot_once", condition=~Q(state="removed")),
            models.CheckConstraint(name="pilot_reasoned", condition=~Q(reason="")),
            models.CheckConstraint(
                name="pilot_dates",
                condition=Q(state="proposed", confirmed_on=None, removed_on=None)
                | Q(state="confirmed", confirmed_on__isnull=False, removed_on=None)
                | Q(state="removed", removed_on__isnull=False) & ~Q(removed_reason=""),
            ),
        ]
        indexes = [
            models.Index("division", "state", name="pilot_division"),
            models.Index("community", "state", name="pilot_community"),
        ]

    def __str__(self) -> str:
        return f"{self.community.name}（试点）"

    def get_absolute_url(self) -> str:
        return reverse("programme:pilot", args=[self.pk])

    @property
    def tone(self) -> str:
        return {"proposed": "wait", "confirmed": "good"}.get(self.state, "none")

    @property
    def goal(self) -> Goal | None:
        """The goal that it counts towards, as its scheme says it."""
        goals = self.version.scheme.goals if self.version is not None else []
        return next((one for one in goals if one.key == self.entry), None)

    def is_in_force_on(self, day: dt.date) -> bool:
        return (
            self.confirmed_on is not None
            and self.confirmed_on <= day
            and (self.removed_on is None or self.removed_on > day)
        )
