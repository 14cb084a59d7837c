"""A unit that gave its name to several new ones is proposed as divided; and no is remembered as an answer."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.test import Client

from greenhood.divisions import actions
from greenhood.divisions.actions import Refused
from greenhood.divisions.models import Change, Division, Succession
from greenhood.history.models import Entry
from tests.cast import Cast, sign_in
from tests.divisions.conftest import LIST, Load, without
from tests.divisions.test_page import CHANGES, DECIDE, NEWER

pytestmark = pytest.mark.django_db

HUAXIU = "310118105012,,华秀社区居委会\n"


def proposals() -> dict[int, tuple[str, list[int]]]:
    waiting = Change.objects.filter(state="proposed").order_by("place", "kind")
    return {each.division_id or -each.place: (each.kind, list(each.successor_codes)) for each in waiting}


def confirm_all() -> int:
    return actions.confirm(Change.objects.all(), by=None)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("华秀一", "华秀二"),
        ("华秀东", "华秀西"),
        ("东华秀", "西华秀"),
        ("第一华秀", "第二华秀"),
        ("华秀第一", "华秀第二"),
    ],
)
def test_new_units_that_share_the_name_of_one_that_is_gone_are_its_parts(load: Load, first: str, second: str) -> None:
    load()
    load(LIST.replace(HUAXIU, f"310118105020,,{first}社区居委会\n310118105021,,{second}社区居委会\n"))

    assert proposals() == {
        310118105012: ("split", [310118105020, 310118105021]),
        -310118105020: ("added", []),
        -310118105021: ("added", []),
    }


def test_one_part_may_have_been_given_the_code_of_the_whole(load: Load) -> None:
    load()
    load(LIST.replace(HUAXIU, "310118105012,,华秀东社区居委会\n310118105021,,华秀西社区居委会\n"))

    assert proposals()[310118105012] == ("split", [310118105012, 310118105021])
    assert confirm_all() == 3
    assert list(Succession.objects.order_by("successor__code").values_list("predecessor", "successor", "kind")) == [
        (310118105012, 1310118105012, "split"),
        (310118105012, 310118105021, "split"),
    ]


@pytest.mark.parametrize(
    "newer",
    [
        HUAXIU + "310118105021,,华秀西社区居委会\n",  # the unit itself goes on
        "310118105012,,华秀东社区居委会\n",  # only one part: a new name
        "310118105020,,华东社区居委会\n310118105021,,华西社区居委会\n",  # other names
    ],
)
def test_what_only_looks_alike_is_no_split(load: Load, newer: str) -> None:
    load()
    load(LIST.replace(HUAXIU, newer))

    assert "split" not in {kind for kind, _ in proposals().values()}


def test_parts_in_another_street_are_not_taken_for_parts(load: Load) -> None:
    load()
    load(LIST.replace(HUAXIU, "") + "310118001020,,华秀东社区居委会\n310118001021,,华秀西社区居委会\n")

    assert proposals()[310118105012] == ("abolished", [])


def test_a_divided_street_takes_its_communities_along(load: Load) -> None:
    load()
    newer = LIST.replace("310118001000,,夏阳街道", "310118001000,,夏阳东街道").replace(
        "310118001002,111,青松", "310118002001,111,青松"
    )
    load(newer + "310118002000,,夏阳西街道\n")

    confirm_all()

    parents = dict(Division.objects.filter(level=5, valid_to=None).values_list("name", "parent__name"))
    assert (parents["青安社区居委会"], parents["青松社区居委会"]) == ("夏阳东街道", "夏阳西街道")
    assert Division.objects.get(pk=310118001000).valid_to == dt.date(2024, 6, 2)


def test_a_split_is_not_confirmed_without_its_parts(load: Load) -> None:
    load()
    load(LIST.replace(HUAXIU, "310118105020,,华秀东社区居委会\n310118105021,,华秀西社区居委会\n"))

    with pytest.raises(Refused, match="“华秀社区居委会”分设的单位310118105020不在系统里"):
        actions.confirm(Change.objects.filter(kind="split"), by=None)


@pytest.mark.parametrize(("code", "kind"), [(310118105012, "renamed"), (310118105021, "moved")])
def test_a_part_can_be_said_to_be_the_old_unit(load: Load, code: int, kind: str) -> None:
    load()
    load(LIST.replace(HUAXIU, "310118105012,,华秀东社区居委会\n310118105021,,华秀西社区居委会\n"))

    actions.keep_identity(Change.objects.get(kind="split"), code, by=None)

    assert proposals()[310118105012] == (kind, [])
    assert confirm_all() == 2
    assert Division.objects.get(pk=310118105012).code == code
    assert not Succession.objects.exists()


def test_only_a_part_that_is_proposed_can_be_the_old_unit(load: Load) -> None:
    load()
    load(LIST.replace(HUAXIU, "310118105020,,华秀东社区居委会\n310118105021,,华秀西社区居委会\n"))

    with pytest.raises(Refused, match="代码310118105006不是待确认的分设单位之一"):
        actions.keep_identity(Change.objects.get(kind="split"), 310118105006, by=None)


# Dismissed


def test_what_was_dismissed_is_not_asked_again_by_the_same_list(load: Load, tmp_path: Path) -> None:
    load()
    path = tmp_path / "新名单.csv"
    path.write_text(
        without(LIST, "310118105012").replace("青安", "清安") + "310118105030,,新建社区\n", encoding="utf-8"
    )
    day = dt.date(2024, 7, 1)
    actions.load(path, by=None, as_of=day)
    actions.dismiss(Change.objects.exclude(kind="renamed"), by=None)

    again = actions.load(path, by=None, as_of=day)
    as_of_another_day = actions.load(path, by=None, as_of=day + dt.timedelta(days=1))

    assert (again.proposals, again.dismissed) == ({"renamed": 1}, 2)
    assert (as_of_another_day.proposals, as_of_another_day.dismissed) == ({"renamed": 1}, 2)


def test_a_later_list_may_ask_again(load: Load) -> None:
    load()
    load(without(LIST, "310118105012"))
    actions.dismiss(Change.objects.all(), by=None)

    loaded = load(without(LIST, "310118105012") + "310118105030,,新建社区\n")

    assert loaded.proposals == {"abolished": 1, "added": 1}


def test_a_merger_said_by_hand_and_dismissed_does_not_come_back_as_an_abolition(load: Load, tmp_path: Path) -> None:
    load()
    path = tmp_path / "新名单.csv"
    path.write_text(without(LIST, "310118105012"), encoding="utf-8")
    actions.load(path, by=None, as_of=dt.date(2024, 7, 1))
    actions.say_successor(Change.objects.get(), 310118105006, by=None)
    actions.dismiss(Change.objects.all(), by=None)

    assert actions.load(path, by=None, as_of=dt.date(2024, 7, 1)).proposals == {}


def test_dismissed_changes_can_be_reconsidered_until_a_later_list(load: Load) -> None:
    load()
    load(LIST.replace("华秀社区", "华新社区"))
    actions.dismiss(Change.objects.all(), by=None)

    assert actions.reconsider(Change.objects.all(), by=None) == 1
    assert Entry.objects.filter(event="divisions.change_reconsidered").count() == 1
    actions.dismiss(Change.objects.all(), by=None)
    load()
    assert actions.reconsider(Change.objects.all(), by=None) == 0


# The page

DIVIDED = NEWER.replace(
    "510107001001,111,晋阳路社区居委会\n", "510107001001,111,晋阳东社区居委会\n510107001003,111,晋阳西社区居委会\n"
)


@pytest.fixture
def divided(cast: Cast, tmp_path: Path) -> Change:
    path = tmp_path / "2024.csv"
    path.write_text(DIVIDED, encoding="utf-8")
    actions.load(path, by=None, as_of=dt.date(2024, 6, 30))
    return Change.objects.get(kind="split")


def test_a_split_is_shown_with_its_parts_and_can_be_said_to_be_none(
    client: Client, cast: Cast, divided: Change
) -> None:
    sign_in(client, cast.system_admin)
    address = f"/divisions/changes/{divided.pk}/successor/"

    page = client.get(CHANGES).content.decode()
    form = client.get(address).content.decode()
    wrong = client.post(address, {"part": "510107002001"})
    client.post(address, {"part": "510107001001"})

    assert "分设为 晋阳东社区居委会（510107001001）" in page
    assert "由晋阳西社区居委会（510107001003）沿用" in form
    assert wrong.status_code == 422
    assert proposals()[510107001001] == ("renamed", [])


def test_dismissed_changes_are_listed_and_brought_back_on_the_page(client: Client, cast: Cast, divided: Change) -> None:
    sign_in(client, cast.system_admin)
    client.post(DECIDE, {"change": [divided.pk], "verb": "dismiss"})

    page = client.get(CHANGES, {"state": "dismissed"}).content.decode()
    client.post(DECIDE, {"state": "dismissed", "change": [divided.pk], "verb": "reconsider"})

    assert ("晋阳社区居委会" in page, "广福桥" in page) == (True, False)
    divided.refresh_from_db()
    assert divided.state == "proposed"
