"""The pages of surveys: what each shows to whom, that they work as plain forms, and how many queries they take."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.baseline.actions import replying
from greenhood.baseline.models import Campaign, NothingThere, Reply
from greenhood.declarations.queries.waits import waits
from greenhood.divisions.models import Division
from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from tests.baseline import stage
from tests.cast import Cast, sign_in

LIST = "/baseline/"


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def posted(**changes: Any) -> dict[str, Any]:
    today = today_in_shanghai()
    usual = {
        "title": "2026 年摸底",
        "division": "510107000000",
        "covers": "subjects",
        "kinds": ["population", "estates"],
        "more": ["estates.built_year"],
        "fresh_from": (today - dt.timedelta(days=30)).isoformat(),
        "due_on": (today + dt.timedelta(days=30)).isoformat(),
    }
    return usual | changes


def test_county_drafts_opens_closes_and_reopens(cast: Cast, client: Client) -> None:
    sign_in(client, cast.county_officer)

    url = client.post(reverse("baseline:new"), posted())["Location"]
    draft = page(client, url)
    client.post(url + "open/")
    client.post(url + "open/")
    opened = page(client, url)
    client.post(url + "close/")
    client.post(url + "reopen/", {"due_on": (today_in_shanghai() + dt.timedelta(days=9)).isoformat(), "reason": "补报"})

    campaign = Campaign.objects.get()
    assert ("4 个社区" in draft, "尚未开始" in opened, campaign.state) == (True, True, "open")
    assert campaign.asked["estates"] == ["name", "built_year", "dwellings"]
    assert campaign.replies.count() == 4


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"title": ""}, "请填写任务名称。"),
        ({"due_on": "2020-01-01"}, "已过"),
        ({"due_on": "明天"}, "日期格式不正确"),
        ({"kinds": []}, "请至少选择一类"),
        ({"kinds": ["castles"]}, "没有这类信息"),
        ({"covers": "chosen", "communities": "晋阳社区居委会\n不存在的社区"}, "“不存在的社区”不在所选区划内"),
        ({"division": "510104000000"}, "请在列出的区划中选择"),
    ],
)
def test_mistakes_are_told_at_the_field_and_nothing_is_saved(cast: Cast, client: Client, changes, words: str) -> None:
    response = sign_in(client, cast.county_officer).post(reverse("baseline:new"), posted(**changes))

    assert (response.status_code, words in response.content.decode()) == (422, True)
    assert not Campaign.objects.exists()


def test_chosen_communities_are_written_by_name_or_code(cast: Cast, client: Client) -> None:
    communities = f"晋阳社区居委会\n{cast.third_community.number}\n"

    sign_in(client, cast.county_officer).post(reverse("baseline:new"), posted(covers="chosen", communities=communities))

    assert set(Reply.objects.values_list("community", flat=True)) == {cast.community.pk, cast.third_community.pk}


def test_progress_is_drilled_down_from_the_city_to_the_community(cast: Cast, client: Client) -> None:
    campaign = stage.opened(cast, by=cast.city_officer)
    stage.filled(cast.worker, cast.community)
    sign_in(client, cast.city_officer)
    url = campaign.get_absolute_url()

    city = page(client, url)
    county = page(client, f"{url}?within={cast.county.code}")
    street = page(client, f"{url}?within={cast.street_division.code}")
    unbegun = page(client, f"{url}?within={cast.county.code}&show=unbegun")

    assert "武侯区" in city
    assert ("浆洗街街道" in county, "广福桥社区居委会" in county) == (True, False)
    assert ("晋阳社区居委会" in street, "桐梓林社区居委会" in street) == (True, False)
    assert ("晋阳社区居委会" in unbegun, "桐梓林社区居委会" in unbegun) == (False, True)


def test_post_sees_only_its_own_part(cast: Cast, client: Client) -> None:
    url = stage.opened(cast, by=cast.city_officer).get_absolute_url()
    sign_in(client, cast.street_officer)

    own = page(client, url)

    assert ("晋阳社区居委会" in own, "桐梓林社区居委会" in own) == (True, False)
    assert client.get(f"{url}?within={cast.county.code}").status_code == 404
    assert client.get(f"{url}?within=abc").status_code == 404
    assert (
        client.get(reverse("baseline:community", args=[url.split("/")[2], cast.third_community.code])).status_code
        == 404
    )


@pytest.mark.parametrize("role", ["neighbour_officer", "neighbour_worker", "stranger"])
def test_outsiders_find_nothing(cast: Cast, client: Client, role: str) -> None:
    campaign = stage.opened(cast)
    sign_in(client, cast.actors[role])
    community = reverse("baseline:community", args=[campaign.pk, cast.community.code])

    statuses = {
        client.get(campaign.get_absolute_url()).status_code,
        client.get(community).status_code,
        client.post(community + "submit/").status_code,
        client.post(campaign.get_absolute_url() + "close/").status_code,
        client.get(campaign.get_absolute_url() + "export/").status_code,
        client.get(reverse("baseline:phone_data", args=[cast.community.code])).status_code,
    }

    assert statuses <= {403, 404}


def test_worker_fills_in_without_a_script(cast: Cast, client: Client) -> None:
    campaign = stage.opened(cast)
    old = stage.recorded(cast.worker, cast.community, "population", days_ago=90)
    stage.recorded(cast.worker, cast.community, "estates")
    sign_in(client, cast.worker)
    url = reverse("baseline:community", args=[campaign.pk, cast.community.code])

    before = page(client, url)
    confirm = reverse("baseline:confirm", args=[cast.community.code, "population", old.thing])
    client.post(confirm, {"replaces": str(old.id), "next": url})
    nothing = client.post(reverse("baseline:nothing", args=[cast.community.code, "heritage"]), {"next": url})
    submitted = client.post(url + "submit/")

    assert ("仍然如此" in before, "本社区没有此类" in before, "还有 2 类没有填完" in before) == (True, True, True)
    assert nothing["Location"] == submitted["Location"] == url
    assert Reply.objects.get(community=cast.community).state == "submitted"
    assert NothingThere.objects.get().kind == "heritage"


def test_incomplete_submission_says_what_is_missing(cast: Cast, client: Client) -> None:
    campaign = stage.opened(cast)
    url = reverse("baseline:community", args=[campaign.pk, cast.community.code])

    response = sign_in(client, cast.worker).post(url + "submit/", follow=True)

    assert "还有 3 类没有填完，不能提交" in response.content.decode()


def test_way_back_leads_nowhere_else(cast: Cast, client: Client) -> None:
    url = reverse("baseline:nothing", args=[cast.community.code, "heritage"])

    response = sign_in(client, cast.worker).post(url, {"next": "https://example.org/"})

    assert response["Location"] == LIST


def test_street_sends_a_section_back_and_the_worker_reads_why(cast: Cast, client: Client) -> None:
    campaign = stage.opened(cast)
    stage.filled(cast.worker, cast.community)
    reply = replying.submit(stage.reply_of(campaign, cast.community), by=cast.worker)
    url = reply.get_absolute_url()
    sign_in(client, cast.street_officer)

    without = client.post(url + "settle/", {"revision": reply.revision, "return-ESTATES": "on"})
    client.post(url + "settle/", {"revision": reply.revision, "return-ESTATES": "on", "reason-ESTATES": "漏了锦绣二期"})

    assert (without.status_code, "请写明退回这一部分的原因" in without.content.decode()) == (422, True)
    sign_in(client, cast.worker)
    assert "街道退回：漏了锦绣二期" in page(client, url)
    assert "有退回的部分" in page(client, LIST)


def test_surveys_count_among_what_waits_on_every_page(cast: Cast, client: Client) -> None:
    campaign = stage.opened(cast)
    stage.filled(cast.worker, cast.community)
    replying.submit(stage.reply_of(campaign, cast.community), by=cast.worker)

    counted = {
        role: waits(cast.actors[role]) for role in ("worker", "other_worker", "street_officer", "county_officer")
    }

    assert {role: one.surveys for role, one in counted.items()} == {
        "worker": 0,
        "other_worker": 1,
        "street_officer": 1,
        "county_officer": 0,
    }
    assert {one.total for one in counted.values()} == {0, 1}
    for role, words in {"other_worker": "1 份待填报", "street_officer": "1 份待核对"}.items():
        sign_in(client, cast.actors[role])
        assert words in page(client, reverse("site:workbench"))
        assert words.replace(" 份", " 份摸底") in page(client, reverse("declarations:todo"))


def test_extension_by_form(cast: Cast, client: Client) -> None:
    campaign = stage.opened(cast)
    url = stage.reply_of(campaign, cast.community).get_absolute_url()
    sign_in(client, cast.county_officer)
    later = campaign.due_on + dt.timedelta(days=5)

    wrong = client.post(url + "extend/", {"due_on": campaign.due_on.isoformat(), "reason": "搬迁"})
    client.post(url + "extend/", {"due_on": later.isoformat(), "reason": "搬迁"})

    assert (wrong.status_code, "要晚于任务的截止日期" in wrong.content.decode()) == (422, True)
    assert stage.reply_of(campaign, cast.community).due == later


def test_export_holds_a_row_for_each_community_and_is_written_down(cast: Cast, client: Client) -> None:
    campaign = stage.opened(cast)
    sign_in(client, cast.county_officer)

    response = client.get(campaign.get_absolute_url() + "export/")

    rows = list(load_workbook(BytesIO(b"".join(response.streaming_content))).active.values)
    assert [row[1] for row in rows[1:]] == [each.name for each in cast.communities]
    assert Entry.objects.get(event="campaign.exported").details["rows"] == 4


def test_pages_take_as_many_queries_for_many_communities_as_for_few(cast: Cast, client: Client) -> None:
    def count() -> dict[str, int]:
        campaign = stage.opened(cast)
        community = reverse("baseline:community", args=[campaign.pk, cast.community.code])
        found = {}
        for name, url in {"list": LIST, "campaign": campaign.get_absolute_url(), "community": community}.items():
            with CaptureQueriesContext(
                connection,
            ) as queries:
                page(client, url)
            found[name] = len(queries)
        return found

    sign_in(client, cast.county_officer)
    page(client, LIST)
    few = count()
    Division.objects.bulk_create(
        Division(id=code, code=code, parent=cast.other_street, level=5, name=f"社区{code}", urban_rural_class=111)
        for code in range(510107002003, 510107002099)
    )
    many = count()

    assert many == few
    assert max(few.values()) <= 20


def test_api_of_completeness_is_the_same_as_the_page(cast: Cast, client: Client) -> None:
    campaign = stage.opened(cast)
    stage.filled(cast.worker, cast.community)
    sign_in(client, cast.county_officer)

    answer = client.get(f"/api/baseline/{campaign.pk}/completeness").json()

    assert (answer["whole"]["communities"], answer["whole"]["complete"], answer["whole"]["cells"]) == (4, 1, 15)
    assert [line["name"] for line in answer["lower"]] == ["浆洗街街道", "火车南站街道"]
    assert client.get(f"/api/baseline/{campaign.pk}/communities").json()["communities"][0] == {
        "code": "510107001001",
        "name": "晋阳社区居委会",
        "state": "filling",
        "due_on": campaign.due_on.isoformat(),
        "is_late": False,
        "is_begun": True,
        "kinds": 3,
        "done": 3,
        "cells": 0,
        "stale": 0,
    }
    sign_in(client, cast.neighbour_officer)
    assert client.get(f"/api/baseline/{campaign.pk}/completeness").status_code == 404


# The phone's own addresses


def test_shell_holds_nothing_of_anybody(cast: Cast, client: Client) -> None:
    visitor = client.get("/baseline/phone/")
    worker = sign_in(Client(), cast.worker).get("/baseline/phone/")

    assert visitor.content == worker.content
    assert "李芳" not in worker.content.decode()


def test_worker_of_the_shell_sees_the_shell_alone(client: Client) -> None:
    response = client.get("/baseline/phone/service-worker.js")
    manifest = client.get("/baseline/phone/manifest.webmanifest").json()

    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "no-cache"
    assert manifest["scope"] == manifest["start_url"] == "/baseline/phone/"
    assert {icon["sizes"] for icon in manifest["icons"]} == {"192x192", "512x512"}
    assert all(client.get(icon["src"])["Content-Type"] == "image/png" for icon in manifest["icons"])
    assert client.get("/baseline/phone/icon-7.png").status_code == 404


def test_phone_learns_who_it_belongs_to_and_what_is_known(cast: Cast, client: Client) -> None:
    stage.opened(cast)
    fact = stage.recorded(cast.worker, cast.community, "estates")
    sign_in(client, cast.worker)

    me = client.get("/baseline/phone/me/").json()
    known = client.get(f"/baseline/phone/{cast.community.code}/").json()

    assert (me["person"], me["post"], me["communities"]) == (
        cast.worker.person_id,
        cast.worker.post_id,
        [{"code": "510107001001", "name": "晋阳社区居委会"}],
    )
    assert known["things"]["estates"][0]["version"] == str(fact.id)
    assert known["things"]["estates"][0]["values"]["dwellings"] == "800"
    assert known["campaigns"][0]["asked"] == stage.ASKED


def test_phone_data_takes_few_queries(cast: Cast, client: Client, django_assert_max_num_queries) -> None:
    stage.opened(cast)
    sign_in(client, cast.worker)

    with django_assert_max_num_queries(12):
        client.get(f"/baseline/phone/{cast.community.code}/")


def test_street_gets_the_communities_that_are_asked(cast: Cast, client: Client) -> None:
    stage.opened(cast, covers="chosen", communities=[cast.other_community, cast.third_community])

    me = sign_in(client, cast.street_officer).get("/baseline/phone/me/").json()

    assert [place["name"] for place in me["communities"]] == ["广福桥社区居委会"]
