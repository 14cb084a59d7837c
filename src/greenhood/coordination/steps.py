"""The steps that a post may take on a page, each a small form; what was typed stays where a step is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from greenhood.coordination.errors import Refused

NO_DAY = "没有这一天，或格式不对。请写成 2026-11-20；2 月 31 日这样的日子不能填。"


@dataclass(frozen=True, slots=True)
class Asked:
    """One field: ``kind`` is text, area, day or choice."""

    name: str
    label: str
    kind: str = "text"
    is_needed: bool = True
    most: int = 300
    help: str = ""
    choices: Sequence[tuple[str, str]] = ()
    value: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """``is_main`` steps stand open, the others unfold. ``note`` says what the step does where that isn't plain.

    What can't be undone is asked first: ``asks`` is the question.
    """

    key: str
    title: str
    verb: str
    url: str
    revision: int
    fields: Sequence[Asked] = ()
    note: str = ""
    is_main: bool = False
    is_dangerous: bool = False
    is_open: bool = False
    problems: Sequence[str] = ()
    id: str = field(default="")
    asks: str = ""


def refused(
    found: Mapping[UUID, Sequence[Step]],
    which: tuple[UUID, str] | None,
    typed: Mapping[str, str] | None,
    problem: Refused | None,
) -> dict[UUID, Sequence[Step]]:
    """The steps by what they are about; of the one that was refused, with what was typed and why."""
    shown = dict(found)
    if problem is not None and which is not None and which[0] in shown:
        shown[which[0]] = tried(shown[which[0]], which[1], typed or {}, problem)
    return shown


def tried(steps: Sequence[Step], key: str, typed: Mapping[str, str], problem: Refused) -> list[Step]:
    """The steps with what was typed in the refused one, and the reasons at their fields."""
    return [_with(step, typed, problem) if step.key == key else step for step in steps]


def _with(step: Step, typed: Mapping[str, str], problem: Refused) -> Step:
    fields = [
        replace(each, value=typed.get(each.name, ""), problem=problem.problems.get(each.name, ""))
        for each in step.fields
    ]
    known = {each.name for each in fields}
    general = [text for name, text in problem.problems.items() if name not in known]
    return replace(step, fields=fields, problems=general, is_open=True)


@dataclass(frozen=True, slots=True)
class Typed:
    """What was sent with a step."""

    values: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def revision(self) -> int:
        return self.number("revision")

    def number(self, name: str) -> int:
        text = self[name]
        return int(text) if text.isdecimal() and len(text) < 10 else 0

    def day(self, name: str, label: str) -> dt.date:
        """Raises Refused for no day and for one that doesn't exist."""
        if not self[name].strip():
            raise Refused({name: f"请填写{label}。"})
        return self.day_or_none(name) or dt.date.min

    def day_or_none(self, name: str) -> dt.date | None:
        text = self[name].strip()
        try:
            return dt.date.fromisoformat(text) if text else None
        except ValueError:
            raise Refused({name: NO_DAY}) from None
