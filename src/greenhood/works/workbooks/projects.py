"""The sheet of projects: each row judged at its cells, then written."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from greenhood.accounts.actor import Actor
from greenhood.divisions.models import Division, Level
from greenhood.history.actions import Happening
from greenhood.kit.dates import today_in_shanghai
from greenhood.works import rules
from greenhood.works.actions.investing import check_change
from greenhood.works.actions.projects import Terms, check_terms
from greenhood.works.actions.stages import usual_stages
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import Covered, Kind, Project, Stage, State
from greenhood.works.queries.projects import department_of, is_of_department, may_keep
from greenhood.works.workbooks.known import Known, parts_of
from greenhood.works.workbooks.layout import INVESTMENT, KIND_OF, NUMBER, PLACE, PROJECTS, TITLES, numbers
from greenhood.works.workbooks.rows import Cells, CoveredPlace, Judged, ProjectRow

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
BEGUN = {"actual_start": "实际开工", "actual_finish": "实际完工", "accepted_on": "验收日期"}
HEADINGS = {
    "name": "项目名称", "kinds": "改造类型", "first_year": "计划起始年度", "last_year": "计划结束年度",
    "investment": INVESTMENT, "planned_finish": "计划完工",
}  # fmt: skip
DAYS = {"planned_on": "列入计划日期", **BEGUN}


def take(row: Cells, known: Known, judged: Judged) -> None:
    """Judge a row of the sheet, and keep what it says."""
    number, division = row.required(NUMBER, 40), _division(row, known)
    kinds, years = _kinds(row), _years(row)
    present = known.projects.get((division.pk, number)) if division else None
    state = _state(row, present)
    criteria = _criteria(row)
    terms = _terms(row, number, kinds, years, criteria, known)
    days = {name: row.day(heading, is_past=True) for name, heading in DAYS.items()}
    covered = _covered(row, division, known)
    if row.is_wrong or division is None:
        row.leave_unread()
        return
    _check_terms(row, division, terms, known)
    if present:
        _check_against(row, present, terms, known)
        _check_present(row, present, state, days)
    else:
        assert state is not None
        _check_state(row, state, days, covered)
        if state != State.DRAFT and not terms.investment and not row.is_wrong:
            row.wrong(INVESTMENT, f"状态为“{state.label}”的项目请填写批复总投资。")
    if (first_row := judged.seen.setdefault((PROJECTS, division.pk, number), row.number)) != row.number:
        row.wrong(NUMBER, f"与第 {first_row} 行的编号相同。")
    found = ProjectRow(
        row, division, terms, days, state or State(present.state if present else "draft"), covered, present
    )
    found.is_changed = present is None or _changes(found, known, judged)
    judged.projects.append(found)
    judged.count(PROJECTS, "new" if present is None else "changed" if found.is_changed else "same")


def _kinds(row: Cells) -> list[str]:
    kinds = [KIND_OF.get(word.strip()) for word in row.required("改造类型", 300).replace("，", "、").split("、")]
    if None in kinds and row.text("改造类型", 300):
        row.wrong("改造类型", f"有不认识的类型，应为：{'、'.join(KIND_OF)}。")
    return [kind for kind in kinds if kind]


def _years(row: Cells) -> tuple[int, int]:
    first, last = row.year("计划起始年度"), row.year("计划结束年度")
    if first is None and not row.text("计划起始年度", 20):
        row.wrong("计划起始年度", "请填写计划起始年度。")
    return first or 0, last or first or 0


def _state(row: Cells, present: Project | None) -> State | None:
    """The state that a row says; None where it says the present one, which no file may set."""
    state = TITLES.get(row.text("状态") or State.DRAFT.label)
    if state is None and not (present and present.get_state_display() == row.text("状态")):
        row.wrong("状态", f"状态应为：{'、'.join(TITLES)}；暂停和取消请在网页上办理。")
    return state


def _terms(
    row: Cells, number: str, kinds: list[str], years: tuple[int, int], criteria: list[int] | None, known: Known
) -> Terms:
    return Terms(
        name=row.required("项目名称"),
        kinds=kinds,
        first_year=years[0],
        last_year=years[1],
        number=number,
        department=row.text("主管部门") or department_of(known.by) * is_of_department(known.by),
        content=row.text("建设内容", 2000),
        investment=row.money(INVESTMENT, is_positive=False) or Decimal(0),
        owner=row.text("建设单位"),
        contractor=row.text("施工单位"),
        planned_start=row.day("计划开工"),
        planned_finish=row.day("计划完工"),
        criteria=criteria,
        notes=row.text("备注", 1000),
    )


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


def _covered(row: Cells, division: Division | None, known: Known) -> list[CoveredPlace]:
    places = (_place(row, part, division, known) for part in parts_of(row))
    return [place for place in places if place is not None]


def _place(row: Cells, part: str, division: Division | None, known: Known) -> CoveredPlace | None:
    """One place as it was typed: a code, and where only a part is meant its name; numbers of buildings behind it."""
    code, *words = part.split()
    place = known.divisions.get(int(code)) if code.isascii() and code.isdecimal() and len(code) == 12 else None
    if place is None or place.level != Level.COMMUNITY or (division and not division.contains(place)):
        row.wrong("覆盖范围", f"“{part[:30]}”：{code[:20]} 不是实施区划内的社区代码。")
        return None
    done = planned = None
    if words and "/" in words[-1]:
        ends = words.pop().split("/")
        if len(ends) != 2 or not all(end.isascii() and end.isdecimal() and len(end) <= 6 for end in ends):
            row.wrong("覆盖范围", f"“{part[:30]}”：楼栋数应写成“已改造/计划”，例如 4/6。")
            return None
        done, planned = int(ends[0]), int(ends[1])
        if done > planned:
            row.wrong("覆盖范围", f"“{part[:30]}”：已改造楼栋不能多于计划楼栋。")
    name = " ".join(words)
    if name and (place.pk, name) not in known.things:
        row.wrong("覆盖范围", f"{place.name}没有登记名为“{name[:30]}”的小区或楼栋，请先在社区库登记。")
        return None
    kind, thing = known.things[place.pk, name] if name else (Covered.Thing.COMMUNITY.value, None)
    return CoveredPlace(place, kind, thing, name, planned, done)


def _check_terms(row: Cells, division: Division, terms: Terms, known: Known) -> None:
    try:
        check_terms(terms)
    except NotPossible as problem:
        row.wrong(HEADINGS.get(problem.field, NUMBER), problem.reason)
    if not may_keep(known.by, division, terms.department):
        row.wrong("主管部门", f"您只能登记本部门（{department_of(known.by) or '岗位上没有写明'}）的项目。")
    version = known.scheme_of(division)
    if version is not None and terms.criteria:
        numbers = {criterion.no for _, part in rules.criteria_of(version.scheme) for criterion in part}
        if strange := set(terms.criteria) - numbers:
            row.wrong("对应标准项", f"《{version.title}》的标准没有第 {min(strange)} 项。")


def _check_state(row: Cells, state: State, days: dict[str, dt.date | None], covered: Sequence[CoveredPlace]) -> None:
    """What a new project of a state must say."""
    asked = {
        State.UNDER_WAY: ("actual_start",),
        State.FINISHED: ("actual_start", "actual_finish"),
        State.ACCEPTED: ("actual_start", "actual_finish", "accepted_on"),
    }.get(state, ())
    for name, heading in BEGUN.items():
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
    for name, heading in BEGUN.items():
        if days[name] is not None and days[name] != getattr(present, name):
            row.wrong(heading, f"已登记的是 {getattr(present, name) or '（空）'}，开工、完工和验收请在网页上办理。")


def _check_against(row: Cells, present: Project, terms: Terms, known: Known) -> None:
    """Whether a project that is there is one's own to change, and its year plans and money allow the row's years and total."""
    if not may_keep(known.by, present.division, present.department):
        who = present.department or present.division.name
        row.wrong(
            NUMBER, f"这个项目由{who}主管，您只能办理本部门（{department_of(known.by) or '岗位上没有写明'}）的项目。"
        )
        return
    plans, years = known.plans.get(present.pk, ()), range(terms.first_year, terms.last_year + 1)
    try:
        check_change(present, years, terms.investment, plans, is_granted=present.pk in known.granted)
    except NotPossible as problem:
        cited = f"（依据：{present.version.title} {problem.clause}）" if present.version and problem.clause else ""
        row.wrong(HEADINGS[problem.field], problem.reason + cited)


def _check_days(row: Cells, days: dict[str, dt.date | None]) -> None:
    for first, last, heading in (
        ("actual_start", "actual_finish", "实际完工"),
        ("actual_finish", "accepted_on", "验收日期"),
    ):
        one, other = days[first], days[last]
        if one and other and other < one:
            row.wrong(heading, f"{heading} {other} 不能早于 {one}。")


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
        said.append(["对应标准项", numbers(found.present.criteria), numbers(found.terms.criteria)])
    held = known.covered.get(found.present.pk, {})
    for place in found.covered:
        row = held.get(place.key)
        if row is None or (row.buildings_planned, row.buildings_done) != (place.planned, place.done):
            said.append(["覆盖范围", str(row or ""), place.name or place.community.name])
    if said:
        judged.samples.append([PROJECTS, found.row.number, found.present.name, said])
    return bool(said)


# Written


def write(judged: Judged, known: Known, by: Actor, now: dt.datetime, file: str) -> list[Happening]:
    """Write the projects, their stages and what they cover, in a fixed number of statements; what is to be told of each."""
    made: list[Project] = []
    changed: list[Project] = []
    happened = []
    for one in judged.projects:
        project = one.present or Project(
            division=one.division, number=one.terms.number, created_at=now, created_by=by.user
        )
        judged.written[one.division.pk, one.terms.number] = project.pk
        if not one.is_changed:
            continue
        _fill(project, one, known, is_new=one.present is None)
        (made if one.present is None else changed).append(project)
        event = Event.CREATED if one.present is None else Event.CHANGED
        happened.append(Happening(event, project, by, project.division.code, {"文件": file}))
    Project.objects.bulk_create(made)
    Project.objects.bulk_update(
        changed, [*FIELDS, "kinds", "criteria", "version", "scheme_id", "revision"], batch_size=500
    )
    Stage.objects.bulk_create(row for project in made for row in _stages(project))
    _cover(judged, known)
    return happened


def _cover(judged: Judged, known: Known) -> None:
    """What is covered besides what was; what a file leaves out is removed nowhere."""
    made, changed = [], []
    for one in judged.projects:
        project = judged.written[one.division.pk, one.terms.number]
        held = known.covered.get(project, {})
        for place in one.covered:
            row = held.get(place.key)
            if row is None:
                row = Covered(project_id=project, community=place.community, kind=place.kind, thing=place.thing)
                row.name = place.name
                made.append(row)
            elif (row.buildings_planned, row.buildings_done) != (place.planned, place.done):
                changed.append(row)
            row.buildings_planned, row.buildings_done = place.planned, place.done
    Covered.objects.bulk_create(made)
    Covered.objects.bulk_update(changed, ["buildings_planned", "buildings_done"], batch_size=500)


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
