"""A community's work plan: drafted from the gaps, agreed with residents, published, followed through the year, used as proof."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.accounts.access import NotAllowed
from greenhood.activities.models import Activity
from greenhood.assessments import actions as assessments
from greenhood.assessments.models import Evidence
from greenhood.planning import consulting, work_actions, work_queries
from greenhood.planning.errors import Overtaken, Refused
from greenhood.planning.models import WorkPlan
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.facts.samples import make as make_fact
from tests.planning.planned import ITEM, YEAR, published, work_plan

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sichuan(cast: Cast) -> Any:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


def test_the_criterion_that_asks_for_a_plan_is_found_by_its_words(sichuan: Any) -> None:
    found = work_queries.asking(sichuan.scheme)

    assert [(one.criterion.no, one.check_no) for one in found] == [(2, 1)]
    assert work_queries.asking(stage.publish("national-2020").scheme) == []


def test_a_plan_begins_with_the_least_work_that_reaches_the_level(cast: Cast) -> None:
    assessments.start(cast.community, year=YEAR, by=cast.worker)

    plan = work_actions.start(cast.community, year=YEAR, by=cast.worker)

    suggested = work_queries.suggested_items(cast.community, plan.version)
    assert [item.criterion for item in plan.items.all()] == [one["criterion"] for one in suggested]
    assert 0 < len(suggested) < 28


def test_one_plan_a_year_and_only_by_the_community_itself(cast: Cast) -> None:
    work_actions.start(cast.community, year=YEAR, by=cast.worker)

    with pytest.raises(Refused):
        work_actions.start(cast.community, year=YEAR, by=cast.worker)
    with pytest.raises(NotAllowed):
        work_actions.start(cast.community, year=YEAR + 1, by=cast.street_officer)


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"due_on": "2026-02-31"}, "item-0-due_on", "没有 2026 年 2 月 31 日"),
        ({"due_on": "2031-01-01"}, "item-0-due_on", "2026 年内"),
        ({"money": "很多"}, "item-0-money", "数字"),
        ({"criterion": "99"}, "item-0-criterion", "没有这一项"),
        ({"title": ""}, "item-0-title", "做什么"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(change: dict[str, str], field: str, words: str, cast: Cast) -> None:
    plan = work_plan(cast)

    with pytest.raises(Refused) as refused:
        work_actions.save(plan, goals="", items=[{**ITEM, **change}], revision=plan.revision, by=cast.worker)

    assert words in refused.value.problems[field]
    assert plan.items.get().title == ITEM["title"]


def test_items_keep_their_progress_when_the_plan_is_changed(cast: Cast) -> None:
    plan = work_plan(cast)
    item = plan.items.get()
    key = str(item.pk)
    work_actions.report_progress(plan, progress={key: ("40", "已施工")}, seen={key: ("0", "")}, by=cast.worker)

    items = [{**ITEM, "title": "更换投放箱"}, {**ITEM, "id": str(item.pk)}]
    work_actions.save(plan, goals="达标", items=items, revision=plan.revision, by=cast.worker)

    assert [(one.title, one.progress) for one in plan.items.all()] == [("更换投放箱", 0), ("改造投放点", 40)]
    with pytest.raises(Overtaken):
        work_actions.save(plan, goals="", items=items, revision=1, by=cast.worker)


@pytest.mark.parametrize("percent", ["101", "-1", "五成", "40.5"])
def test_progress_is_a_whole_percentage(percent: str, cast: Cast) -> None:
    plan = work_plan(cast)
    item = plan.items.get()

    with pytest.raises(Refused):
        work_actions.report_progress(plan, progress={str(item.pk): (percent, "")}, seen={}, by=cast.worker)

    item.refresh_from_db()
    assert item.progress == 0


def test_a_plan_is_published_only_when_it_is_complete_and_answered(cast: Cast) -> None:
    plan = work_plan(cast)
    missing = [check.name for check in work_queries.Whole(plan).missing]
    with pytest.raises(Refused) as refused:
        work_actions.publish(plan, revision=plan.revision, by=cast.worker)
    said = consulting.hear(plan, said_by="业委会", text="停车位要先公示。", by=cast.worker)
    unanswered = [check.name for check in work_queries.Whole(WorkPlan.objects.get(pk=plan.pk)).missing]

    assert missing == ["consultations"]
    assert set(refused.value.problems) == {"consultations"}
    assert unanswered == ["consultations", "opinions"]
    assert said.answered_at is None


def test_a_recorded_meeting_with_residents_is_taken_up_once(cast: Cast) -> None:
    meeting = make_fact("activities", cast.community, cast.worker)
    Activity.objects.filter(id=meeting.id).update(
        category="deliberation", dated=dt.date(YEAR, 3, 3), participants=25, summary="商定计划"
    )
    plan = work_plan(cast)

    one = consulting.consult(plan, held_on=None, form="", people=0, summary="", fact=meeting.thing, by=cast.worker)
    with pytest.raises(Refused):
        consulting.consult(plan, held_on=None, form="", people=0, summary="", fact=meeting.thing, by=cast.worker)

    assert (one.held_on, one.people, one.summary) == (dt.date(YEAR, 3, 3), 25, "商定计划")


def test_a_meeting_that_has_not_been_is_refused(cast: Cast) -> None:
    plan = work_plan(cast)

    with pytest.raises(Refused) as refused:
        consulting.consult(plan, held_on=dt.date(2999, 1, 1), form="", people=0, summary="", by=cast.worker)

    assert set(refused.value.problems) == {"held_on", "form", "people", "summary"}


def test_residents_read_what_was_published_and_not_the_draft(cast: Cast, client: Client) -> None:
    plan = published(cast)
    work_actions.save(plan, goals="草稿里的新目标", items=[ITEM], revision=plan.revision, by=cast.worker)

    page = client.get(reverse("planning:public", args=[cast.community.code])).content.decode()

    assert "年底前达标" in page
    assert "已移到东门" in page
    assert "草稿里的新目标" not in page


def test_nothing_changed_is_not_published_again(cast: Cast) -> None:
    plan = published(cast)

    with pytest.raises(Refused):
        work_actions.publish(plan, revision=plan.revision, by=cast.worker)

    assert plan.publications.count() == 1


def test_the_published_plan_proves_the_criterion_with_one_click(cast: Cast, client: Client) -> None:
    plan = published(cast)
    assessments.start(cast.community, year=YEAR, by=cast.worker)
    sign_in(client, cast.worker)

    first = client.post(reverse("planning:work_attach", args=[plan.pk]))
    client.post(reverse("planning:work_attach", args=[plan.pk]))

    assert first.status_code == 302
    [piece] = Evidence.objects.filter(assessment__community=cast.community)
    assert (piece.criterion, piece.check_no) == (2, 1)


def test_a_form_keeps_what_was_typed_when_it_is_refused(cast: Cast, client: Client) -> None:
    plan = work_plan(cast)
    sign_in(client, cast.worker)
    typed = {"revision": plan.revision, "goals": "新的目标", "item-0-title": "修路", "item-0-due_on": "2026-02-31"}

    answer = client.post(reverse("planning:work_edit", args=[plan.pk]), typed)
    quietly = client.post(reverse("planning:work_edit", args=[plan.pk]), typed, headers={"X-Autosave": "yes"})

    page = answer.content.decode()
    assert (answer.status_code, quietly.status_code) == (422, 422)
    assert "新的目标" in page
    assert "2026-02-31" in page
    assert "没有 2026 年 2 月 31 日" in page


def test_a_row_saved_again_stays_the_same_item(cast: Cast, client: Client) -> None:
    plan = work_actions.start(cast.community, year=YEAR, by=cast.worker)
    sign_in(client, cast.worker)
    address = reverse("planning:work_edit", args=[plan.pk])
    page = client.get(address).context["page"]
    form = {"page": page, "revision": plan.revision, "goals": "", "item-7-id": "", "item-7-title": "修路"}

    saved = client.post(address, form, headers={"X-Autosave": "yes"}).json()
    [item] = plan.items.all()
    key = str(item.pk)
    work_actions.report_progress(plan, progress={key: ("40", "已开工")}, seen={key: ("0", "")}, by=cast.worker)
    typed = {
        **form,
        "revision": saved["revision"],
        "item-7-title": "修路和补绿",
        "item-8-id": "",
        "item-8-title": "加灯",
    }
    client.post(address, typed, headers={"X-Autosave": "yes"})

    first, second = plan.items.all()
    assert (first.pk, first.title, first.progress, first.note) == (item.pk, "修路和补绿", 40, "已开工")
    assert second.title == "加灯"


def test_the_item_of_another_plan_is_not_taken(cast: Cast) -> None:
    other = work_actions.start(cast.other_community, year=YEAR, by=cast.other_worker)
    other = work_actions.save(other, goals="", items=[ITEM], revision=other.revision, by=cast.other_worker)
    theirs = other.items.get()
    plan = work_plan(cast)

    row = {**ITEM, "id": str(theirs.pk), "title": "改名"}
    work_actions.save(plan, goals="", items=[row, row], revision=plan.revision, by=cast.worker)

    theirs.refresh_from_db()
    assert (theirs.plan_id, theirs.title) == (other.pk, ITEM["title"])
    assert [item.title for item in plan.items.all()] == ["改名", "改名"]


def test_a_list_of_plans_asks_the_same_whatever_its_length(
    cast: Cast, client: Client, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    published(cast)
    sign_in(client, cast.county_officer)
    address = reverse("planning:work_plans")
    client.get(address)
    with django_assert_max_num_queries(20) as first:
        client.get(address)
    work_actions.start(cast.other_community, year=YEAR, by=cast.other_worker)

    with django_assert_num_queries(len(first)):
        page = client.get(address).content.decode()

    assert "广福桥" in page


def test_a_year_that_has_a_plan_is_not_offered_again(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    address = reverse("planning:work_plans")
    before = client.get(address).context["to_start"]
    published(cast)

    assert YEAR in before
    assert client.get(address).context["to_start"] == [year for year in before if year != YEAR]
