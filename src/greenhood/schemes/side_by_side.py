"""The crosswalk laid out: one scheme's criteria in rows, other schemes in columns, for the page, the workbook and the API."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from greenhood.schemes import words
from greenhood.schemes.crosswalk import Crosswalk, Line, Missing, Related, crosswalk
from greenhood.schemes.models import SchemeVersion

MOST_COLUMNS = 6
"""How many schemes stand side by side unless others are chosen: what a sheet of paper holds."""

HEADINGS = (
    "方案",
    "项号",
    "标准",
    "出处",
    "对照方案",
    "对照项号",
    "对照标准",
    "对照出处",
    "关系",
    "小项",
    "小项原文",
    "对照小项",
    "对照小项原文",
    "小项关系",
)
NOTHING = "没有对应的项"
ADDED = "本方案增加，上级标准没有"


@dataclass(frozen=True, slots=True)
class Column:
    """A scheme beside the one in the rows: what it adds to the scheme above, and what of that one it leaves out."""

    version: SchemeVersion
    is_taken_over: bool
    own: tuple[Line, ...]
    missing: tuple[Missing, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One criterion with its counterparts, column by column. ``opens_part`` where a content part begins."""

    line: Line
    opens_part: bool
    cells: tuple[tuple[Column, tuple[Related, ...]], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    base: SchemeVersion
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def lines(self) -> Iterator[tuple[str | int | None, ...]]:
        """The rows of the workbook (``HEADINGS``): one for each pair of checks, one for a criterion that has none."""
        for row in self.rows:
            for column, related in row.cells:
                head = (self.base.title, *_named(row.line))
                if not related:
                    yield (*head, column.version.title, None, None, None, NOTHING, *(None,) * 5)
                for other in related:
                    yield from _pairs((*head, column.version.title, *_named(other.line)), other)
        for column in self.columns:
            for line in column.own:
                yield (None, None, None, None, column.version.title, *_named(line), ADDED, *(None,) * 5)


def sheet(versions: Sequence[SchemeVersion], base: str, columns: Sequence[str]) -> Sheet | None:
    """The newest versions side by side: ``base`` in the rows (the first where there is none of that id).

    Without ``columns``, the schemes that stand next to it, up to ``MOST_COLUMNS``. None where no scheme is published.
    """
    if not versions:
        return None
    held = {version.scheme_id: version for version in versions}
    first = held.get(base, versions[0])
    others = [version for version in versions if version != first]
    chosen = [version for version in others if version.scheme_id in set(columns)] or others[:MOST_COLUMNS]
    walk = crosswalk(version.scheme for version in versions)
    beside = tuple(_column(walk, version) for version in chosen)
    return Sheet(first, beside, tuple(_rows(walk, first, beside)))


def _column(walk: Crosswalk, version: SchemeVersion) -> Column:
    return Column(
        version,
        "standards" in version.inherited,
        walk.own(version.scheme_id),
        walk.missing(version.scheme_id),
    )


def _rows(walk: Crosswalk, base: SchemeVersion, columns: Sequence[Column]) -> Iterator[Row]:
    part = None
    for line, related in walk.of(base.scheme_id):
        cells = tuple(
            (column, tuple(other for other in related if other.line.scheme.id == column.version.scheme_id))
            for column in columns
        )
        yield Row(line, line.part.key != part, cells)
        part = line.part.key


def _named(line: Line) -> tuple[int, str, str]:
    return line.criterion.no, line.criterion.title, line.criterion.source


def _pairs(head: tuple[str | int | None, ...], other: Related) -> Iterator[tuple[str | int | None, ...]]:
    relation = words.RELATIONS[other.relation]
    if not other.checks:
        yield (*head, relation, *(None,) * 5)
    for pair in other.checks:
        yield (
            *head,
            relation,
            pair.number,
            pair.text,
            pair.other_number,
            pair.other_text,
            words.RELATIONS[pair.relation],
        )
