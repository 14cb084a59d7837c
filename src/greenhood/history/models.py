"""What happened: the append-only, hash-chained record of every change of state and every sign-in.

Entries hold text ids, not foreign keys: history outlives what it tells of. Entries of one chain are numbered without
gaps and each carries the hash of the one before, so that an altered, removed or reordered entry is found by ``verify``.
There is one chain per city (first four digits of the division's code, ``0000`` above the cities): writers in different
cities never wait for one another.
"""

from __future__ import annotations

from django.db import models

from greenhood.history import events
from greenhood.kit.ids import uuid7

NATIONAL = "0000"


def chain_key(division_code: int) -> str:
    """The chain of a division: that of its city, or the national one for provinces and the nation."""
    city = division_code // 10**8
    return f"{city:04d}" if city % 100 else NATIONAL


class Chain(models.Model):
    """The head of one chain: how many entries it has and the hash of the last one. It only ever grows."""

    key = models.CharField(primary_key=True, max_length=20)
    length = models.BigIntegerField(default=0)
    head = models.CharField(max_length=100, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="history_chain_head",
                condition=models.Q(length=0, head="") | (models.Q(length__gt=0) & ~models.Q(head="")),
            )
        ]


class Result(models.TextChoices):
    """How what was tried ended. Refused attempts are history too."""

    OK = "ok", "成功"
    FAILED = "failed", "失败"
    REFUSED = "refused", "拒绝"


class Entry(models.Model):
    """One event: who, under which post, when, what, from which address, with what result."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    chain = models.CharField(max_length=20)
    number = models.BigIntegerField()
    at = models.DateTimeField("时间")
    event = models.CharField("事件", max_length=60)
    subject_kind = models.CharField("对象类型", max_length=40, default="")
    subject_id = models.CharField("对象编号", max_length=64, default="")
    subject_title = models.CharField("对象", max_length=200, default="")
    division_code = models.BigIntegerField("区划代码", default=0)
    person_id = models.CharField(max_length=64, default="")
    person_name = models.CharField("人员", max_length=100, default="")
    post_id = models.CharField(max_length=64, default="")
    post_title = models.CharField("岗位", max_length=200, default="")
    address = models.CharField("来源地址", max_length=64, default="")
    result = models.CharField("结果", max_length=20, default=Result.OK)
    details = models.JSONField("内容", default=dict)
    algorithm = models.CharField(max_length=10)
    previous = models.CharField(max_length=100)
    hash = models.CharField(max_length=100)

    class Meta:
        ordering = ["chain", "number"]
        constraints = [
            models.UniqueConstraint("chain", "number", name="history_chain_number"),
            models.CheckConstraint(name="history_number", condition=models.Q(number__gte=1)),
        ]
        indexes = [
            models.Index("subject_kind", "subject_id", "at", name="history_subject"),
            models.Index("division_code", "at", name="history_division"),
            models.Index("person_id", "at", name="history_person"),
            models.Index("person_name", "at", name="history_person_name"),
            models.Index("at", "id", name="history_at"),
            models.Index("event", "at", name="history_event"),
        ]

    def __str__(self) -> str:
        return f"{self.event_title} {self.subject_title}".strip()

    @property
    def event_title(self) -> str:
        return events.title(self.event)

    @property
    def result_title(self) -> str:
        return Result(self.result).label if self.result in Result.values else self.result

    @property
    def detail_lines(self) -> list[tuple[str, str]]:
        """The details as people read them: a name and a text each; what is empty, or tells them nothing, is left out."""
        named = ((events.detail_title(self.event, name), text) for name, text in self._said())
        return [(name, text) for name, text in named if name]

    @property
    def every_detail(self) -> list[tuple[str, str]]:
        """The details as auditors read them: nothing is left out but what is empty."""
        return [(events.detail_title(self.event, name) or name, text) for name, text in self._said()]

    def _said(self) -> list[tuple[str, str]]:
        details = self.details if isinstance(self.details, dict) else {"内容": self.details}
        return [(name, _as_text(value)) for name, value in details.items() if value not in (None, "", [], {})]


def _as_text(value: object) -> str:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dict):
        return "，".join(f"{name} {_as_text(item)}" for name, item in value.items())
    if isinstance(value, list):
        return "、".join(_as_text(item) for item in value)
    return "无" if value is None else str(value)
