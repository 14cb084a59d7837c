"""Numbers as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from greenhood.facts import units
from greenhood.facts.units import Unreadable


@pytest.mark.parametrize(
    ("text", "unit", "value", "said"),
    [
        ("32000", "平方米", "32000", ""),
        ("３２０００", "平方米", "32000", ""),
        ("32,000.5", "平方米", "32000.5", ""),
        ("3.2公顷", "平方米", "32000", "3.2 公顷 = 32,000 平方米"),
        ("3.2 ha", "平方米", "32000", "3.2 ha = 32,000 平方米"),
        ("5亩", "平方米", "3333.33", "5 亩 = 3,333.33 平方米"),
        ("0.5平方公里", "平方米", "500000", "0.5 平方公里 = 500,000 平方米"),
        ("120㎡", "平方米", "120", ""),
        ("1.2公里", "米", "1200", "1.2 公里 = 1,200 米"),
        ("800户", "户", "800", ""),
        ("1.2万", "人", "12000", ""),
    ],
)
def test_numbers_are_read_in_the_unit_that_was_asked_for(text: str, unit: str, value: str, said: str) -> None:
    found = units.read(text, unit)

    assert (found.value, found.said) == (Decimal(value), said)


@pytest.mark.parametrize(
    ("text", "unit", "words"),
    [
        ("约三千", "平方米", "不是数字"),
        ("3,00", "户", "不认识"),
        ("3公顷", "户", "面积单位"),
        ("300人", "户", "不认识“人”"),
        ("3顷", "平方米", "单位为平方米、平米、㎡、公顷、亩"),
        ("", "户", "不是数字"),
        ("1e5", "户", "不认识"),
        ("=1+1", "户", "不是数字"),
    ],
)
def test_what_is_no_number_of_the_unit_is_refused_with_the_reason(text: str, unit: str, words: str) -> None:
    with pytest.raises(Unreadable) as caught:
        units.read(text, unit)

    assert words in str(caught.value)


@given(st.text(max_size=80), st.sampled_from(["平方米", "户", "", "米"]))
def test_any_text_is_a_number_or_refused(text: str, unit: str) -> None:
    try:
        found = units.read(text, unit)
    except Unreadable as problem:
        said = str(problem)
    else:
        said = str(found.value)
    assert said
