"""What waits for a post is one number: on top of every page, on the workbench, on the to-do page and for other programs."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Post
from greenhood.declarations import queries
from greenhood.declarations.actions import noticing, upkeep
from greenhood.declarations.actions.noticing import Complaint
from greenhood.declarations.models import Award, Notice, Rectification, Reexamination
from greenhood.declarations.queries.waits import Waits, waits
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.declarations.test_awards import hold

pytestmark = pytest.mark.django_db
VISITOR = Actor.anonymous("203.0.113.7")
ON_TOP = re.compile(r'<span class="count[^"]*">(\d+)</span>')


@pytest.fixture
def notice(cast: Cast, sichuan: SchemeVersion) -> Notice:
    """One declaration on a notice with two objections."""
    declaration = stage.bring_to(stage.declare(cast.community, cast.worker), "notice", cast)
    found = noticing.publish([declaration.pk], by=cast.province_officer, contact="028-12345678")
    for reason in ("没有分类设施。", "停车占压通道。"):
        noticing.object_to(found.entries.get(), Complaint("赵先生", "13800138000", reason), by=VISITOR)
    return found


@pytest.fixture
def award(cast: Cast, sichuan: SchemeVersion) -> Award:
    """A title whose re-examination is due and whose rectification was reported."""
    found = hold(cast.other_community, sichuan, "green-community", dt.date(2025, 1, 1), "W00000000001")
    Reexamination.objects.create(award=found, due_on=today_in_shanghai())
    order = upkeep.order(found, by=cast.county_officer, demands="清理消防通道。")
    upkeep.report(order, by=cast.other_worker, revision=1, text="已清理。")
    return found


def on_top(client: Client, url: str) -> int:
    found = ON_TOP.search(client.get(url).content.decode())
    assert found is not None
    return int(found[1])


def test_every_page_says_the_same_number(client: Client, cast: Cast, notice: Notice, award: Award) -> None:
    said = waits(cast.province_officer)
    assert (said.declarations.number, said.objections, said.rectifications, said.reexaminations) == (1, 2, 1, 1)
    assert (said.notice, said.total, queries.todo_count(cast.province_officer)) == (notice.pk, 5, 5)

    sign_in(client, cast.province_officer)
    pages = (
        reverse("declarations:todo"),
        reverse("declarations:list"),
        reverse("site:menu"),
        reverse("site:workbench"),
    )
    assert [on_top(client, page) for page in pages] == [5, 5, 5, 5]
    assert "等我办理（5）" in client.get(reverse("site:workbench")).content.decode()
    assert client.get("/api/declarations/todo").json() == {"count": 5}


@pytest.mark.parametrize("page", ["declarations:todo", "site:workbench"])
def test_objections_are_one_click_away(client: Client, cast: Cast, notice: Notice, page: str) -> None:
    sign_in(client, cast.province_officer)
    link = reverse("declarations:objections", args=[notice.pk])
    assert f'href="{link}"' in client.get(reverse(page)).content.decode()
    assert client.get(link).status_code == 200


def test_objections_wait_for_the_department_of_the_notice_alone(cast: Cast, notice: Notice) -> None:
    for department, expected in (("四川省住房和城乡建设厅", 2), ("四川省生态环境厅", 0)):
        Post.objects.filter(pk=cast.province_officer.post.pk).update(department=department)
        cast.province_officer.post.department = department
        assert waits(cast.province_officer).objections == expected
    assert waits(cast.city_officer).objections == 0


def test_a_community_has_to_carry_out_what_was_ordered_until_it_reports(cast: Cast, award: Award) -> None:
    assert waits(cast.other_worker) == Waits()
    Rectification.objects.update(result=Rectification.Result.OPEN)
    assert waits(cast.other_worker).rectifications == 1
    assert waits(cast.worker) == Waits()


def test_it_is_one_query_and_asked_once_on_the_pages_that_show_it_in_full(
    client: Client, cast: Cast, notice: Notice, award: Award
) -> None:
    with CaptureQueriesContext(connection) as asked:
        waits(cast.province_officer)
    assert len(asked) == 1

    sign_in(client, cast.province_officer)
    for page in ("declarations:todo", "site:workbench", "declarations:list"):
        client.get(reverse(page))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse(page))
        counts = [query["sql"] for query in asked.captured_queries if "as counted" in query["sql"]]
        assert len(counts) == 1, page
        plain = [
            query["sql"]
            for query in asked.captured_queries
            if query["sql"].startswith("SELECT COUNT") and "reporting_obligation" not in query["sql"]
        ]
        # The list counts what is filtered; the workbench counts what is awaited. Reports are counted by their own room.
        assert len(plain) <= (page != "declarations:todo"), page
