"""The layouts: plain data in, paper out."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from docx import Document
from pypdf import PdfReader

from greenhood.documents import typesetting, word

A4 = (595, 842)


def approval(**changes: Any) -> dict[str, Any]:
    levels = ("街道", "县（市、区）", "市（州）", "省级")
    return {
        "title": "四川省绿色社区创建审批表",
        "mark": "",
        "cover": [{"label": "社 区 名 称", "value": "洗面桥社区居委会"}, {"label": "所在市（州）", "value": "成都市"}],
        "filled_on": "填报时间：2026年3月5日",
        "notes": ["一、本表是四川省绿色社区创建审批用表。"],
        "rows": [
            [{"label": "社区名称", "value": "洗面桥社区居委会"}],
            [{"label": "社区负责人姓名", "value": "王芳"}, {"label": "负责人联系电话", "value": "13800001234"}],
        ],
        "long": [{"label": "社区基本情况", "value": "社区有居民3000户。"}],
        "opinions": [
            {"title": t, "text": "同意推荐。", "signed": "经办人：李明", "date": "2026年3月9日"} for t in levels
        ],
        "footnote": "注：省级示范绿色社区创建申报程序一致。",
    } | changes


def pages(data: dict[str, Any], layout: str = "approval") -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(typesetting.pdf(layout, data))).pages]


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_approval_form_is_four_a4_pages_for_duplex_print() -> None:
    reader = PdfReader(BytesIO(typesetting.pdf("approval", approval())))

    assert [tuple(map(round, page.mediabox[2:])) for page in reader.pages] == [A4] * 4


def test_approval_form_says_what_it_was_given_where_it_belongs() -> None:
    cover, notes, form, opinions = map(squeezed, pages(approval()))

    assert "填报时间：2026年3月5日" in cover
    assert "一、本表是四川省绿色社区创建审批用表。" in notes
    assert all(text in form for text in ("王芳", "13800001234", "社区有居民3000户。"))
    assert opinions.count("（盖章）") == 4
    assert opinions.count("2026年3月9日") == 4


def test_text_that_does_not_fit_goes_whole_onto_attached_sheets_and_pages_stay_even() -> None:
    profile = "本社区绿地率达到百分之三十。" * 71
    opinions = approval()["opinions"]
    opinions[0] = opinions[0] | {"text": "经现场核查，情况属实。" * 20}

    one = pages(approval(long=[{"label": "社区基本情况", "value": profile}]))
    two = pages(approval(long=[{"label": "社区基本情况", "value": profile}], opinions=opinions))

    assert "见附页“社区基本情况”" in squeezed(one[2])
    assert profile in squeezed(one[4])
    assert len(one) == 6
    assert squeezed(one[5]).strip("—6") == ""
    assert "经现场核查，情况属实。" * 20 in squeezed(two[5])
    assert len(two) == 6


@pytest.mark.parametrize("length", [0, 1, 480, 1000])
def test_profile_of_any_allowed_length_leaves_opinions_on_the_fourth_page(length: int) -> None:
    made = pages(approval(long=[{"label": "社区基本情况", "value": "绿" * length}]))

    assert "各级审核意见" in squeezed(made[3])
    assert squeezed("".join(made)).count("绿") >= length


def test_text_is_shown_and_never_read_as_markup() -> None:
    hostile = '#panic("x") *粗* $x$ <a> @b \\ [c] _d_'

    text = squeezed("".join(pages(approval(rows=[[{"label": "社区名称", "value": hostile}]]))))

    assert squeezed(hostile) in text


def test_word_form_holds_the_same_and_keeps_opinions_whole() -> None:
    document = Document(BytesIO(word.docx("approval", approval())))
    form, opinions = document.tables

    assert form.rows[0].cells[1].text == "洗面桥社区居委会"
    assert [cell.text for cell in form.rows[1].cells] == ["社区负责人姓名", "王芳", "负责人联系电话", "13800001234"]
    assert [row.cells[0].text for row in opinions.rows[1:]] == ["街道", "县（市、区）", "市（州）", "省级"]
    assert all("w:cantSplit" in row._tr.xml for row in opinions.rows[1:])
    assert all(row.height.mm >= 50 for row in opinions.rows[1:])
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert document.styles["Normal"].font.size.pt == 12


def test_word_form_attaches_what_does_not_fit() -> None:
    data = approval(long=[{"label": "社区基本情况", "value": "长" * 900}])

    document = Document(BytesIO(word.docx("approval", data)))

    assert "见附页" in document.tables[0].rows[-1].cells[1].text
    assert any(paragraph.text == "长" * 900 for paragraph in document.paragraphs)


def test_word_form_bears_no_moment_of_writing_so_that_the_same_data_is_the_same_file() -> None:
    with ZipFile(BytesIO(word.docx("approval", approval()))) as package:
        assert {part.date_time for part in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_score_sheet_repeats_its_head_on_every_page() -> None:
    line = {
        "no": "1",
        "title": "创建工作有组织保障",
        "points": "2",
        "checks": ["成立组织。"] * 3,
        "scores": ["2"],
        "note": "",
    }
    data = {
        "title": "自测评分表", "mark": "", "head": [{"label": "社区", "value": "洗面桥"}], "points_label": "分值",
        "scorers": ["自评"], "parts": [{"title": "机制（25分）", "criteria": [line] * 40}], "maximum": "100",
        "totals": ["88"], "result": "四川省绿色社区", "sign": [{"label": "填表人", "value": ""}],
    }  # fmt: skip

    made = pages(data, "score-sheet")

    assert len(made) > 1
    assert all("评分标准" in squeezed(page) for page in made)
    assert "合计" in squeezed(made[-1])
    assert "88" in made[-1]
    assert len(Document(BytesIO(word.docx("score-sheet", data))).tables[0].rows) == 42


def official(**changes: Any) -> dict[str, Any]:
    return {
        "title": "成都市2026年度总结评估报告",
        "mark": "",
        "addressee": "省住房和城乡建设厅",
        "body": [{"kind": "text", "text": "开展了培训。"}],
        "attachments": [{"title": title, "body": [listed()]} for title in ("数据", "评估依据")],
        "sender": "成都市住房和城乡建设局",
        "date": "2026年11月3日",
    } | changes


def listed() -> dict[str, Any]:
    return {
        "kind": "table", "title": "", "columns": ["项目", "数值"], "rows": [["创建对象社区", "5个"]], "widths": [3, 1],
        "numbers": [1],
    }  # fmt: skip


def test_attachments_are_named_before_the_sender_and_follow_the_date_on_pages_of_their_own() -> None:
    first, second, third = map(squeezed, pages(official(), "official-document"))
    single = squeezed(pages(official(attachments=[{"title": "数据", "body": [listed()]}]), "official-document")[0])

    assert first.index("附件：1.数据2.评估依据") < first.index("成都市住房和城乡建设局") < first.index("2026年11月3日")
    assert second.startswith("附件1数据项目数值创建对象社区5个")
    assert third.startswith("附件2评估依据")
    assert "附件：数据" in single


def test_word_attaches_as_the_pdf_does() -> None:
    document = Document(BytesIO(word.docx("official-document", official())))

    lines = [paragraph.text for paragraph in document.paragraphs if paragraph.text]
    assert lines[3:9] == [
        "附件：1. 数据", "2. 评估依据", "成都市住房和城乡建设局", "2026年11月3日", "附件1", "数据",
    ]  # fmt: skip
    starts = [paragraph.text for paragraph in document.paragraphs if paragraph.paragraph_format.page_break_before]
    assert starts == ["附件1", "附件2"]
    assert len(document.tables) == 2
