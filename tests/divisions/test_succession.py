"""Awards, quotas, pages and the register across a change of code, a merger and a split."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from greenhood.declarations.actions import awarding, quotas
from greenhood.declarations.models import Award, Standing
from greenhood.divisions import actions, queries, succession
from greenhood.divisions.models import Change, Division, DivisionList
from greenhood.insight.actions import refresh
from greenhood.insight.models import Rollup
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Quota
from tests.cast import Cast
from tests.declarations import stage

pytestmark = pytest.mark.django_db

ON = dt.date(2026, 6, 30)


@pytest.fixture
def award(cast: Cast) -> Award:
    """The title of 晋阳社区, the first of the street's two communities."""
    stage.publish("national-2020")
    stage.publish("sichuan-2020")
    declared = stage.declare(cast.community, cast.worker)
    waiting = stage.bring_to(declared, "award", cast)
    at = stage.moment(2026, 6, 1)
    return awarding.award(waiting, by=cast.province_officer, revision=waiting.revision, opinion="同意命名。", at=at)


def happen(**rows: dict[str, object]) -> None:
    """Propose and confirm changes as of one day, by kind."""
    read = DivisionList.objects.create(
        title="变更", checksum="x", as_of=ON, read_at=timezone.now(), read_by="测试", rows=1, added=0, provinces=[51]
    )
    for kind, row in rows.items():
        unit = Division.objects.filter(pk=row.pop("pk", None)).first()
        place = unit.code if unit else row["code"]
        Change.objects.create(
            list=read, kind=kind.split("_")[0], division=unit, place=place, old_name=unit.name if unit else "",
            level=row.pop("level", 5), **row,
        )  # fmt: skip
    assert actions.confirm(Change.objects.filter(list=read), by=None) == len(rows)


def recode(cast: Cast) -> None:
    """The street with both communities gets another code, as when a town becomes a street."""
    moved = {"pk": cast.street_division.pk, "level": 4, "code": 510107008000, "name": "浆洗街街道"}
    first = {"pk": cast.community.pk, "code": 510107008001, "name": "晋阳新社区居委会"}
    second = {"pk": cast.other_community.pk, "code": 510107008002, "name": "广福桥社区居委会"}
    happen(moved=moved, moved_first=first, moved_second=second)


def merge(cast: Cast) -> None:
    """Both communities become one new one."""
    new = {"code": 510107001003, "name": "晋阳广福社区居委会", "urban_rural_class": 111}
    happen(
        added=new,
        merged={"pk": cast.community.pk, "successor_codes": [510107001003]},
        merged_second={"pk": cast.other_community.pk, "successor_codes": [510107001003]},
    )


def split(cast: Cast) -> None:
    east, west = 510107001001, 510107001003
    happen(
        split={"pk": cast.community.pk, "successor_codes": [east, west]},
        added={"code": east, "name": "晋阳东社区居委会", "urban_rural_class": 111},
        added_west={"code": west, "name": "晋阳西社区居委会", "urban_rural_class": 111},
    )


def get(client: Client, name: str, *args: object, **query: object) -> str:
    page = client.get(reverse(name, args=args), query, follow=True)
    assert page.status_code == 200
    return page.content.decode()


def taken(award: Award, cast: Cast) -> int:
    """The places taken under a share of the city's communities over three years."""
    quota = Quota(kind="share", within="city", share=Decimal("0.5"), years=3, text="占比", source="1.1")
    scheme = stage.loaded("sichuan-2020").scheme
    title = scheme.title_of(award.title).model_copy(update={"quotas": [quota]})
    rooms = quotas.rooms(scheme, title, [award.declaration], today_in_shanghai().year)
    return rooms.of(title, award.declaration)[0].taken


def figures(division: Division) -> tuple[int, int]:
    refresh()
    row = Rollup.objects.get(division=division)
    return row.subjects, row.reached


def test_a_title_follows_its_community_to_a_new_code_and_name(client: Client, cast: Cast, award: Award) -> None:
    old = cast.community.code
    recode(cast)
    award.refresh_from_db()

    register = get(client, "declarations:register")
    verified = get(client, "declarations:verify", award.code)
    page = client.get(reverse("insight:community", args=[old]))
    csv = b"".join(client.get(reverse("declarations:register_export", args=["csv"]))).decode("utf-8-sig")

    assert "晋阳新社区居委会" in register
    assert ("晋阳新社区居委会（命名时名称：晋阳社区居委会）" in verified, "该称号现行有效" in verified) == (True, True)
    assert page["Location"] == "/community/510107008001/?former=510107001001"
    assert "代码510107001001已于2026年6月30日停用，现为510107008001。" in client.get(page["Location"]).content.decode()
    assert "510107008001" in csv
    assert taken(award, cast) == 1


@pytest.mark.parametrize("within", [510107001000, 510107001001, 510107008000, 510107000000])
def test_the_register_is_searched_by_former_and_present_codes(
    client: Client, cast: Cast, award: Award, within: int
) -> None:
    recode(cast)

    assert award.number in get(client, "declarations:register", within=within)
    assert award.number not in get(client, "declarations:register", within=510107001002)


@pytest.mark.parametrize("text", ["晋阳社区", "晋阳新", "510107001001", "510107008001"])
def test_the_register_is_searched_by_former_and_present_names(
    client: Client, cast: Cast, award: Award, text: str
) -> None:
    recode(cast)

    assert award.number in get(client, "declarations:register", q=text)


def test_a_title_stays_with_the_community_that_was_merged(client: Client, cast: Cast, award: Award) -> None:
    merge(cast)

    register = get(client, "declarations:register")
    verified = get(client, "declarations:verify", award.code)
    heir = get(client, "insight:community", 510107001003)

    assert "已于2026年6月30日并入晋阳广福社区居委会" in register
    assert "该社区已于2026年6月30日并入晋阳广福社区居委会" in verified
    assert ("该称号现行有效" in verified, "社区已停用" in verified) == (False, True)
    assert ("前身单位的称号" in heir, award.number in heir, "尚未参与" in heir) == (True, True, True)
    assert taken(award, cast) == 1


def test_a_former_code_leads_to_the_community_that_took_over(client: Client, cast: Cast, award: Award) -> None:
    merge(cast)

    page = client.get(reverse("insight:community", args=[cast.community.code]), follow=True)

    assert page.redirect_chain[-1][0] == "/community/510107001003/?former=510107001001"
    assert "晋阳社区居委会（510107001001）已于2026年6月30日并入晋阳广福社区居委会。" in page.content.decode()
    assert [each.pk for each in queries.find("510107001001")] == [510107001003]
    assert award.number in get(client, "declarations:register", within=510107001001)


def test_an_invented_former_code_says_nothing(client: Client, cast: Cast, award: Award) -> None:
    for former in ("510107001002", "999999999999", "x", "-1"):
        assert "停用" not in get(client, "insight:community", cast.community.code, former=former)


def test_a_merger_takes_numerator_and_denominator_together(cast: Cast, award: Award) -> None:
    before = figures(cast.county)

    merge(cast)

    assert (before, figures(cast.county)) == ((4, 1), (3, 0))
    assert Standing.objects.get(pk=cast.community.pk).reached


def test_a_community_that_takes_in_another_keeps_its_title(cast: Cast, award: Award) -> None:
    happen(merged={"pk": cast.other_community.pk, "successor_codes": [cast.community.code]})

    assert figures(cast.county) == (3, 1)
    assert [link.predecessor_id for link in succession.forerunners(cast.community)] == [cast.other_community.pk]


def test_a_divided_community_shows_its_own_record_and_names_the_parts(client: Client, cast: Cast, award: Award) -> None:
    split(cast)
    east = Division.objects.get(code=510107001001, valid_to=None)

    record = get(client, "divisions:by-id", cast.community.pk)
    verified = get(client, "declarations:verify", award.code)
    part = get(client, "insight:community", east.code)

    assert east.pk == 1510107001001
    assert "晋阳东社区居委会" in record
    assert "晋阳西社区居委会" in record
    assert "已于2026年6月30日分设为晋阳东社区居委会、晋阳西社区居委会" in verified
    assert award.number in part
    assert taken(award, cast) == 1


def test_a_closed_community_without_its_code_shows_its_own_page(client: Client, cast: Cast, award: Award) -> None:
    happen(abolished={"pk": cast.community.pk})

    page = get(client, "insight:community", cast.community.code)

    assert ("已于2026年6月30日撤销" in page, award.number in page) == (True, True)


def test_what_was_closed_follows_its_street_to_another_code(cast: Cast, award: Award) -> None:
    merge(cast)
    happen(
        moved={"pk": cast.street_division.pk, "level": 4, "code": 510107008000, "name": "浆洗街街道"},
        moved_heir={"pk": 510107001003, "code": 510107008003, "name": "晋阳广福社区居委会"},
    )

    closed = Division.objects.get(pk=cast.community.pk)

    assert (closed.code, closed.valid_to) == (510107008001, ON)
    assert succession.holder(510107001001) == closed
    assert succession.holder(510107008001) is None
    assert taken(award, cast) == 1


def test_what_was_closed_follows_a_street_that_was_merged(cast: Cast, award: Award) -> None:
    merge(cast)
    happen(
        merged={"pk": cast.street_division.pk, "level": 4, "successor_codes": [cast.other_street.code]},
        moved={"pk": 510107001003, "code": 510107002003, "name": "晋阳广福社区居委会"},
    )

    assert Division.objects.get(pk=cast.community.pk).code == 510107002001
    assert Division.objects.get(pk=cast.street_division.pk).code == 510107001000
    assert [each.pk for each in succession.heirs(Division.objects.get(pk=cast.community.pk))] == [510107001003]


def test_after_two_mergers_the_first_forerunner_is_still_known(client: Client, cast: Cast, award: Award) -> None:
    merge(cast)
    happen(merged={"pk": 510107001003, "successor_codes": [cast.third_community.code]})

    page = client.get(reverse("insight:community", args=[cast.community.code]), follow=True)

    assert page.redirect_chain[-1][0].startswith(f"/community/{cast.third_community.code}/")
    assert award.number in page.content.decode()


def test_a_former_street_leads_to_the_overview_of_the_present_one(client: Client, cast: Cast, award: Award) -> None:
    recode(cast)

    page = client.get(reverse("insight:overview", args=[510107001000]), follow=True)

    assert page.redirect_chain[-1][0] == "/overview/510107008000/?former=510107001000"
    assert "现为510107008000" in page.content.decode()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (510107001001, "代码510107001001已停用，晋阳新社区居委会现为510107008001。"),
        (510107001099, "没有代码为510107001099的区划。"),
    ],
)
def test_other_programs_are_told_the_present_code(
    client: Client, cast: Cast, award: Award, code: int, words: str
) -> None:
    recode(cast)

    answer = client.get(f"/api/divisions/{code}")

    assert (answer.status_code, answer.json()["detail"]) == (404, words)
