"""The divisions for other programs. Public: names and codes are published by the state."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.errors import HttpError

from greenhood.divisions import queries, succession
from greenhood.divisions.models import Division
from greenhood.divisions.views import MOST_CODE, PAGE, described

router = Router(auth=None, tags=["行政区划"])


class DivisionOut(Schema):
    """One division; ``id`` lasts, ``code`` may change."""

    id: str
    code: str
    name: str
    level: int
    level_name: str
    path: str
    url: str


class Children(Schema):
    """A page of lower divisions in the order of their codes; ``next`` is the value of ``after`` for the following page."""

    results: list[DivisionOut]
    next: str | None


@router.get("/find", response=list[DivisionOut], summary="按名称、拼音、首字母或代码查找")
def find(
    request: HttpRequest, q: str = Query(max_length=60), level: int | None = Query(None, ge=0, le=5), within: int = 0
) -> list[dict[str, object]]:
    found = queries.find(q, within=_holder(within) if within else None, level=level)
    paths = queries.paths(found)
    return [described(each, paths[each.pk]) for each in found]


@router.get("/{int:code}", response=DivisionOut, summary="现行代码对应的区划")
def detail(request: HttpRequest, code: int) -> dict[str, object]:
    division = _holder(code)
    return described(division, [*queries.ancestors(division), division])


@router.get("/{int:code}/children", response=Children, summary="下一级区划")
def children(request: HttpRequest, code: int, after: int = Query(-1, ge=-1, le=MOST_CODE)) -> dict[str, object]:
    division = _holder(code)
    above = [*queries.ancestors(division), division]
    lower = list(queries.children(division).filter(code__gt=after)[: PAGE + 1])
    shown = lower[:PAGE]
    following = shown[-1].number if len(lower) > PAGE else None
    return {"results": [described(each, [*above, each]) for each in shown], "next": following}


def _holder(code: int) -> Division:
    division = succession.holder(code) if code <= MOST_CODE else None
    if division is None:
        raise HttpError(404, f"没有代码为{code:012d}的区划。")
    if division.valid_to is not None:
        raise HttpError(404, f"{division.name}（{code:012d}）{succession.fate(division)}。")
    if division.code != code:
        raise HttpError(404, f"代码{code:012d}已停用，{division.name}现为{division.number}。")
    return division
