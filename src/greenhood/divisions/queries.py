"""Who lies within whom, and which division is meant. Every question here is one query, or a fixed few."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from itertools import accumulate
from operator import or_

from django.db.models import Case, Count, F, IntegerField, Max, Q, QuerySet, Value, When

from greenhood.divisions import names, succession
from greenhood.divisions.models import DIGITS, Change, Division, DivisionCode, DivisionList, Level, code_at, span
from greenhood.divisions.subjects import Rule, condition, describe

__all__ = ["describe"]

MOST_CHARACTERS = 60
PLACES = 20
# The last rank of names that begin with the word, and how many of those that contain it are ranked.
BEGINS = 2
MOST_RANKED = 1000
# The parts of an address written without spaces: each ends with the kind of unit it is.
ADDRESS = re.compile(r".{2,}?(?:自治区|自治州|自治县|街道|[省市区县旗盟镇乡](?!委会|委员会)|$)")


# The tree


def current() -> QuerySet[Division]:
    return Division.objects.filter(valid_to=None)


def by_code(code: int) -> Division:
    """The present holder of a code; raises Division.DoesNotExist."""
    return current().get(code=code)


def within(division: Division) -> QuerySet[Division]:
    """The division itself and everything in it."""
    return current().filter(_inside(division))


def ancestors(division: Division) -> list[Division]:
    """From the nation down to the parent, by the digits of the code."""
    return paths([division])[division.pk][:-1]


def paths(divisions: Iterable[Division]) -> dict[int, list[Division]]:
    """Of each division, by id: the nation, its ancestors, itself. One query for all."""
    asked = list(divisions)
    codes = {code_at(each.code, level) for each in asked for level in range(each.level)}
    above = {each.code: each for each in current().filter(code__in=codes).defer("bigrams")}
    return {each.pk: [*_line(each, above), each] for each in asked}


def path_names(division: Division) -> list[str]:
    """Names from the province down to the division itself, as one speaks of it: without 全国 and 市辖区."""
    return spoken([*ancestors(division), division])


def spoken(path: Sequence[Division]) -> list[str]:
    """The names of a path without those that nobody says."""
    return [each.name for each in path if each.level != Level.NATION and not each.is_placeholder] or [path[-1].name]


def children(division: Division, *, by: str = "code") -> QuerySet[Division]:
    """What lies directly in a division, by ``code`` or by ``pinyin``."""
    order = {"code": ["code"], "pinyin": ["pinyin", "code"]}[by]
    return current().filter(parent=division).defer("bigrams").order_by(*order)


def siblings(division: Division) -> QuerySet[Division]:
    """What lies in the same parent, the division included."""
    return current().filter(parent=division.parent_id).defer("bigrams").order_by("code")


def _inside(division: Division) -> Q:
    low, high = division.span
    return Q(code__gte=low, code__lt=high)


def _line(division: Division, above: dict[int, Division]) -> list[Division]:
    codes = [code_at(division.code, level) for level in range(division.level)]
    # A city without counties stands for its own county: its code appears twice and it is named once.
    return [above[code] for code in dict.fromkeys(codes) if code in above and code != division.code]


# The object of the programme


def subjects(rule: Rule, within: Division) -> QuerySet[Division]:
    """The communities in a division that are the programme's object by this rule."""
    return Division.objects.filter(condition(rule), _inside(within))


def count_subjects(rule: Rule, divisions: Iterable[Division]) -> dict[int, int]:
    """How many subjects each division has, by its id. One query, whatever their number and levels."""
    asked = list(divisions)
    if not asked:
        return {}
    spans = {each.pk: each.span for each in asked}
    width = 10 ** (12 - DIGITS[max(each.level for each in asked)])
    counts = dict(
        Division.objects.filter(condition(rule), **_reach(spans.values()))
        .order_by()
        .values_list(F("code") / width * width)
        .annotate(count=Count("*"))
    )
    codes = sorted(counts)
    totals = [0, *accumulate(counts[code] for code in codes)]
    return {pk: totals[bisect_left(codes, high)] - totals[bisect_left(codes, low)] for pk, (low, high) in spans.items()}


def _reach(spans: Iterable[tuple[int, int]]) -> dict[str, int]:
    lows, highs = zip(*spans, strict=True)
    return {"code__gte": min(lows), "code__lt": max(highs)}


# Search


def find(text: str, *, within: Division | None = None, level: int | None = None, limit: int = PLACES) -> list[Division]:
    """The divisions that are probably meant, best first: by name, part of a name, pinyin, initials or first digits of a code.

    Several words narrow down: the last is the one looked for, those before name places that contain it (青浦 华秀).
    Names written together as on an envelope are taken apart where nothing bears the whole (青浦区赵巷镇华秀居委会).
    Exact names come first, then names that begin with the text, then names that contain it; higher levels first.
    """
    words = text[:MOST_CHARACTERS].lower().split()
    return next(filter(None, (_among(each, within, level, limit) for each in _ways_to_read(words))), [])


def _ways_to_read(words: list[str]) -> Iterator[list[str]]:
    """As typed; pinyin typed syllable by syllable as one word; an address without spaces as its parts.

    What has three parts or more is an address and no name, so its parts are tried first.
    """
    parts = ADDRESS.findall(words[0]) if len(words) == 1 else []
    if len(parts) > 2:
        yield parts
    yield words
    if len(words) > 1 and "".join(words).isascii():
        yield ["".join(words)]
    if len(parts) == 2:
        yield parts


def _among(words: Sequence[str], within: Division | None, level: int | None, limit: int) -> list[Division]:
    if not words:
        return []
    *places, last = words
    found = current()
    if within is not None:
        found = found.filter(_inside(within))
    if level is not None:
        found = found.filter(level=level)
    for ranges in _reaches(places):
        found = found.filter(ranges)
    if last.isascii():
        return list(_matching(found, last).defer("bigrams")[:limit])
    if len(last) == 1:
        # Tens of thousands begin with 东; those above the communities come first and are mostly enough.
        upper = list(_matching(found.filter(level__lt=Level.COMMUNITY), last).defer("bigrams")[:limit])
        return upper if len(upper) == limit else list(_matching(found, last).defer("bigrams")[:limit])
    return _named(found, last, limit)


def _named(found: QuerySet[Division], word: str, limit: int) -> list[Division]:
    """The names that contain a word, best first. Mostly there are few, and one query finds them; where there are more than
    ``MOST_RANKED`` (山村: 13,000), all are looked at that begin with the word or lie above the communities, and some others."""
    if not names.pairs(word):
        return list(_by_name(found, word).defer("bigrams")[:limit])
    stem = names.core(word)
    some = _containing(found, stem).order_by().values("pk")[:MOST_RANKED]
    best = _best(current().filter(pk__in=some), word, stem, limit)
    if len(best) < limit:
        return best
    beginning = found.filter(bigrams__contains=names.pairs(stem[0]), name__startswith=stem)
    first = _best(_containing(beginning, stem), word, stem, limit)
    if len(first) == limit and first[-1].rank <= BEGINS:  # type: ignore[attr-defined]
        return first
    upper = _best(_containing(found.filter(level__lt=Level.COMMUNITY), stem), word, stem, limit)
    every = {each.pk: each for each in [*best, *first, *upper]}
    return sorted(every.values(), key=lambda each: (each.rank, each.level, each.code))[:limit]  # type: ignore[attr-defined]


def _best(found: QuerySet[Division], word: str, stem: str, limit: int) -> list[Division]:
    return list(_ranked(found, word, stem).defer("bigrams")[:limit])


def _matching(found: QuerySet[Division], word: str) -> QuerySet[Division]:
    if word.isascii() and word.isdecimal():
        return _by_number(found, word)
    if word.isascii():
        return _by_sound(found, re.sub(r"[^a-z0-9]", "", word))
    return _by_name(found, word)


def _by_number(found: QuerySet[Division], digits: str) -> QuerySet[Division]:
    """First digits of a present code, or the whole of a former one, also of a closed unit that another took over."""
    if len(digits) > 12:
        return found.none()
    low = int(digits.ljust(12, "0"))
    matches = Q(code__gte=low, code__lt=low + 10 ** (12 - len(digits)))
    if len(digits) == 12:
        # Asked for by itself: as a subquery it would make the planner read every division.
        held = Division.objects.filter(pk__in=DivisionCode.objects.filter(code=low).values("division"))
        matches |= Q(pk__in=[heir.pk for each in held for heir in succession.heirs(each)])
    return found.filter(matches).order_by("level", "code")


def _by_sound(found: QuerySet[Division], letters: str) -> QuerySet[Division]:
    if not letters:
        return found.none()
    matches = Q(pinyin__startswith=letters) | Q(initials__startswith=letters)
    return found.filter(matches).order_by("level", "code")


def _by_name(found: QuerySet[Division], word: str) -> QuerySet[Division]:
    pairs = names.pairs(word)
    if not pairs:
        # Nothing but words like 社区: too many to rank, so the first communities by code.
        return found.filter(_contains(word), level=Level.COMMUNITY).order_by("level", "code")
    if len(word) == 1:
        # A sum keeps the planner from walking all divisions in order until 20 begin with this character.
        return found.filter(bigrams__contains=pairs).order_by(F("level") + 0, "code")
    stem = names.core(word)
    return _ranked(_containing(found, stem), word, stem)


def _containing(found: QuerySet[Division], stem: str) -> QuerySet[Division]:
    return found.filter(_contains(stem), bigrams__contains=names.pairs(stem))


def _ranked(found: QuerySet[Division], word: str, stem: str) -> QuerySet[Division]:
    return found.annotate(rank=_rank(word, stem)).order_by("rank", "level", "code")


def _contains(text: str) -> Q:
    return reduce(or_, [Q(name__contains=wording) for wording in names.wordings(text)])


def _rank(word: str, stem: str) -> Case:
    """0 the very name, 1 the same name for another kind of unit, 2 begins with it, 3 contains it, 4 without its kind."""
    begins = reduce(or_, [Q(name__startswith=wording) for wording in names.wordings(word)])
    return Case(
        When(name__in=names.wordings(word), then=0),
        When(name__in=[stem, *(stem + kind for kind in names.KINDS)], then=1),
        When(begins, then=2),
        When(_contains(word), then=3),
        default=4,
        output_field=IntegerField(),
    )


def _reaches(places: Sequence[str]) -> list[Q]:
    """For each word: within any of the divisions above the community that it finds. One query for all."""
    uppers = current().filter(level__lt=Level.COMMUNITY)
    found = [
        _matching(uppers, place).annotate(word=Value(number)).values_list("word", "code", "level")[:PLACES]
        for number, place in enumerate(places)
    ]
    if not found:
        return []
    ranges: dict[int, Q] = dict.fromkeys(range(len(places)), Q(pk__in=[]))
    for number, code, level in found[0].union(*found[1:], all=True) if len(found) > 1 else found[0]:
        low, high = span(code, level)
        ranges[number] |= Q(code__gte=low, code__lt=high)
    return list(ranges.values())


# Changes that a newer list proposes


def waiting_changes(
    *,
    kind: str = "",
    within: tuple[int, int] | None = None,
    level: int | None = None,
    state: str = Change.State.PROPOSED,
) -> QuerySet[Change]:
    """What waits to be confirmed, in the order of codes; ``within`` is a half-open range that old and new code lie in."""
    waiting = Change.objects.filter(state=state).order_by("place", "id")
    if kind:
        waiting = waiting.filter(kind=kind)
    if level is not None:
        waiting = waiting.filter(level=level)
    if within is not None:
        low, high = within
        waiting = waiting.filter(Q(code=None) | Q(code__gte=low, code__lt=high), place__gte=low, place__lt=high)
    return waiting


def last_change() -> str:
    """Differs after every list that was read and every change that took effect: what is counted by division is due again."""
    read = DivisionList.objects.order_by("-read_at").values_list("read_at", flat=True).first()
    decided = Change.objects.filter(state=Change.State.CONFIRMED).aggregate(last=Max("decided_at"))["last"]
    return " ".join(each.isoformat() for each in (read, decided) if each)


def successor_names(changes: Iterable[Change]) -> dict[int, str]:
    """The names of those who would take over, by code: as the lists of these changes say, otherwise as they are now."""
    asked = list(changes)
    codes = {code for each in asked for code in each.successor_codes}
    if not codes:
        return {}
    held = dict(current().filter(code__in=codes).values_list("code", "name"))
    listed = Change.objects.filter(list__in={each.list_id for each in asked}, code__in=codes).exclude(name="")
    return held | {code: name for code, name in listed.values_list("code", "name") if code is not None}


def change_counts(changes: QuerySet[Change]) -> dict[str, int]:
    """How many there are of each kind."""
    return dict(changes.order_by().values_list("kind").annotate(count=Count("*")))
