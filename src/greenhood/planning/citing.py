"""The numbering of a plan's own document: every row of it is a clause that the scheme's entries cite."""

from __future__ import annotations

from typing import Any

from greenhood.planning.sections import BY_KEY, NUMERALS

WORKS_IN = {
    "entry_points": ["survey-baseline"],
    "goals": ["goals"],
    "phases": ["phases"],
    "yearly": ["phases"],
    "projects": ["projects"],
    "measures": ["scheme"],
    "duties": ["duties"],
    "standard": ["standard"],
    "calendar": ["calendar"],
}


class Citing:
    """Numbers the rows of the plan's own document, and writes down each as a clause."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.clauses: list[dict[str, Any]] = []
        self._counts: dict[str, int] = {}

    def __call__(self, section: str, text: str) -> str:
        """The clause of the next row of a section."""
        at = self._counts[section] = self._counts.get(section, 0) + 1
        numeral = NUMERALS[section]
        ref = f"{self.prefix}{numeral}·{at}"
        clause: dict[str, Any] = {"ref": ref, "text": text or "（未写）", "works_in": WORKS_IN[section]}
        if at == 1:
            clause["title"] = f"{numeral}、{BY_KEY[section].title}"
        self.clauses.append(clause)
        return ref

    def annex(self, no: int, text: str, standard: str = "") -> str:
        """The clause of a criterion in an annexed standard; ``standard`` is the title of one beside the first."""
        ref = f"{self.prefix}附件{f'“{standard}”' if standard else ''} #{no}"
        self.clauses.append({"ref": ref, "text": text, "works_in": ["assessment", "standard"]})
        return ref
