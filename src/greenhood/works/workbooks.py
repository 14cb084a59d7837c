"""Projects and money from and to Excel: the form, what is kept, and a filled workbook judged as a whole before anything of it is written.

A project is known by the division that runs it and its number: sent again it is updated. A line of money that is there already is left alone;
what is missing in a file is removed nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import IO, Any
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.forms import ValidationError
from django.utils import timezone
from openpyxl import Workbook
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from greenhood.accounts.access import check
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.facts import queries as facts
from greenhood.facts.kinds import kind as fact_kind
from greenhood.facts.reading import BadCell, read_day
from greenhood.facts.sheets import CHOICES, FAULTS, GUIDE
from greenhood.history import actions as history
from greenhood.history.actions import Happening
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.excel import FORMULA_SIGNS, ExcelError, Problem, SheetStream, stream_rows, streaming
from greenhood.kit.uploads import clean_name
from greenhood.schemes.models import SchemeVersion
from greenhood.works import rules
from greenhood.works.actions.holding import FIRST_DAY
from greenhood.works.actions.money import over
from greenhood.works.actions.projects import LOCK, Terms, check_terms
from greenhood.works.actions.stages import usual_stages
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.forms import read_money
from greenhood.works.models import Covered, Import, Kind, Movement, Origin, Project, Source, Stage, State
from greenhood.works.queries.projects import department_of, is_of_department, may_keep

MOST_ROWS = 20_000
MOST_FAULTS = 1000
KEPT = 100
PROJECTS, SOURCES, ARRIVALS, PAYMENTS = "项目", "资金来源", "资金到位", "资金支付"
NUMBER, PLACE, ORIGIN, CHANNEL = "项目编号", "实施区划代码", "资金来源", "资金渠道"
AMOUNT, DATED = "金额（元）", "日期"
TITLES = {state.label: state for state in State if state not in (State.SUSPENDED, State.CANCELLED)}
KIND_OF = {kind.label: kind for kind in Kind}
ORIGIN_OF = {origin.label: origin for origin in Origin}


@dataclass(frozen=True, slots=True)
class Form:
    """One sheet: its headings with what stands in them, the required ones first named."""

    title: str
    columns: Mapping[str, str]
    required: frozenset[str]

    @property
    def needed(self) -> list[str]:
        return [heading for heading in self.columns if heading in self.required]

    @property
    def optional(self) -> list[str]:
        return [heading for heading in self.columns if heading not in self.required]


def _form(title: str, required: Sequence[str], columns: Mapping[str, str]) -> Form:
    return Form(title, columns, frozenset(required))


FORMS = (
    _form(
        PROJECTS,
        (NUMBER, PLACE, "项目名称", "改造类型", "计划起始年度"),
        {
            NUMBER: "立项或批复的编号；同一实施区划内不能重复。已有的编号按编号更新",
            PLACE: "实施项目的街道、区县、市或省的 12 位统计用区划代码",
            "项目名称": "文字",
            "改造类型": "几种用顿号隔开：" + "、".join(KIND_OF),
            "计划起始年度": "四位年份",
            "计划结束年度": "四位年份；留空同起始年度",
            "主管部门": "文字",
            "批复总投资（元）": "数字，元；也可以写 120万元",
            "建设内容": "文字",
            "建设单位": "文字",
            "施工单位": "文字",
            "计划开工": "日期",
            "计划完工": "日期",
            "状态": "、".join(TITLES) + "；留空为草稿。已登记项目的状态在网页上办理",
            "列入计划日期": "日期；列入计划后的项目必填，留空为导入当天",
            "实际开工": "日期",
            "实际完工": "日期",
            "验收日期": "日期",
            "覆盖范围": "每处一项，用分号隔开：社区代码，或“社区代码 小区名称 已改造楼栋/计划楼栋”，如 510107001001 晋阳苑 4/6",
            "对应标准项": "当地方案标准的项号，用顿号隔开；留空按改造类型自动对应",
            "备注": "文字",
        },
    ),
    _form(
        SOURCES,
        (NUMBER, ORIGIN, "下达（元）", "下达日期"),
        {
            NUMBER: "“项目”表中或已登记的编号",
            PLACE: "不同区划有相同编号时填写",
            ORIGIN: "、".join(ORIGIN_OF),
            CHANNEL: "专项名称或方式，如城镇老旧小区改造；没有的留空",
            "下达（元）": "合计下达的金额；与已登记的不同时按差额调整",
            "下达日期": "日期",
            "文号": "文字",
        },
    ),
    _form(
        ARRIVALS,
        (NUMBER, ORIGIN, DATED, AMOUNT, "文号"),
        {
            NUMBER: "“项目”表中或已登记的编号",
            PLACE: "不同区划有相同编号时填写",
            ORIGIN: "与“资金来源”表一致",
            CHANNEL: "与“资金来源”表一致",
            DATED: "到位日期",
            AMOUNT: "一笔一行",
            "文号": "文字",
        },
    ),
    _form(
        PAYMENTS,
        (NUMBER, ORIGIN, DATED, AMOUNT, "收款单位", "用途"),
        {
            NUMBER: "“项目”表中或已登记的编号",
            PLACE: "不同区划有相同编号时填写",
            ORIGIN: "与“资金来源”表一致",
            CHANNEL: "与“资金来源”表一致",
            DATED: "支付日期",
            AMOUNT: "一笔一行",
            "收款单位": "文字",
            "用途": "文字",
            "凭证号": "文字",
        },
    ),
)
FORM_OF = {form.title: form for form in FORMS}


# Reading


@dataclass
class Judged:
    """What a workbook says, and everything that is wrong with it."""

    faults: list[tuple[str, Problem]] = field(default_factory=list)
    fault_count: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    samples: list[list[Any]] = field(default_factory=list)
    projects: list[ProjectRow] = field(default_factory=list)
    sources: list[SourceRow] = field(default_factory=list)
    lines: list[LineRow] = field(default_factory=list)
    known: Known | None = None
    # Where each was first seen, so that a second is told of it.
    seen: dict[tuple[Any, ...], int] = field(default_factory=dict)
    written: dict[tuple[int, str], UUID] = field(default_factory=dict)

    def fault(self, title: str, problem: Problem) -> None:
        self.fault_count += 1
        if len(self.faults) < MOST_FAULTS:
            self.faults.append((title, problem))

    def count(self, title: str, what: str) -> None:
        held = self.counts.setdefault(title, {"new": 0, "changed": 0, "same": 0})
        held[what] += 1

    @property
    def report(self) -> dict[str, Any]:
        return {
            "sheets": [{"title": title, **self.counts[title]} for title in FORM_OF if title in self.counts],
            "fault_count": self.fault_count,
            "faults": [[title, one.row, one.column, one.text] for title, one in self.faults],
            "samples": self.samples[:KEPT],
        }

    @property
    def changes(self) -> int:
        return sum(each["new"] + each["changed"] for each in self.counts.values())


@dataclass
class ProjectRow:
    row: Cells
    division: Division
    terms: Terms
    days: dict[str, dt.date | None]
    state: State
    covered: list[tuple[Division, str, UUID | None, str, int | None, int | None]]
    present: Project | None = None


@dataclass
class SourceRow:
    row: Cells
    project: Any
    origin: Origin
    channel: str
    budget: Decimal
    dated: dt.date
    document: str
    present: Source | None = None


@dataclass
class LineRow:
    row: Cells
    kind: str
    key: tuple[Any, ...]
    dated: dt.date
    amount: Decimal
    document: str
    payee: str
    purpose: str


class Cells:
    """One row of a sheet: takes its cells, and says what is wrong with each."""

    def __init__(self, judged: Judged, stream: SheetStream, number: int, values: Sequence[Any]) -> None:
        self.judged, self.stream, self.number = judged, stream, number
        self.values = dict(zip(stream.headings, values, strict=True))
        self.is_wrong = False

    def wrong(self, heading: str, text: str) -> None:
        self.is_wrong = True
        letters = self.stream.letters.get(heading, "")
        self.judged.fault(self.stream.title, Problem(text, self.number, letters))

    def text(self, heading: str, most: int = 120) -> str:
        value = self.values.get(heading)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        found = "" if value is None else str(value).strip()
        if "\x00" in found:
            self.wrong(heading, "含有不能保存的字符，请重新输入。")
        if len(found) > most:
            self.wrong(heading, f"最多 {most} 个字，请缩短。")
        return found[:most]

    def required(self, heading: str, most: int = 120) -> str:
        found = self.text(heading, most)
        if not found:
            self.wrong(heading, f"请填写{heading}。")
        return found

    def day(self, heading: str, *, is_required: bool = False, is_past: bool = False) -> dt.date | None:
        value = self.values.get(heading)
        if value is None:
            if is_required:
                self.wrong(heading, f"请填写{heading}。")
            return None
        try:
            day = read_day(value)
        except BadCell as problem:
            self.wrong(heading, str(problem))
            return None
        if day < FIRST_DAY:
            self.wrong(heading, f"{day} 太早，请核对年份。")
        elif is_past and day > today_in_shanghai():
            self.wrong(heading, f"{day} 还没有到，不能晚于今天（{today_in_shanghai()}）。")
        return day

    def year(self, heading: str) -> int | None:
        text = self.text(heading, 20)
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) == 4):
            self.wrong(heading, f"请填写四位年份，填写的是 {text}。")
            return None
        return int(text)

    def money(self, heading: str, *, is_positive: bool = True) -> Decimal | None:
        value = self.values.get(heading)
        if value is None:
            return None
        try:
            amount = _money(value)
        except ValidationError as problem:
            self.wrong(heading, " ".join(problem.messages))
            return None
        if amount < 0 or (is_positive and amount == 0):
            self.wrong(heading, "金额应大于 0。" if is_positive else "金额不能是负数。")
            return None
        return amount

    def choice(self, heading: str, choices: Mapping[str, Any]) -> Any:
        text = self.required(heading)
        if text and text not in choices:
            self.wrong(heading, f"没有“{text[:20]}”这个选项，应为：{'、'.join(choices)}。")
            return None
        return choices.get(text)


def _money(value: Any) -> Decimal:
    """An amount from a cell: a number is as Excel shows it, so that what its binary form adds is no third decimal."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        try:
            exact = Decimal(str(value))
            cents = exact.quantize(Decimal("0.01"))
        except InvalidOperation as error:
            raise ValidationError("金额太大，请核对单位：这里填元，不是万元。") from error
        return read_money(f"{cents if abs(exact - cents) < Decimal('0.000001') else exact:f}")
    return read_money(str(value))


@dataclass
class Known:
    """What the database has of what a workbook may speak of, asked for in a fixed number of queries."""

    by: Actor
    within: Division
    divisions: dict[int, Division] = field(default_factory=dict)
    schemes: list[SchemeVersion] = field(default_factory=list)
    projects: dict[tuple[int, str], Project] = field(default_factory=dict)
    by_number: dict[str, list[Project]] = field(default_factory=dict)
    covered: dict[UUID, dict[tuple[int, str, UUID | None], Covered]] = field(default_factory=dict)
    sources: dict[tuple[UUID, str, str], Source] = field(default_factory=dict)
    lines: set[tuple[Any, ...]] = field(default_factory=set)
    things: dict[tuple[int, str], tuple[str, UUID]] = field(default_factory=dict)

    def scheme_of(self, division: Division) -> SchemeVersion | None:
        """The scheme in force there; of one place the one published last."""
        return next((each for each in self.schemes if each.jurisdiction.contains(division)), None)


def judge(file: IO[bytes], division: Division, *, by: Actor) -> Judged:
    """Read a workbook and say what it would do. Nothing is written."""
    judged = Judged()
    raw: dict[str, list[Cells]] = {}
    try:
        with streaming(file) as book:
            for title in _asked(book.titles, judged):
                raw[title] = _read(book, FORM_OF[title], judged)
    except ExcelError as error:
        for problem in error.problems:
            judged.fault("", problem)
    rows = sum(map(len, raw.values()))
    if rows > MOST_ROWS:
        judged.fault("", Problem(f"共 {rows} 行，超过 {MOST_ROWS} 行，请分成几个文件。"))
        return judged
    if not rows and not judged.fault_count:
        judged.fault("", Problem("文件里没有填写任何数据。请在标题行下面逐条填写后再上传。"))
    known = judged.known = _known(raw, division, by)
    for row in raw.get(PROJECTS, []):
        _take_project(row, known, judged)
    named = _named(judged, known)
    for row in raw.get(SOURCES, []):
        _take_source(row, named, known, judged)
    for title, kind in ((ARRIVALS, "arrival"), (PAYMENTS, "payment")):
        for row in raw.get(title, []):
            _take_line(row, kind, named, known, judged)
    _check_sums(judged, known)
    return judged


def _asked(titles: Sequence[str], judged: Judged) -> list[str]:
    for title in titles:
        if title not in FORM_OF and title not in {GUIDE, CHOICES, FAULTS}:
            judged.fault(
                title, Problem(f"不认识工作表“{title[:31]}”。工作表应为：{'、'.join(FORM_OF)}，请改名或删去。")
            )
    found = [title for title in FORM_OF if title in titles]
    if not found and not judged.fault_count:
        judged.fault("", Problem("文件里没有可以导入的工作表。请使用从本页下载的表。"))
    return found


def _read(book: Any, form: Form, judged: Judged) -> list[Cells]:
    try:
        stream = stream_rows(book, form.title, form.needed, optional=form.optional)
    except ExcelError as error:
        for problem in error.problems:
            judged.fault(form.title, problem)
        return []
    rows = []
    for number, values in stream.rows():
        rows.append(Cells(judged, stream, number, values))
        if len(rows) > MOST_ROWS:
            break
    for problem in stream.problems:
        judged.fault(form.title, problem)
    return rows


def _known(raw: Mapping[str, Sequence[Cells]], division: Division, by: Actor) -> Known:
    known = Known(by, division)
    rows = [row for found in raw.values() for row in found]
    codes = {code for row in rows for code in _codes(row)}
    current = divisions.current().filter(code__in=codes).defer("bigrams")
    known.divisions = {each.code: each for each in current}
    known.schemes = list(
        SchemeVersion.objects.select_related("jurisdiction").order_by(
            "-jurisdiction__level", "-published_at", "-version"
        )
    )
    low, high = division.span
    numbers = {_plain(row.values.get(NUMBER)) for row in rows} - {""}
    held = Project.objects.filter(division__code__gte=low, division__code__lt=high, number__in=numbers)
    for project in held.select_related("division", "version"):
        known.projects[project.division_id, project.number] = project
        known.by_number.setdefault(project.number, []).append(project)
    ids = [project.pk for project in known.projects.values()]
    for covered in Covered.objects.filter(project__in=ids):
        known.covered.setdefault(covered.project_id, {})[covered.community_id, covered.kind, covered.thing] = covered
    for source in Source.objects.filter(project__in=ids):
        known.sources[source.project_id, source.origin, source.channel] = source
    lines = Movement.objects.filter(source__project__in=ids, reverses=None, reversed_by=None).exclude(kind="budget")
    known.lines = {
        (project, origin, channel, *rest)
        for project, origin, channel, *rest in lines.values_list(
            "source__project", "source__origin", "source__channel", "kind", "dated", "amount", "document", "payee"
        )
    }
    communities = [each.pk for each in known.divisions.values() if each.level == Level.COMMUNITY]
    for key in (Covered.Thing.BUILDING, Covered.Thing.ESTATE):
        for community, name, thing in facts.current(fact_kind(key), communities).values_list(
            "community", "name", "thing"
        ):
            known.things[community, name] = (key.value, thing)
    return known


def _plain(value: Any) -> str:
    return (
        "" if value is None else str(int(value) if isinstance(value, float) and value.is_integer() else value).strip()
    )


def _codes(row: Cells) -> Iterator[int]:
    for text in (_plain(row.values.get(PLACE)), *(part.split()[0] for part in _parts(row) if part.split())):
        if text.isascii() and text.isdecimal() and len(text) <= 12:
            yield int(text)


def _parts(row: Cells) -> list[str]:
    text = _plain(row.values.get("覆盖范围")).replace("；", ";").replace("\n", ";")
    return [part.strip() for part in text.split(";") if part.strip()]


def _take_project(row: Cells, known: Known, judged: Judged) -> None:
    number, division = row.required(NUMBER, 40), _division(row, known)
    kinds = [KIND_OF.get(word.strip()) for word in row.required("改造类型", 300).replace("，", "、").split("、")]
    if None in kinds and row.text("改造类型", 300):
        row.wrong("改造类型", f"有不认识的类型，应为：{'、'.join(KIND_OF)}。")
    first, last = row.year("计划起始年度"), row.year("计划结束年度")
    if first is None and not row.text("计划起始年度", 20):
        row.wrong("计划起始年度", "请填写计划起始年度。")
    state = TITLES.get(row.text("状态") or State.DRAFT.label)
    present = known.projects.get((division.pk, number)) if division else None
    if state is None and not (present and present.get_state_display() == row.text("状态")):
        row.wrong("状态", f"状态应为：{'、'.join(TITLES)}；暂停和取消请在网页上办理。")
    criteria = _criteria(row)
    terms = Terms(
        name=row.required("项目名称"),
        kinds=[kind for kind in kinds if kind],
        first_year=first or 0,
        last_year=last or first or 0,
        number=number,
        department=row.text("主管部门") or department_of(known.by) * is_of_department(known.by),
        content=row.text("建设内容", 2000),
        investment=row.money("批复总投资（元）", is_positive=False) or Decimal(0),
        owner=row.text("建设单位"),
        contractor=row.text("施工单位"),
        planned_start=row.day("计划开工"),
        planned_finish=row.day("计划完工"),
        criteria=criteria,
        notes=row.text("备注", 1000),
    )
    days = {
        "planned_on": row.day("列入计划日期", is_past=True),
        "actual_start": row.day("实际开工", is_past=True),
        "actual_finish": row.day("实际完工", is_past=True),
        "accepted_on": row.day("验收日期", is_past=True),
    }
    covered = _covered(row, division, known)
    if row.is_wrong or division is None:
        return
    _check_project(row, division, terms, known)
    if present:
        _check_present(row, present, state, days)
    else:
        assert state is not None
        _check_state(row, state, days, covered)
    if (first_row := judged.seen.setdefault((PROJECTS, division.pk, number), row.number)) != row.number:
        row.wrong(NUMBER, f"与第 {first_row} 行的编号相同。")
    found = ProjectRow(
        row, division, terms, days, state or State(present.state if present else "draft"), covered, present
    )
    judged.projects.append(found)
    judged.count(PROJECTS, "new" if present is None else "changed" if _changes(found, known, judged) else "same")


def _division(row: Cells, known: Known) -> Division | None:
    text = row.required(PLACE, 20)
    if not text:
        return None
    found = known.divisions.get(int(text)) if text.isascii() and text.isdecimal() and len(text) == 12 else None
    if found is None:
        row.wrong(PLACE, f"没有代码为 {text} 的区划，请填写 12 位统计用区划代码。")
    elif not known.within.contains(found):
        row.wrong(PLACE, f"{found.name}不在{known.within.name}内。")
    elif found.level == Level.COMMUNITY:
        row.wrong(PLACE, "项目由街道（乡镇）及以上实施；社区填在“覆盖范围”。")
    else:
        return found
    return None


def _criteria(row: Cells) -> list[int] | None:
    text = row.text("对应标准项", 300)
    if not text:
        return None
    words = [word.strip() for word in text.replace("，", "、").replace(",", "、").split("、") if word.strip()]
    if not all(word.isascii() and word.isdecimal() and len(word) <= 3 for word in words):
        row.wrong("对应标准项", "请填写项号，用顿号隔开，例如 7、11、13。")
        return None
    return sorted({int(word) for word in words})


def _covered(row: Cells, division: Division | None, known: Known) -> list[Any]:
    found = []
    for part in _parts(row):
        code, *words = part.split()
        place = known.divisions.get(int(code)) if code.isascii() and code.isdecimal() and len(code) == 12 else None
        if place is None or place.level != Level.COMMUNITY or (division and not division.contains(place)):
            row.wrong("覆盖范围", f"“{part[:30]}”：{code[:20]} 不是实施区划内的社区代码。")
            continue
        done = planned = None
        if words and "/" in words[-1]:
            ends = words.pop().split("/")
            if len(ends) != 2 or not all(end.isascii() and end.isdecimal() and len(end) <= 6 for end in ends):
                row.wrong("覆盖范围", f"“{part[:30]}”：楼栋数应写成“已改造/计划”，例如 4/6。")
                continue
            done, planned = int(ends[0]), int(ends[1])
            if done > planned:
                row.wrong("覆盖范围", f"“{part[:30]}”：已改造楼栋不能多于计划楼栋。")
        name = " ".join(words)
        if name and (place.pk, name) not in known.things:
            row.wrong("覆盖范围", f"{place.name}没有登记名为“{name[:30]}”的小区或楼栋，请先在社区库登记。")
            continue
        kind, thing = known.things[place.pk, name] if name else (Covered.Thing.COMMUNITY.value, None)
        found.append((place, kind, thing, name, planned, done))
    return found


def _check_project(row: Cells, division: Division, terms: Terms, known: Known) -> None:
    headings = {
        "name": "项目名称", "kinds": "改造类型", "first_year": "计划起始年度", "last_year": "计划结束年度",
        "investment": "批复总投资（元）", "planned_finish": "计划完工",
    }  # fmt: skip
    try:
        check_terms(terms)
    except NotPossible as problem:
        row.wrong(headings.get(problem.field, NUMBER), problem.reason)
    if not may_keep(known.by, division, terms.department):
        row.wrong("主管部门", f"您只能登记本部门（{department_of(known.by) or '岗位上没有写明'}）的项目。")
    version = known.scheme_of(division)
    if version is not None and terms.criteria:
        numbers = {criterion.no for _, part in rules.criteria_of(version.scheme) for criterion in part}
        if strange := set(terms.criteria) - numbers:
            row.wrong("对应标准项", f"《{version.title}》的标准没有第 {min(strange)} 项。")


def _check_state(row: Cells, state: State, days: dict[str, dt.date | None], covered: Sequence[Any]) -> None:
    """What a new project of a state must say."""
    asked = {
        State.UNDER_WAY: ("actual_start",),
        State.FINISHED: ("actual_start", "actual_finish"),
        State.ACCEPTED: ("actual_start", "actual_finish", "accepted_on"),
    }.get(state, ())
    headings = {"actual_start": "实际开工", "actual_finish": "实际完工", "accepted_on": "验收日期"}
    for name, heading in headings.items():
        if name in asked and days[name] is None:
            row.wrong(heading, f"状态为“{state.label}”的项目请填写{heading}。")
        if name not in asked and days[name] is not None:
            row.wrong(heading, f"状态为“{state.label}”的项目不应有{heading}，请核对状态。")
    if state != State.DRAFT and not covered:
        row.wrong("覆盖范围", "列入计划的项目至少覆盖一个社区。")
    _check_days(row, days)


def _check_present(row: Cells, present: Project, state: State | None, days: dict[str, dt.date | None]) -> None:
    if state is not None and row.text("状态") and state != present.state:
        row.wrong("状态", f"项目已登记为“{present.get_state_display()}”，状态变化请在网页上办理。")
    headings = {"actual_start": "实际开工", "actual_finish": "实际完工", "accepted_on": "验收日期"}
    for name, heading in headings.items():
        if days[name] is not None and days[name] != getattr(present, name):
            row.wrong(heading, f"已登记的是 {getattr(present, name) or '（空）'}，开工、完工和验收请在网页上办理。")


def _check_days(row: Cells, days: dict[str, dt.date | None]) -> None:
    for first, last, heading in (
        ("actual_start", "actual_finish", "实际完工"),
        ("actual_finish", "accepted_on", "验收日期"),
    ):
        one, other = days[first], days[last]
        if one and other and other < one:
            row.wrong(heading, f"{heading} {other} 不能早于 {one}。")


FIELDS = (
    "name",
    "first_year",
    "last_year",
    "department",
    "content",
    "investment",
    "owner",
    "contractor",
    "planned_start",
    "planned_finish",
    "notes",
)


def _changes(found: ProjectRow, known: Known, judged: Judged) -> bool:
    """Whether a row says something new of a project that is there; a sample of it for the preview."""
    assert found.present is not None
    said = []
    for name in FIELDS:
        old, new = getattr(found.present, name), getattr(found.terms, name)
        if old != new:
            title = str(Project._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
            said.append([title, "" if old is None else str(old), "" if new is None else str(new)])
    if set(found.present.kinds) != set(found.terms.kinds):
        said.append(
            [
                "改造类型",
                "、".join(found.present.kind_titles),
                "、".join(Kind(kind).label for kind in found.terms.kinds),
            ]
        )
    if found.terms.criteria is not None and list(found.terms.criteria) != list(found.present.criteria):
        said.append(["对应标准项", _numbers(found.present.criteria), _numbers(found.terms.criteria)])
    held = known.covered.get(found.present.pk, {})
    for place, kind, thing, name, planned, done in found.covered:
        row = held.get((place.pk, kind, thing))
        if row is None or (row.buildings_planned, row.buildings_done) != (planned, done):
            said.append(["覆盖范围", str(row or ""), name or place.name])
    if said:
        judged.samples.append([PROJECTS, found.row.number, found.present.name, said])
    return bool(said)


def _numbers(values: Iterable[int]) -> str:
    return "、".join(map(str, values))


def _named(judged: Judged, known: Known) -> Callable[[Cells], Any]:
    """Which project a row of money means: of the file, or one that is there. Says what is wrong at the cell."""
    by_number: dict[str, dict[int, Any]] = {}
    for number, projects in known.by_number.items():
        by_number.setdefault(number, {}).update({project.division_id: project for project in projects})
    for one in judged.projects:
        by_number.setdefault(one.terms.number, {}).setdefault(one.division.pk, one)

    def find(row: Cells) -> Any:
        number, place = row.required(NUMBER, 40), row.text(PLACE, 20)
        found = by_number.get(number, {})
        if place:
            division = (
                known.divisions.get(int(place)) if place.isascii() and place.isdecimal() and len(place) == 12 else None
            )
            if division is None:
                row.wrong(PLACE, f"没有代码为 {place} 的区划。")
                return None
            found = {pk: each for pk, each in found.items() if pk == division.pk}
        if number and not found:
            row.wrong(NUMBER, f"没有编号为 {number} 的项目；请先写在“项目”表中。")
        if len(found) > 1:
            row.wrong(NUMBER, f"有 {len(found)} 个项目用这个编号，请填写{PLACE}。")
        if len(found) != 1:
            return None
        [project] = found.values()
        if isinstance(project, Project) and not may_keep(known.by, project.division, project.department):
            row.wrong(NUMBER, f"您只能办理本部门（{department_of(known.by) or '岗位上没有写明'}）的项目。")
            return None
        return project

    return find


def _id(project: Any) -> Any:
    """By which money names its project: the key, or the row of a new one."""
    if isinstance(project, Project):
        return project.pk
    return project.present.pk if project.present else (project.division.pk, project.terms.number)


def _take_source(row: Cells, named: Callable[[Cells], Any], known: Known, judged: Judged) -> None:
    project, origin, channel = named(row), row.choice(ORIGIN, ORIGIN_OF), row.text(CHANNEL)
    budget, dated = row.money("下达（元）", is_positive=False), row.day("下达日期", is_required=True, is_past=True)
    if budget is None and row.values.get("下达（元）") is None:
        row.wrong("下达（元）", "请填写下达金额。")
    if origin == Origin.OTHER and not channel:
        row.wrong(CHANNEL, "其他来源请写明资金渠道。")
    document = row.text("文号", 80)
    if row.is_wrong or project is None or origin is None or budget is None or dated is None:
        return
    if (first := judged.seen.setdefault((SOURCES, _id(project), origin.value, channel), row.number)) != row.number:
        row.wrong(ORIGIN, f"与第 {first} 行是同一项目的同一来源和渠道。")
        return
    present = known.sources.get((_id(project), origin, channel)) if not isinstance(_id(project), tuple) else None
    judged.sources.append(SourceRow(row, project, origin, channel, budget, dated, document, present))
    judged.count(SOURCES, "new" if present is None else "changed" if present.budget != budget else "same")
    if present is not None and present.budget != budget:
        judged.samples.append([SOURCES, row.number, str(present), [["下达（元）", f"{present.budget}", f"{budget}"]]])


def _take_line(row: Cells, kind: str, named: Callable[[Cells], Any], known: Known, judged: Judged) -> None:
    project, origin, channel = named(row), row.choice(ORIGIN, ORIGIN_OF), row.text(CHANNEL)
    dated, amount = row.day(DATED, is_required=True, is_past=True), row.money(AMOUNT)
    if amount is None and row.values.get(AMOUNT) is None:
        row.wrong(AMOUNT, "请填写金额。")
    payee = purpose = ""
    if kind == "payment":
        payee, purpose, document = row.required("收款单位"), row.required("用途", 200), row.text("凭证号", 80)
    else:
        document = row.required("文号", 80)
    if row.is_wrong or project is None or origin is None or dated is None or amount is None:
        return
    if isinstance(project, Project) and project.state == State.CANCELLED:
        row.wrong(NUMBER, "项目已取消，不能再登记到位和支付。")
        return
    key = (_id(project), origin.value, channel)
    if key not in known.sources and (SOURCES, *key) not in judged.seen:
        row.wrong(ORIGIN, "这个项目没有这一来源和渠道，请先写在“资金来源”表中。")
        return
    line = LineRow(row, kind, key, dated, amount, document, payee, purpose)
    whole = (*key, kind, dated, amount, document, payee)
    title = ARRIVALS if kind == "arrival" else PAYMENTS
    if (first := judged.seen.setdefault((title, *whole), row.number)) != row.number:
        row.wrong(AMOUNT, f"与第 {first} 行重复：日期、金额、文号（凭证号）和收款单位都相同。")
    elif whole in known.lines:
        judged.count(title, "same")
    else:
        judged.lines.append(line)
        judged.count(title, "new")


def _check_sums(judged: Judged, known: Known) -> None:
    """Whether each source bears what the file says: arrivals in the order of their rows, then payments."""
    sums = {key: [source.budget, source.arrived, source.paid] for key, source in known.sources.items()}
    clauses: dict[Any, str] = {}
    for one in judged.sources:
        key = (_id(one.project), one.origin.value, one.channel)
        sums.setdefault(key, [Decimal(0)] * 3)[0] = one.budget
    for line in judged.lines:
        held = sums[line.key]
        if text := over(held[0], held[1], held[2], line.kind, line.amount):
            clause = clauses.setdefault(line.key, _clause(line, known, judged))
            line.row.wrong(AMOUNT, text + (f"（依据：{clause}）" if clause else ""))
        else:
            held[1 if line.kind == "arrival" else 2] += line.amount


def _clause(line: LineRow, known: Known, judged: Judged) -> str:
    named = line.key[0]
    if isinstance(named, tuple):
        division = next(each for each in known.divisions.values() if each.pk == named[0])
    else:
        division = next(each.division for each in known.projects.values() if each.pk == named)
    version = known.scheme_of(division)
    clause = rules.clause_of(version.scheme if version else None, line.key[1])
    return f"{version.title} {clause}" if version and clause else ""


# What people do


@transaction.atomic
def send(file: File[bytes], name: str, *, division: Division, by: Actor) -> Import:
    """Keep a workbook that was sent, with what it would do."""
    check(by, Capability.KEEP_PROJECTS, division)
    assert by.user is not None, "a workbook is sent by a person"
    assert by.post is not None, "under a post"
    judged = judge(file, division, by=by)
    row = Import(
        division=division,
        name=clean_name(name),
        state=Import.State.REFUSED if judged.fault_count else Import.State.READY,
        report=judged.report,
        sent_at=timezone.now(),
        sent_by=by.user,
        post=by.post,
    )
    file.seek(0)
    default_storage.save(row.path, file)
    row.save(force_insert=True)
    return row


@transaction.atomic
def apply(row: Import, *, by: Actor) -> Import:
    """Write what a workbook says, all of it or nothing: judged anew, since others may have written meanwhile. Asked twice it is done once."""
    check(by, Capability.KEEP_PROJECTS, row.division)
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, 1)", [LOCK + 1])
    held = Import.objects.select_for_update(of=("self",)).select_related("division").get(pk=row.pk)
    if held.sent_by_id != (by.user.pk if by.user else None):
        raise NotPossible("这份文件由他人上传，请由上传人导入。")
    if held.state == Import.State.APPLIED:
        return held
    if held.state == Import.State.REFUSED:
        raise NotPossible("这份文件有错误，请改正后重新上传。")
    with default_storage.open(held.path) as file:
        judged = judge(file, held.division, by=by)
    if judged.fault_count:
        held.state, held.report = Import.State.REFUSED, judged.report
        held.save(update_fields=["state", "report"])
        return held
    _write(judged, held, by)
    held.state, held.report, held.applied_at = Import.State.APPLIED, judged.report, timezone.now()
    held.save(update_fields=["state", "report", "applied_at"])
    transaction.on_commit(partial(default_storage.delete, held.path))
    return held


def _write(judged: Judged, row: Import, by: Actor) -> None:
    known = judged.known
    assert known is not None
    now = timezone.now()
    happened = []
    made: list[Project] = []
    changed: list[Project] = []
    stages: list[Stage] = []
    covered: list[Covered] = []
    for one in judged.projects:
        project = one.present or Project(
            division=one.division, number=one.terms.number, created_at=now, created_by=by.user
        )
        is_new = one.present is None
        before = None if is_new else [getattr(project, name) for name in FIELDS]
        _fill(project, one, known, is_new=is_new)
        judged.written[one.division.pk, one.terms.number] = project.pk
        (made if is_new else changed).append(project)
        if is_new:
            stages += _stages(project)
        held = known.covered.get(project.pk, {})
        for place, kind, thing, name, planned, done in one.covered:
            present = held.get((place.pk, kind, thing))
            if present is None:
                covered.append(
                    Covered(
                        project=project,
                        community=place,
                        kind=kind,
                        thing=thing,
                        name=name,
                        buildings_planned=planned,
                        buildings_done=done,
                    )
                )
            elif (present.buildings_planned, present.buildings_done) != (planned, done):
                present.buildings_planned, present.buildings_done = planned, done
                present.save(update_fields=["buildings_planned", "buildings_done"])
        if is_new or before != [getattr(project, name) for name in FIELDS]:
            event = Event.CREATED if is_new else Event.CHANGED
            happened.append(Happening(event, project, by, project.division.code, {"文件": row.name}))
    Project.objects.bulk_create(made)
    Project.objects.bulk_update(
        changed, [*FIELDS, "kinds", "criteria", "version", "scheme_id", "revision"], batch_size=500
    )
    Stage.objects.bulk_create(stages)
    Covered.objects.bulk_create(covered)
    sources = _sources(judged, known, by, now)
    Movement.objects.bulk_create(
        Movement(
            source=sources[_written(line.key[0], judged), line.key[1], line.key[2]],
            kind=line.kind,
            dated=line.dated,
            amount=line.amount,
            document=line.document,
            payee=line.payee,
            purpose=line.purpose,
            recorded_at=now,
            recorded_by=by.user,
        )
        for line in judged.lines
    )
    happened.append(
        Happening(Event.IMPORTED, history.subject_of(row), by, row.division.code, {"文件": row.name, **_told(judged)})
    )
    history.record_many(happened)


def _told(judged: Judged) -> dict[str, Any]:
    return {title: f"新增 {count['new']}，更新 {count['changed']}" for title, count in judged.counts.items()}


def _written(named: Any, judged: Judged) -> UUID:
    """The key of the project that a line names."""
    if not isinstance(named, tuple):
        assert isinstance(named, UUID)
        return named
    return judged.written[named]


def _fill(project: Project, one: ProjectRow, known: Known, *, is_new: bool) -> None:
    for name in FIELDS:
        setattr(project, name, getattr(one.terms, name))
    project.kinds = [kind for kind in Kind.values if kind in one.terms.kinds]
    version = known.scheme_of(one.division)
    if is_new or one.terms.criteria is not None:
        project.version, project.scheme_id = version, version.scheme_id if version else ""
        chosen = one.terms.criteria
        if version is None:
            project.criteria = []
        else:
            project.criteria = (
                list(chosen) if chosen is not None else sorted(rules.suggested(version.scheme, project.kinds))
            )
    if not is_new:
        project.revision += 1
        return
    project.state = one.state
    for name, day in one.days.items():
        setattr(project, name, day)
    if one.state != State.DRAFT:
        project.planned_on = one.days["planned_on"] or min(filter(None, one.days.values()), default=today_in_shanghai())
    if one.state in (State.FINISHED, State.ACCEPTED):
        project.done = Decimal(1)


def _stages(project: Project) -> list[Stage]:
    """The usual stages; those of a finished project are over."""
    rows = usual_stages(project)
    if project.actual_finish:
        for row in rows:
            row.actual_start, row.actual_finish = project.actual_start, project.actual_finish
    return rows


def _sources(judged: Judged, known: Known, by: Actor, now: dt.datetime) -> dict[tuple[UUID, str, str], Source]:
    """The sources of the file and those that are there, and what each grants more or less than before."""
    found = dict(known.sources)
    made, budgets = [], []
    for one in judged.sources:
        pk = _written(_id(one.project), judged)
        source = one.present
        if source is None:
            source = Source(project_id=pk, origin=one.origin.value, channel=one.channel, added_at=now)
            made.append(source)
        found[pk, one.origin.value, one.channel] = source
        more = one.budget - source.budget
        if more:
            budgets.append(
                Movement(
                    source=source,
                    kind="budget",
                    dated=one.dated,
                    amount=more,
                    document=one.document,
                    reason="导入调整" if one.present else "",
                    recorded_at=now,
                    recorded_by=by.user,
                )
            )
    Source.objects.bulk_create(made)
    Movement.objects.bulk_create(budgets)
    return found


# Writing


WIDE = 24
BOLD = Font(bold=True)
NEEDED = PatternFill("solid", fgColor="E9F5EE")
BATCH = 500


def write(file: IO[bytes], division: Division, projects: Iterable[Project]) -> int:
    """A workbook with these projects and their money, as it can be sent back; the number of projects. Constant memory."""
    book = Workbook(write_only=True)
    _guide(book, division)
    sheets = {form.title: _sheet(book, form) for form in FORMS}
    count = 0
    for batch in _batches(projects):
        count += len(batch)
        for title, rows in _rows(batch).items():
            for row in rows:
                sheets[title].append([_safe(sheets[title], value) for value in row])
    book.save(file)
    return count


def _batches(projects: Iterable[Project]) -> Iterator[list[Project]]:
    batch: list[Project] = []
    for project in projects:
        batch.append(project)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _rows(batch: Sequence[Project]) -> dict[str, list[list[Any]]]:
    by_id = {project.pk: project for project in batch}
    covered: dict[UUID, list[str]] = {}
    for one in (
        Covered.objects.filter(project__in=by_id).select_related("community").order_by("community__code", "name")
    ):
        numbers = f"{one.buildings_done or 0}/{one.buildings_planned}" if one.buildings_planned is not None else ""
        covered.setdefault(one.project_id, []).append(" ".join(filter(None, [one.community.number, one.name, numbers])))
    found: dict[str, list[list[Any]]] = {form.title: [] for form in FORMS}
    for project in batch:
        found[PROJECTS].append(
            [
                project.number, project.division.number, project.name, "、".join(project.kind_titles), project.first_year,
                project.last_year, project.department, project.investment, project.content, project.owner, project.contractor,
                project.planned_start, project.planned_finish, project.get_state_display(), project.planned_on, project.actual_start,
                project.actual_finish, project.accepted_on, "; ".join(covered.get(project.pk, [])), _numbers(project.criteria),
                project.notes,
            ]
        )  # fmt: skip
    first: dict[UUID, str] = {}
    lines = Movement.objects.filter(source__project__in=by_id, reverses=None, reversed_by=None).order_by(
        "source__project", "dated", "pk"
    )
    sources = {
        source.pk: source for source in Source.objects.filter(project__in=by_id).order_by("project", "added_at", "pk")
    }
    for line in lines:
        source = sources[line.source_id]
        project = by_id[source.project_id]
        head = [project.number, project.division.number, source.get_origin_display(), source.channel]
        if line.kind == "arrival":
            found[ARRIVALS].append([*head, line.dated, line.amount, line.document])
        elif line.kind == "payment":
            found[PAYMENTS].append([*head, line.dated, line.amount, line.payee, line.purpose, line.document])
        else:
            first.setdefault(source.pk, line.document)
    for source in sources.values():
        project = by_id[source.project_id]
        head = [project.number, project.division.number, source.get_origin_display(), source.channel]
        day = source.budgeted_on or project.planned_on or today_in_shanghai(project.created_at)
        found[SOURCES].append([*head, source.budget, day, first.get(source.pk, "")])
    return found


def _guide(book: Any, division: Division) -> None:
    sheet = book.create_sheet(GUIDE)
    for letter, width in zip("AB", (24, 100), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.append([_bold(sheet, f"{division.name} 改造项目和资金表")])
    for line in (
        "绿色标题的列必填。不要改动工作表名称和标题行，不要合并单元格，不要用公式。没有的工作表可以留空。",
        "项目按“实施区划代码＋项目编号”认定：已有的更新，没有的新增；表中没有的不会删除。",
        "资金一笔一行。与已登记完全相同的不重复登记；已登记的不能改，错误请在网页上冲销。",
        "到位合计不能超过下达，支付合计不能超过下达和到位。",
        "上传后先核对，列出新增、更新、未变和有错误的单元格；有一处错误就整份不导入。",
    ):
        sheet.append([line])
    for form in FORMS:
        sheet.append([])
        sheet.append([_bold(sheet, form.title)])
        for heading, says in form.columns.items():
            sheet.append([heading, f"{'必填。' if heading in form.required else ''}{says}"])


def _sheet(book: Any, form: Form) -> Any:
    sheet = book.create_sheet(form.title)
    sheet.freeze_panes = "A2"
    cells = []
    for place, heading in enumerate(form.columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDE if len(heading) < 10 else 30
        cell = _bold(sheet, heading)
        if heading in form.required:
            cell.fill = NEEDED
        cells.append(cell)
        words = {ORIGIN: list(ORIGIN_OF), "状态": list(TITLES)}.get(heading)
        if words:
            rule = DataValidation(type="list", formula1='"' + ",".join(words) + '"', allow_blank=True)
            rule.add(f"{get_column_letter(place)}2:{get_column_letter(place)}{MOST_ROWS}")
            sheet.data_validations.append(rule)
    sheet.append(cells)
    return sheet


def _bold(sheet: Any, text: str) -> Any:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font = BOLD
    return cell


def _safe(sheet: Any, value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA_SIGNS):
        cell = WriteOnlyCell(sheet, value=value)
        cell.data_type = "s"
        return cell
    return value
