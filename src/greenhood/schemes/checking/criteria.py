"""One criterion: what it gives, how it is scored, and whether its figures are possible."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from greenhood.schemes import rules
from greenhood.schemes.checking.findings import Findings, repeated
from greenhood.schemes.format import Band, Check, Criterion, Deduct, How, Kind, Standard, Threshold
from greenhood.schemes.known_indicators import INDICATORS
from greenhood.schemes.messages import nearest
from greenhood.schemes.problems import Position
from greenhood.schemes.reasons import band_words, number, threshold


@dataclass(frozen=True)
class Spot:
    """One criterion and where it stands."""

    standard: Standard
    criterion: Criterion
    position: Position

    def at(self, *more: str | int) -> Position:
        return (*self.position, *more)


def spots(position: Position, standard: Standard) -> Iterator[Spot]:
    for at, part in enumerate(standard.parts):
        for no, criterion in enumerate(part.criteria):
            yield Spot(standard, criterion, (*position, "parts", at, "criteria", no))


def _kind_fits(spot: Spot) -> Findings:
    line, checklist = spot.criterion, spot.standard.scoring == "checklist"
    if checklist and line.kind in (Kind.BONUS, Kind.DEDUCTION):
        yield spot.at("kind"), "逐项核对的标准没有加分和扣分", "改为 kind: met 或 veto，或改为 scoring: points"
    if checklist and line.points is not None:
        yield spot.at("points"), "逐项核对的标准不计分", "删去 points，或改为 scoring: points"
    if checklist and line.how not in (None, How.ALL, How.AT_LEAST):
        yield spot.at("how"), f"逐项核对的标准不能用 how: {line.how}", "写 all（全部满足）或 at-least（满足其中几项）"
    if not checklist and line.kind is Kind.POINTS and line.points is None:
        yield spot.position, f"第 {line.no} 项没有分值", "补上 points；不计分的条件写 kind: met"
    if line.points is not None and line.points < 0:
        yield spot.at("points"), "分值不能是负数", "扣分写 kind: deduction，分值写正数"
    if line.kind is Kind.VETO and line.points:
        yield spot.at("points"), "一票否决项没有分值", "既计分又否决的，写 kind: points 和 veto_when"
    places = spot.standard.rounding.places
    if line.points is not None and line.points != round(line.points, places):
        yield spot.at("points"), f"分值的小数多于标准的 {places} 位", "改 rounding.places，或改分值"


def _how_fits(spot: Spot) -> Findings:
    line = spot.criterion
    if line.kind is Kind.VETO or spot.standard.scoring == "checklist":
        return
    how = rules.method(spot.standard, line)
    wants: dict[How, tuple[bool, str, str]] = {
        How.BANDS: (bool(line.bands), "bands", "逐段写出取值范围和分值"),
        How.GRADES: (bool(line.grades), "grades", "写出等次和分值"),
        How.DEDUCT: (bool(line.deducts), "deducts", "写出扣分规则"),
        How.EACH: (bool(line.checks), "checks", "写出各小项和分值"),
        How.AT_LEAST: (line.needed is not None, "needed", "写明 n 项里要满足几项"),
        How.COUNT: (line.points_each is not None, "points_each", "写明每次几分"),
    }
    if how in wants and not wants[how][0]:
        yield spot.at("how"), f"how: {how} 要有 {wants[how][1]}", wants[how][2]
    for name, holder in (("bands", How.BANDS), ("grades", How.GRADES), ("points_each", How.COUNT)):
        if getattr(line, name) and how is not holder:
            yield spot.at(name), f"{name} 与 how: {how} 不合", f"改为 how: {holder}，或删去 {name}"
    if line.kind is Kind.DEDUCTION and how not in (How.DEDUCT, How.CLAIMED):
        yield spot.at("how"), "扣分项按 deducts 扣，或由评分人酌扣", "写 deducts，或 how: claimed"


def _checks_fit(spot: Spot) -> Findings:
    line = spot.criterion
    if line.needed is not None and not 1 <= line.needed <= max(len(line.checks), 1):
        yield (
            spot.at("needed"),
            f"只有 {len(line.checks)} 项要求，不能要求满足 {line.needed} 项",
            "改 needed，或补上要求",
        )
    if spot.standard.scoring == "points" and rules.method(spot.standard, line) is How.EACH and line.checks:
        given = [check.points for check in line.checks]
        total = sum((points or Decimal(0) for points in given), Decimal(0))
        if None in given:
            yield spot.at("checks", given.index(None)), "这一小项没有分值", "how: each 的每一小项都要写 points"
        elif line.points is not None and total != line.points and line.kind is not Kind.BONUS:
            yield (
                spot.at("points"),
                f"第 {line.no} 项 {number(line.points)} 分，各小项合计 {number(total)} 分",
                "核对各小项分值",
            )
    for index, check in enumerate(line.checks):
        yield from _check(spot, index, check)


def _check(spot: Spot, index: int, check: Check) -> Findings:
    position = spot.at("checks", index)
    if check.indicator is not None and check.indicator not in INDICATORS:
        yield (
            (*position, "indicator"),
            f"没有指标“{check.indicator}”{nearest(check.indicator, INDICATORS)}",
            "写指标目录里的名称",
        )
    if check.threshold is not None:
        yield from _threshold((*position, "threshold"), check.threshold, check.indicator)
    if check.indicator is not None and check.threshold is None:
        yield (
            (*position, "indicator"),
            "写了指标，没有写要求的数值",
            '补上 threshold，如 {compare: at_least, value: 25, unit: "%"}',
        )
    if check.besides is not None and check.threshold is None:
        yield (
            (*position, "besides"),
            "没有数据判定的内容，谈不上数据之外",
            "删去 besides，或补上 indicator 和 threshold",
        )
    if check.sampling is not None and check.sampling.count < 1:
        yield (*position, "sampling", "count"), "抽查数要大于 0", "如“抽查十名居民”写 10"
    if check.lookback_years is not None and check.lookback_years < 1:
        yield (*position, "lookback_years"), "回溯年数要大于 0", "“近三年”写 3"


def _threshold(position: Position, mark: Threshold, indicator: str | None) -> Findings:
    known = INDICATORS.get(indicator or "")
    if known and mark.unit != known.unit:
        yield (
            (*position, "unit"),
            f"“{known.title}”的单位是 {known.unit}，不是 {mark.unit}",
            f'写 unit: "{known.unit}"，数值按此换算',
        )
    least, most = (known.least, known.most) if known else (None, Decimal(100) if mark.unit == "%" else None)
    values = [((*position, "value"), mark.value)]
    values += [((*position, "cases", index, "value"), case.value) for index, case in enumerate(mark.cases)]
    for at, value in values:
        yield from _possible(at, mark, value, least, most)
    previous: date | None = None
    for index, case in enumerate(mark.cases):
        if case.where is None and case.begins is None:
            yield (*position, "cases", index), "没有写这个数值适用于谁、从何时起", "补上 where 或 begins"
        if case.where is None and case.begins and previous and case.begins < previous:
            yield (*position, "cases", index, "begins"), "逐期的数值没有按时间先后写", "从早到晚排列"
        previous = case.begins if case.where is None and case.begins else previous


def _possible(at: Position, mark: Threshold, value: Decimal, least: Decimal | None, most: Decimal | None) -> Findings:
    shown = threshold(mark, value)
    if most is not None and (value > most or (value == most and mark.compare == "above")):
        yield at, f"“{shown}”不可能达到，最多 {number(most)}", "核对数值和单位"
    elif least is not None and (value < least or (value == least and mark.compare == "below")):
        yield at, f"“{shown}”不可能，最少 {number(least)}", "核对数值和单位"


def _bands_fit(spot: Spot) -> Findings:
    bands = sorted(enumerate(spot.criterion.bands), key=lambda entry: (entry[1].lower is not None, entry[1].lower or 0))
    previous: Band | None = None
    for index, band in bands:
        at = spot.at("bands", index)
        if band.lower is not None and band.upper is not None and band.lower >= band.upper:
            yield (
                at,
                f"这一段是空的：{number(band.lower)} 至 {number(band.upper)}",
                "下限要小于上限（含下限，不含上限）",
            )
        if previous is not None:
            yield from _join(at, previous, band)
        previous = band
        yield from _within_points(at, band.points, spot.criterion)


def _join(at: Position, previous: Band, band: Band) -> Findings:
    words = f"“{band_words(previous)}”与“{band_words(band)}”"
    if previous.upper is None or band.lower is None or previous.upper > band.lower:
        yield at, f"{words}重叠", "上一段的上限等于下一段的下限（含下限，不含上限）"
    elif previous.upper < band.lower:
        yield at, f"{words}之间有空档", "上一段的上限等于下一段的下限；得零分的一段也写出来"


def _within_points(at: Position, points: Decimal, line: Criterion) -> Findings:
    if line.points is not None and points > line.points:
        yield (*at, "points"), f"{number(points)} 分超过本项的 {number(line.points)} 分", "核对分值"
    if points < 0:
        yield (*at, "points"), "分值不能是负数", "写 0 或正数"


def _grades_fit(spot: Spot) -> Findings:
    yield from repeated(spot.at("grades"), [grade.key for grade in spot.criterion.grades], "key")
    for index, grade in enumerate(spot.criterion.grades):
        yield from _within_points(spot.at("grades", index), grade.points, spot.criterion)


def _deducts_fit(spot: Spot) -> Findings:
    line = spot.criterion
    if line.kind is Kind.DEDUCTION and not line.deducts and line.points is None:
        yield spot.position, "扣分项没有写扣多少", "写 deducts，或写 points（酌扣的上限）"
    counts: Counter[str] = Counter(rule.per for rule in line.deducts)
    for per, name in (("range", "酌扣"), ("step", "按差距扣")):
        if counts[per] > 1:
            yield spot.at("deducts"), f"一项里只能有一条{name}（per: {per}）", "拆成两项"
    for index, rule in enumerate(line.deducts):
        yield from _deduct(spot.at("deducts", index), rule, line)


def _deduct(at: Position, rule: Deduct, line: Criterion) -> Findings:
    if rule.points <= 0:
        yield (*at, "points"), "扣分写正数", "扣 2 分写 points: 2"
    if rule.cap is not None and rule.cap < rule.points:
        yield (*at, "cap"), "扣分上限小于一次的扣分", "核对 cap"
    if rule.per == "step" and (rule.target is None or rule.step is None or rule.step <= 0):
        yield at, "按差距扣分要有目标和步长", "补上 target 和 step，如目标 90、每低 1 扣 0.5 分"
    if rule.per == "missing" and not line.checks:
        yield at, "按缺项扣分，但没有列出各小项", "补上 checks"


def _veto_fits(spot: Spot) -> Findings:
    line = spot.criterion
    if line.veto_when is not None:
        yield from _threshold(spot.at("veto_when"), line.veto_when, None)
        if line.kind is Kind.DEDUCTION:
            yield spot.at("veto_when"), "扣分项不能同时否决", "否决另立一项 kind: veto"
    if line.not_applicable != "leave_out" and not line.may_not_apply:
        yield (
            spot.at("not_applicable"),
            "没有允许“不涉及”，not_applicable 不起作用",
            "补上 may_not_apply: true",
            "notice",
        )


CRITERION_CHECKS: tuple[Callable[[Spot], Findings], ...] = (
    _kind_fits,
    _how_fits,
    _checks_fit,
    _bands_fit,
    _grades_fit,
    _deducts_fit,
    _veto_fits,
)
