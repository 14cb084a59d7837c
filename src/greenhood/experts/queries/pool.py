"""Who is in a pool, who may see it, and who is valid for what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import Http404

from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.accounts.models import Interest, Post, Role, User
from greenhood.accounts.queries import valid_on
from greenhood.divisions.models import Division, code_at
from greenhood.divisions.queries import paths
from greenhood.experts.models import (
    ACCEPTED,
    Document,
    Entry,
    Kind,
    Offer,
    Region,
    RequestState,
    ServiceRequest,
    State,
    Visit,
)
from greenhood.kit import paging
from greenhood.kit.dates import today_in_shanghai
from greenhood.kit.paging import Page

# A term that ends within so many days is warned of: time enough to ask the expert and to decide.
SOON = dt.timedelta(days=60)
# More pools than these are no list to choose from.
MOST_OFFERED = 60
ORDER = paging.by_time("changed_at", is_descending=True)


def codes_above(division: Division) -> set[int]:
    """The codes of a division and of everything that it lies within."""
    return {code_at(division.code, level) for level in range(division.level + 1)}


def valid(day: dt.date) -> Q:
    """A filter of the entries that may be asked for something on a day."""
    return Q(state=State.VALID, valid_from__lte=day, valid_to__gte=day)


def members_for(
    division: Division,
    *,
    fields: Iterable[str] = (),
    region: Division | None = None,
    kind: str = Kind.PERSON,
    on: dt.date | None = None,
) -> QuerySet[Entry]:
    """The valid members that a division may draw on: of its own pool, of those above it and of those within it.

    ``fields`` asks for any of them, ``region`` for those who serve that division or part of it. Ordered by key, with
    ``pool`` and ``user``.
    """
    low, high = division.span
    near = Q(pool__code__in=codes_above(division)) | Q(pool__code__gte=low, pool__code__lt=high)
    found = Entry.objects.filter(near, valid(on or today_in_shanghai()), kind=kind)
    if wanted := list(fields):
        found = found.filter(fields__overlap=wanted)
    if region is not None:
        found = found.filter(pk__in=serving(region))
    return found.select_related("pool", "user").defer("pool__bigrams").order_by("pk")


def serving(division: Division) -> QuerySet[Region, UUID]:
    """The keys of the entries that serve a division: all of it, or part of it."""
    low, high = division.span
    reach = Q(division__code__in=codes_above(division)) | Q(division__code__gte=low, division__code__lt=high)
    return Region.objects.filter(reach).values_list("entry", flat=True)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty values narrow nothing. ``state`` is a state, or expiring, expired or renewal."""

    word: str = ""
    kind: str = ""
    field: str = ""
    state: str = ""
    region: Division | None = None
    pool: Division | None = None


STATES = [*State.choices, ("expiring", "60 日内到期"), ("expired", "已到期"), ("renewal", "申请续期")]


def seen_by(actor: Actor) -> QuerySet[Entry]:
    """The entries that a post sees: all but drafts in the pools that it keeps, the valid ones of pools near it otherwise."""
    found = Entry.objects.select_related("pool").defer("pool__bigrams")
    if actor.is_system:
        return found
    if actor.post is None or not actor.may(Capability.VIEW):
        return found.none()
    low, high = actor.post.division.span
    within = Q(pool__code__gte=low, pool__code__lt=high)
    near = Q(pool__code__in=codes_above(actor.post.division)) | within
    usable = near & valid(today_in_shanghai())
    if not actor.may(Capability.KEEP_POOL):
        return found.filter(usable)
    return found.filter(usable | within & ~Q(state=State.DRAFT))


def listed(actor: Actor, filters: Filters) -> QuerySet[Entry]:
    found = seen_by(actor)
    if filters.pool is not None:
        found = found.filter(pool=filters.pool)
    if filters.kind in Kind.values:
        found = found.filter(kind=filters.kind)
    if filters.field:
        found = found.filter(fields__contains=[filters.field])
    if filters.region is not None:
        found = found.filter(pk__in=serving(filters.region))
    if filters.word:
        found = found.filter(Q(name__contains=filters.word) | Q(employer__contains=filters.word))
    return _in_state(found, filters.state)


def _in_state(found: QuerySet[Entry], state: str) -> QuerySet[Entry]:
    today = today_in_shanghai()
    match state:
        case "expiring":
            return found.filter(state=State.VALID, valid_to__gte=today, valid_to__lte=today + SOON)
        case "expired":
            return found.filter(state__in=ACCEPTED, valid_to__lt=today)
        case "renewal":
            return found.filter(state__in=ACCEPTED, renewal_asked_at__isnull=False)
        case state if state in State.values:
            return found.filter(state=state)
    return found


def page(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> Page[Entry]:
    """One page with the regions of each entry: two queries."""
    return paging.page(listed(actor, filters).prefetch_related("regions__division"), ORDER, after=after, before=before)


def pools(actor: Actor) -> list[tuple[Division, int]]:
    """The pools that a post sees something in, and how many. Two queries."""
    counts = dict(seen_by(actor).order_by().values_list("pool").annotate(Count("pk")))
    places = Division.objects.filter(pk__in=counts).defer("bigrams").order_by("level", "code")
    return [(place, counts[place.pk]) for place in places]


def export_rows(found: QuerySet[Entry], actor: Actor) -> Iterator[list[object]]:
    """One row per entry for a workbook, in batches; telephone and mail as on the page, for those who keep that pool."""
    rows = found.order_by("-changed_at", "-pk").prefetch_related("regions__division").iterator(chunk_size=1_000)
    for entry in rows:
        is_shown = actor.may(Capability.KEEP_POOL, entry.pool)
        yield [
            entry.pool.name, entry.get_kind_display(), entry.name, entry.employer, entry.title, entry.field_words,
            region_words(entry), entry.phone if is_shown else "", entry.email if is_shown else "",
            "已到期" if entry.is_expired else entry.get_state_display(), entry.valid_from, entry.valid_to, entry.reason,
        ]  # fmt: skip


EXPORT_HEADINGS = [
    "专家库", "类别", "姓名或机构名称", "工作单位", "职称资格", "专业领域", "服务地区", "联系电话", "邮箱", "状态", "有效期自",
    "有效期至", "理由",
]  # fmt: skip


def region_words(entry: Entry) -> str:
    return "、".join(region.division.name for region in entry.regions.all())


# --- one entry ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rights:
    """What somebody may do about one entry."""

    is_own: bool
    keeps: bool


def rights(actor: Actor, entry: Entry) -> Rights:
    """Its own expert, and the posts of the division whose pool it is; officers above look and don't decide."""
    is_own = actor.user is not None and entry.user_id == actor.user.pk
    keeps = actor.is_system or (
        actor.may(Capability.KEEP_POOL, entry.pool)
        and actor.post is not None
        and actor.post.division_id == entry.pool_id
    )
    return Rights(is_own, keeps and not is_own)


def entry_for(actor: Actor, pk: UUID) -> tuple[Entry, Rights]:
    """An entry with pool and user, and what the actor may do about it; 404 for who may not see it."""
    entry = Entry.objects.select_related("pool", "user").defer("pool__bigrams").filter(pk=pk).first()
    if entry is None:
        raise Http404
    found = rights(actor, entry)
    if not found.is_own and not seen_by(actor).filter(pk=pk).exists():
        raise Http404
    return entry, found


def own_entries(user: User) -> list[Entry]:
    """Every entry of a person, the present ones first."""
    found = Entry.objects.filter(user=user).select_related("pool").prefetch_related("regions__division")
    return sorted(found.order_by("-changed_at"), key=lambda entry: entry.state not in (*ACCEPTED, State.SUBMITTED))


def terms_of(entry: Entry) -> list[tuple[dt.date, dt.date]]:
    """The terms in which somebody stood in the pool, the earliest first: those before a late renewal, and the present one."""
    terms = [(term.valid_from, term.valid_to) for term in entry.earlier_terms.all()]
    if entry.valid_from is not None and entry.valid_to is not None:
        terms.append((entry.valid_from, entry.valid_to))
    return terms


def documents_of(entry: Entry) -> list[Document]:
    return list(entry.documents.select_related("blob", "uploaded_by"))


def interests_of(entry: Entry) -> list[tuple[str, str]]:
    """What an entry's person must not be asked about and why, as (place or employer, reason)."""
    if entry.user_id:
        found = Interest.objects.filter(user=entry.user_id).select_related("division")
        return [(str(interest), interest.reason) for interest in found]
    names = dict(
        Division.objects.filter(pk__in=[one["division"] for one in entry.interests if one["division"]]).values_list(
            "pk", "name"
        )
    )
    return [
        ("、".join(filter(None, [names.get(one["division"], ""), one["employer"]])), one["reason"])
        for one in entry.interests
    ]


def holds_expert_post(user: User) -> bool:
    return Post.objects.filter(valid_on(today_in_shanghai()), user=user, role=Role.EXPERT).exists()


def pools_on_offer(actor: Actor) -> list[Division]:
    """The divisions where somebody keeps a pool today; of many, those that the actor's own place lies in.

    Others are found by name in the form, which takes any of them.
    """
    from_posts = Post.objects.filter(
        valid_on(today_in_shanghai()), role__in=[Role.COUNTY_OFFICER, Role.CITY_OFFICER, Role.PROVINCE_OFFICER]
    )
    found = Division.objects.filter(pk__in=from_posts.values("division"), valid_to=None).defer("bigrams")
    few = list(found.order_by("code")[: MOST_OFFERED + 1])
    if len(few) <= MOST_OFFERED:
        return few
    own = paths([actor.post.division])[actor.post.division_id] if actor.post else []
    return list(found.filter(pk__in=[each.pk for each in own]).order_by("code"))


def load_of(entry: Entry) -> dict[str, int]:
    """What an expert has to do and has done: open offers, services under way, services closed, visits. One query each."""
    counted = ServiceRequest.objects.filter(entry=entry)
    return {
        "offers": Offer.objects.filter(entry=entry, state=Offer.State.OPEN).count(),
        "under_way": counted.filter(state=RequestState.TAKEN).count(),
        "closed": counted.filter(state=RequestState.CLOSED).count(),
        "visits": Visit.objects.filter(entry=entry, state=Visit.State.COMPLETED).count(),
    }
