"""From what a form holds to a scheme, and back: the content of a plan as a scheme file's values under the higher scheme.

``built`` gives the scheme as loaded, so that it is read, checked, compared and scored like any other; ``first_content`` what a new
plan begins with. Sections that a plan does not write (the procedure, titles, upkeep, forms) come from the higher scheme.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, cast

from greenhood.divisions.models import Division, Level
from greenhood.kit.dates import today_in_shanghai
from greenhood.planning import explaining
from greenhood.planning.annex import own_raw, standards_of
from greenhood.planning.citing import Citing
from greenhood.planning.sections import (
    BY_KEY,
    FIRST_YEAR,
    Row,
    day,
    goal_row,
    lines,
    names,
    number,
)
from greenhood.schemes import against, library, loading, stored, writing
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
    cite = Citing("计划" if is_foreign else "")
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
        "standards": standards_of(content, higher, own, cite),
        "calendar": [_obligation(row, division, cite) for row in rows["calendar"]],
        "replaces": explaining.texts(content),
    }
    raw["clauses"] = [*cite.clauses, *_kept_clauses(own, is_foreign)]
    written = {key: value for key, value in raw.items() if value not in (None, {}) and (value or key == "calendar")}
    if not rows["duties"]:
        written.pop("duties", None)
    return written


def _basis(higher: Scheme) -> dict[str, Any]:
    found = {"title": higher.title, "number": higher.number, "issued": higher.issued, "issuer": higher.issuer}
    return {key: value for key, value in found.items() if value}


def _goal(row: Row, cite: Citing) -> dict[str, Any]:
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


def _phase(row: Row, at: int, cite: Citing) -> dict[str, Any]:
    ref = cite("phases", f"{row['title']}。{row.get('text', '')}")
    tasks = [{"title": row["title"], "text": row["text"], "source": ref}] if row.get("text") else []
    found = {
        "key": f"phase-{at}",
        "title": row["title"],
        "begins": day(row.get("begins", "")),
        "ends": day(row.get("ends", "")),
    }
    return {**{key: value for key, value in found.items() if value}, "source": ref, "tasks": tasks}


def _duty(row: Row, cite: Citing) -> dict[str, Any]:
    found: dict[str, Any] = {"part": row["part"]}
    if row.get("text"):
        found["text"] = row["text"]
    found["guiding"] = names(row.get("guiding", ""))
    if row.get("implementing"):
        found["implementing"] = row["implementing"]
    who = row.get("guiding") or row.get("implementing") or ""
    return {**found, "source": cite("duties", f"{row['part']}：{row.get('text') or '按照职责分工推动'}（{who}）")}


def _plan(head: Row, rows: Mapping[str, list[Row]], cite: Citing) -> dict[str, Any]:
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
        "key_projects": [_project(row, cite) for row in rows["projects"]],
        "measures": [
            {
                **_some(row, "title", "text", "part"),
                "source": cite("measures", f"{row['title']}。{row.get('text', '')}"),
            }
            for row in rows["measures"]
        ],
    }


def _project(row: Row, cite: Citing) -> dict[str, Any]:
    money = number(row.get("money", ""))
    return {
        **_some(row, "title", "text", "funds", "department"),
        "communities": names(row.get("communities", "")),
        "codes": [int(code) for code in names(row.get("codes", "")) if code.isdecimal()],
        **({} if money is None else {"money": money}),
        **_day(row),
        "source": cite("projects", f"{row['title']}。{row.get('text', '')}"),
    }


def _some(row: Row, *keys: str) -> dict[str, str]:
    return {key: row[key] for key in keys if row.get(key)}


def _day(row: Row) -> dict[str, Any]:
    by = day(row.get("by", ""))
    return {"by": by} if by else {}


def _obligation(row: Row, division: Division, cite: Citing) -> dict[str, Any]:
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


# --- what a plan begins with -----------------------------------------------------------------------------------------


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
