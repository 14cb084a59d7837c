"""What becomes of the answers when a self-assessment takes a newer version of its scheme. Plain values, no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from greenhood.assessments import answers, computed
from greenhood.assessments.answers import Fields
from greenhood.assessments.models import Answer
from greenhood.schemes import rules
from greenhood.schemes.format import Criterion, Standard

T = TypeVar("T")
What = Literal["new", "dropped", "changed", "same"]


@dataclass(frozen=True, slots=True)
class Item:
    """One item in both versions: what differs, and what of its answer has to be filled in again."""

    no: int
    title: str
    what: What
    differences: tuple[tuple[str, str, str], ...] = ()
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Items that differ, differences of the whole standard as (what, before, after), and the answers as carried over."""

    items: list[Item]
    whole: list[tuple[str, str, str]]
    carried: dict[int, Fields] = field(default_factory=dict)

    @property
    def again(self) -> list[Item]:
        return [item for item in self.items if item.again]


def plan(old: Standard, new: Standard, rows: Mapping[int, Answer]) -> Plan:
    before, after = _lines(old), _lines(new)
    items: list[Item] = []
    carried: dict[int, Fields] = {}
    for no in sorted(before.keys() | after.keys()):
        if no not in before:
            items.append(Item(no, after[no].title, "new"))
        elif no not in after:
            items.append(Item(no, before[no].title, "dropped"))
        else:
            differences = tuple(_differences(before[no], after[no]))
            given = answers.fields_of(rows.get(no))
            kept, again = _carry(new, before[no], after[no], given)
            if differences or again:
                items.append(Item(no, after[no].title, "changed", differences, tuple(again)))
            if no in rows and not answers.is_same(given, kept):
                carried[no] = kept
    return Plan(items, list(_whole(old, new)), carried)


def computed_alike(old: Standard, new: Standard) -> frozenset[computed.Key]:
    """The checks that stand at the same place in both, in the same words, and rest on the same indicator."""
    before = dict(computed.of_standard(old))
    return frozenset(
        key
        for key, check in computed.of_standard(new)
        if (same := before.get(key)) and (same.text, same.indicator) == (check.text, check.indicator)
    )


def _lines(standard: Standard) -> dict[int, Criterion]:
    return {line.no: line for part in standard.parts for line in part.criteria}


def _differences(old: Criterion, new: Criterion) -> list[tuple[str, str, str]]:
    pairs = [
        ("标准项", old.title, new.title),
        ("分值", _number(old.points), _number(new.points)),
        ("要求", "\n".join(check.text for check in old.checks), "\n".join(check.text for check in new.checks)),
        ("指标", _thresholds(old), _thresholds(new)),
        ("可否不适用", "可" if old.may_not_apply else "否", "可" if new.may_not_apply else "否"),
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _whole(old: Standard, new: Standard) -> list[tuple[str, str, str]]:
    pairs = [
        ("名称", old.title, new.title),
        ("满分", _number(old.maximum), _number(new.maximum)),
        *(
            (f"“{level.title}”的分数线", _number(_mark(old, level.key)), _number(_mark(new, level.key)))
            for level in new.levels
        ),
    ]
    return [pair for pair in pairs if pair[1] != pair[2]]


def _mark(standard: Standard, key: str) -> object:
    level = next((level for level in standard.levels if level.key == key), None)
    return None if level is None else level.at_least if level.at_least is not None else level.above


def _number(value: object) -> str:
    return "—" if value is None else f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"


def _thresholds(line: Criterion) -> str:
    return "；".join(answers.in_words(check.threshold) for check in line.checks if check.threshold)


def _carry(standard: Standard, old: Criterion, new: Criterion, given: Fields) -> tuple[Fields, list[str]]:
    """The answer as it holds for the new item: a tick stays with the words that it was given for."""
    again: list[str] = []
    ticks = {check.text: position for position, check in enumerate(old.checks)}
    checks = tuple(_at(given.checks, ticks.get(check.text)) for check in new.checks)
    values = tuple(_at(given.values, ticks.get(check.text)) for check in new.checks)
    if any(tick is not None for tick in given.checks) and None in checks:
        again.append("新增或改动的要求需要重新勾选")
    kept = answers.trimmed(standard, new, replace(given, checks=checks, values=values))
    if rules.method(standard, new) is not rules.method(standard, old) and not answers.is_blank(given):
        again.append("计分方式有变化")
    if answers.counted_rules(old) != answers.counted_rules(new) and any(given.counts):
        kept = replace(kept, counts=tuple(None for _ in kept.counts))
        again.append("次数")
    for name, problem in answers.problems(standard, new, kept).items():
        kept, title = _without(kept, name)
        again.append(f"{title}（{problem}）")
    return kept, again


def _at(values: tuple[T, ...], position: int | None) -> T | None:
    return values[position] if position is not None and position < len(values) else None


def _without(given: Fields, name: str) -> tuple[Fields, str]:
    """The answer without the field that the new version no longer takes."""
    if name in {"applies", "reason"}:
        return replace(given, applies=True, reason=""), answers.TITLES["applies"]
    if name.startswith("value-"):
        number = int(name.removeprefix("value-")) - 1
        values = tuple(None if at == number else figure for at, figure in enumerate(given.values))
        return replace(given, values=values), answers.TITLES["values"]
    empty = Fields()
    return replace(given, **{name: getattr(empty, name)}), answers.TITLES.get(name, name)
