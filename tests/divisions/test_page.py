"""The public pages and addresses of the divisions, and the page on which changes are decided."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.actor import Actor
from greenhood.divisions import actions
from greenhood.divisions.models import Change, Division
from tests.cast import Cast, sign_in
from tests.divisions.conftest import LIST, Load

pytestmark = pytest.mark.django_db

CHANGES = "/divisions/changes/"
DECIDE = "/divisions/changes/decide/"

NEWER = """\
510000000000,,四川省
510100000000,,成都市
510104000000,,锦江区
510104001000,,督院街街道
510104001001,111,总府路社区居委会
510107000000,,武侯区
510107001000,,浆洗街街道
510107001001,111,晋阳路社区居委会
510107002000,,火车南站街道
510107002001,111,桐梓林社区居委会
510107002002,111,长寿苑社区居委会
"""


@pytest.fixture
def newer(cast: Cast, tmp_path: Path) -> None:
    """A newer list of the cast's places: one renamed and one abolished in 武侯区, a change in 锦江区 beside it."""
    path = tmp_path / "2024.csv"
    path.write_text(NEWER, encoding="utf-8")
    actions.load(path, by=None, as_of=dt.date(2024, 6, 30))


def kinds(state: str = "proposed") -> dict[int, str]:
    return dict(Change.objects.filter(state=state).values_list("place", "kind"))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/divisions/", ["按层级查看", "上海市", "名单.csv"]),
        ("/divisions/?q=华秀", ["华秀社区居委会", "310118105012", "赵巷镇"]),
        ("/divisions/?q=无此地", ["没有找到"]),
        ("/divisions/310118000000/", ["青浦区", "夏阳街道", "310118105000", "村级代码为001–199"]),
        ("/divisions/310118105012/", ["华秀社区居委会", "是否创建对象"]),
        ("/divisions/id/310118105012/", ["华秀社区居委会"]),
        ("/divisions/0/", ["全国", "上海市"]),
    ],
)
def test_anyone_can_read_the_divisions(client: Client, load: Load, address: str, words: list[str]) -> None:
    load()

    page = client.get(address)

    assert page.status_code == 200
    assert [word for word in words if word not in page.content.decode()] == []


@pytest.mark.parametrize("address", ["/divisions/999999999999/", "/divisions/9999999999999/", "/divisions/id/5/"])
def test_what_is_not_there_is_not_found(client: Client, load: Load, address: str) -> None:
    load()

    assert client.get(address).status_code == 404


def test_a_former_code_leads_to_the_unit_and_its_history(client: Client, load: Load) -> None:
    load()
    load(LIST.replace("310118105012,,华秀", "310118001003,,华秀"))
    actions.confirm(Change.objects.all(), by=None)

    page = client.get("/divisions/310118105012/", follow=True)

    assert page.redirect_chain == [("/divisions/310118001003/?former=310118105012", 302)]
    assert "代码310118105012已于2024年6月2日停用，现为310118001003。" in page.content.decode()
    assert "首份名单以前 至 2024-06-02：华秀社区居委会，代码 310118105012" in page.content.decode()


def test_lower_divisions_are_paged_and_cost_the_same_queries(
    client: Client, load: Load, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    load(LIST + "".join(f"310118001{number:03d},,第{number}社区\n" for number in range(3, 130)))

    with django_assert_max_num_queries(9):
        first = client.get("/divisions/310118001000/").content.decode()
    with django_assert_max_num_queries(9):
        second = client.get("/divisions/310118001000/?after=310118001100").content.decode()

    assert ("第100社区" in first, "第101社区" in first, "after=310118001100" in first) == (True, False, True)
    assert ("第100社区" in second, "第101社区" in second, "城东村村委会" in second) == (False, True, True)


def test_the_search_box_and_the_api_say_the_same(client: Client, load: Load) -> None:
    load()
    expected = {
        "id": "310118105012",
        "code": "310118105012",
        "name": "华秀社区居委会",
        "level": 5,
        "level_name": "社区",
        "path": "上海市 / 青浦区 / 赵巷镇 / 华秀社区居委会",
        "url": "/divisions/310118105012/",
    }

    assert client.get("/divisions/find?q=huaxiu").json() == {"results": [expected]}
    assert client.get("/divisions/find").json() == {"results": []}
    assert client.get("/api/divisions/find?q=华秀").json() == [expected]
    assert client.get("/api/divisions/310118105012").json() == expected
    assert client.get("/api/divisions/310118105000/children?after=310118105006").json()["results"][0] == expected
    assert client.get("/api/divisions/find?q=华秀&within=310151000000").json() == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/divisions/310118105099", 404),
        ("/api/divisions/99999999999999", 404),
        ("/api/divisions/find?q=华秀&within=5", 404),
        ("/api/divisions/find", 422),
        ("/api/divisions/find?q=x&level=9", 422),
        ("/api/divisions/find?q=" + "x" * 61, 422),
        ("/api/divisions/310118105000/children?after=99999999999999999999", 422),
    ],
)
def test_the_api_refuses_what_makes_no_sense(client: Client, load: Load, address: str, status: int) -> None:
    load()

    assert client.get(address).status_code == status


def test_a_system_administrator_sees_and_confirms_the_changes_of_the_own_division(
    client: Client, cast: Cast, newer: None
) -> None:
    sign_in(client, cast.system_admin)

    page = client.get(CHANGES).content.decode()
    client.post(DECIDE, {"all": "yes", "verb": "confirm"})

    assert ("晋阳路社区居委会" in page, "广福桥社区居委会" in page, "总府路社区居委会" in page) == (True, True, False)
    assert kinds("confirmed") == {510107001001: "renamed", 510107001002: "abolished"}
    assert Division.objects.get(pk=510107001001).name == "晋阳路社区居委会"


def test_ticked_changes_alone_are_decided(client: Client, cast: Cast, newer: None) -> None:
    sign_in(client, cast.system_admin)
    renamed = Change.objects.get(kind="renamed", place=510107001001)
    neighbour = Change.objects.get(place=510104001001)

    client.post(DECIDE, {"change": [renamed.pk, neighbour.pk, "no-uuid"], "verb": "dismiss"})

    assert kinds("dismissed") == {510107001001: "renamed"}


def test_a_wrong_filter_decides_nothing(client: Client, cast: Cast, newer: None) -> None:
    sign_in(client, cast.system_admin)

    client.post(DECIDE, {"all": "yes", "verb": "confirm", "kind": "无此类"})
    page = client.get(CHANGES, {"place": "五"})

    assert kinds("confirmed") == {}
    assert (page.status_code, "请填写代码的前 2 到 12 位数字" in page.content.decode()) == (422, True)


def test_what_can_not_take_effect_is_told_on_the_page(client: Client, cast: Cast, newer: None) -> None:
    change = Change.objects.get(place=510107001002)
    Change.objects.filter(pk=change.pk).update(kind="merged", successor_codes=[510107001009])
    sign_in(client, cast.system_admin)

    page = client.post(DECIDE, {"all": "yes", "verb": "confirm"})

    assert page.status_code == 422
    assert "“广福桥社区居委会”并入的单位510107001009不在系统里" in page.content.decode()
    assert kinds("confirmed") == {}


def test_the_unit_that_took_over_is_filled_in_by_hand(client: Client, cast: Cast, newer: None) -> None:
    change = Change.objects.get(place=510107001002)
    address = f"{CHANGES}{change.pk}/successor/"
    sign_in(client, cast.system_admin)

    wrong = client.post(address, {"code": "12"})
    unknown = client.post(address, {"code": "510107001099"})
    client.post(address, {"code": "510107001001"})

    assert (wrong.status_code, "请填写 12 位数字的代码" in wrong.content.decode()) == (422, True)
    assert (unknown.status_code, "不在系统里" in unknown.content.decode()) == (422, True)
    assert Change.objects.get(pk=change.pk).successor_codes == [510107001001]


@pytest.mark.parametrize("name", ["worker", "county_officer", "security_admin", "audit_admin", "national_observer"])
def test_others_can_not_decide(client: Client, cast: Cast, newer: None, name: str) -> None:
    actor: Actor = getattr(cast, name)
    sign_in(client, actor)

    assert client.get(CHANGES).status_code == 403
    assert client.post(DECIDE, {"all": "yes", "verb": "confirm"}).status_code == 403
    assert kinds("confirmed") == {}


def test_visitors_are_asked_to_sign_in(client: Client, cast: Cast) -> None:
    assert client.get(CHANGES).url.startswith("/account/")  # type: ignore[attr-defined]


def test_the_list_of_changes_is_paged_and_costs_the_same_queries(
    client: Client, cast: Cast, tmp_path: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    path = tmp_path / "2024.csv"
    path.write_text(
        NEWER + "".join(f"510107001{number:03d},111,第{number}社区\n" for number in range(20, 150)), encoding="utf-8"
    )
    actions.load(path, by=None, as_of=dt.date(2024, 6, 30))
    sign_in(client, cast.system_admin)
    client.get(CHANGES)

    with django_assert_max_num_queries(15):
        page = client.get(CHANGES, {"kind": "added"})
    rows = page.context["rows"]
    with django_assert_max_num_queries(15):
        second = client.get(CHANGES, {"kind": "added", "after": page.context["next"]})

    assert (len(rows), len(second.context["rows"]), second.context["next"]) == (100, 30, None)
    assert rows[-1].place < second.context["rows"][0].place
