"""A lower scheme beside the higher one, entry by entry: added, tightened, changed, loosened, with the higher clause and both values."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from greenhood.schemes import against, checking, loading
from greenhood.schemes.against import Comparison, Outcome
from greenhood.schemes.format import Goal, LocalPlan, Scheme
from tests.declarations.stage import FOLDER


@pytest.fixture(scope="module")
def hubei() -> loading.Loaded:
    return loading.load(FOLDER / "hubei-2021.yaml")


@pytest.fixture(scope="module")
def sichuan() -> loading.Loaded:
    return loading.load(FOLDER / "sichuan-2020.yaml")


def lower(higher: Scheme, **changed: Any) -> Scheme:
    """A county's scheme that takes everything over but what is changed."""
    return higher.model_copy(
        update={"id": "county", "implements": higher.id, "jurisdiction": 510107000000, "replaces": {}, **changed}
    )


def by_key(comparisons: list[Comparison]) -> dict[str, Comparison]:
    return {one.key: one for one in comparisons}


def test_a_scheme_taken_over_changes_nothing(sichuan: loading.Loaded) -> None:
    found = against.compare(sichuan.scheme, lower(sichuan.scheme))

    # Counts of the whole province bind no single county; its shares do.
    assert {one.outcome for one in found if one.section != "创建目标"} == {Outcome.UNCHANGED}
    assert Counter(one.outcome for one in found if one.section == "创建目标")[Outcome.LOOSENED] == 0


def test_a_criterion_that_is_taken_over_through_two_floors_stays_the_same(sichuan: loading.Loaded) -> None:
    """What the province's lines say of the nation's is not said of the province's own."""
    found = against.compare(sichuan.scheme, lower(sichuan.scheme))

    assert [one.key for one in found if one.section == "创建标准"] == [f"#{no}" for no in range(1, 29)]


@pytest.mark.parametrize(
    ("share", "by", "outcome"),
    [
        ("0.6", date(2022, 12, 31), Outcome.UNCHANGED),
        ("0.7", date(2022, 12, 31), Outcome.TIGHTENED),
        ("0.6", date(2022, 6, 30), Outcome.TIGHTENED),
        ("0.5", date(2022, 12, 31), Outcome.LOOSENED),
        ("0.7", date(2023, 12, 31), Outcome.LOOSENED),
    ],
)
def test_a_goal_is_as_high_and_as_early_or_it_is_loosened(
    share: str, by: date, outcome: Outcome, sichuan: loading.Loaded
) -> None:
    goal = next(one for one in sichuan.scheme.goals if one.share == Decimal("0.6"))
    own = Goal(key="own", title="本县", measure=goal.measure, by=by, share=Decimal(share), source="一·1")

    found = by_key(against.compare(sichuan.scheme, lower(sichuan.scheme, goals=[own])))

    assert found[f"goals.{goal.key}"].outcome is outcome


def test_a_day_that_was_over_before_the_plan_began_binds_only_with_its_figure(sichuan: loading.Loaded) -> None:
    goal = next(one for one in sichuan.scheme.goals if one.share == Decimal("0.6"))
    own = Goal(
        key="own", title="本县", measure=goal.measure, by=date(2027, 12, 31), share=Decimal("0.6"), source="一·1"
    )

    begun_late = lower(sichuan.scheme, goals=[own], plan=LocalPlan(begins=date(2026, 1, 1)))
    found = by_key(against.compare(sichuan.scheme, begun_late))

    assert found[f"goals.{goal.key}"].outcome is Outcome.UNCHANGED


def test_what_the_shipped_schemes_loosen_is_found(hubei: loading.Loaded) -> None:
    assert hubei.higher is not None

    found = by_key(against.loosened(against.compare(hubei.higher.scheme, hubei.scheme)))

    assert found["steps.notice"].lower == "取消了这一步"
    assert found["steps.notice"].source == "三(三)"


def test_a_reason_is_found_by_entry_or_by_section(sichuan: loading.Loaded) -> None:
    own = [goal.model_copy(update={"share": Decimal("0.1")}) for goal in sichuan.scheme.goals if goal.share]

    for key in ("goals", f"goals.{own[0].key}"):
        scheme = lower(sichuan.scheme, goals=own, replaces={key: "分两年达到。"})
        found = by_key(against.loosened(against.compare(sichuan.scheme, scheme)))
        assert found[f"goals.{own[0].key}"].reason == "分两年达到。"
        assert not found[f"goals.{own[0].key}"].lacks_reason


def test_a_plan_outside_its_time_or_place_is_refused(tmp_path: Any, sichuan: loading.Loaded) -> None:
    raw = {
        "id": "county", "title": "方案", "issuer": "区", "jurisdiction": 510107000000, "implements": "sichuan-2020",
        "plan": {
            "begins": date(2027, 1, 1), "ends": date(2026, 1, 1),
            "yearly": [{"year": 2030, "title": "任务", "by": date(2026, 1, 1), "source": "一·1"}],
            "key_projects": [{"title": "项目", "codes": [110101001001], "source": "二·1"}],
        },
    }  # fmt: skip
    loaded = loading.load_raw(raw, tmp_path / "county.yaml", sichuan)
    found = {problem.where: problem.message for problem in checking.errors(checking.check_loaded(loaded))}

    assert found["plan.ends"] == "规划期结束早于开始"
    assert "不在规划期内" in found["plan.yearly[0].year"]
    assert "不在 2030 年" in found["plan.yearly[0].by"]
    assert "不在本方案的辖区内" in found["plan.key_projects[0].codes[0]"]
