"""What coordination has waiting for a post, for the frame of every page."""

from __future__ import annotations

from django.db.models import Q

from greenhood.accounts import waiting
from greenhood.coordination.models import CallState
from greenhood.coordination.queries import assignments, meetings, whistles

WAITING = (
    waiting.Kind("tasks_to_do", "等我办理的任务", "件", "coordination:tasks", assignments.to_do, late=assignments.late),
    waiting.Kind("tasks_to_accept", "等我验收的任务", "件", "coordination:tasks", assignments.to_accept),
    waiting.Kind(
        "calls_to_answer",
        "吹哨等我报到、处置",
        "件",
        "coordination:whistles",
        whistles.to_answer,
        late=lambda: Q(state=CallState.CALLED) & whistles.late(),
    ),
    waiting.Kind("calls_to_confirm", "吹哨等我确认结果", "件", "coordination:whistles", whistles.to_confirm),
    waiting.Kind(
        "calls_to_press", "部门超时未报到，等我督办", "件", "coordination:whistles", whistles.to_press,
        late=whistles.late, anchor="press",
    ),
    waiting.Kind("joint_meetings_to_answer", "会议通知等我回复", "个", "coordination:meetings", meetings.to_answer),
)  # fmt: skip
