"""What the reviewer's page shows: claim, evidence, earlier scores and one's own beside each other, item by item."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property, partial
from uuid import UUID

from greenhood.accounts.capabilities import Capability
from greenhood.assessments import answers, claims, forms, items, standards
from greenhood.assessments.claims import Mark
from greenhood.assessments.desk import Desk
from greenhood.assessments.doubts import doubts
from greenhood.assessments.explaining import Explained, explain
from greenhood.assessments.items import Control, Piece
from greenhood.assessments.models import Answer, Assessment, Evidence, Score, ScoreSheet
from greenhood.assessments.queries.evidence import Use, duplicates, of_assessment
from greenhood.assessments.queries.scores import Column, Comparison, Given, Sheet, compare, sheets_of
from greenhood.assessments.resting import Resting
from greenhood.evidence.flags import TITLES, Flag, Sign
from greenhood.evidence.showing import shown_time
from greenhood.schemes.format import Criterion, Part

SHOWN_PIECES = 8


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    no: int
    text: str
    words: str
    tone: str
    figure: str
    data: Explained | None = None

    @property
    def is_closed(self) -> bool:
        return self.data is not None and self.data.is_closed


@dataclass(slots=True)
class ReviewItem:
    """One item on a reviewer's page."""

    no: int
    title: str
    source: str
    part: str
    kind_words: str
    claim: Mark
    claim_words: str
    reason: str
    state_words: str
    tone: str
    checks: list[CheckAnswer]
    facts: list[tuple[str, str]]
    note: str
    away_reason: str
    pieces: list[Piece]
    piece_count: int
    flagged: list[Piece]
    earlier: list[tuple[Column, Given | None]]
    changed: list[str]
    returned_reason: str
    is_returned: bool
    is_met_or_not: bool
    may_not_apply: bool
    most: str
    own: Mark | None
    own_words: str
    points: Control
    met: str
    own_reason: Control
    data_words: str = ""
    return_reason: str = ""
    is_marked: bool = False
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def more_pieces(self) -> int:
        return self.piece_count - len(self.pieces)

    @property
    def is_scored(self) -> bool:
        return self.own is not None

    @property
    def deviates(self) -> bool:
        return any(given.deviates for _, given in self.earlier if given)

    @property
    def disputes(self) -> list[Explained]:
        """The checks for which the community claims otherwise than the data."""
        return [check.data for check in self.checks if check.data is not None and check.data.claim is not None]

    @property
    def has_drifted(self) -> bool:
        """Whether today's data decide a check otherwise than what was declared."""
        return any(
            check.data is not None and check.data.changed is not None and check.data.changed.decides_otherwise
            for check in self.checks
        )

    @property
    def problem_list(self) -> list[tuple[str, str]]:
        return [(f"id-s{self.no}-{name}", text) for name, text in self.problems.items()]

    @property
    def met_choices(self) -> list[items.Choice]:
        choices = [("yes", "满足"), ("no", "不满足")]
        return [items.Choice(value, label, self.met == value) for value, label in choices]

    @property
    def claim_value(self) -> str:
        """The claim as the key ``a`` writes it into the score."""
        if not self.claim.applies:
            return "away"
        if self.is_met_or_not:
            return "yes" if self.claim.met else "no"
        return claims.plain(self.claim.points or Decimal(0))


class Review(Resting):
    """An assessment on a desk. Every table is asked once, whatever the number of items and pieces."""

    def __init__(
        self,
        assessment: Assessment,
        desk: Desk,
        *,
        since: dt.datetime | None = None,
        filled: Mapping[int, forms.FilledScore] | None = None,
        problems: Mapping[int, Mapping[str, str]] | None = None,
        marked: Mapping[int, str] | None = None,
        only: str = "",
    ) -> None:
        self.only = only
        self.assessment, self.desk, self.since = assessment, desk, since
        self.filled, self.problems, self.marked = filled or {}, problems or {}, marked or {}
        self.standard = standards.standard_of(assessment)

    @cached_property
    def sheets(self) -> list[Sheet]:
        return sheets_of(self.assessment)

    @cached_property
    def own_sheet(self) -> Sheet | None:
        user = self.desk.actor.user
        return next(
            (one for one in self.sheets if user and one.row.by_id == user.pk and one.row.step == self.desk.step), None
        )

    @property
    def own(self) -> ScoreSheet | None:
        return self.own_sheet.row if self.own_sheet else None

    @property
    def is_writable(self) -> bool:
        return self.desk.may_score and (self.own is None or self.own.handed_in_at is None)

    @cached_property
    def comparison(self) -> Comparison:
        return compare(
            self.assessment,
            sheets=self.sheets,
            rows=self.rows,
            grounds=self.grounds,
            shows=lambda sheet: self.desk.shows(sheet, self.own),
        )

    @cached_property
    def by_data(self) -> dict[int, str]:
        """What each item with a claim against its data comes to without the claim, in words."""
        items_ = {key[0] for key in self.grounds.claims}
        if not items_:
            return {}
        result = standards.result_of(self.assessment, self.rows, replace(self.grounds, claims={}))
        lines = standards.lines(self.standard)
        return {
            one.no: items.STATES[one.state][0]
            if standards.is_met_or_not(self.standard, lines[one.no])
            else f"{claims.plain(one.points)} 分"
            for one in result.criteria
            if one.no in items_
        }

    @property
    def disputed(self) -> list[ReviewItem]:
        return [item for item in self.items if item.disputes]

    @property
    def drifted(self) -> list[ReviewItem]:
        return [item for item in self.items if item.has_drifted]

    @property
    def may_rule(self) -> bool:
        """Whether the reviewer may say what becomes of a claim against the data."""
        return self.assessment.locked_at is not None and self.desk.actor.may(
            Capability.SCORE, self.assessment.community
        )

    @cached_property
    def own_scores(self) -> dict[int, Score]:
        return self.own_sheet.scores if self.own_sheet else {}

    @cached_property
    def evidence(self) -> list[Evidence]:
        return list(of_assessment(self.assessment))

    @cached_property
    def uses(self) -> dict[UUID, list[Use]]:
        may = partial(self.desk.actor.may, Capability.VIEW)
        found = duplicates(self.assessment)
        carried = {piece.pk for piece in self.evidence if piece.carried_from_id is not None}
        shown = {
            pk: [
                replace(use, is_visible=may(use.community))
                for use in uses
                # What was openly carried over from the community's own files is no reuse to look into.
                if pk not in carried or use.community.pk != self.assessment.community_id
            ]
            for pk, uses in found.items()
        }
        return {pk: uses for pk, uses in shown.items() if uses}

    @cached_property
    def by_item(self) -> dict[int, list[Evidence]]:
        found: dict[int, list[Evidence]] = {}
        for evidence in self.evidence:
            found.setdefault(evidence.criterion, []).append(evidence)
        return found

    @cached_property
    def doubts(self) -> dict[UUID, tuple[Flag, ...]]:
        return doubts(self.assessment, self.evidence, standards.lines(self.standard).values(), self.uses)

    @property
    def doubt_counts(self) -> list[tuple[Sign, str, int]]:
        """Every reason to look twice with its title and the number of pieces, for the filter."""
        signs = [flag.sign for flags in self.doubts.values() for flag in flags]
        return [(sign, title, signs.count(sign)) for sign, title in TITLES.items() if sign in signs]

    def piece(self, evidence: Evidence) -> Piece:
        return items.piece(
            evidence,
            is_new=self.is_new(evidence),
            uses=self.uses.get(evidence.pk, ()),
            flags=self.doubts.get(evidence.pk, ()),
        )

    def is_wanted(self, evidence: Evidence) -> bool:
        """Whether the filter shows this piece: every one, those with a doubt (``any``), or with one kind of doubt."""
        return not self.only or any(self.only in ("any", flag.sign) for flag in self.doubts.get(evidence.pk, ()))

    def is_new(self, evidence: Evidence) -> bool:
        return self.since is not None and evidence.uploaded_at > self.since

    def pieces_of(self, no: int) -> list[Piece]:
        """Every piece of one item; the page itself shows the first few."""
        return [self.piece(evidence) for evidence in self.by_item.get(no, []) if self.is_wanted(evidence)]

    @cached_property
    def parts(self) -> list[tuple[Part, list[ReviewItem]]]:
        """Every part; with a filter only the items, and parts with such, that have evidence it shows."""
        shown = [(part, [line for line in part.criteria if self._is_shown(line.no)]) for part in self.standard.parts]
        return [(part, [self._item(part, line) for line in lines]) for part, lines in shown if lines]

    def _is_shown(self, no: int) -> bool:
        return not self.only or any(map(self.is_wanted, self.by_item.get(no, [])))

    @property
    def items(self) -> list[ReviewItem]:
        return [item for _, group in self.parts for item in group]

    @property
    def scored(self) -> int:
        return len(self.own_scores)

    @property
    def changed(self) -> list[ReviewItem]:
        return [item for item in self.items if item.changed]

    @property
    def deviating(self) -> list[ReviewItem]:
        return [item for item in self.items if item.deviates]

    @property
    def flagged(self) -> int:
        return len(self.doubts)

    @property
    def unprocessed(self) -> int:
        """Photos whose likenesses have not been looked for yet."""
        return sum(1 for evidence in self.evidence if evidence.blob.processed_at is None)

    def _item(self, part: Part, line: Criterion) -> ReviewItem:
        row, result = self.rows.get(line.no), self.result.criterion(line.no)
        compared = self.comparison.row(line.no)
        evidence = self.by_item.get(line.no, [])
        wanted = [one for one in evidence if self.is_wanted(one)]
        score, filled = self.own_scores.get(line.no), self.filled.get(line.no)
        own = claims.mark_of(score) if score else None
        wrong = dict(self.problems.get(line.no, {}))
        fields = answers.trimmed(self.standard, line, answers.fields_of(row))
        most = claims.most_points(line)
        return ReviewItem(
            no=line.no,
            title=line.title,
            source=line.source,
            part=part.key,
            kind_words=items.kind_words(self.standard, line),
            claim=compared.claim,
            claim_words=compared.claim.in_words if not compared.claim.is_blank else "未填完",
            reason=result.reason,
            state_words=items.STATES[result.state][0],
            tone=items.STATES[result.state][1],
            checks=_checks(line, fields, self._explained(line, fields, evidence)),
            facts=_facts(line, fields),
            note=fields.note,
            away_reason=fields.reason,
            pieces=[self.piece(one) for one in wanted[:SHOWN_PIECES]],
            piece_count=len(wanted),
            flagged=[self.piece(one) for one in wanted if one.pk in self.doubts],
            earlier=[(column, compared.given.get(column.key)) for column in self.comparison.columns[1:]],
            changed=self._changes(row, evidence),
            returned_reason=row.reopened_reason if row else "",
            is_returned=row is not None and row.reopened_at is not None,
            is_met_or_not=standards.is_met_or_not(self.standard, line),
            may_not_apply=line.may_not_apply,
            most="" if most is None else claims.plain(most),
            own=own,
            own_words=own.in_words if own else "未评",
            points=Control(f"s{line.no}-points", "评分", _typed_points(filled, own), wrong.get("points", ""), "分"),
            met=_typed_met(filled, own),
            own_reason=Control(
                f"s{line.no}-reason",
                "理由",
                filled.reason if filled else score.reason if score else "",
                wrong.get("reason", ""),
            ),
            data_words=self.by_data.get(line.no, ""),
            return_reason=self.marked.get(line.no, ""),
            is_marked=line.no in self.marked,
            problems=wrong,
        )

    def _explained(self, line: Criterion, fields: answers.Fields, evidence: list[Evidence]) -> dict[int, Explained]:
        return explain(
            self.assessment,
            line,
            fields,
            self.grounds,
            present=self.present,
            drifts=self.drifts,
            proofs=Counter(piece.check_no for piece in evidence),
        )

    def _changes(self, row: Answer | None, evidence: list[Evidence]) -> list[str]:
        """What happened to the item since the reviewer last looked."""
        if self.since is None:
            return []
        found = []
        if row is not None and row.edited_at is not None and row.edited_at > self.since:
            found.append(f"自评内容于 {shown_time(row.edited_at)} 由{row.edited_by or '系统'}修改")
        if new := sum(map(self.is_new, evidence)):
            found.append(f"新增证明材料 {new} 件")
        return found


def _checks(line: Criterion, fields: answers.Fields, explained: Mapping[int, Explained]) -> list[CheckAnswer]:
    shown = []
    for number, check in enumerate(line.checks, 1):
        tick = fields.checks[number - 1]
        figure = fields.values[number - 1] if fields.values else None
        unit = check.threshold.unit if check.threshold else ""
        if tick is None and figure is not None and check.threshold and not check.threshold.cases:
            tick = answers.holds(check.threshold, figure)
        words, tone = {True: ("满足", "good"), False: ("不满足", "bad"), None: ("未填", "none")}[tick]
        shown.append(
            CheckAnswer(
                number,
                check.text,
                words,
                tone,
                "" if figure is None else f"{figure.normalize():f}{unit}",
                explained.get(number),
            )
        )
    return shown


def _facts(line: Criterion, fields: answers.Fields) -> list[tuple[str, str]]:
    """Everything else that was filled in, in words."""
    facts = []
    if fields.value is not None:
        facts.append(("数值", f"{fields.value.normalize():f}{line.value_unit or ''}"))
    for number, kind, text in answers.counted_rules(line) if fields.counts else []:
        count = fields.counts[number - 1]
        if count is not None:
            facts.append((text, ("有" if count else "无") if kind == "fixed" else f"{count} 次"))
    if fields.grade:
        facts.append(("等次", next((grade.title for grade in line.grades if grade.key == fields.grade), fields.grade)))
    return facts


def _typed_points(filled: forms.FilledScore | None, own: Mark | None) -> str:
    if filled is not None:
        return filled.typed.get("points", "")
    return "" if own is None or own.points is None else claims.plain(own.points)


def _typed_met(filled: forms.FilledScore | None, own: Mark | None) -> str:
    if filled is not None:
        return "away" if "away" in filled.typed else filled.typed.get("met", "")
    if own is None:
        return ""
    if not own.applies:
        return "away"
    return "" if own.met is None else "yes" if own.met else "no"
