"""The rows of a kind's sheet as clean values, piece by piece, with what is wrong at its cell.

A cell says what it can't be and what to do; nothing is guessed. Memory does not grow with the file.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

import numpy as np
import polars as pl
from django.core.exceptions import ValidationError

from greenhood.divisions.models import Division, Level
from greenhood.facts import doubts, layout
from greenhood.facts.actions import FIRST_DAY, thing_of
from greenhood.facts.forms import LARGEST, bounds, number_problem, read_number
from greenhood.facts.kinds import Column, Kind
from greenhood.facts.layout import Layout
from greenhood.kit import bulk, geodesy
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.excel import Problem, SheetStream

PIECE = 4_000
MOST_PROBLEMS = 1000
CENT = Decimal("0.01")
TRUTH = {"是": True, "有": True, "√": True, "✓": True, "y": True, "yes": True, "true": True, "否": False, "无": False,
         "没有": False, "×": False, "✕": False, "n": False, "no": False, "false": False}  # fmt: skip
DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
Reader = Callable[[Any], Any]


class BadCell(ValueError):
    """What a cell holds can't be; the text says what to do."""


@dataclass
class Reading:
    """What reading a sheet found beside its rows."""

    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    rows: int = 0
    doubts: list[Problem] = field(default_factory=list)
    converted: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        self.count += 1
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


class Communities:
    """The communities that a file may speak of, by their code; asked for once each, a piece at a time."""

    def __init__(self, within: Division) -> None:
        self.within = within
        self._known: dict[int, Division | None] = {}

    def learn(self, codes: set[int]) -> None:
        wanted = codes - self._known.keys()
        if not wanted:
            return
        low, high = self.within.span
        found = Division.objects.filter(
            code__in=wanted, code__gte=low, code__lt=high, level=Level.COMMUNITY, valid_to=None
        ).only("id", "code", "name", "level")
        self._known |= dict.fromkeys(wanted, None) | {each.code: each for each in found}

    def of(self, code: int) -> Division | None:
        return self._known[code]


def pieces(
    kind: Kind, stream: SheetStream, communities: Communities, reading: Reading, *, today: dt.date | None = None
) -> Iterator[pl.DataFrame]:
    """The rows as tables of text columns named as ``importing.columns_of`` says; faulty rows are told of and left out."""
    taking = _Taking(kind, stream, communities, reading, today or today_in_shanghai())
    lines: list[tuple[int, list[Any]]] = []
    for line in stream.rows():
        lines.append(line)
        if len(lines) == PIECE:
            yield taking.piece(lines)
            lines = []
    if lines:
        yield taking.piece(lines)
    for problem in stream.problems:
        reading.add(problem)


class _Taking:
    def __init__(
        self, kind: Kind, stream: SheetStream, communities: Communities, reading: Reading, today: dt.date
    ) -> None:
        self.kind, self.stream, self.communities, self.reading, self.today = kind, stream, communities, reading, today
        self.layout = Layout(kind)
        self.at = {heading: index for index, heading in enumerate(stream.headings)}
        self.readers = [
            (column, self.at[heading], heading, self.reader(column)) for heading, column in self.layout.columns.items()
        ]
        given = {layout.ID, layout.CODE, layout.COMMUNITY}
        self.telling = [index for heading, index in self.at.items() if heading not in given]
        self.weighs_land = bool(kind.area) and any(column.name in doubts.HOMES for column in kind.columns)

    def piece(self, lines: list[tuple[int, list[Any]]]) -> pl.DataFrame:
        # What the form had in it already says nothing by itself.
        lines = [(number, values) for number, values in lines if any(values[at] is not None for at in self.telling)]
        self.reading.rows += len(lines)
        code_at = self.at[layout.CODE]
        codes = [_code(values[code_at]) for _, values in lines]
        self.communities.learn({code for code in codes if code is not None})
        rows = [
            row
            for (number, values), code in zip(lines, codes, strict=True)
            if (row := self.row(number, values, code)) is not None
        ]
        names = ["row", "community_id", "thing", *(column.name for column in self.kind.columns)]
        names += ["longitude", "latitude", "captured_in"] if self.kind.is_located else []
        names += ["dated", "source_note"]
        table = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Utf8), orient="row")
        if self.kind.is_located:
            table = _in_cgcs2000(table)
        return table.insert_column(1, bulk.keys(table.height).alias("id"))

    def row(self, number: int, values: list[Any], code: int | None) -> tuple[str | None, ...] | None:
        before = self.reading.count
        community = self.community(number, values, code)
        thing = self.thing(number, values, community)
        found: dict[str, Any] = {}
        for column, index, heading, read in self.readers:
            raw = values[index]
            if raw is None:
                found[column.name] = None
                if column.is_required:
                    self.wrong(number, heading, f"请填写{column.title}。")
                continue
            try:
                found[column.name] = read(raw)
                if raw.__class__ is str and column.type in doubts.NUMBERS and (words := said(column, raw)):
                    self.convert(number, heading, words)
            except BadCell as problem:
                self.wrong(number, heading, str(problem))
                found[column.name] = None
        place = self.place(number, values) if self.kind.is_located else ()
        dated = self.dated(number, values)
        if self.kind.not_more or self.kind.past:
            for name, text in self.kind.within_itself(found):
                self.wrong(number, self.kind.column(name).heading, text)
        if self.weighs_land and len(self.reading.doubts) < MOST_PROBLEMS:
            for name, text in doubts.doubts(self.kind, found, None):
                self.reading.doubts.append(self.problem(number, self.kind.column(name).heading, text))
        if self.reading.count > before or community is None:
            return None
        note = self.given(values, layout.NOTE)
        return (
            str(number),
            str(community.pk),
            thing,
            *(_text(column, found[column.name]) for column in self.kind.columns),
            *place,
            dated,
            "" if note is None else str(note)[:200],
        )

    def given(self, values: list[Any], heading: str) -> Any:
        index = self.at.get(heading)
        return None if index is None else values[index]

    def problem(self, number: int, heading: str, text: str) -> Problem:
        return Problem(text, number, self.stream.letters.get(heading, ""))

    def convert(self, number: int, heading: str, words: str) -> None:
        if len(self.reading.converted) < MOST_PROBLEMS:
            self.reading.converted.append(self.problem(number, heading, words))

    def wrong(self, number: int, heading: str, text: str) -> None:
        self.reading.add(self.problem(number, heading, text))

    def community(self, number: int, values: list[Any], code: int | None) -> Division | None:
        raw = values[self.at[layout.CODE]]
        within = self.communities.within
        if raw is None and within.level == Level.COMMUNITY:
            return within
        if code is None:
            said = "请填写 12 位社区代码。" if raw is None else f"“{str(raw)[:20]}”不是 12 位社区代码。"
            self.wrong(number, layout.CODE, said)
            return None
        community = self.communities.of(code)
        if community is None:
            self.wrong(
                number, layout.CODE, f"{code:012d} 不是{within.name}现有的社区。请核对代码，辖区以外的社区不能导入。"
            )
            return None
        name = self.given(values, layout.COMMUNITY)
        if name is not None and str(name) != community.name:
            self.wrong(
                number, layout.COMMUNITY, f"与代码不一致：{code:012d} 是“{community.name}”，表中是“{str(name)[:30]}”。"
            )
        return community

    def thing(self, number: int, values: list[Any], community: Division | None) -> str | None:
        if self.kind.is_single:
            return str(thing_of(self.kind, community.pk)) if community else None
        raw = self.given(values, layout.ID)
        if raw is None:
            return None
        try:
            return str(UUID(str(raw)))
        except ValueError:
            self.wrong(number, layout.ID, "记录编号被改动了。请从系统重新下载，或对新增的行留空。")
            return None

    def dated(self, number: int, values: list[Any]) -> str | None:
        heading = self.layout.dated
        raw = values[self.at[heading]]
        if raw is None:
            if self.kind.is_event:
                self.wrong(number, heading, "请填写发生日期，例如 2026-05-01。")
            return None
        try:
            day = read_day(raw)
        except BadCell as problem:
            self.wrong(number, heading, str(problem))
            return None
        if day > self.today:
            self.wrong(number, heading, f"{day} 还没有到，不能晚于今天（{self.today}）。")
        elif day < FIRST_DAY:
            self.wrong(number, heading, f"{day} 太早，请核对年份。")
        return day.isoformat()

    def place(self, number: int, values: list[Any]) -> tuple[str | None, str | None, str]:
        longitude, latitude = self.given(values, layout.LONGITUDE), self.given(values, layout.LATITUDE)
        if longitude is None and latitude is None:
            return None, None, ""
        if longitude is None or latitude is None:
            self.wrong(number, layout.LONGITUDE, "经度和纬度要一起填写。")
            return None, None, ""
        word = str(self.given(values, layout.SYSTEM) or "CGCS2000").upper().replace(" ", "")
        system = layout.SYSTEMS.get(word)
        if system is None:
            self.wrong(number, layout.SYSTEM, f"不认识坐标系“{word[:20]}”，应为 CGCS2000、GCJ-02 或 BD-09。")
            return None, None, ""
        try:
            east, north = float(longitude), float(latitude)
            if not bool(73 <= east <= 136 and 3 <= north <= 54):
                raise ValueError
        except (ValueError, TypeError):
            return self._typed_place(number, longitude, latitude, system)
        return repr(east), repr(north), system

    def _typed_place(
        self, number: int, longitude: Any, latitude: Any, system: str
    ) -> tuple[str | None, str | None, str]:
        try:
            if isinstance(longitude, str) or isinstance(latitude, str):
                place = geodesy.parse_coordinates(f"{longitude} {latitude}")
                return repr(place[0]), repr(place[1]), system
            found = geodesy.check_point({"type": "Point", "coordinates": [longitude, latitude]})
            self.wrong(number, layout.LONGITUDE, found[0].text if found else "坐标不正确，请核对。")
        except (geodesy.GeodesyError, TypeError) as problem:
            self.wrong(number, layout.LONGITUDE, str(problem))
        return None, None, ""

    def reader(self, column: Column) -> Reader:
        """How the cells of a column are read: a function of what is in the cell, which raises BadCell."""
        if column.type == "count":
            return _counts(column)
        if column.type == "amount":
            return _amounts(column)
        if column.type == "choice":
            return _choices(column)
        if column.type == "yes-no":
            return _truths
        if column.type == "date":
            return read_day
        if column.type == "reference":
            return lambda raw: _words(raw)[:200]
        assert column.field is not None
        return _texts(column.field.max_length or 1000)


def _counts(column: Column) -> Reader:
    least, most = bounds(column)
    low, high = int(least if least is not None else -(10**9)), int(most if most is not None else 10**9)

    def read(raw: Any) -> int:
        if raw.__class__ is int and low <= raw <= high:
            return raw
        return int(_number(column, raw))

    return read


def _amounts(column: Column) -> Reader:
    def read(raw: Any) -> Decimal:
        return Decimal(_number(column, raw)).quantize(CENT, ROUND_HALF_UP)

    return read


def _number(column: Column, raw: Any) -> Decimal | int:
    if isinstance(raw, bool | dt.date | dt.time):
        raise BadCell(f"应为数字{f'，单位{column.unit}' if column.unit else ''}，表中是{_words(raw)}。")
    if isinstance(raw, int | float):
        value = Decimal(repr(raw))
        if not value.is_finite():
            raise BadCell("不是数字，请重新填写。")
        # Excel keeps sums of money and areas with a tail of binary digits.
        value = value.quantize(CENT, ROUND_HALF_UP) if column.type == "amount" and abs(value) <= LARGEST else value
        if problem := number_problem(column, value):
            raise BadCell(problem)
        return value
    try:
        return read_number(column, str(raw))[0]
    except ValidationError as problem:
        raise BadCell(problem.messages[0]) from None


def _choices(column: Column) -> Reader:
    words = {label: value for value, label in column.choices}
    known = words | {value: value for value, _ in column.choices}
    # 视频监控、门禁 are known by the part before the brackets too.
    known |= {label.split("（")[0]: value for value, label in column.choices if label.split("（")[0] not in known}

    def read(raw: Any) -> str:
        found = known.get(raw if raw.__class__ is str else str(raw))
        if found is None:
            raise BadCell(f"没有选项“{_words(raw)[:20]}”，应为：{'、'.join(words)}。")
        return found

    return read


def _truths(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if raw in (0, 1):
        return bool(raw)
    found = TRUTH.get(str(raw).lower())
    if found is None:
        raise BadCell(f"应填“是”或“否”，未查明的留空，表中是“{_words(raw)[:20]}”。")
    return found


def _texts(most: int) -> Reader:
    def read(raw: Any) -> str:
        text = raw if raw.__class__ is str else _words(raw)
        if len(text) > most:
            raise BadCell(f"有 {len(text)} 个字，最多 {most} 个字，请缩短。")
        if "\x00" in text:
            raise BadCell("含有不能保存的字符，请重新输入。")
        return text

    return read


def read_day(raw: Any) -> dt.date:
    """A day from a date cell or from words (2026-05-01, 2026/5/1, 2026年5月1日). Raises BadCell."""
    if isinstance(raw, dt.datetime):
        return raw.date()
    if isinstance(raw, dt.date):
        return raw
    match = DAY.fullmatch(str(raw).strip())
    try:
        if match:
            return dt.date(*map(int, match.groups()))
    except ValueError:
        pass
    raise BadCell(f"“{_words(raw)[:20]}”不是日期。请填成 2026-05-01 的样式。")


def _words(raw: Any) -> str:
    if isinstance(raw, bool):
        return "TRUE" if raw else "FALSE"
    if isinstance(raw, dt.datetime):
        return raw.date().isoformat()
    return str(raw).strip()


def _code(raw: Any) -> int | None:
    text = str(raw).strip() if raw is not None else ""
    return int(text) if len(text) == 12 and text.isascii() and text.isdecimal() else None


def _text(column: Column, value: Any) -> str | None:
    """As COPY takes it; texts and choices have no null."""
    if value is None:
        return "" if column.type in {"text", "long", "choice"} else None
    if value.__class__ is bool:
        return "t" if value else "f"
    return str(value)


def _in_cgcs2000(table: pl.DataFrame) -> pl.DataFrame:
    for system in ("gcj02", "bd09"):
        chosen = (table["captured_in"] == system).to_numpy()
        if not chosen.any():
            continue
        east = table["longitude"].cast(pl.Float64).to_numpy().copy()
        north = table["latitude"].cast(pl.Float64).to_numpy().copy()
        moved = geodesy.to_cgcs2000(east[chosen], north[chosen], system)
        east[chosen], north[chosen] = (np.round(each, geodesy.DECIMALS) for each in moved)
        table = table.with_columns(
            pl.Series("longitude", east, nan_to_null=True).cast(pl.Utf8),
            pl.Series("latitude", north, nan_to_null=True).cast(pl.Utf8),
        )
    return table


def said(column: Column, raw: Any) -> str:
    """What is to be said of a cell in another unit: ``3.2 公顷 = 32,000 平方米``; empty for all others."""
    if column.type not in {"count", "amount"} or not isinstance(raw, str):
        return ""
    try:
        return read_number(column, raw)[1]
    except ValidationError:
        return ""
