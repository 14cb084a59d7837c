"""Pilots: chosen from what is recorded, with reasons; old and new, over the streets, as many as the scheme says."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division, Level
from greenhood.facts import actions as facts
from greenhood.facts.kinds import kind
from greenhood.history.models import Entry
from greenhood.insight.actions import refresh
from greenhood.kit.dates import today_in_shanghai
from greenhood.programme import figures
from greenhood.programme.actions import pilots as actions
from greenhood.programme.errors import Overtaken, Refused
from greenhood.programme.lines import State
from greenhood.programme.models import Pilot
from greenhood.programme.queries import candidates, pilots, roster
from greenhood.programme.queries.candidates import Filters
from greenhood.programme.queries.goals import met_below, sheet_of
from greenhood.reporting import figures as reports
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db

MARCH = dt.date(2026, 3, 1)
GOAL = "sichuan-2020/pilots-2020"


def record(key: str, place: Division, by: Actor, day: dt.date = MARCH, **values: object) -> None:
    facts.record(kind(key), place, values, dated=day, by=by)


@pytest.fixture
def recorded(cast: Cast, sichuan: SchemeVersion) -> None:
    """An old community with a survey, a new one with a deliberation, one of unknown age."""
    by = cast.county_officer
    record("estates", cast.community, by, name="老院", built_year=1989, dwellings=600)
    record("estates", cast.community, by, name="新苑", built_year=2015, dwellings=100)
    record("population", cast.community, by, households=700, residents=1800)
    record("satisfaction-surveys", cast.community, by, topic="management", answers=200, satisfied=180)
    record("estates", cast.third_community, by, name="桐梓苑", built_year=2012, dwellings=300)
    record(
        "activities",
        cast.third_community,
        by,
        today_in_shanghai(),
        category="deliberation",
        title="议事会",
        participants=20,
    )


def propose(cast: Cast, community: Division, **more: str) -> Pilot:
    told = {"reason": "改造项目同步。", "willingness": "居民会议同意。", **more}
    return actions.propose(cast.county, community, by=cast.county_officer, **told)  # type: ignore[arg-type]


def seen(division: Division) -> dict[str, int]:
    return {str(row.pk): row.revision for row in Pilot.objects.filter(division=division, state="proposed")}


def test_candidates_show_age_foundation_and_willingness(cast: Cast, recorded: None) -> None:
    rows = {row.code: row for row in candidates.candidates(cast.county, Filters(), today=today_in_shanghai())}

    assert len(rows) == 4
    old, new, unknown = rows[cast.community.code], rows[cast.third_community.code], rows[cast.fourth_community.code]
    assert (old.age, old.years, old.estates, old.old_estates, old.households, old.kinds) == (
        "old",
        "1989–2015",
        2,
        1,
        700,
        2,
    )
    assert (old.satisfaction, old.answers, old.has_willingness) == (Decimal(90), 200, True)
    assert (new.age, new.satisfaction, new.deliberations, new.has_willingness) == ("new", None, 1, True)
    assert (unknown.age, unknown.years, unknown.has_willingness, unknown.state_label) == (
        "unknown",
        "—",
        False,
        "尚未参与",
    )


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        (Filters(age="old"), ["晋阳社区居委会"]),
        (Filters(show="willing"), ["晋阳社区居委会", "桐梓林社区居委会"]),
        (Filters(show="founded"), []),
        (Filters(street=510107002000), ["桐梓林社区居委会", "长寿苑社区居委会"]),
        (Filters(sort="oldest"), ["晋阳社区居委会", "桐梓林社区居委会", "广福桥社区居委会", "长寿苑社区居委会"]),
    ],
)
def test_candidates_are_filtered_and_sorted(cast: Cast, recorded: None, filters: Filters, names: list[str]) -> None:
    assert sorted(row.name for row in candidates.candidates(cast.county, filters, today=today_in_shanghai())) == sorted(
        names
    )
    if filters.sort == "oldest":
        assert [
            row.name for row in candidates.candidates(cast.county, filters, today=today_in_shanghai(), most=2)
        ] == names[:2]


def test_a_pilot_needs_a_reason_and_somebody_who_wants_it(cast: Cast, recorded: None) -> None:
    with pytest.raises(Refused) as refused:
        propose(cast, cast.fourth_community, reason=" ", willingness="")

    assert set(refused.value.problems) == {"reason", "willingness"}
    assert propose(cast, cast.community, willingness="").facts["管理满意度"] == "90.0%（有效回答 200 份）"


def test_only_subjects_of_the_own_division_are_chosen_once(cast: Cast, recorded: None) -> None:
    Division.objects.filter(pk=cast.fourth_community.pk).update(urban_rural_class=220)
    propose(cast, cast.community)

    for place, why in (
        (cast.fourth_community, "不是创建对象"),
        (cast.neighbour_community, "不是武侯区的社区"),
        (cast.community, "已经在"),
    ):
        with pytest.raises(Refused, match=why):
            propose(cast, place)
    with pytest.raises(Refused, match="不由本级选取"):
        propose(cast, cast.third_community, goal=GOAL)
    with pytest.raises(NotAllowed):
        actions.propose(cast.county, cast.third_community, reason="有基础。", by=cast.auditor)
    with pytest.raises(Http404):
        actions.propose(cast.county, cast.third_community, reason="有基础。", by=cast.neighbour_officer)


def test_a_list_without_old_and_new_is_confirmed_only_with_a_reason(cast: Cast, recorded: None) -> None:
    record("estates", cast.fourth_community, cast.county_officer, name="长寿苑", built_year=2010, dwellings=200)
    propose(cast, cast.third_community)
    propose(cast, cast.fourth_community)

    with pytest.raises(Refused) as refused:
        actions.confirm(cast.county, seen(cast.county), by=cast.county_officer)
    assert refused.value.problems["note"].startswith(
        "新老社区没有兼顾：名单里没有老社区；试点都在同一个街道（镇），本级有 2 个。"
    )
    propose(cast, cast.community)
    assert actions.complaints(cast.county) == []
    assert actions.confirm(cast.county, seen(cast.county), by=cast.county_officer) == 3

    assert pilots.mix_of(cast.county) == pilots.Mix(old=1, new=2, unknown=0, streets=2, streets_below=2)
    assert pilots.is_pilot([cast.community.pk, cast.other_community.pk]) == {cast.community.pk}
    assert Entry.objects.filter(event="pilot.confirmed").count() == 3


def test_a_list_changed_meanwhile_is_not_confirmed(cast: Cast, recorded: None) -> None:
    propose(cast, cast.community)
    before = seen(cast.county)
    propose(cast, cast.third_community)

    with pytest.raises(Overtaken):
        actions.confirm(cast.county, before, by=cast.county_officer)
    assert not Pilot.objects.filter(state="confirmed").exists()


def test_pilots_count_towards_the_goal_that_they_were_chosen_for(cast: Cast, recorded: None) -> None:
    for community in (cast.community, cast.third_community):
        actions.propose(
            cast.province,
            community,
            reason="改造试点示范项目。",
            willingness="居民会议同意。",
            goal=GOAL,
            by=cast.province_officer,
        )
    said = actions.complaints(cast.province)
    actions.confirm(cast.province, seen(cast.province), note="分批确定。", by=cast.province_officer)

    assert said == ["没有达到“40 个城镇老旧小区改造试点示范项目所在社区率先达到创建要求”（二）的：四川省 2 个。"]
    row = next(row for row in sheet_of(cast.province).rows if row.line.entry == "pilots-2020")
    assert (row.now, row.needed, row.missing, row.state) == (2, 40, 38, State.MISSED)


@pytest.fixture
def beijing(cast: Cast) -> Division:
    """朝阳区 with two streets and a town, under the scheme of Beijing."""
    Division.objects.bulk_create([
        Division(id=110000000000, code=110000000000, parent_id=0, level=Level.PROVINCE, name="北京市"),
        Division(id=110100000000, code=110100000000, parent_id=110000000000, level=Level.CITY, name="市辖区"),
        Division(id=110105000000, code=110105000000, parent_id=110100000000, level=Level.COUNTY, name="朝阳区"),
        Division(id=110105001000, code=110105001000, parent_id=110105000000, level=Level.STREET, name="建外街道"),
        Division(id=110105002000, code=110105002000, parent_id=110105000000, level=Level.STREET, name="朝外街道"),
        Division(id=110105100000, code=110105100000, parent_id=110105000000, level=Level.STREET, name="某镇"),
        *(
            Division(id=code, code=code, parent_id=code // 1000 * 1000, level=Level.COMMUNITY, name=f"{code % 1000}社区居委会", urban_rural_class=111)
            for code in (110105001001, 110105001002, 110105001003, 110105001004, 110105002001, 110105100001)
        ),
    ])  # fmt: skip
    stage.publish("national-2020")
    stage.publish("beijing-2021")
    refresh(full=True)
    return Division.objects.get(pk=110105000000)


def test_each_street_of_beijing_has_its_two_to_three_pilots(beijing: Division) -> None:
    district = beijing
    for code in (110105001001, 110105001002, 110105001003, 110105001004, 110105002001):
        actions.propose(
            district,
            Division.objects.get(pk=code),
            reason="有基础。",
            willingness="同意。",
            goal="beijing-2021/pilots-2021",
            by=Actor.system(),
        )

    [choice] = pilots.choices(district)
    found = pilots.check(district, choice)

    assert [(each.division.name, each.count, each.words) for each in found.tallies] == [
        ("建外街道", 4, "比 3 个多 1 个"),
        ("朝外街道", 1, "少 1 个"),
    ]
    assert found.sentences == [
        "没有达到“每个街道至少启动2-3个社区试点”（一）的：朝外街道 1 个。",
        "多于“每个街道至少启动2-3个社区试点”（一）所说个数的：建外街道 4 个。",
    ]
    actions.confirm(district, seen(district), note="先行确定。", by=Actor.system())
    street = sheet_of(Division.objects.get(pk=110105001000)).binding[0]
    assert (street.now, street.needed, street.over, street.line.amount) == (4, 2, 1, "2–3 个")


def test_goals_that_each_has_to_reach_are_counted_at_once(
    beijing: Division, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for code in (110105001001, 110105001002):
        community = Division.objects.get(pk=code)
        goal = "beijing-2021/pilots-2021"
        actions.propose(beijing, community, reason="有基础。", willingness="同意。", goal=goal, by=Actor.system())
    actions.confirm(beijing, seen(beijing), note="先行确定。", by=Actor.system())
    refresh(full=True)
    province = Division.objects.get(pk=110000000000)
    lines = {row.line.entry: row.line for row in sheet_of(province).each}

    with django_assert_num_queries(3):
        found = dict(zip(lines, met_below(list(lines.values()), province), strict=True))
    with django_assert_num_queries(3):
        assert met_below([*lines.values()] * 3, province) == [*found.values()] * 3

    assert {key: (one.bound, one.met, one.without_subjects) for key, one in found.items()} == {
        "pilots-2021": (2, 1, 0), "reached-district-2021": (1, 0, 0), "reached-district-2022": (1, 0, 0),
    }  # fmt: skip


def test_those_above_choose_no_pilots_for_others(client: Client, cast: Cast, recorded: None) -> None:
    row = propose(cast, cast.community)
    for step in (
        lambda: actions.propose(cast.county, cast.third_community, reason="有基础。", by=cast.province_officer),
        lambda: actions.confirm(cast.county, seen(cast.county), by=cast.city_officer),
        lambda: actions.remove(row, reason="上级要求。", revision=1, by=cast.city_officer),
    ):
        with pytest.raises(NotAllowed, match="自己办理"):
            step()

    sign_in(client, cast.city_officer)
    code = cast.county.code
    page = client.get(reverse("programme:candidates", args=[code]))
    assert page.status_code == 200
    assert "选为试点" not in page.content.decode()
    assert client.get(reverse("programme:choose_pilot", args=[code, cast.community.code])).status_code == 403
    assert not client.get(reverse("programme:pilots", args=[code])).context["may_plan"]
    assert not client.get(row.get_absolute_url()).context["may_remove"]


def test_a_refused_list_keeps_the_note(client: Client, cast: Cast, recorded: None) -> None:
    row = propose(cast, cast.third_community)
    sign_in(client, cast.county_officer)
    address = reverse("programme:confirm_pilots", args=[cast.county.code])

    too_long = "补登以后再核对。" * 70
    refused = client.post(address, {f"revision-{row.pk}": "1", "note": too_long})
    overtaken = client.post(address, {f"revision-{row.pk}": "2", "note": "先按现有资料确定。"})

    assert refused.status_code == overtaken.status_code == 422
    assert too_long in refused.content.decode()
    assert "不要超过 500 个字" in refused.content.decode()
    assert "先按现有资料确定。" in overtaken.content.decode()
    assert "名单刚被他人改动" in overtaken.content.decode()
    back = client.get(address, {"state": "removed"})
    assert back.url == reverse("programme:pilots", args=[cast.county.code]) + "?state=removed"


def test_excel_and_history_say_the_goal_in_words(client: Client, cast: Cast, recorded: None) -> None:
    actions.propose(
        cast.province, cast.community, reason="有基础。", willingness="同意。", goal=GOAL, by=cast.province_officer
    )
    sign_in(client, cast.province_officer)

    book = load_workbook(BytesIO(b"".join(client.get(reverse("programme:export_pilots", args=[cast.province.code])))))

    assert book.active["J2"].value == "40 个城镇老旧小区改造试点示范项目所在社区率先达到创建要求（二）"
    assert Entry.objects.get(event="pilot.proposed").details["goal"].startswith("40 个城镇老旧小区")


def test_a_pilot_taken_off_keeps_its_reasons_and_may_come_back(cast: Cast, recorded: None) -> None:
    row = propose(cast, cast.community)
    with pytest.raises(Refused):
        actions.remove(row, reason=" ", revision=1, by=cast.county_officer)
    actions.remove(row, reason="没有资金。", revision=1, by=cast.county_officer)
    with pytest.raises(Overtaken):
        actions.remove(row, reason="再调一次。", revision=1, by=cast.county_officer)

    again = propose(cast, cast.community)

    assert Pilot.objects.get(pk=row.pk).removed_reason == "没有资金。"
    assert again.pk != row.pk


def test_reports_are_told_how_many_pilots_there_are(cast: Cast, recorded: None) -> None:
    propose(cast, cast.community)
    actions.confirm(cast.county, seen(cast.county), by=cast.county_officer)

    [value] = reports.values(["pilots"], cast.county, year=today_in_shanghai().year)

    assert (value.value, value.is_typed, value.url) == (1, False, reverse("programme:pilots", args=[cast.county.code]))
    assert figures.pilots_for([cast.county, cast.city, cast.neighbour_county, cast.street]) == {
        cast.county.pk: 1, cast.city.pk: 1, cast.neighbour_county.pk: 0, cast.street.pk: 1,
    }  # fmt: skip


# --- pages


def test_a_pilot_is_chosen_confirmed_and_taken_off_on_the_pages(client: Client, cast: Cast, recorded: None) -> None:
    sign_in(client, cast.county_officer)
    code = cast.county.code
    assert "选为试点" in client.get(reverse("programme:candidates", args=[code])).content.decode()
    address = reverse("programme:choose_pilot", args=[code, cast.community.code])
    refused = client.post(address, {"reason": "", "willingness": "业委会书面同意"})
    assert refused.status_code == 422
    assert "业委会书面同意" in refused.content.decode()
    client.post(address, {"reason": "有改造项目。", "willingness": ""})
    row = Pilot.objects.get()
    page = client.get(reverse("programme:pilots", args=[code])).content.decode()
    assert "拟选名单（1 个，待确定）" in page
    client.post(reverse("programme:confirm_pilots", args=[code]), {f"revision-{row.pk}": "1"})
    row.refresh_from_db()
    assert (row.state, row.confirmed_on) == ("confirmed", today_in_shanghai())
    assert "89" not in client.get(row.get_absolute_url()).context["pilot"].reason
    client.post(row.get_absolute_url(), {"reason": "没有资金。", "revision": "2"})
    row.refresh_from_db()
    assert row.state == "removed"

    book = load_workbook(
        BytesIO(b"".join(client.get(reverse("programme:export_pilots", args=[code]), {"state": "removed"})))
    )
    assert book.active["B2"].value == "晋阳社区居委会"
    book = load_workbook(BytesIO(b"".join(client.get(reverse("programme:export_candidates", args=[code])))))
    assert book.active.max_row == 5


def test_strangers_and_readers_choose_nobody(client: Client, cast: Cast, recorded: None) -> None:
    address = reverse("programme:choose_pilot", args=[cast.county.code, cast.community.code])

    assert sign_in(client, cast.neighbour_officer).get(address).status_code == 404
    assert sign_in(client, cast.auditor).post(address, {"reason": "好"}).status_code == 403
    assert (
        sign_in(client, cast.county_officer)
        .get(reverse("programme:choose_pilot", args=[cast.county.code, cast.street.code]))
        .status_code
        == 404
    )


def test_lists_take_the_same_queries_for_one_pilot_and_three(
    client: Client, cast: Cast, recorded: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.county_officer)
    address = reverse("programme:pilots", args=[cast.county.code])
    propose(cast, cast.community)
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    propose(cast, cast.third_community)
    propose(cast, cast.other_community)

    with django_assert_num_queries(len(one)):
        client.get(address)


# --- the roster


@pytest.fixture
def town(cast: Cast) -> Division:
    """赵巷镇 with 22 subjects, of which the scheme names 12."""
    rows = [
        (310000000000, 0, Level.PROVINCE, "上海市"), (310100000000, 310000000000, Level.CITY, "市辖区"),
        (310118000000, 310100000000, Level.COUNTY, "青浦区"), (310118105000, 310118000000, Level.STREET, "赵巷镇"),
        *((310118105000 + number, 310118105000, Level.COMMUNITY, f"{number}社区居委会") for number in range(1, 23)),
    ]  # fmt: skip
    Division.objects.bulk_create(
        Division(
            id=code,
            code=code,
            parent_id=parent,
            level=level,
            name=name,
            urban_rural_class=111 if level == Level.COMMUNITY else None,
        )
        for code, parent, level, name in rows
    )
    stage.publish("national-2020")
    stage.publish("shanghai-qingpu-zhaoxiang-2021")
    return Division.objects.get(pk=310118105000)


def test_roster_names_eight_and_four_and_who_is_behind(cast: Cast, town: Division) -> None:
    summer, autumn, later = dt.date(2021, 7, 1), dt.date(2021, 10, 15), dt.date(2022, 2, 1)

    found = roster.rosters_of(town, today=summer)
    assert [(year.roster.year, len(year.rows), year.reached, len(year.behind)) for year in found] == [
        (2021, 8, 0, 0),
        (2022, 4, 0, 0),
    ]
    assert found[0].rows[0].name == "崧鑫居委会"
    assert found[0].rows[0].division.code == 310118105009
    assert [len(year.behind) for year in roster.rosters_of(town, today=autumn)] == [8, 0]
    assert roster.rosters_of(town, today=later)[0].rows[0].behind_words == "2021 年应达标，逾期 1 年"


def test_a_roster_that_can_not_reach_its_goal_is_reported(cast: Cast, town: Division) -> None:
    version = sheet_of(town).version

    found = roster.shortfalls(version.scheme, 22)

    assert [(one.named, one.needed, one.gap) for one in found] == [(8, 10, 2), (12, 15, 3)]
    assert roster.shortfalls(version.scheme, 17) == []


def test_the_roster_has_a_page_by_year(client: Client, cast: Cast, town: Division) -> None:
    sign_in(client, cast.national_observer)
    address = reverse("programme:roster", args=[town.code])

    page = client.get(address, {"year": "2022"})

    assert [year.roster.year for year in page.context["years"]] == [2022]
    assert "佳福东居委会" in page.content.decode()
    assert "崧鑫居委会" not in page.content.decode()
    book = load_workbook(BytesIO(b"".join(client.get(address + "export/"))))
    assert book.active.max_row == 13
