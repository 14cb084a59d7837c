"""How good, and how do we know: a community's answers to a standard, the evidence, and the scores that each scorer gives."""

from __future__ import annotations

from django.db import models
from django.urls import reverse

from greenhood.accounts.models import Post, User
from greenhood.divisions.models import Division
from greenhood.evidence.models import Blob, Provenance
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion


class Assessment(models.Model):
    """One community's self-assessment under one version of a scheme in one year.

    Open for editing until it is declared (``locked_at``); a returned item reopens alone (``Answer.reopened_at``).
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    community = models.ForeignKey(Division, models.PROTECT, related_name="assessments", db_index=False)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, related_name="assessments")
    scheme_id = models.CharField(max_length=80)
    standard_key = models.CharField(max_length=60, default="standard")
    year = models.PositiveSmallIntegerField("年度")
    tags = models.JSONField("社区类别", default=list)
    started_at = models.DateTimeField("开始时间")
    started_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    locked_at = models.DateTimeField("锁定时间", null=True)
    # Since when the public may see what is marked as public evidence: set with a notice or an award, cleared on delisting.
    public_from = models.DateTimeField("公开时间", null=True)
    # What the engine said when the answers last changed; never typed.
    total = models.DecimalField("自评总分", max_digits=9, decimal_places=4, null=True)
    maximum = models.DecimalField("满分", max_digits=9, decimal_places=4, null=True)
    level = models.CharField("达到的等级", max_length=60, default="")
    answered = models.PositiveSmallIntegerField(default=0)
    asked = models.PositiveSmallIntegerField(default=0)
    missed = models.JSONField("未满足的标准项", default=list)
    parts = models.JSONField("各部分得分", default=dict)
    revision = models.PositiveIntegerField(default=1)
    is_simulated = models.BooleanField("模拟数据", default=False)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint("community", "scheme_id", "year", name="assessment_once_a_year"),
        ]
        indexes = [models.Index("version", "community", name="assessment_version")]

    def __str__(self) -> str:
        return f"{self.community.name} {self.year}年自评"

    def get_absolute_url(self) -> str:
        return reverse("assessments:edit", args=[self.pk])


class Answer(models.Model):
    """What a community answered to one criterion. ``revision`` keeps two people from overwriting each other."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="answer_rows", db_index=False)
    criterion = models.PositiveSmallIntegerField("标准项")
    applies = models.BooleanField("适用", default=True)
    reason = models.CharField("不适用的理由", max_length=500, default="")
    met = models.BooleanField("满足", null=True)
    checks = models.JSONField("各项要求", default=list)
    claimed = models.DecimalField("自评得分", max_digits=9, decimal_places=4, null=True)
    value = models.DecimalField("数值", max_digits=14, decimal_places=4, null=True)
    # Figures check by check, as decimals in text, where a check is judged by one.
    values = models.JSONField("各项要求的数值", default=list)
    counts = models.JSONField("次数", default=list)
    grade = models.CharField("等次", max_length=60, default="")
    note = models.TextField("说明", default="")
    edited_at = models.DateTimeField(null=True)
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    revision = models.PositiveIntegerField(default=1)
    reopened_at = models.DateTimeField("退回修改时间", null=True)
    reopened_reason = models.CharField("退回理由", max_length=1000, default="")

    class Meta:
        ordering = ["criterion"]
        constraints = [
            models.UniqueConstraint("assessment", "criterion", name="answer_once"),
            models.CheckConstraint(
                name="answer_not_applicable_has_reason", condition=models.Q(applies=True) | ~models.Q(reason="")
            ),
        ]


class Evidence(Provenance):
    """A file that a community gives as proof for one criterion (and one of its checks)."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="evidence", db_index=False)
    criterion = models.PositiveSmallIntegerField()
    check_no = models.PositiveSmallIntegerField(null=True)
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="uses")
    name = models.CharField("文件名", max_length=200)
    caption = models.CharField("说明", max_length=300, default="")
    is_public = models.BooleanField("可公开", default=False)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta(Provenance.Meta):
        ordering = ["criterion", "uploaded_at"]
        constraints = [
            *Provenance.Meta.constraints,
            models.UniqueConstraint(
                "assessment", "criterion", "blob", name="evidence_once", condition=models.Q(removed_at=None)
            ),
        ]
        indexes = [models.Index("assessment", "criterion", name="evidence_assessment")]

    def __str__(self) -> str:
        return self.name


class Scorer(models.TextChoices):
    SELF = "self", "社区自评"
    STREET = "street", "街道"
    COUNTY = "county", "县级初审"
    CITY = "city", "市级复核"
    PROVINCE = "province", "省级抽验"
    PANEL = "panel", "专家评审"


class ScoreSheet(models.Model):
    """The scores that one scorer gives to one assessment at one step; closed once handed in."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="sheets", db_index=False)
    scorer = models.CharField(max_length=10, choices=Scorer)
    step = models.CharField(max_length=60)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", db_index=False)
    started_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True)
    total = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    parts = models.JSONField(default=dict)
    level = models.CharField(max_length=60, default="")

    class Meta:
        constraints = [models.UniqueConstraint("assessment", "step", "by", name="score_sheet_once")]

    def __str__(self) -> str:
        return f"{self.assessment} {self.get_scorer_display()}评分"


class Score(models.Model):
    """A reviewer's points (or met / not met) for one criterion, with a reason where it differs from the claim."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    sheet = models.ForeignKey(ScoreSheet, models.CASCADE, related_name="scores", db_index=False)
    criterion = models.PositiveSmallIntegerField()
    points = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    met = models.BooleanField(null=True)
    reason = models.CharField(max_length=1000, default="")

    class Meta:
        constraints = [models.UniqueConstraint("sheet", "criterion", name="score_once")]


class Visit(models.Model):
    """When a reviewer last looked at an assessment: what changed since is marked for them.

    ``before`` is the visit before this one. It, not ``at``, is what changes are counted from, so that loading a page again
    doesn't take the marks away.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="+", db_index=False)
    by = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    before = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint("assessment", "by", name="visit_once")]
