"""What the self-assessment page shows, put together in a fixed number of queries whatever the size."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import QuerySet

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.assessments import answers, computed, forms, items, standards
from greenhood.assessments.doubts import doubts
from greenhood.assessments.errors import BadAnswer, Closed, Conflict
from greenhood.assessments.explaining import Explained, explain
from greenhood.assessments.items import Item, Piece
from greenhood.assessments.models import Assessment, Evidence
from greenhood.assessments.queries.carrying import Carriable, Served, carriable, crosswalk_for, served
from greenhood.assessments.queries.evidence import duplicates, of_assessment, removed_from, seals
from greenhood.assessments.resting import Resting
from greenhood.evidence.flags import Flag
from greenhood.evidence.models import Seal
from greenhood.schemes import engine
from greenhood.schemes.crosswalk import Crosswalk
from greenhood.schemes.format import Criterion, Part, Standard
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import newest


@dataclass(frozen=True, slots=True)
class Tab:
    """One part: how far it is filled in, and what it comes to."""

    key: str
    title: str
    points: Decimal
    possible: Decimal
    answered: int
    asked: int
    is_current: bool
    reopened: int
    problems: int

    @property
    def is_done(self) -> bool:
        return self.answered >= self.asked


@dataclass(frozen=True, slots=True)
class Missing:
    """An item that is not filled in, or not fully met, and where it is."""

    no: int
    title: str
    part: str
    words: str
    points: Decimal


class SelfAssessment(Resting):
    """One assessment with its standard, answers, result and evidence, each asked for at most once."""

    def __init__(self, assessment: Assessment, by: Actor) -> None:
        self.assessment, self.by = assessment, by
        self.standard: Standard = standards.standard_of(assessment)

    def explained(self, line: Criterion) -> dict[int, Explained]:
        return explain(
            self.assessment,
            line,
            answers.fields_of(self.rows.get(line.no)),
            self.grounds,
            present=self.present,
            drifts=self.drifts,
            proofs=Counter(piece.check_no for piece in self.evidence.get(line.no, [])),
        )

    @cached_property
    def results(self) -> dict[int, engine.CriterionResult]:
        return {line.no: line for line in self.result.criteria}

    @cached_property
    def evidence(self) -> dict[int, list[Evidence]]:
        found: dict[int, list[Evidence]] = {}
        for piece in of_assessment(self.assessment):
            found.setdefault(piece.criterion, []).append(piece)
        return found

    @cached_property
    def _crosswalk(self) -> Crosswalk:
        return crosswalk_for(self.assessment, self.newest)

    @cached_property
    def served(self) -> dict[int, list[Served]]:
        return served(self.assessment, self._crosswalk)

    @cached_property
    def carriable(self) -> dict[int, list[Carriable]]:
        """The files of the community's other assessments that could be used here too; nobody asks who may not edit."""
        return carriable(self.assessment, self._crosswalk, self.evidence) if self.may_edit else {}

    @property
    def all_explained(self) -> dict[computed.Key, Explained]:
        """Every computed check."""
        lines = standards.lines(self.standard).values()
        return {(line.no, number): one for line in lines for number, one in self.explained(line).items()}

    @property
    def changed(self) -> dict[int, list[Explained]]:
        """The checks whose figures have changed since the declaration, by item."""
        if self.assessment.locked_at is None:
            return {}
        found = {
            no: [one for one in self.explained(line).values() if one.changed]
            for no, line in standards.lines(self.standard).items()
        }
        return {no: changed for no, changed in found.items() if changed}

    @property
    def verdicts(self) -> dict[str, int]:
        """How many computed checks are met, not met and unknown; empty where nothing is computed."""
        thresholds = {
            key: standards.threshold_at(self.assessment, check.threshold)
            for key, check in computed.of_standard(self.standard)
            if check.threshold
        }
        return Counter(
            computed.verdict(threshold, figure.value if (figure := self.grounds.known(key)) else None)
            for key, threshold in thresholds.items()
        )

    @property
    def follows_facts(self) -> bool:
        """Whether anything of it is open, so that its score follows today's facts."""
        return bool(self.grounds.figures.keys() - self.grounds.frozen)

    @cached_property
    def removed(self) -> list[Evidence]:
        return list(removed_from(self.assessment)[:20])

    @property
    def seals(self) -> QuerySet[Seal] | list[Seal]:
        """What was sealed with its declarations; nothing to ask for while it was never declared."""
        return seals(self.assessment) if self.assessment.locked_at else []

    @cached_property
    def newest(self) -> list[SchemeVersion]:
        """The newest version of every scheme."""
        return list(newest())

    @property
    def newer(self) -> SchemeVersion | None:
        """A later version of the same scheme, while the assessment could still take it."""
        if self.assessment.locked_at is not None:
            return None
        own = self.assessment.version
        later = (one for one in self.newest if one.scheme_id == own.scheme_id and one.version > own.version)
        return next(later, None)

    @property
    def may_edit(self) -> bool:
        return self.by.may(Capability.ASSESS, self.assessment.community)

    @cached_property
    def reopened(self) -> list[Item]:
        """The items that were sent back and are open."""
        open_ = {no for no, row in self.rows.items() if row.reopened_at is not None}
        return [self.item(part, line) for part in self.standard.parts for line in part.criteria if line.no in open_]

    def is_open(self, no: int) -> bool:
        if not self.may_edit:
            return False
        row = self.rows.get(no)
        return self.assessment.locked_at is None or (row is not None and row.reopened_at is not None)

    def pieces(self, no: int) -> list[Piece]:
        return [items.piece(piece, flags=self.doubts.get(piece.pk, ())) for piece in self.evidence.get(no, [])]

    @cached_property
    def doubts(self) -> dict[UUID, tuple[Flag, ...]]:
        """What the reviewer will look at twice: the community sees it too, and can do something about it."""
        pieces = [piece for group in self.evidence.values() for piece in group]
        if not pieces:
            return {}
        return doubts(self.assessment, pieces, standards.lines(self.standard).values(), duplicates(self.assessment))

    def item(
        self, part: Part, line: Criterion, filled: forms.Filled | None = None, problem: Exception | None = None
    ) -> Item:
        """One item as stored, or as just typed with what stood in its way."""
        row = self.rows.get(line.no)
        wrong = dict(filled.problems) if filled else {}
        if isinstance(problem, BadAnswer):
            wrong |= problem.problems
        elif isinstance(problem, Closed):
            wrong["note"] = problem.reason
        shown = items.item(
            self.standard,
            part.key,
            line,
            row,
            self.results[line.no],
            is_open=self.is_open(line.no),
            pieces=self.pieces(line.no),
            filled=filled,
            problems=wrong,
            explained=self.explained(line),
        )
        shown.served = self.served.get(line.no, [])
        shown.carriable = self.carriable.get(line.no, []) if shown.is_open else []
        if isinstance(problem, Conflict):
            self.add_conflict(shown, line, problem)
        return shown

    def add_conflict(self, shown: Item, line: Criterion, problem: Conflict) -> None:
        theirs = answers.fields_of(problem.theirs)
        shown.differences = items.differences(self.standard, line, theirs, problem.yours)
        shown.theirs_by = shown.edited
        # Saving once more now means: I have seen theirs and want mine.
        shown.revision = problem.theirs.revision

    def items_of(self, part: Part, filled: Mapping[int, forms.Filled], problems: Mapping[int, Exception]) -> list[Item]:
        return [
            self.item(part, line, _if_troubled(filled.get(line.no), problems.get(line.no)), problems.get(line.no))
            for line in part.criteria
        ]

    def tabs(self, current: str, problems: Mapping[int, object] | None = None) -> list[Tab]:
        points = {part.key: part for part in self.result.parts}
        tabs = []
        for part in self.standard.parts:
            states = [self.results[line.no].state for line in part.criteria]
            tabs.append(
                Tab(
                    part.key,
                    part.title,
                    points[part.key].points,
                    points[part.key].possible,
                    sum(state != "unanswered" for state in states),
                    len(states),
                    part.key == current,
                    sum(1 for line in part.criteria if (row := self.rows.get(line.no)) and row.reopened_at is not None),
                    sum(1 for line in part.criteria if line.no in (problems or {})),
                )
            )
        return tabs

    @property
    def missing(self) -> list[Missing]:
        """What stands between the answers and full marks, what could give most first."""
        found = []
        for part in self.standard.parts:
            for line in part.criteria:
                result = self.results[line.no]
                if result.state in {"met", "not_applicable"}:
                    continue
                words = "还没有填完" if result.state == "unanswered" else result.reason
                found.append(Missing(line.no, line.title, part.key, words, result.possible - result.points))
        return sorted(found, key=lambda one: (-one.points, one.no))

    @property
    def is_checklist(self) -> bool:
        return self.standard.scoring == "checklist"

    @property
    def met_count(self) -> int:
        return sum(line.state in {"met", "not_applicable"} for line in self.result.criteria)


def _if_troubled(filled: forms.Filled | None, problem: Exception | None) -> forms.Filled | None:
    """What was typed is shown again only where it wasn't saved; else what is stored now."""
    return filled if filled is not None and (filled.problems or problem is not None) else None
