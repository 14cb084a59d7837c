"""Worksheets read from their XML as it streams by."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import Workbook

from greenhood.kit import excel
from greenhood.kit.excel import ExcelError, stream_rows, streaming
from greenhood.kit.sheet_xml import FORMULA, Book, ErrorValue

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def book_of(sheet: str, strings: str = "") -> BytesIO:
    """A workbook of hand-written XML, as other programs may write it."""
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook {MAIN} {RELATIONS}><sheets><sheet name="表" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="x"><Relationship Id="r1" Target="/xl/worksheets/a.xml"/></Relationships>',
        )
        archive.writestr("xl/worksheets/a.xml", sheet)
        if strings:
            archive.writestr("xl/sharedStrings.xml", strings)
    file.seek(0)
    return file


def rows_of(file: BytesIO) -> list[tuple[int, list[Any]]]:
    with Book(file) as book:
        return list(book.sheet(book.titles[0]).rows())


def test_openpyxl_and_this_read_the_same() -> None:
    book = Workbook()
    written = [
        ["文字", 1, 2.5, True, dt.datetime(2026, 5, 1), None, "末"],
        [None, -3, 1e-7, False, dt.datetime(2026, 5, 1, 8, 30), None, None],
    ]
    for row in written:
        book.active.append(row)  # type: ignore[union-attr]
    file = BytesIO()
    book.save(file)
    file.seek(0)

    found = rows_of(file)

    assert [number for number, _ in found] == [1, 2]
    assert [cells + [None] * (7 - len(cells)) for _, cells in found] == written


def test_prefixed_names_runs_of_text_and_cells_without_place_are_read() -> None:
    strings = "<sst><si><r><t>绿</t></r><r><t>地</t></r><rPh><t>lü</t></rPh></si></sst>"
    sheet = (
        '<x:worksheet xmlns:x="m"><x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c>'
        '<x:c t="inlineStr"><x:is><x:r><x:t>游</x:t></x:r><x:r><x:t>园</x:t></x:r></x:is></x:c>'
        '<x:c t="e"><x:v>#REF!</x:v></x:c><x:c><x:f>A1</x:f><x:v>7</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )

    assert rows_of(book_of(sheet, strings)) == [(1, ["绿地", "游园", ErrorValue("#REF!"), FORMULA])]


def test_merged_cells_are_known_after_the_rows() -> None:
    sheet = f'<worksheet {MAIN}><sheetData/><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>'
    with Book(book_of(sheet)) as book:
        one = book.sheet("表")
        assert list(one.rows()) == []
        assert one.merged == ["A1:B2"]


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet><sheetData><row>",
        "no xml",
        '<!DOCTYPE w [<!ENTITY a "b">]><w/>',
        '<worksheet><sheetData><row><c t="s"><v>9</v></c></row></sheetData></worksheet>',
        '<worksheet><sheetData><row><c r="ZZZZ1"><v>9</v></c></row></sheetData></worksheet>',
    ],
)
def test_what_is_no_sheet_is_refused_as_no_excel(sheet: str) -> None:
    with pytest.raises(ExcelError) as caught, streaming(book_of(sheet)) as book:
        list(stream_rows(book, "表", ["列"]).rows())

    assert str(caught.value.problems[0]) in {excel.NOT_EXCEL, "工作表是空的。"}
