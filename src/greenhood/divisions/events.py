"""What happens to divisions."""

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    LIST_READ = "divisions.list_read", "读入区划名单"
    CHANGES_CONFIRMED = "divisions.changes_confirmed", "确认区划变更"
    CHANGES_DISMISSED = "divisions.changes_dismissed", "不采纳区划变更"
    CHANGE_RECONSIDERED = "divisions.change_reconsidered", "重新考虑区划变更"
    SUCCESSOR_SAID = "divisions.successor_said", "填写承接单位"
