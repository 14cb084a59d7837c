"""What every view here begins and ends with: read the form, say what was refused, keep what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.http import HttpRequest

from greenhood.divisions.models import Division
from greenhood.kit.ids import uuid7
from greenhood.supervision import seeing
from greenhood.supervision.errors import Overtaken, Refused
from greenhood.supervision.queries import patterns
from greenhood.supervision.queries.lists import Filters
from greenhood.supervision.terms import read_day

RANGE = 2**31
WHOSE = {"answer": "等我整改", "recheck": "等我复查", "watch": "督办"}


def revision(request: HttpRequest, name: str = "revision") -> int:
    """The revision that the page showed; one that no row has where the field is missing or altered."""
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and int(text[:12]) < RANGE else -1


def filters(request: HttpRequest) -> Filters:
    sent = request.GET
    return Filters(
        state=sent.get("state", "")[:20],
        kind=sent.get("kind", "")[:20],
        year=number(sent.get("year", "")),
        word=sent.get("q", "").strip()[:60].replace("\x00", ""),
        severity=sent.get("severity", "")[:10],
        criterion=number(sent.get("criterion", "")),
        community=number(sent.get("community", ""), most=12),
        inspection=next(iter(uuids([sent.get("inspection", "")])), None),
        scheme=sent.get("scheme", "")[:80],
        key=sent.get("key", "")[:20],
        first=read_day(sent.get("from", "")),
        last=read_day(sent.get("to", "")),
        whose=whose if (whose := sent.get("whose", "")) in WHOSE else "",
    )


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a list is narrowed to by its address alone: in words, and as hidden fields of its filter."""

    words: Sequence[str]
    fields: Sequence[tuple[str, str]]


def narrowed(request: HttpRequest, wanted: Filters) -> Narrowed:
    words = [WHOSE[wanted.whose]] if wanted.whose else []
    if wanted.inspection and (found := seeing.inspections(request.actor).filter(pk=wanted.inspection).first()):  # type: ignore[attr-defined]
        words.append(f"“{found.title}”")
    if wanted.community and (place := Division.objects.filter(code=wanted.community).first()):
        words.append(place.name)
    if wanted.key:
        words.append(patterns.named(wanted.scheme, wanted.key)[0])
    if wanted.first and wanted.last:
        words.append(f"{wanted.first} 至 {wanted.last} 发现")
    names = ("inspection", "community", "scheme", "key", "from", "to", "whose")
    return Narrowed(words, [(name, value) for name in names if (value := request.GET.get(name, ""))])


def keys(request: HttpRequest) -> dict[str, str]:
    return {"after": request.GET.get("after", ""), "before": request.GET.get("before", "")}


def number(text: str, most: int = 4) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= most else 0


def problems_of(problem: Refused | Overtaken | None) -> Mapping[str, str]:
    if problem is None:
        return {}
    return problem.problems if isinstance(problem, Refused) else {"": str(problem)}


def uuids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def once(request: HttpRequest) -> UUID:
    """The key that a form was given when it was first shown, so that a double click makes one thing; a new one for a new form."""
    return next(iter(uuids([request.POST.get("once", "")])), None) or uuid7()


def degrees(request: HttpRequest) -> tuple[Decimal | None, Decimal | None, str]:
    """A point as typed, and what is wrong with it (or empty)."""
    texts = [request.POST.get(name, "").strip() for name in ("longitude", "latitude")]
    if not any(texts):
        return None, None, ""
    try:
        longitude, latitude = (Decimal(text) for text in texts)
    except InvalidOperation:
        return None, None, "经度和纬度要一起填写，写成小数，例如 104.0635 和 30.6566。"
    if not (longitude.is_finite() and latitude.is_finite() and abs(longitude) <= 180 and abs(latitude) <= 90):
        return None, None, "经度应在 -180 到 180、纬度应在 -90 到 90 之间。"
    least = Decimal("0.000001")
    return longitude.quantize(least), latitude.quantize(least), ""


def text(request: HttpRequest, name: str, most: int = 5000) -> str:
    """What was typed, without null characters, which no text of the database holds."""
    return request.POST.get(name, "")[:most].replace("\x00", "")
