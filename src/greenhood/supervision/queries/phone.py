"""What an inspector's phone keeps, so that sheets can be filled in without a connection. No claims: nobody is to see what they
expect to see before they have looked.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import F

from greenhood.accounts.actor import Actor
from greenhood.baseline.queries.phone import identity
from greenhood.supervision.actions.syncing import stored
from greenhood.supervision.checks import Line
from greenhood.supervision.models import Answer, Inspection, Inspector, Sheet
from greenhood.supervision.queries.record import lines_of

MOST_SHEETS = 200


def who(actor: Actor) -> dict[str, Any]:
    """Who acts, under which post."""
    kept = identity(actor)
    return {name: kept[name] for name in ("person", "person_name", "post", "post_name")}


def known(actor: Actor) -> dict[str, Any]:
    """The inspections under way that the person is named for, with their checks, sheets and answers. A fixed few queries."""
    if actor.user is None:
        return {"inspections": [], "left_out": 0}
    named = Inspector.objects.filter(user=actor.user).values("inspection")
    inspections = list(
        Inspection.objects.filter(pk__in=named, state=Inspection.State.UNDER_WAY)
        .select_related("division", "version")
        .order_by("ends_on", "pk")
    )
    found = Sheet.objects.filter(inspection__in=inspections)
    # What is still to be filled in goes along first.
    rows = found.select_related("community").order_by(F("finished_at").desc(nulls_first=True), "community__code")
    sheets = sorted(rows[:MOST_SHEETS], key=lambda sheet: sheet.community.code)
    answers: dict[object, list[Answer]] = defaultdict(list)
    for row in Answer.objects.filter(sheet__in=sheets).select_related("by"):
        answers[row.sheet_id].append(row)
    return {
        "inspections": [
            {
                "id": str(one.pk),
                "title": one.title,
                "kind": one.get_kind_display(),
                "is_hidden": one.is_hidden,
                "ends_on": one.ends_on.isoformat(),
                "instructions": one.instructions,
                "lines": [_line(line) for line in lines_of(one)],
                "sheets": [_sheet(sheet, answers[sheet.pk]) for sheet in sheets if sheet.inspection_id == one.pk],
            }
            for one in inspections
        ],
        "left_out": found.count() - len(sheets) if len(sheets) == MOST_SHEETS else 0,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "key": line.key,
        "name": line.name,
        "title": line.title,
        "text": line.text,
        "part": line.part,
        "clause": line.clause,
    }


def _sheet(sheet: Sheet, answers: list[Answer]) -> dict[str, Any]:
    return {
        "id": str(sheet.pk),
        "community": sheet.community.name,
        "code": sheet.community.number,
        "is_finished": sheet.finished_at is not None,
        "url": sheet.get_absolute_url(),
        "answers": {row.key: stored(row) for row in answers},
    }
