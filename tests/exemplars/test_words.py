"""How Chinese text is searched without a dictionary."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenhood.exemplars import words


def test_text_is_found_by_its_pairs_and_by_letters_written_together() -> None:
    found = words.terms({words.BODY: "ＬＥＤ路灯，节电30%"})

    assert found == ["led", "路灯", "节电", "30"]


def test_title_is_found_by_single_characters_too_and_says_where() -> None:
    assert words.terms({words.TITLE: "绿地"}) == ["绿地", "^绿地", "绿", "^绿", "地", "^地"]


def test_query_of_several_words_asks_for_each_once() -> None:
    assert words.asked("  口袋公园 议事 口袋公园 ！ ") == ["口袋公园", "议事"]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("“口袋公园”", ["口袋公园"]),
        ("口袋，公园、议事会。", ["口袋", "公园", "议事会"]),
        ("LED路灯 PM2.5", ["led路灯", "pm2.5"]),
        ("，。！% _ <>", []),
        ("公" * 200, ["公" * 60]),
    ],
)
def test_signs_around_and_between_words_are_none_of_them(text: str, asked: list[str]) -> None:
    assert words.asked(text) == asked


@given(st.text("绿地公园议事会停车ABc12 ，。", min_size=1, max_size=30), st.data())
def test_whatever_stands_in_a_text_is_never_missed(text: str, data: st.DataObject) -> None:
    begins = data.draw(st.integers(0, len(text) - 1))
    word = text[begins : begins + data.draw(st.integers(2, 6))]
    if not all(sign in "绿地公园议事会停车" for sign in word) or len(word) < 2:
        return

    assert set(words.terms_of(word)) <= set(words.terms({words.BODY: text}))


@pytest.mark.parametrize(
    ("text", "asked", "pieces"),
    [
        ("建口袋公园", ["公园"], [("建口袋", False), ("公园", True)]),
        ("ＬＥＤ灯", ["led"], [("ＬＥＤ", True), ("灯", False)]),
        ("没有", ["公园"], [("没有", False)]),
    ],
)
def test_words_are_marked_where_they_stand(text: str, asked: list[str], pieces: list[tuple[str, bool]]) -> None:
    assert words.pieces(text, asked) == pieces
    assert "".join(piece for piece, _ in words.pieces(text, asked)) == text


def test_excerpt_shows_the_part_with_the_word() -> None:
    shown = words.excerpt("一" * 200 + "公园" + "二" * 200, ["公园"], most=40)

    assert "公园" in shown
    assert len(shown) <= 42
