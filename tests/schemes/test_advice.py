"""The cheapest way to a level, compared with trying every set; and the line that lifts most communities."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from greenhood.schemes import advice, rules
from greenhood.schemes.engine import Answer, Compiled, compile_standard
from greenhood.schemes.format import Scheme, Standard
from tests.schemes.published import loaded
from tests.schemes.standards import checks, line, part, standard

EFFORTS = ("low", "middle", "high")


def scheme_with(given: Standard) -> Scheme:
    return loaded("sichuan-2020").scheme.model_copy(update={"standards": [given]})


def advise(given: Standard, answers: dict[int, Answer], level: str = "green") -> advice.Advice | None:
    return advice.advise(scheme_with(given), compile_standard(given), answers, level=level)


@st.composite
def cases(draw: Any) -> tuple[Standard, dict[int, Answer]]:
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    parts, no = [], 0
    for index, size in enumerate(sizes):
        lines = []
        for _ in range(size):
            no += 1
            lines.append(
                line(
                    no,
                    how=draw(st.sampled_from(["all", "share"])),
                    points=draw(st.integers(1, 6)),
                    checks=checks(draw(st.integers(1, 3))),
                    effort=draw(st.sampled_from(EFFORTS)),
                    may_not_apply=draw(st.booleans()),
                )
            )
        parts.append(part(f"p{index}", *lines))
    level = {"key": "green", "title": "绿色社区", "at_least": draw(st.integers(1, 12))}
    if draw(st.booleans()):
        level["each_part_at_least"] = 0.5
    if draw(st.booleans()):
        level["must"] = [draw(st.integers(1, no))]
    made = standard(*parts, levels=[level])
    flags = st.sampled_from([True, False, None])
    answers = {
        criterion.no: Answer(
            applies=not criterion.may_not_apply or draw(st.booleans()),
            checks=tuple(draw(flags) for _ in criterion.checks),
        )
        for one in made.parts
        for criterion in one.criteria
    }
    return made, answers


def cheapest_by_trying(compiled: Compiled, scheme: Scheme, answers: dict[int, Answer]) -> Decimal | None:
    open_lines = [no for no in compiled.criteria if answers[no].applies]
    best = None
    for size in range(len(open_lines) + 1):
        for lines in combinations(open_lines, size):
            tried = answers | {no: Answer(met=True, checks=(True,) * len(compiled.criteria[no].checks)) for no in lines}
            if compiled.score(tried).level is not None:
                effort = sum((rules.effort_weight(scheme, compiled.criteria[no]) for no in lines), Decimal(0))
                best = effort if best is None else min(best, effort)
    return best


@settings(max_examples=60, deadline=None)
@given(cases())
def test_no_cheaper_set_reaches_the_level(case: tuple[Standard, dict[int, Answer]]) -> None:
    made, answers = case

    found = advise(made, answers)

    best = cheapest_by_trying(compile_standard(made), scheme_with(made), answers)
    if best is None:
        assert found is not None
        assert not found.is_possible
    elif best == 0:
        assert found is None
    else:
        assert found is not None
        assert found.result is not None
        assert (found.is_possible, found.effort, found.result.level) == (True, best, "green")


def test_a_line_that_the_level_names_is_advised_even_where_others_give_more() -> None:
    made = standard(
        part("a", line(1, how="all", checks=checks(1), effort="high", points=1), line(2, how="all", checks=checks(1))),
        levels=[{"key": "green", "title": "绿色社区", "at_least": 5, "must": [1]}],
    )

    found = advise(made, {1: Answer(checks=(False,)), 2: Answer(checks=(False,))})

    assert found is not None
    assert sorted(fix.no for fix in found.fixes) == [1, 2]


def test_a_level_that_is_reached_needs_no_advice() -> None:
    made = standard(part("a", line(1, how="all", points=80, checks=checks(1))))

    assert advise(made, {1: Answer(checks=(True,))}) is None


def test_an_empty_sichuan_sheet_is_advised_up_to_seventy_points() -> None:
    scheme = loaded("sichuan-2020").scheme
    compiled = compile_standard(scheme.standard)

    found = advice.advise(scheme, compiled, {}, level="green")

    assert found is not None
    assert found.result is not None
    assert found.result.total >= 70
    assert found.effort == sum(fix.effort for fix in found.fixes)


@pytest.mark.parametrize("scheme_id", ["national-2020", "sichuan-2020", "hubei-2021"])
def test_every_line_done_is_fully_met(scheme_id: str) -> None:
    compiled = compile_standard(loaded(scheme_id).scheme.standard)

    result = compiled.score({no: advice.fulfilled(compiled.standard, line) for no, line in compiled.criteria.items()})

    assert {line.state for line in result.criteria} == {"met"}


def test_the_line_that_lifts_most_communities_is_counted() -> None:
    made = standard(
        part(
            "a",
            line(1, how="all", points=40, checks=checks(1)),
            line(2, how="all", points=40, checks=checks(1)),
            line(3, how="all", points=20, checks=checks(1)),
        )
    )
    compiled = compile_standard(made)
    rows = [
        {1: Answer(checks=(True,)), 2: Answer(checks=(False,)), 3: Answer(checks=(False,))},
        {1: Answer(checks=(True,)), 2: Answer(checks=(None,)), 3: Answer(checks=(True,))},
        {1: Answer(checks=(True,)), 2: Answer(checks=(True,)), 3: Answer(checks=(False,))},
        {1: Answer(checks=(False,)), 2: Answer(checks=(False,)), 3: Answer(checks=(True,))},
    ]

    assert advice.lifts(compiled, compiled.frame(rows), level="green") == {1: 0, 2: 2, 3: 0}


def test_only_what_is_unknown_is_taken_as_met() -> None:
    made = standard(part("a", line(1, how="share", points=10, checks=checks(3))))
    compiled = compile_standard(made)
    frame = compiled.frame([{1: Answer(checks=(True, False, None))}])

    filled = advice.done(compiled, frame, [1], only_unknown=True)

    assert filled.select("c1_1", "c1_2", "c1_3").row(0) == (True, False, True)
    assert isinstance(filled, pl.DataFrame)
