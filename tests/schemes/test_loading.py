"""Reading scheme files: what is taken from them, and what is said of those that cannot be read."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from greenhood.schemes import loading, source
from greenhood.schemes.engine import Answer, compile_standard
from greenhood.schemes.format import How, Scheme
from greenhood.schemes.problems import Refused
from tests.schemes.files import HIGHER, LOWER, edited, line_of, write


def refusal(text: str | bytes, folder: Path) -> tuple[int, str, str]:
    """The one problem of a file: line, message, hint."""
    path = write(folder)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Refused) as caught:
        loading.load(path)
    (problem,) = caught.value.problems
    assert (problem.path, problem.severity) == (path, "error")
    return problem.line, problem.message, problem.hint


def test_values_keep_their_kind_and_exact_digits() -> None:
    text = "a: 1\nb: 2.50\nc: 2021-02-28\nd: yes\ne: '1'\nf: [true, null, ~]\ng: 01\nh: 1e3\ni: |\n  两行\n  文字\n"

    raw = source.parse(text, Path("x.yaml")).raw

    assert raw == {
        "a": 1,
        "b": Decimal("2.50"),
        "c": date(2021, 2, 28),
        "d": "yes",
        "e": "1",
        "f": [True, None, None],
        "g": "01",
        "h": "1e3",
        "i": "两行\n文字\n",
    }


def test_every_value_knows_its_line() -> None:
    lines = source.parse("a: 1\nb:\n  - x\n  - c: 2\n    d: {e: 3}\n", Path("x.yaml")).lines

    assert [lines[place] for place in [("a",), ("b",), ("b", 0), ("b", 1, "c"), ("b", 1, "d", "e")]] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("id: a\ntitle: b\nid: c\n", 3, "“id”写了两次（第一次在第 1 行）"),
        ("id: a\nx: {b: 1, b: 2}\n", 2, "“b”写了两次（第一次在第 2 行）"),
        ("id: !!python/object:os.system a\n", 1, "不支持标签 tag:yaml.org,2002:python/object:os.system"),
        ("id: !secret a\n", 1, "不支持标签 !secret"),
        ("id: &anchor a\n", 1, "不支持锚点（&名称）"),
        ("id: a\nx:\n\ty: 1\n", 3, "格式错误：用了制表符"),
        ("id: a\nx: b: c\n", 2, "格式错误：冒号的位置不对"),
        ("id: 'a\n", 1, "格式错误：引号没有成对"),
        ("id: a\nx: [1, 2\ny: 3\n", 2, "格式错误：方括号没有成对"),
        ("id: a\nby: 2021-02-31\n", 2, "没有 2021-02-31 这一天"),
        ("id: a\n---\nid: b\n", 2, "一个文件里有多份内容"),
        ("- a\n- b\n", 1, "文件内容不是“名称: 值”的形式"),
        ("", 1, "文件内容不是“名称: 值”的形式"),
        ("? [a, b]\n: 1\n", 1, "名称只能是一个词"),
        ("id: a\nx: " + "[" * 40 + "]" * 40 + "\n", 2, "嵌套太深"),
        ("id: " + "[" * 20_000, 1, "嵌套太深"),
        ("id: a\x01b\n", 1, "格式错误：含有不可见的控制字符"),
        (b"id: a\ntitle: \xc2\xcc\xc9\xab\n", 2, "不是 UTF-8 编码"),
        (b"\xff\xfei\x00d\x00", 1, "不是 UTF-8 编码"),
        ("id: a\n" + "x" * 2_000_001, 1, "文件超过 2 MB"),
    ],
)
def test_unreadable_file_is_refused_with_its_line(text: str | bytes, line: int, message: str, tmp_path: Path) -> None:
    got_line, got_message, hint = refusal(text, tmp_path)

    assert (got_line, got_message) == (line, message)
    assert hint


def test_expansion_attack_is_refused_before_it_expands(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9))]
    path = write(tmp_path)
    path.write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(Refused) as caught:
        loading.load(path)

    assert {problem.message for problem in caught.value.problems} == {"不支持锚点（&名称）", "不支持别名（*名称）"}


def test_missing_file_and_folder_are_said(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="没有这个文件"):
        loading.load(tmp_path / "none.yaml")
    with pytest.raises(Refused, match="文件读不出来"):
        loading.load(tmp_path)


def test_byte_order_mark_is_no_obstacle(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + LOWER.encode())

    assert loading.load(path).scheme.id == "lower"


# --- settings --------------------------------------------------------------------------------------------------------


def test_settings_take_effect_as_default_or_as_chosen(tmp_path: Path) -> None:
    loaded = loading.load(write(tmp_path))

    chosen = loaded.with_chosen({"pass-mark": "60.5", "method": "all", "notice-days": 7})

    assert (loaded.scheme.standard.levels[0].at_least, loaded.scheme.step("notice").days) == (70, 5)
    assert (chosen.scheme.standard.levels[0].at_least, chosen.scheme.step("notice").days) == (Decimal("60.5"), 7)
    assert chosen.scheme.standard.parts[0].criteria[0].how is How.ALL


def test_effects_say_where_each_setting_takes_effect(tmp_path: Path) -> None:
    loaded = loading.load(write(tmp_path))

    assert loaded.effects == {
        "pass-mark": [("standards", 0, "levels", 0, "at_least")],
        "method": [("standards", 0, "parts", 0, "criteria", 0, "how")],
        "notice-days": [("procedure", "steps", 1, "days")],
    }


def test_method_of_scoring_may_be_a_setting(tmp_path: Path) -> None:
    loaded = loading.load(write(tmp_path))
    half = {1: Answer(checks=(True, False))}

    points = [
        compile_standard(version.scheme.standard).score(half).criterion(1).points
        for version in (loaded, loaded.with_chosen({"method": "all"}))
    ]

    assert loaded.scheme.standard.parts[0].criteria[0].how is How.SHARE
    assert points == [20, 0]


def test_unknown_setting_is_refused_where_it_stands(tmp_path: Path) -> None:
    text = edited(LOWER, ("{setting: method}", "{setting: metod}"))

    line, message, _ = refusal(text, tmp_path)

    assert (line, message) == (line_of(text, "metod"), "没有开放设置“metod”，是不是“method”？")


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"pass-mark": 101}, "“分数线”：不能大于 100，现为 101"),
        ({"pass-mark": "-1"}, "“分数线”：不能小于 0，现为 -1"),
        ({"pass-mark": "七十"}, "“分数线”：要写数字，不能是 七十"),
        ({"pass-mark": "NaN"}, "“分数线”：要写数字，不能是 NaN"),
        ({"method": "each"}, "“小项得分”：只能选 share、all，不能是 each"),
        ({"methods": "all"}, "没有开放设置“methods”，是不是“method”？"),
    ],
)
def test_wrong_choice_is_refused(chosen: dict[str, Any], message: str, tmp_path: Path) -> None:
    loaded = loading.load(write(tmp_path))

    with pytest.raises(Refused) as caught:
        loaded.with_chosen(chosen)

    assert [problem.message for problem in caught.value.problems] == [message]


# --- the higher scheme -----------------------------------------------------------------------------------------------


def test_sections_that_a_file_does_not_write_come_from_the_higher_scheme(tmp_path: Path) -> None:
    loaded = loading.load(write(tmp_path))

    assert loaded.inherited == {"subjects", "goals", "titles", "procedure", "calendar"}
    assert loaded.scheme.procedure == loading.load(tmp_path / "upper.yaml").scheme.procedure
    assert loaded.scheme.standard.title == "本级标准"
    assert [setting.key for setting in loaded.scheme.settings] == ["pass-mark", "method", "notice-days"]


def test_lower_scheme_may_set_what_the_higher_left_open(tmp_path: Path) -> None:
    own = "  - {key: notice-days, title: 公示天数, default: 9, open: false, reason: 本级规定九天, source: 三}\n"
    text = edited(LOWER, ("standards:\n", own + "standards:\n"))

    assert loading.load(write(tmp_path, text)).scheme.step("notice").days == 9


def test_inherited_place_is_in_the_higher_file(tmp_path: Path) -> None:
    loaded = loading.load(write(tmp_path))
    notice = ("procedure", "steps", 1)

    assert (loaded.file(notice).name, loaded.line(notice)) == ("upper.yaml", line_of(HIGHER, "key: notice,"))
    assert loaded.file(("standards",)).name == "lower.yaml"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("uper", "没有上级方案 uper，是不是“upper”？"),
        ("lower", "上级方案绕成一圈：lower"),
        ("../upper", "implements 要写上级方案的标识"),
    ],
)
def test_wrong_higher_scheme_is_refused(name: str, message: str, tmp_path: Path) -> None:
    line, got, _ = refusal(edited(LOWER, ("implements: upper", f"implements: {name}")), tmp_path)

    assert (line, got) == (line_of(LOWER, "implements"), message)


def test_circle_of_higher_schemes_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, higher=HIGHER + "implements: lower\n")

    with pytest.raises(Refused, match="上级方案绕成一圈"):
        loading.load(path)


def test_folder_is_loaded_whole_and_twins_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    assert sorted(loading.load_all(tmp_path)) == ["lower", "upper"]

    (tmp_path / "twin.yaml").write_text(LOWER, encoding="utf-8")

    with pytest.raises(Refused, match=r"标识 lower 与 lower\.yaml 重复"):
        loading.load_all(tmp_path)


def test_document_reads_back_as_the_same_scheme(tmp_path: Path) -> None:
    scheme = loading.load(write(tmp_path)).scheme

    assert Scheme.model_validate(loading.as_document(scheme)) == scheme
