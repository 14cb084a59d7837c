"""Fill in a self-assessment: start it, save an item, take a newer version of the scheme."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import answers, computed, standards, switching
from greenhood.assessments.actions.holding import held, present, recompute, require_open
from greenhood.assessments.actions.overrides import withdraw_outdated
from greenhood.assessments.answers import Fields
from greenhood.assessments.computed import Grounds
from greenhood.assessments.errors import BadAnswer, Closed, Conflict, NoStandard
from greenhood.assessments.events import Event
from greenhood.assessments.models import Answer, Assessment
from greenhood.divisions.models import Division
from greenhood.history import actions as history
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import scheme_for

FIRST_YEAR = 2020


@transaction.atomic
def start(
    community: Division, *, year: int, by: Actor, tags: Iterable[str] = (), at: dt.datetime | None = None
) -> Assessment:
    """Begin the community's self-assessment of a year under the scheme in force there; the one begun before, if any.

    Raises NoStandard where no scheme is published for the community, or none of its standards is for it.
    """
    check(by, Capability.ASSESS, community)
    version = _version_for(community, year)
    tags = sorted(set(tags))
    standard = standards.standard_for(version, community, tags)
    assessment = Assessment(
        community=community,
        version=version,
        scheme_id=version.scheme_id,
        standard_key=standard.key,
        year=year,
        tags=tags,
        started_at=at or timezone.now(),
        started_by=by.user,
    )
    try:
        with transaction.atomic():
            assessment.save(force_insert=True)
    except IntegrityError:
        return Assessment.objects.select_related("community", "version").get(
            community=community, scheme_id=version.scheme_id, year=year
        )
    recompute(assessment)
    history.record(
        Event.STARTED,
        assessment,
        by=by,
        division_code=community.code,
        details={"scheme": version.scheme_id, "version": version.version, "year": year},
        at=at,
    )
    return assessment


def _version_for(community: Division, year: int) -> SchemeVersion:
    last = today_in_shanghai().year + 1
    if not FIRST_YEAR <= year <= last:
        raise NoStandard(f"年度应在 {FIRST_YEAR} 到 {last} 之间，您选的是 {year}。")
    version = scheme_for(community)
    if version is None:
        raise NoStandard(
            f"{community.name}所在地区还没有发布实施方案，不能开始自评。请联系上级住房和城乡建设部门发布方案。"
        )
    return version


@transaction.atomic
def save_answer(assessment: Assessment, *, criterion: int, fields: Fields, revision: int, by: Actor) -> Answer:
    """Save one item, if it is still as the person saw it (``revision``; 0 for one never saved).

    Raises Conflict with both answers when somebody else saved it meanwhile, BadAnswer with a sentence per field, Closed
    when the item is locked. The same answer again changes nothing, so a repeated request is harmless.
    """
    assessment = held(assessment.pk, Capability.ASSESS, by)
    rows, grounds = present(assessment)
    before, saved = _save(assessment, criterion, rows.get(criterion), fields, revision, by, grounds)
    if before is not None:
        _insert([saved])
        recompute(assessment, grounds)
        _record(assessment, {criterion: answers.changes(before, answers.fields_of(saved))}, Event.ANSWER_SAVED, by)
    return saved


@transaction.atomic
def save_answers(
    assessment: Assessment, *, filled: Mapping[int, tuple[Fields, int]], by: Actor, at: dt.datetime | None = None
) -> tuple[dict[int, Answer], dict[int, Exception]]:
    """Save several items at once: ``{criterion: (fields, revision)}``. Those that can't be saved don't hold up the others.

    Returns what is stored now and, for each item that was not saved, its BadAnswer, Conflict or Closed.
    """
    assessment = held(assessment.pk, Capability.ASSESS, by)
    rows, grounds = present(assessment)
    saved: dict[int, Answer] = {}
    refused: dict[int, Exception] = {}
    changed: dict[int, dict[str, list[Any]]] = {}
    for criterion, (fields, revision) in filled.items():
        try:
            before, answer = _save(assessment, criterion, rows.get(criterion), fields, revision, by, grounds, at)
        except (BadAnswer, Conflict, Closed) as problem:
            refused[criterion] = problem
            continue
        saved[criterion] = answer
        if before is not None:
            changed[criterion] = answers.changes(before, answers.fields_of(answer))
    if changed:
        _insert(saved[criterion] for criterion in changed)
        recompute(assessment, grounds)
        _record(assessment, changed, Event.ANSWER_SAVED, by, at)
    return saved, refused


@transaction.atomic
def fill_from_sheet(assessment: Assessment, *, filled: Mapping[int, Fields], by: Actor) -> int:
    """Save all items of an uploaded sheet, or none of them; the number that changed. Raises BadAnswer, Closed."""
    assessment = held(assessment.pk, Capability.ASSESS, by)
    rows, grounds = present(assessment)
    saved: list[Answer] = []
    changed: dict[int, dict[str, list[Any]]] = {}
    for criterion, fields in filled.items():
        row = rows.get(criterion)
        before, answer = _save(assessment, criterion, row, fields, row.revision if row else 0, by, grounds)
        if before is not None:
            saved.append(answer)
            changed[criterion] = answers.changes(before, answers.fields_of(answer))
    if changed:
        _insert(saved)
        recompute(assessment, grounds)
        _record(assessment, changed, Event.FILLED_FROM_SHEET, by)
    return len(changed)


def _save(
    assessment: Assessment,
    criterion: int,
    current: Answer | None,
    fields: Fields,
    revision: int,
    by: Actor,
    grounds: Grounds,
    at: dt.datetime | None = None,
) -> tuple[Fields | None, Answer]:
    """Store one item of a held assessment: what it was before (None when nothing changed) and what it is now.

    ``current`` is its row, read while the assessment is held. Where there was none, the new one is still to be inserted.
    What is computed stays as it was, whatever a page or a sheet sends.
    """
    standard, line = standards.standard_of(assessment), standards.line_of(assessment, criterion)
    before = answers.fields_of(current)
    fields = computed.without_computed(line, answers.trimmed(standard, line, fields), before, grounds)
    if current is not None and answers.is_same(before, fields):
        return None, current
    if current is None and answers.is_blank(fields):
        return None, Answer(assessment=assessment, criterion=criterion, revision=0)
    require_open(assessment, current)
    if revision != (current.revision if current else 0):
        raise Conflict(current or Answer(assessment=assessment, criterion=criterion, revision=0), fields)
    if found := answers.problems(standard, line, fields):
        raise BadAnswer(criterion, found)
    return before, _store(assessment, criterion, current, fields, by, at)


def _store(
    assessment: Assessment,
    criterion: int,
    current: Answer | None,
    fields: Fields,
    by: Actor,
    at: dt.datetime | None = None,
) -> Answer:
    values = {
        "applies": fields.applies,
        "reason": fields.reason,
        "met": fields.met,
        "checks": list(fields.checks),
        "claimed": fields.claimed,
        "value": fields.value,
        "values": [None if figure is None else f"{figure:f}" for figure in fields.values],
        "counts": list(fields.counts),
        "grade": fields.grade,
        "note": fields.note,
        "edited_at": at or timezone.now(),
        "edited_by": by.user,
    }
    if current is None:
        return Answer(assessment=assessment, criterion=criterion, revision=1, **values)
    # The assessment is held, so nobody else is here; the condition is what keeps it so if that ever changes.
    moved = Answer.objects.filter(pk=current.pk, revision=current.revision).update(
        revision=current.revision + 1, **values
    )
    assert moved == 1, "an answer changed while its assessment was held"
    for name, value in values.items():
        setattr(current, name, value)
    current.revision += 1
    return current


def _insert(rows: Iterable[Answer]) -> None:
    """Insert those that are new in one statement. The assessment is held, so nobody else inserts them."""
    Answer.objects.bulk_create([row for row in rows if row._state.adding])


def _record(
    assessment: Assessment, changed: Mapping[int, object], event: Event, by: Actor, at: dt.datetime | None = None
) -> None:
    history.record(
        event,
        assessment,
        by=by,
        division_code=assessment.community.code,
        details={"items": {str(no): change for no, change in changed.items()}, "total": assessment.total},
        at=at,
    )


@transaction.atomic
def switch_version(assessment: Assessment, *, to: SchemeVersion, by: Actor) -> switching.Plan:
    """Take a newer version of the same scheme, before the declaration. What the old answers say of the new items is kept;
    what was done to each is returned and recorded."""
    assessment = held(assessment.pk, Capability.ASSESS, by)
    if assessment.locked_at is not None:
        raise Closed("自评已随申报锁定，申报按开始时的方案版本办理，不能改用新版本。")
    if to.scheme_id != assessment.scheme_id:
        raise NoStandard("只能改用同一方案的其他版本。")
    if to.pk == assessment.version_id:
        return switching.Plan([], [])
    rows = {row.criterion: row for row in assessment.answer_rows.all()}
    new = standards.standard_for(to, assessment.community, assessment.tags)
    old = standards.standard_of(assessment)
    plan = switching.plan(old, new, rows)
    left = assessment.version.version
    Assessment.objects.filter(pk=assessment.pk).update(version=to, standard_key=new.key)
    assessment.version, assessment.standard_key = to, new.key
    for criterion, fields in plan.carried.items():
        _store(assessment, criterion, rows[criterion], fields, by)
    withdraw_outdated(assessment, switching.computed_alike(old, new), by=by)
    recompute(assessment)
    history.record(
        Event.VERSION_SWITCHED,
        assessment,
        by=by,
        division_code=assessment.community.code,
        details={"from": left, "to": to.version, "items": {str(item.no): item.what for item in plan.items}},
    )
    return plan
