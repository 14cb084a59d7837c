"""The pages of the community library: what they show, whom they let in, what they take and what they refuse."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook

from greenhood.accounts.capabilities import CAPABILITIES, Capability
from greenhood.facts import actions, queries
from greenhood.facts.kinds import kind, kinds
from greenhood.kit.ids import uuid7
from tests.cast import Cast, sign_in
from tests.facts.samples import DAY, form_data, make, values

KEYS = [each.key for each in kinds()]


def url(cast: Cast, *parts: object) -> str:
    return "/".join(["/communities", str(cast.community.code), *map(str, parts), ""])


@pytest.mark.parametrize("key", KEYS)
def test_the_form_of_every_kind_saves_what_it_shows_and_comes_back_filled(cast: Cast, client: Client, key: str) -> None:
    sign_in(client, cast.worker)
    one = kind(key)
    given = values(one)
    for column in one.columns:
        if column.type == "reference" and column.is_required:
            given[column.name] = make(column.refers_to, cast.community, cast.worker).thing
    page = client.get(url(cast, key, "new"))
    thing = page.context["form"]["thing"].value()

    saved = client.post(url(cast, key, "new"), form_data(one, given, thing))

    assert saved.status_code == 302, [
        page.context["form"].errors,
        getattr(saved, "context", None) and saved.context["form"].errors,
    ]
    stored = queries.latest(one, cast.community, thing)
    assert stored is not None
    assert {name: getattr(stored, name) for name in given} == given
    again = client.get(url(cast, key, thing, "edit"))
    for column in one.columns:
        assert again.context["form"][column.name].value() not in (None, "") or given[column.name] in (None, "")
    assert client.get(saved["Location"]).status_code == 200
    assert client.get(url(cast, key)).status_code == 200


def test_a_community_is_shown_with_every_kind_and_what_is_recorded(cast: Cast, client: Client) -> None:
    make("estates", cast.community, cast.worker, name="锦官新城", dwellings=820)

    page = sign_in(client, cast.worker).get(url(cast))

    text = page.content.decode()
    assert all(each.title in text for each in kinds())
    assert "锦官新城" in text
    assert "820 套" in text
    assert "李芳" in text
    assert "2026-03-01" in text


def test_an_estate_sent_twice_is_recorded_once(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    thing, estates = uuid7(), kind("estates")
    data = form_data(estates, values(estates, name="锦官新城", dwellings=820), thing)

    first, second = client.post(url(cast, "estates", "new"), data), client.post(url(cast, "estates", "new"), data)

    assert first["Location"] == second["Location"]
    assert queries.versions(estates, cast.community, thing).count() == 1


def test_an_area_in_hectares_is_converted_and_the_page_says_so(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    thing, greens = uuid7(), kind("green-spaces")
    data = form_data(greens, values(greens, name="游园"), thing) | {"area": "3.2", "area_unit": "公顷"}

    page = client.post(url(cast, "green-spaces", "new"), data, follow=True)

    assert queries.latest(greens, cast.community, thing).area == Decimal(32_000)  # type: ignore[union-attr]
    assert "3.2 公顷 = 32,000 平方米" in page.content.decode()


def test_a_slip_of_the_unit_is_asked_about_and_taken_when_confirmed(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    greens = kind("green-spaces")
    old = make("green-spaces", cast.community, cast.worker, name="游园", area=Decimal(32_000))
    data = form_data(greens, values(greens, name="游园", area="3.2"), old.thing, old.id, dated="2026-04-01")

    asked = client.post(url(cast, "green-spaces", old.thing, "edit"), data)
    unchanged = queries.latest(greens, cast.community, old.thing)
    data["confirmed"] = asked.context["mark"]
    taken = client.post(url(cast, "green-spaces", old.thing, "edit"), data)

    assert asked.status_code == 422
    assert "可能混用了公顷和平方米" in asked.content.decode()
    assert asked.context["form"]["area"].value() == "3.2"
    assert unchanged.area == Decimal(32_000)  # type: ignore[union-attr]
    assert taken.status_code == 302
    assert queries.latest(greens, cast.community, old.thing).area == Decimal("3.2")  # type: ignore[union-attr]


def test_figures_that_cannot_be_are_said_at_the_field_and_kept_as_typed(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    estates = kind("estates")
    data = form_data(estates, values(estates), uuid7()) | {
        "name": "",
        "dwellings": "约八百",
        "built_year": "1820",
        "dated": "2999-01-01",
        "longitude": "30.6",
        "latitude": "",
    }

    page = client.post(url(cast, "estates", "new"), data)

    form = page.context["form"]
    assert page.status_code == 422
    assert form.errors.keys() == {"name", "dwellings", "built_year", "longitude"}
    assert "不是数字" in form.errors["dwellings"][0]
    assert "不能小于 1900" in form.errors["built_year"][0]
    assert form["dwellings"].value() == "约八百"
    assert not queries.current(estates, [cast.community.pk]).exists()
    future = client.post(url(cast, "estates", "new"), form_data(estates, values(estates), uuid7(), dated="2999-01-01"))
    assert "还没有到" in future.context["form"].errors["dated"][0]


def test_more_managed_dwellings_than_dwellings_are_refused_at_the_field(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    estates = kind("estates")
    data = form_data(estates, values(estates, dwellings=100, managed_dwellings=120), uuid7())

    page = client.post(url(cast, "estates", "new"), data)

    assert "不能多于住宅套数" in page.context["form"].errors["managed_dwellings"][0]


def test_a_conflict_shows_both_and_lets_one_choose_figure_by_figure(cast: Cast, client: Client) -> None:
    estates = kind("estates")
    old = make("estates", cast.community, cast.worker, name="锦官新城", dwellings=800, buildings=10)
    new = values(estates, name="锦官新城", dwellings=820, buildings=12)
    actions.record(
        estates,
        cast.community,
        new,
        dated=dt.date(2026, 4, 1),
        by=cast.street_officer,
        thing=old.thing,
        replaces=old.id,
    )
    sign_in(client, cast.worker)
    mine = values(estates, name="锦官新城", dwellings=815, buildings=11)
    address = url(cast, "estates", old.thing, "edit")

    conflict = client.post(address, form_data(estates, mine, old.thing, old.id, dated="2026-04-02"))

    assert conflict.status_code == 409
    assert {each.name for each in conflict.context["differences"]} == {"dwellings", "buildings"}
    assert "王强" in conflict.content.decode()
    kept = dict(conflict.context["kept"])
    chosen = kept | {
        "replaces": str(conflict.context["theirs"].id),
        "choose_dwellings": "theirs",
        "choose_buildings": "yours",
    }
    saved = client.post(address, chosen)
    present = queries.latest(estates, cast.community, old.thing)
    assert saved.status_code == 302
    assert (present.dwellings, present.buildings) == (820, 11)  # type: ignore[union-attr]
    assert queries.versions(estates, cast.community, old.thing).count() == 3


def test_a_thing_is_retired_with_a_reason_read_back_and_restored(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    old = make("estates", cast.community, cast.worker, name="锦官新城")
    address = url(cast, "estates", old.thing)

    unsaid = client.post(f"{address}retire/", {"replaces": old.id, "gone_on": "2026-05-01", "reason": ""}, follow=True)
    client.post(f"{address}retire/", {"replaces": old.id, "gone_on": "2026-05-01", "reason": "已拆除"})
    gone = client.get(address)
    then = client.get(f"{url(cast)}?as_of=2026-04-30")
    now = client.get(url(cast))
    back = client.post(f"{address}restore/", follow=True)

    assert "请写明注销的原因" in unsaid.content.decode()
    assert "已注销" in gone.content.decode()
    assert "锦官新城" in then.content.decode()
    assert "锦官新城" not in now.content.decode()
    assert "已恢复" in back.content.decode()
    assert queries.latest(kind("estates"), cast.community, old.thing) is not None


def test_strangers_find_nothing_and_readers_may_not_record(cast: Cast, client: Client) -> None:
    old = make("estates", cast.community, cast.worker)
    pages = [url(cast), url(cast, "estates"), url(cast, "estates", old.thing)]
    writing = [url(cast, "estates", "new"), url(cast, "estates", old.thing, "edit")]

    sign_in(client, cast.neighbour_worker)
    assert [client.get(page).status_code for page in pages + writing] == [404] * 5
    sign_in(client, cast.department_officer)
    assert [client.get(page).status_code for page in pages] == [200] * 3
    assert [client.get(page).status_code for page in writing] == [403] * 2
    assert Capability.RECORD not in CAPABILITIES[cast.department_officer.post.role]


def test_a_position_of_a_map_app_is_converted_and_said(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    thing, facilities = uuid7(), kind("facilities")
    place = {"longitude": "104.0500", "latitude": "30.6500", "captured_in": "gcj02"}

    page = client.post(
        url(cast, "facilities", "new"), form_data(facilities, values(facilities), thing, **place), follow=True
    )

    stored = queries.latest(facilities, cast.community, thing)
    assert abs(stored.longitude - 104.0475) < 0.001  # type: ignore[union-attr]
    assert stored.captured_in == "gcj02"  # type: ignore[union-attr]
    assert "由GCJ-02（高德、腾讯、微信）换算" in page.content.decode()


def test_what_the_system_knows_is_offered(cast: Cast, client: Client) -> None:
    make("population", cast.community, cast.worker, households=1830, residents=5200)

    page = sign_in(client, cast.worker).get(url(cast, "digital-services", "new"))

    assert page.context["form"]["households"].value() == "1830"
    assert "户数与人口" in page.context["form"].fields["households"].help_text


def test_the_list_shows_how_complete_each_community_is_and_narrows_by_address(cast: Cast, client: Client) -> None:
    make("estates", cast.community, cast.worker)
    sign_in(client, cast.county_officer)

    every = client.get("/communities/")
    missing = client.get("/communities/?kind=estates&state=missing")
    recorded = client.get("/communities/?kind=estates&state=recorded")
    named = client.get("/communities/?q=桐梓林")
    street = client.get(f"/communities/?within={cast.street_division.code}")

    def names(page):  # type: ignore[no-untyped-def]
        return [line.community.name for line in page.context["lines"].rows]

    assert names(every) == [each.name for each in cast.communities]
    assert every.context["lines"].rows[0].recorded == 1
    assert names(missing) == names(every)[1:]
    assert names(recorded) == names(every)[:1]
    assert names(named) == ["桐梓林社区居委会"]
    assert names(street) == names(every)[:2]
    assert client.get(f"/communities/?within={cast.neighbour_county.code}").status_code == 404
    book = load_workbook(
        BytesIO(b"".join(client.get("/communities/export/?kind=estates&state=recorded").streaming_content))
    )
    assert [[cell.value for cell in row][2:4] for row in book.active.iter_rows()] == [
        ["社区", "已登记种类"],
        ["晋阳社区居委会", 1],
    ]


def test_a_community_costs_the_same_few_queries_however_much_it_has(
    cast: Cast, client: Client, django_assert_max_num_queries
) -> None:  # type: ignore[no-untyped-def]
    sign_in(client, cast.worker)
    for key in KEYS:
        if not kind(key).is_single and key not in {"heritage-inspections"}:
            for number in range(3):
                chosen = {kind(key).name: f"第{number}"} if kind(key).name else {}
                if key == "grid-cells":
                    chosen["households"] = 1
                make(key, cast.community, cast.worker, **chosen)

    with django_assert_max_num_queries(20) as seen:
        page = client.get(url(cast))

    assert page.status_code == 200
    assert page.context["record"].count >= 60
    assert len([each for each in seen.captured_queries if "union all" in each["sql"].lower()]) <= 4
    assert DAY.isoformat() in page.content.decode()


def test_a_second_thing_of_the_same_name_is_asked_about(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)
    one = kind("publicity-sites")
    make(one.key, cast.community, cast.worker)
    sent = form_data(one, values(one), uuid7())

    asked = client.post(url(cast, one.key, "new"), sent)
    confirmed = client.post(url(cast, one.key, "new"), {**sent, "confirmed": asked.context["mark"]})

    assert (asked.status_code, confirmed.status_code) == (422, 302)
    assert "已登记过同名的宣传场所" in asked.content.decode()
    assert queries.current(one, [cast.community.pk]).count() == 2
