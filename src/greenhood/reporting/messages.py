"""What one person is told, whatever the channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """What one person is told about everything that their division owes; ``phone`` and ``email`` may be empty.

    ``lines`` are the same without the name, one for each report; ``division`` is the code of the division.
    """

    name: str
    phone: str
    email: str
    title: str
    text: str
    lines: Sequence[str] = ()
    division: int = 0
