"""What is asked about plans: what a post writes, receives and sees below it, and how a plan stands to the higher scheme."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from greenhood.accounts import waiting
from greenhood.accounts.actor import Actor
from greenhood.accounts.capabilities import Capability
from greenhood.declarations.paging import PAGE
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.insight.queries import lower_divisions
from greenhood.kit.dates import today_in_shanghai
from greenhood.planning import drafting, explaining, sections
from greenhood.planning.models import STATE, STATE_TITLES, Plan, Submission
from greenhood.reporting.models import OWED, Obligation, State
from greenhood.schemes import against, checking
from greenhood.schemes.against import Comparison, Outcome
from greenhood.schemes.format import Section as EntrySection
from greenhood.schemes.format import Setting
from greenhood.schemes.models import SchemeVersion, schemes_of
from greenhood.schemes.problems import Problem
from greenhood.schemes.queries import newest, scheme_for

FILES = "planning.plan"
LONGEST_REPORT_TEXT = 19_000
REQUIRED = {"goals": "创建目标", "yearly": "年度计划", "measures": "实施措施", "duties": "职责分工"}
"""What a plan can't be filed without: 创建目标和时序、工作措施、责任分工, in the words of the documents that ask for one."""

SECTION_OF = (
    ("plan.entry_points", "entry_points"),
    ("plan.yearly", "yearly"),
    ("plan.key_projects", "projects"),
    ("plan.measures", "measures"),
    ("goals", "goals"),
    ("phases", "phases"),
    ("duties", "duties"),
    ("standards", "standard"),
    ("calendar", "calendar"),
    ("settings", "settings"),
)


# --- one plan --------------------------------------------------------------------------------------------------------


def with_all() -> QuerySet[Plan]:
    """Plans with what their own page needs."""
    return Plan.objects.select_related(
        "division", "receiver", "higher__jurisdiction", "based_on", "version", "obligation__receiver", "obligation__reporter",
        "obligation__version", "decided_by", "edited_by",
    ).defer(
        "division__bigrams", "receiver__bigrams", "higher__document", "higher__source_text", "based_on__document",
        "version__document", "version__source_text", "obligation__version__document", "obligation__version__source_text",
    )  # fmt: skip


def higher_for(division: Division) -> SchemeVersion | None:
    """The scheme in force of the place above: what a plan of the division implements."""
    if division.level == Level.NATION:
        return None
    above = divisions.ancestors(division)
    own = [one for one in above if one.pk != division.pk]
    return scheme_for(own[-1]) if own else None


def newer_above(plan: Plan) -> SchemeVersion | None:
    """The higher scheme in force, where it is no longer the version that the plan stands under."""
    found = higher_for(plan.division)
    return found if found is not None and found.pk != plan.higher_id else None


def own_scheme(division: Division) -> SchemeVersion | None:
    """The scheme that is in force of the division itself, not one from above."""
    found = scheme_for(division)
    return found if found is not None and found.jurisdiction_id == division.pk else None


def last_published(division: Division) -> Plan | None:
    return Plan.objects.filter(division=division, published_at__isnull=False).order_by("-published_at").first()


def in_work(division: Division) -> Plan | None:
    return with_all().filter(division=division, published_at=None, discarded_at=None).first()


def owed_plan(division: Division, year: int) -> Obligation | None:
    """The obligation of the calendar above that a plan of a year answers: due in that year, or before it for the next year."""
    found = Obligation.objects.filter(reporter=division, state__in=OWED, year__in=(year, year - 1))
    rows = list(
        found.filter(~Exists(Plan.objects.filter(obligation=OuterRef("pk"), discarded_at=None))).order_by(
            "-year", "deadline"
        )
    )
    schemes = schemes_of({row.version_id for row in rows})
    for row in rows:
        entry = next((one for one in schemes[row.version_id].calendar if one.key == row.entry), None)
        if entry is not None and entry.kind == "plan":
            return row
    return None


def answering(obligation: Obligation) -> Plan | None:
    """The plan that an obligation is answered with, or the draft that will be: the one in work in that year."""
    found = Plan.objects.filter(discarded_at=None)
    draft = found.filter(
        division=obligation.reporter_id,
        year__in=(obligation.year, obligation.year + 1),
        published_at=None,
        own_state=State.OPEN,
    )
    return found.filter(obligation=obligation).first() or draft.first()


@dataclass(frozen=True)
class Finding:
    """Something to put right, and the section of the form where that is done."""

    section: str
    text: str
    is_error: bool = True

    @property
    def section_title(self) -> str:
        known = sections.BY_KEY.get(self.section)
        return known.title if known else "与上级方案对照"


@dataclass(frozen=True)
class Looked:
    """A plan as looked at: the scheme that it makes, what is wrong with it, and how it stands to the higher one."""

    plan: Plan
    draft: drafting.Draft
    findings: tuple[Finding, ...]

    @cached_property
    def comparisons(self) -> list[Comparison]:
        order = list(Outcome)
        return sorted(_compared(self.draft), key=lambda one: order.index(one.outcome))

    @property
    def differing(self) -> list[Comparison]:
        return [one for one in self.comparisons if one.outcome is not Outcome.UNCHANGED]

    @property
    def unchanged(self) -> list[Comparison]:
        return [one for one in self.comparisons if one.outcome is Outcome.UNCHANGED]

    @property
    def loosened(self) -> list[Comparison]:
        return against.loosened(self.comparisons)

    @property
    def values(self) -> explaining.Values:
        """What is loosened under each key, as the reasons for it are bound to."""
        return explaining.values_of(self.comparisons)

    @property
    def unexplained(self) -> list[Comparison]:
        return [one for one in self.loosened if one.lacks_reason]

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        numbers = dict.fromkeys(Outcome, 0)
        for one in self.comparisons:
            numbers[one.outcome] += 1
        return [(outcome.value, against.OUTCOMES[outcome], count) for outcome, count in numbers.items()]

    @property
    def errors(self) -> list[Finding]:
        return [one for one in self.findings if one.is_error]

    @property
    def notices(self) -> list[Finding]:
        return [one for one in self.findings if not one.is_error]

    @property
    def missing(self) -> list[Finding]:
        return [
            Finding(key, f"“{title}”还没有写。") for key, title in REQUIRED.items() if not self.plan.content.get(key)
        ]

    @property
    def in_the_way(self) -> dict[str, str]:
        """Why it can't be filed, by section; what loosens without a reason is said with the higher clause."""
        found: dict[str, str] = {}
        for one in [*self.missing, *self.errors]:
            found.setdefault(one.section, one.text)
        for each in self.unexplained:
            found[f"reason-{each.key}"] = (
                f"放宽了上级方案（{each.source}）：{each.title}，上级“{each.higher}”，本方案“{each.lower}”，请收紧，或写明理由。"
            )
        return found


def looked_at(plan: Plan) -> Looked:
    """A plan read, checked and compared. A reason counts only for the values that it was given for."""
    draft = _draft(plan, plan.content)
    if spent := explaining.spent(plan.content, explaining.values_of(_compared(draft))):
        draft = _draft(plan, explaining.without(plan.content, spent))
    problems = checking.check_loaded(draft.loaded) if draft.loaded else list(draft.problems)
    # What is loosened is told by the comparison, with both values and the clause.
    told = ("放宽了上级", "低于上级目标", "没有对应上级目标", "没有细化上级标准")
    findings = [_finding(one) for one in problems if not (one.severity == "notice" and one.message.startswith(told))]
    return Looked(plan, draft, tuple(dict.fromkeys(findings)))


def _draft(plan: Plan, content: drafting.Content) -> drafting.Draft:
    return drafting.built(
        content, division=plan.division, scheme_id=plan.scheme_id, higher=plan.higher, based_on=plan.based_on
    )


def _compared(draft: drafting.Draft) -> list[Comparison]:
    if draft.loaded is None or draft.loaded.higher is None:
        return []
    return against.compare(draft.loaded.higher.scheme, draft.loaded.scheme)


def _finding(problem: Problem) -> Finding:
    section = next((key for place, key in SECTION_OF if problem.where.startswith(place)), "head")
    hint = f"（{problem.hint}）" if problem.hint else ""
    return Finding(section, f"{problem.message}{hint}", problem.severity == "error")


def open_sections(plan: Plan) -> set[str]:
    """The sections that may be written now: all of them, or the head and those that were returned."""
    if not plan.is_open:
        return set()
    if plan.state != State.RETURNED:
        return set(sections.BY_KEY)
    return {"head", *returned_sections(plan)}


def returned_sections(plan: Plan) -> dict[str, str]:
    """The sections that were returned, each with the reason; those of a calendar's entry stand for several of the plan's."""
    if plan.state != State.RETURNED:
        return {}
    if plan.obligation is None:
        return dict(plan.returned)
    shared = shares(entry_sections(plan))
    return {key: reason for entry, reason in plan.obligation.returned.items() for key in shared.get(entry, [])}


def entry_sections(plan: Plan) -> Sequence[EntrySection]:
    """The sections that the calendar asks for; none where it doesn't ask for the plan."""
    if plan.obligation is None:
        return ()
    scheme = schemes_of([plan.obligation.version_id])[plan.obligation.version_id]
    entry = next((one for one in scheme.calendar if one.key == plan.obligation.entry), None)
    return tuple(entry.sections) if entry else ()


def shares(asked: Sequence[EntrySection]) -> dict[str, list[str]]:
    """Which of the plan's sections answer each section that a calendar asks for, by the words of its title; the rest the last one."""
    found: dict[str, list[str]] = {one.key: [] for one in asked}
    for section in sections.SECTIONS:
        if section is sections.HEAD or not asked:
            continue
        about = [one for one in asked if any(word in one.title for word in section.about)]
        found[(about or [asked[-1]])[0].key].append(section.key)
    return found


def texts_for(plan: Plan, asked: Sequence[EntrySection]) -> dict[str, str]:
    """What the plan says under each section that the calendar asks for, in plain lines."""
    raw = drafting.raw_of(
        plan.content, division=plan.division, scheme_id=plan.scheme_id, higher=plan.higher, based_on=plan.based_on
    )
    said: dict[str, list[str]] = {}
    for clause in raw["clauses"]:
        numeral = clause["ref"].removeprefix("计划").partition("·")[0]
        key = next((key for key, own in sections.NUMERALS.items() if own == numeral), "")
        said.setdefault(key, []).append(clause["text"])
    return {one: _text(said, keys) for one, keys in shares(asked).items()}


def told(looked: Looked) -> str:
    """How a plan stands to the higher scheme, in lines for whoever receives it with the reports."""
    counted = "，".join(f"{title} {count} 处" for key, title, count in looked.counts if count and key != "unchanged")
    loosened = [
        f"放宽：{one.title}（{one.source}），上级“{one.higher}”，本方案“{one.lower}”，理由：{one.reason}"
        for one in looked.loosened
    ]
    where = f"全文和逐条对照见平台“实施方案”：{looked.plan.get_absolute_url()}"
    return "\n".join([f"【与上级方案对照】{counted or '没有不同'}。", *loosened, where])


def closed_with(text: str, end: str) -> str:
    """A report's text with an end that is never cut off."""
    end = end[: LONGEST_REPORT_TEXT // 2]
    return f"{text[: LONGEST_REPORT_TEXT - len(end)]}\n{end}"


def _text(said: Mapping[str, list[str]], keys: Iterable[str]) -> str:
    parts = []
    for key in keys:
        if lines := said.get(key):
            numbered = [f"{at}. {line}" for at, line in enumerate(lines, 1)]
            parts.append("\n".join([f"【{sections.BY_KEY[key].title}】", *numbered]))
    text = "\n".join(parts) or "本部分沿用上级方案，没有另作规定。"
    return text if len(text) <= LONGEST_REPORT_TEXT else f"{text[:LONGEST_REPORT_TEXT]}\n（其余见方案全文）"


def open_settings(plan: Plan) -> list[Setting]:
    """The settings that the plan may choose: those that take effect in what it makes."""
    draft = looked_at(plan).draft
    loaded = draft.loaded
    if loaded is None:
        return []
    return [one for one in loaded.scheme.settings if one.open and one.key in loaded.effects]


def is_plan_of(division: Division, pk: UUID) -> bool:
    """Whether the division has such a plan: what files are attached to."""
    return Plan.objects.filter(pk=pk, division=division).exists()


def submission_of(plan: Plan, number: int) -> Submission | None:
    return (
        plan.submissions.select_related("filed_by", "filed_post", "higher__jurisdiction").filter(number=number).first()
    )


# --- what waits ------------------------------------------------------------------------------------------------------


def _to_receive(actor: Actor) -> QuerySet[Plan] | None:
    if actor.post is None or not actor.may(Capability.REPORT):
        return None
    return Plan.objects.filter(receiver=actor.post.division, own_state=State.FILED)


def _returned(actor: Actor) -> QuerySet[Plan] | None:
    if actor.post is None or not actor.may(Capability.PLAN):
        return None
    return Plan.objects.filter(division=actor.post.division, own_state=State.RETURNED, discarded_at=None)


def _to_publish(actor: Actor) -> QuerySet[Plan] | None:
    """Plans that were accepted: the division's own, and those of its streets, which have nobody who may publish."""
    if actor.post is None or not actor.may(Capability.PUBLISH_SCHEME):
        return None
    own = Q(division=actor.post.division) | Q(division__parent=actor.post.division, division__level=Level.STREET)
    accepted = Q(own_state=State.ACCEPTED) | Q(obligation__state=State.ACCEPTED)
    return Plan.objects.filter(own & accepted, published_at=None, discarded_at=None)


WAITING = (
    waiting.Kind("plans_to_receive", "等我备案的实施方案", "份", "planning:plans", _to_receive, anchor="receive"),
    waiting.Kind("plans_returned", "退回修改的实施方案", "份", "planning:plans", _returned, anchor="own"),
    waiting.Kind("plans_to_publish", "已备案、待发布的实施方案", "份", "planning:plans", _to_publish, anchor="publish"),
)


def to_receive(actor: Actor) -> list[Plan]:
    found = _to_receive(actor)
    return [] if found is None else list(_brief(found).order_by("filed_at")[:50])


def to_publish(actor: Actor) -> list[Plan]:
    found = _to_publish(actor)
    return [] if found is None else list(_brief(found).order_by("decided_at")[:50])


def of_division(division: Division) -> list[Plan]:
    """A division's plans, the newest first."""
    return list(_brief(Plan.objects.filter(division=division)).order_by("-year", "-created_at")[:50])


def _brief(found: QuerySet[Plan]) -> QuerySet[Plan]:
    return found.select_related("division", "receiver", "obligation", "version").defer(
        "content",
        "division__bigrams",
        "receiver__bigrams",
        "version__document",
        "version__source_text",
        "obligation__texts",
    )


# --- the divisions below ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list of divisions below is narrowed to; empty values narrow nothing."""

    year: int
    level: int
    state: str = ""
    word: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A division, its plan of the year, and the obligation to file one."""

    division: Division
    plan: Plan | None
    obligation: Obligation | None
    today: dt.date

    @property
    def state(self) -> str:
        if self.plan is not None:
            return self.plan.shown_state
        return "overdue" if self.is_late else "none"

    @property
    def state_title(self) -> str:
        if self.plan is not None:
            return self.plan.state_title
        return "逾期未报" if self.is_late else "未开始"

    @property
    def is_late(self) -> bool:
        owed = self.obligation
        return owed is not None and late_days(owed, self.today) > 0

    @property
    def late_days(self) -> int:
        return late_days(self.obligation, self.today) if self.obligation else 0


@dataclass(frozen=True, slots=True)
class LinePage:
    lines: Sequence[Line]
    next: str
    previous: str


LIST_STATES = {"none": "未开始", **STATE_TITLES, "late": "逾期或迟报"}
del LIST_STATES["discarded"]


def late_days(owed: Obligation, today: dt.date) -> int:
    filed = today_in_shanghai(owed.filed_at) if owed.filed_at else today
    return max((filed - owed.deadline).days, 0)


def default_level(division: Division) -> int:
    """The level right below a division that people speak of."""
    lower = lower_divisions(division)
    level = min((one.level for one in lower), default=division.level)
    return min(level, Level.STREET) if division.level < Level.STREET else division.level


def lines(actor: Actor, filters: Filters, *, after: str = "", before: str = "") -> LinePage:
    """A page of the divisions below with their plans: three queries, whatever their number."""
    found = _listed(actor, filters)
    backwards = before.isdecimal()
    key = before if backwards else after
    if key.isdecimal():
        found = found.filter(**{"code__lt" if backwards else "code__gt": int(key)})
    rows = list(found.order_by("-code" if backwards else "code")[: PAGE + 1])
    is_more = len(rows) > PAGE
    rows = rows[:PAGE]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (is_more or backwards)
    has_previous = bool(rows) and (is_more if backwards else key.isdecimal())
    return LinePage(
        _lines(rows, filters.year), str(rows[-1].code) if has_next else "", str(rows[0].code) if has_previous else ""
    )


def to_export(actor: Actor, filters: Filters) -> Iterator[Line]:
    """The same list whole, read in pieces."""
    found = _listed(actor, filters).order_by("code")
    start = 0
    while rows := list(found.filter(code__gte=start)[:1000]):
        yield from _lines(rows, filters.year)
        start = rows[-1].code + 1


def _lines(rows: Sequence[Division], year: int) -> list[Line]:
    today = today_in_shanghai()
    plans: dict[int, Plan] = {}
    for plan in _brief(Plan.objects.filter(division__in=rows, year=year, discarded_at=None)).order_by("created_at"):
        plans[plan.division_id] = plan
    owed = {row.reporter_id: row for row in _owed(year).filter(reporter__in=rows).order_by("-deadline")}
    return [
        Line(row, plan, (plan.obligation if plan and plan.obligation else owed.get(row.pk)), today)
        for row in rows
        for plan in [plans.get(row.pk)]
    ]


def _owed(year: int) -> QuerySet[Obligation]:
    """The obligations of a year to file a plan."""
    asked = Q(pk__in=[])
    versions = list(newest())
    schemes = schemes_of(version.pk for version in versions)
    for version in versions:
        if keys := [entry.key for entry in schemes[version.pk].calendar if entry.kind == "plan"]:
            asked |= Q(scheme_id=version.scheme_id, entry__in=keys)
    return Obligation.objects.filter(asked, year=year).defer("texts", "typed", "returned", "reasons")


def _listed(actor: Actor, filters: Filters) -> QuerySet[Division]:
    post = actor.post
    if post is None:
        return Division.objects.none()
    found = divisions.within(post.division).filter(level=filters.level).defer("bigrams")
    # Rows that the code needs and nobody speaks of have no government that plans.
    found = found.exclude(level=Level.CITY, name__in=["市辖区", "县"])
    plans = Plan.objects.filter(division=OuterRef("pk"), year=filters.year, discarded_at=None).annotate(state_=STATE)
    owed = _owed(filters.year).filter(reporter=OuterRef("pk"))
    match filters.state:
        case "none":
            found = found.filter(~Exists(plans))
        case "published":
            found = found.filter(Exists(plans.filter(published_at__isnull=False)))
        case "late":
            late = Q(filed_at=None, deadline__lt=today_in_shanghai()) | Q(filed_at__date__gt=F("deadline"))
            found = found.filter(Exists(owed.filter(late)))
        case state if state in State.values:
            found = found.filter(Exists(plans.filter(state_=state, published_at=None)))
    word = filters.word.strip()
    if word.isdecimal():
        return found.filter(code__startswith=word)
    return found.filter(name__contains=word) if word else found
