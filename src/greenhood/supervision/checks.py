"""What an inspection looks at: checks of the standard in force by part, and questions of its own. Plain values, no database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from greenhood.schemes.format import Criterion, Scheme, Standard

MOST_TOPICS = 20
LONGEST_TOPIC = 200


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to look at. ``criterion`` and ``clause`` are empty for an inspection's own question."""

    key: str
    text: str
    part: str
    criterion: int | None = None
    check_no: int | None = None
    title: str = ""
    clause: str = ""

    @property
    def name(self) -> str:
        """第 16 项（2）, or the question itself."""
        if self.criterion is None:
            return self.text
        return f"第 {self.criterion} 项（{self.check_no}）" if self.check_no else f"第 {self.criterion} 项"


@dataclass(frozen=True, slots=True)
class PartOfLines:
    key: str
    title: str
    clause: str
    lines: tuple[Line, ...]


def standards_of(scheme: Scheme) -> list[Standard]:
    """The standards of a scheme that judge communities."""
    return [standard for standard in scheme.standards if standard.object == "community"]


def parts_of(standard: Standard) -> list[PartOfLines]:
    """Everything that can be looked at, by part: each check of a criterion, or the criterion where it has none."""
    return [
        PartOfLines(part.key, part.title, part.source, tuple(_lines(part.title, part.criteria)))
        for part in standard.parts
    ]


def _lines(part: str, criteria: Iterable[Criterion]) -> Iterator[Line]:
    for one in criteria:
        if not one.checks:
            yield Line(str(one.no), one.title, part, one.no, None, one.title, one.source)
        for number, check in enumerate(one.checks, 1):
            yield Line(f"{one.no}.{number}", check.text, part, one.no, number, one.title, check.source or one.source)


def chosen(standard: Standard | None, keys: Sequence[str], topics: Mapping[str, str]) -> list[Line]:
    """The lines of an inspection: those of the standard in its order, then its own questions."""
    wanted = set(keys)
    found = [line for part in (parts_of(standard) if standard else []) for line in part.lines if line.key in wanted]
    return [*found, *(Line(key, text, "自定检查内容") for key, text in topics.items())]


def numbered(texts: Iterable[str]) -> dict[str, str]:
    """Questions of an inspection's own as they are stored: by key, blank ones and repeated ones left out."""
    kept = dict.fromkeys(text.strip()[:LONGEST_TOPIC] for text in texts if text.strip())
    return {f"t{number}": text for number, text in enumerate(list(kept)[:MOST_TOPICS], 1)}
