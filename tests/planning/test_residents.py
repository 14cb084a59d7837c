"""Asking residents about a work plan: what is sent twice makes one, two at once are told, nothing is lost, nobody's number is shown."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.accounts.models import Role
from greenhood.activities.models import Activity
from greenhood.history.models import Entry
from greenhood.kit.ids import uuid7
from greenhood.planning import consulting, work_actions, work_queries
from greenhood.planning.errors import Refused
from greenhood.planning.models import Consultation, WorkPlan
from tests.cast import Cast, appoint, sign_in
from tests.declarations import stage
from tests.facts.samples import make as make_fact
from tests.planning.planned import ITEM, YEAR, published, work_plan

pytestmark = pytest.mark.django_db

HELD: dict[str, Any] = {"held_on": dt.date(YEAR, 3, 2), "form": "居民议事会", "people": 30, "summary": "同意。"}
PHONE, IDENTITY = "13800138000", "110101199003078515"


@pytest.fixture(autouse=True)
def sichuan(cast: Cast) -> Any:
    stage.publish("national-2020")
    return stage.publish("sichuan-2020")


@pytest.fixture
def plan(cast: Cast) -> WorkPlan:
    return work_plan(cast)


def whole(plan: WorkPlan) -> work_queries.Whole:
    return work_queries.Whole(WorkPlan.objects.select_related("community", "version").get(pk=plan.pk))


# --- sent twice ----------------------------------------------------------------------------------------------------------


def test_a_double_click_writes_one_consultation_and_one_opinion(cast: Cast, plan: WorkPlan, client: Client) -> None:
    sign_in(client, cast.worker)
    meeting = {"key": uuid7(), "held_on": f"{YEAR}-03-02", "form": "居民议事会", "people": "30", "summary": "同意。\r\n先改造。"}  # fmt: skip
    said = {"key": uuid7(), "said_by": "3 号楼居民", "text": "投放点太近。"}

    for name, typed in (("work_consult", meeting), ("work_opinion", said)):
        answers = [client.post(reverse(f"planning:{name}", args=[plan.pk]), typed).status_code for _ in range(2)]
        assert answers == [302, 302]

    assert (plan.consultations.count(), plan.opinions.count()) == (1, 1)
    events = Entry.objects.filter(subject_id=str(plan.pk), event__in=("workplan.consulted", "workplan.heard"))
    assert events.count() == 2


def test_something_else_from_a_page_that_was_gone_back_to_is_not_swallowed(cast: Cast, plan: WorkPlan) -> None:
    key = uuid7()
    consulting.hear(plan, said_by="业委会", text="先公示。", key=key, by=cast.worker)
    consulting.consult(plan, **HELD, key=key, by=cast.worker)

    with pytest.raises(Refused, match="已经登记过一条"):
        consulting.hear(plan, said_by="业委会", text="停车位要够。", key=key, by=cast.worker)
    with pytest.raises(Refused, match="已经登记过一条"):
        consulting.consult(plan, **{**HELD, "summary": "不同意。"}, key=key, by=cast.worker)

    assert (plan.consultations.count(), plan.opinions.count()) == (1, 1)


# --- two at once ---------------------------------------------------------------------------------------------------------


def test_who_answers_what_a_colleague_has_answered_is_shown_that_answer(
    cast: Cast, plan: WorkPlan, client: Client
) -> None:
    said = consulting.hear(plan, said_by="业委会", text="先公示。", by=cast.worker)
    colleague = appoint("周静", "zhou", Role.COMMUNITY_WORKER, cast.community)
    consulting.answer(said, outcome="adopted", text="已公示。", by=colleague)
    sign_in(client, cast.worker)
    typed = {"opinion": said.pk, "seen": "", f"outcome-{said.pk}": "explained", f"answer-{said.pk}": "不用公示。"}

    page = client.post(reverse("planning:work_answer", args=[plan.pk]), typed)
    said.refresh_from_db()

    text = page.content.decode()
    assert (page.status_code, said.answer) == (422, "已公示。")
    assert all(words in text for words in ("他人刚答复了这条意见", "已公示。", 'value="不用公示。"'))
    typed["seen"] = said.answered_at.isoformat()
    assert client.post(reverse("planning:work_answer", args=[plan.pk]), typed).status_code == 302
    said.refresh_from_db()
    assert (said.outcome, said.answer) == ("explained", "不用公示。")


def test_the_same_answer_clicked_twice_is_one(cast: Cast, plan: WorkPlan) -> None:
    said = consulting.hear(plan, said_by="业委会", text="先公示。", by=cast.worker)
    for _ in range(2):
        consulting.answer(said, outcome="adopted", text="已公示。", by=cast.worker)

    assert Entry.objects.filter(subject_id=str(plan.pk), event="workplan.answered").count() == 1


def test_progress_that_a_colleague_changed_is_told_and_what_was_left_alone_stays(cast: Cast, plan: WorkPlan) -> None:
    second = {**ITEM, "title": "院落照明"}
    first_id = str(plan.items.get().pk)
    plan = work_actions.save(
        plan, goals="达标", items=[{**ITEM, "id": first_id}, second], revision=plan.revision, by=cast.worker
    )
    one, two = (str(item.pk) for item in plan.items.all())
    seen = {one: ("0", ""), two: ("0", "")}
    work_actions.report_progress(plan, progress={one: ("60", "已完成招标")}, seen=seen, by=cast.worker)

    with pytest.raises(Refused) as refused:
        work_actions.report_progress(plan, progress={one: ("30", ""), two: ("10", "")}, seen=seen, by=cast.worker)
    changed = work_actions.report_progress(plan, progress={one: ("0", ""), two: ("10", "")}, seen=seen, by=cast.worker)

    assert set(refused.value.problems) == {f"progress-{one}"}
    assert "60%，已完成招标" in refused.value.problems[f"progress-{one}"]
    assert (changed, [item.progress for item in plan.items.all()]) == (1, [60, 10])


def test_a_refused_progress_keeps_what_was_typed(cast: Cast, plan: WorkPlan, client: Client) -> None:
    item = plan.items.get()
    sign_in(client, cast.worker)
    typed = {f"progress-{item.pk}": "150", f"note-{item.pk}": "写了一半", f"was-progress-{item.pk}": "0", f"was-note-{item.pk}": ""}  # fmt: skip

    page = client.post(reverse("planning:work_progress", args=[plan.pk]), typed)

    assert page.status_code == 422
    assert all(text in page.content.decode() for text in ('value="150"', 'value="写了一半"', "0 到 100 的整数"))


# --- taken out and put back ----------------------------------------------------------------------------------------------


def test_a_consultation_is_taken_out_and_put_back(cast: Cast, plan: WorkPlan, client: Client) -> None:
    one = consulting.consult(plan, **HELD, by=cast.worker)
    sign_in(client, cast.worker)
    typed = {"consultation": one.pk}

    out = [client.post(reverse("planning:work_remove", args=[plan.pk]), typed).status_code for _ in range(2)]
    gone = whole(plan)
    taken_out = (gone.consultations, gone.removed)
    back = [client.post(reverse("planning:work_restore", args=[plan.pk]), typed).status_code for _ in range(2)]

    assert (out, back) == ([302, 422], [302, 422])
    assert taken_out == ([], [one])
    assert "consultations" in [check.name for check in gone.missing]
    assert whole(plan).consultations == [one]
    events = Entry.objects.filter(subject_id=str(plan.pk)).order_by("number").values_list("event", flat=True)
    assert list(events)[-3:] == ["workplan.consulted", "workplan.unconsulted", "workplan.consulted"]


def test_a_recorded_meeting_that_was_taken_out_can_be_taken_up_again_once(cast: Cast, plan: WorkPlan) -> None:
    meeting = make_fact("activities", cast.community, cast.worker)
    Activity.objects.filter(id=meeting.id).update(
        category="deliberation", dated=dt.date(YEAR, 3, 3), participants=25, summary="商定计划"
    )

    def take_up() -> Consultation:
        return consulting.consult(plan, held_on=None, form="", people=0, summary="", fact=meeting.thing, by=cast.worker)

    one = take_up()
    consulting.remove_consultation(one, by=cast.worker)
    take_up()

    with pytest.raises(Refused, match="重新取入"):
        consulting.restore_consultation(one, by=cast.worker)


def test_another_communitys_consultation_is_not_touched(cast: Cast, plan: WorkPlan, client: Client) -> None:
    one = consulting.consult(plan, **HELD, by=cast.worker)
    other = work_actions.start(cast.other_community, year=YEAR, by=cast.other_worker)
    sign_in(client, cast.other_worker)

    assert client.post(reverse("planning:work_remove", args=[other.pk]), {"consultation": one.pk}).status_code == 404
    assert client.post(reverse("planning:work_remove", args=[plan.pk]), {"consultation": one.pk}).status_code == 404


# --- what residents read names nobody's number -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [PHONE, "138-0013-8000", "１３８００１３８０００", IDENTITY, "11010119900307851X"])
@pytest.mark.parametrize("field", ["title", "owner", "residents"])
def test_numbers_of_persons_are_refused_in_items(field: str, number: str, cast: Cast, plan: WorkPlan) -> None:
    with pytest.raises(Refused) as refused:
        work_actions.save(
            plan, goals="", items=[{**ITEM, field: f"联系{number}办理"}], revision=plan.revision, by=cast.worker
        )

    assert set(refused.value.problems) == {f"item-0-{field}"}
    assert "这里会公开" in refused.value.problems[f"item-0-{field}"]


def test_numbers_of_persons_are_refused_wherever_residents_read(cast: Cast, plan: WorkPlan) -> None:
    said = consulting.hear(plan, said_by="业委会", text="先公示。", by=cast.worker)
    by = cast.worker
    steps: list[tuple[str, Any]] = [
        ("goals", lambda: work_actions.save(plan, goals=f"找{PHONE}", items=[ITEM], revision=plan.revision, by=by)),
        ("form", lambda: consulting.consult(plan, **{**HELD, "form": f"议事会{PHONE}"}, by=by)),
        ("summary", lambda: consulting.consult(plan, **{**HELD, "summary": f"请打{PHONE}"}, by=by)),
        ("said_by", lambda: consulting.hear(plan, said_by=f"居民{PHONE}", text="先公示。", by=by)),
        ("text", lambda: consulting.hear(plan, said_by="居民", text=f"身份证{IDENTITY}", by=by)),
        (f"answer-{said.pk}", lambda: consulting.answer(said, outcome="adopted", text=f"联系{PHONE}", by=by)),
    ]

    for field, step in steps:
        with pytest.raises(Refused) as refused:
            step()
        assert set(refused.value.problems) == {field}


@pytest.mark.parametrize("text", ["028-85551234", "510107001004", "2026-11-30，12000 元", "第 13 项 800 户 13800 人"])
def test_office_numbers_codes_and_figures_are_no_persons(text: str, cast: Cast, plan: WorkPlan) -> None:
    kept = work_actions.save(plan, goals=text, items=[ITEM], revision=plan.revision, by=cast.worker)

    assert kept.goals == text


def test_what_was_written_before_is_looked_at_when_it_is_published(cast: Cast, plan: WorkPlan) -> None:
    consulting.consult(plan, **HELD, by=cast.worker)
    plan.items.update(owner=f"李芳 {PHONE}")

    with pytest.raises(Refused) as refused:
        work_actions.publish(plan, revision=plan.revision, by=cast.worker)

    assert set(refused.value.problems) == {"items"}


def test_the_form_asks_for_a_post_and_not_a_name(cast: Cast, plan: WorkPlan, client: Client) -> None:
    sign_in(client, cast.worker)

    page = client.get(reverse("planning:work_edit", args=[plan.pk])).content.decode()

    assert "写岗位，如“社区网格员”" in page


def test_a_page_offers_new_keys_each_time(cast: Cast, client: Client) -> None:
    plan = published(cast)
    sign_in(client, cast.worker)

    found = [client.get(plan.get_absolute_url()).context["keys"] for _ in range(2)]

    keys: set[UUID] = {key for one in found for key in one.values()}
    assert len(keys) == 6
