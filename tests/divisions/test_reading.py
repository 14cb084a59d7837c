"""Lists are read row by row, and every mistake is told with file, line and reason."""

from __future__ import annotations

import lzma
from pathlib import Path

import polars as pl
import pytest
from openpyxl import Workbook

from greenhood.divisions import reading
from tests.divisions.conftest import LIST

SHORT = "310000000000,,上海市\n310100000000,,市辖区\n310118000000,,青浦区\n"


def read(tmp_path: Path, content: str | bytes, name: str = "名单.csv") -> reading.Reading:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return reading.read(path)


def problems(tmp_path: Path, content: str) -> list[str]:
    return [str(problem) for problem in read(tmp_path, content).problems]


def test_the_bureaus_columns_are_read_with_levels_by_their_zeros(tmp_path: Path) -> None:
    found = read(tmp_path, LIST)

    assert found.problems == []
    assert found.units.height == 16
    assert found.units.filter(pl.col("level") >= 4).head(2).rows() == [
        (310118001000, 4, "夏阳街道", None),
        (310118001001, 5, "青安社区居委会", 111),
    ]


@pytest.mark.parametrize(
    "content",
    [
        LIST.encode("gb18030"),
        LIST.encode("utf-8-sig"),
        LIST.encode("utf-16"),
        LIST.replace("\n", "\r\n").encode(),
        LIST.replace(",", "\t").encode(),
        LIST.replace(",", "，").encode(),
        ("\n" + LIST.replace("\n", "\n\n")).encode(),
        LIST.partition("\n")[2].encode(),
        LIST.replace("统计用区划代码,城乡分类代码,名称", "区划代码,城乡分类,名称").encode(),
        "\n".join(f'"{line}"'.replace(",", '","') for line in LIST.splitlines()).encode(),
        "\n".join(
            ",".join([row.split(",")[0], row.split(",")[2], row.split(",")[1]]) for row in LIST.splitlines()
        ).encode(),
    ],
    ids=[
        "gb18030",
        "utf-8-bom",
        "utf-16",
        "crlf",
        "tab",
        "full-width-comma",
        "blank-lines",
        "no-heading",
        "other-heading",
        "quoted",
        "other-order",
    ],
)
def test_layouts_and_encodings_that_exports_have_give_the_same_list(tmp_path: Path, content: bytes) -> None:
    found = read(tmp_path, content)

    assert found.problems == []
    assert found.units.equals(read(tmp_path, LIST).units)


def test_a_compressed_list_and_a_workbook_give_the_same_list(tmp_path: Path) -> None:
    book = Workbook()
    for line in LIST.splitlines():
        book.active.append(line.split(","))
    book.save(tmp_path / "名单.xlsx")

    assert reading.read(tmp_path / "名单.xlsx").units.equals(read(tmp_path, LIST).units)
    assert read(tmp_path, lzma.compress(LIST.encode()), "名单.csv.xz").units.equals(read(tmp_path, LIST).units)


def test_the_packages_short_codes_are_filled_up_and_its_repeated_rows_left_out(tmp_path: Path) -> None:
    for name, rows in {
        "provinces.csv": 'code,name\n44,"广东省"\n',
        "cities.csv": 'code,name,provinceCode\n4419,"东莞市",44\n',
        "areas.csv": 'code,name,cityCode,provinceCode\n441900,"东莞市",4419,44\n',
        "streets.csv": 'code,name,areaCode,provinceCode,cityCode\n441900003,"东城街道",441900,44,4419\n',
        "villages.csv": 'code,name,streetCode,provinceCode,cityCode,areaCode\n441900003001,"岗贝社区",441900003,44,4419,441900\n',
    }.items():
        (tmp_path / name).write_text(rows, encoding="utf-8")

    found = reading.read(tmp_path)

    assert (found.problems, found.placeholders) == ([], 1)
    assert found.units.select("code", "level").rows() == [
        (440000000000, 1),
        (441900000000, 2),
        (441900003000, 4),
        (441900003001, 5),
    ]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("31011810,,赵巷镇", "代码“31011810”是8位，应为12位。"),
        ("310118,,赵巷镇", "代码“310118”是6位，应为12位。"),
        ("31011810500O,,赵巷镇", "代码“31011810500O”含有数字以外的字符。"),
        ("3.10118E+11,,赵巷镇", "代码“3.10118E+11”被表格软件改成了科学计数法。请把该列设为文本格式，重新导出。"),
        (",111,赵巷镇", "缺少代码。"),
        ("310118105000,,", "代码310118105000没有名称。"),
        ("310118105000,,　 ", "代码310118105000没有名称。"),
        ("310118105000,,赵�镇", "名称“赵�镇”含有不应出现的字符，可能是编码不对或一行里多了内容。"),
        ("310118105000,130,赵巷镇", "城乡分类代码“130”不存在。应为111、112、121、122、123、210、220之一，或留空。"),
        ("310118105000,,赵巷镇,多出来的", "有4列，应为3列。"),
        ("310118105000", "有1列，应为3列。"),
        ("310118000000,,青浦区", "代码310118000000重复，已在名单.csv第3行出现。"),
        ("310118105001,,赵巷居委会", "“赵巷居委会”（310118105001）的上级310118105000不在名单里，也不在系统里。"),
        ("320000000001,,没有省", "“没有省”（320000000001）的上级320000000000不在名单里，也不在系统里。"),
        (f"310118105000,,{'赵' * 101}", "名称有101个字，最多100个字。"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_reason(tmp_path: Path, row: str, problem: str) -> None:
    assert problems(tmp_path, f"{SHORT}\n{row}\n") == [f"名单.csv 第5行：{problem}"]


def test_all_bad_rows_are_told_in_the_order_of_their_lines(tmp_path: Path) -> None:
    told = problems(tmp_path, f"{SHORT}1,,甲\n310118000000,,乙\nx,,丙\n")

    assert [text.partition("：")[0] for text in told] == ["名单.csv 第4行", "名单.csv 第5行", "名单.csv 第6行"]


def test_spaces_around_and_within_names_and_codes_are_taken_out(tmp_path: Path) -> None:
    found = read(tmp_path, "310000000000\t\t 上海　市 \n310100000000 ,, 市辖区".replace(" ,, ", "\t\t"))

    assert found.units["name"].to_list() == ["上海市", "市辖区"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "名单.csv：文件是空的。"),
        (b"\n , ,\n", "名单.csv：文件是空的。"),
        ("统计用区划代码,城乡分类代码,名称\n".encode(), "名单.csv：没有一行数据。"),
        (
            "编号,名字\n310000000000,上海市".encode(),
            "名单.csv 第1行：表头“编号、名字”里没有“统计用区划代码”“名称”。应有：统计用区划代码、城乡分类代码（可无）、名称。",
        ),
        (
            "310000000000,1,2,上海市".encode(),
            "名单.csv 第1行：没有表头，也看不出各列是什么。请加表头：统计用区划代码,城乡分类代码,名称。",
        ),
        (
            "统计用区划代码".encode(),
            "名单.csv 第1行：第一行没有分隔符。应为逗号或制表符分隔的“统计用区划代码、城乡分类代码、名称”。",
        ),
        (
            "310000000000,,上海市\n".encode() + b"310100000000,,\xff\xff",
            "名单.csv 第2行：编码既不是 UTF-8，也不是 GB 18030。请另存为 UTF-8 编码的 CSV 文件。",
        ),
    ],
)
def test_a_file_that_is_no_list_says_why(tmp_path: Path, content: bytes, reason: str) -> None:
    assert [str(problem) for problem in read(tmp_path, content).problems] == [reason]


def test_a_broken_archive_a_missing_file_and_an_empty_folder_say_so(tmp_path: Path) -> None:
    (tmp_path / "空").mkdir()

    assert [str(each) for each in read(tmp_path, b"no", "a.csv.xz").problems] == [
        "a.csv.xz：压缩文件已损坏，无法解开。"
    ]
    with pytest.raises(reading.Unreadable, match="没有这个文件或文件夹。"):
        reading.read(tmp_path / "无.csv")
    with pytest.raises(reading.Unreadable, match="文件夹里没有"):
        reading.read(tmp_path / "空")


def test_a_parent_may_be_in_the_system_instead_of_the_list(tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    path.write_text("310118105001,,赵巷居委会\n", encoding="utf-8")

    assert reading.read(path, pl.Series([310118105000])).problems == []
