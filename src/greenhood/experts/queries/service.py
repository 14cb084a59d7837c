"""Requests of communities: who sees them, whom they suit, what was done about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404
from django.urls import reverse

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.models import User
from greenhood.divisions.models import Division, Level
from greenhood.experts.fields import words
from greenhood.experts.models import (
    UNDER_WAY,
    Document,
    Entry,
    Offer,
    Outcome,
    RequestState,
    ServiceRequest,
    Visit,
)
from greenhood.experts.queries import ties
from greenhood.experts.queries.pool import codes_above, serving, valid
from greenhood.experts.ties import in_outline
from greenhood.facts import queries as facts
from greenhood.facts import showing
from greenhood.facts.kinds import kind, kinds
from greenhood.kit import paging
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.paging import Page

ORDER = paging.by_time("changed_at", is_descending=True)
MOST_SUGGESTED = 200
MOST_THINGS = 20


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to. ``state`` is a state, ``overdue``, or ``unrated``-like words of ``STATES``."""

    word: str = ""
    field: str = ""
    state: str = ""
    outcome: str = ""
    place: Division | None = None


STATES = [*RequestState.choices, ("overdue", "超过希望日期"), ("confirm", "有到访待确认")]


def seen_by(actor: Actor) -> QuerySet[ServiceRequest]:
    """The requests within a post's division."""
    found = ServiceRequest.objects.select_related("community", "entry").defer("community__bigrams")
    return found.filter(scope(actor)) if actor.post or actor.is_system else found.none()


def listed(actor: Actor, filters: Filters) -> QuerySet[ServiceRequest]:
    found = seen_by(actor)
    if filters.place is not None:
        low, high = filters.place.span
        found = found.filter(community__code__gte=low, community__code__lt=high)
    if filters.field:
        found = found.filter(fields__contains=[filters.field])
    if filters.word:
        found = found.filter(Q(title__contains=filters.word) | Q(community__name__contains=filters.word))
    if filters.outcome in Outcome.values:
        found = found.filter(outcome=filters.outcome)
    if filters.state in RequestState.values:
        found = found.filter(state=filters.state)
    elif filters.state == "overdue":
        found = found.filter(state__in=UNDER_WAY, wished_to__lt=today_in_shanghai())
    elif filters.state == "confirm":
        reported = Visit.objects.filter(request=OuterRef("pk"), state=Visit.State.REPORTED)
        found = found.filter(Exists(reported))
    return found


def with_visits(found: QuerySet[ServiceRequest]) -> QuerySet[ServiceRequest]:
    """The requests with ``visit_count``, the visits that the community confirmed."""
    return found.annotate(visit_count=Count("visits", filter=Q(visits__state=Visit.State.COMPLETED)))


def page(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Page[ServiceRequest]:
    return paging.page(with_visits(listed(actor, filters)), ORDER, after=after, before=before)


EXPORT_HEADINGS = [
    "社区代码", "社区", "需求", "具体情况", "专业领域", "服务的标准项", "希望到访自", "希望到访至", "状态", "专家或机构", "已确认到访",
    "落实情况", "落实说明", "评价", "评价说明", "提出时间", "办结时间",
]  # fmt: skip


def export_rows(found: QuerySet[ServiceRequest]) -> Iterator[list[object]]:
    for row in with_visits(found).order_by("-changed_at", "-pk").iterator(chunk_size=1_000):
        yield [
            row.community.number, row.community.name, row.title, row.need, row.field_words, row.criterion or "", row.wished_from,
            row.wished_to, row.get_state_display(), row.entry and row.entry.name, row.visit_count,  # type: ignore[attr-defined]
            row.get_outcome_display(), row.outcome_text, row.rating, row.rating_text,
            today_in_shanghai(row.made_at), row.closed_at and today_in_shanghai(row.closed_at),
        ]  # fmt: skip


# --- one request -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do about one request. ``may_come_forward`` names the entry by which an expert would take it."""

    is_community: bool
    matches: bool
    serves: bool
    is_offered: bool
    may_come_forward: Entry | None = None


def speaks_for(actor: Actor, community: Division) -> bool:
    """The community's own workers, and its street: who may both plan for it and record what took place in it.

    A county, which finds the expert, doesn't confirm the visit as well.
    """
    is_near = actor.post is None or actor.post.division.level >= Level.STREET
    return is_near and actor.may(Capability.PLAN, community) and actor.may(Capability.RECORD, community)


def rights(actor: Actor, request: ServiceRequest) -> Rights:
    """``request.entry`` is at hand; two queries at most."""
    is_own = (
        actor.user is not None
        and actor.may(Capability.SERVE)
        and request.entry is not None
        and request.entry.user_id == actor.user.pk
    )
    forward = None
    if request.state == RequestState.OPEN and actor.user is not None and actor.may(Capability.SERVE):
        forward = next(iter(fitting_entries(actor.user, request)), None)
    return Rights(
        is_community=speaks_for(actor, request.community),
        matches=actor.may(Capability.KEEP_POOL, request.community),
        serves=is_own and request.state == RequestState.TAKEN,
        is_offered=is_own and request.state == RequestState.OFFERED,
        may_come_forward=forward,
    )


def request_for(actor: Actor, pk: UUID) -> tuple[ServiceRequest, Rights]:
    """A request and what the actor may do about it; 404 for who has nothing to do with it."""
    found = (
        ServiceRequest.objects.select_related("community", "entry", "entry__pool", "version__jurisdiction", "made_by")
        .defer("community__bigrams", "entry__pool__bigrams")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise Http404
    may = rights(actor, found)
    concerned = may.serves or may.is_offered or may.may_come_forward or _took_part(actor, found)
    if not (actor.may(Capability.VIEW, found.community) or concerned):
        raise Http404
    return found, may


def barred(request: ServiceRequest, actor: Actor) -> list[str]:
    """Why who serves a request now must not go there: in full for who keeps the pool and the expert, in outline for others."""
    if request.state != RequestState.TAKEN or request.entry is None:
        return []
    found = ties.conflicts([request.entry], request.community).get(request.entry.pk, [])
    may_know = actor.may(Capability.KEEP_POOL, request.entry.pool) or (
        actor.user is not None and request.entry.user_id == actor.user.pk
    )
    return found if may_know else in_outline(found)


def _took_part(actor: Actor, request: ServiceRequest) -> bool:
    """Whether the person served this request, now or before: their own visits stay readable for them."""
    if actor.user is None or not actor.may(Capability.SERVE):
        return False
    mine = Offer.objects.filter(request=request, entry__user=actor.user).exclude(state=Offer.State.ENDED)
    return mine.exists()


def visits_of(request: ServiceRequest) -> list[Visit]:
    """The visits with their files, the latest first. Two queries."""
    kept = Prefetch("documents", Document.objects.filter(removed_at=None).select_related("blob"), to_attr="kept")
    return list(request.visits.select_related("recorded_by", "confirmed_by", "entry").prefetch_related(kept))


def offers_of(request: ServiceRequest) -> list[Offer]:
    return list(request.offers.select_related("entry", "offered_by"))


def visit_for(actor: Actor, pk: UUID) -> tuple[Visit, Rights]:
    """A visit, where the actor may see the request that it belongs to."""
    visit = Visit.objects.select_related("entry", "community").defer("community__bigrams").filter(pk=pk).first()
    if visit is None:
        raise Http404
    request, may = request_for(actor, visit.request_id)
    visit.request = request
    return visit, may


# --- matching ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A valid member for a request: which fields fit, whether the region does, how busy, and what stands against it."""

    entry: Entry
    fields: list[str]
    is_near: bool
    load: int
    conflicts: list[str]
    declined: str = ""

    @property
    def fit_words(self) -> str:
        return words(self.fields)

    @property
    def is_suggested(self) -> bool:
        return bool(self.fields) and self.is_near and not self.conflicts and not self.declined


def suggestions(request: ServiceRequest) -> list[Suggestion]:
    """Who could serve a request, best first: fitting fields, then region, then who has least to do. Eight queries.

    Those with a conflict of interest come last and can't be invited; so do those who declined this request.
    """
    members = list(_members(request.community)[:MOST_SUGGESTED])
    near = set(serving(request.community))
    against = ties.conflicts(members, request.community)
    gone = dict(request.offers.filter(state=Offer.State.DECLINED).values_list("entry", "reason"))
    found = [
        Suggestion(
            entry,
            [code for code in entry.fields if code in request.fields],
            entry.pk in near,
            entry.load,  # type: ignore[attr-defined]
            against.get(entry.pk, []),
            gone.get(entry.pk, ""),
        )
        for entry in members
    ]
    return sorted(
        found,
        key=lambda one: (
            bool(one.conflicts or one.declined),
            -len(one.fields),
            not one.is_near,
            one.load,
            one.entry.name,
        ),
    )


def _members(community: Division) -> QuerySet[Entry]:
    """The valid members of the pools that a community lies under, persons and firms, with what they have to do now."""
    found = Entry.objects.filter(valid(today_in_shanghai()), pool__code__in=codes_above(community))
    load = Count("requests", filter=Q(requests__state__in=UNDER_WAY))
    return found.select_related("pool").defer("pool__bigrams").annotate(load=load).order_by("load", "pk")


def fitting_entries(user: User, request: ServiceRequest) -> list[Entry]:
    """The valid entries by which a person could come forward for a request: field, region, and no conflict."""
    mine = Entry.objects.filter(
        valid(today_in_shanghai()),
        user=user,
        pool__code__in=codes_above(request.community),
        fields__overlap=request.fields,
        pk__in=serving(request.community),
    ).exclude(offers__in=request.offers.filter(state=Offer.State.DECLINED))
    entries = list(mine.select_related("pool"))
    against = ties.conflicts(entries, request.community) if entries else {}
    return [entry for entry in entries if entry.pk not in against]


def offered_to(user: User) -> QuerySet[Offer]:
    """What an expert is asked and hasn't answered."""
    return Offer.objects.filter(entry__user=user, state=Offer.State.OPEN)


def served_by(user: User) -> list[ServiceRequest]:
    """What an expert serves and served, what goes on first."""
    found = ServiceRequest.objects.filter(entry__user=user, state__in=[RequestState.TAKEN, RequestState.CLOSED])
    rows = with_visits(found.select_related("community")).order_by("-changed_at")[:100]
    return sorted(rows, key=lambda row: row.state == RequestState.CLOSED)


def open_for(user: User) -> list[ServiceRequest]:
    """The open requests in the fields and regions of a person's valid entries, the most urgent first. Two queries."""
    mine = list(
        Entry.objects.filter(valid(today_in_shanghai()), user=user)
        .select_related("pool")
        .prefetch_related("regions__division")
    )
    wanted = Q(pk__in=[])
    for entry in mine:
        low, high = entry.pool.span
        under = Q(community__code__gte=low, community__code__lt=high)
        near = Q(pk__in=[])
        for region in entry.regions.all():
            first, last = region.division.span
            near |= Q(community__code__gte=first, community__code__lt=last)
        wanted |= under & near & Q(fields__overlap=entry.fields)
    if not mine:
        return []
    found = ServiceRequest.objects.filter(wanted, state=RequestState.OPEN).exclude(
        offers__in=Offer.objects.filter(entry__user=user, state=Offer.State.DECLINED)
    )
    return list(found.select_related("community").order_by("wished_to", "pk")[:50])


# --- what came of it ---------------------------------------------------------------------------------------------------


def records_of(community: Division) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a community has on record that advice can have led to: (kind, [("kind/thing", name)]) for a choice. One query."""
    wanted = [one for one in kinds() if not one.is_event and not one.is_single and one.name]
    things = facts.things(community.pk, most=MOST_THINGS, wanted=wanted)
    titles = {one.key: one.title for one in wanted}
    return [
        (titles[key], [(f"{key}/{fact.thing}", showing.name(fact)) for fact in rows])
        for key, rows in things.items()
        if rows and key in titles
    ]


def record_link(request: ServiceRequest) -> tuple[str, str]:
    """The address and name of what was recorded because of the advice; empty where nothing is named. One query."""
    if request.record_thing is None:
        return "", ""
    names = facts.names_of(request.community_id, [request.record_kind])
    title = kind(request.record_kind).title
    name = names.get(request.record_thing, "已注销的登记")
    url = reverse("facts:record", args=[request.community.code, kind(request.record_kind), request.record_thing])
    return url, f"{title}：{name}"
