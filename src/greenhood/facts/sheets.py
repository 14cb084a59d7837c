"""Workbooks of facts: the form to fill in, filled with what is recorded, and a sent file with its faulty cells marked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import IO, Any
from uuid import UUID
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from greenhood.divisions.models import Division, Level
from greenhood.facts import layout, units
from greenhood.facts.forms import bounds, plain_number
from greenhood.facts.kinds import Column, Kind
from greenhood.facts.kinds import kind as kind_of
from greenhood.facts.layout import Layout
from greenhood.facts.models import Fact
from greenhood.facts.queries import on
from greenhood.kit.excel import FORMULA_SIGNS, MOST_ROWS, ExcelError, Problem

GUIDE, CHOICES, FAULTS = "填写说明", "选项", "错误清单"
EMPTY_ROWS = 500
LONGEST_LIST = 255
CHUNK = 2000
MOST_FACTS = MOST_ROWS - 1
BOLD = Font(bold=True)
REQUIRED = PatternFill("solid", fgColor="E9F5EE")
FAULTY = PatternFill("solid", fgColor="FDD7D3")
QUIET = Font(color="7F8A84")


def write(
    file: IO[bytes], kinds: Sequence[Kind], division: Division, *, filled: bool = True, day: dt.date | None = None
) -> dict[str, int]:
    """A workbook with one sheet for each kind, and how to fill it in; the number of rows by key. Constant memory.

    In a community's own form each sheet of a kind without a thing begins with the community's code.
    """
    book = Workbook(write_only=True)
    _guide(book, kinds, division)
    # Written by and by, the sheet that holds long lists of choices must come before those that ask it.
    lists = _lists(book, kinds)
    counts = {kind.key: _sheet(book, kind, division, lists, filled, day) for kind in kinds}
    book.save(file)
    return counts


def _guide(book: Any, kinds: Sequence[Kind], division: Division) -> None:
    sheet = book.create_sheet(GUIDE)
    for letter, width in zip("ABCDEF", (22, 30, 8, 14, 60, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_bold(sheet, f"{division.name} 社区信息填报表")])
    for line in (
        "每张工作表是一类信息，一行一条。绿色标题的列必填。不要改动工作表名称和标题行，不要合并单元格，不要用公式。",
        "“记录编号”由系统给出：更新已登记的请保留原编号，新增的行留空。删去的行不会被注销，注销请在网页上办理。",
        "“社区代码”是 12 位统计用区划代码。“数据日期”是这些数字从哪一天起是这样，留空为导入时选定的日期。",
        "面积按平方米填写；也可以在数字后写单位，如“3.2公顷”“5亩”，系统会换算。未查明的“是/否”留空，不要填“无”。",
        "上传后先核对，列出新增、更新、未变和有错误的单元格；有一处错误就整份不导入。",
    ):
        sheet.append([line])
    for kind in kinds:
        sheet.append([])
        sheet.append([_bold(sheet, Layout(kind).title), *([kind.help] if kind.help else [])])
        sheet.append([_bold(sheet, word) for word in ("列", "填什么", "必填", "单位", "选项或范围", "示例")])
        for column in kind.columns:
            sheet.append([_safe(sheet, text) for text in _line(column)])


def _line(column: Column) -> list[str]:
    return [
        column.heading,
        column.help or TYPES[column.type],
        "必填" if column.is_required else "",
        column.unit,
        _allowed(column),
        example(column),
    ]


TYPES = {
    "text": "文字",
    "long": "文字",
    "count": "整数",
    "amount": "数字，最多两位小数",
    "date": "日期",
    "choice": "从选项中选一个",
    "yes-no": "是或否，未查明留空",
    "reference": "同一社区里已登记的名称",
}


def _allowed(column: Column) -> str:
    if column.type == "choice":
        return "、".join(label for _, label in column.choices)
    if column.type == "yes-no":
        return "是、否"
    if column.type in {"count", "amount"}:
        least, most = bounds(column)
        return " ".join(
            filter(
                None,
                [
                    f"不小于 {plain_number(least)}" if least is not None else "",
                    f"不大于 {plain_number(most)}" if most is not None else "",
                    f"可带单位{'、'.join(units.CHOICES[column.unit])}" if column.unit in units.CHOICES else "",
                ],
            )
        )
    return ""


def example(column: Column) -> str:
    """What a cell of this column may look like."""
    if column.type == "choice":
        return column.choices[0][1]
    if column.type == "count":
        return "1998" if column.unit == "年" else str(max(int(bounds(column)[0] or 0), 12))
    return {
        "text": f"某{column.title}",
        "long": "（如实填写）",
        "amount": "3200.5",
        "date": "2026-05-01",
        "yes-no": "是",
        "reference": "锦官新城",
    }[column.type]


def _lists(book: Any, kinds: Sequence[Kind]) -> dict[tuple[str, str], str]:
    """Where the choices stand that are too long for a list of their own: the range by kind and column."""
    long = [
        (kind.key, column.name, [label for _, label in column.choices])
        for kind in kinds
        for column in kind.columns
        if column.type == "choice" and len(",".join(label for _, label in column.choices)) > LONGEST_LIST - 2
    ]
    if not long:
        return {}
    sheet = book.create_sheet(CHOICES)
    sheet.sheet_state = "hidden"
    for row in range(max(len(labels) for *_, labels in long)):
        sheet.append([labels[row] if row < len(labels) else None for *_, labels in long])
    return {
        (key, name): f"{CHOICES}!${get_column_letter(at)}$1:${get_column_letter(at)}${len(labels)}"
        for at, (key, name, labels) in enumerate(long, 1)
    }


def _sheet(
    book: Any,
    kind: Kind,
    division: Division,
    lists: Mapping[tuple[str, str], str],
    filled: bool,
    day: dt.date | None,
) -> int:
    plan = Layout(kind)
    sheet = book.create_sheet(plan.title)
    sheet.freeze_panes = "A2"
    required = {column.heading for column in kind.columns if column.is_required} | {layout.CODE}
    for number, heading in enumerate(plan.headings, 1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, 2 * len(heading) + 2)
    cells = [_bold(sheet, heading) for heading in plan.headings]
    for cell, heading in zip(cells, plan.headings, strict=True):
        if heading in required:
            cell.fill = REQUIRED
    sheet.append(cells)
    count = 0
    for row in rows(kind, division, day) if filled else ():
        if count == MOST_FACTS:
            raise ExcelError([Problem(f"{kind.title}超过 Excel 工作表的 {MOST_ROWS} 行上限，请按下级区划分开下载。")])
        sheet.append([_safe(sheet, value) for value in row])
        count += 1
    if not count and division.level == Level.COMMUNITY:
        sheet.append([None, division.number, division.name])
    _validate(sheet, plan, lists, count)
    return count


def _validate(sheet: Any, plan: Layout, lists: Mapping[tuple[str, str], str], count: int) -> None:
    """Drop-downs for choices and for yes and no."""
    last = min(count + EMPTY_ROWS, MOST_ROWS)
    letters = {heading: get_column_letter(at) for at, heading in enumerate(plan.headings, 1)}
    for heading, column in plan.columns.items():
        if column.type == "choice":
            given = lists.get((plan.kind.key, column.name)) or _quoted(label for _, label in column.choices)
        elif column.type == "yes-no":
            given = _quoted((layout.YES, layout.NO))
        else:
            continue
        rule = DataValidation(type="list", formula1=given, allow_blank=True, showErrorMessage=True)
        rule.error, rule.errorTitle = "请从下拉选项中选择。", column.title
        rule.add(f"{letters[heading]}2:{letters[heading]}{last}")
        sheet.data_validations.append(rule)
    if plan.place:
        rule = DataValidation(type="list", formula1=_quoted(("CGCS2000", "GCJ-02", "BD-09")), allow_blank=True)
        rule.add(f"{letters[layout.SYSTEM]}2:{letters[layout.SYSTEM]}{last}")
        sheet.data_validations.append(rule)


def _quoted(words: Iterable[str]) -> str:
    return f'"{",".join(words)}"'


def rows(kind: Kind, division: Division, day: dt.date | None = None) -> Iterator[list[Any]]:
    """What is recorded of a kind in a division, as rows under the kind's headings; read as it is asked for."""
    low, high = division.span
    facts = _within(kind, low, high, day)
    names = _reference_names(kind, low, high, day)
    choices = {column.name: dict(column.choices) for column in kind.columns if column.type == "choice"}
    for fact in facts.iterator(chunk_size=CHUNK):
        yield [
            None if kind.is_single else str(fact.thing),
            fact.community.number,
            fact.community.name,
            *(_shown(column, getattr(fact, column.name), choices, names) for column in kind.columns),
            *_place(fact, kind),
            fact.dated,
            fact.source_note or None,
        ]


def _within(kind: Kind, low: int, high: int, day: dt.date | None) -> Any:
    found = _state(kind, day).filter(community__code__gte=low, community__code__lt=high, community__valid_to=None)
    found = found.select_related("community").defer("community__bigrams").order_by("community__code", "thing")
    return found.defer("geometry") if kind.is_located else found


def _state(kind: Kind, day: dt.date | None) -> Any:
    manager = kind.model._default_manager
    return manager.filter(until=None) if day is None else manager.filter(on(day))


def _reference_names(kind: Kind, low: int, high: int, day: dt.date | None) -> dict[UUID, str]:
    """The names of what a kind's rows refer to, over a division."""
    found: dict[UUID, str] = {}
    for column in kind.columns:
        if column.type == "reference":
            other = kind_of(column.refers_to)
            rows = _state(other, day).filter(community__code__gte=low, community__code__lt=high)
            found |= dict(rows.values_list("thing", other.name))
    return found


def _shown(column: Column, value: Any, choices: Mapping[str, Mapping[str, str]], names: Mapping[UUID, str]) -> Any:
    if value is None or value == "":
        return None
    if column.type == "choice":
        return choices[column.name].get(value, value)
    if column.type == "yes-no":
        return layout.YES if value else layout.NO
    if column.type == "reference":
        return names.get(value)
    return value


def _place(fact: Fact, kind: Kind) -> tuple[Any, ...]:
    if not kind.is_located:
        return ()
    longitude, latitude = fact.longitude, fact.latitude  # type: ignore[attr-defined]
    return longitude, latitude, None if longitude is None else layout.SYSTEM_WORDS["cgcs2000"]


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = BOLD
    return cell


def _safe(sheet: Any, value: Any) -> Any:
    """Text never becomes a formula."""
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        cell = WriteOnlyCell(sheet, value=value)
        cell.data_type = "s"
        return cell
    return value


def mark(source: IO[bytes], file: IO[bytes], faults: Sequence[tuple[str, Problem]]) -> None:
    """A copy of a sent workbook with every faulty cell coloured and commented, and a list of the faults in front.

    Cell by cell in constant memory; widths and colours of the original are lost, its values are not.
    """
    by_sheet: dict[str, dict[int, dict[str, list[str]]]] = {}
    for title, problem in faults:
        rows_of = by_sheet.setdefault(title, {})
        rows_of.setdefault(problem.row, {}).setdefault(problem.column or "A", []).append(problem.text)
    copy = Workbook(write_only=True)
    _fault_list(copy, faults)
    try:
        original = load_workbook(source, read_only=True, data_only=False, keep_links=False)
    except (BadZipFile, KeyError, ValueError, OSError, TypeError, SyntaxError):
        # What is no workbook has no cells to mark.
        copy.save(file)
        return
    try:
        for sheet in original.worksheets:
            sheet.reset_dimensions()
            target = copy.create_sheet(sheet.title)
            target.freeze_panes = "A2"
            for number, cells in enumerate(sheet.iter_rows(), 1):
                target.append(_marked(target, cells, by_sheet.get(sheet.title, {}).get(number, {})))
    finally:
        original.close()
    copy.save(file)


def _fault_list(copy: Any, faults: Sequence[tuple[str, Problem]]) -> None:
    sheet = copy.create_sheet(FAULTS)
    for letter, width in zip("ABCD", (24, 8, 8, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_bold(sheet, word) for word in ("工作表", "行", "列", "哪里不对，怎么改")])
    for title, problem in faults:
        sheet.append([_safe(sheet, title), problem.row or None, problem.column or None, _safe(sheet, problem.text)])


def _marked(sheet: Any, cells: Sequence[Any], faults: Mapping[str, list[str]]) -> list[Any]:
    found = [_copied(sheet, cell) for cell in cells]
    for letters, texts in faults.items():
        at = _index(letters)
        found.extend([None] * (at + 1 - len(found)))
        value = found[at].value if isinstance(found[at], Cell) else found[at]
        cell = WriteOnlyCell(sheet, value=value)
        if isinstance(value, str):
            cell.data_type = "s"
        cell.fill = FAULTY
        cell.comment = Comment("\n".join(texts), "绿色社区创建平台", width=320, height=120)
        found[at] = cell
    return found


def _copied(sheet: Any, cell: Any) -> Any:
    value = cell.value
    if isinstance(value, str | int | float | bool | dt.date | dt.time) or value is None:
        return _safe(sheet, value)
    return _safe(sheet, str(value))


def _index(letters: str) -> int:
    number = 0
    for sign in letters:
        number = number * 26 + ord(sign) - 64
    return number - 1
