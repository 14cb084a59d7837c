"""Rates, goals, ranks: plain computations over plain values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from greenhood.divisions.models import Level
from greenhood.insight import progress
from greenhood.insight.progress import Counts
from greenhood.schemes.format import Scheme
from tests.declarations.stage import loaded

BEFORE, AFTER = dt.date(2022, 6, 1), dt.date(2026, 11, 20)


def scheme(name: str) -> Scheme:
    return loaded(name).scheme


def rate(measure: str, counts: Counts, name: str, level: int, jurisdiction: int, today: dt.date = BEFORE):
    found = progress.rates(counts, scheme(name), level, jurisdiction, today)
    return next(each for each in found if each.measure == measure)


def test_three_rates_are_three_different_figures() -> None:
    found = progress.rates(Counts(200, 150, 80, 10), scheme("sichuan-2020"), Level.PROVINCE, Level.PROVINCE, BEFORE)

    assert [(each.title, each.share) for each in found] == [
        ("参与率", Decimal("0.7500")), ("达标率", Decimal("0.4000")), ("示范率", Decimal("0.0500"))
    ]  # fmt: skip


def test_rate_without_subjects_is_unknown_and_not_zero() -> None:
    found = progress.rates(Counts(), scheme("sichuan-2020"), Level.COUNTY, Level.PROVINCE, BEFORE)

    assert [each.share for each in found] == [None, None, None]


@pytest.mark.parametrize(("reached", "missing"), [(0, 61), (60, 1), (61, 0), (101, 0)])
def test_goal_of_a_share_asks_for_the_next_whole_community(reached: int, missing: int) -> None:
    target = rate("reached", Counts(101, 101, reached), "sichuan-2020", Level.PROVINCE, Level.PROVINCE).target

    assert (target.needed, target.missing, target.is_met) == (61, missing, missing == 0)


def test_share_of_the_whole_province_is_said_to_be_so_in_a_county() -> None:
    target = rate("reached", Counts(10, 8, 3), "sichuan-2020", Level.COUNTY, Level.PROVINCE).target

    assert target.is_of_whole
    assert target.missing == 3


def test_count_for_the_province_does_not_bind_a_county() -> None:
    counts = Counts(1000, 900, 700, 20)

    province = rate("demonstration", counts, "sichuan-2020", Level.PROVINCE, Level.PROVINCE).target
    county = rate("demonstration", counts, "sichuan-2020", Level.COUNTY, Level.PROVINCE).target

    assert province.missing == 580
    assert county is None


def test_next_goal_counts_until_its_day_and_the_last_one_after_that() -> None:
    counts = Counts(100, 100, 30)

    first = rate("reached", counts, "beijing-2021", Level.COUNTY, Level.PROVINCE, dt.date(2021, 1, 1)).target
    last = rate("reached", counts, "beijing-2021", Level.COUNTY, Level.PROVINCE, AFTER).target

    assert (first.share, first.is_met) == (Decimal("0.25"), True)
    assert (last.share, last.missing) == (Decimal("0.6"), 30)


def test_ranks_share_a_place_and_leave_out_too_small_divisions() -> None:
    half, third = Decimal("0.5"), Decimal("0.3333")

    found = progress.ranks([(third, 9), (half, 10), (half, 6), (Decimal(1), 4), (None, 0)])

    assert found == [3, 1, 1, None, None]


def test_mean_is_none_where_nobody_was_scored() -> None:
    assert progress.mean(None) is None
    assert progress.mean([0, 0]) is None
    assert progress.mean([250.5, 3]) == Decimal("83.50")
