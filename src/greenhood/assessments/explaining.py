"""A computed check in words: the figure, what is asked, what follows, where the figure comes from, and what to do next.

Plain values for the pages, the forms, the workbook and the API alike. No database.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from greenhood.assessments import answers, computed, standards
from greenhood.assessments.answers import Fields
from greenhood.assessments.computed import Grounds, Key, Verdict
from greenhood.assessments.drifting import Drift
from greenhood.assessments.models import Answer, Assessment, Override
from greenhood.evidence.showing import shown_time
from greenhood.facts.kinds import Kind
from greenhood.indicators import catalogue
from greenhood.indicators.catalogue import Indicator
from greenhood.indicators.figures import Figure, next_step, span_words
from greenhood.schemes import known_indicators
from greenhood.schemes.format import Check, Criterion, Standard, Threshold

VERDICTS: dict[Verdict, tuple[str, str]] = {
    "met": ("达到", "good"),
    "not_met": ("未达到", "bad"),
    "unknown": ("没有数据", "attend"),
}
BY_HAND = "人工填报，无数据支撑"
TICKS = {True: "满足", False: "不满足"}


@dataclass(frozen=True, slots=True)
class Record:
    """Where the records behind a figure stand, and where one is made; empty where the reader has no such page."""

    title: str
    url: str
    new_url: str
    is_missing: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What the community claims instead of the figure, and what reviewers say of it."""

    id: UUID
    kind: str
    words: str
    is_met: bool
    reason: str
    figure_then: str
    by: str
    at: str
    proofs: int
    counts: bool
    ruling: str
    ruling_words: str
    ruling_reason: str
    ruled: str

    @property
    def tone(self) -> str:
        return {"accepted": "good", "refused": "bad"}.get(self.ruling, "attend")


@dataclass(frozen=True, slots=True)
class Changed:
    """What has become of a declared figure since."""

    declared: str
    now: str
    words: str
    since: dt.date | None
    decides_otherwise: bool


@dataclass(frozen=True, slots=True)
class Explained:
    """One computed check. ``figure`` is empty where it is unknown, and ``because`` says why."""

    no: int
    key: str
    title: str
    unit: str
    verdict: Verdict
    value: Decimal | None
    figure: str
    threshold: str
    because: str
    note: str
    interval: str
    arithmetic: str
    definition: str
    norm: str
    dated: dt.date | None
    as_of: dt.date
    freshness: str
    next_step: str
    records: tuple[Record, ...]
    by_hand: str
    was_typed: str
    claim: Claim | None
    changed: Changed | None
    is_frozen: bool
    besides: str = ""

    @property
    def is_known(self) -> bool:
        return self.verdict != "unknown"

    @property
    def is_closed(self) -> bool:
        """Whether the answer can't be typed: the figure says all of it, or a claim in its place."""
        return (self.is_known and not self.besides) or (self.claim is not None and self.claim.counts)

    @property
    def is_rest_open(self) -> bool:
        """Whether the figure does and a person still has to say the rest."""
        return bool(self.besides) and self.verdict == "met" and not self.is_closed

    @property
    def decided(self) -> bool | None:
        """Whether the check counts as met; None where neither data nor a claim decide it."""
        if self.claim is not None and self.claim.counts:
            return self.claim.is_met
        if self.verdict == "met" and self.besides:
            return None
        return self.verdict == "met" if self.is_known else None

    @property
    def words(self) -> str:
        return VERDICTS[self.verdict][0]

    @property
    def tone(self) -> str:
        return VERDICTS[self.verdict][1]

    @property
    def missing(self) -> list[Record]:
        """What has to be recorded before there is a figure."""
        return [record for record in self.records if record.is_missing]

    @property
    def in_a_line(self) -> str:
        """``绿地率 23%，要求不低于25%，未达到（数据日期 2026-05-01）``, for forms and workbooks."""
        if not self.is_known:
            text = f"{self.title}没有数据：{self.because}"
        else:
            day = f"（数据日期 {self.dated}）" if self.dated else ""
            text = f"{self.title} {self.figure}，要求{self.threshold}，{self.words}{day}"
        if self.claim and self.claim.counts:
            return f"{text}；社区主张{self.claim.words}（{self.claim.kind}）"
        return f"{text}；{self.by_hand}" if self.by_hand else text


def explain(
    assessment: Assessment,
    line: Criterion,
    given: Fields,
    grounds: Grounds,
    *,
    present: Mapping[str, Figure] | None = None,
    drifts: Mapping[Key, Drift] | None = None,
    proofs: Mapping[int | None, int] | None = None,
    with_records: bool = True,
) -> dict[int, Explained]:
    """The computed checks of one criterion by their numbers. ``given`` is the stored answer.

    ``present`` are today's figures and ``drifts`` what has changed, where they are to be shown beside declared ones;
    ``proofs`` how many pieces of evidence there are by check (None: for the whole item), where that is known.
    """
    return {
        key[1]: _explained(assessment, key, check, given, grounds, present or {}, drifts or {}, proofs, with_records)
        for key, check in computed.of_line(line)
    }  # fmt: skip


def of_standard(
    assessment: Assessment, standard: Standard, grounds: Grounds, rows: Mapping[int, Answer]
) -> dict[Key, Explained]:
    """Every computed check, for what is printed or sent: without links."""
    return {
        (line.no, number): one
        for line in standards.lines(standard).values()
        for number, one in explain(
            assessment, line, answers.fields_of(rows.get(line.no)), grounds, with_records=False
        ).items()
    }


def _explained(
    assessment: Assessment,
    key: Key,
    check: Check,
    given: Fields,
    grounds: Grounds,
    present: Mapping[str, Figure],
    drifts: Mapping[Key, Drift],
    proofs: Mapping[int | None, int] | None,
    with_records: bool,
) -> Explained:
    assert check.threshold is not None
    threshold = standards.threshold_at(assessment, check.threshold)
    name = str(check.indicator)
    indicator = catalogue.entries().get(name)
    known = known_indicators.known(name)
    unit = known.unit if known else threshold.unit
    counted = grounds.figures.get(key)
    figure = counted.figure if counted else Figure(name, None, because="申报时还没有按指标计算。")
    claim = grounds.claims.get(key)
    is_frozen = key in grounds.frozen
    return Explained(
        no=key[1],
        key=name,
        title=known.title if known else name,
        unit=unit,
        verdict=computed.verdict(threshold, figure.value),
        value=figure.value,
        figure="" if figure.value is None else computed.with_unit(figure.value, unit, threshold),
        threshold=answers.in_words(threshold),
        because=figure.because,
        note=figure.note,
        interval=_interval(figure),
        arithmetic=_arithmetic(indicator, figure),
        definition=indicator.definition if indicator else "",
        norm=f"{indicator.norm.title} {indicator.norm.clause}" if indicator else "",
        dated=figure.dated,
        as_of=counted.as_of if counted else dt.date(assessment.year, 12, 31),
        freshness=_freshness(indicator, figure, counted.as_of if counted else None),
        next_step=_next_step(indicator, figure, threshold) if figure.is_known else "",
        records=_records(assessment, indicator, figure) if with_records and indicator else (),
        by_hand=_by_hand(key, given, grounds, proofs),
        was_typed="" if check.besides else _was_typed(key, given, figure, threshold),
        claim=_claim(claim, unit, threshold, proofs or {}, grounds) if claim else None,
        changed=_changed(key, unit, threshold, figure, present.get(name), drifts.get(key)) if is_frozen else None,
        is_frozen=is_frozen,
        besides=check.besides or "",
    )


def _interval(figure: Figure) -> str:
    if figure.interval is None:
        return ""
    low, high = figure.interval
    return f"95% 置信区间 {low:f}%–{high:f}%"


def _arithmetic(indicator: Indicator | None, figure: Figure) -> str:
    """The formula with its numbers: ``绿地面积之和 ÷ 辖区面积 × 100%：11,500 ÷ 50,000``."""
    if indicator is None:
        return ""
    if figure.part is None or figure.whole is None:
        return indicator.formula
    return f"{indicator.formula}：{computed.shown(figure.part)} ÷ {computed.shown(figure.whole)}"


def _freshness(indicator: Indicator | None, figure: Figure, as_of: dt.date | None) -> str:
    if indicator is None or figure.dated is None or as_of is None:
        return ""
    age = (as_of - figure.dated).days
    was = "当天" if age <= 0 else f"{age} 天前"
    return f"{was}的数据，{span_words(indicator.fresh_for)}内有效"


def _next_step(indicator: Indicator | None, figure: Figure, threshold: Threshold) -> str:
    return next_step(indicator, figure, threshold.compare, threshold.value) if indicator else ""


def _records(assessment: Assessment, indicator: Indicator, figure: Figure) -> tuple[Record, ...]:
    return tuple(
        Record(
            kind.title,
            _url("facts:records", assessment, kind),
            _url("facts:new", assessment, kind),
            _is_missing(indicator, kind, figure),
        )
        for kind in indicator.kinds
    )


def _is_missing(indicator: Indicator, kind: Kind, figure: Figure) -> bool:
    """Whether it is for want of records of this kind that the figure is unknown; of all kinds, where that isn't known."""
    if figure.is_known:
        return False
    wanting = {one.kind for one in indicator.records if figure.because in (one.missing, one.incomplete)}
    return kind.key in wanting if wanting else True


def _url(name: str, assessment: Assessment, kind: Kind) -> str:
    try:
        return reverse(name, args=[assessment.community.code, kind.key])
    except NoReverseMatch:
        return ""


def _by_hand(key: Key, given: Fields, grounds: Grounds, proofs: Mapping[int | None, int] | None) -> str:
    """The mark of what counts without data behind it."""
    if grounds.known(key) or grounds.claim(key) or not _is_typed(key, given):
        return ""
    is_proven = proofs is None or proofs.get(key[1]) or proofs.get(None)
    return BY_HAND if is_proven else f"{BY_HAND}，也没有证明材料"


def _is_typed(key: Key, given: Fields) -> bool:
    return any(at < len(kind) and kind[at] is not None for at in [key[1] - 1] for kind in (given.checks, given.values))


def _was_typed(key: Key, given: Fields, figure: Figure, threshold: Threshold) -> str:
    """What a person filled in before there was a figure, where the figure says otherwise."""
    at = key[1] - 1
    if figure.value is None or at >= len(given.checks) or given.checks[at] is None:
        return ""
    if given.checks[at] is answers.holds(threshold, figure.value):
        return ""
    return f"曾人工填报“{TICKS[bool(given.checks[at])]}”，与数据不符，以数据为准。"


def _claim(
    made: Override, unit: str, threshold: Threshold, proofs: Mapping[int | None, int], grounds: Grounds
) -> Claim:
    is_met = bool(made.met) if made.value is None else answers.holds(threshold, made.value)
    words = TICKS[is_met]
    if made.value is not None:
        words = f"{computed.with_unit(made.value, unit, threshold)}（{words}）"
    return Claim(
        id=made.pk,
        kind=made.get_kind_display(),
        words=words,
        is_met=is_met,
        reason=made.reason,
        figure_then="" if made.figure is None else computed.with_unit(made.figure, unit, threshold),
        by=str(made.by) if made.by else "系统",
        at=shown_time(made.at),
        proofs=proofs.get(made.check_no, 0) or proofs.get(None, 0),
        counts=grounds.claim((made.criterion, made.check_no)) is not None,
        ruling=made.ruling,
        ruling_words=made.get_ruling_display() if made.ruling else "",
        ruling_reason=made.ruling_reason,
        ruled=f"{made.ruled_by or '系统'} {shown_time(made.ruled_at)}" if made.ruled_at else "",
    )


def _changed(
    key: Key, unit: str, threshold: Threshold, declared: Figure, now: Figure | None, drift: Drift | None
) -> Changed | None:
    if now is None or now.value == declared.value:
        return None
    return Changed(
        declared=_value(declared, unit, threshold),
        now=_value(now, unit, threshold),
        words=drift.words if drift else "",
        since=drift.since if drift else None,
        decides_otherwise=drift is not None,
    )


def _value(figure: Figure, unit: str, threshold: Threshold) -> str:
    value: Decimal | None = figure.value
    return f"没有数据（{figure.because.rstrip('。')}）" if value is None else computed.with_unit(value, unit, threshold)
