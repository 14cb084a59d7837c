"""One inspection, one sheet, one order, with what stands on their pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from greenhood.accounts.actor import Actor
from greenhood.accounts.models import User
from greenhood.assessments import queries as assessments
from greenhood.assessments.models import Answer as Claimed
from greenhood.assessments.models import Assessment
from greenhood.divisions.models import Division
from greenhood.evidence import photos, showing
from greenhood.evidence.models import Attachment
from greenhood.evidence.showing import ShownAttachment
from greenhood.schemes.format import Standard
from greenhood.schemes.models import scheme_of
from greenhood.supervision import checks, seeing
from greenhood.supervision.checks import Line
from greenhood.supervision.models import Answer, Finding, Inspection, Sheet


def standard_of(inspection: Inspection) -> Standard | None:
    if inspection.version_id is None:
        return None
    found = checks.standards_of(scheme_of(inspection.version_id))
    return next((one for one in found if one.key == inspection.standard_key), None)


def lines_of(inspection: Inspection) -> list[Line]:
    """What the inspection looks at, in the standard's order."""
    return checks.chosen(standard_of(inspection), inspection.checks, inspection.topics)


def line_of(inspection: Inspection, key: str) -> Line | None:
    return next((line for line in lines_of(inspection) if line.key == key), None)


def inspectors_of(inspection: Inspection) -> list[User]:
    return list(User.objects.filter(pk__in=inspection.inspectors.values("user")).order_by("name", "pk"))


@dataclass(frozen=True, slots=True)
class Progress:
    """One sheet of an inspection and how far it is; the numbers are None where the reader may not see them."""

    sheet: Sheet
    answered: int | None
    not_met: int | None
    findings: int | None


@dataclass(frozen=True, slots=True)
class Sheets:
    """A page of the sheets of an inspection, how many there are and are finished, and the code after which the next page begins."""

    rows: Sequence[Progress]
    total: int
    finished: int
    next: str


def progress(actor: Actor, inspection: Inspection, *, after: int = 0, most: int = 200) -> Sheets:
    """The sheets of an inspection that the actor may see, by code, from behind the community ``after``. Four queries."""
    shown = seeing.sheets(actor).filter(inspection=inspection)
    numbers = shown.aggregate(total=Count("pk"), finished=Count("pk", filter=Q(finished_at__isnull=False)))
    found = shown.filter(community__code__gt=after).select_related("community").order_by("community__code")
    rows = list(found[: most + 1])
    more = rows[most - 1].community.number if len(rows) > most else ""
    return Sheets(_progress(actor, inspection, rows[:most]), numbers["total"], numbers["finished"], more)


def _progress(actor: Actor, inspection: Inspection, rows: Sequence[Sheet]) -> list[Progress]:
    if not seeing.shows_results(actor, inspection):
        return [Progress(row, None, None, None) for row in rows]
    answered = Count("answers")
    not_met = Count("answers", filter=Q(answers__result=Answer.Result.NOT_MET))
    counts = {
        pk: (some, wrong)
        for pk, some, wrong in Sheet.objects.filter(pk__in=[row.pk for row in rows])
        .annotate(some=answered, wrong=not_met)
        .values_list("pk", "some", "wrong")
    }
    found = dict(
        Finding.objects.filter(
            inspection=inspection, withdrawn_at=None, community__in=[row.community_id for row in rows]
        )
        .values_list("community")
        .annotate(number=Count("pk"))
        .values_list("community", "number")
    )
    return [Progress(row, *counts[row.pk], found.get(row.community_id, 0)) for row in rows]


# --- a sheet ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """What the community says of itself and what reviewers gave, beside what was seen. Empty words where nothing was said."""

    own: str
    reviewed: Sequence[tuple[str, str]]
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One check of a sheet. ``claim`` is there only once it was answered: nobody is to see what they expect to see."""

    line: Line
    answer: Answer | None
    claim: Claim | None
    photos: Sequence[ShownAttachment]
    finding: Finding | None


def items_of(sheet: Sheet, *, with_claims: bool) -> list[Item]:
    """Every check of a sheet with its answer, photos and finding; claims beside answers. About ten queries."""
    answers = {row.key: row for row in sheet.answers.select_related("by")}
    shown = photos_of(sheet.inspection.division, "supervision.answer", [row.pk for row in answers.values()])
    findings = {
        row.answer_id: row
        for row in Finding.objects.filter(answer__sheet=sheet, withdrawn_at=None).select_related("order")
    }
    claims = claims_of(sheet, [row.key for row in answers.values()]) if with_claims and answers else {}
    found = []
    for line in lines_of(sheet.inspection):
        row = answers.get(line.key)
        pk = row.pk if row else None
        found.append(Item(line, row, claims.get(line.key), shown.get(pk, ()) if pk else (), findings.get(pk)))
    return found


def claims_of(sheet: Sheet, keys: Iterable[str]) -> dict[str, Claim]:
    """What the newest self-assessment under the inspection's scheme says of these checks. Nothing without one."""
    lines = {line.key: line for line in lines_of(sheet.inspection) if line.criterion is not None}
    wanted = [key for key in keys if key in lines]
    assessment = assessment_of(sheet) if wanted else None
    if assessment is None:
        return {}
    rows = {row.criterion: row for row in Claimed.objects.filter(assessment=assessment)}
    comparison = assessments.compare(assessment, rows=rows)
    known = {row.no: row for row in comparison.rows}
    titles = {column.key: column.title for column in comparison.columns}
    url = reverse("assessments:edit", args=[assessment.pk])
    found = {}
    for key in wanted:
        line = lines[key]
        row = known.get(line.criterion or 0)
        if row is None:
            continue
        own = _ticked(rows.get(row.no), line) or row.claim.in_words
        given = [(titles[scorer], one.words) for scorer, one in row.given.items()]
        stored = rows.get(row.no)
        found[key] = Claim(own, given, stored.note if stored else "", url)
    return found


def assessment_of(sheet: Sheet) -> Assessment | None:
    """The newest assessment of the sheet's community under the inspection's scheme."""
    if sheet.inspection.version is None:
        return None
    rows = Assessment.objects.filter(community=sheet.community, scheme_id=sheet.inspection.version.scheme_id)
    return rows.select_related("community", "version").order_by("-year", "-started_at").first()


def _ticked(row: Claimed | None, line: Line) -> str:
    """What was ticked for one check, where checks are ticked."""
    if row is None or line.check_no is None or len(row.checks) < line.check_no:
        return ""
    ticked = row.checks[line.check_no - 1]
    return "" if ticked is None else "满足" if ticked else "不满足"


# --- photos -------------------------------------------------------------------------------------------------------------


def photos_of(division: Division, kind: str, ids: Iterable[UUID]) -> dict[UUID, list[ShownAttachment]]:
    """The photos of some records of one kind, by record, at the addresses of this room. One query."""
    wanted = list(ids)
    if not wanted:
        return {}
    found: dict[UUID, list[ShownAttachment]] = {}
    for row in _attachments(division, kind, wanted).filter(removed_at=None):
        found.setdefault(row.subject_id, []).append(shown_photo(row))
    return found


def removed_photos_of(division: Division, kind: str, pk: UUID) -> list[ShownAttachment]:
    """The photos that were taken away from one record and can be brought back. One query."""
    return [shown_photo(row) for row in _attachments(division, kind, [pk]).filter(removed_at__isnull=False)]


def _attachments(division: Division, kind: str, ids: Sequence[UUID]) -> QuerySet[Attachment]:
    rows = Attachment.objects.filter(community=division, subject_kind=kind, subject_id__in=ids)
    return rows.select_related("blob", "uploaded_by").order_by("uploaded_at", "pk")


def shown_photo(row: Attachment) -> ShownAttachment:
    """A photo as ``evidence`` shows it, but at the addresses of this room."""
    one = showing.shown_attachment(row)
    address = reverse("supervision:photo", args=[row.pk])
    sized = {name: f"{address}{size}/" for name, size in zip(("thumbnail_url", "large_url"), photos.SIZES, strict=True)}
    plain: Mapping[str, str] = sized if one.is_image else {"thumbnail_url": "", "large_url": ""}
    return ShownAttachment(
        one.id, one.name, one.caption, one.is_image, address, plain["thumbnail_url"], plain["large_url"], one.kind,
        one.facts, one.uploaded, one.is_removed,
    )  # fmt: skip
