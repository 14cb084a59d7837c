from __future__ import annotations

import io

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.accounts.actor import Actor
from greenhood.assessments import actions
from greenhood.assessments.answers import Fields
from greenhood.assessments.models import Assessment
from greenhood.assessments.queries import listing
from greenhood.assessments.queries.listing import Filters
from greenhood.divisions.models import Division, Level
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in

YEAR = today_in_shanghai().year


@pytest.fixture
def begun(cast: Cast, sichuan: SchemeVersion) -> dict[str, Assessment]:
    """One community open, one locked, one returned; the fourth has not begun."""
    made = {
        name: actions.start(cast.places[name], year=YEAR, by=Actor.system())
        for name in ("community", "other_community", "third_community")
    }
    for name in ("other_community", "third_community"):
        actions.lock(made[name], by=Actor.system())
    actions.reopen_items(made["third_community"], {1: "补充"}, by=Actor.system())
    return made


def names(by: Actor, **filters: object) -> list[str]:
    return [line.name for line in listing.communities(by, Filters(YEAR, **filters)).lines]  # type: ignore[arg-type]


def test_officer_sees_the_communities_of_their_division(cast: Cast, begun: dict[str, Assessment]) -> None:
    assert names(cast.county_officer) == ["晋阳社区居委会", "广福桥社区居委会", "桐梓林社区居委会", "长寿苑社区居委会"]
    assert names(cast.street_officer) == ["晋阳社区居委会", "广福桥社区居委会"]
    assert names(cast.worker) == ["晋阳社区居委会"]
    assert names(cast.neighbour_officer) == ["大慈寺社区居委会"]
    assert names(cast.expert) == []


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("none", ["长寿苑社区居委会"]),
        ("open", ["晋阳社区居委会"]),
        ("complete", []),
        ("returned", ["桐梓林社区居委会"]),
        ("locked", ["广福桥社区居委会"]),
    ],
)
def test_list_is_narrowed_by_state(cast: Cast, begun: dict[str, Assessment], state: str, found: list[str]) -> None:
    assert names(cast.county_officer, state=state) == found


def test_list_is_narrowed_by_place_name_and_level(cast: Cast, begun: dict[str, Assessment]) -> None:
    assert names(cast.county_officer, under=cast.other_street) == ["桐梓林社区居委会", "长寿苑社区居委会"]
    assert names(cast.county_officer, name="福桥") == ["广福桥社区居委会"]
    assert names(cast.county_officer, reached="yes") == []
    assert len(names(cast.county_officer, reached="no")) == 3


def test_village_committee_is_no_object(cast: Cast, begun: dict[str, Assessment]) -> None:
    street = cast.street_division
    village = Division(id=510107001201, code=510107001201, parent=street, level=Level.COMMUNITY, name="某村委会")
    village.save(force_insert=True)

    assert "某村委会" not in names(cast.county_officer)


def test_pages_go_on_and_back_without_gaps(cast: Cast, begun: dict[str, Assessment], monkeypatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    filters = Filters(YEAR)

    first = listing.communities(cast.county_officer, filters)
    second = listing.communities(cast.county_officer, filters, after=first.next or 0)
    back = listing.communities(cast.county_officer, filters, before=second.previous or 0)

    assert [len(page.lines) for page in (first, second)] == [2, 2]
    assert (first.previous, second.next) == (None, None)
    assert back.lines == first.lines
    assert first.total == 4


def test_list_costs_the_same_for_one_and_for_many(
    client: Client, cast: Cast, begun: dict[str, Assessment], django_assert_max_num_queries
) -> None:
    actions.save_answer(begun["community"], criterion=1, fields=Fields(checks=(False,)), revision=0, by=cast.worker)
    address = reverse("assessments:list")
    for who in (cast.worker, cast.county_officer):
        sign_in(client, who)
        with django_assert_max_num_queries(13):
            page = client.get(address).content.decode()
        assert "晋阳社区居委会" in page


def test_worker_starts_from_the_list(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    sign_in(client, cast.worker)
    assert "开始自评" in client.get(reverse("assessments:list")).content.decode()

    answer = client.post(reverse("assessments:start", args=[cast.community.code]), {"year": str(YEAR)})

    assert answer["Location"] == Assessment.objects.get().get_absolute_url()


def test_export_holds_the_filtered_list(client: Client, cast: Cast, begun: dict[str, Assessment]) -> None:
    sign_in(client, cast.county_officer)

    answer = client.get(reverse("assessments:export"), {"state": "returned", "year": str(YEAR)})

    rows = list(load_workbook(io.BytesIO(answer.getvalue())).active.values)
    assert [row[3] for row in rows] == ["社区", "桐梓林社区居委会"]
    entry = Entry.objects.get(event="assessment.exported")
    assert (entry.person_name, entry.division_code) == (cast.county_officer.person_name, cast.county.code)
    assert entry.details == {"条件": f"year={YEAR}&state=returned", "行数": 1}


@pytest.mark.parametrize("query", ["year=abc", "after=x", "state=nonsense", "under=9", "before=999999999999999"])
def test_nonsense_in_the_address_is_taken_calmly(
    client: Client, cast: Cast, query: str, sichuan: SchemeVersion
) -> None:
    sign_in(client, cast.county_officer)

    assert client.get(f"{reverse('assessments:list')}?{query}").status_code == 200


def test_list_is_for_those_with_a_view(client: Client, cast: Cast) -> None:
    sign_in(client, cast.system_admin)

    assert client.get(reverse("assessments:list")).status_code == 403
