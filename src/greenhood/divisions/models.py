"""Who lies within whom: the administrative and statistical divisions of China, from the nation to the community.

A division's identity (``id``) is given once and stays; its 12-digit statistical code may change and is kept with dates.
The code *is* the tree: a subtree is a code range, so scoping never walks parents.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual
from django.urls import reverse

from greenhood.kit.ids import uuid7

# Digits of the code that are significant at each level: nation, province, city, county, street, community.
DIGITS = (0, 2, 4, 6, 9, 12)


# The last three digits of residents' committees, and of what the bureau treats like one (zones, farms, campuses).
COMMITTEES = ((1, 199), (400, 499))


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


def village_code_between(low: int, high: int) -> models.Q:
    """Whether the last three digits lie between these two, both included."""
    last = models.F("code") % 1000
    return models.Q(GreaterThanOrEqual(last, low)) & models.Q(LessThanOrEqual(last, high))


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
            # The communities that can be the programme's object, a fifth of all: counted for every share on every page.
            models.Index(
                fields=["code"],
                include=["urban_rural_class"],
                name="division_committees",
                condition=models.Q(level=5, valid_to=None)
                & (village_code_between(*COMMITTEES[0]) | village_code_between(*COMMITTEES[1])),
            ),
            GinIndex(fields=["bigrams"], name="division_bigrams"),
            # The 44,000 above the communities by themselves: places that a search names, and the first answers to one character.
            GinIndex(fields=["bigrams"], name="division_upper_bigrams", condition=models.Q(level__lt=5)),
            models.Index(fields=["pinyin"], name="division_pinyin", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["initials"], name="division_initials", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("divisions:detail", args=[self.code])

    @property
    def number(self) -> str:
        """The code as it is written: 12 digits."""
        return f"{self.code:012d}"

    @property
    def is_placeholder(self) -> bool:
        """A row that the code needs and nobody speaks of: the 市辖区 of Shanghai, 省直辖县级行政区划."""
        return self.level == Level.CITY and (self.name in {"市辖区", "县"} or "直辖县级" in self.name)

    @property
    def span(self) -> tuple[int, int]:
        return span(self.code, self.level)

    def contains(self, other: Division) -> bool:
        """Whether ``other`` is this division or lies within it."""
        low, high = self.span
        return low <= other.code < high


class DivisionCode(models.Model):
    """A code and name that a division carried before its present ones. ``valid_from`` unknown: since before its first list."""

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


class DivisionList(models.Model):
    """A list of divisions that was read: what it was, as of which day, and what it brought."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    title = models.CharField("名单", max_length=200)
    checksum = models.CharField(max_length=64)
    as_of = models.DateField("截止日期")
    read_at = models.DateTimeField("读入时间")
    read_by = models.CharField("读入人", max_length=100)
    rows = models.IntegerField("行数")
    added = models.IntegerField("直接载入")
    provinces = ArrayField(models.SmallIntegerField(), verbose_name="涉及省份")

    class Meta:
        ordering = ["-read_at"]

    def __str__(self) -> str:
        return f"{self.title}（截至{self.as_of}）"


class Change(models.Model):
    """What a newer list says differently about one unit. It takes effect when somebody confirms it, not before."""

    class Kind(models.TextChoices):
        RENAMED = "renamed", "更名"
        MOVED = "moved", "代码变更"
        RECLASSIFIED = "reclassified", "城乡分类变更"
        ADDED = "added", "新设"
        MERGED = "merged", "并入"
        SPLIT = "split", "分设"
        ABOLISHED = "abolished", "撤销"

    # The unit ends; the others go on.
    ENDS = (Kind.MERGED, Kind.SPLIT, Kind.ABOLISHED)

    class State(models.TextChoices):
        PROPOSED = "proposed", "待确认"
        CONFIRMED = "confirmed", "已确认"
        DISMISSED = "dismissed", "不采纳"
        SUPERSEDED = "superseded", "已被新名单取代"

    id = models.UUIDField(primary_key=True, default=uuid7)
    list = models.ForeignKey(DivisionList, models.CASCADE, related_name="changes")
    kind = models.CharField("变更", max_length=12, choices=Kind)
    state = models.CharField("状态", max_length=10, choices=State, default=State.PROPOSED)
    division = models.ForeignKey(Division, models.PROTECT, null=True, related_name="changes")
    level = models.SmallIntegerField("层级", choices=Level)
    place = models.BigIntegerField("位置", help_text="原代码；新设的为新代码。按它排列和分省。")
    old_name = models.CharField("原名称", max_length=100, default="")
    code = models.BigIntegerField("新代码", null=True)
    name = models.CharField("新名称", max_length=100, default="")
    urban_rural_class = models.SmallIntegerField("新城乡分类代码", null=True)
    successor_codes = ArrayField(models.BigIntegerField(), verbose_name="承接单位的代码", default=tuple)
    decision = models.UUIDField(null=True)
    decided_at = models.DateTimeField("确认时间", null=True)
    decided_by = models.CharField("确认人", max_length=100, default="")

    class Meta:
        ordering = ["place", "id"]
        constraints = [
            models.UniqueConstraint("list", "division", name="change_once"),
            models.CheckConstraint(
                name="change_kind",
                condition=models.Q(
                    kind__in=[
                        "renamed",
                        "moved",
                        "reclassified",
                        "added",
                        "merged",
                        "split",
                        "abolished",
                    ]
                ),
            ),
            models.CheckConstraint(
                name="change_of_something",
                condition=models.Q(kind="added", division=None)
                | (~models.Q(kind="added") & models.Q(division__isnull=False)),
            ),
            models.CheckConstraint(
                name="change_has_code",
                condition=models.Q(kind__in=["abolished", "merged", "split"]) | models.Q(code__isnull=False),
            ),
            models.CheckConstraint(
                name="change_successors",
                condition=models.Q(kind="merged", successor_codes__len=1)
                | models.Q(kind="split", successor_codes__len__gt=1)
                | ~models.Q(kind__in=["merged", "split"]) & models.Q(successor_codes=[]),
            ),
            models.CheckConstraint(
                name="change_decided",
                condition=models.Q(state__in=["confirmed", "dismissed"], decided_at__isnull=False)
                | models.Q(state__in=["proposed", "superseded"], decided_at=None),
            ),
        ]
        indexes = [models.Index("list", "state", "place", name="change_waiting")]

    @property
    def number(self) -> str:
        return f"{self.place:012d}"

    @property
    def new_number(self) -> str:
        return "" if self.code is None else f"{self.code:012d}"

    @property
    def successor_numbers(self) -> Sequence[str]:
        return [f"{code:012d}" for code in self.successor_codes]
