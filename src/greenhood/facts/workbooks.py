"""A workbook sent in: read and judged as a whole first, then recorded once when the person says so. All of it or none.

Judging records everything and takes it back, so that what refers to something new in the same file is judged as it will be.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.facts import importing, reading, sheets
from greenhood.facts.importing import Outcome, Recording, RowProblem
from greenhood.facts.kinds import Kind, kinds
from greenhood.facts.layout import CODE, ID, Layout
from greenhood.facts.models import Import, Source
from greenhood.facts.reading import Communities, Reading
from greenhood.kit.excel import ExcelError, Problem, SheetStream, stream_rows, streaming
from greenhood.kit.uploads import clean_name

log = logging.getLogger(__name__)

MOST_FAULTS = 1000
KEPT = 200
# Read within the request; larger files are read by a worker.
AT_ONCE = 512 * 1024
IGNORED = frozenset({sheets.GUIDE, sheets.CHOICES, sheets.FAULTS})
STOPPED = "导入没有完成，什么也没有改动。请重新上传；如仍不成功，请把文件交给系统管理员。"
Progress = Callable[[int], None]


@dataclass
class Judgement:
    """What a workbook says, sheet by sheet, and everything that is wrong with it."""

    outcomes: list[Outcome] = field(default_factory=list)
    faults: list[tuple[str, Problem]] = field(default_factory=list)
    doubts: list[tuple[str, Problem]] = field(default_factory=list)
    converted: list[tuple[str, Problem]] = field(default_factory=list)
    samples: list[tuple[str, int, list[tuple[str, str, str]]]] = field(default_factory=list)
    fault_count: int = 0
    rows: int = 0

    def fault(self, title: str, problem: Problem) -> None:
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append((title, problem))

    @property
    def report(self) -> dict[str, Any]:
        return {
            "sheets": [
                {
                    "key": each.kind.key,
                    "title": each.kind.title,
                    "new": each.new,
                    "changed": each.changed,
                    "same": each.same,
                }
                for each in self.outcomes
            ],
            "fault_count": self.fault_count,
            "faults": _as_lists(self.faults),
            "doubts": _as_lists(self.doubts[:KEPT]),
            "converted": _as_lists(self.converted[:KEPT]),
            "samples": [[title, row, changes] for title, row, changes in self.samples[:KEPT]],
        }


class Refused(Exception):
    """A workbook with faults; nothing of it was recorded."""

    def __init__(self, judgement: Judgement) -> None:
        super().__init__(f"{judgement.fault_count} 处错误")
        self.judgement = judgement


class NotNow(Exception):
    """The import is in a state in which this can't be done; the text says why."""


def _as_lists(found: Iterable[tuple[str, Problem]]) -> list[list[Any]]:
    return [[title, problem.row, problem.column, problem.text] for title, problem in found]


# What people do


@transaction.atomic
def send(
    file: File[bytes], name: str, *, division: Division, dated: dt.date, source_note: str = "", by: Actor
) -> Import:
    """Keep a workbook that was sent, to be judged. Nothing is read yet."""
    check(by, Capability.RECORD, division)
    assert by.user is not None, "a workbook is sent by a person"
    assert by.post is not None, "under a post"
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    row = Import(
        division=division,
        name=clean_name(name),
        sha256=digest.hexdigest(),
        size=file.size or 0,
        dated=dated,
        source_note=source_note,
        sent_at=timezone.now(),
        sent_by=by.user,
        post=by.post,
        address=by.address,
    )
    file.seek(0)
    default_storage.save(row.path, file)
    row.save(force_insert=True)
    return row


def judge(row: Import) -> Import:
    """Read a waiting workbook and say what it would do. May be asked again after a worker died."""
    if not _moved(row, (Import.State.WAITING, Import.State.CHECKING), Import.State.CHECKING):
        return row
    try:
        with transaction.atomic():
            judgement = _take(row, writes=True, progress=partial(_tell, row))
            transaction.set_rollback(True)
    except Exception:
        _settle(row, Import.State.FAILED, {"stopped": STOPPED})
        raise
    state = Import.State.REFUSED if judgement.fault_count else Import.State.READY
    return _settle(row, state, judgement.report, rows=judgement.rows, checked_at=timezone.now())


@transaction.atomic
def release(row: Import, *, by: Actor) -> bool:
    """Say that a workbook that was found sound shall be recorded; False where that was said before."""
    check(by, Capability.RECORD, row.division)
    if row.sent_by_id != (by.user.pk if by.user else None):
        raise NotNow("这份文件由他人上传，请由上传人导入。")
    return _moved(row, (Import.State.READY,), Import.State.APPLYING)


def apply(row: Import) -> Import:
    """Record a released workbook: everything in one transaction, with one entry of history for each city."""
    if row.state != Import.State.APPLYING:
        return row
    try:
        with transaction.atomic():
            # A second worker waits here and then finds it done.
            held = Import.objects.select_for_update().get(pk=row.pk)
            if held.state != Import.State.APPLYING:
                return held
            judgement = _take(row, writes=True)
            if judgement.fault_count:
                raise Refused(judgement)
            importing.note(
                judgement.outcomes,
                _recording(row),
                {"文件": row.name, "SHA-256": row.sha256},
                title=row.name,
                id=str(row.pk),
            )
            _settle(row, Import.State.APPLIED, judgement.report, rows=judgement.rows, applied_at=timezone.now())
            transaction.on_commit(partial(default_storage.delete, row.path))
    except Refused as problem:
        # Somebody recorded something in between.
        return _settle(row, Import.State.REFUSED, problem.judgement.report, rows=problem.judgement.rows)
    except Exception:
        _settle(row, Import.State.FAILED, {"stopped": STOPPED})
        raise
    return row


def _moved(row: Import, before: Sequence[str], after: str) -> bool:
    """Compare and set: of two who move it, one does."""
    if Import.objects.filter(pk=row.pk, state__in=before).update(state=after):
        row.state = after
        return True
    row.refresh_from_db(fields=["state", "report"])
    return False


def _settle(row: Import, state: str, report: dict[str, Any], **values: Any) -> Import:
    values |= {"state": state, "report": report}
    Import.objects.filter(pk=row.pk).update(**values)
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _tell(row: Import, rows: int) -> None:
    """How far the reading is. It is kept outside of the transaction that is taken back, or it would be seen by nobody."""
    log.info("import %s: %s rows", row.pk, rows)


# Reading and recording


def _recording(row: Import) -> Recording:
    by = Actor(row.sent_by, row.post, row.address)
    return Recording(row.dated, Source.IMPORTED, row.source_note or row.name, by, row.division)


def _take(row: Import, *, writes: bool, progress: Progress | None = None) -> Judgement:
    with default_storage.open(row.path) as file:
        return take(file, _recording(row), writes=writes, progress=progress)


def take(file: IO[bytes], recording: Recording, *, writes: bool = True, progress: Progress | None = None) -> Judgement:
    """Read every sheet and record its rows, in the caller's transaction; faults are collected, not raised."""
    judgement = Judgement()
    communities = Communities(recording.within)
    try:
        with streaming(file) as book:
            for kind in _asked(book.titles, judgement):
                _take_sheet(book, kind, communities, recording, judgement, writes)
                if progress:
                    progress(judgement.rows)
    except ExcelError as error:
        for problem in error.problems:
            judgement.fault("", problem)
    if not judgement.rows and not judgement.fault_count:
        judgement.fault("", Problem("文件里没有填写任何数据。请在标题行下面逐条填写后再上传。"))
    return judgement


def _asked(titles: Sequence[str], judgement: Judgement) -> list[Kind]:
    """The kinds whose sheets are there, in the order in which they refer to each other; a strange sheet is a fault."""
    by_title = {Layout(kind).title: kind for kind in kinds()}
    for title in titles:
        if title not in by_title and title not in IGNORED:
            judgement.fault(
                title,
                Problem(f"不认识工作表“{title[:31]}”。工作表名称应与下载的表一致，例如“小区”“绿地”，请改名或删去。"),
            )
    if not any(title in by_title for title in titles) and not judgement.fault_count:
        judgement.fault("", Problem("文件里没有可以导入的工作表。请使用从本页下载的表。"))
    return [kind for title, kind in by_title.items() if title in titles]


def _take_sheet(
    book: Any, kind: Kind, communities: Communities, recording: Recording, judgement: Judgement, writes: bool
) -> None:
    title = Layout(kind).title
    try:
        plan = Layout(kind)
        stream = stream_rows(book, title, plan.needed, optional=plan.optional)
    except ExcelError as error:
        for problem in error.problems:
            judgement.fault(title, _explained(kind, problem))
        return
    read = Reading()
    pieces = reading.pieces(kind, stream, communities, read)
    # The form's own sheets may be left empty; a sheet with faults is read to its end for the sake of naming them all.
    outcome = importing.take(
        kind, pieces, recording, writes=writes and not judgement.fault_count, refuses=lambda: read.count > 0
    )
    judgement.rows += read.rows
    for problem in read.problems:
        judgement.fault(title, problem)
    judgement.fault_count += read.count - len(read.problems)
    for one in outcome.problems:
        judgement.fault(title, _at(kind, stream, one))
    judgement.doubts += [(title, one) for one in read.doubts] + [
        (title, _at(kind, stream, one)) for one in outcome.doubts
    ]
    judgement.converted += [(title, one) for one in read.converted]
    judgement.samples += [(title, number, changes) for number, _, changes in outcome.samples]
    if read.rows:
        judgement.outcomes.append(outcome)


def _explained(kind: Kind, problem: Problem) -> Problem:
    """A heading in another unit is the likeliest of strange headings."""
    for column in kind.columns:
        if column.unit and f"“{column.title}（" in problem.text and "不认识" in problem.text:
            text = f"这一列的单位应为{column.unit}，标题是“{column.heading}”。请换算后改标题，或在数字后写单位（如“5亩”）。"
            return Problem(text, problem.row, problem.column)
    return problem


def _at(kind: Kind, stream: SheetStream, one: RowProblem) -> Problem:
    headings = {column.name: column.heading for column in kind.columns} | {"community_id": CODE, "thing": ID}
    return Problem(one.text, one.row, stream.letters.get(headings.get(one.column, ""), ""))


def marked(row: Import, file: IO[bytes]) -> None:
    """Write the sent workbook with its faulty cells marked."""
    faults = [(title, Problem(text, number, column)) for title, number, column, text in row.report.get("faults", [])]
    with default_storage.open(row.path) as sent:
        sheets.mark(sent, file, faults)
