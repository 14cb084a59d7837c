"""Bulletins and filed reports on paper."""

from __future__ import annotations

import datetime as dt
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from docx import Document
from openpyxl import load_workbook

from greenhood.divisions.models import Division
from greenhood.reporting import actions, papers
from greenhood.reporting.models import Obligation
from greenhood.reporting.queries import Completeness, ranked
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db

DAY, ISSUED = dt.date(2026, 11, 20), dt.date(2026, 11, 24)


def numbers(division: Division, owed: int, on_time: int, *, filed: int | None = None, overdue: int = 0) -> Completeness:
    return Completeness(division, owed, on_time if filed is None else filed, on_time, 0, 0, overdue)


def text_of(paper: dict[str, object]) -> str:
    return "\n".join(part.get("text", "") for part in paper["body"])


def test_few_reports_are_not_ranked_and_equals_share_a_rank(cast: Cast) -> None:
    few = numbers(cast.community, 2, 2)
    rows = [
        few,
        numbers(cast.city, 4, 2),
        numbers(cast.county, 4, 4),
        numbers(cast.street, 8, 8),
        numbers(cast.nation, 0, 0),
    ]

    assert [(rank, row.division) for rank, row in ranked(rows)] == [
        (1, cast.county), (1, cast.street), (3, cast.city), (None, cast.community),
    ]  # fmt: skip


def test_a_bulletin_names_who_is_behind_but_nobody_who_owed_too_little(cast: Cast) -> None:
    lower = [
        numbers(cast.county, 6, 6),
        numbers(cast.neighbour_county, 6, 3, filed=4, overdue=2),
        numbers(cast.street, 1, 0, filed=0, overdue=1),
    ]

    paper = papers.bulletin(
        cast.city, numbers(cast.city, 13, 9, filed=10, overdue=3), lower, year=2026, by=DAY, issued_on=ISSUED
    )

    said = text_of(paper)
    assert "应报13份，已报10份，完整率76.9%；按时报送9份，及时率69.2%；逾期未报3份" in said
    assert "全部按时报送的有：武侯区" in said
    assert "逾期未报的有：锦江区（2份）。" in said
    assert "截至2026年11月20日" in said
    assert paper["date"] == "2026年11月24日"


def test_a_bulletin_and_a_filed_report_come_as_page_word_and_pdf(cast: Cast, client: Client) -> None:
    actions.plan(stage.publish("sichuan-2020"), 2026, by=cast.province_officer)
    row = Obligation.objects.get()
    texts = {"carried-out": "开展了培训。", "effect": "环境改善。", "progress": "两个社区申报。"}
    row = actions.save(row, texts=texts, typed={}, revision=1, by=cast.city_officer)
    actions.file(row, signed_by="陈静", revision=2, by=cast.city_officer, at=stage.moment(2026, 11, 3))
    sign_in(client, cast.province_officer)
    code, filed = [cast.province.code], [row.pk, 1]

    page = client.get(reverse("reporting:bulletin", args=code), {"year": 2026, "by": "2026-11-20"}).content.decode()
    word = client.get(reverse("reporting:bulletin_file", args=[*code, "docx"]), {"year": 2026})
    report = client.get(reverse("reporting:filing_file", args=[*filed, "docx"]))

    assert "到期应报1份，已报1份" in page
    assert Document(BytesIO(word.content)).paragraphs[0].text == "关于2026年绿色社区创建报送情况的通报"
    document = Document(BytesIO(report.content))
    assert "环境改善。" in [paragraph.text for paragraph in document.paragraphs]
    assert [cell.text for cell in document.tables[0].columns[0].cells][:2] == ["项目", "创建对象社区"]
    for address in (
        reverse("reporting:bulletin_file", args=[*code, "pdf"]),
        reverse("reporting:filing_file", args=[*filed, "pdf"]),
    ):
        answer = client.get(address)
        assert answer.content.startswith(b"%PDF")
    sheet = client.get(reverse("reporting:filing_file", args=[*filed, "xlsx"]))
    rows = list(load_workbook(BytesIO(b"".join(sheet.streaming_content))).active.iter_rows(values_only=True))
    assert rows[1][:4] == ("创建对象社区", 0, "个", "平台数据")
    assert client.get(reverse("reporting:filing_file", args=[*filed, "exe"])).status_code == 404
