"""What can stand in the way of putting a thing on the map, each with what the page needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from greenhood.kit.geodesy import Problem


class Misplaced(Exception):
    """A drawing lies where it can't be: ``problems`` say why, each at its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("；".join(problem.text for problem in problems))
        self.problems = list(problems)


class Unconfirmed(Exception):
    """A drawing lies where it seldom does; the person is asked before it is stored."""

    def __init__(self, warnings: Sequence[Problem]) -> None:
        super().__init__("；".join(problem.text for problem in warnings))
        self.warnings = list(warnings)


class BadEntries(Exception):
    """Features of a file that can't be stored, so that none was: a sentence by the feature's number."""

    def __init__(self, problems: Mapping[int, str]) -> None:
        super().__init__("；".join(problems.values()))
        self.problems = dict(problems)
