"""What an assessment rests on, each asked for at most once: the base of the community's page and of the review desk."""

from __future__ import annotations

from functools import cached_property

from greenhood.assessments import computed, standards
from greenhood.assessments.computed import Grounds
from greenhood.assessments.drifting import Drift, drift_of
from greenhood.assessments.grounds import claims_of, figures_today, open_keys, together
from greenhood.assessments.models import Answer, Assessment
from greenhood.assessments.queries.assessments import rows_of
from greenhood.indicators.figures import Figure
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import engine
from greenhood.schemes.format import Standard


class Resting:
    """The answers, the figures of today and of the declaration, and what the engine says of them."""

    assessment: Assessment
    standard: Standard

    @cached_property
    def rows(self) -> dict[int, Answer]:
        return rows_of(self.assessment)

    @cached_property
    def present(self) -> dict[str, Figure]:
        """What the facts say today, of every indicator that the standard asks for."""
        return figures_today(self.assessment, computed.indicators(self.standard))

    @cached_property
    def grounds(self) -> Grounds:
        if not computed.indicators(self.standard):
            return Grounds()
        open_ = open_keys(self.assessment, self.standard, self.rows)
        return together(self.assessment, self.standard, open_, self.present, claims_of(self.assessment))

    @cached_property
    def drifts(self) -> dict[computed.Key, Drift]:
        return drift_of(self.assessment, self.grounds, self.present, today_in_shanghai())

    @cached_property
    def result(self) -> engine.Result:
        return standards.result_of(self.assessment, self.rows, self.grounds)
