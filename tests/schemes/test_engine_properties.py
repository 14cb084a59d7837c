"""What holds for every standard and every answer: generated ones, within what the checks let through."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from greenhood.schemes.engine import Answer, Answers, Compiled, Place, Result, compile_standard
from greenhood.schemes.format import How, Kind, Standard
from greenhood.schemes.rules import method
from tests.schemes.standards import checks, line, part, share_threshold, standard

D = Decimal
POINTS = st.decimals(min_value=0, max_value=20, places=1)
CASES = [
    {"where": {"classes": [111]}, "value": 90},
    {"where": {"within": [510100000000], "tags": ["old"]}, "value": 20},
    {"begins": date(2022, 1, 1), "value": 60},
]


@st.composite
def lines(draw: st.DrawFn, no: int) -> dict[str, Any]:
    """One line of any kind and method that the checks would let through."""
    kind = draw(st.sampled_from(["points"] * 5 + ["met", "bonus", "deduction", "veto"]))
    words: dict[str, Any] = {"kind": kind}
    if kind in ("points", "bonus"):
        words |= {"points": draw(POINTS)} | draw(st.sampled_from(METHODS))(draw)
    elif kind == "deduction":
        words |= _deducts(draw)
    else:
        words |= {"checks": checks(draw(st.integers(0, 3)))}
    if kind == "points" and draw(st.booleans()):
        words["veto_when"] = share_threshold("below", 30)
    if draw(st.booleans()):
        words |= {"may_not_apply": True, "not_applicable": draw(st.sampled_from(["leave_out", "full", "zero"]))}
    return line(no, **words)


def _plain(how: str) -> Any:
    return lambda draw: {"how": how, "checks": checks(draw(st.integers(0, 4)))}


def _measured(draw: st.DrawFn) -> dict[str, Any]:
    mark = share_threshold(draw(st.sampled_from(["at_least", "above"])), 50, cases=CASES)
    return {"how": draw(st.sampled_from(["all", "share"])), "checks": [*checks(1, threshold=mark), *checks(2)]}


def _at_least(draw: st.DrawFn) -> dict[str, Any]:
    asked = draw(st.integers(1, 4))
    return {"checks": checks(asked), "needed": draw(st.integers(1, asked))}


def _each(draw: st.DrawFn) -> dict[str, Any]:
    points = draw(st.lists(POINTS, min_size=1, max_size=3))
    return {"checks": [check for each in points for check in checks(1, points=each)]}


def _bands(draw: st.DrawFn) -> dict[str, Any]:
    points = sorted(draw(st.lists(POINTS, min_size=3, max_size=3)))
    return {
        "bands": [
            {"upper": 20, "points": points[0]},
            {"lower": 20, "upper": 60, "points": points[1]},
            {"lower": 60, "points": points[2]},
        ]
    }


def _deducts(draw: st.DrawFn) -> dict[str, Any]:
    rules = [
        {"per": "fixed", "text": "一次", "points": "1.5"},
        {"per": "instance", "text": "每次", "points": draw(st.sampled_from(["0.5", "2"])), "cap": 3},
        {"per": "missing", "text": "每缺", "points": 1},
        {
            "per": "step",
            "text": "差距",
            "points": "0.3",
            "target": 90,
            "step": 10,
            "steps": draw(st.sampled_from(["whole", "begun"])),
        },
        {"per": "range", "text": "酌扣", "points": 2},
    ]
    chosen = draw(st.lists(st.sampled_from(rules), min_size=1, max_size=4, unique_by=lambda rule: rule["per"]))
    return {"deducts": chosen, "checks": checks(2)}


def _count(draw: st.DrawFn) -> dict[str, Any]:
    return {"points_each": draw(st.sampled_from(["0.5", "3"]))}


METHODS = [_plain("claimed"), _plain("all"), _plain("share"), _measured, _at_least, _each, _bands, _deducts, _count]


@st.composite
def standards(draw: st.DrawFn) -> Standard:
    sizes = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    parts, no = [], 1
    for index, size in enumerate(sizes):
        parts.append(
            part(
                f"p{index}",
                *(draw(lines(no + step)) for step in range(size)),
                weight=draw(st.sampled_from(["1", "0.5"])),
            )
        )
        no += size
    return standard(
        *parts,
        levels=[
            {"key": "low", "title": "低", "at_least": 1, "no_veto": False},
            {"key": "middle", "title": "中", "at_least": 10, "floors": [{"part": "p0", "share": "0.5"}], "must": [1]},
            {"key": "high", "title": "高", "above": 20, "each_part_at_least": "0.6", "all_met": True},
        ],
        rounding={
            "places": draw(st.integers(0, 4)),
            "mode": draw(st.sampled_from(["half-up", "half-even", "down", "up"])),
        },
        scale_when_left_out=draw(st.booleans()),
        bonus_cap=draw(st.none() | POINTS),
        bonus_over_maximum=draw(st.booleans()),
    )


ANSWERS = st.builds(
    Answer,
    applies=st.sampled_from([True, True, True, False]),
    met=st.sampled_from([None, True, False]),
    checks=st.lists(st.sampled_from([None, True, False]), max_size=4).map(tuple),
    claimed=st.none() | st.decimals(min_value=-3, max_value=30, places=2),
    value=st.none() | st.decimals(min_value=0, max_value=100, places=2),
    counts=st.lists(st.none() | st.integers(0, 5), max_size=5).map(tuple),
)
PLACES = st.builds(
    Place,
    urban_rural_class=st.sampled_from([None, 111, 121]),
    code=st.sampled_from([None, 510104001001, 420104001001]),
    tags=st.sampled_from([frozenset(), frozenset({"old"})]),
    on=st.sampled_from([None, date(2021, 12, 31), date(2022, 1, 1)]),
)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Compiled, list[tuple[Answers, Place]]]:
    compiled = Compiled(draw(standards()))
    answers = st.dictionaries(st.sampled_from(sorted(compiled.criteria)), ANSWERS)
    return compiled, draw(st.lists(st.tuples(answers, PLACES), min_size=1, max_size=3))


def _as_row(result: Result) -> dict[str, Any]:
    """A result as the batch would write it."""
    row: dict[str, Any] = {
        "total": int(result.total * 10_000),
        "maximum": int(result.maximum * 10_000),
        "level": result.level,
        "vetoed": bool(result.vetoes),
        "met": result.met,
        "answered": result.answered,
    }
    for scored in result.parts:
        row[f"part_{scored.key}"] = int(scored.points * 10_000)
        row[f"part_{scored.key}_possible"] = int(scored.possible * 10_000)
    return row | {f"c{scored.no}": int(scored.points * 10_000) for scored in result.criteria}


@settings(max_examples=80, deadline=None)
@given(cases())
def test_one_row_equals_batch(case: tuple[Compiled, list[tuple[Answers, Place]]]) -> None:
    compiled, rows = case

    table = compiled.score_many(compiled.frame(rows))

    for row, (answers, place) in zip(table.iter_rows(named=True), rows, strict=True):
        assert {name: value or 0 if name.startswith("c") else value for name, value in row.items()} == _as_row(
            compiled.score(answers, place)
        )


@settings(max_examples=40, deadline=None)
@given(cases())
def test_order_of_rows_does_not_matter(case: tuple[Compiled, list[tuple[Answers, Place]]]) -> None:
    compiled, rows = case

    forwards = compiled.score_many(compiled.frame(rows))
    backwards = compiled.score_many(compiled.frame(rows[::-1]))

    assert backwards.reverse().equals(forwards)


@settings(max_examples=80, deadline=None)
@given(cases())
def test_points_stay_within_bounds(case: tuple[Compiled, list[tuple[Answers, Place]]]) -> None:
    compiled, rows = case

    for answers, place in rows:
        result = compiled.score(answers, place)
        assert result.total >= 0
        assert result.total <= result.maximum or compiled.standard.bonus_over_maximum
        assert all(0 <= scored.points <= scored.possible for scored in result.parts)
        for scored in result.criteria:
            if compiled.criteria[scored.no].kind is not Kind.DEDUCTION:
                assert 0 <= scored.points <= scored.possible


@settings(max_examples=80, deadline=None)
@given(cases(), st.data())
def test_better_answer_never_hurts(case: tuple[Compiled, list[tuple[Answers, Place]]], data: st.DataObject) -> None:
    compiled, rows = case
    answers, place = rows[0]
    answers = {no: _complete(compiled, no, answers.get(no, Answer())) for no in compiled.criteria}
    no = data.draw(st.sampled_from(sorted(compiled.criteria)))
    before = compiled.score(answers, place)

    after = compiled.score(answers | {no: _better(compiled, no, answers[no])}, place)

    assert after.total >= before.total
    assert set(after.vetoes) <= set(before.vetoes)
    order = [None, *(level.key for level in compiled.standard.levels)]
    assert order.index(after.level) >= order.index(before.level)


def _complete(compiled: Compiled, no: int, answer: Answer) -> Answer:
    """Every input given, so that a change is a better answer and not a first one."""
    return replace(
        answer,
        met=bool(answer.met),
        checks=tuple(bool(check) for check in (answer.checks + (None,) * 4)[:4]),
        claimed=answer.claimed or D(0),
        value=answer.value or D(0),
        counts=tuple(count or 0 for count in (answer.counts + (None,) * 5)[:5]),
    )


def _better(compiled: Compiled, no: int, answer: Answer) -> Answer:
    """One answer improved in the sense of its line: met, more points given, fewer cases counted off."""
    criterion = compiled.criteria[no]
    takes = criterion.kind is Kind.DEDUCTION or bool(criterion.deducts)
    counts_up = method(compiled.standard, criterion) is How.COUNT
    claimed = answer.claimed or D(0)
    return replace(
        answer,
        met=True,
        checks=(True, *answer.checks[1:]),
        claimed=max(claimed - 1, D(0)) if takes else claimed + 1,
        value=min((answer.value or D(0)) + 7, D(100)),
        counts=tuple(count + 1 if counts_up else max(count - 1, 0) for count in answer.counts if count is not None),
    )


@settings(max_examples=40, deadline=None)
@given(cases())
def test_gap_names_a_need_for_every_level_above_the_one_reached(
    case: tuple[Compiled, list[tuple[Answers, Place]]],
) -> None:
    compiled, rows = case
    keys = [level.key for level in compiled.standard.levels]

    for answers, place in rows:
        result = compiled.score(answers, place)
        above = keys[keys.index(result.level) + 1 :] if result.level else keys
        assert [gap.level for gap in result.gaps] == above
        assert all(gap.needs for gap in result.gaps)


def test_compiling_by_content_scores_the_same() -> None:
    made = standard(part("a", line(1, how="share", checks=checks(3))))

    assert compile_standard(made).score({1: Answer(met=True)}) == Compiled(made).score({1: Answer(met=True)})
