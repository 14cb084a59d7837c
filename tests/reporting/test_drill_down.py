"""Every number of completeness leads to the list of what it counts."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.kit.dates import today_in_shanghai
from greenhood.reporting import actions, queries
from greenhood.reporting.models import Kind, Obligation
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def year(cast: Cast) -> int:
    """One report in time, one late, one overdue, one not yet due, and a visit that was not carried out."""
    today = today_in_shanghai()
    actions.plan(stage.publish("sichuan-2020"), today.year, by=cast.province_officer)
    row = Obligation.objects.get()
    past, ahead = today - dt.timedelta(days=9), today + dt.timedelta(days=9)
    noon = dt.datetime.combine(past, dt.time(12), dt.UTC)
    for period, deadline, filed_at, kind in (
        ("甲", past, noon, Kind.REPORT), ("乙", past, noon + dt.timedelta(days=3), Kind.REPORT), ("丙", past, None, Kind.REPORT),
        ("丁", past, None, Kind.VISIT), ("戊", ahead, None, Kind.REPORT),
    ):  # fmt: skip
        Obligation.objects.create(
            version=row.version, scheme_id=row.scheme_id, entry=row.entry, title=row.title, kind=kind, year=today.year,
            period=period, begins_on=row.begins_on, ends_on=row.ends_on, reporter=row.reporter, receiver=row.receiver,
            due_on=deadline, deadline=deadline, filed_at=filed_at,
        )  # fmt: skip
    row.delete()
    return today.year


@pytest.mark.parametrize(
    ("state", "figure"),
    [
        ("due", "owed"),
        ("came_in", "filed"),
        ("on_time", "on_time"),
        ("overdue", "overdue"),
        ("undone", "duties_overdue"),
    ],
)
def test_the_list_behind_a_figure_has_what_it_counts(cast: Cast, year: int, state: str, figure: str) -> None:
    whole = queries.completeness_of(cast.city, year=year, by=today_in_shanghai())
    filters = queries.Filters(year, state=state, word=cast.city.number)

    listed = queries.of_division(cast.province_officer, filters).rows

    assert len(listed) == getattr(whole, figure) > 0


def test_the_figures_of_the_page_lead_to_their_lists(cast: Cast, year: int, client: Client) -> None:
    sign_in(client, cast.province_officer)

    page = client.get(reverse("reporting:completeness", args=[cast.province.code]), {"year": year})

    asked = {state: parse_qs(urlsplit(link).query) for state, link in page.context["links"].items()}
    assert asked["overdue"] == {"year": [str(year)], "state": ["overdue"], "q": [cast.province.number]}
    assert f"state=came_in&amp;q={cast.city.number}" in page.content.decode()
