"""Whether a well-formed scheme makes sense: sums, references, order, dates, and what it does to the higher scheme.

Every finding names the file, the line and what to write instead. Errors keep a scheme from being published; notices are
what its editor should know, above all what it drops or loosens of the scheme that it carries out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from greenhood.schemes import rules
from greenhood.schemes.arithmetic import point_units
from greenhood.schemes.coverage import FEATURES
from greenhood.schemes.format import (
    AdminLevel,
    Band,
    Check,
    Criterion,
    Deduct,
    DueDay,
    Frequency,
    Goal,
    How,
    Kind,
    Level,
    Measure,
    Obligation,
    Outcome,
    Part,
    Scheme,
    Setting,
    Standard,
    Step,
    StepKind,
    Threshold,
    Title,
    Where,
)
from greenhood.schemes.known_indicators import INDICATORS
from greenhood.schemes.loading import INHERITED, Loaded, chosen_problems, load
from greenhood.schemes.messages import nearest
from greenhood.schemes.problems import Position, Problem, Refused
from greenhood.schemes.reasons import band_words, number, threshold

DEPTH = {level: depth for depth, level in enumerate(AdminLevel)}
LEVEL_TITLES = {
    AdminLevel.NATION: "国家",
    AdminLevel.PROVINCE: "省级",
    AdminLevel.CITY: "市级",
    AdminLevel.COUNTY: "县级",
    AdminLevel.STREET: "街道",
    AdminLevel.COMMUNITY: "社区",
}
MAY_GO_DOWN = {StepKind.SAMPLE, StepKind.NOTICE, StepKind.AWARD, StepKind.PANEL}
LARGEST_MAXIMUM = 10_000

Finding = tuple[Position, str, str] | tuple[Position, str, str, str]
Findings = Iterator[Finding]


def check(path: Path | str, chosen: dict[str, Any] | None = None) -> list[Problem]:
    """Everything that can be said about one scheme file; empty when there is nothing."""
    try:
        return check_loaded(load(path, chosen))
    except Refused as refused:
        return refused.problems


def check_loaded(loaded: Loaded) -> list[Problem]:
    """Everything that can be said about a loaded scheme, errors and notices, in the order of the file."""
    found = [loaded.problem(*finding) for checks in CHECKS for finding in checks(loaded.scheme)]
    found += [loaded.problem(*finding) for checks in LOADED_CHECKS for finding in checks(loaded)]
    return sorted(dict.fromkeys(found), key=lambda problem: (str(problem.path), problem.line, problem.severity))


def errors(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


# --- head and lists --------------------------------------------------------------------------------------------------


def _jurisdiction(scheme: Scheme) -> Findings:
    code = scheme.jurisdiction
    if code and not 110_000_000_000 <= code < 1_000_000_000_000:
        yield (
            ("jurisdiction",),
            f"区划代码 {code} 不是 12 位",
            "写 12 位统计用区划代码，如四川省 510000000000；全国写 0",
        )
    elif code and code // 10**10 not in _provinces():
        yield (
            ("jurisdiction",),
            f"没有以 {code // 10**10} 开头的区划代码",
            "核对前两位：如四川 51、湖北 42、上海 31、北京 11",
        )


def _provinces() -> frozenset[int]:
    return frozenset(
        [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82]
    )


def _subjects(scheme: Scheme) -> Findings:
    for index, code in enumerate(scheme.subjects.classes):
        if code not in (111, 112, 121, 122, 123, 210, 220):
            yield (
                ("subjects", "classes", index),
                f"没有城乡分类代码 {code}",
                "城镇为 111、112、121、122、123，乡村为 210、220",
            )
    for index, (lower, upper) in enumerate(scheme.subjects.village_codes):
        if not 1 <= lower <= upper <= 999:
            yield ("subjects", "village_codes", index), "村级代码段写反或超出 1–999", "写成 [1, 199]"
    if both := set(scheme.subjects.include) & set(scheme.subjects.exclude):
        yield ("subjects", "exclude"), f"{min(both)} 同时列入和排除", "只留一处"


def _unique(scheme: Scheme) -> Findings:
    lists: dict[str, Sequence[Any]] = {
        "departments": scheme.departments,
        "settings": scheme.settings,
        "goals": scheme.goals,
        "phases": scheme.phases,
        "standards": scheme.standards,
        "titles": scheme.titles,
        "calendar": scheme.calendar,
        "forms": scheme.forms,
    }
    for section, entries in lists.items():
        yield from _repeated((section,), [entry.key for entry in entries], "key")
    yield from _repeated(("procedure", "steps"), [step.key for step in scheme.procedure.steps], "key")
    yield from _repeated(("roster",), [str(roster.year) for roster in scheme.roster], "year")
    yield from _repeated(("clauses",), [clause.ref for clause in scheme.clauses], "ref")
    for index, form in enumerate(scheme.forms):
        yield from _repeated(("forms", index, "fields"), [field.key for field in form.fields], "key")
    for index, duty in enumerate(scheme.calendar):
        yield from _repeated(("calendar", index, "sections"), [section.key for section in duty.sections], "key")


def _repeated(position: Position, keys: Sequence[str], name: str) -> Findings:
    seen: set[str] = set()
    for index, key in enumerate(keys):
        if key in seen:
            yield (*position, index, name), f"“{key}”重复", "换一个没有用过的"
        seen.add(key)


def _settings(scheme: Scheme) -> Findings:
    for index, setting in enumerate(scheme.settings):
        for problem in chosen_problems([setting.model_copy(update={"open": True})], {setting.key: setting.default}):
            yield (
                ("settings", index, "default"),
                f"默认值不合自己的范围：{problem}",
                "改默认值，或改 at_least、at_most、choices",
            )
        if setting.at_least is not None and setting.at_most is not None and setting.at_least > setting.at_most:
            yield ("settings", index, "at_most"), "at_most 小于 at_least", "两者对调"
        if _bounds_on_words(setting):
            yield ("settings", index), "默认值是文字或是否，不能有 at_least、at_most", "文字的可选值写在 choices 里"


def _bounds_on_words(setting: Setting) -> bool:
    bounded = setting.at_least is not None or setting.at_most is not None
    return bounded and isinstance(setting.default, (str, bool))


def _unused_settings(loaded: Loaded) -> Findings:
    used = loaded.effects.keys()
    for index, setting in enumerate(loaded.scheme.settings):
        if setting.key not in used:
            hint = f"在它生效的地方写 {{setting: {setting.key}}}，或删去"
            yield ("settings", index), f"开放设置“{setting.title}”没有用到", hint, "notice"


def _sources(scheme: Scheme) -> Findings:
    """Every entry cites its clause: pydantic asks for the word, this for more than blanks."""
    for position, entry in _cited(scheme, ()):
        if not entry.source.strip():
            yield (*position, "source"), "出处是空的", "写明条款，如 四(四)、附件1 #15"


def _cited(value: Any, position: Position) -> Iterator[tuple[Position, Any]]:
    if isinstance(value, (list, tuple)):
        for index, entry in enumerate(value):
            yield from _cited(entry, (*position, index))
    elif hasattr(type(value), "model_fields"):
        if "source" in type(value).model_fields and isinstance(value.source, str):
            yield position, value
        for name in type(value).model_fields:
            yield from _cited(getattr(value, name), (*position, name))


def _clauses(scheme: Scheme) -> Findings:
    for index, clause in enumerate(scheme.clauses):
        for at, key in enumerate(clause.works_in):
            if key not in FEATURES:
                yield (
                    ("clauses", index, "works_in", at),
                    f"没有功能“{key}”{nearest(key, FEATURES)}",
                    "写功能登记表（schemes/coverage.py）里的名称；新功能先登记",
                )


def _replaces(scheme: Scheme) -> Findings:
    for name in scheme.replaces:
        if name not in INHERITED and not name.lstrip("#").isdigit():
            yield (
                ("replaces", name),
                f"replaces 里的“{name}”不是章节名或项号{nearest(name, INHERITED)}",
                '写章节名，或 "#5" 这样的项号',
            )
        elif scheme.implements is None:
            yield ("replaces", name), "没有上级方案，谈不上替换", "删去，或写上 implements"


# --- goals, phases, calendar -----------------------------------------------------------------------------------------


def _goals(scheme: Scheme) -> Findings:
    for index, goal in enumerate(scheme.goals):
        position: Position = ("goals", index)
        if goal.share is None and goal.count is None and goal.measure is not Measure.DUTY:
            yield position, f"目标“{goal.title}”没有数", "写 share（比例，如 0.6）或 count（个数）"
        if goal.count_to is not None and (goal.count is None or goal.count_to < goal.count):
            yield (*position, "count_to"), "count_to 要不小于 count", "1 至 2 个写 count: 1、count_to: 2"
        if goal.count is not None and goal.count < 0:
            yield (*position, "count"), "个数不能是负数", "写 0 或正数"
        if goal.award is not None and goal.award not in {title.key for title in scheme.titles}:
            yield (
                (*position, "award"),
                f"没有称号“{goal.award}”{nearest(goal.award, _keys(scheme.titles))}",
                "写 titles 里的 key",
            )
        if goal.measure is Measure.TITLED and goal.award is None:
            yield position, "按称号计数的目标没有写是哪个称号", "补上 award: 称号的 key"
    yield from _falling_goals(scheme.goals)


def _falling_goals(goals: Sequence[Goal]) -> Findings:
    for index, goal in enumerate(goals):
        for earlier in goals[:index]:
            same = (earlier.measure, earlier.each, earlier.award) == (goal.measure, goal.each, goal.award)
            if same and goal.share and earlier.share and earlier.by < goal.by and earlier.share > goal.share:
                message = f"目标随时间变低：{earlier.by} 前 {number(earlier.share * 100)}%，{goal.by} 前 {number(goal.share * 100)}%"
                yield ("goals", index, "share"), message, "核对两处的日期和比例", "notice"


def _phases(scheme: Scheme) -> Findings:
    previous: date | None = None
    for index, phase in enumerate(scheme.phases):
        if phase.begins and phase.ends and phase.begins > phase.ends:
            yield ("phases", index, "ends"), "结束早于开始", "核对两个日期"
        if phase.begins and previous and phase.begins < previous:
            yield ("phases", index, "begins"), "这一阶段早于上一阶段开始", "按时间先后写"
        previous = phase.begins or previous


def _calendar(scheme: Scheme) -> Findings:
    for index, obligation in enumerate(scheme.calendar):
        position: Position = ("calendar", index)
        yield from _due(position, obligation)
        upwards = obligation.kind in ("report", "plan")
        if upwards and DEPTH[obligation.reporter] < DEPTH[obligation.receiver]:
            yield (*position, "receiver"), "报送对象比报送人级别低", "核对 reporter 和 receiver"


def _due(position: Position, obligation: Obligation) -> Findings:
    match obligation.frequency:
        case Frequency.ANNUAL if obligation.due_month is None:
            yield position, "每年的报送没有写到期日", "补上 due_month 和 due_day"
        case Frequency.ANNUAL if obligation.due_day is None:
            yield position, "每年的报送只写了月份", "补上 due_day；“月底前”写该月最后一天"
        case Frequency.MONTHLY if obligation.due_day is None:
            yield position, "每月的报送没有写到期日", "补上 due_day，如 25"
        case Frequency.QUARTERLY if obligation.days_after_period is None:
            yield position, "每季度的报送没有写期限", "补上 days_after_period（季度结束后几天内）"
        case Frequency.ONCE if obligation.due_date is None and obligation.due_month is None:
            yield position, "一次性的报送没有写到期日", "补上 due_date，如 2020-08-31"
    if obligation.due_month is not None and obligation.due_day is not None:
        yield from _real_day(position, obligation.due_month, obligation.due_day, "due_day")
    if obligation.frequency is Frequency.MONTHLY and (obligation.due_day or 0) > 28:
        yield (*position, "due_day"), f"不是每个月都有 {obligation.due_day} 日", "写 28 以内的日期"


def _real_day(position: Position, month: int, day: int, name: str) -> Findings:
    """The day must exist in every year, so 29 February does not."""
    try:
        date(2001, month, day)
    except ValueError:
        yield (
            (*position, name),
            f"没有 {month} 月 {day} 日这一天（或不是每年都有）",
            "“月底前”写该月最后一天，2 月写 28",
        )


# --- standards -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Spot:
    """One criterion and where it stands."""

    standard: Standard
    criterion: Criterion
    position: Position

    def at(self, *more: str | int) -> Position:
        return (*self.position, *more)


def _standards(scheme: Scheme) -> Findings:
    for index, standard in enumerate(scheme.standards):
        position: Position = ("standards", index)
        yield from _numbers(position, standard)
        yield from _repeated((*position, "parts"), [part.key for part in standard.parts], "key")
        yield from _repeated((*position, "levels"), [level.key for level in standard.levels], "key")
        yield from _sums(position, standard)
        yield from _levels(position, standard)
        yield from _whole(position, standard)
        for spot in _spots(position, standard):
            for checks in CRITERION_CHECKS:
                yield from checks(spot)


def _spots(position: Position, standard: Standard) -> Iterator[_Spot]:
    for at, part in enumerate(standard.parts):
        for no, criterion in enumerate(part.criteria):
            yield _Spot(standard, criterion, (*position, "parts", at, "criteria", no))


def _numbers(position: Position, standard: Standard) -> Findings:
    seen: set[int] = set()
    for spot in _spots(position, standard):
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
    yield from _repeated((*position, "scorers"), [scorer.key for scorer in standard.scorers], "key")
    for index, scorer in enumerate(standard.scorers):
        if scorer.weight <= 0:
            yield (*position, "scorers", index, "weight"), "权重要大于 0", "如 0.3"
    total = sum((scorer.weight for scorer in standard.scorers), Decimal(0))
    if standard.scorers and total not in (1, 100):
        yield (*position, "scorers"), f"各评分人的权重合计 {number(total)}", "合计应为 1（或 100）"


def _objects(scheme: Scheme) -> Findings:
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


def _composite(scheme: Scheme) -> Findings:
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


# --- one criterion ---------------------------------------------------------------------------------------------------


def _kind_fits(spot: _Spot) -> Findings:
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


def _how_fits(spot: _Spot) -> Findings:
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


def _checks_fit(spot: _Spot) -> Findings:
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


def _check(spot: _Spot, index: int, check: Check) -> Findings:
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


def _bands_fit(spot: _Spot) -> Findings:
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


def _grades_fit(spot: _Spot) -> Findings:
    yield from _repeated(spot.at("grades"), [grade.key for grade in spot.criterion.grades], "key")
    for index, grade in enumerate(spot.criterion.grades):
        yield from _within_points(spot.at("grades", index), grade.points, spot.criterion)


def _deducts_fit(spot: _Spot) -> Findings:
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


def _veto_fits(spot: _Spot) -> Findings:
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


CRITERION_CHECKS: tuple[Callable[[_Spot], Findings], ...] = (
    _kind_fits,
    _how_fits,
    _checks_fit,
    _bands_fit,
    _grades_fit,
    _deducts_fit,
    _veto_fits,
)


# --- titles and procedure --------------------------------------------------------------------------------------------


def _titles(scheme: Scheme) -> Findings:
    levels = {level.key for standard in scheme.standards for level in standard.levels}
    keys = _keys(scheme.titles)
    for index, title in enumerate(scheme.titles):
        at: Position = ("titles", index)
        if title.level not in levels:
            yield (*at, "level"), f"没有等级“{title.level}”{nearest(title.level, levels)}", "写标准里的等级 key"
        for position, required in enumerate(title.requires):
            if required not in keys:
                yield (
                    (*at, "requires", position),
                    f"没有称号“{required}”{nearest(required, keys)}",
                    "写 titles 里的 key",
                )
        if title.requires_count is not None and not title.requires:
            yield (*at, "requires_count"), "没有写要先有哪个称号", "补上 requires"
        yield from _quotas(at, title)
        yield from _children(at, title, keys)
    yield from _circles(scheme.titles)


def _circles(titles: Sequence[Title]) -> Findings:
    needs = {title.key: title.requires for title in titles}
    for index, title in enumerate(titles):
        path, seen = list(title.requires), set()
        while path:
            key = path.pop()
            if key == title.key:
                yield ("titles", index, "requires"), f"“{title.title}”要先有自己，绕成一圈", "去掉一个 requires"
                break
            if key not in seen:
                seen.add(key)
                path += needs.get(key, [])


def _quotas(at: Position, title: Title) -> Findings:
    for index, quota in enumerate(title.quotas):
        position = (*at, "quotas", index)
        if quota.kind == "share" and quota.share is None:
            yield position, "按比例的名额没有写比例", "补上 share，如 10% 写 0.1"
        if quota.kind in ("count", "rank") and quota.count is None:
            yield position, "按个数或名次的名额没有写数", "补上 count"
        if quota.count is not None and quota.count < 1:
            yield (*position, "count"), "名额要大于 0", "写正整数"
        if quota.years is not None and quota.years < 1:
            yield (*position, "years"), "累计年数要大于 0", "“连续三年累计”写 3"


def _children(at: Position, title: Title, keys: set[str]) -> Findings:
    source = title.from_children
    if source is None:
        return
    for name, key in (("all_hold", source.all_hold), ("share_hold", source.share_hold)):
        if key is not None and key not in keys:
            yield (*at, "from_children", name), f"没有称号“{key}”{nearest(key, keys)}", "写 titles 里的 key"
    if source.all_hold is None and source.share_hold is None:
        yield (*at, "from_children"), "没有写下级要有哪个称号", "补上 all_hold 或 share_hold"
    if (source.share_hold is None) != (source.share is None):
        yield (
            (*at, "from_children"),
            "share_hold 和 share 要一起写",
            "如 85% 是示范：share_hold: demonstration、share: 0.85",
        )


def _procedure(scheme: Scheme) -> Findings:
    steps = scheme.procedure.steps
    at: Position = ("procedure", "steps")
    if not steps:
        yield at, "没有写申报步骤", "从申报（declare）写到命名（award）"
        return
    if steps[0].kind is not StepKind.DECLARE:
        yield (*at, 0, "kind"), "第一步要是申报", "第一步写 kind: declare"
    if steps[-1].kind is not StepKind.AWARD:
        yield (*at, len(steps) - 1, "kind"), "最后一步要是命名", "最后一步写 kind: award"
    for index, step in enumerate(steps):
        if index and step.kind is StepKind.DECLARE:
            yield (*at, index, "kind"), "申报只能是第一步", "改为 kind: review"
        if index < len(steps) - 1 and step.kind is StepKind.AWARD:
            yield (*at, index, "kind"), "命名只能是最后一步", "把它移到最后"
        yield from _step((*at, index), step)
    yield from _descents(at, steps)
    for index, batch in enumerate(scheme.procedure.batches):
        for name, due in (("opens", batch.opens), ("declare_by", batch.declare_by)):
            yield from _due_day(("procedure", "batches", index, name), due)


def _descents(at: Position, steps: Sequence[Step]) -> Findings:
    """Reviews go upwards; samples, panels, notices and awards may stand lower than the review before them."""
    highest = len(DEPTH)
    for index, step in enumerate(steps):
        depth = DEPTH[step.level]
        if depth > highest and step.kind not in MAY_GO_DOWN:
            yield (
                (*at, index, "level"),
                f"“{step.title}”回到了更低的{LEVEL_TITLES[step.level]}",
                "步骤由下而上；核对 level",
            )
        if step.kind not in MAY_GO_DOWN:
            highest = min(highest, depth)


def _step(at: Position, step: Step) -> Findings:
    yield from _due_day((*at, "due"), step.due)
    match step.kind:
        case StepKind.NOTICE if step.days is None:
            yield at, "公示没有写天数", "补上 days；原文没有规定的写成开放设置"
        case StepKind.NOTICE if step.days < 1:  # type: ignore[operator]
            yield (*at, "days"), "公示天数要大于 0", "写正整数"
        case StepKind.SAMPLE if step.share is None and step.confidence is None:
            yield at, "抽验没有写抽多少", "补上 share（比例）或 confidence（把握程度）；原文没有规定的写成开放设置"
        case StepKind.PANEL if not step.seats:
            yield at, "评审没有写席位", "补上 seats：专家、代表、市民各几席"
    if step.confidence is not None and step.tolerated is None:
        yield (*at, "confidence"), "按把握程度抽样还要写容许的不合格比例", "补上 tolerated，如 0.1"
    if step.stratify_by is not None and DEPTH[step.stratify_by] <= DEPTH[step.level]:
        yield (*at, "stratify_by"), "分层的级别要低于抽验的级别", "省级抽验写 city 或 county"
    if not step.outcomes or Outcome.PASS not in step.outcomes:
        yield (*at, "outcomes"), "没有“通过”，走不下去", "加上 pass"
    if (
        step.kind is StepKind.DECLARE
        and set(step.outcomes) & {Outcome.RETURN, Outcome.REJECT}
        and "outcomes" in step.model_fields_set
    ):
        yield (*at, "outcomes"), "申报没有退回和不予通过", "写 outcomes: [pass]"


def _due_day(at: Position, due: DueDay | None) -> Findings:
    if due is None:
        return
    if due.month is not None and due.day is not None:
        yield from _real_day(at, due.month, due.day, "day")
    if due.day is not None and due.month is None:
        yield (*at, "day"), "只写了日，没有写月", "补上 month"
    if due.month is not None and due.day is None:
        yield (*at, "month"), "只写了月，没有写日", "补上 day；“下旬”写该月最后一天"
    if due.days is not None and (due.days < 1 or due.month is not None):
        yield (*at, "days"), "天数要大于 0，且不能与月、日并用", "限期写 days，固定日期写 month 和 day"
    if due.month is None and due.days is None:
        yield at, "没有写期限", "写 month 和 day，或写 days"


def _upkeep(scheme: Scheme) -> Findings:
    upkeep = scheme.upkeep
    if upkeep is None:
        return
    if upkeep.rectification_days < 1:
        yield ("upkeep", "rectification_days"), "整改天数要大于 0", "写正整数"
    if upkeep.reexamine_months is not None and upkeep.reexamine_months < 1:
        yield ("upkeep", "reexamine_months"), "复查间隔要大于 0", "写月数"
    if DEPTH[upkeep.delist_by] > DEPTH[upkeep.supervised_by]:
        yield ("upkeep", "delist_by"), "除名的级别低于监督的级别", "核对 supervised_by 和 delist_by", "notice"


def _forms(scheme: Scheme) -> Findings:
    steps = {step.key: step for step in scheme.procedure.steps}
    for index, form in enumerate(scheme.forms):
        for position, opinion in enumerate(form.opinions):
            at: Position = ("forms", index, "opinions", position)
            if opinion.step not in steps:
                yield (
                    (*at, "step"),
                    f"没有步骤“{opinion.step}”{nearest(opinion.step, steps)}",
                    "写 procedure 里的步骤 key",
                )
            elif steps[opinion.step].level is not opinion.level:
                level = LEVEL_TITLES[steps[opinion.step].level]
                yield (
                    (*at, "level"),
                    f"步骤“{opinion.step}”在{level}，意见栏写的是{LEVEL_TITLES[opinion.level]}",
                    "两处写成一样",
                )
        for position, field in enumerate(form.fields):
            if field.max_length is not None and field.max_length < 1:
                yield ("forms", index, "fields", position, "max_length"), "字数要大于 0", "写正整数"


# --- against the higher scheme ---------------------------------------------------------------------------------------


def _against_higher(loaded: Loaded) -> Findings:
    if loaded.higher is None:
        return
    higher, scheme = loaded.higher.scheme, loaded.scheme
    yield from _place_within(higher, scheme)
    if "standards" not in loaded.inherited:
        yield from _refinements(higher, scheme)
    if "subjects" not in loaded.inherited:
        yield from _narrower(higher, scheme)
    if "goals" not in loaded.inherited:
        yield from _lower_goals(higher, scheme)
    if "calendar" not in loaded.inherited:
        yield from _dropped_reports(higher, scheme)


def _place_within(higher: Scheme, scheme: Scheme) -> Findings:
    lower, upper = rules.code_range(higher.jurisdiction)
    if not lower <= scheme.jurisdiction < upper:
        yield ("jurisdiction",), f"不在上级方案 {higher.id} 的辖区内", "核对区划代码和 implements"


def _refinements(higher: Scheme, scheme: Scheme) -> Findings:
    numbers = {line.no: line for line in _lines(higher)}
    carried: dict[int, list[tuple[Position, Criterion]]] = {no: [] for no in numbers}
    for index, standard in enumerate(scheme.standards):
        for spot in _spots(("standards", index), standard):
            for at, no in enumerate(spot.criterion.refines):
                if no not in numbers:
                    yield (
                        spot.at("refines", at),
                        f"上级标准没有第 {no} 项",
                        f"上级方案 {higher.id} 的项号是 1 至 {max(numbers, default=0)}",
                    )
                else:
                    carried[no].append((spot.position, spot.criterion))
    for no, lines in carried.items():
        if not lines:
            reason = scheme.replaces.get(f"#{no}") or scheme.replaces.get(str(no)) or scheme.replaces.get("standards")
            why = f"理由：{reason}" if reason else f"在细化它的项上写 refines: [{no}]，或在 replaces 里写明理由"
            yield ("standards",), f"没有细化上级标准第 {no} 项“{_short(numbers[no].title)}”", why, "notice"
        else:
            yield from _loosened(numbers[no], lines)


def _loosened(higher: Criterion, lines: list[tuple[Position, Criterion]]) -> Findings:
    for position, line in lines:
        for index, check in enumerate(line.checks):
            for above in higher.checks:
                if above.indicator and above.indicator == check.indicator and _weaker(above.threshold, check.threshold):
                    assert above.threshold
                    mine = threshold(check.threshold) if check.threshold else "没有数值"
                    message = f"放宽了上级标准第 {higher.no} 项：上级{threshold(above.threshold)}，本方案{mine}"
                    yield (*position, "checks", index), message, "收紧，或写明依据", "notice"
    if not higher.may_not_apply and all(line.may_not_apply for _, line in lines):
        position, _ = lines[0]
        message = f"放宽了上级标准第 {higher.no} 项：上级没有“不涉及”，本方案允许"
        yield (*position, "may_not_apply"), message, "核对原文", "notice"
    measured = {check.indicator for check in higher.checks if check.indicator and check.threshold}
    kept = {check.indicator for _, line in lines for check in line.checks if check.threshold}
    for indicator in sorted(measured - kept):
        message = f"上级标准第 {higher.no} 项对“{INDICATORS[indicator].title if indicator in INDICATORS else indicator}”的数值要求没有写进来"
        yield lines[0][0], message, "写成 threshold，或说明依据", "notice"


def _weaker(higher: Threshold | None, lower: Threshold | None) -> bool:
    if higher is None or lower is None:
        return False
    upwards = {"at_least": 0, "above": 1}
    downwards = {"at_most": 0, "below": 1}
    if higher.compare in upwards and lower.compare in upwards:
        return (lower.value, upwards[lower.compare]) < (higher.value, upwards[higher.compare])
    if higher.compare in downwards and lower.compare in downwards:
        return (-lower.value, downwards[lower.compare]) < (-higher.value, downwards[higher.compare])
    return False


def _narrower(higher: Scheme, scheme: Scheme) -> Findings:
    mine, theirs = scheme.subjects, higher.subjects
    if missing := sorted(set(theirs.classes) - set(mine.classes)):
        shown = "、".join(map(str, missing))
        yield ("subjects", "classes"), f"创建对象比上级少了城乡分类 {shown}", "核对原文；比例的分母会变小", "notice"
    if missing_kinds := sorted(set(theirs.parent_kinds) - set(mine.parent_kinds)):
        yield (
            ("subjects", "parent_kinds"),
            f"创建对象比上级少了{'、'.join(missing_kinds)}的居委会",
            "核对原文；比例的分母会变小",
            "notice",
        )


def _lower_goals(higher: Scheme, scheme: Scheme) -> Findings:
    for goal in higher.goals:
        if goal.share is None:
            continue
        mine = [
            (index, own)
            for index, own in enumerate(scheme.goals)
            if own.measure is goal.measure and own.share is not None
        ]
        if not mine:
            yield ("goals",), f"没有对应上级目标“{_short(goal.title)}”", "写出本地的目标", "notice"
        elif not any(own.share >= goal.share and own.by <= goal.by for _, own in mine):  # type: ignore[operator]
            index, own = max(mine, key=lambda entry: entry[1].share or 0)
            message = f"低于上级目标：上级 {goal.by} 前 {number(goal.share * 100)}%，本方案 {own.by} 前 {number((own.share or Decimal(0)) * 100)}%"
            yield ("goals", index), message, "提高比例或提前日期，或说明依据", "notice"


def _dropped_reports(higher: Scheme, scheme: Scheme) -> Findings:
    own = {(duty.reporter, duty.receiver) for duty in scheme.calendar}
    for duty in higher.calendar:
        binds = DEPTH[duty.reporter] >= _jurisdiction_depth(scheme.jurisdiction)
        if binds and duty.frequency is not Frequency.ONCE and (duty.reporter, duty.receiver) not in own:
            message = f"上级要求的“{duty.title}”（{duty.reporter_title}报{duty.receiver_title}）没有写进日历"
            yield ("calendar",), message, "上级方案的日历仍然有效；需要在本方案里提醒的，照写一条", "notice"


def _jurisdiction_depth(code: int) -> int:
    if code == 0:
        return DEPTH[AdminLevel.NATION]
    sizes = (
        (10**10, AdminLevel.PROVINCE),
        (10**8, AdminLevel.CITY),
        (10**6, AdminLevel.COUNTY),
        (10**3, AdminLevel.STREET),
    )
    level = next((level for size, level in sizes if code % size == 0), AdminLevel.COMMUNITY)
    return DEPTH[level]


def _lines(scheme: Scheme) -> Iterator[Criterion]:
    for part in scheme.standard.parts:
        yield from part.criteria


def _keys(entries: Iterable[Any]) -> set[str]:
    return {entry.key for entry in entries}


def _short(text: str) -> str:
    return text if len(text) <= 24 else text[:24] + "…"


CHECKS: tuple[Callable[[Scheme], Findings], ...] = (
    _jurisdiction,
    _subjects,
    _unique,
    _settings,
    _sources,
    _clauses,
    _replaces,
    _goals,
    _phases,
    _calendar,
    _standards,
    _objects,
    _composite,
    _titles,
    _procedure,
    _upkeep,
    _forms,
)

LOADED_CHECKS: tuple[Callable[[Loaded], Findings], ...] = (_unused_settings, _against_higher)
