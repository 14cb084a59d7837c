"""Many reviewers at once, on real connections: no decision lost, none made twice, the history in one piece."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from greenhood.accounts.models import Role
from greenhood.assessments import actions as assessments
from greenhood.assessments.answers import Fields
from greenhood.assessments.errors import Closed
from greenhood.declarations.actions import deciding, declaring
from greenhood.declarations.actions.deciding import Bulk
from greenhood.declarations.errors import AlreadyDecided, Refused
from greenhood.declarations.models import Decision, Declaration, Outcome
from greenhood.divisions.models import Division
from greenhood.history import verification
from greenhood.history.models import Entry
from greenhood.schemes.format import Outcome as Allowed
from greenhood.schemes.models import SchemeVersion
from tests.cast import Cast, appoint
from tests.declarations import stage
from tests.declarations.test_awards import add_communities, at_once

AT = stage.moment(2026, 3, 2)
REVIEWERS = 20


def at_the_street(cast: Cast, places: list[Division], version: SchemeVersion) -> list[Declaration]:
    """Declarations that wait for the street's recommendation."""
    model = stage.declare(cast.community, cast.worker, at=AT)
    rows = [model]
    for place in places:
        assessment = type(model.assessment).objects.create(
            community=place, version=version, scheme_id=version.scheme_id, year=stage.YEAR, started_at=AT, locked_at=AT
        )
        rows.append(
            Declaration.objects.create(
                assessment=assessment,
                community=place,
                version=version,
                scheme_id=version.scheme_id,
                year=stage.YEAR,
                title=model.title,
                step=model.step,
                level=model.level,
                department=model.department,
                since=AT,
                declared_at=AT,
            )
        )
    return rows


@pytest.mark.django_db(transaction=True)
def test_twenty_reviewers_on_the_same_rows_lose_none_and_double_none(cast: Cast, sichuan: SchemeVersion) -> None:
    rows = at_the_street(cast, add_communities(cast, 9), sichuan)
    reviewers = [
        appoint(f"审核{n}", f"reviewer{n}", Role.STREET_OFFICER, cast.street_division) for n in range(REVIEWERS)
    ]

    def review(number: int) -> Counter[str]:
        order = rows[:]
        random.Random(number).shuffle(order)
        said: Counter[str] = Counter()
        for row in order:
            try:
                deciding.decide(row, Allowed.PASS, by=reviewers[number], revision=1, opinion="同意推荐。")
                said["made"] += 1
            except AlreadyDecided as refused:
                said["late" if "无需重复办理" in refused.reason else refused.reason] += 1
        return said

    results = at_once([lambda number=number: review(number) for number in range(REVIEWERS)])

    assert all(isinstance(result, Counter) for result in results), results
    assert sum((result for result in results), Counter()) == {"made": len(rows), "late": len(rows) * (REVIEWERS - 1)}
    passed = Decision.objects.filter(outcome=Outcome.PASS).values_list("declaration", flat=True)
    assert Counter(passed) == Counter(row.pk for row in rows)
    assert set(Declaration.objects.values_list("step", "revision")) == {("county-review", 2)}
    assert Entry.objects.filter(event="declaration.passed").count() == len(rows)
    assert verification.verify() == []


@pytest.mark.django_db(transaction=True)
def test_bulk_and_single_clicks_at_once_make_one_decision_each(cast: Cast, sichuan: SchemeVersion) -> None:
    rows = at_the_street(cast, add_communities(cast, 5), sichuan)
    ids = [row.pk for row in rows]

    def bulk() -> Bulk:
        return deciding.pass_many(
            random.sample(ids, len(ids)), by=cast.street_officer, opinion="同意", seen=dict.fromkeys(ids, 1)
        )

    def single() -> Decision:
        return deciding.decide(rows[0], Allowed.REJECT, by=cast.street_officer, revision=1, opinion="不符合条件")

    results = at_once([bulk, bulk, bulk, single, single])

    assert not [result for result in results if not isinstance(result, Bulk | Decision | Refused)], results
    decisions = Counter(Decision.objects.exclude(outcome=Outcome.DECLARE).values_list("declaration", flat=True))
    assert decisions == Counter(ids)
    assert set(Declaration.objects.values_list("revision", flat=True)) == {2}


@pytest.mark.django_db(transaction=True)
def test_five_clicks_on_declare_make_one_declaration(cast: Cast, sichuan: SchemeVersion) -> None:
    assessment = stage.complete(cast.community, cast.worker)

    results = at_once(
        [
            lambda: declaring.declare(assessment, "green-community", stage.PARTICULARS, by=cast.worker, at=AT)
            for _ in range(5)
        ]
    )

    assert sorted(type(result).__name__ for result in results) == ["Declaration"] + ["Refused"] * 4
    assert {result.reason for result in results if isinstance(result, Refused)} == {
        "“四川省绿色社区”的申报正在办理，不能重复申报。"
    }
    assert Decision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_return_and_an_edit_of_the_same_assessment_at_once_do_not_wait_in_a_circle(
    cast: Cast, sichuan: SchemeVersion
) -> None:
    declaration = stage.declare(cast.community, cast.worker, at=AT)
    stage.decide(declaration, Allowed.RETURN, cast.street_officer, opinion="", items=[(1, "补"), (2, "补")])
    row = stage.fresh(declaration)

    def edit(criterion: int) -> None:
        answer = row.assessment.answer_rows.get(criterion=criterion)
        fields = Fields(checks=tuple(answer.checks), note="已补")
        assessments.save_answer(
            row.assessment, criterion=criterion, fields=fields, revision=answer.revision, by=cast.worker
        )

    results = at_once(
        [
            lambda: edit(1),
            lambda: edit(2),
            lambda: deciding.resubmit(row, by=cast.worker, revision=row.revision),
            lambda: deciding.withdraw(row, by=cast.worker, revision=row.revision, reason="放弃"),
        ]
    )

    assert {type(result) for result in results} <= {type(None), Decision, AlreadyDecided, Closed}, results
    assert sum(isinstance(result, Decision) for result in results) == 1
