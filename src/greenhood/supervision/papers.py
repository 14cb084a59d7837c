"""An order to put things right as an official document (整改通知书). Plain data for ``documents``."""

from __future__ import annotations

import datetime as dt
from typing import Any

from greenhood.kit.dates import today_in_shanghai
from greenhood.supervision.checks import Line
from greenhood.supervision.models import Finding, Order
from greenhood.supervision.queries import record

LAYOUT = "official-document"


def notice(order: Order) -> dict[str, Any]:
    """What was found, what is demanded, by when, and what follows. The paper says what the order says now."""
    findings = list(order.findings.select_related("community", "inspection__version").order_by("community__code", "pk"))
    lines = {line.key: line for line in record.lines_of(findings[0].inspection)} if findings else {}
    inspection = order.inspection
    opening = f"经{inspection.title}检查，" if inspection else ""
    body: list[dict[str, Any]] = [
        _text(f"{opening}发现以下问题。现将有关事项通知如下。"),
        _heading("一、存在的问题"),
        *(_text(f"（{number}）{_found(one, lines)}") for number, one in enumerate(findings, 1)),
        _heading("二、整改要求"),
        *(_text(line) for line in order.demands.splitlines() if line.strip()),
        _heading("三、整改期限"),
        _text(f"请于{_official(order.due_on)}前完成整改，并在平台报送整改情况和整改后的照片。"),
        _heading("四、其他"),
        _text(
            (f"本通知依据{order.clause}。" if order.clause else "")
            + "整改完成后由本单位复查；逾期未报送整改情况的，由上一级督办。"
        ),
    ]
    return {
        "title": f"关于绿色社区创建问题限期整改的通知书（{order.number}）",
        "mark": "演示数据" if order.is_demonstration else "",
        "addressee": f"{order.recipient.name}{order.department}",
        "body": body,
        "sender": order.issuer.name,
        "date": _official(today_in_shanghai(order.issued_at)),
    }


def _found(one: Finding, lines: dict[str, Line]) -> str:
    line = lines.get(one.key)
    where = "，".join(part for part in (one.community.name, one.place, one.fact_name) if part)
    basis = f"（对照标准{line.name}：{line.text}）" if line is not None and line.criterion else ""
    return f"{where}：{one.text}{basis}"


def _heading(text: str) -> dict[str, Any]:
    return {"kind": "heading", "text": text}


def _text(text: str) -> dict[str, Any]:
    return {"kind": "text", "text": text}


def _official(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
