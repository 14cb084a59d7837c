"""The cells of a worksheet, read from its XML as it streams by: constant memory, formulae and merged cells seen as such.

openpyxl reads a row as objects and says nothing of merged cells while it streams; this reads several times faster.
ECMA-376 part 1, 18.3 (sheets), 18.4 (shared strings), 18.8 (styles).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, Any
from xml.parsers import expat
from zipfile import ZipFile

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

PIECE = 2**18


class Malformed(ValueError):
    """The file isn't what it says it is."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that holds a formula; its stored result is not read."""


@dataclass(frozen=True, slots=True)
class ErrorValue:
    """``#REF!`` and its like."""

    text: str


FORMULA = Formula()


class Book:
    """An open workbook: its sheets by title, in order. A context manager."""

    def __init__(self, file: IO[bytes]) -> None:
        self._archive = ZipFile(file)
        self._strings: list[str] | None = None
        self._paths, self.epoch = _sheets(self._archive)
        self._dates = _date_styles(self._archive)

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *caught: object) -> None:
        self._archive.close()

    @property
    def titles(self) -> list[str]:
        return list(self._paths)

    def sheet(self, title: str) -> Sheet:
        return Sheet(self, self._paths[title])

    def open(self, path: str) -> IO[bytes]:
        try:
            return self._archive.open(path)
        except KeyError as error:
            raise Malformed(path) from error

    @property
    def strings(self) -> list[str]:
        """The texts that cells share, read when the first cell asks for one."""
        if self._strings is None:
            path = "xl/sharedStrings.xml"
            self._strings = _strings(self._archive, path) if path in self._archive.namelist() else []
        return self._strings

    def is_date(self, style: str) -> bool:
        return style.isdecimal() and int(style) in self._dates


class Sheet:
    """One worksheet. ``rows`` may be walked once; ``merged`` is known after that."""

    def __init__(self, book: Book, path: str) -> None:
        self._book, self._path = book, path
        self.merged: list[str] = []

    def rows(self) -> Iterator[tuple[int, list[Any]]]:
        """(number, values by column from A on) of the rows that have cells."""
        ready: list[tuple[int, list[Any]]] = []
        parser = _parser(_Cells(self._book, ready, self.merged))
        with self._book.open(self._path) as file:
            while piece := file.read(PIECE):
                _feed(parser, piece)
                yield from ready
                ready.clear()
            _feed(parser, b"", is_final=True)
            yield from ready


class _Cells:
    """What the parser calls: collects the cells of a row, then the row."""

    def __init__(self, book: Book, ready: list[tuple[int, list[Any]]], merged: list[str]) -> None:
        self.book, self.ready, self.merged = book, ready, merged
        self.number, self.column = 0, 0
        self.row: list[Any] = []
        self.type, self.style = "n", ""
        self.text: list[str] = []
        self.takes_text = self.is_formula = self.is_phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            reference = attributes.get("r", "")
            self.column = _column(reference) or self.column + 1
            self.type, self.style = attributes.get("t", "n"), attributes.get("s", "")
            self.text.clear()
            self.is_formula = False
        elif name in {"v", "t"}:
            self.takes_text = not self.is_phonetic
        elif name == "row":
            number = attributes.get("r", "")
            self.number = int(number) if number.isdecimal() else self.number + 1
            self.row, self.column = [], 0
        elif name == "f":
            self.is_formula = True
        elif name == "rPh":
            self.is_phonetic = True
        elif name == "mergeCell":
            self.merged.append(attributes.get("ref", ""))

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self.takes_text = False
        elif name == "c":
            value = FORMULA if self.is_formula else self._value("".join(self.text))
            if value is not None:
                row = self.row
                if len(row) < self.column:
                    if self.column > 16_384:
                        raise Malformed("column")
                    row.extend([None] * (self.column - len(row)))
                row[self.column - 1] = value
        elif name == "row":
            if self.row:
                self.ready.append((self.number, self.row))
        elif name == "rPh":
            self.is_phonetic = False

    def characters(self, text: str) -> None:
        if self.takes_text:
            self.text.append(text)

    def _value(self, text: str) -> Any:
        if self.type == "n":
            return self._number(text) if text else None
        if self.type == "s":
            strings = self.book.strings
            if not text:
                return None
            if not text.isdecimal() or int(text) >= len(strings):
                raise Malformed("shared string")
            return strings[int(text)] or None
        if self.type == "b":
            return text == "1"
        if self.type == "e":
            return ErrorValue(text)
        if self.type == "d":
            return dt.datetime.fromisoformat(text)
        return text or None

    def _number(self, text: str) -> Any:
        number = float(text)
        if self.style and self.book.is_date(self.style):
            try:
                return from_excel(number, self.book.epoch)
            except (OverflowError, ValueError):
                return number
        return int(number) if number.is_integer() and abs(number) < 1e15 else number


def _column(reference: str) -> int:
    """``AB12`` is in column 28."""
    return _number_of(reference.rstrip("0123456789"))


@lru_cache(maxsize=1024)
def _number_of(letters: str) -> int:
    number = 0
    for sign in letters:
        number = number * 26 + ord(sign.upper()) - 64
    return number


def _parser(handler: Any) -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def root(name: str, attributes: dict[str, str]) -> None:
        # Some programs write every name with a prefix (x:row); the others needn't pay for taking it off.
        if ":" in name:
            parser.StartElementHandler = lambda name, attributes: handler.start(name.rpartition(":")[2], attributes)
            parser.EndElementHandler = lambda name: handler.end(name.rpartition(":")[2])
        else:
            parser.StartElementHandler, parser.EndElementHandler = handler.start, handler.end

    parser.StartElementHandler = root
    parser.CharacterDataHandler = handler.characters
    parser.StartDoctypeDeclHandler = _no_doctype
    return parser


def _no_doctype(*declared: object) -> None:
    # Office files have none; entities declared in one can grow without bound.
    raise Malformed("doctype")


def _feed(parser: Any, piece: bytes, *, is_final: bool = False) -> None:
    try:
        parser.Parse(piece, is_final)
    except expat.ExpatError as error:
        raise Malformed(str(error)) from error


class _Texts:
    """Shared strings: one text per ``si``, whatever runs it is made of."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.text: list[str] = []
        self.takes_text = self.is_phonetic = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "si":
            self.text.clear()
        elif name == "rPh":
            self.is_phonetic = True
        elif name == "t":
            self.takes_text = not self.is_phonetic

    def end(self, name: str) -> None:
        if name == "si":
            self.found.append("".join(self.text))
        elif name == "rPh":
            self.is_phonetic = False
        elif name == "t":
            self.takes_text = False

    def characters(self, text: str) -> None:
        if self.takes_text:
            self.text.append(text)


class _Elements:
    """Small files as a list of (element, attributes)."""

    def __init__(self) -> None:
        self.found: list[tuple[str, dict[str, str]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.found.append((name, attributes))

    def end(self, name: str) -> None: ...

    def characters(self, text: str) -> None: ...


def _walk(archive: ZipFile, path: str, handler: Any) -> None:
    parser = _parser(handler)
    try:
        with archive.open(path) as file:
            while piece := file.read(PIECE):
                _feed(parser, piece)
        _feed(parser, b"", is_final=True)
    except KeyError as error:
        raise Malformed(path) from error


def _strings(archive: ZipFile, path: str) -> list[str]:
    handler = _Texts()
    _walk(archive, path, handler)
    return handler.found


def _elements(archive: ZipFile, path: str) -> list[tuple[str, dict[str, str]]]:
    handler = _Elements()
    _walk(archive, path, handler)
    return handler.found


def _sheets(archive: ZipFile) -> tuple[dict[str, str], Any]:
    """The path of each sheet by its title, and the day that dates are counted from."""
    workbook = _elements(archive, "xl/workbook.xml")
    targets = {
        each["Id"]: each["Target"]
        for name, each in _elements(archive, "xl/_rels/workbook.xml.rels")
        if "Target" in each
    }
    paths: dict[str, str] = {}
    for name, each in workbook:
        if name == "sheet":
            key = next((value for label, value in each.items() if label.rpartition(":")[2] == "id"), "")
            target = targets.get(key, "").lstrip("/")
            path = target if target.startswith("xl/") else f"xl/{target}"
            if path.startswith("xl/worksheets/"):
                paths[each.get("name", "")] = path
    is_1904 = any(name == "workbookPr" and each.get("date1904") in {"1", "true"} for name, each in workbook)
    return paths, CALENDAR_MAC_1904 if is_1904 else CALENDAR_WINDOWS_1900


def _date_styles(archive: ZipFile) -> set[int]:
    """The styles of cells whose numbers are dates."""
    if "xl/styles.xml" not in archive.namelist():
        return set()
    found = _elements(archive, "xl/styles.xml")
    codes = dict(BUILTIN_FORMATS)
    codes |= {int(each["numFmtId"]): each.get("formatCode", "") for name, each in found if name == "numFmt"}
    # Date formats of East Asian Excel, which have no code of their own.
    dates = {14, 15, 16, 17, 18, 19, 20, 21, 22, *range(27, 37), 45, 46, 47, *range(50, 59)}
    dates |= {number for number, code in codes.items() if is_date_format(code)}
    styles: list[str] = []
    is_inside = False
    for name, each in found:
        if name == "cellXfs":
            is_inside = True
        elif name in {"cellStyles", "cellStyleXfs", "dxfs", "tableStyles"}:
            is_inside = False
        elif name == "xf" and is_inside:
            styles.append(each.get("numFmtId", "0"))
    return {index for index, number in enumerate(styles) if int(number) in dates}
