"""What can happen to an assessment."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    STARTED = "assessment.started", "开始自评"
    ANSWER_SAVED = "assessment.answer_saved", "保存自评项"
    VERSION_SWITCHED = "assessment.version_switched", "自评改用方案新版本"
    LOCKED = "assessment.locked", "自评锁定"
    UNLOCKED = "assessment.unlocked", "自评解锁"
    ITEMS_REOPENED = "assessment.items_reopened", "退回单项"
    RELOCKED = "assessment.relocked", "退回项改完后再次锁定"
    FILLED_FROM_SHEET = "assessment.filled_from_sheet", "由 Excel 填入自评"
    SHOWN = "assessment.shown", "证明材料对外公开"
    HIDDEN = "assessment.hidden", "证明材料停止公开"
    EXPORTED = "assessment.exported", "导出社区自评"
    DISPUTED = "override.claimed", "对指标数据提出主张"
    DISPUTE_WITHDRAWN = "override.withdrawn", "撤回对指标数据的主张"
    DISPUTE_RULED = "override.ruled", "认定对指标数据的主张"
    EVIDENCE_ATTACHED = "evidence.attached", "上传证明材料"
    EVIDENCE_CARRIED = "evidence.carried", "沿用证明材料"
    EVIDENCE_REMOVED = "evidence.removed", "移除证明材料"
    EVIDENCE_RESTORED = "evidence.restored", "恢复证明材料"
    EVIDENCE_DESCRIBED = "evidence.described", "修改证明材料说明"
    SHEET_OPENED = "score_sheet.opened", "开始评分"
    SHEET_HANDED_IN = "score_sheet.handed_in", "交出评分表"
    SHEET_REOPENED = "score_sheet.reopened", "重开评分表"
