"""What must happen by when so that a goal is reached: how many more, declared by which day, how many a month; and who is near."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet

from greenhood.declarations.models import LIVE, Award, Declaration, Standing
from greenhood.declarations.models import State as Stage
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level, code_at
from greenhood.insight.progress import LEVEL_OF
from greenhood.insight.subjects import counted
from greenhood.kit.dates import add_working_days
from greenhood.programme.lines import Progress
from greenhood.programme.models import Measure
from greenhood.programme.queries.pilots import is_pilot
from greenhood.schemes.format import Quota, Scheme, StepKind, Title
from greenhood.schemes.models import SchemeVersion

LEAST_COMPLETED = 5
YEARS_BACK = 2
MOST_NEAR = 20
MONTH = Decimal("30.4")


@dataclass(frozen=True, slots=True)
class Lead:
    """How long it takes from declaring to the title, in calendar days, and where that is known from."""

    days: int
    basis: str


@dataclass(frozen=True, slots=True)
class Way:
    """``needed`` more declarations (or beginnings, or pilots) until ``latest``, that is ``a_month``; ``in_hand`` are on their way."""

    missing: int
    in_hand: int
    needed: int
    lead: Lead | None
    latest: dt.date
    fixed_day: str
    months: Decimal
    a_month: int
    verb: str

    @property
    def is_too_late(self) -> bool:
        return self.needed > 0 and self.months <= 0

    @property
    def is_tight(self) -> bool:
        """Whether what is declared already would not be done by the goal's day at the usual pace."""
        return self.in_hand > 0 and self.months <= 0


def way_to(row: Progress, scheme: Scheme | None) -> Way | None:
    """What has to happen until the goal's day; None where it is reached or its day is past. Two queries."""
    line = row.line
    if row.missing == 0 or row.is_past:
        return None
    if line.measure in (Measure.PARTICIPATING, Measure.PILOTS):
        verb = "启动创建（开始自评或申报）" if line.measure is Measure.PARTICIPATING else "选定为试点"
        return _way(row, 0, None, line.by, "", verb)
    in_hand = min(row.missing, _in_hand(line.division, line.measure, scheme))
    lead = lead_in(line.division, line.measure, scheme, row.today)
    latest = line.by - dt.timedelta(days=lead.days) if lead else line.by
    fixed, words = _fixed_day(scheme, line.by)
    if fixed is not None and fixed < latest:
        latest = fixed
    return _way(row, in_hand, lead, latest, words if fixed == latest else "", "申报")


def _way(row: Progress, in_hand: int, lead: Lead | None, latest: dt.date, fixed: str, verb: str) -> Way:
    needed = row.missing - in_hand
    months = (Decimal((latest - row.today).days) / MONTH).quantize(Decimal("0.1"))
    a_month = (
        int((Decimal(needed) / max(months, Decimal(1))).to_integral_value(ROUND_CEILING)) if months > 0 else needed
    )
    return Way(row.missing, in_hand, needed, lead, latest, fixed, months, a_month, verb)


def lead_in(division: Division, measure: Measure, scheme: Scheme | None, today: dt.date) -> Lead | None:
    """The median of what was completed here in the last years; with too few, the days that the scheme gives its steps."""
    low, high = division.span
    with connection.cursor() as cursor:
        cursor.execute(
            """select percentile_cont(0.5) within group (order by w.awarded_on - (x.declared_at at time zone 'Asia/Shanghai')::date),
                count(*)
               from declarations_award w join declarations_declaration x on x.id = w.declaration_id
               join divisions_division d on d.id = w.community_id
               where d.code >= %s and d.code < %s and w.awarded_on >= %s and w.is_advanced = %s""",
            [low, high, today - dt.timedelta(days=365 * YEARS_BACK), measure is Measure.DEMONSTRATION],
        )
        median, number = cursor.fetchone()
    if number >= LEAST_COMPLETED:
        return Lead(round(median), f"本辖区近 {YEARS_BACK} 年办结的 {number} 件，从申报到命名天数的中位数")
    return _lead_of(scheme, today, number)


def _lead_of(scheme: Scheme | None, today: dt.date, completed: int) -> Lead | None:
    if scheme is None:
        return None
    days, open_ended = 0, 0
    for step in scheme.procedure.steps:
        spans = [(step.due.days, step.due.day_kind)] if step.due and step.due.days else []
        if step.kind is StepKind.NOTICE and step.days:
            spans.append((step.days, step.day_kind))
        if not spans and step.kind is not StepKind.DECLARE:
            open_ended += 1
        for count, kind in spans:
            days += (add_working_days(today, count) - today).days if kind == "working" else count
    if not days:
        return None
    rest = f"；另有 {open_ended} 个环节方案没有规定天数，不计在内，实际会更长" if open_ended else ""
    return Lead(days, f"本辖区办结的只有 {completed} 件，不足 {LEAST_COMPLETED} 件，按方案各环节的天数合计{rest}")


def _fixed_day(scheme: Scheme | None, by: dt.date) -> tuple[dt.date | None, str]:
    """The last day for declarations that the scheme itself gives before the goal's day: of that year, else of the year before."""
    if scheme is None:
        return None, ""
    due = [(batch.declare_by, batch.title) for batch in scheme.procedure.batches]
    due += [(step.due, step.title) for step in scheme.procedure.steps if step.kind is StepKind.DECLARE and step.due]
    days = [
        (_day(year, one.month, one.day), title)
        for one, title in due
        if one.month and one.day
        for year in (by.year - 1, by.year)
    ]
    usable = [(day, title) for day, title in days if day <= by]
    if not usable:
        return None, ""
    day, title = max(usable)
    return day, f"方案规定的申报截止日（{title}，{scheme.procedure.source}）"


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return dt.date(year, month, 28)


def _in_hand(division: Division, measure: Measure, scheme: Scheme | None) -> int:
    """How many communities have a declaration under way for a title of this kind."""
    low, high = division.span
    rows = Declaration.objects.filter(status__in=LIVE, community__code__gte=low, community__code__lt=high)
    advanced = [title.key for title in scheme.titles if title.requires] if scheme else []
    is_advanced = Q(title__in=advanced)
    rows = rows.filter(is_advanced) if measure is Measure.DEMONSTRATION else rows.exclude(is_advanced)
    return rows.order_by().values("community").distinct().count()


@dataclass(frozen=True, slots=True)
class Near:
    """A community that has not got there yet, and how far it is by its own assessment."""

    community: Division
    state: str
    state_label: str
    total: Decimal | None
    missed: int
    is_pilot: bool = False


def nearest(row: Progress, versions: Sequence[SchemeVersion]) -> list[Near]:
    """Those that could be next: declared first, then by their total. Two queries; pilots are marked."""
    division, measure = row.line.division, row.line.measure
    if division.level == Level.COMMUNITY or measure is Measure.PILOTS:
        return []
    if measure is Measure.PARTICIPATING:
        low, high = division.span
        idle = counted(list(versions)).filter(code__gte=low, code__lt=high, standing=None).defer("bigrams")
        return _marked([Near(each, "none", "尚未参与", None, 0) for each in idle.order_by("code")[:MOST_NEAR]])
    rows = _standings(division, measure, versions)[:MOST_NEAR]
    return _marked(
        [Near(row.community, row.state, row.get_state_display(), row.total, len(row.missed)) for row in rows]
    )


def _marked(found: list[Near]) -> list[Near]:
    chosen = is_pilot(each.community.pk for each in found)
    return [replace(each, is_pilot=each.community.pk in chosen) for each in found]


def _standings(division: Division, measure: Measure, versions: Sequence[SchemeVersion]) -> QuerySet[Standing]:
    low, high = division.span
    subjects = counted(list(versions)).filter(code__gte=low, code__lt=high).order_by().values("pk")
    rows = Standing.objects.filter(community__code__gte=low, community__code__lt=high, community__in=subjects)
    rows = (
        rows.filter(reached=True, demonstration=False)
        if measure is Measure.DEMONSTRATION
        else rows.filter(reached=False)
    )
    return (
        rows.select_related("community")
        .defer("community__bigrams", "parts")
        .annotate(is_declared=ExpressionWrapper(Q(state=Stage.DECLARED), output_field=BooleanField()))
        .order_by("-is_declared", F("total").desc(nulls_last=True), "community__code")
    )


@dataclass(frozen=True, slots=True)
class Places:
    """What a quota of a title leaves in one division: its limit, how many are taken, and how the limit came about."""

    title: str
    quota: Quota
    division: Division
    limit: int
    taken: int
    subjects: int | None

    @property
    def left(self) -> int:
        return max(0, self.limit - self.taken)


def places_left(division: Division, version: SchemeVersion | None, year: int) -> list[Places]:
    """The quotas of the titles in force that a division stands under, with what they leave. Few queries for each quota.

    A quota within each division of a lower level is shown there, and left out here.
    """
    if version is None:
        return []
    found = []
    for title in version.scheme.titles:
        for quota in title.quotas:
            level = LEVEL_OF[quota.within]
            if quota.kind == "rank" or level > division.level:
                continue
            place = divisions.current().filter(level=level, code=code_at(division.code, level)).first()
            if place is not None:
                found.append(_places(version, title, quota, place, year))
    return found


def _places(version: SchemeVersion, title: Title, quota: Quota, place: Division, year: int) -> Places:
    low, high = place.span
    held = Award.objects.filter(
        scheme_id=version.scheme_id, title=title.key, state__in=Award.IN_FORCE, community__code__gte=low, community__code__lt=high
    )  # fmt: skip
    if quota.years:
        held = held.filter(awarded_on__year__gt=year - quota.years, awarded_on__year__lte=year)
    if quota.kind != "share":
        return Places(title.title, quota, place, quota.count or 0, held.count(), None)
    subjects = divisions.count_subjects(version.scheme.subjects, [place])[place.pk]
    limit = int(((quota.share or Decimal(0)) * subjects).to_integral_value(ROUND_FLOOR))
    return Places(title.title, quota, place, limit, held.count(), subjects)
