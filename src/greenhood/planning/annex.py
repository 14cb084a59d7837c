"""The standards of a plan: those above with what the plan tightens, adds and leaves out, each line a clause of the plan's annex."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from greenhood.planning.citing import Citing
from greenhood.planning.sections import NUMERALS, Row, lines, number
from greenhood.schemes import source, stored
from greenhood.schemes.models import SchemeVersion

CHANGES = ("marks", "levels", "checks", "criteria", "dropped")
Content = dict[str, Any]


@lru_cache(maxsize=16)
def _source_of(pk: object, text: str) -> dict[str, Any]:
    del pk
    return source.parse(text, Path("scheme.yaml")).raw


def own_raw(based_on: SchemeVersion | None) -> dict[str, Any] | None:
    """What the division's own scheme says in its file, without what it takes over."""
    return None if based_on is None else _source_of(based_on.pk, based_on.source_text)


def begins_with(higher: SchemeVersion, based_on: SchemeVersion | None) -> tuple[list[dict[str, Any]], bool]:
    """The standards that a plan's changes are made to: those of the division's own file, else the higher scheme's (then True)."""
    own = own_raw(based_on)
    if own is not None and "plan" not in own and "standards" in own:
        return own["standards"], False
    return stored.loaded_of(higher).raw["standards"], True


def changes_standard(content: Content) -> bool:
    given = content.get("standard", {})
    return any(one.get(key) for one in (given, *given.get("others", {}).values()) for key in CHANGES)


def of_standard(given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """What a plan does to one standard; "" is the scheme's first."""
    return given.get("others", {}).get(key, {}) if key else given


def standards_of(
    content: Content, higher: SchemeVersion, own: Mapping[str, Any] | None, cite: Citing
) -> list[dict[str, Any]]:
    is_own = own is not None and "plan" not in own and "standards" in own
    if not changes_standard(content):
        return deepcopy(own["standards"]) if is_own and own is not None else []
    standards = deepcopy(own["standards"] if is_own and own is not None else stored.loaded_of(higher).raw["standards"])
    given = content["standard"]
    ref = f"{cite.prefix}{NUMERALS['standard']}"
    cite.clauses.append(
        {
            "ref": ref,
            "title": f"{NUMERALS['standard']}、创建标准",
            "text": f"在《{higher.title}》标准的基础上收紧、增补，见附件。",
            "works_in": ["standard"],
        }
    )
    for at, standard in enumerate(standards):
        _change(
            standard, of_standard(given, standard.get("key", "standard") if at else ""), is_own=is_own, is_first=not at
        )
        standard["source"] = ref
        for part in standard["parts"]:
            part["source"] = ref
            for line in part["criteria"]:
                line["source"] = cite.annex(line["no"], _line_text(line), standard["title"] if at else "")
        for level in standard["levels"]:
            level["source"] = ref
    return standards


def _change(standard: dict[str, Any], given: Mapping[str, Any], *, is_own: bool, is_first: bool) -> None:
    if not is_own:
        _refer(standard, is_first=is_first)
    _mark(standard, given)
    _add_checks(standard, given.get("checks", []))
    _drop(standard, {int(no) for no in given.get("dropped", [])})
    _add_criteria(standard, given.get("criteria", []))


def _refer(standard: dict[str, Any], *, is_first: bool) -> None:
    """Say of every line which higher one it carries. What it said of a scheme two floors up is that scheme's business.

    Lines refer to the higher scheme's first standard; those beside it are known by their keys and numbers.
    """
    for part in standard["parts"]:
        for line in part["criteria"]:
            line.pop("refines", None)
            if is_first:
                line["refines"] = [line["no"]]
            for check in line.get("checks", []):
                check.pop("refines", None)
                check.pop("source", None)


def _mark(standard: dict[str, Any], given: Mapping[str, Any]) -> None:
    marks: Mapping[str, str] = given.get("marks", {})
    for part in standard["parts"]:
        for line in part["criteria"]:
            for at, check in enumerate(line.get("checks", []), 1):
                if "threshold" in check:
                    check["threshold"] = _marked(check["threshold"], marks, f"{line['no']}.{at}")
    for level in standard["levels"]:
        value = number(given.get("levels", {}).get(level["key"], ""))
        if value is not None:
            level.pop("above", None)
            level["at_least"] = value


def _marked(threshold: Mapping[str, Any], marks: Mapping[str, str], name: str) -> dict[str, Any]:
    """A figure with the plan's values: its own, and those of its variants (``3.3.1``)."""
    found = {**threshold, "value": _or(marks.get(name, ""), threshold["value"])}
    if "cases" in threshold:
        cases = enumerate(threshold["cases"], 1)
        found["cases"] = [{**case, "value": _or(marks.get(f"{name}.{at}", ""), case["value"])} for at, case in cases]
    return found


def _or(text: str, otherwise: Any) -> Any:
    value = number(text)
    return otherwise if value is None else value


def _add_checks(standard: dict[str, Any], rows: Iterable[Row]) -> None:
    by_no = {line["no"]: line for part in standard["parts"] for line in part["criteria"]}
    for row in rows:
        line = by_no.get(int(row["no"]))
        if line is None:
            continue
        checks = line.setdefault("checks", [])
        if not checks:
            # What the title asks stays the first thing asked.
            checks.append({"text": line["title"], "evidence": ["document"]})
        checks.append({"text": row["text"], "evidence": [row.get("proof") or "document"]})


def _drop(standard: dict[str, Any], gone: set[int]) -> None:
    for part in standard["parts"]:
        part["criteria"] = [line for line in part["criteria"] if line["no"] not in gone]
        if gone and "points" in part:
            part.pop("points")
    standard["parts"] = [part for part in standard["parts"] if part["criteria"]]
    if gone:
        standard.pop("maximum", None)
        for level in standard["levels"]:
            if level.get("must"):
                level["must"] = [no for no in level["must"] if no not in gone]


def _add_criteria(standard: dict[str, Any], rows: Iterable[Row]) -> None:
    parts = {part["title"]: part for part in standard["parts"]}
    for row in rows:
        part = parts.get(row["part"]) or standard["parts"][-1]
        no = int(row["no"])
        line: dict[str, Any] = {"no": no, "title": row["title"], "kind": row["kind"]}
        if row["kind"] == "bonus":
            line |= {"points": number(row.get("points", "")) or Decimal(1), "how": "all"}
        line["checks"] = [
            {"text": text, "evidence": ["document"]} for text in lines(row.get("checks", "")) or [row["title"]]
        ]
        part["criteria"].append(line)
        if row["kind"] == "met":
            for level in standard["levels"]:
                level["must"] = [*level.get("must", []), no]


def _line_text(line: Mapping[str, Any]) -> str:
    checks = [check["text"].rstrip("；。") for check in line.get("checks", [])]
    asked = "".join(f"{at}. {text}；" for at, text in enumerate(checks, 1)) if checks else ""
    return f"{line['title']}{'：' if asked else ''}{asked.rstrip('；')}。"
