"""What can stand in the way of recording a fact, each with what the page needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from greenhood.facts.models import Fact


class BadFact(Exception):
    """Figures that can't be so: ``problems`` gives a sentence by field; ``""`` is the record as a whole."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("；".join(problems.values()))
        self.problems = dict(problems)


class Conflict(Exception):
    """Somebody else replaced the thing meanwhile: ``theirs`` is what is stored now (None: gone), ``yours`` what was sent."""

    def __init__(self, theirs: Fact | None, yours: Mapping[str, Any]) -> None:
        super().__init__("这条信息已被他人更新")
        self.theirs, self.yours = theirs, dict(yours)
