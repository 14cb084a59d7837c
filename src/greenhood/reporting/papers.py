"""What stands on paper: a bulletin (通报) drawn up from completeness and timeliness, and a report as filed. Plain data for ``documents``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from greenhood.accounts.models import Post
from greenhood.divisions.models import Division, Level
from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting.models import Filing, Kind, Obligation
from greenhood.reporting.queries import LEAST_RANKED, Completeness, ranked
from greenhood.reporting.sheets import Sheet, number, sheet_of

LAYOUT = "official-document"
MOST_NAMED = 30
TENTH, MOST_SHORT_OF_ALL = Decimal("0.1"), Decimal("99.9")
NUMERALS = "一二三四五六七八九十"


def bulletin(
    division: Division,
    whole: Completeness,
    lower: Sequence[Completeness],
    *,
    year: int,
    by: dt.date,
    issued_on: dt.date,
    asked: str = "",
    number: str = "",
    post: Post | None = None,
) -> dict[str, Any]:
    """A bulletin: how things stand, the table, who did well, who is behind, what is asked (drafted where nothing is given).

    Counted until ``by`` and dated (成文日期) with the day on which it is issued.
    Divisions that owed fewer than ``LEAST_RANKED`` reports are in the table without a rank and are neither praised nor criticised.
    """
    sections = [
        ("总体情况", [_text(_overall(whole, year, by))]),
        ("各地报送情况", _places(lower)),
        ("突出情况", [_text(line) for line in _remarks(lower)]),
        ("有关要求", [_text(asked.strip() or drafted_request(lower))]),
    ]
    return {
        "title": f"关于{year}年绿色社区创建报送情况的通报",
        "number": number,
        "mark": "",
        "addressee": _addressee(lower),
        "body": [
            part
            for place, (title, parts) in enumerate(sections)
            for part in ({"kind": "heading", "text": f"{NUMERALS[place]}、{title}"}, *parts)
        ],
        "sender": sender_of(division, post),
        "date": _official(issued_on),
    }


def filed(filing: Filing) -> dict[str, Any]:
    """A report as it was filed, with its frozen figures as a table."""
    row = filing.obligation
    sheet = sheet_of(row)
    body: list[dict[str, Any]] = []
    for place, section in enumerate(sheet.sections):
        body.append({"kind": "heading", "text": f"{_numeral(place)}、{section.title}"})
        body.append(_text(filing.texts.get(section.key, "")))
    if filing.grade:
        body.append({"kind": "heading", "text": f"{_numeral(len(sheet.sections))}、评估等次"})
        body.append(_text(filing.grade))
    # A report of last year that comes late has the stock of the day on which it was filed, not of the year's end.
    taken = _official(today_in_shanghai(filing.filed_at))
    return {
        "title": title_of(row),
        "mark": _mark(filing),
        "addressee": row.receiver.name
        if row.kind == Kind.APPRAISAL
        else sheet.entry.receiver_title or row.receiver.name,
        "body": body,
        "attachments": [
            {"title": title, "body": tables}
            for title, tables in ((f"数据（{taken}取数）", _figures(filing)), ("评估依据", _basis(filing.basis)))
            if tables
        ],
        "sender": sender_of(row.reporter, filing.filed_post),
        "date": taken,
    }


def sender_of(division: Division, post: Post | None) -> str:
    """Who signs a paper: the office of the post that sends it, as one says it: 四川省住房和城乡建设厅; the division where it has none."""
    office = post.department if post is not None and post.division_id == division.pk else ""
    if not office or office.startswith(division.name) or division.level == Level.NATION:
        return office or division.name
    return f"{division.name}{office}"


def _figures(filing: Filing) -> list[dict[str, Any]]:
    """The frozen figures, and those that did not add up, as tables."""
    tables = []
    if filing.figures:
        rows = [
            [
                one["title"],
                f"{one['value']}{one['unit']}",
                "手工填写" if one["is_typed"] else "平台数据",
                one["definition"],
            ]
            for one in filing.figures
        ]
        tables.append(_table("", ["项目", "数值", "来源", "口径"], rows, widths=[4, 3, 2, 7], numbers=[1]))
    if filing.differences:
        rows = [
            [one["title"], one["value"], one["below"], one["difference"], one["reason"] or "下级尚未报齐"]
            for one in filing.differences
        ]
        columns = ["项目", "本报告", "下级合计", "相差", "原因"]
        title = "与下级合计不一致的数据"
        tables.append(_table(title, columns, rows, widths=[4, 2, 2, 2, 6], numbers=[1, 2, 3]))
    return tables


def _mark(filing: Filing) -> str:
    if filing.withdrawn_at:
        return "已撤回"
    return "演示数据" if filing.filed_by and filing.filed_by.is_demonstration else ""


def title_of(row: Obligation) -> str:
    """What stands on top: 成都市2026年度总结评估报告; of an appraisal whom it is about, 湖北省关于武汉市2026年度…."""
    if row.kind == Kind.APPRAISAL:
        return f"{row.reporter.name}关于{row.receiver.name}{row.heading}的结论"
    return str(row)


def _basis(basis: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What an evaluation rested on when it was filed, as tables."""
    if not basis:
        return []
    parts: list[dict[str, Any]] = []
    if basis["goals"]:
        rows = [
            [
                one["title"],
                _official(dt.date.fromisoformat(one["by"])),
                f"{one['needed']}个",
                f"{one['count']}个",
                one["words"],
            ]
            for one in basis["goals"]
        ]
        columns = ["目标", "期限", "应达到", "现有", "完成情况"]
        parts.append(_table("目标完成情况", columns, rows, widths=[6, 5, 3, 3, 3], numbers=[2, 3]))
    reports = basis["reports"]
    counted = [str(reports[key]) for key in ("owed", "filed", "on_time", "excused", "overdue")]
    columns = ["应报", "已报", "按时", "因下级迟报", "逾期未报"]
    parts.append(_table("报送情况", columns, [counted], widths=[2, 2, 2, 3, 3], numbers=[0, 1, 2, 3, 4]))
    if basis["gaps"]:
        rows = [
            [f"{one['no']}", one["title"], one["part"], f"{one['count']}个", f"{one['share']}%"]
            for one in basis["gaps"]
        ]
        columns = ["项号", "创建标准", "创建内容", "未达到的社区", "占已申报社区"]
        title = f"未达到较多的创建标准（已申报{basis['judged']}个社区）"
        parts.append(_table(title, columns, rows, widths=[2, 5, 5, 4, 4], numbers=[0, 3, 4]))
    return parts


FIGURE_HEADINGS = ["项目", "数值", "单位", "来源", "口径", "下级合计", "相差", "不一致的原因"]


def figure_rows(filing: Filing) -> list[list[object]]:
    """The frozen figures for a table of their own, each beside the sum of the reports below where that differed."""
    differing = {one["key"]: one for one in filing.differences}
    return [
        [
            one["title"], number(one["value"]), one["unit"], "手工填写" if one["is_typed"] else "平台数据", one["definition"],
            number(differing.get(one["key"], {}).get("below", "")), number(differing.get(one["key"], {}).get("difference", "")),
            differing.get(one["key"], {}).get("reason", ""),
        ]
        for one in filing.figures
    ] + [
        [one["title"], one["count"], "个", "平台数据", f"目标：{one['by']}前应达到{one['needed']}个，{one['words']}", None, None, ""]
        for one in filing.basis.get("goals", [])
    ] + [
        [f"{one['no']}. {one['title']}", one["count"], "个", "平台数据", f"未达到的社区，{one['part']}", None, None, ""]
        for one in filing.basis.get("gaps", [])
    ]  # fmt: skip


SHEET_HEADINGS = ["表", "项目", "数值", "单位", "对照数", "相差", "说明"]


def sheet_rows(sheet: Sheet) -> list[list[object]]:
    """Every table of a report's page as it stands now: figures, differences, goals, gaps, and the reports from below."""
    rows: list[list[object]] = [
        ["数字", one.named.title, number(sheet.obligation.typed.get(one.key, "")) if one.is_typed else one.value, one.named.unit, None, None,
         "手工填写" if one.is_typed else one.named.definition]
        for one in sheet.values
    ]  # fmt: skip
    for difference in sheet.differences:
        reason = sheet.obligation.reasons.get(difference.key, "")
        said = f"下级已报 {difference.filed}/{difference.owed}。{reason}"
        rows.append(
            [
                "与下级合计不一致",
                difference.title,
                difference.value,
                difference.unit,
                difference.below,
                difference.difference,
                said,
            ]
        )
        rows += [
            ["报送后有变化的下级", f"{difference.title}：{part.obligation.reporter.name}", part.now, difference.unit, part.filed, part.difference, ""]
            for part in difference.changed
        ]  # fmt: skip
    if sheet.basis is not None:
        rows += [
            ["目标完成情况", one.title, one.count, "个", one.needed, one.count - one.needed, f"{one.by} 前，{one.words}（{one.source}）"]
            for one in sheet.basis.goals
        ]  # fmt: skip
        rows += [
            ["未达到较多的创建标准", f"{one.no}. {one.title}", one.count, "个", sheet.basis.judged, None, one.part] for one in sheet.basis.gaps
        ]  # fmt: skip
    rows += [
        ["下级报来的同期报告", f"{one.reporter.name}{one.heading}", None, "", None, None, f"期限 {one.deadline}，{one.state_label}"]
        for one in sheet.lower
    ]  # fmt: skip
    return rows


def _overall(whole: Completeness, year: int, by: dt.date) -> str:
    if not whole.owed:
        return f"截至{_official(by)}，{year}年还没有到期应报的报告。"
    excused = f"另有{whole.excused}份只因下级迟报而迟，不计在上级。" if whole.excused else ""
    return (
        f"截至{_official(by)}，{year}年到期应报{whole.owed}份，已报{whole.filed}份，完整率{_percent(whole.complete)}；"
        f"按时报送{whole.on_time}份，及时率{_percent(whole.timely)}；逾期未报{whole.overdue}份。{excused}"
    )


def _places(lower: Sequence[Completeness]) -> list[dict[str, Any]]:
    rows = [
        [str(rank) if rank else "不排名", row.division.name, str(row.owed), str(row.filed), str(row.overdue),
         _percent(row.complete), _percent(row.timely)]
        for rank, row in ranked(lower)
    ]  # fmt: skip
    if not rows:
        return [_text("下级还没有到期应报的报告。")]
    columns = ["名次", "单位", "应报", "已报", "逾期未报", "完整率", "及时率"]
    note = f"完整率为已报份数占应报份数的比例，及时率为在期限（含获准的延期）内报送的比例。应报不足{LEAST_RANKED}份的不排名。"
    return [_text(note), _table("各地报送情况", columns, rows, widths=[3, 6, 2, 2, 3, 3, 3], numbers=[2, 3, 4, 5, 6])]


def _remarks(lower: Sequence[Completeness]) -> list[str]:
    judged = [row for row in lower if row.is_ranked]
    if not judged:
        return [f"各单位到期应报的都不足{LEAST_RANKED}份，暂不评价。"]
    good = [row.division.name for row in judged if row.timely == 1]
    behind = sorted((row for row in judged if row.overdue), key=lambda row: -row.overdue)
    lines = [f"全部按时报送的有：{_names(good)}。"] if good else ["没有全部按时报送的单位。"]
    if behind:
        lines.append(f"逾期未报的有：{_names([f'{row.division.name}（{row.overdue}份）' for row in behind])}。")
    return lines


def drafted_request(lower: Sequence[Completeness]) -> str:
    """What a bulletin asks of those that it goes to, as a draft."""
    if any(row.overdue for row in lower):
        return "请逾期未报的单位尽快补报，并说明原因；其他单位继续按期限报送，确保数据真实、完整。"
    return "请各单位继续按期限报送，确保数据真实、完整。"


def _addressee(lower: Sequence[Completeness]) -> str:
    if not lower:
        return "各有关单位"
    return f"各{Level(lower[0].division.level).label}创建主管部门"


def _names(names: Sequence[str]) -> str:
    shown = "、".join(names[:MOST_NAMED])
    return f"{shown}等{len(names)}个单位" if len(names) > MOST_NAMED else shown


def _text(text: str) -> dict[str, Any]:
    return {"kind": "text", "text": text}


def _table(
    title: str, columns: list[str], rows: list[list[str]], *, widths: list[int], numbers: list[int]
) -> dict[str, Any]:
    return {"kind": "table", "title": title, "columns": columns, "rows": rows, "widths": widths, "numbers": numbers}


def _percent(share: Decimal | None) -> str:
    """To one place, as pages round; but nothing short of all is 100%."""
    if share is None:
        return "—"
    rounded = (share * 100).quantize(TENTH, ROUND_HALF_UP)
    return f"{min(rounded, MOST_SHORT_OF_ALL) if share < 1 else rounded:f}".removesuffix(".0") + "%"


def _official(day: dt.date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _numeral(place: int) -> str:
    return NUMERALS[place] if place < len(NUMERALS) else str(place + 1)
