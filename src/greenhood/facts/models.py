"""What every recorded fact has: whose it is, the day it is true of, where it comes from, and who wrote it down.

A fact is replaced, never overwritten: each row is one version of one thing (an estate, a green space, a year's survey),
true from ``dated`` until ``until``. So the state of any day can be read, and a declared score can be explained later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models

from greenhood.accounts.models import User
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


def no_more_than(prefix: str, part: str, whole: str) -> models.CheckConstraint:
    """A row's own arithmetic, held by the database: managed dwellings are no more than dwellings."""
    return models.CheckConstraint(
        name=f"{prefix}_{part}_within",
        condition=models.Q(**{f"{part}__isnull": True})
        | models.Q(**{f"{whole}__isnull": True})
        | models.Q(**{f"{part}__lte": models.F(whole)}),
    )
