"""Plan an inspection, begin it, close it, tell the inspected what was found; or call it off."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Post, User
from greenhood.accounts.queries import valid_on
from greenhood.declarations import sampling
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at, span
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.reporting.models import Obligation
from greenhood.schemes.format import Standard
from greenhood.schemes.models import SchemeVersion, scheme_of
from greenhood.supervision import checks
from greenhood.supervision.actions.telling import tell
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.events import Event
from greenhood.supervision.models import Finding, Inspection, Inspector, Sheet
from greenhood.supervision.seeing import check_office

MOST_COMMUNITIES = 2000
MOST_INSPECTORS = 50
LONGEST_PERIOD = dt.timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planned. ``communities`` are chosen by hand; ``draw`` says how many to draw by lot instead, from the frame in them."""

    kind: str
    title: str
    begins_on: dt.date
    ends_on: dt.date
    communities: Sequence[Division] = ()
    inspectors: Sequence[User] = ()
    lead: User | None = None
    keys: Sequence[str] = ()
    topics: Sequence[str] = ()
    standard_key: str = ""
    instructions: str = ""
    obligation: Obligation | None = None
    draw: Lot | None = None


@dataclass(frozen=True, slots=True)
class Lot:
    """A draw by lot: how many of the chosen communities, by which seed (made here where it is empty), by street or county or not."""

    count: int
    seed: str = ""
    by_level: int | None = None


@transaction.atomic
def plan(
    division: Division,
    wanted: Plan,
    *,
    by: Actor,
    version: SchemeVersion | None,
    is_demonstration: bool = False,
    key: UUID | None = None,
    at: dt.datetime | None = None,
) -> Inspection:
    """Put an inspection on the list of a division's office, with a sheet for each community. Raises Refused.

    ``key`` is made by the page: the same sent twice (a double click) is one inspection, drawn once.
    """
    check_office(by, division)
    if key is not None:
        _one_at_a_time(key)
        if before := Inspection.objects.filter(pk=key, division=division).first():
            return before
    now = at or timezone.now()
    chosen, drawn = _drawn(wanted)
    _check(division, wanted, chosen, _standard(version, wanted.standard_key), today=today_in_shanghai(now), is_new=True)
    topics = checks.numbered(wanted.topics)
    inspection = Inspection.objects.create(
        pk=key or uuid7(),
        kind=wanted.kind,
        title=wanted.title.strip(),
        division=division,
        version=version,
        standard_key=wanted.standard_key,
        checks=list(wanted.keys),
        topics=topics,
        begins_on=wanted.begins_on,
        ends_on=wanted.ends_on,
        drawn=drawn,
        obligation=wanted.obligation,
        lead=wanted.lead,
        instructions=wanted.instructions.strip(),
        planned_at=now,
        planned_by=by.user,
        is_demonstration=is_demonstration,
    )
    Inspector.objects.bulk_create(Inspector(inspection=inspection, user=user) for user in _team(wanted))
    Sheet.objects.bulk_create(Sheet(inspection=inspection, community=community) for community in chosen)
    tell(Event.PLANNED, inspection, inspection, by=by, details=_said(inspection, chosen), at=at)
    return inspection


def _one_at_a_time(key: UUID) -> None:
    """Hold back the second of two that send the same form, until the first is done."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [key.int % 2**63])


@transaction.atomic
def change(
    inspection: Inspection, wanted: Plan, *, by: Actor, revision: int, at: dt.datetime | None = None
) -> Inspection:
    """Change a plan that has not begun. Communities that were drawn by lot stay as drawn."""
    held = _held(inspection, by, revision, [Inspection.State.PLANNED])
    version = held.version
    if held.drawn is None:
        communities = list(wanted.communities)
    else:
        communities = [sheet.community for sheet in held.sheets.select_related("community")]
    standard = _standard(version, held.standard_key)
    _check(held.division, wanted, communities, standard, today=today_in_shanghai(at), is_new=False)
    held.title, held.kind = wanted.title.strip(), wanted.kind
    held.begins_on, held.ends_on = wanted.begins_on, wanted.ends_on
    held.checks, held.topics = list(wanted.keys), checks.numbered(wanted.topics)
    held.instructions, held.lead = wanted.instructions.strip(), wanted.lead
    held.revision += 1
    held.save()
    held.inspectors.all().delete()
    Inspector.objects.bulk_create(Inspector(inspection=held, user=user) for user in _team(wanted))
    kept = {community.pk for community in communities}
    held.sheets.exclude(community__in=kept).delete()
    present = set(held.sheets.values_list("community", flat=True))
    Sheet.objects.bulk_create(Sheet(inspection=held, community_id=pk) for pk in sorted(kept - present))
    tell(Event.CHANGED, held, held, by=by, details=_said(held, communities), at=at)
    return held


@transaction.atomic
def start(inspection: Inspection, *, by: Actor, revision: int, at: dt.datetime | None = None) -> Inspection:
    """The inspectors may fill in their sheets from now on."""
    now = at or timezone.now()
    held = _held(inspection, by, revision, [Inspection.State.PLANNED])
    return _move(held, Event.STARTED, by, at, state=Inspection.State.UNDER_WAY, started_at=now)


@transaction.atomic
def close(
    inspection: Inspection, *, by: Actor, revision: int, summary: str, at: dt.datetime | None = None
) -> Inspection:
    """The inspection is over: sheets are read-only from now on, an unannounced one comes into the open."""
    held = _held(inspection, by, revision, [Inspection.State.UNDER_WAY])
    if not summary.strip():
        raise Refused({"summary": "请写明检查情况。"})
    if not held.sheets.filter(finished_at__isnull=False).exists():
        raise Refused("还没有一份完成的检查表，不能办结；确实没有去的，请取消检查。")
    now = at or timezone.now()
    return _move(
        held,
        Event.CLOSED,
        by,
        at,
        state=Inspection.State.CLOSED,
        closed_at=now,
        closed_by=by.user,
        summary=summary.strip(),
    )


@transaction.atomic
def publish(inspection: Inspection, *, by: Actor, revision: int, at: dt.datetime | None = None) -> Inspection:
    """Tell the inspected what was seen and found in their places."""
    held = _held(inspection, by, revision, [Inspection.State.CLOSED])
    return _move(held, Event.PUBLISHED, by, at, state=Inspection.State.PUBLISHED, published_at=at or timezone.now())


@transaction.atomic
def cancel(
    inspection: Inspection, *, by: Actor, revision: int, reason: str, at: dt.datetime | None = None
) -> Inspection:
    """Call it off. What was already filled in stays with the office and counts nowhere."""
    held = _held(inspection, by, revision, Inspection.OPEN)
    if not reason.strip():
        raise Refused({"reason": "请写明取消的原因。"})
    if Finding.objects.filter(inspection=held, withdrawn_at=None, order__isnull=False).exists():
        raise Refused("已就本次检查的问题发出整改通知，不能取消，请办结。")
    return _move(held, Event.CANCELLED, by, at, state=Inspection.State.CANCELLED, cancelled_reason=reason.strip()[:500])


def _held(inspection: Inspection, by: Actor, revision: int, states: Collection[str]) -> Inspection:
    """The row, held; nothing happens twice, and nothing on top of what the person hasn't seen."""
    related = ("division", "version__jurisdiction")
    held = Inspection.objects.select_for_update(of=("self",)).select_related(*related).get(pk=inspection.pk)
    check_office(by, held.division)
    if held.revision != revision or held.state not in states:
        raise Overtaken(f"这次检查{held.get_state_display()}，刚由他人办理或修改，请核对下面的最新情况后再办。")
    return held


def _move(held: Inspection, event: Event, by: Actor, at: dt.datetime | None, **values: object) -> Inspection:
    for name, value in values.items():
        setattr(held, name, value)
    held.revision += 1
    held.save(update_fields=[*values, "revision"])
    words = {"summary": held.summary} if event is Event.CLOSED else {}
    words |= {"reason": held.cancelled_reason} if event is Event.CANCELLED else {}
    tell(event, held, held, by=by, details={"state": held.get_state_display(), **words}, at=at)
    return held


# --- what is refused ----------------------------------------------------------------------------------------------------


def _check(
    division: Division,
    wanted: Plan,
    communities: Sequence[Division],
    standard: Standard | None,
    *,
    today: dt.date,
    is_new: bool,
) -> None:
    problems = {**_form_problems(wanted, today, is_new), **_checks_problems(wanted, standard)}
    if not communities:
        problems["communities"] = "请选择要检查的社区。"
    elif len(communities) > MOST_COMMUNITIES:
        problems["communities"] = f"一次检查不超过 {MOST_COMMUNITIES} 个社区，请分几次安排或抽取一部分。"
    elif strange := [one.name for one in communities if one.level != Level.COMMUNITY or not division.contains(one)]:
        problems["communities"] = f"不在{division.name}的社区不能检查：{'、'.join(strange[:5])}。"
    team = _team(wanted)
    if not team:
        problems["inspectors"] = "请至少指定一名检查人。"
    elif len(team) > MOST_INSPECTORS:
        problems["inspectors"] = f"检查人不超过 {MOST_INSPECTORS} 名。"
    elif wanted.kind == Inspection.Kind.UNANNOUNCED and (names := _from_below(division, team, communities, today)):
        problems["inspectors"] = f"暗访不能由被检查地方的人员参加，否则会事先知道：{'、'.join(names)}。"
    if wanted.obligation is not None and wanted.obligation.reporter_id != division.pk:
        problems[""] = "所依据的方案日历任务不是本单位的任务。"
    if problems:
        raise Refused(problems)


def _form_problems(wanted: Plan, today: dt.date, is_new: bool) -> dict[str, str]:
    problems = {}
    if wanted.kind not in Inspection.Kind.values:
        problems["kind"] = "请选择检查方式。"
    if not wanted.title.strip():
        problems["title"] = "请填写检查名称。"
    if wanted.ends_on < wanted.begins_on:
        problems["ends_on"] = f"结束日期 {wanted.ends_on} 早于开始日期 {wanted.begins_on}。"
    elif wanted.ends_on - wanted.begins_on > LONGEST_PERIOD:
        problems["ends_on"] = "一次检查不超过一年，请核对年份。"
    elif is_new and wanted.ends_on < today:
        problems["ends_on"] = f"结束日期 {wanted.ends_on} 已经过去。"
    return problems


def _checks_problems(wanted: Plan, standard: Standard | None) -> dict[str, str]:
    known = {line.key for part in (checks.parts_of(standard) if standard else []) for line in part.lines}
    if unknown := [key for key in wanted.keys if key not in known]:
        return {"checks": f"标准中没有这些检查项：{'、'.join(unknown[:5])}。"}
    if not wanted.keys and not checks.numbered(wanted.topics):
        return {"checks": "请选择检查内容，或写出自定的检查内容。"}
    return {}


def _from_below(
    division: Division, team: Collection[User], communities: Iterable[Division], today: dt.date
) -> list[str]:
    """Who of a team works in a place that is to be inspected unannounced. One query."""
    reached = {
        code_at(one.code, level) for one in communities for level in range(division.level + 1, Level.COMMUNITY + 1)
    }
    posts = Post.objects.filter(valid_on(today), user__in=team, division__level__gt=division.level)
    found = posts.select_related("user", "division").order_by("user__name")
    return list(dict.fromkeys(str(post.user) for post in found if post.division.code in reached))


def _team(wanted: Plan) -> list[User]:
    people = {user.pk: user for user in [*wanted.inspectors, *([wanted.lead] if wanted.lead else [])]}
    return list(people.values())


def _standard(version: SchemeVersion | None, key: str) -> Standard | None:
    if version is None:
        return None
    return next((one for one in checks.standards_of(scheme_of(version.pk)) if one.key == key), None)


# --- by lot -------------------------------------------------------------------------------------------------------------


def _drawn(wanted: Plan) -> tuple[list[Division], dict[str, object] | None]:
    """The communities of a plan, and how they were drawn where they were."""
    frame = sorted({one.pk: one for one in wanted.communities}.values(), key=lambda one: one.code)
    if wanted.draw is None:
        return frame, None
    lot = wanted.draw
    if not 1 <= lot.count <= len(frame):
        raise Refused({"count": f"抽取的数量应在 1 到 {len(frame)}（范围内的社区数）之间。"})
    level = lot.by_level
    members = [sampling.Member(one.number, _stratum(one, level)) for one in frame]
    seed = lot.seed.strip()[:64] or secrets.token_hex(16)
    strata = len({member.stratum for member in members})
    if lot.count < strata:
        raise Refused({"count": f"按层抽取时每层至少一个，范围内有 {strata} 层，数量不能少于 {strata}。"})
    chosen = set(selected(members, lot.count, seed))
    drawn = {
        "seed": seed,
        "count": lot.count,
        "level": level,
        "frame": [[member.key, member.stratum] for member in members],
        "frame_hash": sampling.frame_hash(members),
    }
    return [one for one in frame if one.number in chosen], drawn


def selected(members: Sequence[sampling.Member], count: int, seed: str) -> list[str]:
    """So many of a frame, shared out over its strata, by the seed: whoever has the three gets the same."""
    strata: dict[str, list[sampling.Member]] = defaultdict(list)
    for member in members:
        strata[member.stratum].append(member)
    shares = sampling.allocate({stratum: len(rows) for stratum, rows in strata.items()}, count)
    return [
        member.key
        for stratum, rows in strata.items()
        for member in sampling.ordered(rows, seed, never_sampled_first=False)[: shares[stratum]]
    ]


def again(drawn: Mapping[str, object]) -> list[str]:
    """What a stored draw comes to when it is drawn again."""
    rows: list[list[str]] = drawn["frame"]  # type: ignore[assignment]
    members = [sampling.Member(key, stratum) for key, stratum in rows]
    assert sampling.frame_hash(members) == drawn["frame_hash"], "the frame was altered after the draw"
    return selected(members, int(str(drawn["count"])), str(drawn["seed"]))


def _stratum(community: Division, level: int | None) -> str:
    return "" if level is None else f"{code_at(community.code, level):012d}"


def _said(inspection: Inspection, communities: Sequence[Division]) -> dict[str, object]:
    return {
        "kind": inspection.get_kind_display(),
        "begins_on": inspection.begins_on,
        "ends_on": inspection.ends_on,
        "communities": [one.number for one in communities[:200]],
        "checks": [*inspection.checks, *inspection.topics.values()],
        **(
            {"seed": inspection.drawn["seed"], "frame_hash": inspection.drawn["frame_hash"]} if inspection.drawn else {}
        ),
    }


def communities_of(codes: Iterable[int], within: Division) -> list[Division]:
    """The present communities with these codes in a division; a code of a street or county stands for all in it. Two queries."""
    wanted = set(codes)
    if not wanted:
        return []
    places = divisions.within(within).filter(code__in=wanted).values_list("code", "level")
    reach = reduce(
        or_, (Q(code__gte=low, code__lt=high) for low, high in (span(*place) for place in places)), Q(pk=None)
    )
    found = divisions.within(within).filter(reach, level=Level.COMMUNITY)
    return list(found.defer("bigrams").order_by("code")[: MOST_COMMUNITIES + 1])


def people(ids: Iterable[UUID]) -> list[User]:
    return list(User.objects.filter(pk__in=list(ids), is_active=True))
