"""What every recorded fact has: whose it is, the day it is true of, where it comes from, and who wrote it down.

A fact is replaced, never overwritten: each row is one version of one thing (an estate, a green space, a year's survey),
true from ``dated`` until ``until``. So the state of any day can be read, and a declared score can be explained later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.urls import reverse

from greenhood.accounts.models import Post, User
from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7

if TYPE_CHECKING:
    from greenhood.facts.kinds import Kind


class Source(models.TextChoices):
    """How a figure came to be known."""

    TYPED = "typed", "人工填报"
    IMPORTED = "imported", "批量导入"
    MEASURED = "measured", "实地测量"
    SURVEYED = "surveyed", "摸底调查"


class Fact(models.Model):
    """One version of one thing in a community.

    The key begins with the community, so that facts can be spread over machines by it; they refer to division data only
    (no database key to people). Of the versions of a thing the one without ``until`` is the present one. A version that
    was wrong from its first day has ``until = dated`` and is true of no day. A thing that is gone has no present version.
    """

    pk = models.CompositePrimaryKey("community_id", "id")
    id = models.UUIDField(default=uuid7, editable=False)
    community = models.ForeignKey(Division, models.PROTECT, related_name="+", db_index=False, editable=False)
    thing = models.UUIDField("对象", default=uuid7, editable=False)
    dated = models.DateField("数据日期")
    until = models.DateField("截止日期", null=True, editable=False)
    source = models.CharField("来源", max_length=10, choices=Source, default=Source.TYPED)
    source_note = models.CharField("来源说明", max_length=200, default="", blank=True)
    recorded_at = models.DateTimeField("登记时间", editable=False)
    recorded_by = models.ForeignKey(
        User, models.DO_NOTHING, null=True, db_constraint=False, db_index=False, related_name="+", editable=False
    )
    is_simulated = models.BooleanField("模拟数据", default=False, editable=False)
    is_demonstration = models.BooleanField("演示数据", default=False, editable=False)

    kind: ClassVar[Kind]

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint("community", "thing", name="%(class)s_current", condition=models.Q(until=None)),
            models.CheckConstraint(
                name="%(class)s_interval", condition=models.Q(until=None) | models.Q(until__gte=models.F("dated"))
            ),
        ]

    def __str__(self) -> str:
        return self.kind.name_of(self)


class CoordinateSystem(models.TextChoices):
    """In which system a position was typed or sent. What is stored is always CGCS2000 (within a metre of WGS 84)."""

    CGCS2000 = "cgcs2000", "CGCS2000 / WGS 84"
    GCJ02 = "gcj02", "GCJ-02（高德、腾讯、微信）"
    BD09 = "bd09", "BD-09（百度）"


class Located(models.Model):
    """A thing with a place: degrees of CGCS2000. Lines and areas carry their GeoJSON, and a point within them."""

    longitude = models.FloatField("经度", null=True, blank=True)
    latitude = models.FloatField("纬度", null=True, blank=True)
    geometry = models.JSONField("图形", null=True, blank=True, editable=False)
    captured_in = models.CharField(
        "坐标系", max_length=10, choices=CoordinateSystem, default="", blank=True, editable=False
    )

    class Meta:
        abstract = True


class Import(models.Model):
    """A workbook that somebody sent: read and judged first, recorded when the person says so, once.

    ``report`` holds what the pages show: counts and samples by sheet, faults and doubts with their cells.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "等待核对"
        CHECKING = "checking", "正在核对"
        REFUSED = "refused", "有错误，未导入"
        READY = "ready", "核对无误，等待导入"
        APPLYING = "applying", "正在导入"
        APPLIED = "applied", "已导入"
        FAILED = "failed", "导入没有完成"

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    name = models.CharField("文件名", max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField("字节")
    dated = models.DateField("数据日期")
    source_note = models.CharField("来源说明", max_length=200, default="")
    state = models.CharField("状态", max_length=10, choices=State, default=State.WAITING)
    rows = models.IntegerField("已读行数", default=0)
    report = models.JSONField("核对结果", default=dict)
    sent_at = models.DateTimeField("上传时间")
    sent_by = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", db_index=False)
    address = models.CharField("来源地址", max_length=64, default="")
    checked_at = models.DateTimeField("核对时间", null=True)
    applied_at = models.DateTimeField("导入时间", null=True)

    class Meta:
        indexes = [models.Index(fields=["sent_by", "-sent_at"], name="import_of_person")]
        constraints = [
            models.CheckConstraint(
                name="import_applied",
                condition=models.Q(state="applied", applied_at__isnull=False)
                | (~models.Q(state="applied") & models.Q(applied_at=None)),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("facts:import", args=[self.pk])

    @property
    def path(self) -> str:
        """Where its file waits in the storage."""
        return f"fact-imports/{self.pk}.xlsx"


def no_more_than(prefix: str, part: str, whole: str) -> models.CheckConstraint:
    """A row's own arithmetic, held by the database: managed dwellings are no more than dwellings."""
    return models.CheckConstraint(
        name=f"{prefix}_{part}_within",
        condition=models.Q(**{f"{part}__isnull": True})
        | models.Q(**{f"{whole}__isnull": True})
        | models.Q(**{f"{part}__lte": models.F(whole)}),
    )
