"""Checks that follow from figures: what counts, in every state, and that nobody types over it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from greenhood.assessments import actions, computed, sheets, standards
from greenhood.assessments.answers import Fields
from greenhood.assessments.computed import Counted, Grounds
from greenhood.assessments.explaining import Explained
from greenhood.assessments.grounds import NOT_COMPUTED, as_of
from greenhood.assessments.models import Answer, Assessment, Override
from greenhood.assessments.pages import SelfAssessment
from greenhood.assessments.queries.assessments import assessment_with_place, rows_of
from greenhood.indicators.figures import Figure
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import engine
from greenhood.schemes.format import Criterion, Threshold, ThresholdCase, Where
from tests.assessments.conftest import loaded
from tests.assessments.dwellings import CHECK, COVERAGE, set_managed
from tests.cast import Cast, sign_in
from tests.indicators.records import put

HALF = engine.Place(urban_rural_class=111, code=510107001001)


def explained(assessment: Assessment, cast: Cast) -> Explained:
    sheet = SelfAssessment(assessment_with_place(assessment.pk), cast.worker)
    return sheet.explained(standards.lines(sheet.standard)[CHECK[0]])[CHECK[1]]


def tick(assessment: Assessment, cast: Cast, given: bool | None, *, value: Decimal | None = None) -> Answer:
    """Answer check 23.1 by hand as the page would."""
    row = rows_of(assessment).get(23)
    fields = Fields(checks=(given,), values=(value,))
    return actions.save_answer(
        assessment, criterion=23, fields=fields, revision=row.revision if row else 0, by=cast.worker
    )


def points(assessment: Assessment) -> Decimal:
    """What item 23 comes to, of 3 points by share of its three checks."""
    return standards.result_of(assessment, rows_of(assessment)).criterion(23).points


# What counts


@pytest.mark.parametrize(
    ("percent", "verdict", "earned", "next_step"),
    [
        (36, "met", Decimal(1), ""),
        (30, "met", Decimal(1), ""),
        (23, "not_met", Decimal(0), "再把 70 套住宅纳入物业管理"),
    ],
)
def test_known_figure_decides_its_check(
    cast: Cast, assessment: Assessment, percent: int, verdict: str, earned: Decimal, next_step: str
) -> None:
    set_managed(cast.community, percent)

    found = explained(assessment, cast)

    assert (found.verdict, found.figure, found.next_step) == (verdict, f"{percent}%", next_step)
    assert found.arithmetic.endswith(f"：{percent * 10} ÷ 1,000")
    assert points(assessment) == earned


def test_missing_figure_is_unanswered_and_leads_to_where_it_is_recorded(cast: Cast, assessment: Assessment) -> None:
    found = explained(assessment, cast)

    assert (found.verdict, found.figure) == ("unknown", "")
    assert found.because == "还没有登记小区。"
    assert [record.title for record in found.missing] == ["小区"]
    assert standards.result_of(assessment, {}).criterion(23).state == "unanswered"


def test_figure_that_is_too_old_is_unknown_and_says_so(cast: Cast, assessment: Assessment) -> None:
    set_managed(cast.community, 40, dated=today_in_shanghai() - dt.timedelta(days=4 * 365))

    found = explained(assessment, cast)

    assert found.verdict == "unknown"
    assert "超过 2 年没有更新" in found.because
    assert [record.title for record in found.missing] == ["小区"]


def test_what_a_person_filled_in_counts_where_there_is_no_figure_and_is_marked(
    cast: Cast, assessment: Assessment
) -> None:
    tick(assessment, cast, True)

    assert explained(assessment, cast).by_hand == "人工填报，无数据支撑，也没有证明材料"
    assert points(assessment) == Decimal(1)


def test_figure_counts_over_what_was_filled_in_before_there_was_one(cast: Cast, assessment: Assessment) -> None:
    tick(assessment, cast, True)
    set_managed(cast.community, 23)

    found = explained(assessment, cast)

    assert found.was_typed == "曾人工填报“满足”，与数据不符，以数据为准。"
    assert found.by_hand == ""
    assert points(assessment) == 0


def test_facts_after_the_year_of_the_assessment_do_not_count_in_it(cast: Cast, assessment: Assessment) -> None:
    last = Assessment(year=today_in_shanghai().year - 1)

    assert as_of(last) == dt.date(last.year, 12, 31)
    assert as_of(assessment) == today_in_shanghai()


def test_indicator_outside_the_catalogue_is_unknown_and_says_so(cast: Cast, assessment: Assessment) -> None:
    grounds = Grounds({CHECK: Counted(Figure(COVERAGE, None, because=NOT_COMPUTED), today_in_shanghai())})
    line = standards.lines(standards.standard_of(assessment))[23]

    assert computed.effective(line, Fields(checks=(True,)), grounds).checks[0] is True


# A figure that says only a part (绿地率, where 绿化管理 is asked too)


def tick_greens(assessment: Assessment, cast: Cast, given: bool | None) -> None:
    row = rows_of(assessment).get(16)
    fields = Fields(checks=(None, None, given))
    actions.save_answer(assessment, criterion=16, fields=fields, revision=row.revision if row else 0, by=cast.worker)


@pytest.mark.parametrize(
    ("percent", "rest", "earned"),
    [(30, None, 0), (30, True, Decimal("1.67")), (30, False, 0), (20, True, 0), (20, None, 0)],
)
def test_figure_is_necessary_and_a_person_answers_for_the_rest(
    cast: Cast, assessment: Assessment, percent: int, rest: bool | None, earned: Decimal
) -> None:
    put("boundary", cast.community, area=10_000)
    put("green-spaces", cast.community, name="河边游园", green_type="park", area=100 * percent)
    tick_greens(assessment, cast, rest)

    result = standards.result_of(assessment, rows_of(assessment)).criterion(16)

    assert result.points == earned
    assert SelfAssessment(assessment, cast.worker).explained(_line(assessment, 16))[3].is_closed is False


def _line(assessment: Assessment, no: int) -> Criterion:
    return standards.lines(standards.standard_of(assessment))[no]


# Nobody types over it


def test_tick_on_a_computed_check_changes_nothing(cast: Cast, assessment: Assessment) -> None:
    tick(assessment, cast, False)
    set_managed(cast.community, 40)

    row = tick(assessment, cast, True)

    assert row.checks == [False, None, None]
    assert points(assessment) == Decimal(1)


def test_page_offers_no_field_for_what_is_computed_and_keeps_the_others(
    client: Client, cast: Cast, assessment: Assessment
) -> None:
    set_managed(cast.community, 23)
    sign_in(client, cast.worker)

    page = client.get(reverse("assessments:edit", args=[assessment.pk]), {"part": "digital"}).content.decode()

    assert 'name="c23-check-1"' not in page
    assert 'name="c23-check-2"' in page
    assert "再把 70 套住宅纳入物业管理" in page
    assert reverse("facts:records", args=[cast.community.code, "estates"]) in page
    assert reverse("facts:new", args=[cast.community.code, "estates"]) in page


def test_sheet_is_filled_in_and_does_not_overwrite(cast: Cast, assessment: Assessment) -> None:
    set_managed(cast.community, 23)
    sheet = SelfAssessment(assessment, cast.worker)
    file = BytesIO()
    sheets.write(file, sheet.standard, sheet.rows, sheet.all_explained)
    book = openpyxl.load_workbook(file)
    [row] = [row for row in book.active.iter_rows(min_row=2) if row[0].value == 23 and str(row[1].value) == "1"]
    assert [row[4].value, row[6].value] == ["否", 23]
    assert "系统按数据计算" in row[12].value
    row[4].value, row[6].value = "是", 40
    changed = BytesIO()
    book.save(changed)

    read = sheets.read(changed, sheet.standard)
    count = actions.fill_from_sheet(assessment, filled=read.filled, by=cast.worker)

    assert count == 0
    assert sheets.left_aside(read, sheet.all_explained) == [(23, 1)]
    assert points(assessment_with_place(assessment.pk)) == 0


def test_uploaded_sheet_says_what_of_it_was_not_taken(client: Client, cast: Cast, assessment: Assessment) -> None:
    set_managed(cast.community, 23)
    file = BytesIO()
    sheet = SelfAssessment(assessment, cast.worker)
    sheets.write(file, sheet.standard, sheet.rows)
    book = openpyxl.load_workbook(file)
    [row] = [row for row in book.active.iter_rows(min_row=2) if row[0].value == 23 and str(row[1].value) == "1"]
    row[4].value = "是"
    sent = BytesIO()
    book.save(sent)
    sign_in(client, cast.worker)

    upload = SimpleUploadedFile("表.xlsx", sent.getvalue())
    page = client.post(reverse("assessments:sheet", args=[assessment.pk]), {"file": upload}, follow=True)

    assert "第 23 项（1）由系统按数据判定，表中填写与数据不同，没有采用" in page.content.decode()


def test_total_follows_when_the_page_is_looked_at(client: Client, cast: Cast, assessment: Assessment) -> None:
    sign_in(client, cast.worker)
    set_managed(cast.community, 40)

    client.get(reverse("assessments:edit", args=[assessment.pk]))

    assessment.refresh_from_db()
    assert assessment.total == Decimal(1)


def test_page_with_every_explanation_is_few_queries(
    client: Client, cast: Cast, assessment: Assessment, django_assert_max_num_queries
) -> None:
    set_managed(cast.community, 23)
    actions.refresh_now(assessment)
    sign_in(client, cast.worker)
    client.get(reverse("assessments:edit", args=[assessment.pk]))

    with django_assert_max_num_queries(20):
        page = client.get(reverse("assessments:edit", args=[assessment.pk]), {"part": "environment"})

    assert page.content.decode().count('class="data-line"') >= 9


# Plain values


def threshold(**more: object) -> Threshold:
    return Threshold.model_validate({"compare": "at_least", "value": 25, "unit": "%", **more})


def test_threshold_here_is_the_last_variant_that_fits() -> None:
    old_town = ThresholdCase(where=Where(classes=[111]), value=Decimal(20))
    rising = ThresholdCase(begins=dt.date(2026, 7, 1), value=Decimal(30))
    made = threshold(cases=[old_town, rising])

    assert computed.threshold_here(made, HALF).value == 20
    assert computed.threshold_here(made, engine.Place(urban_rural_class=112)).value == 25
    assert computed.threshold_here(made, engine.Place(urban_rural_class=111, on=dt.date(2026, 12, 31))).value == 30


@pytest.mark.parametrize(
    ("value", "words"),
    [("26.14", "26.1"), ("24.98", "24.98"), ("24.9999", "24.9999"), ("25", "25"), ("11500", "11,500")],
)
def test_figure_is_never_rounded_over_its_threshold(value: str, words: str) -> None:
    assert computed.shown(Decimal(value), threshold()) == words


def test_stored_figure_reads_back_as_it_was() -> None:
    figure = Figure(
        COVERAGE,
        Decimal("26.12345678"),
        Decimal(2612),
        Decimal(10_000),
        dt.date(2026, 5, 1),
        interval=(Decimal("20.1"), Decimal("30.2")),
        note="样本偏少",
    )
    unknown = Figure(COVERAGE, None, dated=dt.date(2020, 5, 1), because="太旧。", stale=Decimal(30))

    for one in (figure, unknown):
        counted = Counted(one, dt.date(2026, 11, 20))
        assert computed.read_stored(computed.stored(counted)) == counted


def test_claim_counts_before_figure_before_tick() -> None:
    lines = standards.lines(loaded("sichuan-2020").scheme.standard)
    line = next(line for line in lines.values() if len(line.checks) == 1 and computed.of_line(line))
    key = (line.no, 1)
    figure = Grounds({key: Counted(Figure(COVERAGE, Decimal(10)), dt.date(2026, 1, 1))})
    claim = Override(criterion=line.no, check_no=1, met=True)
    claimed = Grounds(figure.figures, {key: claim})
    given = Fields(checks=(False,))

    assert computed.effective(line, given, Grounds()).checks == (False,)
    assert computed.effective(line, given, figure).values == (Decimal(10),)
    assert computed.effective(line, given, claimed).checks == (True,)
    claim.ruling = Override.Ruling.REFUSED
    assert computed.effective(line, given, claimed).values == (Decimal(10),)
    frozen = Grounds(figure.figures, {key: claim}, frozenset({key}))
    assert computed.effective(line, given, frozen).checks == (True,)
