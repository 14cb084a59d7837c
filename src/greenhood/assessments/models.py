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
    # The figures that it was declared with, by check ("16.3"); None while nothing is locked. Never changed by later facts.
    figures = models.JSONField("申报时的指标数据", null=True)
    # Where today's facts say otherwise than those figures: check -> since when and what they say; None where nowhere.
    drift = models.JSONField("申报后变化的指标", null=True)
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
    # The piece of another assessment of the same community that this one is a further use of.
    carried_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="carried", db_index=False)

    class Meta(Provenance.Meta):
        ordering = ["criterion", "uploaded_at"]
        constraints = [
            *Provenance.Meta.constraints,
            models.UniqueConstraint(
                "assessment", "criterion", "blob", name="evidence_once", condition=models.Q(removed_at=None)
            ),
        ]
        indexes = [
            models.Index("assessment", "criterion", name="evidence_assessment"),
            models.Index("carried_from", name="evidence_carried", condition=models.Q(carried_from__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class Override(models.Model):
    """What a community claims of a computed check instead of its figure, with the reason; the proof is its evidence.

    ``met`` or ``value`` is the claim (the value decides where it is given), ``figure`` what the data said at the time.
    Withdrawn, it no longer counts. Reviewers rule on it; their score stays their own.
    """

    class Kind(models.TextChoices):
        DISPUTE = "dispute", "数据有误"
        OVERRIDE = "override", "另有依据"

    class Ruling(models.TextChoices):
        ACCEPTED = "accepted", "采纳"
        REFUSED = "refused", "不采纳"

    id = models.UUIDField(primary_key=True, default=uuid7)
    assessment = models.ForeignKey(Assessment, models.CASCADE, related_name="overrides", db_index=False)
    criterion = models.PositiveSmallIntegerField("标准项")
    check_no = models.PositiveSmallIntegerField("小项")
    kind = models.CharField("类别", max_length=10, choices=Kind)
    met = models.BooleanField("主张满足", null=True)
    value = models.DecimalField("主张的数值", max_digits=18, decimal_places=8, null=True)
    reason = models.CharField("理由", max_length=1000)
    indicator = models.CharField("指标", max_length=60)
    figure = models.DecimalField("当时的数据", max_digits=24, decimal_places=8, null=True)
    at = models.DateTimeField("提出时间")
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    ruling = models.CharField("审核结论", max_length=10, choices=Ruling, default="")
    ruling_reason = models.CharField("审核理由", max_length=1000, default="")
    ruled_at = models.DateTimeField("审核时间", null=True)
    ruled_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    ruled_post = models.ForeignKey(Post, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["criterion", "check_no", "at"]
        constraints = [
            models.UniqueConstraint(
                "assessment",
                "criterion",
                "check_no",
                name="override_one_active",
                condition=models.Q(withdrawn_at=None),
            ),
            models.CheckConstraint(
                name="override_claims", condition=models.Q(met__isnull=False) | models.Q(value__isnull=False)
            ),
            models.CheckConstraint(name="override_has_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(
                name="override_ruling_whole",
                condition=models.Q(ruling="", ruled_at=None, ruling_reason="")
                | (~models.Q(ruling="") & ~models.Q(ruling_reason="") & models.Q(ruled_at__isnull=False)),
            ),
        ]
        indexes = [models.Index("assessment", name="override_assessment")]

    def __str__(self) -> str:
        return f"{self.assessment} 第{self.criterion}项第（{self.check_no}）小项"

    @property
    def is_refused(self) -> bool:
        return self.ruling == self.Ruling.REFUSED


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
