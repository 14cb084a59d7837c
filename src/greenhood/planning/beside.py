"""What a form shows beside its fields: the higher goals in communities, what is on the ground, projects that are kept already."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Q, Sum

from greenhood.communities.models import Estate
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.planning import sections
from greenhood.planning.models import Plan
from greenhood.schemes import against, words
from greenhood.schemes.format import Duty, Goal, Obligation
from greenhood.works.models import Covered, Project, State

MOST_PROJECTS = 50
NEW_SINCE = 2001


@dataclass(frozen=True, slots=True)
class HigherGoal:
    goal: Goal
    amount: str
    scope: str
    means: str


def subjects_of(plan: Plan) -> int:
    """How many communities are the denominator of the division's shares. One query."""
    return divisions.count_subjects(plan.higher.scheme.subjects, [plan.division]).get(plan.division_id, 0)


def higher_goals(plan: Plan, subjects: int) -> list[HigherGoal]:
    """The goals above that bind the division, and what each means there."""
    scheme = plan.higher.scheme
    probe = scheme.model_copy(update={"jurisdiction": plan.division.code})
    return [
        HigherGoal(goal, words.goal_amount(goal), words.goal_scope(goal), means(goal.share, subjects))
        for goal in scheme.goals
        if against.binds(goal, probe)
    ]


def means(share: Decimal | None, subjects: int) -> str:
    """``60% 即 48 个（共 80 个城市社区）``; a share of communities is met by whole ones."""
    if share is None or not subjects:
        return ""
    return f"即 {math.ceil(share * subjects)} 个（共 {subjects} 个城市社区）"


def row_means(row: sections.Row, subjects: int) -> str:
    amount = sections.number(row.get("amount", ""))
    if row.get("unit") != "share" or amount is None or not 0 <= amount <= 100 or row.get("each"):
        return ""
    return means(amount / 100, subjects)


@dataclass(frozen=True, slots=True)
class Ground:
    """What is recorded on the ground in a division: communities with estates, old and new ones."""

    communities: int
    estates: int
    old: int
    new: int
    unmanaged: int
    dwellings: int


def ground(division: Division) -> Ground:
    """From the recorded estates of the division. One query."""
    low, high = division.span
    found = Estate.objects.filter(community__code__gte=low, community__code__lt=high, until=None).aggregate(
        communities=Count("community", distinct=True),
        estates=Count("id"),
        old=Count("id", filter=Q(is_old=True)),
        new=Count("id", filter=Q(built_year__gte=NEW_SINCE)),
        unmanaged=Count("id", filter=Q(property_company="")),
        dwellings=Sum("dwellings"),
    )
    return Ground(**{name: value or 0 for name, value in found.items()})


def projects(plan: Plan) -> list[Project]:
    """Renovation projects kept for the division or below it whose time meets the plan's, the largest first. One query.

    Drafts are their keepers' own, and a plan is published.
    """
    low, high = plan.division.span
    found = Project.objects.filter(
        division__code__gte=low, division__code__lt=high, first_year__lte=plan.year + 1, last_year__gte=plan.year
    ).exclude(state__in=[State.DRAFT, State.CANCELLED])
    return list(found.order_by("-investment", "pk")[:MOST_PROJECTS])


def project_row(project: Project) -> sections.Row:
    """A project as a row of the plan: what, where, how much in 万元, whose. One query."""
    covered = Covered.objects.filter(project=project).values_list("community__code", "community__name").distinct()
    places = sorted(covered)
    finish = project.planned_finish
    return {
        "title": project.name,
        "text": project.content[: sections.LONGEST_TEXT],
        "communities": "、".join(name for _, name in places)[: sections.LONGEST_LINE],
        "codes": "、".join(str(code) for code, _ in places),
        "money": f"{project.investment / 10_000:.2f}",
        "funds": "",
        "department": project.department,
        "by": finish.isoformat() if finish else "",
    }


def higher_duties(plan: Plan) -> Sequence[Duty]:
    return plan.higher.scheme.duties


def higher_calendar(plan: Plan, level: int) -> list[tuple[Obligation, str]]:
    """What the division itself owes by the higher calendar, with the days."""
    depth = level
    return [
        (entry, words.obligation_day(entry))
        for entry in plan.higher.scheme.calendar
        if against.DEPTH[entry.reporter] <= depth and entry.kind in ("report", "plan", "evaluation")
    ]
