"""What can happen to a project and its money."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    CREATED = "project.created", "登记改造项目"
    CHANGED = "project.changed", "修改改造项目"
    DISCARDED = "project.discarded", "删除项目草稿"
    PLANNED = "project.planned", "项目列入计划"
    STARTED = "project.started", "项目开工"
    FINISHED = "project.finished", "项目完工"
    ACCEPTED = "project.accepted", "项目验收"
    SUSPENDED = "project.suspended", "暂停项目"
    RESUMED = "project.resumed", "恢复项目"
    CANCELLED = "project.cancelled", "取消项目"
    COVERED = "project.covered", "确定项目覆盖范围"
    STAGED = "project.staged", "更新项目阶段"
    YEAR_PLANNED = "project.year_planned", "编制项目年度计划"
    PROCURED = "project.procured", "登记项目采购"
    PROCUREMENT_REMOVED = "project.procurement_removed", "撤销项目采购"
    RECORDED = "project.recorded", "项目成果记入社区信息"
    UNRECORDED = "project.unrecorded", "撤销记入社区信息"
    IMPORTED = "project.imported", "导入项目和资金"
    EXPORTED = "project.exported", "导出项目和资金"
    SOURCE_ADDED = "fund.source_added", "登记资金来源"
    BUDGETED = "fund.budgeted", "下达或调整资金"
    ARRIVED = "fund.arrived", "资金到位"
    PAID = "fund.paid", "资金支付"
    REVERSED = "fund.reversed", "冲销资金"
    EXPLAINED = "fund.explained", "说明资金疑点"
