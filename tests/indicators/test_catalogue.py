"""The catalogue is complete: every indicator that schemes know, and everything that an entry has to say."""

from __future__ import annotations

import re
import string

import pytest

from greenhood.indicators.catalogue import Indicator, entries
from greenhood.indicators.figures import amount_words
from greenhood.schemes.known_indicators import INDICATORS

ALL = list(entries().values())
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_every_indicator_that_schemes_know_has_an_entry_and_no_other():
    assert set(entries()) == set(INDICATORS)


@pytest.fixture(params=ALL, ids=[one.key for one in ALL])
def one(request) -> Indicator:
    return request.param


def test_entry_says_in_chinese_what_it_is_and_how_it_is_computed(one):
    for text in (one.title, one.section, one.definition, one.formula, one.remedy, *one.reasons):
        assert CHINESE.search(text)
    assert one.definition.endswith("。")
    assert len(one.definition) > 10


def test_entry_names_its_source_and_the_clause(one):
    assert one.norm.title.strip()
    assert one.norm.clause.strip()
    assert one.norm.note == "" or one.norm.note.endswith("。")


def test_entry_has_a_unit_a_direction_and_a_limit_of_freshness(one):
    assert one.unit
    assert one.counts_in
    assert one.direction
    assert 0 < one.fresh_for <= 5 * 365


def test_entry_rests_on_kinds_of_record_that_exist(one):
    assert one.kinds
    assert bool(one.records) != (one.compute is not None)


def test_remedy_has_one_placeholder_for_what_is_missing(one):
    assert [name for _, name, _, _ in string.Formatter().parse(one.remedy) if name is not None] == ["short"]
    assert "{" not in one.remedy.format(short=amount_words(1, one.counts_in))


def test_every_reason_for_being_unknown_is_a_sentence_of_its_own(one):
    assert one.reasons
    assert len(set(one.reasons)) == len(one.reasons)
    assert all(reason.endswith("。") for reason in one.reasons)


def test_share_says_of_what_it_is_one_and_why_it_is_unknown_of_nothing(one):
    if one.records and one.is_share:
        assert one.part
        assert one.whole
    assert bool(one.whole) == bool(one.empty)


def test_blanks_that_would_count_have_a_reason(one):
    for records in one.records:
        assert bool(records.filled) == bool(records.incomplete)


def test_bounds_of_a_share_are_those_that_schemes_know(one):
    assert one.least == 0
    assert one.most in (None, 100)
