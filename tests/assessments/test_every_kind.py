"""Every way of scoring on the page, in the sheet and at the reviewer's desk, under a scheme made for it."""

from __future__ import annotations

import io
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from greenhood.assessments import actions, sheets, standards, switching
from greenhood.assessments.answers import Fields
from greenhood.assessments.errors import BadAnswer
from greenhood.assessments.models import Answer, Assessment
from greenhood.assessments.queries.assessments import assessment_with_place, newer_version, rows_of
from greenhood.kit.excel import ExcelError
from greenhood.schemes import actions as schemes
from greenhood.schemes import loading
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in

TEXT = Path(__file__).with_name("scoring.yaml").read_text(encoding="utf-8")


def publish(text: str = TEXT) -> SchemeVersion:
    return schemes.publish(loading.load_text(text, "scoring.yaml"), chosen={}, by=None)


@pytest.fixture
def every(cast: Cast) -> Assessment:
    publish()
    return assessment_with_place(actions.start(cast.community, year=2026, by=cast.worker).pk)


FILLED = {
    "c1-revision": "0",
    "c1-claimed": "7.5",
    "c1-check-1": "yes",
    "c2-revision": "0",
    "c2-value": "２７．５",
    "c3-revision": "0",
    "c3-grade": "fair",
    "c4-revision": "0",
    "c4-count-1": "2",
    "c4-count-2": "0",
    "c5-revision": "0",
    "c5-claimed": "3",
    "c6-revision": "0",
    "c6-met": "yes",
}


def test_every_kind_is_filled_in_and_adds_up(client: Client, cast: Cast, every: Assessment) -> None:
    sign_in(client, cast.worker)

    answer = client.post(reverse("assessments:edit", args=[every.pk]), FILLED)

    every.refresh_from_db()
    assert answer.status_code == 302
    assert (every.total, every.answered, every.level) == (Decimal("27.5"), 6, "green")
    page = client.get(reverse("assessments:edit", args=[every.pk])).content.decode()
    assert 'value="27.5"' in page
    assert '<option value="fair" selected>' in page


@pytest.mark.parametrize(
    ("no", "fields", "name", "says"),
    [
        (1, Fields(claimed=Decimal("10.5")), "claimed", "本项最高 10 分，您填的是 10.5"),
        (1, Fields(claimed=Decimal(-1)), "claimed", "不能小于 0"),
        (1, Fields(claimed=Decimal("1.005")), "claimed", "最多 2 位小数"),
        (2, Fields(value=Decimal("99999999999")), "value", "数值太大"),
        (3, Fields(grade="best"), "grade", "没有这个等次"),
        (4, Fields(counts=(-1,)), "count-1", "0 到 10000"),
        (1, Fields(note="长" * 2001), "note", "最多 2000 字"),
    ],
)
def test_impossible_answers_are_refused_at_their_field(
    cast: Cast, every: Assessment, no: int, fields: Fields, name: str, says: str
) -> None:
    with pytest.raises(BadAnswer) as caught:
        actions.save_answer(every, criterion=no, fields=fields, revision=0, by=cast.worker)

    assert says in caught.value.problems[name]
    assert not Answer.objects.exists()


@pytest.mark.parametrize("typed", ["abc", "1e5", "NaN", "1..2", "--1", "∞"])
def test_what_is_no_number_is_shown_again(client: Client, cast: Cast, every: Assessment, typed: str) -> None:
    sign_in(client, cast.worker)

    answer = client.post(reverse("assessments:edit", args=[every.pk]), {"c1-revision": "0", "c1-claimed": typed})

    assert answer.status_code == 422
    assert "得分应为数字" in answer.content.decode()
    assert f'value="{typed}"' in answer.content.decode()


# A newer version under an open form

NEWER = (
    TEXT.replace("自评打分, how: claimed, points: 10", "自评打分, how: claimed, points: 5")
    .replace("{text: 执行到位}", "{text: 执行有力}")
    .replace("maximum: 40", "maximum: 35")
    .replace('          - {no: 6, title: 无重大事故, kind: veto, source: "6"}\n', "")
)


@pytest.fixture
def filled(client: Client, cast: Cast, every: Assessment) -> Assessment:
    sign_in(client, cast.worker)
    sent = FILLED | {"c1-check-2": "yes"}
    assert client.post(reverse("assessments:edit", args=[every.pk]), sent).status_code == 302
    return assessment_with_place(every.pk)


def test_newer_version_is_offered_and_changes_nothing_by_itself(client: Client, filled: Assessment) -> None:
    publish(NEWER)

    page = client.get(reverse("assessments:edit", args=[filled.pk])).content.decode()

    filled.refresh_from_db()
    assert "方案已发布第 2 版" in page
    assert (filled.version.version, filled.total) == (1, Decimal("27.5"))


def test_difference_says_what_has_to_be_filled_in_again(client: Client, filled: Assessment) -> None:
    publish(NEWER)

    page = client.get(reverse("assessments:version", args=[filled.pk])).content.decode()

    assert "新增或改动的要求需要重新勾选" in page
    assert "自评得分（本项最高 5 分，您填的是 7.5。）" in page
    assert "取消" in page


def test_switching_keeps_what_still_holds(client: Client, cast: Cast, filled: Assessment) -> None:
    newer = publish(NEWER)

    client.post(reverse("assessments:version", args=[filled.pk]), {"to": str(newer.pk)})

    fresh = assessment_with_place(filled.pk)
    first = Answer.objects.get(criterion=1)
    assert fresh.version == newer
    assert (first.claimed, first.checks) == (None, [True, None])
    assert Answer.objects.get(criterion=3).grade == "fair"
    assert Answer.objects.filter(criterion=6).exists()
    assert newer_version(fresh) is None


def test_switching_to_a_version_nobody_saw_is_refused(client: Client, filled: Assessment) -> None:
    seen = publish(NEWER)
    publish(NEWER.replace("特色加分", "亮点加分"))

    client.post(reverse("assessments:version", args=[filled.pk]), {"to": str(seen.pk)})

    assert assessment_with_place(filled.pk).version.version == 1


def test_declared_assessment_keeps_its_version(client: Client, cast: Cast, filled: Assessment) -> None:
    actions.lock(filled, by=cast.worker)
    newer = publish(NEWER)

    client.post(reverse("assessments:version", args=[filled.pk]), {"to": str(newer.pk)})

    assert assessment_with_place(filled.pk).version.version == 1


def test_plan_between_equal_standards_is_empty(every: Assessment) -> None:
    standard = standards.standard_of(every)

    assert switching.plan(standard, standard, {}) == switching.Plan([], [])


# The form in Excel


def sheet_of(assessment: Assessment) -> io.BytesIO:
    file = io.BytesIO()
    sheets.write(file, standards.standard_of(assessment), rows_of(assessment))
    file.seek(0)
    return file


def edited(file: io.BytesIO, **cells: object) -> io.BytesIO:
    book = load_workbook(file)
    for place, value in cells.items():
        book.active[place] = value
    out = io.BytesIO()
    book.save(out)
    out.seek(0)
    out.name = "表.xlsx"
    return out


def test_sheet_goes_out_and_comes_back_the_same(cast: Cast, filled: Assessment) -> None:
    read = sheets.read(sheet_of(filled), standards.standard_of(filled))

    assert actions.fill_from_sheet(filled, filled=read.filled, by=cast.worker) == 0


def test_sheet_fills_in_everything_at_once(client: Client, cast: Cast, every: Assessment) -> None:
    sign_in(client, cast.worker)
    file = edited(sheet_of(every), F2=8, E3="是", E4="否", G5=26, I6="好", H8=1, H9=0, E11="是")

    answer = client.post(reverse("assessments:sheet", args=[every.pk]), {"file": file})

    every.refresh_from_db()
    assert answer.status_code == 302
    assert every.total == 8 + 6 + 10 + 8
    assert Answer.objects.get(criterion=1).checks == [True, False]


def test_sheet_with_one_wrong_cell_fills_in_nothing_and_names_it(client: Client, cast: Cast, every: Assessment) -> None:
    sign_in(client, cast.worker)
    file = edited(sheet_of(every), F2=80, E3="也许", G5="很多", H8="=1+1")

    page = client.post(reverse("assessments:sheet", args=[every.pk]), {"file": file})

    text = page.content.decode()
    assert page.status_code == 422
    assert re.search("第 8 行.*H 列.*是公式", text)
    assert not Answer.objects.exists()


def test_every_wrong_cell_is_named(every: Assessment) -> None:
    file = edited(sheet_of(every), F2=80, E3="也许", C4="别的内容", G5="很多", H8=1.5)

    with pytest.raises(ExcelError) as caught:
        sheets.read(file, standards.standard_of(every))

    assert [(problem.row, problem.column) for problem in caught.value.problems] == [
        (2, "F"),
        (3, "E"),
        (4, "C"),
        (5, "G"),
        (8, "H"),
    ]


def test_what_is_no_workbook_is_refused(client: Client, cast: Cast, every: Assessment) -> None:
    sign_in(client, cast.worker)
    file = io.BytesIO(b"not a workbook")
    file.name = "表.xlsx"

    answer = client.post(reverse("assessments:sheet", args=[every.pk]), {"file": file})

    assert answer.status_code == 422
    assert "不是可以读取的 .xlsx 文件" in answer.content.decode()
