"""What can happen to figures that the history should know."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    EXPORTED = "indicator.exported", "导出指标"
