"""What each figure says of known facts, and that it is unknown, with a reason, of missing ones."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from greenhood.baseline.models import NothingThere
from greenhood.indicators.catalogue import entries, entry
from greenhood.indicators.measuring import Figure, figures_of
from tests.indicators.records import DAY, RECENTLY, put

Rows = list[tuple[str, dict[str, Any]]]
LAST_YEAR = {"dated": DAY - dt.timedelta(days=365)}
PLAIN_ESTATE = {"name": "一", "dwellings": 100}


def found(cast, key: str, rows: Rows, *, as_of: dt.date = DAY) -> Figure:
    for kind, values in rows:
        put(kind, cast.community, **values)
    return figures_of(cast.community.pk, as_of=as_of, keys=[key])[key]


def activities(category: str, *days: dt.date) -> Rows:
    return [("activities", {"category": category, "title": "活动", "dated": day}) for day in days]


def systems(*names: str, **values: Any) -> Rows:
    return [("infrastructure", dict(system=name, condition="good", **values)) for name in names]


EIGHT = ("water", "drainage", "power", "telecom", "road", "gas", "fire", "sanitation")

KNOWN: list[tuple[str, Rows, str]] = [
    (
        "green_space_ratio",
        [
            ("boundary", {"area": 100_000}),
            ("green-spaces", {"area": 24_000, "green_type": "park"}),
            ("green-spaces", {"area": 1_000, "green_type": "road"}),
            ("green-spaces", {"area": 50_000, "green_type": "roof"}),
        ],
        "25",
    ),
    (
        "public_green_per_person",
        [
            ("population", {"households": 900, "residents": 3000}),
            ("green-spaces", {"area": 3000, "green_type": "park", "is_public": True}),
            ("green-spaces", {"area": 9000, "green_type": "attached", "is_public": False}),
        ],
        "1",
    ),
    (
        "plant_survival",
        [("green-spaces", {"area": 1, "plants": 200, "dead_plants": 1}), ("green-spaces", {"area": 1})],
        "99.5",
    ),
    ("activity_grounds", [("activity-grounds", {"name": "一"}), ("activity-grounds", {"name": "二"})], "2"),
    ("disorder_spots", [("environment", {"littered_spots": 3})], "3"),
    ("disorder_spots", [("environment", {"littered_spots": 0})], "0"),
    ("waterlogging_points", [("environment", {"waterlogging_points": 0})], "0"),
    ("lifeline_blockages", [("fire-lanes", {"obstructions": 0}), ("fire-lanes", {"obstructions": 2})], "2"),
    ("lifeline_blockages", [("fire-lanes", {"obstructions": 0})], "0"),
    ("lifeline_clear_share", [("fire-lanes", {"obstructions": 0}), ("fire-lanes", {"obstructions": 2})], "50"),
    (
        "barrier_free_share",
        [("barrier-free-places", {"is_barrier_free": flag}) for flag in (True, True, True, False)],
        "75",
    ),
    ("ageing_renovation_share", [("barrier-free-places", {"is_age_friendly": True})], "100"),
    ("noise_sources_over_limit", [("noise-sources", {"noise_kind": "life", "is_over_limit": False})], "0"),
    (
        "noise_sources_over_limit",
        [("noise-sources", {"noise_kind": "life", "is_over_limit": flag}) for flag in (True, False)],
        "1",
    ),
    (
        "commercial_noise_compliance",
        [
            ("noise-sources", {"noise_kind": "commercial", "is_over_limit": False}),
            ("noise-sources", {"noise_kind": "life", "is_over_limit": True}),
        ],
        "100",
    ),
    (
        "noise_compliance",
        [
            ("noise-measurements", {"zone": "1", "day_level": 55, "night_level": "45.1"}),
            ("noise-measurements", {"zone": "4a", "day_level": 70}),
            ("noise-measurements", {"zone": "2", "day_level": 61}),
            ("noise-measurements", dict(zone="1", day_level=90, **LAST_YEAR)),
        ],
        "50",
    ),
    ("municipal_facility_coverage", systems(*EIGHT), "100"),
    (
        "municipal_facility_coverage",
        [*systems(*EIGHT), ("infrastructure", {"system": "gas", "condition": "damaged"})],
        "87.5",
    ),
    (
        "facility_condition",
        [
            *systems("lighting", quantity=97, quantity_unit="lamp", faulty=7),
            *systems("fire", quantity=500, quantity_unit="m"),
            (
                "infrastructure",
                {"system": "road", "quantity": 100, "quantity_unit": "m2", "faulty": 100, "condition": "damaged"},
            ),
            ("devices", {"device_kind": "camera", "is_working": True}),
            ("devices", {"device_kind": "camera", "is_working": False}),
            ("devices", {"device_kind": "parking", "is_working": False}),
        ],
        "92",
    ),
    ("waste_sorting_coverage", [("estates", dict(PLAIN_ESTATE, sorts_waste=flag)) for flag in (True, False)], "50"),
    (
        "damaged_road_share",
        systems("road", quantity=3000, quantity_unit="m2", faulty=0) + systems("water", quantity=9, faulty=9),
        "0",
    ),
    (
        "overhead_lines_buried",
        [
            ("overhead-lines", {"line_type": "power", "length": 300, "buried_length": 100}),
            ("overhead-lines", {"line_type": "telecom", "length": 300, "buried_length": 200}),
        ],
        "50",
    ),
    (
        "renovation_completion",
        [
            ("estates", dict(PLAIN_ESTATE, renovation_year=2026, renovation_planned=4, renovation_finished=3)),
            ("estates", dict(PLAIN_ESTATE, renovation_year=2025, renovation_planned=4, renovation_finished=0)),
            ("estates", PLAIN_ESTATE),
        ],
        "75",
    ),
    (
        "energy_retrofit_share",
        [
            ("buildings", {"name": "一", "needs_retrofit": True, "is_retrofitted": True}),
            ("buildings", {"name": "二", "needs_retrofit": True, "is_retrofitted": False}),
            ("buildings", {"name": "三", "needs_retrofit": False, "is_retrofitted": True}),
            ("buildings", {"name": "四", "needs_retrofit": False}),
            ("buildings", {"name": "五"}),
        ],
        "66.66666666",
    ),
    ("energy_saving_lamp_share", systems("lighting", quantity=40, quantity_unit="lamp", saving=30), "75"),
    ("renewable_lamp_share", systems("lighting", quantity=40, quantity_unit="lamp", renewable=0), "0"),
    (
        "sponge_area_share",
        [("boundary", {"area": 50_000}), ("sponge-facilities", {"sponge_type": "paving", "area": 10_000})],
        "20",
    ),
    (
        "charging_points",
        [("parking", {"places": 10, "charging_posts": 2}), ("parking", {"places": 10, "charging_posts": 0})],
        "2",
    ),
    ("charging_per_parking", [("parking", {"places": 10, "charging_posts": 12})], "120"),
    (
        "grid_coverage",
        [
            ("population", {"households": 1000, "residents": 3000}),
            ("grid-cells", {"households": 300}),
            ("grid-cells", {"households": 699}),
        ],
        "99.9",
    ),
    ("joint_meetings", activities("joint-meeting", RECENTLY, DAY, DAY - dt.timedelta(days=364)), "3"),
    ("deliberations", activities("deliberation", RECENTLY, DAY - dt.timedelta(days=365)), "1"),
    ("designer_visits", activities("designer-visit", RECENTLY) + activities("themed", RECENTLY), "1"),
    ("publicity_releases", activities("release", RECENTLY), "1"),
    ("publicity_changes", activities("publicity-change", RECENTLY), "1"),
    ("themed_activities", activities("themed", RECENTLY), "1"),
    ("trainings", activities("training", RECENTLY), "1"),
    ("volunteer_activities", activities("volunteering", RECENTLY), "1"),
    ("joint_building_activities", activities("joint-building", RECENTLY), "1"),
    ("green_family_activities", activities("green-families", RECENTLY), "1"),
    ("cultural_events", activities("cultural", RECENTLY), "1"),
    (
        "problem_timeliness",
        [
            ("problems", {"title": "按时", "due_on": dt.date(2026, 5, 9), "closed_on": dt.date(2026, 5, 9)}),
            ("problems", {"title": "超期办结", "due_on": dt.date(2026, 5, 9), "closed_on": dt.date(2026, 5, 10)}),
            ("problems", {"title": "超期未办结", "due_on": DAY - dt.timedelta(days=1)}),
            ("problems", {"title": "今天到期", "due_on": DAY}),
            ("problems", {"title": "没有期限", "closed_on": RECENTLY}),
            ("problems", {"title": "后来才办结", "due_on": dt.date(2026, 5, 9), "closed_on": dt.date(2026, 7, 1)}),
        ],
        "25",
    ),
    (
        "problem_resolution",
        [
            ("problems", {"title": "办结", "closed_on": DAY}),
            ("problems", {"title": "后来才办结", "closed_on": DAY + dt.timedelta(days=1)}),
            ("problems", dict(title="早先的", **LAST_YEAR)),
        ],
        "50",
    ),
    (
        "resident_satisfaction",
        [
            ("satisfaction-surveys", {"topic": "management", "answers": 100, "satisfied": 80}),
            (
                "satisfaction-surveys",
                {"topic": "management", "answers": 10, "satisfied": 1, "dated": dt.date(2026, 4, 1)},
            ),
            ("satisfaction-surveys", {"topic": "facilities", "answers": 10, "satisfied": 1}),
        ],
        "80",
    ),
    (
        "facility_satisfaction",
        [
            ("satisfaction-surveys", {"topic": "facilities", "answers": 50, "satisfied": 30, "method": "household"}),
            ("satisfaction-surveys", {"topic": "facilities", "answers": 150, "satisfied": 130, "method": "online"}),
        ],
        "80",
    ),
    (
        "property_satisfaction",
        [("satisfaction-surveys", {"topic": "property", "answers": 3, "satisfied": 1})],
        "33.33333333",
    ),
    (
        "property_coverage",
        [
            ("estates", {"name": "一", "dwellings": 700, "managed_dwellings": 300}),
            ("estates", {"name": "二", "dwellings": 300, "managed_dwellings": 0}),
        ],
        "30",
    ),
    ("smart_security_coverage", [("estates", dict(PLAIN_ESTATE, has_monitoring=True))], "100"),
    ("access_control_coverage", [("estates", dict(PLAIN_ESTATE, has_access_control=False))], "0"),
    ("five_g_coverage", [("digital-services", {"households": 1000, "five_g_households": 900})], "90"),
    ("information_platform_use", [("digital-services", {"households": 3, "platform_households": 1})], "33.33333333"),
    ("publicity_sites", [("publicity-sites", {"name": "宣传栏"})], "1"),
    ("conventions_published", [("conventions", {"name": "公约", "dated": dt.date(2022, 1, 1)})], "1"),
    (
        "heritage_protected",
        [
            ("heritage", {"name": "古井", "heritage_type": "relic", "condition": "intact"}),
            ("heritage", {"name": "古树", "heritage_type": "tree", "condition": "endangered"}),
        ],
        "50",
    ),
]


@pytest.mark.parametrize(("key", "rows", "value"), KNOWN, ids=[f"{key}-{value}" for key, _, value in KNOWN])
def test_figure_of_known_facts(cast, key, rows, value):
    figure = found(cast, key, rows)

    assert (figure.value, figure.because) == (Decimal(value), "")
    assert figure.dated


def test_every_indicator_is_unknown_with_its_first_reason_where_nothing_is_recorded(cast):
    figures = figures_of(cast.community.pk, as_of=DAY)

    assert list(figures) == list(entries())
    for key, figure in figures.items():
        assert (figure.value, figure.because) == (None, entry(key).reasons[0])


INCOMPLETE: list[tuple[str, Rows, str]] = [
    (
        "property_coverage",
        [("estates", {"name": "一", "dwellings": 10, "managed_dwellings": 9}), ("estates", PLAIN_ESTATE)],
        "没有物业的填 0",
    ),
    ("lifeline_blockages", [("fire-lanes", {"name": "一"})], "没有占压的填 0"),
    ("waterlogging_points", [("environment", {"littered_spots": 0})], "没有填写"),
    ("municipal_facility_coverage", systems("water", "power"), "还没有登记齐"),
    ("damaged_road_share", systems("road", quantity=300, quantity_unit="m", faulty=0), "按平方米"),
    ("plant_survival", [("green-spaces", {"area": 1, "plants": 200})], "枯死、缺株"),
    ("public_green_per_person", [("population", {"households": 1})], "没有填写常住人口"),
    ("public_green_per_person", [("population", {"residents": 1})], "还没有登记绿地"),
    (
        "public_green_per_person",
        [("population", {"residents": 0}), ("green-spaces", {"area": 1, "is_public": True})],
        "常住人口为 0",
    ),
    (
        "commercial_noise_compliance",
        [("noise-sources", {"noise_kind": "life", "is_over_limit": False})],
        "没有登记商业噪声源",
    ),
    ("renovation_completion", [("estates", PLAIN_ESTATE)], "确实没有的，这一项不适用"),
    ("charging_per_parking", [("parking", {"places": 0, "charging_posts": 0})], "停车位为 0"),
    ("noise_compliance", [("noise-measurements", {"zone": "1"})], "没有填写声级"),
    ("noise_compliance", [("noise-measurements", dict(zone="1", day_level=50, **LAST_YEAR))], "近一年没有登记"),
    ("deliberations", activities("deliberation", DAY - dt.timedelta(days=365)), "近一年没有登记"),
    ("heritage_inspected_share", [("heritage", {"name": "古井", "condition": "intact"})], "还没有登记巡查记录"),
]


@pytest.mark.parametrize(
    ("key", "rows", "reason"), INCOMPLETE, ids=[f"{key}-{reason}" for key, _, reason in INCOMPLETE]
)
def test_what_is_missing_is_unknown_with_the_reason_and_never_nought(cast, key, rows, reason):
    figure = found(cast, key, rows)

    assert figure.value is None
    assert reason in figure.because


def test_confirmed_absence_is_nought_where_things_are_counted_and_does_not_apply_to_a_share(cast):
    for kind in ("noise-sources", "heritage"):
        NothingThere.objects.create(community=cast.community, kind=kind, dated=RECENTLY, recorded_at=timezone.now())

    figures = figures_of(cast.community.pk, as_of=DAY)

    assert figures["noise_sources_over_limit"].value == 0
    assert figures["noise_sources_over_limit"].dated == RECENTLY
    assert "不适用" in figures["commercial_noise_compliance"].because
    assert "不适用" in figures["heritage_protected"].because
    assert "不适用" in figures["heritage_inspected_share"].because
    assert figures["publicity_sites"].value is None


def test_absence_counts_from_its_day_and_until_it_is_taken_back(cast):
    NothingThere.objects.create(
        community=cast.community,
        kind="noise-sources",
        dated=RECENTLY,
        recorded_at=timezone.now(),
        ended_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC),
        end_reason="登记了一处",
    )

    values = [
        figures_of(cast.community.pk, as_of=day, keys=["noise_sources_over_limit"])["noise_sources_over_limit"].value
        for day in (RECENTLY - dt.timedelta(days=1), RECENTLY, dt.date(2026, 5, 31), dt.date(2026, 6, 1))
    ]

    assert values == [None, 0, 0, None]


def test_figure_older_than_its_limit_is_unknown_and_says_what_it_was(cast):
    limit = entry("disorder_spots").fresh_for
    put("environment", cast.community, littered_spots=4, dated=RECENTLY)

    fresh = found(cast, "disorder_spots", [], as_of=RECENTLY + dt.timedelta(days=limit))
    old = found(cast, "disorder_spots", [], as_of=RECENTLY + dt.timedelta(days=limit + 1))

    assert (fresh.value, fresh.stale) == (4, None)
    assert (old.value, old.stale, old.dated) == (None, 4, RECENTLY)
    assert old.because == "数据日期为 2026-05-01，超过 1 年没有更新。"


def test_figure_is_as_old_as_the_oldest_fact_behind_it(cast):
    figure = found(
        cast,
        "green_space_ratio",
        [
            ("boundary", {"area": 1000, "dated": dt.date(2025, 1, 2)}),
            ("green-spaces", {"area": 250, "green_type": "park", "dated": dt.date(2026, 1, 1)}),
            ("green-spaces", {"area": 250, "green_type": "roof", "dated": dt.date(2020, 1, 1)}),
        ],
    )

    assert (figure.value, figure.part, figure.whole, figure.dated) == (25, 250, 1000, dt.date(2025, 1, 2))


def test_versions_of_other_days_are_not_counted(cast):
    put("environment", cast.community, littered_spots=9, dated=dt.date(2026, 1, 1), until=dt.date(2026, 5, 1))
    put("environment", cast.community, littered_spots=1, dated=dt.date(2026, 5, 1))

    values = [
        found(cast, "disorder_spots", [], as_of=day).value
        for day in (dt.date(2025, 12, 31), dt.date(2026, 1, 1), dt.date(2026, 4, 30), dt.date(2026, 5, 1))
    ]

    assert values == [None, 9, 9, 1]


def test_share_just_below_a_threshold_is_cut_and_not_rounded_onto_it(cast):
    figure = found(cast, "property_coverage", [("estates", {"dwellings": 49_999, "managed_dwellings": 14_999})])

    assert figure.value == Decimal("29.99859997")
    assert figure.value < 30


def test_overlapping_drawings_make_no_share_above_the_whole(cast):
    figure = found(
        cast,
        "green_space_ratio",
        [("boundary", {"area": 1000}), ("green-spaces", {"area": 1015, "green_type": "park"})],
    )

    assert (figure.value, figure.part, figure.whole) == (100, 1015, 1000)


def test_satisfaction_says_its_interval_and_how_many_answered(cast):
    enough = found(
        cast,
        "resident_satisfaction",
        [("satisfaction-surveys", {"topic": "management", "answers": 400, "satisfied": 320})],
    )
    few = found(
        cast, "property_satisfaction", [("satisfaction-surveys", {"topic": "property", "answers": 30, "satisfied": 29})]
    )

    assert enough.interval == (Decimal("75.8"), Decimal("83.7"))
    assert enough.note == "有效回答 400 份"
    assert few.interval is not None
    assert few.note == "有效回答 30 份，样本偏少，误差可能超过 ±10 个百分点"


def test_publicity_says_in_how_many_of_the_last_four_quarters_it_changed(cast):
    days = (DAY, DAY - dt.timedelta(days=1), dt.date(2026, 1, 5), dt.date(2025, 7, 2))

    figure = found(cast, "publicity_changes", activities("publicity-change", *days))

    assert figure.value == 4
    assert "有 3 个季度更换过" in figure.note


def test_last_inspection_says_how_a_heritage_item_is_and_whether_it_is_looked_at_in_time(cast):
    tree = put(
        "heritage", cast.community, name="古树", condition="endangered", inspect_every=6, dated=dt.date(2025, 1, 1)
    )
    well = put("heritage", cast.community, name="古井", condition="intact", dated=dt.date(2025, 1, 1))
    put("heritage-inspections", cast.community, heritage=tree.thing, condition="endangered", dated=dt.date(2025, 2, 1))
    put("heritage-inspections", cast.community, heritage=tree.thing, condition="intact", dated=dt.date(2025, 12, 30))
    put("heritage-inspections", cast.community, heritage=well.thing, condition="intact", dated=dt.date(2025, 6, 29))

    figures = figures_of(cast.community.pk, as_of=DAY, keys=["heritage_protected", "heritage_inspected_share"])

    assert figures["heritage_protected"].value == 100
    assert figures["heritage_inspected_share"].value == 50


def test_figure_says_that_records_behind_it_were_made_up(cast):
    put("activity-grounds", cast.community, name="广场")
    put("activity-grounds", cast.community, name="模拟的广场", is_simulated=True)
    put("publicity-sites", cast.community, name="宣传栏")

    figures = figures_of(cast.community.pk, as_of=DAY, keys=["activity_grounds", "publicity_sites", "trainings"])

    assert [figures[key].is_simulated for key in ("activity_grounds", "publicity_sites", "trainings")] == [
        True,
        False,
        False,
    ]
