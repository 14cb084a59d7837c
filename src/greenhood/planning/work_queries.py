"""What is asked about work plans of communities: which criteria ask for one, what is missing, what residents said, how far it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from greenhood.accounts.access import scope
from greenhood.accounts.actor import Actor
from greenhood.activities.models import Activity, Category
from greenhood.assessments import standards
from greenhood.assessments.grounds import grounds_of
from greenhood.assessments.models import Assessment
from greenhood.assessments.queries import assessments as assessed
from greenhood.divisions.models import Division
from greenhood.kit.dates import today_in_shanghai
from greenhood.planning.models import Consultation, Opinion, Publication, WorkItem, WorkPlan
from greenhood.schemes.format import Criterion, Scheme
from greenhood.schemes.models import SchemeVersion

FILES = "planning.workplan"
MOST_MEETINGS = 30
PAGE = 50
ASKING = ("工作计划", "创建计划")
"""The words by which a standard asks for a work plan (四川附件1 #2: 制定有完整可行的创建工作计划)."""
CONSULTING = (Category.DELIBERATION, Category.JOINT_MEETING)


def with_place() -> QuerySet[WorkPlan]:
    found = WorkPlan.objects.select_related("community", "version__jurisdiction", "edited_by")
    return found.defer("community__bigrams", "version__document", "version__source_text")


@dataclass(frozen=True, slots=True)
class Asked:
    """A criterion that asks for a work plan, and the check of it that does (None: the line itself)."""

    criterion: Criterion
    check_no: int | None
    text: str


def asking(scheme: Scheme) -> list[Asked]:
    """The criteria of a scheme that ask for a work plan, found by their words, not by their number."""
    found = []
    for part in scheme.standard.parts:
        for line in part.criteria:
            checks = [at for at, check in enumerate(line.checks, 1) if _asks(check.text)]
            if _asks(line.title):
                found.append(Asked(line, checks[0] if checks else None, line.title))
            elif checks:
                found.append(Asked(line, checks[0], line.checks[checks[0] - 1].text))
    return found


def _asks(text: str) -> bool:
    return any(word in text for word in ASKING)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a complete plan has, and whether this one has it. ``name`` is where on the page it is put right."""

    name: str
    text: str
    holds: bool


@dataclass(frozen=True)
class Whole:
    """A work plan with all that belongs to it: four queries."""

    plan: WorkPlan

    @cached_property
    def items(self) -> list[WorkItem]:
        return list(self.plan.items.all())

    @property
    def consultations(self) -> list[Consultation]:
        return [one for one in self._noted if one.removed_at is None]

    @property
    def removed(self) -> list[Consultation]:
        """Consultations that were written down by mistake, and can be put back."""
        return [one for one in self._noted if one.removed_at is not None]

    @cached_property
    def _noted(self) -> list[Consultation]:
        return list(self.plan.consultations.all())

    @cached_property
    def opinions(self) -> list[Opinion]:
        return list(self.plan.opinions.all())

    @cached_property
    def publications(self) -> list[Publication]:
        return list(self.plan.publications.all())

    @property
    def checks(self) -> list[Check]:
        """Whether it is complete and can be carried out (计划内容完整，切实可行) and was agreed with residents (社区协商制定)."""
        named = bool(self.items) and all(item.owner and item.due_on for item in self.items)
        return [
            Check("goals", "写明了目标", bool(self.plan.goals.strip())),
            Check("items", "有具体的工作安排", bool(self.items)),
            Check("items", "每项有责任人和完成日期", named),
            Check("consultations", "与居民协商过，有记录", bool(self.consultations)),
            Check("opinions", "收到的意见都有答复", all(opinion.answered_at for opinion in self.opinions)),
        ]

    @property
    def missing(self) -> list[Check]:
        return [check for check in self.checks if not check.holds]

    @property
    def written(self) -> Iterator[tuple[str, str]]:
        """Everything in words that residents will read, with the part of the page that it stands in."""
        yield "goals", self.plan.goals
        for item in self.items:
            yield from (("items", text) for text in (item.title, item.owner, item.residents))
        for held in self.consultations:
            yield from (("consultations", text) for text in (held.form, held.summary))
        for said in self.opinions:
            yield from (("opinions", text) for text in (said.said_by, said.text, said.answer))

    @property
    def done(self) -> int:
        """The mean progress of the items, in percent."""
        return sum(item.progress for item in self.items) // len(self.items) if self.items else 0

    def overdue(self, today: dt.date) -> list[WorkItem]:
        return [item for item in self.items if item.due_on and item.due_on < today and item.progress < 100]

    @property
    def frozen(self) -> dict[str, Any]:
        """What residents see: the plan as it is published."""
        return {
            "goals": self.plan.goals,
            "items": [
                {
                    "title": item.title,
                    "criterion": item.criterion,
                    "owner": item.owner,
                    "due_on": item.due_on.isoformat() if item.due_on else "",
                    "money": f"{item.money.normalize():f}" if item.money is not None else "",
                    "residents": item.residents,
                }
                for item in self.items
            ],
            "consultations": [
                {"held_on": one.held_on.isoformat(), "form": one.form, "people": one.people, "summary": one.summary}
                for one in self.consultations
            ],
            "opinions": [
                {"said_by": one.said_by, "text": one.text, "answer": one.answer, "outcome": one.get_outcome_display()}
                for one in self.opinions
            ],
        }


def suggested_items(community: Division, version: SchemeVersion) -> list[dict[str, Any]]:
    """What a new work plan begins with: the least work that reaches the first level, after the community's latest self-assessment.

    Without one, the criteria that ask for something to be organised (easy to catch up on). Each is {criterion, title}.
    """
    assessment = assessed.of_community(community).order_by("-year").first()
    if assessment is not None and assessment.scheme_id == version.scheme_id:
        standard = standards.standard_of(assessment)
        rows = assessed.rows_of(assessment)
        ways = standards.advice_for(assessment, rows, grounds_of(assessment, standard, rows))
        if ways and ways[0].fixes:
            return [{"criterion": fix.no, "title": fix.title} for fix in ways[0].fixes]
    lines = [line for part in version.scheme.standard.parts for line in part.criteria if line.effort == "low"]
    return [{"criterion": line.no, "title": line.title} for line in lines]


def meetings(plan: WorkPlan) -> list[Activity]:
    """The recorded meetings with residents of the plan's year and the one before that aren't taken up yet. One query."""
    taken = [one.fact for one in plan.consultations.filter(removed_at=None) if one.fact]
    found = Activity.objects.filter(
        community=plan.community_id, until=None, category__in=CONSULTING,
        dated__gte=dt.date(plan.year - 1, 7, 1), dated__lte=dt.date(plan.year, 12, 31),
    ).exclude(thing__in=taken)  # fmt: skip
    return list(found.order_by("-dated")[:MOST_MEETINGS])


def years_to_start(community: Division, years: Sequence[int]) -> list[int]:
    """The years that a community has no plan of yet."""
    planned = set(WorkPlan.objects.filter(community=community, year__in=years).values_list("year", flat=True))
    return [year for year in years if year not in planned]


def is_plan_of(community: Division, pk: UUID) -> bool:
    """Whether the community has such a work plan: what minutes and photos are attached to."""
    return WorkPlan.objects.filter(pk=pk, community=community).exists()


def assessment_for(plan: WorkPlan) -> Assessment | None:
    """The self-assessment that the plan can prove something in: the year's, or the latest one that is still open."""
    found = assessed.of_community(plan.community).filter(locked_at=None)
    return found.order_by("-year").first()


def published(community: Division) -> list[Publication]:
    """What a community has published, the newest of every year."""
    found = Publication.objects.filter(plan__community=community).select_related("plan__community")
    return list(found.order_by("plan__year", "-number").distinct("plan__year"))[::-1]


# --- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WorkFilters:
    year: int
    state: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class WorkPage:
    rows: Sequence[WorkPlan]
    next: str
    previous: str


STATES = {"draft": "起草中", "consulted": "已协商，未公布", "published": "已公布"}


def listed(actor: Actor, filters: WorkFilters, *, after: str = "", before: str = "") -> WorkPage:
    """A page of the work plans in the post's scope, by community: one query."""
    found = _listed(actor, filters)
    backwards = before.isdecimal()
    key = before if backwards else after
    if key.isdecimal():
        found = found.filter(**{"community__code__lt" if backwards else "community__code__gt": int(key)})
    rows = list(found.order_by("-community__code" if backwards else "community__code")[: PAGE + 1])
    is_more, rows = len(rows) > PAGE, rows[:PAGE]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (is_more or backwards)
    has_previous = bool(rows) and (is_more if backwards else key.isdecimal())
    return WorkPage(
        rows, str(rows[-1].community.code) if has_next else "", str(rows[0].community.code) if has_previous else ""
    )


def to_export(actor: Actor, filters: WorkFilters) -> Iterator[WorkPlan]:
    return _listed(actor, filters).order_by("community__code").iterator(chunk_size=2000)


def _listed(actor: Actor, filters: WorkFilters) -> QuerySet[WorkPlan]:
    of = {"plan": OuterRef("pk")}
    items = WorkItem.objects.filter(**of).order_by().values("plan")
    late = Q(due_on__lt=today_in_shanghai(), progress__lt=100)
    found = with_place().filter(scope(actor), year=filters.year).annotate(
        is_published=Exists(Publication.objects.filter(**of)),
        is_consulted=Exists(Consultation.objects.filter(removed_at=None, **of)),
        item_count=items.annotate(n=Count("pk")).values("n"),
        done_count=items.filter(progress=100).annotate(n=Count("pk")).values("n"),
        late_count=items.filter(late).annotate(n=Count("pk")).values("n"),
    )  # fmt: skip
    match filters.state:
        case "draft":
            found = found.filter(is_published=False, is_consulted=False)
        case "consulted":
            found = found.filter(is_published=False, is_consulted=True)
        case "published":
            found = found.filter(is_published=True)
    word = filters.word.strip()
    if word.isdecimal() and len(word) <= 12:
        low = int(word.ljust(12, "0"))
        return found.filter(community__code__gte=low, community__code__lt=low + 10 ** (12 - len(word)))
    return found.filter(community__name__contains=word) if word else found


def totals(actor: Actor, year: int) -> dict[str, int]:
    """How many work plans there are in the post's scope in a year, and how many were published. One query."""
    found = WorkPlan.objects.filter(scope(actor), year=year)
    published_ = Exists(Publication.objects.filter(plan=OuterRef("pk")))
    return found.aggregate(plans=Count("pk"), published=Count("pk", filter=published_))


def state_of(row: Any) -> tuple[str, str]:
    """A listed plan's state and its words."""
    key = "published" if row.is_published else "consulted" if row.is_consulted else "draft"
    return key, STATES[key]
