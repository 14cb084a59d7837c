"""Duties and phases as the five schemes write them; who holds a department; what a division names itself."""

from __future__ import annotations

import datetime as dt
import re
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from greenhood.accounts import departments
from greenhood.accounts.access import NotAllowed
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role
from greenhood.coordination import duties, stages
from greenhood.coordination.actions import assigning, naming
from greenhood.coordination.errors import Overtaken, Refused
from greenhood.coordination.models import Assignment, Naming
from greenhood.coordination.queries import assignments, offices
from greenhood.coordination.standing import lines_of
from greenhood.divisions.models import Division
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, sign_in
from tests.coordination import stage

loaded = stage.schemes.loaded


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("市住房城乡建设委", "住房城乡建设"),
        ("省住房和城乡建设厅", "住房城乡建设"),
        ("住建部门", "住房城乡建设"),
        ("县（市、区）住房城乡建设部门", "住房城乡建设"),
        ("省市场监管局", "市场监管"),
        ("市市场监督管理局", "市场监管"),
        ("省委城乡基层治理委员会办公室", "城乡基层治理"),
        ("国家发展改革委", "发展改革"),
        ("市教委", "教育"),
        ("市残联", "残疾人"),
        ("镇三大整治办", "三大整治"),
        ("市消防救援总队", "消防救援"),
        ("", ""),
    ],
)
def test_a_department_is_one_line_of_work_under_every_name(title: str, expected: str) -> None:
    assert departments.line(title) == expected


def test_the_place_before_a_name_is_no_part_of_it() -> None:
    assert departments.line("武侯区生态环境局", "武侯区") == departments.line("武侯生态环境局", "武侯区") == "生态环境"


@pytest.mark.parametrize(
    ("title", "expected"), [("各区人民政府（责任主体）", True), ("街道办事处", True), ("市公安局", False)]
)
def test_a_government_is_no_department(title: str, expected: bool) -> None:
    assert departments.is_government(title) is expected


def test_beijing_has_its_fifteen_departments_and_five_parts_with_the_districts_organising() -> None:
    table = duties.table(loaded("beijing-2021").scheme)

    assert len(table.columns) == 15
    parts = table.rows[:5]
    assert [len(row.cells) for row in parts] == [4, 6, 8, 5, 6]
    assert all(row.governments == ("各区人民政府",) and row.leaves_open for row in parts)
    assert parts[0].cells["民政"].roles == ("指导",)
    assert not any(row.others for row in table.rows)


def test_hubei_is_divided_sentence_by_sentence_and_short_forms_find_their_column() -> None:
    table = duties.table(loaded("hubei-2021").scheme)
    rows = {row.key: row for row in table.rows}

    assert len(table.columns) == 7
    assert [key for key in rows if key.startswith("三(二)")] == [f"三(二)#{number}" for number in range(1, 6)]
    assert set(rows["三(二)#2"].cells) == {"住房城乡建设", "公安"}
    assert rows["三(二)#4"].cells["城市管理"].roles == ("实施",)
    assert rows["三(三)#1"].cells["发展改革"].name == "发改"
    assert rows["三(四)#3"].others == ("住宅小区物业服务企业",)
    assert rows["五(一)#1"].cells["住房城乡建设"].roles[0] == "牵头"
    assert rows["五(一)#1"].cells["公安"].roles == ("参与",)


def test_zhaoxiangs_offices_lead_and_take_part_as_the_text_says() -> None:
    rows = duties.table(loaded("shanghai-qingpu-zhaoxiang-2021").scheme).rows

    assert {line: cell.roles for line, cell in rows[0].cells.items()} == {"三大整治": ("牵头",), "规保": ("牵头",)}
    assert len(rows[3].cells) == 9
    assert {cell.roles for cell in rows[3].cells.values()} == {("参与",)}


def test_departments_that_only_a_sentence_names_get_a_column() -> None:
    table = duties.table(loaded("sichuan-2020").scheme)

    assert "城市管理" in [column.line for column in table.columns]
    assert table.rows[1].cells["住房城乡建设"].roles == ("牵头", "实施")
    assert table.rows[1].cells["城乡基层治理"].roles == ("指导",)


@pytest.mark.parametrize(
    "name", ["beijing-2021", "hubei-2021", "national-2020", "shanghai-qingpu-zhaoxiang-2021", "sichuan-2020"]
)
def test_every_duty_and_every_task_of_every_scheme_is_found_by_its_key(name: str) -> None:
    scheme = loaded(name).scheme

    assert len(duties.keyed(scheme)) == len(scheme.duties) == len(duties.table(scheme).rows)
    found = [asked for stage_ in stages.of(scheme, dt.date(2022, 1, 1)) for asked in stage_.tasks]
    assert [stages.task_of(scheme, asked.key)[1] for asked in found] == found  # type: ignore[index]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021年底", dt.date(2021, 12, 31)),
        ("2021年9月30日前报送（五(二)）", dt.date(2021, 9, 30)),
        ("2022年6月底前", dt.date(2022, 6, 30)),
        ("2021年2月31日", None),
        ("适时", None),
    ],
)
def test_the_day_in_a_phrase_is_read(text: str, expected: dt.date | None) -> None:
    assert stages.day_in(text) == expected


def test_phases_are_past_under_way_to_come_or_undated() -> None:
    beijing = stages.of(loaded("beijing-2021").scheme, dt.date(2022, 3, 1))
    zhaoxiang = stages.of(loaded("shanghai-qingpu-zhaoxiang-2021").scheme, dt.date(2022, 3, 1))

    assert [each.when for each in beijing] == ["past", "now", "to_come"]
    assert {each.when for each in zhaoxiang} == {"undated"}
    assert beijing[1].tasks[1].due == dt.date(2021, 12, 31)
    assert beijing[1].tasks[2].due == dt.date(2022, 5, 31)


# --- with the database ------------------------------------------------------------------------------------------------


@pytest.fixture
def sichuan(cast: Cast) -> SchemeVersion:
    stage.schemes.publish("national-2020")
    return stage.schemes.publish("sichuan-2020")


LED = "四(二)#1"


@pytest.mark.django_db
def test_posts_of_several_names_for_one_department_are_shown_as_such(cast: Cast, sichuan: SchemeVersion) -> None:
    stage.officer(cast.county, "住建局", name="甲")
    stage.officer(cast.county, "住房和城乡建设局", name="乙")
    stage.officer(cast.county, "公安局", name="丙")

    found = {each.line: each for each in offices.own(cast.county, sichuan)}

    assert found["住房城乡建设"].is_ambiguous
    assert (found["公安"].people, found["公安"].is_ambiguous) == ("丙", False)
    assert found["民政"].posts == ()
    assert found["民政"].title == "民政部门"


@pytest.mark.django_db
def test_a_division_names_its_departments_and_keeps_what_it_named_before(cast: Cast, sichuan: SchemeVersion) -> None:
    naming.name(cast.county, sichuan, LED, ["住建局"], number=0, by=cast.county_officer)
    naming.name(cast.county, sichuan, LED, ["住建局", "城管局"], reason="增加", number=1, by=cast.county_officer)

    rows = offices.namings(cast.county, sichuan.scheme_id)[LED]
    assert [(row.number, row.departments) for row in rows] == [(2, ["住建局", "城管局"]), (1, ["住建局"])]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["住建局", "住房和城乡建设局"], "同一个部门"),
        (["区人民政府"], "不是部门"),
        ([], "请填写责任部门"),
        (["字" * 61], "不超过 60 字"),
    ],
)
def test_bad_namings_are_refused(cast: Cast, sichuan: SchemeVersion, names: list[str], said: str) -> None:
    with pytest.raises(Refused, match=said):
        naming.name(cast.county, sichuan, LED, names, number=0, by=cast.county_officer)
    with pytest.raises(Refused, match="没有这一项职责"):
        naming.name(cast.county, sichuan, "九#1", ["住建局"], number=0, by=cast.county_officer)
    assert not Naming.objects.exists()


@pytest.mark.django_db
def test_who_named_first_is_not_overwritten_and_others_may_not(cast: Cast, sichuan: SchemeVersion) -> None:
    naming.name(cast.county, sichuan, LED, ["住建局"], number=0, by=cast.county_officer)

    with pytest.raises(Overtaken):
        naming.name(cast.county, sichuan, LED, ["城管局"], number=0, by=cast.county_officer)
    with pytest.raises(NotAllowed):
        naming.name(cast.county, sichuan, LED, ["城管局"], number=1, by=cast.city_officer)


@pytest.mark.django_db
def test_the_matrix_shows_people_and_tasks_and_leads_to_them(
    client: Client, cast: Cast, sichuan: SchemeVersion
) -> None:
    stage.officer(cast.county, "公安局", name="赵警官")
    stage.task(cast, "公安局", source="duty", version=sichuan, item=LED, clause="四(二)")
    sign_in(client, cast.county_officer)

    page = client.get(reverse("coordination:duties", args=[cast.county.code]))
    [row] = [each for each in page.context["rows"] if each["row"].key == LED]
    [cell] = [each for each in row["cells"] if each["line"] == "公安"]
    listed = client.get(cell["tasks_url"])

    assert "赵警官" in page.content.decode()
    assert "本级无人在岗" in page.content.decode()
    assert cell["progress"] == assignments.Progress(1, 0, 0, 0)
    assert [each.department for each in listed.context["page"].rows] == ["公安局"]


@pytest.mark.django_db
def test_the_matrix_costs_the_same_however_much_was_given(
    client: Client, cast: Cast, sichuan: SchemeVersion, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    sign_in(client, cast.county_officer)
    url = reverse("coordination:duties", args=[cast.county.code])
    client.get(url)
    with django_assert_num_queries(12) as few:
        client.get(url)
    for name in ("公安局", "民政局", "住建局"):
        stage.officer(cast.county, name)
        stage.task(cast, name, source="duty", version=sichuan, item=LED)
    naming.name(cast.county, sichuan, LED, ["住建局"], number=0, by=cast.county_officer)
    with django_assert_num_queries(len(few)):
        client.get(url)


@pytest.mark.django_db
def test_naming_through_the_page_keeps_what_was_typed(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    sign_in(client, cast.county_officer)
    url = reverse("coordination:name_duty", args=[cast.county.code])

    wrong = client.post(url, {"duty": LED, "number": 0, "departments": "住建局、住建部门", "reason": "试"})
    right = client.post(url, {"duty": LED, "number": 0, "departments": "住建局、城管局"})

    assert wrong.status_code == 422
    assert 'value="住建局、住建部门"' in wrong.content.decode()
    assert right.status_code == 302
    assert Naming.objects.get().departments == ["住建局", "城管局"]


@pytest.mark.django_db
def test_the_matrix_goes_to_excel(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    stage.officer(cast.county, "公安局", name="赵警官")
    sign_in(client, cast.county_officer)

    answer = client.get(reverse("coordination:export_duties", args=[cast.county.code]))
    rows = list(load_workbook(BytesIO(b"".join(answer.streaming_content))).active.values)  # type: ignore[attr-defined]

    column = rows[0].index("公安厅")
    assert [row[column] for row in rows[1:]] == ["参与", "指导", "赵警官"]
    assert len(rows) == len(sichuan.scheme.duties) + 2


@pytest.fixture
def by_phase(cast: Cast, sichuan: SchemeVersion) -> list[Assignment]:
    """One task of the first phase for both streets, handed out by the county."""
    task = assigning.Task(
        "摸清底数", stage.day(9), source="phase", version=sichuan, item="y2020/2", phase="y2020", clause="二"
    )
    to = [assigning.To(cast.street_division), assigning.To(cast.other_street)]
    return assigning.assign(task, to, assigner=cast.county, by=cast.county_officer)


@pytest.mark.django_db
def test_phases_sum_up_what_was_given_of_them_by_task_and_by_place(
    cast: Cast, sichuan: SchemeVersion, by_phase: list[Assignment]
) -> None:
    assigning.hand_in(by_phase[0].pk, text="已摸清。", revision=1, by=cast.street_officer)
    assigning.accept(by_phase[0].pk, revision=2, by=cast.county_officer)

    assert assignments.by_task(cast.county, sichuan.scheme_id) == {"y2020/2": assignments.Progress(2, 1, 0, 0)}
    assert [(place.name, found) for place, found in assignments.by_place(cast.county, sichuan.scheme_id)] == [
        ("浆洗街街道", {"y2020": assignments.Progress(1, 1, 0, 0)}),
        ("火车南站街道", {"y2020": assignments.Progress(1, 0, 0, 0)}),
    ]
    assert [place.name for place, _ in assignments.by_place(cast.province, sichuan.scheme_id)] == ["成都市"]


@pytest.mark.django_db
def test_the_phases_page_shows_the_scheme_and_apart_the_higher_one(
    client: Client, cast: Cast, sichuan: SchemeVersion, by_phase: list[Assignment]
) -> None:
    sign_in(client, cast.county_officer)

    text = client.get(reverse("coordination:phases", args=[cast.county.code])).content.decode()

    assert "交办 2 份" in text
    assert "原文没有写开始日期" in text
    assert "上级方案的阶段：绿色社区创建行动方案" in text
    assert "这份方案没有写工作阶段" in text


@pytest.mark.django_db
def test_a_phases_task_is_prefilled_and_a_day_that_is_over_is_said(
    client: Client, cast: Cast, sichuan: SchemeVersion
) -> None:
    sign_in(client, cast.county_officer)
    url = reverse("coordination:new_task")

    page = client.get(url, {"phase": "y2020/2"})
    typed = {
        "phase": "y2020/2",
        "title": "摸清底数",
        "due_on": str(stage.day(5)),
        "lower": [str(cast.street_division.code)],
    }
    client.post(url, typed)

    text = page.content.decode()
    assert "方案写的时间是 2020-12-31，已经过去" in text
    assert page.context["form"].initial["title"] == "摸清底数"
    row = Assignment.objects.get()
    assert (row.source, row.item, row.phase, row.clause, row.version) == ("phase", "y2020/2", "y2020", "二", sichuan)


@pytest.mark.django_db
def test_without_a_scheme_the_pages_say_so(client: Client, cast: Cast) -> None:
    sign_in(client, cast.county_officer)

    for name in ("duties", "phases"):
        text = client.get(reverse(f"coordination:{name}", args=[cast.county.code])).content.decode()
        assert "这里还没有发布方案" in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "code", "role", "said"),
    [
        ("beijing-2021", 110000000000, Role.PROVINCE_OFFICER, "市消防救援总队"),
        ("hubei-2021", 420000000000, Role.PROVINCE_OFFICER, "住宅小区物业服务企业"),
        ("shanghai-qingpu-zhaoxiang-2021", 310118105000, Role.STREET_OFFICER, "网格化中心"),
    ],
)
def test_every_scheme_has_its_pages(client: Client, cast: Cast, name: str, code: int, role: Role, said: str) -> None:
    place = Division.objects.create(id=code, code=code, parent=cast.nation, level=4 if code % 10**9 else 1, name="本地")
    stage.schemes.publish("national-2020")
    stage.schemes.publish(name)
    sign_in(client, stage.officer(place, "城市管理办", role=role))

    duties_ = client.get(reverse("coordination:duties", args=[code])).content.decode()
    phases = client.get(reverse("coordination:phases", args=[code])).content.decode()

    assert said in duties_
    assert "上级方案的阶段" in phases


@pytest.mark.django_db
def test_a_post_elsewhere_sees_nothing(client: Client, cast: Cast, sichuan: SchemeVersion) -> None:
    for name in ("duties", "phases", "rates", "export_duties"):
        url = reverse(f"coordination:{name}", args=[cast.county.code])
        assert sign_in(client, cast.neighbour_officer).get(url).status_code == 404


def test_a_department_post_answers_for_its_line_alone(cast: Cast, db: None) -> None:
    by: Actor = stage.officer(cast.county, "公安局")

    assert by.post is not None
    assert lines_of(by.post) == ("公安",)
    assert cast.county_officer.post is not None
    assert lines_of(cast.county_officer.post) == ("",)


@pytest.mark.django_db
def test_every_figure_of_the_matrix_and_of_the_phases_leads_to_exactly_what_it_counts(
    client: Client, cast: Cast, sichuan: SchemeVersion, by_phase: list[Assignment]
) -> None:
    assigning.hand_in(by_phase[0].pk, text="已摸清。", revision=1, by=cast.street_officer)
    gone = stage.task(cast, "公安局", source="duty", version=sichuan, item=LED, clause="四(二)")
    stage.task(cast, "公安局", source="duty", version=sichuan, item=LED, clause="四(二)")
    stage.task(cast, "公安局", source="phase", version=sichuan, item="y2020/2", phase="y2020", due=3)
    assigning.cancel(gone.pk, reason="重复。", revision=1, by=cast.county_officer)
    to = [assigning.To(cast.neighbour_county)]
    asked = assigning.Task("摸底", stage.day(9), source="phase", version=sichuan, item="y2020/2", phase="y2020")
    assigning.assign(asked, to, assigner=cast.city, by=cast.city_officer)
    sign_in(client, cast.city_officer)

    matrix = client.get(reverse("coordination:duties", args=[cast.county.code])).context
    phases = client.get(reverse("coordination:phases", args=[cast.county.code])).context

    told = [
        (each["tasks_url"], each["progress"].given)
        for row in matrix["rows"]
        for each in row["cells"]
        if each["progress"]
    ]
    lines = [
        *((one["urls"], one["whole"]) for one in phases["stages"]),
        *((each["urls"], each["progress"]) for one in phases["stages"] for each in one["tasks"] if each["progress"]),
        *((each["urls"], each["progress"]) for one in phases["places"] for each in one["phases"] if each["progress"]),
    ]
    told += [(urls[name], getattr(progress, name)) for urls, progress in lines for name in urls]
    assert len(told) >= 17
    for address, number in told:
        assert client.get(address).context["total"].number == number, address
    assert max(number for _, number in told) == 3


@pytest.mark.django_db
def test_the_list_says_in_words_what_it_was_narrowed_to(
    client: Client, cast: Cast, sichuan: SchemeVersion, by_phase: list[Assignment]
) -> None:
    title = stages.task_of(sichuan.scheme, "y2020/2")[1].task.title
    sign_in(client, cast.county_officer)
    url = reverse("coordination:tasks")

    of_phase = client.get(url, {"item": "y2020/2", "scheme": "sichuan-2020"}).content.decode()
    of_duty = client.get(
        url, {"item": LED, "within": cast.street_division.code, "giver": cast.county.code}
    ).content.decode()
    unknown = client.get(url, {"item": "gone/7"}).content.decode()

    assert f"只看“{title}”的任务" in of_phase
    assert "只看武侯区交办的浆洗街街道承办的“" in of_duty
    for page in (of_phase, of_duty, unknown):
        assert not re.search(r"只看[^<]*(?:y2020/2|#|gone/7)", page)
