"""One declaration as a whole: its decisions, what was sent back and how it changed, its scores, its notices and award."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from greenhood.assessments.answers import TITLES
from greenhood.assessments.models import Assessment, ScoreSheet
from greenhood.declarations.models import (
    Award,
    Decision,
    Declaration,
    DrawMember,
    NoticeEntry,
    PanelCase,
    ReturnedItem,
)
from greenhood.declarations.queries.notices import objection_counts
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division
from greenhood.history.models import Entry
from greenhood.schemes.models import scheme_of

SAVED = "assessment.answer_saved"


@dataclass(frozen=True, slots=True)
class Change:
    """What the community changed in one field of an item that was sent back."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Item:
    """An item that was sent back: why, by which decision, whether it is closed, and what changed since."""

    returned: ReturnedItem
    title: str
    changes: list[Change]


@dataclass(frozen=True, slots=True)
class Given:
    """A score that somebody gave."""

    who: str
    total: Decimal | None
    is_handed_in: bool


@dataclass(frozen=True, slots=True)
class Record:
    decisions: list[Decision]
    items: list[Item]
    scores: list[Given]
    path: list[str]
    entries: list[NoticeEntry]
    draws: list[DrawMember]
    cases: list[PanelCase]
    award: Award | None
    objections: dict[str, int]


def record_of(declaration: Declaration) -> Record:
    """Everything that the record's page shows, in about ten queries whatever there is."""
    return Record(
        decisions=list(declaration.decisions.order_by("revision")),
        items=_items(declaration),
        scores=_scores(declaration),
        path=divisions.path_names(declaration.community),
        entries=list(declaration.notice_entries.select_related("notice").order_by("notice__opens_on")),
        draws=list(declaration.draws.select_related("draw").filter(selected__isnull=False)),
        cases=list(declaration.cases.select_related("panel").filter(decided_at__isnull=False)),
        award=Award.objects.filter(declaration=declaration).first(),
        objections=objection_counts(declaration),
    )


def _items(declaration: Declaration) -> list[Item]:
    returned = list(
        ReturnedItem.objects.filter(decision__declaration=declaration)
        .select_related("decision")
        .order_by("decision__revision", "criterion")
    )
    if not returned:
        return []
    names = {
        line.no: line.title
        for standard in scheme_of(declaration.version_id).standards
        for part in standard.parts
        for line in part.criteria
    }
    saved = Entry.objects.filter(
        subject_kind="assessments.assessment",
        subject_id=str(declaration.assessment_id),
        event=SAVED,
        at__gte=returned[0].decision.at,
    ).order_by("at", "number")
    edits = list(saved.values_list("at", "details"))
    return [Item(item, names.get(item.criterion, ""), _changes(item, edits)) for item in returned]


def _changes(item: ReturnedItem, edits: list[tuple[Any, dict[str, Any]]]) -> list[Change]:
    """The first value before and the last value after, field by field, between the return and the resubmission."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for at, details in edits:
        if at < item.decision.at or (item.closed_at is not None and at > item.closed_at):
            continue
        for field, (old, new) in (details.get("items", {}).get(str(item.criterion)) or {}).items():
            before.setdefault(field, old)
            after[field] = new
    return [
        Change(TITLES.get(field, field), in_words(before[field]), in_words(after[field]))
        for field in after
        if before[field] != after[field]
    ]


def in_words(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(f"{number}. {in_words(one)}" for number, one in enumerate(value, 1)) or "未填"
    if isinstance(value, bool):
        return "是" if value else "否"
    return "未填" if value in (None, "") else str(value)


def _scores(declaration: Declaration) -> list[Given]:
    """The community's own total and each officer's; members of a panel are shown only as the panel."""
    sheets = ScoreSheet.objects.filter(assessment=declaration.assessment_id).exclude(scorer="panel")
    own = Given("社区自评（申报时）", declaration.declared_total, True)
    return [own] + [
        Given(sheet.get_scorer_display(), sheet.total, sheet.handed_in_at is not None)
        for sheet in sheets.order_by("started_at")
    ]


def assessment_with_version(pk: UUID) -> Assessment | None:
    """The self-assessment that a declaration is to rest on, with its community and scheme."""
    return Assessment.objects.select_related("community", "version").filter(pk=pk).first()


def last_particulars(community: Division) -> dict[str, str]:
    """What the community wrote last time, so that nobody types the same again."""
    last = Declaration.objects.filter(community=community).order_by("-declared_at").first()
    if last is None:
        return {}
    return {"leader": last.leader, "phone": last.phone, "address": last.address, "profile": last.profile}
