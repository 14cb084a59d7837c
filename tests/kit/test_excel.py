"""Excel files as people send them."""

import datetime as dt
from decimal import Decimal
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook, load_workbook

from greenhood.kit import excel
from greenhood.kit.excel import ExcelError, read_rows, write_rows


def sheet_of(*rows: list) -> BytesIO:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def complaints_about(file: BytesIO, **options) -> list[str]:
    with pytest.raises(ExcelError) as caught:
        read_rows(file, ["代码", "名称"], **options)
    return [str(problem) for problem in caught.value.problems]


def test_rows_come_by_heading_in_any_order_of_columns():
    file = sheet_of(
        ["名称", "代码", "备注"], [" 锦官驿社区 ", 510104020001.0, None], [None] * 3, ["水井坊社区", "510104020002"]
    )

    rows = read_rows(file, ["代码", "名称"], optional=["备注"])

    assert [(row.number, dict(row.values)) for row in rows] == [
        (2, {"名称": "锦官驿社区", "代码": 510104020001, "备注": None}),
        (4, {"名称": "水井坊社区", "代码": "510104020002", "备注": None}),
    ]
    assert str(rows[1].problem("代码", "不存在")) == "第 4 行 B 列：不存在"


def test_heading_may_stand_below_empty_rows():
    rows = read_rows(sheet_of([], [], ["代码", "名称"], [1, "甲"]), ["代码", "名称"])

    assert rows[0].number == 4


def test_formula_is_named_by_its_cell():
    file = sheet_of(["代码", "名称"], ["=1+1", "甲"], [2, '=CONCAT("甲","乙")'])

    assert [text[: text.index("：")] for text in complaints_about(file)] == ["第 2 行 A 列", "第 3 行 B 列"]


def test_error_value_is_refused():
    book = Workbook()
    book.active.append(["代码", "名称"])
    book.active.append([1, "甲"])
    book.active["B2"] = "#N/A"
    file = BytesIO()
    book.save(file)

    assert complaints_about(file) == ["第 2 行 B 列：是错误值 #N/A。"]


@pytest.mark.parametrize(
    ("headings", "complaints"),
    [
        (["代码"], ["第 1 行：缺少“名称”一列。"]),
        (["代码", "名称", "名称"], ["第 1 行 C 列：“名称”一列出现了两次。"]),
        (["代码", "名称", "电话"], ["第 1 行 C 列：不认识的列“电话”。应有的列：代码、名称。"]),
    ],
)
def test_wrong_columns_are_named(headings, complaints):
    assert complaints_about(sheet_of(headings, ["1"] * len(headings))) == complaints


@pytest.mark.parametrize("content", [b"", b"code,name\n1,2\n", b"\xd0\xcf\x11\xe0" + bytes(600), b"PK\x03\x04broken"])
def test_file_that_is_no_workbook_is_refused_with_the_way_out(content):
    assert "另存为“Excel 工作簿（.xlsx）”" in complaints_about(BytesIO(content))[0]


def test_workbook_with_a_broken_sheet_is_refused():
    whole, broken = sheet_of(["代码", "名称"], [1, "甲"]), BytesIO()
    with ZipFile(whole) as source, ZipFile(broken, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
    broken.seek(0)

    assert "不是可以读取的 .xlsx 文件" in complaints_about(broken)[0]


def test_file_that_unpacks_to_gigabytes_is_refused_unread(monkeypatch):
    monkeypatch.setattr(excel, "MOST_UNPACKED_BYTES", 2**20)
    file = sheet_of(["代码", "名称"], [1, "甲"])
    with ZipFile(file, "a", ZIP_DEFLATED) as archive:
        archive.writestr("xl/filler.bin", bytes(2**21))
    file.seek(0)

    assert "过大" in complaints_about(file)[0]


def test_empty_sheet_and_too_many_rows_are_refused():
    assert complaints_about(sheet_of()) == ["工作表是空的。"]
    assert complaints_about(sheet_of(["代码", "名称"], *([[1, "甲"]] * 4)), most=3) == [
        "第 5 行：超过 3 行，请分成几个文件。"
    ]


def test_what_is_written_is_read_back():
    file = BytesIO()
    moment = dt.datetime(2024, 5, 1, 16, 30, tzinfo=dt.UTC)

    count = write_rows(
        file, ["代码", "名称", "得分", "时间"], [(1, "甲", Decimal("85.5"), moment), (2, None, None, None)]
    )

    file.seek(0)
    rows = read_rows(file, ["代码", "名称", "得分", "时间"])
    assert count == 2
    assert rows[0].values == {"代码": 1, "名称": "甲", "得分": 85.5, "时间": dt.datetime(2024, 5, 2, 0, 30)}
    assert rows[1].values == {"代码": 2, "名称": None, "得分": None, "时间": None}


def test_text_that_looks_like_a_formula_stays_text():
    file = BytesIO()

    write_rows(file, ["名称"], [("=HYPERLINK(1)",), ("+86",), ("@甲",)])

    file.seek(0)
    cells = load_workbook(file).active["A"][1:]
    assert [(cell.value, cell.data_type) for cell in cells] == [("=HYPERLINK(1)", "s"), ("+86", "s"), ("@甲", "s")]
