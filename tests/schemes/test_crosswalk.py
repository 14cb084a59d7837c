"""Which criteria of different standards correspond: as data, on the page, in the workbook and in the API."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.schemes import actions, differences, library, loading
from greenhood.schemes.crosswalk import INVERSE, Crosswalk, Related, crosswalk, strictness
from greenhood.schemes.format import Relation, Scheme, Threshold
from greenhood.schemes.models import SchemeVersion
from tests.schemes.files import HIGHER, LOWER, edited, write
from tests.schemes.published import five, loaded, places

__all__ = ["five", "places"]

LOADED = loading.load_all(library.folder())
SCHEMES = [entry.scheme for entry in LOADED.values()]
WALK = crosswalk(SCHEMES)
NATIONAL, HUBEI, SICHUAN = "national-2020", "hubei-2021", "sichuan-2020"
BEIJING, ZHAOXIANG = "beijing-2021", "shanghai-qingpu-zhaoxiang-2021"


def found(walk: Crosswalk, scheme: str, no: int, other: str) -> dict[int, Relation]:
    return {each.line.criterion.no: each.relation for each in walk.related(scheme, no) if each.line.scheme.id == other}


def small(folder: Path, *edits: tuple[str, str], higher: str = HIGHER) -> Crosswalk:
    path = write(folder, edited(LOWER, *edits), higher)
    return crosswalk([loading.load(folder / "upper.yaml").scheme, loading.load(path).scheme])


# the five


@pytest.mark.parametrize("no", range(1, 17))
@pytest.mark.parametrize("name", [HUBEI, BEIJING, ZHAOXIANG])
def test_the_same_sixteen_correspond_one_to_one(name: str, no: int) -> None:
    assert found(WALK, NATIONAL, no, name) == {no: Relation.EQUAL}


def test_all_sixteen_national_criteria_are_carried_by_sichuan() -> None:
    assert {no: sorted(found(WALK, NATIONAL, no, SICHUAN)) for no in range(1, 17)} == {
        1: [3], 2: [4], 3: [5], 4: [7, 9], 5: [8, 10, 12], 6: [14], 7: [15, 16], 8: [17], 9: [18], 10: [19],
        11: [22, 23], 12: [23], 13: [25], 14: [26], 15: [27], 16: [28],
    }  # fmt: skip
    assert WALK.missing(SICHUAN) == ()


def test_what_sichuan_adds_has_no_counterpart() -> None:
    added = [line.criterion.no for line in WALK.own(SICHUAN)]

    assert added == [1, 2, 6, 11, 13, 20, 21, 24]
    assert [WALK.related(SICHUAN, no) for no in added] == [()] * 8


def test_provinces_meet_in_the_national_standard() -> None:
    """物业管理覆盖面 is one of three in Sichuan's item 23, the whole of Hubei's item 12."""
    (hubei,) = (each for each in WALK.related(SICHUAN, 23) if each.line.place[::2] == (HUBEI, 12))

    assert hubei.relation is Relation.WIDER
    assert [(pair.number, pair.other_number, pair.relation) for pair in hubei.checks] == [(1, 1, Relation.EQUAL)]
    assert (hubei.checks[0].text, hubei.checks[0].other_text) == ("物业管理覆盖面不低于30%;", "物业管理覆盖面不低于30%")
    assert hubei.line.criterion.source == "附件 #12"


def test_a_relation_read_from_the_other_side_is_its_inverse() -> None:
    pairs = {
        (line.place, other.line.place): other.relation
        for scheme in SCHEMES
        for line, related in WALK.of(scheme.id)
        for other in related
    }

    assert len(pairs) > 300
    assert {key for key, relation in pairs.items() if pairs.get(key[::-1]) != INVERSE[relation]} == set()


def test_no_scheme_is_related_to_itself() -> None:
    own = [line.place for scheme in SCHEMES for line, related in WALK.of(scheme.id) for other in related
           if other.line.scheme.id == line.scheme.id]  # fmt: skip

    assert own == []


def test_a_standard_taken_over_with_another_figure_is_no_longer_equal() -> None:
    stricter = LOADED[BEIJING].with_chosen({"share-complete": 95}).scheme
    walk = crosswalk([LOADED[NATIONAL].scheme, stricter])

    assert found(walk, NATIONAL, 4, BEIJING) == {4: Relation.NARROWER}
    assert found(walk, BEIJING, 4, NATIONAL) == {4: Relation.WIDER}


def test_a_standard_taken_over_with_another_figure_differs_only_there() -> None:
    stricter = LOADED[BEIJING].with_chosen({"share-complete": 95}).scheme
    (group,) = (each for each in differences.groups(LOADED[NATIONAL].scheme, stricter) if each.title == "创建标准")

    assert [change.kind_title for change in group.changes] == ["修改"]
    assert "不低于 95%" in group.changes[0].after


# how relations come about


def test_checks_of_the_same_words_are_equal_without_being_written(tmp_path: Path) -> None:
    walk = small(tmp_path, ("text: 覆盖面不低于40%", "text: 覆盖面，不低于30%。"), ("value: 40", "value: 30"))

    assert found(walk, "upper", 2, "lower") == {3: Relation.EQUAL}


@pytest.mark.parametrize(
    ("mark", "relation"),
    [
        ('{compare: at_least, value: 40, unit: "%"}', Relation.NARROWER),
        ('{compare: above, value: 30, unit: "%"}', Relation.NARROWER),
        ('{compare: at_least, value: 20, unit: "%"}', Relation.WIDER),
        ('{compare: at_most, value: 30, unit: "%"}', Relation.RELATED),
    ],
)
def test_the_same_words_with_another_figure_are_as_strict_as_the_figure(
    mark: str, relation: Relation, tmp_path: Path
) -> None:
    walk = small(
        tmp_path,
        ("text: 覆盖面不低于40%", "text: 覆盖面不低于30%"),
        ('threshold: {compare: at_least, value: 40, unit: "%"}', f"threshold: {mark}"),
    )

    (pair,) = _checks(walk.related("upper", 2)[0])
    assert pair == (1, 1, relation)


def test_a_criterion_that_carries_one_check_of_two_is_only_part(tmp_path: Path) -> None:
    two = edited(
        HIGHER,
        (
            "              - text: 覆盖面不低于30%\n",
            "              - text: 有物业\n              - text: 覆盖面不低于30%\n",
        ),
    )
    walk = small(
        tmp_path,
        ("text: 覆盖面不低于40%\n", 'text: 覆盖面不低于40%\n                refines: {"2.2": equal}\n'),
        higher=two,
    )

    assert found(walk, "upper", 2, "lower") == {3: Relation.WIDER}
    assert found(walk, "lower", 3, "upper") == {2: Relation.NARROWER}


def test_a_criterion_without_counterparts_for_its_checks_is_only_related(tmp_path: Path) -> None:
    walk = small(tmp_path)

    assert found(walk, "upper", 2, "lower") == {3: Relation.RELATED}
    assert _checks(walk.related("upper", 2)[0]) == []


def test_what_is_left_out_shows_the_reason(tmp_path: Path) -> None:
    walk = small(tmp_path, ("refines: [1], ", ""), ("settings:\n", 'replaces: {"#1": 本地另有计划}\nsettings:\n'))

    assert [(each.line.criterion.no, each.reason) for each in walk.missing("lower")] == [(1, "本地另有计划")]


def test_a_scheme_whose_higher_one_is_not_there_stands_alone() -> None:
    walk = crosswalk([LOADED[SICHUAN].scheme, LOADED[HUBEI].scheme])

    assert (walk.related(SICHUAN, 23), walk.own(SICHUAN), walk.missing(SICHUAN)) == ((), (), ())


def test_an_unknown_criterion_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        WALK.related(NATIONAL, 17)


def test_figures_of_other_units_are_not_compared() -> None:
    share = Threshold.model_validate({"compare": "at_least", "value": 30, "unit": "%"})
    count = Threshold.model_validate({"compare": "at_least", "value": 30, "unit": "处"})

    assert strictness(share, count) is Relation.RELATED


def test_a_figure_that_is_looser_for_some_is_looser() -> None:
    strict = {"compare": "at_least", "value": 30, "unit": "%"}
    varied = Threshold.model_validate({**strict, "value": 40, "cases": [{"where": {"tags": ["老城"]}, "value": 20}]})

    assert strictness(Threshold.model_validate(strict), varied) is Relation.WIDER


def _checks(related: Related) -> list[tuple[int, int, Relation]]:
    return [(pair.number, pair.other_number, pair.relation) for pair in related.checks]


# the page


def test_the_page_shows_all_of_the_first_scheme_beside_the_others(
    client: Client, five: dict[str, SchemeVersion], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(2):
        shown = client.get(reverse("schemes:crosswalk")).content.decode()

    assert shown.count('<tr id="criterion-') == 16
    assert all(five[name].title in shown for name in five)
    assert "本方案增加的项（8 项）" in shown


def test_rows_and_columns_are_chosen_by_the_address(client: Client, five: dict[str, SchemeVersion]) -> None:
    response = client.get(reverse("schemes:crosswalk"), {"base": SICHUAN, "columns": [HUBEI, NATIONAL]})

    sheet = response.context["sheet"]
    assert sheet.base == five[SICHUAN]
    assert [column.version.scheme_id for column in sheet.columns] == [NATIONAL, HUBEI]
    assert response.content.decode().count('<tr id="criterion-') == 28


@pytest.mark.parametrize("query", [{"base": "nowhere"}, {"columns": "'<b>"}, {"base": "", "columns": ""}])
def test_a_strange_choice_shows_the_usual_sheet(
    client: Client, five: dict[str, SchemeVersion], query: dict[str, str]
) -> None:
    sheet = client.get(reverse("schemes:crosswalk"), query).context["sheet"]

    assert (sheet.base.scheme_id, len(sheet.columns)) == (NATIONAL, 4)


def test_without_a_scheme_there_is_nothing_to_compare(client: Client, db: None) -> None:
    assert "暂无已发布的方案" in client.get(reverse("schemes:crosswalk")).content.decode()
    assert client.get(reverse("schemes:crosswalk_workbook")).status_code == 404


def test_a_single_scheme_is_shown_alone(client: Client, places: dict[int, Any]) -> None:
    actions.publish(loaded(NATIONAL), chosen={}, by=None)

    assert client.get(reverse("schemes:crosswalk")).content.decode().count('<tr id="criterion-') == 16


def test_the_standard_leads_to_the_same_item_of_the_crosswalk(client: Client, five: dict[str, SchemeVersion]) -> None:
    shown = client.get(reverse("schemes:standard", args=[SICHUAN, 1])).content.decode()

    assert f'href="{reverse("schemes:crosswalk")}?base={SICHUAN}#criterion-23"' in shown


def test_the_workbook_holds_a_row_for_every_pair_of_checks(client: Client, five: dict[str, SchemeVersion]) -> None:
    response = client.get(reverse("schemes:crosswalk_workbook"), {"columns": SICHUAN})

    rows = list(load_workbook(BytesIO(b"".join(response.streaming_content))).active.values)  # type: ignore[attr-defined, union-attr]
    property_rows = [row for row in rows if row[1] == 12]
    assert property_rows[0][5:9] == (23, "物业服务水平提升", "附件1 #23", "更具体或更严")
    assert property_rows[0][9:] == (1, "物业管理覆盖面不低于30%", 1, "物业管理覆盖面不低于30%;", "等同")
    assert sum(row[8] == "本方案增加，上级标准没有" for row in rows) == 8


# the API


def test_the_api_gives_the_counterparts_of_one_criterion(client: Client, five: dict[str, SchemeVersion]) -> None:
    (criterion,) = client.get("/api/schemes/crosswalk", {"scheme": SICHUAN, "no": 23}).json()

    assert (criterion["scheme_id"], criterion["source"]) == (SICHUAN, "附件1 #23")
    assert [(each["scheme_id"], each["no"], each["relation"]) for each in criterion["related"]][:2] == [
        (NATIONAL, 11, "wider"),
        (NATIONAL, 12, "wider"),
    ]


@pytest.mark.parametrize("query", [{"scheme": "nowhere"}, {"scheme": SICHUAN, "no": 29}])
def test_the_api_knows_no_other_criteria(client: Client, five: dict[str, SchemeVersion], query: dict[str, Any]) -> None:
    assert client.get("/api/schemes/crosswalk", query).status_code == 404


def test_schemes_stay_what_they_are(five: dict[str, SchemeVersion]) -> None:
    """Relations are kept in a published version."""
    read = Scheme.model_validate(five[SICHUAN].document)

    assert read.standard.parts[0].criteria[3].checks[0].refines == {"2.1": "narrower", "2.2": "equal"}
