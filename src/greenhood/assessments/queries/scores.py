"""Scores side by side: what the community claims and what each scorer gave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.conf import settings

from greenhood.assessments import claims, standards
from greenhood.assessments.claims import Mark
from greenhood.assessments.computed import Grounds
from greenhood.assessments.models import Answer, Assessment, Score, Scorer, ScoreSheet
from greenhood.assessments.queries.assessments import rows_of
from greenhood.schemes import engine
from greenhood.schemes.format import Criterion, Standard, StepKind
from greenhood.schemes.models import scheme_of

BY_LEVEL = [Scorer.STREET, Scorer.COUNTY, Scorer.CITY, Scorer.PROVINCE, Scorer.PANEL]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A scorer's sheet and its scores by item."""

    row: ScoreSheet
    scores: dict[int, Score]


@dataclass(frozen=True, slots=True)
class Given:
    """What one scorer gave to one item. A panel's is what its members' points come to; ``words`` says it in full."""

    mark: Mark
    words: str
    reason: str = ""
    deviates: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One scorer: whose total it is, and whether it is handed in."""

    key: str
    title: str
    total: Decimal | None
    is_handed_in: bool
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    no: int
    title: str
    part: str
    possible: Decimal | None
    claim: Mark
    given: dict[str, Given] = field(default_factory=dict)

    @property
    def deviates(self) -> bool:
        return any(given.deviates for given in self.given.values())


@dataclass(frozen=True, slots=True)
class Comparison:
    """The columns from the community upwards and a row per item; ``share`` is from where a difference is marked."""

    columns: list[Column]
    rows: list[Row]
    share: Decimal

    @property
    def deviating(self) -> list[Row]:
        return [row for row in self.rows if row.deviates]

    def row(self, no: int) -> Row:
        return next(row for row in self.rows if row.no == no)


def deviation_share(assessment: Assessment) -> Decimal:
    """From which share of an item's points a difference counts as large: the scheme's ``deviation-share``, where it has
    such a setting, else the installation's."""
    chosen = assessment.version.chosen.get("deviation-share")
    return Decimal(str(chosen)) if chosen is not None else Decimal(settings.DEVIATION_PERCENT) / 100


def sheets_of(assessment: Assessment) -> list[Sheet]:
    """Every sheet that holds a score, in the order of their beginning. One query."""
    sheets: dict[UUID, Sheet] = {}
    given = Score.objects.filter(sheet__assessment=assessment).select_related("sheet__by").order_by("sheet__started_at")
    for score in given:
        sheets.setdefault(score.sheet_id, Sheet(score.sheet, {})).scores[score.criterion] = score
    return list(sheets.values())


def compare(
    assessment: Assessment,
    *,
    sheets: Iterable[Sheet] | None = None,
    rows: dict[int, Answer] | None = None,
    grounds: Grounds | None = None,
    shows: Callable[[ScoreSheet], bool] = lambda sheet: sheet.handed_in_at is not None,
) -> Comparison:
    """Self, street, county, city, province and panel beside one another, large deviations marked.

    ``shows`` says which sheets may be seen; ``sheets``, ``rows`` and ``grounds`` spare the queries where the caller has them.
    """
    standard = standards.standard_of(assessment)
    result = standards.result_of(assessment, rows_of(assessment) if rows is None else rows, grounds)
    claimed = claims.claims(standard, result)
    seen = [sheet for sheet in (sheets_of(assessment) if sheets is None else sheets) if shows(sheet.row)]
    share = deviation_share(assessment)
    by_scorer = {scorer: [sheet for sheet in seen if sheet.row.scorer == scorer] for scorer in BY_LEVEL}
    columns = [Column("self", Scorer.SELF.label, result.total, assessment.locked_at is not None)]
    columns += [_column(assessment, scorer, given) for scorer, given in by_scorer.items() if given]
    table = []
    for part in standard.parts:
        for line in part.criteria:
            row = Row(line.no, line.title, part.key, line.points, claimed[line.no])
            for scorer, given in by_scorer.items():
                if found := _given(assessment, standard, line, scorer, given, claimed[line.no], share):
                    row.given[scorer.value] = found
            table.append(row)
    return Comparison(columns, table, share)


def _column(assessment: Assessment, scorer: Scorer, sheets: list[Sheet]) -> Column:
    totals = [sheet.row.total for sheet in sheets if sheet.row.total is not None]
    total = sheets[-1].row.total
    if scorer is Scorer.PANEL and totals:
        total = engine.aggregate(totals, _aggregate_of(assessment), rounding=standards.standard_of(assessment).rounding)
    title = scorer.label if scorer is not Scorer.PANEL else f"{scorer.label}（{len(sheets)} 人）"
    people = tuple(str(sheet.row.by) for sheet in sheets)
    return Column(scorer.value, title, total, all(sheet.row.handed_in_at for sheet in sheets), people)


def _given(
    assessment: Assessment,
    standard: Standard,
    line: Criterion,
    scorer: Scorer,
    sheets: list[Sheet],
    claim: Mark,
    share: Decimal,
) -> Given | None:
    scores = [score for sheet in sheets if (score := sheet.scores.get(line.no))]
    if not scores:
        return None
    if scorer is not Scorer.PANEL:
        mark, reason = claims.mark_of(scores[-1]), scores[-1].reason
        return Given(mark, mark.in_words, reason, claims.deviates(claim, mark, line.points, share))
    mark, words = _panel_mark(standard, [claims.mark_of(score) for score in scores], _aggregate_of(assessment))
    reason = "；".join(score.reason for score in scores if score.reason)
    return Given(mark, words, reason, claims.deviates(claim, mark, line.points, share))


def _panel_mark(standard: Standard, marks: list[Mark], how: str) -> tuple[Mark, str]:
    """What the members' marks come to, and in words with their spread."""
    points = [mark.points for mark in marks if mark.points is not None]
    if points:
        mean = engine.aggregate(points, how, rounding=standard.rounding)
        spread = f"（{claims.plain(min(points))}–{claims.plain(max(points))}）" if min(points) != max(points) else ""
        return Mark(points=mean), f"{claims.plain(mean)} 分{spread}"
    votes = [mark.met for mark in marks if mark.met is not None]
    if votes:
        return Mark(met=sum(votes) * 2 > len(votes)), f"{sum(votes)}/{len(votes)} 人认为满足"
    return Mark(applies=False), "不适用"


def _aggregate_of(assessment: Assessment) -> str:
    steps = scheme_of(assessment.version_id).procedure.steps
    return next((step.aggregate for step in steps if step.kind is StepKind.PANEL), "mean")
