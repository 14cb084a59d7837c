"""Departments of divisions: who holds a post in them, which ones can be asked, which a division named itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from greenhood.accounts import departments
from greenhood.accounts.models import Post
from greenhood.accounts.queries import holders
from greenhood.coordination import duties
from greenhood.coordination.models import Naming
from greenhood.declarations.procedure import LEVELS
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import scheme_for


@dataclass(frozen=True, slots=True)
class Office:
    """A department of a division, by its name there, and the posts that are held in it today."""

    division: Division
    title: str
    line: str
    posts: tuple[Post, ...] = ()

    @property
    def value(self) -> str:
        """How a form says it."""
        return f"{self.division.code}/{self.title}"

    @property
    def people(self) -> str:
        return "、".join(dict.fromkeys(post.user.name for post in self.posts))

    @property
    def is_ambiguous(self) -> bool:
        """Whether posts of several names stand for the same line of work."""
        return len({post.department for post in self.posts}) > 1


def namings(division: Division, scheme_id: str) -> dict[str, list[Naming]]:
    """What a division named for the duties of a scheme, by duty, the newest first. One query."""
    found: dict[str, list[Naming]] = defaultdict(list)
    rows = Naming.objects.filter(division=division, scheme_id=scheme_id).select_related("named_by")
    for row in rows.order_by("duty", "-number"):
        found[row.duty].append(row)
    return dict(found)


def own(division: Division, version: SchemeVersion | None) -> list[Office]:
    """The departments of a division that tasks can be given to: held, named, listed by the scheme. Two queries."""
    held = holders([division])[division.pk]
    return list(_offices(division, version, held, _named(division, version)).values())


def reachable(division: Division, version: SchemeVersion | None) -> list[Office]:
    """Whom a whistle can call: departments of the division itself and of those above it up to the province. Five queries at most.

    Of the division and the one directly above all that are known, further up those with somebody in a post. A town's own scheme
    names the town's offices: what the county above it has, the scheme says that the county lies in.
    """
    path = [*divisions.ancestors(division), division]
    places = [each for each in reversed(path) if each.level >= Level.PROVINCE and not each.is_placeholder]
    held = holders(places)
    found: list[Office] = []
    for distance, place in enumerate(places):
        known = _known_at(place, version) if distance < 2 else None
        found += _offices(place, known, held[place.pk], _named(place, known)).values()
    return found


def _known_at(place: Division, version: SchemeVersion | None) -> SchemeVersion | None:
    """The scheme that knows the departments of a place: the one in force below, as long as it is the place's too."""
    return version if version is None or version.jurisdiction.contains(place) else scheme_for(place)


def _named(division: Division, version: SchemeVersion | None) -> list[str]:
    if version is None:
        return []
    found = namings(division, version.scheme_id)
    return [name for rows in found.values() for name in rows[0].departments]


def _offices(
    division: Division, version: SchemeVersion | None, held: Mapping[str, Sequence[Post]], named: Iterable[str]
) -> dict[str, Office]:
    found = {line: Office(division, posts[0].department, line, tuple(posts)) for line, posts in held.items()}
    for title in named:
        line = departments.line(title, division.name)
        found.setdefault(line, Office(division, title, line))
    for column in duties.table(version.scheme).columns if version else ():
        if title := _title_at(column, division):
            found.setdefault(column.line, Office(division, title, column.line))
    return found


def _title_at(column: duties.Column, division: Division) -> str:
    """What the scheme calls a line of work at the level of a division: its own name, or as one speaks of the counterpart."""
    levels = [LEVELS[level] for level in column.levels]
    if division.level in levels:
        return column.titles[min(levels.index(Level(division.level)), len(column.titles) - 1)]
    # A street has no department for every line of the province's; what it has, its posts say.
    return f"{column.line}部门" if division.level < Level.STREET else ""
