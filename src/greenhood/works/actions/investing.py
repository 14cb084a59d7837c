"""批复总投资: what nothing is planned or granted without, since the sums of a project can be held against nothing else."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from greenhood.accounts.actor import Actor
from greenhood.works import rules
from greenhood.works.actions.holding import LARGEST, record, save
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import Project, State, YearPlan


def need_investment(
    project: Project, given: Decimal | None, what: str, *, by: Actor, at: dt.datetime | None = None
) -> None:
    """Take the total that was given where a project has none yet. Raises NotPossible at ``investment`` where it still has none."""
    if project.investment:
        return
    if given is None or given <= 0:
        raise NotPossible(f"{what}前请填写批复总投资：没有它，看不出资金合计是否超过批复。", field="investment")
    if given >= LARGEST:
        raise NotPossible("金额太大，请核对单位：这里填元，不是万元。", field="investment")
    project.investment = given
    save(project)
    record(Event.CHANGED, project, by, at, details={"批复总投资": f"（空） → {given}"})


def check_change(
    project: Project, years: range, investment: Decimal, plans: Iterable[YearPlan], *, is_granted: bool
) -> None:
    """Whether a project may get other years or another total, seeing its year plans and money. Raises NotPossible at the field."""
    listed = list(plans)
    for plan in listed:
        if plan.year not in years:
            raise NotPossible(
                f"年度计划里有 {plan.year} 年，不在 {said(years)} 内。请先在“年度计划”里去掉这一年，再改计划年度。",
                field="first_year" if plan.year < years.start else "last_year",
            )
    planned = sum((plan.amount for plan in listed), Decimal(0))
    clause = rules.clause_of(project.version.scheme if project.version else None)
    if investment and planned > investment:
        raise NotPossible(
            f"年度计划投资合计 {rules.yuan(planned)}，超过批复总投资 {rules.yuan(investment)}。请先修改年度计划，或核对总投资。",
            field="investment",
            clause=clause,
        )
    if project.investment and not investment and (project.state != State.DRAFT or planned or is_granted):
        raise NotPossible(
            f"批复总投资已登记为 {rules.yuan(project.investment)}，项目已列入计划或安排了资金，不能清空。",
            field="investment",
            clause=clause,
        )


def said(years: range) -> str:
    return f"{years[0]}" if len(years) == 1 else f"{years[0]}—{years[-1]}"
