"""Simulated facts on the cast's county: of every kind, sound, marked, repeatable, and gone without a trace."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from greenhood.accounts.actor import Actor
from greenhood.communities.models import Building, Facility, Population
from greenhood.demo import facts_simulation, simulation
from greenhood.divisions.models import Division, Level
from greenhood.facts import queries
from greenhood.facts.kinds import kind, kinds
from greenhood.indicators import circle
from greenhood.kit.geodesy import check_geometry, distance_m
from tests.cast import Cast

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def crowd(cast: Cast) -> list[Division]:
    """150 more communities in the cast's first street."""
    street = cast.street_division
    return Division.objects.bulk_create(
        Division(
            id=code, code=code, parent=street, level=Level.COMMUNITY, name=f"{code}社区居委会", urban_rural_class=111
        )
        for code in range(street.code + 10, street.code + 160)
    )


def simulate(within: Division, seed: int = 1, scale: float = 1.0) -> facts_simulation.Summary:
    return facts_simulation.simulate_facts(within, seed=seed, today=TODAY, by=Actor.system(), scale=scale)


def test_every_kind_occurs_and_every_row_is_marked(cast: Cast, crowd: list[Division]) -> None:
    summary = simulate(cast.county)

    assert summary.communities == len(crowd) + 4
    assert 170 < summary.rows / summary.communities < 195
    for each in kinds():
        rows = each.model._default_manager
        assert rows.exists() or each.key == "walking-paths", each.key
        assert not rows.filter(is_simulated=False).exists(), each.key
        assert not rows.filter(dated__gt=TODAY).exists(), each.key


def test_what_is_made_up_could_have_been_typed(cast: Cast, crowd: list[Division]) -> None:
    simulate(cast.county)

    for each in kinds():
        for row in each.model._default_manager.order_by("id")[:60]:
            for column in each.columns:
                value = getattr(row, column.name)
                assert value not in (None, "") or not column.is_required, (each.key, column.name)
                if value is not None and column.field is not None:
                    column.field.clean(value, row)
            figures = {column.name: getattr(row, column.name) for column in each.columns}
            assert list(each.within_itself(figures)) == [], each.key
            assert not getattr(row, "geometry", None) or check_geometry(row.geometry) == []
    ids = [place.pk for place in crowd]
    for each in kinds():
        for check in each.checks:
            assert check(ids, TODAY) == {}, each.key


def test_paths_of_neighbours_go_on_in_each_other(cast: Cast, crowd: list[Division]) -> None:
    # 510107 is one of the counties that have drawn them.
    simulate(cast.county)

    paths = kind("walking-paths").model._default_manager.filter(community__in=crowd[:40])
    assert paths.exists()
    found = circle.details(crowd[20], TODAY)
    assert {round(each.along) for each in found.kinds} == {100}
    assert found.value is not None


def test_neighbours_by_code_are_neighbours_on_the_ground(cast: Cast, crowd: list[Division]) -> None:
    simulate(cast.county)

    one, other = (
        Building.objects.filter(community=place).values_list("longitude", "latitude").first()
        for place in (crowd[20], crowd[21])
    )
    assert one is not None
    assert other is not None
    assert distance_m(*one, *other) < 2000


def test_other_days_read_otherwise_and_some_is_missing_or_old(cast: Cast, crowd: list[Division]) -> None:
    simulate(cast.county)

    ids = [place.pk for place in crowd]
    estates = kind("estates")
    now = queries.as_of(estates, ids, TODAY).count()
    before = queries.as_of(estates, ids, TODAY - dt.timedelta(days=400)).count()
    assert 0 < before < now
    population = queries.current(kind("population"), ids)
    assert 0 < population.filter(dated__lt=TODAY - dt.timedelta(days=1200)).count() < len(ids) / 5
    assert 0 < len(ids) - population.count() < len(ids) / 5
    figures = circle.coverage(ids, TODAY)
    assert figures["value"].drop_nulls().n_unique() > 30
    assert figures["because"].n_unique() > 1


def test_the_same_seed_makes_the_same_facts(cast: Cast, crowd: list[Division]) -> None:
    def residents() -> list[tuple[int, int, dt.date]]:
        return list(Population.objects.order_by("community", "dated").values_list("community", "residents", "dated"))

    simulate(cast.county, seed=7)
    first = residents()
    facts_simulation.clear_facts(cast.county, by=Actor.system())
    simulate(cast.county, seed=7)
    again = residents()
    facts_simulation.clear_facts(cast.county, by=Actor.system())
    simulate(cast.county, seed=8)

    assert first == again
    assert first != residents()


def test_what_a_community_recorded_itself_stays_and_stays_alone(cast: Cast, crowd: list[Division]) -> None:
    own = Facility.objects.create(
        community=crowd[3], dated=TODAY, recorded_at=timezone.now(), name="幼儿园", facility_type="kindergarten"
    )

    simulate(cast.county)
    assert not Building.objects.filter(community=crowd[3]).exists()
    facts_simulation.clear_facts(cast.county, by=Actor.system())

    assert [each.pk for each in Facility.objects.all()] == [own.pk]
    assert not any(each.model._default_manager.filter(is_simulated=True).exists() for each in kinds())


def test_a_second_simulation_on_top_is_refused(cast: Cast, crowd: list[Division]) -> None:
    simulate(cast.county, scale=0.2)

    with pytest.raises(simulation.AlreadySimulated):
        simulate(cast.street_division)


def test_a_scale_makes_fewer_things(cast: Cast, crowd: list[Division]) -> None:
    summary = simulate(cast.county, scale=0.2)

    assert 30 < summary.rows / summary.communities < 60


def test_the_command_makes_facts_and_clears_them(
    cast: Cast, crowd: list[Division], settings: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.DEMO = True  # type: ignore[attr-defined]

    call_command("simulate", division="510107000000", facts=True, scale=0.2)
    made = capsys.readouterr().out
    call_command("simulate", division="510107000000", facts=True, clear=True)

    assert f"{len(crowd) + 4} 个城市社区" in made
    assert "已清除 武侯区 的模拟社区信息" in capsys.readouterr().out
    with pytest.raises(CommandError, match="不大于 1"):
        call_command("simulate", division="510107000000", facts=True, scale=Decimal(3))
