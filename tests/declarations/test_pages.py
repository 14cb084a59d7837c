"""Every page of the main path opens for who may see it, and is closed to the neighbour."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.declarations.actions import noticing
from greenhood.declarations.models import Award, Decision, Declaration, Status
from greenhood.history.models import Entry
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage
from tests.declarations.test_awards import hold

pytestmark = pytest.mark.django_db
AT = stage.moment(2026, 3, 2)


def page(client: Client, name: str, *args: object, expect: int = 200, **query: object) -> str:
    response = client.get(reverse(f"declarations:{name}", args=args), query)
    assert response.status_code == expect, response.content.decode()[:2000]
    return b"".join(response).decode() if response.streaming else response.content.decode()


def test_the_community_declares_with_the_form(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    assessment = stage.complete(cast.community, cast.worker)
    sign_in(client, cast.worker)
    assert "社区基本情况" in page(client, "new", assessment.pk)

    url = reverse("declarations:new", args=[assessment.pk])
    filled = {
        "title": "green-community",
        "leader": "李芳",
        "phone": "12345",
        "address": "浆洗街 1 号",
        "profile": "字" * 1001,
    }
    wrong = client.post(url, filled)
    assert wrong.status_code == 422
    assert "电话号码不完整" in wrong.content.decode()
    assert "不超过 1000 字，现有 1001 字" in wrong.content.decode()
    assert not Declaration.objects.exists()

    right = client.post(url, filled | {"phone": "028 8555 1234", "profile": "一\r\n" * 400})
    declaration = Declaration.objects.get()
    assert right.status_code == 302
    assert (declaration.phone, len(declaration.profile)) == ("02885551234", 799)
    assert "待推荐" in page(client, "detail", declaration.pk)
    again = client.post(url, filled | {"phone": "13800138000", "profile": "好"})
    assert "正在办理，不能重复申报" in again.content.decode()


def test_officers_see_and_decide_only_their_own(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    declaration = stage.declare(cast.community, cast.worker, at=AT)
    for stranger in (cast.neighbour_worker, cast.neighbour_officer, cast.expert, cast.stranger):
        sign_in(client, stranger)
        page(client, "detail", declaration.pk, expect=404)
    sign_in(client, cast.street_officer)
    assert "晋阳社区" in page(client, "todo")
    assert "推荐通过" in page(client, "detail", declaration.pk)
    decide = reverse("declarations:decide", args=[declaration.pk])
    assert "请写明意见" in client.post(decide, {"outcome": "pass", "revision": 1}).content.decode()
    assert client.post(decide, {"outcome": "pass", "revision": 1, "opinion": "推荐"}).status_code == 302
    twice = client.post(decide, {"outcome": "pass", "revision": 1, "opinion": "推荐"}, follow=True).content.decode()
    assert "无需重复办理" in twice
    assert Decision.objects.count() == 2
    sign_in(client, cast.county_officer)
    html = page(client, "todo")
    assert "晋阳社区" in html
    page(client, "review", declaration.pk)
    sign_in(client, cast.street_officer)
    assert "晋阳社区" in page(client, "todo", tab="awaited")
    refused = client.post(decide, {"outcome": "pass", "revision": 2, "opinion": "推荐"})
    assert refused.status_code == 403


def test_the_public_pages_need_no_sign_in(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    declaration = stage.declare(cast.community, cast.worker, at=AT)
    stage.bring_to(declaration, "notice", cast, at=AT)
    notice = noticing.publish([declaration.pk], by=cast.province_officer, contact="028-12345678", at=AT)
    assert "晋阳社区" in page(client, "notice", notice.pk)
    assert notice.title in page(client, "notices")
    noticing.close(notice, by=Actor.system(), at=stage.day_after(notice.closes_on))
    draw = declaration.draws.get().draw
    assert draw.frame_hash in page(client, "draw", draw.pk)
    assert draw.seed in page(client, "draw_data", draw.pk, "json")
    assert "抽中" in page(client, "draw_data", draw.pk, "csv")

    sign_in(client, cast.province_officer)
    html = page(client, "detail", declaration.pk)
    assert "命名后生成标识牌编号" in html
    ready = stage.fresh(declaration)
    client.post(
        reverse("declarations:award", args=[declaration.pk]), {"revision": ready.revision, "opinion": "同意命名"}
    )
    award = Award.objects.get()
    assert stage.fresh(declaration).status == Status.AWARDED
    page(client, "award_page", award.pk)
    page(client, "upkeep")
    client.logout()
    assert award.number in page(client, "verify", award.code)
    assert award.number in page(client, "verify", f"{award.code[:4]}-{award.code[4:]}".lower())
    page(client, "verify", "NOSUCHCODE22", expect=404)
    assert "<svg" in page(client, "qr", award.code)
    assert award.number in page(client, "register")
    assert award.number in page(client, "register_export", "csv")
    assert page(client, "register_export", "csv", q="没有").count("\n") == 1


def test_lists_open_and_export(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    stage.declare(cast.community, cast.worker, at=AT)
    stage.declare(cast.other_community, cast.other_worker, at=AT)
    sign_in(client, cast.city_officer)
    assert page(client, "list").count("社区居委会") >= 2
    assert "广福桥" not in page(client, "list", q="晋阳")
    assert page(client, "list", status="rejected", after="nonsense").count("晋阳") == 0
    csv = page(client, "export", "csv")
    assert csv.startswith("\ufeff区划代码")
    assert "成都市,武侯区,浆洗街街道,晋阳社区居委会" in csv
    excel = client.get(reverse("declarations:export", args=["xlsx"]))
    assert b"".join(excel)[:2] == b"PK"
    page(client, "export", "csv", q="晋阳")
    told = list(Entry.objects.filter(event="declaration.exported").order_by("number"))
    assert [entry.person_name for entry in told] == [cast.city_officer.person_name] * 3
    assert [entry.details["格式"] for entry in told] == ["csv", "xlsx", "csv"]
    assert told[2].details["条件"] == "q=%E6%99%8B%E9%98%B3"
    assert client.get(reverse("declarations:export", args=["pdf"])).status_code == 404
    assert Entry.objects.filter(event="declaration.exported").count() == 3
    for name in ("draws", "panels", "new_notice", "upkeep"):
        page(client, name)


def test_other_programs_read_the_register_and_verify(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    award = hold(cast.community, sichuan, "green-community", AT.date(), "A00000000001")
    page_one = client.get("/api/declarations/register", {"within": cast.county.code}).json()
    assert [(one["number"], one["state_name"]) for one in page_one["results"]] == [(award.number, "有效")]
    assert client.get("/api/declarations/register", {"within": cast.neighbour_county.code}).json()["results"] == []
    assert client.get(f"/api/declarations/verify/{award.code}").json()["path"].endswith("晋阳社区居委会")
    assert client.get("/api/declarations/verify/NOSUCHCODE22").status_code == 404
    assert client.get("/api/declarations/notices").json() == {"results": [], "next": None}
    assert client.get("/api/declarations/todo").status_code == 401
    sign_in(client, cast.street_officer)
    assert client.get("/api/declarations/todo").json() == {"count": 0}
