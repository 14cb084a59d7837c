"""A programme at full scale on the real divisions, made up with a seed, set-based, every row marked as simulated.

For trying out pages, reports and speed where no real data can be used. Communities with an assessment of their own are
left alone; ``clear`` takes all simulated rows away again. What stays is the history: one entry says that it was done.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
from django.db import connection, transaction

from greenhood.accounts.actor import Actor
from greenhood.assessments.models import Answer, Assessment
from greenhood.declarations import procedure, standing
from greenhood.declarations.models import Award, Decision, Declaration, Notice, NoticeEntry
from greenhood.demo import plausible
from greenhood.demo.events import Event
from greenhood.demo.plausible import DAYS_A_STEP, Draws
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import DIGITS, Division
from greenhood.history.actions import record
from greenhood.kit import progress
from greenhood.kit.bulk import copy_in, keys
from greenhood.schemes import engine
from greenhood.schemes.arithmetic import POINT
from greenhood.schemes.format import Scheme, Standard, Step, StepKind, Title
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import newest

SHANGHAI = ZoneInfo("Asia/Shanghai")
PERSON = "模拟人员"


class AlreadySimulated(Exception):
    """There is a simulated programme in the division; ``clear`` takes it away."""


@dataclass(frozen=True)
class Summary:
    communities: int
    participating: int
    answers: int
    declarations: int
    decisions: int
    awards: int


@dataclass
class Batch:
    """The communities of one scheme, and what is made up for them."""

    version: SchemeVersion
    scheme: Scheme
    standard: Standard
    rows: pl.DataFrame

    @property
    def steps(self) -> list[Step]:
        return self.scheme.procedure.steps


def simulate(within: Division, *, seed: int, today: dt.date, by: Actor) -> Summary:
    """Make up a programme for every community in ``within`` that has no assessment yet. One transaction.

    Raises AlreadySimulated where there are simulated rows already: a second programme would break the quotas of the first.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if Assessment.objects.filter(is_simulated=True, **_lies_in(within)).exists():
            raise AlreadySimulated(f"{within.name}已有模拟数据，请先清除。")
        # A million keys are checked once at the end of the load, not row by row against cold pages.
        cursor.execute("set local work_mem = '256MB'")
        totals = np.zeros(6, dtype=int)
        groups = list(_communities(within))
        with progress.bar(len(groups), "模拟创建过程", unit="套方案") as bar:
            for number, (version, communities) in enumerate(groups):
                totals += _simulate_one(version, communities, Draws(np.random.default_rng([seed, number])), today)
                bar.update()
        # What counts these rows next would otherwise take the tables for empty, and join a hundred thousand by loops.
        cursor.execute(
            "analyze assessments_assessment, assessments_answer, declarations_declaration, declarations_standing"
        )
        summary = Summary(*map(int, totals))
        record(
            Event.SIMULATED,
            within,
            by=by,
            division_code=within.code,
            details={"seed": seed, "participating": summary.participating, "awards": summary.awards},
        )
    return summary


@transaction.atomic
def clear(within: Division, *, by: Actor) -> int:
    """Take away everything simulated in a division; how many assessments went."""
    low, high = within.span
    with connection.cursor() as cursor:
        for statement in _CLEARING:
            cursor.execute(statement, {"low": low, "high": high})
        gone = cursor.rowcount
    record(Event.CLEARED, within, by=by, division_code=within.code, details={"assessments": gone})
    return gone


_HERE = "(select id from divisions_division where code >= %(low)s and code < %(high)s)"
_SIMULATED = f"(select id from declarations_declaration where is_simulated and community_id in {_HERE})"
_CLEARING = (
    f"delete from declarations_standing where is_simulated and community_id in {_HERE}",
    f"delete from declarations_award where is_simulated and community_id in {_HERE}",
    f"delete from declarations_noticeentry where declaration_id in {_SIMULATED}",
    f"""delete from declarations_notice n where is_simulated and division_id in {_HERE}
        and not exists (select from declarations_noticeentry e where e.notice_id = n.id)""",
    f"delete from declarations_decision where declaration_id in {_SIMULATED}",
    f"delete from declarations_declaration where is_simulated and community_id in {_HERE}",
    f"""delete from assessments_answer where assessment_id in
        (select id from assessments_assessment where is_simulated and community_id in {_HERE})""",
    f"delete from assessments_assessment where is_simulated and community_id in {_HERE}",
)


def _lies_in(within: Division) -> dict[str, int]:
    low, high = within.span
    return {"community__code__gte": low, "community__code__lt": high}


def _communities(within: Division) -> Iterable[tuple[SchemeVersion, pl.DataFrame]]:
    """Each scheme in force with the communities that it judges: the most specific jurisdiction wins."""
    taken = set(Assessment.objects.values_list("community_id", flat=True))
    versions = sorted(newest(), key=lambda version: -version.jurisdiction.level)
    for version in versions:
        if not (within.contains(version.jurisdiction) or version.jurisdiction.contains(within)):
            continue
        smaller = within if version.jurisdiction.contains(within) else version.jurisdiction
        found = divisions.subjects(version.scheme.subjects, smaller).values_list("id", "code")
        rows = [pair for pair in found.iterator(chunk_size=20_000) if pair[0] not in taken]
        taken.update(pk for pk, _ in rows)
        if rows:
            yield version, pl.DataFrame(rows, schema={"id": pl.Int64, "code": pl.Int64}, orient="row")


def _simulate_one(version: SchemeVersion, communities: pl.DataFrame, draws: Draws, today: dt.date) -> np.ndarray:
    scheme, standard = version.scheme, version.scheme.standard
    compiled = engine.compile_standard(standard)
    taking_part = plausible.participants(draws, communities)
    wide = plausible.answers(draws, compiled, taking_part)
    scored = compiled.score_many(wide).with_columns(asked=pl.lit(len(compiled.criteria)))
    rows = plausible.courses(draws, scheme, scored, today).with_columns(
        taking_part["code"], assessment=keys(scored.height), declaration=keys(scored.height)
    )
    batch = Batch(version, scheme, standard, plausible.due_dates(scheme, rows))
    answers = _write_assessments(batch, wide, today)
    declared = batch.rows.filter(pl.col("course") != "assessing")
    titles = _titles(batch, declared, communities)
    _write_declarations(batch, titles)
    decisions = _write_decisions(batch, titles)
    _write_notices(batch, titles, today)
    awards = _write_awards(batch, titles)
    standing.update(rows["id"].to_list())
    return np.array([communities.height, rows.height, answers, titles.height, decisions, awards])


# --- assessments ------------------------------------------------------------------------------------------------------


def _write_assessments(batch: Batch, wide: pl.DataFrame, today: dt.date) -> int:
    lines = [line for part in batch.standard.parts for line in part.criteria]
    rows = batch.rows
    missed = [pl.when(pl.col(f"c{line.no}") < int((line.points or 1) * POINT)).then(pl.lit(line.no)) for line in lines]
    copy_in(
        Assessment,
        rows.select(
            id="assessment",
            community_id="id",
            version_id=pl.lit(str(batch.version.pk)),
            scheme_id=pl.lit(batch.scheme.id),
            standard_key=pl.lit(batch.standard.key),
            year="year",
            tags=pl.lit("[]"),
            started_at=_noon("declared_on", days=-40),
            locked_at=pl.when(pl.col("course").is_in(["assessing", "returned"]).not_()).then(_noon("declared_on")),
            public_from=pl.when(pl.col("course") == "awarded").then(_noon("arrived_on")),
            total=_points("total"),
            maximum=_points("maximum"),
            level=pl.col("level").fill_null(""),
            answered="answered",
            asked="asked",
            missed=pl.format("[{}]", pl.concat_list(missed).list.drop_nulls().cast(pl.List(pl.String)).list.join(",")),
            parts=_parts(batch.standard),
            is_simulated=pl.lit(True),
        ),
    )
    keyed = wide.with_columns(rows["assessment"])
    return sum(_write_answers(batch.standard, line.no, keyed, today) for line in lines)


def _write_answers(standard: Standard, no: int, wide: pl.DataFrame, today: dt.date) -> int:
    compiled = engine.compile_standard(standard)
    checks = [f"c{no}_{place + 1}" for place in range(len(compiled.criteria[no].checks))]
    checks = [name for name in checks if name in wide.columns]
    marks = [pl.col(name).cast(pl.String).fill_null("null") for name in checks]
    applies = pl.col(f"c{no}_applies") if f"c{no}_applies" in wide.columns else pl.lit(True)
    met = pl.col(f"c{no}_met") if f"c{no}_met" in wide.columns else pl.lit(None, pl.Boolean)
    claimed = pl.col(f"c{no}_claimed") / POINT if f"c{no}_claimed" in wide.columns else pl.lit(None, pl.Float64)
    return copy_in(
        Answer,
        wide.select(
            id=keys(wide.height),
            assessment_id="assessment",
            criterion=pl.lit(no),
            applies=applies,
            reason=pl.when(applies).then(pl.lit("")).otherwise(pl.lit("模拟：本社区没有这一类对象")),
            met=met,
            checks=pl.format("[{}]", pl.concat_str(marks, separator=",")) if marks else pl.lit("[]"),
            claimed=claimed,
            edited_at=pl.lit(dt.datetime.combine(today, dt.time(), SHANGHAI)),
        ),
    )


def _parts(standard: Standard) -> pl.Expr:
    """Part → points, as JSON text."""
    pairs = [pl.format('"{}":"{}"', pl.lit(part.key), _points(f"part_{part.key}")) for part in standard.parts]
    return pl.concat_str(pl.lit("{"), pl.concat_str(pairs, separator=","), pl.lit("}"))


# --- declarations -----------------------------------------------------------------------------------------------------


def _titles(batch: Batch, declared: pl.DataFrame, communities: pl.DataFrame) -> pl.DataFrame:
    """One row per declaration: the first title for all, and a further one for the best of those that hold it."""
    first, *further = [title for title in batch.scheme.titles if title.from_children is None]
    rows = [declared.with_columns(title=pl.lit(first.key), title_name=pl.lit(first.title), advanced=pl.lit(False))]
    for title in (title for title in further if first.key in title.requires):
        best = _within_quotas(title, declared.filter(course="awarded", level=title.level), communities)
        rows.append(
            best.with_columns(
                title=pl.lit(title.key),
                title_name=pl.lit(title.title),
                advanced=pl.lit(True),
                declaration=keys(best.height),
            )
        )
    return pl.concat(rows)


def _within_quotas(title: Title, candidates: pl.DataFrame, communities: pl.DataFrame) -> pl.DataFrame:
    chosen = candidates.sort("total", "id", descending=[True, False])
    for quota in title.quotas:
        width = 10 ** (12 - DIGITS[procedure.LEVELS[quota.within]])
        place = pl.col("code") // width
        held = communities.group_by(place.alias("place")).len("subjects")
        limit = pl.lit(quota.count) if quota.count else (pl.col("subjects") * float(quota.share or 0)).floor()
        chosen = (
            chosen.with_columns(place=place)
            .join(held, on="place", maintain_order="left")
            .filter(pl.int_range(pl.len()).over("place") < limit)
            .drop("place", "subjects")
        )
    return chosen


def _write_declarations(batch: Batch, rows: pl.DataFrame) -> None:
    steps = batch.steps
    at = pl.col("step").clip(0, len(steps) - 1)
    copy_in(
        Declaration,
        rows.select(
            id="declaration",
            assessment_id="assessment",
            community_id="id",
            version_id=pl.lit(str(batch.version.pk)),
            scheme_id=pl.lit(batch.scheme.id),
            year="year",
            title="title",
            status=pl.col("course").replace("waiting", "active"),
            step=at.replace_strict(dict(enumerate(step.key for step in steps))),
            level=at.replace_strict(dict(enumerate(int(procedure.level_of(step)) for step in steps))),
            department=at.replace_strict(dict(enumerate(step.department or "" for step in steps))),
            since=_noon("arrived_on"),
            due_on=pl.when(pl.col("course") == "waiting").then("due_on"),
            revision=pl.col("step") + pl.col("course").is_in(["returned", "rejected"]),
            leader=pl.lit("模拟负责人"),
            phone=pl.lit("000-00000000"),
            address=pl.lit("模拟地址"),
            profile=pl.lit("这是模拟数据，不是真实社区的情况。"),
            declared_at=_noon("declared_on"),
            declared_total=_points("total"),
            is_simulated=pl.lit(True),
        ),
    )


def _write_decisions(batch: Batch, rows: pl.DataFrame) -> int:
    """Every step that a declaration has behind it, and the one that ended it."""
    made = 0
    for index, step in enumerate(batch.steps):
        outcome, words = _outcome(step)
        made += _write_decision(batch, index, rows.filter(pl.col("step") > index), outcome, words)
        for course, kind in (("returned", "return"), ("rejected", "reject")):
            ended = rows.filter((pl.col("step") == index) & (pl.col("course") == course))
            made += _write_decision(batch, index, ended, pl.lit(kind), "模拟：与标准有差距。")
    return made


def _outcome(step: Step) -> tuple[pl.Expr, str]:
    if step.kind is StepKind.DECLARE:
        return pl.lit("declare"), ""
    if procedure.is_drawn(step):
        return pl.when(pl.col("chance") < float(step.share or 0.1)).then(pl.lit("pass")).otherwise(pl.lit("skip")), ""
    return pl.lit("pass"), f"模拟：同意{step.verb}。"


def _write_decision(batch: Batch, index: int, rows: pl.DataFrame, outcome: pl.Expr, words: str) -> int:
    step = batch.steps[index]
    return copy_in(
        Decision,
        rows.select(
            id=keys(rows.height),
            declaration_id="declaration",
            revision=pl.lit(index + 1),
            step=pl.lit(step.key),
            step_title=pl.lit(step.title),
            outcome=outcome,
            opinion=pl.lit(words),
            seal_date=_later("declared_on", index * DAYS_A_STEP) if step.seal else pl.lit(None, pl.Date),
            at=_noon("declared_on", days=index * DAYS_A_STEP),
            person_name=pl.lit(PERSON),
            post_title=pl.lit(f"模拟·{step.department or procedure.level_of(step).label}"),
        ),
    )


# --- notices and awards -----------------------------------------------------------------------------------------------


def _write_notices(batch: Batch, rows: pl.DataFrame, today: dt.date) -> None:
    """One notice per place and quarter for what passed the notice step, and an open one for what waits there."""
    index = next((i for i, step in enumerate(batch.steps) if step.kind is StepKind.NOTICE), None)
    if index is None:
        return
    step = batch.steps[index]
    low, high = procedure.level_of(step), 10 ** (12 - DIGITS[procedure.level_of(step)])
    opened = _later("declared_on", index * DAYS_A_STEP)
    past = rows.filter(pl.col("step") > index).with_columns(quarter=opened.dt.truncate("1q"), ended=pl.lit(True))
    waiting = rows.filter((pl.col("step") == index) & (pl.col("course") == "waiting"))
    # Half of what waits is on notice today, the other half still waits for one.
    on_notice = waiting.filter(pl.col("chance") < 0.5).with_columns(quarter=pl.lit(today), ended=pl.lit(False))
    entries = pl.concat([past, on_notice]).with_columns(place=pl.col("code") // high * high)
    notices = entries.select("place", "quarter", "ended").unique(maintain_order=True)
    known = dict(Division.objects.filter(level=low, code__in=notices["place"].to_list()).values_list("code", "id"))
    notices = notices.with_columns(notice=keys(notices.height), division=pl.col("place").replace_strict(known))
    days = {quarter: procedure.notice_days(step, quarter) for quarter in notices["quarter"].unique()}
    opens, closes = ({day: span[place] for day, span in days.items()} for place in (0, 1))
    copy_in(
        Notice,
        notices.select(
            id="notice",
            version_id=pl.lit(str(batch.version.pk)),
            step=pl.lit(step.key),
            division_id="division",
            title=pl.format("（模拟）绿色社区拟命名名单公示 {}", pl.col("quarter").dt.to_string("%Y年%-m月")),
            opens_on=pl.col("quarter").replace_strict(opens, return_dtype=pl.Date),
            closes_on=pl.col("quarter").replace_strict(closes, return_dtype=pl.Date),
            days=pl.lit(step.days or 1),
            day_kind=pl.lit(step.day_kind),
            show_scores=pl.lit(step.show_scores),
            contact=pl.lit("模拟公示，不受理异议"),
            published_at=_noon("quarter"),
            closed_at=pl.when("ended").then(_noon("quarter", days=20)),
            is_simulated=pl.lit(True),
        ),
    )
    entries = entries.join(notices, on=["place", "quarter", "ended"], maintain_order="left")
    copy_in(
        NoticeEntry,
        entries.select(
            id=keys(entries.height),
            notice_id="notice",
            declaration_id="declaration",
            total=_points("total"),
            parts=_parts(batch.standard),
            ended_at=pl.when("ended").then(_noon("quarter", days=20)),
        ),
    )


def _write_awards(batch: Batch, rows: pl.DataFrame) -> int:
    awarded = rows.filter(course="awarded")
    names = keys(awarded.height)
    withdrawn = pl.col("chance") < plausible.DELISTED
    rectifying = pl.col("chance") < plausible.DELISTED + plausible.RECTIFYING
    state = pl.when(withdrawn).then(pl.lit("withdrawn")).when(rectifying).then(pl.lit("rectifying"))
    return copy_in(
        Award,
        awarded.select(
            id=names,
            declaration_id="declaration",
            community_id="id",
            version_id=pl.lit(str(batch.version.pk)),
            scheme_id=pl.lit(batch.scheme.id),
            title="title",
            title_name="title_name",
            is_advanced="advanced",
            number=pl.format("模拟-{}-{}", "year", pl.Series(names).str.slice(20)),
            code=pl.Series(names).str.slice(16).str.to_uppercase(),
            awarded_on="arrived_on",
            state=state.otherwise(pl.lit("valid")),
            withdrawn_on=pl.when(withdrawn).then("arrived_on"),
            withdrawn_reason=pl.when(withdrawn).then(pl.lit("模拟：逾期未完成整改")).otherwise(pl.lit("")),
            is_simulated=pl.lit(True),
        ),
    )


# --- columns ----------------------------------------------------------------------------------------------------------


def _points(column: str) -> pl.Expr:
    return pl.col(column) / POINT


def _later(column: str, days: int) -> pl.Expr:
    return pl.col(column) + pl.duration(days=days)


def _noon(column: str, *, days: int = 0) -> pl.Expr:
    """Noon in Shanghai, so many days later, as text that PostgreSQL reads."""
    return _later(column, days).dt.to_string("%Y-%m-%d 12:00:00+08")
