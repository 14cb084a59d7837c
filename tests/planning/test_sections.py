"""Whatever is typed into a plan's form is kept or refused at its field; nothing that is typed breaks a page."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from greenhood.planning import drafting, sections
from greenhood.planning.sections import Row, Section, problems_of, section_fields
from greenhood.schemes.format import AdminLevel
from greenhood.schemes.loading import load
from tests.cast import Cast
from tests.declarations import stage
from tests.planning.planned import DUTY, ENTRY_POINT, GOAL, HEAD, MEASURE, PROJECT, TASK

HIGHER = load(stage.FOLDER / "sichuan-2020.yaml").scheme
WITH_ROWS = [section for section in sections.SECTIONS if section.fields]
# What people and spreadsheets really send, and what trips readers of numbers and days.
TYPED = (
    "", "十月", "25日", "2", "02", "31", "100", "-1", "0", "60%", "1.5", "1e3", "1e99999999", "-1e99999999", "NaN", "Infinity", "²",
    "１２", "٣", "2026", "9" * 100, "9" * 5000, "2026-02-31", "2026-12-31", "0000-01-01", "９９９９-12-31", "annual", "monthly",
    "quarterly", "once", "share", "count", "reached", "pilots", "street", "report", "\x00", "a\x00b", "、", "甲、乙",
)  # fmt: skip


GOOD: dict[str, Row] = {
    "head": HEAD,
    "entry_points": ENTRY_POINT,
    "goals": GOAL,
    "phases": {"title": "启动", "begins": "2026-01-01", "ends": "2026-06-30", "text": "动员部署"},
    "yearly": TASK,
    "projects": PROJECT,
    "measures": MEASURE,
    "duties": DUTY,
    "calendar": {
        "key": "", "title": "年度总结", "kind": "report", "reporter": "street", "frequency": "annual", "month": "10", "day": "25",
        "on": "", "asks": "工作进展",
    },
}  # fmt: skip


def rows_for(section: Section) -> st.SearchStrategy[Row]:
    """A row that can be kept, with other text in some of its fields."""
    choices = {
        one.name: [value for value, _ in one.choices] for one in section_fields(section, HIGHER, AdminLevel.COUNTY)
    }
    others = {name: st.sampled_from([*options, *TYPED]) | st.text(max_size=12) for name, options in choices.items()}
    changed = st.fixed_dictionaries({}, optional=others)
    return st.builds(lambda some: {**dict.fromkeys(choices, ""), **GOOD[section.key], **some}, changed)


def refused(section: Section, row: Row) -> dict[str, str]:
    return problems_of(section, [row], section_fields(section, HIGHER, AdminLevel.COUNTY), HIGHER)


@pytest.mark.parametrize("section", WITH_ROWS, ids=lambda section: section.key)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_any_text_in_any_section_is_kept_or_refused_with_a_sentence(section: Section, data: st.DataObject) -> None:
    row = data.draw(rows_for(section))

    problems = refused(section, row)

    assert all(name.startswith(f"{section.key}-0-") and sentence for name, sentence in problems.items())


@pytest.mark.django_db
@given(data=st.data())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_kept_as_a_draft_becomes_a_scheme_or_problems(cast: Cast, higher: Any, data: st.DataObject) -> None:
    content: dict[str, Any] = {}
    for section in WITH_ROWS:
        row = data.draw(rows_for(section))
        if not refused(section, row):
            content[section.key] = row if section.is_single else [row]

    drafting.built(content, division=cast.county, scheme_id="wuhou-2026", higher=higher, based_on=None)


@pytest.fixture
def higher(cast: Cast) -> Any:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


@pytest.mark.parametrize(
    ("frequency", "month", "of_month", "field"),
    [
        ("annual", "十月", "25", "month"), ("annual", "10", "25日", "day"), ("monthly", "", "二十五", "day"),
        ("quarterly", "", "十天", "day"), ("annual", "2", "30", "day"), ("monthly", "", "31", "day"),
    ],
)  # fmt: skip
def test_a_day_in_words_is_refused_at_its_field(frequency: str, month: str, of_month: str, field: str) -> None:
    row = {**GOOD["calendar"], "frequency": frequency, "month": month, "day": of_month}

    assert set(refused(sections.CALENDAR, row)) == {f"calendar-0-{field}"}


@pytest.mark.parametrize("text", ["1e99999999", "-1e99999999", "1e-99999999", "NaN", "sNaN", "Infinity"])
def test_an_absurd_figure_is_no_figure(text: str) -> None:
    assert sections.number(text) is None
