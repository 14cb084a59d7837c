"""Lists taken in: all or nothing, directly where the system has nothing, as proposals where it differs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.db import connection

from greenhood.divisions import actions, bulk
from greenhood.divisions.actions import BadList, OlderList
from greenhood.divisions.models import Change, Division, DivisionList
from greenhood.history.models import Entry
from tests.divisions.conftest import LIST, Load, without

pytestmark = pytest.mark.django_db


def proposals() -> list[tuple[str, int, str, int | None, str]]:
    return list(
        Change.objects.filter(state="proposed")
        .order_by("place", "id")
        .values_list("kind", "place", "old_name", "code", "name")
    )


def test_the_first_list_is_taken_directly_with_the_nation_above_it(load: Load) -> None:
    loaded = load()

    assert (loaded.fresh, loaded.proposals) == (16, {})
    assert Division.objects.count() == 17
    community = Division.objects.get(pk=310118105012)
    assert (community.code, community.level, community.parent_id) == (310118105012, 5, 310118105000)
    assert (community.pinyin, community.initials, community.bigrams) == (
        "huaxiushequjuweihui",
        "hxsqjwh",
        ["^华", "华秀", "秀社"],
    )
    assert Division.objects.get(pk=310000000000).parent_id == 0
    assert Entry.objects.get(event="divisions.list_read").details["added"] == 16


def test_the_same_list_again_changes_nothing(load: Load) -> None:
    load()

    again = load()

    assert (again.fresh, again.classes, again.proposals) == (0, 0, {})
    assert Division.objects.count() == 17


def test_a_bad_list_takes_nothing_in(load: Load) -> None:
    with pytest.raises(BadList) as bad:
        load(LIST + "310118105,,半截\n")

    assert [str(problem) for problem in bad.value.problems] == ["名单.csv 第18行：代码“310118105”是9位，应为12位。"]
    assert not Division.objects.exists()
    assert not DivisionList.objects.exists()


def test_kinds_of_units_that_the_system_has_none_of_are_taken_directly(load: Load) -> None:
    load(without(LIST, "310118001201", "310118105216"))

    loaded = load()

    assert (loaded.fresh, loaded.proposals) == (2, {})


def test_a_list_without_villages_or_of_another_province_abolishes_nothing(load: Load) -> None:
    load()

    loaded = load(without(LIST, "310118001201", "310118105216"))
    other = load("330000000000,,浙江省\n330100000000,,杭州市\n")

    assert (loaded.proposals, other.proposals, other.fresh) == ({}, {}, 2)


def test_a_province_that_a_list_leaves_out_keeps_its_lower_units(load: Load) -> None:
    load(LIST + "330000000000,,浙江省\n")

    assert load().proposals == {}


def test_an_older_list_for_the_same_province_is_refused(db: None, tmp_path: Path) -> None:
    path = tmp_path / "名单.csv"
    path.write_text(LIST, encoding="utf-8")
    actions.load(path, by=None, as_of=dt.date(2024, 6, 30))

    with pytest.raises(OlderList) as older:
        actions.load(path, by=None, as_of=dt.date(2023, 6, 30))

    assert older.value.reason == (
        "这份名单截至2023-06-30，比已读入的《名单.csv》（截至2024-06-30）旧。旧名单不能覆盖新名单，没有导入。"
    )


def test_classes_fill_what_had_none_and_propose_what_differs(load: Load) -> None:
    load()

    loaded = load(LIST.replace("310118105012,,", "310118105012,121,").replace("310118105006,121", "310118105006,112"))

    assert loaded.classes == 1
    assert Division.objects.get(pk=310118105012).urban_rural_class == 121
    assert Division.objects.get(pk=310118105006).urban_rural_class == 121
    assert proposals() == [("reclassified", 310118105006, "崧涵社区居委会", 310118105006, "崧涵社区居委会")]


def test_another_wording_of_the_kind_of_unit_is_no_change(load: Load) -> None:
    load()

    assert load(LIST.replace("社区居委会", "社区居民委员会").replace("村委会", "村民委员会")).proposals == {}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(
            lambda text: text.replace("华秀社区居委会", "华新社区居委会"),
            [("renamed", 310118105012, "华秀社区居委会", 310118105012, "华新社区居委会")],
            id="renamed",
        ),
        pytest.param(
            lambda text: text.replace("310118105012,,华秀", "310118105040,,华秀"),
            [("moved", 310118105012, "华秀社区居委会", 310118105040, "华秀社区居委会")],
            id="new code in the same street",
        ),
        pytest.param(
            lambda text: text.replace("310118105216,220,崧泽村村委会", "310118105030,121,崧泽社区居委会"),
            [("moved", 310118105216, "崧泽村村委会", 310118105030, "崧泽社区居委会")],
            id="a village becomes a community",
        ),
        pytest.param(
            lambda text: text.replace("310118105012,,华秀", "310118001003,,华秀"),
            [("moved", 310118105012, "华秀社区居委会", 310118001003, "华秀社区居委会")],
            id="to another street",
        ),
        pytest.param(
            lambda text: text.replace("310118105012,,华秀", "310118001001,,华秀").replace(
                "310118001001,111,青安", "310118105012,111,青安"
            ),
            [
                ("moved", 310118001001, "青安社区居委会", 310118105012, "青安社区居委会"),
                ("moved", 310118105012, "华秀社区居委会", 310118001001, "华秀社区居委会"),
            ],
            id="two change places",
        ),
        pytest.param(
            lambda text: text.replace("310118105", "310118005"),
            [
                ("moved", 310118105000, "赵巷镇", 310118005000, "赵巷镇"),
                ("moved", 310118105006, "崧涵社区居委会", 310118005006, "崧涵社区居委会"),
                ("moved", 310118105012, "华秀社区居委会", 310118005012, "华秀社区居委会"),
                ("moved", 310118105216, "崧泽村村委会", 310118005216, "崧泽村村委会"),
            ],
            id="a town with all that is in it",
        ),
        pytest.param(
            lambda text: text.replace("310118105", "310118005").replace("赵巷镇", "赵巷街道"),
            [
                ("moved", 310118105000, "赵巷镇", 310118005000, "赵巷街道"),
                ("moved", 310118105006, "崧涵社区居委会", 310118005006, "崧涵社区居委会"),
                ("moved", 310118105012, "华秀社区居委会", 310118005012, "华秀社区居委会"),
                ("moved", 310118105216, "崧泽村村委会", 310118005216, "崧泽村村委会"),
            ],
            id="a town becomes a street",
        ),
        pytest.param(
            lambda text: without(text, "310118105012"),
            [("abolished", 310118105012, "华秀社区居委会", None, "")],
            id="abolished",
        ),
        pytest.param(
            lambda text: text + "310118105013,,佳昱社区居委会\n",
            [("added", 310118105013, "", 310118105013, "佳昱社区居委会")],
            id="added",
        ),
        pytest.param(
            lambda text: without(text, "310118001001", "310118001002") + "310118001004,111,青安青松社区居委会\n",
            [
                ("merged", 310118001001, "青安社区居委会", None, ""),
                ("merged", 310118001002, "青松社区居委会", None, ""),
                ("added", 310118001004, "", 310118001004, "青安青松社区居委会"),
            ],
            id="merged into a new one that bears both names",
        ),
        pytest.param(
            lambda text: without(text, "310118001001").replace("青松社区", "青松青安社区"),
            [
                ("merged", 310118001001, "青安社区居委会", None, ""),
                ("renamed", 310118001002, "青松社区居委会", 310118001002, "青松青安社区居委会"),
            ],
            id="merged into one that took its name",
        ),
    ],
)
def test_what_a_newer_list_says_differently_is_proposed(load: Load, change: object, expected: list[object]) -> None:
    load()

    load(change(LIST))  # type: ignore[operator]

    assert proposals() == expected
    assert Division.objects.filter(valid_to=None).count() == 17


def test_a_newer_list_replaces_what_an_older_one_proposed(load: Load) -> None:
    load()
    load(LIST.replace("华秀", "华新"))

    load(LIST.replace("华秀", "华欣"))

    assert [name for *_, name in proposals()] == ["华欣社区居委会"]
    assert Change.objects.filter(state="superseded").count() == 1


def test_a_doubt_is_no_match(load: Load) -> None:
    """Two units of one name vanish from a county and two appear elsewhere: nobody can say which is which."""
    twice = (
        LIST + "310118001005,,团结社区居委会\n310118105005,,团结社区居委会\n310118106000,,甲镇\n310118107000,,乙镇\n"
    )
    load(twice)

    load(
        without(twice, "310118001005", "310118105005") + "310118106001,,团结社区居委会\n310118107001,,团结社区居委会\n"
    )

    assert [kind for kind, *_ in proposals()] == ["abolished", "abolished", "added", "added"]


def test_indexes_and_keys_are_as_before_after_a_large_load(load: Load) -> None:
    def made() -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "select conname, pg_get_constraintdef(oid) from pg_constraint where conrelid = %s::regclass"
                " union all select indexname, indexdef from pg_indexes where tablename = %s order by 1",
                [bulk.TABLE, bulk.TABLE],
            )
            return cursor.fetchall()

    before = made()

    load()

    assert made() == before


def test_the_shipped_extract_holds_the_twelve_of_zhaoxiang() -> None:
    from greenhood.divisions import reading
    from greenhood.divisions.management.commands.divisions import EXTRACT

    found = reading.read(EXTRACT)
    town = found.units.filter((found.units["code"] // 1000 == 310118105) & (found.units["level"] == 5))
    names = {name.removesuffix("社区居委会") for name in town["name"]}

    assert found.problems == []
    assert found.units.height == 172_035
    assert names >= {"崧鑫", "崧涵", "崧湖", "华沁", "华秀", "龙联", "佳辉", "佳煌", "佳福东", "佳昱", "秀景", "巷佳"}
