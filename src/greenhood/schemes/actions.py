"""What can be done with schemes: publish one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from greenhood.divisions.models import Division
from greenhood.history.actions import By, record
from greenhood.schemes import checking, loading, queries
from greenhood.schemes.loading import Loaded
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.problems import Problem, Refused, place_text

PUBLISHED = "scheme.published"


class Overtaken(ValueError):
    """Another version was published since the file was checked; ``newest`` is its number."""

    def __init__(self, newest: int) -> None:
        super().__init__(f"核对之后，这个方案已经发布了第 {newest} 版。请重新核对，看清与它的不同再发布。")
        self.newest = newest


@transaction.atomic
def publish(
    loaded: Loaded,
    *,
    chosen: Mapping[str, Any],
    by: By | None,
    based_on: int | None = None,
) -> SchemeVersion:
    """Publish a checked scheme with the values chosen for its open settings.

    Raises ``Refused`` with every problem where the file or a chosen value is wrong. Where neither the content nor the
    chosen values differ from the newest version, that one is returned and nothing is written. ``based_on`` is the
    version that the publisher compared with (0 for none); if it is no longer the newest, ``Overtaken`` is raised.
    """
    if dict(chosen) != loaded.chosen:
        loaded = loaded.with_chosen(chosen)
    findings = checking.check_loaded(loaded)
    if errors := checking.errors(findings):
        raise Refused(errors)
    jurisdiction = _held_jurisdiction(loaded)
    newest = queries.newest_of(loaded.scheme.id)
    _check_place_kept(loaded, jurisdiction, newest)
    if based_on is not None and based_on != (newest.version if newest else 0):
        raise Overtaken(newest.version if newest else 0)
    version = _version(loaded, findings, jurisdiction)
    if newest is not None and newest.checksum == version.checksum:
        return newest
    version.version = newest.version + 1 if newest else 1
    version.published_by = getattr(by, "person_id", None) or None
    version.save(force_insert=True)
    _record(version, by)
    return version


def publish_folder(folder: Path | str, *, by: By | None) -> list[SchemeVersion]:
    """Publish every scheme of a folder with its settings' defaults, higher jurisdictions first."""
    found = sorted(loading.load_all(folder).values(), key=lambda loaded: loaded.scheme.jurisdiction)
    return [publish(loaded, chosen={}, by=by) for loaded in found]


def _held_jurisdiction(loaded: Loaded) -> Division:
    """The division, held until the end, so that two who publish for it take turns."""
    code = loaded.scheme.jurisdiction
    division = Division.objects.select_for_update().filter(code=code, valid_to=None).first()
    if division is None:
        raise Refused(
            [loaded.problem(("jurisdiction",), f"区划库里没有代码 {code:012d}", "先导入区划，或改成现行的 12 位代码")]
        )
    return division


def _check_place_kept(loaded: Loaded, jurisdiction: Division, newest: SchemeVersion | None) -> None:
    if newest is not None and newest.jurisdiction_id != jurisdiction.pk:
        message = f"标识 {loaded.scheme.id} 已用于{newest.jurisdiction.name}的方案"
        raise Refused([loaded.problem(("id",), message, "给本地的方案另取一个标识")])


def _version(loaded: Loaded, findings: Iterable[Problem], jurisdiction: Division) -> SchemeVersion:
    document = loading.as_document(loaded.scheme)
    chosen = {key: value if isinstance(value, (bool, int, str)) else str(value) for key, value in loaded.chosen.items()}
    return SchemeVersion(
        scheme_id=loaded.scheme.id,
        title=loaded.scheme.title,
        jurisdiction=jurisdiction,
        document=document,
        chosen=chosen,
        effects={key: [place_text(place) for place in places] for key, places in loaded.effects.items()},
        inherited=sorted(loaded.inherited),
        findings=[{"line": each.line, "message": each.message, "hint": each.hint} for each in findings],
        source_text=loaded.text,
        checksum=_checksum(document, chosen),
        published_at=timezone.now(),
    )


def _checksum(document: Mapping[str, Any], chosen: Mapping[str, Any]) -> str:
    """Of what the scheme says with the values chosen: comments and line ends of the file don't count."""
    content = json.dumps([document, chosen], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _record(version: SchemeVersion, by: By | None) -> None:
    record(
        PUBLISHED,
        version,
        by=by,
        division_code=version.jurisdiction.code,
        details={
            "scheme": version.scheme_id,
            "version": version.version,
            "checksum": version.checksum,
            "chosen": version.chosen,
        },
    )
