"""The pages of plans: written in the browser, nothing lost, what the receiver sees, lists and files."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.planning import actions, filing, queries
from greenhood.planning.models import Plan
from greenhood.reporting.models import State
from greenhood.schemes import loading, stored
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.planning.planned import GOAL, HEAD, YEAR, change_standard, filed, save, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sichuan(cast: Cast) -> Any:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


@pytest.fixture
def plan(cast: Cast) -> Plan:
    return actions.start(cast.county, year=YEAR, by=cast.county_officer)


def typed(section: str, row: dict[str, str], revision: int) -> dict[str, object]:
    return {"revision": revision, **{f"{section}-0-{name}": value for name, value in row.items()}}


def test_a_plan_is_begun_and_written_without_a_file(cast: Cast, client: Client) -> None:
    sign_in(client, cast.county_officer)

    begun = client.post(reverse("planning:start"), {"year": YEAR})
    plan = Plan.objects.get()
    saved = client.post(reverse("planning:edit", args=[plan.pk, "head"]), typed("head", HEAD, plan.revision))

    assert begun.status_code == 302
    assert saved.url == reverse("planning:plan", args=[plan.pk])
    assert Plan.objects.get().title == HEAD["title"]


def test_a_refused_row_keeps_what_was_typed(cast: Cast, plan: Plan, client: Client) -> None:
    sign_in(client, cast.county_officer)
    address = reverse("planning:edit", args=[plan.pk, "goals"])
    row = {**GOAL, "amount": "120", "by": "2027-02-31", "title": "写了一半的目标"}

    answer = client.post(address, typed("goals", row, plan.revision))
    quietly = client.post(address, typed("goals", row, plan.revision), headers={"X-Autosave": "yes"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert all(text in page for text in ("写了一半的目标", "比例不能超过 100%", "没有 2027 年 2 月 31 日"))
    assert set(quietly.json()["problems"]) == {"goals-0-amount", "goals-0-by"}


def test_a_form_saves_itself_and_tells_who_was_overtaken(cast: Cast, plan: Plan, client: Client) -> None:
    sign_in(client, cast.county_officer)
    address, quiet = reverse("planning:edit", args=[plan.pk, "goals"]), {"X-Autosave": "yes"}

    first = client.post(address, typed("goals", GOAL, plan.revision), headers=quiet)
    stale = client.post(address, typed("goals", GOAL, plan.revision), headers=quiet)

    assert first.json() == {"revision": plan.revision + 1}
    assert (stale.status_code, list(stale.json()["problems"])) == (422, [""])


@pytest.mark.parametrize("key", ["head", "entry_points", "goals", "phases", "yearly", "projects", "measures", "duties", "standard", "calendar", "settings"])  # fmt: skip
def test_every_section_has_its_form(key: str, cast: Cast, plan: Plan, client: Client) -> None:
    sign_in(client, cast.county_officer)

    answer = client.get(reverse("planning:edit", args=[plan.pk, key]))

    assert answer.status_code == 200


def test_a_standard_is_tightened_on_its_form(cast: Cast, plan: Plan, client: Client) -> None:
    sign_in(client, cast.county_officer)
    address = reverse("planning:edit", args=[plan.pk, "standard"])

    refused = client.post(address, {"revision": plan.revision, "mark-3.4": "120", "level-green": "75"})
    saved = client.post(address, {"revision": plan.revision, "mark-3.3": "95", "level-green": "75", "reason-#3": ""})

    assert refused.status_code == 422
    assert "附件1 #3" in refused.content.decode()
    assert saved.status_code == 302
    assert queries.with_all().get(pk=plan.pk).content["standard"]["marks"] == {"3.3": "95"}


def test_a_draft_that_is_unfit_says_so_on_its_page(cast: Cast, plan: Plan, client: Client) -> None:
    sign_in(client, cast.county_officer)

    page = client.get(plan.get_absolute_url()).content.decode()
    refused = client.post(reverse("planning:submit", args=[plan.pk]), {"revision": plan.revision, "signed_by": "张敏"})

    assert "“年度计划”还没有写。" in page
    assert refused.status_code == 422
    assert "“实施措施”还没有写。" in refused.content.decode()


def test_the_receiver_sees_what_is_loosened_with_its_reason(cast: Cast, plan: Plan, client: Client) -> None:
    plan = write(plan, cast.county_officer)
    plan = change_standard(plan, cast.county_officer, levels={"green": "60"})
    plan = actions.save_reasons(
        plan, {"levels.green": "首年过渡，次年恢复。"}, revision=plan.revision, by=cast.county_officer
    )
    filing.submit(plan, signed_by="张敏", revision=plan.revision, by=cast.county_officer)
    sign_in(client, cast.city_officer)

    page = client.get(plan.get_absolute_url()).content.decode()
    frozen = client.get(reverse("planning:submission", args=[plan.pk, 1])).content.decode()

    assert "首年过渡，次年恢复。" in page
    assert "总分不低于 60 分" in page
    assert "本方案放宽了上级方案 1 处" in page
    assert "首年过渡，次年恢复。" in frozen


def test_the_receiver_returns_a_section_and_takes_on_file(cast: Cast, client: Client) -> None:
    plan = filed(cast)
    sign_in(client, cast.city_officer)
    address = reverse("planning:receive", args=[plan.pk])

    client.post(address, {"revision": plan.revision, "return-goals": "目标不具体。"})
    returned = queries.with_all().get(pk=plan.pk)
    twice = client.post(address, {"revision": plan.revision, "outcome": "accept"})

    assert (returned.state, queries.returned_sections(returned)) == (State.RETURNED, {"goals": "目标不具体。"})
    assert twice.status_code == 422


def test_the_file_of_a_plan_is_a_scheme_file(cast: Cast, client: Client) -> None:
    plan = filed(cast)
    sign_in(client, cast.county_officer)

    text = client.get(reverse("planning:plan_file", args=[plan.pk, "yaml"])).content.decode()
    word = client.get(reverse("planning:plan_file", args=[plan.pk, "docx"])).content

    loaded = loading.load_under(text, "plan.yaml", stored.loaded_of(plan.higher))
    assert loaded.scheme.title == HEAD["title"]
    document = ZipFile(BytesIO(word)).read("word/document.xml").decode()
    assert "老旧小区集中的社区" in document
    assert "完成第一批" in document


def test_the_list_tells_who_has_a_plan_and_who_has_not(cast: Cast, client: Client) -> None:
    filed(cast)
    sign_in(client, cast.city_officer)
    address = reverse("planning:plans")

    every = client.get(address, {"year": YEAR}).content.decode()
    none = client.get(address, {"year": YEAR, "state": "none"}).content.decode()
    waiting = client.get(address, {"year": YEAR, "state": "filed"}).content.decode()
    workbook = client.get(reverse("planning:export"), {"year": YEAR})

    assert ("武侯区" in every, "锦江区" in every) == (True, True)
    assert ('<th scope="row">武侯区' in none, '<th scope="row">锦江区' in none) == (False, True)
    assert ('<th scope="row">武侯区' in waiting, '<th scope="row">锦江区' in waiting) == (True, False)
    sheet = load_workbook(BytesIO(b"".join(workbook.streaming_content))).active  # type: ignore[attr-defined]
    assert {row[1]: row[4] for row in sheet.iter_rows(min_row=2, values_only=True)} == {"锦江区": "未开始", "武侯区": "已报送，待备案"}  # fmt: skip


def test_the_list_asks_the_same_whatever_its_length(
    cast: Cast, client: Client, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    actions.start(cast.street_division, year=YEAR, by=cast.street_officer)
    sign_in(client, cast.county_officer)
    address = reverse("planning:plans")
    client.get(address)
    with django_assert_max_num_queries(34) as first:
        client.get(address)
    Plan.objects.create(
        division=cast.other_street,
        year=YEAR,
        title="另一个街道的方案",
        scheme_id="plan-x",
        higher=Plan.objects.get().higher,
    )

    with django_assert_num_queries(len(first)):
        page = client.get(address).content.decode()

    assert "另一个街道的方案" in page


def test_what_is_only_choices_is_no_row(cast: Cast, plan: Plan, client: Client) -> None:
    save(plan, "goals", GOAL, by=cast.county_officer)
    sign_in(client, cast.county_officer)
    fresh = queries.with_all().get(pk=plan.pk)
    blank = {f"goals-1-{name}": "" for name in GOAL} | {"goals-1-measure": "reached", "goals-1-unit": "share"}

    client.post(reverse("planning:edit", args=[plan.pk, "goals"]), {**typed("goals", GOAL, fresh.revision), **blank})

    assert len(queries.with_all().get(pk=plan.pk).content["goals"]) == 1


def test_strangers_and_neighbours_learn_nothing(cast: Cast, client: Client) -> None:
    plan = filed(cast)
    sign_in(client, cast.neighbour_officer)

    assert client.get(plan.get_absolute_url()).status_code == 404
    assert client.get(reverse("planning:plan_file", args=[plan.pk, "yaml"])).status_code == 404
