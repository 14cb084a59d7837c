"""Which requirements of different standards are the same: one fact or one piece of evidence then serves all of them.

A lower scheme says what its lines make of the scheme above: ``refines`` on a criterion, and on a check with a relation.
Everything else follows. From a criterion the way leads up to the schemes above and from there down to the others, so
two provinces meet in the national standard; the relations met on the way are put together. Pure: schemes in, pairs out.

A relation says how the *other* requirement stands to the one that is asked about:

- ``equal``: they ask for the same.
- ``narrower``: the other is more definite or stricter. Whoever meets it meets this one too.
- ``wider``: the other asks only for part of this one. Whoever meets this one meets it too.
- ``related``: they concern the same, and neither follows from the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from greenhood.schemes import words
from greenhood.schemes.format import Criterion, Part, Relation, Scheme, Standard, Threshold

INVERSE = {
    Relation.EQUAL: Relation.EQUAL,
    Relation.NARROWER: Relation.WIDER,
    Relation.WIDER: Relation.NARROWER,
    Relation.RELATED: Relation.RELATED,
}
STRENGTH = (Relation.EQUAL, Relation.NARROWER, Relation.WIDER, Relation.RELATED)

Place = tuple[str, str, int]
"""A criterion: the scheme's id, the key of the standard, the number."""

Pairs = dict[tuple[int, int], Relation]
"""How the second criterion's check stands to the first one's, by their numbers from 1."""


@dataclass(frozen=True, slots=True)
class Line:
    """One criterion where it stands. One without numbered checks asks for its title."""

    scheme: Scheme
    standard: Standard
    part: Part
    criterion: Criterion

    @property
    def place(self) -> Place:
        return self.scheme.id, self.standard.key, self.criterion.no

    @property
    def asks(self) -> tuple[str, ...]:
        return asks(self.criterion)


@dataclass(frozen=True, slots=True)
class CheckPair:
    """A check of the criterion that was asked about and one of the other: numbers from 1, words, relation."""

    number: int
    text: str
    other_number: int
    other_text: str
    relation: Relation

    @property
    def relation_title(self) -> str:
        return words.RELATIONS[self.relation]


@dataclass(frozen=True, slots=True)
class Related:
    """Another scheme's criterion, how it stands to the one that was asked about, and which checks meet."""

    line: Line
    relation: Relation
    checks: tuple[CheckPair, ...]

    @property
    def relation_title(self) -> str:
        return words.RELATIONS[self.relation]


@dataclass(frozen=True, slots=True)
class Missing:
    """A criterion above that a scheme carries in no line, with the reason that the scheme gives ("" for none)."""

    line: Line
    reason: str


class Crosswalk:
    """The criteria of several schemes side by side; make it with ``crosswalk``.

    Schemes without a higher one among them stand alone.
    """

    def __init__(self, schemes: Iterable[Scheme]) -> None:
        self.schemes: Mapping[str, Scheme] = {scheme.id: scheme for scheme in schemes}
        self.lines: Mapping[Place, Line] = {
            line.place: line for scheme in self.schemes.values() for line in lines_of(scheme)
        }
        self._order = {place: position for position, place in enumerate(self.lines)}
        self._above: dict[Place, list[tuple[Line, Pairs]]] = {}
        self._below: dict[Place, list[tuple[Line, Pairs]]] = {}
        for scheme in self.schemes.values():
            self._link(scheme)
        self._found: dict[Place, tuple[Related, ...]] = {}

    def related(self, scheme_id: str, no: int, standard: str | None = None) -> tuple[Related, ...]:
        """Every criterion of the other schemes that has to do with this one, in the order of schemes and numbers.

        KeyError where there is no such criterion. Without ``standard`` the scheme's first standard is meant.
        """
        return self._related((scheme_id, standard or self.schemes[scheme_id].standard.key, no))

    def of(self, scheme_id: str) -> Iterator[tuple[Line, tuple[Related, ...]]]:
        """The criteria of one scheme in its order, each with what it is related to."""
        for place, line in self.lines.items():
            if place[0] == scheme_id:
                yield line, self._related(place)

    def missing(self, scheme_id: str) -> tuple[Missing, ...]:
        """What the scheme above asks for and this one carries in no line."""
        scheme = self.schemes[scheme_id]
        higher = self._higher(scheme)
        if higher is None:
            return ()
        carried = {no for numbers in carried_numbers(scheme, higher).values() for no in numbers}
        return tuple(
            Missing(line, reason_for_leaving_out(scheme, line.criterion.no))
            for line in lines_of(higher)
            if line.standard.key == higher.standard.key and line.criterion.no not in carried
        )

    def own(self, scheme_id: str) -> tuple[Line, ...]:
        """The criteria that a scheme adds: nothing above corresponds to them."""
        scheme = self.schemes[scheme_id]
        higher = self._higher(scheme)
        if higher is None:
            return ()
        carried = carried_numbers(scheme, higher)
        return tuple(line for line in lines_of(scheme) if not carried[line.place])

    def _related(self, place: Place) -> tuple[Related, ...]:
        if place not in self._found:
            self._found[place] = tuple(self._from(self.lines[place]))
        return self._found[place]

    def _higher(self, scheme: Scheme) -> Scheme | None:
        return self.schemes.get(scheme.implements or "")

    def _link(self, scheme: Scheme) -> None:
        higher = self._higher(scheme)
        if higher is None:
            return
        for place, numbers in carried_numbers(scheme, higher).items():
            for no in numbers:
                above = self.lines.get((higher.id, higher.standard.key, no))
                if above is not None:
                    line = self.lines[place]
                    pairs = check_pairs(above.criterion, line.criterion)
                    self._below.setdefault(above.place, []).append((line, pairs))
                    self._above.setdefault(place, []).append((above, _inverse(pairs)))

    def _from(self, start: Line) -> Iterator[Related]:
        met: dict[Place, Pairs] = {}
        itself: Pairs = {(number, number): Relation.EQUAL for number in range(1, len(start.asks) + 1)}
        for top, way in self._upwards(start, itself):
            for line, pairs in [(top, way), *self._downwards(top, way)]:
                if line.scheme.id != start.scheme.id:
                    _merge(met.setdefault(line.place, {}), pairs)
        for place in sorted(met, key=self._order.__getitem__):
            other, pairs = self.lines[place], met[place]
            checks = tuple(
                CheckPair(one, start.asks[one - 1], two, other.asks[two - 1], relation)
                for (one, two), relation in sorted(pairs.items())
            )
            yield Related(other, whole_relation(start, other, pairs), checks)

    def _upwards(self, line: Line, way: Pairs) -> Iterator[tuple[Line, Pairs]]:
        yield line, way
        for above, step in self._above.get(line.place, ()):
            yield from self._upwards(above, _joined(way, step))

    def _downwards(self, line: Line, way: Pairs) -> Iterator[tuple[Line, Pairs]]:
        for below, step in self._below.get(line.place, ()):
            further = _joined(way, step)
            yield below, further
            yield from self._downwards(below, further)


def crosswalk(schemes: Iterable[Scheme]) -> Crosswalk:
    """The criteria of these schemes side by side: for each of them its counterparts in all others."""
    return Crosswalk(schemes)


def lines_of(scheme: Scheme) -> Iterator[Line]:
    for standard in scheme.standards:
        for part in standard.parts:
            for criterion in part.criteria:
                yield Line(scheme, standard, part, criterion)


def asks(criterion: Criterion) -> tuple[str, ...]:
    """What a criterion asks for, in words: its checks, or its title where it has none."""
    return tuple(check.text for check in criterion.checks) or (criterion.title,)


def carried_numbers(scheme: Scheme, higher: Scheme) -> dict[Place, tuple[int, ...]]:
    """For every criterion the numbers of the criteria above that it carries.

    As written under ``refines``; in a standard that is taken over word for word every line carries the one of its number.
    """
    beside = {standard.key for standard in higher.standards[1:]}
    # A standard that stands beside the first one above is carried by the one of its key, line by line.
    lines = [line for line in lines_of(scheme) if line.standard.key not in beside]
    above = {line.criterion.no: line.criterion for line in lines_of(higher) if line.standard.key == higher.standard.key}
    titles = {no: _bare(criterion.title) for no, criterion in above.items()}
    same = all(titles.get(line.criterion.no) == _bare(line.criterion.title) for line in lines)
    # What the standard above says of the scheme above it comes along with its lines.
    came_along = same and all(line.criterion.refines == above[line.criterion.no].refines for line in lines)
    is_taken_over = came_along or (same and not any(line.criterion.refines for line in lines))
    return dict.fromkeys((line.place for line in lines_of(scheme) if line.standard.key in beside), ()) | {
        line.place: (line.criterion.no,) if is_taken_over else tuple(dict.fromkeys(line.criterion.refines))
        for line in lines
    }


def reason_for_leaving_out(scheme: Scheme, no: int) -> str:
    """Why a scheme leaves out a criterion of the one above, as its file says; "" where it does not."""
    return next((scheme.replaces[key] for key in (f"#{no}", str(no), "standards") if key in scheme.replaces), "")


def check_pairs(higher: Criterion, lower: Criterion) -> Pairs:
    """Which checks of a criterion above those of a lower one carry, and how the lower stand to them.

    As written on the lower checks; otherwise checks of the same words are equal, up to the strictness of their figures.
    """
    above, below = asks(higher), asks(lower)
    if above == below and [check.refines for check in higher.checks] == [check.refines for check in lower.checks]:
        return {(at, at): _by_figure(_mark(higher, at), _mark(lower, at)) for at in range(1, len(above) + 1)}
    pairs: Pairs = {}
    for two, text in enumerate(below, 1):
        written = lower.checks[two - 1].refines if lower.checks else {}
        for one, said in enumerate(above, 1):
            if (relation := written.get(f"{higher.no}.{one}")) is not None:
                pairs[one, two] = relation
            elif not written and _bare(text) == _bare(said):
                pairs[one, two] = _by_figure(_mark(higher, one), _mark(lower, two))
    return pairs


def strictness(mark: Threshold, other: Threshold) -> Relation:
    """How ``other`` stands to ``mark``: equal, narrower (stricter), wider (looser), or related (not to be compared)."""
    if mark.cases and [(case.where, case.begins) for case in mark.cases] == [
        (case.where, case.begins) for case in other.cases
    ]:
        return _variant_by_variant(mark, other)
    marks, others = _bounds(mark), _bounds(other)
    if mark.unit != other.unit or marks is None or others is None or marks[0] != others[0]:
        return Relation.RELATED
    if marks[1] == others[1]:
        return Relation.EQUAL
    if min(others[1]) >= max(marks[1]):
        return Relation.NARROWER
    return Relation.WIDER


def _variant_by_variant(mark: Threshold, other: Threshold) -> Relation:
    """The relation of two figures with variants for the same communities and days: looser where any one of them is."""
    values = zip(
        [mark.value, *(one.value for one in mark.cases)],
        [other.value, *(one.value for one in other.cases)],
        strict=True,
    )
    found = {
        strictness(
            mark.model_copy(update={"value": one, "cases": []}), other.model_copy(update={"value": two, "cases": []})
        )
        for one, two in values
    }
    return next(one for one in (Relation.RELATED, Relation.WIDER, Relation.NARROWER, Relation.EQUAL) if one in found)


def whole_relation(one: Line, other: Line, pairs: Pairs) -> Relation:
    """How a criterion stands to another, given how their checks do."""
    carrying = {a for (a, _), relation in pairs.items() if relation in (Relation.EQUAL, Relation.NARROWER)}
    carried_by = {b for (_, b), relation in pairs.items() if relation in (Relation.EQUAL, Relation.WIDER)}
    carries_one = _all_within(len(one.asks), carrying)
    carried = _all_within(len(other.asks), carried_by)
    if carries_one and carried:
        return Relation.EQUAL
    if carries_one:
        return Relation.NARROWER
    return Relation.WIDER if carried else Relation.RELATED


def _all_within(count: int, numbers: set[int]) -> bool:
    return numbers >= set(range(1, count + 1))


def _mark(criterion: Criterion, number: int) -> Threshold | None:
    return criterion.checks[number - 1].threshold if criterion.checks else None


def _by_figure(higher: Threshold | None, lower: Threshold | None) -> Relation:
    if higher is None and lower is None:
        return Relation.EQUAL
    if higher is None:
        return Relation.NARROWER
    return Relation.WIDER if lower is None else strictness(higher, lower)


def _bounds(mark: Threshold) -> tuple[str, list[tuple[Decimal, bool]]] | None:
    """The direction, and every variant as a pair that is greater the stricter it is."""
    upwards = mark.compare in ("at_least", "above")
    is_strict = mark.compare in ("above", "below")
    values = [mark.value, *(case.value for case in mark.cases)]
    return ("up" if upwards else "down"), sorted((value if upwards else -value, is_strict) for value in values)


def _put_together(first: Relation, second: Relation) -> Relation:
    """How C stands to A, when B stands to A as ``first`` and C to B as ``second``."""
    if Relation.EQUAL in (first, second):
        return second if first is Relation.EQUAL else first
    return first if first is second else Relation.RELATED


def _joined(way: Pairs, step: Pairs) -> Pairs:
    joined: Pairs = {}
    for (one, between), first in way.items():
        for (at, two), second in step.items():
            if at == between:
                _merge(joined, {(one, two): _put_together(first, second)})
    return joined


def _merge(pairs: Pairs, more: Pairs) -> None:
    """Add pairs; of two ways between the same checks the one that says more counts."""
    for key, relation in more.items():
        held = pairs.get(key)
        if held is None or STRENGTH.index(relation) < STRENGTH.index(held):
            pairs[key] = relation


def _inverse(pairs: Pairs) -> Pairs:
    return {(two, one): INVERSE[relation] for (one, two), relation in pairs.items()}


def _bare(text: str) -> str:
    """Words without punctuation and blanks: a full stop more is no other requirement."""
    return re.sub(r"[\W_]+", "", text)
