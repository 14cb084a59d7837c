"""Who does what by the scheme: content parts against departments, sentence by sentence. Pure, over a scheme.

Roles in a cell: 牵头 where the text says so of them, 参与 where it speaks of taking part, otherwise 指导 for those who guide; 实施
for those who carry out. Columns are lines of work, so that 省住房和城乡建设厅 and 住建部门 share one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from greenhood.accounts import departments
from greenhood.schemes.format import AdminLevel, Duty, Scheme

LEAD, TAKING_PART, GUIDING, CARRYING_OUT = "牵头", "参与", "指导", "实施"
VAGUE = ("有关部门", "相关部门", "各地有关部门")


@dataclass(frozen=True, slots=True)
class Column:
    """One line of work: the names that the scheme uses for it, and the levels it works at."""

    line: str
    titles: tuple[str, ...]
    levels: tuple[AdminLevel, ...]

    @property
    def title(self) -> str:
        return " / ".join(self.titles)


@dataclass(frozen=True, slots=True)
class Cell:
    """What the text asks of a department, and the name under which it does so."""

    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One duty: its cells by line, the governments that organise it, and others that are no department."""

    key: str
    duty: Duty
    cells: dict[str, Cell]
    governments: tuple[str, ...]
    others: tuple[str, ...]

    @property
    def leaves_open(self) -> bool:
        """Whether the text leaves it to the place which of its departments carries this out."""
        return bool(self.governments) or any(name in VAGUE for name in self.others)


@dataclass(frozen=True, slots=True)
class Table:
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def keyed(scheme: Scheme) -> dict[str, Duty]:
    """The duties of a scheme by key: the clause, and which of its sentences (三(二)#3)."""
    seen: Counter[str] = Counter()
    found = {}
    for duty in scheme.duties:
        seen[duty.source] += 1
        found[f"{duty.source}#{seen[duty.source]}"[:60]] = duty
    return found


def table(scheme: Scheme) -> Table:
    """The matrix: a row for each duty, a column for each line of work that is listed or named."""
    columns = _Columns(scheme)
    rows = tuple(_row(key, duty, columns) for key, duty in keyed(scheme).items())
    return Table(columns.all, rows)


class _Columns:
    """The lines of work in the order in which the scheme lists and then names them."""

    def __init__(self, scheme: Scheme) -> None:
        self.titles: dict[str, list[str]] = {}
        self.levels: dict[str, list[AdminLevel]] = {}
        for one in scheme.departments:
            if not departments.is_government(one.title):
                self._add(departments.line(one.title), one.title, one.level)
        for duty in scheme.duties:
            for name in duty.guiding:
                if not departments.is_government(name):
                    self._add(departments.line(name), name)

    def _add(self, line: str, title: str, level: AdminLevel | None = None) -> None:
        titles = self.titles.setdefault(line, [])
        # A short form in a sentence is no further title of a department that is listed.
        if level is not None or not titles:
            titles.append(title)
        if level is not None:
            self.levels.setdefault(line, []).append(level)

    @property
    def all(self) -> tuple[Column, ...]:
        return tuple(
            Column(line, tuple(dict.fromkeys(titles)), tuple(dict.fromkeys(self.levels.get(line, []))))
            for line, titles in self.titles.items()
        )


def _row(key: str, duty: Duty, columns: _Columns) -> Row:
    found = _Found()
    for name in duty.guiding:
        found.add(name, _guiding_role(duty, name), columns)
    for name in departments.named_in(duty.implementing or ""):
        if _leads(duty, name):
            found.add(name, LEAD, columns)
        found.add(name, CARRYING_OUT, columns)
    cells = {line: Cell(name, tuple(dict.fromkeys(roles))) for line, (name, roles) in found.cells.items()}
    return Row(key, duty, cells, tuple(found.governments), tuple(found.others))


@dataclass(slots=True)
class _Found:
    cells: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    governments: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)

    def add(self, name: str, role: str, columns: _Columns) -> None:
        line = departments.line(name)
        if departments.is_government(name):
            self._once(self.governments, name)
        elif line in columns.titles:
            self.cells.setdefault(line, (name, []))[1].append(role)
        else:
            self._once(self.others, name)

    @staticmethod
    def _once(names: list[str], name: str) -> None:
        if name not in names:
            names.append(name)


def _guiding_role(duty: Duty, name: str) -> str:
    if _leads(duty, name):
        return LEAD
    return TAKING_PART if "参与" in (duty.text or "") else GUIDING


def _leads(duty: Duty, name: str) -> bool:
    """Whether the text says so: 由…牵头, with the name or its line of work before that word."""
    before, found, _ = (duty.text or "").partition("牵头")
    return bool(found) and (name in before or departments.line(name) in before.replace("和", ""))
