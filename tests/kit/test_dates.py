"""Deadlines: days in Shanghai, and working days as the State Council arranged them."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenhood.kit import dates, holidays
from greenhood.kit.holidays import HolidaysError

D = dt.date
KNOWN_DAYS = st.dates(D(2015, 1, 1), D(2024, 6, 30))


@pytest.fixture
def holidays_file(tmp_path, settings):
    path = tmp_path / "holidays.yaml"

    def write(text: str) -> Path:
        path.write_text(text, encoding="utf-8")
        settings.HOLIDAYS_FILE = str(path)
        holidays.load.cache_clear()
        return path

    yield write
    holidays.load.cache_clear()


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2024-05-01T15:59:59+00:00", D(2024, 5, 1)),
        ("2024-05-01T16:00:00+00:00", D(2024, 5, 2)),
    ],
)
def test_day_changes_at_midnight_in_shanghai(moment, day):
    assert dates.today_in_shanghai(dt.datetime.fromisoformat(moment)) == day


def test_deadline_lasts_to_the_end_of_its_day():
    last_moment = dates.end_of_day(D(2024, 5, 1)) - dt.timedelta(microseconds=1)

    assert dates.has_passed(D(2024, 5, 1), last_moment) is False
    assert dates.has_passed(D(2024, 5, 1), dates.end_of_day(D(2024, 5, 1))) is True


@pytest.mark.parametrize(
    ("first", "count", "last", "why"),
    [
        (D(2024, 5, 6), 5, D(2024, 5, 11), "Saturday 11 May was worked for the May holiday"),
        (
            D(2024, 9, 27),
            7,
            D(2024, 10, 12),
            "the National Day week is off; Sunday 29 September and Saturday 12 October are worked",
        ),
        (D(2024, 5, 31), 1, D(2024, 6, 3), "a plain weekend"),
        (D(2024, 6, 7), 1, D(2024, 6, 11), "the Dragon Boat holiday on Monday"),
        (D(2024, 5, 1), 0, D(2024, 5, 1), "nothing to add"),
    ],
)
def test_working_days_follow_the_official_arrangement(first, count, last, why):
    assert dates.add_working_days(first, count) == last, why


def test_calendar_days_count_holidays_too():
    assert dates.add_calendar_days(D(2024, 9, 30), 7) == D(2024, 10, 7)


@given(KNOWN_DAYS, st.integers(1, 120))
def test_working_days_added_are_the_working_days_between(first, count):
    last = dates.add_working_days(first, count)

    assert dates.working_days_between(first + dates.ONE_DAY, last) == count
    assert holidays.current().is_working_day(last)


def test_year_without_an_arrangement_counts_weekdays_and_says_so():
    far = max(holidays.load().years) + 2
    first = D(far, 3, 1)

    last = dates.add_working_days(first, 10)

    assert dates.working_days_between(first + dates.ONE_DAY, last) == 10
    assert all(
        holidays.current().is_working_day(first + dt.timedelta(days=day))
        == ((first + dt.timedelta(days=day)).weekday() < 5)
        for day in range(60)
    )
    assert f"{far}年的节假日安排尚未录入" in holidays.note(first, last)
    assert holidays.note(D(2024, 1, 1), D(2024, 12, 31)) == ""


def test_file_replaces_a_year_whole(holidays_file):
    holidays_file("2024:\n  holidays: [2024-03-04]\n  workdays: [2024-03-09]\n")

    calendar = holidays.current()

    assert calendar.is_working_day(D(2024, 3, 4)) is False
    assert calendar.is_working_day(D(2024, 3, 9)) is True
    assert calendar.is_working_day(D(2024, 10, 1)) is True, "the seed's holidays of that year no longer hold"
    assert calendar.is_working_day(D(2023, 10, 2)) is False, "other years stay"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("- 2027-01-01\n", "以年份为键"),
        ("2027: {free: [2027-01-01]}\n", "holidays 和 workdays"),
        ("2027: {holidays: [2026-01-01]}\n", "2026-01-01"),
        ("2027: {holidays: [1月1日]}\n", "1月1日"),
        ("2027: {workdays: [2027-01-04]}\n", "2027-01-04 不是周末"),
        ("2027: {holidays: [2027-01-02], workdays: [2027-01-02]}\n", "同时列为放假和上班"),
        ("2027: {holidays: [\n", "无法读取"),
    ],
)
def test_wrong_file_is_refused_with_its_place(holidays_file, text, complaint):
    path = holidays_file(text)

    with pytest.raises(HolidaysError) as caught:
        holidays.current()

    assert complaint in str(caught.value)
    assert str(path) in str(caught.value)


def test_missing_file_is_named(settings, tmp_path):
    settings.HOLIDAYS_FILE = str(tmp_path / "none.yaml")

    with pytest.raises(HolidaysError, match=r"none\.yaml"):
        holidays.current()
