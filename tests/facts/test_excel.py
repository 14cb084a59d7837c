"""Excel down and up: what goes out comes back as it was, every fault is named at its cell, and nothing is half taken."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division
from greenhood.facts import hooks, queries, sheets, workbooks
from greenhood.facts.kinds import Kind, Section, in_section, kind, kinds
from greenhood.facts.layout import Layout
from greenhood.facts.models import Import
from greenhood.history.models import Entry
from tests.cast import Cast, sign_in
from tests.facts.samples import make, values

MAY = dt.date(2026, 5, 1)


@pytest.fixture(autouse=True)
def storage(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def down(division: Division, *keys: str, **options: Any) -> BytesIO:
    file = BytesIO()
    sheets.write(file, [kind(key) for key in keys], division, **options)
    file.seek(0)
    return file


def changed(file: BytesIO, change: Any) -> BytesIO:
    """The workbook as somebody saved it after changing something."""
    file.seek(0)
    book = load_workbook(file)
    change(book)
    out = BytesIO()
    book.save(out)
    out.seek(0)
    return out


def form(key: str, *rows: dict[str, Any], title: str = "", without: tuple[str, ...] = ()) -> BytesIO:
    """A workbook with one sheet of this kind; cells by heading."""
    plan = Layout(kind(key))
    headings = [heading for heading in plan.headings if heading not in without]
    book = Workbook()
    sheet = book.active
    sheet.title = title or plan.title
    sheet.append(headings)
    for row in rows:
        unknown = row.keys() - set(headings)
        assert not unknown, unknown
        sheet.append([row.get(heading) for heading in headings])
    file = BytesIO()
    book.save(file)
    file.seek(0)
    return file


def up(file: BytesIO, division: Division, by: Actor, *, dated: dt.date = MAY) -> Import:
    """Send, judge and, where it is sound, record."""
    row = workbooks.send(ContentFile(file.getvalue(), "表.xlsx"), "表.xlsx", division=division, dated=dated, by=by)
    workbooks.judge(row)
    if row.state == Import.State.READY:
        assert workbooks.release(row, by=by)
        workbooks.apply(row)
    return row


def counts(row: Import) -> dict[str, tuple[int, int, int]]:
    return {each["key"]: (each["new"], each["changed"], each["same"]) for each in row.report["sheets"]}


def faults(row: Import) -> list[tuple[str, int, str, str]]:
    assert row.state == Import.State.REFUSED, row.state
    return [(title, number, column, text) for title, number, column, text in row.report["faults"]]


def estate(cast: Cast, name: str, **more: Any) -> dict[str, Any]:
    return {"社区代码": cast.community.number, "小区名称": name, "住宅套数（套）": 100, **more}


# There and back


@pytest.mark.parametrize("key", [each.key for each in kinds()])
def test_what_goes_out_comes_back_unchanged(cast: Cast, key: str) -> None:
    made = make(key, cast.community, cast.worker)
    file = down(cast.community, *dict.fromkeys([*_needed(kind(key)), key]))

    row = up(file, cast.community, cast.worker)

    assert row.state == Import.State.READY or row.state == Import.State.APPLIED, row.report
    assert counts(row)[key] == (0, 0, 1)
    assert queries.versions(kind(key), cast.community, made.thing).count() == 1


def _needed(one: Kind) -> list[str]:
    return [column.refers_to for column in one.columns if column.type == "reference"]


def test_new_changed_and_same_rows_are_told_apart_and_versioned(cast: Cast) -> None:
    first = make("estates", cast.community, cast.worker, name="甲苑", dwellings=100)
    second = make("estates", cast.community, cast.worker, name="乙苑", dwellings=200)
    file = form(
        "estates",
        estate(cast, "甲苑"),
        estate(cast, "乙苑", **{"住宅套数（套）": 210, "老旧小区": "是"}),
        estate(cast, "丙苑", **{"占地面积（平方米）": "3.2公顷"}),
    )

    row = up(file, cast.community, cast.worker)

    assert counts(row) == {"estates": (1, 1, 1)}
    estates = kind("estates")
    assert queries.versions(estates, cast.community, first.thing).count() == 1
    now, before = queries.versions(estates, cast.community, second.thing)
    assert (now.dwellings, now.is_old, now.dated, now.until, now.source) == (210, True, MAY, None, "imported")
    assert (before.dwellings, before.until) == (200, MAY)
    new = queries.current(estates, [cast.community.pk]).get(name="丙苑")
    assert new.area == Decimal(32_000)
    assert any("3.2 公顷 = 32,000 平方米" in text for *_, text in row.report["converted"])


def test_the_same_file_again_changes_nothing(cast: Cast) -> None:
    file = form("estates", estate(cast, "甲苑"), estate(cast, "乙苑"))

    up(file, cast.community, cast.worker)
    again = up(file, cast.community, cast.worker)

    assert counts(again) == {"estates": (0, 0, 2)}
    assert queries.current(kind("estates"), [cast.community.pk]).count() == 2


def test_a_row_with_an_earlier_day_fills_in_the_past(cast: Cast) -> None:
    present = make("estates", cast.community, cast.worker, name="甲苑", dwellings=100, dated=dt.date(2026, 4, 1))

    up(
        form("estates", estate(cast, "甲苑", **{"住宅套数（套）": 90, "数据日期": "2025-06-01"})),
        cast.community,
        cast.worker,
    )

    now, then = queries.versions(kind("estates"), cast.community, present.thing)
    assert (now.dwellings, now.until) == (100, None)
    assert (then.dwellings, then.dated, then.until) == (90, dt.date(2025, 6, 1), dt.date(2026, 4, 1))


def test_what_refers_to_something_new_in_the_same_file_finds_it(cast: Cast) -> None:
    book = load_workbook(form("estates", estate(cast, "甲苑")))
    sheet = book.create_sheet("楼栋")
    sheet.append(Layout(kind("buildings")).headings)
    at = {heading: index for index, heading in enumerate(Layout(kind("buildings")).headings)}
    row: list[Any] = [None] * len(at)
    row[at["社区代码"]], row[at["楼栋名称"]], row[at["所属小区"]], row[at["住宅套数（套）"]] = (
        cast.community.number,
        "1栋",
        "甲苑",
        40,
    )
    sheet.append(row)
    file = BytesIO()
    book.save(file)

    sent = up(file, cast.community, cast.worker)

    assert counts(sent) == {"estates": (1, 0, 0), "buildings": (1, 0, 0)}
    building = queries.current(kind("buildings"), [cast.community.pk]).get()
    assert building.estate == queries.current(kind("estates"), [cast.community.pk]).get().thing


def test_a_drawn_shape_and_its_area_stay(cast: Cast) -> None:
    west, south, step = 104.05, 30.65, 0.001
    ring = [[west, south], [west + step, south], [west + step, south + step], [west, south + step], [west, south]]
    drawn = make(
        "green-spaces",
        cast.community,
        cast.worker,
        name="游园",
        geometry={"type": "Polygon", "coordinates": [ring]},
        captured_in="cgcs2000",
    )
    row = {
        "社区代码": cast.community.number,
        "绿地名称": "游园",
        "绿地类型": "公园绿地、社区游园",
        "公共绿地": "否",
        "面积（平方米）": 5,
    }

    up(form("green-spaces", row), cast.community, cast.worker)

    now = queries.latest(kind("green-spaces"), cast.community, drawn.thing)
    assert now.is_public is False  # type: ignore[union-attr]
    assert now.geometry == drawn.geometry  # type: ignore[union-attr]
    assert now.area == drawn.area > 5000  # type: ignore[union-attr]


def test_a_division_is_filled_in_one_file_with_one_entry_of_history_and_one_call_of_listeners(cast: Cast) -> None:
    rows = [estate(cast, "甲苑") | {"社区代码": each.number} for each in cast.communities]
    heard: list[tuple[str, set[int]]] = []

    def listen(one: Kind, communities: Any) -> None:
        heard.append((one.key, set(communities)))

    hooks.on_change(listen)
    try:
        row = up(form("estates", *rows), cast.county, cast.county_officer)
    finally:
        hooks._listeners.remove(listen)

    assert counts(row) == {"estates": (4, 0, 0)}
    entry = Entry.objects.get(event="fact.imported")
    assert entry.details["社区"] == 4
    assert entry.details["SHA-256"] == row.sha256
    everyone = {each.pk for each in cast.communities}
    # Once while it was judged and taken back, once in earnest.
    assert heard == [("estates", everyone)] * 2


# What is refused


@pytest.mark.parametrize(
    ("heading", "value", "words"),
    [
        ("小区名称", None, "请填写小区名称"),
        ("小区名称", "很" * 101, "最多 100 个字"),
        ("住宅套数（套）", "约八百", "不是数字"),
        ("住宅套数（套）", 12.5, "应为整数"),
        ("住宅套数（套）", -1, "不能小于 0"),
        ("住宅套数（套）", 10**7, "不能大于 50000套"),
        ("住宅套数（套）", "3公顷", "面积单位"),
        ("住宅套数（套）", True, "应为数字"),
        ("占地面积（平方米）", "3.2顷", "不认识“顷”"),
        ("占地面积（平方米）", 1e30, "不能大于"),
        ("占地面积（平方米）", "9" * 40 + "公顷", "太大"),
        ("有物业管理的套数（套）", 101, "不能多于住宅套数"),
        ("建成年份（年）", 2100, "不能晚于今年"),
        ("老旧小区", "也许", "应填“是”或“否”"),
        ("数据日期", "2999-01-01", "还没有到"),
        ("数据日期", "去年", "不是日期"),
        ("数据日期", "2026-02-30", "不是日期"),
        ("社区代码", "51010700100", "不是 12 位社区代码"),
        ("社区代码", "510104001001", "不是晋阳社区居委会现有的社区"),
        ("社区名称", "别的社区", "与代码不一致"),
        ("记录编号", "一号", "记录编号被改动了"),
        ("记录编号", "0192d3a4-0000-7000-8000-000000000000", "不存在，或已注销"),
        ("经度", 104.05, "经度和纬度要一起填写"),
    ],
)
def test_a_cell_that_cannot_be_is_named_with_its_row_and_column(
    cast: Cast, heading: str, value: Any, words: str
) -> None:
    row = up(
        form("estates", estate(cast, "甲苑"), estate(cast, "乙苑", **{heading: value})), cast.community, cast.worker
    )

    [(title, number, column, text)] = faults(row)
    letters = {one: chr(65 + index) for index, one in enumerate(Layout(kind("estates")).headings)}
    assert (title, number, column) == ("小区", 3, letters[heading])
    assert words in text
    assert not queries.current(kind("estates"), [cast.community.pk]).exists()


def test_formulae_and_merged_cells_are_refused_where_they_are(cast: Cast) -> None:
    def spoil(book: Any) -> None:
        book["小区"]["H2"] = "=40+60"
        book["小区"].merge_cells("D3:E4")

    file = changed(form("estates", estate(cast, "甲苑"), estate(cast, "乙苑")), spoil)

    found = faults(up(file, cast.community, cast.worker))

    assert ("H", 2) in {(column, number) for _, number, column, text in found if "公式" in text}
    assert ("D", 3) in {(column, number) for _, number, column, text in found if "合并" in text}


def test_the_same_thing_twice_is_refused(cast: Cast) -> None:
    [(_, number, _, text)] = faults(
        up(
            form("estates", estate(cast, "甲苑"), estate(cast, "甲苑", **{"建成年份（年）": 1998})),
            cast.community,
            cast.worker,
        )
    )

    assert number == 3
    assert "与第 2 行是同一个小区" in text


def test_a_reference_to_nothing_is_refused(cast: Cast) -> None:
    row = {"社区代码": cast.community.number, "楼栋名称": "1栋", "住宅套数（套）": 40, "所属小区": "没有的小区"}

    [(title, number, column, text)] = faults(up(form("buildings", row), cast.community, cast.worker))

    assert (title, number, column) == ("楼栋", 2, "E")
    assert "没有登记名为“没有的小区”的小区" in text


def test_more_green_than_land_is_refused_for_the_community(cast: Cast) -> None:
    make("boundary", cast.community, cast.worker, area=Decimal(1000))
    row = {
        "社区代码": cast.community.number,
        "绿地名称": "游园",
        "绿地类型": "防护绿地",
        "公共绿地": "是",
        "面积（平方米）": 5000,
    }

    [(_, _, _, text)] = faults(up(form("green-spaces", row), cast.community, cast.worker))

    assert "超过了辖区面积" in text
    assert not queries.current(kind("green-spaces"), [cast.community.pk]).exists()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (lambda: form("estates", title="Sheet1"), "不认识工作表“Sheet1”"),
        (lambda: form("estates"), "没有填写任何数据"),
        (lambda: form("estates", without=("住宅套数（套）",)), "缺少“住宅套数（套）”一列"),
        (lambda: BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512), "旧版 .xls"),
        (lambda: BytesIO(b"PK\x03\x04 nonsense"), "不是可以读取的"),
        (lambda: BytesIO("代码,名称".encode()), "不是可以读取的"),
        (lambda: _zip({"xl/workbook.xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]><workbook/>"}), "不是可以读取的"),
    ],
)
def test_a_file_that_is_no_such_form_is_refused_with_the_reason(cast: Cast, file: Any, words: str) -> None:
    found = faults(up(file(), cast.community, cast.worker))

    assert any(words in text for *_, text in found), found


def _zip(files: dict[str, bytes]) -> BytesIO:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    out.seek(0)
    return out


def test_a_strange_column_and_one_in_another_unit_are_named(cast: Cast) -> None:
    def rename(book: Any) -> None:
        sheet = book["小区"]
        headings = {cell.value: cell for cell in sheet[1]}
        headings["占地面积（平方米）"].value = "占地面积（亩）"

    found = faults(up(changed(form("estates", estate(cast, "甲苑")), rename), cast.community, cast.worker))

    assert any("单位应为平方米" in text for *_, text in found)


def test_the_faulty_file_comes_back_with_its_cells_marked(cast: Cast) -> None:
    row = up(form("estates", estate(cast, "甲苑", **{"住宅套数（套）": "约八百"})), cast.community, cast.worker)

    out = BytesIO()
    workbooks.marked(row, out)

    book = load_workbook(out)
    cell = book["小区"]["H2"]
    assert book.sheetnames[0] == "错误清单"
    assert cell.value == "约八百"
    assert "不是数字" in cell.comment.text
    assert cell.fill.fgColor.rgb.endswith("FDD7D3")
    assert book["小区"]["G2"].comment is None


def test_the_marked_file_can_be_sent_again_once_mended(cast: Cast) -> None:
    row = up(form("estates", estate(cast, "甲苑", **{"住宅套数（套）": "约八百"})), cast.community, cast.worker)
    out = BytesIO()
    workbooks.marked(row, out)

    def mend(book: Any) -> None:
        book["小区"]["H2"] = 800

    again = up(changed(out, mend), cast.community, cast.worker)

    assert counts(again) == {"estates": (1, 0, 0)}


# The form itself


def test_the_form_explains_itself_offers_choices_and_is_filled(cast: Cast) -> None:
    make("estates", cast.community, cast.worker, name="甲苑", is_old=True)

    book = load_workbook(down(cast.community, *(each.key for each in in_section(Section.ESTATES))))

    assert book.sheetnames == ["填写说明", "小区", "楼栋"]
    sheet = book["小区"]
    assert [cell.value for cell in sheet[1]] == Layout(kind("estates")).headings
    assert [sheet["C2"].value, sheet["D2"].value] == ["晋阳社区居委会", "甲苑"]
    rules = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    letters = {cell.value: cell.column_letter for cell in sheet[1]}
    assert rules[f"{letters['老旧小区']}2"] == '"是,否"'
    guide = "\n".join(str(cell.value) for line in book["填写说明"].iter_rows() for cell in line if cell.value)
    assert "每张工作表是一类信息" in guide
    assert "不大于 50000" in guide


def test_the_empty_form_sent_back_is_told_that_it_is_empty(cast: Cast) -> None:
    file = down(cast.community, *(each.key for each in kinds()), filled=False)

    assert any("没有填写任何数据" in text for *_, text in faults(up(file, cast.community, cast.worker)))


def test_what_begins_like_a_formula_stays_text(cast: Cast) -> None:
    make("estates", cast.community, cast.worker, name="=1+1")

    file = down(cast.community, "estates")
    row = up(file, cast.community, cast.worker)

    assert counts(row) == {"estates": (0, 0, 1)}


# Pages


def send(client: Client, cast: Cast, file: BytesIO, name: str = "表.xlsx") -> Any:
    upload = SimpleUploadedFile(name, file.getvalue())
    return client.post(
        f"/communities/sheets/?within={cast.community.code}", {"file": upload, "dated": "2026-05-01"}, follow=True
    )


def test_a_file_is_sent_looked_at_and_recorded_once_however_often_one_clicks(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)

    looked = send(client, cast, form("estates", estate(cast, "甲苑"), estate(cast, "乙苑")))
    before = queries.current(kind("estates"), [cast.community.pk]).count()
    address = looked.context["row"].get_absolute_url() + "apply/"
    first, second = client.post(address, follow=True), client.post(address, follow=True)

    assert "核对无误，还没有导入" in looked.content.decode()
    assert before == 0
    assert "已导入" in first.content.decode()
    assert "已导入" in second.content.decode()
    assert queries.current(kind("estates"), [cast.community.pk]).count() == 2
    assert Entry.objects.filter(event="fact.imported").count() == 1


def test_doubtful_figures_are_confirmed_before_they_are_recorded(cast: Cast, client: Client) -> None:
    make("estates", cast.community, cast.worker, name="甲苑", dwellings=100, area=Decimal(32_000))
    sign_in(client, cast.worker)

    looked = send(client, cast, form("estates", estate(cast, "甲苑", **{"占地面积（平方米）": 320})))
    address = looked.context["row"].get_absolute_url() + "apply/"
    refused = client.post(address, follow=True)
    taken = client.post(address, {"confirmed": "yes"}, follow=True)

    assert "100 分之一" in looked.content.decode()
    assert "没有导入：请先核对" in refused.content.decode()
    assert "已导入" in taken.content.decode()


def test_faults_are_listed_and_the_marked_file_is_offered(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)

    page = send(client, cast, form("estates", estate(cast, "甲苑", **{"住宅套数（套）": "约八百"})))
    file = client.get(page.context["row"].get_absolute_url() + "marked/")

    assert "不是数字" in page.content.decode()
    assert b"".join(file.streaming_content)[:2] == b"PK"


def test_old_files_and_days_to_come_are_refused_before_anything_is_kept(cast: Cast, client: Client) -> None:
    sign_in(client, cast.worker)

    page = send(client, cast, BytesIO(b"x"), "表.xls")

    assert page.status_code == 422
    assert "旧版 .xls" in page.content.decode()
    assert not Import.objects.exists()


def test_a_large_file_is_left_to_a_worker(cast: Cast, client: Client, monkeypatch: Any) -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    sign_in(client, cast.worker)
    monkeypatch.setattr(workbooks, "AT_ONCE", 10)

    page = send(client, cast, form("estates", estate(cast, "甲苑")))

    assert "由后台办理" in page.content.decode() or ProcrastinateJob.objects.filter(task_name="facts.judge").exists()
    assert page.context["row"].state == Import.State.WAITING


def test_what_somebody_recorded_between_looking_and_recording_is_judged_again(cast: Cast) -> None:
    row = workbooks.send(
        ContentFile(form("estates", estate(cast, "甲苑")).getvalue()),
        "表.xlsx",
        division=cast.community,
        dated=MAY,
        by=cast.worker,
    )
    workbooks.judge(row)
    make("boundary", cast.community, cast.worker, area=Decimal(10))
    make("estates", cast.community, cast.worker, name="甲苑", dwellings=100)
    workbooks.release(row, by=cast.worker)

    workbooks.apply(row)

    assert counts(row) == {"estates": (0, 0, 1)}


def test_strangers_neither_download_nor_send(cast: Cast, client: Client) -> None:
    sign_in(client, cast.neighbour_worker)
    within = f"?within={cast.community.code}"

    assert client.get(f"/communities/sheets/{within}").status_code == 404
    assert client.get(f"/communities/sheets/download/{within}").status_code == 404
    assert client.get(f"/communities/export/estates.csv{within}").status_code == 404
    assert send(client, cast, form("estates", estate(cast, "甲苑"))).status_code == 404


def test_records_of_a_division_are_exported_as_csv_and_as_excel(cast: Cast, client: Client) -> None:
    for community in cast.communities:
        make("estates", community, cast.county_officer, **values(kind("estates"), name="=甲苑"))
    sign_in(client, cast.county_officer)

    text = b"".join(client.get("/communities/export/estates.csv").streaming_content).decode()
    book = load_workbook(BytesIO(b"".join(client.get("/communities/export/estates.xlsx").streaming_content)))

    assert text.startswith("\ufeff记录编号,社区代码,社区名称,小区名称")
    assert text.count("'=甲苑") == 4
    assert book.active.max_row == 5
    assert Entry.objects.filter(event="fact.exported").count() == 2
