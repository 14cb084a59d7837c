"""What can happen to files that are attached to records."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    ATTACHED = "attachment.attached", "上传附件"
    REMOVED = "attachment.removed", "移除附件"
    RESTORED = "attachment.restored", "恢复附件"
    SEALED = "seal.made", "封存材料清单"
    CHECKED = "seal.checked", "核对材料封存清单"
