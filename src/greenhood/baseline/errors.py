"""What can stand in the way of a survey, with the words to show."""

from __future__ import annotations


class NotPossible(Exception):
    """The step can't be taken; ``reason`` says why and what to do. ``field`` is the field of the form that it belongs to."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field = reason, field


class Refused(Exception):
    """An operation from a phone can't be taken: a sentence by field; ``""`` is the operation as a whole."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("；".join(problems.values()))
        self.problems = problems
