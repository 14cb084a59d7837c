"""How Chinese text is searched without a dictionary: by its pairs of characters, each under the zone where it stands.

Pure. A text becomes terms that a core GIN index holds; a query becomes the terms that all must be there. Pairs are nearly
exact and never miss anything; what they find too much is sorted out against the text itself.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

MOST_CHARACTERS = 60
MOST_WORDS = 8
# Runs of Chinese characters, and runs of letters and digits as one writes them together: LED, PM2.5, 30%.
RUN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+(?:[.\-][a-z0-9]+)*")
# What stands together in a query, whatever signs people put around or between: “口袋公园”，议事会.
WORD = re.compile(rf"(?:{RUN.pattern})+")

# Where a word stands, by weight; the mark before a term says that it stands there.
TITLE, TAGS, SUMMARY, BODY = "title", "tags", "summary", "body"
MARKS = {TITLE: "^", TAGS: "#", SUMMARY: "~", BODY: ""}
WEIGHTS = {TITLE: 8, TAGS: 4, SUMMARY: 2, BODY: 1}
# A single character in a long text says nothing about it: alone it is looked for in these zones.
SHORT_ZONES = (TITLE, TAGS, SUMMARY)


def plain(text: str) -> str:
    """The text as it is compared: full-width letters as narrow ones, small letters."""
    return unicodedata.normalize("NFKC", text).lower()


def terms(zones: Mapping[str, str]) -> list[str]:
    """What an entry is found by: every pair of every zone, and once more under the zone's mark; in a fixed order."""
    found: dict[str, None] = {}
    for zone, text in zones.items():
        for term in _pairs(text):
            found[term] = None
            if zone != BODY:
                found[MARKS[zone] + term] = None
        if zone in SHORT_ZONES:
            for character in _characters(text):
                found[character] = None
                found[MARKS[zone] + character] = None
    return list(found)


def asked(text: str) -> list[str]:
    """The words of a query, as they are compared; at most ``MOST_WORDS``, each once."""
    return list(dict.fromkeys(WORD.findall(plain(text)[:MOST_CHARACTERS])))[:MOST_WORDS]


def terms_of(word: str, zone: str = BODY) -> list[str]:
    """The terms that an entry with this word has (in this zone); a single character stands for itself."""
    mark = MARKS[zone]
    return [mark + term for term in dict.fromkeys(_terms_of_runs(word))]


def pieces(text: str, words: Iterable[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is one of the words: for a page that marks what was looked for."""
    wanted = [re.escape(word) for word in words if word]
    if not wanted:
        return [(text, False)]
    # Compared letter by letter, since normalising may change the length of a text.
    flat = "".join(one if len(one) == 1 else character for character, one in ((c, plain(c)) for c in text))
    found: list[tuple[str, bool]] = []
    at = 0
    for match in re.finditer("|".join(sorted(wanted, key=len, reverse=True)), flat):
        if match.start() > at:
            found.append((text[at : match.start()], False))
        found.append((text[match.start() : match.end()], True))
        at = match.end()
    if at < len(text):
        found.append((text[at:], False))
    return found


def excerpt(text: str, words: Iterable[str], *, most: int = 120) -> str:
    """The part of a long text around the first of the words that stands in it; its beginning where none does."""
    flat = plain(text)
    places = [place for word in words if (place := flat.find(word)) >= 0]
    if len(text) <= most or not places or min(places) < most // 2:
        return text if len(text) <= most else text[:most] + "…"
    begins = max(min(places) - most // 4, 0)
    return ("…" if begins else "") + text[begins : begins + most] + ("…" if begins + most < len(text) else "")


def _runs(text: str) -> Iterator[str]:
    for match in RUN.finditer(plain(text)):
        yield match[0]


def _pairs(text: str) -> Iterator[str]:
    for run in _runs(text):
        if run[0].isascii():
            yield run
        else:
            yield from map("".join, pairwise(run))


def _characters(text: str) -> Iterator[str]:
    for run in _runs(text):
        if not run[0].isascii():
            yield from run


def _terms_of_runs(word: str) -> Iterator[str]:
    for run in _runs(word):
        if run[0].isascii() or len(run) == 1:
            yield run
        else:
            yield from map("".join, pairwise(run))
