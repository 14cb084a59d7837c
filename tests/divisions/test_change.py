"""Proposed changes take effect when they are confirmed, together or not at all, and identity survives them."""

from __future__ import annotations

import datetime as dt

import pytest

from greenhood.divisions import actions
from greenhood.divisions.actions import Refused
from greenhood.divisions.models import Change, Division, DivisionCode, Succession
from greenhood.history.models import Entry
from tests.divisions.conftest import LIST, Load, without

pytestmark = pytest.mark.django_db

SECOND = dt.date(2024, 6, 2)


def confirm(**which: object) -> int:
    return actions.confirm(Change.objects.filter(**which), by=None)


def current(pk: int) -> tuple[int, str, int | None]:
    division = Division.objects.get(pk=pk, valid_to=None)
    return division.code, division.name, division.parent_id


def test_a_renamed_unit_keeps_its_id_and_is_found_by_its_new_name(load: Load) -> None:
    load()
    load(LIST.replace("华秀社区", "华新社区"))

    assert confirm() == 1

    division = Division.objects.get(pk=310118105012)
    assert (division.code, division.name, division.pinyin) == (310118105012, "华新社区居委会", "huaxinshequjuweihui")
    past = DivisionCode.objects.get()
    assert (past.division_id, past.code, past.name, past.valid_from, past.valid_to) == (
        310118105012, 310118105012, "华秀社区居委会", None, SECOND,
    )  # fmt: skip


def test_a_unit_with_a_new_code_keeps_its_id_and_moves_to_its_new_parent(load: Load) -> None:
    load()
    load(LIST.replace("310118105012,,华秀", "310118001003,,华秀"))

    confirm()

    assert current(310118105012) == (310118001003, "华秀社区居委会", 310118001000)
    assert list(DivisionCode.objects.values_list("code", "valid_to")) == [(310118105012, SECOND)]


def test_two_units_can_change_places(load: Load) -> None:
    load()
    load(
        LIST.replace("310118105012,,华秀", "310118001001,,华秀").replace(
            "310118001001,111,青安", "310118105012,111,青安"
        )
    )

    confirm()

    assert current(310118105012) == (310118001001, "华秀社区居委会", 310118001000)
    assert current(310118001001) == (310118105012, "青安社区居委会", 310118105000)


def test_a_town_moves_with_all_that_is_in_it_and_not_without(load: Load) -> None:
    load()
    load(LIST.replace("310118105", "310118005"))

    with pytest.raises(Refused) as refused:
        confirm(division=310118105000)
    assert (
        refused.value.reasons[0] == "“崧涵社区居委会”（310118105006）会脱离它的上级“赵巷镇”。请把上下级的变更一并确认。"
    )
    assert current(310118105000) == (310118105000, "赵巷镇", 310118000000)
    assert Change.objects.filter(state="proposed").count() == 4

    assert confirm() == 4
    assert current(310118105000) == (310118005000, "赵巷镇", 310118000000)
    assert current(310118105012) == (310118005012, "华秀社区居委会", 310118105000)


def test_a_merged_unit_leads_to_its_successor(load: Load) -> None:
    load()
    load(without(LIST, "310118001001", "310118001002") + "310118001004,111,青安青松社区居委会\n")

    confirm()

    assert list(Succession.objects.order_by("predecessor").values_list("predecessor", "successor", "kind", "on")) == [
        (310118001001, 310118001004, "merged", SECOND),
        (310118001002, 310118001004, "merged", SECOND),
    ]
    assert Division.objects.get(pk=310118001001).valid_to == SECOND
    assert Division.objects.get(pk=310118001004).valid_from == SECOND


def test_a_merger_needs_its_successor(load: Load) -> None:
    load()
    load(without(LIST, "310118001001", "310118001002") + "310118001004,111,青安青松社区居委会\n")

    with pytest.raises(Refused) as refused:
        confirm(kind="merged")

    assert refused.value.reasons == [
        "“青安社区居委会”并入的单位310118001004不在系统里。请一并确认那个单位，或改填并入到哪个单位。",
        "“青松社区居委会”并入的单位310118001004不在系统里。请一并确认那个单位，或改填并入到哪个单位。",
    ]


def test_an_abolished_unit_can_be_said_to_be_merged_by_hand(load: Load) -> None:
    load()
    load(without(LIST, "310118105012"))
    change = Change.objects.get()

    with pytest.raises(Refused, match="代码310118105099不在系统里"):
        actions.say_successor(change, 310118105099, by=None)
    actions.say_successor(change, 310118105006, by=None)
    confirm()

    assert list(Succession.objects.values_list("predecessor", "successor")) == [(310118105012, 310118105006)]


def test_a_code_that_is_used_again_belongs_to_a_new_unit(load: Load) -> None:
    load()
    load(without(LIST, "310118105012"))
    confirm()
    load(LIST.replace("华秀社区", "和瑞社区"))

    confirm(kind="added")

    old, new = Division.objects.filter(code=310118105012).order_by("pk")
    assert (old.pk, old.name, old.valid_to) == (310118105012, "华秀社区居委会", SECOND)
    assert (new.pk, new.name, new.valid_to) == (1310118105012, "和瑞社区居委会", None)


def test_a_code_is_not_given_while_another_holds_it(load: Load) -> None:
    load()
    load(
        LIST.replace("310118105012,,华秀", "310118001001,,华秀").replace(
            "310118001001,111,青安", "310118105012,111,青安"
        )
    )

    with pytest.raises(Refused) as refused:
        confirm(division=310118105012)

    assert refused.value.reasons == [
        "代码310118001001已由“青安社区居委会”使用，“华秀社区居委会”不能用它。请把占用该代码的那一项变更一并确认。"
    ]


def test_a_new_unit_needs_its_parent(load: Load) -> None:
    load()
    load(LIST + "310118106000,,新镇\n310118106001,,新镇社区居委会\n")

    with pytest.raises(Refused) as refused:
        confirm(level=5)

    assert refused.value.reasons == ["“新镇社区居委会”（310118106001）的上级不在系统里。请先确认它的上级，或一并确认。"]
    assert confirm() == 2
    assert current(310118106001) == (310118106001, "新镇社区居委会", 310118106000)


def test_a_parent_is_not_abolished_above_its_units(load: Load) -> None:
    load()
    load(without(LIST, "310151200"))

    with pytest.raises(Refused, match="新村社区居委会"):
        confirm(level=4)

    assert confirm() == 2


def test_a_decision_is_made_once_and_recorded(load: Load) -> None:
    load()
    load(LIST.replace("华秀社区", "华新社区"))

    assert [confirm(), confirm()] == [1, 0]

    entry = Entry.objects.get(event="divisions.changes_confirmed")
    assert entry.details["kinds"] == {"renamed": 1}
    assert entry.details["first"] == ["更名 310118105012 华秀社区居委会 → 310118105012 华新社区居委会"]


def test_a_dismissed_change_leaves_the_unit_alone(load: Load) -> None:
    load()
    load(LIST.replace("华秀社区", "华新社区"))

    assert actions.dismiss(Change.objects.all(), by=None) == 1

    assert current(310118105012)[1] == "华秀社区居委会"
    assert confirm() == 0
    assert Entry.objects.filter(event="divisions.changes_dismissed").count() == 1


def test_codes_over_the_years_follow_one_another(load: Load) -> None:
    load()
    load(LIST.replace("310118105012,,华秀", "310118105040,,华秀"))
    confirm()
    load(LIST.replace("310118105012,,华秀", "310118105041,,华秀"))
    confirm()

    assert list(DivisionCode.objects.order_by("valid_to").values_list("code", "valid_from", "valid_to")) == [
        (310118105012, None, SECOND),
        (310118105040, SECOND, dt.date(2024, 6, 3)),
    ]
    assert current(310118105012)[0] == 310118105041
