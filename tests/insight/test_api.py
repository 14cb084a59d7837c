"""The overview for other systems says what a visitor's page says."""

from __future__ import annotations

import pytest
from django.test import Client

from greenhood.declarations.models import Declaration
from greenhood.insight.actions import refresh
from tests.cast import Cast, sign_in

pytestmark = pytest.mark.django_db


def test_figures_and_goal_of_a_county(client: Client, cast: Cast, declared: Declaration) -> None:
    refresh(full=True)

    found = client.get(f"/api/insight/overview/{cast.county.code}").json()

    assert (found["name"], found["subjects"], found["scheme"]) == ("武侯区", 4, "sichuan-2020")
    assert [(rate["measure"], rate["count"], rate["share"]) for rate in found["rates"]] == [
        ("participating", 1, "0.2500"), ("reached", 0, "0.0000"), ("demonstration", 0, "0.0000")
    ]  # fmt: skip
    assert found["rates"][1]["target"]["missing"] == 3
    assert [row["name"] for row in found["lower"]] == ["浆洗街街道", "火车南站街道"]


def test_states_are_for_the_officers_of_the_division(client: Client, cast: Cast, declared: Declaration) -> None:
    refresh(full=True)
    url = f"/api/insight/overview/{cast.county.code}"

    assert client.get(url).json()["states"] is None
    assert sign_in(client, cast.neighbour_officer).get(url).json()["states"] is None
    states = {row["state"]: row["count"] for row in sign_in(client, cast.county_officer).get(url).json()["states"]}
    assert (states["declared"], states["none"]) == (1, 3)


@pytest.mark.parametrize("code", [999999999999, 510107001001])
def test_unknown_code_and_community_are_not_found(client: Client, cast: Cast, code: int) -> None:
    response = client.get(f"/api/insight/overview/{code}")

    assert response.status_code == 404


def test_description_of_the_api_is_public_and_names_the_overview(client: Client) -> None:
    response = client.get("/api/openapi.json")

    assert response.status_code == 200
    assert "/api/insight/overview/{code}" in response.json()["paths"]
