"""Scores in words: why a line has its points, and what a level still needs."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from greenhood.schemes import rules
from greenhood.schemes.arithmetic import POINT, plain_decimal, point_units, points_of
from greenhood.schemes.format import Band, Criterion, Deduct, How, Kind, Level, Standard, Threshold

if TYPE_CHECKING:
    from greenhood.schemes.engine import Gap
    from greenhood.schemes.wide import Answer

COMPARISONS = {"at_least": "不低于", "above": "大于", "at_most": "不超过", "below": "小于"}


def of_line(standard: Standard, criterion: Criterion, line: rules.Line, state: str, answer: Answer) -> str:
    """One sentence on one line."""
    if state == "not_applicable":
        return _not_applicable(standard, criterion)
    if state == "vetoed":
        return _vetoed(criterion, answer)
    if state == "unanswered":
        return _unanswered(standard, criterion, line, answer)
    if criterion.kind is Kind.VETO:
        return "未触及一票否决"
    if criterion.kind is Kind.DEDUCTION:
        return f"从总分中扣 {number(points_of(line.taken))} 分" if line.taken else "没有扣分"
    return _scored(standard, criterion, line, answer)


def of_gap(standard: Standard, level: Level, whole: rules.Sum, unmet: list[tuple[str, Any]], gap: type[Gap]) -> Gap:
    """What one level still needs, as ``engine.Gap``."""
    short = _points_short(standard, level, whole)
    needs = [_need(standard, kind, subject, whole, short) for kind, subject in unmet if kind != "line"]
    lines = [subject for kind, subject in unmet if kind == "line"]
    if lines:
        needs.append(_lines_needed(lines))
    return gap(level.key, level.title, points_of(short), tuple(dict.fromkeys(needs)))


def number(value: Decimal) -> str:
    """A figure as people write it: 3.3, not 3.3000."""
    return f"{plain_decimal(Decimal(value)):f}"


def percent(share: Decimal) -> str:
    return f"{number(share * 100)}%"


def threshold(mark: Threshold, value: Decimal | None = None) -> str:
    """``不低于 25%``; what must not be there at all is ``为 0 处``."""
    unit = mark.unit if mark.unit == "%" else f" {mark.unit}"
    asked = mark.value if value is None else value
    words = "为" if mark.compare == "at_most" and asked == 0 else COMPARISONS[mark.compare]
    return f"{words} {number(asked)}{unit}"


def _not_applicable(standard: Standard, criterion: Criterion) -> str:
    match criterion.not_applicable:
        case "full":
            return "不涉及，按满分计" if standard.scoring == "points" else "不涉及，视为满足"
        case "zero":
            return "不涉及，按零分计" if standard.scoring == "points" else "不涉及，视为不满足"
        case _:
            return "不涉及，不计入总分" if standard.scoring == "points" else "不涉及，不计入要求"


def _vetoed(criterion: Criterion, answer: Answer) -> str:
    when = criterion.veto_when
    if when is not None and answer.value is not None:
        unit = criterion.value_unit or when.unit
        return f"数值为 {number(answer.value)} {unit}，{threshold(when)}，一票否决"
    return "要求未满足，一票否决"


def _unanswered(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    if criterion.checks and line.count and criterion.kind is not Kind.VETO:
        given = f"，暂得 {number(points_of(line.points))} 分" if standard.scoring == "points" and line.points else ""
        return f"{len(criterion.checks)} 项要求已满足 {line.count} 项{given}，还有要求没有填写"
    return "还没有填写"


def _scored(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    if standard.scoring == "checklist" or (criterion.kind is Kind.MET and not line.possible):
        return _met_or_not(standard, criterion, line)
    return WORDS[rules.method(standard, criterion)](standard, criterion, line, answer)


def _met_or_not(standard: Standard, criterion: Criterion, line: rules.Line) -> str:
    asked = len(criterion.checks)
    if asked < 2:
        return "已满足" if line.holds else "未满足"
    needed = f"（需满足 {criterion.needed} 项）" if criterion.needed else ""
    return f"{asked} 项要求已满足 {line.count} 项{needed}，{'达标' if line.holds else '未达标'}"


def _points(line: rules.Line) -> str:
    return f"得 {number(points_of(line.points))} 分"


def _all(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    asked = len(criterion.checks)
    if asked < 2:
        return f"{'已满足' if line.holds else '未满足'}，{_points(line)}"
    rule = "" if line.holds else "，全部满足才得分"
    return f"{asked} 项要求已满足 {line.count} 项{rule}，{_points(line)}"


def _share(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    if len(criterion.checks) < 2 or line.holds:
        return _all(standard, criterion, line, answer)
    return f"{len(criterion.checks)} 项要求已满足 {line.count} 项，按比例{_points(line)}"


def _each(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    return f"{len(criterion.checks)} 项要求已满足 {line.count} 项，按各项分值{_points(line)}"


def _at_least(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    return f"{len(criterion.checks)} 项要求已满足 {line.count} 项（需满足 {criterion.needed} 项），{_points(line)}"


def _claimed(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    full = f"（满分 {number(points_of(line.possible))} 分）" if criterion.points is not None else ""
    over = answer.claimed is not None and criterion.points is not None and answer.claimed > criterion.points
    capped = "，超出部分不计" if over else ""
    return f"评分人给 {number(points_of(line.points))} 分{full}{capped}"


def _count(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    counted = answer.counts[0] if answer.counts else 0
    most = f"，最多 {number(criterion.points)} 分" if criterion.points is not None else ""
    return f"{counted} 次，每次 {number(criterion.points_each or Decimal(0))} 分{most}，{_points(line)}"


def _bands(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    if answer.value is None:
        return _points(line)
    unit = f" {criterion.value_unit}" if criterion.value_unit else ""
    band = next((band for band in criterion.bands if in_band(band, answer.value)), None)
    where = f"落在{band_words(band)}一档" if band else "不在任何一档内"
    return f"数值为 {number(answer.value)}{unit}，{where}，{_points(line)}"


def _grades(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    title = next((grade.title for grade in criterion.grades if grade.key == answer.grade), "")
    return f"等次为“{title}”，{_points(line)}"


def _deduct(standard: Standard, criterion: Criterion, line: rules.Line, answer: Answer) -> str:
    lost = line.possible - line.points
    if lost <= 0:
        return f"没有扣分，{_points(line)}"
    floor = "（扣完为止）" if line.points == 0 else ""
    return f"满分 {number(points_of(line.possible))} 分，扣 {number(points_of(lost))} 分{floor}，{_points(line)}"


def in_band(band: Band, value: Decimal) -> bool:
    return (band.lower is None or value >= band.lower) and (band.upper is None or value < band.upper)


def band_words(band: Band) -> str:
    """``60（含）至 80``."""
    if band.lower is None and band.upper is None:
        return "任意数值"
    if band.upper is None:
        return f"{number(band.lower)} 及以上" if band.lower is not None else ""
    return f"{number(band.upper)} 以下" if band.lower is None else f"{number(band.lower)}（含）至 {number(band.upper)}"


def deduct_words(rule: Deduct) -> str:
    """A deduction rule as a person reads it."""
    points = number(rule.points)
    cap = f"，最多扣 {number(rule.cap)} 分" if rule.cap is not None else ""
    match rule.per:
        case "fixed":
            return f"{rule.text}，扣 {points} 分{cap}"
        case "instance":
            return f"{rule.text}，每次扣 {points} 分{cap}"
        case "missing":
            return f"{rule.text}，每缺一项扣 {points} 分{cap}"
        case "step":
            side = "高于" if rule.over else "低于"
            return f"{rule.text}，每{side}目标 {number(rule.target or Decimal(0))} 达 {number(rule.step or Decimal(1))} 扣 {points} 分{cap}"
        case _:
            return f"{rule.text}，酌情扣至多 {points} 分{cap}"


def _points_short(standard: Standard, level: Level, whole: rules.Sum) -> int:
    """How many units the total is below what a level asks; past a strict mark by the smallest step of the rounding."""
    short = 0
    if level.at_least is not None:
        short = max(short, point_units(level.at_least) - whole.total)
    if level.above is not None and whole.total <= (mark := point_units(level.above)):
        short = max(short, mark - whole.total + POINT // 10**standard.rounding.places)
    return short


def _need(standard: Standard, kind: str, subject: Any, whole: rules.Sum, short: int) -> str:
    titles = {part.key: part.title for part in standard.parts}
    match kind:
        case "total" if standard.scoring == "checklist":
            return f"还要满足 {number(points_of(short))} 项"
        case "total":
            return f"总分还差 {number(points_of(short))} 分，现为 {number(points_of(whole.total))} 分"
        case "veto":
            vetoed = [str(no) for no, line in whole.lines.items() if line.vetoed]
            return f"第 {'、'.join(vetoed)} 项一票否决" if vetoed else "有一票否决"
        case "part-share":
            key, share = subject
            points, possible = whole.parts[key]
            now = f"{number((Decimal(points) * 100 / possible).quantize(Decimal('0.1')))}%" if possible else "0%"
            return f"“{titles[key]}”要达到该部分分值的 {percent(share)}，现为 {now}"
        case _:
            key, least = subject
            return f"“{titles[key]}”要达到 {number(least)} 分，现为 {number(points_of(whole.parts[key][0]))} 分"


def _lines_needed(lines: list[int]) -> str:
    shown = "、".join(map(str, sorted(set(lines))))
    return f"第 {shown} 项要全部满足" if len(set(lines)) > 1 else f"第 {shown} 项要满足"


WORDS: dict[How, Callable[[Standard, Criterion, rules.Line, Any], str]] = {
    How.CLAIMED: _claimed,
    How.ALL: _all,
    How.SHARE: _share,
    How.EACH: _each,
    How.AT_LEAST: _at_least,
    How.BANDS: _bands,
    How.GRADES: _grades,
    How.DEDUCT: _deduct,
    How.COUNT: _count,
}
