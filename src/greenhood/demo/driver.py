"""Does what a declaration awaits, by the right person: it asks the procedure and knows no scheme and no order of steps."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from greenhood.accounts.actor import Actor
from greenhood.assessments import claims, standards
from greenhood.assessments.actions import scores
from greenhood.assessments.claims import Mark
from greenhood.assessments.models import Assessment, Scorer, ScoreSheet
from greenhood.declarations import procedure
from greenhood.declarations.actions import awarding, deciding, drawing, noticing
from greenhood.declarations.actions.moving import Joint
from greenhood.declarations.models import Award, Declaration, Draw, Notice, Status
from greenhood.declarations.procedure import Awaits
from greenhood.declarations.queries.placing import Placed, placed
from greenhood.divisions.models import Level
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Outcome, Step, StepKind
from greenhood.schemes.models import scheme_of

SCORERS = {
    Level.STREET: Scorer.STREET,
    Level.COUNTY: Scorer.COUNTY,
    Level.CITY: Scorer.CITY,
    Level.PROVINCE: Scorer.PROVINCE,
}
OPINION = "经审核，材料齐全，情况属实，同意{verb}。"
AGREEING = "会同核查，无不同意见。"
SHORT_OF = "现场核查与自评有差距，部分要求还在落实，酌情扣减。"
CONTACT = "（演示）受理单位：{office}，电话 000-00000000"


def placed_at(pk: UUID) -> Placed:
    return placed([Declaration.objects.select_related("community", "assessment__community").get(pk=pk)])[0]


def stands(pk: UUID) -> tuple[Declaration, Step]:
    """The declaration and the step at which it is."""
    row = Declaration.objects.select_related("community").get(pk=pk)
    return row, scheme_of(row.version_id).step(row.step)


def is_decided_by_one(row: Declaration, step: Step) -> bool:
    """Whether an officer decides here alone; notices, awards, panels and draws are done for many at once."""
    return step.kind is StepKind.REVIEW or (step.kind is StepKind.SAMPLE and bool(row.sampled))


def waiting(scheme_id: str, awaits: Awaits) -> list[Placed]:
    """Declarations of the demonstration that await the same, in the order of their communities."""
    found = Declaration.objects.filter(scheme_id=scheme_id, status=Status.ACTIVE, is_demonstration=True)
    rows = found.select_related("community").order_by("community__code", "pk")
    return [at_step for at_step in placed(rows) if at_step.awaits is awaits]


def step_of(at_step: Placed) -> Step:
    assert at_step.step is not None
    return at_step.step


# --- single decisions -------------------------------------------------------------------------------------------------


def decide(
    at_step: Placed,
    officer: Actor,
    at: dt.datetime,
    *,
    outcome: Outcome = Outcome.PASS,
    opinion: str = "",
    items: Sequence[tuple[int, str]] = (),
) -> None:
    """Score where the step asks for it, then decide."""
    row, step = at_step.declaration, step_of(at_step)
    if step.scores and outcome is Outcome.PASS and not at_step.facts.scored:
        score(row.assessment, SCORERS[procedure.level_of(step)], step.key, officer, at)
    deciding.decide(
        row,
        outcome,
        by=officer,
        revision=row.revision,
        opinion=opinion or OPINION.format(verb=step.verb),
        seal_date=today_in_shanghai(at) if step.seal else None,
        items=items,
        visited_on=today_in_shanghai(at) if step.on_site else None,
        visitors=f"{officer.person_name}等 3 人（演示）" if step.on_site else "",
        joint=_joint(step, at) if outcome is Outcome.PASS else (),
        at=at,
    )


def _joint(step: Step, at: dt.datetime) -> list[Joint]:
    """What the departments say with which the step is decided."""
    return [Joint(department, AGREEING, today_in_shanghai(at)) for department in step.together_with[:1]]


def score(assessment: Assessment, scorer: Scorer, step: str, by: Actor, at: dt.datetime) -> None:
    """Look at each item, find one or two weaker than claimed, agree with the others, and hand in."""
    sheet = begin_score(assessment, scorer, step, by, at)
    scores.agree_with_rest(sheet, by=by)
    scores.hand_in(sheet, by=by, at=at)


def begin_score(
    assessment: Assessment, scorer: Scorer, step: str, by: Actor, at: dt.datetime, *, agreeing: int = 0
) -> ScoreSheet:
    """Open the sheet, note where it differs from the claim, and agree with the first so many items."""
    sheet = scores.open_sheet(assessment, scorer=scorer, step=step, by=by, at=at)
    chance = random.Random(f"{assessment.community.code}-{by.person_name}")
    claimed = _claimed(assessment)
    # Points above one are where a little can be taken off without losing the item.
    rich = [no for no, mark in claimed.items() if mark.points is not None and mark.points > 1]
    weaker = chance.sample(rich, min(len(rich), chance.choice((0, 1, 1, 2))))
    given = {no: (claimed[no], "") for no in sorted(claimed)[:agreeing]}
    given |= {no: (Mark(points=(claimed[no].points or Decimal(1)) - 1), SHORT_OF) for no in weaker}
    if given:
        scores.save_scores(sheet, given=given, by=by)
    return sheet


def _claimed(assessment: Assessment) -> dict[int, Mark]:
    result = standards.result_of(assessment, {row.criterion: row for row in assessment.answer_rows.all()})
    return claims.claims(standards.standard_of(assessment), result)


# --- many at once -----------------------------------------------------------------------------------------------------


def freeze(scheme_id: str, officer: Actor, at: dt.datetime, *, seed_source: str = "") -> Draw:
    """The frame of a spot check: everything that waits for the draw, and where the seed will come from."""
    first = waiting(scheme_id, Awaits.DRAW)[0].declaration
    return drawing.freeze(first.version_id, first.step, by=officer, seed_source=seed_source, at=at)


def draw(frozen: Draw, officer: Actor, at: dt.datetime) -> list[tuple[UUID, int]]:
    """Draw with a number that is the same in every demonstration of that day; the declarations drawn, with the
    codes of their communities."""
    drawing.draw(frozen, by=officer, seed=f"{today_in_shanghai(at):%Y%m%d}", at=at)
    return list(frozen.members.filter(selected=True).values_list("declaration", "community_code"))


def publish(scheme_id: str, officer: Actor, at: dt.datetime) -> Notice:
    """A notice of all that wait for one."""
    rows = [at_step.declaration for at_step in waiting(scheme_id, Awaits.NOTICE)]
    assert officer.user is not None
    titles = f"（演示）关于{at:%Y}年{at.month}月绿色社区拟命名名单的公示"
    contact = CONTACT.format(office=officer.user.employer)
    return noticing.publish([row.pk for row in rows], by=officer, title=titles, contact=contact, at=at)


def award(scheme_id: str, officer: Actor, at: dt.datetime) -> list[Award]:
    """Titles for all that wait for them."""
    rows = [at_step.declaration for at_step in waiting(scheme_id, Awaits.AWARD)]
    done = awarding.award_many(
        [row.pk for row in rows],
        by=officer,
        opinion="经公示无异议，同意命名。",
        seal_date=today_in_shanghai(at),
        at=at,
    )
    assert not done.refused, done.refused
    return done.awards
