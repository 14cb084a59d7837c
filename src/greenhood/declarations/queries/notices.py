"""Public notices: what is shown to everybody, and what only the handling body sees."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.http import FileResponse, Http404

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.declarations import paging
from greenhood.declarations.models import Declaration, Notice, NoticeEntry, Objection, Status
from greenhood.declarations.paging import Page
from greenhood.declarations.queries.listing import within
from greenhood.divisions import queries as divisions
from greenhood.evidence import store
from greenhood.schemes.format import Scheme, Step, StepKind
from greenhood.schemes.models import scheme_of, schemes_of

ORDER = paging.by_day("closes_on", is_descending=True)


@dataclass(frozen=True, slots=True)
class Shown:
    """One community on a notice as the public sees it: scores only as far as the scheme shows them."""

    entry: NoticeEntry
    path: list[str]
    title: str
    parts: list[tuple[str, str]]


def notices(*, code: int | None = None, after: str = "", before: str = "") -> Page[Notice]:
    """All notices of a division and what is in it, those that end last first."""
    found = Notice.objects.select_related("division").annotate(entry_count=Count("entries"))
    if code:
        found = found.filter(**within(code, "division"))
    return paging.page(found, ORDER, after=after, before=before)


def shown(notice: Notice) -> list[Shown]:
    """The communities of a notice, by code, with the names of their places. Two queries."""
    entries = list(
        notice.entries.select_related("declaration__community")
        .defer("declaration__profile", "declaration__community__bigrams")
        .order_by("declaration__community__code", "pk")
    )
    scheme = scheme_of(notice.version_id)
    names = {part.key: part.title for standard in scheme.standards for part in standard.parts}
    paths = divisions.paths(entry.declaration.community for entry in entries)
    return [
        Shown(
            entry,
            divisions.spoken(paths[entry.declaration.community_id]),
            scheme.title_of(entry.declaration.title).title,
            [(names.get(key, key), points) for key, points in entry.parts.items()],
        )
        for entry in entries
    ]


def objections_to(notice: Notice) -> QuerySet[Objection]:
    """Every objection to a notice, unanswered first. For the handling body only: the names are real."""
    found = Objection.objects.filter(entry__notice=notice).select_related("entry__declaration__community", "proof")
    return found.order_by(F("answered_at").asc(nulls_first=True), "received_at").defer("entry__declaration__profile")


def entry_of(notice: Notice, pk: UUID) -> NoticeEntry:
    """One community on a notice; 404 where it isn't on it."""
    entry = notice.entries.select_related("declaration__community").filter(pk=pk).first()
    if entry is None:
        raise Http404
    return entry


def objection_to(notice: Notice, pk: UUID) -> Objection:
    """One objection to a notice, with its proof; 404 where there is none. For the handling body only."""
    objection = Objection.objects.select_related("proof").filter(entry__notice=notice, pk=pk).first()
    if objection is None:
        raise Http404
    return objection


def objection_counts(declaration: Declaration) -> dict[str, int]:
    """How many objections a declaration has had and how many are open: what everybody else may know."""
    return Objection.objects.filter(entry__declaration=declaration).aggregate(
        all=Count("pk"), open=Count("pk", filter=Q(answered_at=None))
    )


def by_receipt(receipt: str, contact: str) -> Objection | None:
    """An objection by its receipt number and the contact that was given with it."""
    found = Objection.objects.filter(receipt=receipt.strip().upper(), contact=contact.strip())
    return found.select_related("entry__notice", "entry__declaration__community").first()


@dataclass(frozen=True, slots=True)
class Group:
    """Declarations that can stand on one notice: the same scheme, the same step."""

    scheme: Scheme
    step: Step
    declarations: list[Declaration]


def waiting(actor: Actor) -> list[Group]:
    """What waits for a notice at the post's own level, by scheme and step."""
    if actor.post is None:
        return []
    found = Declaration.objects.filter(scope(actor), status=Status.ACTIVE, level=actor.post.division.level)
    found = found.exclude(pk__in=NoticeEntry.objects.filter(ended_at=None).values("declaration"))
    groups: dict[tuple[UUID, str], list[Declaration]] = {}
    rows = found.select_related("community").defer("profile", "community__bigrams").order_by("community__code", "pk")
    schemes = schemes_of(rows.values_list("version", flat=True).order_by().distinct())
    steps = [step.key for scheme in schemes.values() for step in scheme.procedure.steps if step.kind is StepKind.NOTICE]
    for row in rows.filter(step__in=steps)[:2000]:
        groups.setdefault((row.version_id, row.step), []).append(row)
    return [
        Group(schemes[version], schemes[version].step(step), members)
        for (version, step), members in groups.items()
        if schemes[version].step(step).kind is StepKind.NOTICE
    ]


def proof_file(objection: Objection) -> FileResponse:
    """The proof as a download: never shown within a page, since a stranger sent it."""
    assert objection.proof is not None
    file = store.open_original(objection.proof.sha256)
    return FileResponse(
        file, as_attachment=True, filename=objection.proof_name, content_type=objection.proof.media_type
    )
