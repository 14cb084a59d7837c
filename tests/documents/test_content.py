"""Forms filled from live data: what stands on them, and who may have them."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from greenhood.declarations.models import Declaration
from greenhood.documents import content, typesetting
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.declarations import stage

pytestmark = pytest.mark.django_db


@pytest.fixture
def declaration(cast: Cast) -> Declaration:
    stage.publish("national-2020")
    stage.publish("sichuan-2020")
    at = stage.moment(2026, 3, 2)
    declared = stage.declare(cast.community, cast.worker, at=at)
    stage.bring_to(declared, "city-review", cast, at=at)
    return Declaration.objects.select_related("community", "version", "assessment__community").get(pk=declared.pk)


def form_of(version: SchemeVersion, layout: str):
    return next(form for form in version.scheme.forms if form.layout == layout)


def test_approval_form_holds_the_fields_and_the_opinions_given_so_far(declaration: Declaration) -> None:
    data = content.approval(declaration, form_of(declaration.version, "approval"))

    values = {cell["label"]: cell["value"] for row in data["rows"] for cell in row}
    assert values == {
        "社区名称": "晋阳社区居委会",
        "拟创建称号": "四川省绿色社区",
        "所在行政区划": "成都市武侯区浆洗街街道",
        "社区负责人姓名": "李芳",
        "负责人联系电话": "028-85551234",
        "社区居委会地址": "浆洗街 1 号",
    }
    assert [bool(opinion["text"]) for opinion in data["opinions"]] == [True, True, False, False]
    assert data["opinions"][0]["signed"] == "经办人：王强"
    assert data["opinions"][3]["date"] == content.EMPTY_DATE
    assert data["filled_on"] == "填报时间：2026年3月2日"
    assert data["cover"][1]["value"] == "成都市"
    assert [row[0]["label"] for row in data["rows"] if len(row) == 2] == ["社区负责人姓名"]


def test_score_sheet_shows_own_and_county_points_of_all_28_items(declaration: Declaration) -> None:
    data = content.score_sheet(declaration.assessment, form_of(declaration.version, "approval"))

    lines = [line for part in data["parts"] for line in part["criteria"]]
    assert len(lines) == 28
    assert data["scorers"] == ["自评", "县级初审"]
    assert data["totals"] == ["100", "100"]
    assert data["maximum"] == "100"
    assert lines[0]["scores"] == ["2", "2"]


def test_forms_come_as_pdf_and_word_to_those_who_may_see_the_declaration(
    client: Client, cast: Cast, declaration: Declaration
) -> None:
    sign_in(client, cast.county_officer)
    pdf = client.get(reverse("documents:form_of_declaration", args=[declaration.pk, "approval", "pdf"]))
    word = client.get(reverse("documents:form_of_declaration", args=[declaration.pk, "approval", "docx"]))
    sheet = client.get(reverse("documents:form_of_assessment", args=[declaration.assessment_id, "pdf"]))

    assert (pdf.status_code, word.status_code, sheet.status_code) == (200, 200, 200)
    assert "李芳" in PdfReader(BytesIO(pdf.content)).pages[2].extract_text()
    assert pdf["Content-Disposition"].startswith("inline; filename*=UTF-8''")


@pytest.mark.parametrize("who", ["neighbour_officer", "neighbour_worker", "other_worker", "expert"])
def test_strangers_do_not_learn_that_there_is_a_form(
    client: Client, cast: Cast, declaration: Declaration, who: str
) -> None:
    sign_in(client, getattr(cast, who))

    answers = [
        client.get(reverse("documents:declaration", args=[declaration.pk])),
        client.get(reverse("documents:form_of_declaration", args=[declaration.pk, "approval", "pdf"])),
        client.get(reverse("documents:form_of_assessment", args=[declaration.assessment_id, "pdf"])),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


@pytest.mark.parametrize(("key", "kind"), [("approval", "exe"), ("nothing", "pdf")])
def test_an_unknown_form_or_type_is_not_found(
    client: Client, cast: Cast, declaration: Declaration, key: str, kind: str
) -> None:
    sign_in(client, cast.county_officer)

    assert client.get(f"/documents/declarations/{declaration.pk}/{key}.{kind}").status_code == 404


def test_without_a_font_the_page_says_what_to_do(
    client: Client, cast: Cast, declaration: Declaration, settings, tmp_path
) -> None:
    settings.FONTS_ROOT = tmp_path
    typesetting._compiler.cache_clear()
    sign_in(client, cast.county_officer)

    answer = client.get(reverse("documents:form_of_declaration", args=[declaration.pk, "approval", "pdf"]))
    typesetting._compiler.cache_clear()

    assert answer.status_code == 503
    assert "greenhood assets" in answer.content.decode()
