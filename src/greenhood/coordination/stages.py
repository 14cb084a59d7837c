"""The phases of a scheme on the calendar: which is under way, what each asks, and by which day. Pure, over a scheme."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from greenhood.schemes.format import Phase, Scheme, Task

PAST, NOW, TO_COME, UNDATED = "past", "now", "to_come", "undated"
WORDS = {PAST: "已结束", NOW: "正在进行", TO_COME: "尚未开始", UNDATED: "原文没有写起止日期"}
_DAY = re.compile(r"(20\d\d)年(?:(\d{1,2})月(?:(\d{1,2})日|底)?|底)")


@dataclass(frozen=True, slots=True)
class Asked:
    """One task of a phase; ``due`` is the day that the text or the phase's end gives, None where neither does."""

    key: str
    task: Task
    due: dt.date | None


@dataclass(frozen=True, slots=True)
class Stage:
    phase: Phase
    when: str
    tasks: tuple[Asked, ...]

    @property
    def word(self) -> str:
        return WORDS[self.when]


def of(scheme: Scheme, today: dt.date) -> tuple[Stage, ...]:
    return tuple(_stage(phase, today) for phase in scheme.phases)


def task_of(scheme: Scheme, key: str) -> tuple[Phase, Asked] | None:
    """The task with this key (explore/1) and its phase."""
    for phase in scheme.phases:
        for asked in _tasks(phase):
            if asked.key == key:
                return phase, asked
    return None


def day_in(text: str) -> dt.date | None:
    """The last day that a phrase names: 2021年9月30日前, 2021年12月底, 2021年底. None for no day, or one that doesn't exist."""
    found = _DAY.search(text)
    if found is None:
        return None
    year, month, day = (int(part) if part else 0 for part in found.groups())
    month = month or 12
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return dt.date(year, month, day or last) if day <= last else None


def _stage(phase: Phase, today: dt.date) -> Stage:
    return Stage(phase, _when(phase, today), _tasks(phase))


def _when(phase: Phase, today: dt.date) -> str:
    if phase.begins is None and phase.ends is None:
        return UNDATED
    if phase.ends is not None and phase.ends < today:
        return PAST
    return TO_COME if phase.begins is not None and phase.begins > today else NOW


def _tasks(phase: Phase) -> tuple[Asked, ...]:
    return tuple(
        Asked(f"{phase.key}/{number}", task, (day_in(task.by) if task.by else None) or phase.ends)
        for number, task in enumerate(phase.tasks, 1)
    )
