"""What happened: the append-only, hash-chained record of every change of state and every sign-in.

Entries hold text ids, not foreign keys: history outlives what it tells of. Entries of one chain are numbered without
gaps and each carries the hash of the one before, so that an altered, removed or reordered entry is found by ``verify``.
There is one chain per city (first four digits of the division's code, ``0000`` above the cities): writers in different
cities never wait for one another.
"""

from __future__ import annotations

from django.db import models

from greenhood.kit.ids import uuid7


class Chain(models.Model):
    """The head of one chain: how many entries it has and the hash of the last one."""

    key = models.CharField(primary_key=True, max_length=20)
    length = models.BigIntegerField(default=0)
    head = models.CharField(max_length=100, default="")


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
    result = models.CharField("结果", max_length=20, default="ok")
    details = models.JSONField("内容", default=dict)
    algorithm = models.CharField(max_length=10)
    previous = models.CharField(max_length=100)
    hash = models.CharField(max_length=100)

    class Meta:
        ordering = ["chain", "number"]
        constraints = [models.UniqueConstraint("chain", "number", name="history_chain_number")]
        indexes = [
            models.Index("subject_kind", "subject_id", "at", name="history_subject"),
            models.Index("division_code", "at", name="history_division"),
            models.Index("person_id", "at", name="history_person"),
        ]
