"""A simulated programme on the cast's county: plausible, marked, repeatable, and gone without a trace in the figures."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest

from greenhood.accounts.actor import Actor
from greenhood.assessments import standards
from greenhood.assessments.models import Answer, Assessment
from greenhood.declarations.models import Award, Decision, Declaration, NoticeEntry, Standing
from greenhood.demo import demonstration, simulation
from greenhood.divisions.models import Division, Level
from greenhood.history.models import Entry
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast
from tests.declarations import stage

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


@pytest.fixture
def crowd(cast: Cast, sichuan: SchemeVersion) -> list[Division]:
    """150 more communities in the cast's first street."""
    street = cast.street_division
    codes = range(street.code + 10, street.code + 160)
    return Division.objects.bulk_create(
        Division(
            id=code, code=code, parent=street, level=Level.COMMUNITY, name=f"{code}社区居委会", urban_rural_class=111
        )
        for code in codes
    )


def simulate(within: Division, seed: int = 1) -> simulation.Summary:
    return simulation.simulate(within, seed=seed, today=TODAY, by=Actor.system())


def test_every_row_is_marked_and_every_state_occurs(cast: Cast, crowd: list[Division]) -> None:
    summary = simulate(cast.county)

    assert summary.communities == len(crowd) + 4
    assert not Assessment.objects.filter(is_simulated=False).exists()
    assert not Declaration.objects.filter(is_simulated=False).exists()
    assert not Award.objects.filter(is_simulated=False).exists()
    assert {"assessing", "declared", "reached", "rejected"} <= set(Standing.objects.values_list("state", flat=True))
    assert Standing.objects.count() == summary.participating == Assessment.objects.count()


def test_stored_totals_are_what_the_engine_says_of_the_stored_answers(cast: Cast, crowd: list[Division]) -> None:
    simulate(cast.county)

    for assessment in Assessment.objects.select_related("community", "version")[:40]:
        rows = {answer.criterion: answer for answer in Answer.objects.filter(assessment=assessment)}
        result = standards.result_of(assessment, rows)
        assert (assessment.total, assessment.level or None) == (result.total, result.level)
        assert assessment.parts.keys() == {part.key for part in result.parts}


def test_decisions_lead_without_gaps_to_where_a_declaration_stands(cast: Cast, crowd: list[Division]) -> None:
    simulate(cast.county)

    steps = [step.key for step in stage.loaded("sichuan-2020").scheme.procedure.steps]
    for declaration in Declaration.objects.all():
        made = list(Decision.objects.filter(declaration=declaration).values_list("revision", "step"))
        assert made == [(number + 1, steps[number]) for number in range(len(made))]
        assert declaration.revision == len(made)


def test_demonstration_titles_stay_within_the_share_of_the_city(cast: Cast, crowd: list[Division]) -> None:
    simulate(cast.city)

    held = Counter(Award.objects.values_list("title", flat=True))
    subjects = len(crowd) + 5
    assert 0 < held["demonstration"] <= subjects * 0.1


def test_the_same_seed_gives_the_same_programme(cast: Cast, crowd: list[Division]) -> None:
    def states() -> list[tuple[int, str]]:
        return list(Standing.objects.order_by("community").values_list("community", "state"))

    simulate(cast.county, seed=7)
    first = states()
    simulation.clear(cast.county, by=Actor.system())
    simulate(cast.county, seed=7)
    again = states()
    simulation.clear(cast.county, by=Actor.system())
    simulate(cast.county, seed=8)

    assert first == again
    assert first != states()


def test_clearing_takes_all_of_it_and_nothing_else(cast: Cast, crowd: list[Division]) -> None:
    own = stage.complete(cast.community, cast.worker)
    simulate(cast.county)

    simulation.clear(cast.county, by=Actor.system())

    assert list(Assessment.objects.values_list("pk", flat=True)) == [own.pk]
    left = [model.objects.count() for model in (Declaration, Decision, Award, NoticeEntry)]
    assert left == [0, 0, 0, 0]
    assert Answer.objects.exclude(assessment=own).count() == 0
    assert Entry.objects.filter(event__in=["simulation.made", "simulation.cleared"]).count() == 2


def test_a_second_programme_on_top_of_the_first_is_refused(cast: Cast, crowd: list[Division]) -> None:
    simulate(cast.county)

    with pytest.raises(simulation.AlreadySimulated):
        simulate(cast.street_division)


def test_a_real_assessment_is_left_alone(cast: Cast, crowd: list[Division]) -> None:
    own = stage.complete(cast.community, cast.worker)

    simulate(cast.county)

    assert Assessment.objects.get(community=cast.community).pk == own.pk


def test_no_demonstration_is_made_among_simulated_communities(cast: Cast, crowd: list[Division]) -> None:
    simulate(cast.county)

    with pytest.raises(demonstration.HasSimulation):
        demonstration.build(dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC))
