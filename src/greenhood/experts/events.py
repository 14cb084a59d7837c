"""What can happen in the expert pool, to requests of communities, and to the posts of designers."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    ENTRY_BEGUN = "expert.begun", "填写入库申请"
    ENTRY_SAVED = "expert.saved", "修改专家信息"
    ENTRY_SUBMITTED = "expert.submitted", "提交入库申请"
    ENTRY_WITHDRAWN = "expert.withdrawn", "撤回入库申请"
    ENTRY_ACCEPTED = "expert.accepted", "审核入库"
    ENTRY_RETURNED = "expert.returned", "退回入库申请"
    ENTRY_REFUSED = "expert.refused", "不予入库"
    RENEWAL_ASKED = "expert.renewal_asked", "申请续期"
    ENTRY_RENEWED = "expert.renewed", "续期"
    ENTRY_SUSPENDED = "expert.suspended", "暂停服务"
    ENTRY_RESUMED = "expert.resumed", "恢复服务"
    ENTRY_REMOVED = "expert.removed", "移出专家库"
    ENTRY_RESTORED = "expert.restored", "恢复在库"
    ENTRY_LINKED = "expert.linked", "关联账号"
    INTEREST_NOTED = "expert.interest_noted", "登记专家利害关系"
    DOCUMENT_ADDED = "expert.document_added", "上传专家服务材料"
    DOCUMENT_REMOVED = "expert.document_removed", "移除专家服务材料"
    DOCUMENT_RESTORED = "expert.document_restored", "恢复专家服务材料"
    EXPORTED = "expert.exported", "导出专家服务名单"
    REQUEST_MADE = "service_request.made", "提出服务需求"
    REQUEST_SAVED = "service_request.saved", "修改服务需求"
    REQUEST_WITHDRAWN = "service_request.withdrawn", "撤回服务需求"
    REQUEST_REOPENED = "service_request.reopened", "恢复服务需求"
    REQUEST_OFFERED = "service_request.offered", "邀请专家"
    OFFER_TAKEN_BACK = "service_request.offer_taken_back", "收回邀请"
    REQUEST_TAKEN = "service_request.taken", "专家接受"
    REQUEST_DECLINED = "service_request.declined", "专家谢绝"
    REQUEST_CLOSED = "service_request.closed", "服务办结"
    VISIT_RECORDED = "service_visit.recorded", "登记到访"
    VISIT_CONFIRMED = "service_visit.confirmed", "确认到访"
    VISIT_DISPUTED = "service_visit.disputed", "对到访有异议"
    VISIT_RETRACTED = "service_visit.retracted", "撤销到访记录"
    DESIGNER_APPOINTED = "designer.appointed", "聘任社区设计师"
    DESIGNER_CHANGED = "designer.changed", "修改社区设计师信息"
    DESIGNER_ENDED = "designer.ended", "结束社区设计师任期"
