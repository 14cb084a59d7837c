"""What keeps coming back, counted over what the reader may see and named only on enough cases."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from html import unescape
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from greenhood.assessments.models import Assessment, Score, ScoreSheet
from greenhood.schemes.models import SchemeVersion
from greenhood.supervision.actions import finding
from greenhood.supervision.models import Answer, Finding, Inspection
from greenhood.supervision.queries import patterns
from greenhood.supervision.queries.patterns import Gap, Reviewer, Wanted
from tests.cast import Cast, sign_in
from tests.declarations import stage as declared
from tests.supervision import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    return declared.publish("sichuan-2020")


def looked(
    cast: Cast, version: SchemeVersion, *, wrong: tuple[str, ...] = ("8.1",), by=None, keys=stage.KEYS
) -> Inspection:
    """All communities of the county, looked at once; findings of what was wrong."""
    by = by or cast.county_officer
    inspection = stage.under_way(cast, version=version, communities=cast.communities, by=by, keys=keys)
    for community in cast.communities:
        stage.fill(inspection, by, wrong=wrong, community=community)
    for answer in Answer.objects.filter(sheet__inspection=inspection, result="not_met"):
        finding.from_answer(answer, by=by)
    return inspection


def scored(cast: Cast, community, by, *, points: Decimal, scorer: str = "county", criterion: int = 8) -> None:
    assessment = Assessment.objects.get_or_create(
        community=community, scheme_id="sichuan-2020", year=2026,
        defaults={"version": SchemeVersion.objects.get(scheme_id="sichuan-2020"), "started_at": timezone.now()},
    )[0]  # fmt: skip
    now = timezone.now()
    sheet = ScoreSheet.objects.create(
        assessment=assessment,
        scorer=scorer,
        step="first-review",
        by=by.user,
        post=by.post,
        started_at=now,
        handed_in_at=now,
    )
    Score.objects.create(sheet=sheet, criterion=criterion, points=points)


def test_same_finding_of_two_inspections_in_one_place_is_repeated(cast: Cast, sichuan: SchemeVersion) -> None:
    looked(cast, sichuan)
    assert patterns.repeats(cast.county_officer, Wanted(cast.county)).rows == []
    looked(cast, sichuan)

    found = patterns.repeats(cast.county_officer, Wanted(cast.county))

    assert next((one.community, one.times, one.name) for one in found.rows) == ("晋阳社区居委会", 2, "第 8 项（1）")
    assert [number for *_, number in found.communities] == [1, 1, 1, 1]
    assert found.rows[0].clause.startswith("附件1 #8")


def test_criteria_are_ranked_only_when_seen_often_enough(cast: Cast, sichuan: SchemeVersion) -> None:
    looked(cast, sichuan)
    few = patterns.criteria(cast.county_officer, Wanted(cast.county))
    looked(cast, sichuan, wrong=("8.1", "10.1"))

    many = patterns.criteria(cast.county_officer, Wanted(cast.county))

    assert {one.share for one in few} == {None}
    assert [(one.criterion, one.not_met, one.seen, one.share) for one in many] == [
        (8, 8, 8, 1.0), (10, 4, 8, 0.5), (16, 0, 8, 0.0),
    ]  # fmt: skip


def test_reviewers_on_few_communities_are_not_judged(cast: Cast, sichuan: SchemeVersion) -> None:
    looked(cast, sichuan)
    for community in cast.communities:
        scored(cast, community, cast.county_officer, points=Decimal(3))

    [row] = patterns.reviewers(cast.city_officer, Wanted(cast.county))

    assert (row.division, row.communities, row.pairs, row.over_seen.mean) == ("武侯区", 4, 4, 1.0)
    assert not row.is_judged
    assert row.verdict == "样本不足"


def reviewer(number: int, mean: float, low: float, high: float) -> Reviewer:
    return Reviewer("武侯区", 510107000000, "county", "", "", number, number * 3, None, Gap(mean, low, high), None)


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (reviewer(5, 0.3, 0.1, 0.5), "偏宽"),
        (reviewer(5, 0.3, -0.1, 0.7), "看不出偏差"),
        (reviewer(50, 0.03, 0.01, 0.05), "看不出偏差"),
        (reviewer(5, -0.3, -0.5, -0.1), "偏严"),
        (reviewer(4, 0.9, 0.8, 1.0), "样本不足"),
    ],
)
def test_verdict_needs_cases_certainty_and_consequence(row: Reviewer, verdict: str) -> None:
    assert row.verdict == verdict


def test_interval_is_that_of_student_over_communities() -> None:
    gap = patterns._gap(0.5, 0.2, 4)

    assert (round(gap.low, 3), round(gap.high, 3)) == (0.182, 0.818)
    assert patterns._gap(0.5, None, 1) == Gap(0.5, None, None)


def test_several_criteria_of_a_community_are_one_case(cast: Cast, sichuan: SchemeVersion) -> None:
    looked(cast, sichuan, wrong=("8.1",))
    scored(cast, cast.community, cast.county_officer, points=Decimal(3), criterion=8)
    sheet = ScoreSheet.objects.get()
    Score.objects.create(sheet=sheet, criterion=10, points=Decimal(3))

    [row] = patterns.reviewers(cast.city_officer, Wanted(cast.county))

    assert (row.communities, row.pairs, row.over_seen.mean) == (1, 2, 0.5)


def test_people_are_named_only_to_those_above_them(cast: Cast, sichuan: SchemeVersion) -> None:
    looked(cast, sichuan)
    scored(cast, cast.community, cast.county_officer, points=Decimal(3))

    above = patterns.reviewers(cast.city_officer, Wanted(cast.county), by_person=True)
    same = patterns.reviewers(cast.county_officer, Wanted(cast.county), by_person=True)

    assert [one.person for one in above] == ["张敏"]
    assert same == []
    assert patterns.reviewers(cast.department_officer, Wanted(cast.county), by_person=True) == []


def test_case_list_shows_claim_score_and_what_was_seen(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    looked(cast, sichuan)
    scored(cast, cast.community, cast.county_officer, points=Decimal("1.5"))
    sign_in(client, cast.city_officer)
    wanted = Wanted(cast.county)

    [case] = patterns.cases(cast.city_officer, wanted, code=cast.county.code, scorer="county")
    page = client.get(
        reverse("supervision:pattern_cases", args=[cast.county.code]) + f"?reviewer={cast.county.code}&scorer=county"
    )

    assert (case.criterion, case.given, case.seen) == (8, 0.5, 0.0)
    assert "开展道路综合整治" in page.content.decode()


def test_what_is_not_open_to_the_reader_is_not_counted(cast: Cast, sichuan: SchemeVersion) -> None:
    looked(cast, sichuan)
    looked(cast, sichuan)

    assert patterns.repeats(cast.street_officer, Wanted(cast.street_division)).rows == []
    assert patterns.criteria(cast.street_officer, Wanted(cast.street_division)) == []
    for inspection in Inspection.objects.all():
        stage.close(inspection, cast.county_officer)
        stage.publish(inspection, cast.county_officer)
    found = patterns.repeats(cast.street_officer, Wanted(cast.street_division))
    assert sorted(one.community for one in found.rows) == ["广福桥社区居委会", "晋阳社区居委会"]


def test_filters_of_year_and_scheme(cast: Cast, sichuan: SchemeVersion) -> None:
    looked(cast, sichuan)
    today = dt.date.today()

    assert patterns.criteria(cast.county_officer, Wanted(cast.county, today.year, "sichuan-2020"))
    assert patterns.criteria(cast.county_officer, Wanted(cast.county, today.year - 1)) == []
    assert patterns.criteria(cast.county_officer, Wanted(cast.county, 0, "national-2020")) == []


def test_page_takes_a_fixed_number_of_queries_and_says_its_definitions(
    client: Client, cast: Cast, sichuan: SchemeVersion, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.county_officer)
    url = reverse("supervision:patterns", args=[cast.county.code])
    assert "没有重复问题" in client.get(url).content.decode()
    looked(cast, sichuan)
    looked(cast, sichuan)

    with django_assert_max_num_queries(25):
        page = client.get(url).content.decode()

    for words in patterns.DEFINITIONS.values():
        assert words in page


@pytest.mark.parametrize("table", ["repeats", "criteria", "reviewers"])
def test_tables_leave_as_excel(table: str, client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    looked(cast, sichuan)
    looked(cast, sichuan)
    scored(cast, cast.community, cast.county_officer, points=Decimal(3))
    sign_in(client, cast.county_officer)

    file = client.get(reverse("supervision:export_patterns", args=[cast.county.code, table]))
    rows = list(load_workbook(BytesIO(b"".join(file.streaming_content))).active.values)

    assert len(rows) > 1
    assert client.get(reverse("supervision:export_patterns", args=[cast.county.code, "people"])).status_code == 404


def links(page: str, name: tuple[object, ...]) -> list[tuple[str, int]]:
    """The addresses of a page that lead to a list of this room, each with the number that it stands behind."""
    start = re.escape(reverse(f"supervision:{name[0]}", args=name[1:]))
    found = re.findall(rf'<a href="({start}(?:\?[^"]*)?)">(\d+)<', page)
    return [(unescape(address), int(number)) for address, number in found]


def test_every_figure_leads_to_exactly_what_it_counts(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    keys = ("8.1", "11.1", "11.2")
    looked(cast, sichuan, wrong=("8.1", "11.1"), keys=keys)
    second = looked(cast, sichuan, wrong=("8.1", "11.1"), keys=keys)
    looked(cast, sichuan, wrong=("11.2",), keys=keys)
    old = looked(cast, sichuan, wrong=("11.1",), keys=keys)
    Finding.objects.filter(inspection=old).update(found_on=dt.date(2020, 1, 1))
    words = finding.Words("又一处", key="8.1")
    finding.record(second, cast.community, words, by=cast.county_officer)
    sign_in(client, cast.county_officer)
    url = reverse("supervision:patterns", args=[cast.county.code])
    page = client.get(url).content.decode()

    told = [
        *links(page, ("inspections",)), *links(page, ("findings",)), *links(page, ("pattern_looks", cast.county.code)),
    ]  # fmt: skip
    assert len(told) == 8 + 8 + 6
    for address, number in told:
        assert client.get(address).context["listed"].total.number == number, address
    for community in cast.communities:
        address = reverse("supervision:patterns", args=[community.code])
        [(_, repeats)] = links(page, ("patterns", community.code))
        assert len(client.get(address).context["repeats"].rows) == repeats
    assert {number for _, number in links(page, ("findings",))} == {2, 3}


def test_a_list_says_what_it_was_narrowed_to_and_keeps_it_while_it_is_filtered(
    client: Client, cast: Cast, sichuan: SchemeVersion
) -> None:
    looked(cast, sichuan)
    sign_in(client, cast.county_officer)
    asked = {
        "community": cast.community.number,
        "scheme": "sichuan-2020",
        "key": "8.1",
        "from": "2026-01-01",
        "to": "2027-01-01",
    }

    page = client.get(reverse("supervision:findings"), asked).content.decode()

    assert "只看晋阳社区居委会，第 8 项（1），2026-01-01 至 2027-01-01 发现的问题。" in page
    assert '<input type="hidden" name="key" value="8.1">' in page
    assert (
        client.get(reverse("supervision:findings"), {"from": "2026-02-31", "inspection": "x", "whose": "x"}).status_code
        == 200
    )


def test_tables_are_cut_with_a_word_and_leave_whole(
    client: Client, cast: Cast, sichuan: SchemeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patterns, "MOST_ROWS", 2)
    looked(cast, sichuan)
    looked(cast, sichuan)
    sign_in(client, cast.county_officer)

    page = client.get(reverse("supervision:patterns", args=[cast.county.code])).content.decode()
    file = client.get(reverse("supervision:export_patterns", args=[cast.county.code, "repeats"]))

    assert "这里列出次数最多的 2 条，共 4 条" in page
    assert "这里列出前 2 项，共 3 项" in page
    assert len(list(load_workbook(BytesIO(b"".join(file.streaming_content))).active.values)) == 5
