"""The gap advisor's page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from greenhood.assessments import actions
from greenhood.assessments.models import Assessment
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(cast: Cast) -> Assessment:
    stage.publish("national-2020")
    stage.publish("sichuan-2020")
    return actions.start(cast.community, year=stage.YEAR, by=cast.worker)


def test_the_page_names_the_cheapest_items_for_each_level(cast: Cast, begun: Assessment, client: Client) -> None:
    sign_in(client, cast.worker)

    page = client.get(reverse("assessments:advice", args=[begun.pk]))

    ways = page.context["ways"]
    assert [way.advice.level.key for way in ways] == ["green", "demonstration"]
    assert ways[0].advice.effort < ways[1].advice.effort
    assert all(way.advice.result.level is not None for way in ways)
    assert f"达到“{ways[0].advice.level.title}”" in page.content.decode()


def test_a_full_sheet_needs_nothing(cast: Cast, client: Client) -> None:
    stage.publish("national-2020")
    stage.publish("sichuan-2020")
    full = stage.complete(cast.community, cast.worker)
    sign_in(client, cast.worker)

    assert "已经达到最高等级" in client.get(reverse("assessments:advice", args=[full.pk])).content.decode()


def test_the_page_takes_few_queries(
    cast: Cast, begun: Assessment, client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.worker)

    with django_assert_max_num_queries(20):
        client.get(reverse("assessments:advice", args=[begun.pk]))


def test_strangers_get_no_advice(cast: Cast, begun: Assessment, client: Client) -> None:
    sign_in(client, cast.neighbour_worker)

    assert client.get(reverse("assessments:advice", args=[begun.pk])).status_code == 404
