"""What can stand in the way of a project or its money, with the words to show."""

from __future__ import annotations


class NotPossible(Exception):
    """The step can't be taken; ``reason`` says why and what to do.

    ``field`` is the field of the form that it belongs to, ``clause`` the clause of the scheme in force behind the rule, empty where no
    scheme says anything about it.
    """

    def __init__(self, reason: str, *, field: str = "", clause: str = "") -> None:
        super().__init__(reason)
        self.reason, self.field, self.clause = reason, field, clause
