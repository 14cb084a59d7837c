"""A reviewer's desk: who looks at an assessment, at which step, and what they may do there.

The declarations room makes one for a step at hand or a seat on a panel and shows it with ``views.review.page``; without
one, an officer's desk follows from the post's level and the scheme.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.models import Role
from greenhood.assessments.models import Assessment, Scorer, ScoreSheet
from greenhood.schemes.format import AdminLevel, Scheme, Step, StepKind
from greenhood.schemes.models import scheme_of

SCORERS = {
    Role.STREET_OFFICER: (Scorer.STREET, AdminLevel.STREET),
    Role.COUNTY_OFFICER: (Scorer.COUNTY, AdminLevel.COUNTY),
    Role.CITY_OFFICER: (Scorer.CITY, AdminLevel.CITY),
    Role.PROVINCE_OFFICER: (Scorer.PROVINCE, AdminLevel.PROVINCE),
}


@dataclass(frozen=True, slots=True)
class Desk:
    """``scorer`` and ``step`` name the sheet that is written here; without a step nothing can be scored.

    ``return_url`` takes the items sent back (fields as ``forms.returned_items`` reads them); without one none can be. ``hidden``
    is added to that form. ``is_blind`` keeps the other members' sheets from a panel member until they have handed in theirs.
    ``back_url`` and ``back_title`` lead to where the reviewer came from.
    """

    actor: Actor
    scorer: Scorer | None = None
    step: str = ""
    step_title: str = ""
    return_url: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)
    is_blind: bool = False
    back_url: str = ""
    back_title: str = ""
    why_not: str = ""

    @property
    def may_score(self) -> bool:
        return self.scorer is not None and bool(self.step)

    def shows(self, sheet: ScoreSheet, own: ScoreSheet | None) -> bool:
        """Whether another scorer's sheet is shown: once handed in, and to a blind panel only after one's own."""
        if own is not None and sheet.pk == own.pk:
            return False
        if sheet.handed_in_at is None:
            return False
        return not (self.is_blind and sheet.scorer == Scorer.PANEL and (own is None or own.handed_in_at is None))


def officer_desk(actor: Actor, assessment: Assessment) -> Desk:
    """The desk of a post at a street, county, city or province."""
    if not actor.may(Capability.SCORE, assessment.community) or actor.post is None:
        return Desk(actor, why_not="您的岗位可以查看，不能评分。")
    if assessment.locked_at is None:
        return Desk(actor, why_not="社区还没有申报，自评仍可修改；申报锁定后才能评分。")
    scorer, level = SCORERS[Role(actor.post.role)]
    step = step_at(scheme_of(assessment.version_id), level)
    if step is None:
        return Desk(actor, why_not="方案没有规定本级的评分环节，只供查看。")
    return Desk(actor, scorer, step.key, step.title)


def step_at(scheme: Scheme, level: AdminLevel) -> Step | None:
    """The step at which this level judges: one that scores before one that only reviews."""
    kinds = (StepKind.REVIEW, StepKind.SAMPLE)
    steps = [step for step in scheme.procedure.steps if step.level is level and step.kind in kinds]
    return next((step for step in steps if step.scores), steps[0] if steps else None)
