"""The lists of practices that a post works through: filtered, paged, counted, exported."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.exemplars.actions import practices as actions
from greenhood.exemplars.queries import desk as queries
from tests.cast import Cast, sign_in
from tests.exemplars import stage

pytestmark = pytest.mark.django_db


def address(name: str) -> str:
    return reverse("exemplars:desk", args=[name])


def test_every_list_is_narrowed_and_turned_page_by_page(
    cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for title in ("停车", "停车二", "垃圾分类"):
        stage.submitted(cast, title=title)
    stage.submitted(cast, cast.other_worker, title="别的街道停车")
    sign_in(client, cast.county_officer)

    found = client.get(address("review"), {"q": "停车", "within": cast.community.code}).context["listed"]
    assert {row.title for row in found.page.rows} == {"停车", "停车二"}

    monkeypatch.setitem(queries.page.__kwdefaults__, "size", 2)
    first = client.get(address("review")).context["listed"]
    second = client.get(address("review"), {"after": first.page.next}).context["listed"]
    titles = [row.title for listed in (first, second) for row in listed.page.rows]
    assert (titles, first.count.number) == (["停车", "停车二", "垃圾分类", "别的街道停车"], 4)


def test_list_of_ones_own_is_narrowed_by_state(cast: Cast, client: Client) -> None:
    stage.drafted(cast, title="草稿")
    stage.submitted(cast, title="报了的")
    sign_in(client, cast.worker)

    page = client.get(address("own"), {"state": "draft"}).content.decode()

    assert "草稿" in page
    assert "报了的" not in page
    # A community reviews and publishes nothing; what is no list is none.
    assert [client.get(address(name)).status_code for name in ("review", "published", "nonsense")] == [404, 404, 404]


def test_list_is_taken_away_as_a_workbook(cast: Cast, client: Client) -> None:
    stage.published(cast)
    stage.submitted(cast, title="还没审的")
    sign_in(client, cast.county_officer)

    answer = client.get(reverse("exemplars:export_desk", args=["published"]))

    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    values = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert [row[0] for row in values if row[1] == cast.community.name] == [stage.CONTENT.title]


def test_page_counts_more_than_it_shows(cast: Cast, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_SHOWN", 2)
    for title in ("一", "二", "三"):
        stage.submitted(cast, title=title)
    sign_in(client, cast.county_officer)

    page = client.get(reverse("exemplars:mine"))

    assert "等我审核（3）" in page.content.decode()
    assert len(page.context["heads"]["review"].rows) == 2


def test_lists_ask_the_same_number_of_queries_for_one_row_and_for_many(
    cast: Cast, client: Client, django_assert_max_num_queries
) -> None:
    stage.published(cast)
    sign_in(client, cast.county_officer)
    client.get(address("published"))
    for _ in range(2):
        with django_assert_max_num_queries(9):
            client.get(address("published"))
        for number in range(3):
            row = stage.submitted(cast, title=f"经验{number}")
            actions.publish(row, revision=row.revision, by=cast.county_officer)
