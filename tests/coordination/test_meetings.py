"""Joint meetings: convened, answered, held, decided with tasks that follow, minuted, closed."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role
from greenhood.coordination import clauses, papers
from greenhood.coordination.actions import assigning, convening
from greenhood.coordination.errors import Overtaken, Refused
from greenhood.coordination.models import Assignment, Attendance, Meeting
from greenhood.coordination.queries import meetings
from greenhood.declarations.queries.waits import todo_count
from greenhood.documents import word
from tests.cast import Cast, sign_in
from tests.coordination import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def city_management(cast: Cast) -> Actor:
    return stage.officer(cast.county, "城市管理局")


def hold(row: Meeting, by: Actor, minutes: str = "会议听取了进展。") -> Meeting:
    came = {each.pk: (Attendance.ATTENDED, "李局长") for each in row.invitations.all()}
    revision = Meeting.objects.get(pk=row.pk).revision
    return convening.hold(row.pk, attendance=came, minutes=minutes, revision=revision, by=by)


def decide(row: Meeting, cast: Cast, text: str = "规整架空线。") -> Assignment:
    revision = Meeting.objects.get(pk=row.pk).revision
    convening.decide(
        row.pk, text=text, to=[assigning.To(cast.county, "城管局")], due_on=stage.day(20), revision=revision,
        by=cast.county_officer,
    )  # fmt: skip
    return Assignment.objects.get(title=text)


def test_a_meeting_is_convened_answered_held_decided_and_closed(cast: Cast, city_management: Actor) -> None:
    row = stage.meeting(cast, "城市管理局", "公安局")
    invitation = row.invitations.get(line="城市管理")

    convening.answer(invitation.pk, is_coming=True, people="李局长", by=city_management)
    hold(row, cast.county_officer)
    task = decide(row, cast)
    closed = convening.close(
        row.pk, next_on=stage.day(90), revision=Meeting.objects.get(pk=row.pk).revision, by=cast.county_officer
    )

    assert (closed.state, closed.next_on) == ("closed", stage.day(90))
    assert (task.source, task.decision.number, task.line, task.deadline) == ("decision", 1, "城市管理", stage.day(20))
    assert meetings.following([row])[row.pk] == meetings.Following(1, 1, 0, 0)


def test_what_was_decided_and_is_not_done_stands_on_the_next_meeting(
    client: Client, cast: Cast, city_management: Actor
) -> None:
    first = stage.meeting(cast, on=-1)
    hold(first, cast.county_officer)
    task = decide(first, cast)
    second = stage.meeting(cast)

    assert [each.pk for each in meetings.left_over(second).rows] == [task.pk]
    page = sign_in(client, cast.county_officer).get(second.get_absolute_url()).content.decode()
    assert "以前议定、还没有办结的（1）" in page
    assigning.hand_in(task.pk, text="完成。", revision=1, by=city_management)
    assigning.accept(task.pk, revision=2, by=cast.county_officer)
    assert list(meetings.left_over(second).rows) == []
    assert meetings.following([first])[first.pk].done == 1


def test_a_meeting_is_not_held_before_its_day_nor_without_saying_who_came(cast: Cast) -> None:
    early, today = stage.meeting(cast, on=3), stage.meeting(cast)

    with pytest.raises(Refused, match="还没有到这一天"):
        hold(early, cast.county_officer)
    with pytest.raises(Refused, match="请登记城市管理局是否到会"):
        convening.hold(today.pk, attendance={}, revision=1, by=cast.county_officer)


def test_minutes_are_settled_only_when_written_and_taken_up_again_with_a_reason(cast: Cast) -> None:
    row = stage.meeting(cast)
    hold(row, cast.county_officer, minutes="")

    with pytest.raises(Refused, match="请先写好会议纪要"):
        convening.close(row.pk, revision=2, by=cast.county_officer)
    hold(row, cast.county_officer)
    with pytest.raises(Refused, match="已经过去"):
        convening.close(row.pk, next_on=stage.day(-3), revision=3, by=cast.county_officer)
    convening.close(row.pk, revision=3, by=cast.county_officer)
    with pytest.raises(Refused, match="纪要已定稿"):
        convening.decide(row.pk, text="补一项。", to=[], due_on=None, revision=4, by=cast.county_officer)
    assert convening.reopen(row.pk, reason="补一项。", revision=4, by=cast.county_officer).state == "held"


def test_a_decision_with_owners_has_a_day_and_the_other_way_round(cast: Cast) -> None:
    row = stage.meeting(cast)
    hold(row, cast.county_officer)
    to = [assigning.To(cast.county, "城管局")]

    for owners, due_on, said in (
        (to, None, "完成期限"),
        ([], stage.day(3), "责任单位"),
        (to, stage.day(-1), "已经过去"),
    ):
        with pytest.raises(Refused, match=said):
            convening.decide(row.pk, text="一项", to=owners, due_on=due_on, revision=2, by=cast.county_officer)
    assert not row.decisions.exists()
    assert not Assignment.objects.exists()


def test_who_changed_a_meeting_first_is_not_overwritten(cast: Cast) -> None:
    row = stage.meeting(cast)
    hold(row, cast.county_officer)

    with pytest.raises(Overtaken):
        convening.hold(row.pk, attendance={}, minutes="别的。", revision=1, by=cast.county_officer)


def test_only_the_invited_answer_and_apologies_have_a_reason(cast: Cast, city_management: Actor) -> None:
    invitation = stage.meeting(cast, "城市管理局").invitations.get()

    with pytest.raises(NotAllowed):
        convening.answer(invitation.pk, is_coming=True, people="某人", by=stage.officer(cast.county, "公安局"))
    with pytest.raises(Refused, match="请填写请假原因"):
        convening.answer(invitation.pk, is_coming=False, by=city_management)
    said = convening.answer(invitation.pk, is_coming=False, note="省里开会。", by=city_management)
    assert (said.attendance, said.note) == ("apologies", "省里开会。")


def test_an_invitation_waits_until_it_is_answered(cast: Cast, city_management: Actor) -> None:
    row = stage.meeting(cast, on=3)

    assert todo_count(city_management) == 1
    convening.answer(row.invitations.get().pk, is_coming=True, people="李局长", by=city_management)
    assert todo_count(city_management) == 0


def test_moving_the_day_asks_everybody_again(cast: Cast, city_management: Actor) -> None:
    row = stage.meeting(cast, on=3)
    convening.answer(row.invitations.get().pk, is_coming=True, people="李局长", by=city_management)
    to = [assigning.To(cast.county, "城市管理局"), assigning.To(cast.street_division)]
    notice = convening.Notice("武侯区联席会议", stage.day(4), "三楼", "张敏", "14:30", [("进展", "")])

    convening.change(row.pk, notice, to, revision=1, by=cast.county_officer)

    assert {each.attendance for each in row.invitations.all()} == {"invited"}
    assert row.invitations.count() == 2


def test_what_a_notice_lacks_is_said(cast: Cast) -> None:
    def refusal(**changed: object) -> dict[str, str]:
        values = {
            "title": "会",
            "on": stage.day(1),
            "place": "三楼",
            "chair": "张敏",
            "agenda": [("进展", "")],
        } | changed
        with pytest.raises(Refused) as problem:
            convening.convene(
                convening.Notice(**values),  # type: ignore[arg-type]
                [assigning.To(cast.county, "城管局")],
                division=cast.county,
                by=cast.county_officer,
            )
        return problem.value.problems

    assert refusal(agenda=[]) == {"agenda": "请至少写一个议题。"}
    assert refusal(chair="") == {"chair": "请填写主持人。"}


def test_the_minutes_on_paper_say_who_came_and_who_does_what(cast: Cast) -> None:
    row = stage.meeting(cast)
    hold(row, cast.county_officer)
    task = decide(row, cast)
    row.refresh_from_db()

    paper = papers.minutes(row, list(row.invitations.all()), list(row.decisions.all()), [task])

    text = str(paper)
    assert paper["title"] == "武侯区联席会议纪要"
    assert "到会：城市管理局（李局长）" in text
    due = stage.day(20)
    assert ["1", "规整架空线。", "城管局", f"{due.year}年{due.month}月{due.day}日"] in paper["body"][-1]["rows"]
    assert word.docx(papers.LAYOUT, paper)[:2] == b"PK"


def test_the_scheme_says_what_it_asks_of_meetings(cast: Cast) -> None:
    stage.schemes.publish("national-2020")
    sichuan = stage.schemes.publish("sichuan-2020")

    said = clauses.saying(sichuan, clauses.MEETING)

    assert said is not None
    assert said.source.startswith("四(一)")
    assert "定期研究解决" in said.sentence


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("每季度召开一次联席会议。", 4),
        ("每年至少召开两次联席会议。", 2),
        ("联席会议每年不少于4次。", 4),
        ("每月调度。", 12),
        ("定期研究解决重要任务。", None),
    ],
)
def test_how_often_a_clause_asks_for_meetings_is_read(cast: Cast, sentence: str, expected: int | None) -> None:
    version = stage.schemes.publish("sichuan-2020")

    assert clauses.Saying(version, "四(一)", sentence).times_a_year == expected


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_meeting_is_convened_through_its_page_once(client: Client, cast: Cast, city_management: Actor) -> None:
    sign_in(client, cast.county_officer)
    url = reverse("coordination:new_meeting")
    form = client.get(url).context["form"]
    typed = {
        "title": "联席会议", "on": str(stage.day(2)), "at": "14：30", "place": "三楼", "chair": "张敏",
        "agenda": "试点进展｜张敏\n老旧小区", "own": ["城市管理局"], "lower": [str(cast.street_division.code)],
        "key": str(form.initial["key"]),
    }  # fmt: skip

    client.post(url, typed)
    client.post(url, typed)

    row = Meeting.objects.get()
    assert row.at == "14:30"
    assert row.agenda == [{"title": "试点进展", "speaker": "张敏"}, {"title": "老旧小区", "speaker": ""}]
    assert sorted(each.who for each in row.invitations.all()) == ["城市管理局", "浆洗街街道"]


def test_a_wrong_day_keeps_what_was_typed(client: Client, cast: Cast) -> None:
    sign_in(client, cast.county_officer)

    page = client.post(
        reverse("coordination:new_meeting"),
        {"title": "会", "on": "2026-02-31", "at": "25:00", "agenda": "进展", "chair": "张"},
    )

    text = page.content.decode()
    assert page.status_code == 422
    assert "2 月 31 日这样的日子不能填" in text
    assert "24 小时制" in text
    assert ">\n进展</textarea>" in text


def test_every_state_of_a_meeting_has_its_page(client: Client, cast: Cast, city_management: Actor) -> None:
    row = stage.meeting(cast)
    url = row.get_absolute_url()
    sign_in(client, cast.county_officer)

    assert "登记到会情况和纪要" in client.get(url).content.decode()
    came = {f"came-{row.invitations.get().pk}": "attended", "minutes": "好。", "revision": 1}
    assert client.post(f"{url}hold/", came).status_code == 302
    typed = {"text": "规整", "own": ["城市管理局"], "due_on": str(stage.day(9)), "revision": 2}
    assert client.post(f"{url}decide/", typed | {"due_on": "2026-02-31"}).status_code == 422
    assert client.post(f"{url}decide/", typed).status_code == 302
    assert client.post(f"{url}close/", {"revision": 3}).status_code == 302
    page = client.get(url).content.decode()
    assert "恢复修改纪要" in page
    assert "规整" in page
    assert client.get(reverse("coordination:minutes", args=[row.pk, "docx"])).status_code == 200
    assert client.get(reverse("coordination:minutes", args=[row.pk, "exe"])).status_code == 404
    assert sign_in(client, cast.neighbour_officer).get(url).status_code == 404


def test_the_notice_is_changed_through_its_page(client: Client, cast: Cast, city_management: Actor) -> None:
    row = stage.meeting(cast, on=3)
    sign_in(client, cast.county_officer)
    url = reverse("coordination:edit_meeting", args=[row.pk])
    form = client.get(url).context["form"]

    typed = {name: value for name, value in form.initial.items() if value} | {"place": "五楼", "revision": 1}
    assert client.post(url, typed).status_code == 302
    row.refresh_from_db()
    assert (row.place, row.revision, row.invitations.count()) == ("五楼", 2, 1)


def test_the_list_costs_the_same_for_many(
    client: Client, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stage.meeting(cast)
    sign_in(client, cast.county_officer)
    url = reverse("coordination:meetings")
    client.get(url)
    with django_assert_num_queries(14) as few:
        client.get(url)
    for _ in range(4):
        stage.meeting(cast)
    with django_assert_num_queries(len(few)):
        assert client.get(url).content.decode().count("武侯区联席会议") == 5


def test_the_lower_division_that_is_invited_sees_the_meeting(client: Client, cast: Cast) -> None:
    notice = convening.Notice("武侯区联席会议", stage.day(2), "三楼", "张敏", "", [("进展", "")])
    row = convening.convene(notice, [assigning.To(cast.street_division)], division=cast.county, by=cast.county_officer)

    page = sign_in(client, cast.street_officer).get(row.get_absolute_url())

    assert page.status_code == 200
    assert "回复参加" in page.content.decode()
    assert row.get_absolute_url() in client.get(reverse("coordination:meetings")).content.decode()


def test_the_invited_find_links_to_their_own_tasks_alone(client: Client, cast: Cast, city_management: Actor) -> None:
    notice = convening.Notice("武侯区联席会议", stage.day(0), "三楼", "张敏", "", [("进展", "")])
    row = convening.convene(
        notice, [assigning.To(cast.county, "城市管理局"), assigning.To(cast.street_division)], division=cast.county,
        by=cast.county_officer,
    )  # fmt: skip
    hold(row, cast.county_officer)
    to = [assigning.To(cast.county, "城管局"), assigning.To(cast.street_division), assigning.To(cast.other_street)]
    convening.decide(
        row.pk, text="规整架空线。", to=to, due_on=stage.day(20), revision=2, by=cast.county_officer
    )  # fmt: skip
    tasks = {each.division: each for each in Assignment.objects.order_by("line")}

    page = sign_in(client, cast.street_officer).get(row.get_absolute_url()).content.decode()
    theirs = client.get(tasks[cast.street_division].get_absolute_url()).content.decode()
    other = stage.officer(cast.other_street, "街道办", role=Role.STREET_OFFICER)
    uninvited = sign_in(client, other).get(tasks[cast.other_street].get_absolute_url()).content.decode()

    for place, task in tasks.items():
        assert (task.get_absolute_url() in page) is (place == cast.street_division)
    assert page.count("规整架空线。</th>") + page.count("规整架空线。</a>") == 3
    assert row.get_absolute_url() in theirs
    assert row.get_absolute_url() not in uninvited
    assert "武侯区联席会议议定事项（1）" in uninvited
