"""Tasks: given, taken, handed in with proof, accepted; urged once a day, extended, cancelled; seen by whom they concern."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role
from greenhood.coordination import files
from greenhood.coordination.actions import assigning
from greenhood.coordination.errors import Overtaken, Refused
from greenhood.coordination.models import Assignment
from greenhood.coordination.queries import assignments
from greenhood.declarations.queries.waits import todo_count
from greenhood.evidence import actions as evidence
from greenhood.evidence.models import Seal
from greenhood.history.models import Entry
from greenhood.kit.ids import uuid7
from tests.cast import Cast, sign_in
from tests.coordination import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def city_management(cast: Cast) -> Actor:
    return stage.officer(cast.county, "武侯区城市管理局")


def fresh(row: Assignment) -> Assignment:
    return Assignment.objects.get(pk=row.pk)


def hand_in(row: Assignment, by: Actor) -> Assignment:
    return assigning.hand_in(row.pk, text="三条街已规整。", revision=fresh(row).revision, by=by)


def test_a_task_is_given_taken_handed_in_and_accepted(cast: Cast, city_management: Actor) -> None:
    row = stage.task(cast, "城市管理局")

    assigning.take(row.pk, revision=1, by=city_management)
    assigning.progress(row.pk, text="已规整一条街。", revision=2, by=city_management)
    hand_in(row, city_management)
    done = assigning.accept(row.pk, revision=4, by=cast.county_officer)

    assert (done.state, done.revision, done.result) == ("accepted", 5, "三条街已规整。")
    assert list(Entry.objects.filter(subject_id=str(row.pk)).order_by("number").values_list("event", flat=True)) == [
        "task.assigned", "task.taken", "task.progressed", "task.handed_in", "task.accepted",
    ]  # fmt: skip


def test_what_is_returned_is_handed_in_again_and_keeps_its_first_day(cast: Cast, city_management: Actor) -> None:
    row = stage.task(cast)
    first = hand_in(row, city_management).handed_in_at

    back = assigning.give_back(row.pk, reason="缺照片。", revision=2, by=cast.county_officer)
    again = hand_in(row, city_management)

    assert (back.state, back.returned_reason) == ("returned", "缺照片。")
    assert (again.state, again.returned_reason, again.handed_in_at) == ("handed_in", "", first)


@pytest.mark.parametrize("written", ["城管局", "武侯区城市管理局", "城市管理委员会"])
def test_a_department_is_known_by_its_line_of_work_however_it_is_written(cast: Cast, written: str) -> None:
    by = stage.officer(cast.county, written)
    row = stage.task(cast, "城管部门")

    assert assigning.take(row.pk, revision=1, by=by).state == "taken"


def test_another_department_or_a_post_without_one_cannot_take_it(cast: Cast) -> None:
    row = stage.task(cast, "城市管理局")

    with pytest.raises(NotAllowed, match="武侯区城市管理局办理"):
        assigning.take(row.pk, revision=1, by=stage.officer(cast.county, "公安局"))
    with pytest.raises(NotAllowed):
        assigning.take(row.pk, revision=1, by=cast.department_officer)
    with pytest.raises(Http404):
        assigning.take(row.pk, revision=1, by=stage.officer(cast.neighbour_county, "城市管理局"))


def test_a_task_for_a_division_as_a_whole_is_not_for_its_departments_officers(cast: Cast) -> None:
    to = [assigning.To(cast.street_division), assigning.To(cast.other_street)]
    rows = assigning.assign(assigning.Task("报送底数", stage.day(5)), to, assigner=cast.county, by=cast.county_officer)

    with pytest.raises(NotAllowed):
        assigning.take(rows[0].pk, revision=1, by=stage.officer(cast.street_division, "社区办"))
    assert assigning.take(rows[0].pk, revision=1, by=cast.street_officer).state == "taken"
    assert len({row.batch for row in rows}) == 1


def test_only_the_assigner_itself_accepts_and_cancels(cast: Cast, city_management: Actor) -> None:
    row = stage.task(cast)
    hand_in(row, city_management)

    with pytest.raises(NotAllowed, match="武侯区自己办理"):
        assigning.accept(row.pk, revision=2, by=cast.city_officer)
    with pytest.raises(NotAllowed):
        assigning.accept(row.pk, revision=2, by=city_management)


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"due_on": stage.day(-1)}, "due_on", "已经过去"),
        ({"due_on": stage.day(4000)}, "due_on", "太远"),
        ({"title": "　 "}, "title", "请填写任务名称"),
        ({"title": "字" * 201}, "title", "不超过 200 字，现有 201 字"),
    ],
)
def test_bad_words_and_days_are_refused_with_the_reason(
    cast: Cast, changed: dict[str, object], field: str, said: str
) -> None:
    values = {"title": "规整架空线", "due_on": stage.day(3)} | changed

    with pytest.raises(Refused) as problem:
        assigning.assign(
            assigning.Task(**values),  # type: ignore[arg-type]
            [assigning.To(cast.county, "城管局")],
            assigner=cast.county,
            by=cast.county_officer,
        )

    assert said in problem.value.problems[field]
    assert not Assignment.objects.exists()


def test_whom_a_task_cannot_go_to_is_said(cast: Cast) -> None:
    def refusal(*to: assigning.To) -> str:
        with pytest.raises(Refused) as problem:
            assigning.assign(assigning.Task("任务", stage.day(3)), to, assigner=cast.county, by=cast.county_officer)
        return problem.value.problems["to"]

    assert "至少选择一个" in refusal()
    assert "不在武侯区以内" in refusal(assigning.To(cast.neighbour_county))
    assert "哪个部门" in refusal(assigning.To(cast.county))
    assert "不是部门" in refusal(assigning.To(cast.county, "区人民政府"))
    assert "同一个部门" in refusal(assigning.To(cast.county, "城管局"), assigning.To(cast.county, "城市管理委"))


def test_a_double_click_gives_the_task_once(cast: Cast) -> None:
    batch, to = uuid7(), [assigning.To(cast.county, "城管局")]
    asked = assigning.Task("任务", stage.day(3))

    first = assigning.assign(asked, to, assigner=cast.county, by=cast.county_officer, batch=batch)
    again = assigning.assign(asked, to, assigner=cast.county, by=cast.county_officer, batch=batch)

    assert [row.pk for row in first] == [row.pk for row in again]
    assert Entry.objects.filter(event="task.assigned").count() == 1


def test_urging_is_possible_once_a_day(cast: Cast, city_management: Actor) -> None:
    row = stage.task(cast)

    assigning.urge(row.pk, by=cast.county_officer)
    with pytest.raises(Refused, match="一天最多一次"):
        assigning.urge(row.pk, by=cast.county_officer)
    again = assigning.urge(row.pk, by=cast.county_officer, at=stage.at(1))

    assert again.urged == 2


def test_a_day_is_only_extended_forwards_and_with_a_reason(cast: Cast) -> None:
    row = stage.task(cast, due=3)

    for to, reason, said in (
        (stage.day(3), "雨天", "晚于"), (stage.day(9), " ", "请填写延期理由"), (stage.day(2), "雨天", "晚于"),
    ):  # fmt: skip
        with pytest.raises(Refused, match=said):
            assigning.extend(row.pk, to=to, reason=reason, revision=1, by=cast.county_officer)
    longer = assigning.extend(row.pk, to=stage.day(9), reason="雨天", revision=1, by=cast.county_officer)

    assert (longer.deadline, longer.due_on, longer.is_extended) == (stage.day(9), stage.day(3), True)


def test_a_cancelled_task_comes_back_to_where_it_was(cast: Cast, city_management: Actor) -> None:
    row = stage.task(cast)
    assigning.take(row.pk, revision=1, by=city_management)

    assigning.cancel(row.pk, reason="重复。", revision=2, by=cast.county_officer)
    with pytest.raises(Refused, match="已取消"):
        hand_in(row, city_management)
    back = assigning.reinstate(row.pk, revision=3, by=cast.county_officer)

    assert (back.state, back.returned_reason) == ("taken", "")


def test_who_was_overtaken_is_told_and_changes_nothing(cast: Cast, city_management: Actor) -> None:
    row = stage.task(cast)
    hand_in(row, city_management)

    with pytest.raises(Overtaken):
        assigning.hand_in(row.pk, text="别的。", revision=1, by=city_management)
    assert fresh(row).result == "三条街已规整。"


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_counts(cast: Cast) -> None:
    row = stage.task(cast)
    hand_in(row, stage.officer(cast.county, "城管局"))

    def decide(name: str) -> str:
        try:
            if name == "accept":
                assigning.accept(row.pk, revision=2, by=cast.county_officer)
            else:
                assigning.give_back(row.pk, reason="缺照片。", revision=2, by=cast.county_officer)
            return "done"
        except Refused:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(decide, ["accept", "return"]))

    assert outcomes == ["done", "refused"]
    assert fresh(row).revision == 3


def test_proof_is_attached_by_the_department_until_the_task_is_handed_in(cast: Cast, city_management: Actor) -> None:
    row = stage.task(cast)

    evidence.attach(
        ContentFile(b"%PDF-1.7\n%%EOF"), "记录.pdf", community=cast.county, subject_kind=files.TASK, subject_id=row.pk,
        by=city_management,
    )  # fmt: skip
    was_open = files.is_open_task(cast.county, row.pk)
    hand_in(row, city_management)

    assert was_open
    assert not files.is_open_task(cast.county, row.pk)
    assert Entry.objects.get(event="task.handed_in").details["证明材料"] == "1 件"


def test_accepting_seals_the_list_of_proof_and_can_be_taken_back_with_a_reason(
    client: Client, cast: Cast, city_management: Actor
) -> None:
    row = stage.task(cast)
    evidence.attach(
        ContentFile(b"%PDF-1.7\n%%EOF"), "记录.pdf", community=cast.county, subject_kind=files.TASK, subject_id=row.pk,
        by=city_management,
    )  # fmt: skip
    hand_in(row, city_management)

    assigning.accept(row.pk, revision=2, by=cast.county_officer)
    seal = Seal.objects.get(subject_id=row.pk)
    page = sign_in(client, cast.county_officer).get(row.get_absolute_url()).content.decode()
    with pytest.raises(Refused, match="请填写重新打开的理由"):
        assigning.reopen(row.pk, reason=" ", revision=3, by=cast.county_officer)
    back = assigning.reopen(row.pk, reason="雨后又脱落。", revision=3, by=cast.county_officer)

    assert seal.count == 1
    assert seal.digest in page
    assert (back.state, back.accepted_at) == ("returned", None)


def test_what_waits_is_counted_for_the_department_and_then_for_the_assigner(cast: Cast, city_management: Actor) -> None:
    before = todo_count(cast.county_officer)
    row = stage.task(cast)
    stage.task(cast, "公安局")

    assert todo_count(city_management) == 1
    assert todo_count(cast.county_officer) == before
    hand_in(row, city_management)
    assert todo_count(city_management) == 0
    assert todo_count(cast.county_officer) == before + 1


# --- pages ------------------------------------------------------------------------------------------------------------


def test_the_list_is_filtered_by_its_address_and_costs_the_same_for_many(
    client: Client, cast: Cast, city_management: Actor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stage.task(cast, "城管局")
    sign_in(client, cast.county_officer)
    url = reverse("coordination:tasks")
    client.get(url)
    with django_assert_num_queries(11) as few:
        client.get(url)
    for number in range(5):
        stage.task(cast, "城管局", "公安局", title=f"任务{number}")
    with django_assert_num_queries(len(few)):
        page = client.get(url).content.decode()
    police = client.get(url, {"line": "公安", "state": "running"}).content.decode()

    assert page.count("武侯区城管局") == 6
    assert "等我办理或验收" not in page
    assert (police.count("武侯区公安局"), police.count("武侯区城管局")) == (5, 0)


def test_an_edited_address_narrows_nothing_and_breaks_nothing(client: Client, cast: Cast) -> None:
    stage.task(cast)
    sign_in(client, cast.county_officer)

    page = client.get(reverse("coordination:tasks"), {"state": "x", "after": "nothing", "whose": "'", "q": "9" * 60})

    assert page.status_code == 200


def test_what_was_typed_stays_when_the_day_does_not_exist(client: Client, cast: Cast) -> None:
    sign_in(client, cast.county_officer)

    page = client.post(
        reverse("coordination:new_task"), {"title": "规整架空线", "due_on": "2026-02-31", "other": "城管局"}
    )

    text = page.content.decode()
    assert page.status_code == 422
    assert "2 月 31 日这样的日子不能填" in text
    assert 'value="规整架空线"' in text
    assert 'value="城管局"' in text


def test_a_refused_step_keeps_the_words_and_says_why_at_the_field(
    client: Client, cast: Cast, city_management: Actor
) -> None:
    row = stage.task(cast, due=3)
    sign_in(client, cast.county_officer)

    page = client.post(
        reverse("coordination:task_step", args=[row.pk, "extend"]),
        {"to": "2027-02-31", "reason": "雨天", "revision": 1},
    )

    text = page.content.decode()
    assert page.status_code == 422
    assert "没有这一天" in text
    assert ">雨天</textarea>" in text
    assert fresh(row).deadline == stage.day(3)


def test_the_page_of_a_task_is_for_those_in_whose_scope_it_lies(
    client: Client, cast: Cast, city_management: Actor
) -> None:
    url = stage.task(cast).get_absolute_url()

    for actor, expected in (
        (cast.county_officer, 200), (city_management, 200), (cast.city_officer, 200), (cast.neighbour_officer, 404),
        (cast.street_officer, 404), (cast.stranger, 404),
    ):  # fmt: skip
        assert sign_in(client, actor).get(url).status_code == expected, actor


def test_the_steps_on_the_page_are_those_of_the_post(client: Client, cast: Cast, city_management: Actor) -> None:
    url = stage.task(cast).get_absolute_url()

    theirs = sign_in(client, city_management).get(url).content.decode()
    givers = sign_in(client, cast.county_officer).get(url).content.decode()

    assert "提交办理结果" in theirs
    assert "取消任务" not in theirs
    assert "取消任务" in givers
    assert "提交办理结果" not in givers


def test_a_post_without_the_right_cannot_give_tasks(client: Client, cast: Cast) -> None:
    stage.schemes.publish("sichuan-2020")
    for actor in (cast.worker, cast.department_officer, cast.auditor):
        assert sign_in(client, actor).get(reverse("coordination:new_task")).status_code == 403


def test_the_list_goes_to_excel_as_it_is_filtered(client: Client, cast: Cast) -> None:
    stage.task(cast, "城管局", "公安局")
    sign_in(client, cast.county_officer)

    answer = client.get(reverse("coordination:export_tasks"), {"line": "公安"})
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)  # type: ignore[attr-defined]

    assert [row[6] for row in rows] == ["承办部门", "公安局"]
    assert Entry.objects.get(event="coordination.exported").details["行数"] == 1


def test_overdue_means_owed_and_over(cast: Cast, city_management: Actor) -> None:
    late, done = stage.task(cast, due=1), stage.task(cast, due=1)
    hand_in(done, city_management)
    Assignment.objects.update(due_on=stage.day(-1), deadline=stage.day(-1))

    found = assignments.listed(cast.county_officer, assignments.Filters(state="overdue"))

    assert [row.pk for row in found.rows] == [late.pk]
    assert isinstance(late.deadline, dt.date)


def test_a_county_officer_of_a_department_sees_what_is_given_to_it(client: Client, cast: Cast) -> None:
    officer = stage.officer(cast.county, "住房和城乡建设局", role=Role.COUNTY_OFFICER)
    stage.task(cast, "住建局")

    page = sign_in(client, officer).get(reverse("coordination:tasks"), {"whose": "mine"}).content.decode()

    assert "武侯区住建局" in page


def test_what_waits_is_cut_with_a_word_and_leads_to_all(client: Client, cast: Cast, city_management: Actor) -> None:
    for number in range(22):
        stage.task(cast, "城市管理局", title=f"任务{number}")
    stage.task(cast, "公安局")

    page = sign_in(client, city_management).get(reverse("coordination:tasks")).content.decode()
    listed = client.get(reverse("coordination:tasks"), {"whose": "waiting"})

    assert "等我办理或验收（22）" in page
    assert "这里列出最早到期的 20 项，共 22 项" in page
    assert listed.context["total"].number == 22
