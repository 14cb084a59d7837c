"""Answers of many communities as the table that the engine reads, and over them what measured figures decide.

For scoring a whole division at once: a trial of another version, the watch over awarded communities. Answers are read
through COPY; an answer to one standard stands for another where both ask in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

import polars as pl

from greenhood.divisions.models import Division
from greenhood.kit.bulk import copy_out
from greenhood.schemes import rules
from greenhood.schemes.arithmetic import VALUE, day_number
from greenhood.schemes.engine import Compiled, compile_standard
from greenhood.schemes.format import Criterion, Standard
from greenhood.schemes.models import schemes_of

PUNCTUATION = re.compile(r"[\s，。；、：“”（）()%.,;:]+")

_ASSESSMENTS = {"community_id": pl.Int64, "version": pl.String, "standard": pl.String}
_ANSWERS = {
    "community_id": pl.Int64,
    "criterion": pl.Int64,
    "applies": pl.Int64,
    "met": pl.Int64,
    "checks": pl.String,
    "claimed": pl.String,
    "value": pl.String,
    "values": pl.String,
    "counts": pl.String,
    "grade": pl.String,
}
_DECISIONS = {
    "community_id": pl.Int64,
    "criterion": pl.Int64,
    "check_no": pl.Int64,
    "met": pl.Int64,
    "value": pl.Int64,
}
_LATEST = """
    select distinct on (a.community_id) a.id, a.community_id, a.version_id, a.standard_key
    from assessments_assessment a join divisions_division d on d.id = a.community_id
    where d.code >= %(low)s and d.code < %(high)s and a.scheme_id = %(scheme)s
    order by a.community_id, a.year desc, a.started_at desc"""
_GIVEN = """
    select a.id, a.community_id, a.version_id, a.standard_key from assessments_assessment a
    where a.id = any(%(assessments)s::uuid[])"""

Given = list[tuple[Standard, pl.DataFrame]]
"""Stored answers by the standard that they were given to: community_id, criterion and the columns of an answer."""


def latest_answers(scheme_id: str, within: Division) -> Given:
    """The answers of each community's latest assessment under any version of a scheme. Two queries."""
    low, high = within.span
    return _answers(_LATEST, {"low": low, "high": high, "scheme": scheme_id})


def answers_of(assessments: Iterable[UUID]) -> Given:
    """The answers of these assessments, one for each community at most. Two queries."""
    return _answers(_GIVEN, {"assessments": [str(pk) for pk in assessments]})


def frozen(assessments: Iterable[UUID]) -> pl.DataFrame:
    """The figures that these assessments were declared with: community_id, criterion, check_no, met (null), value in units."""
    return copy_out(
        f"""select community_id, split_part(name, '.', 1)::int, split_part(name, '.', 2)::int, null::int,
                ((figure ->> 'value')::numeric * {VALUE})::bigint
            from assessments_assessment, jsonb_each(figures) as kept(name, figure)
            where id = any(%(assessments)s::uuid[]) and figures is not null and figure ->> 'value' is not null""",
        {"assessments": [str(pk) for pk in assessments]},
        _DECISIONS,
    ).with_columns(pl.col("met").cast(pl.Boolean))


def claimed(assessments: Iterable[UUID]) -> pl.DataFrame:
    """What these communities claim instead of a figure, as ``frozen``; claims that reviewers refused are left out."""
    return copy_out(
        f"""select a.community_id, o.criterion, o.check_no, o.met::int, (o.value * {VALUE})::bigint
            from assessments_override o join assessments_assessment a on a.id = o.assessment_id
            where a.id = any(%(assessments)s::uuid[]) and o.withdrawn_at is null and o.ruling <> 'refused'""",
        {"assessments": [str(pk) for pk in assessments]},
        _DECISIONS,
    ).with_columns(pl.col("met").cast(pl.Boolean))


def decided(compiled: Compiled, wide: pl.DataFrame, decisions: pl.DataFrame) -> pl.DataFrame:
    """The wide table with some checks decided one by one: a flag, or a figure in whole units, for each community named."""
    for (no, check_no), rows in sorted(decisions.partition_by("criterion", "check_no", as_dict=True).items()):
        flag, value = rules.check_column(no, check_no - 1), rules.check_value_column(no, check_no - 1)
        if flag not in compiled.columns:
            continue
        given = rows.select("community_id", pl.lit(value=True).alias("~here"), "met", "value")
        wide = (
            wide.join(given, on="community_id", how="left", maintain_order="left")
            .with_columns(
                _instead("~here", "met", flag, wide.columns),
                *([_instead("~here", "value", value, wide.columns)] if value in compiled.columns else []),
            )
            .drop("~here", "met", "value")
        )
    return wide


def _instead(here: str, given: str, name: str, present: Iterable[str]) -> pl.Expr:
    kept = pl.col(name) if name in set(present) else pl.lit(None)
    return pl.when(pl.col(here)).then(pl.col(given)).otherwise(kept).alias(name)


def measured(compiled: Compiled, wide: pl.DataFrame, figures: pl.DataFrame) -> pl.DataFrame:
    """The wide table with every figure that is known deciding its check, over whatever decided it before."""
    joined = wide.join(figures, on="community_id", how="left", maintain_order="left")
    return joined.with_columns(_figure_columns(compiled, joined.columns)).drop(
        [name for name in figures.columns if name != "community_id"]
    )


def wide_table(
    standard: Standard,
    communities: pl.DataFrame,
    figures: pl.DataFrame,
    answers: Iterable[tuple[Standard, pl.DataFrame]],
    on: date,
) -> pl.DataFrame:
    """The wide table of a standard: answers by the words of each requirement, over them what figures decide.

    ``figures`` has community_id and a column per indicator in units of 1/100000000; ``answers`` the stored rows of each
    standard that communities answered to.
    """
    compiled = compile_standard(standard)
    wide = communities.rename({"code": "place_code"}).with_columns(pl.lit(day_number(on), pl.Int64).alias("place_on"))
    given = [_in_words_of(compiled, source, rows) for source, rows in answers]
    if given:
        wide = wide.join(pl.concat(given, how="diagonal"), on="community_id", how="left", maintain_order="left")
    wide = measured(compiled, wide, figures)
    return wide.select("community_id", *(name for name in compiled.columns if name in wide.columns))


def _answers(which: str, params: Mapping[str, Any]) -> Given:
    found = copy_out(f"select community_id, version_id, standard_key from ({which}) latest", params, _ASSESSMENTS)
    if not found.height:
        return []
    rows = copy_out(
        f"""select latest.community_id, r.criterion, r.applies::int, r.met::int, r.checks, r.claimed, r.value, r.values, r.counts, r.grade
            from ({which}) latest join assessments_answer r on r.assessment_id = latest.id""",
        params,
        _ANSWERS,
    ).with_columns(
        pl.col("applies", "met").cast(pl.Boolean),
        pl.col("checks").str.json_decode(pl.List(pl.Boolean)),
        pl.col("values").str.json_decode(pl.List(pl.String)),
        pl.col("counts").str.json_decode(pl.List(pl.Int64)),
        pl.col("claimed", "value").cast(pl.Decimal(30, 8)),
        pl.col("grade").fill_null(""),
    )
    pairs = sorted(found.select("version", "standard").unique().rows())
    schemes = schemes_of(UUID(version) for version, _ in groupby(pairs, key=lambda pair: pair[0]))
    return [
        (
            next(one for one in schemes[UUID(version)].standards if one.key == key),
            rows.join(
                found.filter((pl.col("version") == version) & (pl.col("standard") == key)).select("community_id"),
                on="community_id",
                how="semi",
            ),
        )
        for version, key in pairs
    ]


def _in_words_of(compiled: Compiled, source: Standard, rows: pl.DataFrame) -> pl.DataFrame:
    """Answers to one standard as columns of another: what is asked in the same words keeps its answer."""
    other = compile_standard(source)
    wide = other.widen(rows, key="community_id")
    same = _same_columns(compiled, other)
    return wide.select("community_id", *(pl.col(old).alias(new) for new, old in same.items() if old in wide.columns))


def _same_columns(compiled: Compiled, other: Compiled) -> dict[str, str]:
    """The columns of one standard's table and those of another's that hold the answer to the same words."""
    if compiled.standard == other.standard:
        return {name: name for name in compiled.columns}
    checks = {
        _words(check.text): (no, index)
        for no, line in other.criteria.items()
        for index, check in enumerate(line.checks)
    }
    lines = {_words(line.title): line for line in other.criteria.values()}
    found: dict[str, str] = {}
    for no, line in compiled.criteria.items():
        for index, check in enumerate(line.checks):
            if (home := checks.get(_words(check.text))) is not None:
                found[rules.check_column(no, index)] = rules.check_column(*home)
                found[rules.check_value_column(no, index)] = rules.check_value_column(*home)
        if (twin := lines.get(_words(line.title))) is not None and _is_asked_alike(compiled, line, other, twin):
            found |= {
                f"c{no}_{name}": f"c{twin.no}_{name}"
                for name in ("applies", "met", "claimed", "value", "grade", "count1", "count2", "count3")
                if f"c{no}_{name}" in compiled.columns and f"c{twin.no}_{name}" in other.columns
            }
    return found


def _is_asked_alike(compiled: Compiled, line: Criterion, other: Compiled, twin: Criterion) -> bool:
    """Whether an answer to one line, as a whole, is an answer to the other."""
    return (
        rules.method(compiled.standard, line) is rules.method(other.standard, twin)
        and line.grades == twin.grades
        and len(line.deducts) == len(twin.deducts)
    )


def _words(text: str) -> str:
    return PUNCTUATION.sub("", text)


def _decided(compiled: Compiled, present: Iterable[str]) -> Mapping[str, tuple[str, str, bool]]:
    """The columns that a figure decides: value column -> (flag column, indicator, whether a person says the rest)."""
    names = set(present)
    return {
        rules.check_value_column(no, index): (rules.check_column(no, index), check.indicator, bool(check.besides))
        for no, line in compiled.criteria.items()
        for index, check in enumerate(line.checks)
        if check.indicator in names and check.threshold
    }


def _figure_columns(compiled: Compiled, present: list[str]) -> list[pl.Expr]:
    """A figure that is known decides its requirement; what a person ticked there counts only where it is unknown."""
    columns: list[pl.Expr] = []
    for value, (flag, indicator, has_rest) in _decided(compiled, present).items():
        figure = pl.col(indicator)
        columns.append((pl.coalesce(figure, pl.col(value)) if value in present else figure).alias(value))
        if flag in present and not has_rest:
            columns.append(pl.when(figure.is_null()).then(pl.col(flag)).alias(flag))
    return columns
