"""What can happen to practices, bases, meetings and commendations, as history names it."""

from __future__ import annotations

from django.db import models

from greenhood.history import events


@events.register
class Event(models.TextChoices):
    PRACTICE_WRITTEN = "practice.written", "撰写经验做法"
    PRACTICE_CHANGED = "practice.changed", "修改经验做法"
    PRACTICE_SUBMITTED = "practice.submitted", "报送经验做法"
    PRACTICE_RECALLED = "practice.recalled", "撤回报送的经验做法"
    PRACTICE_RETURNED = "practice.returned", "退回经验做法"
    PRACTICE_PUBLISHED = "practice.published", "发布经验做法"
    PRACTICE_RECOMMENDED = "practice.recommended", "向上推荐经验做法"
    PRACTICE_DECLINED = "practice.declined", "不采纳经验做法推荐"
    PRACTICE_WITHDRAWN = "practice.withdrawn", "撤下经验做法"
    PRACTICE_ADOPTED = "practice.adopted", "采用经验做法"
    PRACTICE_DROPPED = "practice.dropped", "取消采用经验做法"
    BASE_APPLIED = "base.applied", "申请示范教育基地"
    BASE_RETURNED = "base.returned", "退回示范教育基地申请"
    BASE_DESIGNATED = "base.designated", "认定示范教育基地"
    BASE_CHANGED = "base.changed", "修改示范教育基地资料"
    BASE_CHANGE_AGREED = "base.change_agreed", "同意修改示范教育基地资料"
    BASE_CHANGE_DECLINED = "base.change_declined", "不同意修改示范教育基地资料"
    BASE_REMOVED = "base.removed", "取消示范教育基地"
    BASE_VISITED = "base.visited", "登记基地参观"
    BASE_VISIT_REMOVED = "base.visit_removed", "删除基地参观登记"
    MEETING_PLANNED = "onsite.planned", "计划现场会"
    MEETING_ANNOUNCED = "onsite.announced", "通知现场会"
    MEETING_ANSWERED = "onsite.answered", "回复现场会通知"
    MEETING_HELD = "onsite.held", "登记现场会情况"
    MEETING_CANCELLED = "onsite.cancelled", "取消现场会"
    ROUND_OPENED = "commendation.opened", "开始表扬推荐"
    ROUND_CANCELLED = "commendation.cancelled", "终止表扬"
    NOMINATED = "commendation.nominated", "推荐表扬对象"
    NOMINATION_REVIEWED = "commendation.reviewed", "审核表扬推荐"
    NOMINATION_RECALLED = "commendation.recalled", "撤回表扬推荐"
    HONOURS_NOTICED = "commendation.noticed", "公示拟表扬名单"
    HONOUR_OBJECTED = "commendation.objected", "收到对拟表扬名单的异议"
    HONOUR_OBJECTION_ANSWERED = "commendation.objection_answered", "答复对拟表扬名单的异议"
    HONOURS_DECIDED = "commendation.decided", "公布表扬决定"
    HONOUR_WITHDRAWN = "commendation.withdrawn", "撤销表扬"
    EXPORTED = "exemplars.exported", "导出经验示范"


events.name_details(
    Event,
    {
        "to": "报送", "in": "发布", "number": "第几版", "photos": "公开照片", "community": "社区", "since": "采用日期", "until": "有效期至", "invited": "通知单位",
        "divisions": "到会单位", "division": "单位", "group": "参观单位", "waits": "等待核准", "changed": "核准修改", "basis": "依据", "round": "表扬", "kind": "类别", "outcome": "结果",
        "entries": "人数和单位数", "opens_on": "公示开始", "closes_on": "公示结束", "receipt": "回执号", "upheld": "异议成立", "honours": "表扬数",
    },
)  # fmt: skip
