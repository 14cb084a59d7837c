"""Which projects there are, who sees and who keeps them, and what of them waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from greenhood.accounts import waiting
from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.departments import line as line_of
from greenhood.accounts.models import Role
from greenhood.divisions.models import Division
from greenhood.kit import paging
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import scheme_for
from greenhood.works import rules
from greenhood.works.models import ACTIVE, DONE, Covered, Kind, Project, Source, Stage, State

PAGE = 50
SHOWN = {
    "": "全部（不含草稿）",
    **{state.value: state.label for state in State},
    "late": "有阶段逾期",
}


# Who sees and keeps what


def seen_by(actor: Actor) -> QuerySet[Project]:
    """The projects that a post may look at: run within its division, or covering a community within it; drafts only its own keepers."""
    if not actor.may(Capability.VIEW):
        return Project.objects.none()
    covering = Covered.objects.filter(scope(actor), project=OuterRef("pk"))
    found = Project.objects.filter(scope(actor, field="division") | (Q(Exists(covering)) & ~Q(state=State.DRAFT)))
    if not actor.may(Capability.KEEP_PROJECTS):
        found = found.exclude(state=State.DRAFT)
    return found.select_related("division", "version")


def project_for(actor: Actor, pk: UUID) -> Project:
    """One of them, or 404."""
    found = seen_by(actor).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def may_keep(actor: Actor, division: Division, department: str) -> bool:
    """Whether a post may change what a division's department runs: a department's officer only what is their own department's.

    However it is written: 武侯区住建局 is 住房和城乡建设局.
    """
    if not actor.may(Capability.KEEP_PROJECTS, division):
        return False
    if not is_of_department(actor):
        return True
    assert actor.post is not None
    own = line_of(department_of(actor), actor.post.division.name)
    return bool(own) and own == line_of(department, division.name)


def is_of_department(actor: Actor) -> bool:
    return actor.post is not None and actor.post.role == Role.DEPARTMENT_OFFICER


def department_of(actor: Actor) -> str:
    return actor.post.department if actor.post else ""


# The list


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list or an overview is narrowed to; empty values leave it open.

    ``covering`` asks for what is run from above and covers the division, ``own`` for what the division itself runs, ``origin`` for projects
    with money of that source.
    """

    year: int | None = None
    kind: str = ""
    origin: str = ""
    state: str = ""
    text: str = ""
    department: str = ""
    covering: bool = False
    own: bool = False

    @property
    def is_open(self) -> bool:
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Sums:
    """What was granted, has arrived and was paid, in 元."""

    budget: Decimal = Decimal(0)
    arrived: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)

    @property
    def balance(self) -> Decimal:
        return self.arrived - self.paid

    @property
    def outstanding(self) -> Decimal:
        return self.budget - self.arrived


@dataclass(frozen=True, slots=True)
class Line:
    """A project as a list shows it: with its money, how many communities and estates it covers, and where it should be today."""

    project: Project
    sums: Sums
    communities: int
    things: int
    planned: Decimal
    is_late: bool


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of the list, the keys of its neighbours, and how many there are."""

    rows: list[Line]
    next: str
    previous: str
    count: paging.Count


def narrowed(actor: Actor, within: Division, filters: Filters) -> QuerySet[Project]:
    """The projects that a post sees of a division: run within it, or (``covering``) run from above and covering it."""
    low, high = within.span
    inside = Q(division__code__gte=low, division__code__lt=high)
    found = seen_by(actor)
    if filters.covering:
        there = Covered.objects.filter(project=OuterRef("pk"), community__code__gte=low, community__code__lt=high)
        found = found.filter(~inside, Exists(there))
    else:
        found = found.filter(division=within) if filters.own else found.filter(inside)
    return found.filter(condition(filters, today_in_shanghai()))


def condition(filters: Filters, today: dt.date) -> Q:
    wanted = Q()
    if filters.year:
        wanted &= Q(first_year__lte=filters.year, last_year__gte=filters.year)
    if filters.kind:
        wanted &= Q(kinds__contains=[filters.kind])
    if filters.department:
        wanted &= Q(department=filters.department)
    if filters.origin:
        wanted &= Q(Exists(Source.objects.filter(project=OuterRef("pk"), origin=filters.origin)))
    if filters.text:
        wanted &= Q(name__contains=filters.text) | Q(number__startswith=filters.text)
    if filters.state == "late":
        return wanted & late(today)
    return wanted & (Q(state=filters.state) if filters.state else ~Q(state=State.DRAFT))


def late(today: dt.date) -> Q:
    """A stage should be over and isn't."""
    return Q(state__in=ACTIVE, next_due_on__lt=today)


NEWEST = paging.by_time("created_at", is_descending=True)


def lines(found: QuerySet[Project], *, after: str = "", before: str = "") -> Lines:
    """One page, the newest first: a fixed number of queries."""
    page = paging.page(found, NEWEST, after=after, before=before, size=PAGE)
    return Lines(lines_of(page.rows), page.next, page.previous, paging.count(found))


def lines_of(rows: Sequence[Project]) -> list[Line]:
    """These projects with their money, coverage and stages: three queries for all."""
    ids = [row.pk for row in rows]
    money, covered, stages = sums_of(ids), coverage_of(ids), stages_of(ids)
    today = today_in_shanghai()
    return [
        Line(
            row,
            money.get(row.pk, Sums()),
            len({one.community_id for one in covered.get(row.pk, ())}),
            sum(one.thing is not None for one in covered.get(row.pk, ())),
            rules.planned_share(stages.get(row.pk, ()), today),
            row.state in ACTIVE and row.next_due_on is not None and row.next_due_on < today,
        )
        for row in rows
    ]


def sums_of(projects: Iterable[UUID]) -> dict[UUID, Sums]:
    found: dict[UUID, Sums] = {}
    rows = Source.objects.filter(project__in=list(projects)).values_list("project", "budget", "arrived", "paid")
    for project, *amounts in rows:
        held = found.get(project, Sums())
        found[project] = Sums(held.budget + amounts[0], held.arrived + amounts[1], held.paid + amounts[2])
    return found


def coverage_of(projects: Iterable[UUID]) -> dict[UUID, list[Covered]]:
    found: dict[UUID, list[Covered]] = {}
    for row in Covered.objects.filter(project__in=list(projects)).order_by("pk"):
        found.setdefault(row.project_id, []).append(row)
    return found


def stages_of(projects: Iterable[UUID]) -> dict[UUID, list[Stage]]:
    found: dict[UUID, list[Stage]] = {}
    for row in Stage.objects.filter(project__in=list(projects)).order_by("place"):
        found.setdefault(row.project_id, []).append(row)
    return found


# One community


def of_community(community: Division) -> list[Line]:
    """What covers a community, run by whomever, the newest first; drafts are left out."""
    there = Covered.objects.filter(community=community).values("project")
    rows = Project.objects.filter(pk__in=there).exclude(state=State.DRAFT).select_related("division", "version")
    return lines_of(list(rows.order_by("-pk")[:500]))


@dataclass(frozen=True, slots=True)
class Serving:
    """A project that serves a criterion in a community: its state, its share of work done, and its money."""

    project: Project
    sums: Sums

    @property
    def is_done(self) -> bool:
        return self.project.state in DONE


def serving(community: Division, criterion: int, version: SchemeVersion | None = None) -> list[Serving]:
    """The projects covering a community that serve a criterion of the scheme in force there (or of ``version``'s scheme).

    Drafts and cancelled projects are left out. Two queries, and one for the scheme where none is given.
    """
    return serving_all(community, version).get(criterion, [])


def serving_all(community: Division, version: SchemeVersion | None = None) -> dict[int, list[Serving]]:
    """The same for every criterion that any project serves, by its number."""
    scheme = version or scheme_for(community)
    if scheme is None:
        return {}
    there = Covered.objects.filter(community=community).values("project")
    rows = (
        Project.objects.filter(pk__in=there, scheme_id=scheme.scheme_id, criteria__len__gt=0)
        .exclude(state__in=[State.DRAFT, State.CANCELLED])
        .select_related("division")
        .order_by("-pk")
    )
    projects = list(rows)
    money = sums_of(row.pk for row in projects)
    found: dict[int, list[Serving]] = {}
    for row in projects:
        for no in sorted(row.criteria):
            found.setdefault(no, []).append(Serving(row, money.get(row.pk, Sums())))
    return found


# What waits


def due(actor: Actor) -> QuerySet[Project] | None:
    """What a post's own division runs and has a stage due, or overdue; None for posts that keep none."""
    if actor.post is None or not actor.may(Capability.KEEP_PROJECTS):
        return None
    until = today_in_shanghai() + dt.timedelta(days=rules.SOON)
    found = Project.objects.filter(division=actor.post.division, state__in=list(ACTIVE), next_due_on__lte=until)
    return found.filter(department=department_of(actor)) if is_of_department(actor) else found


WAITING = (
    waiting.Kind(
        "works_due",
        "项目阶段到期",
        "个",
        "works:projects",
        due,
        late=lambda: Q(next_due_on__lt=today_in_shanghai()),
        anchor="due",
    ),
)


def due_first(actor: Actor, most: int = 10) -> list[Project]:
    """The same for the list's page, the earliest first."""
    found = due(actor)
    return [] if found is None else list(found.order_by(F("next_due_on").asc(), "pk")[:most])


def kinds_of(value: str) -> str:
    return value if value in Kind.values else ""
