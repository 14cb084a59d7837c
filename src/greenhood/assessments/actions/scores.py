"""Score an assessment: a sheet per scorer and step, point by point, closed once handed in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone

from greenhood.accounts.access import NotAllowed, check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import answers, claims, standards
from greenhood.assessments.actions.holding import parts_of
from greenhood.assessments.claims import Mark
from greenhood.assessments.errors import BadScore, Closed, Incomplete
from greenhood.assessments.events import Event
from greenhood.assessments.models import Assessment, Score, Scorer, ScoreSheet
from greenhood.history import actions as history
from greenhood.kit.ids import uuid7
from greenhood.schemes.format import Criterion, Standard

LONGEST_REASON = 1000
# Pages loaded within this time belong to the same visit.
ONE_VISIT = dt.timedelta(minutes=30)


@transaction.atomic
def open_sheet(
    assessment: Assessment, *, scorer: Scorer, step: str, by: Actor, at: dt.datetime | None = None
) -> ScoreSheet:
    """The actor's own sheet for a step of the procedure, begun now if need be.

    Whether the step is at hand, and whether an assessor sits on its panel, is for the caller to know.
    """
    if scorer is Scorer.PANEL:
        if not by.may(Capability.SIT_ON_PANEL) and not by.may(Capability.SCORE, assessment.community):
            raise NotAllowed("您不是本次评审的成员，不能评分。")
    else:
        check(by, Capability.SCORE, assessment.community)
    if by.user is None:
        raise NotAllowed("评分须由具体的人作出。")
    sheet, is_new = ScoreSheet.objects.get_or_create(
        assessment=assessment,
        step=step,
        by=by.user,
        defaults={"scorer": scorer, "post": by.post, "started_at": at or timezone.now()},
    )
    if is_new:
        _record(Event.SHEET_OPENED, sheet, assessment, by, {"step": step}, at)
    return sheet


@transaction.atomic
def save_score(sheet: ScoreSheet, *, criterion: int, mark: Mark, reason: str, by: Actor) -> Score | None:
    """Give one item its points (or met / not met); a blank mark takes the score back.

    Raises BadScore with a sentence per field (a reason is required where the score differs from the claim), Closed once the
    sheet is handed in, NotAllowed on somebody else's sheet.
    """
    sheet = _own_sheet(sheet, by)
    line = standards.line_of(sheet.assessment, criterion)
    claimed = _claims(sheet.assessment)
    score = _write(sheet, line, claimed[criterion], mark, reason)
    _add_up(sheet)
    return score


@transaction.atomic
def save_scores(
    sheet: ScoreSheet, *, given: Mapping[int, tuple[Mark, str]], by: Actor
) -> tuple[dict[int, Score | None], dict[int, BadScore]]:
    """Score several items at once; those that can't be saved don't hold up the others."""
    sheet = _own_sheet(sheet, by)
    claimed = _claims(sheet.assessment)
    saved: dict[int, Score | None] = {}
    refused: dict[int, BadScore] = {}
    for criterion, (mark, reason) in given.items():
        line = standards.line_of(sheet.assessment, criterion)
        try:
            saved[criterion] = _write(sheet, line, claimed[criterion], mark, reason)
        except BadScore as problem:
            refused[criterion] = problem
    _add_up(sheet)
    return saved, refused


@transaction.atomic
def agree_with_rest(sheet: ScoreSheet, *, by: Actor) -> int:
    """Give every item that has no score yet what the community claims; the number of items."""
    sheet = _own_sheet(sheet, by)
    claimed = _claims(sheet.assessment)
    present = set(sheet.scores.values_list("criterion", flat=True))
    missing = {no: claim for no, claim in claimed.items() if no not in present}
    standard = standards.standard_of(sheet.assessment)
    lines = standards.lines(standard)
    Score.objects.bulk_create(
        [_row(sheet, no, _agreed(standard, lines[no], claim), "") for no, claim in missing.items()]
    )
    _add_up(sheet)
    return len(missing)


@transaction.atomic
def hand_in(sheet: ScoreSheet, *, by: Actor, at: dt.datetime | None = None) -> ScoreSheet:
    """Close the sheet with its total. Raises Incomplete with the items that have no score. Handing in twice is once."""
    row = _own_sheet(sheet, by, even_closed=True)
    if row.handed_in_at is not None:
        return row
    claimed = _claims(row.assessment)
    scores = {score.criterion: score for score in row.scores.all()}
    if missing := [no for no in claimed if no not in scores]:
        raise Incomplete(missing)
    _add_up(row)
    row.handed_in_at = at or timezone.now()
    row.save(update_fields=["handed_in_at"])
    details = {
        "step": row.step,
        "total": row.total,
        "level": row.level,
        "scores": {str(no): _in_history(score) for no, score in sorted(scores.items())},
    }
    _record(Event.SHEET_HANDED_IN, row, row.assessment, by, details, at)
    sheet.handed_in_at = row.handed_in_at
    return row


@transaction.atomic
def reopen_sheet(sheet: ScoreSheet, *, by: Actor, reason: str) -> None:
    """Let the scorer change a sheet that was handed in: items came back changed, or the scorer asks to correct it."""
    row = (
        ScoreSheet.objects.select_for_update(of=("self",))
        .select_related("assessment__community", "post__division")
        .get(pk=sheet.pk)
    )
    check(by, Capability.SCORE, row.assessment.community)
    if row.post and not by.may(Capability.SCORE, row.post.division):
        raise NotAllowed("评分表只能由评分人本级或上级重开，下级不能重开上级的评分。")
    if row.handed_in_at is None:
        return
    row.handed_in_at = sheet.handed_in_at = None
    row.save(update_fields=["handed_in_at"])
    _record(Event.SHEET_REOPENED, row, row.assessment, by, {"reason": reason})


_VISIT = """
insert into assessments_visit as visit (id, assessment_id, by_id, at) values (%s, %s, %s, %s)
on conflict (assessment_id, by_id) do update set
    before = case when excluded.at - visit.at > make_interval(secs => %s) then visit.at else visit.before end, at = excluded.at
returning before
"""


def note_visit(assessment: Assessment, *, by: Actor) -> dt.datetime | None:
    """Remember that the actor looks now; when they looked last (None the first time)."""
    if by.user is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_VISIT, [uuid7(), assessment.pk, by.user.pk, timezone.now(), ONE_VISIT.total_seconds()])
        return cursor.fetchone()[0]


def _own_sheet(sheet: ScoreSheet, by: Actor, *, even_closed: bool = False) -> ScoreSheet:
    row = ScoreSheet.objects.select_for_update(of=("self",)).select_related("assessment__community").get(pk=sheet.pk)
    if by.user is None or row.by_id != by.user.pk:
        raise NotAllowed("这是他人的评分表，只能查看，不能修改。")
    if row.handed_in_at is not None and not even_closed:
        raise Closed("评分表已经交出，不能修改。如需更正，请联系本环节负责人重开评分表。")
    return row


def _claims(assessment: Assessment) -> dict[int, Mark]:
    result = standards.result_of(assessment, {row.criterion: row for row in assessment.answer_rows.all()})
    return claims.claims(standards.standard_of(assessment), result)


def _agreed(standard: Standard, line: Criterion, claim: Mark) -> Mark:
    """The claim as a score: nothing answered is nothing earned."""
    if not claim.is_blank:
        return claim
    return Mark(met=False) if standards.is_met_or_not(standard, line) else Mark(points=Decimal(0))


def _write(sheet: ScoreSheet, line: Criterion, claim: Mark, mark: Mark, reason: str) -> Score | None:
    reason = reason.strip()
    if mark.is_blank:
        sheet.scores.filter(criterion=line.no).delete()
        return None
    if found := _problems(standards.standard_of(sheet.assessment), line, claim, mark, reason):
        raise BadScore(line.no, found)
    row = _row(sheet, line.no, mark, reason)
    Score.objects.bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["sheet", "criterion"],
        update_fields=["points", "met", "reason"],
    )
    return row


def _row(sheet: ScoreSheet, criterion: int, mark: Mark, reason: str) -> Score:
    return Score(sheet=sheet, criterion=criterion, points=mark.points, met=mark.met, reason=reason)


def _problems(standard: Standard, line: Criterion, claim: Mark, mark: Mark, reason: str) -> dict[str, str]:
    found: dict[str, str] = {}
    is_met = standards.is_met_or_not(standard, line)
    if not mark.applies and not line.may_not_apply:
        found["points"] = "方案没有规定本项可以不适用。"
    elif mark.applies and is_met and mark.met is None:
        found["met"] = "请选择“满足”或“不满足”。"
    elif mark.applies and not is_met:
        found |= _points_problem(standard, line, mark.points)
    if claims.differs(claim, mark) and not reason:
        found["reason"] = f"与自评（{claim.in_words}）不一致，请写明理由，社区和下一环节会看到。"
    if len(reason) > LONGEST_REASON:
        found["reason"] = f"理由最多 {LONGEST_REASON} 字，现在有 {len(reason)} 字。"
    return found


def _points_problem(standard: Standard, line: Criterion, points: Decimal | None) -> dict[str, str]:
    if points is None:
        return {"points": "请填写得分。"}
    wrong = answers.points_problem(points, claims.most_points(line), standard.rounding.places)
    return {"points": wrong} if wrong else {}


def _add_up(sheet: ScoreSheet) -> None:
    """Keep the sheet's total, parts and level beside its scores."""
    rows = {row.criterion: row.value for row in sheet.assessment.answer_rows.all()}
    marks = {score.criterion: claims.mark_of(score) for score in sheet.scores.all()}
    result = standards.scored_result(sheet.assessment, claims.engine_answers(marks, rows))
    sheet.total, sheet.level, sheet.parts = result.total, result.level or "", parts_of(result)
    sheet.save(update_fields=["total", "level", "parts"])


def _in_history(score: Score) -> dict[str, object]:
    return {"points": score.points, "met": score.met, "reason": score.reason}


def _record(
    event: Event,
    sheet: ScoreSheet,
    assessment: Assessment,
    by: Actor,
    details: Mapping[str, object],
    at: dt.datetime | None = None,
) -> None:
    history.record(
        event,
        sheet,
        by=by,
        division_code=assessment.community.code,
        details={"assessment": str(assessment.pk), "scorer": sheet.scorer, **details},
        at=at,
    )
