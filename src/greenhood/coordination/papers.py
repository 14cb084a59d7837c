"""The minutes of a joint meeting (会议纪要) as paper. Plain data for ``documents``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from greenhood.coordination.models import Assignment, Attendance, Decision, Invitation, Meeting
from greenhood.kit.dates import today_in_shanghai

LAYOUT = "official-document"
NUMERALS = "一二三四五六七八九十"


def minutes(
    meeting: Meeting, invitations: Sequence[Invitation], decisions: Sequence[Decision], tasks: Sequence[Assignment]
) -> dict[str, Any]:
    """When, where and who; the agenda; the minutes; the decisions with whose they are and by when."""
    owned: dict[object, list[Assignment]] = {}
    for task in tasks:
        owned.setdefault(task.decision_id, []).append(task)
    sections: list[tuple[str, list[dict[str, Any]]]] = [
        ("会议概况", [_text(_overview(meeting)), _text(_attendance(invitations))]),
        ("会议议程", [_text(f"（{_numeral(place)}）{_item(item)}") for place, item in enumerate(meeting.agenda)]),
    ]
    if meeting.minutes:
        sections.append(("会议内容", [_text(meeting.minutes)]))
    if decisions:
        sections.append(("议定事项", [_decisions(decisions, owned)]))
    if meeting.next_on:
        sections.append(("下次会议", [_text(f"下次会议定于{_official(meeting.next_on)}召开。")]))
    is_demonstration = bool(meeting.created_by and meeting.created_by.is_demonstration)
    return {
        "title": f"{meeting.title}纪要",
        "mark": "演示数据" if is_demonstration else "" if meeting.closed_at else "未定稿",
        "addressee": "",
        "body": [
            part
            for place, (title, parts) in enumerate(sections)
            for part in ({"kind": "heading", "text": f"{_numeral(place)}、{title}"}, *parts)
        ],
        "sender": meeting.division.name,
        "date": _official(today_in_shanghai(meeting.closed_at) if meeting.closed_at else meeting.on),
    }


def _overview(meeting: Meeting) -> str:
    return f"{_official(meeting.on)}{meeting.at}，在{meeting.place}召开{meeting.title}，{meeting.chair}主持。"


def _attendance(invitations: Sequence[Invitation]) -> str:
    names: dict[str, list[str]] = {}
    for row in invitations:
        people = f"（{row.people}）" if row.people else ""
        names.setdefault(row.attendance, []).append(f"{row.who}{people}")
    words = [
        (Attendance.ATTENDED, "到会"), (Attendance.APOLOGIES, "请假"), (Attendance.ABSENT, "未到会"),
        (Attendance.COMING, "已回复参加"), (Attendance.INVITED, "已通知"),
    ]  # fmt: skip
    parts = [f"{word}：{'、'.join(names[state])}" for state, word in words if state in names]
    return f"{'；'.join(parts)}。" if parts else "没有登记参会单位。"


def _item(item: dict[str, str]) -> str:
    return f"{item['title']}（{item['speaker']}汇报）" if item["speaker"] else item["title"]


def _decisions(decisions: Sequence[Decision], owned: dict[object, list[Assignment]]) -> dict[str, Any]:
    rows = [
        [
            str(decision.number), decision.text,
            "、".join(task.department or task.division.name for task in owned.get(decision.pk, [])) or "—",
            "、".join(dict.fromkeys(_official(task.deadline) for task in owned.get(decision.pk, []))) or "—",
        ]
        for decision in decisions
    ]  # fmt: skip
    return {
        "kind": "table", "title": "", "columns": ["序号", "事项", "责任单位", "完成期限"], "rows": rows,
        "widths": [2, 9, 5, 5], "numbers": [],
    }  # fmt: skip


def _text(text: str) -> dict[str, Any]:
    return {"kind": "text", "text": text}


def _official(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _numeral(place: int) -> str:
    return NUMERALS[place] if place < len(NUMERALS) else str(place + 1)
