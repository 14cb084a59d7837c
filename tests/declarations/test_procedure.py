"""The procedure as plain values: what may happen, by whom, by when, for which title."""

from __future__ import annotations

import datetime as dt

import pytest

from greenhood.declarations import procedure
from greenhood.declarations.procedure import Awaits, Facts
from greenhood.schemes.format import DueDay, Outcome, Procedure, Scheme, Step
from tests.declarations import stage


def step(key: str = "s", kind: str = "review", **more: object) -> Step:
    words = {"key": key, "title": f"环节{key}", "verb": "审核", "kind": kind, "level": "county", "source": "三(二)"}
    return Step.model_validate(words | more)


def scheme(*steps: Step) -> Scheme:
    """Sichuan's plan with other steps after the declaration."""
    sichuan = stage.loaded("sichuan-2020").scheme
    first = sichuan.procedure.steps[0]
    return sichuan.model_copy(update={"procedure": sichuan.procedure.model_copy(update={"steps": [first, *steps]})})


def at(key: str = "s", **more: object) -> Facts:
    return Facts("active", key, "green-community", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("here", "facts", "expected"),
    [
        (step(), at(), Awaits.DECISION),
        (step(kind="sample", share="0.1"), at(), Awaits.DRAW),
        (step(kind="sample", share="0.1"), at(sampled=True), Awaits.DECISION),
        (step(kind="sample"), at(), Awaits.DECISION),
        (step(kind="panel"), at(), Awaits.PANEL),
        (step(kind="panel", share="0.5"), at(), Awaits.DRAW),
        (step(kind="panel"), at(seated=True), Awaits.SCORES),
        (step(kind="panel"), at(seated=True, panel_decided=True), Awaits.DECISION),
        (step(kind="notice", days=5), at(), Awaits.NOTICE),
        (step(kind="notice", days=5), at(on_notice=True), Awaits.NOTICE_END),
        (step(kind="notice", days=5), at(on_notice=True, open_objections=1), Awaits.OBJECTION),
        (step(kind="notice", days=5), at(on_notice=True, upheld_objections=1), Awaits.DECISION),
        (step(kind="award"), at(), Awaits.AWARD),
    ],
)
def test_what_a_step_waits_for(here: Step, facts: Facts, expected: Awaits) -> None:
    assert procedure.awaits(scheme(here), facts) is expected


@pytest.mark.parametrize(
    ("here", "facts", "outcome", "reason"),
    [
        (step(), at(), Outcome.PASS, None),
        (step(outcomes=["pass"]), at(), Outcome.REJECT, "不能不予通过"),
        (step(scores=True), at(), Outcome.PASS, "须先按标准评分并交分"),
        (step(scores=True), at(scored=True), Outcome.PASS, None),
        (step(scores=True), at(), Outcome.RETURN, None),
        (step(needs_level=True), at(level=""), Outcome.PASS, "没有达到“四川省绿色社区”要求的等级"),
        (step(needs_level=True), at(level="demonstration"), Outcome.PASS, None),
        (step(kind="sample", confidence="0.95", tolerated="0.1"), at(), Outcome.REJECT, "先随机抽取"),
        (step(kind="panel"), at(seated=True), Outcome.PASS, "须由评审组打分"),
        (step(kind="notice", days=5), at(on_notice=True), Outcome.PASS, "自动进入下一环节"),
        (step(kind="notice", days=5), at(on_notice=True), Outcome.REJECT, "没有成立的异议时不能退回"),
        (step(kind="notice", days=5), at(on_notice=True, open_objections=2), Outcome.REJECT, "请先答复异议"),
        (step(kind="notice", days=5), at(on_notice=True, upheld_objections=1), Outcome.REJECT, None),
        (step(kind="notice", days=5), at(on_notice=True, upheld_objections=1), Outcome.PASS, "异议成立"),
        (step(kind="notice", days=5), at(), Outcome.RETURN, None),
    ],
)
def test_what_may_be_chosen_at_a_step(here: Step, facts: Facts, outcome: Outcome, reason: str | None) -> None:
    said = procedure.refusal(scheme(here), facts, outcome)

    if reason is None:
        assert said is None
    else:
        assert said is not None
        assert reason in said
        assert "依据：三(二)" in said


def test_nothing_can_be_chosen_once_it_is_over() -> None:
    for status in ("returned", "rejected", "withdrawn", "awarded"):
        facts = Facts(status, "s", "green-community")
        assert procedure.outcomes(scheme(step()), facts) == []
        assert procedure.refusal(scheme(step()), facts, Outcome.PASS)


def test_who_may_act_at_a_step() -> None:
    here = step(department="县（市、区）住房城乡建设部门")
    assert procedure.stranger(here, level=3, department="", allowed=True) is None
    assert procedure.stranger(here, level=3, department="武侯区住房和城乡建设局", allowed=True) is None
    assert "由县级办理" in (procedure.stranger(here, level=4, department="", allowed=True) or "")
    assert "由县（市、区）住房城乡建设部门办理" in (
        procedure.stranger(here, level=3, department="生态环境局", allowed=True) or ""
    )
    assert "没有办理" in (procedure.stranger(here, level=3, department="", allowed=False) or "")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("市（州）住房城乡建设部门", "成都市住房和城乡建设局", True),
        ("省住房和城乡建设厅", "四川省住房和城乡建设厅", True),
        ("镇三大整治办", "赵巷镇三大整治办", True),
        ("镇三大整治办", "镇规保办", False),
        ("街道办事处", "社区管理办公室", True),
        ("各区人民政府", "住房和城乡建设委员会", True),
        ("街道", "街道办事处", True),
        ("", "民政局", True),
        ("住房城乡建设厅", "生态环境厅", False),
    ],
)
def test_one_department_under_several_names(one: str, other: str, same: bool) -> None:
    assert procedure.same_department(one, other) is same
    assert procedure.same_department(other, one) is same


@pytest.mark.parametrize(
    ("due", "arrived", "expected"),
    [
        (None, "2026-03-02", None),
        (DueDay(days=10), "2026-03-02", "2026-03-12"),
        (DueDay(days=5, day_kind="working"), "2026-09-28", "2026-10-10"),
        (DueDay(month=11, day=15), "2026-10-30", "2026-11-15"),
        (DueDay(month=11, day=15), "2026-11-15", "2026-11-15"),
        (DueDay(month=11, day=15), "2026-11-16", "2027-11-15"),
        (DueDay(month=2), "2028-01-05", "2028-02-29"),
    ],
)
def test_by_when_a_step_is_due(due: DueDay | None, arrived: str, expected: str | None) -> None:
    here = step(due=None if due is None else due.model_dump())
    day = procedure.due_on(here, dt.date.fromisoformat(arrived), 2026)

    assert (None if day is None else day.isoformat()) == expected


@pytest.mark.parametrize(
    ("kind", "days", "opens", "first", "last"),
    [
        ("calendar", 7, "2026-03-03", "2026-03-03", "2026-03-09"),
        ("working", 5, "2026-03-03", "2026-03-03", "2026-03-09"),
        ("working", 5, "2026-03-07", "2026-03-09", "2026-03-13"),
        # National Day 2026: off 1–7 October, worked on the 20th of September and the 10th of October.
        ("working", 5, "2026-09-29", "2026-09-29", "2026-10-10"),
    ],
)
def test_how_long_a_notice_runs(kind: str, days: int, opens: str, first: str, last: str) -> None:
    here = step(kind="notice", days=days, day_kind=kind)

    begins, ends = procedure.notice_days(here, dt.date.fromisoformat(opens))

    assert (begins.isoformat(), ends.isoformat()) == (first, last)


def test_batches_open_and_close() -> None:
    batch = {"title": "第一批", "opens": {"month": 3, "day": 1}, "declare_by": {"month": 6, "day": 30}}
    here = Procedure.model_validate({"source": "三", "batches": [batch], "steps": []})

    assert procedure.too_early_or_late(here, 2026, dt.date(2026, 3, 1)) is None
    assert procedure.too_early_or_late(here, 2026, dt.date(2026, 6, 30)) is None
    assert "尚未开始" in (procedure.too_early_or_late(here, 2026, dt.date(2026, 2, 28)) or "")
    late = procedure.too_early_or_late(here, 2026, dt.date(2026, 7, 1)) or ""
    assert "已经截止" in late
    assert "2026-03-01 至 2026-06-30" in late


def test_a_demonstration_needs_the_plain_title_first() -> None:
    sichuan = stage.loaded("sichuan-2020").scheme
    demonstration = sichuan.title_of("demonstration")

    said = procedure.cannot_declare(sichuan, demonstration, held=[], ever={}) or ""
    assert "须先持有“四川省绿色社区”" in said
    assert "四(三)" in said
    assert procedure.cannot_declare(sichuan, demonstration, held=["green-community"], ever={}) is None
    assert "已持有" in (procedure.cannot_declare(sichuan, demonstration, held=["demonstration"], ever={}) or "")
    counted = demonstration.model_copy(update={"requires_count": 2})
    assert "2 次，现有 1 次" in (procedure.cannot_declare(sichuan, counted, held=[], ever={"green-community": 1}) or "")
    assert procedure.cannot_declare(sichuan, counted, held=[], ever={"green-community": 2}) is None


@pytest.mark.parametrize(
    ("together_with", "department", "expected"),
    [
        (["省民政厅", "省公安厅"], "省民政厅", True),
        (["省民政厅", "省公安厅"], "民政厅", True),
        (["省民政厅", "省公安厅"], "省教育厅", False),
        (["省民政厅", "省公安厅"], "省人民政府", False),
        (["有关部门"], "武侯区教育局", True),
        (["省民政厅", "相关职能部门"], "省教育厅", True),
        ([], "省民政厅", False),
    ],
)
def test_only_the_departments_that_the_step_names_join_in(
    together_with: list[str], department: str, expected: bool
) -> None:
    assert procedure.decides_with(step(together_with=together_with), department) is expected


def test_a_form_asks_for_each_named_department_and_leaves_three_places_for_any() -> None:
    assert procedure.joint_places(step(together_with=["省民政厅", "省公安厅"])) == ["省民政厅", "省公安厅"]
    assert procedure.joint_places(step(together_with=["省民政厅", "有关部门"])) == ["省民政厅", "", "", ""]
    assert procedure.joint_places(step()) == []
