"""Sets the stage: published schemes, complete self-assessments, declarations brought to a step, all through actions."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path

from greenhood.accounts.actor import Actor
from greenhood.assessments import actions as assessments
from greenhood.assessments import answers, standards
from greenhood.assessments.answers import Fields
from greenhood.assessments.models import Assessment, Scorer
from greenhood.declarations import procedure
from greenhood.declarations.actions import awarding, deciding, declaring, drawing, noticing
from greenhood.declarations.actions.declaring import Particulars
from greenhood.declarations.models import Declaration
from greenhood.declarations.queries.placing import Placed, placed
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import actions as schemes
from greenhood.schemes import loading
from greenhood.schemes.format import Criterion, Outcome, Standard, Step
from greenhood.schemes.loading import Loaded
from greenhood.schemes.models import SchemeVersion

FOLDER = Path(__file__).resolve().parents[2] / "schemes"
YEAR = 2026
NOON = dt.timezone(dt.timedelta(hours=8))
PARTICULARS = Particulars("李芳", "028-85551234", "浆洗街 1 号", "社区成立创建工作领导小组，按计划推进。")


def moment(year: int, month: int, day: int, hour: int = 12) -> dt.datetime:
    """A time in Asia/Shanghai."""
    return dt.datetime(year, month, day, hour, tzinfo=NOON)


@cache
def loaded(name: str) -> Loaded:
    return loading.load(FOLDER / f"{name}.yaml")


def publish(name: str = "sichuan-2020", **chosen: object) -> SchemeVersion:
    return schemes.publish(loaded(name), chosen=chosen, by=None)


def complete(community: Division, by: Actor, *, year: int = YEAR) -> Assessment:
    """A self-assessment with every item answered as well as can be."""
    assessment = assessments.start(community, year=year, by=by)
    standard = standards.standard_of(assessment)
    filled = {no: (best(standard, line), 0) for no, line in standards.lines(standard).items()}
    revisions = dict(assessment.answer_rows.values_list("criterion", "revision"))
    filled = {no: (fields, revisions.get(no, 0)) for no, (fields, _) in filled.items()}
    _, refused = assessments.save_answers(assessment, filled=filled, by=by)
    assert not refused, refused
    return Assessment.objects.select_related("community", "version").get(pk=assessment.pk)


def best(standard: Standard, line: Criterion) -> Fields:
    """The fullest answer to a line."""
    asked = answers.asked(standard, line)
    figures = tuple(None if check.threshold is None else check.threshold.value + Decimal(10) for check in line.checks)
    values: dict[str, object] = {
        "met": True,
        "checks": tuple(True for _ in line.checks),
        "claimed": line.points,
        "value": next((figure for figure in figures if figure is not None), Decimal(100)),
        "values": figures,
        "counts": tuple(0 for _ in line.deducts),
        "grade": line.grades[0].key if line.grades else "",
    }
    return Fields(**{name: value for name, value in values.items() if name in asked})  # type: ignore[arg-type]


def declare(
    community: Division, by: Actor, *, title: str = "green-community", at: dt.datetime | None = None, year: int = YEAR
) -> Declaration:
    return declaring.declare(complete(community, by, year=year), title, PARTICULARS, by=by, at=at)


def at_step(declaration: Declaration) -> Placed:
    return placed([fresh(declaration)])[0]


def fresh(declaration: Declaration) -> Declaration:
    return Declaration.objects.select_related("community", "assessment").get(pk=declaration.pk)


SCORERS = {4: Scorer.STREET, 3: Scorer.COUNTY, 2: Scorer.CITY, 1: Scorer.PROVINCE}


def score(declaration: Declaration, by: Actor, *, scorer: Scorer | None = None) -> None:
    """Agree with every claim and hand the sheet in."""
    row = fresh(declaration)
    sheet = assessments.open_sheet(
        row.assessment, scorer=scorer or SCORERS[by.post.division.level], step=row.step, by=by
    )
    assessments.agree_with_rest(sheet, by=by)
    assessments.hand_in(sheet, by=by)


def decide(
    declaration: Declaration,
    outcome: Outcome,
    by: Actor,
    *,
    opinion: str = "同意。",
    at: dt.datetime | None = None,
    **more,
):
    return deciding.decide(
        declaration, outcome, by=by, revision=fresh(declaration).revision, opinion=opinion, at=at, **more
    )


def go_on(declaration: Declaration, by: Actor, *, at: dt.datetime | None = None) -> None:
    """Pass at the present step, scoring first where the scheme says so."""
    placed_at = at_step(declaration)
    if placed_at.step.scores:
        score(declaration, by)
    decide(declaration, Outcome.PASS, by, at=at, visited_on=visit(placed_at.step, at))


def visit(step: Step, at: dt.datetime | None) -> dt.date | None:
    """The day of the visit, where the step asks for one."""
    return today_in_shanghai(at) if step.on_site else None


def bring_to(declaration: Declaration, step: str, cast, *, at: dt.datetime | None = None) -> Declaration:
    """Take a Sichuan declaration through the steps before ``step``; everyone who is drawn passes the check."""
    officers = {4: cast.street_officer, 3: cast.county_officer, 2: cast.city_officer, 1: cast.province_officer}
    for _ in range(10):
        here = at_step(declaration)
        if here.step.key == step:
            return here.declaration
        by = officers[procedure.level_of(here.step)]
        match here.awaits:
            case procedure.Awaits.DRAW:
                drawing.draw(drawing.freeze(here.declaration.version_id, here.step.key, by=by, at=at), by=by, at=at)
            case procedure.Awaits.NOTICE:
                notice = noticing.publish([declaration.pk], by=by, contact="028-12345", at=at)
                noticing.close(notice, by=Actor.system(), at=day_after(notice.closes_on))
            case procedure.Awaits.AWARD:
                awarding.award(here.declaration, by=by, revision=here.declaration.revision, opinion="同意命名。", at=at)
            case _:
                go_on(declaration, by, at=at)
    raise AssertionError(f"never reached {step}")


def day_after(day: dt.date) -> dt.datetime:
    return moment(day.year, day.month, day.day) + dt.timedelta(days=1)
