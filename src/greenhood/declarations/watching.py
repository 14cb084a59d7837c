"""The standing watch: awarded communities scored again by today's figures, against the mark of the title they hold.

What people answered stays as it was declared; a figure that is known today takes the place of the declared one, except
where the community's claim against it stands. A figure that has become unknown changes nothing: missing data are not a drop.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import polars as pl

from greenhood.assessments import answers, computed, tables
from greenhood.declarations.models import Award
from greenhood.divisions.models import Division
from greenhood.indicators import queries as indicators
from greenhood.schemes import engine, rules
from greenhood.schemes.arithmetic import VALUE, points_of
from greenhood.schemes.format import Standard
from greenhood.schemes.models import scheme_of


@dataclass(frozen=True, slots=True)
class Fallen:
    """An award below its mark: what it was and is in points, and the figures that fell."""

    award_id: UUID
    level: str
    declared_total: Decimal
    total: Decimal
    drops: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """What the watch found: the awards that could be looked at, those that have fallen, and the day of the figures."""

    awards: frozenset[UUID]
    fallen: tuple[Fallen, ...]
    measured_on: dt.date | None


def look(within: Division, *, on: dt.date) -> Looked:
    """Every award in force in a division, scored by the figures measured last. A few queries for each version."""
    held = (
        Award.objects.filter(
            state__in=Award.IN_FORCE, community__code__gte=within.span[0], community__code__lt=within.span[1]
        )
        .select_related("community", "declaration")
        .defer("quotas", "declaration__profile")
    )
    # A community may hold two titles of one scheme, each from an assessment of its own: those are looked at in turn.
    by_version: dict[tuple[UUID, int], list[Award]] = defaultdict(list)
    turns: dict[tuple[UUID, int], int] = defaultdict(int)
    for award in held.order_by("awarded_on", "pk"):
        turn = turns[award.version_id, award.community_id]
        turns[award.version_id, award.community_id] += 1
        by_version[award.version_id, turn].append(award)
    fallen: list[Fallen] = []
    seen: set[UUID] = set()
    measured_on = None
    for (version_id, _), awards in by_version.items():
        found, day = _look_at_version(version_id, awards, within, on)
        fallen += found
        seen |= {award.pk for award in awards} if day else set()
        measured_on = day or measured_on
    return Looked(frozenset(seen), tuple(fallen), measured_on)


def _look_at_version(
    version_id: UUID, awards: Sequence[Award], within: Division, on: dt.date
) -> tuple[list[Fallen], dt.date | None]:
    scheme = scheme_of(version_id)
    keys = sorted({key for standard in scheme.standards for key in computed.indicators(standard)})
    stored, measured_on = indicators.stored(within, keys)
    figures = stored.drop("code")
    if measured_on is None:
        return [], None
    assessments = [award.declaration.assessment_id for award in awards]
    given, frozen, claims = tables.answers_of(assessments), tables.frozen(assessments), tables.claimed(assessments)
    levels = {title.key: title.level for title in scheme.titles}
    places = pl.DataFrame(
        [(award.community_id, award.community.code, award.community.urban_rural_class) for award in awards],
        schema={"community_id": pl.Int64, "code": pl.Int64, "place_class": pl.Int64},
        orient="row",
    )
    found: list[Fallen] = []
    for standard, rows in given:
        here = places.join(rows.select("community_id").unique(), on="community_id", how="semi")
        declared, now = _both(standard, here, rows, figures, frozen, claims, on)
        scored = _scored(standard, declared, now)
        found += _fallen(standard, awards, levels, scored, declared, now, on)
    return found, measured_on


def _both(
    standard: Standard,
    places: pl.DataFrame,
    rows: pl.DataFrame,
    figures: pl.DataFrame,
    frozen: pl.DataFrame,
    claims: pl.DataFrame,
    on: dt.date,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The wide tables as declared and by today's figures."""
    compiled = engine.compile_standard(standard)
    base = tables.wide_table(standard, places, figures.select("community_id"), [(standard, rows)], on)
    declared = tables.decided(compiled, tables.decided(compiled, base, frozen), claims)
    return declared, tables.decided(compiled, tables.measured(compiled, declared, figures), claims)


def _scored(standard: Standard, declared: pl.DataFrame, now: pl.DataFrame) -> dict[int, dict[str, Any]]:
    """By community: the rank of the level reached and the total, as declared and now."""
    compiled = engine.compile_standard(standard)
    ranks = {level.key: rank for rank, level in enumerate(standard.levels, 1)}
    before, after = compiled.score_many(declared), compiled.score_many(now)
    rank = pl.col("level").replace_strict(ranks, default=0, return_dtype=pl.Int64)
    both = before.select("community_id", rank_before=rank, total_before="total").join(
        after.select("community_id", rank=rank, total="total"), on="community_id"
    )
    return {row["community_id"]: row for row in both.iter_rows(named=True)}


def _fallen(
    standard: Standard,
    awards: Sequence[Award],
    levels: Mapping[str, str],
    scored: Mapping[int, Mapping[str, Any]],
    declared: pl.DataFrame,
    now: pl.DataFrame,
    on: dt.date,
) -> Iterator[Fallen]:
    ranks = {level.key: rank for rank, level in enumerate(standard.levels, 1)}
    low: list[tuple[Award, int, Mapping[str, Any]]] = []
    for award in awards:
        row, needed = scored.get(award.community_id), ranks.get(levels.get(award.title, ""), 0)
        # Below the mark by the answers as declared already: a panel or a reviewer decided, the figures didn't.
        if row is not None and row["rank"] < needed <= row["rank_before"]:
            low.append((award, needed, row))
    if not low:
        return
    drops = _drops(standard, declared, now, {award.community_id: award.community for award, _, _ in low}, on)
    for award, needed, row in low:
        yield Fallen(
            award.pk,
            standard.levels[needed - 1].title,
            points_of(row["total_before"]),
            points_of(row["total"]),
            tuple(drops[award.community_id]),
        )


def _drops(
    standard: Standard,
    declared: pl.DataFrame,
    now: pl.DataFrame,
    communities: Mapping[int, Division],
    on: dt.date,
) -> dict[int, list[dict[str, Any]]]:
    """The computed checks whose figure has changed and doesn't meet the threshold, by community."""
    before = {row["community_id"]: row for row in declared.filter(_among(communities)).iter_rows(named=True)}
    after = {row["community_id"]: row for row in now.filter(_among(communities)).iter_rows(named=True)}
    found: dict[int, list[dict[str, Any]]] = {community: [] for community in communities}
    for community, division in communities.items():
        place = engine.Place(division.urban_rural_class, division.code, on=on)
        for (no, check_no), check in computed.of_standard(standard):
            assert check.threshold is not None
            column = rules.check_value_column(no, check_no - 1)
            old, new = _figure(before[community].get(column)), _figure(after[community].get(column))
            threshold = computed.threshold_here(check.threshold, place)
            if old != new and computed.verdict(threshold, new) == "not_met":
                found[community].append(
                    {
                        "criterion": no,
                        "check_no": check_no,
                        "indicator": check.indicator,
                        "threshold": answers.in_words(threshold),
                        "before": None if old is None else computed.with_unit(old, threshold.unit, threshold),
                        "now": None if new is None else computed.with_unit(new, threshold.unit, threshold),
                    }
                )
    return found


def _among(communities: Mapping[int, Division]) -> pl.Expr:
    return pl.col("community_id").is_in(list(communities))


def _figure(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units) / VALUE
