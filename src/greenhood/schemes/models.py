"""Published schemes: one row per version, frozen for ever, so that a declaration keeps the version it started under."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import models
from django.urls import reverse

from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7
from greenhood.schemes.format import Scheme

# A version never changes, and reading its document takes longer than a page may: each process reads it once.
_read: dict[UUID, Scheme] = {}


class VersionManager(models.Manager["SchemeVersion"]):
    """Leaves the two long texts in the database until somebody asks for them."""

    def get_queryset(self) -> models.QuerySet[SchemeVersion]:
        return super().get_queryset().defer("document", "source_text")


class SchemeVersion(models.Model):
    """A scheme as published: its resolved document, the settings that were chosen, and the text it was read from.

    ``effects`` says where each open setting takes effect (setting key -> places such as ``procedure.steps[5].days``),
    ``inherited`` which sections are the higher scheme's, ``findings`` what the check had to say.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    scheme_id = models.CharField("方案标识", max_length=80)
    version = models.PositiveIntegerField("版本")
    title = models.CharField("名称", max_length=200)
    jurisdiction = models.ForeignKey(Division, models.PROTECT, related_name="schemes")
    document = models.JSONField("内容")
    chosen = models.JSONField("已选定的开放设置", default=dict)
    effects = models.JSONField("开放设置的生效之处", default=dict)
    inherited = models.JSONField("沿用上级方案的部分", default=list)
    findings = models.JSONField("核对提示", default=list)
    source_text = models.TextField("原文件")
    checksum = models.CharField(max_length=64)
    published_at = models.DateTimeField("发布时间")
    published_by = models.UUIDField("发布人", null=True)

    objects = VersionManager()

    class Meta:
        ordering = ["scheme_id", "-version"]
        # The related objects of a declaration or an assessment leave the long texts behind too.
        base_manager_name = "objects"
        constraints = [
            models.UniqueConstraint("scheme_id", "version", name="scheme_version_once"),
            models.CheckConstraint(name="scheme_version_counts", condition=models.Q(version__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.title}（第{self.version}版）"

    def get_absolute_url(self) -> str:
        return reverse("schemes:detail", args=[self.scheme_id, self.version])

    @property
    def scheme(self) -> Scheme:
        """The scheme that this version says, read once per process."""
        if self.pk not in _read:
            _read[self.pk] = Scheme.model_validate(self.document)
        return _read[self.pk]


def scheme_of(version_id: UUID) -> Scheme:
    """The scheme of one version, read once per process."""
    return schemes_of([version_id])[version_id]


def schemes_of(version_ids: Iterable[UUID]) -> dict[UUID, Scheme]:
    """The schemes of these versions: one query for all that this process has not read yet."""
    wanted = set(version_ids)
    if unread := wanted - _read.keys():
        for pk, document in SchemeVersion.objects.filter(pk__in=unread).values_list("pk", "document"):
            _read[pk] = Scheme.model_validate(document)
    return {pk: _read[pk] for pk in wanted}


def read_all(versions: Iterable[SchemeVersion]) -> list[SchemeVersion]:
    """The same versions with their schemes at hand, as ``schemes_of`` reads them."""
    found = list(versions)
    schemes_of(version.pk for version in found)
    return found
