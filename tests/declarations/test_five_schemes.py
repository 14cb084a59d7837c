"""Every scheme that ships runs from its file alone: from the declaration to a plaque that anyone can verify."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Role
from greenhood.assessments import actions as assessments
from greenhood.assessments.models import Scorer
from greenhood.declarations import procedure
from greenhood.declarations.actions import awarding, declaring, drawing, noticing, seating
from greenhood.declarations.actions.seating import Sitter
from greenhood.declarations.models import Award, Declaration, Standing, State, Status
from greenhood.declarations.procedure import Awaits
from greenhood.divisions.models import Division, Level, code_at
from greenhood.schemes.format import Step
from tests.cast import appoint
from tests.declarations import stage

SCHEMES = {
    "national-2020": 510107001001,
    "sichuan-2020": 510107001001,
    "hubei-2021": 420106001001,
    "beijing-2021": 110101001001,
    "shanghai-qingpu-zhaoxiang-2021": 310118105009,
}
ROLES = {
    Level.PROVINCE: Role.PROVINCE_OFFICER,
    Level.CITY: Role.CITY_OFFICER,
    Level.COUNTY: Role.COUNTY_OFFICER,
    Level.STREET: Role.STREET_OFFICER,
    Level.COMMUNITY: Role.COMMUNITY_WORKER,
}
SEAT_ROLES = {
    "expert": Role.EXPERT,
    "foreign-expert": Role.EXPERT,
    "deputy": Role.DEPUTY,
    "citizen": Role.CITIZEN_ASSESSOR,
    "officer": Role.COUNTY_OFFICER,
}
AT = stage.moment(2026, 9, 14)


def build_places(code: int) -> dict[int, Division]:
    places: dict[int, Division] = {}
    for level in Level:
        own = code_at(code, level)
        places[level] = Division.objects.create(
            id=own,
            code=own,
            level=level,
            name=f"{level.label}甲",
            parent=places.get(level - 1),
            urban_rural_class=111 if level is Level.COMMUNITY else None,
        )
    return places


def officers(places: dict[int, Division]) -> dict[int, Actor]:
    return {
        level: appoint(f"经办{level}", f"officer{level}", role, places[level], employer=f"单位{level}")
        for level, role in ROLES.items()
    }


class Walk:
    """Takes one declaration through whatever its scheme asks."""

    def __init__(self, declaration: Declaration, people: dict[int, Actor]) -> None:
        self.declaration, self.people, self.at, self.seen = declaration, people, AT, []

    def on(self) -> None:
        here = stage.at_step(self.declaration)
        by = self.people[procedure.level_of(here.step)]
        self.seen.append((here.step.key, here.awaits))
        match here.awaits:
            case Awaits.DRAW:
                frame = drawing.freeze(here.declaration.version_id, here.step.key, by=by, at=self.at)
                drawing.draw(frame, by=by, at=self.at)
            case Awaits.PANEL:
                self.judge(here.step, by)
            case Awaits.NOTICE:
                notice = noticing.publish([self.declaration.pk], by=by, contact="010-1", at=self.at)
                self.at = stage.day_after(notice.closes_on)
                assert noticing.close_due(at=self.at) == 1
            case Awaits.AWARD:
                row = here.declaration
                awarding.award(row, by=by, revision=row.revision, opinion="同意。", at=self.at)
            case Awaits.DECISION:
                if here.step.scores and here.step.kind != "panel":
                    stage.score(self.declaration, by)
                visited = stage.visit(here.step, self.at)
                stage.decide(self.declaration, stage.Outcome.PASS, by, at=self.at, visited_on=visited)
            case other:
                raise AssertionError(other)

    def judge(self, step: Step, by: Actor) -> None:
        kinds = [seat.kind for seat in step.seats for _ in range(seat.count)]
        judges = [
            appoint(
                f"评委{number}号", f"judge{number}", SEAT_ROLES[kind], by.post.division, employer=f"评委单位{number}"
            )
            for number, kind in enumerate(kinds)
        ]
        sitters = [Sitter(judge.user.pk, kind) for judge, kind in zip(judges, kinds, strict=True)]
        panel = seating.open_panel([self.declaration.pk], sitters, by=by, at=self.at)
        for judge in judges:
            sheet = assessments.open_sheet(
                stage.fresh(self.declaration).assessment, scorer=Scorer.PANEL, step=step.key, by=judge
            )
            assessments.agree_with_rest(sheet, by=judge)
            assessments.hand_in(sheet, by=judge)
        seating.close_panel(panel, by=by, at=self.at)


@pytest.mark.django_db
@pytest.mark.parametrize("name", SCHEMES)
def test_a_scheme_runs_from_declaration_to_award(name: str, client: Client) -> None:
    places = build_places(SCHEMES[name])
    people = officers(places)
    stage.publish(name)
    worker = people[Level.COMMUNITY]
    assessment = stage.complete(places[Level.COMMUNITY], worker)
    option = declaring.options(assessment, at=AT)[0]
    assert option.refusal is None
    declaration = declaring.declare(assessment, option.title.key, stage.PARTICULARS, by=worker, at=AT)

    walk = Walk(declaration, people)
    for _ in range(20):
        if stage.fresh(declaration).status == Status.AWARDED:
            break
        walk.on()

    award = Award.objects.get()
    assert Standing.objects.get().state == State.REACHED
    steps = [step.key for step in stage.loaded(name).scheme.procedure.steps[1:]]
    assert list(dict.fromkeys(key for key, _ in walk.seen)) == steps
    html = client.get(reverse("declarations:verify", args=[award.code])).content.decode()
    assert award.title_name in html
    assert "该称号现行有效" in html


def test_dates_of_a_batch_hold_in_zhaoxiang() -> None:
    plan = stage.loaded("shanghai-qingpu-zhaoxiang-2021").scheme.procedure

    assert procedure.too_early_or_late(plan, 2021, dt.date(2021, 10, 30)) is None
    assert "已经截止" in (procedure.too_early_or_late(plan, 2021, dt.date(2021, 10, 31)) or "")
