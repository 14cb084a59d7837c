"""Why something was refused, in a sentence that is shown to the person who asked."""

from __future__ import annotations


class Refused(Exception):
    """A step that can't be taken now; ``field`` names the form field at fault, if there is one."""

    def __init__(self, reason: str, *, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


class AlreadyDecided(Refused):
    """Someone else, or the same person's first click, was quicker."""
