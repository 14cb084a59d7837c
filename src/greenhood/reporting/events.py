"""What can happen to reports."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    PLANNED = "obligation.planned", "排定报送任务"
    HANDED_DOWN = "obligation.handed_down", "布置下级报送"
    EXTENDED = "obligation.extended", "延长报送期限"
    CARRIED_OUT = "obligation.carried_out", "开展考察、抽样"
    REOPENED = "obligation.reopened", "撤回开展登记"
    SAVED = "report.saved", "修改报告"
    DRAWN_UP = "report.drawn_up", "按数据拟稿"
    FILED = "report.filed", "报送报告"
    WITHDRAWN = "report.withdrawn", "撤回报告"
    RETURNED = "report.returned", "退回报告"
    ACCEPTED = "report.accepted", "接收报告"
    EXPORTED = "report.exported", "导出报送情况"
    BULLETIN_ISSUED = "bulletin.issued", "印发通报"
    BULLETIN_WITHDRAWN = "bulletin.withdrawn", "撤回通报"


events.name_details(
    Event,
    {
        "obligations": "任务数", "number": "第几次", "late_days": "迟报天数", "signed_by": "签发人", "sections": "退回的部分",
        "from": "原期限", "to": "新期限", "done_on": "开展日期", "text": "情况", "counted_to": "统计到", "divisions": "通报单位数",
        "parts": "修改的部分", "figures": "手工填写的数字", "grade": "评估等次",
    },
)  # fmt: skip
events.name_details([Event.BULLETIN_ISSUED, Event.BULLETIN_WITHDRAWN], {"number": "文号"})
