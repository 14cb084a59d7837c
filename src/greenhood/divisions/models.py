"""Who lies within whom: the administrative and statistical divisions of China, from the nation to the community.

A division's identity (``id``) is given once and stays; its 12-digit statistical code may change and is kept with dates.
The code *is* the tree: a subtree is a code range, so scoping never walks parents.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.urls import reverse

from greenhood.kit.ids import uuid7

# Digits of the code that are significant at each level: nation, province, city, county, street, community.
DIGITS = (0, 2, 4, 6, 9, 12)


class Level(models.IntegerChoices):
    NATION = 0, "全国"
    PROVINCE = 1, "省级"
    CITY = 2, "市级"
    COUNTY = 3, "县级"
    STREET = 4, "街道（乡镇）"
    COMMUNITY = 5, "社区"


def span(code: int, level: int) -> tuple[int, int]:
    """The half-open code range ``[low, high)`` of everything in the division with this code, itself included."""
    width = 10 ** (12 - DIGITS[level])
    return code, code + width


def code_at(code: int, level: int) -> int:
    """The code of the division at ``level`` that contains ``code`` (0 for the nation)."""
    width = 10 ** (12 - DIGITS[level])
    return code // width * width


class Division(models.Model):
    """One administrative or village-level unit. ``id`` is its first code and never changes; ``code`` may."""

    id = models.BigIntegerField(primary_key=True)
    code = models.BigIntegerField("统计用区划代码")
    level = models.SmallIntegerField("层级", choices=Level)
    name = models.CharField("名称", max_length=100)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children", db_index=False)
    urban_rural_class = models.SmallIntegerField("城乡分类代码", null=True)
    valid_from = models.DateField("启用日期", null=True)
    valid_to = models.DateField("停用日期", null=True)
    pinyin = models.CharField("拼音", max_length=300, default="")
    initials = models.CharField("拼音首字母", max_length=100, default="")
    bigrams = ArrayField(models.TextField(), verbose_name="检索词", default=list)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint("code", name="division_current_code", condition=models.Q(valid_to=None)),
            models.CheckConstraint(name="division_level", condition=models.Q(level__range=(0, 5))),
            models.CheckConstraint(name="division_code", condition=models.Q(code__range=(0, 999_999_999_999))),
            models.CheckConstraint(name="division_root", condition=models.Q(level=0) | models.Q(parent__isnull=False)),
        ]
        indexes = [
            models.Index("level", "code", name="division_level_code"),
            models.Index("parent", "code", name="division_parent_code"),
            GinIndex(fields=["bigrams"], name="division_bigrams"),
            models.Index(fields=["pinyin"], name="division_pinyin", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["initials"], name="division_initials", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("divisions:detail", args=[self.code])

    @property
    def span(self) -> tuple[int, int]:
        return span(self.code, self.level)

    def contains(self, other: Division) -> bool:
        """Whether ``other`` is this division or lies within it."""
        low, high = self.span
        return low <= other.code < high


class DivisionCode(models.Model):
    """A code that a division carried, and when."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    division = models.ForeignKey(Division, models.CASCADE, related_name="codes")
    code = models.BigIntegerField()
    name = models.CharField(max_length=100)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)

    class Meta:
        ordering = ["valid_from"]
        indexes = [models.Index("code", name="division_code_code")]


class Succession(models.Model):
    """``successor`` took over all or part of ``predecessor`` on a day: history and awards follow this link."""

    class Kind(models.TextChoices):
        MERGED = "merged", "并入"
        SPLIT = "split", "分设"
        RENAMED = "renamed", "更名"
        MOVED = "moved", "划转"

    id = models.UUIDField(primary_key=True, default=uuid7)
    predecessor = models.ForeignKey(Division, models.PROTECT, related_name="successions")
    successor = models.ForeignKey(Division, models.PROTECT, related_name="origins")
    kind = models.CharField(max_length=10, choices=Kind)
    on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint("predecessor", "successor", "on", name="succession_once"),
            models.CheckConstraint(name="succession_differs", condition=~models.Q(predecessor=models.F("successor"))),
        ]
