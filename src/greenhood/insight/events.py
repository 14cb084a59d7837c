"""What can happen around the overviews."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    EXPORTED = "overview.exported", "导出创建总览"
    COMMUNITIES_EXPORTED = "overview.communities_exported", "导出社区名单"
    TRIAL_EXPORTED = "overview.trial_exported", "导出试算结果"
