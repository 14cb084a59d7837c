"""People from and to Excel: all rows of a file are taken or none, with every problem by row and column."""

from __future__ import annotations

from typing import IO

from greenhood.accounts import actions, queries
from greenhood.accounts.actions import Created, NewPerson
from greenhood.accounts.actor import Actor
from greenhood.accounts.forms import NewPersonForm
from greenhood.accounts.models import User
from greenhood.kit.excel import ExcelError, Problem, Row, read_rows, write_rows

# Each password is hashed slowly on purpose; more people than this would outlast a request.
MOST_PEOPLE = 500
COLUMNS = {"账号": "username", "姓名": "name", "工作单位": "employer", "手机": "phone", "邮箱": "email"}
REQUIRED = ("账号", "姓名")
OPTIONAL = ("工作单位", "手机", "邮箱")
EXPORTED = ("账号", "姓名", "工作单位", "手机", "邮箱", "账号管理区划", "岗位", "状态")
SAMPLE = ("zhangmin", "张敏", "武侯区住房建设和交通局", "028-00000000", "")


def import_people(file: IO[bytes], *, by: Actor) -> list[Created]:
    """Open an account for every row; raises ExcelError with all problems and opens none."""
    rows = read_rows(file, REQUIRED, optional=OPTIONAL, most=MOST_PEOPLE)
    if not rows:
        raise ExcelError([Problem("标题行下面没有人员。")])
    people, problems = [], []
    seen: dict[str, int] = {}
    taken = _taken(rows)
    for row in rows:
        person, found = _read(row, taken)
        if person and (first := seen.setdefault(person.username, row.number)) != row.number:
            found.append(row.problem("账号", f"与第 {first} 行的账号相同。"))
        problems += found
        if person:
            people.append(person)
    if problems:
        raise ExcelError(problems)
    return actions.create_users(people, by=by)


def write_people(file: IO[bytes], actor: Actor, wanted: queries.PeopleFilter) -> int:
    """The people whom the actor sees, as a workbook; how many."""
    found = queries.people(queries.people_for(actor), wanted)
    return write_rows(file, EXPORTED, queries.export_rows(found), title="人员")


def write_template(file: IO[bytes]) -> None:
    write_rows(file, tuple(COLUMNS), [SAMPLE], title="人员")


def _taken(rows: list[Row]) -> set[str]:
    names = [str(row["账号"]) for row in rows if row["账号"] is not None]
    return set(User.objects.filter(username__in=names).values_list("username", flat=True))


def _read(row: Row, taken: set[str]) -> tuple[NewPerson | None, list[Problem]]:
    """The person of a row, by the same rules as the form."""
    headings = {field: heading for heading, field in COLUMNS.items()}
    values = {field: str(row.values.get(heading) or "") for field, heading in headings.items()}
    # A name at a time would be a query a row.
    form = NewPersonForm(values, taken=taken)
    if form.is_valid():
        cleaned = form.cleaned_data
        return NewPerson(**{field: cleaned[field] for field in headings}), []
    found = [
        Problem(str(error), row.number, row.letters.get(headings.get(field, ""), ""))
        for field, errors in form.errors.items()
        for error in errors
    ]
    return None, found
