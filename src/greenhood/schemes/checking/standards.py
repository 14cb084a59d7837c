"""A standard as a whole: sums, levels that can be reached, who it is for."""

from __future__ import annotations

from decimal import Decimal

from greenhood.schemes import rules
from greenhood.schemes.arithmetic import point_units
from greenhood.schemes.checking.criteria import CRITERION_CHECKS, spots
from greenhood.schemes.checking.findings import Findings, repeated
from greenhood.schemes.format import Kind, Level, Part, Scheme, Standard, Where
from greenhood.schemes.messages import nearest
from greenhood.schemes.problems import Position
from greenhood.schemes.reasons import number

LARGEST_MAXIMUM = 10_000


def standards(scheme: Scheme) -> Findings:
    for index, standard in enumerate(scheme.standards):
        position: Position = ("standards", index)
        yield from _numbers(position, standard)
        yield from repeated((*position, "parts"), [part.key for part in standard.parts], "key")
        yield from repeated((*position, "levels"), [level.key for level in standard.levels], "key")
        yield from _sums(position, standard)
        yield from _levels(position, standard)
        yield from _whole(position, standard)
        for spot in spots(position, standard):
            for checks in CRITERION_CHECKS:
                yield from checks(spot)


def _numbers(position: Position, standard: Standard) -> Findings:
    seen: set[int] = set()
    for spot in spots(position, standard):
        if spot.criterion.no in seen:
            yield spot.at("no"), f"第 {spot.criterion.no} 项重复", "每一项用自己的序号"
        seen.add(spot.criterion.no)


def _sums(position: Position, standard: Standard) -> Findings:
    if standard.scoring == "checklist":
        return
    for index, part in enumerate(standard.parts):
        yield from _part_sum((*position, "parts", index), part)
    total = sum((part.weight * _points(part) for part in standard.parts), Decimal(0))
    if standard.maximum is not None and standard.maximum != total:
        parts = " + ".join(_weighted_words(part) for part in standard.parts)
        yield (
            (*position, "maximum"),
            f"满分写 {number(standard.maximum)}，各部分合计 {number(total)}（{parts}）",
            "核对各部分分值",
        )
    most = standard.maximum or total
    if total == 0:
        yield position, "评分的标准没有一项有分值", "给各项写 points，或改为 scoring: checklist"
    elif most > LARGEST_MAXIMUM or _too_fine(standard, most):
        yield (*position, "maximum"), "满分或权重的位数太大", f"满分不超过 {LARGEST_MAXIMUM}，权重不超过两位小数"


def _points(part: Part) -> Decimal:
    counted = (line.points or Decimal(0) for line in part.criteria if rules.counts_towards_parts(line))
    return sum(counted, Decimal(0))


def _most(standard: Standard, part: Part) -> Decimal:
    """What a part can give: its points, or on a checklist the number of its lines."""
    return Decimal(rules.part_full(standard, part.key)) / 10_000


def _weighted_words(part: Part) -> str:
    weight = "" if part.weight == 1 else f"×{number(part.weight)}"
    return f"{number(_points(part))}{weight}"


def _too_fine(standard: Standard, most: Decimal) -> bool:
    """Products of points must fit in 64 bits: earned points times the maximum, doubled for rounding."""
    return point_units(most) ** 2 * rules.weight_scale(standard) * 2 >= 2**62


def _part_sum(position: Position, part: Part) -> Findings:
    if part.weight <= 0:
        yield (*position, "weight"), "权重要大于 0", "写 1，或如 0.3"
    total = _points(part)
    if part.points is None or part.points == total:
        return
    lines = " + ".join(number(line.points or Decimal(0)) for line in part.criteria if rules.counts_towards_parts(line))
    yield (
        (*position, "points"),
        f"“{part.title}”写 {number(part.points)} 分，各项合计 {number(total)} 分（{lines}）",
        "对照原表核对每一项的分值（表格转换常把合计错进项目行）",
    )


def _levels(position: Position, standard: Standard) -> Findings:
    if not standard.levels:
        yield (*position, "levels"), "没有写等级", "至少写一个等级和它的条件"
    most = Decimal(rules.maximum_units(standard)) / 10_000
    open_end = standard.bonus_over_maximum
    previous: Decimal | None = None
    for index, level in enumerate(standard.levels):
        at: Position = (*position, "levels", index)
        mark = level.at_least if level.at_least is not None else level.above
        yield from _level(at, standard, level)
        if level.at_least is not None and level.above is not None:
            yield (*at, "above"), "at_least 和 above 只能写一个", "“达到”写 at_least，“大于、超过”写 above"
        if mark is not None and not open_end and (mark > most or (level.at_least is None and mark == most)):
            yield (
                (*at, "at_least" if level.at_least is not None else "above"),
                f"{number(mark)} 分超过满分 {number(most)} 分",
                "没有人能达到",
            )
        if mark is not None and mark < 0:
            yield (*at, "at_least"), "分数线不能是负数", "写 0 或正数"
        if mark is not None and previous is not None and mark < previous:
            yield at, f"等级没有从低到高写：{number(mark)} 分在 {number(previous)} 分之后", "按分数线从低到高排列"
        previous = mark if mark is not None else previous


def _level(at: Position, standard: Standard, level: Level) -> Findings:
    parts = {part.key: part for part in standard.parts}
    numbers = {line.no for part in standard.parts for line in part.criteria}
    for index, floor in enumerate(level.floors):
        part = parts.get(floor.part)
        if part is None:
            yield (
                (*at, "floors", index, "part"),
                f"没有部分“{floor.part}”{nearest(floor.part, parts)}",
                "写 parts 里的 key",
            )
        elif floor.at_least is not None and floor.at_least > (most := _most(standard, part)):
            yield (*at, "floors", index, "at_least"), f"超过该部分的 {number(most)} 分", "没有人能达到"
        if (floor.at_least is None) == (floor.share is None):
            yield (*at, "floors", index), "最低要求要写 at_least 或 share 中的一个", "分数写 at_least，得分率写 share"
    for index, no in enumerate(level.must):
        if no not in numbers:
            yield (*at, "must", index), f"没有第 {no} 项", "写标准里的项号"
    if (
        level.at_least is None
        and level.above is None
        and not (level.all_met or level.must or level.floors or level.each_part_at_least)
    ):
        yield at, f"“{level.title}”没有条件，人人都能达到", "写 at_least（分数线）或 all_met: true（全部满足）"
    if level.all_met and not rules.gates(standard):
        yield (*at, "all_met"), "all_met 没有可指的项", "评分的标准用 must 列出必须满足的项号"


def _whole(position: Position, standard: Standard) -> Findings:
    has_bonus = any(line.kind is Kind.BONUS for part in standard.parts for line in part.criteria)
    if standard.bonus_cap is not None and not has_bonus:
        yield (*position, "bonus_cap"), "没有加分项，bonus_cap 不起作用", "删去，或补上加分项", "notice"
    if standard.factor <= 0:
        yield (*position, "factor"), "系数要大于 0", "写 1，或如 0.9"
    yield from repeated((*position, "scorers"), [scorer.key for scorer in standard.scorers], "key")
    for index, scorer in enumerate(standard.scorers):
        if scorer.weight <= 0:
            yield (*position, "scorers", index, "weight"), "权重要大于 0", "如 0.3"
    total = sum((scorer.weight for scorer in standard.scorers), Decimal(0))
    if standard.scorers and total not in (1, 100):
        yield (*position, "scorers"), f"各评分人的权重合计 {number(total)}", "合计应为 1（或 100）"


def objects(scheme: Scheme) -> Findings:
    """Of several standards for one object, the first that fits counts: one for all must come last."""
    for_all: dict[str, str] = {}
    for index, standard in enumerate(scheme.standards):
        if standard.object in for_all:
            message = f"轮不到“{standard.title}”：前面的“{for_all[standard.object]}”对谁都适用"
            yield ("standards", index), message, "给前一个写 where（适用于谁），或把它移到最后"
        elif standard.where == Where():
            for_all[standard.object] = standard.title
    if "community" not in {standard.object for standard in scheme.standards}:
        yield ("standards",), "没有用于社区的标准", "至少一个标准写 object: community（或不写 object）"


def efforts(scheme: Scheme) -> Findings:
    given = scheme.efforts
    if not given.low <= given.middle <= given.high:
        yield ("efforts",), "补齐难度的权重要从低到高", "low 不大于 middle，middle 不大于 high"


def composite(scheme: Scheme) -> Findings:
    keys = {standard.key for standard in scheme.standards}
    for index, sheet in enumerate(scheme.composite):
        if sheet.standard not in keys:
            yield (
                ("composite", index, "standard"),
                f"没有标准“{sheet.standard}”{nearest(sheet.standard, keys)}",
                "写 standards 里的 key",
            )
        if sheet.weight <= 0:
            yield ("composite", index, "weight"), "权重要大于 0", "如 0.6"
