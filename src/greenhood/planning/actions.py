"""What people do with a plan before it is filed: start one, write it section by section, put it away and take it up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.planning import drafting, explaining, matching, queries, sections, standards
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.events import Event
from greenhood.planning.explaining import LEAST_REASON, LONGEST_REASON
from greenhood.planning.holding import act_for, held_plan, opened, tell
from greenhood.planning.models import Plan
from greenhood.reporting.models import State
from greenhood.schemes import loading
from greenhood.schemes.models import SchemeVersion

FIRST_YEAR = sections.FIRST_YEAR
SITTING = dt.timedelta(minutes=30)


@transaction.atomic
def start(
    division: Division, *, year: int, by: Actor, at: dt.datetime | None = None, is_demonstration: bool = False
) -> Plan:
    """Begin a plan of a year: from the division's last plan or scheme where it has one, otherwise from the higher scheme in force.

    Raises Refused where there is no higher scheme, or a plan is in work already.
    """
    act_for(by, division)
    if not FIRST_YEAR <= year <= today_in_shanghai(at).year + 1:
        raise Refused({"year": f"年度应在 {FIRST_YEAR} 到 {today_in_shanghai(at).year + 1} 之间。"})
    higher = queries.higher_for(division)
    if higher is None:
        raise Refused("上级还没有发布方案，没有可以落实的依据。请先由上级发布方案。")
    own = queries.own_scheme(division)
    content = _first_content(division, higher, own, year)
    obligation = queries.owed_plan(division, year)
    plan = Plan(
        division=division,
        year=year,
        title=content["head"]["title"],
        scheme_id=own.scheme_id if own else f"plan-{division.code}",
        higher=higher,
        based_on=own,
        content=content,
        obligation=obligation,
        own_state=None if obligation else State.OPEN,
        created_by=by.user,
        is_demonstration=is_demonstration,
    )
    try:
        with transaction.atomic():
            plan.save(force_insert=True)
    except IntegrityError as clash:
        if "plan_one" not in str(clash):
            raise
        raise Refused("已有一份正在编制或报送的方案，请先办完或放弃那一份。") from None
    tell(Event.STARTED, plan, by, {"年度": year, "上级方案": str(higher), "报送任务": str(obligation or "无")}, at)
    return plan


def _first_content(division: Division, higher: SchemeVersion, own: SchemeVersion | None, year: int) -> drafting.Content:
    last = queries.last_published(division)
    if last is not None and own is not None and last.version_id == own.pk:
        return _carried_on(last, year)
    return drafting.first_content(division, higher, own, year=year)


def _carried_on(last: Plan, year: int) -> dict[str, Any]:
    """Next year's plan begins with the last one's words; its own time and number are new, and reasons are given anew."""
    head = {**last.content["head"], "number": "", "issued": "", "begins": f"{year}-01-01", "ends": f"{year}-12-31"}
    head["title"] = head["title"].replace(f"{last.year}年", f"{year}年")
    return {**last.content, "head": head, "reasons": explaining.of_earlier(last.content, last.title)}


@transaction.atomic
def save_section(
    plan: Plan, key: str, rows: list[sections.Row], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Plan:
    """Keep one section as it is typed. Raises Refused with a sentence by field, Overtaken."""
    held = opened(plan, revision, by, key)
    section = sections.BY_KEY[key]
    higher = held.higher.scheme
    fields = sections.section_fields(section, higher, drafting.level_of(held.division))
    rows = _with_keys(section, rows)
    if found := sections.problems_of(section, rows, fields, higher):
        raise Refused(found)
    if section is sections.PROJECTS:
        rows = matching.with_codes(rows, held.division)
    held.content = {**held.content, key: rows[0] if section.is_single and rows else rows}
    if section is sections.HEAD:
        held.title = rows[0]["title"]
        begins = sections.day(rows[0]["begins"])
        held.year = begins.year if begins else held.year
    return _save(held, by, key, at)


def _with_keys(section: sections.Section, rows: list[sections.Row]) -> list[sections.Row]:
    """Rows that other versions are compared by keep the key that they were first given."""
    if section.key not in ("goals", "calendar"):
        return rows
    taken = {row["key"] for row in rows if row.get("key")}
    found, following = [], 1
    for row in rows:
        if not row.get("key"):
            while f"{section.key}-{following}" in taken:
                following += 1
            row = {**row, "key": f"{section.key}-{following}"}
            taken.add(row["key"])
        found.append(row)
    return found


@transaction.atomic
def save_standard(
    plan: Plan, given: dict[str, Any], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Plan:
    """Keep what the plan does to the standard, with the reasons for lines left out. Raises Refused, Overtaken."""
    held = opened(plan, revision, by, "standard")
    if found := standards.problems_of(held, given):
        raise Refused(found)
    given = standards.numbered(held, given)
    typed = given.pop("reasons")
    before = queries.looked_at(held).values
    held.content = {**held.content, "standard": given}
    after = queries.looked_at(held).values
    held.content["reasons"] = explaining.bound_anew(held.content, typed, before=before, after=after)
    return _save(held, by, "standard", at)


@transaction.atomic
def save_settings(
    plan: Plan, chosen: Mapping[str, str], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Plan:
    """Keep the values chosen for open settings; those left empty stay as the higher scheme has them. Raises Refused, Overtaken."""
    held = opened(plan, revision, by, "settings")
    given = {key: text.strip() for key, text in chosen.items() if text.strip()}
    settings = {one.key: one for one in queries.open_settings(held)}
    found = {
        f"setting-{key}": f"{problem.rstrip('。')}（{settings[key].source}）。" if key in settings else problem
        for key, text in given.items()
        for problem in loading.chosen_problems(list(settings.values()), {key: text})
    }
    if found:
        raise Refused(found)
    held.content = {**held.content, "settings": given}
    return _save(held, by, "settings", at)


@transaction.atomic
def save_reasons(
    plan: Plan, reasons: Mapping[str, str], *, revision: int, by: Actor, at: dt.datetime | None = None
) -> Plan:
    """Keep the reasons for what the plan loosens, each with the values that it is given for. Raises Refused, Overtaken."""
    held = opened(plan, revision, by)
    given = {key: text.strip() for key, text in reasons.items()}
    values = queries.looked_at(held).values
    if strange := given.keys() - values.keys():
        raise Refused(f"方案没有放宽“{'、'.join(sorted(strange))}”，不需要理由。请刷新页面，按现在的对照填写。")
    found = {
        f"reason-{key}": f"理由写 {LEAST_REASON} 到 {LONGEST_REASON} 字。"
        for key, text in given.items()
        if text and not LEAST_REASON <= len(text) <= LONGEST_REASON
    }
    if found:
        raise Refused(found)
    held.content = {**held.content, "reasons": explaining.bound(held.content, given, values)}
    return _save(held, by, "reasons", at)


@transaction.atomic
def follow_newest(plan: Plan, *, revision: int, by: Actor, at: dt.datetime | None = None) -> Plan:
    """Check the plan against the higher scheme now in force from now on. Raises Refused, Overtaken."""
    held = opened(plan, revision, by)
    newest = queries.newer_above(held)
    if newest is None:
        raise Refused("上级方案没有更新的版本。")
    before, held.higher = held.higher, newest
    held.revision += 1
    held.save(update_fields=["higher", "revision"])
    tell(Event.REBASED, held, by, {"原": str(before), "现": str(newest)}, at)
    return held


@transaction.atomic
def discard(plan: Plan, *, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Put a draft away that nobody above has. It can be taken up again. Raises Refused, Overtaken."""
    held = held_plan(plan.pk)
    act_for(by, held.division)
    if not held.is_open or held.filed_at or (held.obligation and held.obligation.filed_at):
        raise Refused("已经报送过的方案不能放弃。")
    if held.revision != revision:
        raise Overtaken
    held.discarded_at = at or timezone.now()
    held.revision += 1
    held.save(update_fields=["discarded_at", "revision"])
    tell(Event.DISCARDED, held, by, {}, at)


@transaction.atomic
def restore(plan: Plan, *, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Take up a draft again that was put away. Raises Refused where another is in work, Overtaken."""
    held = held_plan(plan.pk)
    act_for(by, held.division)
    if held.discarded_at is None:
        raise Refused("这份方案没有被放弃。")
    if held.revision != revision:
        raise Overtaken
    others = Plan.objects.filter(discarded_at=None)
    if others.filter(division=held.division, published_at=None).exists():
        raise Refused("已有另一份正在编制的方案，不能同时恢复这一份。")
    if held.obligation_id and others.filter(obligation=held.obligation_id).exists():
        raise Refused("上级要求的这一份已由另一份方案报送，不能恢复；请按现行方案编制新版。")
    held.discarded_at = None
    held.revision += 1
    try:
        with transaction.atomic():
            held.save(update_fields=["discarded_at", "revision"])
    except IntegrityError as clash:
        if "plan_one" not in str(clash):
            raise
        # Somebody began or restored another one at the same moment.
        raise Overtaken from None
    tell(Event.RESTORED, held, by, {}, at)


def note_export(division: Division, *, rows: int, by: Actor) -> None:
    """Write down that somebody took the list of plans out of the system."""
    check(by, Capability.EXPORT, division)
    history.record(Event.EXPORTED, division, by=by, division_code=division.code, details={"行数": rows})


def _save(held: Plan, by: Actor, key: str, at: dt.datetime | None) -> Plan:
    now = at or timezone.now()
    # A form saves itself every few seconds: one line of history for a sitting of one person.
    is_sitting = held.edited_at is not None and now - held.edited_at < SITTING
    is_told = is_sitting and by.user is not None and held.edited_by_id == by.user.pk
    held.revision += 1
    held.edited_at, held.edited_by = now, by.user
    held.save(update_fields=["content", "title", "year", "revision", "edited_at", "edited_by"])
    if not is_told:
        tell(Event.SAVED, held, by, {"部分": sections.TITLES.get(key, key), "版次": held.revision}, at)
    return held
