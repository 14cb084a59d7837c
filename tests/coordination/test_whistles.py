"""街乡吹哨、部门报到: called, responded in time or not, reported, confirmed or not, rated by both sides, pressed from above."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.coordination import clauses, terms
from greenhood.coordination.actions import whistling
from greenhood.coordination.errors import Overtaken, Refused
from greenhood.coordination.models import Call, Urgency, Whistle
from greenhood.coordination.queries import whistles
from greenhood.declarations.queries.waits import todo_count
from greenhood.history.models import Entry
from greenhood.kit.ids import uuid7
from tests.cast import Cast, sign_in
from tests.coordination import stage
from tests.facts.samples import make as make_fact

pytestmark = pytest.mark.django_db


@pytest.fixture
def city_management(cast: Cast) -> Actor:
    return stage.officer(cast.county, "城市管理局")


def only(whistle: Whistle) -> Call:
    return whistle.calls.get()


def respond(call: Call, by: Actor, days: int = 0) -> Call:
    return whistling.respond(
        call.pk,
        comer="李队长",
        revision=Call.objects.get(pk=call.pk).revision,
        by=by,
        at=stage.at(days) if days else None,
    )


def solve(call: Call, by: Actor, caller: Actor, days: int = 0) -> Call:
    respond(call, by, days)
    reported = whistling.report(call.pk, result="已清运。", revision=call.revision + 1, by=by)
    return whistling.confirm(call.pk, revision=reported.revision, by=caller)


def test_a_call_is_responded_to_reported_and_confirmed_and_ends_the_whistle(cast: Cast, city_management: Actor) -> None:
    whistle = stage.whistle(cast)

    solved = solve(only(whistle), city_management, cast.street_officer)

    whistle.refresh_from_db()
    assert (solved.state, solved.is_on_time, whistle.state) == ("solved", True, "solved")
    events = Entry.objects.filter(subject_id=str(whistle.pk)).order_by("number").values_list("event", flat=True)
    assert list(events) == ["whistle.blown", "whistle.responded", "whistle.reported", "whistle.solved"]


def test_the_whistle_ends_with_the_last_of_its_calls(cast: Cast, city_management: Actor) -> None:
    whistle = stage.whistle(cast, "城市管理局", "公安局")
    police = stage.officer(cast.county, "公安局")

    solve(whistle.calls.get(line="城市管理"), city_management, cast.street_officer)
    whistle.refresh_from_db()
    between = whistle.state
    solve(whistle.calls.get(line="公安"), police, cast.street_officer)
    whistle.refresh_from_db()

    assert (between, whistle.state) == ("open", "solved")


def test_what_is_not_solved_goes_back_to_the_department(cast: Cast, city_management: Actor) -> None:
    call = only(stage.whistle(cast))
    respond(call, city_management)
    whistling.report(call.pk, result="已清运。", revision=2, by=city_management)

    back = whistling.reopen(call.pk, reason="夜里又堆满了。", revision=3, by=cast.street_officer)
    again = whistling.report(call.pk, result="加派一班。", revision=4, by=city_management)

    assert (back.state, back.reopened, again.state) == ("reopened", 1, "reported")


def test_a_department_that_was_not_named_cannot_respond(cast: Cast) -> None:
    call = only(stage.whistle(cast, "城市管理局"))

    with pytest.raises(NotAllowed, match="武侯区城市管理局办理"):
        respond(call, stage.officer(cast.county, "公安局"))
    with pytest.raises(NotAllowed):
        respond(call, cast.street_officer)
    with pytest.raises(Http404):
        respond(call, stage.officer(cast.neighbour_county, "城市管理局"))
    assert only(call.whistle).state == "called"


def test_both_sides_rate_once_and_only_what_is_solved(cast: Cast, city_management: Actor) -> None:
    call = only(stage.whistle(cast))
    with pytest.raises(Refused, match="确认解决后才能评价"):
        whistling.rate(call.pk, grade=5, by=cast.street_officer)
    solve(call, city_management, cast.street_officer)

    whistling.rate(call.pk, grade=5, by=cast.street_officer)
    rated = whistling.rate_back(call.pk, grade=2, comment="地点没有写清。", by=city_management)

    assert (rated.grade, rated.return_grade, rated.return_grade_word) == (5, 2, "不满意")
    with pytest.raises(Refused, match="只做一次"):
        whistling.rate(call.pk, grade=1, comment="改主意了。", by=cast.street_officer)
    with pytest.raises(Refused, match="只做一次"):
        whistling.rate_back(call.pk, grade=5, by=city_management)


@pytest.mark.parametrize(("grade", "said"), [(0, "1 到 5"), (6, "1 到 5"), (1, "写明原因")])
def test_a_grade_is_one_of_five_and_a_bad_one_has_its_reason(
    cast: Cast, city_management: Actor, grade: int, said: str
) -> None:
    call = only(stage.whistle(cast))
    solve(call, city_management, cast.street_officer)

    with pytest.raises(Refused, match=said):
        whistling.rate(call.pk, grade=grade, by=cast.street_officer)


@pytest.mark.django_db(transaction=True)
def test_of_two_ratings_at_once_one_counts(cast: Cast) -> None:
    call = only(stage.whistle(cast))
    solve(call, stage.officer(cast.county, "城市管理局"), cast.street_officer)

    def rate(grade: int) -> str:
        try:
            whistling.rate(call.pk, grade=grade, by=cast.street_officer)
            return "done"
        except Refused:
            return "refused"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(rate, [4, 5])) == ["done", "refused"]


def test_who_was_overtaken_is_told(cast: Cast, city_management: Actor) -> None:
    call = only(stage.whistle(cast))
    respond(call, city_management)

    with pytest.raises(Overtaken):
        whistling.respond(call.pk, comer="另一个人", revision=1, by=city_management)
    assert only(call.whistle).comer == "李队长"


def test_terms_follow_the_urgency() -> None:
    friday = dt.datetime(2026, 11, 20, 17, tzinfo=stage.schemes.NOON)

    assert terms.respond_by(Urgency.URGENT, friday) == friday + dt.timedelta(hours=2)
    assert terms.respond_by(Urgency.SOON, friday) == friday + dt.timedelta(hours=24)
    assert terms.respond_by(Urgency.USUAL, friday).astimezone(stage.schemes.NOON).date() == dt.date(2026, 11, 25)


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"respond_by": timezone.now() - dt.timedelta(hours=1)}, "respond_by", "已经过去"),
        ({"respond_by": timezone.now() + dt.timedelta(days=40)}, "respond_by", "不超过 30 天"),
        ({"place": " "}, "place", "请填写地点"),
        ({"longitude": Decimal("104.06")}, "longitude", "一起填写"),
        ({"longitude": Decimal(10), "latitude": Decimal(30)}, "longitude", "我国境内"),
        ({"urgency": "x"}, "urgency", "请选择紧急程度"),
        ({"problem": uuid7()}, "problem", "没有这条"),
    ],
)
def test_bad_whistles_are_refused_with_the_reason(
    cast: Cast, changed: dict[str, object], field: str, said: str
) -> None:
    blast = whistling.Blast(**{"title": "垃圾外溢", "place": "南门", "community": cast.community} | changed)  # type: ignore[arg-type]

    with pytest.raises(Refused) as problem:
        whistling.blow(
            blast, [whistling.To(cast.county, "城管局")], division=cast.street_division, by=cast.street_officer
        )

    assert said in problem.value.problems[field]
    assert not Whistle.objects.exists()


def test_only_departments_of_the_same_line_above_can_be_called(cast: Cast) -> None:
    def refusal(*to: whistling.To) -> str:
        with pytest.raises(Refused) as problem:
            whistling.blow(
                whistling.Blast("垃圾外溢", "南门"), to, division=cast.street_division, by=cast.street_officer
            )
        return problem.value.problems["to"]

    assert "不是浆洗街街道的上级" in refusal(whistling.To(cast.neighbour_county, "城管局"))
    assert "不是部门" in refusal(whistling.To(cast.county, "区人民政府"))
    assert "选了两次" in refusal(whistling.To(cast.county, "城管局"), whistling.To(cast.county, "城市管理局"))
    assert "至少选择" in refusal()


def test_a_whistle_is_taken_back_only_before_anybody_came(cast: Cast, city_management: Actor) -> None:
    early, late = stage.whistle(cast), stage.whistle(cast)
    respond(only(late), city_management)

    whistling.withdraw(early.pk, reason="已自行解决。", revision=1, by=cast.street_officer)

    assert only(early).state == "withdrawn"
    with pytest.raises(Refused, match="已经有部门报到"):
        whistling.withdraw(late.pk, reason="已自行解决。", revision=1, by=cast.street_officer)


def test_who_does_not_come_in_time_is_pressed_by_the_level_above_once(cast: Cast, city_management: Actor) -> None:
    call = only(stage.whistle(cast, urgency="urgent", days=-1))
    fresh = only(stage.whistle(cast))

    assert [each.pk for each in whistles.overdue_below(cast.county_officer).rows] == [call.pk]
    assert list(whistles.overdue_below(cast.street_officer).rows) == []
    whistling.press(call.pk, note="请今天到场。", by=cast.county_officer)
    with pytest.raises(Refused, match="已经督办过"):
        whistling.press(call.pk, note="请今天到场。", by=cast.county_officer)
    with pytest.raises(Refused, match="不需要督办"):
        whistling.press(fresh.pk, note="请今天到场。", by=cast.county_officer)
    assert list(whistles.overdue_below(cast.county_officer).rows) == []
    assert respond(call, city_management).is_on_time is False


def test_what_waits_moves_from_the_department_to_the_street(cast: Cast, city_management: Actor) -> None:
    before = todo_count(cast.street_officer)
    call = only(stage.whistle(cast))

    assert todo_count(city_management) == 1
    respond(call, city_management)
    whistling.report(call.pk, result="已清运。", revision=2, by=city_management)
    assert todo_count(city_management) == 0
    assert todo_count(cast.street_officer) == before + 1


def test_rates_count_what_is_due_and_rank_only_enough_of_it(cast: Cast, city_management: Actor) -> None:
    police = stage.officer(cast.county, "公安局")
    for number in range(6):
        call = only(stage.whistle(cast, "城市管理局", days=-20))
        solve(call, city_management, cast.street_officer, days=-19 if number < 4 else -1)
        whistling.rate(call.pk, grade=5 if number < 3 else 3, by=cast.street_officer)
    late = only(stage.whistle(cast, "公安局", days=-20))
    stage.whistle(cast, "公安局")
    respond(late, police, days=-1)
    whistling.withdraw(stage.whistle(cast).pk, reason="重复。", revision=1, by=cast.street_officer)

    year = stage.day(0).year
    whole, departments, callers, months = whistles.rates(cast.city, dt.date(year - 1, 1, 1), dt.date(year + 1, 1, 1))

    assert (whole.calls, whole.due, whole.on_time, whole.solved, whole.graded) == (8, 7, 4, 6, 6)
    assert [(line.title, line.rank) for line in departments] == [("武侯区城市管理局", 1), ("武侯区公安局", None)]
    assert departments[0].rates.satisfaction == Decimal("0.5")
    assert departments[0].rates.response == Decimal(4) / 6
    assert (departments[1].rates.calls, departments[1].rates.due, departments[1].rates.response) == (2, 1, 0)
    assert [(line.title, line.rank) for line in callers] == [("浆洗街街道", 1)]
    assert sum(line.rates.calls for line in months) == 8


def test_the_rates_of_a_whistle_lead_to_its_list(client: Client, cast: Cast, city_management: Actor) -> None:
    stage.whistle(cast, "城市管理局")
    stage.whistle(cast, "公安局")
    sign_in(client, cast.county_officer)

    page = client.get(reverse("coordination:rates", args=[cast.county.code]))
    [line] = [each for each in page.context["tables"][0]["lines"] if "城市管理局" in each["line"].title]
    found = client.get(reverse("coordination:whistles") + line["url"])

    assert page.status_code == 200
    assert [row.calls.get().department for row in found.context["page"].rows] == ["城市管理局"]


def test_the_clause_that_asks_for_it_is_cited_and_otherwise_said_to_be_missing(cast: Cast) -> None:
    beijing = stage.schemes.loaded("beijing-2021")
    with_clause = [clause.ref for clause in beijing.scheme.clauses if "吹哨" in clause.text]
    sichuan = stage.schemes.publish("sichuan-2020")

    assert len(with_clause) == 1
    assert with_clause[0].startswith("四(一)")
    assert clauses.saying(sichuan, clauses.WHISTLE) is None


def test_the_page_says_whether_a_clause_asks_for_it(client: Client, cast: Cast) -> None:
    stage.schemes.publish("national-2020")
    stage.schemes.publish("sichuan-2020")
    sign_in(client, cast.street_officer)

    assert "现行方案没有写" in client.get(reverse("coordination:whistles")).content.decode()


def test_the_list_costs_the_same_for_many(
    client: Client, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stage.whistle(cast, "城市管理局", "公安局")
    sign_in(client, cast.county_officer)
    url = reverse("coordination:whistles")
    client.get(url)
    with django_assert_num_queries(13) as few:
        client.get(url)
    for _ in range(4):
        stage.whistle(cast, "城市管理局", "公安局", days=-5)
    with django_assert_num_queries(len(few)):
        assert client.get(url).content.decode().count("垃圾外溢") >= 5


def test_a_street_blows_from_its_page_with_a_recorded_problem(
    client: Client, cast: Cast, city_management: Actor
) -> None:
    problem = make_fact("problems", cast.community, cast.worker)
    sign_in(client, cast.street_officer)
    form = client.get(reverse("coordination:new_whistle")).context["form"]
    office = next(value for value, each in form.offices.items() if each.line == "城市管理")
    typed = {
        "title": "垃圾外溢", "place": "南门", "urgency": "soon", "to": [office], "key": str(form.initial["key"]),
        "problem": f"{cast.community.code}/{problem.thing}",
    }  # fmt: skip

    first = client.post(reverse("coordination:new_whistle"), typed)
    again = client.post(reverse("coordination:new_whistle"), typed)

    whistle = Whistle.objects.get()
    assert first["Location"] == again["Location"] == whistle.get_absolute_url()
    assert (whistle.community, whistle.problem) == (cast.community, problem.thing)
    page = client.get(whistle.get_absolute_url()).content.decode()
    assert reverse("facts:record", args=[cast.community.code, "problems", problem.thing]) in page


def test_what_was_typed_stays_when_the_moment_does_not_exist(
    client: Client, cast: Cast, city_management: Actor
) -> None:
    sign_in(client, cast.street_officer)

    page = client.post(
        reverse("coordination:new_whistle"),
        {"title": "垃圾外溢", "place": "南门", "urgency": "soon", "respond_by": "2026-02-31T10:00"},
    )

    text = page.content.decode()
    assert page.status_code == 422
    assert "2 月 31 日这样的日子不能填" in text
    assert 'value="垃圾外溢"' in text
    assert "请选择呼叫的部门" in text


def test_every_side_sees_its_own_steps_on_the_page(client: Client, cast: Cast, city_management: Actor) -> None:
    whistle = stage.whistle(cast)

    theirs = sign_in(client, city_management).get(whistle.get_absolute_url()).content.decode()
    callers = sign_in(client, cast.street_officer).get(whistle.get_absolute_url()).content.decode()

    assert "到场人员" in theirs
    assert "到场人员" not in callers
    assert "撤回吹哨" in callers
    assert sign_in(client, cast.neighbour_officer).get(whistle.get_absolute_url()).status_code == 404


def test_the_steps_are_taken_through_the_page(client: Client, cast: Cast, city_management: Actor) -> None:
    call = only(stage.whistle(cast))

    def step(actor: Actor, key: str, **typed: object) -> int:
        url = reverse("coordination:call_step", args=[call.pk, key])
        return sign_in(client, actor).post(url, typed).status_code

    assert step(city_management, "respond", revision=1) == 422
    assert step(city_management, "respond", revision=1, comer="李队长") == 302
    assert step(city_management, "report", revision=2, result="已清运。") == 302
    assert step(cast.street_officer, "confirm", revision=3) == 302
    assert step(cast.street_officer, "rate", grade=5) == 302
    assert step(cast.street_officer, "rate", grade=4) == 422
    assert step(city_management, "rate_back", grade=5) == 302
    assert step(city_management, "nothing") == 404
