"""What can happen to recorded facts."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    RECORDED = "fact.recorded", "登记信息"
    REPLACED = "fact.replaced", "更新信息"
    RETIRED = "fact.retired", "注销信息"
    RESTORED = "fact.restored", "恢复信息"
    IMPORTED = "fact.imported", "批量导入信息"
    EXPORTED = "fact.exported", "导出社区信息"
