"""Demonstration education bases (示范教育基地): places that others come to see, and who came."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse

from greenhood.accounts.models import User
from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7


class Base(models.Model):
    """A base that was applied for, designated, or removed again. Degrees are CGCS2000. Whether it ran out follows from the day.

    ``waits_at`` is the government that is to act, if any. ``proposed`` are particulars of a designated base, by column as they
    would be stored in JSON, that are public only once the government that named it agrees.
    """

    class State(models.TextChoices):
        APPLIED = "applied", "待认定"
        RETURNED = "returned", "退回修改"
        DESIGNATED = "designated", "已认定"
        REMOVED = "removed", "已取消"

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.PROTECT, related_name="bases", db_index=False)
    name = models.CharField("名称", max_length=60)
    address = models.CharField("地址", max_length=200)
    latitude = models.DecimalField("纬度", max_digits=9, decimal_places=6, null=True)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    hours = models.CharField("开放时间", max_length=200)
    capacity = models.PositiveIntegerField("每批接待人数")
    themes = ArrayField(models.CharField(max_length=20), verbose_name="主题", default=list)
    intro = models.TextField("介绍", max_length=2000)
    unit = models.CharField("联系单位", max_length=60)
    phone = models.CharField("预约电话", max_length=30)
    state = models.CharField("状态", max_length=12, choices=State, default=State.APPLIED)
    waits_at = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", db_index=False)
    proposed = models.JSONField("待核准的修改", null=True)
    reason = models.CharField("理由", max_length=500, default="")
    designated_in = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", db_index=False)
    designated_on = models.DateField("认定日期", null=True)
    valid_until = models.DateField("有效期至", null=True)
    removed_on = models.DateField("取消日期", null=True)
    photos = ArrayField(models.UUIDField(), verbose_name="公开的照片和文件", default=list)
    edited_at = models.DateTimeField()
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    revision = models.PositiveIntegerField(default=1)
    is_demonstration = models.BooleanField("演示数据", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="edubase_place_whole",
                condition=Q(latitude=None, longitude=None) | Q(latitude__isnull=False, longitude__isnull=False),
            ),
            models.CheckConstraint(
                name="edubase_waits",
                condition=Q(state="applied", waits_at__isnull=False, proposed__isnull=True)
                | Q(state="designated", waits_at__isnull=False, proposed__isnull=False)
                | Q(state__in=["returned", "designated", "removed"], waits_at=None, proposed__isnull=True),
            ),
            models.CheckConstraint(
                name="edubase_designated",
                condition=~Q(state="designated")
                | Q(
                    designated_in__isnull=False, designated_on__isnull=False, valid_until__gt=models.F("designated_on")
                ),
            ),
            models.CheckConstraint(
                name="edubase_removed",
                condition=Q(state="removed", removed_on__isnull=False) & ~Q(reason="")
                | ~Q(state="removed") & Q(removed_on=None),
            ),
            models.CheckConstraint(name="edubase_capacity", condition=Q(capacity__gte=1)),
        ]
        indexes = [
            models.Index("waits_at", name="edubase_waits_at", condition=Q(waits_at__isnull=False)),
            models.Index(models.F("designated_on").desc(), models.F("id").desc(), name="edubase_newest"),
            models.Index("division", name="edubase_division"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("exemplars:base", args=[self.pk])


class Visit(models.Model):
    """A group that came to a base. A row entered by mistake is marked and no longer counts."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    base = models.ForeignKey(Base, models.PROTECT, related_name="visits", db_index=False)
    on = models.DateField("日期")
    group = models.CharField("参观单位", max_length=80)
    people = models.PositiveIntegerField("人数")
    note = models.CharField("备注", max_length=300, default="")
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-on", "-pk"]
        constraints = [
            models.CheckConstraint(name="base_visit_people", condition=Q(people__gte=1)),
            models.UniqueConstraint("base", "on", "group", name="base_visit_once", condition=Q(removed_at=None)),
        ]
        indexes = [models.Index("base", "on", name="base_visit_base")]
