"""What can happen to plans."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    STARTED = "plan.started", "开始编制实施方案"
    SAVED = "plan.saved", "修改实施方案"
    DISCARDED = "plan.discarded", "放弃实施方案草稿"
    RESTORED = "plan.restored", "恢复实施方案草稿"
    REBASED = "plan.rebased", "改按上级新版对照"
    TAKEN_UP = "plan.taken_up", "按上级新版重新编制"
    FILED = "plan.filed", "报送实施方案"
    WITHDRAWN = "plan.withdrawn", "撤回实施方案"
    RETURNED = "plan.returned", "退回实施方案"
    ACCEPTED = "plan.accepted", "实施方案备案"
    PUBLISHED = "plan.published", "实施方案发布施行"
    EXPORTED = "plan.exported", "导出实施方案情况"
    WORK_STARTED = "workplan.started", "开始起草社区工作计划"
    WORK_SAVED = "workplan.saved", "修改社区工作计划"
    WORK_CONSULTED = "workplan.consulted", "登记工作计划的协商"
    WORK_UNCONSULTED = "workplan.unconsulted", "删去工作计划的协商记录"
    WORK_HEARD = "workplan.heard", "登记对工作计划的意见"
    WORK_ANSWERED = "workplan.answered", "答复工作计划的意见"
    WORK_PUBLISHED = "workplan.published", "公布社区工作计划"
    WORK_PROGRESS = "workplan.progress", "更新工作计划进度"
    WORK_ATTACHED = "workplan.attached", "以工作计划佐证自评"
