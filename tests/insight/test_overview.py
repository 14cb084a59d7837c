"""The overview page and the community's page: who sees what, and at what cost."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.declarations.actions import awarding
from greenhood.declarations.models import Declaration, Standing, State
from greenhood.divisions.models import Division
from greenhood.history.models import Entry
from greenhood.insight import queries
from greenhood.insight.actions import refresh
from greenhood.kit.dates import today_in_shanghai
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def counted(declared: Declaration) -> Declaration:
    refresh(full=True)
    return declared


def page(client: Client, place: Division, **query: str) -> str:
    response = client.get(reverse("insight:overview", args=[place.code]), query)
    assert response.status_code == 200
    return response.content.decode()


def test_visitor_sees_shares_and_no_points_or_states(client: Client, cast: Cast, counted: Declaration) -> None:
    text = page(client, cast.county)

    assert "25%" in text
    assert "1 / 4 个社区" in text
    assert "各部分平均得分" not in text
    assert "申报办理中" not in text
    assert "导出" not in text


def test_officer_sees_states_parts_and_missed_items(client: Client, cast: Cast, counted: Declaration) -> None:
    text = page(sign_in(client, cast.county_officer), cast.county)

    assert "申报办理中" in text
    assert "各部分平均得分" in text
    assert "最常未满足的标准项" in text


def test_officer_of_the_next_county_sees_what_a_visitor_sees(client: Client, cast: Cast, counted: Declaration) -> None:
    text = page(sign_in(client, cast.neighbour_officer), cast.county)

    assert "25%" in text
    assert "申报办理中" not in text


def test_street_lists_its_communities_to_its_officers_only(client: Client, cast: Cast, counted: Declaration) -> None:
    assert cast.community.name not in page(client, cast.street_division)

    text = page(sign_in(client, cast.street_officer), cast.street_division)

    assert cast.community.name in text
    assert "尚未参与" in text


def test_goal_says_how_many_are_missing_and_by_when(client: Client, cast: Cast, counted: Declaration) -> None:
    text = page(client, cast.province)

    assert "还差 3 个社区" in text
    assert "2022-12-31" in text


def test_denominator_is_explained(client: Client, cast: Cast, counted: Declaration) -> None:
    text = page(client, cast.county)

    assert "分母怎么算：创建对象 4 个社区" in text
    assert "村级代码为001–199的社区居民委员会" in text


def test_too_small_divisions_are_not_ranked(cast: Cast, counted: Declaration) -> None:
    found = queries.overview_of(cast.city, today=today_in_shanghai())

    assert [(row.division.name, row.rank, row.is_too_small) for row in found.lower] == [
        ("武侯区", None, True), ("锦江区", None, True)
    ]  # fmt: skip


def test_placeholder_between_province_and_county_is_passed_over(cast: Cast, sichuan) -> None:
    beijing = Division.objects.create(id=110000000000, code=110000000000, level=1, name="北京市", parent=cast.nation)
    middle = Division.objects.create(id=110100000000, code=110100000000, level=2, name="市辖区", parent=beijing)
    Division.objects.create(id=110101000000, code=110101000000, level=3, name="东城区", parent=middle)

    found = queries.overview_of(beijing, today=today_in_shanghai())

    assert [row.division.name for row in found.lower] == ["东城区"]


@pytest.mark.parametrize("place", ["nation", "city", "county", "street_division"])
def test_overview_costs_at_most_fifteen_queries(
    client: Client, cast: Cast, counted: Declaration, django_assert_max_num_queries, place: str
) -> None:
    sign_in(client, cast.national_observer)
    page(client, getattr(cast, place))

    with django_assert_max_num_queries(15):
        page(client, getattr(cast, place))


def test_overview_costs_the_same_for_one_and_for_three_lower_divisions(
    client: Client, cast: Cast, counted: Declaration, django_assert_num_queries
) -> None:
    sign_in(client, cast.national_observer)
    page(client, cast.city)
    with CaptureQueriesContext(connection) as first:
        page(client, cast.city)
    for number in (21, 22, 23):
        code = 510100000000 + number * 10**6
        Division.objects.create(id=code, code=code, level=3, name=f"第{number}区", parent=cast.city)
    refresh(full=True)

    with django_assert_num_queries(len(first)):
        page(client, cast.city)


@pytest.mark.parametrize("query", [{"by": "nonsense"}, {"scheme": "nonsense"}, {"by": "participating"}])
def test_unknown_choices_in_the_address_fall_back(client: Client, cast: Cast, counted: Declaration, query) -> None:
    assert "武侯区" in page(client, cast.city, **query)


@pytest.mark.parametrize("code", ["999999999999", "1", "99999999999999999999"])
def test_unknown_code_is_not_found(client: Client, cast: Cast, code: str) -> None:
    assert client.get(f"/overview/{code}/").status_code == 404


def test_overview_before_the_first_count_says_so(client: Client, cast: Cast, sichuan) -> None:
    assert "尚未统计" in page(client, cast.county)


def test_export_has_a_row_for_each_lower_division(client: Client, cast: Cast, counted: Declaration) -> None:
    sign_in(client, cast.city_officer)

    response = client.get(reverse("insight:export_overview", args=[cast.city.code]))
    rows = list(load_workbook(BytesIO(b"".join(response.streaming_content))).active.values)

    assert [row[:4] for row in rows] == [
        ("代码", "名称", "层级", "创建对象社区"),
        ("510100000000", "成都市", "市级", 5),
        ("510107000000", "武侯区", "县级", 4),
        ("510104000000", "锦江区", "县级", 1),
    ]
    entry = Entry.objects.get(event="overview.exported")
    assert (entry.person_name, entry.subject_title, entry.details) == ("陈静", "成都市", {"行数": 3})


def test_export_of_communities_has_the_participants(client: Client, cast: Cast, counted: Declaration) -> None:
    sign_in(client, cast.city_officer)

    response = client.get(reverse("insight:export_communities", args=[cast.city.code]))
    rows = list(load_workbook(BytesIO(b"".join(response.streaming_content))).active.values)

    assert [row[1:4] for row in rows[1:]] == [("晋阳社区居委会", "浆洗街街道", "申报办理中")]
    assert Entry.objects.get(event="overview.communities_exported").details == {"行数": 1}


# The community's own page


def community(client: Client, place: Division) -> str:
    return client.get(reverse("insight:community", args=[place.code])).content.decode()


def test_community_page_hides_a_return_from_the_public(client: Client, cast: Cast, counted: Declaration) -> None:
    Standing.objects.filter(pk=cast.community.pk).update(state=State.RETURNED)

    assert "退回修改" not in community(client, cast.community)
    assert "参与创建" in community(client, cast.community)
    assert "退回修改" in community(sign_in(client, cast.county_officer), cast.community)


def test_community_page_shows_titles_with_verification(client: Client, cast: Cast, declared: Declaration) -> None:
    waiting = stage.bring_to(declared, "award", cast)
    award = awarding.award(waiting, by=cast.province_officer, revision=waiting.revision, opinion="同意命名。")

    text = community(client, cast.community)

    assert award.number in text
    assert reverse("declarations:verify", args=[award.code]) in text


def test_community_without_anything_says_how_to_begin(client: Client, cast: Cast, sichuan) -> None:
    text = community(client, cast.third_community)

    assert "尚未参与" in text
    assert "暂无称号" in text
    assert "属于创建对象" in text


def test_county_under_the_community_address_leads_to_its_overview(client: Client, cast: Cast, sichuan) -> None:
    response = client.get(reverse("insight:community", args=[cast.county.code]))

    assert response.url == reverse("insight:overview", args=[cast.county.code])
