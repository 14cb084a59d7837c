"""A plan and a work plan on paper: plain data for ``documents``, in the layout of official documents."""

from __future__ import annotations

from typing import Any

from greenhood.kit.dates import today_in_shanghai
from greenhood.planning import sections
from greenhood.planning.models import Plan, Publication
from greenhood.schemes import reasons, words
from greenhood.schemes.format import Scheme
from greenhood.schemes.reading import level_terms, part_titles

LAYOUT = "official-document"


def plan_paper(plan: Plan, scheme: Scheme, *, writes_standard: bool) -> dict[str, Any]:
    """The plan as an official document: its sections, the goals and projects as tables, the standard as an annex."""
    local = scheme.plan
    body: list[dict[str, Any]] = [_text(f"为落实{_basis(scheme)}，结合本地实际，制定本方案。")]
    if local and local.entry_points:
        body += [_heading("entry_points")]
        body += [
            _text(f"{at}．{one.community_type}：{_stop(one.problem)}以{one.approach.rstrip('。')}为切入点。")
            for at, one in enumerate(local.entry_points, 1)
        ]
    if scheme.goals:
        body += [_heading("goals"), *(_text(f"{at}．{_goal(one)}") for at, one in enumerate(scheme.goals, 1))]
    if scheme.phases:
        body += [_heading("phases")]
        for at, phase in enumerate(scheme.phases, 1):
            span = words.span(phase.begins, phase.ends)
            text = "".join(_stop(task.text) for task in phase.tasks)
            body.append(_text(f"{at}．{phase.title}{f'（{span}）' if span else ''}。{text}"))
    if local and local.yearly:
        rows = [
            [str(task.year), task.title, task.text, task.department or "", task.by.isoformat() if task.by else ""]
            for task in local.yearly
        ]
        body += [
            _heading("yearly"),
            _table("年度计划", ["年度", "任务", "内容", "责任单位", "完成日期"], rows, [2, 4, 6, 3, 3]),
        ]
    if local and local.key_projects:
        rows = [
            [one.title, one.text, "、".join(one.communities), words.money(one.money), one.department or "", one.by.isoformat() if one.by else ""]
            for one in local.key_projects
        ]  # fmt: skip
        columns = ["项目", "内容", "涉及社区", "资金", "责任单位", "完成日期"]
        body += [_heading("projects"), _table("重点项目", columns, rows, [4, 5, 4, 3, 3, 3])]
    if local and local.measures:
        body += [_heading("measures")]
        body += [_text(f"{at}．{one.title}。{_stop(one.text)}") for at, one in enumerate(local.measures, 1)]
    if scheme.duties:
        rows = [
            [duty.part, duty.text or "", "、".join(duty.guiding), duty.implementing or ""] for duty in scheme.duties
        ]
        body += [
            _heading("duties"),
            _table("职责分工", ["创建内容", "职责", "指导、牵头", "组织实施"], rows, [4, 5, 5, 3]),
        ]
    body += _standard(scheme, writes_standard=writes_standard)
    if scheme.calendar:
        body += [_heading("calendar")]
        body += [
            _text(f"{at}．{one.reporter_title}{words.obligation_day(one)}向{one.receiver_title}报送{one.title}，写明{'、'.join(section.title for section in one.sections)}。")
            for at, one in enumerate(scheme.calendar, 1)
        ]  # fmt: skip
    return {
        "title": scheme.title,
        "mark": "演示数据" if plan.is_demonstration else "",
        "addressee": f"{plan.receiver.name}" if plan.receiver else "各有关单位",
        "body": body,
        "sender": scheme.issuer,
        "date": _official(scheme.issued or today_in_shanghai(plan.filed_at))
        if (scheme.issued or plan.filed_at)
        else "",
    }


def _standard(scheme: Scheme, *, writes_standard: bool) -> list[dict[str, Any]]:
    standard = scheme.standard
    levels = "；".join(f"{level.title}：{level_terms(level, part_titles(standard))}" for level in standard.levels)
    body = [_heading("standard")]
    if not writes_standard:
        return [*body, _text(f"沿用上级方案的标准《{standard.title}》。{levels}。")]
    rows = []
    for part in standard.parts:
        for line in part.criteria:
            asked = "；".join(
                f"{check.text.rstrip('；。')}{f'（{reasons.threshold(check.threshold)}）' if check.threshold else ''}"
                for check in line.checks
            )
            rows.append([str(line.no), line.title, asked, words.points(line.points) or words.LINES[line.kind]])
    return [
        *body,
        _text(f"在上级标准的基础上收紧、增补，见附表。{levels}。"),
        _table("附表：创建标准", ["项号", "标准", "要求", "分值"], rows, [1, 5, 9, 2]),
    ]


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


def _heading(key: str) -> dict[str, Any]:
    return {"kind": "heading", "text": f"{sections.NUMERALS[key]}、{sections.BY_KEY[key].title}"}


def _text(text: str) -> dict[str, Any]:
    return {"kind": "text", "text": text}


def _table(title: str, columns: list[str], rows: list[list[str]], widths: list[int]) -> dict[str, Any]:
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
