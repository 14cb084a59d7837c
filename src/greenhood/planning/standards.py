"""The standard of a plan as its form asks for it: marks to tighten, checks and criteria to add, lines left out with a reason."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from greenhood.planning import annex, explaining, queries
from greenhood.planning.models import Plan
from greenhood.planning.sections import LONGEST_LINE, LONGEST_TEXT, Problems, Row, number
from greenhood.schemes import reasons, rules, stored, words
from greenhood.schemes.format import Criterion, How, Level, Part, Proof, Scheme, Standard, Threshold
from greenhood.schemes.known_indicators import INDICATORS

PROOFS = [(proof.value, words.PROOFS[proof]) for proof in Proof if proof is not Proof.INDICATOR]
KINDS = [("met", "必须做到（不计分，达标的前提）"), ("veto", "一票否决（写明必须没有发生什么）"), ("bonus", "加分")]
CHECK_FIELDS = ("no", "text", "proof")
CRITERION_FIELDS = ("no", "part", "title", "kind", "points", "checks")
MOST_ADDED = 30


@dataclass(frozen=True, slots=True)
class Mark:
    """A figure that can be tightened: its name in the form, what it stands in, the value above and the one of the plan.

    A figure with variants for kinds of communities has a field for each; ``when`` says for which.
    """

    name: str
    text: str
    source: str
    threshold: Threshold
    typed: str
    when: str = ""

    @property
    def above(self) -> str:
        return reasons.threshold(self.threshold)

    @property
    def advice(self) -> str:
        """Which way is tighter."""
        return "数字越大越严" if self.threshold.compare in ("at_least", "above") else "数字越小越严"


@dataclass(frozen=True, slots=True)
class Line:
    criterion: Criterion
    marks: tuple[Mark, ...]
    may_add: str
    is_dropped: bool
    key: str
    reason: str
    earlier: str


@dataclass(frozen=True, slots=True)
class PartLines:
    part: Part
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LevelMark:
    level: Level
    above: str
    typed: str
    most: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the form shows of one standard. ``prefix`` stands before the names of its fields: "" for the scheme's first."""

    prefix: str
    standard: Standard
    parts: tuple[PartLines, ...]
    levels: tuple[LevelMark, ...]
    checks: tuple[Row, ...]
    criteria: tuple[Row, ...]

    @property
    def addable(self) -> list[Criterion]:
        return [line.criterion for part in self.parts for line in part.lines if not line.may_add]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [one for one in KINDS if self.standard.scoring == "points" or one[0] != "bonus"]


def beginning(plan: Plan) -> Scheme:
    """The scheme whose standards the plan changes: the division's own file where that has one, otherwise the higher scheme."""
    _, is_higher = annex.begins_with(plan.higher, plan.based_on)
    if not is_higher and plan.based_on is not None:
        return plan.based_on.scheme
    return stored.loaded_of(plan.higher).scheme


def sheets(plan: Plan, given: Mapping[str, Any]) -> list[Sheet]:
    """Every standard of the scheme that the changes are made to, the first first."""
    looked = queries.looked_at(plan)
    said = _Said(
        explaining.holding(plan.content, looked.values) | given.get("reasons", {}),
        {
            key: explaining.told(plan.content, key)
            for key in explaining.spent(plan.content, looked.values) & looked.values.keys()
        },
    )
    standards = beginning(plan).standards
    return [
        _sheet(one, annex.of_standard(given, one.key if at else ""), said, is_first=not at)
        for at, one in enumerate(standards)
    ]


@dataclass(frozen=True, slots=True)
class _Said:
    """Reasons by their key: those that hold or are typed, and those of before, to be read."""

    reasons: Mapping[str, str]
    earlier: Mapping[str, str]


def _sheet(standard: Standard, given: Mapping[str, Any], said: _Said, *, is_first: bool) -> Sheet:
    levels = given.get("levels", {})
    return Sheet(
        "" if is_first else f"{standard.key}~",
        standard,
        tuple(
            PartLines(part, tuple(_line(standard, line, given, said, is_first=is_first) for line in part.criteria))
            for part in standard.parts
        ),
        tuple(
            LevelMark(
                level,
                words.points(level.at_least if level.at_least is not None else level.above),
                levels.get(level.key, ""),
                words.points(most_of(standard)),
            )
            for level in standard.levels
            if level.at_least is not None or level.above is not None
        ),
        tuple(given.get("checks", [])),
        tuple(given.get("criteria", [])),
    )


def _line(standard: Standard, line: Criterion, given: Mapping[str, Any], said: _Said, *, is_first: bool) -> Line:
    key = reason_key("" if is_first else standard.key, line.no)
    return Line(
        line,
        tuple(_marks(line, given.get("marks", {}))),
        may_add(standard, line),
        line.no in {int(no) for no in given.get("dropped", [])},
        key,
        said.reasons.get(key, ""),
        said.earlier.get(key, ""),
    )


def reason_key(standard: str, no: int) -> str:
    """What a reason for loosening a line is filed under; ``standard`` is "" for the scheme's first."""
    return f"standards.{standard}.{no}" if standard else f"#{no}"


def _marks(line: Criterion, typed: Mapping[str, str]) -> Iterator[Mark]:
    for at, check in enumerate(line.checks, 1):
        if check.threshold is None:
            continue
        name, source = f"{line.no}.{at}", check.source or line.source
        yield Mark(name, check.text, source, check.threshold, typed.get(name, ""))
        for number_, case in enumerate(check.threshold.cases, 1):
            variant = check.threshold.model_copy(update={"value": case.value, "cases": []})
            name = f"{line.no}.{at}.{number_}"
            yield Mark(name, check.text, source, variant, typed.get(name, ""), words.case_when(case))


def may_add(standard: Standard, line: Criterion) -> str:
    """Why no check can be added to a line; "" where one can."""
    how = rules.method(standard, line)
    if how is How.EACH:
        return "这一项的小项各有分值，加小项会挤占原有分值；请另列一项“必须做到”。"
    if how is How.AT_LEAST:
        return "这一项做到其中几项即可，加小项不会更严；请另列一项。"
    if standard.scoring == "points" and how not in (How.ALL, How.SHARE):
        return f"这一项“{words.HOWS[how]}”，不看小项；请另列一项。"
    return ""


def most_of(standard: Standard) -> Decimal:
    return Decimal(rules.maximum_units(standard)) / 10_000


OF_STANDARD = re.compile(r"(?:mark|level|drop|check|criterion)-([a-z][a-z0-9_-]*)~.*")
REASON = re.compile(r"reason-(#\d{1,4}|standards\.[a-z][a-z0-9_-]*\.\d{1,4})")


def typed(post: Mapping[str, str]) -> dict[str, Any]:
    """What stands on the page, as the content keeps it; ``others`` are the standards beside the first, by their keys."""
    keys = sorted({found[1] for name in post if (found := OF_STANDARD.fullmatch(name))})
    return {
        **_typed(post, ""),
        "others": {key: _typed(post, f"{key}~") for key in keys},
        "reasons": {found[1]: text.strip() for name, text in post.items() if (found := REASON.fullmatch(name))},
    }


def _typed(post: Mapping[str, str], prefix: str) -> dict[str, Any]:
    return {
        "marks": _figures(post, f"mark-{prefix}", r"\d{1,4}\.\d{1,3}(\.\d{1,3})?"),
        "levels": _figures(post, f"level-{prefix}", r"[a-z][a-z0-9_-]*"),
        "dropped": [int(found[1]) for name in post if (found := re.fullmatch(rf"drop-{prefix}(\d{{1,4}})", name))],
        "checks": _rows(post, f"check-{prefix}", CHECK_FIELDS, "text"),
        "criteria": _rows(post, f"criterion-{prefix}", CRITERION_FIELDS, "title"),
    }


def _figures(post: Mapping[str, str], start: str, name: str) -> dict[str, str]:
    pattern = re.compile(rf"{start}({name})")
    return {found[1]: text.strip() for key, text in post.items() if (found := pattern.fullmatch(key)) and text.strip()}


def _rows(post: Mapping[str, str], start: str, fields: tuple[str, ...], key: str) -> list[Row]:
    indexes = {int(found[1]) for name in post if (found := re.fullmatch(rf"{start}(\d{{1,3}})-\w+", name))}
    rows = [
        {field: str(post.get(f"{start}{index}-{field}", "")).replace("\r\n", "\n").strip() for field in fields}
        for index in sorted(indexes)
        if not post.get(f"{start}{index}-drop")
    ]
    return [row for row in rows if row[key] or row.get("checks")]


def numbered(plan: Plan, given: dict[str, Any]) -> dict[str, Any]:
    """New criteria with numbers of their own, those of the lines above left alone. A number once given stays."""
    scheme = beginning(plan)
    used = {line.no for standard in scheme.standards for part in standard.parts for line in part.criteria}
    every = [given, *given.get("others", {}).values()]
    rows = [row for one in every for row in one["criteria"]]
    taken = {int(row["no"]) for row in rows if row["no"].isdecimal() and int(row["no"]) not in used}
    following = itertools.count(max([*used, *taken], default=0) + 1)

    def with_numbers(one: dict[str, Any]) -> dict[str, Any]:
        kept = [
            row if row["no"].isdecimal() and int(row["no"]) in taken else {**row, "no": str(next(following))}
            for row in one["criteria"]
        ]
        return {**one, "criteria": kept}

    others = {key: with_numbers(one) for key, one in given.get("others", {}).items()}
    return {**with_numbers(given), "others": others}


def problems_of(plan: Plan, given: Mapping[str, Any]) -> Problems:
    """What can't be kept even as a draft: a sentence by field, with the clause of the line that it is about."""
    found: Problems = {}
    standards = beginning(plan).standards
    if unknown := given.get("others", {}).keys() - {one.key for one in standards[1:]}:
        found[""] = f"上级方案没有“{'、'.join(sorted(unknown))}”这套标准，请刷新页面。"
    for at, standard in enumerate(standards):
        key = standard.key if at else ""
        found |= _standard_problems(standard, key, annex.of_standard(given, key), given["reasons"])
    return found


def _standard_problems(standard: Standard, key: str, given: Mapping[str, Any], reasons_: Mapping[str, str]) -> Problems:
    prefix = f"{key}~" if key else ""
    lines = {line.no: line for part in standard.parts for line in part.criteria}
    found: Problems = {}
    for name, text in given.get("marks", {}).items():
        if problem := _mark_problem(lines, name, text):
            found[f"mark-{prefix}{name}"] = problem
    for name, text in given.get("levels", {}).items():
        if problem := _level_problem(standard, name, text):
            found[f"level-{prefix}{name}"] = problem
    for no in given.get("dropped", []):
        line, reason = lines.get(no), reason_key(key, no)
        if line is not None and len(reasons_.get(reason, "")) < explaining.LEAST_REASON:
            found[f"reason-{reason}"] = f"删去上级标准第 {no} 项“{line.title}”（{line.source}）须写明理由。"
    checks, criteria = given.get("checks", []), given.get("criteria", [])
    for at, row in enumerate(checks):
        if wrong := _check_problem(standard, lines, row):
            found[f"check-{prefix}{at}-{wrong[0]}"] = wrong[1]
    for at, row in enumerate(criteria):
        if wrong := _criterion_problem(standard, row):
            found[f"criterion-{prefix}{at}-{wrong[0]}"] = wrong[1]
    if max(len(checks), len(criteria)) > MOST_ADDED:
        found[""] = f"一套标准最多增加 {MOST_ADDED} 个小项和 {MOST_ADDED} 项。"
    return found


def _mark_problem(lines: Mapping[int, Criterion], name: str, text: str) -> str:
    no, at, variant = (*(int(part) for part in name.split(".")), 0)[:3]
    line = lines.get(no)
    if line is None or not 1 <= at <= len(line.checks):
        return "上级标准没有这一小项，请刷新页面。"
    check = line.checks[at - 1]
    if check.threshold is None or variant > len(check.threshold.cases):
        return "上级标准的这一小项没有这个数值，请刷新页面。"
    value = number(text)
    if value is None:
        return f"要写数字，现在是“{text[:20]}”。"
    known = INDICATORS.get(check.indicator or "")
    most = known.most if known else (Decimal(100) if check.threshold.unit == "%" else None)
    least = known.least if known else Decimal(0)
    if most is not None and value > most:
        return f"不能超过 {reasons.number(most)} {check.threshold.unit}，现在是 {text}（上级{reasons.threshold(check.threshold)}，{check.source or line.source}）。"
    if least is not None and value < least:
        return f"不能小于 {reasons.number(least)} {check.threshold.unit}，现在是 {text}（上级{reasons.threshold(check.threshold)}，{check.source or line.source}）。"
    return ""


def _level_problem(standard: Standard, key: str, text: str) -> str:
    level = next((level for level in standard.levels if level.key == key), None)
    value = number(text)
    if level is None or value is None:
        return f"要写数字，现在是“{text[:20]}”。"
    most = most_of(standard)
    if not 0 <= value <= most:
        return f"“{level.title}”的分数线应在 0 到满分 {reasons.number(most)} 之间，现在是 {text}（{level.source or standard.source}）。"
    return ""


def _check_problem(standard: Standard, lines: Mapping[int, Criterion], row: Row) -> tuple[str, str] | None:
    line = lines.get(int(row["no"])) if row["no"].isdecimal() else None
    if line is None:
        return "no", "请选择加在哪一项。"
    if not row["text"] or len(row["text"]) > LONGEST_LINE * 2:
        return "text", f"请写明要求，最多 {LONGEST_LINE * 2} 字。"
    if row["proof"] not in dict(PROOFS):
        return "proof", "请选择用什么证明。"
    why = may_add(standard, line)
    return ("no", f"第 {line.no} 项（{line.source}）不能加小项：{why}") if why else None


def _criterion_problem(standard: Standard, row: Row) -> tuple[str, str] | None:
    if not row["title"] or len(row["title"]) > LONGEST_LINE:
        return "title", f"请写明这一项的名称，最多 {LONGEST_LINE} 字。"
    if row["part"] not in {part.title for part in standard.parts}:
        return "part", "请选择属于哪一部分。"
    if row["kind"] not in dict(KINDS) or (row["kind"] == "bonus" and standard.scoring == "checklist"):
        return "kind", "逐项核对的标准没有加分，请选“必须做到”或“一票否决”。" if row[
            "kind"
        ] == "bonus" else "请选择种类。"
    if len(row["checks"]) > LONGEST_TEXT:
        return "checks", f"最多 {LONGEST_TEXT} 字。"
    if row["kind"] == "bonus":
        value = number(row["points"])
        if value is None or not 0 < value <= 100:
            return "points", f"加分要写 0 到 100 之间的数字，现在是“{row['points'][:20]}”。"
    return None
