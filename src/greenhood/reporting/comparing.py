"""Evaluations of the divisions directly below beside one another: what each concluded, as it was filed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from greenhood.divisions.models import Division
from greenhood.insight import progress
from greenhood.insight.queries import lower_divisions
from greenhood.reporting.evaluating import goals_text
from greenhood.reporting.models import EVALUATIONS, Filing, Kind, Obligation
from greenhood.reporting.queries import with_places
from greenhood.reporting.sheets import entry_of

MOST_QUOTED = 60


@dataclass(frozen=True)
class Compared:
    """One evaluation with what it concluded; ``filing`` is None while nothing is filed. Ranks go by goals met, then by the share that reached."""

    obligation: Obligation
    filing: Filing | None
    rank: int | None

    @property
    def subject(self) -> Division:
        return self.obligation.subject

    @property
    def basis(self) -> dict[str, Any]:
        return self.filing.basis if self.filing else {}

    @property
    def goals(self) -> str:
        return goals_text(self.basis) if self.basis else ""

    @property
    def reached(self) -> str:
        return _figure(self.filing, "reached_share")

    @property
    def reports(self) -> str:
        reports = self.basis.get("reports")
        return f"{reports['filed']}/{reports['owed']}" if reports else ""

    @property
    def gap(self) -> str:
        gaps = self.basis.get("gaps")
        return f"第{gaps[0]['no']}项 {gaps[0]['title']}" if gaps else ""

    @property
    def conclusion(self) -> str:
        """The grade where the scheme gives grades, else the beginning of the section that concludes."""
        if self.filing is None:
            return ""
        if self.filing.grade:
            return self.filing.grade
        sections = entry_of(self.obligation).sections
        last = next((one for one in sections if one.drafts == "conclusion"), sections[-1] if sections else None)
        text = self.filing.texts.get(last.key, "") if last else ""
        return text[:MOST_QUOTED] + ("…" if len(text) > MOST_QUOTED else "")


def titles(within: Division, *, year: int) -> list[tuple[str, str]]:
    """The evaluations of a year about those directly below: "scheme/entry/period" and its words. Two queries."""
    found = _about(lower_divisions(within), year).values_list("scheme_id", "entry", "period", "title").distinct()
    rows = found.order_by("scheme_id", "entry", "period")
    return [(f"{scheme}/{entry}/{period}", f"{period} {title}") for scheme, entry, period, title in rows]


def compared(within: Division, *, year: int, which: str) -> list[Compared]:
    """One evaluation of all directly below that have it, ranked ones first. Three queries."""
    scheme, _, rest = which.partition("/")
    entry, _, period = rest.partition("/")
    rows = list(_about(lower_divisions(within), year).filter(scheme_id=scheme, entry=entry, period=period))
    newest = Filing.objects.filter(obligation__in=[row.pk for row in rows if row.filed_at])
    filed = {filing.obligation_id: filing for filing in newest.order_by("obligation", "-number").distinct("obligation")}
    merits = {row.pk: merit for row in rows if (merit := _merit(filed.get(row.pk))) is not None}
    order = sorted(merits.values(), reverse=True)
    found = [
        Compared(row, filed.get(row.pk), order.index(merits[row.pk]) + 1 if row.pk in merits else None) for row in rows
    ]
    return sorted(found, key=lambda one: (one.rank is None, one.rank or 0, one.subject.code))


def _about(lower: Iterable[Division], year: int) -> QuerySet[Obligation]:
    about = [each.pk for each in lower]
    is_about = Q(kind=Kind.EVALUATION, reporter__in=about) | Q(kind=Kind.APPRAISAL, receiver__in=about)
    return with_places().filter(is_about, year=year, kind__in=EVALUATIONS)


def _merit(filing: Filing | None) -> tuple[Decimal, Decimal] | None:
    """None where nothing is filed, no goal was due, or there are too few communities to say anything of."""
    if filing is None or not filing.basis.get("due") or filing.basis["subjects"] < progress.LEAST_TO_RANK:
        return None
    return Decimal(filing.basis["met"]) / filing.basis["due"], Decimal(_figure(filing, "reached_share") or 0)


def _figure(filing: Filing | None, key: str) -> str:
    if filing is None:
        return ""
    return next((one["value"] for one in filing.figures if one["key"] == key), "")
