"""What one line gives, method by method. Every case is scored alone and in a batch, which must agree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from greenhood.schemes import rules
from greenhood.schemes.engine import Answer, Place, compile_standard
from tests.schemes.standards import checks, line, share_threshold, single

D = Decimal
YES, NO, UNKNOWN = True, False, None


def scored(
    criterion: dict[str, Any], answer: Answer, place: Place | None = None, **words: Any
) -> tuple[Decimal, str, str]:
    """Points, state and reason of the line, after seeing that the batch gives the same points."""
    compiled = compile_standard(single(criterion, **words))
    result = compiled.score({1: answer}, place).criterion(1)
    batch = compiled.score_many(compiled.frame([({1: answer}, place)])).row(0, named=True)
    assert (batch["c1"] or 0) == result.points * 10_000
    return result.points, result.state, result.reason


THREE = line(how="share", checks=checks(3))
NOT_ALWAYS = {"may_not_apply": True}
BANDS = [
    {"upper": 60, "points": 0},
    {"lower": 60, "upper": 80, "points": 3},
    {"lower": 80, "points": 5},
]
GRADES = [{"key": "good", "title": "好", "points": 5}, {"key": "fair", "title": "一般", "points": 2}]
INSTANCES = [{"per": "instance", "text": "发现乱堆", "points": 1, "cap": 3}]
SHORT_OF_90 = [{"per": "step", "text": "完工率不足", "points": "0.5", "target": 90, "step": 1}]


@pytest.mark.parametrize(
    ("criterion", "answer", "points", "state"),
    [
        # claimed: within the range, cut at both ends
        (line(how="claimed"), Answer(claimed=D("3.5")), "3.5", "partly"),
        (line(how="claimed"), Answer(claimed=D(9)), "5", "met"),
        (line(how="claimed"), Answer(claimed=D(-2)), "0", "not_met"),
        (line(how="claimed"), Answer(), "0", "unanswered"),
        # all
        (line(how="all", checks=checks(2)), Answer(checks=(YES, YES)), "5", "met"),
        (line(how="all", checks=checks(2)), Answer(checks=(YES, NO)), "0", "not_met"),
        (line(how="all"), Answer(met=YES), "5", "met"),
        (line(how="all"), Answer(met=NO), "0", "not_met"),
        # share
        (THREE, Answer(checks=(YES, YES, NO)), "3.33", "partly"),
        (THREE, Answer(checks=(YES, NO, NO)), "1.67", "partly"),
        (THREE, Answer(checks=(NO, NO, NO)), "0", "not_met"),
        (THREE, Answer(checks=(YES, YES, YES)), "5", "met"),
        (THREE, Answer(checks=(YES, UNKNOWN, NO)), "1.67", "unanswered"),
        (THREE, Answer(checks=(YES,)), "1.67", "unanswered"),
        (THREE, Answer(met=YES), "5", "met"),
        (line(how="share"), Answer(met=YES), "5", "met"),
        # each
        (line(checks=[*checks(1, points=4), *checks(1, points=1)]), Answer(checks=(NO, YES)), "1", "partly"),
        (line(checks=[*checks(1, points=4), *checks(1, points=1)]), Answer(checks=(YES, YES)), "5", "met"),
        # at least k of n
        (line(needed=2, checks=checks(4)), Answer(checks=(YES, NO, YES, NO)), "5", "met"),
        (line(needed=2, checks=checks(4)), Answer(checks=(YES, NO, NO, NO)), "0", "not_met"),
        (line(needed=2, checks=checks(4)), Answer(checks=(YES, YES, UNKNOWN, UNKNOWN)), "5", "met"),
        (line(needed=2, checks=checks(4)), Answer(checks=(YES, UNKNOWN, NO, NO)), "0", "unanswered"),
        # bands: the lower end belongs to the band, the upper to the next
        (line(bands=BANDS), Answer(value=D("59.99")), "0", "not_met"),
        (line(bands=BANDS), Answer(value=D(60)), "3", "partly"),
        (line(bands=BANDS), Answer(value=D("79.99999999")), "3", "partly"),
        (line(bands=BANDS), Answer(value=D(80)), "5", "met"),
        (line(bands=BANDS[1:2]), Answer(value=D(99)), "0", "not_met"),
        (line(bands=BANDS), Answer(), "0", "unanswered"),
        # grades
        (line(grades=GRADES), Answer(grade="fair"), "2", "partly"),
        (line(grades=GRADES), Answer(grade="good"), "5", "met"),
        (line(grades=GRADES), Answer(), "0", "unanswered"),
        # so many points a case
        (line(points=3, points_each="1.5"), Answer(counts=(1,)), "1.5", "partly"),
        (line(points=3, points_each="1.5"), Answer(counts=(5,)), "3", "met"),
        (line(points=3, points_each="1.5"), Answer(), "0", "unanswered"),
        # deductions from the line
        (line(deducts=INSTANCES), Answer(counts=(0,)), "5", "met"),
        (line(deducts=INSTANCES), Answer(counts=(2,)), "3", "partly"),
        (line(deducts=INSTANCES), Answer(counts=(9,)), "2", "partly"),
        (line(deducts=INSTANCES), Answer(), "0", "unanswered"),
        (line(deducts=[{"per": "instance", "text": "乱堆", "points": 2}]), Answer(counts=(9,)), "0", "not_met"),
        (line(deducts=[{"per": "fixed", "text": "无公约", "points": 2}]), Answer(counts=(3,)), "3", "partly"),
        (line(deducts=[{"per": "fixed", "text": "无公约", "points": 2}]), Answer(counts=(1,)), "3", "partly"),
        (line(deducts=[{"per": "fixed", "text": "无公约", "points": 2}]), Answer(counts=(0,)), "5", "met"),
        (
            line(deducts=[{"per": "missing", "text": "缺项", "points": 1}], checks=checks(3)),
            Answer(checks=(NO, YES, NO)),
            "3",
            "partly",
        ),
        (line(deducts=[{"per": "range", "text": "酌扣", "points": 3}]), Answer(claimed=D("1.25")), "3.75", "partly"),
        (line(deducts=[{"per": "range", "text": "酌扣", "points": 3}]), Answer(claimed=D(9)), "2", "partly"),
        (line(deducts=SHORT_OF_90), Answer(value=D("90.5")), "5", "met"),
        (line(deducts=SHORT_OF_90), Answer(value=D("89.5")), "5", "met"),
        (line(deducts=SHORT_OF_90), Answer(value=D(87)), "3.5", "partly"),
        (line(deducts=SHORT_OF_90), Answer(value=D(0)), "0", "not_met"),
        (line(deducts=[{**SHORT_OF_90[0], "steps": "begun"}]), Answer(value=D("89.5")), "4.5", "partly"),
        (line(deducts=[{**SHORT_OF_90[0], "target": 30, "over": True}]), Answer(value=D(33)), "3.5", "partly"),
        # not applicable
        (line(how="all", **NOT_ALWAYS), Answer(applies=False), "0", "not_applicable"),
        (line(how="all", **NOT_ALWAYS, not_applicable="full"), Answer(applies=False), "5", "not_applicable"),
        (line(how="all", **NOT_ALWAYS, not_applicable="zero"), Answer(applies=False), "0", "not_applicable"),
        (line(how="all"), Answer(applies=False, met=YES), "5", "met"),
        # a gate carries no points
        (line(kind="met"), Answer(met=YES), "0", "met"),
        (line(kind="met"), Answer(met=NO), "0", "not_met"),
        (line(kind="met", points=2), Answer(met=YES), "2", "met"),
        # veto lines: what must hold
        (line(kind="veto"), Answer(met=YES), "0", "met"),
        (line(kind="veto"), Answer(met=NO), "0", "vetoed"),
        (line(kind="veto", checks=checks(2)), Answer(checks=(UNKNOWN, NO)), "0", "vetoed"),
        (line(kind="veto", checks=checks(2)), Answer(checks=(UNKNOWN, YES)), "0", "unanswered"),
        (line(kind="veto", veto_when=share_threshold("below", 60)), Answer(value=D(59)), "0", "vetoed"),
        (line(kind="veto", veto_when=share_threshold("below", 60)), Answer(value=D(60)), "0", "met"),
    ],
)
def test_line_gives_points_by_its_method(criterion: dict[str, Any], answer: Answer, points: str, state: str) -> None:
    got, got_state, _ = scored(criterion, answer)

    assert (got, got_state) == (D(points), state)


@pytest.mark.parametrize(
    ("value", "points", "state"),
    [(85, "5", "met"), (80, "5", "met"), (79, "0", "not_met"), (60, "0", "not_met"), (59, "0", "vetoed")],
)
def test_line_scored_and_vetoing_has_two_thresholds(value: int, points: str, state: str) -> None:
    criterion = line(
        how="all", checks=checks(1, threshold=share_threshold("at_least", 80)), veto_when=share_threshold("below", 60)
    )

    got, got_state, _ = scored(criterion, Answer(value=D(value)))

    assert (got, got_state) == (D(points), state)


@pytest.mark.parametrize(
    ("compare", "value", "met"),
    [
        ("at_least", 80, True),
        ("above", 80, False),
        ("above", "80.001", True),
        ("at_most", 80, True),
        ("below", 80, False),
    ],
)
def test_threshold_is_strict_where_the_text_says_so(compare: str, value: Any, met: bool) -> None:
    criterion = line(how="all", checks=checks(1, threshold=share_threshold(compare, 80)))

    points, _, _ = scored(criterion, Answer(value=D(value)))

    assert points == (5 if met else 0)


def test_answer_to_a_check_comes_before_its_figure() -> None:
    criterion = line(how="all", checks=checks(1, threshold=share_threshold()))

    assert scored(criterion, Answer(checks=(NO,), value=D(99)))[0] == 0


def test_figures_of_several_checks_decide_each() -> None:
    criterion = line(how="share", checks=checks(2, threshold=share_threshold()))

    assert scored(criterion, Answer(values=(D(90), D(70))))[0] == D("2.5")


RISING = share_threshold(
    "at_least",
    30,
    cases=[{"begins": date(2022, 1, 1), "value": 45}, {"begins": date(2022, 7, 1), "value": 60}],
)
BY_PLACE = share_threshold(
    "at_least",
    30,
    cases=[
        {"where": {"classes": [111, 112]}, "value": 40},
        {"where": {"within": [510100000000]}, "value": 50},
        {"where": {"tags": ["old"]}, "value": 10},
    ],
)


@pytest.mark.parametrize(
    ("threshold", "place", "mark"),
    [
        (RISING, None, 30),
        (RISING, Place(on=date(2021, 12, 31)), 30),
        (RISING, Place(on=date(2022, 1, 1)), 45),
        (RISING, Place(on=date(2023, 1, 1)), 60),
        (BY_PLACE, None, 30),
        (BY_PLACE, Place(urban_rural_class=121), 30),
        (BY_PLACE, Place(urban_rural_class=112), 40),
        (BY_PLACE, Place(urban_rural_class=112, code=510104001001), 50),
        (BY_PLACE, Place(code=510200000000), 30),
        (BY_PLACE, Place(code=510104001001, tags=frozenset({"old"})), 10),
    ],
)
def test_threshold_follows_class_place_and_day(threshold: dict[str, Any], place: Place | None, mark: int) -> None:
    criterion = line(how="all", checks=checks(1, threshold=threshold))

    assert scored(criterion, Answer(value=D(mark)), place)[0] == 5
    assert scored(criterion, Answer(value=D(mark) - D("0.01")), place)[0] == 0


@pytest.mark.parametrize(
    ("mode", "places", "points"),
    [
        ("half-up", 2, "3.33"),
        ("up", 2, "3.34"),
        ("down", 1, "3.3"),
        ("half-even", 0, "3"),
        ("up", 0, "4"),
        ("half-up", 4, "3.3333"),
    ],
)
def test_line_is_rounded_as_the_scheme_says(mode: str, places: int, points: str) -> None:
    got, _, _ = scored(THREE, Answer(checks=(YES, YES, NO)), rounding={"places": places, "mode": mode})

    assert got == D(points)


@pytest.mark.parametrize(("claimed", "points"), [("2.5", "2"), ("3.5", "4"), ("2.51", "3")])
def test_half_even_goes_to_the_even_neighbour(claimed: str, points: str) -> None:
    got, _, _ = scored(line(how="claimed"), Answer(claimed=D(claimed)), rounding={"places": 0, "mode": "half-even"})

    assert got == D(points)


@pytest.mark.parametrize(
    ("criterion", "answer", "reason"),
    [
        (THREE, Answer(checks=(YES, YES, NO)), "3 项要求已满足 2 项，按比例得 3.33 分"),
        (THREE, Answer(checks=(YES, UNKNOWN, NO)), "3 项要求已满足 1 项，暂得 1.67 分，还有要求没有填写"),
        (line(how="all", checks=checks(2)), Answer(checks=(YES, NO)), "2 项要求已满足 1 项，全部满足才得分，得 0 分"),
        (line(how="claimed"), Answer(claimed=D(9)), "评分人给 5 分（满分 5 分），超出部分不计"),
        (
            line(needed=2, checks=checks(4)),
            Answer(checks=(YES, NO, YES, NO)),
            "4 项要求已满足 2 项（需满足 2 项），得 5 分",
        ),
        (line(bands=BANDS), Answer(value=D(60)), "数值为 60，落在60（含）至 80一档，得 3 分"),
        (line(grades=GRADES), Answer(grade="fair"), "等次为“一般”，得 2 分"),
        (line(deducts=INSTANCES), Answer(counts=(2,)), "满分 5 分，扣 2 分，得 3 分"),
        (line(how="all", **NOT_ALWAYS), Answer(applies=False), "不涉及，不计入总分"),
        (line(kind="veto"), Answer(met=NO), "要求未满足，一票否决"),
        (
            line(kind="veto", veto_when=share_threshold("below", 60)),
            Answer(value=D(59)),
            "数值为 59 %，小于 60%，一票否决",
        ),
        (line(how="claimed"), Answer(), "还没有填写"),
    ],
)
def test_reason_says_why_in_words(criterion: dict[str, Any], answer: Answer, reason: str) -> None:
    assert scored(criterion, answer)[2] == reason


@pytest.mark.parametrize(
    ("criterion", "asked"),
    [
        (line(how="claimed"), {"claimed"}),
        (line(how="share"), {"met"}),
        (THREE, {"checks"}),
        (line(how="all", checks=checks(1, threshold=share_threshold())), {"checks"}),
        (line(bands=BANDS), {"value"}),
        (line(grades=GRADES, may_not_apply=True), {"grade", "applies"}),
        (line(deducts=INSTANCES), {"counts"}),
        (line(deducts=[{"per": "range", "text": "酌扣", "points": 3}]), {"claimed"}),
        (line(kind="veto", veto_when=share_threshold("below", 60)), {"value"}),
    ],
)
def test_inputs_say_what_to_ask(criterion: dict[str, Any], asked: set[str]) -> None:
    made = single(criterion)

    assert rules.inputs(made, made.parts[0].criteria[0]) == asked


def test_unknown_line_or_grade_is_refused() -> None:
    compiled = compile_standard(single(line(grades=GRADES)))

    with pytest.raises(KeyError, match="标准里没有第 9 项"):
        compiled.score({9: Answer(met=True)})
    with pytest.raises(ValueError, match="没有等次“great”"):
        compiled.score({1: Answer(grade="great")})


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1E30"])
def test_absurd_figures_are_refused(value: str) -> None:
    compiled = compile_standard(single(line(bands=BANDS)))

    with pytest.raises(ValueError, match="太大"):
        compiled.score({1: Answer(value=D(value))})


@pytest.mark.parametrize(
    ("flag", "figure", "expected"),
    [
        (True, 30, "met"),
        (False, 30, "not_met"),
        (None, 30, "unanswered"),
        (True, 20, "not_met"),
        (None, 20, "not_met"),
        (True, None, "met"),
        (None, None, "unanswered"),
    ],
)
def test_a_figure_that_says_only_a_part_is_necessary_and_not_sufficient(
    flag: bool | None, figure: int | None, expected: str
) -> None:
    check = {"text": "绿地率达到25%；绿化管理较好", "indicator": "green_space_ratio", "besides": "绿化管理较好"}
    check["threshold"] = share_threshold(value=25)
    compiled = compile_standard(single(line(how="all", checks=[check])))
    value = None if figure is None else Decimal(figure)

    one = compiled.score({1: Answer(checks=(flag,), values=(value,))})
    many = compiled.score_many(compiled.frame([{1: Answer(checks=(flag,), values=(value,))}]))

    assert one.criterion(1).state == expected
    assert many["c1"].to_list() == [50_000 if expected == "met" else 0]
    assert many["answered"].to_list() == [0 if expected == "unanswered" else 1]
