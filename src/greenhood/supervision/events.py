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


events.name_details(
    Event,
    {
        "text": "问题", "severity": "程度", "check": "标准小项", "thing": "涉及", "begins_on": "开始", "ends_on": "结束", "communities": "社区代码",
        "checks": "检查内容", "seed": "种子", "frame_hash": events.HIDDEN, "demands": "整改要求", "findings": "问题", "report": "整改情况",
        "is_late": "逾期", "round": "第几次", "summary": "检查小结", "opinion": "复查意见", "seen_at": "现场时间", "division": "督办单位", "to": "督办单位", "step": "第几级",
        "duty": "督办事项", "recheck_on": "复查期限",
    },
)  # fmt: skip
