"""Search over everything: places and communities, titles, notices, schemes, pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.urls import reverse

from greenhood.declarations.models import Award, Notice
from greenhood.divisions import queries as divisions
from greenhood.divisions.models import Division, Level
from greenhood.schemes.models import SchemeVersion
from greenhood.schemes.queries import newest
from greenhood.site.places import place_url

MOST_CHARACTERS = divisions.MOST_CHARACTERS
MOST = 10


@dataclass(frozen=True)
class Found:
    """One thing found: its name, what places it, and its page."""

    title: str
    url: str
    about: str = ""


@dataclass(frozen=True)
class Group:
    """What was found of one kind; `more` leads to the full list where one is kept."""

    title: str
    rows: list[Found]


def search(text: str, pages: Iterable[tuple[str, str]]) -> list[Group]:
    """Everything that the words may mean, by kind; kinds without a find are left out. At most six queries.

    ``pages`` are the titles and addresses of the pages that this person may open.
    """
    words = " ".join(text.split())[:MOST_CHARACTERS]
    if not words:
        return []
    groups = [
        Group("页面", [Found(title, url) for title, url in pages if words in title]),
        *_divisions(words),
        Group("称号", _awards(words)),
        Group("公示", _notices(words)),
        Group("制度方案", _schemes(words)),
    ]
    return [group for group in groups if group.rows]


def _divisions(words: str) -> list[Group]:
    found = divisions.find(words)
    paths = divisions.paths(found)
    communities = [each for each in found if each.level == Level.COMMUNITY]
    places = [each for each in found if each.level != Level.COMMUNITY]
    return [Group("区划", _placed(places, paths)), Group("社区", _placed(communities, paths))]


def _placed(found: Sequence[Division], paths: dict[int, list[Division]]) -> list[Found]:
    return [
        Found(
            each.name,
            place_url(each.code, each.level),
            f"{' / '.join(divisions.spoken(paths[each.pk]))} · {each.code:012d}",
        )
        for each in found
    ]


def _awards(words: str) -> list[Found]:
    """By the number on the plaque, or by the verification code however it was typed."""
    plain = "".join(sign for sign in words.upper() if sign.isalnum())
    held = Award.objects.filter(Q(number__startswith=words) | Q(code=plain)).select_related("community")
    return [
        Found(
            f"{award.community.name} {award.title_name}",
            award.get_absolute_url(),
            f"{award.number} · {award.awarded_on} · {award.get_state_display()}",
        )
        for award in held.order_by("number")[:MOST]
    ]


def _notices(words: str) -> list[Found]:
    found = Notice.objects.filter(title__contains=words).order_by("-opens_on")[:MOST]
    return [
        Found(notice.title, notice.get_absolute_url(), f"{notice.opens_on} 至 {notice.closes_on}") for notice in found
    ]


def _schemes(words: str) -> list[Found]:
    found = newest().filter(Q(title__contains=words) | Q(jurisdiction__name__contains=words))
    return [Found(version.title, _scheme_url(version), version.jurisdiction.name) for version in found[:MOST]]


def _scheme_url(version: SchemeVersion) -> str:
    return reverse("schemes:detail", args=[version.scheme_id, version.version])
