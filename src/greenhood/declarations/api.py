"""Notices, the register and verification for other programs (public), and the number of things that wait for a post."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from ninja.errors import HttpError

from greenhood.declarations import queries
from greenhood.declarations.models import Award, Notice
from greenhood.declarations.queries import notices as notice_queries
from greenhood.declarations.queries import register as register_queries
from greenhood.declarations.queries.register import Filters
from greenhood.divisions import queries as divisions
from greenhood.divisions import succession

router = Router(tags=["申报与认定"])


class AwardOut(Schema):
    """A title as the register shows it. ``state`` is valid, rectifying, withdrawn or expired.

    ``community_fate`` says what became of a community that is closed: 已于2024年6月2日并入…; otherwise it is empty.
    """

    number: str
    code: str
    title: str
    community: str
    community_code: str
    path: str
    awarded_on: dt.date
    valid_until: dt.date | None
    state: str
    state_name: str
    withdrawn_on: dt.date | None
    community_fate: str
    url: str


class Awards(Schema):
    """A page of the register, newest first; ``next`` is the value of ``after`` for the following page."""

    results: list[AwardOut]
    next: str | None


class NoticeOut(Schema):
    title: str
    division: str
    opens_on: dt.date
    closes_on: dt.date
    communities: int
    url: str


class Notices(Schema):
    results: list[NoticeOut]
    next: str | None


class Todo(Schema):
    count: int


@router.get("/register", auth=None, response=Awards, summary="绿色社区名录")
def register(
    request: HttpRequest,
    within: int | None = Query(None, ge=0, le=999_999_999_999),
    title: str = "",
    year: int | None = Query(None, ge=2000, le=2100),
    state: str = "",
    after: str = "",
) -> dict[str, Any]:
    found = register_queries.entries(Filters(within=within, title=title, year=year, state=state), after=after)
    return {
        "results": [_award(entry.award, entry.path, entry.fate) for entry in found.rows],
        "next": found.page.next or None,
    }


@router.get("/verify/{code}", auth=None, response=AwardOut, summary="核验标识牌")
def verify(request: HttpRequest, code: str) -> dict[str, Any]:
    try:
        award = register_queries.by_code(code)
    except Award.DoesNotExist as error:
        raise HttpError(404, "没有这块标识牌。请核对核验码。") from error
    return _award(award, divisions.path_names(award.community), succession.fate(award.community))


@router.get("/notices", auth=None, response=Notices, summary="公示")
def notices(
    request: HttpRequest, within: int | None = Query(None, ge=0, le=999_999_999_999), after: str = ""
) -> dict[str, Any]:
    page = notice_queries.notices(code=within, after=after)
    return {"results": [_notice(notice) for notice in page.rows], "next": page.next or None}


@router.get("/todo", response=Todo, summary="本岗位的待办数")
def todo(request: HttpRequest) -> dict[str, int]:
    return {"count": queries.todo_count(request.actor)}  # type: ignore[attr-defined]


def _award(award: Award, path: Iterable[str], fate: str) -> dict[str, Any]:
    return {
        "number": award.number,
        "code": award.code,
        "title": award.title_name,
        "community": award.community.name,
        "community_code": f"{award.community.code:012d}",
        "path": "".join(path),
        "awarded_on": award.awarded_on,
        "valid_until": award.valid_until,
        "state": award.state,
        "state_name": award.get_state_display(),
        "withdrawn_on": award.withdrawn_on,
        "community_fate": fate,
        "url": award.get_absolute_url(),
    }


def _notice(notice: Notice) -> dict[str, Any]:
    return {
        "title": notice.title,
        "division": notice.division.name,
        "opens_on": notice.opens_on,
        "closes_on": notice.closes_on,
        "communities": notice.entry_count,  # type: ignore[attr-defined] - counted by the query
        "url": notice.get_absolute_url(),
    }
