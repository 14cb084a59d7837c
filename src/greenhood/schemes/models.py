"""Published schemes: one row per version, frozen for ever, so that a declaration keeps the version it started under."""

from __future__ import annotations

from functools import cached_property

from django.db import models
from django.urls import reverse

from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7
from greenhood.schemes.format import Scheme


class SchemeVersion(models.Model):
    """A scheme as published: its resolved document, the settings that were chosen, and the text it was read from."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    scheme_id = models.CharField("方案标识", max_length=80)
    version = models.PositiveIntegerField("版本")
    title = models.CharField("名称", max_length=200)
    jurisdiction = models.ForeignKey(Division, models.PROTECT, related_name="schemes")
    document = models.JSONField("内容")
    chosen = models.JSONField("已选定的开放设置", default=dict)
    source_text = models.TextField("原文件")
    checksum = models.CharField(max_length=64)
    published_at = models.DateTimeField("发布时间")
    published_by = models.UUIDField("发布人", null=True)

    class Meta:
        ordering = ["scheme_id", "-version"]
        constraints = [
            models.UniqueConstraint("scheme_id", "version", name="scheme_version_once"),
            models.CheckConstraint(name="scheme_version_counts", condition=models.Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.title}（第{self.version}版）"

    def get_absolute_url(self) -> str:
        return reverse("schemes:detail", args=[self.scheme_id, self.version])

    @cached_property
    def scheme(self) -> Scheme:
        return Scheme.model_validate(self.document)
