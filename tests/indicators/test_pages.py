"""Pages, exports, the API, commands and the documentation: who sees what, and that they say what is measured."""

from __future__ import annotations

import datetime as dt
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.history.models import Entry
from greenhood.indicators import actions
from greenhood.indicators.catalogue import entries
from greenhood.indicators.events import Event
from greenhood.indicators.markdown import markdown
from greenhood.indicators.models import Measured
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.actions import publish
from greenhood.schemes.loading import load
from tests.cast import sign_in
from tests.indicators.records import put

TODAY = today_in_shanghai()
RECENTLY = TODAY - dt.timedelta(days=10)


@pytest.fixture
def schemes(cast) -> None:
    for name in ("national-2020", "sichuan-2020"):
        publish(load(settings.REPOSITORY / "schemes" / f"{name}.yaml"), chosen={}, by=None)


def page_of(client, name: str, *arguments, **query):
    response = client.get(reverse(name, args=arguments, query=query or None))
    assert response.status_code == 200
    return response


def sheet_of(response) -> list[tuple]:
    book = load_workbook(BytesIO(b"".join(response.streaming_content)))
    return list(book.worksheets[0].iter_rows(values_only=True))


# The catalogue


def test_everybody_reads_the_catalogue_and_what_schemes_ask(client, schemes):
    text = page_of(client, "indicators:list").content.decode()

    for one in entries().values():
        assert one.title in text
        assert one.definition in text
    assert "四川省第 16 项" in text


def test_search_finds_by_words_of_title_definition_and_source(client, cast):
    text = page_of(client, "indicators:list", q="绿地 GB").content.decode()

    assert "找到 2 个指标" in text
    assert entries()["trainings"].definition not in text
    assert "没有这样的指标" in page_of(client, "indicators:list", q="不存在的词").content.decode()


def test_visitors_see_definitions_and_no_figures_of_places(client, schemes, cast):
    put("boundary", cast.community, area=1000, dated=RECENTLY)
    put("green-spaces", cast.community, area=251, green_type="park", dated=RECENTLY)
    actions.measure_all(cast.nation, TODAY)

    text = page_of(client, "indicators:detail", "green_space_ratio").content.decode()

    assert "GB 50180-2018" in text
    assert "不低于 25%" in text
    assert "25.1" not in text
    assert "中位数" not in text


def test_unknown_indicator_is_not_found(client, cast):
    assert client.get(reverse("indicators:detail", args=["nonsense"])).status_code == 404
    sign_in(client, cast.county_officer)
    assert client.get(reverse("indicators:export", args=["nonsense"])).status_code == 404


# Over a division


@pytest.fixture
def measured(cast, schemes) -> None:
    """Shares of green: 25 %, 10 %, one unknown, one that recorded nothing; the neighbour has 40 %."""
    for community, green in ((cast.community, 250), (cast.other_community, 100), (cast.neighbour_community, 400)):
        put("boundary", community, area=1000, dated=RECENTLY)
        put("green-spaces", community, area=green, green_type="park", dated=RECENTLY)
    put("boundary", cast.third_community, area=1000, dated=RECENTLY)
    actions.measure_all(cast.nation, TODAY)


def test_officer_sees_the_spread_of_their_own_division(client, cast, measured):
    response = page_of(sign_in(client, cast.county_officer), "indicators:detail", "green_space_ratio")

    found = response.context["overview"]
    whole = found.spread.whole
    assert (found.division, whole.total, whole.known, whole.met) == (cast.county, 4, 2, 1)
    assert (whole.quantiles.least, whole.quantiles.middle, whole.quantiles.most) == (10, 10, 25)
    assert [(column.label, column.count) for column in found.spread.columns if column.count] == [
        ("10% 至 20% 以下", 1),
        ("20% 至 30% 以下", 1),
    ]
    assert {(reason.words, reason.count) for reason in found.spread.reasons} == {
        ("还没有登记绿地（屋顶绿化除外）。", 1),
        ("没有登记任何信息，或登记后还没有测算。", 1),
    }
    assert [(row.division.name, row.place.known, row.rank) for row in found.lower] == [
        ("浆洗街街道", 2, None),
        ("火车南站街道", 0, None),
    ]
    assert "不排名" in response.content.decode()


def test_places_are_ranked_by_the_middle_figure_from_five_known_on(cast, measured):
    from greenhood.indicators.catalogue import entry
    from greenhood.indicators.spread import Place, Quantiles, ranks

    def place(middle: int, known: int = 5) -> Place:
        return Place(9, known, Quantiles(*[middle] * 7), None)

    places = [place(10), place(30), place(30), place(99, known=4), Place(9, 0, None, None), place(20)]

    assert ranks(entry("green_space_ratio"), places) == [4, 1, 1, None, None, 3]
    assert ranks(entry("lifeline_blockages"), places) == [1, 3, 3, None, None, 2]


def test_street_shows_its_communities_with_figures_and_reasons(client, cast, measured):
    sign_in(client, cast.county_officer)

    found = page_of(client, "indicators:detail", "green_space_ratio", within=cast.other_street.code).context["overview"]

    assert [(row.division, row.figure, row.because) for row in found.lower] == [
        (cast.third_community, None, "还没有登记绿地（屋顶绿化除外）。"),
        (cast.fourth_community, None, "没有登记任何信息，或登记后还没有测算。"),
    ]


@pytest.mark.parametrize(("within", "status"), [(510104000000, 404), (510107001000, 200), ("999", 404), ("x", 404)])
def test_division_of_others_is_not_found(client, cast, measured, within, status):
    sign_in(client, cast.county_officer)

    assert (
        client.get(reverse("indicators:detail", args=["green_space_ratio"]), {"within": within}).status_code == status
    )


def test_division_without_figures_says_how_they_come_to_be(client, cast, schemes):
    text = page_of(sign_in(client, cast.county_officer), "indicators:detail", "trainings").content.decode()

    assert "这里还没有测算过" in text


def test_simulated_communities_are_counted_and_marked(client, cast, schemes):
    for community, is_simulated in ((cast.community, True), (cast.other_community, False)):
        put("activity-grounds", community, name="广场", is_simulated=is_simulated, dated=RECENTLY)
    actions.measure_all(cast.nation, TODAY)
    sign_in(client, cast.county_officer)

    response = page_of(client, "indicators:detail", "activity_grounds")

    assert response.context["overview"].simulated == 1
    assert "模拟数据" in response.content.decode()
    assert "模拟数据" in page_of(client, "indicators:community", cast.community.code).content.decode()
    assert "模拟数据" not in page_of(client, "indicators:community", cast.other_community.code).content.decode()


def test_export_of_a_division_has_its_rows_and_is_written_down(client, cast, measured):
    sign_in(client, cast.county_officer)

    rows = sheet_of(page_of(client, "indicators:export", "green_space_ratio", within=cast.street_division.code))

    assert [row[1:4] + row[8:10] for row in rows[1:]] == [
        ("晋阳社区居委会", 1, 1, 25, None),
        ("广福桥社区居委会", 1, 1, 10, None),
    ]
    assert Entry.objects.filter(event=Event.EXPORTED).count() == 1


def test_export_is_refused_without_the_capability(client, cast, measured):
    sign_in(client, cast.grid_worker)
    assert client.get(reverse("indicators:export", args=["green_space_ratio"])).status_code == 403


def test_export_is_refused_to_posts_that_may_export_but_not_look(client, cast, measured):
    sign_in(client, cast.actors["audit_admin"])
    assert client.get(reverse("indicators:export", args=["green_space_ratio"])).status_code == 403


# One community


def test_community_page_shows_every_figure_with_source_and_what_the_scheme_asks(client, cast, measured):
    put("estates", cast.community, name="一", dwellings=50, managed_dwellings=12, dated=RECENTLY)
    sign_in(client, cast.worker)

    response = page_of(client, "indicators:community", cast.community.code)

    text = response.content.decode()
    rows = {row.indicator.key: row for row in response.context["sheet"].rows}
    assert list(rows) == list(entries())
    assert [asked.is_met for asked in rows["green_space_ratio"].asked] == [True]
    assert [(asked.is_met, asked.step) for asked in rows["property_coverage"].asked] == [
        (False, "再把 3 套住宅纳入物业管理")
    ]
    assert [asked.is_met for asked in rows["trainings"].asked] == [None]
    assert "12 / 50 套" in text
    assert f'数据日期 <time datetime="{RECENTLY}"' in text
    assert reverse("facts:records", args=[cast.community.code, "estates"]) in text
    assert "近一年没有登记“工作人员培训”" in text


def test_community_page_shows_the_ends_of_earlier_years(client, cast, schemes):
    year = TODAY.year
    put(
        "activity-grounds", cast.community, name="老场地", dated=dt.date(year - 2, 3, 1), until=dt.date(year - 1, 12, 1)
    )
    put("activity-grounds", cast.community, name="一", dated=dt.date(year - 1, 5, 1))
    put("activity-grounds", cast.community, name="二", dated=RECENTLY)
    sign_in(client, cast.worker)

    sheet = page_of(client, "indicators:community", cast.community.code).context["sheet"]

    row = next(row for row in sheet.rows if row.indicator.key == "activity_grounds")
    assert [end.year for end in sheet.years] == [year - 3, year - 2, year - 1]
    assert [figure.value for _, figure in row.earlier] == [None, 1, 1]
    assert row.figure.value == 2


def test_community_page_of_an_earlier_day_is_as_it_was(client, cast, measured):
    put("environment", cast.community, littered_spots=5, dated=RECENTLY, until=TODAY - dt.timedelta(days=2))
    put("environment", cast.community, littered_spots=1, dated=TODAY - dt.timedelta(days=2))
    sign_in(client, cast.worker)

    def value(**query) -> int:
        rows = page_of(client, "indicators:community", cast.community.code, **query).context["sheet"].rows
        return next(row.figure.value for row in rows if row.indicator.key == "disorder_spots")

    assert value() == 1
    assert value(as_of=str(TODAY - dt.timedelta(days=3))) == 5
    text = page_of(client, "indicators:community", cast.community.code, as_of="2026-13-01").content.decode()
    assert "格式不正确" in text


def test_community_of_others_is_not_found_and_visitors_sign_in(client, cast, measured):
    address = reverse("indicators:community", args=[cast.community.code])

    assert client.get(address).status_code == 302
    assert sign_in(client, cast.neighbour_worker).get(address).status_code == 404


def test_community_page_takes_twenty_queries_at_most(client, cast, measured, django_assert_max_num_queries):
    put("buildings", cast.community, name="1 栋", residents=10, longitude=104.05, latitude=30.64, dated=RECENTLY)
    put(
        "facilities",
        cast.community,
        name="园",
        facility_type="kindergarten",
        longitude=104.05,
        latitude=30.64,
        dated=RECENTLY,
    )
    sign_in(client, cast.worker)
    address = reverse("indicators:community", args=[cast.community.code])
    client.get(address)

    with django_assert_max_num_queries(20):
        client.get(address)


def test_export_of_a_community_has_a_row_by_indicator(client, cast, measured):
    sign_in(client, cast.worker)

    rows = sheet_of(page_of(client, "indicators:export_community", cast.community.code))

    assert len(rows) == 1 + len(entries())
    green = next(row for row in rows if row[1] == "绿地率")
    assert green[2:5] == (25, "%", "250 / 1,000 平方米")
    assert Entry.objects.filter(event=Event.EXPORTED).count() == 1


# For machines and operators


def test_api_gives_the_catalogue_to_everybody_and_figures_to_whom_they_concern(client, cast, measured):
    assert {one["key"] for one in client.get("/api/indicators/catalogue").json()} == set(entries())
    address = f"/api/indicators/community/{cast.community.code}"
    assert client.get(address).status_code == 401
    assert sign_in(client, cast.neighbour_worker).get(address).status_code == 404

    answer = sign_in(client, cast.worker).get(address).json()

    green = next(figure for figure in answer["figures"] if figure["key"] == "green_space_ratio")
    assert (green["value"], green["part"], green["dated"]) == ("25", "250", str(RECENTLY))
    assert client.get(address, {"as_of": "2999-01-01"}).status_code == 404


def test_command_measures_a_division_on_a_day(cast, measured):
    Measured.objects.all().delete()
    said = StringIO()

    call_command("measure", within=cast.county.code, stdout=said)

    assert Measured.objects.count() == 3
    assert said.getvalue().startswith(f"武侯区：按 {TODAY} 测算了 3 个社区")


def test_command_refuses_a_place_that_is_not_there_and_days_to_come(cast):
    with pytest.raises(CommandError, match="没有代码为 42 的区划"):
        call_command("measure", within=42)
    with pytest.raises(CommandError, match="还没有到"):
        call_command("measure", as_of=TODAY + dt.timedelta(days=1))


def test_documentation_is_what_the_catalogue_says():
    stored = (Path(settings.REPOSITORY) / "docs" / "indicators.md").read_text(encoding="utf-8")
    said = StringIO()
    call_command("indicators", markdown=True, stdout=said)

    assert stored == markdown(entries().values()) == said.getvalue()
