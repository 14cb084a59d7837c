"""Commendations: the public list, the rounds that concern a post, one round with its nominations, notice and objections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.http import FileResponse

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at, span
from greenhood.evidence import store
from greenhood.exemplars.models import Honour, Nomination, Objection, Round
from greenhood.exemplars.models.honours import Kind
from greenhood.kit.paging import Page, by_day, page

ORDER, ROUNDS = by_day("honoured_on", is_descending=True), by_day("nominate_by", is_descending=True)
MOST_SHOWN = 500
NOTICED = (Round.State.NOTICED, Round.State.DECIDED)
# Those who stand on the list that everybody sees.
SHOWN = (Nomination.State.CHOSEN, Nomination.State.HONOURED)


@dataclass(frozen=True, slots=True)
class Filters:
    text: str = ""
    kind: str = ""
    year: int | None = None
    within: int | None = None
    state: str = ""


def listed(filters: Filters, *, after: str = "", before: str = "") -> Page[Honour]:
    """What was commended, as everybody sees it: of people the name and the unit."""
    return page(_narrowed(filters), ORDER, after=after, before=before)


def every(filters: Filters) -> Iterator[Honour]:
    return _narrowed(filters).order_by("-honoured_on", "-pk").iterator(chunk_size=1000)


def _narrowed(filters: Filters) -> QuerySet[Honour]:
    found = Honour.objects.select_related("round", "division", "nomination__community")
    found = found.defer("division__bigrams", "nomination__community__bigrams")
    if filters.text:
        found = found.filter(Q(name__contains=filters.text) | Q(unit__contains=filters.text))
    if filters.kind in Kind.values:
        found = found.filter(kind=filters.kind)
    if filters.year:
        found = found.filter(year=filters.year)
    if filters.state in Honour.State.values:
        found = found.filter(state=filters.state)
    if filters.within:
        level = next(level for level in Level if code_at(filters.within, level) == filters.within)
        low, high = span(filters.within, level)
        found = found.filter(division__code__gte=low, division__code__lt=high)
    return found


def on_notice() -> list[Round]:
    """The rounds on notice, the last to end first."""
    found = Round.objects.filter(state=Round.State.NOTICED).select_related("division")
    return list(found.order_by("-closes_on", "-pk")[:50])


# --- rounds -----------------------------------------------------------------------------------------------------------


def with_places() -> QuerySet[Round]:
    return Round.objects.select_related("division", "version__jurisdiction").defer("division__bigrams")


def rounds_for(actor: Actor, *, after: str = "", before: str = "") -> Page[Round]:
    """The rounds of governments above the post, in which it may nominate, and of those in its scope."""
    assert actor.post is not None
    division = actor.post.division
    low, high = division.span
    above = [one.pk for one in divisions.ancestors(division)]
    mine = Q(division__in=above) | Q(division__code__gte=low, division__code__lt=high)
    found = (
        with_places()
        .filter(mine)
        .annotate(
            waiting=Count("nominations", filter=Q(nominations__state=Nomination.State.SUBMITTED)),
            chosen=Count("nominations", filter=Q(nominations__state__in=["chosen", "honoured"])),
        )
    )
    return page(found, ROUNDS, after=after, before=before)


def by_pk(pk: UUID) -> Round | None:
    return with_places().filter(pk=pk).first()


def may_read(round_: Round, actor: Actor) -> bool:
    """Everybody reads what is or was on notice; a round that is open, those who may nominate in it or oversee it."""
    if round_.state in NOTICED:
        return True
    if actor.post is None:
        return False
    return actor.may(Capability.VIEW, round_.division) or (
        actor.may(Capability.SHARE) and round_.division.contains(actor.post.division)
    )


def cites_clause(round_: Round) -> bool:
    """Whether a round rests on a clause of its scheme; else its basis is the document that allows it."""
    return round_.version is not None and any(one.ref == round_.basis for one in round_.version.scheme.clauses)


def is_host(round_: Round, actor: Actor) -> bool:
    return actor.post is not None and actor.post.division_id == round_.division_id and actor.may(Capability.CURATE)


def nominations(round_: Round, actor: Actor) -> list[Nomination]:
    """All for who reviews them and those above; of the others each sees what its own division and those below nominated."""
    found = round_.nominations.select_related("division", "community").defer("division__bigrams", "community__bigrams")
    if not actor.may(Capability.VIEW, round_.division):
        if actor.post is None:
            return []
        low, high = actor.post.division.span
        found = found.filter(division__code__gte=low, division__code__lt=high)
    return list(found.order_by("kind", "division__code", "pk")[:MOST_SHOWN])


def shown(round_: Round) -> list[Nomination]:
    """Who is on the notice, as everybody sees it."""
    found = round_.nominations.filter(state__in=SHOWN)
    return list(found.select_related("division", "community", "honour").order_by("kind", "division__code", "pk"))


def nomination_of(round_: Round, pk: UUID) -> Nomination | None:
    return round_.nominations.select_related("division", "community").filter(pk=pk).first()


def objections_to(round_: Round) -> list[Objection]:
    """Every objection, unanswered first. For the handling body only: the names are real."""
    found = Objection.objects.filter(nomination__round=round_).select_related("nomination__division", "proof")
    return list(found.order_by(F("answered_at").asc(nulls_first=True), "received_at"))


def objection_to(round_: Round, pk: UUID) -> Objection | None:
    """One objection, with its proof. For the handling body only."""
    return Objection.objects.select_related("proof").filter(nomination__round=round_, pk=pk).first()


def proof_file(objection: Objection) -> FileResponse:
    """The proof as a download: never shown within a page, since a stranger sent it."""
    assert objection.proof is not None
    file = store.open_original(objection.proof.sha256)
    return FileResponse(
        file, as_attachment=True, filename=objection.proof_name, content_type=objection.proof.media_type
    )


def by_receipt(receipt: str, contact: str) -> Objection | None:
    found = Objection.objects.filter(receipt=receipt.strip().upper(), contact=contact.strip())
    return found.select_related("nomination__round").first()


def honour_by_pk(pk: UUID) -> Honour | None:
    return Honour.objects.select_related("round__version", "division", "nomination__community").filter(pk=pk).first()


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """A lower division, and how many of each kind it may nominate and did."""

    division: Division
    cells: list[tuple[str, int | None, int]]


def quotas(round_: Round) -> list[QuotaRow]:
    """By division, in the order of codes; empty where a round has no quotas. Two queries."""
    rows = list(round_.quotas.select_related("division").order_by("division__code"))
    if not rows:
        return []
    alive = list(round_.nominations.filter(state__in=Nomination.ALIVE).values_list("kind", "division__code"))
    found: dict[int, QuotaRow] = {}
    for quota in rows:
        low, high = quota.division.span
        taken = sum(1 for kind, code in alive if kind == quota.kind and low <= code < high)
        row = found.setdefault(quota.division_id, QuotaRow(quota.division, []))
        row.cells.append((Kind(quota.kind).label, quota.most, taken))
    return list(found.values())


def communities_for(actor: Actor) -> list[tuple[str, str]]:
    """The communities that a post may nominate: its own, or those in its division."""
    assert actor.post is not None
    found = divisions.within(actor.post.division).filter(level=Level.COMMUNITY)
    return [(str(one.pk), one.name) for one in found.defer("bigrams").order_by("code")[:MOST_SHOWN]]
