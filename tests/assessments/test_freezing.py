"""Figures at the declaration and after it: what was declared stays, and what has changed is shown beside it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.assessments import actions, hooks, standards
from greenhood.assessments.models import Assessment
from greenhood.assessments.pages import SelfAssessment
from greenhood.assessments.queries.assessments import assessment_with_place, rows_of
from greenhood.assessments.queries.listing import Filters, communities
from greenhood.assessments.queries.scores import compare
from greenhood.kit.dates import today_in_shanghai
from tests.assessments.dwellings import set_managed
from tests.cast import Cast, sign_in

ONE = Decimal(1)
TODAY = today_in_shanghai()


@pytest.fixture
def declared(cast: Cast, assessment: Assessment) -> Assessment:
    """Locked with 36 % of the dwellings managed; by now it is 23 %."""
    set_managed(cast.community, 36, dated=TODAY - dt.timedelta(days=90))
    actions.lock(assessment, by=cast.worker)
    set_managed(cast.community, 23)
    return assessment_with_place(assessment.pk)


def shown(assessment: Assessment, cast: Cast) -> SelfAssessment:
    return SelfAssessment(assessment_with_place(assessment.pk), cast.worker)


def points(assessment: Assessment) -> Decimal:
    return standards.result_of(assessment_with_place(assessment.pk), rows_of(assessment)).criterion(23).points


# Frozen


def test_locking_keeps_the_figures_and_the_total_that_follows_from_them(cast: Cast, assessment: Assessment) -> None:
    set_managed(cast.community, 36, dated=TODAY - dt.timedelta(days=90))

    actions.lock(assessment, by=cast.worker)

    assert assessment.total == ONE
    kept = assessment_with_place(assessment.pk).figures or {}
    assert len(kept) == 37
    assert kept["23.1"]["value"] == "36"
    assert kept["23.1"]["as_of"] == TODAY.isoformat()
    assert kept["23.2"]["value"] is None
    assert kept["23.2"]["because"] == "有的小区没有写明是否有安防监控。"


def test_facts_after_the_declaration_never_change_the_declared_score(cast: Cast, declared: Assessment) -> None:
    assert points(declared) == ONE
    assert compare(declared).columns[0].total == ONE

    actions.refresh_open()

    assert assessment_with_place(declared.pk).total == ONE


def test_difference_is_said_with_both_figures_and_since_when(cast: Cast, declared: Assessment) -> None:
    line = standards.lines(standards.standard_of(declared))[23]
    changed = shown(declared, cast).explained(line)[1].changed

    assert changed is not None
    assert (changed.declared, changed.now, changed.words, changed.since) == ("36%", "23%", "不再达到", TODAY)


def test_change_that_decides_nothing_otherwise_is_shown_and_not_counted(cast: Cast, declared: Assessment) -> None:
    set_managed(cast.community, 41)
    line = standards.lines(standards.standard_of(declared))[23]

    found = shown(declared, cast)

    changed = found.explained(line)[1].changed
    assert changed is not None
    assert (changed.now, changed.decides_otherwise) == ("41%", False)
    assert found.drifts == {}


def test_day_on_which_it_was_first_seen_is_kept(cast: Cast, declared: Assessment) -> None:
    actions.refresh_open(today=TODAY)
    actions.refresh_open(today=TODAY + dt.timedelta(days=3))

    assert assessment_with_place(declared.pk).drift == {"23.1": {"since": TODAY.isoformat(), "now": "not_met"}}


def test_what_has_become_right_again_is_no_longer_counted(cast: Cast, declared: Assessment) -> None:
    actions.refresh_open()
    set_managed(cast.community, 38)

    actions.refresh_open()

    assert assessment_with_place(declared.pk).drift is None


def test_reopened_item_follows_the_facts_and_is_frozen_anew_alone(cast: Cast, declared: Assessment) -> None:
    actions.reopen_items(declared, {23: "请核对套数"}, by=cast.county_officer)
    assert points(declared) == 0

    set_managed(cast.community, 24)
    actions.relock(declared, by=cast.worker)
    set_managed(cast.community, 40)

    fresh = assessment_with_place(declared.pk)
    assert (fresh.figures or {})["23.1"]["value"] == "24"
    assert fresh.total == 0
    assert points(fresh) == 0


def test_items_that_stay_locked_keep_their_figures_while_another_is_open(cast: Cast, declared: Assessment) -> None:
    actions.reopen_items(declared, {15: "请补充"}, by=cast.county_officer)

    actions.relock(declared, by=cast.worker)

    assert (assessment_with_place(declared.pk).figures or {})["23.1"]["value"] == "36"


def test_unlocking_lets_todays_figures_count_again(cast: Cast, declared: Assessment) -> None:
    actions.refresh_open()

    actions.unlock(declared, by=cast.worker)

    fresh = assessment_with_place(declared.pk)
    assert (fresh.figures, fresh.drift, fresh.total) == (None, None, 0)


def test_assessment_locked_before_there_were_figures_keeps_what_people_filled_in(
    cast: Cast, assessment: Assessment
) -> None:
    from tests.assessments.test_figures import tick

    tick(assessment, cast, True)
    actions.lock(assessment, by=cast.worker)
    Assessment.objects.update(figures=None)
    set_managed(cast.community, 10)

    assert points(assessment) == ONE


# Shown


def test_page_desk_comparison_and_list_show_the_difference(client: Client, cast: Cast, declared: Assessment) -> None:
    actions.refresh_open()
    sign_in(client, cast.county_officer)

    for name, part in (("edit", {"part": "digital"}), ("review", {}), ("comparison", {})):
        page = client.get(reverse(f"assessments:{name}", args=[declared.pk]), part).content.decode()
        assert "申报时 36% → 现在 23%" in page, name
        assert "不再达到" in page, name
    [line] = communities(cast.county_officer, Filters(year=declared.year, state="locked")).lines
    assert line.drifted == 1
    assert "数据有变" in client.get(reverse("assessments:list"), {"year": declared.year}).content.decode()


def test_review_with_every_explanation_is_few_queries(
    client: Client, cast: Cast, declared: Assessment, django_assert_max_num_queries
) -> None:
    sign_in(client, cast.county_officer)
    address = reverse("assessments:review", args=[declared.pk])
    client.get(address)

    with django_assert_max_num_queries(20):
        page = client.get(address).content.decode()

    assert page.count('class="data-line"') == 37


# Following the facts


def test_open_assessments_of_a_place_follow_its_facts_in_few_queries(
    cast: Cast, assessment: Assessment, django_assert_max_num_queries
) -> None:
    for worker, community in (
        (cast.other_worker, cast.other_community),
        (cast.neighbour_worker, cast.neighbour_community),
    ):
        actions.start(community, year=assessment.year, by=worker)
    for community in (cast.community, cast.other_community, cast.neighbour_community):
        set_managed(community, 40)

    with django_assert_max_num_queries(26):
        assert actions.refresh_open(cast.county) == 2

    totals = dict(Assessment.objects.values_list("community", "total"))
    assert totals == {cast.community.pk: ONE, cast.other_community.pk: ONE, cast.neighbour_community.pk: 0}


def test_who_listens_is_told_only_of_what_has_changed(cast: Cast, assessment: Assessment, monkeypatch) -> None:
    told: list[Assessment] = []
    monkeypatch.setattr(hooks, "_listeners", [told.append])
    set_managed(cast.community, 40)

    assert (actions.refresh_open(), len(told)) == (1, 1)
    assert (actions.refresh_open(), len(told)) == (0, 1)


def test_declaring_rests_on_what_the_facts_say_that_day(cast: Cast, assessment: Assessment) -> None:
    set_managed(cast.community, 40)
    assert assessment.total == 0

    actions.refresh_now(assessment)

    assert assessment.total == ONE
    assert assessment_with_place(assessment.pk).total == ONE
