"""Choose communities that go first, with reasons; confirm the list; change it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division, Level
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.programme.acting import act_as_own
from greenhood.programme.errors import Overtaken, Refused
from greenhood.programme.events import Event
from greenhood.programme.models import Pilot
from greenhood.programme.queries import candidates, pilots

LONGEST = 500


@transaction.atomic
def propose(
    division: Division, community: Division, *, reason: str, willingness: str = "", goal: str = "", by: Actor,
    at: dt.datetime | None = None,
) -> Pilot:  # fmt: skip
    """Put a community on a division's list of pilots, with the reason and the facts of the day.

    ``goal`` is ``scheme/entry`` of the goal that it counts towards, empty for none. Where nothing recorded says that residents want
    it, ``willingness`` has to. Raises Refused.
    """
    act_as_own(by, division)
    now = at or timezone.now()
    found = candidates.candidate(division, community, today=today_in_shanghai(now))
    problems = _problems(division, community, found, reason, willingness)
    options = {one.value: one for one in pilots.choices(division)}
    if goal and goal not in options:
        problems["goal"] = "这个试点目标不由本级选取。"
    if problems or found is None:
        raise Refused(problems)
    choice = options.get(goal)
    try:
        with transaction.atomic():
            pilot = Pilot.objects.create(
                community=community, division=division, version=choice.version if choice else None,
                scheme=choice.version.scheme_id if choice else "", entry=choice.goal.key if choice else "", age=found.age,
                facts=found.as_facts(), willingness=willingness.strip(), reason=reason.strip(), proposed_at=now, proposed_by=by.user,
                is_demonstration=bool(by.user and by.user.is_demonstration),
            )  # fmt: skip
    except IntegrityError:
        raise Refused(f"{community.name}已经在本级的试点名单里。") from None
    _record(Event.PILOT_PROPOSED, pilot, by, now, {"reason": pilot.reason, "facts": pilot.facts})
    return pilot


def _problems(
    division: Division, community: Division, found: candidates.Candidate | None, reason: str, willingness: str
) -> dict[str, str]:
    problems: dict[str, str] = {}
    if community.level != Level.COMMUNITY or not division.contains(community):
        problems[""] = f"{community.name}不是{division.name}的社区。"
    elif found is None:
        problems[""] = f"{community.name}不是创建对象，不能选为试点。"
    elif found.pilot:
        problems[""] = f"{community.name}已经在本级的试点名单里。"
    if not reason.strip():
        problems["reason"] = "写明选为试点的理由，如有老旧小区改造项目、居委会班子强、曾获相关称号。"
    elif len(reason.strip()) > LONGEST:
        problems["reason"] = f"理由不要超过 {LONGEST} 个字。"
    if len(willingness.strip()) > LONGEST:
        problems["willingness"] = f"意愿说明不要超过 {LONGEST} 个字。"
    elif found is not None and not found.has_willingness and not willingness.strip():
        problems["willingness"] = (
            "没有登记过满意度调查和议事协商，请写明居民和居委会的创建意愿从何得知，如某日居民代表会议同意。"
        )
    return problems


@transaction.atomic
def confirm(
    division: Division, revisions: Mapping[str, int], *, note: str = "", by: Actor, at: dt.datetime | None = None
) -> int:
    """Confirm the proposed pilots of a division, as the person saw them (revision by id); how many.

    A list that is not as the scheme asks is confirmed only with a note that says why. Raises Refused, Overtaken.
    """
    act_as_own(by, division)
    now = at or timezone.now()
    rows = list(
        Pilot.objects.select_for_update(of=("self",))
        .filter(division=division, state=Pilot.State.PROPOSED)
        .select_related("community")
    )
    if not rows:
        raise Refused("没有拟选的试点。先从候选社区里选取，再确定名单。")
    if {str(row.pk): row.revision for row in rows} != dict(revisions):
        raise Overtaken
    wrong = complaints(division)
    if wrong and not note.strip():
        raise Refused({"note": "；".join(each.rstrip("。") for each in wrong) + "。请调整名单，或写明原因后确定。"})
    if len(note.strip()) > LONGEST:
        raise Refused({"note": f"说明不要超过 {LONGEST} 个字。"})
    Pilot.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=Pilot.State.CONFIRMED, confirmed_on=today_in_shanghai(now), confirmed_at=now, confirmed_by=by.user,
        note=note.strip(), revision=F("revision") + 1,
    )  # fmt: skip
    for row in rows:
        _record(Event.PILOTS_CONFIRMED, row, by, now, {"note": note.strip()})
    return len(rows)


def complaints(division: Division) -> list[str]:
    """In what the list of a division is not as the scheme asks: old and new, streets, numbers."""
    found = list(pilots.mix_of(division).sentences)
    chosen = set(
        Pilot.objects.filter(division=division)
        .exclude(state=Pilot.State.REMOVED)
        .values_list("scheme", "entry")
        .distinct()
    )
    for choice in pilots.choices(division):
        if (choice.version.scheme_id, choice.goal.key) in chosen:
            found += pilots.check(division, choice).sentences
    return found


@transaction.atomic
def remove(pilot: Pilot, *, reason: str, revision: int, by: Actor, at: dt.datetime | None = None) -> None:
    """Take a community off the list, with the reason; the row stays. Raises Refused, Overtaken."""
    act_as_own(by, pilot.division)
    if not reason.strip():
        raise Refused({"reason": "写明调整出名单的理由。"})
    if len(reason.strip()) > LONGEST:
        raise Refused({"reason": f"理由不要超过 {LONGEST} 个字。"})
    now = at or timezone.now()
    changed = Pilot.objects.filter(pk=pilot.pk, revision=revision).exclude(state=Pilot.State.REMOVED)
    moved = changed.update(
        state=Pilot.State.REMOVED, removed_on=today_in_shanghai(now), removed_at=now, removed_by=by.user,
        removed_reason=reason.strip(), revision=F("revision") + 1,
    )  # fmt: skip
    if not moved:
        raise Overtaken
    _record(Event.PILOT_REMOVED, pilot, by, now, {"reason": reason.strip()})


def _record(event: Event, pilot: Pilot, by: Actor, at: dt.datetime, details: dict[str, object]) -> None:
    goal = pilot.goal
    more = {"community": pilot.community.name, "goal": goal.title if goal is not None else "", **details}
    history.record(event, pilot, by=by, division_code=pilot.community.code, details=more, at=at)
