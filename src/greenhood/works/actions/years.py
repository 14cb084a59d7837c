"""The plan of a project by year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from greenhood.accounts.actor import Actor
from greenhood.works import rules
from greenhood.works.actions.holding import hold, record, save
from greenhood.works.actions.investing import need_investment
from greenhood.works.errors import NotPossible
from greenhood.works.events import Event
from greenhood.works.models import Project, YearPlan


@dataclass(frozen=True, slots=True)
class YearTerms:
    year: int
    content: str = ""
    amount: Decimal = Decimal(0)
    share: Decimal = Decimal(0)


@transaction.atomic
def plan_years(
    project: Project,
    wanted: Sequence[YearTerms],
    *,
    revision: int,
    by: Actor,
    investment: Decimal | None = None,
    at: dt.datetime | None = None,
) -> Project:
    """Say what each year is to bring, all of them anew; ``investment`` is asked where a project has none. Raises NotPossible."""
    held = hold(project, by, revision)
    years = [one.year for one in wanted]
    if len(set(years)) < len(years):
        raise NotPossible("同一年度填了两次。")
    shares = [one.share for one in sorted(wanted, key=lambda one: one.year)]
    for one in wanted:
        if not held.first_year <= one.year <= held.last_year:
            raise NotPossible(f"{one.year} 年不在项目的计划年度（{held.years}）内。", field=str(one.year))
        if one.amount < 0 or not 0 <= one.share <= 1:
            raise NotPossible(f"{one.year} 年的投资不能是负数，累计完成应在 0% 到 100% 之间。", field=str(one.year))
    if shares != sorted(shares):
        raise NotPossible("年底累计完成不能比上一年少。")
    if total := sum((one.amount for one in wanted), Decimal(0)):
        need_investment(held, investment, "编制年度计划投资", by=by, at=at)
    if total > held.investment:
        raise NotPossible(
            f"各年计划投资合计 {rules.yuan(total)}，超过批复总投资 {rules.yuan(held.investment)}。",
            clause=rules.clause_of(held.version.scheme if held.version else None),
        )
    held.year_plans.all().delete()
    YearPlan.objects.bulk_create(
        [
            YearPlan(project=held, year=one.year, content=one.content.strip(), amount=one.amount, share=one.share)
            for one in wanted
        ]
    )
    save(held)
    record(Event.YEAR_PLANNED, held, by, at, details={"年度": "、".join(map(str, years))})
    return held
