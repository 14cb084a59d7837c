"""Where a search that found nothing can go on: fewer words, the place that a word names, a topic or criterion of the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from urllib.parse import urlencode

from greenhood.divisions import queries as divisions
from greenhood.exemplars import clauses, words
from greenhood.exemplars.queries import library
from greenhood.exemplars.queries.library import Filters
from greenhood.exemplars.vocabulary import Topic
from greenhood.schemes.crosswalk import lines_of
from greenhood.schemes.models import SchemeVersion

MOST_WORDS, MOST_PLACES, MOST_CRITERIA = 4, 3, 3
# A pair of characters that so many criteria share (社区, 绿色) says nothing about any of them.
COMMON = 5


@dataclass(frozen=True, slots=True)
class Way:
    """A search to try: its title, and its address's values."""

    title: str
    query: dict[str, str]

    @property
    def address(self) -> str:
        return f"?{urlencode(self.query)}"


def ways(text: str, version: SchemeVersion | None) -> list[Way]:
    """What to try instead of these words, as far as it leads to something. Some queries a word."""
    asked = words.asked(text)[:MOST_WORDS]
    return [*_places(asked), *_single(asked), *_topics(asked), *_criteria(asked, version)]


def _places(asked: Collection[str]) -> Iterator[Way]:
    for word in asked:
        if word.isascii() or len(word) < 2:
            continue
        rest = " ".join(each for each in asked if each != word)
        for place in divisions.find(word, limit=MOST_PLACES):
            if not place.name.startswith(word):
                continue
            if rest and library.has(Filters(text=rest, within=place.code)):
                yield Way(f"{place.name}的经验，含“{rest}”", {"within": place.number, "q": rest})
            elif library.has(Filters(within=place.code)):
                yield Way(f"{place.name}的经验", {"within": place.number})


def _single(asked: Collection[str]) -> Iterator[Way]:
    if len(asked) > 1:
        for word in asked:
            if library.has(Filters(text=word)):
                yield Way(f"只找“{word}”", {"q": word})


def _topics(asked: Iterable[str]) -> Iterator[Way]:
    wanted = set(_pairs(asked))
    for key, label in Topic.choices:
        if wanted & set(_pairs([label])) and library.has(Filters(topic=key)):
            yield Way(f"主题：{label}", {"topic": key})


def _criteria(asked: Iterable[str], version: SchemeVersion | None) -> Iterator[Way]:
    """The criteria that share most with what was asked."""
    if version is None:
        return
    lines = {line.criterion.no: line.criterion.title for line in lines_of(version.scheme)}
    said = {no: set(_pairs([title])) for no, title in lines.items()}
    spread = Counter(chain.from_iterable(said.values()))
    wanted = {pair for pair in _pairs(asked) if spread[pair] <= COMMON}
    fits = sorted((-len(wanted & pairs), no) for no, pairs in said.items() if wanted & pairs)
    known = clauses.criteria()
    for _, no in fits[:MOST_CRITERIA]:
        tag = clauses.tag(version.scheme_id, no)
        if library.has(Filters(criteria=tuple(known.alike(tag)))):
            yield Way(f"标准项：{no} {lines[no]}", {"scheme": version.scheme_id, "criterion": tag})


def _pairs(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (term for term in words.terms_of(text) if len(term) > 1)
