"""Takes a declaration through whatever procedure its scheme has, with the right person at every step.

The driver asks the procedure what is awaited and does it; it knows no scheme and no order of steps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from greenhood.accounts.actor import Actor
from greenhood.assessments.actions import scores
from greenhood.assessments.models import Scorer
from greenhood.declarations import procedure
from greenhood.declarations.actions import awarding, deciding, drawing, noticing
from greenhood.declarations.models import Declaration, Notice
from greenhood.declarations.procedure import Awaits
from greenhood.declarations.queries.placing import Placed, placed
from greenhood.demo.people import Crew
from greenhood.divisions.models import Division, Level, code_at
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Outcome, Step

PAUSE = dt.timedelta(days=4)
SCORERS = {
    Level.STREET: Scorer.STREET,
    Level.COUNTY: Scorer.COUNTY,
    Level.CITY: Scorer.CITY,
    Level.PROVINCE: Scorer.PROVINCE,
}
OPINION = "经审核，材料齐全，情况属实，同意{verb}。"
CONTACT = "演示公示，受理部门：武侯区住房和城乡建设局（演示），电话 028-00000000"


def reload(declaration: Declaration) -> Declaration:
    return Declaration.objects.select_related("community", "assessment__community").get(pk=declaration.pk)


def advance(declaration: Declaration, crew: Crew, *, until: str, at: dt.datetime) -> dt.datetime:
    """Carry the declaration on, a few days a step, until it waits at ``until``; when that was."""
    while True:
        declaration = reload(declaration)
        if declaration.step == until or declaration.status != "active":
            return at
        at += PAUSE
        at = _do(placed([declaration])[0], crew, at)


def officer_for(at_step: Placed, crew: Crew) -> Actor:
    level = procedure.level_of(_step(at_step))
    code = code_at(at_step.declaration.community.code, level)
    return crew.officer(Division.objects.get(code=code, level=level, valid_to=None))


def _step(at_step: Placed) -> Step:
    assert at_step.step is not None
    return at_step.step


def _do(at_step: Placed, crew: Crew, at: dt.datetime) -> dt.datetime:
    """What is awaited, by whoever it is awaited from."""
    row, step, officer = at_step.declaration, _step(at_step), officer_for(at_step, crew)
    match at_step.awaits:
        case Awaits.DRAW:
            frame = drawing.freeze(row.version_id, row.step, by=officer, at=at)
            drawing.draw(frame, by=officer, at=at)
        case Awaits.NOTICE:
            noticing.publish([row.pk], by=officer, contact=CONTACT, at=at)
        case Awaits.NOTICE_END:
            notice = Notice.objects.get(entries__declaration=row, entries__ended_at=None)
            at = dt.datetime.combine(notice.closes_on + dt.timedelta(days=1), dt.time(9), at.tzinfo)
            noticing.close(notice, by=officer, at=at)
        case Awaits.AWARD:
            opinion = OPINION.format(verb=step.verb)
            awarding.award(
                row, by=officer, revision=row.revision, opinion=opinion, seal_date=today_in_shanghai(at), at=at
            )
        case Awaits.DECISION:
            decide(at_step, officer, at)
        case other:
            raise AssertionError(f"the demonstration has nobody for {other} at {step.key}")
    return at


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
    row, step = at_step.declaration, _step(at_step)
    if step.scores and not at_step.facts.scored:
        score(at_step, officer)
    deciding.decide(
        row,
        outcome,
        by=officer,
        revision=row.revision,
        opinion=opinion or OPINION.format(verb=step.verb),
        seal_date=today_in_shanghai(at) if step.seal else None,
        items=items,
        visited_on=today_in_shanghai(at) if step.on_site else None,
        at=at,
    )


def score(at_step: Placed, officer: Actor) -> None:
    """Agree with what the community claims, and hand in."""
    scorer = SCORERS[procedure.level_of(_step(at_step))]
    sheet = scores.open_sheet(at_step.declaration.assessment, scorer=scorer, step=at_step.declaration.step, by=officer)
    scores.agree_with_rest(sheet, by=officer)
    scores.hand_in(sheet, by=officer)
