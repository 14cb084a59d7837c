"""What can happen to a survey."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    DRAFTED = "campaign.drafted", "拟定摸底任务"
    CHANGED = "campaign.changed", "修改摸底任务"
    OPENED = "campaign.opened", "下发摸底任务"
    CLOSED = "campaign.closed", "结束摸底任务"
    REOPENED = "campaign.reopened", "重新开启摸底任务"
    DISCARDED = "campaign.discarded", "删除摸底任务草稿"
    COMMUNITIES_ADDED = "campaign.communities_added", "补入摸底社区"
    EXPORTED = "campaign.exported", "导出摸底结果"
    EXTENDED = "reply.extended", "延长摸底期限"
    SUBMITTED = "reply.submitted", "提交摸底填报"
    WITHDRAWN = "reply.withdrawn", "撤回摸底填报"
    ACCEPTED = "reply.accepted", "核对通过摸底填报"
    RETURNED = "reply.returned", "退回摸底填报"
    NOTHING_THERE = "nothing_there.stated", "确认没有此类"
    NOTHING_TAKEN_BACK = "nothing_there.taken_back", "撤销“没有此类”"
