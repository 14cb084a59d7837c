"""The same forms as Word files, for offices that fill and stamp in Word.

The faces named are the ones that the forms ask for (仿宋_GB2312, 方正小标宋); Word substitutes where they are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_ALIGN_VERTICAL, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

FANGSONG = "仿宋_GB2312"
TITLE_FACE = "方正小标宋简体"
HEADING_FACE = "黑体"
BODY = Pt(12)  # 小四
PITCH = Pt(29)  # 22 lines in 225 mm
SEAL = Mm(52)  # a seal needs 50 mm × 50 mm clear
LABEL_WIDTH = Mm(36)
TEXT_WIDTH = Mm(210 - 28 - 26)
# What fits beside the seal and in the profile's cell at 12 pt; longer text goes onto an attached sheet.
OPINION_FITS = 110
LONG_TEXT_FITS = 520

Data = Mapping[str, Any]


def docx(layout: str, data: Data) -> bytes:
    """The form as .docx bytes; ``layout`` and ``data`` as for ``typesetting.pdf``. The same data gives the same bytes at any time."""
    document = _blank(data)
    _LAYOUTS[layout](document, data)
    buffer = BytesIO()
    document.save(buffer)
    return _undated(buffer)


def _undated(package: BytesIO) -> bytes:
    """The package without the moment at which each part was written, so that the same file is known as the same."""
    buffer = BytesIO()
    with ZipFile(package) as dated, ZipFile(buffer, "w", ZIP_DEFLATED) as undated:
        for part in dated.infolist():
            undated.writestr(ZipInfo(part.filename), dated.read(part), ZIP_DEFLATED)
    return buffer.getvalue()


def _blank(data: Data) -> DocumentType:
    document = Document()
    document.core_properties.title = data["title"]
    document.core_properties.author = "绿色社区创建平台"
    style = document.styles["Normal"]
    style.font.size = BODY
    _face(style.element.get_or_add_rPr(), FANGSONG)
    style.paragraph_format.space_after = Pt(0)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.top_margin, section.bottom_margin = Mm(30), Mm(28)
    mirror = OxmlElement("w:mirrorMargins")
    document.settings.element.insert(0, mirror)
    _page_number(section.footer.paragraphs[0])
    if data["mark"]:
        header = section.header.paragraphs[0]
        header.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(header, data["mark"], bold=True)
    return document


def _approval(document: DocumentType, data: Data) -> None:
    _title(document, data["title"], Pt(24), before=Mm(48), after=Mm(52))
    for row in data["cover"]:
        _write(_paragraph(document, after=Mm(6), indent=Mm(20)), f"{row['label']}：{row['value']}", size=Pt(16))
    _write(_paragraph(document, before=Mm(50), align=WD_ALIGN_PARAGRAPH.CENTER), data["filled_on"], size=Pt(16))
    _break(document)
    _title(document, "填表说明", Pt(18), after=Mm(6))
    for note in data["notes"]:
        _write(_paragraph(document, first_line=Pt(24)), note)
    _break(document)

    sheets: list[tuple[str, str]] = []
    _title(document, data["title"], Pt(18), after=Mm(3))
    table = _table(document, [LABEL_WIDTH, None, LABEL_WIDTH, None])
    for row in data["rows"]:
        cells = table.add_row().cells
        if len(row) == 1:
            _fill(cells[0], row[0]["label"], align=WD_ALIGN_PARAGRAPH.CENTER)
            _fill(cells[1].merge(cells[3]), row[0]["value"])
        else:
            for position, item in enumerate(row):
                _fill(cells[2 * position], item["label"], align=WD_ALIGN_PARAGRAPH.CENTER)
                _fill(cells[2 * position + 1], item["value"])
    for part in data["long"]:
        row = table.add_row()
        _keep(row, Mm(148))
        _fill(row.cells[0], part["label"], align=WD_ALIGN_PARAGRAPH.CENTER)
        text = _fitting(part["label"], part["value"], LONG_TEXT_FITS, sheets)
        _fill(row.cells[1].merge(row.cells[3]), text, top=True, first_line=Pt(24))
    _break(document)

    table = _table(document, [LABEL_WIDTH, None])
    head = table.add_row().cells
    _fill(head[0].merge(head[1]), "各级审核意见", align=WD_ALIGN_PARAGRAPH.CENTER)
    for opinion in data["opinions"]:
        row = table.add_row()
        _keep(row, SEAL)
        _fill(row.cells[0], opinion["title"], align=WD_ALIGN_PARAGRAPH.CENTER)
        text = _fitting(f"{opinion['title']}意见", opinion["text"], OPINION_FITS, sheets)
        _fill(row.cells[1], text, top=True, first_line=Pt(24))
        for line in (opinion["signed"], "（盖章）", opinion["date"]):
            paragraph = row.cells[1].add_paragraph()
            paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if line == opinion["signed"] else WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.right_indent = Mm(12)
            paragraph.paragraph_format.space_before = Mm(3)
            _write(paragraph, line)
    _write(_paragraph(document, before=Mm(2)), data["footnote"], size=Pt(10.5))
    for title, text in sheets:
        _break(document)
        _title(document, f"附页：{title}", Pt(16), after=Mm(4))
        _lines(document, text, first_line=Pt(24))


def _score_sheet(document: DocumentType, data: Data) -> None:
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(22)
    _title(document, data["title"], Pt(18), after=Mm(2))
    _write(_paragraph(document, after=Mm(2)), "　".join(f"{item['label']}：{item['value']}" for item in data["head"]))
    scorers: Sequence[str] = data["scorers"]
    widths = [Mm(24), Mm(10), Mm(42), Mm(12), None, *[Mm(19)] * len(scorers), Mm(34)]
    table = _table(document, widths, text_width=Mm(257))
    titles = ["考核内容", "序号", "创建标准", data["points_label"], "评分标准", *scorers, "说明"]
    head = table.add_row()
    _repeat(head)
    for cell, title in zip(head.cells, titles, strict=True):
        _fill(cell, title, size=Pt(9.5), align=WD_ALIGN_PARAGRAPH.CENTER)
    for part in data["parts"]:
        first = len(table.rows)
        for item in part["criteria"]:
            values = [
                "",
                item["no"],
                item["title"],
                item["points"],
                "\n".join(item["checks"]),
                *item["scores"],
                item["note"],
            ]
            for cell, value in zip(table.add_row().cells, values, strict=True):
                _fill(cell, value, size=Pt(9.5))
        merged = table.rows[first].cells[0].merge(table.rows[len(table.rows) - 1].cells[0])
        _fill(merged, part["title"], size=Pt(9.5), align=WD_ALIGN_PARAGRAPH.CENTER)
    values = ["合计", "", "", data["maximum"], "", *data["totals"], data["result"]]
    for cell, value in zip(table.add_row().cells, values, strict=True):
        _fill(cell, value, size=Pt(9.5), align=WD_ALIGN_PARAGRAPH.CENTER)
    _write(
        _paragraph(document, before=Mm(3)),
        "　　　　".join(f"{item['label']}：{item['value']}" for item in data["sign"]),
    )


def _report(document: DocumentType, data: Data) -> None:
    _title(document, data["title"], Pt(22), before=Mm(8), after=Mm(8))
    _write(_paragraph(document), f"{data['addressee']}：", size=Pt(16))
    for section in data["sections"]:
        _write(_paragraph(document, first_line=Pt(32)), section["title"], size=Pt(16), bold=True)
        _lines(document, section["text"], first_line=Pt(32), size=Pt(16))
    for line in (data["sender"], data["date"]):
        _write(_paragraph(document, before=Mm(3), align=WD_ALIGN_PARAGRAPH.RIGHT), line, size=Pt(16))


def _document(document: DocumentType, data: Data) -> None:
    """公文 by GB/T 9704-2012: 22 lines of 16 pt in a type area of 156 × 225 mm."""
    section = document.sections[0]
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    if data.get("number"):
        above = _pitched(document)
        above.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _write(above, data["number"], size=Pt(16))
    _title(document, data["title"], Pt(22), after=PITCH)
    if data["addressee"]:
        _write(_pitched(document), f"{data['addressee']}：", size=Pt(16))
    _parts(document, data["body"])
    attached: Sequence[Data] = data.get("attachments", ())
    names = [f"{place}. {one['title']}" if len(attached) > 1 else one["title"] for place, one in enumerate(attached, 1)]
    for place, name in enumerate(names):
        line = _pitched(document)
        line.paragraph_format.left_indent = Pt(32) if not place else Pt(80)
        line.paragraph_format.space_before = Pt(0) if place else PITCH
        _write(line, name if place else f"附件：{name}", size=Pt(16))
    _signed(document, data["sender"], data["date"])
    for place, one in enumerate(attached, 1):
        top = _pitched(document)
        top.paragraph_format.page_break_before = True
        _write(top, f"附件{place if len(attached) > 1 else ''}", size=Pt(16), face=HEADING_FACE)
        _title(document, one["title"], Pt(22), before=PITCH, after=Pt(14))
        _parts(document, one["body"])


def _signed(document: DocumentType, sender: str, date: str) -> None:
    """The sender and the day of a paper that gets a seal: the day four characters from the right, the name centred above it."""
    over = max((len(sender) - _characters(date)) / 2, 0)
    under = max((_characters(date) - len(sender)) / 2, 0)
    above, below = _pitched(document), _pitched(document)
    above.paragraph_format.space_before = PITCH
    for paragraph, text, indent in ((above, sender, max(4 - over + under, 0)), (below, date, 4)):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Pt(16 * indent)
        _write(paragraph, text, size=Pt(16))


def _characters(text: str) -> float:
    """How wide a line is, in Chinese characters: a digit takes half of one."""
    return sum(0.5 if letter.isascii() else 1 for letter in text)


def _parts(document: DocumentType, body: Sequence[Data]) -> None:
    for part in body:
        match part["kind"]:
            case "heading":
                _write(_pitched(document, first_line=Pt(32)), part["text"], size=Pt(16), face=HEADING_FACE)
            case "text":
                for line in filter(str.strip, part["text"].splitlines()):
                    _write(_pitched(document, first_line=Pt(32)), line.strip(), size=Pt(16))
            case "table":
                _listed(document, part)


def _pitched(document: DocumentType, *, first_line: int = 0) -> Paragraph:
    paragraph = _paragraph(document, first_line=first_line)
    paragraph.paragraph_format.line_spacing = PITCH
    return paragraph


def _listed(document: DocumentType, part: Data) -> None:
    """A table whose heading stands on every page."""
    if part["title"]:
        title = _paragraph(document, before=Mm(3), after=Mm(1), align=WD_ALIGN_PARAGRAPH.CENTER)
        _write(title, part["title"], face=HEADING_FACE)
    text_width = Mm(156)
    shares: Sequence[int] = part["widths"]
    table = _table(
        document, [text_width * share // sum(shares) for share in shares[:-1]] + [None], text_width=text_width
    )
    head = table.add_row()
    _repeat(head)
    for cell, text in zip(head.cells, part["columns"], strict=True):
        _fill(cell, text, align=WD_ALIGN_PARAGRAPH.CENTER)
    for row in part["rows"]:
        for position, (cell, text) in enumerate(zip(table.add_row().cells, row, strict=True)):
            _fill(cell, text, align=WD_ALIGN_PARAGRAPH.RIGHT if position in part["numbers"] else None)


_LAYOUTS: dict[str, Callable[[DocumentType, Data], None]] = {
    "approval": _approval,
    "score-sheet": _score_sheet,
    "application-report": _report,
    "official-document": _document,
}


def _fitting(title: str, text: str, most: int, sheets: list[tuple[str, str]]) -> str:
    if len(text) <= most:
        return text
    sheets.append((title, text))
    return f"（内容较多，见附页“{title}”）"


def _face(properties: Any, name: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for attribute in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(attribute), name)


def _write(paragraph: Paragraph, text: str, *, size: Pt = BODY, bold: bool = False, face: str = FANGSONG) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold = size, bold
    _face(run._element.get_or_add_rPr(), face)


def _paragraph(
    document: DocumentType,
    *,
    before: int = 0,
    after: int = 0,
    indent: int = 0,
    first_line: int = 0,
    align: WD_ALIGN_PARAGRAPH | None = None,
) -> Paragraph:
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.space_before, form.space_after, form.left_indent, form.first_line_indent = before, after, indent, first_line
    form.line_spacing = 1.5
    if align is not None:
        paragraph.alignment = align
    return paragraph


def _lines(document: DocumentType, text: str, *, first_line: int, size: Pt = BODY) -> None:
    for part in filter(str.strip, text.splitlines()):
        _write(_paragraph(document, first_line=first_line), part.strip(), size=size)


def _title(document: DocumentType, text: str, size: Pt, *, before: int = 0, after: int = 0) -> None:
    paragraph = _paragraph(document, before=before, after=after, align=WD_ALIGN_PARAGRAPH.CENTER)
    _write(paragraph, text, size=size, face=TITLE_FACE)


def _break(document: DocumentType) -> None:
    document.paragraphs[-1].add_run().add_break(WD_BREAK.PAGE)


def _table(document: DocumentType, widths: Sequence[int | None], *, text_width: int = TEXT_WIDTH) -> Table:
    """An empty ruled table; a width of None shares what the others leave."""
    free = (text_width - sum(width for width in widths if width)) // sum(width is None for width in widths)
    table = document.add_table(rows=0, cols=len(widths), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width or free
    return table


def _fill(
    cell: _Cell,
    text: str,
    *,
    size: Pt = BODY,
    align: WD_ALIGN_PARAGRAPH | None = None,
    top: bool = False,
    first_line: int = 0,
) -> None:
    cell.text = ""
    cell.vertical_alignment = WD_ALIGN_VERTICAL.TOP if top else WD_ALIGN_VERTICAL.CENTER
    for number, line in enumerate(text.splitlines() or [""]):
        paragraph = cell.add_paragraph() if number else cell.paragraphs[0]
        if align is not None:
            paragraph.alignment = align
        paragraph.paragraph_format.first_line_indent = first_line
        _write(paragraph, line, size=size)


def _keep(row: Any, height: int) -> None:
    """At least this high, and never split between two pages."""
    row.height, row.height_rule = height, WD_ROW_HEIGHT_RULE.AT_LEAST
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _repeat(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _page_number(paragraph: Paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        element = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            element.text = text
        else:
            element.set(qn("w:fldCharType"), kind or "")
        run._element.append(element)
