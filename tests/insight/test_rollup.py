"""Rollups follow the standings: street by street, level by level, all at once or only what changed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command
from django.db.models import QuerySet
from django.utils import timezone

from greenhood.declarations.models import Declaration, Standing, State
from greenhood.divisions.models import Division, Level
from greenhood.insight import rollups
from greenhood.insight.actions import refresh
from greenhood.insight.models import Rollup
from greenhood.insight.subjects import counted, versions_in_force
from tests.cast import Cast
from tests.declarations import stage

pytestmark = pytest.mark.django_db


def counts(place: Division) -> tuple[int, int, int, int]:
    row = Rollup.objects.get(pk=place.pk)
    return row.subjects, row.participating, row.reached, row.demonstration


def test_full_count_reaches_from_the_street_to_the_nation(cast: Cast, declared: Declaration) -> None:
    outcome = refresh(full=True)

    assert outcome.is_full
    assert counts(cast.street_division) == (2, 1, 0, 0)
    assert counts(cast.county) == (4, 1, 0, 0)
    assert counts(cast.neighbour_county) == (1, 0, 0, 0)
    assert counts(cast.city) == counts(cast.nation) == (5, 1, 0, 0)


def test_states_points_parts_and_missed_items_add_up(cast: Cast, declared: Declaration) -> None:
    other = stage.declare(cast.other_community, cast.other_worker)
    Standing.objects.filter(pk=cast.community.pk).update(total=80, parts={"mechanism": "20.5"}, missed=[1, 3])
    Standing.objects.filter(pk=other.community_id).update(total=70, parts={"mechanism": "10"}, missed=[3])

    # What is stored is what the rollup reads; catching up would put the assessments' own figures back.
    rollups.write_streets(subjects(), None, now=timezone.now())
    rollups.write_level(Level.COUNTY, None, now=timezone.now())
    row = Rollup.objects.get(pk=cast.county.pk)

    assert row.states == {"declared": 2}
    assert row.totals == {"sichuan-2020": [150, 2]}
    assert row.parts == {"sichuan-2020": {"mechanism": [30.5, 2]}}
    assert row.missed == {"sichuan-2020": {"1": 1, "3": 2}}


def test_draft_counts_as_taking_part_but_not_for_the_average(cast: Cast, sichuan) -> None:
    stage.complete(cast.community, cast.worker)

    refresh(full=True)
    row = Rollup.objects.get(pk=cast.county.pk)

    assert (row.participating, row.states, row.totals) == (1, {"assessing": 1}, {})


def test_community_outside_the_rule_is_counted_apart(cast: Cast, declared: Declaration) -> None:
    Division.objects.filter(pk=cast.community.pk).update(urban_rural_class=220)

    refresh(full=True)
    row = Rollup.objects.get(pk=cast.county.pk)

    assert (row.subjects, row.participating, row.outside) == (3, 0, 1)


def test_change_is_followed_up_to_the_nation_and_nothing_else_is_touched(cast: Cast, declared: Declaration) -> None:
    now = timezone.now()
    Standing.objects.update(changed_at=now - dt.timedelta(hours=1))
    refresh(full=True, now=now)
    before = Rollup.objects.get(pk=cast.neighbour_county.pk).refreshed_at

    later = now + dt.timedelta(minutes=10)
    Standing.objects.filter(pk=cast.community.pk).update(reached=True, state=State.REACHED, changed_at=later)
    outcome = refresh(now=later)

    assert not outcome.is_full
    assert counts(cast.county) == (4, 1, 1, 0)
    assert counts(cast.nation) == (5, 1, 1, 0)
    assert Rollup.objects.get(pk=cast.neighbour_county.pk).refreshed_at == before


def test_action_that_commits_late_is_still_seen(cast: Cast, declared: Declaration) -> None:
    now = timezone.now()
    refresh(full=True, now=now)

    slow = now - dt.timedelta(minutes=2)
    Standing.objects.filter(pk=cast.community.pk).update(reached=True, changed_at=slow)
    refresh(now=now + dt.timedelta(minutes=1))

    assert counts(cast.county) == (4, 1, 1, 0)


def test_nothing_changed_costs_no_count(cast: Cast, declared: Declaration) -> None:
    now = timezone.now()
    Standing.objects.update(changed_at=now - dt.timedelta(hours=1))
    refresh(full=True, now=now)

    assert refresh(now=now + dt.timedelta(minutes=1)).divisions == 0


def test_new_scheme_counts_everything_anew(cast: Cast, declared: Declaration) -> None:
    refresh(full=True)

    stage.publish("sichuan-2020", **{"notice-days": 7})

    assert refresh().is_full


def test_city_without_counties_counts_its_streets(cast: Cast, sichuan) -> None:
    city = Division.objects.create(id=441900000000, code=441900000000, level=2, name="东莞市", parent=cast.nation)
    street = Division.objects.create(id=441900003000, code=441900003000, level=4, name="东城街道", parent=city)
    Division.objects.create(
        id=441900003001, code=441900003001, level=5, name="花园社区居委会", parent=street, urban_rural_class=111
    )

    refresh(full=True)

    assert counts(city) == (1, 0, 0, 0)
    assert counts(cast.nation) == (6, 0, 0, 0)


def test_number_of_statements_does_not_grow(cast: Cast, declared: Declaration, django_assert_num_queries) -> None:
    chosen = subjects()

    with django_assert_num_queries(5):
        rollups.write_streets(chosen, None, now=timezone.now())
        for level in (Level.COUNTY, Level.CITY, Level.PROVINCE, Level.NATION):
            rollups.write_level(level, None, now=timezone.now())


def test_command_says_what_it_did_and_can_run_twice(cast: Cast, declared: Declaration, capsys) -> None:
    call_command("overview", "refresh", "--full")
    call_command("overview", "refresh")

    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("总览已更新（全部重算）：")
    assert second.startswith("总览已更新（只算有变化的）：")


def subjects() -> QuerySet[Division]:
    return counted(versions_in_force())
