"""What can happen to inspections, findings and orders."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    PLANNED = "inspection.planned", "计划检查"
    CHANGED = "inspection.changed", "修改检查计划"
    STARTED = "inspection.started", "开始检查"
    CLOSED = "inspection.closed", "办结检查"
    PUBLISHED = "inspection.published", "反馈检查结果"
    CANCELLED = "inspection.cancelled", "取消检查"
    ANSWERED = "sheet.answered", "填写检查表"
    FINISHED = "sheet.finished", "完成检查表"
    REOPENED = "sheet.reopened", "重新打开检查表"
    FOUND = "finding.recorded", "登记问题"
    FINDING_CHANGED = "finding.changed", "修改问题"
    FINDING_WITHDRAWN = "finding.withdrawn", "撤销问题"
    ISSUED = "order.issued", "发出整改通知"
    ACKNOWLEDGED = "order.acknowledged", "签收整改通知"
    REPORTED = "order.reported", "报送整改情况"
    PASSED = "order.passed", "整改复查合格"
    FAILED = "order.failed", "整改复查不合格"
    EXTENDED = "order.extended", "延长整改期限"
    WITHDRAWN = "order.withdrawn", "撤销整改通知"
    ESCALATED = "order.escalated", "逾期督办"
    URGED = "order.urged", "提出督办意见"
    LINKED = "order.linked", "转为称号限期整改"
    EXPORTED = "supervision.exported", "导出督导检查"
