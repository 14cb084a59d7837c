"""Panels: who can sit, who sits, what a member may reach, and how far the scoring is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.models import Interest, Post, Role, User
from greenhood.accounts.queries import valid_on
from greenhood.assessments.models import ScoreSheet
from greenhood.declarations import conflicts, procedure
from greenhood.declarations.models import Decision, Declaration, Panel, PanelCase, PanelSeat, Recusal, Status
from greenhood.divisions.models import Division, code_at
from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes.format import Scheme, Step, StepKind
from greenhood.schemes.models import scheme_of

ROLES_OF = {
    "expert": {Role.EXPERT},
    "foreign-expert": {Role.EXPERT},
    "deputy": {Role.DEPUTY},
    "citizen": {Role.CITIZEN_ASSESSOR},
    "officer": {Role.STREET_OFFICER, Role.COUNTY_OFFICER, Role.CITY_OFFICER, Role.PROVINCE_OFFICER},
}


def candidates(division: Division) -> QuerySet[Post]:
    """The posts that may take a seat on a panel of a division: held within it or above it."""
    low, high = division.span
    above = {code_at(division.code, level) for level in range(division.level)}
    roles = set().union(*ROLES_OF.values())
    near = Q(division__code__gte=low, division__code__lt=high) | Q(
        division__code__in=above, division__level__lt=division.level
    )
    held = Post.objects.filter(valid_on(today_in_shanghai()), near, role__in=roles, user__is_active=True)
    return held.select_related("user", "division").order_by("role", "user__name", "pk")


def held_roles(users: Iterable[UUID]) -> dict[UUID, set[str]]:
    """The roles of the posts that each person holds today."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for user, role in Post.objects.filter(valid_on(today_in_shanghai()), user__in=list(users)).values_list(
        "user", "role"
    ):
        found[user].add(role)
    return found


def conflicts_of(
    users: Iterable[UUID], declarations: Iterable[Declaration], panel_level: int
) -> dict[tuple[UUID, UUID], list[str]]:
    """Why which member must not judge which declaration; only pairs with a reason. Six queries for any number."""
    members = _members(list(users))
    rows = list(declarations)
    cases = _cases(rows)
    before = set(Decision.objects.filter(declaration__in=rows, by__in=list(members)).values_list("by", "declaration"))
    found = {}
    for user, member in members.items():
        for row in rows:
            why = conflicts.reasons(member, cases[row.pk], panel_level, decided_before=(user, row.pk) in before)
            if why:
                found[user, row.pk] = why
    return found


def _members(users: list[UUID]) -> dict[UUID, conflicts.Member]:
    posts: dict[UUID, list[conflicts.Place]] = defaultdict(list)
    for post in Post.objects.filter(valid_on(today_in_shanghai()), user__in=users).select_related("division"):
        posts[post.user_id].append(_place(post.division))
    interests: dict[UUID, list[conflicts.Recorded]] = defaultdict(list)
    for interest in Interest.objects.filter(user__in=users).select_related("division"):
        place = _place(interest.division) if interest.division else None
        interests[interest.user_id].append(conflicts.Recorded(place, interest.employer, interest.reason))
    employers = dict(User.objects.filter(pk__in=users).values_list("pk", "employer"))
    return {user: conflicts.Member(employer, posts[user], interests[user]) for user, employer in employers.items()}


def _place(division: Division) -> conflicts.Place:
    return conflicts.Place(division.code, division.level, division.name)


def cases_of(rows: Iterable[Declaration]) -> dict[UUID, conflicts.Case]:
    """What is known of those before a panel, by declaration: the community's code, and who works for it. Two queries."""
    return _cases(list(rows))


def _cases(rows: list[Declaration]) -> dict[UUID, conflicts.Case]:
    employers: dict[int, set[str]] = defaultdict(set)
    there = Post.objects.filter(division__in=[row.community_id for row in rows]).exclude(user__employer="")
    for division, employer in there.values_list("division", "user__employer"):
        employers[division].add(employer)
    declarants = User.objects.filter(pk__in=[row.declared_by_id for row in rows]).exclude(employer="")
    names = dict(declarants.values_list("pk", "employer"))
    return {
        row.pk: conflicts.Case(
            row.community.code,
            employers[row.community_id]
            | {row.community.name}
            | ({names[row.declared_by_id]} if row.declared_by_id in names else set()),
        )
        for row in rows
    }


# --- what a member reaches --------------------------------------------------------------------------------------------


def my_cases(user: User) -> QuerySet[PanelCase]:
    """The cases of all panels on which a person sits, newest panel first, less those recused from."""
    mine = PanelCase.objects.filter(panel__seats__user=user).exclude(recusals__seat__user=user)
    return mine.select_related("panel", "declaration__community").order_by(
        "-panel__opened_at", "declaration__community__code", "pk"
    )


def case_for(actor: Actor, pk: UUID) -> tuple[PanelCase, PanelSeat]:
    """A case and the seat by which the actor judges it; 404 for everyone else, the recused included."""
    if actor.user is None or actor.post is None:
        raise Http404
    seat = PanelSeat.objects.filter(user=actor.user, panel__cases=pk).exclude(recusals__case=pk).first()
    if seat is None:
        raise Http404
    case = PanelCase.objects.select_related(
        "panel__division", "panel__version", "declaration__community", "declaration__assessment__community"
    )
    return case.get(pk=pk), seat


@dataclass(frozen=True, slots=True)
class MyCase:
    """A case on a member's list: whether their scores are handed in, begun or still to come."""

    case: PanelCase
    sheet: ScoreSheet | None

    @property
    def is_done(self) -> bool:
        return self.sheet is not None and self.sheet.handed_in_at is not None

    @property
    def is_open(self) -> bool:
        return self.case.panel.closed_at is None and self.case.ended_at is None


def my_case_rows(user: User) -> list[MyCase]:
    """The member's cases with their own sheets, those still to score first. Two queries."""
    cases = list(my_cases(user)[:500])
    sheets = {
        (sheet.assessment_id, sheet.step): sheet
        for sheet in ScoreSheet.objects.filter(
            by=user, assessment__in=[case.declaration.assessment_id for case in cases]
        )
    }
    rows = [MyCase(case, sheets.get((case.declaration.assessment_id, case.panel.step))) for case in cases]
    return sorted(rows, key=lambda row: (not row.is_open, row.is_done))


# --- what can be put before a panel ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A step at which so many declarations wait for a panel."""

    version_id: UUID
    scheme_title: str
    step: Step
    count: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What a new panel can be made of: declarations that wait, and people for each kind of seat."""

    version_id: UUID
    scheme: Scheme
    step: Step
    declarations: list[Declaration]
    people: list[tuple[Post, list[tuple[str, str]]]]


def _waiting(actor: Actor) -> QuerySet[Declaration]:
    level = actor.post.division.level if actor.post else -1
    found = Declaration.objects.filter(scope(actor), status=Status.ACTIVE, level=level)
    return found.exclude(pk__in=PanelCase.objects.filter(ended_at=None).values("declaration"))


def waiting_steps(actor: Actor) -> list[WaitingStep]:
    """The panel steps of the post's own level at which declarations wait, drawn where only a sample is judged."""
    found = _waiting(actor).values_list("version", "step", "sampled").annotate(count=Count("pk"))
    steps = []
    for version, key, sampled, count in found.order_by("version", "step"):
        scheme = scheme_of(version)
        step = procedure.find(scheme, key)
        if step is not None and step.kind is StepKind.PANEL and (sampled or not procedure.is_drawn(step)):
            steps.append(WaitingStep(version, scheme.title, step, count))
    return steps


def offer(actor: Actor, version_id: UUID, step_key: str) -> Offer:
    """404 where the step is no panel step of this scheme."""
    schemes = schemes_of_known(version_id)
    step = procedure.find(schemes, step_key) if schemes else None
    if schemes is None or step is None or step.kind is not StepKind.PANEL or actor.post is None:
        raise Http404
    waits = _waiting(actor).filter(version=version_id, step=step_key)
    if procedure.is_drawn(step):
        waits = waits.filter(sampled=True)
    kinds = [(seat.kind, seat.title) for seat in step.seats] or [("expert", "专家")]
    people: list[tuple[Post, list[tuple[str, str]]]] = []
    for post in candidates(actor.post.division):
        fitting: list[tuple[str, str]] = [(kind, title) for kind, title in kinds if post.role in ROLES_OF[kind]]
        if fitting and post.user_id not in {other.user_id for other, _ in people}:
            people.append((post, fitting))
    rows = list(waits.select_related("community").defer("profile").order_by("community__code", "pk")[:500])
    return Offer(version_id, schemes, step, rows, people)


def schemes_of_known(version_id: UUID) -> Scheme | None:
    try:
        return scheme_of(version_id)
    except KeyError:
        return None


def lacking_kinds(rows: list[Progress], step: Step) -> list[tuple[str, str]]:
    """The kinds of seat that some case has no judge for."""
    wanted = [(seat.kind, seat.title) for seat in step.seats]
    return [
        (kind, title) for kind, title in wanted if any(kind not in {seat.kind for seat in row.judges} for row in rows)
    ]


# --- how far a panel is -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """One case of a panel: its judges, those recused with the reason, and the sheets handed in, by person."""

    case: PanelCase
    judges: list[PanelSeat]
    recusals: list[Recusal]
    sheets: dict[UUID, ScoreSheet]

    @property
    def missing(self) -> list[PanelSeat]:
        return [seat for seat in self.judges if seat.user_id not in self.sheets]


def progress(panel: Panel) -> list[Progress]:
    """Every case of a panel with its judges and sheets, in four queries."""
    seats = list(panel.seats.select_related("user").order_by("kind", "user__name"))
    cases = list(
        panel.cases.select_related("declaration__community", "declaration__assessment").order_by(
            "declaration__community__code", "pk"
        )
    )
    recused: dict[UUID, list[Recusal]] = defaultdict(list)
    for recusal in Recusal.objects.filter(case__in=cases).select_related("seat__user"):
        recused[recusal.case_id].append(recusal)
    sheets: dict[UUID, dict[UUID, ScoreSheet]] = defaultdict(dict)
    for sheet in ScoreSheet.objects.filter(
        assessment__in=[case.declaration.assessment_id for case in cases],
        step=panel.step,
        by__in=[seat.user_id for seat in seats],
        handed_in_at__isnull=False,
    ):
        sheets[sheet.assessment_id][sheet.by_id] = sheet
    found = []
    for case in cases:
        out = {recusal.seat_id for recusal in recused[case.pk]}
        judges = [seat for seat in seats if seat.pk not in out]
        users = {seat.user_id for seat in judges}
        given = {by: sheet for by, sheet in sheets[case.declaration.assessment_id].items() if by in users}
        found.append(Progress(case, judges, recused[case.pk], given))
    return found


def panels_of(actor: Actor) -> QuerySet[Panel]:
    """The panels within the post's division, with how many seats and cases each has."""
    if actor.post is None:
        return Panel.objects.none()
    low, high = actor.post.division.span
    within = Panel.objects.filter(division__code__gte=low, division__code__lt=high)
    return within.select_related("division", "version").annotate(
        case_count=Count("cases", distinct=True), seat_count=Count("seats", distinct=True)
    )
