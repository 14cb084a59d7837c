"""Excel in and out, row by row.

Reading is strict: a sheet has the columns it should have, and no formula, whose stored result may be stale or a lie.
Every complaint names sheet, row and column as Excel shows them.
"""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from string import ascii_letters
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import column_index_from_string, get_column_letter

from greenhood.kit import sheet_xml
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
        raise ExcelError([Problem(NOT_EXCEL)]) from error


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of .xls, and of encrypted .xlsx
NOT_EXCEL = "不是可以读取的 .xlsx 文件。请用 Excel 或 WPS 另存为“Excel 工作簿（.xlsx）”后再上传。"
OLD_EXCEL = "是旧版 .xls 文件，或者设了密码。请用 Excel 或 WPS 打开后去掉密码，另存为“Excel 工作簿（.xlsx）”再上传。"
MOST_MERGED = 20


@dataclass
class SheetStream:
    """The rows of one sheet, walked once. ``problems`` are those of the sheet's own form, complete after the last row.

    ``letters`` gives the column of each heading as Excel shows it.
    """

    title: str
    headings: Sequence[str]
    letters: Mapping[str, str]
    lines: Iterator[tuple[int, list[Any]]]
    sheet: sheet_xml.Sheet
    problems: list[Problem] = field(default_factory=list)

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """(number in the sheet, values in the order of ``headings``); a formula or an error value is None and a problem."""
        indexes = [column_index_from_string(self.letters[heading]) - 1 for heading in self.headings]
        for number, cells in self.lines:
            width = len(cells)
            values = [cells[index] if index < width else None for index in indexes]
            is_empty = True
            for place, value in enumerate(values):
                if value is None:
                    continue
                if value.__class__ is str:
                    values[place] = value = value.strip() or None
                elif isinstance(value, sheet_xml.Formula | sheet_xml.ErrorValue):
                    self._refuse(number, self.headings[place], value)
                    values[place] = None
                    is_empty = False
                is_empty = is_empty and value is None
            if not is_empty:
                yield number, values
        self._refuse_merged()

    def _refuse(self, number: int, heading: str, value: object) -> None:
        text = (
            f"是错误值 {value.text}。请改为正确的数字，或留空。"
            if isinstance(value, sheet_xml.ErrorValue)
            else "是公式。请选中后复制，再“选择性粘贴→数值”，改为结果本身。"
        )
        self.problems.append(Problem(text, number, self.letters[heading]))

    def _refuse_merged(self) -> None:
        for area in self.sheet.merged[:MOST_MERGED]:
            first = area.split(":")[0]
            letters, digits = first.rstrip("0123456789"), first.lstrip(ascii_letters)
            row = int(digits) if digits.isdecimal() else 0
            self.problems.append(Problem(f"{area} 是合并的单元格。请取消合并，每一格各填各的。", row, letters))


@contextmanager
def streaming(file: IO[bytes]) -> Generator[sheet_xml.Book]:
    """A workbook to be read sheet by sheet in constant memory. Raises ExcelError for what is no .xlsx, also on the way."""
    head = file.read(len(OLD))
    file.seek(0)
    if not head:
        raise ExcelError([Problem("文件是空的。")])
    if head == OLD:
        raise ExcelError([Problem(OLD_EXCEL)])
    try:
        _refuse_bomb(file)
        with sheet_xml.Book(file) as book:
            yield book
    except (BadZipFile, sheet_xml.Malformed, KeyError, EOFError, zlib.error) as error:
        raise ExcelError([Problem(NOT_EXCEL)]) from error


def stream_rows(
    book: sheet_xml.Book, title: str, required: Sequence[str], *, optional: Sequence[str] = ()
) -> SheetStream:
    """The rows of a sheet below its heading, in constant memory. Raises ExcelError where the heading isn't as it should be."""
    sheet = book.sheet(title)
    lines = sheet.rows()
    number, cells = next(((number, cells) for number, cells in lines if any(map(_incoming, cells))), (0, []))
    if not number:
        raise ExcelError([Problem("工作表是空的。")])
    columns = _columns(number, [_Heading(cell) for cell in cells], required, optional)
    headings = [heading for heading in (*required, *optional) if heading in columns]
    letters = {heading: get_column_letter(columns[heading] + 1) for heading in headings}
    return SheetStream(title, headings, letters, lines, sheet)


@dataclass(frozen=True, slots=True)
class _Heading:
    value: Any


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
