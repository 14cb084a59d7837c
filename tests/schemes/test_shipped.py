"""The five schemes that come with the product say what the five documents say."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from greenhood.schemes import checking, coverage, engine, library, loading, reading, rules, source, timetable
from greenhood.schemes.format import AdminLevel, Criterion, Measure, Scheme, StepKind
from greenhood.schemes.known_indicators import INDICATORS
from greenhood.schemes.loading import Loaded

IDS = ["beijing-2021", "hubei-2021", "national-2020", "shanghai-qingpu-zhaoxiang-2021", "sichuan-2020"]
LOADED = loading.load_all(library.folder())
SICHUAN_POINTS = [2, 5, 5, 5, 5, 3, 4, 3, 3, 3, 3, 3, 3, 3, 5, 5, 3, 3, 3, 3, 3, 4, 3, 3, 4, 4, 3, 4]


def scheme(name: str) -> Scheme:
    return LOADED[name].scheme


def criteria(of: Scheme) -> Iterator[Criterion]:
    return (criterion for standard in of.standards for part in standard.parts for criterion in part.criteria)


def criterion(name: str, number: int) -> Criterion:
    return next(each for each in criteria(scheme(name)) if each.no == number)


def steps(name: str) -> list[tuple[str, StepKind, AdminLevel]]:
    return [(step.key, step.kind, step.level) for step in scheme(name).procedure.steps]


def test_five_schemes_ship() -> None:
    assert sorted(LOADED) == IDS


@pytest.mark.parametrize("loaded", LOADED.values(), ids=LOADED)
def test_each_checks_without_an_error(loaded: Loaded) -> None:
    assert checking.errors(checking.check_loaded(loaded)) == []


@pytest.mark.parametrize("name", IDS)
def test_every_feature_of_a_clause_is_known(name: str) -> None:
    used = {key for clause in scheme(name).clauses for key in clause.works_in}

    assert used - coverage.FEATURES.keys() == set()


@pytest.mark.parametrize("name", IDS)
def test_every_clause_names_what_carries_it_out(name: str) -> None:
    assert [clause.ref for clause in scheme(name).clauses if not clause.works_in] == []


@pytest.mark.parametrize("name", IDS)
def test_no_clause_is_written_twice(name: str) -> None:
    refs = [clause.ref for clause in scheme(name).clauses]

    assert len(refs) == len(set(refs))


@pytest.mark.parametrize("name", IDS)
def test_every_source_leads_to_a_clause(name: str) -> None:
    """What a file writes itself cites clauses of its own document; what it takes over cites the higher one's."""
    own = {ref for text in reading.texts(scheme(name).clauses) for ref in (text.clause.ref, *text.anchors)}
    loaded = LOADED[name]
    cited = {
        source
        for place, source in _sources(loaded.raw, ())
        if place[0] not in loaded.inherited and place[0] != "clauses" and not _is_borrowed(loaded, place)
    }

    assert cited - own == set()


def _is_borrowed(loaded: Loaded, place: tuple[object, ...]) -> bool:
    """Whether a place is a setting that came along with a section of the higher scheme."""
    if place[0] != "settings" or loaded.higher is None:
        return False
    own = {entry["key"] for entry in source.parse(loaded.text, loaded.path).raw.get("settings", [])}
    return loaded.raw["settings"][place[1]]["key"] not in own


@pytest.mark.parametrize("name", IDS)
def test_thresholds_use_the_units_of_the_indicators(name: str) -> None:
    wrong = [
        (line.no, check.indicator)
        for line in criteria(scheme(name))
        for check in line.checks
        if check.indicator and (check.threshold is None or check.threshold.unit != INDICATORS[check.indicator].unit)
    ]

    assert wrong == []


@pytest.mark.parametrize("name", IDS)
def test_every_open_setting_takes_effect(name: str) -> None:
    loaded = LOADED[name]

    assert [setting.key for setting in loaded.scheme.settings if not loaded.effects.get(setting.key)] == []


@pytest.mark.parametrize("name", IDS)
def test_nothing_answered_reaches_no_level(name: str) -> None:
    result = engine.compile_standard(scheme(name).standard).score({})

    assert (result.level, result.total) == (None, 0)


@pytest.mark.parametrize("name", IDS)
def test_everything_met_reaches_the_highest_level(name: str) -> None:
    standard = scheme(name).standard
    answers = {line.no: engine.Answer(checks=(True,) * len(line.checks)) for line in criteria(scheme(name))}

    assert engine.compile_standard(standard).score(answers).level == standard.levels[-1].key


# Sichuan


def test_sichuan_points_are_those_of_the_restored_table() -> None:
    assert [int(line.points or 0) for line in criteria(scheme("sichuan-2020"))] == SICHUAN_POINTS


def test_sichuan_parts_add_up_to_a_hundred() -> None:
    parts = scheme("sichuan-2020").standard.parts

    assert [part.points for part in parts] == [25, 25, 25, 10, 15]
    assert [sum(line.points or 0 for line in part.criteria) for part in parts] == [25, 25, 25, 10, 15]


def test_sichuan_items_are_numbered_as_in_the_table() -> None:
    assert [line.no for line in criteria(scheme("sichuan-2020"))] == list(range(1, 29))


@pytest.mark.parametrize(
    ("number", "index", "compare", "value", "unit"),
    [
        (3, 3, "at_least", "100", "%"),
        (6, 0, "above", "80", "%"),
        (10, 0, "at_least", "100", "%"),
        (13, 0, "at_least", "100", "%"),
        (15, 0, "at_least", "1", "平方米/人"),
        (16, 2, "at_least", "25", "%"),
        (21, 0, "at_least", "90", "%"),
        (21, 1, "at_least", "80", "%"),
        (23, 0, "at_least", "30", "%"),
        (25, 1, "at_least", "4", "次/年"),
        (25, 2, "at_least", "2", "次/年"),
        (26, 3, "at_least", "2", "次/年"),
    ],
)
def test_sichuan_thresholds_are_as_strict_as_the_text(
    number: int, index: int, compare: str, value: str, unit: str
) -> None:
    threshold = criterion("sichuan-2020", number).checks[index].threshold

    assert threshold is not None
    assert (threshold.compare, threshold.value, threshold.unit) == (compare, Decimal(value), unit)


def computed(name: str) -> list[int]:
    return [line.no for line in criteria(scheme(name)) if any(check.indicator for check in line.checks)]


def test_sichuan_computes_21_items_of_78_points_and_leaves_seven_to_documents() -> None:
    numbers = computed("sichuan-2020")

    assert sorted({*range(1, 29)} - {*numbers}) == [1, 2, 11, 12, 14, 18, 24]
    assert sum(criterion("sichuan-2020", no).points or 0 for no in numbers) == 78


@pytest.mark.parametrize("name", ["national-2020", "hubei-2021", "beijing-2021", "shanghai-qingpu-zhaoxiang-2021"])
def test_the_national_standard_computes_all_but_three_items(name: str) -> None:
    assert sorted({*range(1, 17)} - {*computed(name)}) == [1, 6, 9]


@pytest.mark.parametrize("name", IDS)
def test_a_threshold_is_a_figure_of_the_text_or_an_open_setting(name: str) -> None:
    """A number that the check's own words do not give is a setting; only 无 (none) and 有 (one) need no figure."""
    loaded = LOADED[name]
    opened = {place for places in loaded.effects.values() for place in places}
    invented = [
        (line["no"], check["text"])
        for place, line in _raw_criteria(loaded)
        for index, check in enumerate(line.get("checks", []))
        if "threshold" in check
        and (*place, "checks", index, "threshold", "value") not in opened
        and not _is_said(check["text"], check["threshold"]["value"])
    ]

    assert invented == []


def _raw_criteria(loaded: Loaded) -> Iterator[tuple[tuple[object, ...], dict[str, Any]]]:
    for at, standard in enumerate(loaded.raw["standards"]):
        for of, part in enumerate(standard["parts"]):
            for no, line in enumerate(part["criteria"]):
                yield ("standards", at, "parts", of, "criteria", no), line


def _is_said(text: str, value: Decimal) -> bool:
    words = {0: ("无",), 1: ("有", "发布了"), 4: ("每季更换1次",), 100: ("全覆盖", "所有", "达到年度计划目标")}
    return str(value) in text or any(word in text for word in words.get(int(value), ()))


def test_what_it_takes_to_catch_up_rises_with_the_class() -> None:
    of = scheme("sichuan-2020")

    assert [rules.effort_weight(of, criterion("sichuan-2020", no)) for no in (1, 3, 7)] == [1, 3, 9]


def test_sichuan_procedure_is_the_one_of_the_text() -> None:
    assert steps("sichuan-2020") == [
        ("declare", "declare", "community"),
        ("recommend", "review", "street"),
        ("county-review", "review", "county"),
        ("city-review", "review", "city"),
        ("province-sample", "sample", "province"),
        ("notice", "notice", "province"),
        ("award", "award", "province"),
    ]


def test_sichuan_demonstration_has_both_limits() -> None:
    share, count = scheme("sichuan-2020").title_of("demonstration").quotas

    assert (share.share, share.within, share.years) == (Decimal("0.1"), "city", 3)
    assert (count.count, count.within) == (600, "province")


def test_sichuan_leaves_open_what_the_text_leaves_open() -> None:
    assert {setting.key: setting.default for setting in scheme("sichuan-2020").settings if setting.open} == {
        "pass-mark-green": 70,
        "pass-mark-demonstration": 85,
        "sub-items": "share",
        "times-carried-out": 1,
        "times-regular": 2,
        "times-several": 2,
        "share-timely": 90,
        "share-complete": 90,
        "share-damaged-road": 0,
        "share-buried": 50,
        "share-built": 0,
        "share-protected": 100,
        "activity-grounds": 2,
        "sample-share": Decimal("0.1"),
        "notice-days": 5,
        "objection-answer-days": 5,
        "reexamine-months": 12,
        "rectification-days": 60,
    }


def test_sichuan_approval_form_has_the_four_opinions_and_a_thousand_characters() -> None:
    form = scheme("sichuan-2020").forms[0]

    assert [opinion.level for opinion in form.opinions] == ["street", "county", "city", "province"]
    assert next(field.max_length for field in form.fields if field.key == "profile") == 1000
    assert len(form.notes) == 10


def test_choosing_another_rule_for_sub_items_changes_every_item_with_several() -> None:
    chosen = LOADED["sichuan-2020"].with_chosen({"sub-items": "all"}).scheme

    assert {str(line.how) for line in criteria(chosen)} == {"all"}


# The others


def test_national_counts_reaching_the_standard_and_hubei_taking_part() -> None:
    assert [goal.measure for goal in scheme("national-2020").goals] == [Measure.REACHED]
    hubei = [(goal.measure, goal.share) for goal in scheme("hubei-2021").goals if goal.share]
    assert hubei == [(Measure.PARTICIPATING, Decimal("0.3")), (Measure.PARTICIPATING, Decimal("0.6"))]


def test_beijing_keeps_both_readings_of_25_percent() -> None:
    readings = [(goal.share, goal.each, bool(goal.conflict)) for goal in scheme("beijing-2021").goals if goal.share]

    assert readings == [
        (Decimal("0.25"), None, True),
        (Decimal("0.25"), "county", True),
        (Decimal("0.6"), "county", False),
    ]


def test_beijing_names_fifteen_departments() -> None:
    bodies = [each for each in scheme("beijing-2021").departments if each.level == "province"]

    assert len(bodies) == 15


@pytest.mark.parametrize("name", ["beijing-2021", "shanghai-qingpu-zhaoxiang-2021"])
def test_documents_without_an_annex_take_over_the_national_standard(name: str) -> None:
    assert scheme(name).standards == scheme("national-2020").standards
    assert "standards" in LOADED[name].inherited


def test_zhaoxiang_roster_is_eight_and_four_with_codes_within_the_town() -> None:
    town = scheme("shanghai-qingpu-zhaoxiang-2021")

    assert [(year.year, len(year.communities), len(year.codes)) for year in town.roster] == [(2021, 8, 8), (2022, 4, 4)]
    codes = [code for year in town.roster for code in year.codes]
    assert len(set(codes)) == 12
    assert {code // 1000 for code in codes} == {town.jurisdiction // 1000}


def test_zhaoxiang_is_evaluated_by_a_panel_on_a_sample() -> None:
    panel = scheme("shanghai-qingpu-zhaoxiang-2021").step("city-panel")

    assert panel.kind == StepKind.PANEL
    assert panel.share == Decimal("0.3")
    assert [seat.kind for seat in panel.seats] == ["expert", "foreign-expert", "deputy", "citizen"]


def test_days_of_the_texts() -> None:
    found = {
        (name, obligation.key): [due.day for due in timetable.of_obligation(obligation, 2021)]
        for name in IDS
        for obligation in scheme(name).calendar
        if obligation.frequency in ("annual", "once")
    }

    def day(month: int, of_month: int) -> list[dt.date]:
        return [dt.date(2021, month, of_month)]

    assert found == {
        ("national-2020", "province-plan"): [],
        ("national-2020", "annual-report"): day(11, 30),
        ("sichuan-2020", "city-annual"): day(11, 10),
        ("hubei-2021", "locality-plan"): day(9, 30),
        ("hubei-2021", "annual-report"): day(11, 30),
        ("hubei-2021", "next-year-plan"): day(11, 30),
        ("hubei-2021", "stage-evaluation"): [],
        ("hubei-2021", "acceptance"): day(12, 31),
        ("beijing-2021", "district-plan"): day(12, 31),
        ("beijing-2021", "stage-evaluation"): [],
        ("beijing-2021", "annual-summary"): day(11, 10),
        ("shanghai-qingpu-zhaoxiang-2021", "community-application"): day(10, 30),
        ("shanghai-qingpu-zhaoxiang-2021", "district-evaluation"): day(11, 15),
        ("shanghai-qingpu-zhaoxiang-2021", "city-sample"): day(11, 30),
    }


def _sources(value: object, place: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "source" and isinstance(part, str):
                yield place, part
            else:
                yield from _sources(part, (*place, key))
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _sources(part, (*place, index))


def test_the_coverage_in_the_documentation_is_current() -> None:
    """Made by ``greenhood scheme coverage --markdown > docs/coverage.md``."""
    written = (settings.REPOSITORY / "docs" / "coverage.md").read_text(encoding="utf-8")

    assert written == coverage.markdown(LOADED[name].scheme for name in sorted(LOADED))


def test_a_wheel_carries_the_files_to_where_they_are_looked_for() -> None:
    project = tomllib.loads((settings.REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))

    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert "schemes" in wheel["only-include"]
    assert settings.REPOSITORY / "src" / wheel["sources"]["schemes"] == library.INSTALLED
