"""A practice (经验做法): what a community or an office did, as it is being written and as it was published."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.urls import reverse

from greenhood.accounts.models import User
from greenhood.divisions.models import Division, Level
from greenhood.kit.ids import uuid7


class Written(models.Model):
    """What is written of a practice. ``figures`` is a list of {"name", "before", "after", "unit"}, all text.

    ``criteria`` are tags as ``clauses.tag`` makes them; ``cost`` is in yuan, ``months`` how long it took.
    """

    title = models.CharField("标题", max_length=60)
    summary = models.CharField("摘要", max_length=200, default="")
    problem = models.TextField("解决什么问题", default="")
    done = models.TextField("做法", default="")
    result = models.TextField("成效", default="")
    figures = models.JSONField("数据对比", default=list)
    cost = models.DecimalField("投入资金（元）", max_digits=14, decimal_places=2, null=True)
    months = models.PositiveSmallIntegerField("用时（月）", null=True)
    conditions = models.TextField("推广条件", default="")
    criteria = ArrayField(models.CharField(max_length=90), verbose_name="对应的标准项", default=list)
    topics = ArrayField(models.CharField(max_length=20), verbose_name="主题", default=list)
    types = ArrayField(models.CharField(max_length=20), verbose_name="适用的社区类型", default=list)
    unit = models.CharField("联系单位", max_length=60, default="")
    phone = models.CharField("办公电话", max_length=30, default="")

    class Meta:
        abstract = True


WRITTEN = tuple(field.name for field in Written._meta.local_fields)


class Practice(Written):
    """A practice being written and reviewed. ``waits_at`` is the division whose curating post is to act, if any.

    Published, it stays so while a later edition is written: what the public sees is the newest ``Edition``.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "撰写中"
        SUBMITTED = "submitted", "待审核"
        RETURNED = "returned", "退回修改"
        PUBLISHED = "published", "已发布"
        WITHDRAWN = "withdrawn", "已撤下"

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="practices", db_index=False)
    state = models.CharField("状态", max_length=10, choices=State, default=State.DRAFT)
    waits_at = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", db_index=False)
    submitted_at = models.DateTimeField("报送时间", null=True)
    published_in = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", db_index=False)
    # Why it was returned, not taken over by the level above, or withdrawn: the last of them.
    reason = models.CharField("理由", max_length=500, default="")
    created_at = models.DateTimeField()
    edited_at = models.DateTimeField()
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="practice_titled", condition=~models.Q(title="")),
            models.CheckConstraint(
                name="practice_waits",
                condition=models.Q(state="submitted", waits_at__isnull=False)
                | models.Q(state="published")
                | models.Q(state__in=["draft", "returned", "withdrawn"], waits_at=None),
            ),
            models.CheckConstraint(
                name="practice_published_in",
                condition=~models.Q(state="published") | models.Q(published_in__isnull=False),
            ),
            models.CheckConstraint(
                name="practice_reasoned",
                condition=~models.Q(state__in=["returned", "withdrawn"]) | ~models.Q(reason=""),
            ),
        ]
        indexes = [
            models.Index("waits_at", name="practice_waits_at", condition=models.Q(waits_at__isnull=False)),
            models.Index("division", "state", name="practice_division"),
            models.Index("published_in", "edited_at", name="practice_published", condition=models.Q(state="published")),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("exemplars:practice", args=[self.pk])

    @property
    def is_open(self) -> bool:
        """Whether its own division may write it."""
        return self.state != self.State.SUBMITTED and self.waits_at_id is None


class Edition(Written):
    """A practice as it was published: nothing of it changes. ``photos`` are the attachments that were found fit for the public.

    ``withdrawn_at`` is when the practice was taken out of the library: what was withdrawn stays so when it is published again.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    practice = models.ForeignKey(Practice, models.CASCADE, related_name="editions", db_index=False)
    number = models.PositiveSmallIntegerField("版本")
    photos = ArrayField(models.UUIDField(), verbose_name="公开的照片和文件", default=list)
    published_at = models.DateTimeField("发布时间")
    published_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    published_in = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    withdrawn_at = models.DateTimeField("撤下时间", null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint("practice", "number", name="edition_once")]

    def __str__(self) -> str:
        return f"{self.title}（第 {self.number} 版）"


class LibraryEntry(models.Model):
    """A published practice as the library lists and finds it: one narrow row, kept in step by the actions.

    ``code`` is the present code of the practice's division, ``level`` the level whose library it is in. ``tags`` holds what is
    filtered by (criteria, topics under ``t:``, types under ``k:``), ``terms`` what is searched by (``words.terms``).
    """

    practice = models.OneToOneField(Practice, models.CASCADE, primary_key=True, related_name="entry")
    edition = models.OneToOneField(Edition, models.CASCADE, related_name="entry")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    code = models.BigIntegerField("区划代码")
    level = models.SmallIntegerField("发布层级", choices=Level)
    year = models.PositiveSmallIntegerField("年度")
    published_at = models.DateTimeField("发布时间")
    adopted = models.PositiveIntegerField("采用的社区数", default=0)
    tags = ArrayField(models.TextField(), default=list)
    terms = ArrayField(models.TextField(), default=list)
    # What is searched, in one text, to look whether a word of several pairs really stands there.
    text = models.TextField(default="")

    class Meta:
        indexes = [
            GinIndex(fields=["terms"], name="library_terms"),
            GinIndex(fields=["tags"], name="library_tags"),
            models.Index(models.F("published_at").desc(), models.F("practice_id").desc(), name="library_newest"),
            models.Index(models.F("adopted").desc(), models.F("practice_id").desc(), name="library_adopted"),
            models.Index("code", name="library_code"),
        ]


class Adoption(models.Model):
    """我们也用了: a community copied a practice, since when, and what came of it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    practice = models.ForeignKey(Practice, models.PROTECT, related_name="adoptions", db_index=False)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False)
    since = models.DateField("开始时间")
    outcome = models.CharField("效果", max_length=500, default="")
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["-since", "pk"]
        constraints = [models.UniqueConstraint("practice", "community", name="adoption_once")]
        indexes = [models.Index("community", name="adoption_community")]
