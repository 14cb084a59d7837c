"""The pool of experts and firms, the requests of communities, visits, and the designers of streets and communities."""

from __future__ import annotations

import datetime as dt

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from greenhood.accounts.models import User
from greenhood.divisions.models import Division
from greenhood.evidence.models import Blob
from greenhood.experts import fields
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.schemes.models import SchemeVersion

MOST_YEARS = 5


class Kind(models.TextChoices):
    """Who stands in the pool: a person, or a firm that advises over the whole course of a project."""

    PERSON = "person", "个人专家"
    FIRM = "firm", "第三方机构"


class State(models.TextChoices):
    """Where an entry stands. That its validity is over follows from the day, and is not stored."""

    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "退回修改"
    VALID = "valid", "在库"
    SUSPENDED = "suspended", "暂停服务"
    WITHDRAWN = "withdrawn", "已撤回"
    REFUSED = "refused", "不予入库"
    REMOVED = "removed", "已出库"


# What the applicant may still write; what was once accepted; what is over.
WRITTEN = (State.DRAFT, State.RETURNED)
ACCEPTED = (State.VALID, State.SUSPENDED)
OVER = (State.WITHDRAWN, State.REFUSED, State.REMOVED)
_LIVE = ~Q(state__in=["withdrawn", "refused", "removed"])


class Entry(models.Model):
    """One expert or firm in the pool of one division, from the application to the day it leaves.

    ``user`` is the account of the person, or of who acts for the firm; empty where an officer entered somebody without
    one. ``interests`` are those of somebody without an account, as ``{division, employer, reason}``; when an account is
    linked they become its own.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    pool = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField("类别", max_length=10, choices=Kind, default=Kind.PERSON)
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="expert_entries")
    name = models.CharField("姓名或机构名称", max_length=120)
    contact = models.CharField("机构联系人", max_length=60, default="")
    credit_code = models.CharField("统一社会信用代码", max_length=18, default="")
    employer = models.CharField("工作单位", max_length=120, default="")
    title = models.CharField("职称、职业资格或资质", max_length=200, default="")
    fields = ArrayField(models.CharField(max_length=20), verbose_name="专业领域", default=list)
    summary = models.TextField("主要业绩", max_length=2000, default="")
    phone = models.CharField("联系电话", max_length=30, default="")
    email = models.EmailField("邮箱", default="")
    years = models.PositiveSmallIntegerField("申请年限", default=3)
    interests = models.JSONField("无账号时登记的利害关系", default=list)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    reason = models.CharField("理由", max_length=500, default="")
    valid_from = models.DateField("有效期自", null=True)
    valid_to = models.DateField("有效期至", null=True)
    submitted_at = models.DateTimeField("提交时间", null=True)
    decided_at = models.DateTimeField("审核时间", null=True)
    renewal_asked_at = models.DateTimeField("申请续期时间", null=True)
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField("变更时间")
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "pool", "user", "kind", name="expert_once_in_pool", condition=_LIVE & Q(user__isnull=False)
            ),
            models.UniqueConstraint(
                "pool", "credit_code", name="firm_once_in_pool", condition=_LIVE & ~Q(credit_code="")
            ),
            models.CheckConstraint(
                name="expert_validity",
                condition=Q(valid_from=None, valid_to=None) | Q(valid_to__gte=models.F("valid_from")),
            ),
            models.CheckConstraint(
                name="expert_accepted_dated",
                condition=~Q(state__in=["valid", "suspended"]) | Q(valid_from__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(name="expert_named", condition=~Q(name="")),
            models.CheckConstraint(name="expert_years", condition=Q(years__range=(1, MOST_YEARS))),
        ]
        indexes = [
            models.Index("pool", "state", "changed_at", name="expert_pool_state"),
            models.Index("pool", "valid_to", name="expert_expiring", condition=Q(state="valid")),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("experts:entry", args=[self.pk])

    @property
    def field_words(self) -> str:
        return fields.words(self.fields)

    @property
    def is_firm(self) -> bool:
        return self.kind == Kind.FIRM

    def is_valid_on(self, day: dt.date) -> bool:
        """Whether the entry may be asked for something on that day."""
        if self.state != State.VALID or self.valid_from is None or self.valid_to is None:
            return False
        return self.valid_from <= day <= self.valid_to

    @property
    def is_expired(self) -> bool:
        return self.state in ACCEPTED and self.valid_to is not None and self.valid_to < today_in_shanghai()


class EarlierTerm(models.Model):
    """A term that was over before its late renewal: what was done in it stays valid, and the days between belong to none."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="earlier_terms", db_index=False)
    valid_from = models.DateField("有效期自")
    valid_to = models.DateField("有效期至")

    class Meta:
        ordering = ["valid_from"]
        constraints = [
            models.UniqueConstraint("entry", "valid_from", name="expert_term_once"),
            models.CheckConstraint(name="expert_term_dates", condition=Q(valid_to__gte=models.F("valid_from"))),
        ]

    def __str__(self) -> str:
        return f"{self.valid_from} 至 {self.valid_to}"


class Region(models.Model):
    """A division that an expert serves, with everything in it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    entry = models.ForeignKey(Entry, models.CASCADE, related_name="regions", db_index=False)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint("entry", "division", name="expert_region_once")]


class RequestState(models.TextChoices):
    """Where a request stands. That it is overdue follows from the day, and is not stored."""

    OPEN = "open", "待对接"
    OFFERED = "offered", "已邀请，待专家答复"
    TAKEN = "taken", "服务中"
    CLOSED = "closed", "已办结"
    WITHDRAWN = "withdrawn", "已撤回"


UNDER_WAY = (RequestState.OPEN, RequestState.OFFERED, RequestState.TAKEN)


class Outcome(models.TextChoices):
    """What came of the advice."""

    DONE = "done", "已落实"
    PARTLY = "partly", "部分落实"
    NOT = "not", "未落实"


class ServiceRequest(models.Model):
    """A community asks for designers or engineers: what for, in which fields, by when, and what came of it.

    ``criterion`` is the number in the standard of ``version`` that it serves, 0 for none. ``record_kind`` and
    ``record_thing`` name what was recorded in the community because of the advice (an estate, a green space).
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    title = models.CharField("需求", max_length=100)
    need = models.TextField("具体情况", max_length=2000)
    fields = ArrayField(models.CharField(max_length=20), verbose_name="专业领域", default=list)
    version = models.ForeignKey(SchemeVersion, models.PROTECT, null=True, related_name="+", db_index=False)
    criterion = models.PositiveSmallIntegerField("服务的标准项", default=0)
    wished_from = models.DateField("希望到访自")
    wished_to = models.DateField("希望到访至")
    contact = models.CharField("社区联系人", max_length=60)
    phone = models.CharField("联系电话", max_length=30)
    state = models.CharField("状态", max_length=10, choices=RequestState, default=RequestState.OPEN)
    reason = models.CharField("理由", max_length=500, default="")
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="requests")
    outcome = models.CharField("落实情况", max_length=10, choices=Outcome, default="")
    outcome_text = models.TextField("落实说明", max_length=2000, default="")
    record_kind = models.CharField(max_length=60, default="")
    record_thing = models.UUIDField(null=True)
    rating = models.PositiveSmallIntegerField("评价", null=True)
    rating_text = models.CharField("评价说明", max_length=500, default="")
    made_at = models.DateTimeField("提出时间")
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    closed_at = models.DateTimeField("办结时间", null=True)
    changed_at = models.DateTimeField("变更时间")
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="request_wished", condition=Q(wished_to__gte=models.F("wished_from"))),
            models.CheckConstraint(
                name="request_closed_whole",
                condition=Q(state="closed", closed_at__isnull=False, rating__range=(1, 5)) & ~Q(outcome="")
                | ~Q(state="closed") & Q(closed_at=None, rating=None, outcome=""),
            ),
            models.CheckConstraint(
                name="request_served", condition=~Q(state__in=["offered", "taken", "closed"]) | Q(entry__isnull=False)
            ),
        ]
        indexes = [
            models.Index("community", "made_at", name="request_community"),
            models.Index("state", "wished_to", name="request_state_wished"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("experts:request", args=[self.pk])

    @property
    def field_words(self) -> str:
        return fields.words(self.fields)

    @property
    def is_overdue(self) -> bool:
        return self.state in UNDER_WAY and self.wished_to < today_in_shanghai()


class Offer(models.Model):
    """That an expert was asked to serve a request, or came forward, and what the answer was."""

    class State(models.TextChoices):
        OPEN = "open", "待答复"
        TAKEN = "taken", "已接受"
        DECLINED = "declined", "已谢绝"
        ENDED = "ended", "已收回"

    id = models.UUIDField(primary_key=True, default=uuid7)
    request = models.ForeignKey(ServiceRequest, models.CASCADE, related_name="offers")
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="offers", db_index=False)
    state = models.CharField("答复", max_length=10, choices=State, default=State.OPEN)
    is_own = models.BooleanField("专家自荐", default=False)
    reason = models.CharField("理由", max_length=500, default="")
    offered_at = models.DateTimeField("邀请时间")
    offered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    answered_at = models.DateTimeField("答复时间", null=True)

    class Meta:
        ordering = ["offered_at", "pk"]
        constraints = [
            models.UniqueConstraint("request", name="offer_one_open", condition=Q(state__in=["open", "taken"])),
            models.CheckConstraint(
                name="offer_answered",
                condition=Q(state="open", answered_at=None) | ~Q(state="open") & Q(answered_at__isnull=False),
            ),
        ]
        indexes = [models.Index("entry", "state", name="offer_entry_state")]


class Visit(models.Model):
    """One day on which an expert was in a community. It counts for the community once the community stands to it."""

    class State(models.TextChoices):
        REPORTED = "reported", "待社区确认"
        COMPLETED = "completed", "已确认"
        DISPUTED = "disputed", "有异议"
        RETRACTED = "retracted", "已撤销"

    id = models.UUIDField(primary_key=True, default=uuid7)
    request = models.ForeignKey(ServiceRequest, models.PROTECT, related_name="visits", db_index=False)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="visits")
    day = models.DateField("到访日期")
    residents = models.PositiveIntegerField("到场居民")
    people = models.CharField("参加人员", max_length=300, default="")
    advice = models.TextField("意见建议", max_length=3000)
    next_step = models.TextField("下一步", max_length=1000, default="")
    state = models.CharField("状态", max_length=10, choices=State, default=State.REPORTED)
    reason = models.CharField("理由", max_length=500, default="")
    is_by_community = models.BooleanField("由社区登记", default=False)
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    confirmed_at = models.DateTimeField("确认时间", null=True)
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        ordering = ["-day", "-pk"]
        constraints = [
            # A day is entered once, whoever is quicker.
            models.UniqueConstraint(
                "request", "day", name="visit_once_a_day", condition=Q(state__in=["reported", "completed"])
            ),
            models.CheckConstraint(
                name="visit_confirmed",
                condition=~Q(state="completed") | Q(confirmed_at__isnull=False),
            ),
        ]
        indexes = [models.Index("community", "day", name="visit_community_day")]

    def __str__(self) -> str:
        return f"{self.entry} {self.day}"

    def get_absolute_url(self) -> str:
        return f"{reverse('experts:request', args=[self.request_id])}#visit-{self.pk}"


class Document(models.Model):
    """A file of an entry (a certificate) or of a visit (photos, drawings). Kept apart from attachments: applicants hold no
    post, experts see no community's records, and certificates are not for everyone who may look at a place.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    entry = models.ForeignKey(Entry, models.CASCADE, null=True, related_name="documents")
    visit = models.ForeignKey(Visit, models.CASCADE, null=True, related_name="documents")
    blob = models.ForeignKey(Blob, models.PROTECT, related_name="+")
    name = models.CharField("文件名", max_length=200)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["uploaded_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="document_of_one",
                condition=Q(entry=None, visit__isnull=False) | Q(entry__isnull=False, visit=None),
            ),
            models.UniqueConstraint("entry", "blob", name="entry_document_once"),
            models.UniqueConstraint("visit", "blob", name="visit_document_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Designer(models.Model):
    """The designer of a street or community (社区设计师、责任规划师) from a day to a day."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey(Entry, models.PROTECT, null=True, related_name="appointments")
    name = models.CharField("姓名或机构名称", max_length=120)
    employer = models.CharField("工作单位", max_length=120, default="")
    contact = models.CharField("公开的联系方式", max_length=120)
    scope = models.TextField("职责范围", max_length=1000)
    valid_from = models.DateField("聘任自")
    valid_to = models.DateField("聘任至", null=True)
    ended_reason = models.CharField("结束原因", max_length=300, default="")
    # Why there is another one at the same time; empty where there is none.
    beside = models.CharField("同时聘任的理由", max_length=300, default="")
    appointed_at = models.DateTimeField("聘任时间")
    appointed_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    changed_at = models.DateTimeField("变更时间")
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                # One that ended before it began ends the day before its first.
                name="designer_dates",
                condition=Q(valid_to=None)
                | Q(
                    valid_to__gte=models.ExpressionWrapper(
                        models.F("valid_from") - dt.timedelta(days=1), output_field=models.DateField()
                    )
                ),
            )
        ]
        indexes = [models.Index("division", "valid_from", name="designer_division")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("experts:designer", args=[self.pk])

    def is_in_post_on(self, day: dt.date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
