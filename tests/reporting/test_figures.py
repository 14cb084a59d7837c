"""Figures: what rooms register is live in reports, counted once for many divisions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from greenhood.divisions.models import Division
from greenhood.insight.actions import refresh
from greenhood.reporting import figures
from tests.cast import Cast
from tests.declarations import stage

pytestmark = pytest.mark.django_db

GARDENS = figures.Named("gardens", "社区花园", "个", "已登记的社区花园数。", query="kind=garden")
GARDEN_SHARE = figures.Named("garden_share", "花园率", "%", "花园 ÷ 社区。", part="gardens", whole="subjects")


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Two figures of a room above; how many divisions each run of its counter was asked for."""
    asked: list[int] = []

    def count(places: Sequence[Division], year: int) -> Mapping[int, Mapping[str, int]]:
        asked.append(len(places))
        return {places[0].pk: {"gardens": year - 2023, "unasked": 7}}

    monkeypatch.setattr(figures, "_NAMED", dict(figures._NAMED))
    monkeypatch.setattr(figures, "_COUNTERS", dict(figures._COUNTERS))
    figures.register(GARDENS, GARDEN_SHARE, counter=count)
    return asked


def test_a_registered_figure_is_live_and_leads_to_its_page(cast: Cast, registered: list[int]) -> None:
    [live, typed] = figures.values(["gardens", "bees"], cast.city, year=2026)

    assert (live.value, live.is_typed, live.named.title) == (Decimal(3), False, "社区花园")
    assert live.url.endswith(f"/{cast.city.code}/?kind=garden")
    assert (typed.value, typed.is_typed, typed.named.title) == (None, True, "bees")


def test_a_share_is_computed_from_its_part_and_whole(cast: Cast, registered: list[int]) -> None:
    stage.publish("national-2020")
    refresh(full=True)

    [share] = figures.values(["garden_share"], cast.city, year=2026)
    subjects = figures.counts([cast.city], year=2026, keys=["subjects"])[cast.city.pk]["subjects"]

    assert subjects
    assert share.value == (Decimal(300) / subjects).quantize(Decimal("0.01"))


def test_many_divisions_are_counted_at_once(
    cast: Cast, registered: list[int], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    places = [cast.nation, cast.province, cast.city, cast.county]

    with django_assert_num_queries(2):
        found = figures.counts(places, year=2026, keys=["gardens", "garden_share", "declared", "reached"])

    assert registered == [4]
    assert found[cast.nation.pk]["gardens"] == 3
    assert found[cast.city.pk]["gardens"] == 0
    assert found.keys() == {place.pk for place in places}


def test_only_counters_that_are_needed_run(
    cast: Cast, registered: list[int], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        figures.counts([cast.city], year=2026, keys=["gardens"])


def test_a_figure_that_nobody_counts_cannot_be_registered() -> None:
    with pytest.raises(ValueError, match="gardens"):
        figures.register(GARDENS)
