"""设计师、工程师进社区: asked for, matched without conflict, visited, counted once, closed and rated."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts import actions as accounts
from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.activities.models import Activity
from greenhood.communities.models import Estate
from greenhood.divisions.models import Division
from greenhood.experts.actions import applying, serving, vetting, visiting
from greenhood.experts.actions.serving import Result
from greenhood.experts.actions.visiting import Report
from greenhood.experts.errors import Overtaken, Refused
from greenhood.experts.models import Entry, Offer, RequestState, ServiceRequest, Visit
from greenhood.experts.queries import service as queries
from greenhood.experts.queries import ties_of, waits
from greenhood.history.models import Entry as Happened
from greenhood.indicators.catalogue import entry as indicator
from greenhood.indicators.measuring import figures_of
from greenhood.kit.dates import SHANGHAI, today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.experts.conftest import fresh, member, need, particulars, status
from tests.experts.test_pool import PNG

pytestmark = pytest.mark.django_db


def report(days_ago: int = 0, **more) -> Report:
    given = {
        "day": today_in_shanghai() - dt.timedelta(days=days_ago),
        "residents": 24,
        "advice": "保留大树，增加座椅和无障碍坡道。",
    }
    return Report(**(given | more))


RESULT = Result("done", "按建议改成口袋公园。", 5, "讲得很清楚")


def offer(request: ServiceRequest, entry: Entry, by: Actor) -> ServiceRequest:
    return serving.offer(request, entry, revision=fresh(request).revision, by=by).request


def visits_counted(cast: Cast) -> int:
    """What the indicator says of the community, over the facts as they are now."""
    found = figures_of(cast.community.pk, as_of=today_in_shanghai(), keys=["designer_visits"])
    return int(found["designer_visits"].value or 0)


# --- asking ------------------------------------------------------------------------------------------------------------


def test_a_community_asks_and_the_county_is_told(cast: Cast, asked: ServiceRequest) -> None:
    assert asked.state == RequestState.OPEN
    assert list(waits.to_match(cast.county_officer)) == [asked]
    assert not waits.to_match(cast.city_officer).exists()
    assert waits.to_match(cast.province_officer) is None
    assert waits.to_match(cast.worker) is None
    assert not waits.to_match(cast.neighbour_officer).exists()


def test_in_a_city_without_counties_the_city_is_told(cast: Cast, asked: ServiceRequest) -> None:
    # Its streets lie right under it: their codes have 00 where a county's number stands elsewhere.
    Division.objects.filter(pk=cast.community.pk).update(code=cast.city.code + 3_001)

    assert list(waits.to_match(cast.city_officer)) == [asked]
    assert not waits.to_match(cast.county_officer).exists()


@pytest.mark.parametrize("who", ["county_officer", "other_worker", "grid_worker", "property_manager", "expert"])
def test_only_the_community_and_its_street_ask(cast: Cast, sichuan: SchemeVersion, who: str) -> None:
    with pytest.raises((NotAllowed, Http404)):
        serving.make(cast.community, need(), by=cast.actors[who])

    assert serving.make(cast.community, need(), by=cast.street_officer).pk


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"fields": []}, "fields"),
        ({"criterion": 999}, "criterion"),
        ({"title": ""}, "title"),
        ({"phone": " "}, "phone"),
        ({"wished_to": today_in_shanghai() - dt.timedelta(days=1)}, "wished_to"),
        ({"wished_from": today_in_shanghai() + dt.timedelta(days=60)}, "wished_to"),
    ],
)
def test_a_bad_request_is_refused_at_its_field(cast: Cast, sichuan: SchemeVersion, wrong: dict, field: str) -> None:
    with pytest.raises(Refused) as refused:
        serving.make(cast.community, need(**wrong), by=cast.worker)

    assert refused.value.field == field


def test_a_withdrawn_request_is_opened_again(cast: Cast, asked: ServiceRequest) -> None:
    gone = serving.withdraw(asked, reason="已自行解决", revision=asked.revision, by=cast.worker)
    with pytest.raises(Refused, match="不能修改需求"):
        serving.save(gone, need(), revision=gone.revision, by=cast.worker)
    back = serving.reopen(gone, revision=gone.revision, by=cast.worker)

    assert (gone.state, fresh(back).state, fresh(back).reason) == (RequestState.WITHDRAWN, RequestState.OPEN, "")


# --- matching ----------------------------------------------------------------------------------------------------------


def test_suggestions_put_field_and_region_and_little_to_do_first(cast: Cast, asked: ServiceRequest) -> None:
    far = member(cast, None, name="甲", regions=[cast.neighbour_county], pool=cast.city)
    other = member(cast, None, name="乙", fields=["law"])
    busy = member(cast, None, name="丙")
    free = member(cast, None, name="丁")
    second = serving.make(cast.other_community, need(), by=cast.street_officer)
    offer(second, busy, cast.county_officer)

    found = queries.suggestions(asked)

    assert [one.entry for one in found] == [free, busy, far, other]
    assert [one.is_suggested for one in found] == [True, True, False, False]
    assert [one.load for one in found] == [0, 1, 0, 0]


def test_an_expert_of_the_own_community_is_not_suggested_and_refused_with_the_reason(
    cast: Cast, asked: ServiceRequest, expert_entry: Entry
) -> None:
    accounts.record_interest(cast.expert.user, by=cast.expert, division=cast.community, reason="家住本社区")
    [one] = queries.suggestions(asked)

    with pytest.raises(Refused, match="须回避晋阳社区居委会：已登记的利害关系：家住本社区"):
        offer(asked, expert_entry, cast.county_officer)

    assert (one.is_suggested, one.conflicts) == (False, ["已登记的利害关系：家住本社区"])
    assert not Offer.objects.exists()


def test_who_works_where_the_community_s_workers_do_is_refused(cast: Cast, asked: ServiceRequest) -> None:
    neighbour = member(cast, None, name="黄工", employer="锦城物业公司")

    with pytest.raises(Refused, match="同一工作单位（锦城物业公司）"):
        offer(asked, neighbour, cast.county_officer)


def test_who_is_suspended_or_past_the_term_or_of_another_pool_is_not_asked(cast: Cast, asked: ServiceRequest) -> None:
    row = member(cast, None)
    row = vetting.suspend(row, reason="出差", revision=row.revision, by=cast.county_officer)
    with pytest.raises(Refused, match="暂停服务"):
        offer(asked, row, cast.county_officer)
    elsewhere = serving.make(cast.community, need(), by=cast.worker)
    Entry.objects.filter(pk=row.pk).update(state="valid", pool=cast.neighbour_county)
    with pytest.raises(Refused, match="不在其范围内"):
        offer(elsewhere, row, cast.county_officer)


def test_an_invited_expert_declines_and_the_next_is_asked(
    cast: Cast, asked: ServiceRequest, expert_entry: Entry
) -> None:
    row = offer(asked, expert_entry, cast.county_officer)
    assert list(waits.offered(cast.expert)) == list(Offer.objects.all())
    assert not waits.offered(cast.other_expert).exists()
    with pytest.raises(NotAllowed):
        serving.take(row, revision=row.revision, by=cast.other_expert)

    row = serving.decline(row, reason="近期出差", revision=row.revision, by=cast.expert)

    assert (row.state, row.entry) == (RequestState.OPEN, None)
    assert queries.suggestions(row)[0].declined == "近期出差"
    other = member(cast, None, name="丁")
    taken = offer(row, other, cast.county_officer)
    taken = serving.take(taken, revision=taken.revision, by=cast.county_officer)
    assert (taken.state, [one.state for one in Offer.objects.all()]) == (RequestState.TAKEN, ["declined", "taken"])


def test_an_expert_comes_forward_only_where_field_and_region_fit(cast: Cast, asked: ServiceRequest) -> None:
    member(cast, cast.other_expert, fields=["law"])
    member(cast, cast.expert)
    assert queries.open_for(cast.expert.user) == [asked]
    assert queries.open_for(cast.other_expert.user) == []
    with pytest.raises(Refused, match="不能接单"):
        serving.come_forward(asked, revision=asked.revision, by=cast.other_expert)

    taken = serving.come_forward(asked, revision=asked.revision, by=cast.expert)

    assert (taken.state, Offer.objects.get().is_own) == (RequestState.TAKEN, True)


@pytest.mark.django_db(transaction=True)
def test_two_who_match_at_once_invite_one_expert(cast: Cast) -> None:
    asked = serving.make(cast.community, need(), by=cast.worker)
    members = [member(cast, None, name="甲"), member(cast, None, name="乙")]

    def invite(entry: Entry) -> str:
        try:
            serving.offer(asked, entry, revision=asked.revision, by=cast.county_officer)
        except Overtaken:
            return "late"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(invite, members))

    assert found == ["done", "late"]
    assert Offer.objects.count() == 1


# --- visits ------------------------------------------------------------------------------------------------------------


def test_a_visit_counts_once_the_community_confirms_it_and_no_more_when_retracted(
    cast: Cast, served: ServiceRequest
) -> None:
    visit = visiting.record(served, report(), by=cast.expert)
    assert (visit.state, visits_counted(cast), list(waits.to_confirm(cast.worker))) == (
        Visit.State.REPORTED,
        0,
        [visit],
    )

    visit = visiting.confirm(visit, revision=visit.revision, by=cast.worker)
    fact = Activity.objects.get()
    assert (visits_counted(cast), fact.thing, fact.participants) == (1, visit.pk, 24)
    with pytest.raises(Overtaken):
        visiting.confirm(visit, revision=visit.revision - 1, by=cast.worker)

    visit = visiting.retract(visit, reason="日期有误", revision=visit.revision, by=cast.worker)
    assert (visit.state, visits_counted(cast)) == (Visit.State.RETRACTED, 0)
    again = visiting.record(served, report(), by=cast.worker)
    assert (again.state, visits_counted(cast)) == (Visit.State.COMPLETED, 1)


def test_a_community_s_own_record_counts_at_once_and_the_expert_may_dispute_it(
    cast: Cast, served: ServiceRequest
) -> None:
    visit = visiting.record(served, report(), by=cast.worker)
    assert visits_counted(cast) == 1
    with pytest.raises(NotAllowed):
        visiting.dispute(visit, reason="自己的", revision=visit.revision, by=cast.worker)

    visiting.dispute(visit, reason="当天没有去过", revision=visit.revision, by=cast.expert)

    assert visits_counted(cast) == 0
    assert "service_visit.disputed" in Happened.objects.filter(subject_id=str(served.pk)).values_list(
        "event", flat=True
    )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"days_ago": -1}, "day"),
        ({"days_ago": 1}, "day"),
        ({"residents": -1}, "residents"),
        ({"advice": " "}, "advice"),
    ],
)
def test_a_visit_to_come_outside_the_term_or_empty_is_refused(
    cast: Cast, served: ServiceRequest, wrong: dict, field: str
) -> None:
    with pytest.raises(Refused) as refused:
        visiting.record(served, report(**wrong), by=cast.worker)

    assert (refused.value.field, Visit.objects.count(), visits_counted(cast)) == (field, 0, 0)


def test_a_visit_of_an_earlier_term_is_recorded_late_and_one_between_the_terms_is_not(
    cast: Cast, served: ServiceRequest
) -> None:
    today = today_in_shanghai()
    Entry.objects.filter(pk=served.entry_id).update(
        valid_from=today - dt.timedelta(days=90), valid_to=today - dt.timedelta(days=10)
    )
    row = fresh(served.entry)
    vetting.renew(row, valid_to=today + dt.timedelta(days=90), revision=row.revision, by=cast.county_officer)

    visit = visiting.record(fresh(served), report(days_ago=20), by=cast.worker)
    with pytest.raises(Refused, match=r"不在郑教授的有效期（.*、.*）内"):
        visiting.record(fresh(served), report(days_ago=5), by=cast.worker)

    assert (visit.state, visits_counted(cast)) == (Visit.State.COMPLETED, 1)


def test_an_interest_noted_after_the_request_was_taken_keeps_visits_from_counting(
    client: Client, cast: Cast, served: ServiceRequest
) -> None:
    reported = visiting.record(served, report(days_ago=0), by=cast.expert)
    accounts.record_interest(cast.expert.user, by=cast.expert, division=cast.community, reason="配偶在此任职")

    # The community learns that there is an interest, and not whose.
    with pytest.raises(Refused, match="须回避晋阳社区居委会（已登记的利害关系），") as refused:
        visiting.confirm(reported, revision=reported.revision, by=cast.worker)
    for who, says in (("worker", "（已登记的利害关系），"), ("expert", "配偶在此任职")):
        with pytest.raises(Refused, match=says):
            visiting.record(fresh(served), report(), by=cast.actors[who])
        page = sign_in(client, cast.actors[who]).get(served.get_absolute_url()).content.decode()
        assert "须回避晋阳社区居委会" in page
        assert "登记到访</summary>" not in page
        assert "确认到访，计入标准" not in page

    assert "配偶" not in refused.value.reason
    assert (fresh(reported).state, visits_counted(cast)) == (Visit.State.REPORTED, 0)


def test_after_a_disputed_visit_the_request_goes_to_somebody_else(
    client: Client, cast: Cast, served: ServiceRequest
) -> None:
    visit = visiting.record(served, report(), by=cast.expert)
    visiting.dispute(visit, reason="当天没有来", revision=visit.revision, by=cast.worker)

    page = sign_in(client, cast.county_officer).get(served.get_absolute_url()).content.decode()
    row = serving.take_back(fresh(served), reason="另请专家", revision=fresh(served).revision, by=cast.county_officer)

    assert "收回邀请，另行对接" in page
    assert row.state == RequestState.OPEN


def test_a_request_made_before_eight_in_the_morning_is_of_its_own_day(cast: Cast, sichuan: SchemeVersion) -> None:
    today = today_in_shanghai()
    early = dt.datetime.combine(today, dt.time(6, 30), SHANGHAI)
    row = serving.make(cast.community, need(wished_to=today), by=cast.worker, at=early)

    with pytest.raises(Refused, match=f"应不早于今天（{today}）"):
        serving.save(
            row,
            need(wished_from=today - dt.timedelta(days=3), wished_to=today - dt.timedelta(days=1)),
            revision=row.revision,
            by=cast.worker,
        )


def test_a_day_is_entered_once_by_whichever_side(cast: Cast, served: ServiceRequest) -> None:
    visiting.record(served, report(), by=cast.expert)

    with pytest.raises(Refused, match="已经登记过了"):
        visiting.record(served, report(), by=cast.worker)


@pytest.mark.parametrize("who", ["other_worker", "county_officer", "other_expert", "grid_worker"])
def test_nobody_else_records_a_visit(cast: Cast, served: ServiceRequest, who: str) -> None:
    with pytest.raises(NotAllowed):
        visiting.record(served, report(), by=cast.actors[who])


def test_photos_of_a_visit_are_seen_by_both_sides_and_not_elsewhere(
    client: Client, cast: Cast, served: ServiceRequest
) -> None:
    visit = visiting.record(served, report(), by=cast.expert)
    sign_in(client, cast.expert)
    url = reverse("experts:add_visit_documents", args=[visit.pk])
    client.post(url, {"files": SimpleUploadedFile("现场.png", PNG, "image/png")})
    bad = client.post(url, {"files": SimpleUploadedFile("坏.exe", b"MZ", "application/octet-stream")})
    shown = reverse("experts:document", args=[visit.documents.get().pk])

    assert bad.status_code == 422
    seen = {
        who: status(sign_in(client, cast.actors[who]), shown)
        for who in ("expert", "worker", "county_officer", "other_expert", "neighbour_officer")
    }
    assert seen == {"expert": 200, "worker": 200, "county_officer": 200, "other_expert": 404, "neighbour_officer": 404}


# --- what came of it ---------------------------------------------------------------------------------------------------


def test_a_service_is_closed_with_what_came_of_it_and_opened_again(cast: Cast, served: ServiceRequest) -> None:
    with pytest.raises(Refused, match="还没有确认过的到访"):
        serving.close(served, RESULT, revision=served.revision, by=cast.worker)
    visit = visiting.record(served, report(), by=cast.worker)

    closed = serving.close(served, RESULT, revision=served.revision, by=cast.worker)
    assert (closed.state, closed.rating) == (RequestState.CLOSED, 5)
    with pytest.raises(Refused, match="已经办结"):
        visiting.retract(visit, reason="有误", revision=visit.revision, by=cast.worker)
    back = serving.reopen(closed, revision=closed.revision, by=cast.worker)
    assert (fresh(back).state, fresh(back).rating, fresh(back).outcome) == (RequestState.TAKEN, None, "")


def test_an_unconfirmed_visit_keeps_a_service_open(cast: Cast, served: ServiceRequest) -> None:
    visiting.record(served, report(), by=cast.expert)

    with pytest.raises(Refused, match="还没有确认"):
        serving.close(served, RESULT, revision=served.revision, by=cast.worker)


def test_what_came_of_it_leads_to_the_community_s_own_record_only(cast: Cast, served: ServiceRequest) -> None:
    visiting.record(served, report(), by=cast.worker)
    own = Estate.objects.create(
        community=cast.community, name="锦苑", dated=today_in_shanghai(), recorded_at=served.made_at
    )
    other = Estate.objects.create(
        community=cast.other_community, name="别处", dated=today_in_shanghai(), recorded_at=served.made_at
    )
    for wrong in (f"estates/{other.thing}", "no-kind/x", "estates"):
        with pytest.raises(Refused, match="没有这条社区登记"):
            serving.close(served, Result("done", "改好了", 4, record=wrong), revision=served.revision, by=cast.worker)

    result = Result("done", "改好了", 4, record=f"estates/{own.thing}")
    closed = serving.close(served, result, revision=served.revision, by=cast.worker)

    assert queries.record_link(closed)[1] == "小区：锦苑"


def test_whom_a_community_counts_on_is_not_taken_out_of_the_pool(cast: Cast, served: ServiceRequest) -> None:
    row = fresh(served.entry)
    with pytest.raises(Refused, match="还有 1 件社区服务没有办结"):
        vetting.remove(row, reason="退出", revision=row.revision, by=cast.county_officer)
    # Who may not decide learns nothing about what goes on, either.
    with pytest.raises(NotAllowed):
        vetting.remove(row, reason="退出", revision=row.revision, by=cast.neighbour_officer)


def test_who_visited_a_community_is_tied_to_it(cast: Cast, served: ServiceRequest) -> None:
    assert ties_of([served.entry], [cast.community, cast.other_community]) == {
        (served.entry.pk, cast.community.pk): ["为该社区提供过咨询服务"]
    }


# --- pages -------------------------------------------------------------------------------------------------------------


def test_one_request_goes_through_the_pages_of_all_three(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    entry = member(cast, cast.expert)
    today = today_in_shanghai()
    sign_in(client, cast.worker)
    assert client.get(reverse("experts:new_request")).status_code == 200
    typed = {
        "community": "晋阳社区居委会", "title": "绿地改造", "need": "荒废", "fields_": ["landscape"], "criterion": "",
        "wished_from": today, "wished_to": today, "contact": "李芳", "phone": "028-85551234",
    }  # fmt: skip
    bad = client.post(reverse("experts:new_request"), typed | {"wished_to": "2026-02-31"})
    assert (bad.status_code, "没有的日子" in bad.content.decode()) == (422, True)
    assert client.post(reverse("experts:new_request"), typed).status_code == 302
    asked = ServiceRequest.objects.get()
    step = lambda word: reverse("experts:request_step", args=[asked.pk, word])  # noqa: E731

    sign_in(client, cast.county_officer)
    assert "郑教授" in client.get(asked.get_absolute_url()).content.decode()
    client.post(step("offer"), {"revision": asked.revision, "entry": entry.pk})

    sign_in(client, cast.expert)
    assert "绿地改造" in client.get(reverse("experts:mine")).content.decode()
    client.post(step("take"), {"revision": fresh(asked).revision})
    client.post(
        reverse("experts:record_visit", args=[asked.pk]), {"day": today, "residents": "12", "advice": "保留大树"}
    )
    visit = Visit.objects.get()

    sign_in(client, cast.worker)
    page = client.get(reverse("experts:requests")).content.decode()
    assert "待社区确认的到访（1）" in page
    client.post(reverse("experts:visit_step", args=[visit.pk, "confirm"]), {"revision": visit.revision})
    closing = {"revision": fresh(asked).revision, "outcome": "done", "text": "已改造", "rating": "5"}
    client.post(reverse("experts:close_request", args=[asked.pk]), closing)

    assert (fresh(asked).state, visits_counted(cast)) == (RequestState.CLOSED, 1)
    assert "已计入“设计师、工程师进社区”" in client.get(asked.get_absolute_url()).content.decode()


def test_a_request_is_nobody_s_business_elsewhere(client: Client, cast: Cast, asked: ServiceRequest) -> None:
    for who in ("neighbour_officer", "neighbour_worker", "stranger", "other_expert", "other_worker"):
        assert sign_in(client, cast.actors[who]).get(asked.get_absolute_url()).status_code == 404


def test_requests_are_filtered_by_their_address(client: Client, cast: Cast, asked: ServiceRequest) -> None:
    late = serving.make(cast.other_community, need(title="海绵", fields=["sponge"]), by=cast.other_worker)
    yesterday = today_in_shanghai() - dt.timedelta(days=1)
    ServiceRequest.objects.filter(pk=late.pk).update(wished_from=yesterday, wished_to=yesterday)
    sign_in(client, cast.county_officer)

    def titles(**query: str) -> list[str]:
        return [row.title for row in client.get(reverse("experts:requests"), query).context["page"].rows]

    assert titles(field="sponge") == ["海绵"]
    assert titles(state="overdue") == ["海绵"]
    assert titles(q="广福桥") == ["海绵"]
    assert titles(place="晋阳社区居委会") == [asked.title]
    assert titles(state="closed") == []
    assert len(titles(state="nonsense", place="无此地")) == 2


def test_lists_cost_the_same_for_one_and_for_many(
    client: Client, cast: Cast, asked: ServiceRequest, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    member(cast, None, name="甲")
    sign_in(client, cast.county_officer)
    for url in (reverse("experts:requests"), asked.get_absolute_url()):
        client.get(url)
        with django_assert_max_num_queries(34) as one:
            client.get(url)
        for number in range(3):
            serving.make(cast.other_community, need(title=f"需求{number}"), by=cast.other_worker)
            member(cast, None, name=f"专家{number}")
        with django_assert_max_num_queries(34) as many:
            client.get(url)
        assert len(many) == len(one)


def test_the_indicator_s_record_is_what_the_service_writes() -> None:
    assert indicator("designer_visits").records[0].kind == "activities"


def test_an_expert_s_own_page_without_the_post_says_what_to_do(client: Client, cast: Cast) -> None:
    draft = applying.begin(cast.county, particulars(cast, name="陌生人"), by=cast.stranger)
    sent = applying.submit(draft, revision=draft.revision, by=cast.stranger)
    today = today_in_shanghai()
    vetting.accept(sent, valid_from=today, valid_to=today, revision=sent.revision, by=cast.county_officer)

    page = sign_in(client, cast.stranger).get(reverse("experts:mine")).content.decode()

    assert "由安全管理员授予" in page
