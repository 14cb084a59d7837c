"""What is asked about assessments, by noun."""

from greenhood.assessments.queries.assessments import (
    assessment_with_place,
    newer_version,
    of_community,
    rows_of,
    unanswered,
)
from greenhood.assessments.queries.evidence import duplicates, listed, of_assessment, seals
from greenhood.assessments.queries.listing import Filters, communities
from greenhood.assessments.queries.scores import compare, sheets_of

__all__ = [
    "Filters",
    "assessment_with_place",
    "communities",
    "compare",
    "duplicates",
    "listed",
    "newer_version",
    "of_assessment",
    "of_community",
    "rows_of",
    "seals",
    "sheets_of",
    "unanswered",
]
