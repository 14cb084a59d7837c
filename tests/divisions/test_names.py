"""Names as they are searched, sorted and compared."""

import polars as pl
import pytest

from greenhood.divisions import names


def columns(*given: str) -> list[tuple[str, str, str]]:
    frame = names.with_search_columns(pl.DataFrame({"name": list(given)}, schema={"name": pl.String}))
    return list(frame.select("pinyin", "initials", "bigrams").iter_rows())


@pytest.mark.parametrize(
    ("name", "pinyin", "initials"),
    [
        ("朝阳区", "chaoyangqu", "cyq"),
        ("成都市", "chengdushi", "cds"),
        ("都匀市", "duyunshi", "dys"),
        ("重庆市", "chongqingshi", "cqs"),
        ("六安市", "luanshi", "las"),
        ("西藏自治区", "xizangzizhiqu", "xzzzq"),
        ("长沙市", "changshashi", "css"),
        ("崧鑫社区居民委员会", "songxinshequjuweihui", "sxsqjwh"),
        ("A、B区", "a、bqu", "a、bq"),
    ],
)
def test_a_name_is_read_as_its_place_is_called(name: str, pinyin: str, initials: str) -> None:
    assert columns(name)[0][:2] == (pinyin, initials)


def test_pairs_leave_out_what_tens_of_thousands_share_and_keep_their_order() -> None:
    assert columns("华秀社区居民委员会", "东", "新村") == [
        ("huaxiushequjuweihui", "hxsqjwh", "{^华,华秀,秀社}"),
        ("dong", "d", "{^东}"),
        ("xincun", "xc", "{^新,新村}"),
    ]


def test_no_names_have_no_columns_to_fill() -> None:
    assert columns() == []


def test_the_pairs_of_a_search_are_among_those_of_every_name_that_contains_it() -> None:
    stored = columns("崧鑫社区居民委员会")[0][2].strip("{}").split(",")

    assert [set(names.pairs(text)) <= set(stored) for text in ("崧鑫", "鑫社区", "崧鑫社区居委会", "崧")] == [True] * 4


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("崧鑫社区居委会", "崧鑫"),
        ("崧鑫居民委员会", "崧鑫"),
        ("南崧村村委会", "南崧"),
        ("浆洗街街道办事处", "浆洗街"),
        ("东社区", "东社区"),
        ("赵巷镇", "赵巷"),
    ],
)
def test_the_core_of_a_name_says_which_without_what_kind(name: str, core: str) -> None:
    assert names.core(name) == core
    assert pl.DataFrame({"name": [name]}).select(names.core_column(pl.col("name"))).item() == core


def test_every_reading_has_one_syllable_for_each_character() -> None:
    assert [word for word, sound in names.own_readings().items() if len(word) != len(sound)] == []
