"""What can go wrong with an assessment, each with what the page needs to say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from greenhood.assessments.answers import Fields
    from greenhood.assessments.models import Answer


class Closed(Exception):
    """The assessment, the item or the sheet can't be changed now; ``reason`` says why and who can open it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Conflict(Exception):
    """Somebody else saved this item meanwhile. Nothing was overwritten; the page shows both."""

    def __init__(self, theirs: Answer, yours: Fields) -> None:
        super().__init__(f"第 {theirs.criterion} 项已被他人修改")
        self.theirs, self.yours = theirs, yours


class BadAnswer(Exception):
    """The answer to one item is not possible; ``problems`` holds a sentence per field."""

    def __init__(self, criterion: int, problems: Mapping[str, str]) -> None:
        super().__init__("；".join(problems.values()))
        self.criterion, self.problems = criterion, dict(problems)


class BadScore(BadAnswer):
    """As ``BadAnswer``, for a reviewer's score."""


class Incomplete(Exception):
    """Items without a score; the sheet can't be handed in."""

    def __init__(self, criteria: Sequence[int]) -> None:
        super().__init__(f"还有 {len(criteria)} 项没有评分：第 {'、'.join(map(str, criteria))} 项。")
        self.criteria = list(criteria)


class UnknownCriterion(Exception):
    """The standard has no item of this number, or the item no check of this number."""

    def __init__(self, criterion: int, check_no: int | None = None) -> None:
        check = f"没有第 {check_no} 小项" if check_no is not None else "不在本标准中"
        super().__init__(f"第 {criterion} 项{check}。标准可能已切换，请刷新页面后再试。")


class NoStandard(Exception):
    """No scheme, or no standard of it, is for this community; the text says what to do."""
