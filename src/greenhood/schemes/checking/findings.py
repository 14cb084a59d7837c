"""What a check says, and the small questions that several checks ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from greenhood.schemes.format import AdminLevel
from greenhood.schemes.problems import Position

DEPTH = {level: depth for depth, level in enumerate(AdminLevel)}
LEVEL_TITLES = {
    AdminLevel.NATION: "国家",
    AdminLevel.PROVINCE: "省级",
    AdminLevel.CITY: "市级",
    AdminLevel.COUNTY: "县级",
    AdminLevel.STREET: "街道",
    AdminLevel.COMMUNITY: "社区",
}
Finding = tuple[Position, str, str] | tuple[Position, str, str, str]
Findings = Iterator[Finding]


def repeated(position: Position, keys: Sequence[str], name: str) -> Findings:
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key in seen:
            yield (*position, index, name), f"“{key}”重复", "换一个没有用过的"
        seen.add(key)


def keys_of(entries: Iterable[Any]) -> set[str]:
    return {entry.key for entry in entries}


def short(text: str) -> str:
    return text if len(text) <= 24 else text[:24] + "…"


def real_day(position: Position, month: int, day: int, name: str) -> Findings:
    """The day must exist in every year, so 29 February does not."""
    try:
        date(2001, month, day)
    except ValueError:
        yield (
            (*position, name),
            f"没有 {month} 月 {day} 日这一天（或不是每年都有）",
            "“月底前”写该月最后一天，2 月写 28",
        )
