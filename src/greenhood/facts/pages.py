"""What the pages of a community's record show, each asked in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from greenhood.accounts.models import User
from greenhood.divisions.models import Division
from greenhood.facts import queries, showing
from greenhood.facts.burden import Burden, Burdens, burden_of
from greenhood.facts.forms import Offer
from greenhood.facts.kinds import Kind, Section, in_section, kind, kinds
from greenhood.facts.models import Fact
from greenhood.facts.queries import Tally
from greenhood.facts.showing import Shown, Thing
from greenhood.kit.dates import today_in_shanghai

MOST_THINGS = 5


@dataclass(frozen=True, slots=True)
class KindPart:
    """One kind within a community's record: how many, the first of them, what is left to do."""

    kind: Kind
    tally: Tally | None
    things: list[Thing]
    burden: Burden
    is_stale: bool

    @property
    def count(self) -> int:
        return self.tally.count if self.tally else 0

    @property
    def more(self) -> int:
        return self.count - len(self.things)


@dataclass(frozen=True, slots=True)
class SectionPart:
    section: Section
    parts: list[KindPart]

    @property
    def anchor(self) -> str:
        return f"section-{self.section.name.lower()}"

    @property
    def recorded(self) -> int:
        return sum(part.count > 0 for part in self.parts)


@dataclass(frozen=True, slots=True)
class Record:
    """A community's record on a day."""

    sections: list[SectionPart]
    burdens: Burdens
    key_figures: list[tuple[str, str, str, dt.date]] = field(default_factory=list)

    @property
    def recorded(self) -> int:
        return sum(section.recorded for section in self.sections)

    @property
    def kinds(self) -> int:
        return sum(len(section.parts) for section in self.sections)

    @property
    def count(self) -> int:
        return sum(part.count for section in self.sections for part in section.parts)

    @property
    def newest(self) -> dt.date | None:
        return max((part.tally.newest for each in self.sections for part in each.parts if part.tally), default=None)

    @property
    def stale(self) -> int:
        return self.burdens.total.stale


def record_of(community: Division, day: dt.date | None = None) -> Record:
    """Everything on a community's page: the tally, the first things of every kind, the burden, the people. Four queries."""
    today = day or today_in_shanghai()
    tallies = queries.tallies([community.pk], day)[community.pk]
    found = queries.things(community.pk, day, most=MOST_THINGS)
    burdens = burden_of([community.pk], as_of=day)[community.pk]
    shown = _shown(community, found, today, day)
    sections = [
        SectionPart(
            section,
            [
                _part(each, tallies.get(each.key), shown.get(each.key, []), burdens.by_kind[each.key], today)
                for each in in_section(section)
            ],
        )
        for section in Section
    ]
    return Record([part for part in sections if part.parts], burdens)


def _part(kind: Kind, tally: Tally | None, things: list[Thing], burden: Burden, today: dt.date) -> KindPart:
    return KindPart(kind, tally, things, burden, tally is not None and showing.is_stale(kind, tally.oldest, today))


def _shown(
    community: Division, found: Mapping[str, list[Fact]], today: dt.date, day: dt.date | None
) -> dict[str, list[Thing]]:
    facts = [fact for rows in found.values() for fact in rows]
    names, people = _names(community, found, facts, day), people_of(facts)
    return {key: list(showing.as_things(rows, day=today, names=names, people=people)) for key, rows in found.items()}


def _names(
    community: Division, found: Mapping[str, list[Fact]], facts: list[Fact], day: dt.date | None
) -> dict[UUID, str]:
    """What references point to: mostly among the rows read already, else asked for in one query."""
    known = {fact.thing: showing.name(fact) for fact in facts}
    wanted = {
        column.refers_to
        for key in found
        for column in kind(key).columns
        if column.type == "reference"
        and any(getattr(fact, column.name) not in known for fact in found[key] if getattr(fact, column.name))
    }
    return known | queries.names_of(community.pk, sorted(wanted), day)


def people_of(facts: Iterable[Fact]) -> dict[UUID, str]:
    """The names of those who recorded these versions. One query."""
    wanted = {fact.recorded_by_id for fact in facts if fact.recorded_by_id}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)} if wanted else {}


@dataclass(frozen=True, slots=True)
class Version:
    """One version in a thing's timeline: what it says differently from the one before it in time of recording."""

    fact: Fact
    changes: list[tuple[str, str, str]]
    is_present: bool
    is_first: bool

    @property
    def was_wrong(self) -> bool:
        """Replaced on its own day: a correction, true of no day."""
        return self.fact.until == self.fact.dated


def timeline(versions: list[Fact], names: Mapping[UUID, str]) -> list[Version]:
    """The versions, newest day first, each with what changed against the one recorded before it."""
    by_time = sorted(versions, key=lambda fact: (fact.recorded_at, fact.id))
    before = dict(zip((fact.id for fact in by_time[1:]), by_time, strict=False))
    return [
        Version(fact, _changes(before.get(fact.id), fact, names), fact.until is None, fact.id not in before)
        for fact in versions
    ]


def _changes(before: Fact | None, after: Fact, names: Mapping[UUID, str]) -> list[tuple[str, str, str]]:
    if before is None:
        return [(each.column.title, "", each.text) for each in showing.figures(after, names) if each.text]
    pairs = zip(showing.figures(before, names), showing.figures(after, names), strict=True)
    found = [(new.column.title, old.text, new.text) for old, new in pairs if old.text != new.text]
    if after.kind.is_located and place(before) != place(after):
        found.append(("位置", place(before), place(after)))
    return found


def place(fact: Fact) -> str:
    """Where a thing is, in words."""
    longitude, latitude = getattr(fact, "longitude", None), getattr(fact, "latitude", None)
    if longitude is None:
        return ""
    drawn = "，已绘制图形" if getattr(fact, "geometry", None) else ""
    return f"{longitude:.6f}, {latitude:.6f}{drawn}"


@dataclass(frozen=True, slots=True)
class Difference:
    """A column of which two people say different things."""

    name: str
    title: str
    theirs: str
    yours: str


def differences(kind: Kind, theirs: Fact, yours: Mapping[str, Any], names: Mapping[UUID, str]) -> list[Difference]:
    return [
        Difference(
            column.name,
            column.title,
            showing.text(column, getattr(theirs, column.name), names) or "（空）",
            showing.text(column, yours.get(column.name), names) or "（空）",
        )
        for column in kind.columns
        if column.name in yours and getattr(theirs, column.name) != yours[column.name]
    ]


def things_to_refer_to(kind: Kind, community: Division) -> dict[str, dict[UUID, str]]:
    """What the references of a kind may point to, by key of the kind referred to. One query a reference."""
    return {
        column.refers_to: dict(
            sorted(queries.names_of(community.pk, [column.refers_to]).items(), key=lambda item: item[1])
        )
        for column in kind.columns
        if column.type == "reference"
    }


def offers(kind: Kind, community: Division, things: Mapping[str, Mapping[UUID, str]]) -> dict[str, Offer]:
    """Values that the system knows from other kinds of which a community has one: the same words, the same unit.

    Nothing is asked twice: 户数 of the digital services is that of the population. One query.
    """
    found = {
        column.name: Offer(next(iter(known)), "唯一的对象")
        for column in kind.columns
        if column.type == "reference" and len(known := things.get(column.refers_to, {})) == 1
    }
    singles = [other for other in kinds() if other.is_single and other.key != kind.key]
    if not kind.is_single or not singles:
        return found
    wanted = {(column.title, column.unit): column.name for column in kind.columns if column.type == "count"}
    for rows in queries.things(community.pk, most=1, wanted=singles).values():
        for column in rows[0].kind.columns:
            name = wanted.get((column.title, column.unit))
            if name and getattr(rows[0], column.name) is not None:
                origin = f"“{rows[0].kind.title}”（{rows[0].dated}）"
                found.setdefault(name, Offer(getattr(rows[0], column.name), origin))
    return found


def sums(kind: Kind, found: Any) -> list[Shown]:
    """The totals of a list, as shown."""
    totals = queries.totals(kind, found)
    return [
        Shown(column, showing.text(column, totals[column.name]))
        for column in kind.columns
        if totals.get(column.name) is not None
    ]
