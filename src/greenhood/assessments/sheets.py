"""A self-assessment as an Excel sheet to fill in, and back. One row per item, one per numbered requirement, one per count.

Reading is all or nothing: every cell that can't be is named by row and column, and then nothing is saved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import IO, Any

from greenhood.assessments import answers, computed, forms
from greenhood.assessments.answers import Fields
from greenhood.assessments.explaining import Explained
from greenhood.assessments.models import Answer
from greenhood.kit import excel
from greenhood.kit.excel import ExcelError, Problem, Row
from greenhood.schemes.format import Criterion, Standard

NO, PLACE, CONTENT, POINTS = "序号", "要求", "内容", "分值"
MET, SCORE, FIGURE, COUNT, GRADE = "满足（是/否）", "得分", "数值", "次数", "等次"
AWAY, REASON, NOTE = "不适用（是）", "不适用的理由", "说明"
# What the system says of a check; nothing is read from it.
DATA = "数据（系统填写）"
HEADINGS = (NO, PLACE, CONTENT, POINTS, MET, SCORE, FIGURE, COUNT, GRADE, AWAY, REASON, NOTE)
YES = {"是", "满足", "√", "✓", "1", "y", "yes", "true"}
NOT = {"否", "不满足", "×", "✕", "0", "n", "no", "false"}
MOST_ROWS = 5_000
# Which column a field of ``answers.problems`` stands in, on the item's own row.
COLUMNS = {
    "applies": AWAY,
    "reason": REASON,
    "met": MET,
    "claimed": SCORE,
    "value": FIGURE,
    "grade": GRADE,
    "note": NOTE,
}


def write(
    file: IO[bytes],
    standard: Standard,
    rows: Mapping[int, Answer],
    explained: Mapping[computed.Key, Explained] | None = None,
) -> None:
    """The sheet with what is filled in so far, and what the data say of the checks that they decide."""
    lines = [
        row
        for part in standard.parts
        for line in part.criteria
        for row in _rows(standard, line, rows.get(line.no), explained or {})
    ]
    excel.write_rows(file, (*HEADINGS, DATA), lines, title="自评表")


def _rows(
    standard: Standard, line: Criterion, answer: Answer | None, explained: Mapping[computed.Key, Explained]
) -> Iterator[list[Any]]:
    given = answers.trimmed(standard, line, answers.fields_of(answer))
    grade = next((one.title for one in line.grades if one.key == given.grade), "")
    yield [
        line.no,
        None,
        line.title,
        line.points,
        _yes(given.met),
        given.claimed,
        given.value,
        None,
        grade,
        None if given.applies else "是",
        given.reason,
        given.note,
        None,
    ]
    for number, check in enumerate(line.checks, 1):
        data = explained.get((line.no, number))
        tick, figure = given.checks[number - 1], given.values[number - 1] if given.values else None
        if data is not None and data.is_closed:
            tick, figure = data.decided, data.value
        yield [line.no, number, check.text, None, _yes(tick), None, figure, *[None] * 5, _data(data)]
    for number, _, text in answers.counted_rules(line) if given.counts else []:
        yield [line.no, f"计{number}", text, None, None, None, None, given.counts[number - 1], *[None] * 5]


def _data(data: Explained | None) -> str | None:
    if data is None:
        return None
    return f"系统按数据计算，本行填写无效：{data.in_a_line}" if data.is_closed else data.in_a_line


def _yes(value: bool | None) -> str | None:
    return None if value is None else "是" if value else "否"


@dataclass(frozen=True, slots=True)
class Read:
    """What a sheet says: answers by item, and where each item's cells stand, for naming what is wrong."""

    filled: dict[int, Fields]
    places: dict[tuple[int, str], tuple[int, str]]

    def problem(self, no: int, name: str, text: str) -> Problem:
        row, column = self.places.get((no, name), (0, ""))
        return Problem(text, row, column)


def read(file: IO[bytes], standard: Standard) -> Read:
    """Raises ExcelError with every cell that can't be."""
    rows = excel.read_rows(file, HEADINGS, optional=(DATA,), most=MOST_ROWS)
    reader = _Reader(standard)
    for row in rows:
        reader.take(row)
    reader.finish(len(rows))
    return Read(reader.filled, reader.places)


def left_aside(read: Read, explained: Mapping[computed.Key, Explained]) -> list[computed.Key]:
    """The computed checks for which the sheet says otherwise than the data: they are not taken from it."""
    return [
        (no, number)
        for (no, number), data in explained.items()
        if data.is_closed and no in read.filled and read.filled[no].checks[number - 1] not in (None, data.decided)
    ]


class _Reader:
    def __init__(self, standard: Standard) -> None:
        self.standard = standard
        self.lines = {line.no: line for part in standard.parts for line in part.criteria}
        self.filled: dict[int, Fields] = {}
        self.places: dict[tuple[int, str], tuple[int, str]] = {}
        self.seen: set[tuple[int, str]] = set()
        self.problems: list[Problem] = []

    def take(self, row: Row) -> None:
        line = self.lines.get(row[NO]) if isinstance(row[NO], int) else None
        if line is None:
            self._wrong(
                row,
                NO,
                f"本标准没有第“{row[NO] if row[NO] is not None else '（空）'}”项，序号应为表中原有的数字，请不要增删行。",
            )
            return
        place = str(row[PLACE] or "")
        if (line.no, place) in self.seen:
            self._wrong(row, PLACE, f"第 {line.no} 项的这一行出现了两次，请删去一行。")
            return
        self.seen.add((line.no, place))
        given = self.filled.get(line.no, answers.trimmed(self.standard, line, Fields()))
        if not place:
            self.filled[line.no] = self._item(row, line, given)
        elif place.isdecimal() and 1 <= int(place) <= len(line.checks):
            self.filled[line.no] = self._check(row, line, int(place), given)
        elif place.startswith("计") and place[1:].isdecimal() and 1 <= int(place[1:]) <= len(given.counts):
            self.filled[line.no] = self._count(row, line, int(place[1:]), given)
        else:
            self._wrong(row, PLACE, f"第 {line.no} 项没有“{place}”这一行，请使用从本页下载的表。")

    def finish(self, count: int) -> None:
        if not count:
            self.problems.append(Problem("表中没有数据行。"))
        for no, fields in self.filled.items():
            line = self.lines[no]
            found = answers.problems(self.standard, line, answers.trimmed(self.standard, line, fields))
            for name, text in found.items():
                row, column = self.places.get((no, name), self.places.get((no, "item"), (0, "")))
                self.problems.append(Problem(text, row, column))
        if self.problems:
            raise ExcelError(sorted(self.problems, key=lambda problem: problem.row))

    def _item(self, row: Row, line: Criterion, given: Fields) -> Fields:
        self._same_words(row, line.title)
        self.places[line.no, "item"] = (row.number, row.letters[NO])
        for name, heading in COLUMNS.items():
            self.places[line.no, name] = (row.number, row.letters[heading])
        grades = {grade.title: grade.key for grade in line.grades}
        grade = _text(row[GRADE])
        if grade and grade not in grades:
            self._wrong(row, GRADE, f"没有等次“{grade}”，应为：{'、'.join(grades) or '（本项不分等次，请留空）'}。")
        return replace(
            given,
            applies=self._truth(row, AWAY) is not True,
            reason=_text(row[REASON]),
            met=self._truth(row, MET),
            claimed=self._number(row, SCORE),
            value=self._number(row, FIGURE),
            grade=grades.get(grade, ""),
            note=_text(row[NOTE]),
        )

    def _check(self, row: Row, line: Criterion, number: int, given: Fields) -> Fields:
        self._same_words(row, line.checks[number - 1].text)
        self.places[line.no, f"value-{number}"] = (row.number, row.letters[FIGURE])
        figure = self._number(row, FIGURE)
        if figure is not None and not given.values:
            self._wrong(row, FIGURE, "这一项要求不按数值判断，请留空，只填“是”或“否”。")
        return replace(
            given,
            checks=_put(given.checks, number, self._truth(row, MET)),
            values=_put(given.values, number, figure) if given.values else (),
        )

    def _count(self, row: Row, line: Criterion, number: int, given: Fields) -> Fields:
        self.places[line.no, f"count-{number}"] = (row.number, row.letters[COUNT])
        count = self._number(row, COUNT)
        if count is not None and count != count.to_integral_value():
            self._wrong(row, COUNT, f"次数应为整数，表中是 {count}。")
            count = None
        return replace(given, counts=_put(given.counts, number, None if count is None else int(count)))

    def _same_words(self, row: Row, expected: str) -> None:
        """An old form, or one of another scheme, shows by its words."""
        if _bare(_text(row[CONTENT])) != _bare(expected):
            self._wrong(row, CONTENT, f"内容与现行标准不一致（现行：“{expected[:40]}”）。请从本页重新下载表格后填写。")

    def _truth(self, row: Row, heading: str) -> bool | None:
        text = _text(row[heading]).lower()
        if not text:
            return None
        if text in YES or text in NOT:
            return text in YES
        self._wrong(row, heading, f"应填“是”或“否”，表中是“{text[:20]}”。")
        return None

    def _number(self, row: Row, heading: str) -> Decimal | None:
        text = forms.plain_number(_text(row[heading]))
        if not text:
            return None
        if not forms.is_number(text):
            self._wrong(row, heading, f"应为数字，表中是“{text[:20]}”。")
            return None
        return Decimal(text)

    def _wrong(self, row: Row, heading: str, text: str) -> None:
        self.problems.append(row.problem(heading, text))


def _put(values: tuple[Any, ...], number: int, value: Any) -> tuple[Any, ...]:
    return (*values[: number - 1], value, *values[number:])


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _bare(text: str) -> str:
    return "".join(text.split())
