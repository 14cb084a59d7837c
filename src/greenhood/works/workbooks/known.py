"""What the database has of what a workbook may speak of."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from greenhood.accounts.actor import Actor
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.facts import queries as facts
from greenhood.facts.kinds import kind as fact_kind
from greenhood.schemes.models import SchemeVersion
from greenhood.works.models import Covered, Movement, Project, Source, YearPlan
from greenhood.works.workbooks.layout import NUMBER, PLACE
from greenhood.works.workbooks.rows import Cells, plain


@dataclass
class Known:
    """What the database has of what a workbook may speak of, asked for in a fixed number of queries."""

    by: Actor
    within: Division
    divisions: dict[int, Division] = field(default_factory=dict)
    schemes: list[SchemeVersion] = field(default_factory=list)
    projects: dict[tuple[int, str], Project] = field(default_factory=dict)
    by_number: dict[str, list[Project]] = field(default_factory=dict)
    covered: dict[UUID, dict[tuple[int, str, UUID | None], Covered]] = field(default_factory=dict)
    plans: dict[UUID, list[YearPlan]] = field(default_factory=dict)
    granted: set[UUID] = field(default_factory=set)
    sources: dict[tuple[UUID, str, str], Source] = field(default_factory=dict)
    lines: set[tuple[Any, ...]] = field(default_factory=set)
    things: dict[tuple[int, str], tuple[str, UUID]] = field(default_factory=dict)

    @property
    def ids(self) -> list[UUID]:
        return [project.pk for project in self.projects.values()]

    def scheme_of(self, division: Division) -> SchemeVersion | None:
        """The scheme in force there; of one place the one published last."""
        return next((each for each in self.schemes if each.jurisdiction.contains(division)), None)


def known_of(raw: Mapping[str, Sequence[Cells]], division: Division, by: Actor, *, holds: bool = False) -> Known:
    """What there is of what the rows name; ``holds`` locks the projects until the transaction ends."""
    known = Known(by, division)
    rows = [row for found in raw.values() for row in found]
    codes = {code for row in rows for code in _codes(row)}
    current = divisions.current().filter(code__in=codes).defer("bigrams")
    known.divisions = {each.code: each for each in current}
    known.schemes = list(
        SchemeVersion.objects.select_related("jurisdiction").order_by(
            "-jurisdiction__level", "-published_at", "-version"
        )
    )
    _know_projects(known, {plain(row.values.get(NUMBER)) for row in rows} - {""}, holds=holds)
    _know_money(known)
    _know_things(known)
    return known


def _know_projects(known: Known, numbers: Collection[str], *, holds: bool) -> None:
    low, high = known.within.span
    held = Project.objects.filter(division__code__gte=low, division__code__lt=high, number__in=numbers)
    if holds:
        held = held.select_for_update(of=("self",)).order_by("pk")
    for project in held.select_related("division", "version"):
        known.projects[project.division_id, project.number] = project
        known.by_number.setdefault(project.number, []).append(project)
    for covered in Covered.objects.filter(project__in=known.ids):
        known.covered.setdefault(covered.project_id, {})[covered.community_id, covered.kind, covered.thing] = covered
    for plan in YearPlan.objects.filter(project__in=known.ids):
        known.plans.setdefault(plan.project_id, []).append(plan)


def _know_money(known: Known) -> None:
    for source in Source.objects.filter(project__in=known.ids):
        known.sources[source.project_id, source.origin, source.channel] = source
        if source.budget > 0:
            known.granted.add(source.project_id)
    lines = Movement.objects.filter(source__project__in=known.ids, reverses=None, reversed_by=None)
    known.lines = {
        (project, origin, channel, *rest)
        for project, origin, channel, *rest in lines.exclude(kind="budget").values_list(
            "source__project", "source__origin", "source__channel", "kind", "dated", "amount", "document", "payee"
        )
    }


def _know_things(known: Known) -> None:
    """Estates and buildings by name; an estate goes before a building of the same name."""
    communities = [each.pk for each in known.divisions.values() if each.level == Level.COMMUNITY]
    for key in (Covered.Thing.BUILDING, Covered.Thing.ESTATE):
        rows = facts.current(fact_kind(key), communities).values_list("community", "name", "thing")
        for community, name, thing in rows:
            known.things[community, name] = (key.value, thing)


def _codes(row: Cells) -> Iterator[int]:
    for text in (plain(row.values.get(PLACE)), *(part.split()[0] for part in parts_of(row) if part.split())):
        if text.isascii() and text.isdecimal() and len(text) <= 12:
            yield int(text)


def parts_of(row: Cells) -> list[str]:
    """The places that a row of projects covers, as they were typed."""
    text = plain(row.values.get("覆盖范围")).replace("；", ";").replace("\n", ";")
    return [part.strip() for part in text.split(";") if part.strip()]
