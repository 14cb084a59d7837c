"""The schemes for machines: the same public data as the pages."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema

from greenhood.kit.dates import today_in_shanghai
from greenhood.schemes import crosswalk as crosswalks
from greenhood.schemes import queries, timetable
from greenhood.schemes.crosswalk import Line, Related
from greenhood.schemes.models import SchemeVersion, read_all
from greenhood.schemes.reading import Reading

router = Router(tags=["schemes"], auth=None)


class VersionOut(Schema):
    """One published version of a scheme."""

    scheme_id: str
    version: int
    title: str
    number: str | None
    issuer: str
    jurisdiction_code: int
    jurisdiction_name: str
    checksum: str
    published_at: dt.datetime
    url: str


class DueOut(Schema):
    """One day on which something is due."""

    day: dt.date
    title: str
    kind: str
    who: str
    period: str
    source: str


class CoverageOut(Schema):
    """One clause and what carries it out."""

    ref: str
    text: str
    state: str
    features: list[str]
    note: str | None


class CheckPairOut(Schema):
    """A check of the criterion asked about and one of the other; ``relation`` is how the other stands to it."""

    number: int
    text: str
    other_number: int
    other_text: str
    relation: str


class CriterionOut(Schema):
    """One criterion of one scheme."""

    scheme_id: str
    no: int
    title: str
    source: str


class RelatedOut(CriterionOut):
    """A counterpart: ``equal``, ``narrower`` (stricter), ``wider`` (only part of it) or ``related``."""

    relation: str
    checks: list[CheckPairOut]


class CrosswalkOut(CriterionOut):
    """One criterion with its counterparts in the other schemes."""

    related: list[RelatedOut]


@router.get("/", response=list[VersionOut], summary="各地最新的方案")
def newest(request: HttpRequest) -> list[dict[str, Any]]:
    return [_out(version) for version in read_all(queries.newest())]


@router.get("/crosswalk", response=list[CrosswalkOut], summary="标准对照：各方案里相应的项")
def crosswalk(request: HttpRequest, scheme: str, no: int | None = None) -> list[dict[str, Any]]:
    """The criteria of one scheme (or the one numbered ``no``) with their counterparts in all others."""
    walk = crosswalks.crosswalk(version.scheme for version in read_all(queries.newest()))
    found = [
        {**_line(line), "related": [_related(other) for other in related]}
        for line, related in walk.of(scheme)
        if no is None or line.criterion.no == no
    ]
    if not found:
        raise Http404
    return found


@router.get("/{scheme_id}", response=list[VersionOut], summary="一个方案的各版")
def versions(request: HttpRequest, scheme_id: str) -> list[dict[str, Any]]:
    found = [_out(version) for version in read_all(queries.versions().filter(scheme_id=scheme_id))]
    if not found:
        raise Http404
    return found


@router.get("/{scheme_id}/{int:version}", summary="方案全文（已代入选定的开放设置）")
def document(request: HttpRequest, scheme_id: str, version: int) -> dict[str, Any]:
    found = _version(scheme_id, version)
    return {**_out(found), "chosen": found.chosen, "document": found.scheme.model_dump(mode="json")}


@router.get("/{scheme_id}/{int:version}/calendar/{int:year}", response=list[DueOut], summary="一年的到期事项")
def calendar(request: HttpRequest, scheme_id: str, version: int, year: int) -> list[timetable.Due]:
    if not 1949 <= year <= 2200:
        raise Http404
    return timetable.in_year(_version(scheme_id, version).scheme, year)


@router.get("/{scheme_id}/{int:version}/coverage", response=list[CoverageOut], summary="条款由哪些功能承担")
def coverage(request: HttpRequest, scheme_id: str, version: int) -> list[dict[str, Any]]:
    covered = Reading(_version(scheme_id, version), today_in_shanghai()).covered()
    return [
        {
            "ref": entry.clause.ref,
            "text": entry.clause.text,
            "state": entry.state,
            "features": [feature.key for feature in entry.features],
            "note": entry.clause.note,
        }
        for entry in covered
    ]


def _line(line: Line) -> dict[str, Any]:
    criterion = line.criterion
    return {"scheme_id": line.scheme.id, "no": criterion.no, "title": criterion.title, "source": criterion.source}


def _related(other: Related) -> dict[str, Any]:
    return {**_line(other.line), "relation": other.relation, "checks": other.checks}


def _version(scheme_id: str, version: int) -> SchemeVersion:
    return get_object_or_404(queries.versions(), scheme_id=scheme_id, version=version)


def _out(version: SchemeVersion) -> dict[str, Any]:
    return {
        "scheme_id": version.scheme_id,
        "version": version.version,
        "title": version.title,
        "number": version.scheme.number,
        "issuer": version.scheme.issuer,
        "jurisdiction_code": version.jurisdiction.code,
        "jurisdiction_name": version.jurisdiction.name,
        "checksum": version.checksum,
        "published_at": version.published_at,
        "url": version.get_absolute_url(),
    }
