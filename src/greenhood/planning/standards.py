"""The standard of a plan as its form asks for it: marks to tighten, checks and criteria to add, lines left out with a reason."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from greenhood.planning import drafting, explaining, queries
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
    """A figure that can be tightened: its name in the form, what it stands in, the value above and the one of the plan."""

    name: str
    text: str
    source: str
    threshold: Threshold
    typed: str

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
    """Everything that the form of a plan's standard shows. ``scheme`` is what the changes are made to."""

    scheme: Scheme
    standard: Standard
    parts: tuple[PartLines, ...]
    levels: tuple[LevelMark, ...]
    checks: tuple[Row, ...]
    criteria: tuple[Row, ...]


def beginning(plan: Plan) -> Scheme:
    """The scheme whose standard the plan changes: the division's own file where that has one, otherwise the higher scheme."""
    _, is_higher = drafting.begins_with(plan.higher, plan.based_on)
    if not is_higher and plan.based_on is not None:
        return plan.based_on.scheme
    return stored.loaded_of(plan.higher).scheme


def sheet(plan: Plan, given: Mapping[str, Any]) -> Sheet:
    scheme = beginning(plan)
    standard = scheme.standard
    values = queries.looked_at(plan).values
    marks, levels = given.get("marks", {}), given.get("levels", {})
    dropped = {str(no) for no in given.get("dropped", [])}
    holding = explaining.holding(plan.content, values)
    reasons_ = {**holding, **given.get("reasons", {})}
    return Sheet(
        scheme,
        standard,
        tuple(
            PartLines(
                part,
                tuple(
                    Line(
                        line,
                        tuple(_marks(line, marks)),
                        may_add(standard, line),
                        str(line.no) in dropped,
                        reasons_.get(f"#{line.no}", ""),
                        "" if f"#{line.no}" in holding else explaining.told(plan.content, f"#{line.no}"),
                    )
                    for line in part.criteria
                ),
            )
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


def _marks(line: Criterion, typed: Mapping[str, str]) -> list[Mark]:
    return [
        Mark(
            f"{line.no}.{at}",
            check.text,
            check.source or line.source,
            check.threshold,
            typed.get(f"{line.no}.{at}", ""),
        )
        for at, check in enumerate(line.checks, 1)
        # A figure with variants for kinds of communities is no single number.
        if check.threshold and not check.threshold.cases
    ]


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


def typed(post: Mapping[str, str]) -> dict[str, Any]:
    """What stands on the page, as the content keeps it."""
    marks = {
        name.removeprefix("mark-"): text.strip()
        for name, text in post.items()
        if name.startswith("mark-") and text.strip()
    }
    levels = {
        name.removeprefix("level-"): text.strip()
        for name, text in post.items()
        if name.startswith("level-") and text.strip()
    }
    dropped = [int(name.removeprefix("drop-")) for name in post if re.fullmatch(r"drop-\d{1,4}", name)]
    given = {
        name.removeprefix("reason-"): text.strip()
        for name, text in post.items()
        if re.fullmatch(r"reason-#\d{1,4}", name)
    }
    return {
        "marks": marks,
        "levels": levels,
        "dropped": dropped,
        "checks": _rows(post, "check", CHECK_FIELDS, "text"),
        "criteria": _rows(post, "criterion", CRITERION_FIELDS, "title"),
        "reasons": given,
    }


def _rows(post: Mapping[str, str], prefix: str, fields: tuple[str, ...], key: str) -> list[Row]:
    indexes = {int(found[1]) for name in post if (found := re.fullmatch(rf"{prefix}-(\d{{1,3}})-\w+", name))}
    rows = [
        {field: str(post.get(f"{prefix}-{index}-{field}", "")).replace("\r\n", "\n").strip() for field in fields}
        for index in sorted(indexes)
        if not post.get(f"{prefix}-{index}-drop")
    ]
    return [row for row in rows if row[key] or row.get("checks")]


def numbered(plan: Plan, given: dict[str, Any]) -> dict[str, Any]:
    """New criteria with numbers of their own, those of the lines above left alone. A number once given stays."""
    scheme = beginning(plan)
    used = {line.no for standard in scheme.standards for part in standard.parts for line in part.criteria}
    taken = {int(row["no"]) for row in given["criteria"] if row["no"].isdecimal() and int(row["no"]) not in used}
    following = max([*used, *taken], default=0)
    rows = []
    for row in given["criteria"]:
        if not (row["no"].isdecimal() and int(row["no"]) in taken):
            following += 1
            row = {**row, "no": str(following)}
        rows.append(row)
    return {**given, "criteria": rows}


def problems_of(plan: Plan, given: Mapping[str, Any]) -> Problems:
    """What can't be kept even as a draft: a sentence by field, with the clause of the line that it is about."""
    scheme = beginning(plan)
    standard = scheme.standard
    lines = {line.no: line for part in standard.parts for line in part.criteria}
    found: Problems = {}
    for name, text in given["marks"].items():
        if problem := _mark_problem(lines, name, text):
            found[f"mark-{name}"] = problem
    for key, text in given["levels"].items():
        if problem := _level_problem(standard, key, text):
            found[f"level-{key}"] = problem
    for no in given["dropped"]:
        line = lines.get(no)
        reason = given["reasons"].get(f"#{no}", "")
        if line is not None and len(reason) < 4:
            found[f"reason-#{no}"] = f"删去上级标准第 {no} 项“{line.title}”（{line.source}）须写明理由。"
    for at, row in enumerate(given["checks"]):
        if wrong := _check_problem(standard, lines, row):
            found[f"check-{at}-{wrong[0]}"] = wrong[1]
    for at, row in enumerate(given["criteria"]):
        if wrong := _criterion_problem(standard, row):
            found[f"criterion-{at}-{wrong[0]}"] = wrong[1]
    if max(len(given["checks"]), len(given["criteria"])) > MOST_ADDED:
        found[""] = f"一个方案最多增加 {MOST_ADDED} 个小项和 {MOST_ADDED} 项。"
    return found


def _mark_problem(lines: Mapping[int, Criterion], name: str, text: str) -> str:
    no, _, at = name.partition(".")
    line = lines.get(int(no)) if no.isdecimal() else None
    if line is None or not at.isdecimal() or not 1 <= int(at) <= len(line.checks):
        return "上级标准没有这一小项，请刷新页面。"
    check = line.checks[int(at) - 1]
    value = number(text)
    if value is None or check.threshold is None:
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
