"""Commendation (表扬): a round, who is nominated, its own notice with objections, and what was decided."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse

from greenhood.accounts.models import User
from greenhood.divisions.models import Division
from greenhood.evidence.models import Blob
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion


class Kind(models.TextChoices):
    """Whom a government commends."""

    COMMUNITY = "community", "社区"
    UNIT = "unit", "单位"
    PERSON = "person", "个人"


class Round(models.Model):
    """One commendation by a government, with the notice that its scheme asks of a decision.

    ``basis`` is the clause (of ``version``) or, where the scheme has none, the document that allows it. The days of the notice
    are taken from the step ``step`` of the scheme when the round is opened; without such a step they are a default, and
    ``rule_reason`` says why.
    """

    class State(models.TextChoices):
        OPEN = "open", "推荐和审核中"
        NOTICED = "noticed", "公示中"
        DECIDED = "decided", "已公布"
        CANCELLED = "cancelled", "已终止"

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    title = models.CharField("名称", max_length=80)
    basis = models.CharField("依据", max_length=200)
    year = models.PositiveSmallIntegerField("年度")
    nominate_by = models.DateField("推荐截止日期")
    conditions = models.TextField("条件", default="")
    contact = models.CharField("受理异议的联系方式", max_length=300)
    state = models.CharField("状态", max_length=10, choices=State, default=State.OPEN)
    step = models.CharField("公示环节", max_length=60, default="")
    days = models.PositiveSmallIntegerField("公示天数")
    day_kind = models.CharField(max_length=10, choices=[("working", "工作日"), ("calendar", "自然日")])
    answer_days = models.PositiveSmallIntegerField("异议答复期限（工作日）", null=True)
    rule_reason = models.CharField("公示天数的由来", max_length=300)
    published_at = models.DateTimeField("公示发布时间", null=True)
    opens_on = models.DateField("公示开始", null=True)
    closes_on = models.DateField("公示结束", null=True)
    decided_at = models.DateTimeField("公布时间", null=True)
    document = models.CharField("决定文号", max_length=80, default="")
    reason = models.CharField("终止的理由", max_length=500, default="")
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "division", "year", "title", name="commendation_once", condition=~Q(state="cancelled")
            ),
            models.CheckConstraint(name="commendation_days", condition=Q(days__gte=1)),
            models.CheckConstraint(
                name="commendation_noticed",
                condition=Q(published_at=None, opens_on=None, closes_on=None)
                | Q(published_at__isnull=False, closes_on__gte=models.F("opens_on")),
            ),
            models.CheckConstraint(
                name="commendation_state",
                condition=Q(state="open", published_at=None, decided_at=None)
                | Q(state="noticed", published_at__isnull=False, decided_at=None)
                | Q(state="decided", published_at__isnull=False, decided_at__isnull=False)
                | Q(state="cancelled", decided_at=None) & ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index("division", "state", name="commendation_division"),
            models.Index("state", "closes_on", name="commendation_closing"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("exemplars:round", args=[self.pk])


class Quota(models.Model):
    """How many of a kind a division (and what lies in it) may nominate in a round; without a row, any number."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    round = models.ForeignKey(Round, models.CASCADE, related_name="quotas", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind)
    most = models.PositiveSmallIntegerField("名额")

    class Meta:
        constraints = [models.UniqueConstraint("round", "division", "kind", name="honour_quota_once")]


class Nomination(models.Model):
    """Who is nominated, and why. Of a person only name and unit are kept, with the consent that they are shown.

    ``identity`` tells the same one again, however the name is spaced. ``flags`` are the findings of the check of eligibility.
    """

    class State(models.TextChoices):
        SUBMITTED = "submitted", "待审核"
        RETURNED = "returned", "退回补充"
        CHOSEN = "chosen", "拟表扬"
        REFUSED = "refused", "未通过"
        RECALLED = "recalled", "已撤回"
        HONOURED = "honoured", "已表扬"

    ALIVE = (State.SUBMITTED, State.RETURNED, State.CHOSEN, State.HONOURED)

    id = models.UUIDField(primary_key=True, default=uuid7)
    round = models.ForeignKey(Round, models.PROTECT, related_name="nominations", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    community = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", db_index=False)
    name = models.CharField("名称或姓名", max_length=60)
    unit = models.CharField("所在单位", max_length=80, default="")
    identity = models.CharField(max_length=160)
    reasons = models.TextField("事迹", max_length=2000)
    consented_on = models.DateField("本人同意公示的日期", null=True)
    flags = models.JSONField("资格核对", default=list)
    state = models.CharField("状态", max_length=10, choices=State, default=State.SUBMITTED)
    opinion = models.CharField("审核意见", max_length=500, default="")
    nominated_at = models.DateTimeField("推荐时间")
    nominated_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    reviewed_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "round",
                "kind",
                "identity",
                name="honour_nomination_once",
                condition=Q(state__in=["submitted", "returned", "chosen", "honoured"]),
            ),
            models.CheckConstraint(
                name="honour_nomination_whom",
                condition=Q(kind="community", community__isnull=False)
                | Q(kind="unit", community=None)
                | Q(kind="person", community=None, consented_on__isnull=False) & ~Q(unit=""),
            ),
            models.CheckConstraint(
                name="honour_nomination_reasoned",
                condition=~Q(state__in=["returned", "refused"]) | ~Q(opinion=""),
            ),
        ]
        indexes = [
            models.Index("round", "state", name="honour_nomination_round"),
            models.Index("division", "state", name="honour_nomination_division"),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.unit}）" if self.unit else self.name


class Objection(models.Model):
    """A real-name objection to one on the notice. Until it is answered, nothing is decided."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    nomination = models.ForeignKey(Nomination, models.PROTECT, related_name="objections")
    receipt = models.CharField("受理编号", max_length=20, unique=True)
    name = models.CharField("姓名", max_length=60)
    contact = models.CharField("联系方式", max_length=100)
    reason = models.TextField("异议内容", max_length=2000)
    proof = models.ForeignKey(Blob, models.PROTECT, null=True, related_name="+")
    proof_name = models.CharField(max_length=200, default="")
    received_at = models.DateTimeField()
    # A keyed hash of the sender's network address, only to limit how many one sender can file.
    sender = models.CharField(max_length=64, default="")
    due_on = models.DateField("答复期限", null=True)
    answer = models.TextField("处理答复", default="")
    upheld = models.BooleanField("异议成立", null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["received_at"]
        constraints = [
            models.CheckConstraint(
                name="honour_objection_whole",
                condition=Q(answered_at=None, upheld=None, answer="")
                | Q(answered_at__isnull=False, upheld__isnull=False) & ~Q(answer=""),
            )
        ]
        indexes = [models.Index("sender", "received_at", name="honour_objection_sender")]


class Honour(models.Model):
    """A commendation that was given: what stands in the public list and on the certificate."""

    class State(models.TextChoices):
        VALID = "valid", "有效"
        WITHDRAWN = "withdrawn", "已撤销"

    id = models.UUIDField(primary_key=True, default=uuid7)
    nomination = models.OneToOneField(Nomination, models.PROTECT, related_name="honour")
    round = models.ForeignKey(Round, models.PROTECT, related_name="honours", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    number = models.CharField("证书编号", max_length=40, unique=True)
    kind = models.CharField("类别", max_length=10, choices=Kind)
    name = models.CharField("名称或姓名", max_length=60)
    unit = models.CharField("所在单位", max_length=80, default="")
    year = models.PositiveSmallIntegerField("年度")
    honoured_on = models.DateField("表扬日期")
    state = models.CharField("状态", max_length=10, choices=State, default=State.VALID)
    withdrawn_on = models.DateField("撤销日期", null=True)
    reason = models.CharField("撤销的理由", max_length=500, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="honour_withdrawn",
                condition=Q(state="valid", withdrawn_on=None, reason="")
                | Q(state="withdrawn", withdrawn_on__isnull=False) & ~Q(reason=""),
            )
        ]
        indexes = [
            models.Index(models.F("honoured_on").desc(), models.F("id").desc(), name="honour_newest"),
            models.Index("round", name="honour_round"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.round.title}"
