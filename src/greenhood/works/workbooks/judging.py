"""A filled workbook judged as a whole: every sheet read, every error told at its cell, nothing written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.facts.sheets import CHOICES, FAULTS, GUIDE
from greenhood.kit.excel import ExcelError, Problem, stream_rows, streaming
from greenhood.works.workbooks import money, projects
from greenhood.works.workbooks.known import known_of
from greenhood.works.workbooks.layout import ARRIVALS, FORM_OF, MOST_ROWS, PAYMENTS, PROJECTS, SOURCES, Form
from greenhood.works.workbooks.rows import Cells, Judged


def judge(file: IO[bytes], division: Division, *, by: Actor, holds: bool = False) -> Judged:
    """Read a workbook and say what it would do. Nothing is written; ``holds`` locks the projects that it names until the transaction ends."""
    judged = Judged()
    raw: dict[str, list[Cells]] = {}
    try:
        with streaming(file) as book:
            for title in _asked(book.titles, judged):
                raw[title] = _read(book, FORM_OF[title], judged)
    except ExcelError as error:
        for problem in error.problems:
            judged.fault("", problem)
    rows = sum(map(len, raw.values()))
    if rows > MOST_ROWS:
        judged.fault("", Problem(f"共 {rows} 行，超过 {MOST_ROWS} 行，请分成几个文件。"))
        return judged
    if not rows and not judged.fault_count:
        judged.fault("", Problem("文件里没有填写任何数据。请在标题行下面逐条填写后再上传。"))
    known = judged.known = known_of(raw, division, by, holds=holds)
    for row in raw.get(PROJECTS, []):
        projects.take(row, known, judged)
    named = money.Named(judged, known)
    for row in raw.get(SOURCES, []):
        money.take_source(row, named, known, judged)
    for title, kind in ((ARRIVALS, "arrival"), (PAYMENTS, "payment")):
        for row in raw.get(title, []):
            money.take_line(row, kind, named, known, judged)
    money.check_sums(judged, known)
    return judged


def _asked(titles: Sequence[str], judged: Judged) -> list[str]:
    for title in titles:
        if title not in FORM_OF and title not in {GUIDE, CHOICES, FAULTS}:
            # It may well be one of those that are missing, under a wrong name.
            judged.unread |= {(missing, "") for missing in FORM_OF if missing not in titles}
            judged.fault(
                title, Problem(f"不认识工作表“{title[:31]}”。工作表应为：{'、'.join(FORM_OF)}，请改名或删去。")
            )
    found = [title for title in FORM_OF if title in titles]
    if not found and not judged.fault_count:
        judged.fault("", Problem("文件里没有可以导入的工作表。请使用从本页下载的表。"))
    return found


def _read(book: Any, form: Form, judged: Judged) -> list[Cells]:
    try:
        stream = stream_rows(book, form.title, form.needed, optional=form.optional)
    except ExcelError as error:
        for problem in error.problems:
            judged.fault(form.title, problem)
        judged.unread.add((form.title, ""))
        return []
    rows = []
    for number, values in stream.rows():
        rows.append(Cells(judged, stream, number, values))
        if len(rows) > MOST_ROWS:
            break
    for problem in stream.problems:
        judged.fault(form.title, problem)
    return rows
