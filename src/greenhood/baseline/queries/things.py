"""What communities have recorded of the kinds that a campaign asks, and what they have confirmed not to have."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from greenhood.baseline import asking
from greenhood.baseline.asking import Asked
from greenhood.baseline.models import Campaign, NothingThere
from greenhood.divisions.models import Division
from greenhood.facts import queries as facts
from greenhood.facts import showing
from greenhood.facts.burden import burden_of
from greenhood.facts.kinds import Column, Kind, Section
from greenhood.facts.models import Fact

MOST_THINGS = 300


@dataclass(frozen=True, slots=True)
class ThingToDo:
    """One thing as a campaign sees it: what is missing, and whether it is too old."""

    fact: Fact
    name: str
    missing: tuple[Column, ...]
    is_stale: bool

    @property
    def is_done(self) -> bool:
        return not self.missing and not self.is_stale


@dataclass(frozen=True, slots=True)
class KindToDo:
    """One kind as a campaign sees it in a community."""

    asked: Asked
    things: tuple[ThingToDo, ...]
    nothing: NothingThere | None
    fresh_from: dt.date

    @property
    def kind(self) -> Kind:
        return self.asked.kind

    @property
    def is_nothing(self) -> bool:
        """Confirmed to be absent, and since the campaign's first day. What is recorded counts in any case."""
        return not self.things and self.nothing is not None and self.nothing.dated >= self.fresh_from

    @property
    def is_done(self) -> bool:
        return self.is_nothing or (bool(self.things) and all(thing.is_done for thing in self.things))

    @property
    def cells(self) -> int:
        """How many cells a person still types: those empty in what is there; of a kind without a thing those of one thing."""
        if self.things:
            return sum(len(thing.missing) for thing in self.things)
        return 0 if self.nothing else len(self.asked.columns)

    @property
    def stale(self) -> int:
        """How many things are only to be confirmed, or looked at again, because their figures are too old."""
        if not self.things and self.nothing is not None:
            return int(not self.is_nothing)
        return sum(thing.is_stale for thing in self.things)


@dataclass(frozen=True, slots=True)
class SectionToDo:
    section: Section
    kinds: tuple[KindToDo, ...]

    @property
    def done(self) -> int:
        return sum(kind.is_done for kind in self.kinds)

    @property
    def is_done(self) -> bool:
        return self.done == len(self.kinds)


@dataclass(frozen=True, slots=True)
class ToDo:
    """A community's whole part in a campaign. ``filled`` cells are known to the system already and typed by nobody again."""

    sections: tuple[SectionToDo, ...]
    filled: int

    @property
    def kinds(self) -> list[KindToDo]:
        return [kind for section in self.sections for kind in section.kinds]

    @property
    def done(self) -> int:
        return sum(kind.is_done for kind in self.kinds)

    @property
    def cells(self) -> int:
        return sum(kind.cells for kind in self.kinds)

    @property
    def stale(self) -> int:
        return sum(kind.stale for kind in self.kinds)

    @property
    def is_complete(self) -> bool:
        return self.done == len(self.kinds)


def to_do(campaign: Campaign, community: Division) -> ToDo:
    """What a campaign still asks of one community. Four queries."""
    asked = asking.read(campaign.asked)
    kinds = [one.kind for one in asked]
    present = facts.things(community.pk, most=MOST_THINGS, wanted=kinds)
    names = facts.names_of(community.pk, _referred(kinds))
    stated = nothing_there([community.pk]).get(community.pk, {})
    filled = burden_of([community.pk], kinds)[community.pk].total.filled
    sections = tuple(
        SectionToDo(
            section,
            tuple(
                KindToDo(
                    one,
                    tuple(_thing(one, fact, campaign.fresh_from, names) for fact in present.get(one.kind.key, [])),
                    stated.get(one.kind.key),
                    campaign.fresh_from,
                )
                for one in part
            ),
        )
        for section, part in asking.sections(asked).items()
    )
    return ToDo(sections, filled)


def nothing_there(communities: Sequence[int]) -> dict[int, dict[str, NothingThere]]:
    """What these communities (ids) have confirmed not to have, by community and key of kind. One query."""
    found: dict[int, dict[str, NothingThere]] = {}
    rows = NothingThere.objects.filter(community__in=communities, ended_at=None)
    for row in rows.order_by("kind"):
        found.setdefault(row.community_id, {})[row.kind] = row
    return found


def _referred(kinds: Iterable[Kind]) -> set[str]:
    return {column.refers_to for kind in kinds for column in kind.columns if column.refers_to}


def _thing(one: Asked, fact: Fact, fresh_from: dt.date, names: Mapping[UUID, str]) -> ThingToDo:
    values = {column.name: getattr(fact, column.name) for column in one.columns}
    return ThingToDo(fact, showing.name(fact, names), tuple(one.missing(values)), fact.dated < fresh_from)
