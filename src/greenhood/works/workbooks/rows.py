"""What a filled workbook says: its rows cell by cell, what was made of them, and everything that is wrong with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.forms import ValidationError

from greenhood.divisions.models import Division
from greenhood.facts.reading import BadCell, read_day
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.excel import Problem, SheetStream
from greenhood.works.actions.holding import FIRST_DAY
from greenhood.works.actions.projects import Terms
from greenhood.works.forms import read_money
from greenhood.works.models import Origin, Project, Source, State
from greenhood.works.workbooks.layout import FORM_OF, NUMBER

if TYPE_CHECKING:
    from greenhood.works.workbooks.known import Known

MOST_FAULTS = 1000
KEPT = 100


@dataclass
class Judged:
    """What a workbook says, and everything that is wrong with it."""

    faults: list[tuple[str, Problem]] = field(default_factory=list)
    fault_count: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    samples: list[list[Any]] = field(default_factory=list)
    projects: list[ProjectRow] = field(default_factory=list)
    sources: list[SourceRow] = field(default_factory=list)
    lines: list[LineRow] = field(default_factory=list)
    known: Known | None = None
    # Where each was first seen, so that a second is told of it.
    seen: dict[tuple[Any, ...], int] = field(default_factory=dict)
    # The numbers of projects in a sheet whose rows could not be taken; an empty one for the whole sheet.
    unread: set[tuple[str, str]] = field(default_factory=set)
    # The keys of new projects, by division and number.
    written: dict[tuple[int, str], UUID] = field(default_factory=dict)

    def fault(self, title: str, problem: Problem) -> None:
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append((title, problem))

    def count(self, title: str, what: str) -> None:
        held = self.counts.setdefault(title, {"new": 0, "changed": 0, "same": 0})
        held[what] += 1

    @property
    def report(self) -> dict[str, Any]:
        return {
            "sheets": [{"title": title, **self.counts[title]} for title in FORM_OF if title in self.counts],
            "fault_count": self.fault_count,
            "faults": [[title, one.row, one.column, one.text] for title, one in self.faults],
            "samples": self.samples[:KEPT],
        }

    @property
    def changes(self) -> int:
        return sum(each["new"] + each["changed"] for each in self.counts.values())


class CoveredPlace(NamedTuple):
    """One place of a row of projects: a community, or an estate or building of it, with its numbers of buildings."""

    community: Division
    kind: str
    thing: UUID | None
    name: str
    planned: int | None
    done: int | None

    @property
    def key(self) -> tuple[int, str, UUID | None]:
        return self.community.pk, self.kind, self.thing


@dataclass
class ProjectRow:
    row: Cells
    division: Division
    terms: Terms
    days: dict[str, dt.date | None]
    state: State
    covered: list[CoveredPlace]
    present: Project | None = None
    is_changed: bool = True


@dataclass
class SourceRow:
    row: Cells
    project: Any
    origin: Origin
    channel: str
    budget: Decimal
    dated: dt.date
    document: str
    present: Source | None = None


@dataclass
class LineRow:
    row: Cells
    kind: str
    key: tuple[Any, ...]
    dated: dt.date
    amount: Decimal
    document: str
    payee: str
    purpose: str


class Cells:
    """One row of a sheet: takes its cells, and says what is wrong with each."""

    def __init__(self, judged: Judged, stream: SheetStream, number: int, values: Sequence[Any]) -> None:
        self.judged, self.stream, self.number = judged, stream, number
        self.values = dict(zip(stream.headings, values, strict=True))
        self.is_wrong = False

    def wrong(self, heading: str, text: str) -> None:
        self.is_wrong = True
        letters = self.stream.letters.get(heading, "")
        self.judged.fault(self.stream.title, Problem(text, self.number, letters))

    def leave_unread(self) -> None:
        """What is wrong here is told here: rows that refer to it aren't wrong for that."""
        if number := plain(self.values.get(NUMBER)):
            self.judged.unread.add((self.stream.title, number))

    def refers_to_unread(self, title: str) -> bool:
        return bool({(title, ""), (title, plain(self.values.get(NUMBER)))} & self.judged.unread)

    def text(self, heading: str, most: int = 120) -> str:
        value = self.values.get(heading)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        found = "" if value is None else str(value).strip()
        if "\x00" in found:
            self.wrong(heading, "含有不能保存的字符，请重新输入。")
        if len(found) > most:
            self.wrong(heading, f"最多 {most} 个字，请缩短。")
        return found[:most]

    def required(self, heading: str, most: int = 120) -> str:
        found = self.text(heading, most)
        if not found:
            self.wrong(heading, f"请填写{heading}。")
        return found

    def day(self, heading: str, *, is_required: bool = False, is_past: bool = False) -> dt.date | None:
        value = self.values.get(heading)
        if value is None:
            if is_required:
                self.wrong(heading, f"请填写{heading}。")
            return None
        try:
            day = read_day(value)
        except BadCell as problem:
            self.wrong(heading, str(problem))
            return None
        if day < FIRST_DAY:
            self.wrong(heading, f"{day} 太早，请核对年份。")
        elif is_past and day > today_in_shanghai():
            self.wrong(heading, f"{day} 还没有到，不能晚于今天（{today_in_shanghai()}）。")
        return day

    def year(self, heading: str) -> int | None:
        text = self.text(heading, 20)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) == 4):
            self.wrong(heading, f"请填写四位年份，填写的是 {text}。")
            return None
        return int(text)

    def money(self, heading: str, *, is_positive: bool = True) -> Decimal | None:
        value = self.values.get(heading)
        if value is None:
            return None
        try:
            amount = _money(value)
        except ValidationError as problem:
            self.wrong(heading, " ".join(problem.messages))
            return None
        if amount < 0 or (is_positive and amount == 0):
            self.wrong(heading, "金额应大于 0。" if is_positive else "金额不能是负数。")
            return None
        return amount

    def choice(self, heading: str, choices: Mapping[str, Any]) -> Any:
        text = self.required(heading)
        if text and text not in choices:
            self.wrong(heading, f"没有“{text[:20]}”这个选项，应为：{'、'.join(choices)}。")
            return None
        return choices.get(text)


def _money(value: Any) -> Decimal:
    """An amount from a cell: a number is as Excel shows it, so that what its binary form adds is no third decimal."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            exact = Decimal(str(value))
            cents = exact.quantize(Decimal("0.01"))
        except InvalidOperation as error:
            raise ValidationError("金额太大，请核对单位：这里填元，不是万元。") from error
        return read_money(f"{cents if abs(exact - cents) < Decimal('0.000001') else exact:f}")
    return read_money(str(value))


def plain(value: Any) -> str:
    return (
        "" if value is None else str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
    )
