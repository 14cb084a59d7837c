"""One goal among the divisions directly below another: what each has to reach, how far it is, and whether it all adds up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from greenhood.divisions.models import Division, Level, code_at
from greenhood.insight.progress import Counts
from greenhood.insight.queries import lower_divisions
from greenhood.programme import figures, histories
from greenhood.programme.lines import Line, Origin, Progress, State, count_of, is_meant, of_issue
from greenhood.programme.models import Allotment, Base, Issue, Measure
from greenhood.programme.queries.goals import Below, bound_divisions, progress_of
from greenhood.schemes.models import SchemeVersion

SORTS = {
    "code": "行政区划顺序",
    "missing": "差得多的在前",
    "share": "完成比例低的在前",
    "subjects": "创建对象多的在前",
}
SHOW = {"": "全部", "behind": "落后的", "missing": "还没有达到的", "met": "已达到的"}


@dataclass(frozen=True, slots=True)
class Lower:
    """One lower division: its line with figures, or how many below it have reached theirs."""

    division: Division
    progress: Progress
    below: Below | None = None
    onward: Issue | None = None

    @property
    def is_done(self) -> bool:
        if self.below is not None:
            return self.below.met >= self.below.bound
        return self.progress.state in (State.MET, State.LATE, State.EMPTY)

    @property
    def is_behind(self) -> bool:
        return self.progress.is_behind if self.below is None else False

    @property
    def missing(self) -> int:
        return self.below.bound - self.below.met if self.below is not None else self.progress.missing


def current_issue(division: Division, key: tuple[str, str], scope: Issue.Scope = Issue.Scope.LOWER) -> Issue | None:
    """What a division has passed down of a goal and is in force."""
    found = Issue.objects.filter(division=division, scope=scope, scheme=key[0], entry=key[1], ended_at=None)
    return found.select_related("issued_by", "issued_post", "version__jurisdiction").first()


def lower_of(line: Line, versions: Sequence[SchemeVersion], today: dt.date) -> list[Lower]:
    """Everybody directly below the line's division, by code. A fixed number of queries."""
    division = line.division
    places = lower_divisions(division)
    counts = figures.counts_for(places, versions)
    pilots = figures.pilots_for(places, key=line.key) if line.measure is Measure.PILOTS and places else {}
    issue = current_issue(division, line.key)
    allotted = {row.division_id: row for row in issue.allotments.all()} if issue else {}
    kept = Base.objects.filter(division__in=[each.pk for each in places], scheme=line.scheme, entry=line.entry)
    bases = {(row.division_id, row.by): row for row in kept}
    below = _below(line, places)
    found = []
    begins = line.begins
    before = (
        histories.below_on(division, places, begins, versions)
        if line.by >= today >= begins and line.measure is not Measure.PILOTS
        else {}
    )
    onward = _onward(places, line)
    for place in places:
        own = _line_for(place, line, issue, allotted.get(place.pk), below)
        row = progress_of(
            own, counts[place.pk], pilots.get(place.pk, 0), count_of(line.measure, before.get(place.pk, Counts())),
            bases.get((place.pk, own.by)), today,
        )  # fmt: skip
        found.append(Lower(place, row, below.get(place.pk), onward.get(place.pk)))
    return found


def _line_for(
    place: Division, line: Line, issue: Issue | None, allotment: Allotment | None, below: Mapping[int, Below]
) -> Line:
    if issue is not None and allotment is not None:
        handed = of_issue(place, issue, allotment.share, allotment.count, issue.issued_at.date())
        return replace(handed, begins=line.begins, begins_why=line.begins_why)
    if place.pk in below:
        return replace(line, division=place, origin=Origin.EACH, issue=None)
    if line.origin is Origin.EACH and is_meant(line.kinds, place):
        return replace(line, division=place, origin=Origin.SCHEME, issue=None)
    return replace(
        line, division=place, origin=Origin.WHOLE, issue=None, count=None if line.share is None else line.count
    )


def _below(line: Line, places: Sequence[Division]) -> dict[int, Below]:
    """Of those that lie above the level that a goal is set for: how many below them have reached it. Few queries for all."""
    if line.each is None or line.origin is not Origin.EACH or not places:
        return {}
    bound = list(bound_divisions(line.each, line.division, line.kinds).defer("bigrams").order_by("code"))
    direct = {each.pk for each in bound}
    upper = [each for each in places if each.pk not in direct and each.level < line.each]
    if not upper:
        return {}
    counts = figures.counts_for(bound, ())
    pilots = figures.pilots_for(bound, key=line.key) if line.measure is Measure.PILOTS else {}
    by_code, levels = {each.code: each for each in upper}, {each.level for each in upper}
    tallies: dict[int, list[int]] = {each.pk: [0, 0, 0] for each in upper}
    for each in bound:
        place = next((by_code[code] for level in levels if (code := code_at(each.code, level)) in by_code), None)
        if place is None:
            continue
        own = counts[each.pk]
        if not own.subjects:
            tallies[place.pk][2] += 1
            continue
        now = pilots[each.pk] if line.measure is Measure.PILOTS else count_of(line.measure, own)
        tallies[place.pk][0] += 1
        tallies[place.pk][1] += now >= line.needed(own.subjects)
    return {pk: Below(*numbers) for pk, numbers in tallies.items()}


def _onward(places: Sequence[Division], line: Line) -> dict[int, Issue]:
    """What the lower divisions have passed down in their turn, by id."""
    rows = Issue.objects.filter(
        division__in=[each.pk for each in places], scope=Issue.Scope.LOWER, scheme=line.scheme, entry=line.entry, ended_at=None
    )  # fmt: skip
    return {row.division_id: row for row in rows}


def shown(rows: Sequence[Lower], *, show: str = "", sort: str = "code") -> list[Lower]:
    """The rows of a filter in an order."""
    kept = {
        "behind": lambda row: row.is_behind,
        "missing": lambda row: not row.is_done,
        "met": lambda row: row.is_done and row.progress.state is not State.EMPTY,
    }.get(show, lambda row: True)
    found = [row for row in rows if kept(row)]
    orders = {
        "missing": lambda row: (-row.missing, row.division.code),
        "share": lambda row: (row.progress.share_now is None, row.progress.share_now or Decimal(0), row.division.code),
        "subjects": lambda row: (-row.progress.subjects, row.division.code),
    }
    return sorted(found, key=orders.get(sort, lambda row: row.division.code))


# Whether it all adds up


def mismatches(line: Line, needed: int, issue: Issue | None, rows: Sequence[Lower]) -> list[str]:
    """Where the figures of the levels don't fit together, a sentence each.

    A lower division may ask more of those below it than it was given: that is its own goal, and not told.
    """
    if issue is None:
        return []
    found = []
    allotted = sum(row.progress.needed for row in rows if row.progress.line.origin is Origin.HANDED)
    if allotted < needed:
        found.append(
            f"分解到下级的合计 {allotted} 个，少于本级应完成的 {needed} 个，差 {needed - allotted} 个：下级全部完成，本级也达不到。"
            + (f"下达时写明的原因：{issue.gap_reason}" if issue.gap_reason else "")
        )
    elif over := excess(line, needed, allotted):
        found.append(over)
    if issue.by > line.by:
        found.append(f"下达的期限 {issue.by} 晚于本级的期限 {line.by}。")
    missing = [
        row.division.name for row in rows if row.progress.line.origin is not Origin.HANDED and row.progress.subjects
    ]
    if missing:
        found.append(
            f"没有分解到：{'、'.join(missing[:5])}{'等' if len(missing) > 5 else ''}（有创建对象 {len(missing)} 个单位）。"
        )
    for row in rows:
        if row.onward is None or row.progress.line.origin is not Origin.HANDED:
            continue
        if row.onward.allotted < row.progress.needed:
            found.append(
                f"{row.division.name}：接到 {row.progress.needed} 个，再分解下去的合计 {row.onward.allotted} 个，差 {row.progress.needed - row.onward.allotted} 个。"
            )
        if row.onward.by > issue.by:
            found.append(f"{row.division.name}：再分解的期限 {row.onward.by} 晚于接到的期限 {issue.by}。")
    return found


def excess(line: Line, needed: int, allotted: int) -> str:
    """What is shared out beyond a goal (the upper end of a span): no fault, as every goal is 至少, but to be said."""
    most = max(needed, line.count_to or 0)
    if allotted <= most:
        return ""
    return f"分解到下级的合计 {allotted} 个，比本级应完成的 {most} 个多 {allotted - most} 个：可以留余量，不是有意的请核对。"


def in_history(division: Division, key: tuple[str, str]) -> list[Issue]:
    """Every version of what a division set or passed down of a goal, newest first."""
    rows = Issue.objects.filter(division=division, scheme=key[0], entry=key[1])
    return list(rows.select_related("issued_by", "issued_post").order_by("-issued_at"))


def level_name(rows: Sequence[Lower]) -> str:
    return Level(rows[0].division.level).label if rows else ""
