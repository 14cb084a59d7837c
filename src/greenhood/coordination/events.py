"""What can happen to tasks, whistles and meetings."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    NAMED = "duty.named", "确定责任部门"
    ASSIGNED = "task.assigned", "交办任务"
    TAKEN = "task.taken", "签收任务"
    PROGRESSED = "task.progressed", "报告进展"
    HANDED_IN = "task.handed_in", "提交办理结果"
    ACCEPTED = "task.accepted", "验收办结"
    TAKEN_UP = "task.reopened", "重新打开任务"
    RETURNED = "task.returned", "退回补办"
    EXTENDED = "task.extended", "延长任务期限"
    URGED = "task.urged", "催办"
    CANCELLED = "task.cancelled", "取消任务"
    REINSTATED = "task.reinstated", "恢复任务"
    BLOWN = "whistle.blown", "吹哨"
    RESPONDED = "whistle.responded", "部门报到"
    REPORTED = "whistle.reported", "报告处置结果"
    SOLVED = "whistle.solved", "确认解决"
    REOPENED = "whistle.reopened", "确认未解决"
    PRESSED = "whistle.pressed", "督办"
    RATED = "whistle.rated", "评价"
    WITHDRAWN = "whistle.withdrawn", "撤回吹哨"
    CONVENED = "joint_meeting.convened", "召集联席会议"
    CHANGED = "joint_meeting.changed", "修改会议"
    ANSWERED = "joint_meeting.answered", "回复会议通知"
    HELD = "joint_meeting.held", "登记会议召开"
    DECIDED = "joint_meeting.decided", "登记议定事项"
    CLOSED = "joint_meeting.closed", "会议纪要定稿"
    REOPENED_MINUTES = "joint_meeting.reopened", "恢复修改会议纪要"
    MEETING_CANCELLED = "joint_meeting.cancelled", "取消会议"
    EXPORTED = "coordination.exported", "导出任务协同情况"
