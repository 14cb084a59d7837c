"""Excel in and out, row by row.

Reading is strict: a sheet has the columns it should have, and no formula, whose stored result may be stale or a lie.
Every complaint names sheet, row and column as Excel shows them.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from greenhood.kit.dates import SHANGHAI

MOST_ROWS = 1_048_575  # Excel's own, less the heading
MOST_UNPACKED_BYTES = 500 * 2**20  # a file of a few kilobytes can claim to hold gigabytes
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


class ExcelError(Exception):
    """The file can't be taken; `problems` lists every reason found."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Problem:
    """What is wrong at a place; row 0 is the file itself."""

    text: str
    row: int = 0
    column: str = ""

    def __str__(self) -> str:
        place = [f"第 {self.row} 行"] if self.row else []
        place += [f"{self.column} 列"] if self.column else []
        return f"{' '.join(place)}：{self.text}" if place else self.text


@dataclass(frozen=True)
class Row:
    """One row of values by heading; text is stripped, an empty cell is None."""

    number: int
    values: Mapping[str, Any]
    letters: Mapping[str, str]

    def __getitem__(self, heading: str) -> Any:
        return self.values[heading]

    def problem(self, heading: str, text: str) -> Problem:
        return Problem(text, self.number, self.letters[heading])


def read_rows(
    file: IO[bytes], required: Sequence[str], *, optional: Sequence[str] = (), most: int = 100_000
) -> list[Row]:
    """The rows of the first sheet; the first row that isn't empty is the heading. Raises ExcelError with all problems."""
    try:
        _refuse_bomb(file)
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
        try:
            if not book.worksheets:
                raise ExcelError([Problem("文件中没有工作表。")])
            return _read_sheet(book.worksheets[0], required, optional, most)
        finally:
            book.close()
    except (BadZipFile, KeyError, ValueError, OSError, EOFError, TypeError, SyntaxError, zlib.error) as error:
        raise ExcelError(
            [Problem("不是可以读取的 .xlsx 文件。请用 Excel 或 WPS 另存为“Excel 工作簿（.xlsx）”后再上传。")]
        ) from error


def write_rows(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "数据") -> int:
    """Stream the rows into a workbook; the number written. Text never becomes a formula."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for number, heading in enumerate(headings, 1):
        sheet.column_dimensions[get_column_letter(number)].width = max(10, 2 * len(heading) + 4)
    heading_cells = [WriteOnlyCell(sheet, value=heading) for heading in headings]
    for cell in heading_cells:
        cell.font = Font(bold=True)
    sheet.append(heading_cells)
    count = 0
    for row in rows:
        if count == MOST_ROWS:
            raise ExcelError([Problem(f"超过 Excel 工作表的 {MOST_ROWS} 行上限，请缩小导出范围。")])
        sheet.append([_outgoing(sheet, value) for value in row])
        count += 1
    book.save(file)
    return count


def _refuse_bomb(file: IO[bytes]) -> None:
    with ZipFile(file) as archive:
        size = sum(entry.file_size for entry in archive.infolist())
    if size > MOST_UNPACKED_BYTES:
        raise ExcelError([Problem(f"文件解开后有 {size // 2**20} MB，过大，请分成几个文件。")])
    file.seek(0)


def _read_sheet(sheet: Any, required: Sequence[str], optional: Sequence[str], most: int) -> list[Row]:
    # Files of other programs may claim a size of one cell or of a million rows.
    sheet.reset_dimensions()
    lines = _lines(sheet)
    number, cells = next(lines, (0, ()))
    if not number:
        raise ExcelError([Problem("工作表是空的。")])
    columns = _columns(number, cells, required, optional)
    letters = {heading: get_column_letter(index + 1) for heading, index in columns.items()}
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, cells in lines:
        if len(rows) == most:
            raise ExcelError([Problem(f"超过 {most} 行，请分成几个文件。", number)])
        values = {heading: cells[index].value if index < len(cells) else None for heading, index in columns.items()}
        problems += [
            Problem("是公式。请选中后复制，再“选择性粘贴→数值”，改为结果本身。", number, letters[heading])
            for heading, index in columns.items()
            if index < len(cells) and cells[index].data_type == "f"
        ]
        problems += [
            Problem(f"是错误值 {value}。", number, letters[heading])
            for (heading, value), index in zip(values.items(), columns.values(), strict=True)
            if index < len(cells) and cells[index].data_type == "e"
        ]
        rows.append(Row(number, {heading: _incoming(value) for heading, value in values.items()}, letters))
    if problems:
        raise ExcelError(problems)
    return rows


def _lines(sheet: Any) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows that hold anything, with their numbers in the sheet."""
    for number, cells in enumerate(sheet.iter_rows(), 1):
        if any(_incoming(cell.value) is not None for cell in cells):
            yield number, cells


def _columns(number: int, cells: Sequence[Any], required: Sequence[str], optional: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    problems = []
    for index, cell in enumerate(cells):
        heading = str(_incoming(cell.value) or "")
        if heading in found:
            problems.append(Problem(f"“{heading}”一列出现了两次。", number, get_column_letter(index + 1)))
        elif heading in (*required, *optional):
            found[heading] = index
        elif heading:
            wanted = "、".join([*required, *optional])
            problems.append(
                Problem(f"不认识的列“{heading}”。应有的列：{wanted}。", number, get_column_letter(index + 1))
            )
    problems += [Problem(f"缺少“{heading}”一列。", number) for heading in required if heading not in found]
    if problems:
        raise ExcelError(problems)
    return found


def _incoming(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _outgoing(sheet: Any, value: Any) -> Any:
    if isinstance(value, dt.datetime) and value.tzinfo:
        # Excel has no time zones; times are shown in the zone that the reader lives in.
        return value.astimezone(SHANGHAI).replace(tzinfo=None)
    if value is None or isinstance(value, str | int | float | Decimal | dt.date):
        if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
            cell = WriteOnlyCell(sheet, value=value)
            cell.data_type = "s"
            return cell
        return value
    return str(value)
