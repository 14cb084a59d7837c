from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook, load_workbook

from greenhood.history.models import Entry
from greenhood.kit.dates import today_in_shanghai
from greenhood.works.actions import years
from greenhood.works.actions.years import YearTerms
from greenhood.works.errors import NotPossible
from greenhood.works.models import Covered, Import, Movement, Project, Source
from greenhood.works.workbooks import layout, sending, writing
from tests.cast import Cast, sign_in
from tests.declarations import stage as schemes
from tests.works import stage
from tests.works.stage import WAN, department

pytestmark = pytest.mark.django_db

COUNTY = "510107000000"
PROJECT = {
    "项目编号": "A1", "实施区划代码": COUNTY, "项目名称": "晋阳苑改造", "改造类型": "老旧小区改造、加装电梯", "计划起始年度": 2026,
    "批复总投资（元）": "500万元", "状态": "实施中", "实际开工": dt.date(2026, 3, 1), "覆盖范围": "510107001001 晋阳苑 4/6; 510107001002",
}  # fmt: skip
SOURCE = {
    "项目编号": "A1",
    "资金来源": "中央财政",
    "资金渠道": "城镇老旧小区改造",
    "下达（元）": 1000000,
    "下达日期": "2026-03-02",
    "文号": "财建1号",
}
ARRIVAL = {
    "项目编号": "A1",
    "资金来源": "中央财政",
    "资金渠道": "城镇老旧小区改造",
    "日期": dt.date(2026, 3, 5),
    "金额（元）": 600000.5,
    "文号": "拨1",
}
PAYMENT = {
    "项目编号": "A1", "资金来源": "中央财政", "资金渠道": "城镇老旧小区改造", "日期": "2026年4月1日", "金额（元）": 250000,
    "收款单位": "某公司", "用途": "进度款", "凭证号": "票1",
}  # fmt: skip


def book(**sheets: list[dict[str, Any]]) -> ContentFile[bytes]:
    """A workbook with these rows; sheets named by the order of the forms: projects, sources, arrivals, payments."""
    titles = dict(zip(("projects", "sources", "arrivals", "payments"), layout.FORM_OF, strict=True))
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        form = layout.FORM_OF[titles[name]]
        sheet = made.create_sheet(form.title)
        sheet.append(list(form.columns))
        for row in rows:
            sheet.append([row.get(heading) for heading in form.columns])
    file = BytesIO()
    made.save(file)
    return ContentFile(file.getvalue(), "表.xlsx")


def whole() -> ContentFile[bytes]:
    return book(projects=[PROJECT], sources=[SOURCE], arrivals=[ARRIVAL], payments=[PAYMENT])


def send(cast: Cast, file: ContentFile[bytes]) -> Import:
    return sending.send(file, "表.xlsx", division=cast.county, by=cast.county_officer)


def workbooks_of(cast: Cast, file: ContentFile[bytes]) -> Import:
    """Sent and taken over."""
    return sending.apply(send(cast, file), by=cast.county_officer)


def faults(cast: Cast, file: ContentFile[bytes]) -> list[tuple[str, str, str]]:
    row = send(cast, file)
    assert not Movement.objects.filter(recorded_at__gte=row.sent_at).exists()
    return [(title, f"{column}{number}", text) for title, number, column, text in row.report["faults"]]


@pytest.fixture(autouse=True)
def estate(cast: Cast) -> Any:
    return stage.estate(cast.community, cast.worker)


def test_workbook_is_judged_first_and_taken_over_once(cast: Cast) -> None:
    row = send(cast, whole())
    assert (row.state, Project.objects.count()) == (Import.State.READY, 0)
    assert [(each["title"], each["new"]) for each in row.report["sheets"]] == [(title, 1) for title in layout.FORM_OF]

    for _ in range(2):
        assert sending.apply(row, by=cast.county_officer).state == Import.State.APPLIED

    project = Project.objects.get()
    source = Source.objects.get()
    assert (project.state, project.investment, project.kinds) == ("under-way", 500 * WAN, ["old-estate", "lift"])
    assert (source.budget, source.arrived, source.paid) == (100 * WAN, Decimal("600000.5"), 25 * WAN)
    assert sorted(Covered.objects.values_list("name", "buildings_done")) == [("", None), ("晋阳苑", 4)]
    assert project.stages.count() == 4
    told = Entry.objects.filter(subject_id=str(project.pk)).order_by("number")
    assert [(entry.event, entry.details.get("金额（元）")) for entry in told] == [
        ("project.created", None), ("fund.budgeted", "1000000.00"), ("fund.arrived", "600000.50"), ("fund.paid", "250000.00"),
    ]  # fmt: skip


def test_same_file_again_changes_nothing(cast: Cast) -> None:
    sending.apply(send(cast, whole()), by=cast.county_officer)

    row = send(cast, whole())
    sending.apply(row, by=cast.county_officer)

    assert [(each["new"], each["changed"], each["same"]) for each in row.report["sheets"]] == [(0, 0, 1)] * 4
    assert (Project.objects.get().revision, Movement.objects.count()) == (1, 3)


def test_known_number_updates_and_money_is_added(cast: Cast) -> None:
    sending.apply(send(cast, whole()), by=cast.county_officer)
    newer = book(
        projects=[{**PROJECT, "项目名称": "晋阳苑综合改造"}],
        sources=[{**SOURCE, "下达（元）": 900000}],
        payments=[PAYMENT, {**PAYMENT, "凭证号": "票2", "金额（元）": 100000}],
    )

    row = send(cast, newer)
    assert row.report["samples"][0][3] == [["项目名称", "晋阳苑改造", "晋阳苑综合改造"]]
    sending.apply(row, by=cast.county_officer)

    source = Source.objects.get()
    assert Project.objects.get().name == "晋阳苑综合改造"
    assert (source.budget, source.paid, source.movements.count()) == (90 * WAN, 35 * WAN, 5)


def test_export_can_be_sent_back(cast: Cast) -> None:
    by = cast.county_officer
    schemes.publish("national-2020")
    project = stage.planned(cast)
    row = stage.source(project, by, budget=100, arrived=60, paid=20)
    mistake = stage.enter(row, "payment", 10, by)
    stage.money.reverse(mistake, reason="录错", by=by)
    file = BytesIO()

    assert writing.write(file, cast.county, Project.objects.select_related("division")) == 1

    sheets = load_workbook(BytesIO(file.getvalue()))
    assert [sheets[title].max_row for title in layout.FORM_OF] == [2, 2, 2, 2]
    sent = send(cast, ContentFile(file.getvalue(), "表.xlsx"))
    assert sent.report["faults"] == []
    assert [(each["new"], each["changed"], each["same"]) for each in sent.report["sheets"]] == [(0, 0, 1)] * 4


def test_every_error_is_told_at_its_cell(cast: Cast) -> None:
    tomorrow = today_in_shanghai() + dt.timedelta(days=1)
    wrong = [
        {**PROJECT, "项目名称": None, "改造类型": "造月亮"},
        {**PROJECT, "项目编号": "A2", "实施区划代码": "510104000000", "计划起始年度": "明年"},
        {**PROJECT, "项目编号": "A3", "实际开工": tomorrow, "覆盖范围": "510107001001 没有的小区; 123"},
        {**PROJECT, "项目编号": "A4", "状态": "已完工", "批复总投资（元）": "很多"},
    ]

    assert faults(cast, book(projects=wrong)) == [
        ("项目", "D2", f"有不认识的类型，应为：{'、'.join(layout.KIND_OF)}。"),
        ("项目", "C2", "请填写项目名称。"),
        ("项目", "B3", "锦江区不在武侯区内。"),
        ("项目", "E3", "请填写四位年份，填写的是 明年。"),
        ("项目", "P4", f"{tomorrow} 还没有到，不能晚于今天（{today_in_shanghai()}）。"),
        ("项目", "S4", "晋阳社区居委会没有登记名为“没有的小区”的小区或楼栋，请先在社区库登记。"),
        ("项目", "S4", "“123”：123 不是实施区划内的社区代码。"),
        ("项目", "H5", "请填写金额，单位为元，例如 1200000 或 120万元。"),
    ]


def test_money_above_its_budget_is_told_at_its_cell_with_the_clause(cast: Cast) -> None:
    schemes.publish("national-2020")
    version = schemes.publish("sichuan-2020")
    file = book(
        projects=[PROJECT],
        sources=[SOURCE],
        arrivals=[ARRIVAL],
        payments=[PAYMENT, {**PAYMENT, "凭证号": "票2", "金额（元）": 900000}],
    )

    [(sheet, cell, text)] = faults(cast, file)

    assert (sheet, cell) == ("资金支付", "F3")
    assert text.startswith("支付 900,000.00 元 后合计 1,150,000.00 元，超过预算（下达）1,000,000.00 元")
    assert text.endswith(f"（依据：{version.title} 五(一)·1）")
    assert not Project.objects.exists()


def test_total_that_is_missing_or_contradicts_the_plan_is_told_at_its_cell(cast: Cast) -> None:
    by = cast.county_officer
    workbooks_of(cast, book(projects=[PROJECT], sources=[SOURCE]))
    project = Project.objects.get()
    years.plan_years(project, [YearTerms(2026, "", 400 * WAN)], revision=project.revision, by=by)
    bare = {**PROJECT, "项目编号": "A2", "批复总投资（元）": None}
    wrong = [
        {**PROJECT, "批复总投资（元）": "300万元"},
        bare,
        {**bare, "项目编号": "A3", "状态": "草稿", "实际开工": None},
    ]

    found = faults(cast, book(projects=wrong, sources=[{**SOURCE, "项目编号": "A3"}]))

    assert [(sheet, cell, text[:20]) for sheet, cell, text in found] == [
        ("项目", "H2", "年度计划投资合计 4,000,000.0"),
        ("项目", "H3", "状态为“实施中”的项目请填写批复总投资。"),
        ("资金来源", "E2", "项目没有填写批复总投资，不能下达资金；请"),
    ]
    years_gone = faults(cast, book(projects=[{**PROJECT, "计划起始年度": 2027, "批复总投资（元）": None}]))
    assert [cell for _, cell, _ in years_gone] == ["E2"]


def test_file_never_takes_over_the_project_of_another_department(cast: Cast) -> None:
    stage.draft(cast.county, cast.county_officer, number="A1", department="住建")
    other = department(cast, "生态环境")

    draft = {**PROJECT, "状态": "草稿", "实际开工": None}

    row = sending.send(book(projects=[draft]), "表.xlsx", division=cast.county, by=other)

    assert [text for *_, text in row.report["faults"]] == ["这个项目由住建主管，您只能办理本部门（生态环境）的项目。"]


def test_rows_that_repeat_each_other_are_told(cast: Cast) -> None:
    found = faults(
        cast,
        book(projects=[PROJECT, PROJECT], sources=[SOURCE, SOURCE], arrivals=[ARRIVAL], payments=[PAYMENT, PAYMENT]),
    )

    assert [(sheet, cell) for sheet, cell, _ in found] == [("项目", "A3"), ("资金来源", "C3"), ("资金支付", "F3")]
    assert found[2][2].startswith("与第 2 行重复")


def test_money_without_its_project_or_source_is_told(cast: Cast) -> None:
    found = faults(cast, book(projects=[PROJECT], payments=[PAYMENT, {**PAYMENT, "项目编号": "B9"}]))

    assert [(cell, text[:13]) for _, cell, text in found] == [
        ("C2", "这个项目没有这一来源和渠道"),
        ("A3", "没有编号为 B9 的项目；"),
    ]


def test_text_in_a_column_of_money_and_days_that_do_not_exist_are_told_at_their_cells(cast: Cast) -> None:
    found = faults(
        cast,
        book(
            projects=[{**PROJECT, "实际开工": "2026-02-31"}],
            sources=[{**SOURCE, "下达（元）": "一百万"}],
            arrivals=[{**ARRIVAL, "金额（元）": "六十万"}],
            payments=[{**PAYMENT, "日期": "2026年2月31日"}],
        ),
    )

    assert [(sheet, cell) for sheet, cell, _ in found] == [
        ("项目", "P2"), ("资金来源", "E2"), ("资金到位", "F2"), ("资金支付", "E2"),
    ]  # fmt: skip
    assert "2026-02-31" in found[0][2]
    assert found[1][2].startswith("请填写金额，单位为元")


def test_wrong_sheet_is_told_once_and_not_again_at_every_line_of_money(cast: Cast) -> None:
    file = load_workbook(BytesIO(whole().read()))
    file["项目"].title = "Sheet1"
    renamed = BytesIO()
    file.save(renamed)
    [(sheet, _, text)] = faults(cast, ContentFile(renamed.getvalue(), "表.xlsx"))
    assert (sheet, text[:17]) == ("Sheet1", "不认识工作表“Sheet1”。工作")
    file["Sheet1"].title = "项目"
    file["项目"]["C1"] = "名字"
    renamed = BytesIO()
    file.save(renamed)

    assert {sheet for sheet, *_ in faults(cast, ContentFile(renamed.getvalue(), "表.xlsx"))} == {"项目"}


def test_file_with_one_error_among_many_rows_writes_nothing(cast: Cast) -> None:
    rows = [{**PROJECT, "项目编号": f"A{number}"} for number in range(50)]
    lines = [{**SOURCE, "项目编号": f"A{number}"} for number in range(49)]

    row = send(cast, book(projects=rows, sources=[*lines, {**SOURCE, "项目编号": "A49", "下达（元）": -1}]))

    assert [fault[:3] for fault in row.report["faults"]] == [["资金来源", 51, "E"]]
    with pytest.raises(NotPossible, match="有错误"):
        sending.apply(row, by=cast.county_officer)
    assert not Project.objects.exists()


def test_what_is_no_workbook_or_empty_is_told(cast: Cast) -> None:
    assert "不是可以读取的" in faults(cast, ContentFile(b"none", "x.xlsx"))[0][2]
    assert "没有填写任何数据" in faults(cast, book(projects=[]))[0][2]


def test_file_that_meanwhile_became_wrong_writes_nothing(cast: Cast) -> None:
    by = cast.county_officer
    row = send(cast, book(projects=[PROJECT], sources=[SOURCE], arrivals=[ARRIVAL]))
    other = send(cast, book(projects=[PROJECT], sources=[{**SOURCE, "下达（元）": 1000}]))
    sending.apply(other, by=by)
    Project.objects.update(state="cancelled", halted_on=today_in_shanghai(), reason="不做了")

    assert sending.apply(row, by=by).state == Import.State.REFUSED
    assert not Movement.objects.filter(kind="arrival").exists()


def test_file_of_another_person_is_not_taken_over(cast: Cast) -> None:
    row = send(cast, whole())

    with pytest.raises(NotPossible, match="由上传人导入"):
        sending.apply(row, by=cast.city_officer)


def test_pages_of_an_import(client: Client, cast: Cast) -> None:
    sign_in(client, cast.county_officer)
    page = reverse("works:sheets")
    assert client.get(page).status_code == 200
    template = client.get(reverse("works:template"))
    titles = load_workbook(BytesIO(b"".join(template.streaming_content))).sheetnames
    assert titles == ["填写说明", *layout.FORM_OF]

    sent = client.post(page, {"file": whole()})
    url = sent.headers["Location"]
    assert "导入 4 条" in client.get(url).content.decode()
    assert client.post(f"{url}apply/").status_code == 302
    assert "已导入" in client.get(url).content.decode()
    refused = client.post(page, {"file": book(projects=[{**PROJECT, "项目名称": None}])}).headers["Location"]
    assert "请填写项目名称" in client.get(refused).content.decode()
    marked = client.get(f"{refused}marked/")
    assert b"".join(marked.streaming_content)[:2] == b"PK"


def test_queries_do_not_grow_with_the_rows(cast: Cast, django_assert_max_num_queries: Any) -> None:
    rows = [{**PROJECT, "项目编号": f"A{number}"} for number in range(200)]
    sources = [{**SOURCE, "项目编号": f"A{number}"} for number in range(200)]
    lines = [{**ARRIVAL, "项目编号": f"A{number}", "文号": f"拨{number}"} for number in range(200)]

    with django_assert_max_num_queries(45):
        row = send(cast, book(projects=rows, sources=sources, arrivals=lines))
        sending.apply(row, by=cast.county_officer)

    assert (Project.objects.count(), Movement.objects.count()) == (200, 400)
