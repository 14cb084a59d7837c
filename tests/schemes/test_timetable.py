"""What falls due in a year besides the reports of the shipped schemes."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from greenhood.schemes import loading, timetable
from greenhood.schemes.format import Scheme
from tests.schemes.files import HIGHER, edited, write


def test_the_day_by_which_a_standard_is_revised_stands_in_the_calendar(tmp_path: Path) -> None:
    text = edited(HIGHER, ("scoring: checklist", "scoring: checklist\n    review_due: 2027-06-30"))
    scheme: Scheme = loading.load(write(tmp_path, higher=text).with_name("upper.yaml")).scheme

    revisions = [(due.day, due.title) for due in timetable.in_year(scheme, 2027) if due.kind == "revision"]

    assert revisions == [(dt.date(2027, 6, 30), "修订“上级标准”")]
    assert not any(due.kind == "revision" for due in timetable.in_year(scheme, 2026))
