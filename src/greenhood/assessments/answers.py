"""One community's answer to one item: its fields, which of them an item asks for, and what is not possible in them."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from greenhood.assessments.models import Answer
from greenhood.schemes import engine, rules
from greenhood.schemes.format import Check, Criterion, How, Kind, Standard, Threshold

MOST_COUNT = 10_000
COMPARISONS = {
    "at_least": ("不低于", operator.ge),
    "above": ("大于", operator.gt),
    "at_most": ("不超过", operator.le),
    "below": ("小于", operator.lt),
}
LARGEST_VALUE = Decimal("9999999999")
LARGEST_POINTS = Decimal(99_999)
LONGEST_NOTE = 2000
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Fields:
    """What a person can fill in for one item. ``checks`` and ``counts`` follow the order of the standard.

    ``claimed`` and ``value`` are plain numbers in the item's own unit; None, or an empty text, is not filled in.
    """

    applies: bool = True
    reason: str = ""
    met: bool | None = None
    checks: tuple[bool | None, ...] = ()
    claimed: Decimal | None = None
    value: Decimal | None = None
    values: tuple[Decimal | None, ...] = ()
    counts: tuple[int | None, ...] = ()
    grade: str = ""
    note: str = ""


TITLES = {
    "applies": "是否适用",
    "reason": "不适用的理由",
    "met": "满足情况",
    "checks": "各项要求",
    "claimed": "自评得分",
    "value": "数值",
    "values": "各项要求的数值",
    "counts": "次数",
    "grade": "等次",
    "note": "说明",
}


def asked(standard: Standard, line: Criterion) -> frozenset[str]:
    """The fields that an item asks for. Numbered checks are ticked off even where the points are claimed as a whole."""
    return rules.inputs(standard, line) | ({"checks"} if line.checks else frozenset())


def counted_rules(line: Criterion) -> list[tuple[int, str, str]]:
    """What is to be counted, as (position from 1, kind, text): ``fixed`` is a yes or no, ``instance`` a number."""
    if line.deducts:
        return [
            (number, rule.per, rule.text)
            for number, rule in enumerate(line.deducts, 1)
            if rule.per in {"fixed", "instance"}
        ]
    return [(1, "instance", line.title)]


def most_points(standard: Standard, line: Criterion) -> Decimal | None:
    """The most that may be claimed; None where the scheme sets no limit."""
    if line.kind is Kind.DEDUCTION or rules.method(standard, line) is How.DEDUCT:
        ranges = [rule.cap or rule.points for rule in line.deducts if rule.per == "range"]
        return sum(ranges, Decimal(0)) if ranges else line.points
    return line.points


def fields_of(answer: Answer | None) -> Fields:
    """What is stored; nothing filled in where there is no answer yet."""
    if answer is None:
        return Fields()
    return Fields(
        applies=answer.applies,
        reason=answer.reason,
        met=answer.met,
        checks=tuple(answer.checks),
        claimed=answer.claimed,
        value=answer.value,
        values=tuple(None if figure is None else Decimal(figure) for figure in answer.values),
        counts=tuple(answer.counts),
        grade=answer.grade,
        note=answer.note,
    )


def for_engine(given: Fields) -> engine.Answer:
    return engine.Answer(
        applies=given.applies,
        met=given.met,
        checks=given.checks,
        claimed=given.claimed,
        value=given.value,
        counts=given.counts,
        grade=given.grade or None,
        values=given.values,
    )


def trimmed(standard: Standard, line: Criterion, given: Fields) -> Fields:
    """The answer without what the item doesn't ask for, the lists as long as the standard's own."""
    wanted = asked(standard, line)
    counted = max((number for number, _, _ in counted_rules(line)), default=0) if "counts" in wanted else 0
    return replace(
        given,
        reason=given.reason.strip() if not given.applies else "",
        met=given.met if "met" in wanted else None,
        checks=_as_long(given.checks, len(line.checks)),
        claimed=given.claimed if "claimed" in wanted else None,
        value=given.value if "value" in wanted else None,
        values=_figures(line, given.values),
        counts=_as_long(given.counts, counted),
        grade=given.grade if "grade" in wanted else "",
        note=given.note.strip().replace("\r\n", "\n"),
    )


def _figures(line: Criterion, given: tuple[Decimal | None, ...]) -> tuple[Decimal | None, ...]:
    if not any(check.threshold for check in line.checks):
        return ()
    long = _as_long(given, len(line.checks))
    return tuple(figure if check.threshold else None for figure, check in zip(long, line.checks, strict=True))


def _as_long(values: tuple[Any, ...], length: int) -> tuple[Any, ...]:
    return (*values[:length], *[None] * (length - len(values)))


def is_same(one: Fields, other: Fields) -> bool:
    return not changes(one, other)


def is_blank(given: Fields) -> bool:
    return is_same(Fields(), given)


def changes(before: Fields, after: Fields) -> dict[str, list[Any]]:
    """The fields that differ, as ``{field: [before, after]}`` in plain values."""
    found = {}
    for field in fields(before):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if isinstance(old, tuple) or isinstance(new, tuple):
            differs = _without_tail(old) != _without_tail(new)
        else:
            differs = old != new
        if differs:
            found[field.name] = [_plain(old), _plain(new)]
    return found


def _without_tail(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """Trailing blanks say nothing: an old list may be shorter than the standard's."""
    while values and values[-1] is None:
        values = values[:-1]
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def problems(standard: Standard, line: Criterion, given: Fields) -> dict[str, str]:
    """What can't be so, a sentence per field; empty when all is well. An answer may be unfinished."""
    found = dict(_problems(standard, line, given))
    return found


def _problems(standard: Standard, line: Criterion, given: Fields) -> Iterator[tuple[str, str]]:
    places = standard.rounding.places
    if not given.applies and not line.may_not_apply:
        yield "applies", "方案没有规定本项可以不适用，请按实际情况填写。"
    elif not given.applies and not given.reason:
        yield "reason", "选了“不适用”，请写明理由，例如“辖区内没有纳入年度改造任务的小区”。"
    if len(given.reason) > LONGEST_REASON:
        yield "reason", f"理由最多 {LONGEST_REASON} 字，现在有 {len(given.reason)} 字，请精简。"
    if given.claimed is not None and (wrong := points_problem(given.claimed, most_points(standard, line), places)):
        yield "claimed", wrong
    yield from _figure_problems(line, given)
    if given.value is not None and abs(given.value) > LARGEST_VALUE:
        yield "value", f"数值太大（{given.value}），请核对单位{f'（{line.value_unit}）' if line.value_unit else ''}。"
    for number, count in enumerate(given.counts, 1):
        if count is not None and not 0 <= count <= MOST_COUNT:
            yield f"count-{number}", f"次数应为 0 到 {MOST_COUNT} 的整数，您填的是 {count}。"
    if given.grade and given.grade not in {grade.key for grade in line.grades}:
        yield "grade", "没有这个等次，请从列出的等次中选择。"
    if len(given.note) > LONGEST_NOTE:
        yield "note", f"说明最多 {LONGEST_NOTE} 字，现在有 {len(given.note)} 字，请精简或改为上传文件。"


def _figure_problems(line: Criterion, given: Fields) -> Iterator[tuple[str, str]]:
    """A figure and the tick beside it must say the same, where the threshold doesn't depend on the place."""
    for number, (check, figure) in enumerate(zip(line.checks, given.values, strict=False), 1):
        if figure is None or check.threshold is None:
            continue
        if abs(figure) > LARGEST_VALUE:
            yield f"value-{number}", f"数值太大（{figure}），请核对单位（{check.threshold.unit}）。"
        elif check.threshold.unit in {"%", "％"} and not 0 <= figure <= 1000:
            yield f"value-{number}", f"百分比应在 0 到 1000 之间，一般不超过 100，您填的是 {figure.normalize():f}。"
        elif _contradicts(check, given.checks[number - 1], figure):
            says = "满足" if given.checks[number - 1] else "不满足"
            yield (
                f"value-{number}",
                f"选了“{says}”，与数值 {figure.normalize():f} 不符（要求{in_words(check.threshold)}）。请核对后改其中一处。",
            )


def _contradicts(check: Check, flag: bool | None, figure: Decimal) -> bool:
    """Whether a tick says otherwise than the figure. Where the figure says only a part, the rest may still be wanting."""
    if flag is None or check.threshold is None or check.threshold.cases:
        return False
    is_met = holds(check.threshold, figure)
    return flag is not is_met and not (check.besides and is_met)


def holds(threshold: Threshold, figure: Decimal) -> bool:
    return COMPARISONS[threshold.compare][1](figure, threshold.value)


def in_words(threshold: Threshold) -> str:
    """``大于80%``: the threshold as the policies say it."""
    return f"{COMPARISONS[threshold.compare][0]}{threshold.value.normalize():f}{threshold.unit}"


def points_problem(points: Decimal, most: Decimal | None, places: int) -> str:
    """Why so many points can't be given; empty when they can."""
    shown = f"{points.normalize():f}"
    if points < 0:
        return f"得分不能小于 0，您填的是 {shown}。"
    if most is not None and points > most:
        return f"本项最高 {most.normalize():f} 分，您填的是 {shown}。"
    if points > LARGEST_POINTS:
        return f"得分太大：{shown}。"
    if -int(points.normalize().as_tuple().exponent) > places:
        return f"得分最多 {places} 位小数，您填的是 {shown}。"
    return ""
