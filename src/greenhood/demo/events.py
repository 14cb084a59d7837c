"""What the demonstration writes into the history."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    SIMULATED = "simulation.made", "生成模拟数据"
    CLEARED = "simulation.cleared", "清除模拟数据"
