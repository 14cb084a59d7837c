"""What can happen to goals and pilots."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    SET = "goal.set", "自定目标"
    HANDED_DOWN = "goal.handed_down", "分解下达目标"
    CANCELLED = "goal.cancelled", "撤销目标"
    EXPORTED = "goal.exported", "导出目标进度"
    PILOT_PROPOSED = "pilot.proposed", "拟选试点"
    PILOTS_CONFIRMED = "pilot.confirmed", "确定试点名单"
    PILOT_REMOVED = "pilot.removed", "调整试点"


events.name_details(
    Event,
    {
        "goal": "目标", "measure": events.HIDDEN, "number": "第几版", "by": "期限", "needed": "应完成", "allotted": "分解合计",
        "subjects": "创建对象", "lower": "下级数", "facts": "选取时的情况", "community": "社区",
    },
)  # fmt: skip
