"""What can go wrong with a file that is attached to a record; what is wrong with a file itself, ``filetypes`` and ``store`` say."""

from __future__ import annotations


class NotPossible(Exception):
    """The attachment can't be changed in this way; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
