"""Which goals bind a division, how many they ask for, and whether they are on course: plain values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from greenhood.divisions.models import Division, Level
from greenhood.programme.forecasting import Point, forecast
from greenhood.programme.lines import Line, Origin, Progress, State, needed, of_scheme, straight
from greenhood.programme.models import Base, Measure
from greenhood.programme.sharing import Unreadable, largest_remainder, read_amount, read_day, read_share
from greenhood.schemes.loading import load
from greenhood.schemes.models import SchemeVersion
from tests.declarations.stage import FOLDER

DAY = dt.date(2021, 7, 2)


def place(code: int, level: Level) -> Division:
    return Division(id=code, code=code, level=level, name="某地")


def lines_of(name: str, division: Division, *, bound: set[Level] | None = None) -> dict[str, Line]:
    scheme = load(FOLDER / f"{name}.yaml").scheme
    version = SchemeVersion(
        scheme_id=scheme.id,
        title=scheme.title,
        jurisdiction_id=scheme.jurisdiction,
        document=scheme.model_dump(mode="json"),
    )
    return {line.entry: line for line in of_scheme(division, version, bound or {Level(division.level)})}


def a_line(**fields: object) -> Line:
    known: dict[str, object] = {
        "division": place(510107000000, Level.COUNTY), "origin": Origin.SCHEME, "scheme": "s", "entry": "e", "title": "目标",
        "measure": Measure.REACHED, "by": dt.date(2021, 12, 31), "share": Decimal("0.6"), "count": None,
        "begins": dt.date(2021, 1, 1), "begins_why": "",
    }  # fmt: skip
    return Line(**{**known, **fields})  # type: ignore[arg-type]


def progress(line: Line, now: int, *, subjects: int = 100, today: dt.date = DAY, base: Base | None = None) -> Progress:
    return Progress(line, subjects, today, now, 0, today, base)


def test_goals_of_sichuan_bind_the_province_as_a_whole() -> None:
    found = lines_of("sichuan-2020", place(510000000000, Level.PROVINCE))

    assert {key: (line.origin, line.measure, line.amount) for key, line in found.items()} == {
        "pilots-2020": (Origin.SCHEME, Measure.PILOTS, "40 个"),
        "reached-2021": (Origin.SCHEME, Measure.REACHED, "30%以上"),
        "reached-2022": (Origin.SCHEME, Measure.REACHED, "60%以上"),
        "demonstrations-2022": (Origin.SCHEME, Measure.DEMONSTRATION, "600 个"),
    }
    assert {line.origin for line in lines_of("sichuan-2020", place(510107000000, Level.COUNTY)).values()} == {
        Origin.WHOLE
    }


def test_goals_of_beijing_bind_each_district_and_each_street() -> None:
    city = lines_of("beijing-2021", place(110000000000, Level.PROVINCE))
    district = lines_of("beijing-2021", place(110105000000, Level.COUNTY))
    street = lines_of("beijing-2021", place(110105001000, Level.STREET))

    assert {key: line.origin for key, line in city.items()} == {
        "pilots-2021": Origin.EACH, "reached-city-2021": Origin.SCHEME,
        "reached-district-2021": Origin.EACH, "reached-district-2022": Origin.EACH,
    }  # fmt: skip
    assert {key: line.amount for key, line in district.items() if line.origin is Origin.SCHEME} == {
        "reached-district-2021": "25%以上", "reached-district-2022": "60%以上",
    }  # fmt: skip
    assert {key: line.amount for key, line in street.items() if line.origin is Origin.SCHEME} == {
        "pilots-2021": "2–3 个"
    }


def test_goals_of_hubei_bind_each_city_with_participation_and_not_with_reaching() -> None:
    found = lines_of("hubei-2021", place(420100000000, Level.CITY))

    assert {(line.measure, line.amount, line.by.isoformat()) for line in found.values()} == {
        (Measure.PILOTS, "1–2 个", "2021-12-31"),
        (Measure.PARTICIPATING, "30%以上", "2022-06-30"),
        (Measure.PARTICIPATING, "60%以上", "2022-12-31"),
    }


def test_a_phase_tells_where_the_straight_line_begins_and_a_year_where_there_is_none() -> None:
    assert lines_of("beijing-2021", place(110105000000, Level.COUNTY))["reached-district-2022"].begins == dt.date(
        2022, 6, 1
    )
    zhaoxiang = lines_of("shanghai-qingpu-zhaoxiang-2021", place(310118105000, Level.STREET))["reached-2021"]
    assert (zhaoxiang.begins, zhaoxiang.begins_why) == (
        dt.date(2021, 1, 1),
        "方案没有写阶段的起始日期，从目标年度的 1 月 1 日起算",
    )


@pytest.mark.parametrize(
    ("share", "subjects", "asked"), [("0.45", 17, 8), ("0.65", 17, 12), ("0.65", 22, 15), ("0.6", 4, 3), ("0.6", 0, 0)]
)
def test_a_share_is_rounded_up_to_whole_communities(share: str, subjects: int, asked: int) -> None:
    assert needed(Decimal(share), None, subjects) == asked


@pytest.mark.parametrize(
    ("now", "today", "state"),
    [
        (60, DAY, State.MET), (31, DAY, State.COURSE), (29, DAY, State.BEHIND), (0, dt.date(2020, 12, 1), State.COMING),
        (59, dt.date(2022, 1, 1), State.MISSED), (60, dt.date(2022, 1, 1), State.LATE),
    ],
)  # fmt: skip
def test_state_of_a_goal_of_sixty_within_a_year(now: int, today: dt.date, state: State) -> None:
    assert progress(a_line(), now, today=today).state is state


def test_a_past_goal_keeps_the_denominator_and_the_count_of_its_day() -> None:
    base = Base(
        subjects=90,
        count=54,
        counted_on=dt.date(2021, 12, 31),
        first_subjects=80,
        frozen_at=dt.datetime(2022, 1, 1, tzinfo=dt.UTC),
    )

    found = Progress(a_line(), 90, dt.date(2021, 12, 31), 40, 0, dt.date(2022, 6, 1), base)

    assert (found.needed, found.at_end, found.state, found.subjects_changed, found.needed_at_first) == (
        54,
        54,
        State.MET,
        10,
        48,
    )


def test_more_than_a_span_asks_is_told() -> None:
    found = progress(a_line(share=None, count=2, count_to=3, measure=Measure.PILOTS), 5)

    assert (found.state, found.over) == (State.MET, 2)


def test_straight_line_is_level_before_and_after() -> None:
    first, last = dt.date(2021, 1, 1), dt.date(2021, 1, 11)

    assert [
        straight(first, 0, last, 10, day) for day in (dt.date(2020, 1, 1), dt.date(2021, 1, 6), dt.date(2022, 1, 1))
    ] == [0, 5, 10]


# --- the forecast


def months(*counts: int) -> list[Point]:
    return [Point(dt.date(2021, month, 28), count) for month, count in enumerate(counts, 1)]


def test_a_steady_pace_is_carried_on_exactly() -> None:
    found = forecast(
        [Point(dt.date(2021, 1, 1) + dt.timedelta(days=30 * n), 10 * n) for n in range(5)],
        dt.date(2021, 6, 30),
        60,
        100,
    )

    assert found is not None
    assert (found.value, found.low, found.high) == (60, 60, 60)
    assert found.reached_on == dt.date(2021, 6, 30)


def test_an_uneven_pace_has_an_interval_around_its_value() -> None:
    found = forecast(months(0, 3, 4, 11, 12, 20), dt.date(2021, 12, 31), 60, 100)

    assert found is not None
    assert found.low < found.value < found.high <= 100


@pytest.mark.parametrize("points", [[], months(1, 2, 3), [Point(dt.date(2021, 1, day), day) for day in (1, 5, 9, 12)]])
def test_too_few_points_forecast_nothing(points: list[Point]) -> None:
    assert forecast(points, dt.date(2021, 12, 31), 60, 100) is None


def test_a_standstill_never_reaches_the_goal() -> None:
    found = forecast(months(5, 5, 5, 5, 5), dt.date(2021, 12, 31), 60, 100)

    assert found is not None
    assert (found.value, found.reached_on) == (5, None)


# --- sharing out and reading


@pytest.mark.parametrize(
    ("total", "weights", "shares"),
    [
        (10, [50, 30, 20], [5, 3, 2]),
        (7, [3, 3, 1], [3, 3, 1]),
        (4, [1, 1, 1], [2, 1, 1]),
        (0, [3, 2], [0, 0]),
        (3, [0, 5], [0, 3]),
    ],
)
def test_shares_follow_the_weights_and_add_up(total: int, weights: list[int], shares: list[int]) -> None:
    assert largest_remainder(total, weights, [100] * len(weights)) == shares


def test_nobody_gets_more_than_there_are_and_what_is_left_goes_on_round() -> None:
    assert largest_remainder(12, [1, 1, 1], [2, 20, 3]) == [2, 7, 3]
    assert largest_remainder(50, [2, 3], [2, 3]) == [2, 3]


@pytest.mark.parametrize(
    ("text", "count", "share"),
    [("12", 12, None), ("60%", 12, "0.6"), (" 33.3％ ", 7, "0.333"), ("1,0", 10, None), ("100%", 20, "1")],
)
def test_an_amount_is_a_count_or_a_share(text: str, count: int, share: str | None) -> None:
    found = read_amount(text, 20)

    assert (found.count, found.share) == (count, Decimal(share) if share else None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("120%", "超过 100%"),
        ("21", "多于创建对象 20 个"),
        ("-3", "不是个数"),
        ("一半", "不是个数"),
        ("1e3", "不是个数"),
        ("٣", "不是个数"),
    ],
)
def test_what_can_not_be_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read_amount(text, 20)


@pytest.mark.parametrize("text", ["2026-02-31", "2026-13-01", "明年", ""])
def test_a_day_that_no_month_has_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_day(text)


@pytest.mark.parametrize("text", ["101%", "0", "-5%", "NaN", "很多"])
def test_a_share_lies_above_nought_and_up_to_all(text: str) -> None:
    with pytest.raises(Unreadable):
        read_share(text)


def test_a_goal_for_streets_alone_does_not_mean_towns() -> None:
    assert "pilots-2021" in lines_of("beijing-2021", place(110105099000, Level.STREET))
    assert "pilots-2021" not in lines_of("beijing-2021", place(110105100000, Level.STREET))


def test_goals_taken_over_from_the_higher_scheme_are_its_own_alone() -> None:
    scheme = load(FOLDER / "national-2020.yaml").scheme
    version = SchemeVersion(
        scheme_id="lower", jurisdiction_id=510000000000, document=scheme.model_dump(mode="json"), inherited=["goals"]
    )

    assert of_scheme(place(510000000000, Level.PROVINCE), version, {Level.PROVINCE}) == []
