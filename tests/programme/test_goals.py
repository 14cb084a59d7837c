"""Goals of a division: seen, passed down, adjusted, taken back; refused with the reason where they can't be."""

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
from greenhood.declarations.actions import awarding
from greenhood.declarations.models import Standing
from greenhood.divisions.models import Division
from greenhood.history.models import Entry
from greenhood.insight.actions import refresh
from greenhood.insight.subjects import versions_in_force
from greenhood.kit.dates import today_in_shanghai
from greenhood.programme import histories
from greenhood.programme.actions import counting, goals
from greenhood.programme.actions.goals import Typed
from greenhood.programme.errors import Overtaken, Refused
from greenhood.programme.lines import Line, Origin, Progress, State
from greenhood.programme.models import Allotment, Base, Issue, Measure, MonthEnd
from greenhood.programme.queries import lower, ways
from greenhood.programme.queries.goals import sheet_of
from greenhood.schemes.loading import load
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db

NEXT_YEAR = dt.date(today_in_shanghai().year + 1, 12, 31)
REACHED = ("sichuan-2020", "reached-2022")


def carry_on(place: Division, by: object, amount: str = "60%", number: int = 0, day: dt.date = NEXT_YEAR) -> Issue:
    typed = Typed(number=number, by=day.isoformat(), amount=amount, reason="方案期限已过，继续推进。")
    return goals.set_own(place, typed, by=by, scheme=REACHED[0], entry=REACHED[1])  # type: ignore[arg-type]


def share_out(place: Division, who: object, amounts: dict[Division, str], **more: object) -> Issue:
    typed = Typed(
        **{
            "number": 0,
            "by": NEXT_YEAR.isoformat(),
            "amounts": {each.code: text for each, text in amounts.items()},
            **more,
        }  # type: ignore[arg-type]
    )
    return goals.hand_down(place, *REACHED, typed, by=who)  # type: ignore[arg-type]


def test_a_province_sees_its_goals_and_those_of_the_nation_apart(cast: Cast, sichuan: SchemeVersion) -> None:
    sheet = sheet_of(cast.province)

    assert {(row.line.scheme, row.line.entry, row.line.origin) for row in sheet.rows} == {
        ("sichuan-2020", "pilots-2020", Origin.SCHEME), ("sichuan-2020", "reached-2021", Origin.SCHEME),
        ("sichuan-2020", "reached-2022", Origin.SCHEME), ("sichuan-2020", "demonstrations-2022", Origin.SCHEME),
        ("national-2020", "reached-2022", Origin.WHOLE),
    }  # fmt: skip
    reached = sheet.of(*REACHED)[0]
    assert (reached.subjects, reached.needed, reached.now, reached.state) == (5, 3, 0, State.MISSED)


def test_a_goal_is_passed_down_from_the_province_to_the_communities(cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.province, cast.province_officer)
    share_out(cast.province, cast.province_officer, {cast.city: "3"})
    share_out(cast.city, cast.city_officer, {cast.county: "2", cast.neighbour_county: "100%"})
    share_out(cast.county, cast.county_officer, {cast.street: "50%", cast.other_street: "1"})
    share_out(cast.street, cast.street_officer, {cast.community: "1"})

    [row] = sheet_of(cast.community).binding

    assert (row.line.origin, row.line.by, row.needed, row.line.issue.division) == (
        Origin.HANDED,
        NEXT_YEAR,
        1,
        cast.street,
    )
    assert [(each.needed, each.line.origin) for each in sheet_of(cast.county).binding] == [(2, Origin.HANDED)]


def test_a_sum_that_falls_short_needs_a_reason_and_is_reported(cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)

    with pytest.raises(Refused) as refused:
        share_out(cast.city, cast.city_officer, {cast.county: "1", cast.neighbour_county: "1"})
    assert "合计 2 个，比应完成的 3 个少 1 个" in refused.value.problems["gap_reason"]
    assert "二，全省60%以上" in refused.value.problems["gap_reason"]
    assert not Issue.objects.filter(scope="lower").exists()

    issue = share_out(cast.city, cast.city_officer, {cast.county: "1"}, gap_reason="锦江区正在撤并。")
    row = sheet_of(cast.city).binding[0]
    said = lower.mismatches(
        row.line, row.needed, issue, lower.lower_of(row.line, versions_in_force(), today_in_shanghai())
    )
    assert said[0].startswith("分解到下级的合计 1 个，少于本级应完成的 3 个")
    assert "锦江区正在撤并" in said[0]
    assert said[1].startswith("没有分解到：锦江区")


def test_what_a_lower_division_passes_on_too_little_of_is_reported_above(cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)
    issue = share_out(cast.city, cast.city_officer, {cast.county: "2", cast.neighbour_county: "1"})
    share_out(cast.county, cast.county_officer, {cast.street: "1"}, gap_reason="先做一个。")

    row = sheet_of(cast.city).binding[0]
    said = lower.mismatches(
        row.line, row.needed, issue, lower.lower_of(row.line, versions_in_force(), today_in_shanghai())
    )

    assert said == ["武侯区：接到 2 个，再分解下去的合计 1 个，差 1 个。"]


@pytest.mark.parametrize(
    ("amounts", "more", "field", "why"),
    [
        ({"county": "120%"}, {}, "amount-510107000000", "超过 100%"),
        ({"county": "5"}, {}, "amount-510107000000", "多于创建对象 4 个"),
        ({"county": "三"}, {}, "amount-510107000000", "不是个数"),
        ({}, {}, "", "还没有给任何一个下级"),
        ({"county": "3"}, {"by": "2027-02-31"}, "by", "没有的日子"),
        ({"county": "3"}, {"by": "2020-12-31"}, "by", "在今天"),
        ({"county": "3"}, {"by": (NEXT_YEAR + dt.timedelta(days=1)).isoformat()}, "by", "不能晚于本级的期限"),
    ],
)
def test_what_can_not_be_passed_down_is_refused_at_its_field(
    cast: Cast, sichuan: SchemeVersion, amounts: dict[str, str], more: dict[str, str], field: str, why: str
) -> None:
    carry_on(cast.city, cast.city_officer)

    with pytest.raises(Refused) as refused:
        share_out(cast.city, cast.city_officer, {getattr(cast, name): text for name, text in amounts.items()}, **more)

    assert why in refused.value.problems[field]
    assert not Allotment.objects.filter(issue__scope="lower").exists()


@pytest.mark.parametrize(
    ("amount", "why"), [("120%", "100%"), ("9", "多于创建对象"), ("0", "大于 0"), ("", "不是个数")]
)
def test_a_goal_that_nobody_could_reach_is_refused(cast: Cast, sichuan: SchemeVersion, amount: str, why: str) -> None:
    with pytest.raises(Refused) as refused:
        carry_on(cast.city, cast.city_officer, amount)

    assert why in refused.value.problems["amount"]


def test_an_adjustment_is_a_new_version_with_its_reason(cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)
    share_out(cast.city, cast.city_officer, {cast.county: "2", cast.neighbour_county: "1"})

    with pytest.raises(Refused) as refused:
        share_out(cast.city, cast.city_officer, {cast.county: "3"}, number=1)
    assert "写明理由" in refused.value.problems["reason"]
    second = share_out(cast.city, cast.city_officer, {cast.county: "3"}, number=1, reason="锦江区另有安排。")

    assert (second.number, second.reason) == (2, "锦江区另有安排。")
    assert [row.number for row in lower.in_history(cast.city, REACHED)] == [2, 1, 1]
    assert sheet_of(cast.neighbour_county).binding == []
    assert [entry.event for entry in Entry.objects.filter(event__startswith="goal.").order_by("at")] == [
        "goal.set", "goal.handed_down", "goal.handed_down",
    ]  # fmt: skip


def test_two_people_at_once_make_one_version(cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)
    share_out(cast.city, cast.city_officer, {cast.county: "3"})

    with pytest.raises(Overtaken):
        share_out(cast.city, cast.city_officer, {cast.county: "2", cast.neighbour_county: "1"})

    assert Issue.objects.filter(scope="lower").count() == 1


def test_a_goal_taken_back_is_gone_and_kept_in_the_record(cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)
    issue = share_out(cast.city, cast.city_officer, {cast.county: "3"})

    goals.cancel(issue, reason="重新测算。", by=cast.city_officer)

    assert sheet_of(cast.county).binding == []
    assert lower.in_history(cast.city, REACHED)[0].ended_at is not None
    with pytest.raises(Overtaken):
        goals.cancel(issue, reason="再撤一次。", by=cast.city_officer)
    assert share_out(cast.city, cast.city_officer, {cast.county: "3"}).number == 2


def test_nobody_sets_goals_outside_the_own_division(cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)

    with pytest.raises(NotAllowed):
        carry_on(cast.county, cast.auditor)
    with pytest.raises(Http404):
        carry_on(cast.county, cast.neighbour_officer)
    with pytest.raises(Http404):
        share_out(cast.city, cast.county_officer, {cast.county: "3"})


def test_those_above_look_on_and_act_for_nobody(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    mine = carry_on(cast.county, cast.county_officer)

    for step in (
        lambda: carry_on(cast.city, cast.province_officer),
        lambda: share_out(cast.county, cast.city_officer, {cast.street: "1"}),
        lambda: goals.cancel(mine, reason="上级要求。", by=cast.city_officer),
    ):
        with pytest.raises(NotAllowed, match="自己办理"):
            step()
    sign_in(client, cast.city_officer)
    code = cast.county.code
    for name, args in (("set_own", [code]), ("carry_on", [code, *REACHED]), ("hand_down", [code, *REACHED])):
        assert client.get(reverse(f"programme:{name}", args=args)).status_code == 403
    page = client.get(reverse("programme:goals_of", args=[code]))
    assert (page.context["may_plan"], page.context["looks_on"]) == (False, True)
    goal = client.get(reverse("programme:goal", args=[code, *REACHED]))
    assert (goal.context["may_plan"], goal.context["may_hand_down"]) == (False, False)
    assert Issue.objects.get().ended_at is None


def test_a_second_click_sets_no_second_goal(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    sign_in(client, cast.county_officer)
    address = reverse("programme:set_own", args=[cast.county.code])
    form = {
        "key": client.get(address).context["key"], "number": "0", "title": "今年再有 2 个社区达标", "measure": "reached",
        "amount": "2", "by": NEXT_YEAR.isoformat(), "reason": "加快推进。",
    }  # fmt: skip

    first, second = client.post(address, form), client.post(address, form)

    issue = Issue.objects.get()
    assert (first.url, second.url) == (issue.get_absolute_url(), issue.get_absolute_url())
    other = client.post(address, {**form, "title": "今年再有 3 个社区达标"})
    assert other.status_code == 422
    assert "这张表已经设定了目标“今年再有 2 个社区达标”" in other.content.decode()
    assert "今年再有 3 个社区达标" in other.content.decode()
    assert client.get(address).context["key"] != form["key"]
    assert Entry.objects.filter(event="goal.set").count() == 1


def test_a_sum_above_what_is_needed_is_said(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)
    sign_in(client, cast.city_officer)
    address = reverse("programme:hand_down", args=[cast.city.code, *REACHED])

    form = {"number": "0", "by": NEXT_YEAR.isoformat()}
    amounts = {f"amount-{cast.county.code}": "4", f"amount-{cast.neighbour_county.code}": "1"}
    page = client.post(address, {**form, **amounts}, follow=True).content.decode()

    assert "合计 5 个，比应完成的多 2 个" in page
    assert "分解到下级的合计 5 个，比本级应完成的 3 个多 2 个" in page


def test_a_goal_of_the_whole_is_shared_out_only_by_whom_it_binds(cast: Cast, sichuan: SchemeVersion) -> None:
    with pytest.raises(Refused, match="不由本级完成"):
        share_out(cast.county, cast.county_officer, {cast.street: "1"})


# --- denominators and history


def test_a_denominator_is_followed_until_its_day_and_then_frozen(cast: Cast, sichuan: SchemeVersion) -> None:
    day = today_in_shanghai() + dt.timedelta(days=10)
    carry_on(cast.county, cast.county_officer, day=day)
    counting.count()
    first = Base.objects.get(division=cast.county, by=day)
    Division.objects.filter(pk=cast.fourth_community.pk).update(urban_rural_class=220)
    refresh(full=True)
    counting.count()
    changed = sheet_of(cast.county).binding[0]
    assert (first.subjects, changed.subjects, changed.subjects_changed, changed.needed, changed.needed_at_first) == (
        4,
        3,
        -1,
        2,
        3,
    )

    counting.count(now=stage.moment(day.year, day.month, day.day) + dt.timedelta(days=1))
    Division.objects.filter(pk=cast.third_community.pk).update(urban_rural_class=220)
    refresh(full=True)
    counting.count(now=stage.moment(day.year, day.month, day.day) + dt.timedelta(days=3))

    frozen = Base.objects.get(division=cast.county, by=day)
    assert (frozen.subjects, frozen.first_subjects, frozen.is_late, frozen.frozen_at is not None) == (3, 4, False, True)
    late = sheet_of(cast.county, today=day + dt.timedelta(days=5)).binding[0]
    assert (late.subjects, late.at_end, late.state) == (3, 0, State.MISSED)


def test_a_goal_first_counted_after_its_day_says_so(cast: Cast, sichuan: SchemeVersion) -> None:
    counting.count()
    counting.count()

    base = Base.objects.get(division=cast.province, scheme="sichuan-2020", entry="reached-2022")
    assert (base.is_late, base.subjects, base.count) == (True, 5, 0)


@pytest.fixture
def awarded(cast: Cast, sichuan: SchemeVersion) -> None:
    """One community declares in March and is named in April."""
    declaration = stage.declare(cast.community, cast.worker, at=stage.moment(2026, 3, 2))
    stage.bring_to(declaration, "award", cast, at=stage.moment(2026, 4, 1))
    fresh = stage.fresh(declaration)
    awarding.award(
        fresh, by=cast.province_officer, revision=fresh.revision, opinion="同意命名。", at=stage.moment(2026, 4, 20)
    )
    refresh(full=True)


def test_history_follows_the_days_of_declarations_and_awards(cast: Cast, awarded: None) -> None:
    days = [dt.date(2026, 2, 28), dt.date(2026, 3, 31), dt.date(2026, 4, 30)]

    found = histories.on_days(cast.county, days, versions_in_force())

    assert [(found[day].participating, found[day].reached) for day in days] == [(0, 0), (1, 0), (1, 1)]


def test_large_divisions_keep_the_ends_of_months(cast: Cast, awarded: None) -> None:
    counting.count(now=stage.moment(2026, 6, 10))

    rows = MonthEnd.objects.filter(division=cast.province, month__gte=dt.date(2026, 2, 1))
    assert [(row.month.isoformat(), row.participating, row.reached) for row in rows] == [
        ("2026-02-28", 0, 0), ("2026-03-31", 1, 0), ("2026-04-30", 1, 1), ("2026-05-31", 1, 1), ("2026-06-30", 1, 1),
    ]  # fmt: skip
    assert histories.on_days(cast.province, [dt.date(2026, 4, 30)], ())[dt.date(2026, 4, 30)].reached == 1


def test_what_must_happen_by_when_counts_back_from_the_goals_day(cast: Cast, awarded: None) -> None:
    carry_on(cast.county, cast.county_officer)
    row = sheet_of(cast.county).binding[0]

    way = ways.way_to(row, sheet_of(cast.county).version.scheme)

    assert way is not None
    assert (way.missing, way.in_hand, way.needed, way.verb) == (2, 0, 2, "申报")
    assert way.lead is not None
    assert "办结的只有 1 件" in way.lead.basis
    assert way.latest == NEXT_YEAR - dt.timedelta(days=way.lead.days)
    near = ways.nearest(row, versions_in_force())
    assert [each.community.name for each in near] == []


@pytest.mark.parametrize(("by", "latest"), [("2027-06-30", "2026-10-30"), ("2027-12-31", "2027-10-30")])
def test_a_fixed_day_is_the_last_one_before_the_goals_day(cast: Cast, by: str, latest: str) -> None:
    scheme = load(stage.FOLDER / "shanghai-qingpu-zhaoxiang-2021.yaml").scheme
    line = Line(
        cast.county, Origin.OWN, "own", "e", "目标", Measure.REACHED, dt.date.fromisoformat(by), None, 3, dt.date(2026, 1, 1), ""
    )  # fmt: skip
    row = Progress(line, 4, dt.date(2026, 3, 1), 0, 0, dt.date(2026, 3, 1))

    way = ways.way_to(row, scheme)

    assert way is not None
    assert way.latest.isoformat() == latest
    assert "申报截止日" in way.fixed_day


def test_quota_tells_what_it_leaves(cast: Cast, awarded: None) -> None:
    version = sheet_of(cast.province).version

    assert [(each.limit, each.taken, each.left) for each in ways.places_left(cast.province, version, 2026)] == [
        (600, 0, 600)
    ]
    assert [(each.division.name, each.limit) for each in ways.places_left(cast.city, version, 2026)] == [
        ("成都市", 0),
        ("四川省", 600),
    ]


# --- pages


def test_every_page_of_a_goal_opens_for_who_may_see_it(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)
    share_out(cast.city, cast.city_officer, {cast.county: "2", cast.neighbour_county: "1"})
    sign_in(client, cast.county_officer)

    page = client.get(reverse("programme:goals_of", args=[cast.county.code])).content.decode()
    assert "上级下达" in page
    assert "成都市" in page
    goal = client.get(reverse("programme:goal", args=[cast.county.code, *REACHED])).content.decode()
    assert "均匀推进应到" in goal
    assert "数据点太少，不作预测" in goal
    assert client.get(reverse("programme:goals_of", args=[cast.neighbour_county.code])).status_code == 404
    assert client.get(reverse("programme:goal", args=[cast.county.code, "no", "such"])).status_code == 404
    sign_in(client, cast.auditor)
    assert client.get(reverse("programme:hand_down", args=[cast.city.code, *REACHED])).status_code == 403


def test_what_was_typed_is_kept_when_refused(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)
    sign_in(client, cast.city_officer)
    address = reverse("programme:hand_down", args=[cast.city.code, *REACHED])

    typed = {"number": "0", "by": "2027-02-31", f"amount-{cast.county.code}": "120%", "reason": "先行先试"}
    response = client.post(address, typed)

    page = response.content.decode()
    assert response.status_code == 422
    assert all(text in page for text in ("120%", "2027-02-31", "先行先试", "超过 100%", "没有的日子"))


def test_a_proposal_adds_up_to_what_is_needed(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)
    sign_in(client, cast.city_officer)

    rows = client.get(reverse("programme:hand_down", args=[cast.city.code, *REACHED]), {"method": "subjects"}).context[
        "rows"
    ]

    assert [(row["division"].name, row["value"]) for row in rows] == [("锦江区", "1"), ("武侯区", "2")]


def test_list_of_lower_divisions_filters_sorts_and_exports(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    carry_on(cast.city, cast.city_officer)
    share_out(cast.city, cast.city_officer, {cast.county: "2", cast.neighbour_county: "1"})
    sign_in(client, cast.city_officer)
    address = reverse("programme:below", args=[cast.city.code, *REACHED])

    rows = client.get(address, {"show": "missing", "sort": "missing"}).context["rows"]
    book = load_workbook(BytesIO(b"".join(client.get(address + "export/"))))

    assert [(row.division.name, row.missing) for row in rows] == [("武侯区", 2), ("锦江区", 1)]
    assert [cell.value for cell in book.active[2]][:2] == ["510104000000", "锦江区"]
    assert Entry.objects.filter(event="goal.exported").count() == 1


@pytest.mark.parametrize("name", ["province", "city", "county", "street_division", "community"])
def test_pages_take_the_same_few_queries_at_every_level(
    client: Client, cast: Cast, sichuan: SchemeVersion, name: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.province_officer)
    address = reverse("programme:goals_of", args=[getattr(cast, name).code])
    client.get(address)

    with django_assert_max_num_queries(22):
        assert client.get(address).status_code == 200


def test_overview_does_not_ask_for_each_lower_division(
    client: Client, cast: Cast, sichuan: SchemeVersion, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    carry_on(cast.city, cast.city_officer)
    sign_in(client, cast.city_officer)
    address = reverse("programme:below", args=[cast.city.code, *REACHED])
    client.get(address)
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    Division.objects.create(id=510105000000, code=510105000000, parent=cast.city, level=3, name="青羊区")

    with django_assert_num_queries(len(before)):
        client.get(address)


def test_standings_of_simulated_programmes_count_as_others_do(cast: Cast, sichuan: SchemeVersion) -> None:
    Standing.objects.create(
        community=cast.community, scheme_id="sichuan-2020", version=sichuan, year=2026, state="reached", reached=True,
        changed_at=stage.moment(2026, 5, 1),
    )  # fmt: skip
    refresh(full=True)

    assert sheet_of(cast.county).counts.reached == 1
    assert sheet_of(cast.county).rows[0].share_now == Decimal("0.2500")
