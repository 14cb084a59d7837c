"""The scoring rules: what each line of a standard gives, and how lines become parts, a total and a level.

Everything here is written once against ``arithmetic.Operations`` and so means the same for one community and for all.

- A line gives between zero and its points. ``Line.holds`` says that what it asks is fully met, ``Line.known`` that
  everything it asks has been answered.
- A line that does not apply leaves the denominator (the total is then scaled back to the maximum, unless the standard
  says otherwise), counts as full, or counts as zero: the standard says which.
- Part points are the sum of their lines, without bonus and deductions; floors look at these.
- The total is the weighted sum of the parts, plus the bonus (up to its cap), less deductions that belong to no line. It
  is never below zero, and above the maximum only where the standard says so.
- A checklist is the same arithmetic with one point a line, all or nothing, never scaled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from greenhood.schemes.arithmetic import POINT, Operations, day_number, point_units, value_units
from greenhood.schemes.format import Criterion, Deduct, How, Kind, Level, Scheme, Standard, Threshold, Where

SHARE = 10_000
"""Units of a share: floors per part have four decimals at most."""

WITH_CHECKS = {How.ALL, How.SHARE, How.EACH, How.AT_LEAST}


@dataclass(slots=True)
class Line:
    """One line as evaluated: points, most possible, what it takes off, and the flags (see the module)."""

    points: Any = 0
    possible: Any = 0
    taken: Any = 0
    holds: Any = True
    known: Any = True
    applies: Any = True
    vetoed: Any = False
    count: Any = 0


@dataclass(slots=True)
class Sum:
    """The whole as evaluated. ``reached`` follows the order of the standard's levels."""

    lines: dict[int, Line] = field(default_factory=dict)
    parts: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    total: Any = 0
    maximum: Any = 0
    vetoed: Any = False
    reached: list[Any] = field(default_factory=list)


def method(standard: Standard, criterion: Criterion) -> How:
    """How the answers to a line become points: as written, else by what is written, else by the standard."""
    if standard.scoring == "checklist":
        return How.AT_LEAST if criterion.needed is not None else How.ALL
    return criterion.how or _implied(criterion) or _by_standard(standard, criterion)


def inputs(standard: Standard, criterion: Criterion) -> frozenset[str]:
    """Which fields of an ``Answer`` a line asks for: met, checks, claimed, value, counts, grade, applies."""
    asked: set[str] = {"applies"} if criterion.may_not_apply else set()
    if needs_value(standard, criterion):
        asked.add("value")
    if criterion.kind is Kind.VETO:
        return frozenset(asked if criterion.veto_when and not criterion.checks else asked | {checks_or_met(criterion)})
    how = method(standard, criterion)
    if how in WITH_CHECKS or _has_missing_rule(criterion, how):
        asked.add(checks_or_met(criterion))
    asked |= {How.CLAIMED: {"claimed"}, How.GRADES: {"grade"}, How.COUNT: {"counts"}}.get(how, set())
    if how is How.DEDUCT:
        asked |= {"counts"} if any(rule.per in ("fixed", "instance") for rule in criterion.deducts) else set()
        asked |= {"claimed"} if any(rule.per == "range" for rule in criterion.deducts) else set()
    return frozenset(asked)


def checks_or_met(criterion: Criterion) -> str:
    """A line with numbered checks is answered check by check, one without by a single met or not met."""
    return "checks" if criterion.checks else "met"


def needs_value(standard: Standard, criterion: Criterion) -> bool:
    """Whether a line is judged by a measured value of its own (a check's value is the check's)."""
    if criterion.veto_when is not None:
        return True
    if criterion.kind is Kind.VETO:
        return False
    how = method(standard, criterion)
    return how is How.BANDS or (how is How.DEDUCT and any(rule.per == "step" for rule in criterion.deducts))


def full_points(standard: Standard, criterion: Criterion) -> int:
    """The most a line can give, in units; 0 for a gate."""
    if standard.scoring == "checklist":
        return POINT if criterion.kind is not Kind.VETO else 0
    return point_units(criterion.points or 0)


def counts_towards_parts(criterion: Criterion) -> bool:
    return criterion.kind in (Kind.MET, Kind.POINTS)


def maximum_units(standard: Standard) -> int:
    """The most the whole can give without bonus, in units."""
    if standard.scoring == "points" and standard.maximum is not None:
        return point_units(standard.maximum)
    scale = weight_scale(standard)
    return sum(int(part.weight * scale) * part_full(standard, part.key) for part in standard.parts) // scale


def weight_scale(standard: Standard) -> int:
    """The power of ten that makes every weight a whole number; kept small so that products fit in 64 bits."""
    exponents = (part.weight.normalize().as_tuple().exponent for part in standard.parts)
    return 10 ** max((-exponent for exponent in exponents if isinstance(exponent, int) and exponent < 0), default=0)


def effort_weight(scheme: Scheme, criterion: Criterion) -> Decimal:
    """How much work it is to catch up on a criterion, beside the scheme's others (``format.Efforts``)."""
    return scheme.efforts.weight(criterion.effort)


def code_range(code: int) -> tuple[int, int]:
    """The 12-digit codes within a division: its code is the tree (2+2+2+3+3 digits). 0 is the whole nation."""
    if code == 0:
        return 0, 10**12
    size = next(size for size in (10**10, 10**8, 10**6, 10**3, 1) if code % size == 0)
    return code, code + size


def evaluate(standard: Standard, ops: Operations) -> Sum:
    """Score a standard: the one definition behind ``Compiled.score`` and ``Compiled.score_many``."""
    whole = Sum()
    for part in standard.parts:
        for criterion in part.criteria:
            whole.lines[criterion.no] = _kept(standard, criterion, _line(standard, criterion, ops), ops)
    ops.settle()
    for part in standard.parts:
        whole.parts[part.key] = _part(part.key, [(line, whole.lines[line.no]) for line in part.criteria], ops)
    whole.vetoed = ops.keep("vetoed", ops.some([line.vetoed for line in whole.lines.values()]))
    ops.settle()
    _add_total(standard, whole, ops)
    ops.settle()
    whole.reached = [
        ops.keep(f"~level_{level.key}", _reaches(standard, level, whole, ops)) for level in standard.levels
    ]
    ops.settle()
    return whole


def _kept(standard: Standard, criterion: Criterion, line: Line, ops: Operations) -> Line:
    no = criterion.no
    kept = Line(line.points, line.possible, line.taken, line.holds, line.known, line.applies, line.vetoed, line.count)
    for name in ("points", "taken", "possible"):
        if not isinstance(getattr(line, name), int):
            setattr(kept, name, ops.keep(f"~{name}_{no}", getattr(line, name)))
    for name in ("holds", "known", "applies", "vetoed"):
        if not isinstance(getattr(line, name), bool):
            setattr(kept, name, ops.keep(f"~{name}_{no}", getattr(line, name)))
    return kept


def _line(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    if criterion.kind is Kind.VETO:
        line = _veto_line(criterion, ops)
    elif criterion.kind is Kind.DEDUCTION:
        line = _deduction_line(standard, criterion, ops)
    else:
        line = SCORERS[method(standard, criterion)](standard, criterion, ops)
        line.possible = full_points(standard, criterion)
        if standard.scoring == "checklist":
            line.points = ops.pick(line.holds, POINT, 0)
    if criterion.veto_when is not None and criterion.kind is not Kind.VETO:
        value = ops.number(f"c{criterion.no}_value")
        line.vetoed = _value_vetoes(criterion, value, ops)
        line.known = ops.every([line.known, ops.known(value)])
        line.holds = ops.every([line.holds, ops.known(value), ops.no(line.vetoed)])
    return _where_it_applies(criterion, line, ops)


def _where_it_applies(criterion: Criterion, line: Line, ops: Operations) -> Line:
    if not criterion.may_not_apply:
        return line
    applies = line.applies = ops.or_else(ops.flag(f"c{criterion.no}_applies"), True)
    away = ops.no(applies)
    full = line.possible
    instead = full if criterion.not_applicable == "full" else 0
    line.points = ops.pick(applies, line.points, instead)
    line.taken = ops.pick(applies, line.taken, 0)
    line.possible = ops.pick(applies, full, 0) if criterion.not_applicable == "leave_out" else full
    kept_out = [line.holds, away] if criterion.not_applicable != "zero" else None
    line.holds = ops.some(kept_out) if kept_out else ops.every([line.holds, applies])
    line.known = ops.some([line.known, away])
    line.vetoed = ops.every([line.vetoed, applies])
    return line


# --- lines by their method -------------------------------------------------------------------------------------------


def _flags(criterion: Criterion, ops: Operations) -> list[Any]:
    if not criterion.checks:
        return [ops.flag(f"c{criterion.no}_met")]
    return [_check(criterion, index, ops) for index in range(len(criterion.checks))]


def _check(criterion: Criterion, index: int, ops: Operations) -> Any:
    flag = ops.flag(check_column(criterion.no, index))
    threshold = criterion.checks[index].threshold
    if threshold is None:
        return flag
    value = ops.number(check_value_column(criterion.no, index))
    holds = ops.compare(threshold.compare, value, _mark(threshold, ops))
    if criterion.checks[index].besides:
        # The figure is necessary: below it nothing else helps, above it a person says whether the rest is so.
        return ops.pick(ops.or_else(holds, True), flag, False)
    return ops.first(flag, holds)


def check_column(no: int, index: int) -> str:
    return f"c{no}_{index + 1}"


def check_value_column(no: int, index: int) -> str:
    return f"c{no}_{index + 1}_value"


def _all(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    flags = _flags(criterion, ops)
    count = ops.count(flags)
    holds = count >= len(flags)
    return Line(
        points=ops.pick(holds, full_points(standard, criterion), 0),
        holds=holds,
        known=ops.every([ops.known(flag) for flag in flags]),
        count=count,
    )


def _share(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    line = _all(standard, criterion, ops)
    asked, full = max(len(criterion.checks), 1), full_points(standard, criterion)
    line.points = ops.least(_rounded(standard, line.count * full, asked, ops), full)
    return line


def _each(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    line = _all(standard, criterion, ops)
    flags = _flags(criterion, ops)
    earned = ops.total(
        [
            ops.pick(ops.or_else(flag, False), point_units(check.points or 0), 0)
            for flag, check in zip(flags, criterion.checks, strict=True)
        ]
    )
    line.points = ops.least(_rounded(standard, earned, 1, ops), full_points(standard, criterion))
    return line


def _at_least(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    line = _all(standard, criterion, ops)
    line.holds = line.count >= (criterion.needed or len(criterion.checks) or 1)
    line.points = ops.pick(line.holds, full_points(standard, criterion), 0)
    line.known = ops.some([line.known, line.holds])
    return line


def _claimed(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    claimed = ops.number(f"c{criterion.no}_claimed")
    points = _rounded(standard, ops.most(ops.or_else(claimed, 0), 0), 1, ops)
    return _up_to_full(standard, criterion, points, ops.known(claimed), ops)


def _count(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    counted = ops.number(f"c{criterion.no}_count1")
    points = ops.most(ops.or_else(counted, 0), 0) * point_units(criterion.points_each or 0)
    return _up_to_full(standard, criterion, _rounded(standard, points, 1, ops), ops.known(counted), ops)


def _bands(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    value = ops.number(f"c{criterion.no}_value")
    points: Any = 0
    for band in criterion.bands:
        lower = -(10**18) if band.lower is None else value_units(band.lower)
        upper = 10**18 + 1 if band.upper is None else value_units(band.upper)
        points = ops.pick(ops.between(value, lower, upper), point_units(band.points), points)
    return _up_to_full(standard, criterion, points, ops.known(value), ops)


def _grades(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    chosen = ops.number(f"c{criterion.no}_grade")
    points: Any = 0
    for index, grade in enumerate(criterion.grades):
        points = ops.pick(ops.between(chosen, index, index + 1), point_units(grade.points), points)
    return _up_to_full(standard, criterion, points, ops.known(chosen), ops)


def _deduct(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    full = full_points(standard, criterion)
    taken, known = _taken(standard, criterion, ops)
    points = ops.pick(known, ops.most(ops.total([full, _negative(taken)]), 0), 0)
    return Line(points=points, holds=ops.every([known, points >= full]), known=known)


def _negative(amount: Any) -> Any:
    return -amount


def _up_to_full(standard: Standard, criterion: Criterion, points: Any, known: Any, ops: Operations) -> Line:
    full = full_points(standard, criterion)
    if criterion.points is not None:
        points = ops.least(points, full)
    return Line(points=points, holds=ops.every([known, points >= full]), known=known)


def _veto_line(criterion: Criterion, ops: Operations) -> Line:
    """A line without points whose failure decides everything: a check not met, or the figure of ``veto_when``."""
    vetoes: list[Any] = []
    known: list[Any] = []
    if criterion.veto_when is not None:
        value = ops.number(f"c{criterion.no}_value")
        vetoes.append(_value_vetoes(criterion, value, ops))
        known.append(ops.known(value))
    if criterion.checks or criterion.veto_when is None:
        flags = _flags(criterion, ops)
        vetoes += [ops.no(ops.or_else(flag, True)) for flag in flags]
        known += [ops.known(flag) for flag in flags]
    vetoed, answered = ops.some(vetoes), ops.every(known)
    return Line(vetoed=vetoed, known=ops.some([answered, vetoed]), holds=ops.every([answered, ops.no(vetoed)]))


def _value_vetoes(criterion: Criterion, value: Any, ops: Operations) -> Any:
    assert criterion.veto_when is not None
    when = criterion.veto_when
    return ops.or_else(ops.compare(when.compare, value, _mark(when, ops)), False)


# --- deductions ------------------------------------------------------------------------------------------------------


def _deduction_line(standard: Standard, criterion: Criterion, ops: Operations) -> Line:
    """A deduction that belongs to no line: it comes off the total, up to ``points`` where the line gives them."""
    taken, known = _taken(standard, criterion, ops)
    if criterion.points is not None:
        taken = ops.least(taken, point_units(criterion.points))
    return Line(taken=taken, known=known, holds=ops.every([known, taken <= 0]))


def _taken(standard: Standard, criterion: Criterion, ops: Operations) -> tuple[Any, Any]:
    """What the deduction rules of a line take, each up to its cap, and whether all they ask is known."""
    rules = criterion.deducts or [Deduct(per="range", text=criterion.title, points=criterion.points or Decimal(0))]
    taken, known = [], []
    for index, rule in enumerate(rules):
        amount, answered = DEDUCTIONS[rule.per](standard, criterion, index, rule, ops)
        taken.append(amount if rule.cap is None else ops.least(amount, point_units(rule.cap)))
        known.append(answered)
    return ops.total(taken), ops.every(known)


def _fixed(standard: Standard, criterion: Criterion, index: int, rule: Deduct, ops: Operations) -> tuple[Any, Any]:
    counted = ops.number(f"c{criterion.no}_count{index + 1}")
    return ops.pick(ops.or_else(counted, 0) > 0, point_units(rule.points), 0), ops.known(counted)


def _instance(standard: Standard, criterion: Criterion, index: int, rule: Deduct, ops: Operations) -> tuple[Any, Any]:
    counted = ops.number(f"c{criterion.no}_count{index + 1}")
    return ops.most(ops.or_else(counted, 0), 0) * point_units(rule.points), ops.known(counted)


def _missing(standard: Standard, criterion: Criterion, index: int, rule: Deduct, ops: Operations) -> tuple[Any, Any]:
    flags = _flags(criterion, ops)
    failed = ops.count([ops.no(ops.or_else(flag, True)) for flag in flags])
    return failed * point_units(rule.points), ops.every([ops.known(flag) for flag in flags])


def _step(standard: Standard, criterion: Criterion, index: int, rule: Deduct, ops: Operations) -> tuple[Any, Any]:
    value = ops.number(f"c{criterion.no}_value")
    target, step = value_units(rule.target or 0), value_units(rule.step or 1)
    reached = ops.or_else(value, target)
    short = ops.most(reached - target if rule.over else ops.total([target, _negative(reached)]), 0)
    # Beyond this many steps no line has points left; the bound keeps columns of 64 bits from overflowing.
    steps = ops.least(ops.divide(short, step, "down" if rule.steps == "whole" else "up"), 10**9)
    return steps * point_units(rule.points), ops.known(value)


def _range(standard: Standard, criterion: Criterion, index: int, rule: Deduct, ops: Operations) -> tuple[Any, Any]:
    claimed = ops.number(f"c{criterion.no}_claimed")
    taken = _rounded(standard, ops.most(ops.or_else(claimed, 0), 0), 1, ops)
    return ops.least(taken, point_units(rule.points)), ops.known(claimed)


# --- parts, total, levels --------------------------------------------------------------------------------------------


def _part(key: str, lines: list[tuple[Criterion, Line]], ops: Operations) -> tuple[Any, Any]:
    counted = [line for criterion, line in lines if counts_towards_parts(criterion)]
    possible = ops.total([line.possible for line in counted])
    if not isinstance(possible, int):
        possible = ops.keep(f"part_{key}_possible", possible)
    return ops.keep(f"part_{key}", ops.total([line.points for line in counted])), possible


def _add_total(standard: Standard, whole: Sum, ops: Operations) -> None:
    full = maximum_units(standard)
    scaled = standard.scoring == "points" and standard.scale_when_left_out
    scale = weight_scale(standard)
    weights = {part.key: int(part.weight * scale) for part in standard.parts}
    earned = ops.total([points * weights[key] for key, (points, _) in whole.parts.items()])
    possible = ops.total([most * weights[key] for key, (_, most) in whole.parts.items()])
    quantum = _quantum(standard)
    if scaled and leaves_out(standard):
        # Left-out lines leave the denominator: 45 of 90 possible points is 50 of 100.
        total = ops.divide(earned * full, possible * quantum, standard.rounding.mode) * quantum
    else:
        total = ops.divide(earned, scale * quantum, standard.rounding.mode) * quantum
    maximum = ops.divide(possible, scale, "down") if leaves_out(standard) and not scaled else full
    whole.maximum = ops.keep("maximum", maximum)
    whole.total = ops.keep("total", _with_extras(standard, whole, ops.least(total, maximum), maximum, ops))


def leaves_out(standard: Standard) -> bool:
    """Whether lines of a standard can leave the denominator."""
    lines = [line for part in standard.parts for line in part.criteria if counts_towards_parts(line)]
    return any(line.may_not_apply and line.not_applicable == "leave_out" for line in lines)


def _with_extras(standard: Standard, whole: Sum, total: Any, maximum: Any, ops: Operations) -> Any:
    kinds = {line.no: line.kind for part in standard.parts for line in part.criteria}
    bonus = ops.total([line.points for no, line in whole.lines.items() if kinds[no] is Kind.BONUS])
    taken = ops.total([line.taken for no, line in whole.lines.items() if kinds[no] is Kind.DEDUCTION])
    if standard.bonus_cap is not None:
        bonus = ops.least(bonus, point_units(standard.bonus_cap))
    total = ops.total([total, bonus, _negative(taken)])
    if not standard.bonus_over_maximum:
        total = ops.least(total, maximum)
    return ops.most(total, 0)


def _reaches(standard: Standard, level: Level, whole: Sum, ops: Operations) -> Any:
    return ops.every([holds for _, holds in conditions(standard, level, whole, ops)])


def conditions(standard: Standard, level: Level, whole: Sum, ops: Operations) -> list[tuple[tuple[str, Any], Any]]:
    """What a level asks for, as ((kind, subject), flag): total, veto, all-met, part and must."""
    asked: list[tuple[tuple[str, Any], Any]] = []
    if level.at_least is not None:
        asked.append((("total", level.at_least), whole.total >= point_units(level.at_least)))
    if level.above is not None:
        asked.append((("total", level.above), whole.total > point_units(level.above)))
    if level.no_veto:
        asked.append((("veto", None), ops.no(whole.vetoed)))
    if level.all_met:
        asked += [(("line", no), whole.lines[no].holds) for no in gates(standard)]
    asked += [(("line", no), whole.lines[no].holds) for no in level.must if no in whole.lines]
    if level.each_part_at_least is not None:
        asked += [
            (
                ("part-share", (part.key, level.each_part_at_least)),
                _share_reached(whole.parts[part.key], level.each_part_at_least),
            )
            for part in standard.parts
        ]
    return asked + _floors(standard, level, whole, ops)


def _floors(standard: Standard, level: Level, whole: Sum, ops: Operations) -> list[tuple[tuple[str, Any], Any]]:
    asked: list[tuple[tuple[str, Any], Any]] = []
    for floor in level.floors:
        if floor.part not in whole.parts:
            continue
        points = whole.parts[floor.part]
        if floor.share is not None:
            asked.append((("part-share", (floor.part, floor.share)), _share_reached(points, floor.share)))
        if floor.at_least is not None:
            asked.append((("part-points", (floor.part, floor.at_least)), _floor_reached(standard, floor, points)))
    return asked


def _share_reached(part: tuple[Any, Any], share: Decimal) -> Any:
    points, possible = part
    return points * SHARE >= possible * int(share * SHARE)


def _floor_reached(standard: Standard, floor: Any, part: tuple[Any, Any]) -> Any:
    """A floor in points follows the scale: with lines left out, the same share of what remains is asked."""
    points, possible = part
    full = part_full(standard, floor.part)
    if not standard.scale_when_left_out or (isinstance(possible, int) and possible == full):
        return points >= point_units(floor.at_least)
    return points * full >= possible * point_units(floor.at_least)


def part_full(standard: Standard, key: str) -> int:
    """What a part can give when every line applies, in units."""
    part = next(part for part in standard.parts if part.key == key)
    return sum(full_points(standard, line) for line in part.criteria if counts_towards_parts(line))


def gates(standard: Standard) -> list[int]:
    """The lines that ``all_met`` means: every line of a checklist, the met / not met lines of a points standard."""
    return [
        line.no
        for part in standard.parts
        for line in part.criteria
        if line.kind is Kind.MET or (standard.scoring == "checklist" and line.kind is Kind.POINTS)
    ]


# --- small parts -----------------------------------------------------------------------------------------------------


def _mark(threshold: Threshold, ops: Operations) -> Any:
    """The figure to compare with here: the last case that fits the place and the day, else the plain value."""
    mark: Any = value_units(threshold.value)
    for case in threshold.cases:
        fits = [_fits(case.where, ops)] if case.where else []
        if case.begins is not None:
            begun = ops.compare("at_least", ops.number("place_on"), day_number(case.begins))
            fits.append(ops.or_else(begun, False))
        mark = ops.pick(ops.every(fits), value_units(case.value), mark)
    return mark


def _fits(where: Where, ops: Operations) -> Any:
    asked: list[Any] = []
    if where.classes:
        asked.append(ops.among(ops.number("place_class"), where.classes))
    if where.within:
        code = ops.number("place_code")
        asked.append(ops.some([ops.between(code, *code_range(within)) for within in where.within]))
    asked += [ops.or_else(ops.flag(tag_column(tag)), False) for tag in where.tags]
    return ops.every(asked)


def tag_column(tag: str) -> str:
    return f"place_tag_{tag}"


def _quantum(standard: Standard) -> int:
    return 10 ** (4 - standard.rounding.places)


def _rounded(standard: Standard, amount: Any, by: int, ops: Operations) -> Any:
    quantum = _quantum(standard)
    return ops.divide(amount, by * quantum, standard.rounding.mode) * quantum


def _implied(criterion: Criterion) -> How | None:
    if criterion.bands:
        return How.BANDS
    if criterion.grades:
        return How.GRADES
    if criterion.deducts:
        return How.DEDUCT
    if criterion.points_each is not None:
        return How.COUNT
    if criterion.needed is not None:
        return How.AT_LEAST
    return How.EACH if any(check.points is not None for check in criterion.checks) else None


def _by_standard(standard: Standard, criterion: Criterion) -> How:
    if criterion.kind in (Kind.MET, Kind.VETO):
        return How.ALL
    return standard.how or How.CLAIMED


def _has_missing_rule(criterion: Criterion, how: How) -> bool:
    return how is How.DEDUCT and any(rule.per == "missing" for rule in criterion.deducts)


SCORERS: dict[How, Callable[[Standard, Criterion, Operations], Line]] = {
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

DEDUCTIONS: dict[str, Callable[[Standard, Criterion, int, Deduct, Operations], tuple[Any, Any]]] = {
    "fixed": _fixed,
    "instance": _instance,
    "missing": _missing,
    "step": _step,
    "range": _range,
}
