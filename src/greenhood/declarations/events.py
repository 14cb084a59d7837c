"""What can happen to a declaration and to a title, as history names it."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    DECLARED = "declaration.declared", "申报"
    PASSED = "declaration.passed", "通过"
    RETURNED = "declaration.returned", "退回"
    REJECTED = "declaration.rejected", "不予通过"
    WITHDRAWN = "declaration.withdrawn", "撤回申报"
    RESUBMITTED = "declaration.resubmitted", "重新提交"
    SKIPPED = "declaration.skipped", "未抽中，进入下一环节"
    EXPORTED = "declaration.exported", "导出创建申报"
    FRAME_FROZEN = "draw.frozen", "固定抽样框"
    DRAWN = "draw.drawn", "随机抽取"
    PANEL_OPENED = "panel.opened", "组成评审组"
    PANEL_RECUSED = "panel.recused", "评审回避"
    PANEL_CLOSED = "panel.closed", "评审合议"
    EXPERTS_DRAWN = "panel.experts_drawn", "从专家库抽取"
    EXPERT_DECLINED = "panel.expert_declined", "抽中专家谢绝，依次递补"
    NOTICE_PUBLISHED = "notice.published", "发布公示"
    NOTICE_CLOSED = "notice.closed", "公示期满"
    OBJECTION_FILED = "objection.filed", "收到异议"
    OBJECTION_ANSWERED = "objection.answered", "答复异议"
    AWARDED = "award.given", "命名授牌"
    REEXAMINED = "award.reexamined", "复查"
    RECTIFICATION_ORDERED = "rectification.ordered", "责令限期整改"
    RECTIFICATION_REPORTED = "rectification.reported", "报送整改情况"
    RECTIFICATION_EXTENDED = "rectification.extended", "延长整改期限"
    RECTIFICATION_LIFTED = "rectification.lifted", "整改合格"
    EXPIRED = "award.expired", "称号期满"
    DELISTED = "award.delisted", "除名"
    ALERT_OPENED = "alert.opened", "低于标准预警"
    ALERT_RECOVERED = "alert.recovered", "预警数据恢复"
    ALERT_HANDLED = "alert.handled", "处理预警"
