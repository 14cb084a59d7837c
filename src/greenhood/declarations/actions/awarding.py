"""Awards: the title is given, with a plaque number and a code by which anyone can verify it, as long as quotas leave room."""

from __future__ import annotations

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments.models import Assessment
from greenhood.declarations import procedure
from greenhood.declarations.actions import deciding, moving, quotas
from greenhood.declarations.actions.moving import Move
from greenhood.declarations.errors import Refused
from greenhood.declarations.events import Event
from greenhood.declarations.models import Award, Declaration, Outcome, Reexamination, Serial
from greenhood.declarations.queries import scores
from greenhood.declarations.queries.placing import Placed, placed
from greenhood.history.actions import Happening, record_many
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.ids import uuid7
from greenhood.schemes.format import Outcome as Allowed
from greenhood.schemes.format import Plaque, Scheme, StepKind, Title
from greenhood.schemes.models import schemes_of

# Without 0 O 1 I L U: read aloud and typed from a plaque.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 12
BULK_MOST = 500


@dataclass(frozen=True, slots=True)
class Awarded:
    """What became of a bulk award."""

    awards: list[Award]
    refused: list[tuple[Declaration, str]]


@transaction.atomic
def award(
    declaration: Declaration,
    *,
    by: Actor,
    revision: int,
    opinion: str = "",
    seal_date: dt.date | None = None,
    at: dt.datetime | None = None,
) -> Award:
    """Give the title to one declaration that waits for it."""
    row = moving.lock_one(declaration.pk, revision)
    check(by, Capability.VIEW, row.community)
    at_step = placed([row])[0]
    if reason := cannot_award(at_step, by):
        raise NotAllowed(reason)
    deciding.check_opinion(at_step, Move(row, Outcome.PASS, opinion.strip(), seal_date), at)
    done = award_many([row.pk], by=by, opinion=opinion, seal_date=seal_date, at=at)
    if done.refused:
        raise Refused(done.refused[0][1])
    return done.awards[0]


@transaction.atomic
def award_many(
    ids: Iterable[UUID],
    *,
    by: Actor,
    opinion: str = "",
    seal_date: dt.date | None = None,
    seen: Mapping[UUID, int] | None = None,
    at: dt.datetime | None = None,
) -> Awarded:
    """Give titles to all that may have one, best score first where places are short; the others with the reason."""
    wanted = list(ids)
    if len(wanted) > BULK_MOST:
        raise Refused(f"一次最多办理 {BULK_MOST} 件，请分批办理。")
    rows = moving.lock(wanted)
    stale = moving.last_decisions(row for row in rows if (seen or {}).get(row.pk, row.revision) != row.revision)
    fit, refused = [], []
    for at_step in placed(rows):
        move = Move(at_step.declaration, Outcome.PASS, opinion.strip(), seal_date)
        reason = stale.get(at_step.declaration.pk) or _cannot_have(at_step, by, move, at)
        if reason:
            refused.append((at_step.declaration, reason))
        else:
            fit.append(at_step)
    now = at or timezone.now()
    awards, full = _give(fit, now)
    moves = [Move(award.declaration, Outcome.PASS, opinion.strip(), seal_date) for award in awards]
    # The awards are there first, so that the standing, computed with the moves, knows of them.
    moving.make(moves, by=by, at=now)
    _tell(awards, moves, by, at)
    return Awarded(awards, refused + full)


def cannot_award(at_step: Placed, by: Actor) -> str | None:
    """Why this post can't give awards at this step, or None."""
    step = at_step.step
    if step is None or step.kind is not StepKind.AWARD:
        return f"该申报现处“{step.title if step else ''}”环节，还不能命名。"
    if by.post is None:
        return "须由经办人员命名。"
    allowed = by.may(Capability.AWARD, at_step.declaration.community)
    return procedure.stranger(step, level=by.post.division.level, department=by.post.department, allowed=allowed)


def _cannot_have(at_step: Placed, by: Actor, move: Move, at: dt.datetime | None) -> str | None:
    if not by.may(Capability.VIEW, at_step.declaration.community):
        return "不在您的岗位管辖范围内。"
    if reason := procedure.refusal(at_step.scheme, at_step.facts, Allowed.PASS):
        return reason
    if reason := cannot_award(at_step, by):
        return reason
    try:
        deciding.check_opinion(at_step, move, at)
    except Refused as problem:
        return problem.reason
    return None


def _give(fit: list[Placed], now: dt.datetime) -> tuple[list[Award], list[tuple[Declaration, str]]]:
    """The awards, and who could have none with the reason. The photos that a community marked as public are then shown.

    That has no entry of its own in history: the award's, one for each community, says when and by whom.
    """
    groups: dict[tuple[UUID, str], list[Placed]] = defaultdict(list)
    for at_step in fit:
        groups[at_step.declaration.version_id, at_step.declaration.title].append(at_step)
    today = today_in_shanghai(now)
    held = quotas.hold(
        key
        for (_, title), members in groups.items()
        for key in quotas.serial_keys(
            members[0].scheme, members[0].scheme.title_of(title), [m.declaration for m in members], today.year
        )
    )
    awards: list[Award] = []
    full: list[tuple[Declaration, str]] = []
    for (_, title), members in sorted(groups.items(), key=lambda group: (str(group[0][0]), group[0][1])):
        given, left = _give_title(members[0].scheme, members[0].scheme.title_of(title), members, held, today)
        awards += given
        full += left
    Award.objects.bulk_create(awards)
    _plan_reexaminations(awards, {member.declaration.version_id: member.scheme for member in fit})
    Assessment.objects.filter(pk__in=[award.declaration.assessment_id for award in awards], public_from=None).update(
        public_from=now
    )
    return awards, full


def _give_title(
    scheme: Scheme, title: Title, members: list[Placed], held: dict[str, Serial], today: dt.date
) -> tuple[list[Award], list[tuple[Declaration, str]]]:
    rows = _best_first([member.declaration for member in members])
    rooms = quotas.rooms(scheme, title, rows, today.year)
    has = set(
        Award.objects.filter(
            community__in=[row.community_id for row in rows],
            scheme_id=scheme.id,
            title=title.key,
            state__in=Award.IN_FORCE,
        ).values_list("community", flat=True)
    )
    missing = _without_prerequisites(scheme, title, rows)
    serial = held[quotas.plaque_key(scheme, today.year)]
    awards, full = [], []
    for row in rows:
        reason = f"该社区已持有“{title.title}”称号。" if row.community_id in has else missing.get(row.community_id)
        if reason := reason or rooms.refusal(title, row):
            full.append((row, reason))
            continue
        serial.last += 1
        has.add(row.community_id)
        awards.append(_award(scheme, title, row, serial.last, today, rooms.take(title, row)))
    serial.save(update_fields=["last"])
    return awards, full


def _without_prerequisites(scheme: Scheme, title: Title, rows: list[Declaration]) -> dict[int, str]:
    """Who lost, since declaring, what the title asks for first."""
    if not title.requires or title.requires_count is not None:
        return {}
    held: dict[int, set[str]] = defaultdict(set)
    awards = Award.objects.filter(
        community__in=[row.community_id for row in rows], scheme_id=scheme.id, state__in=Award.IN_FORCE
    )
    for community, key in awards.values_list("community", "title"):
        held[community].add(key)
    return {
        row.community_id: f"命名“{title.title}”须先持有"
        + "、".join(f"“{scheme.title_of(key).title}”" for key in title.requires)
        + f"，该社区现未持有（依据：{title.source}）。"
        for row in rows
        if not set(title.requires) <= held[row.community_id]
    }


def _best_first(rows: list[Declaration]) -> list[Declaration]:
    totals = scores.counting(rows)
    return sorted(rows, key=lambda row: (-(totals[row.pk].total or 0), row.declared_at, row.pk))


def _award(
    scheme: Scheme, title: Title, row: Declaration, serial: int, today: dt.date, said: list[dict[str, object]]
) -> Award:
    plaque = title.plaque or Plaque(title=title.title)
    return Award(
        pk=uuid7(),
        declaration=row,
        community=row.community,
        version_id=row.version_id,
        scheme_id=row.scheme_id,
        title=title.key,
        title_name=title.title,
        is_advanced=bool(title.requires),
        number=plaque.number.format(scheme=scheme.id, year=today.year, serial=serial, title=title.key),
        code=new_code(),
        awarded_on=today,
        valid_until=_years_later(today, title.valid_years),
        quotas=said,
        is_simulated=row.is_simulated,
        is_demonstration=row.is_demonstration,
    )


def new_code() -> str:
    """A verification code that can't be guessed: 12 of 30 signs, 58 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def _years_later(day: dt.date, years: int | None) -> dt.date | None:
    """The last day of a title that is given for so many years."""
    if years is None:
        return None
    try:
        return day.replace(year=day.year + years) - dt.timedelta(days=1)
    except ValueError:
        return dt.date(day.year + years, 2, 28)


def _plan_reexaminations(awards: list[Award], schemes: Mapping[UUID, Scheme]) -> None:
    Reexamination.objects.bulk_create(
        Reexamination(award=award, due_on=months_later(award.awarded_on, upkeep.reexamine_months))
        for award in awards
        if (upkeep := schemes[award.version_id].upkeep) and upkeep.reexamine_months
    )


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the last of the month where that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = dt.date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    last = (following - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def _tell(awards: list[Award], moves: list[Move], by: Actor, at: dt.datetime | None) -> None:
    told = []
    schemes = schemes_of({move.declaration.version_id for move in moves})
    for given, move in zip(awards, moves, strict=True):
        told.append(moving.happening(schemes[move.declaration.version_id], move, by, at))
        details = {"number": given.number, "title": given.title_name, "quotas": given.quotas}
        told.append(Happening(Event.AWARDED, given, by, given.community.code, details, at=at))
    record_many(told)
