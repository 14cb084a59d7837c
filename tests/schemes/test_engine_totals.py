"""Parts, totals and levels; each standard is scored alone and in a batch, which must agree."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from greenhood.schemes.engine import (
    Answer,
    Place,
    Result,
    aggregate,
    combine_sheets,
    compile_standard,
    in_points,
    standard_for,
)
from greenhood.schemes.format import Rounding, Scheme, Standard
from tests.schemes.standards import checks, line, part, share_threshold, single, standard

D = Decimal
MET = Answer(met=True)
NOT_MET = Answer(met=False)
AWAY = Answer(applies=False)


def given(points: Any) -> Answer:
    return Answer(claimed=D(str(points)))


def result_of(made: Standard, answers: dict[int, Answer]) -> Result:
    """The result, after seeing that the batch says the same."""
    compiled = compile_standard(made)
    result = compiled.score(answers)
    row = compiled.score_many(compiled.frame([answers])).row(0, named=True)
    assert (row["total"], row["maximum"], row["level"]) == (
        result.total * 10_000,
        result.maximum * 10_000,
        result.level,
    )
    assert (row["vetoed"], row["answered"], row["met"]) == (bool(result.vetoes), result.answered, result.met)
    for scored in result.parts:
        assert (row[f"part_{scored.key}"], row[f"part_{scored.key}_possible"]) == (
            scored.points * 10_000,
            scored.possible * 10_000,
        )
    return result


def level(key: str = "green", **words: Any) -> dict[str, Any]:
    return {"key": key, "title": key, **words}


def hundred(**words: Any) -> Standard:
    """Two parts of 60 and 40 points, given by the assessor."""
    return standard(part("a", line(1, points=60)), part("b", line(2, points=40)), **words)


@pytest.mark.parametrize(
    ("marks", "points", "reached"),
    [
        ({"at_least": 70}, 70, True),
        ({"at_least": 70}, "69.99", False),
        ({"above": 70}, 70, False),
        ({"above": 70}, "70.01", True),
    ],
)
def test_pass_mark_is_inclusive_or_strict(marks: dict[str, Any], points: Any, reached: bool) -> None:
    made = standard(part("a", line(1, points=100)), levels=[level(**marks)])

    assert result_of(made, {1: given(points)}).level == ("green" if reached else None)


def test_highest_level_reached_counts_and_gaps_name_the_rest() -> None:
    made = hundred(levels=[level("one", at_least=60), level("two", at_least=75), level("three", above=90)])

    result = result_of(made, {1: given(50), 2: given("25.5")})

    assert (result.total, result.level) == (D("75.5"), "two")
    assert [(gap.level, gap.points_short, gap.needs) for gap in result.gaps] == [
        ("three", D("14.51"), ("总分还差 14.51 分，现为 75.5 分",))
    ]


def test_gate_without_points_keeps_a_level_back() -> None:
    made = standard(part("a", line(1, points=100), line(2, kind="met")), levels=[level(at_least=60, all_met=True)])

    result = result_of(made, {1: given(100), 2: NOT_MET})

    assert (result.total, result.level) == (100, None)
    assert result.gaps[0].needs == ("第 2 项要满足",)
    assert result_of(made, {1: given(100), 2: MET}).level == "green"


def test_veto_keeps_every_level_back_that_does_not_waive_it() -> None:
    made = standard(
        part("a", line(1, points=100), line(2, kind="veto")),
        levels=[level("seen", at_least=0, no_veto=False), level("green", at_least=60)],
    )

    result = result_of(made, {1: given(100), 2: NOT_MET})

    assert (result.level, result.vetoes) == ("seen", (2,))
    assert result.gaps[0].needs == ("第 2 项一票否决",)


def test_floor_of_a_part_in_points_and_as_a_share() -> None:
    made = hundred(
        levels=[
            level("points", at_least=60, floors=[{"part": "b", "at_least": 20}]),
            level("share", at_least=60, floors=[{"part": "a", "share": "0.9"}]),
        ]
    )

    assert result_of(made, {1: given(60), 2: given(19)}).level == "share"
    assert result_of(made, {1: given(50), 2: given(20)}).level == "points"
    result = result_of(made, {1: given(50), 2: given(19)})
    assert result.level is None
    assert [gap.needs for gap in result.gaps] == [
        ("“部分 b”要达到 20 分，现为 19 分",),
        ("“部分 a”要达到该部分分值的 90%，现为 83.3%",),
    ]


def test_each_part_has_its_share() -> None:
    made = hundred(levels=[level(at_least=60, each_part_at_least="0.6")])

    assert result_of(made, {1: given(60), 2: given("23.99")}).level is None
    assert result_of(made, {1: given(36), 2: given(24)}).level == "green"


def test_named_lines_must_hold_besides_the_total() -> None:
    made = hundred(levels=[level(at_least=60, must=[2])])

    assert result_of(made, {1: given(60), 2: given(39)}).level is None
    assert result_of(made, {1: given(20), 2: given(40)}).level == "green"


def test_deduction_that_belongs_to_no_line_comes_off_the_total_up_to_its_cap() -> None:
    deduction = line(3, kind="deduction", points=10, deducts=[{"per": "instance", "text": "投诉", "points": 3}])
    made = standard(part("a", line(1, points=60), deduction), part("b", line(2, points=40)))

    result = result_of(made, {1: given(60), 2: given(40), 3: Answer(counts=(2,))})

    assert (result.total, result.maximum, result.criterion(3).points) == (94, 100, -6)
    assert result.criterion(3).reason == "从总分中扣 6 分"
    assert result.parts[0].points == 60
    assert result_of(made, {1: given(60), 2: given(40), 3: Answer(counts=(9,))}).total == 90
    assert result_of(made, {1: given(4), 2: given(1), 3: Answer(counts=(9,))}).total == 0


@pytest.mark.parametrize(
    ("words", "bonus", "total"),
    [
        ({}, 4, 94),
        ({}, 20, 100),
        ({"bonus_over_maximum": True}, 20, 110),
        ({"bonus_over_maximum": True, "bonus_cap": 5}, 20, 95),
        ({"bonus_cap": 5}, 20, 95),
    ],
)
def test_bonus_is_capped_open_or_over_the_maximum(words: dict[str, Any], bonus: int, total: int) -> None:
    made = standard(part("a", line(1, points=100), line(2, kind="bonus", how="claimed")), **words)

    result = result_of(made, {1: given(90), 2: given(bonus)})

    assert (result.total, result.maximum) == (total, 100)


def test_bonus_makes_up_for_deductions_before_the_maximum_cuts() -> None:
    lines = [line(1, points=100), line(2, kind="bonus", how="claimed"), line(3, kind="deduction", points=5)]

    assert result_of(standard(part("a", *lines)), {1: given(100), 2: given(3), 3: given(5)}).total == 98


def test_line_that_does_not_apply_leaves_the_denominator() -> None:
    made = standard(part("a", line(1, points=60, may_not_apply=True)), part("b", line(2, points=40)))

    result = result_of(made, {1: AWAY, 2: given(30)})

    assert (result.total, result.maximum, result.parts[0].possible) == (75, 100, 0)


def test_total_is_not_scaled_where_the_standard_says_so() -> None:
    made = standard(
        part("a", line(1, points=60, may_not_apply=True)), part("b", line(2, points=40)), scale_when_left_out=False
    )

    result = result_of(made, {1: AWAY, 2: given(30)})

    assert (result.total, result.maximum) == (30, 40)


@pytest.mark.parametrize(("mode", "total"), [("full", 90), ("zero", 30)])
def test_line_that_does_not_apply_counts_full_or_nothing(mode: str, total: int) -> None:
    made = standard(
        part("a", line(1, points=60, may_not_apply=True, not_applicable=mode)), part("b", line(2, points=40))
    )

    result = result_of(made, {1: AWAY, 2: given(30)})

    assert (result.total, result.maximum) == (total, 100)


def test_nothing_applies_is_zero_not_a_division() -> None:
    made = single(line(1, points=100, may_not_apply=True))

    result = result_of(made, {1: AWAY})

    assert (result.total, result.level) == (0, None)


def test_floor_in_points_shrinks_with_what_is_left_out() -> None:
    made = standard(
        part("a", line(1, points=20), line(2, points=20, may_not_apply=True)),
        part("b", line(3, points=60)),
        levels=[level(at_least=0, floors=[{"part": "a", "at_least": 24}])],
    )

    assert result_of(made, {1: given(12), 2: AWAY, 3: given(60)}).level == "green"
    assert result_of(made, {1: given("11.99"), 2: AWAY, 3: given(60)}).level is None


def test_parts_are_weighted() -> None:
    made = standard(
        part("a", line(1, points=100), weight="0.3"),
        part("b", line(2, points=100), weight="0.7"),
        rounding={"places": 1},
    )

    result = result_of(made, {1: given(50), 2: given("90.3")})

    assert (result.total, result.maximum) == (D("78.2"), 100)


def test_star_levels_have_floors_that_differ() -> None:
    made = hundred(
        levels=[
            level("three", at_least=60),
            level("four", at_least=75, floors=[{"part": "b", "at_least": 25}]),
            level("five", at_least=90, floors=[{"part": "b", "at_least": 35}], must=[1]),
        ]
    )

    assert result_of(made, {1: given(58), 2: given(24)}).level == "three"
    assert result_of(made, {1: given(58), 2: given(35)}).level == "four"
    assert result_of(made, {1: given(60), 2: given(35)}).level == "five"


def test_level_below_the_one_reached_is_no_gap() -> None:
    made = hundred(
        levels=[level("narrow", at_least=60, must=[2]), level("wide", at_least=70), level("top", at_least=100)]
    )

    result = result_of(made, {1: given(60), 2: given(20)})

    assert (result.level, [gap.level for gap in result.gaps]) == ("wide", ["top"])


def test_line_that_does_not_apply_does_not_veto() -> None:
    made = standard(part("a", line(1, points=100), line(2, kind="veto", may_not_apply=True)))

    result = result_of(made, {1: given(100), 2: Answer(applies=False, met=False)})

    assert (result.vetoes, result.level, result.answered) == ((), "green", 2)


def test_checklist_counts_what_is_met_and_needs_all() -> None:
    made = standard(
        part("a", line(1, kind="met", how="all", checks=checks(2)), line(2, kind="met")),
        part("b", line(3, kind="met", may_not_apply=True)),
        scoring="checklist",
        levels=[level(all_met=True)],
    )

    short = result_of(made, {1: Answer(checks=(True, False)), 2: MET, 3: MET})
    away = result_of(made, {1: Answer(checks=(True, True)), 2: MET, 3: AWAY})

    assert (short.total, short.maximum, short.level, short.missed) == (2, 3, None, (1,))
    assert short.gaps[0].needs == ("第 1 项要满足",)
    assert short.criterion(1).reason == "2 项要求已满足 1 项，未达标"
    assert (away.total, away.maximum, away.level) == (2, 2, "green")


def test_complete_answers_are_counted() -> None:
    made = standard(part("a", line(1, how="share", checks=checks(2)), line(2), line(3, may_not_apply=True)))
    answers = {1: Answer(checks=(True,)), 3: AWAY}

    result = result_of(made, answers)

    assert (result.answered, result.asked) == (1, 3)


def test_method_of_the_standard_is_for_lines_that_name_none() -> None:
    made = standard(part("a", line(1, checks=checks(2)), line(2, how="all", checks=checks(2))), how="share")

    result = result_of(made, {1: Answer(checks=(True, False)), 2: Answer(checks=(True, False))})

    assert [scored.points for scored in result.criteria] == [D("2.5"), 0]


def test_same_standard_is_compiled_once() -> None:
    made, again = hundred(), hundred()

    assert compile_standard(made) is compile_standard(made)
    assert compile_standard(made) is compile_standard(again)


def test_judge_finds_the_level_of_a_composed_total() -> None:
    made = hundred(
        levels=[level("one", at_least=60), level("two", at_least=80, floors=[{"part": "b", "at_least": 20}])]
    )
    compiled = compile_standard(made)
    basis = compiled.score({1: given(60), 2: given(25)})

    assert compiled.judge(D("79.99"), basis) == ("one", "one")
    assert compiled.judge(D(80), basis) == ("two", "two")
    assert compiled.judge(D(59), basis) is None


@pytest.mark.parametrize(
    ("values", "method", "factor", "expected"),
    [
        (["80", "90", "91"], "mean", "1", "87"),
        (["80", "90", "91"], "mean", "0.9", "78.3"),
        (["60", "80", "81", "100"], "trimmed-mean", "1", "80.5"),
        (["60", "80"], "trimmed-mean", "1", "70"),
        (["60", "80", "100", "81"], "median", "1", "80.5"),
        (["60", "100", "80"], "median", "1", "80"),
        (["1", "1", "2"], "mean", "1", "1.33"),
    ],
)
def test_several_assessors_come_to_one_figure(values: list[str], method: str, factor: str, expected: str) -> None:
    assert aggregate([D(value) for value in values], method, D(factor)) == D(expected)


def test_no_assessors_have_no_figure() -> None:
    with pytest.raises(ValueError, match="还没有评分"):
        aggregate([])
    with pytest.raises(ValueError, match="没有可以合成的评分"):
        combine_sheets([])


def test_scorers_and_sheets_are_weighted() -> None:
    first = compile_standard(hundred()).score({1: given(60), 2: given(40)})

    assert combine_sheets([(first, D("0.3")), (D(80), D("0.5")), (D(90), D("0.2"))]) == D(88)
    assert combine_sheets([(first, D(60)), (D(80), D(40))]) == D(92)
    assert combine_sheets([(D(1), D(1)), (D(2), D(2))], Rounding(places=0, mode="up")) == D(2)


def test_standard_is_chosen_by_object_and_place() -> None:
    standards = [
        single(line(1), key="city", where={"classes": [111]}),
        single(line(1), key="other"),
        single(line(1), key="estate", object="estate"),
    ]
    scheme = Scheme.model_construct(standards=standards)

    assert standard_for(scheme, Place(urban_rural_class=111)).key == "city"  # type: ignore[union-attr]
    assert standard_for(scheme, Place(urban_rural_class=121)).key == "other"  # type: ignore[union-attr]
    assert standard_for(scheme, Place(), "estate").key == "estate"  # type: ignore[union-attr]
    assert standard_for(scheme, Place(), "street") is None


def test_batch_keeps_other_columns_and_makes_decimals() -> None:
    compiled = compile_standard(hundred())
    frame = compiled.frame([{1: given(50), 2: given("25.5")}, {}]).with_columns(pl.Series("community", [7, 8]))

    table = in_points(compiled.score_many(frame))

    assert table.columns[0] == "community"
    assert table["total"].to_list() == [D("75.5"), D(0)]
    assert table["c2"].to_list() == [D("25.5"), D(0)]
    assert table["level"].to_list() == ["green", None]


def test_stored_answers_are_widened_and_score_the_same() -> None:
    lines = [
        line(1, how="share", checks=checks(3)),
        line(2, how="all", may_not_apply=True, checks=checks(1, threshold=share_threshold())),
        line(3, deducts=[{"per": "instance", "text": "乱堆", "points": 1}]),
        line(4, grades=[{"key": "good", "title": "好", "points": 5}, {"key": "fair", "title": "一般", "points": 2}]),
        line(5, how="claimed"),
    ]
    compiled = compile_standard(standard(part("a", *lines)))
    people: dict[int, dict[int, Answer]] = {
        1: {
            1: Answer(checks=(True, None, False)),
            2: Answer(value=D("80.5")),
            3: Answer(counts=(2,)),
            4: Answer(grade="fair"),
            5: given("1.25"),
        },
        2: {2: AWAY, 1: MET},
        3: {2: Answer(met=True, value=D(10)), 5: given(9)},
    }
    stored = pl.DataFrame(
        [
            (key, no, a.applies, a.met, list(a.checks), a.claimed, a.value, list(a.counts), a.grade or "")
            for key, answers in people.items()
            for no, a in answers.items()
        ],
        schema={
            "assessment": pl.Int64,
            "criterion": pl.Int16,
            "applies": pl.Boolean,
            "met": pl.Boolean,
            "checks": pl.List(pl.Boolean),
            "claimed": pl.Decimal(9, 4),
            "value": pl.Decimal(14, 4),
            "counts": pl.List(pl.Int32),
            "grade": pl.String,
        },
        orient="row",
    )

    table = compiled.score_many(compiled.widen(stored))

    assert table["assessment"].to_list() == [1, 2, 3]
    for row in table.iter_rows(named=True):
        result = compiled.score(people[row["assessment"]])
        assert (row["total"], row["answered"]) == (result.total * 10_000, result.answered)
