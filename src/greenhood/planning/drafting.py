"""From what a form holds to a scheme, and back: the content of a plan as a scheme file's values under the higher scheme.

``built`` gives the scheme as loaded, so that it is read, checked, compared and scored like any other; ``first_content`` what a new
plan begins with. Sections that a plan does not write (the procedure, titles, upkeep, forms) come from the higher scheme.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from greenhood.divisions.models import Division, Level
from greenhood.kit.dates import today_in_shanghai
from greenhood.planning import explaining
from greenhood.planning.sections import (
    BY_KEY,
    FIRST_YEAR,
    NUMERALS,
    Row,
    day,
    goal_row,
    lines,
    names,
    number,
)
from greenhood.schemes import against, library, loading, source, stored, writing
from greenhood.schemes.format import AdminLevel, Goal, Scheme
from greenhood.schemes.loading import Loaded
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.problems import Problem, Refused, place_text
from greenhood.schemes.reading import Reading

ADMIN = {
    Level.NATION: AdminLevel.NATION,
    Level.PROVINCE: AdminLevel.PROVINCE,
    Level.CITY: AdminLevel.CITY,
    Level.COUNTY: AdminLevel.COUNTY,
    Level.STREET: AdminLevel.STREET,
    Level.COMMUNITY: AdminLevel.COMMUNITY,
}
KEPT = ("subjects", "roster", "titles", "procedure", "upkeep", "forms", "settings", "composite", "efforts")
"""What a file of the division's own says beyond a plan's form stays as it is in the next version."""

COMMENT = "本文件由平台“实施方案”编制，是方案的数据形式，供下载、核对和交换；修改请在平台上进行。"
WORKS_IN = {
    "entry_points": ["survey-baseline"],
    "goals": ["goals"],
    "phases": ["phases"],
    "yearly": ["phases"],
    "projects": ["projects"],
    "measures": ["scheme"],
    "duties": ["duties"],
    "standard": ["standard"],
    "calendar": ["calendar"],
}
Content = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """A plan as a scheme: loaded, or None with what stands in the way. ``chosen`` are the values of open settings."""

    raw: dict[str, Any]
    chosen: dict[str, str]
    loaded: Loaded | None
    problems: tuple[Problem, ...] = ()

    @property
    def text(self) -> str:
        return writing.text_of(self.raw, comment=COMMENT)


@dataclass(frozen=True)
class Unpublished:
    """A scheme that no version was published of, as ``Reading`` reads one."""

    scheme: Scheme
    title: str
    jurisdiction: Division
    chosen: Mapping[str, Any]
    effects: Mapping[str, list[str]]
    inherited: list[str]


def reading_of(loaded: Loaded, division: Division) -> Reading:
    """A draft laid out as published schemes are."""
    unpublished = Unpublished(
        loaded.scheme,
        loaded.scheme.title,
        division,
        loaded.chosen,
        {key: [place_text(place) for place in places] for key, places in loaded.effects.items()},
        sorted(loaded.inherited),
    )
    return Reading(cast("SchemeVersion", unpublished), today_in_shanghai())


def level_of(division: Division) -> AdminLevel:
    return ADMIN[Level(division.level)]


def built(
    content: Content, *, division: Division, scheme_id: str, higher: SchemeVersion, based_on: SchemeVersion | None
) -> Draft:
    """The plan as a scheme under the higher one. Never raises: what can't be read is among the problems."""
    above = stored.loaded_of(higher)
    raw = raw_of(content, division=division, scheme_id=scheme_id, higher=higher, based_on=based_on)
    path = library.folder() / f"{scheme_id}.yaml"
    try:
        loaded = loading.load_raw(raw, path, above)
        if chosen := _chosen(content, loaded.scheme):
            loaded = loading.load_raw(raw, path, above, chosen)
    except Refused as refused:
        return Draft(raw, {}, None, tuple(refused.problems))
    return Draft(raw, chosen, loaded)


def reloaded(text: str, *, scheme_id: str, higher: SchemeVersion, chosen: Mapping[str, Any]) -> Loaded:
    """A plan that was filed, from its text."""
    return loading.load_under(text, library.folder() / f"{scheme_id}.yaml", stored.loaded_of(higher), chosen)


def _chosen(content: Content, scheme: Scheme) -> dict[str, str]:
    """The values that a plan chooses, of settings that still take effect."""
    given: Mapping[str, str] = content.get("settings", {})
    return {one.key: given[one.key] for one in scheme.settings if one.open and given.get(one.key, "") != ""}


# --- the file --------------------------------------------------------------------------------------------------------


def raw_of(
    content: Content, *, division: Division, scheme_id: str, higher: SchemeVersion, based_on: SchemeVersion | None
) -> dict[str, Any]:
    own = own_raw(based_on)
    is_foreign = own is not None and "plan" not in own
    cite = _Citing("计划" if is_foreign else "")
    head: Row = content.get("head", {})
    rows = {key: content.get(key, []) for key in BY_KEY}
    raw: dict[str, Any] = {
        "id": scheme_id,
        "title": head.get("title") or f"{division.name}绿色社区创建行动实施方案",
        "number": head.get("number") or None,
        "issuer": head.get("issuer") or division.name,
        "issued": day(head.get("issued", "")),
        "jurisdiction": division.code,
        "implements": higher.scheme_id,
        "basis": [_basis(higher.scheme), *({"title": line} for line in lines(head.get("basis", "")))],
        "departments": [
            {"key": f"d{at}", "title": title, "level": level_of(division).value}
            for at, title in enumerate(dict.fromkeys(lines(head.get("departments", ""))), 1)
        ],
        **{key: value for key, value in (own or {}).items() if key in KEPT},
        "goals": [_goal(row, cite) for row in rows["goals"]],
        "phases": [_phase(row, at, cite) for at, row in enumerate(rows["phases"], 1)],
        "duties": [_duty(row, cite) for row in rows["duties"]],
        "plan": _plan(head, rows, cite),
        "standards": _standards(content, higher, own, cite),
        "calendar": [_obligation(row, division, cite) for row in rows["calendar"]],
        "replaces": explaining.texts(content),
    }
    raw["clauses"] = [*cite.clauses, *_kept_clauses(own, is_foreign)]
    written = {key: value for key, value in raw.items() if value not in (None, {}) and (value or key == "calendar")}
    if not rows["duties"]:
        written.pop("duties", None)
    return written


class _Citing:
    """Numbers the rows of the plan's own document, and writes down each as a clause."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.clauses: list[dict[str, Any]] = []
        self._counts: dict[str, int] = {}

    def __call__(self, section: str, text: str) -> str:
        """The clause of the next row of a section."""
        at = self._counts[section] = self._counts.get(section, 0) + 1
        numeral = NUMERALS[section]
        ref = f"{self.prefix}{numeral}·{at}"
        clause: dict[str, Any] = {"ref": ref, "text": text or "（未写）", "works_in": WORKS_IN[section]}
        if at == 1:
            clause["title"] = f"{numeral}、{BY_KEY[section].title}"
        self.clauses.append(clause)
        return ref

    def annex(self, no: int, text: str) -> str:
        """The clause of a criterion in the annexed standard."""
        ref = f"{self.prefix}附件 #{no}"
        self.clauses.append({"ref": ref, "text": text, "works_in": ["assessment", "standard"]})
        return ref


def _basis(higher: Scheme) -> dict[str, Any]:
    found = {"title": higher.title, "number": higher.number, "issued": higher.issued, "issuer": higher.issuer}
    return {key: value for key, value in found.items() if value}


def _goal(row: Row, cite: _Citing) -> dict[str, Any]:
    amount = number(row["amount"]) or Decimal(0)
    found: dict[str, Any] = {"key": row["key"], "title": row["title"], "measure": row["measure"], "by": day(row["by"])}
    if row.get("each"):
        found["each"] = row["each"]
    if row["unit"] == "share":
        found["share"] = (amount / 100).normalize() + 0
    else:
        found["count"] = int(amount)
        if row.get("count_to", "").isdecimal() and int(row["count_to"]) >= int(amount):
            found["count_to"] = int(row["count_to"])
    if row.get("conflict"):
        found["conflict"] = row["conflict"]
    if row.get("award"):
        found["award"] = row["award"]
    shown = f"{amount:f}%" if row["unit"] == "share" else f"{amount:f} 个"
    return {**found, "source": cite("goals", f"{row['by']} 前，{row['title']}（{shown}）。")}


def _phase(row: Row, at: int, cite: _Citing) -> dict[str, Any]:
    ref = cite("phases", f"{row['title']}。{row.get('text', '')}")
    tasks = [{"title": row["title"], "text": row["text"], "source": ref}] if row.get("text") else []
    found = {
        "key": f"phase-{at}",
        "title": row["title"],
        "begins": day(row.get("begins", "")),
        "ends": day(row.get("ends", "")),
    }
    return {**{key: value for key, value in found.items() if value}, "source": ref, "tasks": tasks}


def _duty(row: Row, cite: _Citing) -> dict[str, Any]:
    found: dict[str, Any] = {"part": row["part"]}
    if row.get("text"):
        found["text"] = row["text"]
    found["guiding"] = names(row.get("guiding", ""))
    if row.get("implementing"):
        found["implementing"] = row["implementing"]
    who = row.get("guiding") or row.get("implementing") or ""
    return {**found, "source": cite("duties", f"{row['part']}：{row.get('text') or '按照职责分工推动'}（{who}）")}


def _plan(head: Row, rows: Mapping[str, list[Row]], cite: _Citing) -> dict[str, Any]:
    return {
        "begins": day(head.get("begins", "")),
        "ends": day(head.get("ends", "")),
        "entry_points": [
            {
                **_some(row, "community_type", "problem", "approach"),
                "source": cite("entry_points", f"{row['community_type']}：{row['problem']}。从{row['approach']}入手。"),
            }
            for row in rows["entry_points"]
        ],
        "yearly": [
            {
                "year": int(row["year"]),
                **_some(row, "title", "text", "department"),
                **_day(row),
                "source": cite("yearly", f"{row['year']} 年：{row['title']}。{row.get('text', '')}"),
            }
            for row in rows["yearly"]
        ],
        "key_projects": [
            {
                **_some(row, "title", "text", "funds", "department"),
                "communities": names(row.get("communities", "")),
                "codes": [int(code) for code in names(row.get("codes", "")) if code.isdecimal()],
                **(
                    {"money": value} if (value := number(row.get("money", ""))) is not None and row.get("money") else {}
                ),
                **_day(row),
                "source": cite("projects", f"{row['title']}。{row.get('text', '')}"),
            }
            for row in rows["projects"]
        ],
        "measures": [
            {
                **_some(row, "title", "text", "part"),
                "source": cite("measures", f"{row['title']}。{row.get('text', '')}"),
            }
            for row in rows["measures"]
        ],
    }


def _some(row: Row, *keys: str) -> dict[str, str]:
    return {key: row[key] for key in keys if row.get(key)}


def _day(row: Row) -> dict[str, Any]:
    by = day(row.get("by", ""))
    return {"by": by} if by else {}


def _obligation(row: Row, division: Division, cite: _Citing) -> dict[str, Any]:
    reporter = AdminLevel(row["reporter"])
    found: dict[str, Any] = {
        "key": row["key"],
        "title": row["title"],
        "kind": row["kind"],
        "frequency": row["frequency"],
        "reporter": reporter.value,
        "reporter_title": f"各{Level(list(AdminLevel).index(reporter)).label}",
        "receiver": level_of(division).value,
        "receiver_title": division.name,
    }
    match row["frequency"]:
        case "annual":
            found |= {"due_month": int(row["month"]), "due_day": int(row["day"])}
        case "monthly":
            found["due_day"] = int(row["day"])
        case "quarterly":
            found["days_after_period"] = int(row["day"])
        case _:
            found["due_date"] = day(row["on"])
    asked = names(row.get("asks", "")) or ["工作进展"]
    found["sections"] = [{"key": f"s{at}", "title": title} for at, title in enumerate(asked, 1)]
    return {**found, "source": cite("calendar", f"{row['title']}：{'、'.join(asked)}。")}


def _kept_clauses(own: Mapping[str, Any] | None, is_foreign: bool) -> list[dict[str, Any]]:
    return list((own or {}).get("clauses", [])) if is_foreign else []


# --- the standard ----------------------------------------------------------------------------------------------------


def begins_with(higher: SchemeVersion, based_on: SchemeVersion | None) -> tuple[list[dict[str, Any]], bool]:
    """The standards that a plan's changes are made to: those of the division's own file, else the higher scheme's (then True)."""
    own = own_raw(based_on)
    if own is not None and "plan" not in own and "standards" in own:
        return own["standards"], False
    return stored.loaded_of(higher).raw["standards"], True


def changes_standard(content: Content) -> bool:
    given = content.get("standard", {})
    return any(given.get(key) for key in ("marks", "levels", "checks", "criteria", "dropped"))


def _standards(
    content: Content, higher: SchemeVersion, own: Mapping[str, Any] | None, cite: _Citing
) -> list[dict[str, Any]]:
    is_own = own is not None and "plan" not in own and "standards" in own
    if not changes_standard(content):
        return deepcopy(own["standards"]) if is_own and own is not None else []
    standards = deepcopy(own["standards"] if is_own and own is not None else stored.loaded_of(higher).raw["standards"])
    given = content["standard"]
    first = standards[0]
    first["source"] = f"{cite.prefix}{NUMERALS['standard']}"
    cite.clauses.append(
        {
            "ref": first["source"],
            "title": f"{NUMERALS['standard']}、创建标准",
            "text": f"在《{higher.title}》标准的基础上收紧、增补，见附件。",
            "works_in": ["standard"],
        }
    )
    _refer(first, is_own=is_own)
    _mark(first, given)
    _add_checks(first, given.get("checks", []))
    _drop(first, {int(no) for no in given.get("dropped", [])})
    _add_criteria(first, given.get("criteria", []))
    for part in first["parts"]:
        part["source"] = first["source"]
        for line in part["criteria"]:
            line["source"] = cite.annex(line["no"], _line_text(line))
    for level in first["levels"]:
        level["source"] = first["source"]
    return standards


def _refer(standard: dict[str, Any], *, is_own: bool) -> None:
    """Say of every line which higher one it carries. What it said of a scheme two floors up is that scheme's business."""
    if is_own:
        return
    for part in standard["parts"]:
        for line in part["criteria"]:
            line["refines"] = [line["no"]]
            for check in line.get("checks", []):
                check.pop("refines", None)
                check.pop("source", None)


def _mark(standard: dict[str, Any], given: Mapping[str, Any]) -> None:
    marks: Mapping[str, str] = given.get("marks", {})
    for part in standard["parts"]:
        for line in part["criteria"]:
            for at, check in enumerate(line.get("checks", []), 1):
                value = number(marks.get(f"{line['no']}.{at}", ""))
                if value is not None and "threshold" in check:
                    check["threshold"] = {**check["threshold"], "value": value}
    for level in standard["levels"]:
        value = number(given.get("levels", {}).get(level["key"], ""))
        if value is not None:
            level.pop("above", None)
            level["at_least"] = value


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


# --- what a plan begins with -----------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _source_of(pk: object, text: str) -> dict[str, Any]:
    del pk
    return source.parse(text, Path("scheme.yaml")).raw


def own_raw(based_on: SchemeVersion | None) -> dict[str, Any] | None:
    """What the division's own scheme says in its file, without what it takes over."""
    return None if based_on is None else _source_of(based_on.pk, based_on.source_text)


def first_content(division: Division, higher: SchemeVersion, based_on: SchemeVersion | None, *, year: int) -> Content:
    """What a new plan begins with: the division's own scheme where it has one, and what the higher scheme sets for it."""
    scheme = based_on.scheme if based_on else None
    higher_scheme = higher.scheme
    head = {
        "title": f"{division.name}绿色社区创建行动实施方案（{year}年）",
        "number": "",
        "issuer": scheme.issuer if scheme else _government(division),
        "issued": "",
        "begins": f"{max(year, FIRST_YEAR)}-01-01",
        "ends": f"{max(year, FIRST_YEAR)}-12-31",
        "departments": "\n".join(one.title for one in scheme.departments) if scheme else "",
        "basis": "",
    }
    return {
        "head": head,
        "goals": _goal_rows(scheme, higher_scheme, division, year),
        "duties": [
            {
                "part": duty.part,
                "text": duty.text or "",
                "guiding": "、".join(duty.guiding) if scheme else "",
                "implementing": duty.implementing or "",
            }
            for duty in (scheme.duties if scheme else _parts_as_duties(higher_scheme))
        ],
        "phases": [
            {
                "title": phase.title,
                "begins": phase.begins.isoformat() if phase.begins else "",
                "ends": phase.ends.isoformat() if phase.ends else "",
                "text": "；".join(task.text.rstrip("。；") for task in phase.tasks),
            }
            for phase in (scheme.phases if scheme else [])
        ],
    }


def _government(division: Division) -> str:
    return f"{division.name}{'办事处' if division.name.endswith('街道') else '人民政府'}"


@dataclass(frozen=True, slots=True)
class _Part:
    part: str
    text: str | None = None
    guiding: tuple[str, ...] = ()
    implementing: str | None = None


def _parts_as_duties(higher: Scheme) -> list[_Part]:
    return [_Part(part.title) for part in higher.standard.parts]


def _goal_rows(own: Scheme | None, higher: Scheme, division: Division, year: int) -> list[Row]:
    level = level_of(division)
    if own is not None:
        return [
            {**goal_row(goal, goal.key, each=goal.each.value if goal.each else ""), "award": goal.award or ""}
            for goal in own.goals
        ]
    probe = higher.model_copy(update={"jurisdiction": division.code, "plan": None})
    found = [goal for goal in higher.goals if against.binds(goal, probe)]
    ends = date(year, 12, 31)
    return [
        {
            **goal_row(goal, goal.key, each=goal.each.value if goal.each and goal.each is not level else ""),
            "award": goal.award or "",
            "title": localised(goal.title, division),
            # What the editor of the higher scheme decided about its text is no business of this one's.
            "conflict": "",
            # A day that is over can't be set again; the figure still binds.
            "by": max(goal.by, ends).isoformat(),
        }
        for goal in _still_binding(found, date(year, 1, 1))
    ]


def _still_binding(goals: list[Goal], begins: date) -> list[Goal]:
    """Of the goals of one kind whose day is over, the last; all others."""
    last: dict[object, Goal] = {}
    for goal in goals:
        kind = (goal.measure, goal.award, goal.each, goal.share is None, goal.by if goal.by >= begins else None)
        last[kind] = max(last.get(kind, goal), goal, key=lambda one: one.by)
    return [goal for goal in goals if goal in last.values()]


def localised(title: str, division: Division) -> str:
    """``全省60%以上的城市社区…`` as the division says it of itself: ``全区60%以上的城市社区…``."""
    ending = division.name[-1]
    own = f"全{ending}" if ending in "省市区县镇乡州盟旗" else "全街道"
    return re.sub(r"^(全国|全省|全市|全区|全县|各区|各市|各县|全镇)", own, title)
