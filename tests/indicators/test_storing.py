"""Stored figures: who has some, how they follow the facts, how they are read when the catalogue has grown."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from greenhood.baseline.actions import stating
from greenhood.facts import actions as facts
from greenhood.facts.kinds import kind
from greenhood.indicators import actions, storing, tasks
from greenhood.indicators.catalogue import entries
from greenhood.indicators.models import Changed, Measured
from greenhood.indicators.queries import stored
from greenhood.kit.dates import today_in_shanghai
from tests.indicators.records import DAY, put


def values(within, key: str) -> dict[int, int | None]:
    frame, _ = stored(within, [key])
    return dict(zip(frame["community_id"], frame[key], strict=True))


def test_nothing_measured_is_no_day_and_no_rows(cast):
    frame, measured_on = stored(cast.nation, ["activity_grounds"])

    assert (frame.height, measured_on) == (0, None)
    assert frame.columns == ["community_id", "code", "activity_grounds"]


def test_only_communities_with_facts_within_the_division_are_measured(cast):
    put("activity-grounds", cast.community, name="广场")
    put("activity-grounds", cast.neighbour_community, name="广场")

    assert actions.measure_all(cast.county, DAY) == 1

    assert values(cast.nation, "activity_grounds") == {cast.community.pk: 100_000_000}
    assert actions.measure_all(cast.nation, DAY) == 2
    assert values(cast.neighbour_county, "activity_grounds") == {cast.neighbour_community.pk: 100_000_000}


def test_measuring_a_division_leaves_the_others_as_they_were(cast):
    put("activity-grounds", cast.community, name="广场")
    put("activity-grounds", cast.neighbour_community, name="广场")
    actions.measure_all(cast.nation, DAY)

    actions.measure_all(cast.county, DAY + dt.timedelta(days=1))

    _, oldest = stored(cast.nation, [])
    _, of_county = stored(cast.county, [])
    assert (oldest, of_county) == (DAY, DAY + dt.timedelta(days=1))


def test_community_whose_facts_are_gone_has_no_row_after_the_night(cast):
    put("activity-grounds", cast.community, name="广场", until=DAY)
    actions.measure_all(cast.nation, DAY - dt.timedelta(days=1))
    assert Measured.objects.count() == 1

    actions.measure_all(cast.nation, DAY)

    assert Measured.objects.count() == 0


def test_recording_a_fact_makes_the_community_due_and_the_next_minute_measures_it(cast):
    actions.measure_all(cast.nation)
    facts.record(kind("activity-grounds"), cast.community, {"name": "广场"}, dated=today_in_shanghai(), by=cast.worker)
    assert list(Changed.objects.values_list("pk", flat=True)) == [cast.community.pk]
    assert values(cast.nation, "activity_grounds") == {}

    assert actions.measure_changed() == 1
    assert actions.measure_changed() == 0

    assert values(cast.nation, "activity_grounds") == {cast.community.pk: 100_000_000}


def test_changes_are_measured_in_pieces_the_longest_waiting_first(cast):
    for community in cast.communities[:3]:
        put("activity-grounds", community, name="广场")
        actions.note_change(kind("activity-grounds"), [community.pk])

    assert actions.measure_changed(most=2) == 2

    assert set(values(cast.nation, "activity_grounds")) == {each.pk for each in cast.communities[:2]}
    assert actions.measure_changed(most=2) == 1


def test_figures_of_an_earlier_catalogue_are_read_by_their_keys(cast):
    put("activity-grounds", cast.community, name="广场")
    put("activity-grounds", cast.other_community, name="广场")
    earlier = [entries()["trainings"], entries()["activity_grounds"]]
    asked = storing.Asked([cast.community.pk], DAY)
    storing.write(asked, earlier, storing.catalogue_of(earlier), now=dt.datetime.now(dt.UTC))
    actions.note_change(kind("activity-grounds"), [cast.other_community.pk])
    actions.measure_changed()

    frame, _ = stored(cast.nation, ["activity_grounds", "trainings", "publicity_sites"])

    assert sorted(frame.drop("community_id").rows()) == [
        (cast.community.code, 100_000_000, None, None),
        (cast.other_community.code, 100_000_000, None, None),
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_measuring_takes_the_same_queries_however_many_communities(cast, django_assert_max_num_queries, count):
    for community in cast.communities[:count]:
        put("activity-grounds", community, name="广场")

    with django_assert_max_num_queries(110):
        actions.measure_all(cast.nation, DAY)


def test_measuring_another_day_leaves_changes_waiting(cast):
    put("activity-grounds", cast.community, name="广场")
    actions.note_change(kind("activity-grounds"), [cast.community.pk])

    actions.measure_all(cast.nation, DAY)
    assert Changed.objects.count() == 1

    actions.measure_all(cast.nation)
    assert Changed.objects.count() == 0


def test_confirmed_absence_is_followed_as_a_fact_is(cast):
    stating.state_nothing(kind("noise-sources"), cast.community, by=cast.worker)
    actions.measure_changed()
    assert values(cast.nation, "noise_sources_over_limit") == {cast.community.pk: 0}

    stating.take_back_nothing(kind("noise-sources"), cast.community, by=cast.worker)
    actions.measure_changed()
    assert values(cast.nation, "noise_sources_over_limit") == {cast.community.pk: None}


def test_tasks_follow_changes_every_minute_and_measure_all_every_night(cast):
    tasks.measure_everything(timestamp=0)
    put("activity-grounds", cast.community, name="广场")
    actions.note_change(kind("activity-grounds"), [cast.community.pk])

    tasks.follow_changes(timestamp=0)
    assert values(cast.nation, "activity_grounds") == {cast.community.pk: 100_000_000}

    put("activity-grounds", cast.community, name="又一处")
    tasks.measure_everything(timestamp=0)
    assert values(cast.nation, "activity_grounds") == {cast.community.pk: 200_000_000}


@pytest.mark.parametrize(
    "measuring", [lambda cast: actions.measure_all(cast.nation), lambda _: actions.measure_changed()]
)
@pytest.mark.parametrize("later", [0, 60])
def test_change_stored_while_measuring_stays_waiting_whenever_it_was_begun(cast, monkeypatch, measuring, later):
    actions.note_change(kind("activity-grounds"), [cast.community.pk])
    begun = timezone.now() + dt.timedelta(seconds=later)
    write = storing.write

    def write_while_another_stores(*args, **options):
        written = write(*args, **options)
        Changed.objects.filter(pk=cast.community.pk).update(since=begun)
        return written

    monkeypatch.setattr(storing, "write", write_while_another_stores)

    measuring(cast)

    assert list(Changed.objects.values_list("pk", "since")) == [(cast.community.pk, begun)]
