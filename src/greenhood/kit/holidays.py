"""Working days in China: public holidays and the weekend days worked in exchange.

The State Council publishes each year's arrangement the autumn before. `chinesecalendar` is the seed; a YAML file
named by `GREENHOOD_HOLIDAYS` adds later years or corrects a year whole:

    2027:
      holidays: [2027-01-01, 2027-01-02]
      workdays: [2027-01-10]
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from chinese_calendar import constants
from django.conf import settings
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

SATURDAY = 5


class HolidaysError(Exception):
    """The holiday file can't be used; the text says where it is wrong."""


@dataclass(frozen=True)
class Holidays:
    """Days off that are not weekends, weekend days worked, and the years these are known for."""

    off: frozenset[dt.date]
    worked: frozenset[dt.date]
    years: frozenset[int]

    def is_working_day(self, day: dt.date) -> bool:
        if day in self.worked:
            return True
        return day.weekday() < SATURDAY and day not in self.off

    def unknown_years(self, first: dt.date, last: dt.date) -> list[int]:
        return [year for year in range(first.year, last.year + 1) if year not in self.years]


def current() -> Holidays:
    return load(settings.HOLIDAYS_FILE)


@cache
def load(path: str = "") -> Holidays:
    """The seed, and the file's years in place of the seed's where a file is given."""
    off, worked = set(constants.holidays), set(constants.workdays)
    years = {day.year for day in off}
    for year, (year_off, year_worked) in (_read(Path(path)) if path else {}).items():
        years.add(year)
        off = {day for day in off if day.year != year} | year_off
        worked = {day for day in worked if day.year != year} | year_worked
    return Holidays(frozenset(off), frozenset(worked), frozenset(years))


def note(first: dt.date, last: dt.date) -> str:
    """A sentence for people where the arrangement of a year in this span isn't known; else nothing."""
    unknown = current().unknown_years(first, last)
    if not unknown:
        return ""
    years = "、".join(str(year) for year in unknown)
    return f"{years}年的节假日安排尚未录入，暂按周一至周五为工作日计算，公布后请在节假日文件中补充。"


def _read(path: Path) -> dict[int, tuple[set[dt.date], set[dt.date]]]:
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise HolidaysError(f"节假日文件 {path} 无法读取：{error}") from error
    if not isinstance(content, dict):
        raise HolidaysError(f"节假日文件 {path} 应以年份为键，例如“2027: {{holidays: [2027-01-01]}}”。")
    return {year: _read_year(path, year, value) for year, value in content.items()}


def _read_year(path: Path, year: object, value: object) -> tuple[set[dt.date], set[dt.date]]:
    if not isinstance(year, int) or not isinstance(value, dict) or set(value) - {"holidays", "workdays"}:
        raise HolidaysError(f"节假日文件 {path} 的“{year}”一段应只有 holidays 和 workdays 两个日期列表。")
    off, worked = value.get("holidays") or [], value.get("workdays") or []
    for day in [*off, *worked]:
        if type(day) is not dt.date or day.year != year:
            raise HolidaysError(f"节假日文件 {path} 的“{year}”一段中，“{day}”不是该年的日期（应写作 {year}-01-01）。")
    for day in worked:
        if day.weekday() < SATURDAY:
            raise HolidaysError(f"节假日文件 {path} 中，{day} 不是周末，不能列为调休上班日。")
    if both := set(off) & set(worked):
        raise HolidaysError(f"节假日文件 {path} 中，{min(both)} 同时列为放假和上班。")
    return set(off), set(worked)
