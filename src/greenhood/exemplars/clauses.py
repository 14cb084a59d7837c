"""What the scheme in force asks of learning and honours, and which of its criteria a practice may be tagged with.

A clause is found by the feature that it names (``works_in``) and its own words; where the scheme in force says nothing of the
kind, the higher scheme that it implements is looked at, and pages say which one it was, or that there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from greenhood.divisions.models import Division
from greenhood.schemes.crosswalk import Crosswalk, Line, Related, crosswalk, lines_of
from greenhood.schemes.format import Clause, Relation
from greenhood.schemes.models import SchemeVersion, read_all, scheme_of, schemes_of
from greenhood.schemes.queries import newest, newest_of, scheme_for

PRACTICES, BASES, MEETINGS, HONOURS = "practices", "bases", "meetings", "honours"
# By what is asked for: the features under which a clause is registered, and the words of which it has one.
_LOOKED_FOR: dict[str, tuple[frozenset[str], tuple[str, ...]]] = {
    PRACTICES: (frozenset({"exemplars"}), ("经验",)),
    BASES: (frozenset({"exemplars"}), ("示范教育基地",)),
    MEETINGS: (frozenset({"exemplars"}), ("现场", "经验交流会")),
    HONOURS: (frozenset({"incentives"}), ("表扬",)),
}
# From the closest relation to the loosest.
CLOSENESS = (Relation.EQUAL, Relation.NARROWER, Relation.WIDER, Relation.RELATED)


@dataclass(frozen=True, slots=True)
class Asked:
    """A clause that asks for something, and the version of the scheme that it stands in.

    ``is_in_force`` is False where the scheme in force itself says nothing and a higher one does.
    """

    version: SchemeVersion
    clause: Clause
    is_in_force: bool


def asking(version: SchemeVersion | None, what: str) -> list[Asked]:
    """The clauses that ask for ``what`` (one of the four), of the scheme in force or else of the one that it implements."""
    looked_at, is_in_force = version, True
    while looked_at is not None:
        if found := [Asked(looked_at, clause, is_in_force) for clause in _clauses(looked_at, what)]:
            return found
        higher = looked_at.scheme.implements
        looked_at, is_in_force = (newest_of(higher) if higher else None), False
    return []


def asking_in(division: Division, what: str) -> list[Asked]:
    return asking(scheme_for(division), what)


def _clauses(version: SchemeVersion, what: str) -> Iterator[Clause]:
    features, words = _LOOKED_FOR[what]
    for clause in scheme_of(version.pk).clauses:
        if features & set(clause.works_in) and any(word in clause.text for word in words):
            yield clause


# --- criteria ---------------------------------------------------------------------------------------------------------


def tag(scheme_id: str, no: int) -> str:
    """A criterion as a tag, in addresses too: ``sichuan-2020/13``."""
    return f"{scheme_id}/{no}"


def read_tag(text: str) -> tuple[str, int] | None:
    scheme_id, _, no = text.rpartition("/")
    return (scheme_id, int(no)) if scheme_id and no.isdecimal() and len(no) < 5 else None


@dataclass(frozen=True, slots=True)
class Criteria:
    """Every criterion of the newest schemes, and what each has to do with those of the others."""

    crosswalk: Crosswalk
    versions: dict[str, SchemeVersion]

    def line(self, text: str) -> Line | None:
        """The criterion of a tag; None for one that no scheme has (any more)."""
        read = read_tag(text)
        if read is None or read[0] not in self.crosswalk.schemes:
            return None
        return next((line for line in lines_of(self.crosswalk.schemes[read[0]]) if line.criterion.no == read[1]), None)

    def related(self, text: str) -> Sequence[Related]:
        """What the criterion of a tag corresponds to in the other schemes, the closest first."""
        line = self.line(text)
        if line is None:
            return ()
        found = self.crosswalk.related(line.scheme.id, line.criterion.no, line.standard.key)
        return sorted(found, key=lambda one: CLOSENESS.index(one.relation))

    def alike(self, text: str) -> dict[str, Relation]:
        """The tag itself (equal) and those of the other schemes that correspond to it, each with how it stands to it."""
        found = {tag(one.line.scheme.id, one.line.criterion.no): one.relation for one in reversed(self.related(text))}
        return found | {text: Relation.EQUAL}

    def version(self, text: str) -> SchemeVersion | None:
        read = read_tag(text)
        return self.versions.get(read[0]) if read else None

    def of_part(self, scheme_id: str, part: str) -> list[str]:
        """The tags of a part's criteria."""
        scheme = self.crosswalk.schemes.get(scheme_id)
        if scheme is None:
            return []
        return [tag(scheme_id, line.criterion.no) for line in lines_of(scheme) if line.part.key == part]


def criteria() -> Criteria:
    """Of the newest version of every scheme. One query; a crosswalk is worked out once a process."""
    versions = read_all(newest())
    return Criteria(_crosswalk(tuple(version.pk for version in versions)), {one.scheme_id: one for one in versions})


@lru_cache(maxsize=4)
def _crosswalk(versions: tuple[UUID, ...]) -> Crosswalk:
    found = schemes_of(versions)
    return crosswalk(found[pk] for pk in versions)


def said(tags: Sequence[str], known: Criteria) -> list[str]:
    """Tagged criteria as people name them: scheme, number and title; those that no scheme has any more are left out."""
    lines = (known.line(text) for text in tags)
    return [f"{line.scheme.title} {line.criterion.no} {line.criterion.title}" for line in lines if line is not None]


def words_of(tags: Sequence[str], known: Criteria) -> str:
    """The titles of tagged criteria, for the search."""
    lines = (known.line(text) for text in tags)
    return "；".join(line.criterion.title for line in lines if line is not None)
