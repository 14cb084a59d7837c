"""What can be wrong with a scheme file, said with the file, the line and what to write instead."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Position = tuple[str | int, ...]
"""Where in a scheme a value stands: ``("standards", 0, "parts", 1, "points")``."""

SEVERITY_TITLES = {"error": "错误", "notice": "提示"}


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. An ``error`` keeps a scheme from being published; a ``notice`` is something to know."""

    path: Path
    line: int
    message: str
    hint: str = ""
    severity: Literal["error", "notice"] = "error"
    where: str = ""

    def __str__(self) -> str:
        hint = f"（{self.hint}）" if self.hint else ""
        return f"{self.path}:{self.line}: {SEVERITY_TITLES[self.severity]}：{self.message}{hint}"


class Refused(ValueError):
    """A scheme file that cannot be used as it stands; ``problems`` says why, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: (str(problem.path), problem.line))
        super().__init__("\n".join(map(str, self.problems)))


def place_text(place: Position) -> str:
    """``standards[0].parts[1].points``: how a place is written in messages and on pages."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
