"""A plan and a work plan on paper: plain data for ``documents``, in the layout of official documents."""

from __future__ import annotations

from typing import Any

from greenhood.kit.dates import today_in_shanghai
from greenhood.planning import sections
from greenhood.planning.models import Plan, Publication
from greenhood.schemes import words
from greenhood.schemes.format import Scheme, Standard
from greenhood.schemes.reading import level_terms, part_titles

LAYOUT = "official-document"

Block = dict[str, Any]


def plan_paper(plan: Plan, scheme: Scheme, *, writes_standard: bool) -> dict[str, Any]:
    """The plan as an official document: its sections, the goals and projects as tables, the standard as an annex."""
    issued = scheme.issued or (today_in_shanghai(plan.filed_at) if plan.filed_at else None)
    return {
        "title": scheme.title,
        "mark": "演示数据" if plan.is_demonstration else "",
        "addressee": f"{plan.receiver.name}" if plan.receiver else "各有关单位",
        "body": [
            _text(f"为落实{_basis(scheme)}，结合本地实际，制定本方案。"),
            *_written("entry_points", _entry_points(scheme)),
            *_written("goals", [_text(f"{at}．{_goal(one)}") for at, one in enumerate(scheme.goals, 1)]),
            *_written("phases", _phases(scheme)),
            *_written("yearly", _yearly(scheme)),
            *_written("projects", _projects(scheme)),
            *_written("measures", _measures(scheme)),
            *_written("duties", _duties(scheme)),
            *_standards(scheme, writes_standard=writes_standard),
            *_written("calendar", _calendar(scheme)),
        ],
        "sender": scheme.issuer,
        "date": _official(issued) if issued else "",
    }


def _written(key: str, body: list[Block]) -> list[Block]:
    """A section with its heading, where something is written in it."""
    return [_heading(key), *body] if body else []


def _entry_points(scheme: Scheme) -> list[Block]:
    return [
        _text(f"{at}．{one.community_type}：{_stop(one.problem)}以{one.approach.rstrip('。')}为切入点。")
        for at, one in enumerate(scheme.plan.entry_points if scheme.plan else [], 1)
    ]


def _phases(scheme: Scheme) -> list[Block]:
    body = []
    for at, phase in enumerate(scheme.phases, 1):
        span = words.span(phase.begins, phase.ends)
        text = "".join(_stop(task.text) for task in phase.tasks)
        body.append(_text(f"{at}．{phase.title}{f'（{span}）' if span else ''}。{text}"))
    return body


def _yearly(scheme: Scheme) -> list[Block]:
    rows = [
        [str(task.year), task.title, task.text, task.department or "", task.by.isoformat() if task.by else ""]
        for task in (scheme.plan.yearly if scheme.plan else [])
    ]
    columns = ["年度", "任务", "内容", "责任单位", "完成日期"]
    return [_table("年度计划", columns, rows, [2, 4, 6, 3, 3])] if rows else []


def _projects(scheme: Scheme) -> list[Block]:
    rows = [
        [one.title, one.text, "、".join(one.communities), words.money(one.money), one.department or "", one.by.isoformat() if one.by else ""]
        for one in (scheme.plan.key_projects if scheme.plan else [])
    ]  # fmt: skip
    columns = ["项目", "内容", "涉及社区", "资金", "责任单位", "完成日期"]
    return [_table("重点项目", columns, rows, [4, 5, 4, 3, 3, 3])] if rows else []


def _measures(scheme: Scheme) -> list[Block]:
    measures = scheme.plan.measures if scheme.plan else []
    return [_text(f"{at}．{one.title}。{_stop(one.text)}") for at, one in enumerate(measures, 1)]


def _duties(scheme: Scheme) -> list[Block]:
    rows = [[duty.part, duty.text or "", "、".join(duty.guiding), duty.implementing or ""] for duty in scheme.duties]
    columns = ["创建内容", "职责", "指导、牵头", "组织实施"]
    return [_table("职责分工", columns, rows, [4, 5, 5, 3])] if rows else []


def _calendar(scheme: Scheme) -> list[Block]:
    return [
        _text(f"{at}．{one.reporter_title}{words.obligation_day(one)}向{one.receiver_title}报送{one.title}，写明{'、'.join(section.title for section in one.sections)}。")
        for at, one in enumerate(scheme.calendar, 1)
    ]  # fmt: skip


def _standards(scheme: Scheme, *, writes_standard: bool) -> list[Block]:
    """The standards: in words where they are those above, else each as an annexed table."""
    body = [_heading("standard")]
    for at, standard in enumerate(scheme.standards):
        levels = "；".join(f"{level.title}：{level_terms(level, part_titles(standard))}" for level in standard.levels)
        if writes_standard:
            named = f"“{standard.title}”" if at else ""
            body.append(_text(f"{named}在上级标准的基础上收紧、增补，见附表。{levels}。"))
        else:
            body.append(_text(f"沿用上级方案的标准《{standard.title}》。{levels}。"))
    return [*body, *(_annex(one) for one in scheme.standards)] if writes_standard else body


def _annex(standard: Standard) -> Block:
    rows = []
    for part in standard.parts:
        for line in part.criteria:
            asked = "；".join(
                f"{check.text.rstrip('；。')}{f'（{words.mark(check.threshold)}）' if check.threshold else ''}"
                for check in line.checks
            )
            rows.append([str(line.no), line.title, asked, words.points(line.points) or words.LINES[line.kind]])
    return _table(f"附表：{standard.title}", ["项号", "标准", "要求", "分值"], rows, [1, 5, 9, 2])


def work_plan_paper(publication: Publication) -> dict[str, Any]:
    """A community's work plan as published: goals, items, how residents were consulted, what they said and what came of it."""
    plan, content = publication.plan, publication.content
    rows = [
        [
            str(at), one["title"], f"第 {one['criterion']} 项" if one["criterion"] else "", one["owner"], one["due_on"],
            one["money"], one["residents"],
        ]
        for at, one in enumerate(content["items"], 1)
    ]  # fmt: skip
    held = [[one["held_on"], one["form"], f"{one['people']} 人", one["summary"]] for one in content["consultations"]]
    said = [[one["said_by"], one["text"], one["outcome"], one["answer"]] for one in content["opinions"]]
    columns = ["序号", "做什么", "对应标准", "责任人", "完成日期", "资金（元）", "居民做什么"]
    body = [
        {"kind": "heading", "text": "一、目标"},
        *(_text(line) for line in content["goals"].splitlines() if line.strip()),
        {"kind": "heading", "text": "二、工作安排"},
        _table("工作安排", columns, rows, [1, 5, 2, 2, 3, 2, 4]),
        {"kind": "heading", "text": "三、与居民协商的情况"},
        _table("协商情况", ["日期", "形式", "参加人数", "议定内容"], held, [3, 3, 2, 9]),
    ]
    if said:
        body.append(_table("意见和答复", ["谁提出", "意见", "处理", "答复"], said, [3, 6, 3, 6]))
    return {
        "title": str(plan),
        "mark": "演示数据" if plan.is_demonstration else "",
        "addressee": "全体居民",
        "body": body,
        "sender": plan.community.name,
        "date": _official(today_in_shanghai(publication.published_at)),
    }


def _heading(key: str) -> Block:
    return {"kind": "heading", "text": f"{sections.NUMERALS[key]}、{sections.BY_KEY[key].title}"}


def _text(text: str) -> Block:
    return {"kind": "text", "text": text}


def _table(title: str, columns: list[str], rows: list[list[str]], widths: list[int]) -> Block:
    return {"kind": "table", "title": title, "columns": columns, "rows": rows, "widths": widths, "numbers": []}


def _basis(scheme: Scheme) -> str:
    return (
        "".join(f"《{one.title}》{f'（{one.number}）' if one.number else ''}" for one in scheme.basis[:3]) or "上级方案"
    )


def _goal(goal: Any) -> str:
    return f"{goal.by.year}年{goal.by.month}月{goal.by.day}日前，{goal.title.rstrip('。')}（{words.goal_scope(goal)}，{words.goal_amount(goal)}）。"


def _stop(text: str) -> str:
    return f"{text.rstrip('。；')}。" if text.strip() else ""


def _official(day: Any) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
